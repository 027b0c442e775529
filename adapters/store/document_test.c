/* document_test.c: documents: small named things of a customer.
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

static rig r;

static int begin(void **state)
{
    (void)state;
    watch_begin();
    rig_new(&r);
    r.store_options.vfs = WATCH_VFS;
    rig_open(&r);
    return 0;
}

static int end(void **state)
{
    (void)state;
    rig_end(&r);
    watch_end();
    return 0;
}

static weir_code put_in(weir_store *store, const char *cid, const char *kind, const char *name,
                        const char *text, weir_error *err)
{
    weir_store_document document = {cid, kind, name, text, strlen(text)};
    weir_code code = store->begin(store, true, err);

    if (code)
        return code;
    if ((code = store->document_put(store, &document, err)) || (code = store->commit(store, err)))
        store->rollback(store);
    return code;
}

static weir_code put(const char *cid, const char *kind, const char *name, const char *text)
{
    return put_in(r.store, cid, kind, name, text, NULL);
}

static void drop(const char *cid, const char *kind, const char *name)
{
    weir_error err;

    assert_int_equal(r.store->begin(r.store, true, &err), WEIR_OK);
    assert_int_equal(r.store->document_remove(r.store, cid, kind, name, &err), WEIR_OK);
    assert_int_equal(r.store->commit(r.store, &err), WEIR_OK);
}

/* What is there, written as "cid/name=bytes ". */
static weir_code see(void *context, const weir_store_document *row, weir_error *err)
{
    char *text = context;
    size_t used = strlen(text);

    (void)err;
    snprintf(text + used, 256 - used, "%s/%s=%.*s ", row->cid, row->name, (int)row->size,
             (const char *)row->bytes);
    return WEIR_OK;
}

static const char *all_in(weir_store *store, const char *cid, const char *kind)
{
    static char text[256];
    weir_error err;

    text[0] = '\0';
    assert_int_equal(store->documents(store, cid, kind, see, text, &err), WEIR_OK);
    return text;
}

static const char *all(const char *cid, const char *kind)
{
    return all_in(r.store, cid, kind);
}

static void are_put_replaced_and_removed(void **state)
{
    (void)state;
    assert_string_equal(all("c", "ds"), "");
    assert_int_equal(put("c", "ds", "b", "1"), WEIR_OK);
    assert_int_equal(put("c", "ds", "a", "2"), WEIR_OK);
    assert_int_equal(put("c", "other", "a", "3"), WEIR_OK);
    assert_int_equal(put("d", "ds", "a", ""), WEIR_OK);
    assert_string_equal(all("c", "ds"), "c/a=2 c/b=1 ");
    assert_string_equal(all(NULL, "ds"), "c/a=2 c/b=1 d/a= ");
    assert_string_equal(all("c", "other"), "c/a=3 ");
    assert_int_equal(put("c", "ds", "a", "22"), WEIR_OK);
    assert_string_equal(all("c", "ds"), "c/a=22 c/b=1 ");
    drop("c", "ds", "a");
    drop("c", "ds", "a"); /* there is none: nothing to do */
    assert_string_equal(all(NULL, "ds"), "c/b=1 d/a= ");
    assert_string_equal(all("c", "other"), "c/a=3 ");
    rig_reopen(&r);
    assert_string_equal(all(NULL, "ds"), "c/b=1 d/a= ");
}

static weir_code stop_at_first(void *context, const weir_store_document *row, weir_error *err)
{
    ++*(size_t *)context;
    return weir_fail(err, WEIR_CORRUPT, "document %s", row->name);
}

static void a_visitor_may_stop_the_read(void **state)
{
    size_t seen = 0;
    weir_error err = {0};

    (void)state;
    assert_int_equal(put("c", "ds", "a", "1"), WEIR_OK);
    assert_int_equal(put("c", "ds", "b", "2"), WEIR_OK);
    assert_int_equal(r.store->documents(r.store, "c", "ds", stop_at_first, &seen, &err),
                     WEIR_CORRUPT);
    assert_int_equal(seen, 1);
    assert_string_equal(err.message, "document a");
    assert_string_equal(all("c", "ds"), "c/a=1 c/b=2 ");
}

static void a_rollback_keeps_what_was(void **state)
{
    weir_error err;

    (void)state;
    assert_int_equal(put("c", "ds", "a", "1"), WEIR_OK);
    assert_int_equal(r.store->begin(r.store, true, &err), WEIR_OK);
    assert_int_equal(
        r.store->document_put(r.store, &(weir_store_document){"c", "ds", "a", "9", 1}, &err),
        WEIR_OK);
    assert_int_equal(r.store->document_remove(r.store, "c", "ds", "a", &err), WEIR_OK);
    r.store->rollback(r.store);
    assert_string_equal(all("c", "ds"), "c/a=1 ");
}

/* A file of the version before there were documents opens, and keeps what it had. */
static void an_older_file_gains_the_table(void **state)
{
    static const uint8_t secret[16] = {1};
    uint8_t room[64];
    size_t size = sizeof room;
    char path[128];
    sqlite3 *db = NULL;

    (void)state;
    assert_int_equal(weir_customer_add(r.engine, "c", secret, sizeof secret, NULL), WEIR_OK);
    assert_int_equal(rig_create(&r, "p", true, false), WEIR_OK);
    assert_int_equal(rig_learn(&r, "p", 10, 1), WEIR_OK);
    rig_close(&r);
    snprintf(path, sizeof path, "%s/weir.db", r.directory);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(db, "DROP TABLE document; PRAGMA user_version = 1", NULL, NULL, NULL),
        SQLITE_OK);
    sqlite3_close(db);
    rig_open(&r);
    assert_int_equal(weir_customer_secret(r.engine, "c", room, &size, NULL), WEIR_OK);
    assert_true(rig_rows(&r, "p") == 10);
    assert_int_equal(put("c", "ds", "a", "1"), WEIR_OK);
    assert_string_equal(all("c", "ds"), "c/a=1 ");
}

/* Whichever write fails, a document is the old one or the new one, and the new one where that was answered. */
static void no_fault_tears_one(void **state)
{
    bool came = true;

    (void)state;
    for (uint64_t n = 1; came; n++) {
        const char *left;
        weir_code code;

        assert_int_equal(put("c", "ds", "a", "old"), WEIR_OK);
        watch_fail(n, SQLITE_FULL, false);
        code = put("c", "ds", "a", "new");
        came = watch_heal();
        left = all("c", "ds");
        if (strcmp(left, code ? "c/a=old " : "c/a=new ") != 0)
            fail_msg("write %llu fails, put answers %d, and \"%s\" is left", (unsigned long long)n,
                     (int)code, left);
        if (!came)
            assert_true(n > 1);
    }
}

static void an_answered_put_survives_a_power_cut(void **state)
{
    rig left;

    (void)state;
    assert_int_equal(put("c", "ds", "a", "1"), WEIR_OK);
    assert_int_equal(put("c", "ds", "b", "2"), WEIR_OK);
    drop("c", "ds", "b");
    rig_new(&left);
    watch_power_cut(r.directory, left.directory);
    rig_open(&left);
    assert_string_equal(all_in(left.store, "c", "ds"), "c/a=1 ");
    rig_end(&left);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(are_put_replaced_and_removed, begin, end),
        cmocka_unit_test_setup_teardown(a_visitor_may_stop_the_read, begin, end),
        cmocka_unit_test_setup_teardown(a_rollback_keeps_what_was, begin, end),
        cmocka_unit_test_setup_teardown(an_older_file_gains_the_table, begin, end),
        cmocka_unit_test_setup_teardown(no_fault_tears_one, begin, end),
        cmocka_unit_test_setup_teardown(an_answered_put_survives_a_power_cut, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
