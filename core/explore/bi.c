/* bi.c: the statistics of two attributes over the rows in which both are present.
 *
 * With N such rows, x and y: covariance and linear correlation of the population, and the conditional statistics of x
 * given y, which for a binary y are those of x over the rows with y = 1: count sum y, sum of x y, mean and population
 * variance. For a y that is not binary the published formulas weigh x by y; the numbers have no clear meaning and are
 * given only when asked for with `need_bi_conditional`.
 *
 * `need_bi_conditional_ci95` adds a 95 % interval of the conditional mean by Student's t.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "explore/metrics.h"

#include <math.h>

#include "weir/distributions.h"

typedef struct {
    bool conditional, interval;
} bi_options;

static const weir_option options[] = {
    {.name = "need_bi_conditional",
     .kind = WEIR_OPTION_BOOLEAN,
     .offset = offsetof(bi_options, conditional),
     .fallback = "false",
     .help = "true: conditional statistics also where the second attribute is not binary."},
    {.name = "need_bi_conditional_ci95",
     .kind = WEIR_OPTION_BOOLEAN,
     .offset = offsetof(bi_options, interval),
     .fallback = "false",
     .help = "true: a 95 % confidence interval of the conditional mean."},
    {0},
};

static const weir_shape shapes[] = {
    {.title = "Two attributes",
     .inputs = {{WEIR_TAKES_C | WEIR_TAKES_B, 1, 1, "First attribute"},
                {WEIR_TAKES_C | WEIR_TAKES_B, 1, 1, "Second attribute"}},
     .open = true},
    {0},
};

static const weir_metric_key keys[] = {
    {"count", "Rows in which both attributes are present."},
    {"covar", "Covariance."},
    {"linCorr", "Pearson's correlation, from -1 to 1."},
    {"condCount", "Rows in which the second attribute is 1."},
    {"condSum", "Sum of the first attribute over these."},
    {"condMean", "Mean of the first attribute over these."},
    {"condVariance", "Variance of the first attribute over these."},
    {"condStddev", "Square root of condVariance."},
    {"biCi95Down", "Lower end of the 95 % confidence interval of condMean."},
    {"biCi95Up", "Upper end of the 95 % confidence interval of condMean."},
    {0},
};

/* Sum of (x y)^2: for a binary y that of x^2 y. */
static double sum_of_squares(const weir_pair *pair, bool binary)
{
    return binary ? pair->sum_xxy : pair->sum_xxyy;
}

static weir_code put_conditional(const weir_pair *pair, bool binary, bool interval,
                                 weir_answer *answer, weir_error *err)
{
    const double n = pair->sum_y;
    const double mean = n != 0 ? pair->sum_xy / n : NAN;
    const double squares = n != 0 ? sum_of_squares(pair, binary) / n : NAN;
    double variance = squares - mean * mean;

    if (binary && variance < 0) /* rounding where all rows have one value */
        variance = 0;
    const double stddev = sqrt(variance);
    const double margin =
        interval && n > 1 ? weir_student_quantile(0.975, n - 1) * stddev / sqrt(n) : NAN;
    const metric_number numbers[] = {
        {"condCount", n},
        {"condSum", pair->sum_xy},
        {"condMean", mean},
        {"condVariance", variance},
        {"condStddev", stddev},
        {"biCi95Down", mean - margin},
        {"biCi95Up", mean + margin},
    };

    return metric_put(answer, numbers, sizeof numbers / sizeof *numbers, err);
}

static weir_code bi(const weir_summary *summary, const weir_question *question, weir_answer *answer,
                    weir_error *err)
{
    const size_t x = question->inputs[0], y = question->inputs[1];
    const bool binary = weir_schema_at(weir_summary_schema(summary), y)->type == WEIR_B;
    bi_options chosen;
    weir_pair pair;
    weir_code code = metric_options(&weir_metric_bi, question, &chosen, err);

    if (code)
        return code;
    weir_summary_pair(summary, x, y, &pair);
    const double n = pair.count > 0 ? pair.count : 0;
    double correlation = pair.cxy / sqrt(pair.cxx) / sqrt(pair.cyy);
    if (fabs(correlation) > 1)
        correlation = copysign(1, correlation);
    const metric_number numbers[] = {
        {"count", n},
        {"covar", n > 0 ? pair.cxy / n : NAN},
        {"linCorr", n > 0 && pair.cxx > 0 && pair.cyy > 0 ? correlation : NAN},
    };
    code = metric_put(answer, numbers, sizeof numbers / sizeof *numbers, err);
    if (!code && n > 0 && (binary || chosen.conditional || chosen.interval))
        code = put_conditional(&pair, binary, chosen.interval, answer, err);
    return code;
}

const weir_metric weir_metric_bi = {
    .id = "bi",
    .title = "Bivariate statistics",
    .help = "Covariance, correlation and conditional statistics of the first two attributes.",
    .shapes = shapes,
    .keys = keys,
    .options = options,
    .options_size = sizeof(bi_options),
    .answer = bi,
};
