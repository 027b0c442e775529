/* pareto.h: the generalised Pareto distribution of what lies beyond a high threshold.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CORE_BASE_PARETO_H
#define CORE_BASE_PARETO_H

#include <stddef.h>

typedef struct {
    double shape; /* 0: exponential; above: a heavy tail; below: one that ends */
    double scale; /* above 0 */
} pareto;

/* The fit of greatest likelihood to count excesses, all above 0 and finite; count is at least 1. The shape is held at
 * or above -1, below which the likelihood has no greatest value. */
pareto pareto_fit(const double *excesses, size_t count);
/* The mean over the excesses of the logarithm of their density. */
double pareto_likelihood(pareto fit, const double *excesses, size_t count);
/* What an excess is above with probability p (above 0, at most 1). */
double pareto_above(pareto fit, double p);

#endif
