/* memory_test.c: the n-th allocation fails, for n = 1, 2, 3 ..., while a project is opened, learned into and read.
 *
 * A call either works or says WEIR_NO_MEMORY; what was acknowledged is counted, what was refused is not, and once
 * there is memory again everything goes on.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "rig.h"
#include "weir/log.h"
#include "weir/memory.h"

static rig r;
static _Thread_local long countdown; /* of this thread's allocations; 0: none fails */
static _Thread_local bool came;

static bool fails(void)
{
    if (!countdown || --countdown)
        return false;
    came = true;
    return true;
}

static void *allocate(size_t size)
{
    return fails() ? NULL : malloc(size);
}

static void *resize(void *block, size_t size)
{
    return fails() ? NULL : realloc(block, size);
}

static void assert_fine(weir_code code, const char *what, long n)
{
    if (code && code != WEIR_NO_MEMORY)
        fail_msg("%s, allocation %ld: code %d", what, n, (int)code);
}

/* False when the calls took fewer than n allocations. */
static bool one_round(long n)
{
    weir_frame frame = rig_frame(10, (uint64_t)n), second = rig_frame(5, 3);
    weir_learned learned;
    weir_project_info info;
    weir_summary *chosen = NULL;
    weir_code first, next, told;
    double before = rig_rows(&r, "p");

    rig_source(&frame, "s", 0, 10 * n, 10 * n + 10);
    frame.source.reset = true;
    assert_int_equal(weir_project_unload(r.engine, "c", "p", false, NULL), WEIR_OK);
    came = false;
    countdown = n;
    assert_fine(first = weir_learn(r.engine, "c", "p", 1, &frame, &learned, NULL), "learn", n);
    assert_fine(next = weir_learn(r.engine, "c", "p", 1, &second, &learned, NULL), "learn", n);
    assert_fine(told = weir_project_info_get(r.engine, "c", "p", &info, NULL), "info", n);
    if (!told)
        weir_project_info_free(&info);
    assert_fine(weir_project_select(r.engine, "c", "p", NULL, 0, &chosen, NULL), "select", n);
    weir_summary_free(chosen);
    assert_fine(weir_project_save(r.engine, "c", "p", NULL), "save", n);
    countdown = 0;
    if (rig_rows(&r, "p") != before + (first ? 0 : 10) + (next ? 0 : 5))
        fail_msg("allocation %ld: %g rows after %g", n, rig_rows(&r, "p"), before);
    return came;
}

static void nothing_is_lost_for_want_of_memory(void **state)
{
    long n = 1;

    (void)state;
    weir_log_threshold(WEIR_LOG_ERROR); /* a project dropped from memory is logged as a warning */
    rig_new(&r);
    rig_open(&r);
    assert_int_equal(rig_create(&r, "p", true, true), WEIR_OK);
    assert_int_equal(rig_learn(&r, "p", 20, 1), WEIR_OK);
    while (one_round(n))
        n++;
    assert_true(n > 100);
    {
        double rows = rig_rows(&r, "p");

        rig_reopen(&r);
        assert_true(rig_rows(&r, "p") == rows);
    }
    rig_end(&r);
}

int main(void)
{
    const weir_memory_hook hook = {allocate, resize, free};
    const struct CMUnitTest tests[] = {cmocka_unit_test(nothing_is_lost_for_want_of_memory)};

    weir_memory_use(&hook);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
