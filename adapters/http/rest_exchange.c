/* rest_exchange.c: summaries between projects: merge, export and import.
 *
 * A summary travels as Base64 text, with the project's version as its ETag: who has that one already gets a 304. An
 * import takes it as it is, or as the JSON text it is in the answer of an export.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>
#include <string.h>

#include "rest_inside.h"
#include "weir/memory.h"
#include "weir/signing.h"

void rest_project_merge(const weir_http_request *request, weir_http_reply *reply)
{
    const char *other = weir_http_argument(request, "otherProjectName");
    weir_error err = {0};
    weir_code code =
        weir_project_merge(rest_engine(request), rest_cid(request), rest_pid(request), other, &err);

    rest_done(reply, code, &err);
}

/* The version between quotes of an ETag, or NULL. */
static const char *version_known(const weir_http_request *request, char out[WEIR_PROJECT_VERSION])
{
    const char *tag = weir_http_header(request, "If-None-Match");
    size_t length = tag ? strlen(tag) : 0;

    if (length < 2 || length - 2 >= WEIR_PROJECT_VERSION || tag[0] != '"' || tag[length - 1] != '"')
        return NULL;
    memcpy(out, tag + 1, length - 2);
    out[length - 2] = 0;
    return out;
}

void rest_project_export(const weir_http_request *request, weir_http_reply *reply)
{
    char seen[WEIR_PROJECT_VERSION], version[WEIR_PROJECT_VERSION], tag[WEIR_PROJECT_VERSION + 2];
    const char *known = version_known(request, seen);
    weir_bytes bytes = {0};
    char *text = NULL;
    json_out json;
    weir_error err = {0};

    if (weir_project_export_since(rest_engine(request), rest_cid(request), rest_pid(request),
                                  weir_http_argument(request, "partition"), known, version, &bytes,
                                  &err)) {
        rest_error(reply, &err);
        goto done;
    }
    snprintf(tag, sizeof tag, "\"%s\"", version);
    if (!bytes.size) {
        reply->status = 304;
        weir_http_reply_header(reply, "ETag", tag);
        goto done;
    }
    if (!(text = weir_malloc(4 * ((bytes.size + 2) / 3) + 1))) {
        weir_fail(&err, WEIR_NO_MEMORY, "no room for an export of %zu bytes", bytes.size);
        rest_error(reply, &err);
        goto done;
    }
    weir_base64_encode(bytes.data, bytes.size, text);
    rest_begin(reply, 200, "OK", &json);
    json_put_text(&json, "string", text);
    rest_end(&json);
    weir_http_reply_header(reply, "ETag", tag);
done:
    weir_free(text);
    weir_bytes_free(&bytes);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static weir_code decode(const char *text, size_t length, weir_bytes *out, weir_error *err)
{
    while (length && is_blank(*text)) {
        text++;
        length--;
    }
    while (length && is_blank(text[length - 1]))
        length--;
    if (!length)
        return weir_fail(err, WEIR_INVALID, "the body is empty; it is an export in Base64");
    if (!weir_bytes_reserve(out, 3 * (length / 4) + 3))
        return weir_fail(err, WEIR_NO_MEMORY, "no room for an import of %zu bytes", length);
    if (!weir_base64_decode(text, length, out->data, &out->size)) {
        out->size = 0;
        return weir_fail(err, WEIR_INVALID, "the body is not Base64 text");
    }
    return WEIR_OK;
}

static weir_code read_body(const weir_http_request *request, weir_bytes *out, weir_error *err)
{
    size_t size = 0, start = 0;
    const char *body = weir_http_body(request, &size);
    json_error_t why;
    json_t *quoted;
    weir_code code;

    while (start < size && is_blank(body[start]))
        start++;
    if (start == size || body[start] != '"')
        return decode(body, size, out, err);
    if (!(quoted = json_loadb(body, size, JSON_DECODE_ANY, &why)))
        return weir_fail(err, WEIR_INVALID, "the body is neither Base64 nor a JSON text: %.100s",
                         why.text);
    code = decode(json_string_value(quoted), json_string_length(quoted), out, err);
    json_decref(quoted);
    return code;
}

void rest_project_import(const weir_http_request *request, weir_http_reply *reply)
{
    weir_bytes bytes = {0};
    weir_error err = {0};
    weir_code code = read_body(request, &bytes, &err);

    if (!code)
        code = weir_project_import(rest_engine(request), rest_cid(request), rest_pid(request),
                                   rest_argument_is(request, "persist", true), bytes.data,
                                   bytes.size, &err);
    if (code == WEIR_CORRUPT) { /* the caller's bytes, not ours */
        err.code = WEIR_INVALID;
        weir_explain(&err, WEIR_INVALID, "the body is not a summary");
    }
    rest_done(reply, code, &err);
    weir_bytes_free(&bytes);
}
