/* fuzz_jaas.c: the login that Java clients write into one setting. What is read is read alike once more, when it is
 * written with every value in quotes; what is refused has a reason.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jaas.h"
#include "weir/memory.h"

/* Appends a word in quotes. */
static char *quote(char *to, const char *word)
{
    *to++ = '"';
    for (; *word; word++) {
        if (*word == '"' || *word == '\\')
            *to++ = '\\';
        *to++ = *word;
    }
    *to++ = '"';
    return to;
}

static void read_again(const char *module, const weir_settings *options)
{
    size_t room = 2 * strlen(module) + 20;
    char *text = NULL, *at = NULL, *same = NULL;
    weir_settings again = {0};
    weir_error err = {0};

    for (size_t i = 0; i < options->count; i++)
        room += 2 * (strlen(options->pairs[i].name) + strlen(options->pairs[i].value)) + 8;
    at = text = malloc(room);
    at = stpcpy(quote(at, module), " required");
    for (size_t i = 0; i < options->count; i++) {
        *at++ = ' ';
        at = quote(at, options->pairs[i].name);
        *at++ = '=';
        at = quote(at, options->pairs[i].value);
    }
    strcpy(at, ";");
    fuzz_check(!jaas_read(text, &same, &again, &err), "read again", err.message);
    fuzz_check(!strcmp(same, module) && again.count == options->count, "the same", text);
    for (size_t i = 0; i < again.count; i++)
        fuzz_check(!strcmp(again.pairs[i].value, options->pairs[i].value), "the same value", text);
    weir_settings_free(&again);
    weir_free(same);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1), *module = NULL;
    weir_settings options = {0};
    weir_error err = {0};

    memcpy(text, data, size);
    text[size] = 0;
    if (jaas_read(text, &module, &options, &err))
        fuzz_check(err.message[0] && !module && !options.count, "a reason", err.message);
    else
        read_again(module, &options);
    weir_settings_free(&options);
    weir_free(module);
    free(text);
    return 0;
}
