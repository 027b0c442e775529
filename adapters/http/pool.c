/* pool.c: worker threads (see pool.h). The queue needs no bound of its own: every task belongs to a connection, a
 * connection has at most one task, and connections are limited.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "pool.h"

#include <pthread.h>
#include <stdbool.h>
#include <string.h>

#include "weir/memory.h"

struct pool {
    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t work;
    pool_task *first, *last;
    bool ending;
    size_t thread_count; /* fixed once open */
    pthread_t threads[];
};

/* A worker thread; holds the lock only to take a task. */
static void *work(void *context)
{
    pool *of = context;

    pthread_mutex_lock(&of->lock);
    for (;;) {
        pool_task *task = of->first;

        if (task) {
            of->first = task->next;
            pthread_mutex_unlock(&of->lock);
            task->run(task);
            pthread_mutex_lock(&of->lock);
        } else if (of->ending) {
            break;
        } else {
            pthread_cond_wait(&of->work, &of->lock);
        }
    }
    pthread_mutex_unlock(&of->lock);
    return NULL;
}

weir_code pool_open(size_t threads, pool **out, weir_error *err)
{
    pool *of = weir_calloc(1, sizeof *of + threads * sizeof of->threads[0]);

    if (!of)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for %zu workers", threads);
    pthread_mutex_init(&of->lock, NULL);
    pthread_cond_init(&of->work, NULL);
    while (of->thread_count < threads) {
        int why = pthread_create(&of->threads[of->thread_count], NULL, work, of);

        if (why != 0) {
            pool_close(of);
            return weir_fail(err, WEIR_NO_MEMORY, "worker thread: %s", strerror(why));
        }
        of->thread_count++;
    }
    *out = of;
    return WEIR_OK;
}

void pool_submit(pool *of, pool_task *task)
{
    task->next = NULL;
    pthread_mutex_lock(&of->lock);
    if (of->first)
        of->last->next = task;
    else
        of->first = task;
    of->last = task;
    pthread_mutex_unlock(&of->lock);
    pthread_cond_signal(&of->work); /* without the lock: the worker would only wait for it */
}

void pool_close(pool *of)
{
    if (!of)
        return;
    pthread_mutex_lock(&of->lock);
    of->ending = true;
    pthread_cond_broadcast(&of->work);
    pthread_mutex_unlock(&of->lock);
    for (size_t i = 0; i < of->thread_count; i++)
        pthread_join(of->threads[i], NULL);
    pthread_cond_destroy(&of->work);
    pthread_mutex_destroy(&of->lock);
    weir_free(of);
}
