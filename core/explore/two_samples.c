/* two_samples.c: do two groups differ? z, t and F tests and the comparison of two proportions.
 *
 * With counts n, means m and population variances v = M2 / n:
 *
 *     ztest   z = (m1 - m2) / sqrt(v1/n1 + v2/n2), as published with population variances; with sml_explore_unbiased
 *             with those divided by n - 1, as statsmodels does
 *     ttest   pooled and Welch's (the keys with u: unequal variances), as scipy's ttest_ind
 *     ftest   f = s1^2 / s2^2 of the variances divided by n - 1, in the order given; both tails, as R's var.test
 *     ztestp  two proportions with a pooled standard error, as statsmodels' proportions_ztest
 *
 * All p-values are two-sided. The reported variances are those of the population unless sml_explore_unbiased is set. A
 * statistic whose denominator is 0 is left out, and with it its p-value.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "explore/samples.h"

#include <math.h>

#include "weir/distributions.h"

typedef struct {
    bool unbiased;
} test_options;

static const weir_option options[] = {
    {.name = "sml_explore_unbiased",
     .kind = WEIR_OPTION_BOOLEAN,
     .offset = offsetof(test_options, unbiased),
     .fallback = "false",
     .help = "true: variances are divided by n - 1, as scipy and statsmodels do."},
    {0},
};
static const weir_option no_options[] = {{0}};

/* statistic when it is defined, else NaN. */
static double ratio(double above, double below)
{
    return below > 0 ? above / below : NAN;
}

/* Reads the two groups of a question and puts what every test says of them first, by the first six keys of the metric:
 * rows, means, variances. */
static weir_code begin(const weir_metric *metric, const weir_summary *summary,
                       const weir_question *question, test_options *chosen, sample groups[2],
                       weir_answer *answer, weir_error *err)
{
    const weir_metric_key *keys = metric->keys;
    weir_code code = metric_options(metric, question, chosen, err);

    if (code)
        return code;
    samples_pair(summary, question, groups);
    const metric_number numbers[] = {
        {keys[0].key, sample_count(&groups[0])},
        {keys[1].key, sample_count(&groups[1])},
        {keys[2].key, sample_mean(&groups[0])},
        {keys[3].key, sample_mean(&groups[1])},
        {keys[4].key, sample_variance(&groups[0], chosen->unbiased)},
        {keys[5].key, sample_variance(&groups[1], chosen->unbiased)},
    };

    return metric_put(answer, numbers, sizeof numbers / sizeof *numbers, err);
}

/* --- z */

static const weir_metric_key z_keys[] = {
    {"zn1", "Rows of the first group."},
    {"zn2", "Rows of the second group."},
    {"zm1", "Mean of the first group."},
    {"zm2", "Mean of the second group."},
    {"zs1", "Variance of the first group."},
    {"zs2", "Variance of the second group."},
    {"z", "Difference of the means in standard errors."},
    {"zp", "Two-sided p-value."},
    {"zCi95Down", "Lower end of the 95 % confidence interval of the difference of the means."},
    {"zCi95Up", "Upper end of it."},
    {0},
};

static weir_code ztest(const weir_summary *summary, const weir_question *question,
                       weir_answer *answer, weir_error *err)
{
    test_options chosen;
    sample groups[2];
    weir_code code = begin(&weir_metric_ztest, summary, question, &chosen, groups, answer, err);

    if (code)
        return code;
    const double n1 = sample_count(&groups[0]), n2 = sample_count(&groups[1]);
    const double v1 = sample_variance(&groups[0], chosen.unbiased);
    const double v2 = sample_variance(&groups[1], chosen.unbiased);
    const double difference = sample_difference(&groups[0], &groups[1]);
    const double error = sqrt(v1 / n1 + v2 / n2), z = ratio(difference, error);
    const double margin = error > 0 ? weir_normal_quantile(0.975) * error : NAN;
    const metric_number numbers[] = {
        {"z", z},
        {"zp", 2 * weir_normal_upper(fabs(z))},
        {"zCi95Down", difference - margin},
        {"zCi95Up", difference + margin},
    };

    return metric_put(answer, numbers, sizeof numbers / sizeof *numbers, err);
}

const weir_metric weir_metric_ztest = {
    .id = "ztest",
    .title = "Z test of two means",
    .help = "Whether the means of two groups differ, for many rows.",
    .shapes = samples_shapes,
    .keys = z_keys,
    .options = options,
    .options_size = sizeof(test_options),
    .answer = ztest,
};

/* --- proportions */

static const weir_shape proportion_shapes[] = {
    {.title = "Two binary columns", .inputs = {{WEIR_TAKES_B, 2, 2, "Columns"}}},
    {.title = "One binary column, rows of two groups",
     .inputs = {{WEIR_TAKES_B, 1, 1, "Column"}, {WEIR_TAKES_B, 2, 2, "Groups"}}},
    {0},
};

static const weir_metric_key proportion_keys[] = {
    {"z", "Difference of the shares of ones in standard errors."},
    {"zp", "Two-sided p-value."},
    {0},
};

/* Rows, and rows with a one. */
typedef struct {
    double n, ones;
} share;

static share share_of(const weir_summary *summary, const weir_question *question, size_t i)
{
    const size_t *ids = question->inputs;

    if (question->input_count == 3) {
        weir_pair pair;
        weir_summary_pair(summary, ids[0], ids[i + 1], &pair);
        return (share){pair.sum_y, pair.sum_xy};
    }
    weir_moments moments;
    weir_summary_moments(summary, ids[i], &moments);
    return (share){moments.count, moments.sum};
}

static weir_code ztestp(const weir_summary *summary, const weir_question *question,
                        weir_answer *answer, weir_error *err)
{
    const share a = share_of(summary, question, 0), b = share_of(summary, question, 1);
    double z = NAN;

    if (a.n > 0 && b.n > 0) { /* the difference as one quotient: products of counts are exact */
        const double difference = (a.ones * b.n - b.ones * a.n) / (a.n * b.n);
        const double all = a.n + b.n, ones = a.ones + b.ones;
        z = ratio(difference, sqrt(ones / all * ((all - ones) / all) * (1 / a.n + 1 / b.n)));
    }
    const metric_number numbers[] = {{"z", z}, {"zp", 2 * weir_normal_upper(fabs(z))}};

    return metric_put(answer, numbers, 2, err);
}

const weir_metric weir_metric_ztestp = {
    .id = "ztestp",
    .title = "Z test of two proportions",
    .help = "Whether ones are as frequent in two binary columns, or in one column of two groups.",
    .shapes = proportion_shapes,
    .keys = proportion_keys,
    .options = no_options,
    .answer = ztestp,
};

/* --- t */

static const weir_metric_key t_keys[] = {
    {"tn1", "Rows of the first group."},
    {"tn2", "Rows of the second group."},
    {"tm1", "Mean of the first group."},
    {"tm2", "Mean of the second group."},
    {"ts1", "Variance of the first group."},
    {"ts2", "Variance of the second group."},
    {"t", "Student's t, the two groups taken to have one variance."},
    {"tdf", "Degrees of freedom of t."},
    {"tp", "Two-sided p-value of t."},
    {"tu", "Welch's t: the variances may differ."},
    {"tdfu", "Degrees of freedom of tu."},
    {"tpu", "Two-sided p-value of tu."},
    {"tCi95Down", "Lower end of the 95 % confidence interval of the difference of the means."},
    {"tCi95Up", "Upper end of it."},
    {"tuCi95Down", "Lower end of the 95 % confidence interval when the variances may differ."},
    {"tuCi95Up", "Upper end of it."},
    {0},
};

/* A statistic with the degrees of freedom that its p-value and limits need. */
typedef struct {
    double t, df, p, margin;
} t_result;

static t_result t_of(double difference, double error, double df)
{
    t_result result = {NAN, df, NAN, NAN};

    if (error > 0 && df > 0) {
        result.t = difference / error;
        result.p = 2 * weir_student_upper(fabs(result.t), df);
        result.margin = weir_student_quantile(0.975, df) * error;
    }
    return result;
}

static t_result pooled(const sample *a, const sample *b)
{
    const double n1 = sample_count(a), n2 = sample_count(b), df = n1 + n2 - 2;

    if (!(n1 > 0 && n2 > 0 && df > 0))
        return (t_result){NAN, NAN, NAN, NAN};
    return t_of(sample_difference(a, b), sqrt((a->m2.hi + b->m2.hi) / df * (1 / n1 + 1 / n2)), df);
}

static t_result welch(const sample *a, const sample *b)
{
    const double n1 = sample_count(a), n2 = sample_count(b);
    const double v1 = sample_variance(a, true) / n1, v2 = sample_variance(b, true) / n2;
    const double all = v1 + v2, w1 = v1 / all, w2 = v2 / all; /* shares: squares cannot underflow */
    const double df = 1 / (w1 * w1 / (n1 - 1) + w2 * w2 / (n2 - 1));

    return t_of(sample_difference(a, b), sqrt(all), df);
}

static weir_code ttest(const weir_summary *summary, const weir_question *question,
                       weir_answer *answer, weir_error *err)
{
    test_options chosen;
    sample groups[2];
    weir_code code = begin(&weir_metric_ttest, summary, question, &chosen, groups, answer, err);

    if (code)
        return code;
    const t_result t = pooled(&groups[0], &groups[1]), u = welch(&groups[0], &groups[1]);
    const double difference = sample_difference(&groups[0], &groups[1]);
    const metric_number numbers[] = {
        {"t", t.t},
        {"tdf", t.df},
        {"tp", t.p},
        {"tu", u.t},
        {"tdfu", u.df},
        {"tpu", u.p},
        {"tCi95Down", difference - t.margin},
        {"tCi95Up", difference + t.margin},
        {"tuCi95Down", difference - u.margin},
        {"tuCi95Up", difference + u.margin},
    };

    return metric_put(answer, numbers, sizeof numbers / sizeof *numbers, err);
}

const weir_metric weir_metric_ttest = {
    .id = "ttest",
    .title = "T test of two means",
    .help = "Whether the means of two groups differ, by Student's and by Welch's t.",
    .shapes = samples_shapes,
    .keys = t_keys,
    .options = options,
    .options_size = sizeof(test_options),
    .answer = ttest,
};

/* --- F */

static const weir_metric_key f_keys[] = {
    {"fn1", "Rows of the first group."},
    {"fn2", "Rows of the second group."},
    {"fm1", "Mean of the first group."},
    {"fm2", "Mean of the second group."},
    {"fs1", "Variance of the first group."},
    {"fs2", "Variance of the second group."},
    {"fdf1", "Degrees of freedom of the first group."},
    {"fdf2", "Degrees of freedom of the second group."},
    {"f", "Ratio of the variances divided by n - 1, the first above."},
    {"fp", "Two-sided p-value."},
    {0},
};

static weir_code ftest(const weir_summary *summary, const weir_question *question,
                       weir_answer *answer, weir_error *err)
{
    test_options chosen;
    sample groups[2];
    weir_code code = begin(&weir_metric_ftest, summary, question, &chosen, groups, answer, err);

    if (code)
        return code;
    const double n1 = sample_count(&groups[0]), n2 = sample_count(&groups[1]);
    const double df1 = n1 > 1 ? n1 - 1 : NAN, df2 = n2 > 1 ? n2 - 1 : NAN;
    const double f = ratio(sample_variance(&groups[0], true), sample_variance(&groups[1], true));
    const metric_number numbers[] = {
        {"fdf1", df1},
        {"fdf2", df2},
        {"f", f},
        {"fp", metric_two_sided(weir_f_cdf(f, df1, df2), weir_f_upper(f, df1, df2))},
    };

    return metric_put(answer, numbers, sizeof numbers / sizeof *numbers, err);
}

const weir_metric weir_metric_ftest = {
    .id = "ftest",
    .title = "F test of two variances",
    .help = "Whether the variances of two groups differ.",
    .shapes = samples_shapes,
    .keys = f_keys,
    .options = options,
    .options_size = sizeof(test_options),
    .answer = ftest,
};
