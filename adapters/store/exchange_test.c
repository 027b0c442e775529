/* exchange_test.c: summaries in and out of projects, and projects with rules, on a real store.
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

static rig r;

static int begin(void **state)
{
    (void)state;
    rig_new(&r);
    rig_open(&r);
    return 0;
}

static int end(void **state)
{
    (void)state;
    rig_end(&r);
    return 0;
}

static void check_same(weir_bytes *a, weir_bytes *b)
{
    assert_int_equal(a->size, b->size);
    assert_memory_equal(a->data, b->data, a->size);
    weir_bytes_free(a);
    weir_bytes_free(b);
}

static weir_bytes exported(const char *pid)
{
    weir_bytes bytes = {0};
    weir_error err;

    if (weir_project_export(r.engine, "c", pid, NULL, &bytes, &err))
        fail_msg("export of %s: %s", pid, err.message);
    return bytes;
}

static void create_ruled(const char *pid, const char *type, const weir_setting *params,
                         size_t count)
{
    weir_project_options options = {
        .type = type, .persist = true, .histograms = true, .params = params, .param_count = count};
    weir_error err;

    if (weir_project_create(r.engine, "c", pid, &options, &err))
        fail_msg("creation of %s: %s", pid, err.message);
}

static void create_with(const char *pid, const char *type, const char *name, const char *value)
{
    create_ruled(pid, type, &(weir_setting){name, value}, 1);
}

/* Live, from the log alone, and from a snapshot and the log behind it, the bytes are the same. */
static void a_merge_is_replayed_to_the_same_bytes(void **state)
{
    (void)state;
    assert_int_equal(rig_create(&r, "p", true, true), WEIR_OK);
    assert_int_equal(rig_create(&r, "q", false, true), WEIR_OK);
    assert_int_equal(rig_learn(&r, "p", 40, 1), WEIR_OK);
    assert_int_equal(rig_learn(&r, "q", 30, 2), WEIR_OK);
    for (int round = 0; round < 3; round++) {
        weir_bytes before, after;

        assert_int_equal(weir_project_merge(r.engine, "c", "p", round < 1 ? "q" : "other", NULL),
                         round < 1 ? WEIR_OK : WEIR_NOT_FOUND);
        assert_int_equal(rig_learn(&r, "p", 5, 7), WEIR_OK);
        if (round == 1)
            assert_int_equal(weir_project_save(r.engine, "c", "p", NULL), WEIR_OK);
        before = rig_bytes(&r, "p");
        rig_reopen(&r);
        after = rig_bytes(&r, "p");
        check_same(&before, &after);
    }
    assert_true(rig_rows(&r, "p") == 40 + 30 + 3 * 5);
}

static void what_cannot_be_merged_leaves_no_entry(void **state)
{
    weir_project_info info;
    weir_summary *summary = NULL;
    weir_batch *batch = NULL;
    weir_bytes before, after;
    size_t column;
    weir_error err;

    (void)state;
    assert_int_equal(rig_create(&r, "p", true, false), WEIR_OK);
    assert_int_equal(rig_learn(&r, "p", 10, 1), WEIR_OK);
    create_with("window", NULL, "sml_project_rolling_window_size", "5");
    before = rig_bytes(&r, "p");
    assert_int_equal(weir_project_merge(r.engine, "c", "p", "p", &err), WEIR_INVALID);
    assert_int_equal(weir_project_merge(r.engine, "c", "nix", "p", &err), WEIR_NOT_FOUND);
    assert_int_equal(weir_project_merge(r.engine, "c", "window", "p", &err), WEIR_INVALID);
    /* Column a is a number there. */
    assert_int_equal(weir_summary_new(NULL, &summary, NULL), WEIR_OK);
    assert_int_equal(weir_batch_new(1, &batch, NULL), WEIR_OK);
    assert_int_equal(weir_batch_add_column(batch, "a", 1, WEIR_T, &column, NULL), WEIR_OK);
    assert_int_equal(weir_batch_row_begin(batch, NULL), WEIR_OK);
    assert_int_equal(weir_batch_put_text(batch, column, "red", 3, NULL), WEIR_OK);
    weir_batch_row_end(batch);
    assert_int_equal(weir_summary_absorb(summary, batch, 1, NULL), WEIR_OK);
    assert_int_equal(weir_project_merge_summary(r.engine, "c", "p", summary, &err), WEIR_INVALID);
    assert_non_null(strstr(err.message, "a"));
    assert_int_equal(weir_project_freeze(r.engine, "c", "p", true, NULL), WEIR_OK);
    assert_int_equal(weir_project_merge(r.engine, "c", "p", "window", &err), WEIR_FROZEN);
    after = rig_bytes(&r, "p");
    check_same(&before, &after);
    assert_int_equal(weir_project_info_get(r.engine, "c", "p", &info, NULL), WEIR_OK);
    assert_int_equal(info.sequence, 1);
    weir_project_info_free(&info);
    weir_summary_free(summary);
    weir_batch_free(batch);
}

static void an_import_is_stored_whole(void **state)
{
    static const char *const pids[] = {"kept", "loose"};
    weir_bytes bytes, again;
    weir_project_info info;
    weir_error err;

    (void)state;
    assert_int_equal(rig_create(&r, "p", true, true), WEIR_OK);
    assert_int_equal(rig_learn(&r, "p", 50, 3), WEIR_OK);
    bytes = exported("p");
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(
            weir_project_import(r.engine, "c", pids[i], i == 0, bytes.data, bytes.size, &err),
            WEIR_OK);
        again = exported(pids[i]);
        assert_int_equal(again.size, bytes.size);
        assert_memory_equal(again.data, bytes.data, bytes.size);
        weir_bytes_free(&again);
        assert_int_equal(rig_learn(&r, pids[i], 5, 4), WEIR_OK);
    }
    assert_int_equal(weir_project_import(r.engine, "c", "p", true, bytes.data, bytes.size, &err),
                     WEIR_CONFLICT);
    assert_int_equal(weir_project_import(r.engine, "c", "bad", true, bytes.data, 40, &err),
                     WEIR_CORRUPT);
    assert_int_equal(rig_count(&r), 3);
    rig_reopen(&r);
    assert_int_equal(rig_count(&r), 2);
    assert_true(rig_rows(&r, "kept") == 55);
    assert_int_equal(weir_project_info_get(r.engine, "c", "kept", &info, NULL), WEIR_OK);
    assert_true(info.persisted && info.histograms);
    assert_int_equal(info.sequence, 2);
    weir_project_info_free(&info);
    weir_bytes_free(&bytes);
}

/* A project for each rule, in two stores: one that is opened anew and saved now and then, one that never is. In both,
 * histograms go off and on again between. */
static void projects_with_rules_are_replayed_to_the_same_bytes(void **state)
{
    static const struct {
        const char *pid, *type;
        weir_setting params[2];
    } rules[] = {
        {"window", NULL, {{"sml_project_rolling_window_size", "37"}}},
        {"embedded",
         NULL,
         {{"sml_project_rolling_window_size", "37"},
          {"sml_project_rolling_window_use_embedded", "true"}}},
        {"rows", NULL, {{"decay_halflife_rows", "200"}}},
        {"time", NULL, {{"decay_halflife_ms", "50"}}},
        {"parts", "partition", {{"partitionSplit", "k"}}},
        {"order", "sequence", {{"sml_project_order", "2"}}},
        {"classes", NULL, {{"sml_project_conditional_histogram", "true"}}},
    };
    enum { RULES = sizeof rules / sizeof rules[0] };
    weir_bytes lasting[RULES], recent = {0};

    (void)state;
    for (int disturbed = 0; disturbed < 2; disturbed++) {
        weir_summary *view = NULL;
        weir_bytes bytes = {0};

        rig_end(&r);
        rig_new(&r);
        atomic_store(&r.now_ms, 1772600000000);
        rig_open(&r);
        for (size_t i = 0; i < RULES; i++)
            create_ruled(rules[i].pid, rules[i].type, rules[i].params,
                         rules[i].params[1].name ? 2 : 1);
        for (uint64_t k = 0; k < 24; k++) {
            atomic_fetch_add(&r.now_ms, 7);
            for (size_t i = 0; i < RULES; i++) {
                assert_int_equal(rig_learn(&r, rules[i].pid, 1 + 3 * (k % 5), k), WEIR_OK);
                if (k == 9 || k == 10)
                    assert_int_equal(
                        weir_project_histograms(r.engine, "c", rules[i].pid, k == 10, NULL),
                        WEIR_OK);
            }
            if (disturbed && k % 7 == 3)
                assert_int_equal(weir_project_save(r.engine, "c", rules[k % RULES].pid, NULL),
                                 WEIR_OK);
            if (disturbed && k % 5 == 4)
                rig_reopen(&r);
        }
        for (size_t i = 0; i < RULES; i++) {
            bytes = exported(rules[i].pid);
            if (disturbed)
                check_same(&lasting[i], &bytes);
            else
                lasting[i] = bytes;
        }
        assert_int_equal(weir_project_select_view(r.engine, "c", "embedded", WEIR_VIEW_WINDOW, NULL,
                                                  0, &view, NULL),
                         WEIR_OK);
        bytes = (weir_bytes){0};
        assert_int_equal(weir_summary_save(view, &bytes, NULL), WEIR_OK);
        weir_summary_free(view);
        if (disturbed)
            check_same(&recent, &bytes);
        else
            recent = bytes;
    }
}

/* --- threads */

enum { ROUNDS = 25 };

static void *learn_some(void *context)
{
    int *failed = context;

    for (uint64_t i = 0; i < ROUNDS; i++)
        *failed += rig_learn(&r, i % 2 ? "p" : "window", 20, i) != WEIR_OK;
    return NULL;
}

static void *merge_some(void *context)
{
    int *failed = context;

    for (int i = 0; i < ROUNDS; i++) {
        *failed += weir_project_merge(r.engine, "c", "p", "q", NULL) != WEIR_OK;
        /* The other way round at the same time: neither may wait for the other for ever. */
        *failed += weir_project_merge(r.engine, "c", "sink", "p", NULL) != WEIR_OK;
    }
    return NULL;
}

static void *look_around(void *context)
{
    int *failed = context;

    for (int i = 0; i < ROUNDS; i++) {
        weir_bytes bytes = {0};

        *failed += weir_project_export(r.engine, "c", "window", NULL, &bytes, NULL) != WEIR_OK;
        *failed += weir_project_save(r.engine, "c", i % 2 ? "p" : "window", NULL) != WEIR_OK;
        *failed +=
            weir_project_unload(r.engine, "c", i % 3 ? "window" : "p", false, NULL) != WEIR_OK;
        weir_bytes_free(&bytes);
    }
    return NULL;
}

static void threads_merge_learn_and_look(void **state)
{
    static void *(*const works[])(void *) = {learn_some, learn_some, merge_some, merge_some,
                                             look_around};
    enum { WORKS = sizeof works / sizeof works[0] };
    pthread_t threads[WORKS];
    int failed[WORKS] = {0};
    weir_bytes before, after;

    (void)state;
    assert_int_equal(rig_create(&r, "p", true, true), WEIR_OK);
    assert_int_equal(rig_create(&r, "q", true, true), WEIR_OK);
    assert_int_equal(rig_create(&r, "sink", true, true), WEIR_OK);
    create_with("window", NULL, "sml_project_rolling_window_size", "33");
    assert_int_equal(rig_learn(&r, "q", 10, 1), WEIR_OK);
    for (int i = 0; i < WORKS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, works[i], &failed[i]), 0);
    for (int i = 0; i < WORKS; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(failed[i], 0);
    }
    assert_true(rig_rows(&r, "p") == 2 * (ROUNDS / 2) * 20 + 2 * ROUNDS * 10);
    assert_true(rig_rows(&r, "window") == 33);
    before = exported("window");
    rig_reopen(&r);
    after = exported("window");
    check_same(&before, &after);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_merge_is_replayed_to_the_same_bytes, begin, end),
        cmocka_unit_test_setup_teardown(what_cannot_be_merged_leaves_no_entry, begin, end),
        cmocka_unit_test_setup_teardown(an_import_is_stored_whole, begin, end),
        cmocka_unit_test_setup_teardown(projects_with_rules_are_replayed_to_the_same_bytes, begin,
                                        end),
        cmocka_unit_test_setup_teardown(threads_merge_learn_and_look, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
