/* sums.h: tables of sums that grow by rows and columns, in double-double or plain doubles. Private to core/summary.
 *
 * What lies outside the rows and columns in use is kept at zero, so a summary grows by a column that nobody has seen
 * yet by using more of the table.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CORE_SUMMARY_SUMS_H
#define CORE_SUMMARY_SUMS_H

#include <float.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/dd.h"

typedef struct {
    double *hi, *lo;     /* row-major; lo NULL: plain doubles */
    size_t rows, stride; /* what there is room for */
} sums;

/* Makes room for rows by columns; wide asks for a lo part when the table is made. False: no memory, nothing changed. */
bool sums_reserve(sums *table, size_t rows, size_t columns, bool wide);
bool sums_copy(const sums *table, sums *out);
void sums_free(sums *table);   /* leaves an empty table */
void sums_narrow(sums *table); /* from double-double to plain doubles */
void sums_scale(sums *table, double weight);
size_t sums_memory(const sums *table);

/* A sum times weight. Scaled again and again it would end among the denormal doubles, which are slow and which rounding
 * never lets reach 0: so what is below SUM_LEAST, far less than any term can add, is 0, and so is a lower half that has
 * become denormal. */
#define SUM_LEAST 0x1p-960
static inline weir_dd sum_scaled(weir_dd sum, double weight)
{
    sum = weir_dd_scale(sum, weight);
    if (fabs(sum.hi) < SUM_LEAST)
        return weir_dd_of(0);
    if (fabs(sum.lo) < DBL_MIN)
        sum.lo = 0;
    return sum;
}

static inline weir_dd sums_at(const sums *table, size_t row, size_t column)
{
    size_t at = row * table->stride + column;

    return (weir_dd){table->hi[at], table->lo ? table->lo[at] : 0};
}

static inline void sums_put(sums *table, size_t row, size_t column, weir_dd value)
{
    size_t at = row * table->stride + column;

    table->hi[at] = value.hi;
    if (table->lo)
        table->lo[at] = value.lo;
}

static inline void sums_add(sums *table, size_t row, size_t column, weir_dd value)
{
    sums_put(table, row, column, weir_dd_add(sums_at(table, row, column), value));
}

/* The same for a symmetric table, of which the lower triangle is kept. */
static inline weir_dd sums_pair(const sums *table, size_t a, size_t b)
{
    return a >= b ? sums_at(table, a, b) : sums_at(table, b, a);
}

static inline void sums_add_pair(sums *table, size_t a, size_t b, weir_dd value)
{
    sums_add(table, a >= b ? a : b, a >= b ? b : a, value);
}

#endif
