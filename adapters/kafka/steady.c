/* steady.c: see steady.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "steady.h"

#include <time.h>

int64_t steady_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void steady_begin(pthread_mutex_t *lock, pthread_cond_t *wake)
{
    pthread_condattr_t monotonic;

    pthread_mutex_init(lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
}

void steady_end(pthread_mutex_t *lock, pthread_cond_t *wake)
{
    pthread_cond_destroy(wake);
    pthread_mutex_destroy(lock);
}

bool steady_wait(pthread_mutex_t *lock, pthread_cond_t *wake, int64_t until_ms)
{
    struct timespec until = {.tv_sec = until_ms / 1000, .tv_nsec = until_ms % 1000 * 1000000};

    return !pthread_cond_timedwait(wake, lock, &until);
}
