/* sums.c: growing, copying and scaling of tables of sums.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "summary/sums.h"

#include <stdint.h>
#include <string.h>

#include "weir/memory.h"

/* What to make room for when need does not fit: exactly that at first, then an eighth more, in whole cache lines. */
static size_t room_for(size_t have, size_t need)
{
    if (need <= have)
        return have;
    return have == 0 ? need : (need + need / 8 + 7) / 8 * 8;
}

/* A zeroed rows x stride copy of part, whose layout is that of table. */
static double *regrown(const sums *table, const double *part, size_t rows, size_t stride)
{
    double *grown = rows > SIZE_MAX / stride ? NULL : weir_calloc(rows * stride, sizeof *grown);

    for (size_t r = 0; grown && part && r < table->rows; r++)
        memcpy(grown + r * stride, part + r * table->stride, table->stride * sizeof *grown);
    return grown;
}

bool sums_reserve(sums *table, size_t rows, size_t columns, bool wide)
{
    bool keep_lo = table->hi ? table->lo != NULL : wide;
    size_t new_rows = room_for(table->rows, rows), stride = room_for(table->stride, columns);
    double *hi, *lo = NULL;

    if (new_rows == table->rows && stride == table->stride)
        return true;
    if (new_rows == 0 || stride == 0)
        return true;
    hi = regrown(table, table->hi, new_rows, stride);
    if (keep_lo)
        lo = regrown(table, table->lo, new_rows, stride);
    if (!hi || (keep_lo && !lo)) {
        weir_free(hi);
        weir_free(lo);
        return false;
    }
    sums_free(table);
    *table = (sums){hi, lo, new_rows, stride};
    return true;
}

bool sums_copy(const sums *table, sums *out)
{
    sums copy = {0};

    if (!sums_reserve(&copy, table->rows, table->stride, table->lo != NULL))
        return false;
    if (copy.hi)
        memcpy(copy.hi, table->hi, table->rows * table->stride * sizeof *copy.hi);
    if (copy.lo)
        memcpy(copy.lo, table->lo, table->rows * table->stride * sizeof *copy.lo);
    *out = copy;
    return true;
}

void sums_free(sums *table)
{
    weir_free(table->hi);
    weir_free(table->lo);
    *table = (sums){0};
}

void sums_narrow(sums *table)
{
    weir_free(table->lo);
    table->lo = NULL;
}

void sums_scale(sums *table, double weight)
{
    for (size_t i = 0; i < table->rows * table->stride; i++) {
        weir_dd value = {table->hi[i], table->lo ? table->lo[i] : 0};

        value = sum_scaled(value, weight);
        table->hi[i] = value.hi;
        if (table->lo)
            table->lo[i] = value.lo;
    }
}

size_t sums_memory(const sums *table)
{
    return table->rows * table->stride * sizeof(double) * (table->lo ? 2 : 1);
}
