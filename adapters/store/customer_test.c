/* customer_test.c: users and their secrets, also when another process changes them.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "rig.h"
#include "weir/sqlite_store.h"

static rig r;
static const uint8_t first[16] = {'A', ' ', 's', 'e', 'c', 'r', 'e', 't',
                                  ' ', 'o', 'f', ' ', '1', '6', 'b', '!'};
static const uint8_t second[20] = {'a', 'n', 'o', 't', 'h', 'e', 'r', ',', ' ', 'l',
                                   'o', 'n', 'g', 'e', 'r', ' ', 'o', 'n', 'e', '.'};

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

static void assert_secret(const char *cid, const uint8_t *secret, size_t size)
{
    uint8_t room[64];
    size_t length = sizeof room;
    weir_error err = {0};
    weir_code code = weir_customer_secret(r.engine, cid, room, &length, &err);

    if (!secret) {
        assert_int_equal(code, WEIR_UNAUTHORIZED);
        assert_string_equal(err.message, "Invalid User");
        return;
    }
    assert_int_equal(code, WEIR_OK);
    assert_int_equal(length, size);
    assert_memory_equal(room, secret, size);
}

static void users_come_change_and_go(void **state)
{
    char **ids = NULL;
    size_t count = 0;
    weir_error err;

    (void)state;
    assert_secret("ann", NULL, 0);
    assert_int_equal(weir_customer_add(r.engine, "ann", first, sizeof first, &err), WEIR_OK);
    assert_int_equal(weir_customer_add(r.engine, "bob", first, sizeof first, &err), WEIR_OK);
    assert_int_equal(weir_customer_add(r.engine, "ann", second, sizeof second, &err),
                     WEIR_CONFLICT);
    assert_non_null(strstr(err.message, "user ann exists already"));
    assert_secret("ann", first, sizeof first);
    assert_int_equal(weir_customer_rekey(r.engine, "ann", second, sizeof second, &err), WEIR_OK);
    assert_secret("ann", second, sizeof second);
    assert_int_equal(weir_customer_rekey(r.engine, "eve", second, sizeof second, &err),
                     WEIR_NOT_FOUND);
    rig_reopen(&r);
    assert_secret("ann", second, sizeof second);
    assert_int_equal(weir_customer_list(r.engine, &ids, &count, &err), WEIR_OK);
    assert_int_equal(count, 2);
    assert_string_equal(ids[0], "ann");
    assert_string_equal(ids[1], "bob");
    weir_list_free(ids, count);
    assert_int_equal(weir_customer_remove(r.engine, "ann", &err), WEIR_OK);
    assert_int_equal(weir_customer_remove(r.engine, "ann", &err), WEIR_NOT_FOUND);
    assert_secret("ann", NULL, 0);
}

static void bad_ids_and_secrets_are_refused(void **state)
{
    weir_error err;

    (void)state;
    assert_int_equal(weir_customer_add(r.engine, "", first, 16, &err), WEIR_INVALID);
    assert_int_equal(weir_customer_add(r.engine, "a/b", first, 16, &err), WEIR_INVALID);
    assert_int_equal(weir_customer_add(r.engine, "a", first, 15, &err), WEIR_INVALID);
    assert_non_null(strstr(err.message, "15 bytes"));
    assert_int_equal(weir_customer_add(r.engine, "a", first, 65, &err), WEIR_INVALID);
}

/* What weir user does beside a running server. */
static weir_code in_another_process(const char *what)
{
    pid_t child = fork();
    int status = 0;

    if (!child) {
        weir_store *store = NULL;
        weir_engine *engine = NULL;
        weir_error err = {0};
        weir_code code = weir_sqlite_open_beside(r.directory, &store, &err);
        weir_project_options options = {.persist = true};

        if (!code)
            code = weir_engine_open(&r.engine_options, store, &engine, &err);
        if (!code && !strcmp(what, "add"))
            code = weir_customer_add(engine, "ann", first, sizeof first, &err);
        if (!code && !strcmp(what, "rekey"))
            code = weir_customer_rekey(engine, "ann", second, sizeof second, &err);
        if (!code && !strcmp(what, "remove"))
            code = weir_customer_remove(engine, "ann", &err);
        if (!code && !strcmp(what, "create"))
            code = weir_project_create(engine, "ann", "p", &options, &err);
        weir_engine_close(engine);
        if (store)
            store->close(store);
        _exit((int)code);
    }
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return (weir_code)WEXITSTATUS(status);
}

static void another_process_acts_at_once(void **state)
{
    (void)state;
    assert_secret("ann", NULL, 0);
    assert_int_equal(in_another_process("add"), WEIR_OK);
    assert_secret("ann", first, sizeof first);
    assert_int_equal(in_another_process("rekey"), WEIR_OK);
    assert_secret("ann", second, sizeof second);
    assert_int_equal(rig_create(&r, "p", true, false), WEIR_OK);
    assert_int_equal(rig_learn(&r, "p", 10, 1), WEIR_OK);
    assert_int_equal(in_another_process("remove"), WEIR_OK);
    assert_secret("ann", NULL, 0);
    assert_int_equal(in_another_process("create"), WEIR_CONFLICT); /* projects are the server's */
    rig_reopen(&r);
    assert_true(rig_rows(&r, "p") == 10);
}

static bool file_holds(const char *name, const uint8_t *bytes, size_t size)
{
    char path[128];
    static uint8_t content[8 << 20];
    size_t length;
    FILE *file;

    snprintf(path, sizeof path, "%s/%s", r.directory, name);
    file = fopen(path, "rb");
    if (!file)
        return false;
    length = fread(content, 1, sizeof content, file);
    fclose(file);
    assert_true(length < sizeof content);
    return memmem(content, length, bytes, size) != NULL;
}

static void the_files_do_not_tell_the_secret(void **state)
{
    (void)state;
    assert_int_equal(weir_customer_add(r.engine, "someone-unique", first, sizeof first, NULL),
                     WEIR_OK);
    /* The search is good enough to find the name. */
    assert_true(file_holds("weir.db-wal", (const uint8_t *)"someone-unique", 14));
    assert_false(file_holds("weir.db-wal", first, 8));
    assert_false(file_holds("weir.db", first, 8));
    rig_close(&r);
    assert_true(file_holds("weir.db", (const uint8_t *)"someone-unique", 14));
    assert_false(file_holds("weir.db", first, 8));
}

static void another_server_key_is_refused(void **state)
{
    uint8_t other[32] = {1};
    weir_store *store = NULL;
    weir_engine *engine = NULL;
    weir_engine_options options = {.server_key = other};
    weir_error err;

    (void)state;
    rig_close(&r);
    assert_int_equal(weir_sqlite_open(r.directory, &store, &err), WEIR_OK);
    assert_int_equal(weir_engine_open(&options, store, &engine, &err), WEIR_UNAUTHORIZED);
    assert_non_null(strstr(err.message, "server key"));
    store->close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(users_come_change_and_go, begin, end),
        cmocka_unit_test_setup_teardown(bad_ids_and_secrets_are_refused, begin, end),
        cmocka_unit_test_setup_teardown(another_process_acts_at_once, begin, end),
        cmocka_unit_test_setup_teardown(the_files_do_not_tell_the_secret, begin, end),
        cmocka_unit_test_setup_teardown(another_server_key_is_refused, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
