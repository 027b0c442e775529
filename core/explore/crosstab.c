/* crosstab.c: tables of counts of rows.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "explore/crosstab.h"

#include "base/dd.h"
#include "weir/memory.h"

weir_code crosstab_new(size_t rows, size_t columns, crosstab *out, weir_error *err)
{
    *out = (crosstab){.rows = rows, .columns = columns};
    if (columns == 0 || rows <= SIZE_MAX / columns)
        out->counts = weir_calloc(rows * columns + 1, sizeof *out->counts);
    out->row_sums = weir_calloc(rows + 1, sizeof *out->row_sums);
    out->column_sums = weir_calloc(columns + 1, sizeof *out->column_sums);
    if (out->counts && out->row_sums && out->column_sums)
        return WEIR_OK;
    crosstab_free(out);
    return weir_fail(err, WEIR_NO_MEMORY, "no room for a table of %zu by %zu", rows, columns);
}

void crosstab_free(crosstab *table)
{
    weir_free(table->counts);
    weir_free(table->row_sums);
    weir_free(table->column_sums);
    *table = (crosstab){0};
}

void crosstab_set(crosstab *table, size_t row, size_t column, double count)
{
    table->counts[row * table->columns + column] = count > 0 ? count : 0;
}

void crosstab_finish(crosstab *table)
{
    for (size_t r = 0; r < table->rows; r++)
        for (size_t c = 0; c < table->columns; c++) {
            const double count = table->counts[r * table->columns + c];
            table->row_sums[r] += count;
            table->column_sums[c] += count;
            table->total += count;
        }
}

double crosstab_excess(const crosstab *table, size_t row, size_t column)
{
    const double count = table->counts[row * table->columns + column];
    const weir_dd seen = weir_dd_product(count, table->total);
    const weir_dd expected = weir_dd_product(table->row_sums[row], table->column_sums[column]);

    return weir_dd_subtract(seen, expected).hi / expected.hi;
}
