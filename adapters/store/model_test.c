/* model_test.c: model versions in a project: stored, replaced whole, built again as rows come.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "rig.h"
#include "weir/log.h"

static rig r;

static int begin(void **state)
{
    (void)state;
    rig_new(&r);
    atomic_store(&r.now_ms, 1000000);
    rig_open(&r);
    assert_int_equal(rig_create(&r, "p", true, true), WEIR_OK);
    assert_int_equal(rig_learn(&r, "p", 200, 1), WEIR_OK);
    return 0;
}

static int end(void **state)
{
    (void)state;
    rig_end(&r);
    return 0;
}

static weir_code make(const char *pid, const char *model_id, const weir_setting *settings,
                      size_t count, weir_error *err)
{
    weir_build build = {
        .model_id = model_id, .algorithm = "hba", .settings = settings, .setting_count = count};

    return weir_model_make(r.engine, "c", pid, &build, err);
}

/* Version and rows of the model now; version 0 when there is none. */
static uint64_t version_of(const char *pid, const char *model_id, double *rows)
{
    weir_model_ref *ref = NULL;
    weir_error err;
    uint64_t version = 0;

    if (weir_model_get(r.engine, "c", pid, model_id, &ref, &err)) {
        assert_int_equal(err.code, WEIR_NO_MODEL);
        return 0;
    }
    version = weir_model_version(weir_model_of(ref));
    if (rows)
        *rows = weir_model_rows(weir_model_of(ref));
    weir_model_release(ref);
    return version;
}

static void versions_replace_one_another(void **state)
{
    weir_model_ref *old = NULL, *new = NULL;
    weir_project_info info;
    weir_error err;
    weir_bytes bytes = {0}, again = {0};

    (void)state;
    assert_int_equal(make("p", "m", NULL, 0, &err), WEIR_OK);
    assert_int_equal(weir_model_get(r.engine, "c", "p", "m", &old, &err), WEIR_OK);
    assert_int_equal(weir_model_version(weir_model_of(old)), 1);
    assert_true(weir_model_rows(weir_model_of(old)) == 200);
    assert_int_equal(weir_model_facts_of(old).created_ms, 1000000);
    assert_int_equal(weir_model_facts_of(old).built, 1);
    assert_int_equal(rig_learn(&r, "p", 50, 2), WEIR_OK);
    assert_int_equal(make("p", "m", NULL, 0, &err), WEIR_OK);
    assert_int_equal(weir_model_get(r.engine, "c", "p", "m", &new, &err), WEIR_OK);
    assert_int_equal(weir_model_version(weir_model_of(new)), 2);
    assert_true(weir_model_rows(weir_model_of(new)) == 250);
    assert_int_equal(weir_model_facts_of(new).built, 2);
    /* The older one is whole as long as it is held. */
    assert_int_equal(weir_model_version(weir_model_of(old)), 1);
    assert_int_equal(weir_model_save(weir_model_of(new), &bytes, NULL), WEIR_OK);
    weir_model_release(old);
    weir_model_release(new);
    rig_reopen(&r);
    assert_int_equal(weir_model_get(r.engine, "c", "p", "m", &new, &err), WEIR_OK);
    assert_int_equal(weir_model_save(weir_model_of(new), &again, NULL), WEIR_OK);
    assert_int_equal(bytes.size, again.size);
    assert_memory_equal(bytes.data, again.data, bytes.size);
    assert_int_equal(weir_model_facts_of(new).built, 2);
    weir_model_release(new);
    weir_bytes_free(&bytes);
    weir_bytes_free(&again);
    assert_int_equal(make("p", "n", NULL, 0, &err), WEIR_OK);
    assert_int_equal(weir_project_info_get(r.engine, "c", "p", &info, NULL), WEIR_OK);
    assert_int_equal(info.model_count, 2);
    assert_string_equal(info.models[0], "m");
    assert_string_equal(info.model_types[1], "hba");
    weir_project_info_free(&info);
}

static void refused_builds_leave_what_was_there(void **state)
{
    static const char *const nix[] = {"nix"};
    weir_setting bad = {"refresh_rows", "-5"}, worse = {"refresh_ms", "soon"};
    weir_build unknown = {.model_id = "m", .algorithm = "oracle"};
    weir_build input = {.model_id = "m", .algorithm = "hba", .inputs = nix, .input_count = 1};
    weir_error err;

    (void)state;
    assert_int_equal(make("p", "m", NULL, 0, &err), WEIR_OK);
    assert_int_equal(weir_model_make(r.engine, "c", "p", &unknown, &err), WEIR_INVALID);
    assert_non_null(strstr(err.message, "\"oracle\""));
    assert_int_equal(weir_model_make(r.engine, "c", "p", &input, &err), WEIR_INVALID);
    assert_non_null(strstr(err.message, "nix"));
    assert_int_equal(make("p", "m", &bad, 1, &err), WEIR_INVALID);
    assert_non_null(strstr(err.message, "refresh_rows is -5"));
    assert_int_equal(make("p", "m", &worse, 1, &err), WEIR_INVALID);
    assert_int_equal(make("p", "a/b", NULL, 0, &err), WEIR_INVALID);
    assert_int_equal(make("p", "", NULL, 0, &err), WEIR_INVALID);
    assert_int_equal(make("nix", "m", NULL, 0, &err), WEIR_NOT_FOUND);
    assert_int_equal(version_of("p", "m", NULL), 1);
    assert_int_equal(version_of("p", "a/b", NULL), 0);
}

static void a_deleted_model_stays_gone(void **state)
{
    weir_error err;
    weir_model_ref *held = NULL;

    (void)state;
    assert_int_equal(make("p", "m", NULL, 0, &err), WEIR_OK);
    assert_int_equal(make("p", "n", NULL, 0, &err), WEIR_OK);
    assert_int_equal(weir_model_get(r.engine, "c", "p", "m", &held, &err), WEIR_OK);
    assert_int_equal(weir_model_delete(r.engine, "c", "p", "m", &err), WEIR_OK);
    assert_int_equal(weir_model_delete(r.engine, "c", "p", "m", &err), WEIR_NO_MODEL);
    assert_string_equal(err.message, "no such model m");
    assert_int_equal(weir_model_version(weir_model_of(held)), 1);
    weir_model_release(held);
    rig_reopen(&r);
    assert_int_equal(version_of("p", "m", NULL), 0);
    assert_int_equal(version_of("p", "n", NULL), 1);
    /* Nor do a project's models come back with its name. */
    assert_int_equal(weir_project_delete(r.engine, "c", "p", NULL), WEIR_OK);
    assert_int_equal(rig_create(&r, "p", true, true), WEIR_OK);
    assert_int_equal(version_of("p", "n", NULL), 0);
    rig_reopen(&r);
    assert_int_equal(version_of("p", "n", NULL), 0);
}

/* Damaged bytes of one model cost that model, and nothing of the project. */
static void a_damaged_model_is_left_out(void **state)
{
    weir_error err;

    (void)state;
    weir_log_threshold(WEIR_LOG_ERROR);
    assert_int_equal(make("p", "m", NULL, 0, &err), WEIR_OK);
    assert_int_equal(make("p", "sound", NULL, 0, &err), WEIR_OK);
    assert_int_equal(r.store->begin(r.store, true, &err), WEIR_OK);
    assert_int_equal(r.store->model_put(r.store,
                                        &(weir_store_model){.project = 1,
                                                            .model_id = "m",
                                                            .bytes = "junk",
                                                            .size = 4,
                                                            .recipe = "junk",
                                                            .recipe_size = 4},
                                        &err),
                     WEIR_OK);
    assert_int_equal(r.store->commit(r.store, &err), WEIR_OK);
    rig_reopen(&r);
    assert_int_equal(rig_learn(&r, "p", 10, 2), WEIR_OK);
    assert_int_equal(version_of("p", "m", NULL), 0);
    assert_int_equal(version_of("p", "sound", NULL), 1);
    assert_int_equal(make("p", "m", NULL, 0, &err), WEIR_OK);
    rig_reopen(&r);
    assert_int_equal(version_of("p", "m", NULL), 1);
}

static void models_move_and_unload_with_their_project(void **state)
{
    weir_error err;

    (void)state;
    assert_int_equal(make("p", "m", NULL, 0, &err), WEIR_OK);
    assert_int_equal(weir_project_rename(r.engine, "c", "p", "q", &err), WEIR_OK);
    assert_int_equal(version_of("q", "m", NULL), 1);
    assert_int_equal(weir_project_unload(r.engine, "c", "q", false, &err), WEIR_OK);
    assert_int_equal(make("q", "m", NULL, 0, &err), WEIR_OK);
    assert_int_equal(version_of("q", "m", NULL), 2);
}

/* Waits for what the refresher does in its own time; a build that never comes ends in the test's time limit. */
static void wait_version(const char *model_id, uint64_t version)
{
    while (version_of("p", model_id, NULL) < version)
        nanosleep(&(struct timespec){0, 2000000}, NULL);
}

static void rows_bring_the_next_version(void **state)
{
    weir_setting settings[] = {{"refresh_rows", "100"}};
    weir_error err;
    double rows = 0;

    (void)state;
    assert_int_equal(make("p", "m", settings, 1, &err), WEIR_OK);
    assert_int_equal(make("p", "still", NULL, 0, &err), WEIR_OK);
    assert_int_equal(rig_learn(&r, "p", 99, 2), WEIR_OK);
    assert_int_equal(rig_learn(&r, "p", 1, 3), WEIR_OK);
    wait_version("m", 2);
    assert_int_equal(version_of("p", "m", &rows), 2);
    assert_true(rows == 300);
    assert_int_equal(version_of("p", "still", NULL), 1);
    /* The recipe is stored, too. */
    rig_reopen(&r);
    assert_int_equal(version_of("p", "m", NULL), 2);
    assert_int_equal(rig_learn(&r, "p", 100, 4), WEIR_OK);
    wait_version("m", 3);
    assert_int_equal(version_of("p", "m", &rows), 3);
    assert_true(rows == 400);
}

static void time_brings_the_next_version_when_rows_came(void **state)
{
    weir_setting settings[] = {{"refresh_ms", "5000"}};
    weir_error err;
    double rows = 0;

    (void)state;
    assert_int_equal(make("p", "m", settings, 1, &err), WEIR_OK);
    assert_int_equal(rig_learn(&r, "p", 1, 2), WEIR_OK);
    atomic_store(&r.now_ms, 1000000 + 5000);
    wait_version("m", 2);
    assert_int_equal(version_of("p", "m", &rows), 2);
    assert_true(rows == 201);
}

static void without_persist_models_live_in_memory(void **state)
{
    weir_error err;

    (void)state;
    assert_int_equal(rig_create(&r, "q", false, true), WEIR_OK);
    assert_int_equal(rig_learn(&r, "q", 100, 1), WEIR_OK);
    assert_int_equal(make("q", "m", NULL, 0, &err), WEIR_OK);
    assert_int_equal(make("q", "m", NULL, 0, &err), WEIR_OK);
    assert_int_equal(version_of("q", "m", NULL), 2);
    assert_int_equal(weir_model_delete(r.engine, "c", "q", "m", &err), WEIR_OK);
    assert_int_equal(version_of("q", "m", NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(versions_replace_one_another, begin, end),
        cmocka_unit_test_setup_teardown(refused_builds_leave_what_was_there, begin, end),
        cmocka_unit_test_setup_teardown(a_deleted_model_stays_gone, begin, end),
        cmocka_unit_test_setup_teardown(a_damaged_model_is_left_out, begin, end),
        cmocka_unit_test_setup_teardown(models_move_and_unload_with_their_project, begin, end),
        cmocka_unit_test_setup_teardown(rows_bring_the_next_version, begin, end),
        cmocka_unit_test_setup_teardown(time_brings_the_next_version_when_rows_came, begin, end),
        cmocka_unit_test_setup_teardown(without_persist_models_live_in_memory, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
