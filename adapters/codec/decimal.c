/* decimal.c: see decimal.h.
 *
 * An unscaled number of up to 8 bytes that a double holds, and a scale whose power of ten a double holds, take one
 * division, which rounds once. All others become decimal digits, and the reader of decimal text finds the nearest
 * double.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "decimal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "number.h"

#define LIMBS (DECIMAL_BYTES_MAX / 4)
#define LIMB_BASE 1000000000u
#define EXACT_WHOLE ((uint64_t)1 << 53)
#define EXACT_SCALE 22

/* The magnitude as 32-bit limbs, small end first; returns how many. */
static size_t magnitude_of(const uint8_t *unscaled, size_t size, bool *negative,
                           uint32_t limbs[LIMBS])
{
    uint32_t carry;

    *negative = size > 0 && unscaled[0] & 0x80;
    carry = *negative;
    memset(limbs, 0, LIMBS * sizeof *limbs);
    for (size_t i = 0; i < size; i++) {
        uint32_t byte = unscaled[size - 1 - i];

        if (*negative) {
            byte = (byte ^ 0xff) + carry;
            carry = byte >> 8;
            byte &= 0xff;
        }
        limbs[i / 4] |= byte << 8 * (i % 4);
    }
    size = LIMBS;
    while (size > 0 && limbs[size - 1] == 0)
        size--;
    return size;
}

/* The digits of a magnitude, which is used up; returns their number, at least 1. */
static size_t digits_of(uint32_t limbs[LIMBS], size_t count, char digits[DECIMAL_TEXT_MAX])
{
    uint32_t groups[LIMBS * 2]; /* of nine digits, small end first */
    size_t group_count = 0, length;

    while (count > 0) {
        uint64_t rest = 0;

        for (size_t i = count; i-- > 0;) {
            rest = rest << 32 | limbs[i];
            limbs[i] = (uint32_t)(rest / LIMB_BASE);
            rest %= LIMB_BASE;
        }
        groups[group_count++] = (uint32_t)rest;
        while (count > 0 && limbs[count - 1] == 0)
            count--;
    }
    if (group_count == 0)
        groups[group_count++] = 0;
    length = (size_t)snprintf(digits, DECIMAL_TEXT_MAX, "%u", groups[group_count - 1]);
    for (size_t i = group_count - 1; i-- > 0;)
        length += (size_t)snprintf(digits + length, DECIMAL_TEXT_MAX - length, "%09u", groups[i]);
    return length;
}

size_t decimal_text(const uint8_t *unscaled, size_t size, int scale, char text[DECIMAL_TEXT_MAX])
{
    uint32_t limbs[LIMBS];
    char digits[DECIMAL_TEXT_MAX];
    bool negative;
    size_t count = magnitude_of(unscaled, size, &negative, limbs);
    size_t length = digits_of(limbs, count, digits);
    const char *sign = negative ? "-" : "";
    size_t behind = scale > 0 ? (size_t)scale : 0;

    if (scale < 0)
        return (size_t)snprintf(text, DECIMAL_TEXT_MAX, "%s%.*se%d", sign, (int)length, digits,
                                -scale);
    if (behind == 0)
        return (size_t)snprintf(text, DECIMAL_TEXT_MAX, "%s%.*s", sign, (int)length, digits);
    if (length > behind)
        return (size_t)snprintf(text, DECIMAL_TEXT_MAX, "%s%.*s.%.*s", sign, (int)(length - behind),
                                digits, (int)behind, digits + length - behind);
    return (size_t)snprintf(text, DECIMAL_TEXT_MAX, "%s0.%.*d%.*s", sign,
                            behind > length ? (int)(behind - length) : 0, 0, (int)length, digits);
}

double decimal_number(const uint8_t *unscaled, size_t size, int scale)
{
    char text[DECIMAL_TEXT_MAX];
    double value = NAN;

    if (size <= 8 && scale >= 0 && scale <= EXACT_SCALE) {
        uint64_t bits = size > 0 && unscaled[0] & 0x80 ? UINT64_MAX : 0, magnitude;

        for (size_t i = 0; i < size; i++)
            bits = bits << 8 | unscaled[i];
        magnitude = (int64_t)bits < 0 ? 0 - bits : bits;
        if (magnitude <= EXACT_WHOLE)
            return (double)(int64_t)bits / number_power_of_ten((unsigned)scale);
    }
    if (number_read(text, decimal_text(unscaled, size, scale, text), &value) != NUMBER_READ)
        return NAN;
    return value;
}

static int base64_digit(char c)
{
    return c >= 'A' && c <= 'Z'   ? c - 'A'
           : c >= 'a' && c <= 'z' ? c - 'a' + 26
           : c >= '0' && c <= '9' ? c - '0' + 52
           : c == '+' || c == '-' ? 62
           : c == '/' || c == '_' ? 63
                                  : -1;
}

bool decimal_base64(const char *text, size_t size, uint8_t bytes[DECIMAL_BYTES_MAX],
                    size_t *byte_count)
{
    uint32_t bits = 0;
    size_t count = 0, held = 0;

    while (size > 0 && text[size - 1] == '=')
        size--;
    for (size_t i = 0; i < size; i++) {
        int digit = base64_digit(text[i]);

        if (digit < 0)
            return false;
        bits = bits << 6 | (uint32_t)digit;
        held += 6;
        if (held < 8)
            continue;
        if (count == DECIMAL_BYTES_MAX)
            return false;
        held -= 8;
        bytes[count++] = (uint8_t)(bits >> held);
    }
    *byte_count = count;
    return size % 4 != 1;
}
