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
        char *key; /* owned */
        double value;
    } * items;
    size_t count, capacity;
} weir_answer;
weir_code weir_answer_put(weir_answer *answer, const char *key, double value,
                          weir_error *err); /* skips NaN, inf */
void weir_answer_free(weir_answer *answer);

typedef struct {
    const char *key, *help; /* a key that ends in $ stands for one key a cell: "obs$" */
} weir_metric_key;

/* The kinds of terms that a place takes. A category among binary attributes stands for its values. */
enum { WEIR_TAKES_C = 1, WEIR_TAKES_B = 2, WEIR_TAKES_T = 4 };

/* A field of the form in which a metric is asked. */
typedef struct {
    unsigned types;     /* WEIR_TAKES_..., at least one; 0 ends a list of places */
    size_t least, most; /* how many terms; most 0: any number */
    const char *label;  /* "Measure", "Groups" */
} weir_place;

enum { WEIR_PLACES = 3 };

/* One way of asking a metric: which terms inputs and targets hold, in this order. */
typedef struct {
    const char *title; /* of the choice between the ways: "Two columns" */
    weir_place inputs[WEIR_PLACES], targets[WEIR_PLACES];
    bool open; /* further inputs, and targets, are ignored */
} weir_shape;

typedef struct {
    const char *id;    /* "uni" */
    const char *alias; /* a second name under which it is known; NULL: none */
    const char *title, *help;
    const weir_shape *shapes;    /* ended by a row without a title */
    const weir_metric_key *keys; /* what it answers, ended by a row without a key */
    const weir_option *options;  /* extraParameters it reads */
    size_t options_size;         /* of the struct that options fill */
    /* For questions that passed weir_metric_check(). */
    weir_code (*answer)(const weir_summary *summary, const weir_question *question,
                        weir_answer *answer, weir_error *err);
} weir_metric;

extern const weir_metric *const weir_metrics[]; /* ended by NULL */
const weir_metric *weir_metric_find(const char *id);
/* Says whether the inputs and targets of a question have a shape of the metric and its settings are in range.
 * WEIR_INVALID names the metric, the attribute and what is wanted. The ids are those of the schema. */
weir_code weir_metric_check(const weir_metric *metric, const weir_schema *schema,
                            const weir_question *question, weir_error *err);
/* Checks and answers. What is in answer after a failure is the caller's to free. */
weir_code weir_metric_ask(const weir_metric *metric, const weir_summary *summary,
                          const weir_question *question, weir_answer *answer, weir_error *err);

/* A histogram with equal bins, cut from the fine one. */
typedef struct {
    double min, max, width;
    size_t bins;
    double *counts;  /* owned */
    char error[160]; /* "" when fine */
} weir_density;
/* What a call for densities asks for, as options of its extraParameters. */
typedef struct {
    int64_t bins;
    double min, max;
    bool complement; /* also the rows in which the condition does not hold */
} weir_density_wanted;
extern const weir_option weir_density_options[];

/* The calls that ask for densities, as metrics describe themselves; ended by a row without an id. */
typedef struct {
    const char *id, *title, *help; /* "densityEstimate" */
    const weir_shape *shapes;
    const weir_metric_key *keys;
} weir_density_call;
extern const weir_density_call weir_density_calls[];

/* bins 1 to 65536; min, max NaN: the observed extremes. A B attribute always has min 0, max 1 unless given. Histograms
 * off, an attribute without statistics: a density with error set and no bins (and WEIR_OK). */
weir_code weir_density_estimate(const weir_summary *summary, size_t id, size_t bins, double min,
                                double max, weir_density *out, weir_error *err);
/* The same over the rows in which a B attribute is 1 (value true) or 0. The range is that of target over all rows. Kept
 * by weir_summary_options.conditional; without it, or with a condition that is not of type B, a density with error. */
weir_code weir_density_conditional(const weir_summary *summary, size_t target, size_t condition,
                                   bool value, size_t bins, double min, double max,
                                   weir_density *out, weir_error *err);
void weir_density_free(weir_density *density);

#endif
