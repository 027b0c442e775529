/* vault_test.c: sealed bytes come back after the store was closed, under their own name and key only.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "weir/bytes.h"
#include "weir/memory.h"
#include "weir/sqlite_store.h"
#include "weir/vault.h"

static const uint8_t key[WEIR_SERVER_KEY_SIZE] = {7, 1, 2};
static const uint8_t other_key[WEIR_SERVER_KEY_SIZE] = {8, 1, 2};

static char directory[64];
static weir_store *store;
static weir_vault *vault;

static void open_with(const uint8_t *with)
{
    weir_error err = {0};

    assert_int_equal(weir_sqlite_open(directory, &store, &err), WEIR_OK);
    assert_int_equal(weir_vault_open(store, with, "thing", &vault, &err), WEIR_OK);
}

static void close_all(void)
{
    weir_vault_close(vault);
    store->close(store);
}

static int start(void **state)
{
    (void)state;
    strcpy(directory, "/tmp/weir-vault-XXXXXX");
    if (!mkdtemp(directory))
        return -1;
    open_with(key);
    return 0;
}

static int stop(void **state)
{
    char command[96];

    (void)state;
    close_all();
    snprintf(command, sizeof command, "rm -rf %s", directory);
    return system(command) ? -1 : 0;
}

static void put(const char *name, const char *text)
{
    weir_error err = {0};

    if (weir_vault_put(vault, name, text, strlen(text), &err))
        fail_msg("%s", err.message);
}

/* "a=1 b=2 " */
static weir_code see(void *context, const char *name, const void *data, size_t size,
                     weir_error *err)
{
    char *all = context;

    (void)err;
    sprintf(all + strlen(all), "%s=%.*s ", name, (int)size, (const char *)data);
    return WEIR_OK;
}

static void expect(const char *want)
{
    char all[200] = "";
    weir_error err = {0};

    assert_int_equal(weir_vault_each(vault, see, all, &err), WEIR_OK);
    assert_string_equal(all, want);
}

static void test_kept(void **state)
{
    (void)state;
    expect("");
    put("b", "two");
    put("a", "one");
    put("b", "three");
    put("c", "");
    expect("a=one b=three c= ");
    close_all();
    open_with(key);
    expect("a=one b=three c= ");
    assert_int_equal(weir_vault_remove(vault, "a", NULL), WEIR_OK);
    assert_int_equal(weir_vault_remove(vault, "never there", NULL), WEIR_OK);
    expect("b=three c= ");
}

static void test_not_in_clear(void **state)
{
    char command[160];

    (void)state;
    put("open", "thesecretwords");
    snprintf(command, sizeof command, "cat %s/weir.db* | grep -c -a thesecretwords > /dev/null",
             directory);
    assert_int_not_equal(system(command), 0);
}

static void test_other_key(void **state)
{
    char all[200] = "";
    weir_error err = {0};

    (void)state;
    put("a", "one");
    close_all();
    open_with(other_key);
    assert_int_equal(weir_vault_each(vault, see, all, &err), WEIR_CORRUPT);
    assert_non_null(strstr(err.message, "thing a"));
    assert_string_equal(all, "");
}

/* Another document's bytes under a name are noticed. */
static void test_moved(void **state)
{
    weir_bytes bytes = {0};
    char all[200] = "";
    weir_error err = {0};
    weir_vault *kin = NULL;

    (void)state;
    assert_int_equal(weir_vault_open(store, key, "kin", &kin, &err), WEIR_OK);
    assert_int_equal(weir_vault_put(kin, "x", "kin's", 5, &err), WEIR_OK);
    expect(""); /* kinds are apart */
    weir_vault_close(kin);
    weir_bytes_append(&bytes, "not sealed by anyone, yet long enough", 37);
    assert_int_equal(store->begin(store, true, &err), WEIR_OK);
    assert_int_equal(
        store->document_put(store, &(weir_store_document){"", "thing", "y", bytes.data, bytes.size},
                            &err),
        WEIR_OK);
    assert_int_equal(store->commit(store, &err), WEIR_OK);
    assert_int_equal(weir_vault_each(vault, see, all, &err), WEIR_CORRUPT);
    weir_bytes_free(&bytes);
}

static void test_limits(void **state)
{
    char *large = weir_calloc(1, WEIR_VAULT_LARGEST + 1);
    char name[500];
    weir_error err = {0};

    (void)state;
    memset(large, 'x', WEIR_VAULT_LARGEST);
    assert_int_equal(weir_vault_put(vault, "large", large, WEIR_VAULT_LARGEST, &err), WEIR_OK);
    assert_int_equal(weir_vault_put(vault, "large", large, WEIR_VAULT_LARGEST + 1, &err),
                     WEIR_TOO_LARGE);
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = 0;
    assert_int_equal(weir_vault_put(vault, name, "v", 1, &err), WEIR_TOO_LARGE);
    weir_free(large);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_kept, start, stop),
        cmocka_unit_test_setup_teardown(test_not_in_clear, start, stop),
        cmocka_unit_test_setup_teardown(test_other_key, start, stop),
        cmocka_unit_test_setup_teardown(test_moved, start, stop),
        cmocka_unit_test_setup_teardown(test_limits, start, stop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
