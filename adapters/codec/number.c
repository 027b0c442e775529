/* number.c: decimal text to the nearest double.
 *
 * Most cells of a stream are short decimals. When the digits make an integer w below 2^53 and the power of ten is at
 * most 22, both w and 10^|e| are doubles without error, so one multiplication or division rounds once and is right
 * (Clinger's fast path [1]). All others go to std::from_chars, which is right always.
 *
 * [1] W. D. Clinger: How to Read Floating Point Numbers Accurately. PLDI 1990.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "number.h"

#include <float.h>

#if FLT_EVAL_METHOD != 0
#error "the fast path needs doubles that are not kept in wider registers"
#endif

#define DIGITS_IN_64_BITS 19
#define EXPONENT_LIMIT                                                                             \
    100000 /* beyond any double whatever the digits; keeps the sum from overflowing */

static const double powers_of_ten[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                       1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                       1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

#define EXACT_POWERS ((int64_t)(sizeof powers_of_ten / sizeof *powers_of_ten) - 1)

static inline bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The exponent behind an 'e' at *at; false when there are no digits. */
static bool scan_exponent(const char **at, const char *end, int64_t *exponent)
{
    const char *p = *at + 1;
    bool negative = false;
    int64_t power = 0;

    if (p < end && (*p == '-' || *p == '+'))
        negative = *p++ == '-';
    if (p == end || !is_digit(*p))
        return false;
    for (; p < end && is_digit(*p); p++)
        power = power < EXPONENT_LIMIT ? power * 10 + (*p - '0') : power;
    *exponent += negative ? -power : power;
    *at = p;
    return true;
}

number_result number_scan(const char *text, const char *end, double *value, const char **after)
{
    const char *p = text;
    const char *digits;
    const char *point = NULL;
    bool negative = p < end && *p == '-';
    uint64_t whole = 0;
    int64_t exponent = 0;
    size_t count;

    *after = text;
    p += negative;
    digits = p;
    for (; p < end && is_digit(*p); p++)
        whole = whole * 10 + (uint64_t)(*p - '0');
    count = (size_t)(p - digits);
    if (count == 0 || (count > 1 && *digits == '0'))
        return NUMBER_NOT;
    if (p < end && *p == '.') {
        point = ++p;
        for (; p < end && is_digit(*p); p++)
            whole = whole * 10 + (uint64_t)(*p - '0');
        if (p == point)
            return NUMBER_NOT;
        exponent = -(int64_t)(p - point);
        count += (size_t)(p - point);
    }
    if (p < end && (*p == 'e' || *p == 'E') && !scan_exponent(&p, end, &exponent))
        return NUMBER_NOT;
    *after = p;
    /* Up to 19 digits fit in 64 bits; with more, whole has wrapped and is not looked at. */
    if (count <= DIGITS_IN_64_BITS && whole <= (uint64_t)1 << DBL_MANT_DIG &&
        exponent >= -EXACT_POWERS && exponent <= EXACT_POWERS) {
        double magnitude = exponent < 0 ? (double)whole / powers_of_ten[-exponent]
                                        : (double)whole * powers_of_ten[exponent];

        *value = negative ? -magnitude : magnitude;
        return NUMBER_READ;
    }
    return number_from_chars(text, (size_t)(p - text), value);
}

number_result number_read(const char *text, size_t size, double *value)
{
    const char *after;
    number_result result = number_scan(text, text + size, value, &after);

    return after == text + size ? result : NUMBER_NOT;
}

bool number_read_integer(const char *text, size_t size, int64_t *value)
{
    bool negative = size > 0 && *text == '-';
    uint64_t limit = negative ? (uint64_t)INT64_MAX + 1 : (uint64_t)INT64_MAX;
    uint64_t magnitude = 0;

    if (size == negative)
        return false;
    for (size_t i = negative; i < size; i++) {
        uint64_t digit;

        if (!is_digit(text[i]))
            return false;
        digit = (uint64_t)(text[i] - '0');
        if (magnitude > (limit - digit) / 10)
            return false;
        magnitude = magnitude * 10 + digit;
    }
    *value = negative ? (int64_t)(0 - magnitude) : (int64_t)magnitude;
    return true;
}

double number_power_of_ten(unsigned exponent)
{
    return powers_of_ten[exponent];
}
