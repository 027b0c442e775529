/* hash_trick.c: see weir/hash_trick.h.
 *
 * A word is hashed once for each batch, not once for each row. MurmurHash3 is Austin Appleby's; its 32-bit form mixes
 * the bytes in blocks of four, low byte first, then what is left, then the length.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "weir/hash_trick.h"

#include <stdio.h>
#include <string.h>

#include "data/list_items.h"
#include "weir/memory.h"

/* Cells that one batch may become: half a gigabyte. */
#define CELLS_MOST ((size_t)1 << 26)

static inline uint32_t rotate(uint32_t x, unsigned by)
{
    return x << by | x >> (32 - by);
}

static inline uint32_t mix_block(uint32_t block)
{
    return rotate(block * 0xcc9e2d51u, 15) * 0x1b873593u;
}

uint32_t weir_murmur3_32(const void *data, size_t size, uint32_t seed)
{
    const uint8_t *at = data;
    uint32_t hash = seed, rest = 0;
    size_t left = size;

    for (; left >= 4; left -= 4, at += 4) {
        uint32_t block =
            at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;

        hash = rotate(hash ^ mix_block(block), 13) * 5 + 0xe6546b64u;
    }
    for (size_t i = left; i > 0; i--)
        rest = rest << 8 | at[i - 1];
    if (left > 0)
        hash ^= mix_block(rest);
    hash ^= (uint32_t)size;
    hash = (hash ^ hash >> 16) * 0x85ebca6bu;
    hash = (hash ^ hash >> 13) * 0xc2b2ae35u;
    return hash ^ hash >> 16;
}

static bool is_hashed(const weir_batch_column *column, const char *except)
{
    return (column->type == WEIR_S || column->type == WEIR_L) && !column->hidden &&
           !(except && strcmp(column->name, except) == 0);
}

/* What one value adds. */
typedef struct {
    uint32_t bin;
    double sign;
} mark;

/* What the words of one column add: word w from marks[starts[w]] to marks[starts[w + 1] - 1]. */
typedef struct {
    mark *marks;
    size_t count, capacity;
    size_t *starts;
    weir_bytes text; /* "column=", then a value */
    size_t prefix;
} word_marks;

static weir_code add_mark(word_marks *into, size_t bins, const char *value, size_t length,
                          weir_error *err)
{
    uint32_t hash;

    if (into->count == into->capacity) {
        size_t capacity = into->capacity ? 2 * into->capacity : 64;
        mark *grown = weir_realloc_array(into->marks, capacity, sizeof *grown);

        if (!grown)
            return weir_fail(err, WEIR_NO_MEMORY, "no room for %zu hashed values", capacity);
        into->marks = grown;
        into->capacity = capacity;
    }
    into->text.size = into->prefix;
    weir_bytes_append(&into->text, value, length);
    if (into->text.failed)
        return weir_bytes_ok(&into->text, err);
    hash = weir_murmur3_32(into->text.data, into->text.size, 0);
    into->marks[into->count++] = (mark){.bin = (uint32_t)((hash >> 31 ? 0u - hash : hash) % bins),
                                        .sign = hash >> 31 ? -1 : 1};
    return WEIR_OK;
}

static weir_code mark_words(const weir_batch_column *column, size_t bins, word_marks *out,
                            weir_error *err)
{
    weir_code code = WEIR_OK;

    out->count = out->text.size = 0;
    weir_bytes_append(&out->text, column->name, strlen(column->name));
    weir_bytes_u8(&out->text, '=');
    out->prefix = out->text.size;
    for (size_t w = 0; !code && w < column->word_count; w++) {
        const char *at = column->words[w], *item = NULL;
        size_t length = 0;

        out->starts[w] = out->count;
        if (column->type == WEIR_S)
            code = add_mark(out, bins, at, strlen(at), err);
        while (!code && column->type == WEIR_L && list_item_next(&at, &item, &length))
            code = add_mark(out, bins, item, length, err);
    }
    out->starts[column->word_count] = out->count;
    return code;
}

/* first: the column of bin 0. */
static weir_code hash_column(weir_batch *batch, size_t index, size_t first, size_t bins,
                             word_marks *marks, weir_error *err)
{
    const weir_batch_column *column = &batch->columns[index];
    size_t *starts = weir_realloc_array(marks->starts, column->word_count + 1, sizeof *starts);
    weir_code code;

    if (!starts)
        return weir_fail(err, WEIR_NO_MEMORY, "no room to hash column %.100s", column->name);
    marks->starts = starts;
    if ((code = mark_words(column, bins, marks, err)))
        return code;
    for (size_t r = 0; r < batch->rows; r++) {
        if (!column->present[r])
            continue;
        for (size_t m = starts[column->codes[r]]; m < starts[column->codes[r] + 1]; m++)
            batch->columns[first + marks->marks[m].bin].values[r] += marks->marks[m].sign;
    }
    weir_batch_drop_cells(batch, index);
    return WEIR_OK;
}

static weir_code add_bins(weir_batch *batch, size_t bins, weir_error *err)
{
    char name[32];
    size_t column;

    for (size_t i = 0; i < bins; i++) {
        int length = snprintf(name, sizeof name, WEIR_HASH_PREFIX "%zu", i);
        weir_code code = weir_batch_add_column(batch, name, (size_t)length, WEIR_C, &column, err);

        if (code)
            return weir_explain(err, code, "hash trick");
        memset(batch->columns[column].present, 1, batch->rows);
        batch->columns[column].absent = 0;
    }
    return WEIR_OK;
}

weir_code weir_hash_trick(weir_batch *batch, size_t bins, const char *except, weir_error *err)
{
    word_marks marks = {0};
    size_t first = batch->column_count, hashed = 0;
    weir_code code = WEIR_OK;

    for (size_t i = 0; i < first; i++)
        hashed += is_hashed(&batch->columns[i], except);
    if (hashed == 0)
        return WEIR_OK;
    if (batch->rows > CELLS_MOST / bins)
        return weir_fail(err, WEIR_TOO_LARGE,
                         "%zu rows hashed into %zu columns; at most %zu rows at once", batch->rows,
                         bins, CELLS_MOST / bins);
    code = add_bins(batch, bins, err);
    for (size_t i = 0; !code && i < first; i++)
        if (is_hashed(&batch->columns[i], except))
            code = hash_column(batch, i, first, bins, &marks, err);
    weir_free(marks.marks);
    weir_free(marks.starts);
    weir_bytes_free(&marks.text);
    return code;
}
