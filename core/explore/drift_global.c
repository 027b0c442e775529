/* drift_global.c: drift of all attributes together: the Hellinger distance of two multivariate normal distributions.
 *
 *     H^2 = 1 - |A|^(1/4) |B|^(1/4) / |M|^(1/2) exp(-d' M^-1 d / 8),    M = (A + B) / 2,  d the difference of means
 *
 * With W whitening M, so that W M W' = 1, the eigenvalues of W A W' are numbers a from 0 to 2 and those of W B W' are
 * 2 - a, so that log(1 - H^2) = sum log(1 - (a - 1)^2) / 4 - |W d|^2 / 8, without a determinant that could overflow.
 * A direction in which neither varies (the dummies of a category always have one) is left out as long as the means
 * agree in it; one in which just one of them does not vary separates them wholly: H = 1.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <cblas.h>
#include <math.h>

#include "base/linalg.h"
#include "explore/drift_inside.h"
#include "explore/matrix.h"
#include "weir/memory.h"

static const double least_eigenvalue = 1e-9; /* of W A W'; less is rounding */

/* --- of one attribute */

double drift_hellinger(const weir_drift_pair *pair, size_t i)
{
    weir_moments a, b;

    weir_summary_moments(pair->baseline, pair->of_baseline[i], &a);
    weir_summary_moments(pair->analysis, pair->of_analysis[i], &b);
    if (!(a.count > 0 && b.count > 0))
        return NAN;
    if (drift_is_binary(pair, i)) {
        const double ones = sqrt(fmax(0, a.mean)) - sqrt(fmax(0, b.mean));
        const double zeros = sqrt(fmax(0, 1 - a.mean)) - sqrt(fmax(0, 1 - b.mean));

        return fmin(1, sqrt((ones * ones + zeros * zeros) / 2));
    }
    const double va = a.m2 / a.count, vb = b.m2 / b.count, sum = va + vb;
    const double gap = a.mean - b.mean;

    if (!(sum > 0))
        return gap == 0 ? 0 : 1;
    const double spread = sqrt(va) - sqrt(vb);
    const double log_overlap = log1p(-spread * spread / sum) / 2 - gap * gap / sum / 4;
    return sqrt(-expm1(log_overlap));
}

/* --- of all of them */

typedef struct {
    size_t n;
    double *gap;      /* n: difference of the means in units of the mean spread */
    double *baseline; /* n by n: its covariances in those units */
    double *middle;   /* n by n: M in those units */
    double *values;   /* n */
    double *vectors;  /* n by n; then the rows of W */
    double *work;     /* n by n */
} whitening;

static void whitening_free(whitening *w)
{
    weir_free(w->gap);
    weir_free(w->baseline);
    weir_free(w->middle);
    weir_free(w->values);
    weir_free(w->vectors);
    weir_free(w->work);
}

static weir_code whitening_read(const weir_drift_pair *pair, whitening *w, weir_error *err)
{
    const size_t n = pair->count;
    weir_code code = WEIR_OK;

    w->n = n;
    w->gap = weir_calloc(n, sizeof *w->gap);
    w->values = weir_calloc(n, sizeof *w->values);
    w->vectors = weir_calloc(n * n, sizeof *w->vectors);
    w->work = weir_calloc(n * n, sizeof *w->work);
    if (!w->gap || !w->values || !w->vectors || !w->work)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for a matrix of %zu attributes", n);
    if ((code =
             matrix_covariance(pair->baseline, pair->of_baseline, n, false, &w->baseline, err)) ||
        (code = matrix_covariance(pair->analysis, pair->of_analysis, n, false, &w->middle, err)))
        return code;
    for (size_t i = 0; i < n * n; i++)
        w->middle[i] = (w->middle[i] + w->baseline[i]) / 2;
    return WEIR_OK;
}

/* Measures everything in each attribute's mean spread. False: a constant of one is another constant in the other. */
static bool whitening_scale(const weir_drift_pair *pair, whitening *w)
{
    const size_t n = w->n;
    double *scale = w->values;

    for (size_t i = 0; i < n; i++) {
        weir_moments a, b;

        weir_summary_moments(pair->baseline, pair->of_baseline[i], &a);
        weir_summary_moments(pair->analysis, pair->of_analysis[i], &b);
        scale[i] = sqrt(w->middle[i * n + i]);
        w->gap[i] = a.mean - b.mean;
        if (!(scale[i] > 0) && w->gap[i] != 0)
            return false;
        w->gap[i] = scale[i] > 0 ? w->gap[i] / scale[i] : 0;
    }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            const bool varies = scale[i] > 0 && scale[j] > 0;

            w->middle[i * n + j] = varies ? w->middle[i * n + j] / scale[i] / scale[j] : 0;
            w->baseline[i * n + j] = varies ? w->baseline[i * n + j] / scale[i] / scale[j] : 0;
        }
    return true;
}

/* Keeps the directions of M in which something varies, as the first *rank rows of W in vectors. *apart: the means
 * differ in one in which nothing does. */
static void whitening_directions(whitening *w, size_t *rank, bool *apart)
{
    const size_t n = w->n;
    const double rounding = matrix_rounding(n, w->values[0]);

    *rank = 0;
    *apart = false;
    for (size_t k = 0; k < n; k++) {
        double *row = w->vectors + k * n;

        if (w->values[k] > rounding) {
            for (size_t i = 0; i < n; i++)
                w->vectors[*rank * n + i] = row[i] / sqrt(w->values[k]);
            (*rank)++;
        } else if (fabs(cblas_ddot((int)n, row, 1, w->gap, 1)) > sqrt(rounding)) {
            *apart = true;
        }
    }
}

/* W A W', rank by rank, into baseline. */
static void whitening_apply(whitening *w, size_t rank)
{
    const size_t n = w->n;

    for (size_t k = 0; k < rank; k++)
        for (size_t i = 0; i < n; i++)
            w->work[k * n + i] = cblas_ddot((int)n, w->vectors + k * n, 1, w->baseline + i * n, 1);
    for (size_t k = 0; k < rank; k++)
        for (size_t l = 0; l <= k; l++) {
            const double entry = cblas_ddot((int)n, w->work + k * n, 1, w->vectors + l * n, 1);

            w->middle[k * rank + l] = w->middle[l * rank + k] = entry;
        }
}

/* *distance is NaN where gaps make of the covariances what no distribution has. */
static weir_code whitened_distance(whitening *w, double *distance, weir_error *err)
{
    double log_overlap = 0;
    size_t rank;
    bool apart;
    weir_code code = linalg_eigen(w->middle, w->n, w->values, w->vectors, err);

    if (code)
        return code;
    *distance = 1;
    whitening_directions(w, &rank, &apart);
    if (apart)
        return WEIR_OK;
    for (size_t k = 0; k < rank; k++) {
        const double along = cblas_ddot((int)w->n, w->vectors + k * w->n, 1, w->gap, 1);

        log_overlap -= along * along / 8;
    }
    whitening_apply(w, rank);
    if ((code = linalg_eigen(w->middle, rank, w->values, NULL, err)))
        return code;
    for (size_t k = 0; k < rank; k++) {
        const double off = w->values[k] - 1;

        if (fabs(off) > 1 + least_eigenvalue)
            *distance = NAN;
        else if (fabs(off) >= 1 - least_eigenvalue)
            log_overlap = -INFINITY;
        else
            log_overlap += log1p(-off * off) / 4;
    }
    if (!isnan(*distance))
        *distance = sqrt(-expm1(log_overlap));
    return WEIR_OK;
}

static weir_code all_together(const weir_drift_pair *pair, double *distance, weir_error *err)
{
    whitening w = {0};
    weir_code code = WEIR_OK;

    *distance = 1;
    if (pair->count > WEIR_MULTIVARIATE_MOST)
        return weir_fail(err, WEIR_INVALID, "global drift of %zu attributes; it takes up to %d",
                         pair->count, WEIR_MULTIVARIATE_MOST);
    if (!(code = whitening_read(pair, &w, err)) && whitening_scale(pair, &w))
        code = whitened_distance(&w, distance, err);
    whitening_free(&w);
    return code;
}

static weir_code global(const weir_drift_pair *pair, weir_answer *answer, weir_error *err)
{
    double *scores = weir_malloc(pair->count * sizeof *scores), together;
    weir_code code = WEIR_OK;

    if (!scores)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for %zu scores", pair->count);
    for (size_t i = 0; i < pair->count && !code; i++) {
        scores[i] = drift_hellinger(pair, i);
        code = drift_put(pair, i, "_drift", scores[i], answer, err);
    }
    if (!code && !(code = drift_put_mean(scores, pair->count, answer, err)) &&
        !(code = all_together(pair, &together, err)))
        code = weir_answer_put(answer, "driftGlobal", together, err);
    weir_free(scores);
    return code;
}

static const weir_option no_options[] = {{0}};

static const weir_metric_key keys[] = {
    {"$_drift", "Hellinger distance of the attribute's fitted distributions, 0 to 1."},
    {"driftScore", "The mean over the attributes."},
    {"driftGlobal", "Hellinger distance of the two multivariate normal distributions, 0 to 1."},
    {0},
};

const weir_drift_metric weir_drift_global = {
    .id = "global",
    .title = "All attributes together",
    .help = "How far means, spreads and correlations have moved as a whole.",
    .keys = keys,
    .options = no_options,
    .compare = global,
};
