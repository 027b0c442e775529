/* server_key_test.c: the key file is made once, for its owner alone, and a bad one is refused.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "weir/server_key.h"

static char directory[64], path[128];

static int begin(void **state)
{
    (void)state;
    unsetenv("WEIR_SERVER_KEY");
    strcpy(directory, "/tmp/weir-key-XXXXXX");
    if (!mkdtemp(directory))
        return -1;
    snprintf(path, sizeof path, "%s/server.key", directory);
    return 0;
}

static int end(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(directory); /* fails, and so the test, when a draft was left behind */
}

static void put(const char *text, mode_t mode)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    assert_int_equal(chmod(path, mode), 0);
}

static void makes_one_and_finds_it_again(void **state)
{
    uint8_t first[32] = {0}, second[32] = {0}, zeros[32] = {0};
    struct stat seen;

    (void)state;
    assert_int_equal(weir_server_key_find(directory, first, NULL), WEIR_OK);
    assert_int_equal(weir_server_key_find(directory, second, NULL), WEIR_OK);
    assert_memory_equal(first, second, 32);
    assert_memory_not_equal(first, zeros, 32);
    assert_int_equal(stat(path, &seen), 0);
    assert_int_equal(seen.st_mode & 0777, 0600);
    weir_server_key_forget(first);
    assert_memory_equal(first, zeros, 32);
}

static void the_environment_comes_first(void **state)
{
    uint8_t key[32];

    (void)state;
    setenv("WEIR_SERVER_KEY", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", 1);
    assert_int_equal(weir_server_key_find(directory, key, NULL), WEIR_OK);
    for (int i = 0; i < 32; i++)
        assert_int_equal(key[i], i);
    assert_int_not_equal(access(path, F_OK), 0); /* and no file is made */
    unsetenv("WEIR_SERVER_KEY");
}

static void bad_keys_are_refused(void **state)
{
    static const char *const bad[] = {
        "",
        "short",
        "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
        "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh==", /* 31 bytes */
        "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8hAAECAwQFBgcICQoL",
        "!!ECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="};
    uint8_t key[32];
    weir_error err;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        put(bad[i], 0600);
        assert_int_equal(weir_server_key_find(directory, key, &err), WEIR_INVALID);
        assert_non_null(strstr(err.message, "server.key"));
    }
    put("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n", 0644);
    assert_int_equal(weir_server_key_find(directory, key, &err), WEIR_INVALID);
    assert_non_null(strstr(err.message, "mode 644"));
    assert_int_equal(chmod(path, 0600), 0);
    assert_int_equal(weir_server_key_find(directory, key, &err), WEIR_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(makes_one_and_finds_it_again, begin, end),
        cmocka_unit_test_setup_teardown(the_environment_comes_first, begin, end),
        cmocka_unit_test_setup_teardown(bad_keys_are_refused, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
