/* vif.c: variance inflation factors: how far the other attributes determine each one.
 *
 * The factor of attribute i is the i-th diagonal entry of the inverse of the correlation matrix R; it is 1 / (1 - R2),
 * where R2 is that of the regression of i on all the others. As in the published samples correlations are first kept
 * within 0.9999 of 0, so that two columns which say the same have factors of about 5000 rather than none. Asked raw,
 * they are not, and an attribute that the others determine has an infinite factor.
 *
 * With eigenvalues l and eigenvectors v of R the entry is sum_k v_ki^2 / l_k. An l_k that is only rounding is a
 * dependency among exactly the attributes which v_k has a part in: their factors are infinite, those of the others
 * are the sum over the remaining k. No factor is below 1. Keeping correlations within 0.9999 can make of R what no
 * data have, and so can rows with gaps: a factor that would be below 1 is then that of R as it is, and where this has
 * none either it is left out.
 *
 * Eigenvalues in doubles are right to 1e-16 of the largest, so of near dependencies they leave little. Where correlations
 * need not be kept, sums have the digits and the attributes are few, R is therefore factored in double-double first;
 * the eigenvectors are for matrices that are singular even then.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <math.h>

#include "base/linalg.h"
#include "explore/matrix.h"
#include "summary/wide.h"
#include "weir/memory.h"

static const double most_correlation = 0.9999;
static const double least_share =
    1e-16;                            /* of a dependency's squared unit vector; below is rounding */
static const double below_one = 1e-9; /* that rounding may make of a factor of 1 */

static const double least_left = 1e-20; /* that the others must leave of an attribute */
enum { FEW = 128 };

typedef struct {
    bool raw;
} vif_options;

static const weir_option options[] = {
    {.name = "sml_vif_raw",
     .kind = WEIR_OPTION_BOOLEAN,
     .offset = offsetof(vif_options, raw),
     .fallback = "false",
     .help = "true: correlations are not kept within 0.9999, and a factor may be infinite."},
    {0},
};

static const weir_metric_key keys[] = {
    {"$", "The factor of each attribute, under its id or name as it was sent."},
    {0},
};

/* The matrix with correlations kept within 0.9999 of 0; true where that changes one. */
static bool clamp(const double *matrix, size_t n, double *out)
{
    bool changed = false;

    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            const double r = matrix[i * n + j];

            out[i * n + j] = i == j ? r : fmin(most_correlation, fmax(-most_correlation, r));
            changed = changed || out[i * n + j] != r;
        }
    return changed;
}

/* The factor of an attribute of which each dependency has these shares together, the other eigenvectors this sum. */
static double factor_of(double sum, double share)
{
    if (share > least_share)
        return INFINITY;
    return sum >= 1 - below_one ? fmax(sum, 1) : NAN;
}

/* Adds what each eigenvector has of each attribute; row by row, as thousands of attributes do not fit into a cache. */
static void add_vectors(const double *values, const double *vectors, size_t n, double *sums,
                        double *shares)
{
    const double rounding = matrix_rounding(n, values[0]);

    for (size_t k = 0; k < n; k++) {
        const bool dependency = fabs(values[k]) <= rounding;

        for (size_t i = 0; i < n; i++) {
            const double squared = vectors[k * n + i] * vectors[k * n + i];

            if (dependency)
                shares[i] += squared;
            else
                sums[i] += squared / values[k];
        }
    }
}

/* The factors of all attributes of a correlation matrix into out; NaN where there is none. */
static weir_code find_factors(const double *matrix, size_t n, double *out, weir_error *err)
{
    double *values = weir_malloc(n * sizeof *values), *shares = weir_calloc(n, sizeof *shares),
           *vectors = weir_malloc(n * n * sizeof *values);
    weir_code code = WEIR_OK;

    if (!values || !shares || !vectors)
        code = weir_fail(err, WEIR_NO_MEMORY, "no room for the factors of %zu attributes", n);
    if (!code && !(code = linalg_eigen(matrix, n, values, vectors, err))) {
        for (size_t i = 0; i < n; i++)
            out[i] = 0;
        add_vectors(values, vectors, n, out, shares);
        for (size_t i = 0; i < n; i++)
            out[i] = factor_of(out[i], shares[i]);
    }
    weir_free(values);
    weir_free(shares);
    weir_free(vectors);
    return code;
}

static bool any_missing(const double *factors, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (isnan(factors[i]))
            return true;
    return false;
}

/* The factors of the matrix clamped, and where that gives none, of the matrix as it is. Each takes as long as all the
 * eigenvectors of the matrix do, so the second is asked only where one is missing. */
static weir_code find_clamped_factors(const double *matrix, size_t n, double *out, weir_error *err)
{
    double *raw = weir_malloc(n * sizeof *raw), *clamped = weir_malloc(n * n * sizeof *clamped);
    bool changed;
    weir_code code = WEIR_OK;

    if (!raw || !clamped) {
        code = weir_fail(err, WEIR_NO_MEMORY, "no room for the factors of %zu attributes", n);
        goto done;
    }
    changed = clamp(matrix, n, clamped);
    if ((code = find_factors(clamped, n, out, err)) || !changed || !any_missing(out, n) ||
        (code = find_factors(matrix, n, raw, err)))
        goto done;
    for (size_t i = 0; i < n; i++)
        out[i] = isnan(out[i]) ? raw[i] : out[i];
done:
    weir_free(raw);
    weir_free(clamped);
    return code;
}

static weir_dd wide_correlation(const weir_summary *summary, size_t x, size_t y)
{
    wide_pair pair;

    wide_read_pair(summary, x, y, &pair);
    if (!(pair.cxx.hi > 0 && pair.cyy.hi > 0))
        return weir_dd_of(0);
    return weir_dd_divide(weir_dd_divide(pair.cxy, weir_dd_sqrt(pair.cxx)), weir_dd_sqrt(pair.cyy));
}

/* Fills the correlations; returns what share of an attribute is only rounding. */
static double wide_correlations(const weir_summary *summary, const size_t *ids, size_t n,
                                weir_dd *matrix)
{
    double rounding = least_left;

    for (size_t i = 0; i < n; i++) {
        wide_column own;

        wide_read(summary, ids[i], &own);
        rounding = fmax(rounding, 4 * (double)n * own.noise / own.m2.hi);
        matrix[i * n + i] = weir_dd_of(1);
        for (size_t j = 0; j < i; j++)
            matrix[i * n + j] = matrix[j * n + i] = wide_correlation(summary, ids[i], ids[j]);
    }
    return rounding;
}

/* The factors in double-double; *found says whether the matrix is one that has them. */
static weir_code find_wide_factors(const weir_summary *summary, const size_t *ids, size_t n,
                                   double *out, bool *found, weir_error *err)
{
    weir_dd *matrix = weir_malloc(n * n * sizeof *matrix);
    weir_dd *diagonal = weir_malloc(n * sizeof *diagonal);
    linalg_factor factor = {0};
    weir_code code = WEIR_OK;

    *found = false;
    if (!matrix || !diagonal) {
        code = weir_fail(err, WEIR_NO_MEMORY, "no room for the factors of %zu attributes", n);
        goto done;
    }
    const double rounding = wide_correlations(summary, ids, n, matrix);
    if ((code = linalg_factorise(matrix, n, rounding, &factor, err)) || factor.rank < n ||
        (code = linalg_inverse_diagonal(&factor, diagonal, err)))
        goto done;
    *found = true;
    for (size_t i = 0; i < n; i++)
        out[i] = fmax(diagonal[i].hi, 1);
done:
    linalg_factor_free(&factor);
    weir_free(matrix);
    weir_free(diagonal);
    return code;
}

static bool any_kept(const double *matrix, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++)
            if (fabs(matrix[i * n + j]) > most_correlation)
                return true;
    return false;
}

static weir_code vif(const weir_summary *summary, const weir_question *question,
                     weir_components *out, weir_error *err)
{
    vif_options chosen;
    size_t *ids = NULL, n = 0;
    double *matrix = NULL;
    bool found = false;
    weir_code code = matrix_options(options, question, &chosen, err);

    if (code || (code = matrix_inputs(summary, question, true, &ids, out, err)))
        goto done;
    n = out->attribute_count;
    if (!(out->values = weir_malloc(n * sizeof *out->values))) {
        code = weir_fail(err, WEIR_NO_MEMORY, "no room for the factors of %zu attributes", n);
        goto done;
    }
    if ((code = matrix_correlation(summary, ids, n, &matrix, err)))
        goto done;
    if (n <= FEW && weir_summary_precision(summary) == WEIR_PRECISION_EXTENDED &&
        (chosen.raw || !any_kept(matrix, n)))
        code = find_wide_factors(summary, ids, n, out->values, &found, err);
    if (!code && !found)
        code = chosen.raw ? find_factors(matrix, n, out->values, err)
                          : find_clamped_factors(matrix, n, out->values, err);
    if (code)
        goto done;
    for (size_t i = 0; i < n; i++)
        if (!isnan(out->values[i])) {
            out->attributes[out->count] = out->attributes[i];
            out->values[out->count++] = out->values[i];
        }
    out->attribute_count = out->count;
done:
    weir_free(matrix);
    weir_free(ids);
    return code;
}

const weir_multivariate weir_multivariate_vif = {
    .id = "vif",
    .title = "Variance inflation factors",
    .help =
        "How far the other attributes determine each one: 1 not at all, above 10 hardly anything "
        "of its own is left.",
    .shapes = matrix_shapes,
    .keys = keys,
    .options = options,
    .options_size = sizeof(vif_options),
    .answer = vif,
};
