/* regression.h: least squares from the sums of a summary, for every algorithm that is a linear model. Private to
 * core/model.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CORE_MODEL_REGRESSION_H
#define CORE_MODEL_REGRESSION_H

#include "base/dd.h"
#include "weir/summary.h"

/* --- the sums (regression_sums.c) */

/* Sums of products of the inputs that vary and of the target, about the means or, without an intercept, about 0. Where
 * pairs of attributes were seen in unequal numbers of rows, each is brought to the number of rows of the pair that has
 * fewest. */
typedef struct {
    const weir_summary *summary; /* borrowed: for names in messages */
    size_t inputs;               /* all there are */
    size_t used;                 /* of them that vary */
    size_t *ids;                 /* the used ones, ascending */
    bool intercept;
    bool uneven;                 /* pairs differ in their rows: the sums are estimates */
    double rows;                 /* of the pair that has fewest */
    double shrunk;               /* share by which uneven sums were drawn to their diagonal */
    double tolerance;            /* share of an input below which it is rounding */
    double noise;                /* the same as a sum of squares of the target */
    double *noises;              /* and of each used input */
    weir_dd *products;           /* used * used */
    weir_dd *with_target;        /* used */
    weir_dd target;              /* the target with itself */
    weir_dd *means, mean_target; /* of the used inputs */
} regression_sums;

/* Reads a selection whose attributes are the inputs in order, then the target. WEIR_INVALID in words when there are no
 * rows in which two of them meet. */
weir_code regression_read(const weir_summary *summary, size_t inputs, bool intercept,
                          regression_sums *out, weir_error *err);
void regression_sums_free(regression_sums *sums); /* zeros are fine */

/* --- the fit (regression.c) */

typedef struct {
    bool use_pseudo_inverse; /* for inputs that depend on each other; otherwise they are refused */
    bool use_rcond;          /* refuse (or pseudo-invert) below rcond_tolerance */
    double rcond_tolerance;
} regression_options;

/* Coefficients and errors: inputs + 1, the intercept first (0 when there is none). An error is NaN where there is
 * none: of an input that does not vary, of the intercept of a fit through the origin, without degrees of freedom. */
typedef struct {
    size_t inputs, rank;           /* rank: of the used inputs */
    double *coefficients, *errors; /* owned */
    double rows, freedom;          /* rows the errors count on; residual degrees of freedom */
    double residual, total;        /* sums of squares: about the fit; about the mean or 0 */
    double rcond, shrunk;
    bool pseudo_inverse; /* was used */
} regression_fit;

weir_code regression_solve(const regression_sums *sums, const regression_options *options,
                           regression_fit *out, weir_error *err);
weir_code regression_fit_new(size_t inputs, regression_fit *out, weir_error *err);
void regression_fit_free(regression_fit *fit); /* zeros are fine */

#endif
