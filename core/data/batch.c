/* batch.c: rows on their way in, column by column.
 *
 * Cells are written into the row that is open (number batch->rows); the row counts once it is ended, so a decoder that
 * gives up half-way through a row just opens it again. What may be stored is decided here, at the door: numbers are
 * finite, at most WEIR_CELL_MAX in size and never -0, binary cells are 0 or 1, texts are UTF-8 without zero bytes.
 * Everything behind this file relies on it.
 *
 * Beyond the rows that count and the one that is open all cells are absent, so opening a row touches none of them, and
 * ending a complete one counts no absent cells: a decoder's row costs what its cells cost.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "weir/batch.h"

#include <math.h>
#include <string.h>

#include "base/ascii.h"
#include "base/number.h"
#include "data/batch_rows.h"
#include "data/word_index.h"
#include "weir/memory.h"

static bool is_number(weir_type type)
{
    return type == WEIR_C || type == WEIR_B;
}

static bool is_text(weir_type type)
{
    return type == WEIR_T || type == WEIR_S || type == WEIR_L;
}

/* Makes room for rows cells in a column, which has had that many so far; the new ones are absent. A failure leaves
 * arrays of different lengths, none shorter than before. */
static bool column_reserve(weir_batch_column *column, size_t had, size_t rows)
{
    void *grown;

    if (column->type == WEIR_X)
        return true;
    if (is_number(column->type)) {
        if (!(grown = weir_realloc_array(column->values, rows, sizeof(double))))
            return false;
        column->values = grown;
        memset(column->values + had, 0, (rows - had) * sizeof(double));
    } else {
        if (!(grown = weir_realloc_array(column->codes, rows, sizeof(uint32_t))))
            return false;
        column->codes = grown;
    }
    if (!(grown = weir_realloc_array(column->present, rows, 1)))
        return false;
    column->present = grown;
    memset(column->present + had, 0, rows - had);
    return true;
}

/* Makes the cells of the first rows absent. */
static void column_clear(weir_batch_column *column, size_t rows)
{
    if (column->values)
        memset(column->values, 0, rows * sizeof *column->values);
    if (column->present)
        memset(column->present, 0, rows);
}

static void column_forget_words(weir_batch_column *column)
{
    word_index_clear(&column->index);
    for (size_t i = 0; i < column->word_count; i++)
        weir_free(column->words[i]);
    column->word_count = 0;
}

static void column_free(weir_batch_column *column)
{
    column_forget_words(column);
    weir_free(column->words);
    weir_free(column->values);
    weir_free(column->codes);
    weir_free(column->present);
    weir_free(column->name);
}

weir_code weir_batch_new(size_t row_capacity, weir_batch **out, weir_error *err)
{
    weir_batch *batch = weir_calloc(1, sizeof *batch);

    if (!batch)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for a batch");
    batch->row_capacity = row_capacity ? row_capacity : 16;
    *out = batch;
    return WEIR_OK;
}

void weir_batch_free(weir_batch *batch)
{
    if (!batch)
        return;
    word_index_clear(&batch->index);
    for (size_t i = 0; i < batch->column_count; i++)
        column_free(&batch->columns[i]);
    weir_free(batch->columns);
    weir_free(batch);
}

void weir_batch_clear(weir_batch *batch)
{
    for (size_t i = 0; i < batch->column_count; i++) {
        column_forget_words(&batch->columns[i]);
        column_clear(&batch->columns[i], batch->rows + batch->open);
        batch->columns[i].absent = 0;
    }
    batch->rows = 0;
    batch->open = false;
}

static weir_code check_name(const weir_batch *batch, const char *name, size_t length,
                            weir_error *err)
{
    if (length == 0)
        return weir_fail(err, WEIR_INVALID, "column %zu has an empty name", batch->column_count);
    if (length > WEIR_NAME_MAX)
        return weir_fail(err, WEIR_INVALID, "the name of column %zu has %zu bytes; %d are allowed",
                         batch->column_count, length, WEIR_NAME_MAX);
    if (!weir_utf8_valid(name, length) || memchr(name, '\0', length))
        return weir_fail(err, WEIR_INVALID, "the name of column %zu is not UTF-8 text",
                         batch->column_count);
    if (word_index_find(batch->index, name, length) != WEIR_NONE)
        return weir_fail(err, WEIR_INVALID, "column %.*s is there twice", (int)length, name);
    return WEIR_OK;
}

weir_code weir_batch_add_column(weir_batch *batch, const char *name, size_t length, weir_type type,
                                size_t *column, weir_error *err)
{
    weir_batch_column added = {.type = type, .absent = batch->rows};
    weir_code code = check_name(batch, name, length, err);

    if (code)
        return code;
    if (batch->column_count == batch->column_capacity) {
        size_t capacity = batch->column_capacity ? 2 * batch->column_capacity : 8;
        void *grown = weir_realloc_array(batch->columns, capacity, sizeof *batch->columns);

        if (!grown)
            goto no_room;
        batch->columns = grown;
        batch->column_capacity = capacity;
    }
    added.name = weir_strndup(name, length);
    if (!added.name || !column_reserve(&added, 0, batch->row_capacity) ||
        !word_index_add(&batch->index, added.name, length, batch->column_count))
        goto no_room;
    batch->celled += added.present != NULL;
    *column = batch->column_count;
    batch->columns[batch->column_count++] = added;
    return WEIR_OK;
no_room:
    column_free(&added);
    return weir_fail(err, WEIR_NO_MEMORY, "no room for column %.*s", (int)length, name);
}

size_t weir_batch_find(const weir_batch *batch, const char *name, size_t length)
{
    return word_index_find(batch->index, name, length);
}

/* Forgets the cells of a row that was begun and not ended. */
static void clear_open_row(weir_batch *batch)
{
    size_t row = batch->rows;

    for (size_t i = 0; i < batch->column_count; i++) {
        weir_batch_column *column = &batch->columns[i];

        if (column->values)
            column->values[row] = 0;
        if (column->present)
            column->present[row] = 0;
    }
}

static weir_code reserve_rows(weir_batch *batch, size_t rows, weir_error *err)
{
    if (rows > WEIR_BATCH_ROWS_MAX)
        return weir_fail(err, WEIR_TOO_LARGE, "a batch of %zu rows; %zu are allowed", rows,
                         WEIR_BATCH_ROWS_MAX);
    for (size_t i = 0; i < batch->column_count; i++)
        if (!column_reserve(&batch->columns[i], batch->row_capacity, rows))
            return weir_fail(err, WEIR_NO_MEMORY, "no room for a batch of %zu rows", rows);
    batch->row_capacity = rows;
    return WEIR_OK;
}

weir_code weir_batch_row_begin(weir_batch *batch, weir_error *err)
{
    if (batch->rows >= batch->row_capacity) {
        size_t wanted = 2 * batch->row_capacity;
        weir_code code;

        if (wanted > WEIR_BATCH_ROWS_MAX && batch->rows < WEIR_BATCH_ROWS_MAX)
            wanted = WEIR_BATCH_ROWS_MAX;
        code = reserve_rows(batch, wanted, err);
        if (code)
            return code;
    }
    if (batch->open)
        clear_open_row(batch);
    batch->open = true;
    batch->open_cells = 0;
    return WEIR_OK;
}

void weir_batch_row_end(weir_batch *batch)
{
    const bool complete = batch->open_cells == batch->celled;

    for (size_t i = 0;
         i < batch->column_count && !(complete && batch->celled == batch->column_count); i++) {
        const weir_batch_column *column = &batch->columns[i];

        if (!column->present || (!complete && !column->present[batch->rows]))
            batch->columns[i].absent++;
    }
    batch->rows++;
    batch->open = false;
}

void batch_mark(weir_batch *batch, weir_batch_column *column)
{
    batch->open_cells += !column->present[batch->rows];
    column->present[batch->rows] = 1;
}

/* Puts a number that is neither NaN nor infinite into a C or B column. */
static weir_code put_finite(weir_batch *batch, weir_batch_column *column, double value,
                            weir_error *err)
{
    if (fabs(value) > WEIR_CELL_MAX)
        return weir_fail(err, WEIR_INVALID, "column %.100s: %g is beyond %g", column->name, value,
                         WEIR_CELL_MAX);
    if (column->type == WEIR_B && value != 0 && value != 1)
        return weir_fail(err, WEIR_INVALID, "column %.100s is binary: %.17g is neither 0 nor 1",
                         column->name, value);
    column->values[batch->rows] = value + 0.0; /* -0 becomes 0 */
    batch_mark(batch, column);
    return WEIR_OK;
}

/* The code of a word of a column, which is added when it is new. */
static weir_code intern(weir_batch_column *column, const char *word, size_t length, uint32_t *code,
                        weir_error *err)
{
    size_t at = word_index_find(column->index, word, length);
    char *copy = NULL;

    if (at != WEIR_NONE) {
        *code = (uint32_t)at;
        return WEIR_OK;
    }
    if (column->word_count == column->word_capacity) {
        size_t capacity = column->word_capacity ? 2 * column->word_capacity : 8;
        void *grown = weir_realloc_array(column->words, capacity, sizeof *column->words);

        if (!grown)
            goto no_room;
        column->words = grown;
        column->word_capacity = capacity;
    }
    copy = weir_strndup(word, length);
    if (!copy || !word_index_add(&column->index, copy, length, column->word_count))
        goto no_room;
    *code = (uint32_t)column->word_count;
    column->words[column->word_count++] = copy;
    return WEIR_OK;
no_room:
    weir_free(copy);
    return weir_fail(err, WEIR_NO_MEMORY, "column %.100s: no room for a word", column->name);
}

static weir_code put_word(weir_batch *batch, weir_batch_column *column, const char *text,
                          size_t length, weir_error *err)
{
    char normal[WEIR_VALUE_MAX];
    uint32_t word = 0;
    weir_code code;

    if (column->type == WEIR_T) /* blanks at both ends do not count towards the limit */
        ascii_trim(&text, &length);
    if (length == 0)
        return WEIR_OK;
    if (length > WEIR_VALUE_MAX)
        return weir_fail(err, WEIR_INVALID, "column %.100s: a value of %zu bytes; %d are allowed",
                         column->name, length, WEIR_VALUE_MAX);
    if (!weir_utf8_valid(text, length) || memchr(text, '\0', length))
        return weir_fail(err, WEIR_INVALID, "column %.100s: a value of %zu bytes is not UTF-8 text",
                         column->name, length);
    if (column->type == WEIR_T) {
        memcpy(normal, text, length);
        text = weir_category_normalise(normal, &length);
    }
    code = intern(column, text, length, &word, err);
    if (code)
        return code;
    column->codes[batch->rows] = word;
    batch_mark(batch, column);
    return WEIR_OK;
}

weir_code weir_batch_put_number(weir_batch *batch, size_t column_index, double value,
                                weir_error *err)
{
    weir_batch_column *column = &batch->columns[column_index];
    char text[NUMBER_TEXT];

    if (!isfinite(value))
        return WEIR_OK;
    if (is_number(column->type))
        return put_finite(batch, column, value, err);
    if (is_text(column->type))
        return put_word(batch, column, text, number_print(value + 0.0, text), err);
    return WEIR_OK;
}

size_t weir_batch_put_doubles(weir_batch *batch, size_t first, size_t count, const void *bytes)
{
    const size_t row = batch->rows;
    const uint8_t *at = bytes;
    size_t put = 0;

    for (; put < count; put++, at += sizeof(double)) {
        weir_batch_column *column = &batch->columns[first + put];
        uint64_t bits;
        double value;

        memcpy(&bits, at, sizeof bits);
        if (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__)
            bits = __builtin_bswap64(bits);
        memcpy(&value, &bits, sizeof value);
        if (column->type != WEIR_C || !(fabs(value) <= WEIR_CELL_MAX) || column->present[row])
            break;
        column->values[row] = value + 0.0; /* -0 becomes 0 */
        column->present[row] = 1;
    }
    batch->open_cells += put;
    return put;
}

weir_code weir_batch_put_text(weir_batch *batch, size_t column_index, const char *text,
                              size_t length, weir_error *err)
{
    weir_batch_column *column = &batch->columns[column_index];
    double value;

    if (is_text(column->type))
        return put_word(batch, column, text, length, err);
    if (!is_number(column->type))
        return WEIR_OK;
    switch (number_parse(text, length, &value)) {
    case NUMBER_OK:
        if (isinf(value)) /* named as it was sent: no double holds it */
            return weir_fail(err, WEIR_INVALID, "column %.100s: %.*s is beyond %g", column->name,
                             (int)(length < 60 ? length : 60), text, WEIR_CELL_MAX);
        return put_finite(batch, column, value, err);
    case NUMBER_MISSING:
        return WEIR_OK;
    case NUMBER_BAD:
        break;
    }
    return weir_fail(err, WEIR_INVALID, "column %.100s: '%.*s' is not a number", column->name,
                     weir_utf8_valid(text, length) ? (int)(length < 60 ? length : 60) : 0, text);
}
