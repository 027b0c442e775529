/* json_out.c: strict JSON output (see json_out.h).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "json_out.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void put(json_out *json, const char *text)
{
    weir_bytes_append(json->out, text, strlen(text));
}

static void separate(json_out *json)
{
    if (json->comma)
        weir_bytes_u8(json->out, ',');
    json->comma = true;
}

void json_open(json_out *json, char bracket)
{
    separate(json);
    weir_bytes_u8(json->out, (uint8_t)bracket);
    json->comma = false;
}

void json_close(json_out *json, char bracket)
{
    weir_bytes_u8(json->out, (uint8_t)bracket);
    json->comma = true;
}

/* The length of the UTF-8 sequence at text (0: not one). */
static size_t sequence_length(const unsigned char *text)
{
    size_t length = *text < 0x80                     ? 1
                    : *text >= 0xc2 && *text <= 0xdf ? 2
                    : *text >= 0xe0 && *text <= 0xef ? 3
                    : *text >= 0xf0 && *text <= 0xf4 ? 4
                                                     : 0;

    return length > 0 && strnlen((const char *)text, length) == length &&
                   weir_utf8_valid((const char *)text, length)
               ? length
               : 0;
}

static void put_escaped(json_out *json, unsigned char c)
{
    static const char plain[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";
    const char *at = memchr(plain, c, sizeof plain - 1);
    char text[8];

    if (at)
        snprintf(text, sizeof text, "\\%c", letters[at - plain]);
    else
        snprintf(text, sizeof text, "\\u%04x", c);
    put(json, text);
}

static void put_string(json_out *json, const char *text)
{
    const unsigned char *at = (const unsigned char *)text, *start = at;

    weir_bytes_u8(json->out, '"');
    while (*at) {
        size_t length = sequence_length(at);
        bool plain = length > 0 && *at >= 0x20 && *at != '"' && *at != '\\' && *at != 0x7f;

        if (plain) {
            at += length;
            continue;
        }
        weir_bytes_append(json->out, start, (size_t)(at - start));
        if (length == 0)
            put(json, "\xef\xbf\xbd");
        else
            put_escaped(json, *at);
        start = ++at;
    }
    weir_bytes_append(json->out, start, (size_t)(at - start));
    weir_bytes_u8(json->out, '"');
}

void json_key(json_out *json, const char *key)
{
    separate(json);
    put_string(json, key);
    weir_bytes_u8(json->out, ':');
    json->comma = false;
}

void json_text(json_out *json, const char *text)
{
    separate(json);
    if (text)
        put_string(json, text);
    else
        put(json, "null");
}

void json_number_text(double value, char text[JSON_NUMBER_TEXT])
{
    if (isnan(value)) {
        strcpy(text, "NaN");
    } else if (isinf(value)) {
        strcpy(text, value > 0 ? "Infinity" : "-Infinity");
    } else if (value == 0) {
        strcpy(text, signbit(value) ? "-0.0" : "0");
    } else if (fabs(value) < 1e15 && value == floor(value)) {
        snprintf(text, JSON_NUMBER_TEXT, "%" PRId64, (int64_t)value);
    } else {
        for (int digits = 15; digits <= 17; digits++) {
            snprintf(text, JSON_NUMBER_TEXT, "%.*g", digits, value);
            if (digits == 17 || strtod(text, NULL) == value)
                break;
        }
    }
}

void json_number(json_out *json, double value)
{
    char text[JSON_NUMBER_TEXT];

    separate(json);
    json_number_text(value, text);
    put(json, isfinite(value) ? text : "null");
}

void json_whole(json_out *json, int64_t value)
{
    char text[24];

    separate(json);
    snprintf(text, sizeof text, "%" PRId64, value);
    put(json, text);
}

void json_truth(json_out *json, bool value)
{
    separate(json);
    put(json, value ? "true" : "false");
}

void json_raw(json_out *json, const char *text, size_t length)
{
    separate(json);
    weir_bytes_append(json->out, text, length);
}

void json_put_text(json_out *json, const char *key, const char *text)
{
    json_key(json, key);
    json_text(json, text);
}

void json_put_number(json_out *json, const char *key, double value)
{
    json_key(json, key);
    json_number(json, value);
}

void json_quoted(json_out *json, double value)
{
    char text[JSON_NUMBER_TEXT];

    json_number_text(value, text);
    json_text(json, text);
}

void json_put_quoted(json_out *json, const char *key, double value)
{
    json_key(json, key);
    json_quoted(json, value);
}

void json_put_whole(json_out *json, const char *key, int64_t value)
{
    json_key(json, key);
    json_whole(json, value);
}

void json_put_truth(json_out *json, const char *key, bool value)
{
    json_key(json, key);
    json_truth(json, value);
}
