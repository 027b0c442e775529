/* sqlite_store_test.c: the file, its versions and its lock.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "rig.h"
#include "weir/sqlite_store.h"

static rig r;

static int begin(void **state)
{
    (void)state;
    rig_new(&r);
    return 0;
}

static int end(void **state)
{
    (void)state;
    rig_end(&r);
    return 0;
}

static void sql(const char *text)
{
    char path[128];
    sqlite3 *db = NULL;

    snprintf(path, sizeof path, "%s/weir.db", r.directory);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static weir_code open_message(char message[240])
{
    weir_store *store = NULL;
    weir_error err = {0};
    weir_code code = weir_sqlite_open(r.directory, &store, &err);

    if (store)
        store->close(store);
    memcpy(message, err.message, sizeof err.message);
    return code;
}

static void only_the_owner_can_read_it(void **state)
{
    struct stat seen;
    char path[128];

    (void)state;
    rmdir(r.directory); /* it makes the directory, too */
    rig_open(&r);
    assert_int_equal(rig_create(&r, "p", true, false), WEIR_OK);
    assert_int_equal(stat(r.directory, &seen), 0);
    assert_int_equal(seen.st_mode & 0777, 0700);
    snprintf(path, sizeof path, "%s/weir.db", r.directory);
    assert_int_equal(stat(path, &seen), 0);
    assert_int_equal(seen.st_mode & 0777, 0600);
    snprintf(path, sizeof path, "%s/weir.db-wal", r.directory);
    assert_int_equal(stat(path, &seen), 0);
    assert_int_equal(seen.st_mode & 0777, 0600);
}

static void versions_are_checked(void **state)
{
    char message[240];

    (void)state;
    rig_open(&r);
    rig_close(&r);
    assert_int_equal(open_message(message), WEIR_OK);
    sql("PRAGMA user_version = 1000");
    assert_int_equal(open_message(message), WEIR_CORRUPT);
    assert_non_null(strstr(message, "version 1000"));
    assert_non_null(strstr(message, "a newer weir"));
}

/* A file that stopped at an earlier step goes on from there; at step 0 it is empty. */
static void an_empty_file_is_brought_up(void **state)
{
    char message[240];

    (void)state;
    sql("PRAGMA user_version = 0");
    assert_int_equal(open_message(message), WEIR_OK);
    rig_open(&r);
    assert_int_equal(rig_create(&r, "p", true, false), WEIR_OK);
}

static void foreign_files_are_refused(void **state)
{
    char message[240], path[128];
    FILE *file;

    (void)state;
    sql("CREATE TABLE theirs(x)");
    assert_int_equal(open_message(message), WEIR_CORRUPT);
    assert_non_null(strstr(message, "not one of weir"));
    snprintf(path, sizeof path, "%s/weir.db", r.directory);
    file = fopen(path, "w");
    assert_non_null(file);
    for (int i = 0; i < 4096; i++)
        fputs("junk", file);
    fclose(file);
    assert_int_equal(open_message(message), WEIR_CORRUPT);
}

/* The lock is between processes, so the second one is a child. */
static int open_in_child(bool beside)
{
    pid_t child = fork();
    int status = 0;

    if (!child) {
        weir_store *store = NULL;
        weir_error err = {0};
        weir_code code = beside ? weir_sqlite_open_beside(r.directory, &store, &err)
                                : weir_sqlite_open(r.directory, &store, &err);

        if (code == WEIR_CONFLICT && !strstr(err.message, "in use by another weir server"))
            code = WEIR_INTERNAL;
        _exit((int)code);
    }
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void one_server_a_directory(void **state)
{
    weir_store *store = NULL;
    weir_error err;

    (void)state;
    assert_int_equal(weir_sqlite_open(r.directory, &store, &err), WEIR_OK);
    assert_int_equal(open_in_child(false), WEIR_CONFLICT);
    assert_int_equal(open_in_child(true), WEIR_OK);
    store->close(store);
    assert_int_equal(open_in_child(false), WEIR_OK);
}

static weir_code see_count(void *context, const weir_store_entry *row, weir_error *err)
{
    (void)row;
    (void)err;
    ++*(size_t *)context;
    return WEIR_OK;
}

/* What belongs to nothing is removed in steps, and a number is never given again. */
static void tidies_in_steps(void **state)
{
    weir_store *store = NULL;
    weir_error err;
    int64_t first = 0, second = 0;
    size_t removed = 0, total = 0, left = 0;

    (void)state;
    assert_int_equal(weir_sqlite_open(r.directory, &store, &err), WEIR_OK);
    assert_int_equal(store->begin(store, true, &err), WEIR_OK);
    assert_int_equal(store->project_add(store, "c", "p", "h", 1, &first, &err), WEIR_OK);
    for (uint64_t i = 1; i <= 25; i++)
        assert_int_equal(store->entry_add(store,
                                          &(weir_store_entry){.project = first,
                                                              .sequence = i,
                                                              .kind = WEIR_ENTRY_LEARN,
                                                              .bytes = "x",
                                                              .size = 1},
                                          &err),
                         WEIR_OK);
    assert_int_equal(store->tidy(store, 10, &removed, &err), WEIR_OK);
    assert_int_equal(removed, 0);
    assert_int_equal(store->project_remove(store, first, &err), WEIR_OK);
    assert_int_equal(store->project_add(store, "c", "p", "h", 1, &second, &err), WEIR_OK);
    assert_true(second > first);
    assert_int_equal(store->commit(store, &err), WEIR_OK);
    do {
        assert_int_equal(store->begin(store, false, &err), WEIR_OK);
        assert_int_equal(store->tidy(store, 10, &removed, &err), WEIR_OK);
        assert_int_equal(store->commit(store, &err), WEIR_OK);
        assert_true(removed <= 10);
        total += removed;
    } while (removed);
    assert_int_equal(total, 25);
    assert_int_equal(store->entries(store, first, 0, see_count, &left, &err), WEIR_OK);
    assert_int_equal(left, 0);
    store->close(store);
}

static void a_rolled_back_transaction_left_nothing(void **state)
{
    weir_store *store = NULL;
    weir_error err;
    int64_t id = 0, again = 0;

    (void)state;
    assert_int_equal(weir_sqlite_open(r.directory, &store, &err), WEIR_OK);
    assert_int_equal(store->begin(store, true, &err), WEIR_OK);
    assert_int_equal(store->project_add(store, "c", "p", "h", 1, &id, &err), WEIR_OK);
    store->rollback(store);
    assert_int_equal(store->begin(store, true, &err), WEIR_OK);
    assert_int_equal(store->project_add(store, "c", "p", "h", 1, &id, &err), WEIR_OK);
    assert_int_equal(store->project_add(store, "c", "p", "h", 1, &again, &err), WEIR_CONFLICT);
    assert_int_equal(store->commit(store, &err), WEIR_OK);
    store->close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(only_the_owner_can_read_it, begin, end),
        cmocka_unit_test_setup_teardown(versions_are_checked, begin, end),
        cmocka_unit_test_setup_teardown(an_empty_file_is_brought_up, begin, end),
        cmocka_unit_test_setup_teardown(foreign_files_are_refused, begin, end),
        cmocka_unit_test_setup_teardown(one_server_a_directory, begin, end),
        cmocka_unit_test_setup_teardown(tidies_in_steps, begin, end),
        cmocka_unit_test_setup_teardown(a_rolled_back_transaction_left_nothing, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
