/* steady_test.c: a wait ends when its moment has come, or when somebody wakes it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "steady.h"

#define DAY_MS 86400000

typedef struct {
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool done;
} bell;

static void *ring(void *context)
{
    bell *b = context;

    pthread_mutex_lock(&b->lock);
    b->done = true;
    pthread_cond_broadcast(&b->wake);
    pthread_mutex_unlock(&b->lock);
    return NULL;
}

static void test_woken_before_its_moment(void **state)
{
    bell b = {.done = false};
    pthread_t other;
    bool in_time = true;

    (void)state;
    steady_begin(&b.lock, &b.wake);
    pthread_mutex_lock(&b.lock);
    assert_int_equal(pthread_create(&other, NULL, ring, &b), 0);
    while (!b.done && in_time)
        in_time = steady_wait(&b.lock, &b.wake, steady_ms() + DAY_MS);
    pthread_mutex_unlock(&b.lock);
    pthread_join(other, NULL);
    assert_true(b.done && in_time);
    steady_end(&b.lock, &b.wake);
}

/* A clock other than the one of steady_ms() would have these moments far ahead, or far behind. */
static void test_moments_that_come(void **state)
{
    bell b = {.done = false};
    int64_t until = 0;

    (void)state;
    steady_begin(&b.lock, &b.wake);
    pthread_mutex_lock(&b.lock);
    assert_false(steady_wait(&b.lock, &b.wake, steady_ms() - 1));
    until = steady_ms() + 20;
    while (steady_wait(&b.lock, &b.wake, until)) {
    }
    pthread_mutex_unlock(&b.lock);
    assert_true(steady_ms() >= until);
    steady_end(&b.lock, &b.wake);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_woken_before_its_moment),
                                       cmocka_unit_test(test_moments_that_come)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
