/* seal_test.c: secrets at rest open with their key, for their owner, and not otherwise.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "seal.h"

static const uint8_t key[32] = {1, 2, 3}, other_key[32] = {1, 2, 4};
static const uint8_t secret[16] = {'s', 'i', 'x', 't', 'e', 'e', 'n', ' ',
                                   'b', 'y', 't', 'e', 's', '!', '!', '!'};

static void opens_what_was_sealed(void **state)
{
    weir_bytes sealed = {0};
    uint8_t room[64];
    size_t size = sizeof room;

    (void)state;
    assert_int_equal(seal(key, "c", secret, sizeof secret, &sealed, NULL), WEIR_OK);
    assert_int_equal(unseal(key, "c", sealed.data, sealed.size, room, &size, NULL), WEIR_OK);
    assert_int_equal(size, sizeof secret);
    assert_memory_equal(room, secret, size);
    for (size_t i = 0; i + 8 <= sealed.size; i++)
        assert_memory_not_equal(sealed.data + i, secret, 8);
    weir_bytes_free(&sealed);
}

static void the_same_secret_looks_different_each_time(void **state)
{
    weir_bytes a = {0}, b = {0};

    (void)state;
    assert_int_equal(seal(key, "c", secret, sizeof secret, &a, NULL), WEIR_OK);
    assert_int_equal(seal(key, "c", secret, sizeof secret, &b, NULL), WEIR_OK);
    assert_int_equal(a.size, b.size);
    assert_memory_not_equal(a.data, b.data, a.size);
    weir_bytes_free(&a);
    weir_bytes_free(&b);
}

static void nothing_else_opens_it(void **state)
{
    weir_bytes sealed = {0};
    uint8_t room[64];
    size_t size = sizeof room;

    (void)state;
    assert_int_equal(seal(key, "c", secret, sizeof secret, &sealed, NULL), WEIR_OK);
    assert_int_equal(unseal(other_key, "c", sealed.data, sealed.size, room, &size, NULL),
                     WEIR_CORRUPT);
    assert_int_equal(unseal(key, "d", sealed.data, sealed.size, room, &size, NULL), WEIR_CORRUPT);
    for (size_t length = 0; length < sealed.size; length++)
        assert_int_equal(unseal(key, "c", sealed.data, length, room, &size, NULL), WEIR_CORRUPT);
    for (size_t at = 0; at < sealed.size; at++) {
        sealed.data[at] ^= 1;
        assert_int_equal(unseal(key, "c", sealed.data, sealed.size, room, &size, NULL),
                         WEIR_CORRUPT);
        sealed.data[at] ^= 1;
    }
    size = 8; /* too little room */
    assert_int_equal(unseal(key, "c", sealed.data, sealed.size, room, &size, NULL), WEIR_CORRUPT);
    weir_bytes_free(&sealed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(opens_what_was_sealed),
        cmocka_unit_test(the_same_secret_looks_different_each_time),
        cmocka_unit_test(nothing_else_opens_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
