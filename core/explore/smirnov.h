/* smirnov.h: the distribution of the two-sample Kolmogorov-Smirnov statistic. Private to core/explore.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CORE_EXPLORE_SMIRNOV_H
#define CORE_EXPLORE_SMIRNOV_H

#include <stddef.h>

#include "weir/error.h"

/* *p is the probability that two samples of one continuous distribution, of m and n rows, differ by d or more. */
weir_code smirnov_upper(double d, double m, double n, double *p, weir_error *err);

#endif
