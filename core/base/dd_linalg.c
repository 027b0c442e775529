/* dd_linalg.c: the Cholesky factor of a symmetric positive definite matrix in double-double.
 *
 * A regression on cross-products squares the condition number of its data: the tenth powers of NIST's Filip have one
 * of 10^15, their cross-products need some 24 of the 32 digits of a double-double. The factor is made by columns with
 * diagonal pivoting [1]: the next column is always the one of which the largest share is left, so that what depends on
 * the others comes last and is seen as a share near 0. A solution is refined once [2], which takes off what rounding
 * in the factor put on.
 *
 * [1] N. J. Higham: Analysis of the Cholesky Decomposition of a Semi-definite Matrix. Reliable Numerical Computation,
 *     Oxford 1990.
 * [2] N. J. Higham: Accuracy and Stability of Numerical Algorithms, chapters 12 and 15. SIAM 2002.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/linalg.h"

#include <string.h>

#include "weir/memory.h"

enum { ROUNDS = 5 }; /* of the norm estimate; it rarely takes more than two */

/* a - b * c. */
static weir_dd less(weir_dd a, weir_dd b, weir_dd c)
{
    return weir_dd_subtract(a, weir_dd_multiply(b, c));
}

static weir_dd *cell(const linalg_factor *factor, size_t i, size_t j)
{
    return &factor->lower[i * factor->n + j];
}

/* --- the factor */

/* a - x.y of two rows of the factor, of n entries. */
static weir_dd less_dot(weir_dd a, const weir_dd *x, const weir_dd *y, size_t n)
{
    for (size_t j = 0; j < n; j++)
        a = less(a, x[j], y[j]);
    return a;
}

/* Of the columns from k on, the one with the largest share left; *share is that share. */
static size_t largest_share(const linalg_factor *factor, const weir_dd *matrix, const weir_dd *left,
                            size_t k, double *share)
{
    size_t best = k;

    *share = -1;
    for (size_t i = k; i < factor->n; i++) {
        double whole = matrix[factor->pivots[i] * (factor->n + 1)].hi;
        if (whole > 0 && left[i].hi / whole > *share) {
            *share = left[i].hi / whole;
            best = i;
        }
    }
    return best;
}

/* Exchanges rows k and i, of which k entries are made. */
static void exchange(linalg_factor *factor, weir_dd *left, size_t k, size_t i)
{
    size_t pivot = factor->pivots[k];
    weir_dd kept = left[k];

    factor->pivots[k] = factor->pivots[i];
    factor->pivots[i] = pivot;
    left[k] = left[i];
    left[i] = kept;
    for (size_t j = 0; j < k; j++) {
        kept = *cell(factor, k, j);
        *cell(factor, k, j) = *cell(factor, i, j);
        *cell(factor, i, j) = kept;
    }
}

/* Makes column k and takes its part out of what is left of the diagonal behind. */
static void make_column(linalg_factor *factor, const weir_dd *matrix, weir_dd *left, size_t k)
{
    const size_t n = factor->n;
    const weir_dd *row = matrix + factor->pivots[k] * n;
    weir_dd root = weir_dd_sqrt(left[k]);

    *cell(factor, k, k) = root;
    for (size_t i = k + 1; i < n; i++) {
        weir_dd *at = cell(factor, i, k);
        *at = less_dot(row[factor->pivots[i]], cell(factor, i, 0), cell(factor, k, 0), k);
        *at = weir_dd_divide(*at, root);
        left[i] = less(left[i], *at, *at);
    }
}

weir_code linalg_factorise(const weir_dd *matrix, size_t n, double tolerance, linalg_factor *out,
                           weir_error *err)
{
    linalg_factor factor = {.n = n};
    weir_dd *left = weir_calloc(n + 1, sizeof *left); /* of the diagonal, in the order of pivots */
    weir_code code = WEIR_OK;
    double share;

    factor.lower = n ? weir_calloc(n * n, sizeof *factor.lower) : weir_calloc(1, 1);
    factor.pivots = weir_calloc(n + 1, sizeof *factor.pivots);
    if (!left || !factor.lower || !factor.pivots) {
        code = weir_fail(err, WEIR_NO_MEMORY, "no room for a matrix of %zu columns", n);
        goto done;
    }
    for (size_t i = 0; i < n; i++) {
        factor.pivots[i] = i;
        left[i] = matrix[i * n + i];
    }
    for (; factor.rank < n; factor.rank++) {
        size_t best = largest_share(&factor, matrix, left, factor.rank, &share);
        if (!(share > 0 && share > tolerance))
            break;
        exchange(&factor, left, factor.rank, best);
        make_column(&factor, matrix, left, factor.rank);
    }
    *out = factor;
    factor = (linalg_factor){0};
done:
    weir_free(left);
    linalg_factor_free(&factor);
    return code;
}

void linalg_factor_free(linalg_factor *factor)
{
    if (!factor)
        return;
    weir_free(factor->lower);
    weir_free(factor->pivots);
    *factor = (linalg_factor){0};
}

/* --- solving */

/* L z = z, from entry first on; the entries before it are 0. */
static void forward(const linalg_factor *factor, size_t first, weir_dd *z)
{
    for (size_t i = first; i < factor->n; i++) {
        weir_dd rest = less_dot(z[i], cell(factor, i, first), z + first, i - first);
        z[i] = weir_dd_divide(rest, *cell(factor, i, i));
    }
}

/* L' z = z. */
static void backward(const linalg_factor *factor, weir_dd *z)
{
    for (size_t i = factor->n; i-- > 0;) {
        z[i] = weir_dd_divide(z[i], *cell(factor, i, i));
        for (size_t j = 0; j < i; j++)
            z[j] = less(z[j], *cell(factor, i, j), z[i]);
    }
}

/* x from b by the factor alone; work has n entries. x and b may be the same. */
static void solve_once(const linalg_factor *factor, const weir_dd *b, weir_dd *x, weir_dd *work)
{
    for (size_t i = 0; i < factor->n; i++)
        work[i] = b[factor->pivots[i]];
    forward(factor, 0, work);
    backward(factor, work);
    for (size_t i = 0; i < factor->n; i++)
        x[factor->pivots[i]] = work[i];
}

static weir_code check_rank(const linalg_factor *factor, weir_error *err)
{
    return factor->rank == factor->n
               ? WEIR_OK
               : weir_fail(err, WEIR_INVALID, "a matrix of %zu columns has rank %zu", factor->n,
                           factor->rank);
}

weir_code linalg_solve(const linalg_factor *factor, const weir_dd *matrix, const weir_dd *b,
                       weir_dd *x, weir_error *err)
{
    const size_t n = factor->n;
    weir_code code = check_rank(factor, err);
    weir_dd *work, *found, *rest;

    if (code)
        return code;
    work = weir_calloc(3 * n + 1, sizeof *work);
    if (!work)
        return weir_fail(err, WEIR_NO_MEMORY, "no room to solve for %zu unknowns", n);
    found = work + n;
    rest = found + n;
    solve_once(factor, b, found, work);
    for (size_t i = 0; i < n; i++) {
        rest[i] = b[i];
        for (size_t j = 0; j < n; j++)
            rest[i] = less(rest[i], matrix[i * n + j], found[j]);
    }
    solve_once(factor, rest, rest, work);
    for (size_t i = 0; i < n; i++)
        x[i] = weir_dd_add(found[i], rest[i]);
    weir_free(work);
    return WEIR_OK;
}

weir_code linalg_inverse_diagonal(const linalg_factor *factor, weir_dd *diagonal, weir_error *err)
{
    const size_t n = factor->n;
    weir_code code = check_rank(factor, err);
    weir_dd *z;

    if (code)
        return code;
    z = weir_calloc(n + 1, sizeof *z);
    if (!z)
        return weir_fail(err, WEIR_NO_MEMORY, "no room to invert a matrix of %zu columns", n);
    for (size_t k = 0; k < n; k++) { /* the inverse is inv(L)' inv(L) */
        weir_dd sum = weir_dd_of(0);
        memset(z, 0, n * sizeof *z);
        z[k] = weir_dd_of(1);
        forward(factor, k, z);
        for (size_t i = k; i < n; i++)
            sum = weir_dd_add(sum, weir_dd_multiply(z[i], z[i]));
        diagonal[factor->pivots[k]] = sum;
    }
    weir_free(z);
    return WEIR_OK;
}

/* --- the condition number */

static double norm1(const weir_dd *matrix, size_t n)
{
    double norm = 0;

    for (size_t i = 0; i < n; i++) {
        double sum = 0;
        for (size_t j = 0; j < n; j++)
            sum += fabs(matrix[i * n + j].hi);
        if (sum > norm)
            norm = sum;
    }
    return norm;
}

/* Sets x to the unit vector of the entry of largest magnitude in z; says whether it was that one already. */
static bool point_at_largest(const weir_dd *z, size_t n, size_t *at)
{
    size_t best = 0;

    for (size_t i = 1; i < n; i++)
        if (fabs(z[i].hi) > fabs(z[best].hi))
            best = i;
    if (*at == best)
        return true;
    *at = best;
    return false;
}

static double sum_of_magnitudes(const weir_dd *x, size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += fabs(x[i].hi);
    return sum;
}

/* The 1-norm of the inverse, seldom more than a factor 3 too small ([2], algorithm 15.1): a climb over the vectors of
 * norm 1 from their middle, and a vector of alternating signs against the matrices that deceive it. */
static double inverse_norm(const linalg_factor *factor, weir_dd *x, weir_dd *work)
{
    const size_t n = factor->n;
    size_t at = n; /* the unit vector in x; n: none yet */
    double best = 0;

    for (size_t i = 0; i < n; i++)
        x[i] = weir_dd_of(1.0 / (double)n);
    for (int round = 0; round < ROUNDS; round++) {
        solve_once(factor, x, x, work);
        double norm = sum_of_magnitudes(x, n);
        bool grown = norm > best;
        best = fmax(best, norm);
        for (size_t i = 0; i < n; i++)
            x[i] = weir_dd_of(x[i].hi < 0 ? -1 : 1);
        solve_once(factor, x, x, work);
        if (!grown || point_at_largest(x, n, &at))
            break;
        for (size_t i = 0; i < n; i++)
            x[i] = weir_dd_of(i == at);
    }
    for (size_t i = 0; i < n; i++) {
        double size = 1 + (n > 1 ? (double)i / (double)(n - 1) : 0);
        x[i] = weir_dd_of(i % 2 ? -size : size);
    }
    solve_once(factor, x, x, work);
    return fmax(best, 2 * sum_of_magnitudes(x, n) / (3 * (double)n));
}

weir_code linalg_rcond(const linalg_factor *factor, const weir_dd *matrix, double *rcond,
                       weir_error *err)
{
    const size_t n = factor->n;
    weir_code code = check_rank(factor, err);
    weir_dd *work;
    double inverse;

    if (code)
        return code;
    work = weir_calloc(2 * n + 1, sizeof *work);
    if (!work)
        return weir_fail(err, WEIR_NO_MEMORY, "no room to solve for %zu unknowns", n);
    inverse = n ? inverse_norm(factor, work, work + n) : 1;
    *rcond = n ? 1 / norm1(matrix, n) / inverse : 1;
    weir_free(work);
    return WEIR_OK;
}
