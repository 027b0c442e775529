/* option.c: one walk over a table sets defaults, reads texts and refuses what lies outside.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "weir/option.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/number.h"

static weir_code set_integer(const weir_option *option, void *field, const char *text,
                             weir_error *err)
{
    char *end = NULL;
    long long value;

    if (!*text) {
        *(int64_t *)field = INT64_MIN;
        return WEIR_OK;
    }
    errno = 0;
    value = strtoll(text, &end, 10);
    if (errno || *end || (double)value < option->least || (double)value > option->greatest)
        return weir_fail(err, WEIR_INVALID, "%s is %.60s; it is a whole number from %.15g to %.15g",
                         option->name, text, option->least, option->greatest);
    *(int64_t *)field = value;
    return WEIR_OK;
}

static weir_code set_number(const weir_option *option, void *field, const char *text,
                            weir_error *err)
{
    double value = NAN;

    if (*text) {
        number_outcome outcome = number_parse(text, strlen(text), &value);

        if (outcome != NUMBER_OK || !(value >= option->least && value <= option->greatest))
            return weir_fail(err, WEIR_INVALID, "%s is %.60s; it is a number from %.15g to %.15g",
                             option->name, text, option->least, option->greatest);
    }
    *(double *)field = value;
    return WEIR_OK;
}

static weir_code set_boolean(const weir_option *option, void *field, const char *text,
                             weir_error *err)
{
    bool yes = strcasecmp(text, "true") == 0 || strcmp(text, "1") == 0;

    if (!yes && strcasecmp(text, "false") != 0 && strcmp(text, "0") != 0)
        return weir_fail(err, WEIR_INVALID, "%s is %.60s; it is true or false", option->name, text);
    *(bool *)field = yes;
    return WEIR_OK;
}

static weir_code set_choice(const weir_option *option, void *field, const char *text,
                            weir_error *err)
{
    char words[120] = "";
    size_t at = 0;

    for (int i = 0; option->choices[i]; i++) {
        if (strcasecmp(text, option->choices[i]) == 0) {
            *(int *)field = i;
            return WEIR_OK;
        }
        if (at < sizeof words)
            at += (size_t)snprintf(words + at, sizeof words - at, "%s%s", i ? ", " : "",
                                   option->choices[i]);
    }
    return weir_fail(err, WEIR_INVALID, "%s is %.60s; it is one of %s", option->name, text, words);
}

static weir_code set_text(const weir_option *option, void *field, const char *text, weir_error *err)
{
    size_t length = strlen(text);

    if ((double)length < option->least || (double)length > option->greatest)
        return weir_fail(err, WEIR_INVALID, "%s has %zu bytes; it has from %.15g to %.15g",
                         option->name, length, option->least, option->greatest);
    *(const char **)field = text;
    return WEIR_OK;
}

static weir_code set_option(const weir_option *option, void *target, const char *text,
                            weir_error *err)
{
    void *field = (char *)target + option->offset;

    switch (option->kind) {
    case WEIR_OPTION_INTEGER:
        return set_integer(option, field, text, err);
    case WEIR_OPTION_NUMBER:
        return set_number(option, field, text, err);
    case WEIR_OPTION_BOOLEAN:
        return set_boolean(option, field, text, err);
    case WEIR_OPTION_CHOICE:
        return set_choice(option, field, text, err);
    case WEIR_OPTION_TEXT:
        return set_text(option, field, text, err);
    }
    return weir_fail(err, WEIR_INTERNAL, "option %s has no kind", option->name);
}

weir_code weir_options_default(const weir_option *options, void *target, weir_error *err)
{
    for (; options->name; options++) {
        weir_code code = set_option(options, target, options->fallback, err);

        if (code)
            return code;
    }
    return WEIR_OK;
}

weir_code weir_options_set(const weir_option *options, void *target, const char *name,
                           const char *text, bool *known, weir_error *err)
{
    while (options->name && strcmp(options->name, name) != 0)
        options++;
    if (known)
        *known = options->name != NULL;
    return options->name ? set_option(options, target, text, err) : WEIR_OK;
}
