/* settings_test.c: properties files, flat JSON, key tables, and the nearest name.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "weir/settings.h"

static const char *const words[] = {"ignore", "warn", NULL};
static const weir_key table[] = {
    {.name = "sml.url", .kind = WEIR_KEY_URL, .required = true, .numbered = true, .help = "base"},
    {.name = "sml.retries",
     .kind = WEIR_KEY_INTEGER,
     .fallback = "5",
     .least = 0,
     .greatest = 10,
     .help = "tries"},
    {.name = "sml.older.retries",
     .kind = WEIR_KEY_INTEGER,
     .least = 0,
     .greatest = 10,
     .alias_of = "sml.retries",
     .help = "older"},
    {.name = "sml.word", .kind = WEIR_KEY_WORD, .words = words, .help = "word"},
    {.name = "sml.types", .kind = WEIR_KEY_TYPES, .help = "types"},
    {.name = "sml.key", .kind = WEIR_KEY_SECRET, .help = "key"},
    {.name = "flag", .kind = WEIR_KEY_BOOLEAN, .fallback = "false", .help = "flag"},
    {.name = NULL},
};

static void test_properties(void **state)
{
    static const char text[] = "# a comment\n"
                               "! another\n"
                               "\n"
                               "  sml.url =  http://h:1/symetry/rest  \r\n"
                               "a:b=c\n"
                               "empty =\n"
                               "long = one \\\n"
                               "two\n"
                               "last=x=y";
    weir_settings settings = {0};
    weir_error err = {0};

    (void)state;
    assert_int_equal(weir_settings_properties(text, sizeof text - 1, &settings, &err), WEIR_OK);
    assert_int_equal(settings.count, 5);
    assert_string_equal(weir_settings_get(&settings, "sml.url"), "http://h:1/symetry/rest");
    assert_string_equal(weir_settings_get(&settings, "a"), "b=c");
    assert_string_equal(weir_settings_get(&settings, "empty"), "");
    assert_string_equal(weir_settings_get(&settings, "long"), "one two");
    assert_string_equal(weir_settings_get(&settings, "last"), "x=y");
    assert_null(weir_settings_get(&settings, "other"));
    weir_settings_free(&settings);
}

static void test_bad_properties(void **state)
{
    static const struct {
        const char *text;
        size_t size;
        const char *says;
    } rows[] = {
        {"a=1\nb=2\na=3\n", 12, "line 3: a is given a second time"},
        {"a=1\nrubbish\n", 12, "line 2: \"rubbish\" is no NAME=VALUE"},
        {"=1\n", 3, "line 1 has no name"},
        {"a=\0b\n", 5, "zero bytes"},
        {"x \\\n y\n z\n", 10, "line 1: \"x  y\""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        weir_settings settings = {0};
        weir_error err = {0};

        assert_int_equal(weir_settings_properties(rows[i].text, rows[i].size, &settings, &err),
                         WEIR_INVALID);
        if (!strstr(err.message, rows[i].says))
            fail_msg("\"%s\" does not say \"%s\"", err.message, rows[i].says);
        assert_int_equal(settings.count, 0);
    }
}

static void test_json(void **state)
{
    static const char good[] =
        "{\"a\":\"text\",\"b\":500,\"c\":true,\"d\":null,\"e\":0.5,\"f\":false}";
    static const char *const bad[] = {
        "{",     "[]", "{\"a\":{}}",         "{\"a\":[1]}", "{\"a\":1,\"a\":2}",
        "\"a\"", "",   "{\"a\":\"\\u0000\"}"};
    weir_settings settings = {0};
    weir_error err = {0};

    (void)state;
    assert_int_equal(weir_settings_json(good, sizeof good - 1, &settings, &err), WEIR_OK);
    assert_int_equal(settings.count, 5);
    assert_string_equal(weir_settings_get(&settings, "a"), "text");
    assert_string_equal(weir_settings_get(&settings, "b"), "500");
    assert_string_equal(weir_settings_get(&settings, "c"), "true");
    assert_string_equal(weir_settings_get(&settings, "e"), "0.5");
    assert_string_equal(weir_settings_get(&settings, "f"), "false");
    weir_settings_free(&settings);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(weir_settings_json(bad[i], strlen(bad[i]), &settings, &err), WEIR_INVALID);
}

static void test_checks(void **state)
{
    static const struct {
        const char *name, *value, *says; /* says NULL: fine */
    } rows[] = {
        {"sml.retries", "10", NULL},
        {"sml.retries", "11", "sml.retries is \"11\"; a whole number from 0 to 10"},
        {"sml.retries", "ten", "whole number"},
        {"sml.retries", "5 ", "whole number"},
        {"sml.retries", "99999999999999999999", "whole number"},
        {"sml.word", "warn", NULL},
        {"sml.word", "shout", "one of ignore, warn"},
        {"sml.types", "C, x,B", NULL},
        {"sml.types", "C,,B", "holds \"\""},
        {"sml.types", "C,Q", "holds \"Q\""},
        {"flag", "true", NULL},
        {"flag", "yes", "true or false"},
        {"sml.url.2", "https://h", NULL},
        {"sml.url.2", "h:8080", "http://"},
        {"sml.url.0", "http://h", "did you mean sml.url?"},
        {"sml.wrod", "warn", "sml.wrod is not a known key; did you mean sml.word?"},
        {"sml.retrys", "1", "did you mean sml.retries?"},
        {"something.else", "1", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        weir_settings settings = {0};
        weir_error err = {0};
        weir_code code = WEIR_OK;

        assert_int_equal(weir_settings_put(&settings, "sml.url.1", "http://h", &err), WEIR_OK);
        assert_int_equal(weir_settings_put(&settings, rows[i].name, rows[i].value, &err), WEIR_OK);
        code = weir_settings_check(&settings, table, &err);
        if (!rows[i].says && code)
            fail_msg("%s=%s: %s", rows[i].name, rows[i].value, err.message);
        if (rows[i].says && (code != WEIR_INVALID || !strstr(err.message, rows[i].says)))
            fail_msg("%s=%s: \"%s\" does not say \"%s\"", rows[i].name, rows[i].value, err.message,
                     rows[i].says);
        weir_settings_free(&settings);
    }
}

static void test_required(void **state)
{
    weir_settings settings = {0};
    weir_error err = {0};

    (void)state;
    assert_int_equal(weir_settings_check(&settings, table, &err), WEIR_INVALID);
    assert_non_null(strstr(err.message, "sml.url is missing"));
}

static void test_defaults_and_older_names(void **state)
{
    weir_settings settings = {0};
    weir_error err = {0};

    (void)state;
    assert_int_equal(weir_key_integer(&settings, table, "sml.retries"), 5);
    assert_false(weir_key_boolean(&settings, table, "flag"));
    assert_null(weir_key_text(&settings, table, "sml.word"));
    assert_int_equal(weir_settings_put(&settings, "sml.older.retries", "3", &err), WEIR_OK);
    assert_int_equal(weir_key_integer(&settings, table, "sml.retries"), 3);
    assert_int_equal(weir_settings_put(&settings, "sml.retries", "7", &err), WEIR_OK);
    assert_int_equal(weir_key_integer(&settings, table, "sml.retries"), 7);
    weir_settings_free(&settings);
}

static void test_distances(void **state)
{
    static const struct {
        const char *a, *b;
        size_t want;
    } rows[] = {
        {"", "", 0},         {"abc", "", 3},   {"", "abc", 3},      {"kitten", "sitting", 3},
        {"abcd", "acbd", 1}, {"ca", "abc", 3}, {"same", "same", 0}, {"sml.ulr", "sml.url", 1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(weir_edit_distance(rows[i].a, rows[i].b), rows[i].want);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_properties), cmocka_unit_test(test_bad_properties),
        cmocka_unit_test(test_json),       cmocka_unit_test(test_checks),
        cmocka_unit_test(test_required),   cmocka_unit_test(test_defaults_and_older_names),
        cmocka_unit_test(test_distances),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
