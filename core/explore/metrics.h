/* metrics.h: the descriptors that metrics.c puts into one table. Private to core/explore.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CORE_EXPLORE_METRICS_H
#define CORE_EXPLORE_METRICS_H

#include "weir/explore.h"

extern const weir_metric weir_metric_uni;
extern const weir_metric weir_metric_bi;
extern const weir_metric weir_metric_ztest;
extern const weir_metric weir_metric_ztestp;
extern const weir_metric weir_metric_ztestmu;
extern const weir_metric weir_metric_ttest;
extern const weir_metric weir_metric_ttestmu;
extern const weir_metric weir_metric_ftest;
extern const weir_metric weir_metric_ftestmu;
extern const weir_metric weir_metric_anova;
extern const weir_metric weir_metric_chi2;
extern const weir_metric weir_metric_gain;

/* Reads the settings of a question that the table of a metric knows; others belong to someone else. */
weir_code metric_options(const weir_metric *metric, const weir_question *question, void *target,
                         weir_error *err);
/* The terms of a question: those given, or each id as one. text is NULL where none was sent. */
size_t metric_inputs(const weir_question *question);
size_t metric_targets(const weir_question *question);
weir_term metric_input(const weir_question *question, size_t i);
weir_term metric_target(const weir_question *question, size_t i);
/* Puts several keys, stopping at the first failure. */
typedef struct {
    const char *key;
    double value;
} metric_number;
weir_code metric_put(weir_answer *answer, const metric_number *numbers, size_t count,
                     weir_error *err);

/* The p-value of a statistic whose both ends count, from the probabilities on either side of it. */
double metric_two_sided(double below, double above);

#endif
