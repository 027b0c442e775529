/* mlr.c: multiple linear regression by least squares.
 *
 * The fit is that of regression.c, with what a textbook prints beside it: standard errors, t = coefficient / error,
 * two-sided p from Student's distribution, 95 % limits [1]. What does not exist is left empty: errors without residual
 * degrees of freedom, t and p of an exact fit, R^2 of a target that does not vary.
 *
 * Without an intercept R^2 is about 0, not about the mean, as NIST and statsmodels have it.
 *
 * [1] N. R. Draper, H. Smith: Applied Regression Analysis, chapters 1, 5 and 6. Wiley 1998.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "model/algorithms.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/number.h"
#include "model/regression.h"
#include "model/report.h"
#include "weir/distributions.h"
#include "weir/memory.h"

/* Coefficients that a fit can have: times the greatest cell they are finite. */
#define COEFFICIENT_MAX 1e200
#define CONFIDENCE 0.95

typedef struct {
    bool intercept, clip;
    regression_options solve;
} mlr_options;

typedef struct {
    bool intercept, clip;
    double mean_target;
    regression_fit fit;
} mlr;

static const weir_option options[] = {
    {.name = "intercept",
     .kind = WEIR_OPTION_BOOLEAN,
     .offset = offsetof(mlr_options, intercept),
     .fallback = "true",
     .help = "false: the fit goes through the origin."},
    {.name = "matrix_use_pseudoinv",
     .kind = WEIR_OPTION_BOOLEAN,
     .offset = offsetof(mlr_options, solve.use_pseudo_inverse),
     .fallback = "false",
     .help = "true: inputs that depend on each other share their effect instead of being refused."},
    {.name = "sml_rcond_use",
     .kind = WEIR_OPTION_BOOLEAN,
     .offset = offsetof(mlr_options, solve.use_rcond),
     .fallback = "false",
     .help = "true: refuse inputs whose reciprocal condition number is below the tolerance."},
    {.name = "sml_rcond_tolerance",
     .kind = WEIR_OPTION_NUMBER,
     .offset = offsetof(mlr_options, solve.rcond_tolerance),
     .least = 0,
     .greatest = 1,
     .fallback = "1e-14",
     .help = "The least reciprocal condition number that sml_rcond_use lets pass."},
    {.name = "clip_negative_predictions",
     .kind = WEIR_OPTION_BOOLEAN,
     .offset = offsetof(mlr_options, clip),
     .fallback = "false",
     .help = "true: a prediction below 0 becomes 0."},
    {0},
};

static void mlr_free(void *state)
{
    mlr *model = state;

    if (!model)
        return;
    regression_fit_free(&model->fit);
    weir_free(model);
}

static weir_code mlr_new(mlr **out, weir_error *err)
{
    mlr *model = weir_calloc(1, sizeof *model);

    if (!model)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for a model");
    *out = model;
    return WEIR_OK;
}

static weir_code mlr_build(const weir_summary *summary, size_t inputs, size_t targets,
                           const void *given, void **state, weir_error *err)
{
    const mlr_options *from = given;
    regression_sums sums = {0};
    weir_moments target;
    mlr *model = NULL;
    weir_code code = mlr_new(&model, err);

    (void)targets;
    if (code || (code = regression_read(summary, inputs, from->intercept, &sums, err)) ||
        (code = regression_solve(&sums, &from->solve, &model->fit, err)))
        goto done;
    weir_summary_moments(summary, inputs, &target);
    model->intercept = from->intercept;
    model->clip = from->clip;
    model->mean_target = target.mean;
    *state = model;
    model = NULL;
done:
    regression_sums_free(&sums);
    mlr_free(model);
    return code;
}

static weir_code mlr_score(const void *state, const weir_inputs *inputs, weir_scores *scores,
                           weir_error *err)
{
    const mlr *model = state;
    const double *b = model->fit.coefficients;
    double *res = scores->values;

    (void)err;
    for (size_t r = 0; r < inputs->rows; r++)
        res[r] = b[0];
    for (size_t i = 0; i < inputs->inputs; i++)
        for (size_t r = 0; b[1 + i] != 0 && r < inputs->rows; r++)
            res[r] += b[1 + i] * inputs->columns[i][r];
    for (size_t r = 0; model->clip && r < inputs->rows; r++)
        if (res[r] < 0)
            res[r] = 0;
    return WEIR_OK;
}

/* --- what it tells about itself */

enum { COEFFICIENT, ERROR, T, P, LOW, HIGH, COLUMNS };
static const char *const column_names[] = {"coefficient", "std.error", "scores",
                                           "p.values",    "ci.low",    "ci.high"};

/* The numbers of a coefficient, COLUMNS of them. */
static void describe_one(const regression_fit *fit, size_t i, double *out)
{
    const double b = fit->coefficients[i], error = fit->errors[i];
    const double limit = weir_student_quantile(0.5 + CONFIDENCE / 2, fit->freedom) * error;
    const double t = error > 0 ? b / error : NAN;

    out[COEFFICIENT] = b;
    out[ERROR] = error;
    out[T] = t;
    out[P] = isnan(t) ? NAN : 2 * weir_student_upper(fabs(t), fit->freedom);
    out[LOW] = b - limit;
    out[HIGH] = b + limit;
}

static weir_code describe_coefficients(const mlr *model, const weir_model *whole,
                                       weir_report *report)
{
    const size_t first = model->intercept ? 0 : 1, rows = model->fit.inputs + 1 - first;
    double *numbers = weir_calloc(rows * COLUMNS, sizeof *numbers);
    const char **names = weir_calloc(rows, sizeof *names);
    weir_code code = numbers && names ? WEIR_OK : WEIR_NO_MEMORY;

    for (size_t i = 0; !code && i < rows; i++) {
        describe_one(&model->fit, first + i, numbers + i * COLUMNS);
        names[i] = first + i == 0 ? "(Intercept)" : weir_model_input(whole, first + i - 1)->name;
    }
    if (!code)
        code = report_numbers(report, "coefficients", column_names, COLUMNS, names, numbers, rows);
    weir_free(numbers);
    weir_free(names);
    return code;
}

/* The coefficients as one text, "c(b0, b1, ...)": the form in which the API's other linear models write theirs. */
static weir_code describe_betas(const mlr *model, weir_report *report)
{
    const size_t first = model->intercept ? 0 : 1;
    weir_bytes text = {0};
    char number[NUMBER_TEXT];
    weir_code code;

    weir_bytes_append(&text, "c(", 2);
    for (size_t i = first; i <= model->fit.inputs; i++) {
        const size_t length = number_print(model->fit.coefficients[i], number);

        if (i > first)
            weir_bytes_append(&text, ", ", 2);
        weir_bytes_append(&text, number, length);
    }
    weir_bytes_append(&text, ")", 2); /* and the terminator */
    code = weir_bytes_ok(&text, NULL);
    if (!code)
        code = weir_report_text(report, "betas", (const char *)text.data);
    weir_bytes_free(&text);
    return code;
}

static weir_code describe_mean(const mlr *model, const weir_model *whole, weir_report *report)
{
    static const char *const columns[] = {"mean"};
    const char *target = weir_model_target(whole, 0)->name;
    size_t size = strlen(target) + sizeof "mean_";
    char *name = weir_malloc(size);
    weir_code code = name ? WEIR_OK : WEIR_NO_MEMORY;

    if (!code) {
        snprintf(name, size, "mean_%s", target);
        code = report_numbers(report, name, columns, 1, NULL, &model->mean_target, 1);
    }
    weir_free(name);
    return code;
}

static weir_code describe_numbers(const mlr *model, weir_report *report)
{
    const regression_fit *fit = &model->fit;
    const double explained = fit->total - fit->residual, rank = (double)fit->rank;
    const double r2 = explained / fit->total, variance = fit->residual / fit->freedom;
    const double all = fit->rows - (model->intercept ? 1 : 0), f = explained / rank / variance;
    const struct {
        const char *key;
        double value;
    } numbers[] = {
        {"n", fit->rows},
        {"df", fit->freedom},
        {"rank", rank},
        {"rss", fit->residual},
        {"residual_sd", sqrt(variance)},
        {"r2", r2},
        {"adjusted_r2", 1 - (1 - r2) * all / fit->freedom},
        {"f", f},
        {"f_p_value", isfinite(f) ? weir_f_upper(f, rank, fit->freedom) : NAN},
        {"rcond", fit->rcond},
        {"shrinkage", fit->shrunk},
    };
    weir_code code = WEIR_OK;

    for (size_t i = 0; !code && i < sizeof numbers / sizeof *numbers; i++)
        if (isfinite(numbers[i].value))
            code = weir_report_number(report, numbers[i].key, numbers[i].value);
    if (!code)
        code = weir_report_text(report, "intercept", model->intercept ? "true" : "false");
    if (!code)
        code = weir_report_text(report, "pseudo_inverse", fit->pseudo_inverse ? "true" : "false");
    return code;
}

static weir_code mlr_describe(const void *state, const weir_model *whole, weir_report *report,
                              weir_error *err)
{
    const mlr *model = state;
    weir_code code = describe_numbers(model, report);

    if (!code)
        code = describe_betas(model, report);
    if (!code)
        code = describe_coefficients(model, whole, report);
    if (!code)
        code = describe_mean(model, whole, report);
    return code ? weir_fail(err, code, "no room for a report") : WEIR_OK;
}

/* --- bytes:  u8 intercept | u8 clip | u8 pseudo_inverse | u32 rank | f64 mean of the target | f64 rows, freedom,
 * residual, total, rcond, shrunk | for the intercept and each input f64 coefficient, f64 error */

enum { COEFFICIENT_BYTES = 16 };

static void mlr_save(const void *state, weir_bytes *out)
{
    const mlr *model = state;
    const regression_fit *fit = &model->fit;

    weir_bytes_u8(out, model->intercept);
    weir_bytes_u8(out, model->clip);
    weir_bytes_u8(out, fit->pseudo_inverse);
    weir_bytes_u32(out, (uint32_t)fit->rank);
    weir_bytes_f64(out, model->mean_target);
    weir_bytes_f64(out, fit->rows);
    weir_bytes_f64(out, fit->freedom);
    weir_bytes_f64(out, fit->residual);
    weir_bytes_f64(out, fit->total);
    weir_bytes_f64(out, fit->rcond);
    weir_bytes_f64(out, fit->shrunk);
    for (size_t i = 0; i <= fit->inputs; i++) {
        weir_bytes_f64(out, fit->coefficients[i]);
        weir_bytes_f64(out, isnan(fit->errors[i]) ? NAN : fit->errors[i]);
    }
}

static bool at_least_zero(double x)
{
    return x >= 0 && isfinite(x);
}

/* Reads all but the coefficients; false when something cannot be. */
static bool read_head(weir_reader *reader, size_t inputs, mlr *model)
{
    regression_fit *fit = &model->fit;
    uint8_t intercept = weir_read_u8(reader), clip = weir_read_u8(reader);
    uint8_t pseudo = weir_read_u8(reader);

    fit->rank = weir_read_u32(reader);
    model->mean_target = weir_read_f64(reader);
    fit->rows = weir_read_f64(reader);
    fit->freedom = weir_read_f64(reader);
    fit->residual = weir_read_f64(reader);
    fit->total = weir_read_f64(reader);
    fit->rcond = weir_read_f64(reader);
    fit->shrunk = weir_read_f64(reader);
    model->intercept = intercept == 1;
    model->clip = clip == 1;
    fit->pseudo_inverse = pseudo == 1;
    return !reader->failed && intercept <= 1 && clip <= 1 && pseudo <= 1 && fit->rank <= inputs &&
           isfinite(model->mean_target) && at_least_zero(fit->rows) &&
           at_least_zero(fit->freedom) && at_least_zero(fit->residual) &&
           at_least_zero(fit->total) && at_least_zero(fit->rcond) && at_least_zero(fit->shrunk) &&
           weir_reader_left(reader) / COEFFICIENT_BYTES > inputs;
}

static weir_code mlr_load(weir_reader *reader, size_t inputs, void **state, weir_error *err)
{
    mlr head = {0}, *model = NULL;
    regression_fit fit = {0};
    weir_code code = WEIR_OK;

    if (!read_head(reader, inputs, &head))
        return weir_fail(err, WEIR_CORRUPT, "model: the head of mlr is not valid");
    if ((code = regression_fit_new(inputs, &fit, err)) || (code = mlr_new(&model, err)))
        goto done;
    for (size_t i = 0; i <= inputs && !code; i++) {
        double b = weir_read_f64(reader), error = weir_read_f64(reader);
        if (!(fabs(b) <= COEFFICIENT_MAX) || !(isnan(error) || at_least_zero(error)))
            code = weir_fail(err, WEIR_CORRUPT, "model: coefficient %zu is not valid", i);
        fit.coefficients[i] = b;
        fit.errors[i] = error;
    }
    if (code)
        goto done;
    head.fit.coefficients = fit.coefficients;
    head.fit.errors = fit.errors;
    head.fit.inputs = inputs;
    fit = (regression_fit){0};
    *model = head;
    *state = model;
    model = NULL;
done:
    regression_fit_free(&fit);
    mlr_free(model);
    return code;
}

static const char *const predict_info[] = {"res", NULL};

const weir_algorithm weir_mlr = {
    .id = "mlr",
    .title = "Multiple linear regression",
    .help = "Predicts a number as a weighted sum of the inputs, by least squares.",
    .paper = "N. R. Draper, H. Smith: Applied Regression Analysis. Wiley 1998.",
    .kind = WEIR_KIND_REGRESSION,
    .targets = WEIR_TARGET_CONTINUOUS | WEIR_TARGET_BINARY,
    .options = options,
    .options_size = sizeof(mlr_options),
    .predict_info = predict_info,
    .score_info = predict_info,
    .build = mlr_build,
    .score = mlr_score,
    .describe = mlr_describe,
    .save = mlr_save,
    .load = mlr_load,
    .free = mlr_free,
};
