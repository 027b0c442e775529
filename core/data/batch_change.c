/* batch_change.c: rows left out of a batch, and columns that become something else.
 *
 * What a project does to rows before they count: a filter leaves rows out, an encoder puts numbers where texts were,
 * the hash trick takes texts away. Everything that can fail is allocated before anything is changed.
 *
 * The words of a column stay those its rows have, in order of first appearance: a value that only left-out rows had
 * must make no attribute and stay in no log.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <math.h>
#include <string.h>

#include "data/word_index.h"
#include "weir/batch.h"
#include "weir/memory.h"

/* Moves the cells of the rows that stay to the front. */
static void keep_cells(weir_batch_column *column, const uint8_t *keep, size_t rows)
{
    size_t kept = 0;

    column->absent = 0;
    for (size_t r = 0; r < rows; r++) {
        if (!keep[r])
            continue;
        if (column->values)
            column->values[kept] = column->values[r];
        else if (column->codes)
            column->codes[kept] = column->codes[r];
        if (column->present)
            column->present[kept] = column->present[r];
        column->absent += !column->present || !column->present[kept];
        kept++;
    }
    if (column->values)
        memset(column->values + kept, 0, (rows - kept) * sizeof *column->values);
    if (column->present)
        memset(column->present + kept, 0, rows - kept);
}

/* Drops the words that no row has and numbers the rest anew. places and words have room for all words. */
static void keep_words(weir_batch_column *column, size_t rows, uint32_t *places, char **words)
{
    size_t kept = 0;

    for (size_t w = 0; w < column->word_count; w++)
        places[w] = WORD_GONE;
    for (size_t r = 0; r < rows; r++) {
        uint32_t *code = &column->codes[r];

        if (!column->present[r])
            continue;
        if (places[*code] == WORD_GONE) {
            words[kept] = column->words[*code];
            places[*code] = (uint32_t)kept++;
        }
        *code = places[*code];
    }
    word_index_move(&column->index, places); /* it looks at the words, so they go after */
    for (size_t w = 0; w < column->word_count; w++)
        if (places[w] == WORD_GONE)
            weir_free(column->words[w]);
    if (kept > 0)
        memcpy(column->words, words, kept * sizeof *words);
    column->word_count = kept;
}

weir_code weir_batch_keep_rows(weir_batch *batch, const uint8_t *keep, weir_error *err)
{
    uint32_t *places = NULL;
    char **words = NULL;
    size_t most = 1, kept = 0;
    weir_code code = WEIR_OK;

    for (size_t i = 0; i < batch->column_count; i++)
        if (batch->columns[i].word_count > most)
            most = batch->columns[i].word_count;
    places = weir_calloc(most, sizeof *places);
    words = weir_calloc(most, sizeof *words);
    if (!places || !words) {
        code = weir_fail(err, WEIR_NO_MEMORY, "no room to leave rows out of %zu", batch->rows);
        goto done;
    }
    for (size_t r = 0; r < batch->rows; r++)
        kept += keep[r] != 0;
    for (size_t i = 0; i < batch->column_count; i++) {
        keep_cells(&batch->columns[i], keep, batch->rows);
        if (batch->columns[i].codes)
            keep_words(&batch->columns[i], kept, places, words);
    }
    batch->rows = kept;
done:
    weir_free(places);
    weir_free(words);
    return code;
}

static void drop_words(weir_batch_column *column)
{
    word_index_clear(&column->index);
    for (size_t w = 0; w < column->word_count; w++)
        weir_free(column->words[w]);
    column->word_count = 0;
}

weir_code weir_batch_to_numbers(weir_batch *batch, size_t index, const double *values,
                                const uint8_t *present, weir_error *err)
{
    weir_batch_column *column = &batch->columns[index];
    double *cells = weir_calloc(batch->row_capacity, sizeof *cells);
    uint8_t *there = weir_calloc(batch->row_capacity, 1);

    if (!cells || !there) {
        weir_free(cells);
        weir_free(there);
        return weir_fail(err, WEIR_NO_MEMORY, "no room for the numbers of column %.100s",
                         column->name);
    }
    drop_words(column);
    batch->celled += !column->present;
    weir_free(column->words);
    weir_free(column->codes);
    weir_free(column->values);
    weir_free(column->present);
    column->type = WEIR_C;
    column->words = NULL;
    column->word_capacity = 0;
    column->codes = NULL;
    column->values = cells;
    column->present = there;
    column->hidden = false;
    column->absent = 0;
    for (size_t r = 0; r < batch->rows; r++) {
        there[r] = present[r] && fabs(values[r]) <= WEIR_CELL_MAX; /* false for a NaN */
        cells[r] = there[r] ? values[r] + 0.0 : 0;                 /* -0 becomes 0 */
        column->absent += !there[r];
    }
    return WEIR_OK;
}

void weir_batch_drop_cells(weir_batch *batch, size_t index)
{
    weir_batch_column *column = &batch->columns[index];

    drop_words(column);
    if (column->values)
        memset(column->values, 0, batch->rows * sizeof *column->values);
    if (column->present)
        memset(column->present, 0, batch->rows);
    column->absent = batch->rows;
    if (!column->hidden)
        return;
    batch->celled -= column->present != NULL;
    weir_free(column->words);
    weir_free(column->codes);
    weir_free(column->values);
    weir_free(column->present);
    column->words = NULL;
    column->word_capacity = 0;
    column->codes = NULL;
    column->values = NULL;
    column->present = NULL;
    column->type = WEIR_X;
    column->hidden = false;
}
