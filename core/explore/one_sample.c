/* one_sample.c: does the mean or the variance of a column differ from a known value?
 *
 *     ztestmu  z = (m - mu) / sqrt(v / n) with the population variance v, or with that divided by n - 1 on
 *              sml_explore_unbiased: the same convention as ztest
 *     ttestmu  t = (m - mu) / (s / sqrt(n)) with n - 1 degrees of freedom, as scipy's ttest_1samp
 *     ftestmu  f = s^2 / v0 for a known variance v0; (n - 1) f is chi-squared with n - 1 degrees of freedom
 *
 * All p-values are two-sided.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "explore/samples.h"

#include <float.h>
#include <math.h>

#include "weir/distributions.h"

static const weir_shape shapes[] = {
    {.title = "One column", .inputs = {{WEIR_TAKES_C | WEIR_TAKES_B, 1, 1, "Column"}}},
    {0},
};

typedef struct {
    double known;
    bool unbiased;
} known_options;

/* The sample of a question and what it is compared with. */
static weir_code read_question(const weir_metric *metric, const weir_summary *summary,
                               const weir_question *question, known_options *chosen, sample *out,
                               weir_error *err)
{
    weir_code code = metric_options(metric, question, chosen, err);

    if (!code)
        wide_read(summary, question->inputs[0], out);
    return code;
}

/* m - known, taken before rounding. */
static double distance(const sample *of, double known)
{
    return weir_dd_subtract(of->mean, weir_dd_of(known)).hi;
}

/* A distance in standard errors by the first four keys of a metric: the statistic, its p-value and the limits of the
 * distance. quantile: of the statistic's distribution, at 0.975. */
static weir_code put_distance(const weir_metric *metric, double off, double error, double p,
                              double quantile, weir_answer *answer, weir_error *err)
{
    const weir_metric_key *keys = metric->keys;
    const double margin = quantile * error;
    const metric_number numbers[] = {
        {keys[0].key, off / error},
        {keys[1].key, p},
        {keys[2].key, off - margin},
        {keys[3].key, off + margin},
    };

    return metric_put(answer, numbers, sizeof numbers / sizeof *numbers, err);
}

/* --- z */

static const weir_option z_options[] = {
    {.name = "sml_explore_ztest_known_mu",
     .kind = WEIR_OPTION_NUMBER,
     .offset = offsetof(known_options, known),
     .least = -DBL_MAX,
     .greatest = DBL_MAX,
     .fallback = "",
     .required = true,
     .help = "The known mean."},
    {.name = "sml_explore_unbiased",
     .kind = WEIR_OPTION_BOOLEAN,
     .offset = offsetof(known_options, unbiased),
     .fallback = "false",
     .help = "true: the variance is divided by n - 1, as statsmodels does."},
    {0},
};

static const weir_metric_key z_keys[] = {
    {"z", "Distance of the mean from the known one in standard errors."},
    {"zp", "Two-sided p-value."},
    {"zCi95Down", "Lower end of the 95 % confidence interval of that distance."},
    {"zCi95Up", "Upper end of it."},
    {0},
};

static weir_code ztestmu(const weir_summary *summary, const weir_question *question,
                         weir_answer *answer, weir_error *err)
{
    known_options chosen;
    sample x;
    weir_code code = read_question(&weir_metric_ztestmu, summary, question, &chosen, &x, err);

    if (code)
        return code;
    const double error = sqrt(sample_variance(&x, chosen.unbiased) / sample_count(&x));
    if (!(error > 0))
        return WEIR_OK;
    const double off = distance(&x, chosen.known);

    return put_distance(&weir_metric_ztestmu, off, error, 2 * weir_normal_upper(fabs(off / error)),
                        weir_normal_quantile(0.975), answer, err);
}

const weir_metric weir_metric_ztestmu = {
    .id = "ztestmu",
    .title = "Z test of a known mean",
    .help = "Whether the mean differs from a known one, for many rows.",
    .shapes = shapes,
    .keys = z_keys,
    .options = z_options,
    .options_size = sizeof(known_options),
    .answer = ztestmu,
};

/* --- t */

static const weir_option t_options[] = {
    {.name = "sml_explore_ttest_known_mu",
     .kind = WEIR_OPTION_NUMBER,
     .offset = offsetof(known_options, known),
     .least = -DBL_MAX,
     .greatest = DBL_MAX,
     .fallback = "",
     .required = true,
     .help = "The known mean."},
    {0},
};

static const weir_metric_key t_keys[] = {
    {"t", "Distance of the mean from the known one in standard errors."},
    {"tp", "Two-sided p-value by Student's t with n - 1 degrees of freedom."},
    {"tCi95Down", "Lower end of the 95 % confidence interval of that distance."},
    {"tCi95Up", "Upper end of it."},
    {0},
};

static weir_code ttestmu(const weir_summary *summary, const weir_question *question,
                         weir_answer *answer, weir_error *err)
{
    known_options chosen;
    sample x;
    weir_code code = read_question(&weir_metric_ttestmu, summary, question, &chosen, &x, err);

    if (code)
        return code;
    const double n = sample_count(&x), error = sqrt(sample_variance(&x, true) / n);
    if (!(error > 0))
        return WEIR_OK;
    const double off = distance(&x, chosen.known);

    return put_distance(&weir_metric_ttestmu, off, error,
                        2 * weir_student_upper(fabs(off / error), n - 1),
                        weir_student_quantile(0.975, n - 1), answer, err);
}

const weir_metric weir_metric_ttestmu = {
    .id = "ttestmu",
    .title = "T test of a known mean",
    .help = "Whether the mean differs from a known one.",
    .shapes = shapes,
    .keys = t_keys,
    .options = t_options,
    .options_size = sizeof(known_options),
    .answer = ttestmu,
};

/* --- F */

static const weir_option f_options[] = {
    {.name = "sml_explore_ftest_known_sigma",
     .kind = WEIR_OPTION_NUMBER,
     .offset = offsetof(known_options, known),
     .least = DBL_MIN,
     .greatest = DBL_MAX,
     .fallback = "",
     .required = true,
     .help = "The known variance."},
    {0},
};

static const weir_metric_key f_keys[] = {
    {"f", "Ratio of the variance divided by n - 1 to the known one."},
    {"fp", "Two-sided p-value by the chi-squared distribution of (n - 1) f."},
    {0},
};

static weir_code ftestmu(const weir_summary *summary, const weir_question *question,
                         weir_answer *answer, weir_error *err)
{
    known_options chosen;
    sample x;
    weir_code code = read_question(&weir_metric_ftestmu, summary, question, &chosen, &x, err);

    if (code)
        return code;
    const double n = sample_count(&x), f = sample_variance(&x, true) / chosen.known;
    const double chi = x.m2.hi / chosen.known;
    const metric_number numbers[] = {
        {"f", f},
        {"fp", isfinite(f)
                   ? metric_two_sided(weir_chi2_cdf(chi, n - 1), weir_chi2_upper(chi, n - 1))
                   : NAN},
    };

    return metric_put(answer, numbers, sizeof numbers / sizeof *numbers, err);
}

const weir_metric weir_metric_ftestmu = {
    .id = "ftestmu",
    .alias = "ftestsima", /* how one published note spells it */
    .title = "Test of a known variance",
    .help = "Whether the variance differs from a known one.",
    .shapes = shapes,
    .keys = f_keys,
    .options = f_options,
    .options_size = sizeof(known_options),
    .answer = ftestmu,
};
