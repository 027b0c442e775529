/* crosstab.h: tables of counts of rows. Private to core/explore.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CORE_EXPLORE_CROSSTAB_H
#define CORE_EXPLORE_CROSSTAB_H

#include "explore/metrics.h"

typedef struct {
    size_t rows, columns;
    double *counts;                 /* rows * columns; never negative; owned */
    double *row_sums, *column_sums; /* owned */
    double total;
} crosstab;

weir_code crosstab_new(size_t rows, size_t columns, crosstab *out, weir_error *err);
void crosstab_free(crosstab *table); /* zeros are fine */
/* Sets a cell; what is below 0, after rows were forgotten that were not there, counts as 0. */
void crosstab_set(crosstab *table, size_t row, size_t column, double count);
/* Fills the sums in once every cell is set. */
void crosstab_finish(crosstab *table);

/* (observed - expected) / expected of a cell, by exact products of counts; its row and column are not empty. */
double crosstab_excess(const crosstab *table, size_t row, size_t column);

#endif
