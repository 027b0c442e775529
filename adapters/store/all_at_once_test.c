/* all_at_once_test.c: everything that can be done to projects, encoders and data sources, by many threads at the same
 * time: nothing hangs, nothing races, and what is left is what the store holds.
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
#include "weir/encoders.h"
#include "weir/log.h"
#include "weir/sources.h"
#include "weir/updates.h"

enum { ROUNDS = 100, MERGES = 25, LEARNED = 4 };

static rig r;

static int begin(void **state)
{
    (void)state;
    rig_new(&r);
    r.engine_options.snapshot_log_bytes = 4096; /* the keeper has something to do all the time */
    rig_open(&r);
    return 0;
}

static int end(void **state)
{
    (void)state;
    rig_end(&r);
    return 0;
}

/* What may come of a call whose subject others rename, use or delete meanwhile. */
static bool fine(weir_code code)
{
    return code == WEIR_OK || code == WEIR_NOT_FOUND || code == WEIR_CONFLICT;
}

static bool learn(const char *pid, uint64_t seed, atomic_ullong *rows)
{
    weir_frame frame = rig_frame(LEARNED, seed);
    weir_learned learned;
    weir_code code = weir_learn(r.engine, "c", pid, 1, &frame, &learned, NULL);

    weir_frame_free(&frame);
    atomic_fetch_add(rows, code ? 0 : LEARNED);
    return fine(code);
}

static atomic_ullong rows_moving, rows_brief;

static const char *learns(void)
{
    for (uint64_t i = 0; i < ROUNDS; i++)
        if (!learn("moving", i, &rows_moving) || !learn("moved", i, &rows_moving) ||
            !learn("brief", i, &rows_brief))
            return "learn";
    return NULL;
}

static const char *merges(void)
{
    for (int i = 0; i < MERGES; i++)
        if (weir_project_merge(r.engine, "c", "a", "b", NULL))
            return "merge b into a";
    return NULL;
}

static const char *merges_back(void)
{
    for (int i = 0; i < MERGES; i++)
        if (weir_project_merge(r.engine, "c", "b", "a", NULL))
            return "merge a into b";
    return NULL;
}

static const char *renames(void)
{
    for (int i = 0; i < 2 * ROUNDS; i++)
        if (weir_project_rename(r.engine, "c", i % 2 ? "moved" : "moving",
                                i % 2 ? "moving" : "moved", NULL))
            return "rename";
    return NULL;
}

static const char *comes_and_goes(void)
{
    for (int i = 0; i < ROUNDS; i++)
        if (rig_create(&r, "brief", i % 3 > 0, true) ||
            !fine(weir_project_histograms(r.engine, "c", "brief", i % 2, NULL)) ||
            !fine(weir_project_assign(r.engine, "c", "brief", "e", NULL)) ||
            !fine(weir_source_attach(r.engine, "c", "brief", "d", NULL)) ||
            !fine(weir_project_save(r.engine, "c", "brief", NULL)) ||
            weir_project_delete(r.engine, "c", "brief", NULL))
            return "create and delete";
    return NULL;
}

static const char *unloads(void)
{
    static const char *const pids[] = {"a", "moving", "moved", "brief"};

    for (int i = 0; i < ROUNDS; i++)
        for (size_t k = 0; k < 4; k++)
            if (!fine(weir_project_unload(r.engine, "c", pids[k], false, NULL)) ||
                !fine(weir_project_freeze(r.engine, "c", "still", i % 2, NULL)))
                return "unload";
    return NULL;
}

/* Two copies one after the other, as a comparison of projects makes them; and questions with errors that name them. */
static const char *compares(void)
{
    static const char *const pids[] = {"a", "moving", "moved", "brief"};

    for (int i = 0; i < ROUNDS; i++)
        for (size_t k = 0; k < 4; k++) {
            weir_summary *one = NULL, *other = NULL;
            weir_project_info info = {0};
            weir_bytes bytes = {0};
            bool well = fine(weir_project_select(r.engine, "c", pids[k], NULL, 0, &one, NULL)) &&
                        fine(weir_project_select(r.engine, "c", pids[(k + 1) % 4], NULL, 0, &other,
                                                 NULL)) &&
                        weir_project_select_view(r.engine, "c", pids[k], WEIR_VIEW_WINDOW, NULL, 0,
                                                 &one, NULL) &&
                        weir_project_export(r.engine, "c", pids[k], "nowhere", &bytes, NULL) &&
                        fine(weir_project_export(r.engine, "c", pids[k], NULL, &bytes, NULL)) &&
                        fine(weir_project_info_get(r.engine, "c", pids[k], &info, NULL));

            weir_summary_free(one);
            weir_summary_free(other);
            weir_bytes_free(&bytes);
            weir_project_info_free(&info);
            if (!well)
                return "compare";
        }
    return NULL;
}

static const char *encodes(void)
{
    weir_encoder_edit edit = {"k", WEIR_S, "red", 2, 1};

    for (int i = 0; i < ROUNDS; i++)
        if (!fine(weir_encoders_create(r.engine, "c", "e", "y", WEIR_B, 0, NULL)) ||
            !fine(weir_encoders_set(r.engine, "c", "e", &edit, 1, true, NULL)) ||
            !fine(weir_project_assign(r.engine, "c", i % 2 ? "moving" : "moved", i % 3 ? "e" : "",
                                      NULL)) ||
            !fine(weir_encoders_remove(r.engine, "c", "e", NULL)))
            return "encoders";
    return NULL;
}

static const char *attaches(void)
{
    char *keys[] = {"path"}, *values[] = {"rows.csv"};
    weir_data_source source = {"localfile", "d", keys, values, 1};

    for (int i = 0; i < ROUNDS; i++) {
        const char *pid = i % 2 ? "moving" : "a";
        char **names = NULL;
        size_t count = 0;

        weir_update_note(r.engine, "c", pid, &(weir_update){"me", "learn", "x", "C", 200, 1, 1});
        if (!fine(weir_source_put(r.engine, "c", &source, false, NULL)) ||
            !fine(weir_source_attach(r.engine, "c", pid, "d", NULL)) ||
            !fine(weir_source_attached(r.engine, "c", pid, &names, &count, NULL)) ||
            !fine(weir_source_remove(r.engine, "c", "d", NULL)) ||
            !fine(weir_source_detach(r.engine, "c", pid, "d", NULL)))
            return "data sources";
        weir_list_free(names, count);
    }
    return NULL;
}

static void *run(void *work)
{
    return (void *)(*(const char *(*const *)(void))work)();
}

static void nothing_hangs_and_nothing_is_lost(void **state)
{
    static const char *(*const works[])(void) = {learns,         learns,  merges,   merges_back,
                                                 renames,        unloads, compares, encodes,
                                                 comes_and_goes, attaches};
    static const char *const pids[] = {"a", "b", "moving", "still"};
    enum { WORKS = sizeof works / sizeof works[0], PIDS = sizeof pids / sizeof pids[0] };
    pthread_t threads[WORKS];
    weir_bytes before[PIDS];

    (void)state;
    weir_log_threshold(WEIR_LOG_ERROR);
    for (size_t i = 0; i < PIDS; i++)
        assert_int_equal(rig_create(&r, pids[i], true, true), WEIR_OK);
    assert_int_equal(rig_learn(&r, "a", 3, 1), WEIR_OK);
    assert_int_equal(rig_learn(&r, "b", 5, 2), WEIR_OK);
    for (size_t i = 0; i < WORKS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, run, (void *)&works[i]), 0);
    for (size_t i = 0; i < WORKS; i++) {
        void *wrong = NULL;

        pthread_join(threads[i], &wrong);
        if (wrong)
            fail_msg("%s failed", (const char *)wrong);
    }
    assert_true(rig_rows(&r, "moving") == (double)atomic_load(&rows_moving));
    assert_int_equal(rig_count(&r), PIDS);
    for (size_t i = 0; i < PIDS; i++)
        before[i] = rig_bytes(&r, pids[i]);
    rig_reopen(&r);
    assert_int_equal(rig_count(&r), PIDS);
    for (size_t i = 0; i < PIDS; i++) {
        weir_bytes after = rig_bytes(&r, pids[i]);

        assert_int_equal(after.size, before[i].size);
        assert_memory_equal(after.data, before[i].data, after.size);
        weir_bytes_free(&before[i]);
        weir_bytes_free(&after);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nothing_hangs_and_nothing_is_lost, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
