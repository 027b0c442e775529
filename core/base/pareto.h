/* pareto.h: the generalised Pareto distribution of what lies beyond a high threshold.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CORE_BASE_PARETO_H
#define CORE_BASE_PARETO_H

#include <stdbool.h>
#include <stddef.h>

typedef struct {
    double shape; /* 0: exponential; above: a heavy tail; below: one that ends */
    double scale; /* above 0 */
} pareto;

/* The fit of greatest likelihood to count excesses, all above 0 and finite. Of those in beyond (NULL: none) it is known
 * only that they lie beyond that value; at least one must be known itself. The shape is held at or above -1, below which
 * the likelihood has no greatest value. */
pareto pareto_fit(const double *excesses, const bool *beyond, size_t count);
/* The logarithm of the likelihood, over the number of excesses that are known. */
double pareto_likelihood(pareto fit, const double *excesses, const bool *beyond, size_t count);
/* What an excess is above with probability p (above 0, at most 1). */
double pareto_above(pareto fit, double p);

#endif
