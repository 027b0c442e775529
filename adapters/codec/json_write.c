/* json_write.c: JSON text into a byte buffer.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "json_write.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "json_shim.h"

void json_write_raw(weir_bytes *out, const char *text)
{
    weir_bytes_append(out, text, strlen(text));
}

void json_write_text(weir_bytes *out, const char *text)
{
    weir_bytes_u8(out, '"');
    for (;;) {
        const char *plain = text;
        char escape[8];

        while ((unsigned char)*text >= ' ' && *text != '"' && *text != '\\')
            text++;
        weir_bytes_append(out, plain, (size_t)(text - plain));
        if (!*text)
            break;
        if (*text == '"' || *text == '\\')
            snprintf(escape, sizeof escape, "\\%c", *text);
        else
            snprintf(escape, sizeof escape, "\\u%04x", (unsigned)(unsigned char)*text);
        json_write_raw(out, escape);
        text++;
    }
    weir_bytes_u8(out, '"');
}

/* Straight into the buffer: most of a DataFrame is numbers. */
void json_write_number(weir_bytes *out, double value)
{
    if (!isfinite(value))
        json_write_raw(out, "null");
    else if (weir_bytes_reserve(out, NUMBER_TEXT_MAX))
        out->size += number_to_chars(value, (char *)out->data + out->size);
}

void json_write_quoted_number(weir_bytes *out, double value)
{
    char *at;

    if (!weir_bytes_reserve(out, NUMBER_TEXT_MAX + 2))
        return;
    at = (char *)out->data + out->size;
    *at++ = '"';
    at += number_to_chars(value, at);
    *at++ = '"';
    out->size = (size_t)((uint8_t *)at - out->data);
}

void json_write_integer(weir_bytes *out, int64_t value)
{
    char text[24], *at = text + sizeof text;
    uint64_t left = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;

    do
        *--at = (char)('0' + left % 10);
    while ((left /= 10) > 0);
    if (value < 0)
        *--at = '-';
    weir_bytes_append(out, at, (size_t)(text + sizeof text - at));
}
