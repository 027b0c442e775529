/* drift.h: how far one summary has moved away from another, as rows of a table.
 *
 * The baseline is what data once looked like, the analysis what they look like now. 0 means that nothing moved.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_DRIFT_H
#define WEIR_DRIFT_H

#include "weir/explore.h"

typedef struct weir_drift_pair weir_drift_pair;

typedef struct {
    const char *id; /* "marginal_stat" */
    const char *title, *help;
    const weir_metric_key
        *keys; /* a key that begins with $ stands for one key an attribute: "$_drift" */
    const weir_option *options;
    weir_code (*compare)(const weir_drift_pair *pair, weir_answer *answer, weir_error *err);
} weir_drift_metric;

extern const weir_drift_metric *const weir_drift_metrics[]; /* ended by NULL */
const weir_drift_metric *weir_drift_find(const char *id);

/* Compares the attributes of type C and B that both summaries have, by name, in the order of the baseline. Keys are
 * driftScore and <attribute>_drift and what else the metric says. WEIR_INVALID when they have no attribute in common
 * or one of them has no rows. What is in answer after a failure is the caller's to free. */
weir_code weir_drift(const weir_drift_metric *metric, const weir_summary *baseline,
                     const weir_summary *analysis, const weir_setting *settings,
                     size_t setting_count, weir_answer *answer, weir_error *err);

#endif
