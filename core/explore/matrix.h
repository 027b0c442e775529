/* matrix.h: covariance and correlation matrices of a summary, and what their readers share. Private to core/explore.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CORE_EXPLORE_MATRIX_H
#define CORE_EXPLORE_MATRIX_H

#include "weir/multivariate.h"

extern const weir_multivariate weir_multivariate_vif;
extern const weir_multivariate weir_multivariate_pca;
extern const weir_multivariate weir_multivariate_svd;
extern const weir_multivariate weir_multivariate_svdfs;
extern const weir_shape matrix_shapes[]; /* any number of inputs */

/* Reads the settings of a question that a table of options knows. */
weir_code matrix_options(const weir_option *options, const weir_question *question, void *target,
                         weir_error *err);

/* The inputs of a question: the ids of those kept in ids and their places in out->attributes. An attribute asked about
 * twice counts once; one that is the same in all its rows is left out where only_varying. WEIR_INVALID
 * where none varies. ids is the caller's to free, out too after a failure. */
weir_code matrix_inputs(const weir_summary *summary, const weir_question *question,
                        bool only_varying, size_t **ids, weir_components *out, weir_error *err);

/* n by n doubles, both triangles, for weir_free(). unbiased: covariances are divided by n - 1, else by n. In a correlation the row and
 * column of an attribute that does not vary are 0, the diagonal too. */
weir_code matrix_covariance(const weir_summary *summary, const size_t *ids, size_t n, bool unbiased,
                            double **out, weir_error *err);
weir_code matrix_correlation(const weir_summary *summary, const size_t *ids, size_t n, double **out,
                             weir_error *err);

/* What is only rounding among the eigenvalues of an n by n matrix whose largest, by magnitude, is given. */
double matrix_rounding(size_t n, double largest);

#endif
