/* source_test.c: data sources and the notes of projects, on a real store.
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
#include "weir/sources.h"
#include "weir/updates.h"

static rig r;

static int begin(void **state)
{
    (void)state;
    watch_begin();
    rig_new(&r);
    r.store_options.vfs = WATCH_VFS;
    rig_open(&r);
    assert_int_equal(rig_create(&r, "p", true, false), WEIR_OK);
    return 0;
}

static int end(void **state)
{
    (void)state;
    rig_end(&r);
    watch_end();
    return 0;
}

static weir_code put(const char *name, const char *path, bool replace, weir_error *err)
{
    char *keys[] = {"path", "password"}, *values[] = {(char *)path, "hunter2"};
    weir_data_source source = {"localfile", (char *)name, keys, values, 2};

    return weir_source_put(r.engine, "c", &source, replace, err);
}

/* The path of a source, or "" when there is none. */
static const char *path_of(weir_engine *engine, const char *name)
{
    static char path[100];
    weir_data_source source = {0};

    path[0] = '\0';
    if (!weir_source_get(engine, "c", name, &source, NULL)) {
        snprintf(path, sizeof path, "%s", weir_data_source_get(&source, "path"));
        assert_string_equal(source.type, "localfile");
        assert_string_equal(source.name, name);
        assert_string_equal(weir_data_source_get(&source, "password"), "hunter2");
        assert_null(weir_data_source_get(&source, "port"));
    }
    weir_data_source_free(&source);
    return path;
}

/* What a project has attached, joined by blanks. */
static const char *attached(weir_engine *engine, const char *pid)
{
    static char text[200];
    char **names = NULL;
    size_t count = 0, used = 0;

    text[0] = '\0';
    assert_int_equal(weir_source_attached(engine, "c", pid, &names, &count, NULL), WEIR_OK);
    for (size_t i = 0; i < count; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, "%s ", names[i]);
    weir_list_free(names, count);
    return text;
}

static void descriptions_are_kept(void **state)
{
    char **entries = NULL;
    size_t count = 0;
    weir_error err = {0};

    (void)state;
    assert_int_equal(put("b", "rows.csv", false, NULL), WEIR_OK);
    assert_int_equal(put("a", "more.csv", false, NULL), WEIR_OK);
    assert_int_equal(put("a", "x", false, &err), WEIR_CONFLICT);
    assert_int_equal(put("z", "x", true, &err), WEIR_NOT_FOUND);
    assert_int_equal(put("a", "other.csv", true, NULL), WEIR_OK);
    assert_int_equal(put("a b", "x", false, &err), WEIR_INVALID);
    assert_int_equal(put("", "x", false, &err), WEIR_INVALID);
    rig_reopen(&r);
    assert_string_equal(path_of(r.engine, "a"), "other.csv");
    assert_string_equal(path_of(r.engine, "b"), "rows.csv");
    assert_int_equal(weir_source_list(r.engine, "c", &entries, &count, NULL), WEIR_OK);
    assert_int_equal(count, 2);
    assert_string_equal(entries[0], "a:localfile");
    assert_string_equal(entries[1], "b:localfile");
    weir_list_free(entries, count);
    assert_int_equal(weir_source_list(r.engine, "d", &entries, &count, NULL), WEIR_OK);
    assert_int_equal(count, 0);
    weir_list_free(entries, count);
}

static weir_code see_sealed(void *context, const weir_store_document *row, weir_error *err)
{
    (void)err;
    *(bool *)context = memmem(row->bytes, row->size, "hunter2", 7) == NULL;
    return WEIR_OK;
}

/* The bytes of one source do not open under the name of another. */
static weir_code see_and_rename(void *context, const weir_store_document *row, weir_error *err)
{
    weir_bytes *copy = context;

    weir_bytes_append(copy, row->bytes, row->size);
    return weir_bytes_ok(copy, err);
}

static void descriptions_are_sealed(void **state)
{
    weir_data_source source = {0};
    weir_bytes copy = {0};
    bool sealed = false;
    char **entries = NULL;
    size_t count = 0;
    weir_error err = {0};

    (void)state;
    assert_int_equal(put("a", "rows.csv", false, NULL), WEIR_OK);
    assert_int_equal(r.store->documents(r.store, "c", "ds", see_sealed, &sealed, NULL), WEIR_OK);
    assert_true(sealed);
    assert_int_equal(r.store->documents(r.store, "c", "ds", see_and_rename, &copy, NULL), WEIR_OK);
    assert_int_equal(r.store->begin(r.store, true, &err), WEIR_OK);
    assert_int_equal(
        r.store->document_put(
            r.store, &(weir_store_document){"c", "ds", "stolen", copy.data, copy.size}, &err),
        WEIR_OK);
    assert_int_equal(r.store->commit(r.store, &err), WEIR_OK);
    assert_int_equal(weir_source_get(r.engine, "c", "stolen", &source, &err), WEIR_CORRUPT);
    assert_string_equal(path_of(r.engine, "a"), "rows.csv");
    /* It is listed, so that it can be removed. */
    assert_int_equal(weir_source_list(r.engine, "c", &entries, &count, NULL), WEIR_OK);
    assert_int_equal(count, 2);
    assert_string_equal(entries[0], "a:localfile");
    assert_string_equal(entries[1], "stolen:unreadable");
    weir_list_free(entries, count);
    assert_int_equal(weir_source_remove(r.engine, "c", "stolen", NULL), WEIR_OK);
    weir_bytes_free(&copy);
}

static void attaching(void **state)
{
    weir_error err = {0};

    (void)state;
    assert_int_equal(rig_create(&r, "memory", false, false), WEIR_OK);
    assert_int_equal(put("a", "x", false, NULL), WEIR_OK);
    assert_int_equal(put("b", "x", false, NULL), WEIR_OK);
    assert_int_equal(weir_source_attach(r.engine, "c", "p", "nobody", &err), WEIR_NOT_FOUND);
    assert_int_equal(weir_source_attach(r.engine, "c", "nobody", "a", &err), WEIR_NOT_FOUND);
    for (int again = 0; again < 2; again++) {
        assert_int_equal(weir_source_attach(r.engine, "c", "p", "b", NULL), WEIR_OK);
        assert_int_equal(weir_source_attach(r.engine, "c", "p", "a", NULL), WEIR_OK);
    }
    assert_int_equal(weir_source_attach(r.engine, "c", "memory", "b", NULL), WEIR_OK);
    assert_string_equal(attached(r.engine, "p"), "b a ");
    assert_int_equal(weir_source_remove(r.engine, "c", "b", &err), WEIR_CONFLICT);
    assert_int_equal(weir_project_rename(r.engine, "c", "p", "q", NULL), WEIR_OK);
    rig_reopen(&r); /* the project in memory is gone, and what it had attached is free */
    assert_string_equal(attached(r.engine, "q"), "b a ");
    assert_int_equal(weir_source_detach(r.engine, "c", "q", "b", NULL), WEIR_OK);
    assert_int_equal(weir_source_detach(r.engine, "c", "q", "b", NULL), WEIR_OK);
    assert_int_equal(weir_source_remove(r.engine, "c", "b", &err), WEIR_OK);
    assert_int_equal(weir_source_remove(r.engine, "c", "a", &err), WEIR_CONFLICT);
    assert_int_equal(weir_project_delete(r.engine, "c", "q", NULL), WEIR_OK);
    assert_int_equal(weir_source_remove(r.engine, "c", "a", NULL), WEIR_OK);
}

static weir_code see_any(void *context, const weir_store_document *row, weir_error *err)
{
    (void)row;
    (void)err;
    *(bool *)context = true;
    return WEIR_OK;
}

static void a_deleted_project_leaves_no_notes(void **state)
{
    bool there = false;

    (void)state;
    assert_int_equal(put("a", "x", false, NULL), WEIR_OK);
    assert_int_equal(weir_source_attach(r.engine, "c", "p", "a", NULL), WEIR_OK);
    assert_int_equal(weir_project_delete(r.engine, "c", "p", NULL), WEIR_OK);
    assert_int_equal(rig_create(&r, "p", true, false), WEIR_OK);
    assert_string_equal(attached(r.engine, "p"), "");
    rig_close(&r);
    rig_open(&r);
    assert_int_equal(r.store->documents(r.store, NULL, "project.notes", see_any, &there, NULL),
                     WEIR_OK);
    assert_false(there);
}

static weir_code (*real_begin)(weir_store *, bool, weir_error *);
static bool attach_first;

/* Attaches just before the first transaction that is not outright, which is the one that keeps notes. */
static weir_code begin_late(weir_store *store, bool durable, weir_error *err)
{
    if (!durable && attach_first) {
        attach_first = false;
        assert_int_equal(weir_source_attach(r.engine, "c", "p", "a", NULL), WEIR_OK);
    }
    return real_begin(store, durable, err);
}

/* Notes that are kept now and then never put back what an attach has written meanwhile. */
static void keeping_notes_loses_no_attach(void **state)
{
    (void)state;
    assert_int_equal(put("a", "x", false, NULL), WEIR_OK);
    weir_update_note(r.engine, "c", "p", &(weir_update){"me", "learn", "x", "C", 200, 1, 1});
    real_begin = r.store->begin;
    attach_first = true;
    r.store->begin = begin_late;
    rig_reopen(&r); /* closing keeps them */
    assert_false(attach_first);
    assert_string_equal(attached(r.engine, "p"), "a ");
}

/* Whichever write fails: what was refused is as before, now and after a start, and what was answered is there. */
static void faults_half_apply_nothing(void **state)
{
    bool came = true;

    (void)state;
    weir_log_threshold(WEIR_LOG_ERROR);
    assert_int_equal(put("a", "old", false, NULL), WEIR_OK);
    for (uint64_t n = 1; came; n++) {
        weir_code attach, change;

        weir_source_detach(r.engine, "c", "p", "a", NULL);
        assert_int_equal(put("a", "old", true, NULL), WEIR_OK);
        watch_fail(n, SQLITE_FULL, false);
        attach = weir_source_attach(r.engine, "c", "p", "a", NULL);
        change = put("a", "new", true, NULL);
        came = watch_heal();
        for (int start = 0; start < 2; start++) {
            assert_string_equal(attached(r.engine, "p"), attach ? "" : "a ");
            assert_string_equal(path_of(r.engine, "a"), change ? "old" : "new");
            if (!start)
                rig_reopen(&r);
        }
        assert_true(came || n > 2);
    }
}

static void an_answer_survives_a_power_cut(void **state)
{
    rig left;

    (void)state;
    assert_int_equal(put("a", "rows.csv", false, NULL), WEIR_OK);
    assert_int_equal(weir_source_attach(r.engine, "c", "p", "a", NULL), WEIR_OK);
    rig_new(&left);
    watch_power_cut(r.directory, left.directory);
    rig_open(&left);
    assert_string_equal(path_of(left.engine, "a"), "rows.csv");
    assert_string_equal(attached(left.engine, "p"), "a ");
    rig_end(&left);
}

/* --- the log of updates */

typedef struct {
    size_t groups, others;
    uint64_t count, rows;
} totals;

static weir_code see_sum(void *context, const weir_update_sum *sum, weir_error *err)
{
    totals *all = context;

    (void)err;
    all->groups++;
    all->others += !strcmp(sum->update.client, "(other)");
    all->count += sum->count;
    all->rows += sum->update.rows;
    assert_true(strlen(sum->update.names) <= 8192);
    return WEIR_OK;
}

static totals sums(void)
{
    totals all = {0};

    assert_int_equal(weir_updates(r.engine, "c", "p", see_sum, &all, NULL), WEIR_OK);
    return all;
}

static void counts_are_bounded_and_kept(void **state)
{
    static char names[20000];
    totals all;

    (void)state;
    memset(names, 'n', sizeof names - 1);
    for (size_t i = 0; i < 3000; i++) {
        char client[24];
        weir_update update = {.client = client,
                              .request = i % 2 ? "learn" : "forget",
                              .names = i % 3 ? "a,b" : names,
                              .types = "C,C",
                              .response = 200,
                              .rows = 2,
                              .took_us = 5};

        snprintf(client, sizeof client, "client%zu", i % 1500);
        weir_update_note(r.engine, "c", "p", &update);
    }
    for (int start = 0; start < 2; start++) {
        all = sums();
        assert_int_equal(all.count, 3000);
        assert_int_equal(all.rows, 6000);
        assert_int_equal(all.groups, 258);
        assert_int_equal(all.others, 2);
        rig_reopen(&r);
    }
    weir_update_note(r.engine, "c", "nobody", &(weir_update){"", "", "", "", 200, 1, 1});
}

static weir_code see_call(void *context, const weir_source_update *update, weir_error *err)
{
    totals *all = context;

    (void)err;
    if (!all->groups++)
        assert_int_equal(update->rows, 200); /* the first 200 went */
    all->rows += update->rows;
    assert_string_equal(update->source, "s");
    assert_string_equal(update->address, "127.0.0.1");
    return WEIR_OK;
}

static void the_list_keeps_the_newest(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 700; i++)
        weir_source_update_note(
            r.engine, "c", "p",
            &(weir_source_update){"me", "127.0.0.1", "learn", "s", 1, 2, i, 200});
    for (int start = 0; start < 2; start++) {
        totals all = {0};

        assert_int_equal(weir_source_updates(r.engine, "c", "p", see_call, &all, NULL), WEIR_OK);
        assert_int_equal(all.groups, 500);
        rig_reopen(&r);
    }
}

/* Damaged notes cost the notes, and nothing else. */
static void damaged_notes_are_given_up(void **state)
{
    weir_error err = {0};

    (void)state;
    weir_log_threshold(WEIR_LOG_ERROR);
    assert_int_equal(rig_learn(&r, "p", 10, 1), WEIR_OK);
    assert_int_equal(r.store->begin(r.store, true, &err), WEIR_OK);
    assert_int_equal(
        r.store->document_put(r.store, &(weir_store_document){"c", "project.notes", "1", "junk", 4},
                              &err),
        WEIR_OK);
    assert_int_equal(r.store->commit(r.store, &err), WEIR_OK);
    rig_reopen(&r);
    assert_string_equal(attached(r.engine, "p"), "");
    assert_true(rig_rows(&r, "p") == 10);
    assert_int_equal(put("a", "x", false, NULL), WEIR_OK);
    assert_int_equal(weir_source_attach(r.engine, "c", "p", "a", NULL), WEIR_OK);
    rig_reopen(&r);
    assert_string_equal(attached(r.engine, "p"), "a ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(descriptions_are_kept, begin, end),
        cmocka_unit_test_setup_teardown(descriptions_are_sealed, begin, end),
        cmocka_unit_test_setup_teardown(attaching, begin, end),
        cmocka_unit_test_setup_teardown(a_deleted_project_leaves_no_notes, begin, end),
        cmocka_unit_test_setup_teardown(keeping_notes_loses_no_attach, begin, end),
        cmocka_unit_test_setup_teardown(faults_half_apply_nothing, begin, end),
        cmocka_unit_test_setup_teardown(an_answer_survives_a_power_cut, begin, end),
        cmocka_unit_test_setup_teardown(counts_are_bounded_and_kept, begin, end),
        cmocka_unit_test_setup_teardown(the_list_keeps_the_newest, begin, end),
        cmocka_unit_test_setup_teardown(damaged_notes_are_given_up, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
