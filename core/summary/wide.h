/* wide.h: a summary read in double-double, for answers that lose digits in doubles. Private to core.
 *
 * The public readers (weir_summary_moments, weir_summary_pair) round once at the end; what is then made of them, such
 * as the sum of squares between groups or a regression, subtracts nearly equal numbers again. These give the same
 * centred moments before the rounding. Where a count is not positive, everything is 0.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CORE_SUMMARY_WIDE_H
#define CORE_SUMMARY_WIDE_H

#include "base/dd.h"
#include "weir/summary.h"

/* Of one attribute over some rows. */
typedef struct {
    weir_dd count, mean;
    weir_dd m2;      /* sum of (x - mean)^2; what is only rounding is 0 */
    weir_dd squares; /* raw sum of x^2 */
    double noise;    /* how far rounding can have moved a sum of squares of this attribute */
} wide_column;

/* Over all rows with x. */
void wide_read(const weir_summary *summary, size_t x, wide_column *out);
/* Over the rows with x in which the binary attribute b is value (0 or 1). */
void wide_read_given(const weir_summary *summary, size_t x, size_t b, int value, wide_column *out);

/* Of two attributes over the rows in which both are present. */
typedef struct {
    weir_dd count, mean_x, mean_y;
    weir_dd cxx, cyy, cxy; /* centred sums */
    weir_dd x, y;          /* raw sums */
    weir_dd xx, yy, xy;    /* raw sums of products: for regressions through the origin */
} wide_pair;
void wide_read_pair(const weir_summary *summary, size_t x, size_t y, wide_pair *out);

#endif
