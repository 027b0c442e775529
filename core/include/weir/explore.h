/* explore.h: statistics, tests and densities as rows of a table, all from a summary.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_EXPLORE_H
#define WEIR_EXPLORE_H

#include "weir/model.h" /* weir_setting */
#include "weir/summary.h"

/* One entry of a list of attributes as it was sent. */
typedef struct {
    const char *text;    /* "10", "d1" */
    size_t first, count; /* the ids it stands for: ids[first] to ids[first + count - 1] */
    bool category;       /* it names a category column: the ids are its values */
} weir_term;

/* What one MLContext asks for, resolved to attribute ids of the summary. */
typedef struct {
    const size_t *inputs;
    size_t input_count;
    const size_t *targets;
    size_t target_count;
    const weir_setting *settings;
    size_t setting_count;
    const weir_term *input_terms; /* NULL where the caller has none: each id is a term of its own */
    size_t input_term_count;
    const weir_term *target_terms;
    size_t target_term_count;
} weir_question;

/* A growing map from key to number, in the order put. Undefined results are left out, never NaN. */
typedef struct {
    struct {
        char key[64];
        double value;
    } * items;
    size_t count, capacity;
} weir_answer;
weir_code weir_answer_put(weir_answer *answer, const char *key, double value,
                          weir_error *err); /* skips NaN, inf */
void weir_answer_free(weir_answer *answer);

typedef struct {
    const char *key, *help;
} weir_metric_key;

typedef struct {
    const char *id; /* "uni" */
    const char *title, *help;
    size_t least_inputs;
    const weir_metric_key *keys; /* what it answers, ended by a row without a key */
    const weir_option *options;  /* extraParameters it reads */
    weir_code (*answer)(const weir_summary *summary, const weir_question *question,
                        weir_answer *answer, weir_error *err);
} weir_metric;

extern const weir_metric *const weir_metrics[]; /* ended by NULL */
const weir_metric *weir_metric_find(const char *id);

/* A histogram with equal bins, cut from the fine one. */
typedef struct {
    double min, max, width;
    size_t bins;
    double *counts;  /* owned */
    char error[160]; /* "" when fine */
} weir_density;
/* bins 1 to 65536; min, max NaN: the observed extremes. A B attribute always has min 0, max 1 unless given. Histograms
 * off, an attribute without statistics: a density with error set and no bins (and WEIR_OK). */
weir_code weir_density_estimate(const weir_summary *summary, size_t id, size_t bins, double min,
                                double max, weir_density *out, weir_error *err);
void weir_density_free(weir_density *density);

#endif
