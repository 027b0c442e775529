/* rest_body.c: JSON bodies that are not DataFrames.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <string.h>
#include <strings.h>

#include "rest_inside.h"
#include "weir/memory.h"

bool rest_argument_is(const weir_http_request *request, const char *name, bool fallback)
{
    const char *text = weir_http_argument(request, name);

    if (!text || !*text)
        return fallback;
    return strcasecmp(text, "true") == 0 || strcmp(text, "1") == 0;
}

weir_code rest_body_object(const weir_http_request *request, json_t **out, weir_error *err)
{
    size_t size = 0;
    const char *body = weir_http_body(request, &size);
    json_error_t why;
    json_t *root = NULL;

    if (strspn(body, " \t\r\n") >= size) {
        if (!(*out = json_object()))
            return weir_fail(err, WEIR_NO_MEMORY, "no room for the body");
        return WEIR_OK;
    }
    root = json_loadb(body, size, JSON_REJECT_DUPLICATES, &why);
    if (!root)
        return weir_fail(err, WEIR_INVALID, "the body is not JSON: %s (line %d, column %d)",
                         why.text, why.line, why.column);
    if (!json_is_object(root)) {
        json_decref(root);
        return weir_fail(err, WEIR_INVALID, "the body is not a JSON object");
    }
    *out = root;
    return WEIR_OK;
}

/* The text of a scalar; numbers and booleans are kept in strings under key. */
static const char *scalar_text(const char *key, json_t *value, json_t *strings)
{
    char number[JSON_NUMBER_TEXT];
    json_t *text = NULL;

    if (json_is_string(value))
        return json_string_value(value);
    if (json_is_boolean(value)) {
        text = json_string(json_is_true(value) ? "true" : "false");
    } else if (json_is_number(value)) {
        json_number_text(json_number_value(value), number);
        text = json_string(number);
    }
    if (!text || json_object_set_new(strings, key, text) != 0)
        return NULL;
    return json_string_value(json_object_get(strings, key));
}

weir_code rest_settings(const json_t *map, json_t **strings, weir_setting **out, size_t *count,
                        weir_error *err)
{
    const json_t *list = json_object_get(map, "values");
    weir_setting *settings = NULL;
    const char *key = NULL;
    json_t *value = NULL;
    size_t used = 0;

    *strings = NULL;
    if (json_is_array(list))
        map = json_array_get(list, 0);
    if (map && !json_is_object(map))
        return weir_fail(err, WEIR_INVALID, "parameters are a flat JSON object of texts");
    settings = weir_calloc(json_object_size(map) + 1, sizeof *settings);
    if (!settings || !(*strings = json_object())) {
        weir_free(settings);
        return weir_fail(err, WEIR_NO_MEMORY, "no room for the parameters");
    }
    json_object_foreach((json_t *)map, key, value)
    {
        const char *text = NULL;

        if (json_is_null(value))
            continue;
        text = scalar_text(key, value, *strings);
        if (!text) {
            weir_free(settings);
            json_decref(*strings);
            *strings = NULL;
            return weir_fail(err, WEIR_INVALID, "parameter %.100s is not a text, number or boolean",
                             key);
        }
        settings[used++] = (weir_setting){key, text};
    }
    *out = settings;
    *count = used;
    return WEIR_OK;
}
