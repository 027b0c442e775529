/* ranking.c: see ranking.h.
 *
 * Rows are sorted by falling score and taken in groups of equal score. Before a group t outliers and f inliers were
 * passed; a group with p outliers and n inliers adds to the area under the ROC curve its trapezoid, n (t + p/2), which
 * is what counts a tie as one half. Average precision is the sum of p (t + p) / (t + p + f + n), divided by all outliers.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "ranking.h"

#include <math.h>
#include <stdlib.h>

static int by_falling_score(const void *a, const void *b)
{
    double x = ((const ranked_row *)a)->score, y = ((const ranked_row *)b)->score;

    return (x < y) - (x > y);
}

weir_code ranking_of(ranked_row *rows, size_t count, ranking *out, weir_error *err)
{
    double outliers = 0, inliers = 0, area = 0, precision = 0;

    for (size_t i = 0; i < count; i++)
        if (isnan(rows[i].score))
            return weir_fail(err, WEIR_INVALID, "row %zu has no score", i);
    if (count)
        qsort(rows, count, sizeof *rows, by_falling_score);
    for (size_t i = 0; i < count;) {
        double p = 0, n = 0;
        size_t end = i;

        for (; end < count && rows[end].score == rows[i].score; end++)
            rows[end].outlier ? p++ : n++;
        area += n * (outliers + p / 2);
        outliers += p;
        inliers += n;
        precision += p * outliers / (outliers + inliers);
        i = end;
    }
    if (outliers == 0 || inliers == 0)
        return weir_fail(err, WEIR_INVALID, "%.0f outliers and %.0f inliers cannot be ranked",
                         outliers, inliers);
    *out = (ranking){area / outliers / inliers, precision / outliers};
    return WEIR_OK;
}
