/* utf8.c: tells well-formed UTF-8 (Unicode table 3-7): no overlong forms, no surrogates, nothing above U+10FFFF.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <string.h>

#include "weir/bytes.h"

/* The length of the sequence that a lead byte opens (0: none does) and the range of its second byte. */
static size_t sequence(unsigned char lead, unsigned char *low, unsigned char *high)
{
    *low = 0x80;
    *high = 0xBF;
    if (lead >= 0xC2 && lead <= 0xDF)
        return 2;
    if (lead >= 0xE0 && lead <= 0xEF) {
        if (lead == 0xE0)
            *low = 0xA0;
        if (lead == 0xED)
            *high = 0x9F;
        return 3;
    }
    if (lead >= 0xF0 && lead <= 0xF4) {
        if (lead == 0xF0)
            *low = 0x90;
        if (lead == 0xF4)
            *high = 0x8F;
        return 4;
    }
    return 0;
}

bool weir_utf8_valid(const char *text, size_t length)
{
    const unsigned char *bytes = (const unsigned char *)text;
    size_t i = 0;

    while (i < length) {
        unsigned char low, high;
        size_t size;
        uint64_t word;

        /* Eight ASCII bytes at once: most texts are nothing else. */
        if (length - i >= 8) {
            memcpy(&word, bytes + i, sizeof word);
            if (!(word & UINT64_C(0x8080808080808080))) {
                i += 8;
                continue;
            }
        }
        if (bytes[i] < 0x80) {
            i++;
            continue;
        }
        size = sequence(bytes[i], &low, &high);
        if (size == 0 || size > length - i || bytes[i + 1] < low || bytes[i + 1] > high)
            return false;
        for (size_t k = 2; k < size; k++)
            if ((bytes[i + k] & 0xC0) != 0x80)
                return false;
        i += size;
    }
    return true;
}
