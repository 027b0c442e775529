/* pool.h: a fixed number of threads that run what is handed to them, in order of arrival.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef HTTP_POOL_H
#define HTTP_POOL_H

#include <stddef.h>

#include "weir/error.h"

/* Lies inside whatever is to be run; untouched by the pool once run was called. */
typedef struct pool_task {
    void (*run)(struct pool_task *task);
    struct pool_task *next;
} pool_task;

typedef struct pool pool;

weir_code pool_open(size_t threads, pool **out, weir_error *err);
void pool_submit(pool *of, pool_task *task); /* any thread */
/* Runs what is queued, then ends and joins the threads. NULL is fine. Not from one of its own threads. */
void pool_close(pool *of);

#endif
