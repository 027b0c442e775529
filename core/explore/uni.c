/* uni.c: the statistics of one attribute.
 *
 * With n rows, their mean m and the centred sums M2, M3, M4 the published numbers are those of the population: variance
 * M2 / n, skewness n / ((n - 1)(n - 2)) M3 / sigma^3 (neither of scipy's two, but what the published samples show) and
 * the half width of a 95 % interval of the mean by Student's t. Kurtosis is scipy's unbiased excess. With
 * `sml_explore_unbiased` all of them are the estimators of scipy and statsmodels that divide by n - 1 or correct for
 * bias. What is not defined (a skewness without variance, a kurtosis of three rows) is left out.
 *
 * Quantiles are numpy's (linear between neighbours) while the histogram holds every distinct value, and then the
 * sketch's, within 0.5 %.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "explore/metrics.h"

#include <math.h>

#include "weir/distributions.h"
#include "weir/memory.h"

typedef struct {
    bool unbiased;
} uni_options;

static const weir_option options[] = {
    {.name = "sml_explore_unbiased",
     .kind = WEIR_OPTION_BOOLEAN,
     .offset = offsetof(uni_options, unbiased),
     .fallback = "false",
     .help = "true: divide by n - 1 and correct skewness for bias, as scipy and statsmodels do."},
    {0},
};

static const weir_shape shapes[] = {
    {.title = "One attribute",
     .inputs = {{WEIR_TAKES_C | WEIR_TAKES_B, 1, 1, "Attribute"}},
     .open = true},
    {0},
};

static const weir_metric_key keys[] = {
    {"count", "Rows in which the attribute is present."},
    {"missing", "Rows in which it is not."},
    {"sum", "Sum."},
    {"mean", "Arithmetic mean."},
    {"variance", "Mean squared distance from the mean."},
    {"stddev", "Square root of the variance."},
    {"stderr", "Standard error of the mean."},
    {"meanMarginErrorC95", "Half the width of the 95 % confidence interval of the mean."},
    {"skewness", "Asymmetry; 0 when symmetric."},
    {"kurtosis", "Weight of the tails; 0 for a normal distribution."},
    {"min", "Least value. After forgetting a bound. Needs histograms."},
    {"max", "Greatest value. After forgetting a bound. Needs histograms."},
    {"median", "Value with half of the rows on either side. Needs histograms."},
    {"q01", "1 % quantile. Needs histograms."},
    {"q05", "5 % quantile. Needs histograms."},
    {"q25", "Lower quartile. Needs histograms."},
    {"q75", "Upper quartile. Needs histograms."},
    {"q95", "95 % quantile. Needs histograms."},
    {"q98", "98 % quantile. Needs histograms."},
    {"q99", "99 % quantile. Needs histograms."},
    {0},
};

static const struct {
    const char *key;
    double p;
} quantiles[] = {
    {"median", 0.5}, {"q01", 0.01}, {"q05", 0.05}, {"q25", 0.25},
    {"q75", 0.75},   {"q95", 0.95}, {"q98", 0.98}, {"q99", 0.99},
};
enum { QUANTILES = sizeof quantiles / sizeof *quantiles };

/* NaN marks what is not defined; weir_answer_put() leaves it out. */
static double skewness(const weir_moments *m, bool unbiased)
{
    const double n = m->count;

    if (n < 3 || !(m->m2 > 0))
        return NAN;
    double biased = sqrt(n) * (m->m3 / m->m2) / sqrt(m->m2);
    return unbiased ? biased * sqrt(n * (n - 1)) / (n - 2) : biased * n * n / ((n - 1) * (n - 2));
}

static double kurtosis(const weir_moments *m)
{
    const double n = m->count;

    if (n < 4 || !(m->m2 > 0))
        return NAN;
    double excess = n * (m->m4 / m->m2) / m->m2 - 3;
    return (n - 1) / ((n - 2) * (n - 3)) * ((n + 1) * excess + 6);
}

/* Rows without the attribute. Once a summary faded, counts are fractions that agree within 2^-44 of the rows. */
static double missing(double rows, double n)
{
    return rows - n > ldexp(rows, -44) ? rows - n : 0;
}

static weir_code put_moments(const weir_summary *summary, const weir_moments *m, bool unbiased,
                             weir_answer *answer, weir_error *err)
{
    const double n = m->count, divisor = unbiased ? n - 1 : n;
    const double variance = divisor > 0 ? m->m2 / divisor : NAN;
    const double error = n >= 2 ? sqrt(variance / n) : NAN;
    const metric_number numbers[] = {
        {"count", n > 0 ? n : 0},
        {"missing", missing(weir_summary_rows(summary), n)},
        {"sum", m->sum},
        {"mean", n > 0 ? m->mean : NAN},
        {"variance", variance},
        {"stddev", sqrt(variance)},
        {"stderr", error},
        {"meanMarginErrorC95", n >= 2 ? weir_student_quantile(0.975, n - 1) * error : NAN},
        {"skewness", skewness(m, unbiased)},
        {"kurtosis", kurtosis(m)},
    };

    return metric_put(answer, numbers, sizeof numbers / sizeof *numbers, err);
}

/* Where a bin is narrower than what the sketch is sure of, the bin answers, as it does for values far from 0 that lie
 * close together; else the sketch, which cannot be right outside of the bin. */
static double quantile(const weir_bin *bins, size_t n, const weir_ddsketch *sketch, double p)
{
    const weir_bin *bin = weir_bins_at(bins, n, p);

    if (!sketch || !bin || bin->single ||
        bin->right - bin->left <= WEIR_DDSKETCH_ALPHA * fmin(fabs(bin->left), fabs(bin->right)))
        return weir_bins_quantile(bins, n, p);
    return fmin(bin->right, fmax(bin->left, weir_ddsketch_quantile(sketch, p)));
}

static weir_code put_distribution(const weir_summary *summary, size_t id, const weir_moments *m,
                                  weir_answer *answer, weir_error *err)
{
    const weir_histogram *histogram = weir_summary_histogram(summary, id);
    const weir_ddsketch *sketch = weir_summary_sketch(summary, id);
    const metric_number extremes[] = {{"min", m->min}, {"max", m->max}};
    size_t count = histogram ? weir_histogram_size(histogram) : 0;

    if (count == 0 || !(m->count > 0))
        return WEIR_OK;
    weir_code code = metric_put(answer, extremes, 2, err);
    if (code)
        return code;
    weir_bin *bins = weir_malloc(count * sizeof *bins);
    if (!bins)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for %zu bins", count);
    count = weir_histogram_bins(histogram, bins);
    for (size_t i = 0; !code && i < QUANTILES; i++)
        code = weir_answer_put(answer, quantiles[i].key,
                               quantile(bins, count, sketch, quantiles[i].p), err);
    weir_free(bins);
    return code;
}

static weir_code uni(const weir_summary *summary, const weir_question *question,
                     weir_answer *answer, weir_error *err)
{
    uni_options chosen;
    weir_moments moments;
    weir_code code = metric_options(&weir_metric_uni, question, &chosen, err);

    if (code)
        return code;
    weir_summary_moments(summary, question->inputs[0], &moments);
    if ((code = put_moments(summary, &moments, chosen.unbiased, answer, err)))
        return code;
    return put_distribution(summary, question->inputs[0], &moments, answer, err);
}

const weir_metric weir_metric_uni = {
    .id = "uni",
    .title = "Univariate statistics",
    .help = "Moments and quantiles of the first attribute.",
    .shapes = shapes,
    .keys = keys,
    .options = options,
    .options_size = sizeof(uni_options),
    .answer = uni,
};
