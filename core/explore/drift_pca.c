/* drift_pca.c: drift as the error of writing new rows in the old ones' principal components.
 *
 * The components that explain 95 % of the baseline's correlations, though never all that vary, are what its attributes
 * have in common; P projects onto the rest. In z-scores of the baseline, rows have there the mean squared length
 *
 *     E = tr(P (S + d d') P)      S covariances, d means; E0 with those of the baseline itself: S = R, d = 0
 *
 * Rows that break a relation between attributes have a large E even where each attribute by itself looks as before.
 * The score is E / E0 - 1; an attribute's drift is its part in that, the diagonal entry of P (S + d d' - R) P over E0,
 * so that the attributes' drifts add up to the score. What does not vary in the baseline has no z-score and is left
 * out.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <cblas.h>
#include <float.h>
#include <math.h>

#include "base/linalg.h"
#include "explore/drift_inside.h"
#include "explore/matrix.h"
#include "weir/memory.h"

typedef struct {
    double explained;
} pca_options;

static const weir_option options[] = {
    {.name = "drift_explained_variance",
     .kind = WEIR_OPTION_NUMBER,
     .offset = offsetof(pca_options, explained),
     .least = 0,
     .greatest = 1,
     .fallback = "0.95",
     .help = "The share of the baseline's variance that the components kept explain."},
    {0},
};

typedef struct {
    size_t n;
    size_t *places;   /* in the pair, of what varies in the baseline */
    size_t *ids;      /* of these in the baseline */
    size_t *analysis; /* and in the analysis */
    double *scores;   /* n by n: R, the covariances of the baseline's z-scores */
    double *moved;    /* n by n: S + d d' - R */
    double *values, *vectors;
    double *length; /* n: an attribute's part in E0, then in E - E0 */
} residual;

static void residual_free(residual *r)
{
    weir_free(r->places);
    weir_free(r->ids);
    weir_free(r->analysis);
    weir_free(r->scores);
    weir_free(r->moved);
    weir_free(r->values);
    weir_free(r->vectors);
    weir_free(r->length);
}

static weir_code residual_new(const weir_drift_pair *pair, residual *r, weir_error *err)
{
    r->places = weir_malloc(pair->count * sizeof *r->places);
    r->ids = weir_malloc(pair->count * sizeof *r->ids);
    r->analysis = weir_malloc(pair->count * sizeof *r->analysis);
    if (!r->places || !r->ids || !r->analysis)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for %zu attributes", pair->count);
    for (size_t i = 0; i < pair->count; i++) {
        weir_moments baseline, analysis;

        weir_summary_moments(pair->baseline, pair->of_baseline[i], &baseline);
        weir_summary_moments(pair->analysis, pair->of_analysis[i], &analysis);
        if (!(baseline.m2 / baseline.count >= DBL_MIN && analysis.count > 0))
            continue;
        r->ids[r->n] = pair->of_baseline[i];
        r->analysis[r->n] = pair->of_analysis[i];
        r->places[r->n++] = i;
    }
    if (r->n == 0)
        return weir_fail(err, WEIR_INVALID, "no attribute varies in the baseline");
    if (r->n > WEIR_MULTIVARIATE_MOST)
        return weir_fail(err, WEIR_INVALID,
                         "pca_reconstruction_error of %zu attributes; it takes up to %d", r->n,
                         WEIR_MULTIVARIATE_MOST);
    r->vectors = weir_calloc(r->n * r->n, sizeof *r->vectors);
    r->values = weir_calloc(r->n, sizeof *r->values);
    r->length = weir_calloc(r->n, sizeof *r->length);
    if (!r->vectors || !r->values || !r->length)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for a matrix of %zu attributes", r->n);
    weir_code code = matrix_covariance(pair->baseline, r->ids, r->n, false, &r->scores, err);
    return code ? code
                : matrix_covariance(pair->analysis, r->analysis, r->n, false, &r->moved, err);
}

/* Measures both in z-scores of the baseline, and leaves S + d d' - R in moved. */
static void residual_compare(const weir_drift_pair *pair, residual *r)
{
    const size_t n = r->n;
    double *spread = r->values, *gap = r->length;

    for (size_t i = 0; i < n; i++) {
        weir_moments baseline, analysis;

        weir_summary_moments(pair->baseline, r->ids[i], &baseline);
        weir_summary_moments(pair->analysis, r->analysis[i], &analysis);
        spread[i] = sqrt(r->scores[i * n + i]);
        gap[i] = (analysis.mean - baseline.mean) / spread[i];
    }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            r->scores[i * n + j] = r->scores[i * n + j] / spread[i] / spread[j];
            r->moved[i * n + j] = r->moved[i * n + j] / spread[i] / spread[j] + gap[i] * gap[j] -
                                  r->scores[i * n + j];
        }
}

/* How many of the values explain the share; never all that are more than rounding, as nothing would be left to look
 * at: the values of a category determine one another, so one of theirs is 0. */
static size_t components_kept(const residual *r, double explained)
{
    const double rounding = matrix_rounding(r->n, r->values[0]);
    double sum = 0;
    size_t k = 0;

    while (k + 1 < r->n && r->values[k + 1] > rounding) {
        sum += r->values[k++];
        if (sum >= explained * (double)r->n)
            break;
    }
    return k;
}

/* The diagonal of P matrix P into out, where P = V'V and V are the vectors from kept on. */
static weir_code residual_diagonal(const residual *r, const double *matrix, size_t kept,
                                   double *out, weir_error *err)
{
    const int n = (int)r->n, m = (int)(r->n - kept);
    const double *rest = r->vectors + kept * r->n;
    double *wide = weir_calloc((size_t)m * r->n + 1, sizeof *wide);
    double *small = weir_calloc((size_t)m * (size_t)m + 1, sizeof *small);
    weir_code code = WEIR_OK;

    if (!wide || !small) {
        code = weir_fail(err, WEIR_NO_MEMORY, "no room for a matrix of %zu attributes", r->n);
        goto done;
    }
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, m, n, n, 1, rest, n, matrix, n, 0, wide,
                n);
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, m, m, n, 1, wide, n, rest, n, 0, small, m);
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, m, n, m, 1, small, m, rest, n, 0, wide,
                n); /* V matrix V' V */
    for (int i = 0; i < n; i++)
        out[i] = cblas_ddot(m, rest + i, n, wide + i, n);
done:
    weir_free(wide);
    weir_free(small);
    return code;
}

static weir_code put_residual(const weir_drift_pair *pair, residual *r, double explained,
                              weir_answer *answer, weir_error *err)
{
    double before = 0, score = 0;
    weir_code code = linalg_eigen(r->scores, r->n, r->values, r->vectors, err);

    if (code)
        return code;
    const size_t kept = components_kept(r, explained);
    for (size_t k = kept; k < r->n; k++)
        before += r->values[k];
    if (!(before > matrix_rounding(r->n, r->values[0])))
        return weir_fail(err, WEIR_INVALID,
                         "%zu components say all about the %zu attributes that vary in the "
                         "baseline: there is no reconstruction error to compare with",
                         kept, r->n);
    if ((code = residual_diagonal(r, r->moved, kept, r->length, err)))
        return code;
    for (size_t i = 0; i < r->n && !code; i++) {
        score += r->length[i] / before;
        code = drift_put(pair, r->places[i], "_drift", r->length[i] / before, answer, err);
    }
    return code ? code : weir_answer_put(answer, "driftScore", score, err);
}

static weir_code pca(const weir_drift_pair *pair, weir_answer *answer, weir_error *err)
{
    pca_options chosen;
    residual r = {0};
    weir_code code = matrix_options(options, &pair->question, &chosen, err);

    if (!code && !(code = residual_new(pair, &r, err))) {
        residual_compare(pair, &r);
        code = put_residual(pair, &r, chosen.explained, answer, err);
    }
    residual_free(&r);
    return code;
}

static const weir_metric_key keys[] = {
    {"$_drift", "The attribute's part in the score; the parts add up to it."},
    {"driftScore", "Reconstruction error over that of the baseline, less 1."},
    {0},
};

const weir_drift_metric weir_drift_pca = {
    .id = "pca_reconstruction_error",
    .title = "Broken relations",
    .help = "How much worse the baseline's principal components reconstruct the new rows.",
    .keys = keys,
    .options = options,
    .compare = pca,
};
