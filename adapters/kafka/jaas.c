/* jaas.c: see jaas.h.
 *
 * One login module:   CLASS FLAG NAME=VALUE NAME="VALUE" ... ;
 * Values stand in double or single quotes, in which a backslash takes the next character as it is, or bare. The text
 * holds a password, so no message repeats any of it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "jaas.h"

#include <string.h>

#include "weir/memory.h"

#define BLANKS " \t\r\n"

/* Copies the word at *at, which ends at a blank, '=' or ';', or is quoted, and steps behind it. NULL: there is none, or
 * its quote does not end. room holds what is left of the text. */
static const char *take_word(const char **at, char *room)
{
    const char *from = *at + strspn(*at, BLANKS);
    char quote = *from == '"' || *from == '\'' ? *from++ : 0, *to = room;

    while (*from && (quote ? *from != quote : !strchr(BLANKS "=;", *from))) {
        if (quote && *from == '\\' && from[1])
            from++;
        *to++ = *from++;
    }
    *to = 0;
    if (quote && !*from)
        return NULL;
    *at = from + (quote ? 1 : 0);
    return quote || to > room ? room : NULL;
}

weir_code jaas_read(const char *text, char **module, weir_settings *out, weir_error *err)
{
    size_t room = strlen(text) + 1;
    char *name = weir_malloc(room), *value = weir_malloc(room), *class = NULL;
    weir_settings read = {0};
    const char *at = text;
    weir_code code = WEIR_OK;

    if (!name || !value) {
        code = weir_fail(err, WEIR_NO_MEMORY, "no room for sasl.jaas.config");
        goto done;
    }
    if (!take_word(&at, name) || !(class = weir_strdup(name)) || !take_word(&at, name)) {
        code = weir_fail(err, WEIR_INVALID,
                         "sasl.jaas.config is not of the form: CLASS required NAME=\"VALUE\" ...;");
        goto done;
    }
    while (!code && *(at += strspn(at, BLANKS)) && *at != ';') {
        bool whole = take_word(&at, name) && *(at += strspn(at, BLANKS)) == '=';

        at += whole;
        code = whole && take_word(&at, value)
                   ? weir_settings_put(&read, name, value, err)
                   : weir_fail(err, WEIR_INVALID,
                               "sasl.jaas.config: its option %zu is no NAME=\"VALUE\"",
                               read.count + 1);
    }
    if (!code && *at != ';')
        code = weir_fail(err, WEIR_INVALID, "sasl.jaas.config does not end with a semicolon");
    if (!code && at[1 + strspn(at + 1, BLANKS)])
        code = weir_fail(err, WEIR_INVALID, "sasl.jaas.config holds more than one login module");
    if (code)
        goto done;
    *module = class;
    class = NULL;
    *out = read;
    read = (weir_settings){0};
done:
    if (name)
        explicit_bzero(name, room);
    if (value)
        explicit_bzero(value, room);
    weir_free(name);
    weir_free(value);
    weir_free(class);
    weir_settings_free(&read);
    return code;
}
