/* samples.h: the groups of rows that a test compares. Private to core/explore.
 *
 * A group is the rows that have one column, or of these the rows in which a binary attribute is 1 or 0. Its mean and
 * sum of squares are kept in double-double until differences have been taken. Groups are taken as independent, also
 * when they are columns of the same rows.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CORE_EXPLORE_SAMPLES_H
#define CORE_EXPLORE_SAMPLES_H

#include "explore/metrics.h"
#include "summary/wide.h"

typedef wide_column sample;

/* The ways in which two groups are told, for the metrics that compare two. */
extern const weir_shape samples_shapes[];
/* The two groups of a question of one of these shapes. */
void samples_pair(const weir_summary *summary, const weir_question *question, sample out[2]);

/* What is not defined is NaN. */
double sample_count(const sample *of); /* 0 when nothing is there */
double sample_mean(const sample *of);
double sample_variance(const sample *of, bool unbiased);    /* divided by n, or by n - 1 */
double sample_difference(const sample *a, const sample *b); /* of the means */

#endif
