/* fault_test.c: the n-th write, truncate or sync fails, for n = 1, 2, 3 ... until the script no longer reaches it.
 *
 * Whatever fails: what learn acknowledged is counted, what it refused is not, nothing hangs, and once the disk takes
 * writes again learning goes on, and a start finds the same rows.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "rig.h"
#include "watch_vfs.h"
#include "weir/log.h"

static rig r;

static const struct {
    const char *title;
    int code;
    bool lasting;
} faults[] = {
    {"the disk is full once", SQLITE_FULL, false},
    {"the disk is full until it is not", SQLITE_FULL, true},
    {"a sync is refused until it is not", SQLITE_IOERR_FSYNC, true},
};

typedef struct {
    double acknowledged, attempted;
    int64_t position;
} tally;

static void learn(tally *t, uint64_t seed)
{
    weir_frame frame = rig_frame(10, seed);
    weir_learned learned;
    weir_error err = {0};
    weir_code code;

    rig_source(&frame, "s", 0, t->position, t->position + 10);
    t->attempted += 10;
    code = weir_learn(r.engine, "c", "p", 1, &frame, &learned, &err);
    if (code && code != WEIR_STORE)
        fail_msg("learn: code %d, %s", (int)code, err.message);
    if (!code) {
        t->acknowledged += 10;
        t->position += 10;
    }
    if (rig_rows(&r, "p") != t->acknowledged)
        fail_msg("%g rows are counted, %g are acknowledged", rig_rows(&r, "p"), t->acknowledged);
}

/* Everything that writes, with the fault somewhere in it. */
static void script(tally *t)
{
    bool frozen = false;

    for (uint64_t seed = 10; seed < 14; seed++)
        learn(t, seed);
    weir_project_save(r.engine, "c", "p", NULL);
    if (!weir_project_histograms(r.engine, "c", "p", true, NULL))
        learn(t, 14);
    frozen = !weir_project_freeze(r.engine, "c", "p", true, NULL);
    if (frozen && weir_project_freeze(r.engine, "c", "p", false, NULL) == WEIR_OK)
        learn(t, 15);
    rig_create(&r, "q", true, false);
    weir_project_delete(r.engine, "c", "q", NULL);
    if (!weir_project_rename(r.engine, "c", "p", "z", NULL))
        while (weir_project_rename(r.engine, "c", "z", "p", NULL))
            watch_heal(); /* the rest of the script knows it as p */
    weir_project_unload(r.engine, "c", "p", false, NULL);
}

static void after_power_cut(const tally *t, const char *title, uint64_t n)
{
    rig left;
    double rows;

    rig_new(&left);
    watch_power_cut(r.directory, left.directory);
    rig_open(&left);
    rows = rig_rows(&left, "p");
    if (rows < t->acknowledged || rows > t->attempted)
        fail_msg("%s, %llu: a power cut leaves %g rows of %g acknowledged, %g attempted", title,
                 (unsigned long long)n, rows, t->acknowledged, t->attempted);
    rig_end(&left);
}

/* False when the script ended before the n-th call. */
static bool one_round(size_t which, uint64_t n)
{
    tally t = {0};
    bool came;

    watch_begin();
    rig_new(&r);
    r.store_options.vfs = WATCH_VFS;
    rig_open(&r);
    assert_int_equal(rig_create(&r, "p", true, false), WEIR_OK);
    learn(&t, 1);
    watch_fail(n, faults[which].code, faults[which].lasting);
    script(&t);
    after_power_cut(&t, faults[which].title, n);
    came = watch_heal();
    weir_project_freeze(r.engine, "c", "p", false, NULL);
    learn(&t, 2);
    if (t.acknowledged < 20 || (came && faults[which].lasting && t.acknowledged == t.attempted &&
                                rig_figure(&r, "weir_store_errors_total") == 0 && n == 1))
        fail_msg("%s, %llu: learning does not go on", faults[which].title, (unsigned long long)n);
    rig_reopen(&r);
    if (rig_rows(&r, "p") != t.acknowledged)
        fail_msg("%s, %llu: %g rows after a start, %g acknowledged", faults[which].title,
                 (unsigned long long)n, rig_rows(&r, "p"), t.acknowledged);
    learn(&t, 3);
    rig_end(&r);
    watch_end();
    return came;
}

static void nothing_is_half_applied(void **state)
{
    (void)state;
    weir_log_threshold(WEIR_LOG_ERROR); /* refused snapshots are logged as warnings */
    for (size_t which = 0; which < sizeof faults / sizeof faults[0]; which++) {
        uint64_t n = 1;

        while (one_round(which, n))
            n++;
        assert_true(n > 20); /* the script writes more often than that */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(nothing_is_half_applied)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
