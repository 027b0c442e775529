/* Expected digits and doubles are Python's int.from_bytes, decimal and float. SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "decimal.h"

static const struct {
    const char *title;
    const char *bytes;
    size_t size;
    int scale;
    const char *text;
    double number;
} decimals[] = {
    {"no bytes are nothing", "", 0, 2, "0.00", 0},
    {"a small one", "\x30\x39", 2, 2, "123.45", 123.45},
    {"below one", "\x05", 1, 2, "0.05", 0.05},
    {"as many digits as places", "\x30\x39", 2, 5, "0.12345", 0.12345},
    {"minus one hundredth", "\xff", 1, 2, "-0.01", -0.01},
    {"the least of a byte", "\x80", 1, 0, "-128", -128},
    {"the least of four bytes", "\x80\0\0\0", 4, 0, "-2147483648", -2147483648.0},
    {"the least of eight", "\x80\0\0\0\0\0\0\0", 8, 4, "-922337203685477.5808",
     -922337203685477.5808},
    {"leading zeros", "\0\0\0\0\0\0\0\0\0\1", 10, 1, "0.1", 0.1},
    {"a negative scale", "\x05", 1, -3, "5e3", 5000},
    {"seventeen bytes", "\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 17, 10,
     "34028236692093846346337460743.1768211456", 34028236692093846346337460743.1768211456},
    {"minus 2^128", "\xff\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 17, 0,
     "-340282366920938463463374607431768211456", -340282366920938463463374607431768211456.0},
    {"half way between two doubles", "\x20\0\0\0\0\0\1", 7, 0, "9007199254740993",
     9007199254740992.0},
    {"a point far to the left", "\x07", 1, 30, "0.000000000000000000000000000007", 7e-30},
};

static void test_decimals(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof decimals / sizeof *decimals; i++) {
        char text[DECIMAL_TEXT_MAX];
        const uint8_t *bytes = (const uint8_t *)decimals[i].bytes;
        size_t length = decimal_text(bytes, decimals[i].size, decimals[i].scale, text);

        print_message("%s\n", decimals[i].title);
        assert_string_equal(text, decimals[i].text);
        assert_int_equal(length, strlen(text));
        assert_true(decimal_number(bytes, decimals[i].size, decimals[i].scale) ==
                    decimals[i].number);
    }
}

/* The largest that is read, and the longest scale. */
static void test_bounds(void **state)
{
    uint8_t bytes[DECIMAL_BYTES_MAX];
    char text[DECIMAL_TEXT_MAX];

    (void)state;
    memset(bytes, 0xff, sizeof bytes);
    bytes[0] = 0x7f;
    assert_int_equal(decimal_text(bytes, sizeof bytes, 0, text), 154);
    assert_int_equal(strncmp(text, "6703903964971298549787012499102923063739", 40), 0);
    assert_true(decimal_number(bytes, sizeof bytes, 0) == 6.7039039649712985e153);
    bytes[0] = 0x80;
    memset(bytes + 1, 0, sizeof bytes - 1);
    assert_int_equal(decimal_text(bytes, sizeof bytes, DECIMAL_SCALE_MAX, text), 403);
    assert_true(decimal_number(bytes, sizeof bytes, DECIMAL_SCALE_MAX) == -6.7039039649712985e-247);
    assert_true(isnan(decimal_number(bytes, sizeof bytes, -DECIMAL_SCALE_MAX)));
}

static void test_base64(void **state)
{
    static const struct {
        const char *text;
        bool reads;
        const char *bytes;
        size_t size;
    } texts[] = {
        {"", true, "", 0},         {"MDk=", true, "\x30\x39", 2}, {"MDk", true, "\x30\x39", 2},
        {"_w==", true, "\xff", 1}, {"/w==", true, "\xff", 1},     {"AQID", true, "\1\2\3", 3},
        {"AQIDB", false, NULL, 0}, {"MD k", false, NULL, 0},      {"123.45", false, NULL, 0},
    };
    char longest[100];
    uint8_t bytes[DECIMAL_BYTES_MAX];
    size_t size;

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        print_message("%s\n", texts[i].text);
        assert_int_equal(decimal_base64(texts[i].text, strlen(texts[i].text), bytes, &size),
                         texts[i].reads);
        if (!texts[i].reads)
            continue;
        assert_int_equal(size, texts[i].size);
        assert_memory_equal(bytes, texts[i].bytes, size);
    }
    memset(longest, 'A', sizeof longest);
    assert_true(decimal_base64(longest, 86, bytes, &size));
    assert_int_equal(size, DECIMAL_BYTES_MAX);
    assert_false(decimal_base64(longest, 88, bytes, &size));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decimals),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_base64),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
