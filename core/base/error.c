/* error.c: codes, their sentences, and messages that grow towards the front as an error travels up.
 *
 * A message holds at most 239 bytes. What does not fit is cut, never in the middle of a UTF-8 character, because the
 * names in it come from users and end up in JSON.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "weir/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    bool retry;
} codes[] = {
#define WEIR_CODE_ROW(name, text, retry) {#name, retry},
    WEIR_CODES(WEIR_CODE_ROW)
#undef WEIR_CODE_ROW
};

/* Ends a cut text before the character whose last bytes are missing. */
static void cut_at_character(char *text, size_t size)
{
    size_t start = size, length = 1;

    while (start > 0 && size - start < 4 && ((unsigned char)text[start - 1] & 0xC0) == 0x80)
        start--;
    if (start == 0)
        return;
    unsigned char lead = (unsigned char)text[--start];
    if (lead >= 0xF0)
        length = 4;
    else if (lead >= 0xE0)
        length = 3;
    else if (lead >= 0xC0)
        length = 2;
    if (start + length > size)
        text[start] = '\0';
}

static void finish(weir_error *err, size_t wanted)
{
    if (wanted >= sizeof err->message)
        cut_at_character(err->message, sizeof err->message - 1);
}

weir_code(weir_fail)(weir_error *err, weir_code code, const char *format, ...)
{
    va_list arguments;
    int wanted;

    if (!err)
        return code;
    err->code = code;
    va_start(arguments, format);
    wanted = vsnprintf(err->message, sizeof err->message, format, arguments);
    va_end(arguments);
    finish(err, wanted > 0 ? (size_t)wanted : 0);
    return code;
}

weir_code(weir_explain)(weir_error *err, weir_code code, const char *format, ...)
{
    char inner[sizeof err->message];
    va_list arguments;
    int wanted;
    size_t at;

    if (!err)
        return code;
    err->code = code;
    memcpy(inner, err->message, sizeof inner);
    inner[sizeof inner - 1] = '\0';
    va_start(arguments, format);
    wanted = vsnprintf(err->message, sizeof err->message, format, arguments);
    va_end(arguments);
    at = strlen(err->message);
    if (wanted > 0 && (size_t)wanted < sizeof err->message) {
        int more = snprintf(err->message + at, sizeof err->message - at, ": %s", inner);
        wanted = (int)at + (more > 0 ? more : 0);
    }
    finish(err, wanted > 0 ? (size_t)wanted : 0);
    return code;
}

static bool known(weir_code code)
{
    return (size_t)code < sizeof codes / sizeof codes[0];
}

const char *weir_code_name(weir_code code)
{
    return known(code) ? codes[code].name : "INTERNAL";
}

bool weir_code_retry(weir_code code)
{
    return known(code) && codes[code].retry;
}
