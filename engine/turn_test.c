/* turn_test.c: a turn is given in the order of asking, also to one who waits behind a thread that takes it again.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "turn.h"

static turn lock;
static int order[3], ordered;

static void *ask(void *number)
{
    turn_take(&lock);
    order[ordered++] = *(int *)number;
    turn_give(&lock);
    return NULL;
}

/* Until so many have asked. */
static void wait_asked(uint64_t asked)
{
    for (;;) {
        uint64_t now;

        pthread_mutex_lock(&lock.lock);
        now = lock.next;
        pthread_mutex_unlock(&lock.lock);
        if (now == asked)
            return;
        sched_yield();
    }
}

static void who_waits_is_next(void **state)
{
    (void)state;
    for (int round = 0; round < 200; round++) {
        pthread_t threads[2];
        int numbers[] = {1, 2, 3};

        turn_init(&lock);
        ordered = 0;
        turn_take(&lock);
        for (int i = 0; i < 2; i++) {
            assert_int_equal(pthread_create(&threads[i], NULL, ask, &numbers[i]), 0);
            wait_asked(2 + (uint64_t)i);
        }
        turn_give(&lock);
        ask(&numbers[2]); /* at once again: a mutex would mostly let this thread in first */
        for (int i = 0; i < 2; i++)
            pthread_join(threads[i], NULL);
        assert_memory_equal(order, numbers, sizeof order);
        turn_destroy(&lock);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(who_waits_is_next)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
