/* project_test.c: the life of a project, on a real store.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "rig.h"
#include "weir/log.h"

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

static void names_and_types_are_checked(void **state)
{
    static const struct {
        const char *pid, *type, *param, *value, *words;
        weir_code want;
    } cases[] = {
        {"p1", NULL, NULL, NULL, "", WEIR_OK},
        {"p1", NULL, NULL, NULL, "Customer [c] already have SYMETRYML with id[p1], ",
         WEIR_CONFLICT},
        {"p.2_-", "cpu", "sml_anything", "kept", "", WEIR_OK},
        {"p3", "gpu", NULL, NULL, "", WEIR_OK},
        {"p4", "mgpud", NULL, NULL, "", WEIR_OK},
        {"p5", "federated", NULL, NULL, "federated is not offered yet", WEIR_INVALID},
        {"p5", "sequence", NULL, NULL, "needs sml_project_order", WEIR_INVALID},
        {"p5", "sequence", "sml_project_order", "17", "sml_project_order is 17", WEIR_INVALID},
        {"p5", NULL, "sml_project_order", "1", "belongs to a project of type sequence",
         WEIR_INVALID},
        {"p5", "partition", NULL, NULL, "needs partitionSplit", WEIR_INVALID},
        {"p5", NULL, "partitionSplit", "site", "belongs to a project of type partition",
         WEIR_INVALID},
        {"p5", "quantum", NULL, NULL, "\"quantum\" is not known", WEIR_INVALID},
        {"", NULL, NULL, NULL, "project name", WEIR_INVALID},
        {"a/b", NULL, NULL, NULL, "project name \"a/b\"", WEIR_INVALID},
        {"a b", NULL, NULL, NULL, "project name", WEIR_INVALID},
        {"a:b", NULL, NULL, NULL, "project name", WEIR_INVALID},
        {"p5", NULL, "sml_project_autosave", "maybe", "sml_project_autosave is maybe",
         WEIR_INVALID},
        {"p5", NULL, "sml_project_precision", "half", "sml_project_precision is half",
         WEIR_INVALID},
        {"p5", NULL, "sml_project_rolling_window_size", "-5", "window_size is -5", WEIR_INVALID},
        {"p5", NULL, "sml_project_rolling_window_size", "ten", "window_size is ten", WEIR_INVALID},
        {"p5", NULL, "sml_project_rolling_window_use_embedded", "true",
         "sml_project_rolling_window_size is not given", WEIR_INVALID},
        {"p5", NULL, "decay_halflife_rows", "0", "decay_halflife_rows is 0", WEIR_INVALID},
        {"p5", NULL, "decay_halflife_ms", "nan", "decay_halflife_ms is nan", WEIR_INVALID},
        {"p7", NULL, "decay_halflife_ms", "", "", WEIR_OK},
        {"p5", NULL, "sml_project_predicate_row_filter", "a>", "sml_project_predicate_row_filter",
         WEIR_INVALID},
        {"p5", NULL, "sml_project_power_column", "a", "not offered yet", WEIR_INVALID},
        {"p6", NULL, "sml_project_predicate_row_filter", "", "", WEIR_OK},
    };
    char longest[130];
    weir_project_options options = {.persist = true};
    weir_error err;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        weir_setting param = {cases[i].param, cases[i].value};
        weir_code code;

        options = (weir_project_options){.type = cases[i].type,
                                         .persist = true,
                                         .params = &param,
                                         .param_count = cases[i].param != NULL};
        err.message[0] = '\0';
        code = weir_project_create(r.engine, "c", cases[i].pid, &options, &err);
        if (code != cases[i].want || !strstr(err.message, cases[i].words))
            fail_msg("row %zu: code %d, %s", i, (int)code, err.message);
    }
    memset(longest, 'x', 129);
    longest[129] = '\0';
    options = (weir_project_options){.persist = true};
    assert_int_equal(weir_project_create(r.engine, "c", longest, &options, &err), WEIR_INVALID);
    longest[128] = '\0';
    assert_int_equal(weir_project_create(r.engine, "c", longest, &options, &err), WEIR_OK);
    /* Names of another customer are other projects. */
    assert_int_equal(weir_project_create(r.engine, "d", "p1", &options, &err), WEIR_OK);
}

static void parameters_are_kept_and_shown(void **state)
{
    weir_setting params[] = {{"sml_project_autosave", "false"}, {"sml_x", "y"}};
    weir_project_options options = {
        .persist = true, .histograms = true, .params = params, .param_count = 2};
    weir_project_info info;

    (void)state;
    assert_int_equal(weir_project_create(r.engine, "c", "p", &options, NULL), WEIR_OK);
    for (int round = 0; round < 2; round++) {
        assert_int_equal(weir_project_info_get(r.engine, "c", "p", &info, NULL), WEIR_OK);
        assert_string_equal(info.pid, "p");
        assert_string_equal(info.type, "cpu");
        assert_true(info.persisted);
        assert_true(info.histograms);
        assert_false(info.autosave);
        assert_false(info.frozen);
        assert_true(info.created_ms > 0);
        assert_int_equal(info.param_count, 2);
        assert_string_equal(info.param_names[1], "sml_x");
        assert_string_equal(info.param_values[1], "y");
        assert_int_equal(info.sequence, 0);
        weir_project_info_free(&info);
        rig_reopen(&r);
    }
}

static void an_unknown_project_is_named(void **state)
{
    weir_error err;
    weir_project_info info;
    weir_frame frame = rig_frame(1, 1);
    weir_learned learned;

    (void)state;
    assert_int_equal(weir_project_info_get(r.engine, "c", "nix", &info, &err), WEIR_NOT_FOUND);
    assert_string_equal(err.message, "Cannot Find SYMETRYML id[nix] for Customer id [c]");
    assert_int_equal(weir_learn(r.engine, "c", "nix", 1, &frame, &learned, &err), WEIR_NOT_FOUND);
    assert_null(frame.batch);
    assert_int_equal(weir_project_delete(r.engine, "c", "nix", &err), WEIR_NOT_FOUND);
    assert_string_equal(err.message, "Customer[c] does not have Project with id[nix], ");
    assert_int_equal(weir_project_rename(r.engine, "c", "nix", "new", &err), WEIR_NOT_FOUND);
    assert_int_equal(weir_project_freeze(r.engine, "c", "nix", true, &err), WEIR_NOT_FOUND);
    assert_int_equal(weir_project_save(r.engine, "c", "nix", &err), WEIR_NOT_FOUND);
}

static void frozen_is_frozen(void **state)
{
    weir_frame frame = rig_frame(5, 1);
    weir_learned learned;
    weir_error err;

    (void)state;
    assert_int_equal(rig_create(&r, "p", true, false), WEIR_OK);
    assert_int_equal(rig_learn(&r, "p", 10, 1), WEIR_OK);
    assert_int_equal(weir_project_freeze(r.engine, "c", "p", true, NULL), WEIR_OK);
    assert_int_equal(rig_learn(&r, "p", 10, 2), WEIR_FROZEN);
    assert_int_equal(weir_learn(r.engine, "c", "p", -1, &frame, &learned, &err), WEIR_FROZEN);
    rig_reopen(&r);
    assert_int_equal(rig_learn(&r, "p", 10, 2), WEIR_FROZEN);
    assert_true(rig_rows(&r, "p") == 10);
    assert_int_equal(weir_project_freeze(r.engine, "c", "p", false, NULL), WEIR_OK);
    assert_int_equal(weir_project_freeze(r.engine, "c", "p", false, NULL), WEIR_OK);
    assert_int_equal(rig_learn(&r, "p", 10, 2), WEIR_OK);
    assert_true(rig_rows(&r, "p") == 20);
}

/* What was called p stays gone, in memory and after a start, whatever is called p later. */
static void a_deleted_project_stays_gone(void **state)
{
    (void)state;
    for (int round = 0; round < 4; round++) {
        assert_int_equal(rig_create(&r, "p", true, true), WEIR_OK);
        assert_true(rig_rows(&r, "p") == 0);
        assert_int_equal(rig_learn(&r, "p", 50, 1), WEIR_OK);
        if (round % 2)
            assert_int_equal(weir_project_save(r.engine, "c", "p", NULL), WEIR_OK);
        if (round / 2)
            rig_reopen(&r);
        assert_true(rig_rows(&r, "p") == 50);
        assert_int_equal(weir_project_delete(r.engine, "c", "p", NULL), WEIR_OK);
        assert_int_equal(rig_count(&r), 0);
        if (round / 2)
            rig_reopen(&r);
        assert_int_equal(rig_count(&r), 0);
    }
    assert_int_equal(rig_create(&r, "p", true, false), WEIR_OK);
    rig_reopen(&r);
    assert_true(rig_rows(&r, "p") == 0);
}

static void renaming_moves_everything(void **state)
{
    weir_frame frame = rig_frame(10, 1);
    weir_learned learned;
    int64_t at = -1;
    uint64_t epoch = 9;
    weir_error err;
    weir_bytes before, after;

    (void)state;
    assert_int_equal(rig_create(&r, "old", true, true), WEIR_OK);
    assert_int_equal(rig_create(&r, "taken", true, false), WEIR_OK);
    rig_source(&frame, "s", 0, 100, 110);
    assert_int_equal(weir_learn(r.engine, "c", "old", 1, &frame, &learned, NULL), WEIR_OK);
    before = rig_bytes(&r, "old");
    assert_int_equal(weir_project_rename(r.engine, "c", "old", "taken", &err), WEIR_CONFLICT);
    assert_int_equal(weir_project_rename(r.engine, "c", "old", "a/b", &err), WEIR_INVALID);
    assert_int_equal(weir_project_rename(r.engine, "c", "old", "new", &err), WEIR_OK);
    for (int round = 0; round < 2; round++) {
        assert_int_equal(rig_count(&r), 2);
        after = rig_bytes(&r, "new");
        assert_int_equal(after.size, before.size);
        assert_memory_equal(after.data, before.data, before.size);
        weir_bytes_free(&after);
        assert_int_equal(weir_position(r.engine, "c", "new", "s", "t", 0, &at, &epoch, NULL),
                         WEIR_OK);
        assert_int_equal(at, 110);
        assert_int_equal(weir_position(r.engine, "c", "old", "s", "t", 0, &at, &epoch, NULL),
                         WEIR_NOT_FOUND);
        rig_reopen(&r);
    }
    weir_bytes_free(&before);
    assert_int_equal(rig_create(&r, "old", true, false), WEIR_OK);
    assert_true(rig_rows(&r, "old") == 0);
}

/* A head that cannot be read costs its project, which stays in the store; the others are served. */
static void a_damaged_project_is_left_out(void **state)
{
    weir_error err;

    (void)state;
    weir_log_threshold(WEIR_LOG_ERROR);
    assert_int_equal(rig_create(&r, "p", true, false), WEIR_OK);
    assert_int_equal(rig_create(&r, "q", true, false), WEIR_OK);
    assert_int_equal(rig_learn(&r, "q", 10, 1), WEIR_OK);
    assert_int_equal(r.store->begin(r.store, true, &err), WEIR_OK);
    assert_int_equal(r.store->project_change(r.store, 1, "p", "junk", 4, &err), WEIR_OK);
    assert_int_equal(r.store->commit(r.store, &err), WEIR_OK);
    rig_reopen(&r);
    assert_int_equal(rig_count(&r), 1);
    assert_true(rig_rows(&r, "q") == 10);
    assert_int_equal(rig_create(&r, "p", true, false), WEIR_CONFLICT);
    assert_int_equal(rig_count(&r), 1);
}

static void unloading_keeps_what_is_persisted(void **state)
{
    weir_error err;
    weir_bytes before, after;

    (void)state;
    assert_int_equal(rig_create(&r, "kept", true, true), WEIR_OK);
    assert_int_equal(rig_create(&r, "lost", false, true), WEIR_OK);
    assert_int_equal(rig_learn(&r, "kept", 100, 1), WEIR_OK);
    assert_int_equal(rig_learn(&r, "lost", 100, 1), WEIR_OK);
    before = rig_bytes(&r, "kept");
    assert_int_equal(weir_project_unload(r.engine, "c", "kept", false, &err), WEIR_OK);
    assert_int_equal(weir_project_unload(r.engine, "c", "kept", false, &err), WEIR_OK);
    assert_true(rig_figure(&r, "weir_projects_loaded") == 1);
    after = rig_bytes(&r, "kept");
    assert_int_equal(before.size, after.size);
    assert_memory_equal(before.data, after.data, after.size);
    weir_bytes_free(&before);
    weir_bytes_free(&after);
    assert_int_equal(weir_project_unload(r.engine, "c", "lost", false, &err), WEIR_CONFLICT);
    assert_true(rig_rows(&r, "lost") == 100);
    assert_int_equal(weir_project_save(r.engine, "c", "lost", &err), WEIR_CONFLICT);
    assert_int_equal(weir_project_unload(r.engine, "c", "lost", true, &err), WEIR_OK);
    assert_int_equal(rig_count(&r), 1);
}

static void without_persist_nothing_is_kept(void **state)
{
    weir_frame frame = rig_frame(10, 1), same = rig_frame(10, 1);
    weir_learned learned;

    (void)state;
    assert_int_equal(rig_create(&r, "p", false, false), WEIR_OK);
    rig_source(&frame, "s", 0, 0, 10);
    rig_source(&same, "s", 0, 0, 10);
    assert_int_equal(weir_learn(r.engine, "c", "p", 1, &frame, &learned, NULL), WEIR_OK);
    assert_int_equal(learned.position, -1);
    assert_int_equal(weir_learn(r.engine, "c", "p", 1, &same, &learned, NULL), WEIR_OK);
    assert_false(learned.repeat);
    assert_true(rig_rows(&r, "p") == 20);
    assert_true(rig_figure(&r, "weir_commits_total") == 0);
    rig_reopen(&r);
    assert_int_equal(rig_count(&r), 0);
}

static void a_customer_has_so_many_projects(void **state)
{
    weir_error err;

    (void)state;
    rig_close(&r);
    r.engine_options.max_projects = 3;
    rig_open(&r);
    assert_int_equal(rig_create(&r, "a", true, false), WEIR_OK);
    assert_int_equal(rig_create(&r, "b", false, false), WEIR_OK);
    assert_int_equal(rig_create(&r, "d", true, false), WEIR_OK);
    assert_int_equal(weir_project_create(r.engine, "c", "e", &(weir_project_options){0}, &err),
                     WEIR_TOO_LARGE);
    assert_non_null(strstr(err.message, "3 projects"));
    assert_int_equal(weir_project_delete(r.engine, "c", "b", NULL), WEIR_OK);
    assert_int_equal(rig_create(&r, "e", true, false), WEIR_OK);
}

static void histograms_turn_on_and_off(void **state)
{
    weir_project_info info;
    weir_bytes before, after;

    (void)state;
    assert_int_equal(rig_create(&r, "p", true, false), WEIR_OK);
    assert_int_equal(rig_learn(&r, "p", 20, 1), WEIR_OK);
    assert_int_equal(weir_project_histograms(r.engine, "c", "p", true, NULL), WEIR_OK);
    assert_int_equal(weir_project_histograms(r.engine, "c", "p", true, NULL), WEIR_OK);
    assert_int_equal(rig_learn(&r, "p", 20, 2), WEIR_OK);
    before = rig_bytes(&r, "p");
    rig_reopen(&r);
    assert_int_equal(weir_project_info_get(r.engine, "c", "p", &info, NULL), WEIR_OK);
    assert_true(info.histograms);
    assert_int_equal(info.sequence, 3); /* the second switch had nothing to do */
    weir_project_info_free(&info);
    after = rig_bytes(&r, "p");
    assert_int_equal(before.size, after.size);
    assert_memory_equal(before.data, after.data, after.size);
    weir_bytes_free(&before);
    weir_bytes_free(&after);
}

static void selects_by_name_and_number(void **state)
{
    static const char *const names[] = {"b", "k"}, *const unknown[] = {"nix"};
    const size_t ids[] = {1, 0}, beyond[] = {99};
    weir_summary *chosen = NULL;
    weir_error err;

    (void)state;
    assert_int_equal(rig_create(&r, "p", true, false), WEIR_OK);
    assert_int_equal(rig_learn(&r, "p", 40, 1), WEIR_OK);
    assert_int_equal(weir_project_select(r.engine, "c", "p", names, 2, &chosen, &err), WEIR_OK);
    assert_int_equal(weir_schema_size(weir_summary_schema(chosen)), 4); /* b and k's three values */
    weir_summary_free(chosen);
    assert_int_equal(weir_project_select_ids(r.engine, "c", "p", ids, 2, &chosen, &err), WEIR_OK);
    assert_string_equal(weir_schema_at(weir_summary_schema(chosen), 0)->name, "b");
    weir_summary_free(chosen);
    assert_int_equal(weir_project_select(r.engine, "c", "p", unknown, 1, &chosen, &err),
                     WEIR_INVALID);
    assert_non_null(strstr(err.message, "\"nix\""));
    assert_int_equal(weir_project_select_ids(r.engine, "c", "p", beyond, 1, &chosen, &err),
                     WEIR_INVALID);
    assert_non_null(strstr(err.message, "attribute 99"));
}

static void two_sources_of_a_topic_give_a_warning(void **state)
{
    weir_frame first = rig_frame(3, 1), second = rig_frame(3, 1);
    weir_learned learned;
    weir_project_info info;

    (void)state;
    assert_int_equal(rig_create(&r, "p", true, false), WEIR_OK);
    rig_source(&first, "one", 0, 0, 3);
    rig_source(&second, "two", 1, 0, 3);
    assert_int_equal(weir_learn(r.engine, "c", "p", 1, &first, &learned, NULL), WEIR_OK);
    assert_int_equal(weir_project_info_get(r.engine, "c", "p", &info, NULL), WEIR_OK);
    assert_int_equal(info.warning_count, 0);
    weir_project_info_free(&info);
    assert_int_equal(weir_learn(r.engine, "c", "p", 1, &second, &learned, NULL), WEIR_OK);
    assert_int_equal(weir_project_info_get(r.engine, "c", "p", &info, NULL), WEIR_OK);
    assert_int_equal(info.warning_count, 1);
    assert_non_null(strstr(info.warnings[0], "(one, two)"));
    weir_project_info_free(&info);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(names_and_types_are_checked, begin, end),
        cmocka_unit_test_setup_teardown(parameters_are_kept_and_shown, begin, end),
        cmocka_unit_test_setup_teardown(an_unknown_project_is_named, begin, end),
        cmocka_unit_test_setup_teardown(frozen_is_frozen, begin, end),
        cmocka_unit_test_setup_teardown(a_deleted_project_stays_gone, begin, end),
        cmocka_unit_test_setup_teardown(renaming_moves_everything, begin, end),
        cmocka_unit_test_setup_teardown(a_damaged_project_is_left_out, begin, end),
        cmocka_unit_test_setup_teardown(unloading_keeps_what_is_persisted, begin, end),
        cmocka_unit_test_setup_teardown(without_persist_nothing_is_kept, begin, end),
        cmocka_unit_test_setup_teardown(a_customer_has_so_many_projects, begin, end),
        cmocka_unit_test_setup_teardown(histograms_turn_on_and_off, begin, end),
        cmocka_unit_test_setup_teardown(selects_by_name_and_number, begin, end),
        cmocka_unit_test_setup_teardown(two_sources_of_a_topic_give_a_warning, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
