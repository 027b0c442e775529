/* search.h: finding a place among ascending numbers without branches to mispredict. Private to core/model.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CORE_MODEL_SEARCH_H
#define CORE_MODEL_SEARCH_H

#include <stddef.h>

/* How many of n ascending numbers are at most x. The step is a multiplication so that it becomes no jump. */
static inline size_t search_upto(const double *sorted, size_t n, double x)
{
    const double *base = sorted;

    if (n == 0)
        return 0;
    while (n > 1) {
        size_t half = n / 2;
        base += (size_t)(base[half] <= x) * half;
        n -= half;
    }
    return (size_t)(base - sorted) + (*base <= x);
}

#endif
