/* linalg.c: dense linear algebra in doubles, by LAPACK.
 *
 * LAPACK counts columns first, so a row-major matrix is the transpose there: the same matrix when it is symmetric, and
 * one with the same singular values when it is not. That is why nothing is transposed here. Work space comes from
 * weir/memory.h, as all of core's; LAPACKE's convenient forms would ask malloc. OpenBLAS stays on one thread, so that
 * an answer does not depend on the machine and a reader takes no cores from learning.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/linalg.h"

#include <cblas.h>
#include <lapacke.h>
#include <math.h>
#include <string.h>

#include "weir/memory.h"

enum { LARGEST = 32768 }; /* keeps every work space of LAPACK within its 32-bit sizes */

static weir_code begin(size_t n, weir_error *err)
{
    if (n > LARGEST)
        return weir_fail(err, WEIR_TOO_LARGE, "a matrix of %zu columns; at most %d are worked with",
                         n, LARGEST);
    if (openblas_get_num_threads() != 1)
        openblas_set_num_threads(1);
    return WEIR_OK;
}

static weir_code no_room(size_t n, weir_error *err)
{
    return weir_fail(err, WEIR_NO_MEMORY, "no room for a matrix of %zu columns", n);
}

static double *duplicate(const double *matrix, size_t n)
{
    double *copy = n ? weir_calloc(n * n, sizeof *copy) : NULL;

    if (copy)
        memcpy(copy, matrix, n * n * sizeof *copy);
    return copy;
}

/* --- eigenvalues and singular values */

static void swap_rows(double *a, double *b, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        double kept = a[i];
        a[i] = b[i];
        b[i] = kept;
    }
}

/* LAPACK's ascending order turned round, and each vector's sign settled. */
static void tidy_eigen(size_t n, double *values, double *vectors)
{
    for (size_t k = 0; k < n / 2; k++) {
        swap_rows(&values[k], &values[n - 1 - k], 1);
        if (vectors)
            swap_rows(vectors + k * n, vectors + (n - 1 - k) * n, n);
    }
    for (size_t k = 0; vectors && k < n; k++) {
        double *v = vectors + k * n;
        size_t largest = 0;
        for (size_t i = 1; i < n; i++)
            if (fabs(v[i]) > fabs(v[largest]))
                largest = i;
        const double sign = v[largest] < 0 ? -1 : 1;
        for (size_t i = 0; i < n; i++)
            v[i] = sign * v[i] + 0.0; /* no zero has a sign */
    }
}

weir_code linalg_eigen(const double *matrix, size_t n, double *values, double *vectors,
                       weir_error *err)
{
    const lapack_int order = (lapack_int)n;
    const char job = vectors ? 'V' : 'N';
    double *a = NULL, *work = NULL, want = 0;
    lapack_int *integers = NULL, *support = NULL, found = 0, want_integers = 0, info;
    weir_code code = begin(n, err);

    if (code || n == 0)
        return code;
    info = LAPACKE_dsyevr_work(LAPACK_COL_MAJOR, job, 'A', 'L', order, NULL, order, 0, 0, 0, 0, 0,
                               &found, NULL, NULL, order, NULL, &want, -1, &want_integers, -1);
    if (info) {
        code = weir_fail(err, WEIR_INTERNAL, "dsyevr of order %zu says %d", n, (int)info);
        goto done;
    }
    a = duplicate(matrix, n);
    work = weir_calloc((size_t)want, sizeof *work);
    integers = weir_calloc((size_t)want_integers, sizeof *integers);
    support = weir_calloc(2 * n, sizeof *support);
    if (!a || !work || !integers || !support) {
        code = no_room(n, err);
        goto done;
    }
    info = LAPACKE_dsyevr_work(LAPACK_COL_MAJOR, job, 'A', 'L', order, a, order, 0, 0, 0, 0, 0,
                               &found, values, vectors, order, support, work, (lapack_int)want,
                               integers, want_integers);
    if (info || found != order)
        code = weir_fail(err, WEIR_INVALID,
                         "the eigenvalues of a matrix of %zu columns are not "
                         "found",
                         n);
    else
        tidy_eigen(n, values, vectors);
done:
    weir_free(a);
    weir_free(work);
    weir_free(integers);
    weir_free(support);
    return code;
}

weir_code linalg_singular_values(const double *matrix, size_t n, double *values, weir_error *err)
{
    const lapack_int order = (lapack_int)n;
    double *a = NULL, *work = NULL, want = 0;
    lapack_int *integers = NULL, info;
    weir_code code = begin(n, err);

    if (code || n == 0)
        return code;
    info = LAPACKE_dgesdd_work(LAPACK_COL_MAJOR, 'N', order, order, NULL, order, NULL, NULL, order,
                               NULL, order, &want, -1, NULL);
    if (info) {
        code = weir_fail(err, WEIR_INTERNAL, "dgesdd of order %zu says %d", n, (int)info);
        goto done;
    }
    a = duplicate(matrix, n);
    work = weir_calloc((size_t)want, sizeof *work);
    integers = weir_calloc(8 * n, sizeof *integers);
    if (!a || !work || !integers) {
        code = no_room(n, err);
        goto done;
    }
    info = LAPACKE_dgesdd_work(LAPACK_COL_MAJOR, 'N', order, order, a, order, values, NULL, order,
                               NULL, order, work, (lapack_int)want, integers);
    if (info)
        code = weir_fail(err, WEIR_INVALID,
                         "the singular values of a matrix of %zu columns are "
                         "not found",
                         n);
done:
    weir_free(a);
    weir_free(work);
    weir_free(integers);
    return code;
}

/* --- positive matrices */

weir_code linalg_independent(const double *matrix, size_t n, double tolerance, bool *kept,
                             weir_error *err)
{
    double *lower = NULL; /* row j: column j seen from the kept columns before it */
    double *scale = NULL; /* of the kept ones, what is left of each */
    size_t *order = NULL, rank = 0;
    weir_code code = begin(n, err);

    if (code || n == 0)
        return code;
    lower = weir_calloc(n * n, sizeof *lower);
    scale = weir_calloc(n, sizeof *scale);
    order = weir_calloc(n, sizeof *order);
    if (!lower || !scale || !order) {
        code = no_room(n, err);
        goto done;
    }
    for (size_t j = 0; j < n; j++) {
        double *row = lower + j * n, rest = matrix[j * n + j];
        for (size_t k = 0; k < rank; k++) {
            double dot = cblas_ddot((int)k, row, 1, lower + order[k] * n, 1);
            row[k] = (matrix[j * n + order[k]] - dot) / scale[k];
            rest -= row[k] * row[k];
        }
        kept[j] = rest > 0 && rest > tolerance * matrix[j * n + j];
        if (kept[j]) {
            scale[rank] = sqrt(rest);
            order[rank++] = j;
        }
    }
done:
    weir_free(lower);
    weir_free(scale);
    weir_free(order);
    return code;
}
