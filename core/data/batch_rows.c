/* batch_rows.c: cutting batches and joining them.
 *
 * Cells were judged when they entered the first batch, so they are moved and not judged again: numbers as they stand,
 * words by a table from the codes of one dictionary to those of the other, filled at the first meeting of each word.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "data/batch_rows.h"

#include <string.h>

#include "weir/memory.h"

bool batch_rows_fit(const weir_batch *into, const weir_batch *from)
{
    for (size_t i = 0; i < from->column_count; i++) {
        const weir_batch_column *column = &from->columns[i];
        size_t at = weir_batch_find(into, column->name, strlen(column->name));

        if (at != WEIR_NONE && into->columns[at].type != column->type)
            return false;
    }
    return true;
}

/* What moving the cells of one column needs. */
typedef struct {
    size_t to;       /* its place in the other batch */
    uint32_t *words; /* code here to code there plus 1; 0: not met yet. NULL without words */
} route;

static void routes_free(route *routes, size_t count)
{
    for (size_t i = 0; routes && i < count; i++)
        weir_free(routes[i].words);
    weir_free(routes);
}

static weir_code routes_new(weir_batch *into, const weir_batch *from, route **out, weir_error *err)
{
    route *routes = weir_calloc(from->column_count + 1, sizeof *routes);
    weir_code code = WEIR_OK;

    if (!routes)
        return weir_fail(err, WEIR_NO_MEMORY, "no room to move rows");
    for (size_t i = 0; !code && i < from->column_count; i++) {
        const weir_batch_column *column = &from->columns[i];
        size_t length = strlen(column->name);

        routes[i].to = weir_batch_find(into, column->name, length);
        if (routes[i].to == WEIR_NONE)
            code =
                weir_batch_add_column(into, column->name, length, column->type, &routes[i].to, err);
        if (!code && column->word_count > 0 &&
            !(routes[i].words = weir_calloc(column->word_count, sizeof *routes[i].words)))
            code = weir_fail(err, WEIR_NO_MEMORY, "no room to move rows");
    }
    if (code) {
        routes_free(routes, from->column_count);
        return code;
    }
    *out = routes;
    return WEIR_OK;
}

/* Into the open row. */
static weir_code move_cell(weir_batch *into, const weir_batch_column *column, const route *way,
                           size_t row, weir_error *err)
{
    weir_batch_column *to = &into->columns[way->to];
    uint32_t word;
    weir_code code;

    if (!column->present || !column->present[row])
        return WEIR_OK;
    if (column->values) {
        to->values[into->rows] = column->values[row];
        batch_mark(into, to);
        return WEIR_OK;
    }
    word = column->codes[row];
    if (!way->words[word]) {
        if ((code = weir_batch_put_text(into, way->to, column->words[word],
                                        strlen(column->words[word]), err)))
            return code;
        way->words[word] = to->codes[into->rows] + 1;
        return WEIR_OK;
    }
    to->codes[into->rows] = way->words[word] - 1;
    batch_mark(into, to);
    return WEIR_OK;
}

weir_code batch_rows_append(weir_batch *into, const weir_batch *from, const size_t *rows,
                            size_t first, size_t count, weir_error *err)
{
    route *routes = NULL;
    weir_code code = routes_new(into, from, &routes, err);

    for (size_t k = 0; !code && k < count; k++) {
        size_t row = rows ? rows[k] : first + k;

        code = weir_batch_row_begin(into, err);
        for (size_t i = 0; !code && i < from->column_count; i++)
            code = move_cell(into, &from->columns[i], &routes[i], row, err);
        if (!code)
            weir_batch_row_end(into);
    }
    routes_free(routes, from->column_count);
    return code;
}

weir_code batch_rows_copy(const weir_batch *from, const size_t *rows, size_t first, size_t count,
                          weir_batch **out, weir_error *err)
{
    weir_batch *batch = NULL;
    weir_code code = weir_batch_new(count, &batch, err);

    if (!code && !(code = batch_rows_append(batch, from, rows, first, count, err))) {
        batch->arrival_ms = from->arrival_ms;
        *out = batch;
        batch = NULL; /* the caller's now */
    }
    weir_batch_free(batch);
    return code;
}
