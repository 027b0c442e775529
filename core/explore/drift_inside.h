/* drift_inside.h: what the metrics of drift share. Private to core/explore.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CORE_EXPLORE_DRIFT_INSIDE_H
#define CORE_EXPLORE_DRIFT_INSIDE_H

#include "weir/drift.h"

/* Two summaries and the attributes that both have. */
struct weir_drift_pair {
    const weir_summary *baseline, *analysis;
    size_t count;
    const size_t *of_baseline, *of_analysis; /* attribute ids */
    weir_question question;                  /* its settings */
};

extern const weir_drift_metric weir_drift_marginal_stat;
extern const weir_drift_metric weir_drift_marginal_non_stat;
extern const weir_drift_metric weir_drift_global;
extern const weir_drift_metric weir_drift_pca;

/* Puts "<attribute i><suffix>". NaN is left out. */
weir_code drift_put(const weir_drift_pair *pair, size_t i, const char *suffix, double value,
                    weir_answer *answer, weir_error *err);
/* Puts driftScore, the mean of scores; those that are NaN do not count, and where all are there is no driftScore. */
weir_code drift_put_mean(const double *scores, size_t count, weir_answer *answer, weir_error *err);

/* Both summaries' statistics of attribute i are those of a binary one. */
bool drift_is_binary(const weir_drift_pair *pair, size_t i);

/* The distributions of attribute i side by side, on bins that both have, ascending. */
typedef struct {
    double key, baseline, analysis; /* rows */
} drift_bin;
typedef struct {
    drift_bin *bins; /* for weir_free() */
    size_t count;
    double baseline, analysis; /* rows in all */
} drift_sides;
/* count is 0 where one of the two keeps no histogram of it or has no rows in it. */
weir_code drift_read_sides(const weir_drift_pair *pair, size_t i, drift_sides *out,
                           weir_error *err);

/* Hellinger distance of the normal distributions, of binary attributes the Bernoulli distributions, that have the
 * moments of attribute i in each. NaN where one has no rows with it. */
double drift_hellinger(const weir_drift_pair *pair, size_t i);

#endif
