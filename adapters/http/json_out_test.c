/* json_out_test.c: strict JSON whatever goes in.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <jansson.h>

#include "json_out.h"

static void test_numbers_read_back_the_same(void **state)
{
    static const struct {
        double value;
        const char *text; /* as Python's repr, but for whole numbers */
    } rows[] = {
        {0, "0"},
        {-0.0, "-0.0"},
        {150, "150"},
        {-3, "-3"},
        {0.1, "0.1"},
        {1.0 / 3, "0.3333333333333333"},
        {0.8180000000000001, "0.8180000000000001"},
        {999999999999999, "999999999999999"},
        {1e15, "1e+15"},
        {1e300, "1e+300"},
        {5e-324, "4.94065645841247e-324"},
        {DBL_MAX, "1.797693134862316e+308"},
        {9007199254740993.0, "9007199254740992"},
    };
    char text[JSON_NUMBER_TEXT];
    uint64_t seed = 88172645463325252ull;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        json_number_text(rows[i].value, text);
        if (fabs(rows[i].value) < 1e300 && rows[i].value != 5e-324)
            assert_string_equal(text, rows[i].text);
        assert_true(strtod(text, NULL) == rows[i].value);
    }
    for (int i = 0; i < 200000; i++) { /* xorshift: any bits */
        double value = 0;

        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        memcpy(&value, &seed, sizeof value);
        if (!isfinite(value))
            continue;
        json_number_text(value, text);
        assert_true(strlen(text) < JSON_NUMBER_TEXT);
        assert_true(strtod(text, NULL) == value);
    }
    json_number_text(NAN, text);
    assert_string_equal(text, "NaN");
    json_number_text(-INFINITY, text);
    assert_string_equal(text, "-Infinity");
}

static void write_all(json_out *json, const char *text)
{
    json_open(json, '{');
    json_put_text(json, "t", text);
    json_put_text(json, text, "key");
    json_put_number(json, "nan", NAN);
    json_put_number(json, "inf", INFINITY);
    json_put_whole(json, "w", INT64_MIN);
    json_put_truth(json, "b", true);
    json_key(json, "list");
    json_open(json, '[');
    json_number(json, 1.5);
    json_text(json, NULL);
    json_open(json, '[');
    json_close(json, ']');
    json_raw(json, "{\"r\":1}", 7);
    json_close(json, ']');
    json_close(json, '}');
}

static void test_texts_of_any_bytes_stay_json(void **state)
{
    static const char *const texts[] = {
        "",
        "plain",
        "quote \" backslash \\ slash /",
        "\n\r\t\b\f\x01\x1f\x7f",
        "d\xc3\xa9mo \xe6\x9d\xb1 \xf0\x9f\x99\x82",
        "\xff",
        "\xc3",
        "a\xc3",
        "\xed\xa0\x80",         /* a surrogate */
        "\xf4\x90\x80\x80",     /* beyond U+10FFFF */
        "\xc0\x80",             /* an overlong NUL */
        "\xe6\x9d",             /* cut short */
        "\xe6\x9d\xb1\xb1\xb1", /* too long */
    };

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        weir_bytes bytes = {0};
        json_out json = {.out = &bytes};
        json_error_t why;
        json_t *root = NULL;
        const char *back = NULL;

        write_all(&json, texts[i]);
        root = json_loadb((const char *)bytes.data, bytes.size, JSON_REJECT_DUPLICATES, &why);
        if (!root)
            fail_msg("text %zu: %s", i, why.text);
        back = json_string_value(json_object_get(root, "t"));
        if (weir_utf8_valid(texts[i], strlen(texts[i])))
            assert_string_equal(back, texts[i]);
        else
            assert_non_null(strstr(back, "\xef\xbf\xbd"));
        assert_true(json_is_null(json_object_get(root, "nan")));
        assert_true(json_is_null(json_object_get(root, "inf")));
        assert_true(json_integer_value(json_object_get(root, "w")) == INT64_MIN);
        assert_int_equal(json_array_size(json_object_get(root, "list")), 4);
        json_decref(root);
        weir_bytes_free(&bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers_read_back_the_same),
        cmocka_unit_test(test_texts_of_any_bytes_stay_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
