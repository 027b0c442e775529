/* json_write.c: JSON text into a byte buffer.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "json_write.h"

#include <inttypes.h>
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

void json_write_number(weir_bytes *out, double value)
{
    char text[NUMBER_TEXT_MAX];

    if (isfinite(value))
        weir_bytes_append(out, text, number_to_chars(value, text));
    else
        json_write_raw(out, "null");
}

void json_write_integer(weir_bytes *out, int64_t value)
{
    char text[24];

    snprintf(text, sizeof text, "%" PRId64, value);
    json_write_raw(out, text);
}
