/* steady.h: time that only goes forward, and waits that are measured by it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_STEADY_H
#define WEIR_STEADY_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/* Milliseconds since a moment that stays the same while the program runs: setting the clock changes nothing. */
int64_t steady_ms(void);

/* A lock and what wakes those who wait under it; both to be given to steady_end(). */
void steady_begin(pthread_mutex_t *lock, pthread_cond_t *wake);
void steady_end(pthread_mutex_t *lock, pthread_cond_t *wake);

/* Waits to be woken, until this moment at most; false when it has come. May wake without being woken. Caller holds the
 * lock. */
bool steady_wait(pthread_mutex_t *lock, pthread_cond_t *wake, int64_t until_ms);

#endif
