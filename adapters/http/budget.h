/* budget.h: how many bytes of unfinished requests and messages a server may hold at once.
 *
 * One body may be large, but many connections sending large bodies together must not take all memory.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef HTTP_BUDGET_H
#define HTTP_BUDGET_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct {
    atomic_size_t held;
    size_t limit;
} budget;

static inline bool budget_take(budget *of, size_t size)
{
    if (atomic_fetch_add(&of->held, size) + size <= of->limit)
        return true;
    atomic_fetch_sub(&of->held, size);
    return false;
}

static inline void budget_give(budget *of, size_t size)
{
    atomic_fetch_sub(&of->held, size);
}

#endif
