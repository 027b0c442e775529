/* sessions_test.c: sessions begin, are found, expire and end; guessing is slowed down.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "sessions.h"

static const uint8_t secret[] = "0123456789abcdef", other[] = "0123456789abcdeg";

static void test_a_session_and_its_end(void **state)
{
    sessions *all = NULL;
    char first[SESSION_TOKEN_TEXT], second[SESSION_TOKEN_TEXT], cid[SESSION_CID_TEXT];
    uint8_t hash[32];

    (void)state;
    assert_int_equal(sessions_open(&all, NULL), WEIR_OK);
    assert_int_equal(sessions_add(all, "a", secret, 16, 1000, first, NULL), WEIR_OK);
    assert_int_equal(sessions_add(all, "b", other, 16, 1000, second, NULL), WEIR_OK);
    assert_int_equal(strlen(first), 64);
    assert_string_not_equal(first, second);
    assert_true(sessions_find(all, first, 1001, cid, hash));
    assert_string_equal(cid, "a");
    assert_true(sessions_secret_fits(hash, secret, 16));
    assert_false(sessions_secret_fits(hash, other, 16));
    assert_false(sessions_find(all, "", 1001, cid, hash));
    assert_false(sessions_find(all, "unknown", 1001, cid, hash));
    sessions_remove(all, first);
    assert_false(sessions_find(all, first, 1001, cid, hash));
    /* Use keeps one alive, idleness ends it. */
    assert_true(sessions_find(all, second, 1000 + SESSION_IDLE_S, cid, hash));
    assert_true(sessions_find(all, second, 1000 + 2 * SESSION_IDLE_S, cid, hash));
    assert_false(sessions_find(all, second, 1001 + 3 * SESSION_IDLE_S, cid, hash));
    sessions_close(all);
}

static void test_the_table_of_sessions_is_bounded(void **state)
{
    sessions *all = NULL;
    char oldest[SESSION_TOKEN_TEXT], token[SESSION_TOKEN_TEXT], cid[SESSION_CID_TEXT];
    uint8_t hash[32];

    (void)state;
    assert_int_equal(sessions_open(&all, NULL), WEIR_OK);
    assert_int_equal(sessions_add(all, "a", secret, 16, 0, oldest, NULL), WEIR_OK);
    for (int i = 1; i <= 10000; i++)
        assert_int_equal(sessions_add(all, "a", secret, 16, i, token, NULL), WEIR_OK);
    assert_false(sessions_find(all, oldest, 10001, cid, hash));
    assert_true(sessions_find(all, token, 10001, cid, hash));
    sessions_close(all);
}

static void test_guessing(void **state)
{
    sessions *all = NULL;
    int64_t wait_s = 0;
    int tries = 0;

    (void)state;
    assert_int_equal(sessions_open(&all, NULL), WEIR_OK);
    while (tries < 100 && sessions_may_try(all, "10.0.0.1", 50, &wait_s)) {
        sessions_failed(all, "10.0.0.1", 50);
        tries++;
    }
    assert_int_equal(tries, 10);
    assert_true(wait_s > 0);
    assert_true(sessions_may_try(all, "10.0.0.2", 50, &wait_s)); /* another caller */
    assert_false(sessions_may_try(all, "10.0.0.1", 51, &wait_s));
    assert_true(sessions_may_try(all, "10.0.0.1", 51 + wait_s, &wait_s));
    for (int i = 0; i < 20000; i++) { /* the table stays bounded */
        char peer[32];

        snprintf(peer, sizeof peer, "peer %d", i);
        sessions_failed(all, peer, 60);
    }
    sessions_close(all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_session_and_its_end),
        cmocka_unit_test(test_the_table_of_sessions_is_bounded),
        cmocka_unit_test(test_guessing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
