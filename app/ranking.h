/* ranking.h: how well scores put outliers first.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_RANKING_H
#define WEIR_RANKING_H

#include <stddef.h>

#include "weir/error.h"

typedef struct {
    double score;
    int outlier; /* 0 or 1 */
} ranked_row;

typedef struct {
    double auroc; /* the chance that an outlier scores above an inlier, ties half */
    double
        average_precision; /* the precisions at each distinct score, weighted by the recall gained there */
} ranking;

/* Sorts rows by falling score. WEIR_INVALID when there is no outlier or no inlier, or a score is NaN. */
weir_code ranking_of(ranked_row *rows, size_t count, ranking *out, weir_error *err);

#endif
