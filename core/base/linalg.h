/* linalg.h: the dense linear algebra that statistics and models need. Private to core.
 *
 * In doubles by LAPACK; where squared condition numbers ask for more digits, in double-double by our own hand.
 * Matrices are row-major, n by n, full (both triangles), and must be finite. WEIR_INVALID:
 * LAPACK found no answer, or the matrix has not the rank that was asked for. WEIR_TOO_LARGE: more than 32,768 columns.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CORE_BASE_LINALG_H
#define CORE_BASE_LINALG_H

#include <stdbool.h>
#include <stddef.h>

#include "base/dd.h"
#include "weir/error.h"

/* Eigenvalues of a symmetric matrix, descending, and where vectors is not NULL (n * n) the unit eigenvector of
 * values[k] in row k, its entry of largest magnitude positive (the first of equals). LAPACK dsyevr. */
weir_code linalg_eigen(const double *matrix, size_t n, double *values, double *vectors,
                       weir_error *err);

/* Singular values of any square matrix, descending. LAPACK dgesdd. */
weir_code linalg_singular_values(const double *matrix, size_t n, double *values, weir_error *err);

/* The largest subset of columns of a symmetric positive semidefinite matrix that is not singular, earliest first:
 * kept[j] says whether column j has a part left, above tolerance times its diagonal, once the kept ones before it are
 * taken out. */
weir_code linalg_independent(const double *matrix, size_t n, double tolerance, bool *kept,
                             weir_error *err);

/* The Cholesky factor of a symmetric positive definite matrix in double-double, with diagonal pivoting. */
typedef struct {
    size_t n, rank; /* rank < n: the rest is below tolerance times its diagonal */
    weir_dd *lower; /* n * n, of the matrix with rows and columns in the order of pivots; owned */
    size_t *pivots; /* owned */
} linalg_factor;

/* The matrix should have a unit diagonal (equilibrate first). */
weir_code linalg_factorise(const weir_dd *matrix, size_t n, double tolerance, linalg_factor *out,
                           weir_error *err);
/* Solves matrix x = b for a factor of full rank, with one step of refinement. x and b may be the same. */
weir_code linalg_solve(const linalg_factor *factor, const weir_dd *matrix, const weir_dd *b,
                       weir_dd *x, weir_error *err);
/* The diagonal of the inverse of a factored matrix of full rank; n entries. */
weir_code linalg_inverse_diagonal(const linalg_factor *factor, weir_dd *diagonal, weir_error *err);
/* An estimate of the reciprocal condition number in the 1-norm of a factored matrix of full rank. */
weir_code linalg_rcond(const linalg_factor *factor, const weir_dd *matrix, double *rcond,
                       weir_error *err);
void linalg_factor_free(linalg_factor *factor); /* NULL and zeros are fine */

#endif
