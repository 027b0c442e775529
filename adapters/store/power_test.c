/* power_test.c: no answer leaves before the sync that covers it.
 *
 * The store runs on a VFS that keeps, for each file, its content at the last sync. Whenever learn answers, the power
 * is cut: what is left then is opened in another directory, and it must hold every row acknowledged so far. The same
 * script on a store that does not sync its commits must be caught, or the test would prove nothing.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "rig.h"
#include "watch_vfs.h"

static rig r;
static pthread_mutex_t cut_lock = PTHREAD_MUTEX_INITIALIZER; /* one at a time opens what is left */

static int begin(void **state)
{
    (void)state;
    watch_begin();
    rig_new(&r);
    r.store_options.vfs = WATCH_VFS;
    return 0;
}

static int end(void **state)
{
    (void)state;
    rig_end(&r);
    watch_end();
    return 0;
}

/* The rows that a power cut now would leave; 0 when not even the project is left. */
static double rows_after_power_cut(void)
{
    rig left;
    char **pids = NULL;
    size_t count = 0;
    double rows = 0;

    pthread_mutex_lock(&cut_lock);
    rig_new(&left);
    watch_power_cut(r.directory, left.directory);
    rig_open(&left);
    assert_int_equal(weir_project_list(left.engine, "c", &pids, &count, NULL), WEIR_OK);
    weir_list_free(pids, count);
    if (count)
        rows = rig_rows(&left, "p");
    rig_end(&left);
    pthread_mutex_unlock(&cut_lock);
    return rows;
}

static atomic_uint acknowledged, attempted, lost;

enum { THREADS = 3, FRAMES = 12, ROWS = 10 };

static void *learn_and_cut(void *context)
{
    uint64_t seed = 1000 * (uint64_t)(1 + *(int *)context);

    for (uint64_t i = 0; i < FRAMES; i++) {
        unsigned told;
        double left;

        atomic_fetch_add(&attempted, ROWS);
        if (rig_learn(&r, "p", ROWS, seed + i))
            break;
        told = atomic_fetch_add(&acknowledged, ROWS) + ROWS;
        if (i == FRAMES / 2)
            weir_project_save(r.engine, "c", "p", NULL);
        left = rows_after_power_cut();
        if (left < told)
            atomic_fetch_add(&lost, 1);
        else
            assert_true(left <= atomic_load(&attempted));
    }
    return NULL;
}

/* The number of answers that a power cut right after them would have made untrue. */
static unsigned lost_answers(const char *synchronous)
{
    pthread_t threads[THREADS];
    int numbers[THREADS];

    atomic_store(&acknowledged, 0);
    atomic_store(&attempted, 0);
    atomic_store(&lost, 0);
    r.store_options.synchronous = synchronous;
    r.engine_options.snapshot_log_bytes = 3000;
    rig_open(&r);
    assert_int_equal(rig_create(&r, "p", true, true), WEIR_OK);
    for (int i = 0; i < THREADS; i++) {
        numbers[i] = i;
        assert_int_equal(pthread_create(&threads[i], NULL, learn_and_cut, &numbers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(atomic_load(&acknowledged), THREADS * FRAMES * ROWS);
    assert_true(rig_rows(&r, "p") == THREADS * FRAMES * ROWS);
    return atomic_load(&lost);
}

static void every_answer_survives_a_power_cut(void **state)
{
    (void)state;
    assert_int_equal(lost_answers(NULL), 0);
    assert_true(watch_syncs() > 0);
}

static void a_store_that_never_syncs_is_caught(void **state)
{
    (void)state;
    assert_int_equal(lost_answers("OFF"), THREADS * FRAMES);
}

/* NORMAL syncs at checkpoints only: the file is never torn, but the last answers are untrue. */
static void a_store_that_syncs_too_late_is_caught(void **state)
{
    (void)state;
    assert_true(lost_answers("NORMAL") > 0);
}

/* Other promises that are kept before the answer: a project, a frozen flag, a customer. */
static void creating_and_freezing_survive_too(void **state)
{
    static const uint8_t secret[16] = {1};
    rig left;
    uint8_t room[64];
    size_t size = sizeof room;

    (void)state;
    rig_open(&r);
    assert_int_equal(rig_create(&r, "p", true, false), WEIR_OK);
    assert_int_equal(weir_project_freeze(r.engine, "c", "p", true, NULL), WEIR_OK);
    assert_int_equal(weir_customer_add(r.engine, "c", secret, sizeof secret, NULL), WEIR_OK);
    rig_new(&left);
    watch_power_cut(r.directory, left.directory);
    rig_open(&left);
    assert_int_equal(rig_learn(&left, "p", 1, 1), WEIR_FROZEN);
    assert_int_equal(weir_customer_secret(left.engine, "c", room, &size, NULL), WEIR_OK);
    rig_end(&left);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_answer_survives_a_power_cut, begin, end),
        cmocka_unit_test_setup_teardown(a_store_that_never_syncs_is_caught, begin, end),
        cmocka_unit_test_setup_teardown(a_store_that_syncs_too_late_is_caught, begin, end),
        cmocka_unit_test_setup_teardown(creating_and_freezing_survive_too, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
