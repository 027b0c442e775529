/* number_test.c: decimal text against the C library's correctly rounded strtod.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/number.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct {
    const char *text;
    number_outcome outcome;
    double value;
} rows[] = {
    {"0", NUMBER_OK, 0},
    {"-0", NUMBER_OK, -0.0},
    {"1", NUMBER_OK, 1},
    {" \t 1.5\r\n", NUMBER_OK, 1.5},
    {"+4.", NUMBER_OK, 4},
    {".25", NUMBER_OK, 0.25},
    {"-1e3", NUMBER_OK, -1000},
    {"1E+02", NUMBER_OK, 100},
    {"0.1", NUMBER_OK, 0.1},
    {"9007199254740993", NUMBER_OK, 9007199254740992.0},         /* a tie: to even */
    {"9007199254740993.0000001", NUMBER_OK, 9007199254740994.0}, /* just above it */
    {"0.30000000000000004", NUMBER_OK, 0.30000000000000004},
    {"1.7976931348623157e308", NUMBER_OK, 1.7976931348623157e308},
    {"1e400", NUMBER_OK, INFINITY},
    {"5e-324", NUMBER_OK, 5e-324},
    {"2.4703282292062327e-324", NUMBER_OK, 0},
    {"1e-400", NUMBER_OK, 0},
    {"0e999999999", NUMBER_OK, 0},
    {"0.000000000000000000000000000000000001", NUMBER_OK, 1e-36},
    {"123456789012345678901234567890", NUMBER_OK, 123456789012345678901234567890.0},
    {"9223372036854775808", NUMBER_OK, 0x1p63},
    {"", NUMBER_MISSING, 0},
    {"   ", NUMBER_MISSING, 0},
    {"NaN", NUMBER_MISSING, 0},
    {"null", NUMBER_MISSING, 0},
    {"-Inf", NUMBER_MISSING, 0},
    {"+infinity", NUMBER_MISSING, 0},
    {"1,5", NUMBER_BAD, 0},
    {"0x10", NUMBER_BAD, 0},
    {"1e", NUMBER_BAD, 0},
    {"1e+", NUMBER_BAD, 0},
    {"1.2.3", NUMBER_BAD, 0},
    {"1 2", NUMBER_BAD, 0},
    {"12abc", NUMBER_BAD, 0},
    {".", NUMBER_BAD, 0},
    {"-", NUMBER_BAD, 0},
    {"e5", NUMBER_BAD, 0},
    {"nanny", NUMBER_BAD, 0},
    {"--1", NUMBER_BAD, 0},
};

static void texts_read_as_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        double value = 0;
        number_outcome outcome = number_parse(rows[i].text, strlen(rows[i].text), &value);

        if (outcome != rows[i].outcome ||
            (outcome == NUMBER_OK &&
             (value != rows[i].value || signbit(value) != signbit(rows[i].value))))
            fail_msg("'%s' reads as %d, %.17g", rows[i].text, (int)outcome, value);
    }
}

/* Random doubles printed with 1 to 21 digits, and random digits with random exponents, must read as strtod reads. */
static void agrees_with_strtod(void **state)
{
    uint64_t bits = 88172645463325252u;

    (void)state;
    for (int i = 0; i < 200000; i++) {
        char text[64];
        double from, value = 0;
        uint64_t choice;

        bits ^= bits << 13;
        bits ^= bits >> 7;
        bits ^= bits << 17;
        choice = bits >> 40;
        memcpy(&from, &bits, sizeof from);
        if (i % 2 || !isfinite(from))
            snprintf(text, sizeof text, "%s%llu.%llue%d", choice & 1 ? "-" : "",
                     (unsigned long long)(bits >> (choice % 60)),
                     (unsigned long long)(bits & ((UINT64_C(1) << (choice % 30)) - 1)),
                     (int)(choice % 80) - 40);
        else
            snprintf(text, sizeof text, "%.*g", 1 + (int)(choice % 21), from);
        assert_int_equal(number_parse(text, strlen(text), &value), NUMBER_OK);
        if (value != strtod(text, NULL))
            fail_msg("%s reads as %.17g", text, value);
    }
}

/* What printf says with the fewest digits that strtod reads back. */
static void prints_what_reads_back(void **state)
{
    static const struct {
        double value;
        const char *text;
    } prints[] = {
        {0.1, "0.1"},
        {6.1, "6.1"},
        {1.0 / 3, "0.3333333333333333"},
        {0.1 + 0.2, "0.30000000000000004"},
        {-1e300, "-1e+300"},
        {5e-324, "4.94065645841247e-324"},
        {120, "120"},
        {INFINITY, "inf"},
    };
    char text[NUMBER_TEXT];
    uint64_t random = 7;

    (void)state;
    for (size_t i = 0; i < sizeof prints / sizeof *prints; i++) {
        assert_int_equal(number_print(prints[i].value, text), strlen(prints[i].text));
        assert_string_equal(text, prints[i].text);
    }
    for (int i = 0; i < 10000; i++) {
        double value;

        random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        memcpy(&value, &random, sizeof value);
        if (isfinite(value) && (number_print(value, text), strtod(text, NULL) != value))
            fail_msg("%.17g is printed as %s", value, text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prints_what_reads_back),
        cmocka_unit_test(texts_read_as_told),
        cmocka_unit_test(agrees_with_strtod),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
