/* bad_columns_test.c
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "bad_columns.h"

static bool add(bad_columns *bad, const char *name, uint64_t cells)
{
    bool tell = false;

    assert_int_equal(bad_columns_add(bad, name, cells, &tell, NULL), WEIR_OK);
    return tell;
}

/* The first of a column are told however many another one had; then each thousandth. */
static void test_told(void **state)
{
    bad_columns bad = {0};
    int told = 0;

    (void)state;
    for (int i = 0; i < 2500; i++)
        told += add(&bad, "a", 1);
    assert_int_equal(told, 3 + 2);
    assert_true(add(&bad, "b", 100));
    assert_false(add(&bad, "b", 100));
    assert_true(add(&bad, "b", 900));
    assert_true(add(&bad, "c", 1));
    bad_columns_free(&bad);
    assert_int_equal(bad.count, 0);
}

static void test_text(void **state)
{
    bad_columns bad = {0};
    char text[20], name[8];

    (void)state;
    bad_columns_text(&bad, text, sizeof text);
    assert_string_equal(text, "");
    add(&bad, "num", 300);
    add(&bad, "ok", 1);
    bad_columns_text(&bad, text, sizeof text);
    assert_string_equal(text, "num (300), ...");
    for (size_t room = 6; room < sizeof text; room++) { /* never beyond its room */
        memset(text, 'x', sizeof text);
        bad_columns_text(&bad, text, room);
        assert_true(strlen(text) < room);
        assert_int_equal(text[room], 'x');
    }
    bad_columns_free(&bad);
    for (int i = 0; i < 3; i++) {
        snprintf(name, sizeof name, "%c", 'a' + i);
        add(&bad, name, 1);
    }
    bad_columns_text(&bad, text, sizeof text);
    assert_string_equal(text, "a (1), b (1), ...");
    bad_columns_free(&bad);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_told), cmocka_unit_test(test_text)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
