/* job_test.c: jobs: queue, progress, cancel, expiry.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "rig.h"
#include "weir/memory.h"

static rig r;

static int begin(void **state)
{
    (void)state;
    rig_new(&r);
    atomic_store(&r.now_ms, 1000000);
    r.engine_options.job_threads = 1;
    r.engine_options.job_queue = 2;
    r.engine_options.job_expiry_ms = 5000;
    rig_open(&r);
    return 0;
}

static int end(void **state)
{
    (void)state;
    rig_end(&r);
    return 0;
}

/* A job that waits for its gate, so that a test decides when it runs and ends. */
typedef struct {
    pthread_mutex_t lock;
    pthread_cond_t moved;
    bool running, open, heeds_cancel;
    weir_code end;
    atomic_int dropped;
} gate;

static void gate_init(gate *g)
{
    memset(g, 0, sizeof *g);
    pthread_mutex_init(&g->lock, NULL);
    pthread_cond_init(&g->moved, NULL);
}

static weir_code run_gate(weir_job *job, void *context, weir_error *err)
{
    gate *g = context;
    struct timespec wait;
    weir_code code;

    pthread_mutex_lock(&g->lock);
    g->running = true;
    weir_job_progress(job, 3, 10);
    pthread_cond_broadcast(&g->moved);
    while (!g->open && !(g->heeds_cancel && weir_job_cancelled(job))) {
        clock_gettime(CLOCK_REALTIME, &wait);
        wait.tv_nsec += 5000000;
        wait.tv_sec += wait.tv_nsec / 1000000000;
        wait.tv_nsec %= 1000000000;
        pthread_cond_timedwait(&g->moved, &g->lock, &wait);
    }
    code = weir_job_cancelled(job) && g->heeds_cancel ? WEIR_CANCELLED : g->end;
    pthread_mutex_unlock(&g->lock);
    if (code)
        return weir_fail(err, code, "the gate said so");
    weir_job_result(job, strdup("{\"answer\":42}"));
    return WEIR_OK;
}

static void drop_gate(void *context)
{
    atomic_fetch_add(&((gate *)context)->dropped, 1);
}

static void wait_running(gate *g)
{
    pthread_mutex_lock(&g->lock);
    while (!g->running)
        pthread_cond_wait(&g->moved, &g->lock);
    pthread_mutex_unlock(&g->lock);
}

static void open_gate(gate *g)
{
    pthread_mutex_lock(&g->lock);
    g->open = true;
    pthread_cond_broadcast(&g->moved);
    pthread_mutex_unlock(&g->lock);
}

static weir_code start(gate *g, uint64_t *id, weir_error *err)
{
    return weir_job_start(r.engine, "c", "build", "p", run_gate, g, drop_gate, id, err);
}

static weir_job_info wait_done(uint64_t id)
{
    weir_job_info info;

    for (;;) {
        assert_int_equal(weir_job_get(r.engine, "c", id, &info, NULL), WEIR_OK);
        if (info.done)
            return info;
        weir_job_info_free(&info);
        nanosleep(&(struct timespec){0, 1000000}, NULL);
    }
}

static void tells_progress_and_the_answer(void **state)
{
    gate g;
    uint64_t id = 0;
    weir_job_info info, *list = NULL;
    size_t count = 0;
    weir_error err;

    (void)state;
    gate_init(&g);
    assert_int_equal(start(&g, &id, &err), WEIR_OK);
    assert_int_equal(id, 1);
    wait_running(&g);
    assert_int_equal(weir_job_get(r.engine, "c", id, &info, &err), WEIR_OK);
    assert_true(info.started && !info.done && !info.cancelled);
    assert_int_equal(info.current, 3);
    assert_int_equal(info.maximum, 10);
    assert_string_equal(info.kind, "build");
    assert_string_equal(info.owner, "c");
    assert_string_equal(info.project, "p");
    assert_int_equal(info.started_ms, 1000000);
    assert_null(info.result);
    assert_int_equal(weir_job_get(r.engine, "other", id, &info, &err), WEIR_NOT_FOUND);
    assert_string_equal(err.message, "No such job");
    open_gate(&g);
    info = wait_done(id);
    assert_int_equal(info.error.code, WEIR_OK);
    assert_string_equal(info.result, "{\"answer\":42}");
    assert_int_equal(atomic_load(&g.dropped), 1);
    weir_job_info_free(&info);
    info = wait_done(id); /* readable again */
    weir_job_info_free(&info);
    assert_int_equal(weir_job_list(r.engine, "c", &list, &count, &err), WEIR_OK);
    assert_int_equal(count, 1);
    weir_job_info_free(&list[0]);
    weir_free(list);
    atomic_store(&r.now_ms, 1000000 + 4999);
    info = wait_done(id);
    weir_job_info_free(&info);
    atomic_store(&r.now_ms, 1000000 + 5000);
    assert_int_equal(weir_job_get(r.engine, "c", id, &info, &err), WEIR_NOT_FOUND);
}

static void a_failure_is_told(void **state)
{
    gate g;
    uint64_t id = 0;
    weir_job_info info;

    (void)state;
    gate_init(&g);
    g.end = WEIR_NO_MODEL;
    g.open = true;
    assert_int_equal(start(&g, &id, NULL), WEIR_OK);
    info = wait_done(id);
    assert_int_equal(info.error.code, WEIR_NO_MODEL);
    assert_string_equal(info.error.message, "the gate said so");
    weir_job_info_free(&info);
    assert_true(rig_figure(&r, "weir_jobs_failed_total") == 1);
}

static void a_full_queue_refuses(void **state)
{
    gate busy, waiting[2], refused;
    uint64_t id = 0, last;
    weir_error err;
    bool killed = false;
    weir_job_info info;

    (void)state;
    gate_init(&busy);
    gate_init(&refused);
    assert_int_equal(start(&busy, &id, &err), WEIR_OK);
    wait_running(&busy);
    for (int i = 0; i < 2; i++) {
        gate_init(&waiting[i]);
        waiting[i].open = true;
        assert_int_equal(start(&waiting[i], &id, &err), WEIR_OK);
    }
    last = id;
    assert_int_equal(start(&refused, &id, &err), WEIR_BUSY);
    assert_string_equal(err.message, "Job execution was refused by server.");
    assert_int_equal(atomic_load(&refused.dropped), 1);
    /* A job that waits is cancelled for good, and its place is free. */
    assert_int_equal(weir_job_cancel(r.engine, "c", last, &killed, &err), WEIR_OK);
    assert_true(killed);
    info = wait_done(last);
    assert_int_equal(info.error.code, WEIR_CANCELLED);
    assert_true(info.cancelled);
    weir_job_info_free(&info);
    gate_init(&refused);
    refused.open = true;
    assert_int_equal(start(&refused, &id, &err), WEIR_OK);
    open_gate(&busy);
    info = wait_done(id);
    weir_job_info_free(&info);
    assert_false(waiting[1].running);
    assert_int_equal(weir_job_cancel(r.engine, "c", id, &killed, &err), WEIR_OK);
    assert_false(killed); /* it is done */
    assert_int_equal(weir_job_cancel(r.engine, "c", 999, &killed, &err), WEIR_NOT_FOUND);
}

static void a_running_job_hears_of_the_cancel(void **state)
{
    gate g;
    uint64_t id = 0;
    bool killed = false;
    weir_job_info info;

    (void)state;
    gate_init(&g);
    g.heeds_cancel = true;
    assert_int_equal(start(&g, &id, NULL), WEIR_OK);
    wait_running(&g);
    assert_int_equal(weir_job_cancel(r.engine, "c", id, &killed, NULL), WEIR_OK);
    assert_true(killed);
    info = wait_done(id);
    assert_int_equal(info.error.code, WEIR_CANCELLED);
    weir_job_info_free(&info);
}

static void closing_ends_jobs(void **state)
{
    gate running, waiting;
    uint64_t id = 0;

    (void)state;
    gate_init(&running);
    gate_init(&waiting);
    running.heeds_cancel = true;
    assert_int_equal(start(&running, &id, NULL), WEIR_OK);
    wait_running(&running);
    assert_int_equal(start(&waiting, &id, NULL), WEIR_OK);
    rig_close(&r);
    assert_int_equal(atomic_load(&running.dropped), 1);
    assert_int_equal(atomic_load(&waiting.dropped), 1);
    assert_false(waiting.running);
}

static void a_customer_has_so_many_jobs(void **state)
{
    gate g[2];
    uint64_t id = 0;
    weir_job_info info;
    weir_error err;

    (void)state;
    rig_close(&r);
    r.engine_options.max_jobs = 1;
    rig_open(&r);
    gate_init(&g[0]);
    gate_init(&g[1]);
    assert_int_equal(start(&g[0], &id, &err), WEIR_OK);
    assert_int_equal(start(&g[1], &id, &err), WEIR_BUSY);
    assert_non_null(strstr(err.message, "Customer c has 1 unfinished jobs"));
    open_gate(&g[0]);
    info = wait_done(id); /* the gate is this function's */
    weir_job_info_free(&info);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(tells_progress_and_the_answer, begin, end),
        cmocka_unit_test_setup_teardown(a_failure_is_told, begin, end),
        cmocka_unit_test_setup_teardown(a_full_queue_refuses, begin, end),
        cmocka_unit_test_setup_teardown(a_running_job_hears_of_the_cancel, begin, end),
        cmocka_unit_test_setup_teardown(closing_ends_jobs, begin, end),
        cmocka_unit_test_setup_teardown(a_customer_has_so_many_jobs, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
