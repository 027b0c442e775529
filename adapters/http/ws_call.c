/* ws_call.c: the framings of a WebSocket message (see ws_call.h).
 *
 * Some callers count the header in letters where bytes are meant. The header is one JSON object, so its end is found by
 * reading it; the number is only a promise that a header comes.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "ws_call.h"

#include <jansson.h>
#include <string.h>

#include "weir/memory.h"

enum { HEADER_MAX = 64 * 1024, DIGITS_MAX = 19 };

static const char separator[] = "-289907289";

static weir_code take_text(const json_t *list, size_t i, const char *what, char **out,
                           weir_error *err)
{
    const char *text = json_string_value(json_array_get(list, i));

    if (!text)
        return weir_fail(err, WEIR_INVALID, "the message header has no %s", what);
    if (!(*out = weir_strdup(text)))
        return weir_fail(err, WEIR_NO_MEMORY, "no room for the message header");
    return WEIR_OK;
}

static weir_code take_header(const json_t *header, ws_call *out, weir_error *err)
{
    const json_t *headers = json_object_get(header, "headers");
    const json_t *keys = json_object_get(header, "extraKeys");
    weir_code code = WEIR_OK;

    if (!json_is_array(headers) || json_array_size(headers) < 4)
        return weir_fail(err, WEIR_INVALID,
                         "the message header needs \"headers\":[date, md5, signature, id]");
    if ((code = take_text(headers, 0, "date", &out->date, err)) ||
        (code = take_text(headers, 1, "md5", &out->md5, err)) ||
        (code = take_text(headers, 2, "signature", &out->authorization, err)) ||
        (code = take_text(headers, 3, "customer id", &out->cid, err)))
        return code;
    if (json_array_size(keys) > WS_CALL_KEYS)
        return weir_fail(err, WEIR_INVALID, "%zu extraKeys; there are at most %d",
                         json_array_size(keys), WS_CALL_KEYS);
    for (size_t i = 0; i < json_array_size(keys) && !code; i++) {
        code = take_text(keys, i, "text in extraKeys", &out->keys[i], err);
        out->key_count += !code;
    }
    out->has_header = true;
    return code;
}

/* Reads the object that begins at text; *used is where it ends. */
static weir_code read_header(const char *text, size_t size, size_t *used, ws_call *out,
                             weir_error *err)
{
    json_error_t why;
    json_t *header =
        json_loadb(text, size < HEADER_MAX ? size : HEADER_MAX, JSON_DISABLE_EOF_CHECK, &why);
    weir_code code = WEIR_OK;

    if (!json_is_object(header))
        code = weir_fail(err, WEIR_INVALID, "the message header is not a JSON object: %.100s",
                         header ? "another value" : why.text);
    else
        code = take_header(header, out, err);
    *used = (size_t)why.position;
    json_decref(header);
    return code;
}

/* "150," before the header; *at moves behind the comma. */
static weir_code read_length(const char *message, size_t size, size_t *at, bool *none,
                             weir_error *err)
{
    *none = true;
    while (*at < size && *at < DIGITS_MAX && message[*at] >= '0' && message[*at] <= '9') {
        *none = *none && message[*at] == '0';
        ++*at;
    }
    if (*at == 0 || *at == size || message[*at] != ',')
        return weir_fail(err, WEIR_INVALID,
                         "the message begins neither with a length and a comma nor with {");
    ++*at;
    return WEIR_OK;
}

weir_code ws_call_parse(const char *message, size_t size, ws_call *out, weir_error *err)
{
    size_t at = 0, used = 0, window = size < HEADER_MAX ? size : HEADER_MAX;
    bool none = false;
    weir_code code = WEIR_OK;

    *out = (ws_call){0};
    while (at < size && strchr(" \t\r\n", message[at]) && message[at])
        at++;
    message += at;
    size -= at;
    at = 0;
    if (size > 0 && message[0] == '{') {
        const char *mark =
            memmem(message, window < size ? window : size, separator, sizeof separator - 1);

        if (mark) {
            if ((code = read_header(message, (size_t)(mark - message), &used, out, err)))
                return code;
            at = (size_t)(mark - message) + sizeof separator - 1;
        }
    } else {
        if ((code = read_length(message, size, &at, &none, err)))
            return code;
        if (!none) {
            if ((code = read_header(message + at, size - at, &used, out, err)))
                return code;
            at += used;
        }
    }
    out->payload = message + at;
    out->payload_size = size - at;
    if (out->payload_size == 0)
        return weir_fail(err, WEIR_INVALID, "the message has no payload behind its header");
    return WEIR_OK;
}

void ws_call_free(ws_call *call)
{
    weir_free(call->date);
    weir_free(call->md5);
    weir_free(call->authorization);
    weir_free(call->cid);
    for (size_t i = 0; i < WS_CALL_KEYS; i++)
        weir_free(call->keys[i]);
    *call = (ws_call){0};
}
