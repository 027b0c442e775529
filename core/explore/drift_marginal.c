/* drift_marginal.c: drift of each attribute by itself: by tests of significance, and by distances.
 *
 * marginal_stat: the drift of an attribute is 1 - p of a two-sample test: Kolmogorov-Smirnov where both keep its
 * histogram, else Welch's t of a continuous and the pooled z of a binary attribute. With many rows a p-value calls
 * every difference significant, however small; the distances do not.
 *
 * marginal_non_stat: the Jensen-Shannon distance [1], base 2, from 0 to 1, where both keep its histogram. It is of bins
 * that hold equal shares of both: a value falls into bin floor(bins * r), where r is the share of the two, each
 * counted half, that lies below it, its own counted half. So equal values stay together, and a value far out takes no
 * more than its share of the bins. Without histograms it is the Hellinger distance of the fitted distributions.
 *
 * [1] D. M. Endres, J. E. Schindelin: A new metric for probability distributions. IEEE Trans. Inf. Theory 49, 2003.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <math.h>

#include "explore/drift_inside.h"
#include "explore/matrix.h"
#include "explore/smirnov.h"
#include "weir/distributions.h"
#include "weir/memory.h"

/* --- tests */

typedef struct {
    double statistic, p; /* NaN where not defined */
} outcome;

/* A test whose difference has no error: it is certain or there is none. */
static outcome certain(double difference)
{
    return difference == 0 ? (outcome){0, 1} : (outcome){NAN, 0};
}

static outcome welch(const weir_moments *a, const weir_moments *b)
{
    if (!(a->count > 1 && b->count > 1))
        return (outcome){NAN, NAN};
    const double va = a->m2 / (a->count - 1) / a->count, vb = b->m2 / (b->count - 1) / b->count;

    if (!(va + vb > 0))
        return certain(a->mean - b->mean);
    const double t = (a->mean - b->mean) / sqrt(va + vb);
    const double wa = va / (va + vb), wb = vb / (va + vb);
    const double df = 1 / (wa * wa / (a->count - 1) + wb * wb / (b->count - 1));

    return (outcome){t, 2 * weir_student_upper(fabs(t), df)};
}

static outcome proportions(const weir_moments *a, const weir_moments *b)
{
    if (!(a->count > 0 && b->count > 0))
        return (outcome){NAN, NAN};
    const double p = (a->sum + b->sum) / (a->count + b->count);
    const double error = sqrt(p * (1 - p) * (1 / a->count + 1 / b->count));

    if (!(error > 0))
        return certain(0); /* all of both are 0, or all are 1 */
    const double z = (a->mean - b->mean) / error;
    return (outcome){z, 2 * weir_normal_upper(fabs(z))};
}

static weir_code kolmogorov_smirnov(const drift_sides *sides, outcome *out, weir_error *err)
{
    double a = 0, b = 0, most = 0;

    for (size_t i = 0; i < sides->count; i++) {
        a += sides->bins[i].baseline;
        b += sides->bins[i].analysis;
        most = fmax(most, fabs(a / sides->baseline - b / sides->analysis));
    }
    out->statistic = most;
    return smirnov_upper(most, sides->baseline, sides->analysis, &out->p, err);
}

static weir_code test_attribute(const weir_drift_pair *pair, size_t i, outcome *out,
                                weir_error *err)
{
    weir_moments a, b;
    drift_sides sides;
    weir_code code = drift_read_sides(pair, i, &sides, err);

    if (!code && sides.count > 0) {
        code = kolmogorov_smirnov(&sides, out, err);
    } else if (!code) {
        weir_summary_moments(pair->baseline, pair->of_baseline[i], &a);
        weir_summary_moments(pair->analysis, pair->of_analysis[i], &b);
        *out = drift_is_binary(pair, i) ? proportions(&a, &b) : welch(&a, &b);
    }
    weir_free(sides.bins);
    return code;
}

static weir_code marginal_stat(const weir_drift_pair *pair, weir_answer *answer, weir_error *err)
{
    double *scores = weir_malloc(pair->count * sizeof *scores);
    weir_code code = WEIR_OK;

    if (!scores)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for %zu scores", pair->count);
    for (size_t i = 0; i < pair->count && !code; i++) {
        outcome found;

        if ((code = test_attribute(pair, i, &found, err)))
            break;
        scores[i] = 1 - found.p;
        if (!(code = drift_put(pair, i, "_drift", scores[i], answer, err)) &&
            !(code = drift_put(pair, i, "_pval", found.p, answer, err)))
            code = drift_put(pair, i, "_stat", found.statistic, answer, err);
    }
    if (!code)
        code = drift_put_mean(scores, pair->count, answer, err);
    weir_free(scores);
    return code;
}

/* --- distances */

typedef struct {
    int64_t bins;
} distance_options;

static const weir_option distance_rows[] = {
    {.name = "drift_bins",
     .kind = WEIR_OPTION_INTEGER,
     .offset = offsetof(distance_options, bins),
     .least = 2,
     .greatest = 4096,
     .fallback = "20",
     .help = "Bins of equal shares in which the distributions are compared."},
    {0},
};

/* The part of the divergence from one bin that holds shares p and q. */
static double divergence(double p, double q)
{
    const double middle = (p + q) / 2;
    double sum = 0;

    if (p > 0)
        sum += p * log2(p / middle);
    if (q > 0)
        sum += q * log2(q / middle);
    return sum / 2;
}

static double jensen_shannon(const drift_sides *sides, double bins)
{
    double below = 0, p = 0, q = 0, sum = 0, last = 0;

    for (size_t i = 0; i < sides->count; i++) {
        const double a = sides->bins[i].baseline / sides->baseline;
        const double b = sides->bins[i].analysis / sides->analysis;
        const double bin = floor(bins * (below + (a + b) / 4));

        if (bin != last) {
            sum += divergence(p, q);
            p = q = 0;
            last = bin;
        }
        p += a;
        q += b;
        below += (a + b) / 2;
    }
    sum += divergence(p, q);
    return sqrt(fmin(1, fmax(0, sum)));
}

static weir_code marginal_non_stat(const weir_drift_pair *pair, weir_answer *answer,
                                   weir_error *err)
{
    distance_options chosen;
    double *scores = weir_malloc(pair->count * sizeof *scores);
    weir_code code = WEIR_OK;

    if (!scores)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for %zu scores", pair->count);
    code = matrix_options(distance_rows, &pair->question, &chosen, err);
    for (size_t i = 0; i < pair->count && !code; i++) {
        drift_sides sides;

        if ((code = drift_read_sides(pair, i, &sides, err)))
            break;
        scores[i] = sides.count > 0 ? jensen_shannon(&sides, (double)chosen.bins)
                                    : drift_hellinger(pair, i);
        weir_free(sides.bins);
        code = drift_put(pair, i, "_drift", scores[i], answer, err);
    }
    if (!code)
        code = drift_put_mean(scores, pair->count, answer, err);
    weir_free(scores);
    return code;
}

/* --- descriptors */

static const weir_option no_options[] = {{0}};

static const weir_metric_key test_keys[] = {
    {"$_drift", "1 less the p-value of the attribute's test."},
    {"$_pval", "Its p-value, two-sided."},
    {"$_stat", "The statistic: D of Kolmogorov and Smirnov, else t or z."},
    {"driftScore", "The mean over the attributes."},
    {0},
};

const weir_drift_metric weir_drift_marginal_stat = {
    .id = "marginal_stat",
    .title = "Each attribute, by tests",
    .help = "How sure one can be that an attribute's distribution has changed: Kolmogorov-Smirnov "
            "with histograms, else Welch's t and the test of two proportions.",
    .keys = test_keys,
    .options = no_options,
    .compare = marginal_stat,
};

static const weir_metric_key distance_keys[] = {
    {"$_drift", "Distance between the attribute's distributions, 0 to 1."},
    {"driftScore", "The mean over the attributes."},
    {0},
};

const weir_drift_metric weir_drift_marginal_non_stat = {
    .id = "marginal_non_stat",
    .title = "Each attribute, by distance",
    .help = "How far each attribute's distribution has moved: Jensen-Shannon distance with "
            "histograms, else Hellinger distance of the fitted distributions.",
    .keys = distance_keys,
    .options = distance_rows,
    .compare = marginal_non_stat,
};
