/* ecod.c: outliers by empirical tail probabilities, equal to PyOD's ECOD row by row.
 *
 * Per attribute a value has a left tail L, the share of rows at or below it, and a right tail R, at or above; l = -log L
 * and r = -log R. The skewness of the attribute says which tail is the long one: s = l when it is negative, r when
 * positive, l + r when it is exactly 0. The paper's score is max(sum l, sum r, sum s) [1]; PyOD sums max(l, r, s) over
 * the attributes, which ranks rows differently. `use_skewness` false (the default) is PyOD's sum, true is the paper's.
 *
 * A row is scored as if it had just been added to the rows (PyOD's decision_function, one row at a time). With
 * `ecod_rows_learned` true it is taken to be among them already (PyOD's decision_scores_ of the rows it was fitted to).
 *
 * Threshold unless `ecod_anomaly_threshold` gives one: the score of a row whose tail is `desired_prob_feats` in every
 * attribute, which is -log(desired_prob_feats) times their number.
 *
 * [1] Z. Li, Y. Zhao, X. Hu, N. Botta, C. Ionescu, G. H. Chen: ECOD: Unsupervised Outlier Detection Using Empirical
 *     Cumulative Distribution Functions. IEEE TKDE 35(12), 2022. arXiv:2201.00382.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "model/algorithms.h"

#include <float.h>
#include <math.h>

#include "model/report.h"
#include "model/tails.h"
#include "weir/memory.h"

enum { KEY_RES, KEY_ECOD, KEY_SCORE };
enum { BLOCK = 256 }; /* rows a step: their three sums fit on the stack */

typedef struct {
    double threshold, probability;
    bool use_skewness, learned;
} ecod_options;

typedef struct {
    ecod_options options;
    double threshold;
    size_t inputs;
    tails *parts;
} ecod;

static const weir_option options[] = {
    {.name = "ecod_anomaly_threshold",
     .kind = WEIR_OPTION_NUMBER,
     .offset = offsetof(ecod_options, threshold),
     .least = -DBL_MAX,
     .greatest = DBL_MAX,
     .fallback = "",
     .help = "Score above which res is 1; computed from desired_prob_feats unless given."},
    {.name = "use_skewness",
     .kind = WEIR_OPTION_BOOLEAN,
     .offset = offsetof(ecod_options, use_skewness),
     .fallback = "false",
     .help =
         "true: the paper's score, the greatest of three sums; false: PyOD's, a sum of maxima."},
    {.name = "desired_prob_feats",
     .kind = WEIR_OPTION_NUMBER,
     .offset = offsetof(ecod_options, probability),
     .least = 1e-300,
     .greatest = 1,
     .fallback = "0.1",
     .help = "Tail probability per attribute from which the threshold is derived."},
    {.name = "ecod_rows_learned",
     .kind = WEIR_OPTION_BOOLEAN,
     .offset = offsetof(ecod_options, learned),
     .fallback = "false",
     .help = "true: the rows to be scored are among those learned; false: each is new."},
    {0},
};

static void ecod_free(void *state)
{
    ecod *model = state;

    if (!model)
        return;
    for (size_t i = 0; model->parts && i < model->inputs; i++)
        tails_free(&model->parts[i]);
    weir_free(model->parts);
    weir_free(model);
}

static weir_code ecod_new(size_t inputs, const ecod_options *from, ecod **out, weir_error *err)
{
    ecod *model = weir_calloc(1, sizeof *model);

    if (!model || !(model->parts = weir_calloc(inputs, sizeof *model->parts))) {
        ecod_free(model);
        return weir_fail(err, WEIR_NO_MEMORY, "no room for a model of %zu attributes", inputs);
    }
    model->inputs = inputs;
    model->options = *from;
    model->threshold =
        isnan(from->threshold) ? -log(from->probability) * (double)inputs : from->threshold;
    *out = model;
    return WEIR_OK;
}

static weir_code ecod_build(const weir_summary *summary, size_t inputs, size_t targets,
                            const void *given, void **state, weir_error *err)
{
    ecod *model = NULL;
    weir_code code = ecod_new(inputs, given, &model, err);

    (void)targets;
    for (size_t i = 0; i < inputs && !code; i++) {
        model_bins bins;
        weir_moments moments;
        if ((code = model_bins_read(summary, i, &bins, err)))
            break;
        weir_summary_moments(summary, i, &moments);
        code = tails_cut(&bins, &moments, model->options.learned, &model->parts[i], err);
        model_bins_free(&bins);
    }
    if (!code) {
        *state = model;
        model = NULL;
    }
    ecod_free(model);
    return code;
}

/* Scores rows first to first + n - 1 into sum[0 .. n - 1]. */
static void score_block(const ecod *model, const weir_inputs *inputs, size_t first, size_t n,
                        double *sum)
{
    double lefts[BLOCK] = {0}, rights[BLOCK] = {0}, longs[BLOCK] = {0};

    for (size_t r = 0; r < n; r++)
        sum[r] = 0;
    for (size_t i = 0; i < model->inputs; i++)
        for (size_t r = 0; r < n; r++) {
            const double x = inputs->columns[i][first + r];
            double left, right;
            tails_at(&model->parts[i], x, &left, &right);
            int skew = tails_skew(&model->parts[i], x, model->options.learned);
            double tail = skew < 0 ? left : skew > 0 ? right : left + right;
            lefts[r] += left;
            rights[r] += right;
            longs[r] += tail;
            double larger = left > right ? left : right;
            sum[r] += tail > larger ? tail : larger;
        }
    for (size_t r = 0; model->options.use_skewness && r < n; r++)
        sum[r] = fmax(fmax(lefts[r], rights[r]), longs[r]);
}

static weir_code ecod_score(const void *state, const weir_inputs *inputs, weir_scores *scores,
                            weir_error *err)
{
    const ecod *model = state;
    double *res = scores->values + KEY_RES * scores->capacity;
    double *own = scores->values + KEY_ECOD * scores->capacity;
    double *sum = scores->values + KEY_SCORE * scores->capacity;

    (void)err;
    for (size_t first = 0; first < inputs->rows; first += BLOCK)
        score_block(model, inputs, first,
                    inputs->rows - first < BLOCK ? inputs->rows - first : BLOCK, sum + first);
    for (size_t r = 0; r < inputs->rows; r++) {
        res[r] = sum[r] > model->threshold;
        own[r] = sum[r];
    }
    return WEIR_OK;
}

/* The terms of PyOD's sum, also where the paper's score is asked for, which is the greatest of three sums and has no
 * terms of its own. */
static void ecod_explain(const void *state, const weir_inputs *inputs, double *values)
{
    const ecod *model = state;

    for (size_t i = 0; i < model->inputs; i++)
        for (size_t r = 0; r < inputs->rows; r++) {
            const double x = inputs->columns[i][r];
            double left, right;

            tails_at(&model->parts[i], x, &left, &right);
            int skew = tails_skew(&model->parts[i], x, model->options.learned);
            double tail = skew < 0 ? left : skew > 0 ? right : left + right;
            values[i * inputs->rows + r] = fmax(fmax(left, right), tail);
        }
}

static weir_code describe_attributes(const ecod *model, const weir_model *whole,
                                     weir_report *report)
{
    enum { SKEWNESS, MEAN, COLUMNS };
    static const char *const columns[] = {"skewness", "mean"};
    double *numbers = weir_calloc(model->inputs * COLUMNS, sizeof *numbers);
    weir_code code = numbers ? WEIR_OK : WEIR_NO_MEMORY;

    for (size_t i = 0; !code && i < model->inputs; i++) {
        const tail_shape *shape = &model->parts[i].shape;
        numbers[i * COLUMNS + SKEWNESS] =
            shape->m2 > 0 ? sqrt(shape->count) * (shape->m3 / shape->m2) / sqrt(shape->m2) : 0;
        numbers[i * COLUMNS + MEAN] = shape->mean;
    }
    if (!code)
        code = report_inputs(report, "attributes", columns, COLUMNS, whole, numbers);
    weir_free(numbers);
    return code;
}

static weir_code ecod_describe(const void *state, const weir_model *whole, weir_report *report,
                               weir_error *err)
{
    const ecod *model = state;
    weir_code code = weir_report_number(report, "size", (double)model->inputs);

    if (!code)
        code = weir_report_number(report, "ecod_anomaly_threshold", model->threshold);
    if (!code)
        code = weir_report_number(report, "desired_prob_feats", model->options.probability);
    if (!code)
        code = weir_report_text(report, "use_skewness",
                                model->options.use_skewness ? "true" : "false");
    if (!code)
        code = weir_report_text(report, "score",
                                model->options.use_skewness ? "max(sum l, sum r, sum s)"
                                                            : "sum of max(l, r, s)");
    if (!code)
        code = describe_attributes(model, whole, report);
    return code ? weir_fail(err, code, "no room for a report") : WEIR_OK;
}

/* --- bytes:  u8 use_skewness | u8 learned | f64 probability | f64 threshold | per input its tails */

static void ecod_save(const void *state, weir_bytes *out)
{
    const ecod *model = state;

    weir_bytes_u8(out, model->options.use_skewness);
    weir_bytes_u8(out, model->options.learned);
    weir_bytes_f64(out, model->options.probability);
    weir_bytes_f64(out, model->threshold);
    for (size_t i = 0; i < model->inputs; i++)
        tails_write(&model->parts[i], out);
}

static weir_code ecod_load(weir_reader *reader, size_t inputs, void **state, weir_error *err)
{
    ecod *model = NULL;
    uint8_t use_skewness = weir_read_u8(reader), learned = weir_read_u8(reader);
    ecod_options from = {.use_skewness = use_skewness == 1, .learned = learned == 1};

    from.probability = weir_read_f64(reader);
    from.threshold = weir_read_f64(reader);
    if (reader->failed || use_skewness > 1 || learned > 1 ||
        !(from.probability > 0 && from.probability <= 1) || !isfinite(from.threshold) ||
        inputs > weir_reader_left(reader))
        return weir_fail(err, WEIR_CORRUPT, "model: the head of ecod is not valid");
    weir_code code = ecod_new(inputs, &from, &model, err);
    for (size_t i = 0; i < inputs && !code; i++)
        code = tails_read(reader, from.learned, &model->parts[i], err);
    if (!code) {
        *state = model;
        model = NULL;
    }
    ecod_free(model);
    return code;
}

static const char *const predict_info[] = {"res", "ecodscore", "anomaly_score", NULL};
static const char *const score_info[] = {"ecodscore", "anomaly_score", NULL};

const weir_algorithm weir_ecod = {
    .id = "ecod",
    .title = "Empirical-CDF outlier detection",
    .help = "Scores a row by how far out in the tails of each attribute its values lie.",
    .paper = "Z. Li et al.: ECOD: Unsupervised Outlier Detection Using Empirical Cumulative "
             "Distribution Functions. IEEE TKDE 35(12), 2022.",
    .kind = WEIR_KIND_ANOMALY,
    .targets = WEIR_TARGET_NONE,
    .needs = WEIR_NEEDS_HISTOGRAMS,
    .options = options,
    .options_size = sizeof(ecod_options),
    .predict_info = predict_info,
    .score_info = score_info,
    .build = ecod_build,
    .score = ecod_score,
    .explain = ecod_explain,
    .describe = ecod_describe,
    .save = ecod_save,
    .load = ecod_load,
    .free = ecod_free,
};
