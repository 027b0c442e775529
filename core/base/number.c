/* number.c: decimal text to the nearest double, exactly, fast and whatever the locale; and back.
 *
 * A text of at most 19 significant digits is an integer w times 10^e = w * 5^e * 2^e. For |e| <= 27 5^|e| fits into
 * 64 bits, so w * 5^e (or the quotient of w * 2^s by 5^-e, with its remainder as a sticky bit) is had exactly in
 * 128-bit integers, and one rounding to 53 bits, ties to even, gives the nearest double: no tables of rounded powers,
 * no doubtful cases. Small cases take the exact double multiplication or division of Clinger [1]; what is left
 * (more digits, greater exponents) goes to strtod under the C locale.
 *
 * [1] W. D. Clinger: How to Read Floating Point Numbers Accurately. PLDI 1990.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#define _GNU_SOURCE /* strtod_l */
#include "base/number.h"

#include <assert.h>
#include <locale.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/ascii.h"
#include "weir/memory.h"

__extension__ typedef unsigned __int128 u128;

#define FIVE_MAX 27

static const uint64_t fives[FIVE_MAX + 1] = {
    UINT64_C(1),
    UINT64_C(5),
    UINT64_C(25),
    UINT64_C(125),
    UINT64_C(625),
    UINT64_C(3125),
    UINT64_C(15625),
    UINT64_C(78125),
    UINT64_C(390625),
    UINT64_C(1953125),
    UINT64_C(9765625),
    UINT64_C(48828125),
    UINT64_C(244140625),
    UINT64_C(1220703125),
    UINT64_C(6103515625),
    UINT64_C(30517578125),
    UINT64_C(152587890625),
    UINT64_C(762939453125),
    UINT64_C(3814697265625),
    UINT64_C(19073486328125),
    UINT64_C(95367431640625),
    UINT64_C(476837158203125),
    UINT64_C(2384185791015625),
    UINT64_C(11920928955078125),
    UINT64_C(59604644775390625),
    UINT64_C(298023223876953125),
    UINT64_C(1490116119384765625),
    UINT64_C(7450580596923828125),
};

static const double tens[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                              1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                              1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

static int bits_of(u128 value)
{
    uint64_t high = (uint64_t)(value >> 64), low = (uint64_t)value;

    return high ? 128 - __builtin_clzll(high) : low ? 64 - __builtin_clzll(low) : 0;
}

/* value * 2^shift (and a little more when sticky) rounded to 53 bits. In range: no result here is subnormal. */
static double rounded(u128 value, bool sticky, int shift)
{
    int extra = bits_of(value) - 53;

    if (extra > 0) {
        u128 rest = value & (((u128)1 << extra) - 1), half = (u128)1 << (extra - 1);
        bool up;

        value >>= extra;
        up = rest > half || (rest == half && (sticky || (value & 1)));
        value += up;
        shift += extra;
    }
    return ldexp((double)(uint64_t)value, shift);
}

/* digits * 10^exponent for digits > 0 and |exponent| <= FIVE_MAX. */
static double exact(uint64_t digits, int exponent)
{
    assert(digits > 0);
    if (digits <= (UINT64_C(1) << 53) && exponent >= -22 && exponent <= 22)
        return exponent < 0 ? (double)digits / tens[-exponent] : (double)digits * tens[exponent];
    if (exponent >= 0)
        return rounded((u128)digits * fives[exponent], false, exponent);
    /* The dividend has its top bit at 127, the divisor at most 63 bits: the quotient has 64 or more. */
    int up = 128 - bits_of(digits);
    u128 dividend = (u128)digits << up, divisor = fives[-exponent];
    return rounded(dividend / divisor, dividend % divisor != 0, exponent - up);
}

/* The rest goes to the C library, from a terminated copy. */
static number_outcome by_library(const char *text, size_t length, double *value)
{
    char small[128];
    char *copy = length < sizeof small ? small : weir_malloc(length + 1);
    locale_t c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0); /* glibc: a static object */
    number_outcome outcome = NUMBER_BAD;

    if (copy && c_locale) {
        char *end;

        memcpy(copy, text, length);
        copy[length] = '\0';
        *value = strtod_l(copy, &end, c_locale);
        if (end == copy + length)
            outcome = NUMBER_OK;
    }
    if (c_locale)
        freelocale(c_locale);
    if (copy != small)
        weir_free(copy);
    return outcome;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool word_is(const char *text, size_t length, const char *word)
{
    return strlen(word) == length && strncasecmp(text, word, length) == 0;
}

static bool is_missing(const char *text, size_t length)
{
    return word_is(text, length, "nan") || word_is(text, length, "null") ||
           word_is(text, length, "inf") || word_is(text, length, "infinity");
}

/* The exponent behind an e, held within +-100000; false when there are no digits or something follows them. */
static bool read_exponent(const char *at, const char *end, long *exponent)
{
    bool minus = false;
    long read = 0;

    if (at < end && (*at == '+' || *at == '-'))
        minus = *at++ == '-';
    if (at == end)
        return false;
    for (; at < end; at++) {
        if (!is_digit(*at))
            return false;
        if (read < 100000)
            read = read * 10 + (*at - '0');
    }
    *exponent = minus ? -read : read;
    return true;
}

number_outcome number_parse(const char *text, size_t length, double *value)
{
    const char *at = text, *end, *start;
    uint64_t digits = 0;
    size_t significant = 0, seen = 0, behind_point = 0;
    long exponent = 0;
    bool minus = false, point = false;
    double magnitude;

    ascii_trim(&at, &length);
    end = at + length;
    if (at == end)
        return NUMBER_MISSING;
    start = at;
    if (*at == '+' || *at == '-')
        minus = *at++ == '-';
    for (; at < end; at++) {
        if (*at == '.' && !point) {
            point = true;
            continue;
        }
        if (!is_digit(*at))
            break;
        seen++;
        behind_point += point;
        if (significant > 0 || *at != '0') {
            if (significant < 19)
                digits = digits * 10 + (uint64_t)(*at - '0');
            significant++;
        }
    }
    if (seen == 0)
        return is_missing(at, (size_t)(end - at)) ? NUMBER_MISSING : NUMBER_BAD;
    if (at < end && ((*at != 'e' && *at != 'E') || !read_exponent(at + 1, end, &exponent)))
        return NUMBER_BAD;
    if (significant == 0) {
        *value = minus ? -0.0 : 0.0;
        return NUMBER_OK;
    }
    exponent -= (long)(behind_point < 1000000 ? behind_point : 1000000);
    if (significant > 19 || exponent < -FIVE_MAX || exponent > FIVE_MAX)
        return by_library(start, (size_t)(end - start), value);
    magnitude = exact(digits, (int)exponent);
    *value = minus ? -magnitude : magnitude;
    return NUMBER_OK;
}

size_t number_print(double value, char text[NUMBER_TEXT])
{
    size_t kept = 0;
    int length = 0;

    if (!isfinite(value))
        return (size_t)snprintf(text, NUMBER_TEXT, "%g", value);
    for (int digits = 15; digits <= 17; digits++) {
        length = snprintf(text, NUMBER_TEXT, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    for (int i = 0; i < length; i++) { /* a locale's point may be several bytes */
        const bool plain = strchr("0123456789+-e", text[i]) != NULL;

        if (plain || (kept > 0 && text[kept - 1] != '.'))
            text[kept++] = plain ? text[i] : '.';
    }
    text[kept] = '\0';
    return kept;
}
