/* conform.c: a frame meets a project whose columns have other types.
 *
 * Writers change: a field that held numbers holds texts from one day on. Such a column has cells the project cannot
 * take, while the rest of the frame is as good as ever. What becomes of it is the sender's policy for bad cells, of
 * which a wrong type is one: refuse the frame, leave the column's cells out, or leave out the rows that have one. This
 * happens before the log is written, so the log holds what is absorbed and no more.
 *
 * A B column known as C, or the other way round, is no conflict (summary.h); nor is a column without cells.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>
#include <string.h>

#include "inside.h"
#include "weir/memory.h"

static bool is_number(weir_type type)
{
    return type == WEIR_C || type == WEIR_B;
}

/* Whether the project knows the column under a type that its cells do not have; *known is that type. */
static bool conflicts(const weir_schema *schema, const weir_batch *batch,
                      const weir_batch_column *column, weir_type *known)
{
    return column->absent < batch->rows &&
           weir_schema_type(schema, column->name, strlen(column->name), known) &&
           *known != column->type && !(is_number(*known) && is_number(column->type));
}

/* Puts a conflict into words, behind those before it where there is room. */
static void describe(const weir_batch_column *column, weir_type known, char *out, size_t size)
{
    size_t used = strlen(out);
    int more = snprintf(out + used, size - used, "%scolumn %.100s is of type %c, not %c",
                        used ? ", " : "", column->name, (char)known, (char)column->type);

    if (more < 0 || (size_t)more >= size - used)
        out[used] = '\0';
}

/* Leaves out the rows in which a column that conflicts has a cell. */
static weir_code leave_rows_out(const weir_schema *schema, weir_batch *batch, weir_rejects *rejects,
                                weir_error *err)
{
    uint8_t *keep = weir_malloc(batch->rows);
    size_t before = batch->rows;
    weir_type known;
    weir_code code;

    if (!keep)
        return weir_fail(err, WEIR_NO_MEMORY, "no room to leave rows out of %zu", before);
    memset(keep, 1, before);
    for (size_t i = 0; i < batch->column_count; i++) {
        const weir_batch_column *column = &batch->columns[i];

        for (size_t r = 0; conflicts(schema, batch, column, &known) && r < before; r++)
            keep[r] = keep[r] && !column->present[r];
    }
    if (!(code = weir_batch_keep_rows(batch, keep, err)))
        rejects->rows += before - batch->rows;
    weir_free(keep);
    return code;
}

weir_code conform(const weir_schema *schema, weir_batch *batch, weir_bad_policy policy,
                  weir_rejects *rejects, char why[CONFORM_WHY], weir_error *err)
{
    weir_code code = WEIR_OK;
    weir_type known;

    why[0] = '\0';
    for (size_t i = 0; i < batch->column_count; i++) {
        const weir_batch_column *column = &batch->columns[i];

        if (!conflicts(schema, batch, column, &known))
            continue;
        describe(column, known, why, CONFORM_WHY);
        if (policy == WEIR_BAD_REJECT)
            return weir_fail(err, WEIR_INVALID, "%s", why);
        if (policy == WEIR_BAD_ROW)
            continue;
        rejects->cells += batch->rows - column->absent;
        weir_batch_drop_cells(batch, i);
    }
    if (why[0] && policy == WEIR_BAD_ROW)
        code = leave_rows_out(schema, batch, rejects, err);
    if (!code && why[0] && !rejects->first[0])
        snprintf(rejects->first, sizeof rejects->first, "%s", why);
    return code;
}
