/* sequence.c: rows of tokens made rows of n-grams.
 *
 * What a sequence project counts is how often a token follows others: each row becomes one that also holds the tokens
 * of the `order` rows before it, as columns of their own. Statistics of pairs of those columns are the transitions.
 *
 *     one column                 tm2 tm1 t0             order 2; the column's name does not matter
 *     several                    a_tm1 a_t0 b_tm1 b_t0  order 1; series that run side by side
 *     several, all of type S     tm1 t0                 each row is a whole sequence, token by token
 *
 * Texts are counted as categories, numbers stay numbers. A series goes on from batch to batch, so its last `order` rows
 * are carried over; a row becomes an n-gram when it has that many before it. 40 tokens make 39 transitions.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "sequence.h"

#include <stdio.h>
#include <string.h>

#include "data/batch_rows.h"
#include "weir/memory.h"

static bool is_series(const weir_batch_column *column)
{
    return column->type == WEIR_C || column->type == WEIR_B || column->type == WEIR_T ||
           column->type == WEIR_S;
}

static size_t series_of(const weir_batch *batch)
{
    size_t series = 0;

    for (size_t i = 0; i < batch->column_count; i++)
        series += is_series(&batch->columns[i]);
    return series;
}

bool sequence_in_rows(const weir_batch *batch)
{
    for (size_t i = 0; i < batch->column_count; i++)
        if (is_series(&batch->columns[i]) && batch->columns[i].type != WEIR_S)
            return false;
    return series_of(batch) > 1;
}

/* Adds the columns of one series, the oldest token first; *first is the number of its first column. */
static weir_code add_lags(weir_batch *grams, const char *series, weir_type type, size_t order,
                          size_t *first, weir_error *err)
{
    weir_code code = WEIR_OK;

    *first = grams->column_count;
    for (size_t lag = order + 1; !code && lag-- > 0;) {
        char name[WEIR_NAME_MAX + 32];
        size_t at;

        snprintf(name, sizeof name, lag ? "%s%stm%zu" : "%s%st%zu", series ? series : "",
                 series ? "_" : "", lag);
        code = weir_batch_add_column(grams, name, strlen(name), type, &at, err);
    }
    return code;
}

static weir_code put_cell(weir_batch *grams, size_t to, const weir_batch_column *from, size_t row,
                          weir_error *err)
{
    const char *word;

    if (!from->present[row])
        return WEIR_OK;
    if (from->values)
        return weir_batch_put_number(grams, to, from->values[row], err);
    word = from->words[from->codes[row]];
    return weir_batch_put_text(grams, to, word, strlen(word), err);
}

/* --- series that go on */

/* What is carried and what came, one after the other. A batch whose types are others begins its series anew. */
static weir_code join(const weir_batch *carry, const weir_batch *batch, weir_batch **out,
                      weir_error *err)
{
    const weir_batch *first = carry && batch_rows_fit(carry, batch) ? carry : batch;
    weir_code code = batch_rows_copy(first, NULL, 0, first->rows, out, err);

    if (code || first == batch)
        return code;
    (*out)->arrival_ms = batch->arrival_ms;
    if ((code = batch_rows_append(*out, batch, NULL, 0, batch->rows, err))) {
        weir_batch_free(*out);
        *out = NULL;
    }
    return code;
}

/* Adds the columns of all series of the batch; firsts[i] is where those of column i of the joined rows begin. */
static weir_code add_series(weir_batch *grams, const weir_batch *batch, const weir_batch *joined,
                            size_t order, size_t *firsts, weir_error *err)
{
    bool one = series_of(batch) == 1;
    weir_code code = WEIR_OK;

    for (size_t i = 0; !code && i < joined->column_count; i++) {
        const weir_batch_column *column = &joined->columns[i];

        firsts[i] = WEIR_NONE;
        if (is_series(column) &&
            weir_batch_find(batch, column->name, strlen(column->name)) != WEIR_NONE)
            code = add_lags(grams, one ? NULL : column->name,
                            column->type == WEIR_S ? WEIR_T : column->type, order, &firsts[i], err);
    }
    return code;
}

static weir_code grams_of_series(size_t order, const weir_batch *batch, const weir_batch *joined,
                                 weir_batch *grams, weir_error *err)
{
    size_t *firsts = weir_calloc(joined->column_count + 1, sizeof *firsts);
    weir_code code = firsts ? add_series(grams, batch, joined, order, firsts, err)
                            : weir_fail(err, WEIR_NO_MEMORY, "no room for n-grams");

    for (size_t row = order; !code && row < joined->rows; row++) {
        code = weir_batch_row_begin(grams, err);
        for (size_t i = 0; !code && i < joined->column_count; i++)
            for (size_t k = 0; !code && firsts[i] != WEIR_NONE && k <= order; k++)
                code = put_cell(grams, firsts[i] + k, &joined->columns[i], row - order + k, err);
        if (!code)
            weir_batch_row_end(grams);
    }
    weir_free(firsts);
    return code;
}

/* --- rows that are sequences */

static weir_code grams_of_row(size_t order, const weir_batch *batch, size_t row, size_t *tokens,
                              weir_batch *grams, weir_error *err)
{
    size_t count = 0;
    weir_code code = WEIR_OK;

    for (size_t i = 0; i < batch->column_count; i++)
        if (is_series(&batch->columns[i]) && batch->columns[i].present[row])
            tokens[count++] = i;
    for (size_t end = order; !code && end < count; end++) {
        code = weir_batch_row_begin(grams, err);
        for (size_t k = 0; !code && k <= order; k++)
            code = put_cell(grams, k, &batch->columns[tokens[end - order + k]], row, err);
        if (!code)
            weir_batch_row_end(grams);
    }
    return code;
}

static weir_code grams_of_rows(size_t order, const weir_batch *batch, weir_batch *grams,
                               weir_error *err)
{
    size_t *tokens = weir_calloc(batch->column_count + 1, sizeof *tokens), first;
    weir_code code = tokens ? add_lags(grams, NULL, WEIR_T, order, &first, err)
                            : weir_fail(err, WEIR_NO_MEMORY, "no room for n-grams");

    for (size_t row = 0; !code && row < batch->rows; row++)
        code = grams_of_row(order, batch, row, tokens, grams, err);
    weir_free(tokens);
    return code;
}

weir_code sequence_grams(size_t order, const weir_batch *carry, const weir_batch *batch,
                         weir_batch **out, weir_batch **rest, weir_error *err)
{
    weir_batch *grams = NULL, *joined = NULL;
    size_t kept;
    weir_code code = weir_batch_new(batch->rows, &grams, err);

    *rest = NULL;
    if (code)
        return code;
    grams->arrival_ms = batch->arrival_ms;
    if (sequence_in_rows(batch)) {
        code = grams_of_rows(order, batch, grams, err);
        if (!code && carry) /* a series beside it goes on later */
            code = batch_rows_copy(carry, NULL, 0, carry->rows, rest, err);
    } else if (!(code = join(carry, batch, &joined, err)) &&
               !(code = grams_of_series(order, batch, joined, grams, err)) && joined->rows) {
        kept = joined->rows < order ? joined->rows : order;
        code = batch_rows_copy(joined, NULL, joined->rows - kept, kept, rest, err);
    }
    if (!code) {
        *out = grams;
        grams = NULL; /* the caller's now */
    }
    weir_batch_free(joined);
    weir_batch_free(grams);
    return code;
}
