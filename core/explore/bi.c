/* bi.c: the statistics of two attributes over the rows in which both are present.
 *
 * With N such rows, x and y: covariance and linear correlation of the population, and the conditional statistics of x
 * given y, which for a binary y are those of x over the rows with y = 1: count sum y, sum of x y, mean and population
 * variance. For a y that is not binary the published formulas weigh x by y; the numbers have no clear meaning and are
 * given only when asked for with `need_bi_conditional`.
 *
 * `need_bi_conditional_ci95` adds a 95 % interval of the conditional mean by Student's t, and one of the correlation by
 * Fisher's transformation [1]; the published words allow for either. `need_bi_conditional_mmm` adds the extremes and
 * the median of x over the rows with y = 1, which take conditional histograms. `need_bi_complement` adds the statistics
 * of x over the rows with y = 0.
 *
 * [1] R. A. Fisher: On the "probable error" of a coefficient of correlation. Metron 1, 1921.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "explore/samples.h"

#include <math.h>

#include "weir/distributions.h"

typedef struct {
    bool conditional, interval, extremes, complement, unbiased;
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
     .help = "true: 95 % confidence intervals of the conditional mean and of the correlation."},
    {.name = "need_bi_conditional_mmm",
     .kind = WEIR_OPTION_BOOLEAN,
     .offset = offsetof(bi_options, extremes),
     .fallback = "false",
     .help = "true: conditional minimum, maximum and median; needs conditional histograms."},
    {.name = "need_bi_complement",
     .kind = WEIR_OPTION_BOOLEAN,
     .offset = offsetof(bi_options, complement),
     .fallback = "false",
     .help = "true: statistics of the rows in which a binary second attribute is 0."},
    {.name = "sml_explore_unbiased",
     .kind = WEIR_OPTION_BOOLEAN,
     .offset = offsetof(bi_options, unbiased),
     .fallback = "false",
     .help = "true: divide by n - 1, as numpy.cov and pandas do."},
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
    {"biCi95Up", "Upper end of it."},
    {"corrCi95Down", "Lower end of the 95 % confidence interval of linCorr."},
    {"corrCi95Up", "Upper end of it."},
    {"condMin", "Least value of the first attribute where the second is 1."},
    {"condMax", "Greatest value there."},
    {"condMedian", "Median there."},
    {"compCount", "Rows in which the second attribute is 0."},
    {"compSum", "Sum of the first attribute over these."},
    {"compMean", "Mean of the first attribute over these."},
    {"compVariance", "Variance of the first attribute over these."},
    {"compStddev", "Square root of compVariance."},
    {0},
};

/* x over the rows chosen by y. */
typedef struct {
    double count, sum, mean, variance;
} conditional;

/* For a binary y from centred sums: a difference of raw ones would keep few digits of data far away from 0. */
static conditional over_rows(const weir_summary *summary, size_t x, size_t y, int value,
                             const weir_pair *pair, bool unbiased)
{
    sample rows;

    wide_read_given(summary, x, y, value, &rows);
    return (conditional){sample_count(&rows), value ? pair->sum_xy : pair->sum_x - pair->sum_xy,
                         sample_mean(&rows), sample_variance(&rows, unbiased)};
}

/* The published formulas, in which y weighs x. */
static conditional weighted(const weir_pair *pair, bool unbiased)
{
    const double n = pair->sum_y;
    const double mean = n != 0 ? pair->sum_xy / n : NAN;
    const double variance = n != 0 ? pair->sum_xxyy / n - mean * mean : NAN;

    return (conditional){n, pair->sum_xy, mean, unbiased ? variance * n / (n - 1) : variance};
}

static weir_code put_interval(const conditional *given, weir_answer *answer, weir_error *err)
{
    const double n = given->count;
    const double margin =
        n > 1 ? weir_student_quantile(0.975, n - 1) * sqrt(given->variance / n) : NAN;
    const metric_number numbers[] = {{"biCi95Down", given->mean - margin},
                                     {"biCi95Up", given->mean + margin}};

    return metric_put(answer, numbers, 2, err);
}

static weir_code put_correlation_interval(double n, double correlation, weir_answer *answer,
                                          weir_error *err)
{
    const double margin = n > 3 ? weir_normal_quantile(0.975) / sqrt(n - 3) : NAN;
    const double z = atanh(correlation);
    const metric_number numbers[] = {{"corrCi95Down", tanh(z - margin)},
                                     {"corrCi95Up", tanh(z + margin)}};

    return metric_put(answer, numbers, 2, err);
}

static weir_code put_extremes(const weir_summary *summary, size_t x, size_t y, weir_answer *answer,
                              weir_error *err)
{
    const weir_histogram *histogram = weir_summary_conditional(summary, x, y);
    double least, greatest;

    if (!histogram || !weir_histogram_range(histogram, &least, &greatest))
        return WEIR_OK;
    const metric_number numbers[] = {
        {"condMin", least},
        {"condMax", greatest},
        {"condMedian", weir_histogram_quantile(histogram, 0.5)},
    };

    return metric_put(answer, numbers, 3, err);
}

/* Everything about x given y. */
static weir_code put_conditional(const weir_summary *summary, const size_t *ids,
                                 const weir_pair *pair, const bi_options *chosen, bool binary,
                                 weir_answer *answer, weir_error *err)
{
    const bool unbiased = chosen->unbiased;
    const conditional given =
        binary ? over_rows(summary, ids[0], ids[1], 1, pair, unbiased) : weighted(pair, unbiased);
    const metric_number numbers[] = {
        {"condCount", given.count},
        {"condSum", given.sum},
        {"condMean", given.mean},
        {"condVariance", given.variance},
        {"condStddev", sqrt(given.variance)},
    };
    weir_code code = WEIR_OK;

    if (binary || chosen->conditional)
        code = metric_put(answer, numbers, sizeof numbers / sizeof *numbers, err);
    if (!code && chosen->interval)
        code = put_interval(&given, answer, err);
    return code;
}

static weir_code put_complement(const weir_summary *summary, const size_t *ids,
                                const weir_pair *pair, bool unbiased, weir_answer *answer,
                                weir_error *err)
{
    const conditional rest = over_rows(summary, ids[0], ids[1], 0, pair, unbiased);
    const metric_number numbers[] = {
        {"compCount", rest.count},
        {"compSum", rest.sum},
        {"compMean", rest.mean},
        {"compVariance", rest.variance},
        {"compStddev", sqrt(rest.variance)},
    };

    return metric_put(answer, numbers, sizeof numbers / sizeof *numbers, err);
}

static double correlation_of(const weir_pair *pair)
{
    const double correlation = pair->cxy / sqrt(pair->cxx) / sqrt(pair->cyy);

    if (!(pair->count > 0 && pair->cxx > 0 && pair->cyy > 0))
        return NAN;
    return fabs(correlation) > 1 ? copysign(1, correlation) : correlation;
}

static weir_code bi(const weir_summary *summary, const weir_question *question, weir_answer *answer,
                    weir_error *err)
{
    const size_t *ids = question->inputs;
    const bool binary = weir_schema_at(weir_summary_schema(summary), ids[1])->type == WEIR_B;
    bi_options chosen;
    weir_pair pair;
    weir_code code = metric_options(&weir_metric_bi, question, &chosen, err);

    if (code)
        return code;
    weir_summary_pair(summary, ids[0], ids[1], &pair);
    const double n = pair.count > 0 ? pair.count : 0, divisor = chosen.unbiased ? n - 1 : n;
    const double correlation = correlation_of(&pair);
    const metric_number numbers[] = {
        {"count", n},
        {"covar", divisor > 0 ? pair.cxy / divisor : NAN},
        {"linCorr", correlation},
    };
    if ((code = metric_put(answer, numbers, sizeof numbers / sizeof *numbers, err)) || n <= 0)
        return code;
    if (binary || chosen.conditional || chosen.interval)
        code = put_conditional(summary, ids, &pair, &chosen, binary, answer, err);
    if (!code && chosen.interval)
        code = put_correlation_interval(n, correlation, answer, err);
    if (!code && chosen.extremes)
        code = put_extremes(summary, ids[0], ids[1], answer, err);
    if (!code && chosen.complement && binary)
        code = put_complement(summary, ids, &pair, chosen.unbiased, answer, err);
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
