/* model.h: algorithms as rows of a table, and the immutable models they make from a summary.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_MODEL_H
#define WEIR_MODEL_H

#include "weir/batch.h"
#include "weir/option.h"
#include "weir/summary.h"

/* Kinds of targets an algorithm takes (a set). */
enum {
    WEIR_TARGET_NONE = 1,
    WEIR_TARGET_BINARY = 2,
    WEIR_TARGET_CONTINUOUS = 4,
    WEIR_TARGET_CATEGORY = 8
};
/* What the project must keep (a set). */
enum { WEIR_NEEDS_HISTOGRAMS = 1 };

typedef enum {
    WEIR_KIND_ANOMALY,
    WEIR_KIND_CLASSIFICATION,
    WEIR_KIND_REGRESSION,
    WEIR_KIND_OTHER
} weir_kind;

/* Scores of a batch: one array of rows doubles per key of the algorithm. */
typedef struct {
    size_t rows, capacity, keys;
    double *values; /* key k of row r: values[k * capacity + r] */
} weir_scores;      /* {0} is empty */
weir_code weir_scores_resize(weir_scores *scores, size_t keys, size_t rows, weir_error *err);
static inline double weir_scores_at(const weir_scores *scores, size_t key, size_t row)
{
    return scores->values[key * scores->capacity + row];
}
void weir_scores_free(weir_scores *scores);

/* The inputs of a model as dense columns, missing cells filled with the mean at build time. */
typedef struct {
    size_t rows, inputs;
    const double *const *columns;  /* inputs pointers to rows doubles */
    const uint8_t *const *present; /* what was really there; an entry is NULL when all were */
} weir_inputs;

/* Facts about a model, for model info: text pairs and small tables. */
typedef struct weir_report weir_report;
weir_code weir_report_text(weir_report *report, const char *key, const char *value);
weir_code weir_report_number(weir_report *report, const char *key, double value);
/* A named table; then its cells row by row as text (type 'S') or number (type 'C'). */
weir_code weir_report_table(weir_report *report, const char *name, const char *const *columns,
                            const char *types, size_t column_count, const char *const *cells,
                            size_t rows);
weir_code weir_report_new(weir_report **out, weir_error *err);
void weir_report_free(weir_report *report);
size_t weir_report_texts(const weir_report *report);
void weir_report_text_at(const weir_report *report, size_t i, const char **key, const char **value);
typedef struct {
    const char *name;
    const char *const *columns;
    const char *types;
    size_t column_count, rows;
    const char *const *cells; /* rows * column_count, row-major */
} weir_report_table_view;
size_t weir_report_tables(const weir_report *report);
weir_report_table_view weir_report_table_at(const weir_report *report, size_t i);

/* A model: an algorithm, what it reads, and what it learned. Immutable; any number of threads may score with it. */
typedef struct weir_model weir_model;

/* One descriptor per algorithm; a new algorithm is one file, one test and one row of weir_algorithms. */
typedef struct {
    const char *id;    /* the word in the API, the UI and the stored bytes: "hba" */
    const char *title; /* "Histogram-based outlier score" */
    const char *help;  /* one sentence */
    const char *paper;
    weir_kind kind;
    unsigned targets, needs;
    const weir_option *options;
    size_t options_size;
    const char *const *predict_info; /* keys of a prediction, ended by NULL; row k of weir_scores */
    const char *const *score_info;   /* those of them that are the score */
    /* Builds from a selection of the project's summary whose attributes are the inputs in order, then the targets. */
    weir_code (*build)(const weir_summary *summary, size_t inputs, size_t targets,
                       const void *options, void **state, weir_error *err);
    weir_code (*score)(const void *state, const weir_inputs *inputs, weir_scores *scores,
                       weir_error *err);
    /* whole is the model that has the state: for the names of its attributes. */
    /* What each input adds to the score of a row: input i of row r into values[i * rows + r]. NULL: the score is no sum
     * over inputs. */
    void (*explain)(const void *state, const weir_inputs *inputs, double *values);
    weir_code (*describe)(const void *state, const weir_model *whole, weir_report *report,
                          weir_error *err);
    void (*save)(const void *state, weir_bytes *out);
    weir_code (*load)(weir_reader *reader, size_t inputs, void **state, weir_error *err);
    void (*free)(void *state);
} weir_algorithm;

extern const weir_algorithm *const weir_algorithms[];      /* ended by NULL */
const weir_algorithm *weir_algorithm_find(const char *id); /* NULL when unknown */

typedef struct {
    const char *name;
    const char *value;
} weir_setting;

/* Builds a model. inputs and targets are attribute ids of summary; the caller holds a copy (weir_summary_select) or
 * the project's lock. settings are texts; names the algorithm does not know are kept as metadata. No inputs: every C
 * and B attribute that is no target. Targets must be as many and of such types as the algorithm takes. version is 1
 * for the first build of a name and is stored. */
weir_code weir_model_build(const weir_algorithm *algorithm, const weir_summary *summary,
                           const size_t *inputs, size_t input_count, const size_t *targets,
                           size_t target_count, const weir_setting *settings, size_t setting_count,
                           uint64_t version, weir_model **out, weir_error *err);
void weir_model_free(weir_model *model);

/* Scores every row of batch. Inputs are found by name (a dynamic one through its category column); other columns are
 * ignored; a missing cell counts as the mean at build time. A batch with none of the inputs is WEIR_INVALID. */
weir_code weir_model_score(const weir_model *model, const weir_batch *batch, weir_scores *scores,
                           weir_error *err);

/* What each input adds to the score of each row of a batch. */
typedef struct {
    size_t rows, inputs, capacity;
    double *values;   /* input i of row r: values[i * rows + r] */
} weir_contributions; /* {0} is empty */
static inline double weir_contribution(const weir_contributions *of, size_t input, size_t row)
{
    return of->values[input * of->rows + row];
}
void weir_contributions_free(weir_contributions *contributions); /* leaves zeros */

/* Whether the score of this kind of model is made of what its inputs add. */
bool weir_model_explains(const weir_model *model);
/* Fills in the contributions of every row, by the rules of weir_model_score(). WEIR_INVALID when the model has none. */
weir_code weir_model_explain(const weir_model *model, const weir_batch *batch,
                             weir_contributions *out, weir_error *err);

/* The type under which a decoder should read a column of that name for this model: that of the input, T for the
 * column of a dynamic input, X for what the model does not need. */
weir_type weir_model_column_type(const weir_model *model, const char *name, size_t length);

const weir_algorithm *weir_model_algorithm(const weir_model *model);
uint64_t weir_model_version(const weir_model *model);
double weir_model_rows(const weir_model *model); /* rows in the summary it was built from */
size_t weir_model_inputs(const weir_model *model);
typedef struct {
    const char *name;   /* attribute name; "column$value" for a dynamic one */
    weir_type type;     /* C or B */
    const char *column; /* of a dynamic one: its category column, else NULL */
    const char *value;  /* of a dynamic one: the value, else NULL */
    size_t id;          /* attribute id in the project at build time */
    double mean;        /* what a missing cell counts as */
} weir_model_attribute;
const weir_model_attribute *weir_model_input(const weir_model *model, size_t i);
size_t weir_model_targets(const weir_model *model);
const weir_model_attribute *weir_model_target(const weir_model *model, size_t i);
size_t weir_model_settings(const weir_model *model);
weir_setting weir_model_setting(const weir_model *model, size_t i);
weir_code weir_model_describe(const weir_model *model, weir_report **out, weir_error *err);

weir_code weir_model_save(const weir_model *model, weir_bytes *out, weir_error *err);
weir_code weir_model_load(const void *data, size_t size, weir_model **out, weir_error *err);

#endif
