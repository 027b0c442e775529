/* request.c: a request taken apart: target, headers, query arguments.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "request.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "weir/memory.h"
#include "weir/signing.h" /* weir_percent_decode */

enum { MOST_HEADERS = 200, MOST_ARGUMENTS = 1000 };

weir_code request_target(weir_http_request *request, const char *target, weir_error *err)
{
    const char *authority = strncasecmp(target, "http://", 7) == 0    ? target + 7
                            : strncasecmp(target, "https://", 8) == 0 ? target + 8
                                                                      : NULL;
    char *mark = NULL;

    if (authority) {
        const char *slash = strpbrk(authority, "/?");

        target = slash ? slash : "";
    }
    request->path = weir_malloc(strlen(target) + 2);
    if (!request->path)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for the request target");
    /* A target such as "*" becomes a path that no route has. */
    sprintf(request->path, "%s%s", *target == '/' ? "" : "/", target);
    if ((mark = strchr(request->path, '?'))) {
        *mark = '\0';
        request->query = mark + 1;
    }
    return WEIR_OK;
}

weir_code request_header(weir_http_request *request, const char *name, const char *value,
                         weir_error *err)
{
    char *block = NULL;

    if (request->header_count == MOST_HEADERS)
        return weir_fail(err, WEIR_INVALID, "more than %d headers", MOST_HEADERS);
    if (request->header_count == request->header_capacity) {
        size_t capacity = request->header_capacity ? 2 * request->header_capacity : 16;
        request_pair *more = weir_realloc_array(request->headers, capacity, sizeof *more);

        if (!more)
            return weir_fail(err, WEIR_NO_MEMORY, "no room for the headers");
        request->headers = more;
        request->header_capacity = capacity;
    }
    if (!(block = weir_malloc(strlen(name) + strlen(value) + 2)))
        return weir_fail(err, WEIR_NO_MEMORY, "no room for the headers");
    strcpy(block, name);
    strcpy(block + strlen(name) + 1, value);
    request->headers[request->header_count++] = (request_pair){block, block + strlen(name) + 1};
    return WEIR_OK;
}

weir_code request_decode(const char *what, const char *text, size_t length, bool plus_is_blank,
                         char **out, weir_error *err)
{
    char *plain = weir_malloc(length + 1);
    size_t size = 0;

    if (!plain)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for the %s", what);
    size = weir_percent_decode(text, length, plus_is_blank, plain);
    if (memchr(plain, '\0', size) || !weir_utf8_valid(plain, size)) {
        weir_free(plain);
        return weir_fail(err, WEIR_INVALID, "the %s \"%.*s\" is not UTF-8 text", what,
                         (int)(length < 100 ? length : 100), text);
    }
    *out = plain;
    return WEIR_OK;
}

static weir_code take_argument(weir_http_request *request, const char *text, size_t length,
                               weir_error *err)
{
    const char *equals = memchr(text, '=', length);
    size_t name_length = equals ? (size_t)(equals - text) : length;
    request_pair *into = &request->arguments[request->argument_count];
    weir_code code = WEIR_OK;

    *into = (request_pair){0};
    if ((code = request_decode("query", text, name_length, true, &into->name, err)))
        return code;
    request->argument_count++;
    return request_decode("query", equals ? equals + 1 : "", equals ? length - name_length - 1 : 0,
                          true, &into->value, err);
}

weir_code request_arguments(weir_http_request *request, weir_error *err)
{
    size_t count = 1;
    weir_code code = WEIR_OK;

    if (!request->query)
        return WEIR_OK;
    for (const char *c = request->query; *c; c++)
        count += *c == '&';
    if (count > MOST_ARGUMENTS)
        return weir_fail(err, WEIR_INVALID, "more than %d query arguments", MOST_ARGUMENTS);
    if (!(request->arguments = weir_calloc(count, sizeof *request->arguments)))
        return weir_fail(err, WEIR_NO_MEMORY, "no room for the query");
    for (const char *at = request->query; *at && !code;) {
        size_t length = strcspn(at, "&");

        if (length > 0)
            code = take_argument(request, at, length, err);
        at += length + (at[length] == '&');
    }
    return code;
}

static bool fits_type(const char *type, const char *text)
{
    char *end = NULL;

    errno = 0;
    if (strcmp(type, "boolean") == 0)
        return strcasecmp(text, "true") == 0 || strcasecmp(text, "false") == 0 ||
               strcmp(text, "1") == 0 || strcmp(text, "0") == 0;
    if (strcmp(type, "integer") == 0) {
        strtoll(text, &end, 10);
        return end != text && *end == '\0' && errno == 0;
    }
    if (strcmp(type, "number") == 0) {
        double value = strtod(text, &end);

        return end != text && *end == '\0' && isfinite(value);
    }
    return true;
}

weir_code request_check_arguments(const weir_http_request *request, weir_error *err)
{
    const weir_http_argument_row *row = request->route ? request->route->arguments : NULL;

    for (; row && row->name; row++) {
        const char *value = weir_http_argument(request, row->name);

        if (!value) {
            if (row->required)
                return weir_fail(err, WEIR_INVALID, "the query argument %s is missing", row->name);
        } else if (row->required && *value == '\0') {
            return weir_fail(err, WEIR_INVALID, "the query argument %s is empty", row->name);
        } else if (*value && !fits_type(row->type, value)) {
            return weir_fail(err, WEIR_INVALID, "the query argument %s is \"%.100s\"; it is a %s",
                             row->name, value, row->type);
        }
    }
    return WEIR_OK;
}

void request_clear(weir_http_request *request)
{
    for (size_t i = 0; i < request->header_count; i++)
        weir_free(request->headers[i].name); /* the value lies in the same block */
    for (size_t i = 0; i < request->argument_count; i++) {
        weir_free(request->arguments[i].name);
        weir_free(request->arguments[i].value);
    }
    for (size_t i = 0; i < WEIR_HTTP_PARAMS; i++)
        weir_free(request->params[i]);
    weir_free(request->headers);
    weir_free(request->arguments);
    weir_free(request->path);
    weir_bytes_free(&request->body);
}

/* --- what handlers may ask */

const char *weir_http_method(const weir_http_request *request)
{
    return request->method;
}

const char *weir_http_path(const weir_http_request *request)
{
    return request->path;
}

const char *weir_http_query(const weir_http_request *request)
{
    return request->query;
}

const char *weir_http_header(const weir_http_request *request, const char *name)
{
    for (size_t i = 0; i < request->header_count; i++)
        if (strcasecmp(request->headers[i].name, name) == 0)
            return request->headers[i].value;
    return NULL;
}

const char *weir_http_body(const weir_http_request *request, size_t *size)
{
    *size = request->body.size;
    return request->body.size > 0 ? (const char *)request->body.data : "";
}

const char *weir_http_param(const weir_http_request *request, size_t i)
{
    return i < WEIR_HTTP_PARAMS && request->params[i] ? request->params[i] : "";
}

const char *weir_http_argument(const weir_http_request *request, const char *name)
{
    for (size_t i = 0; i < request->argument_count; i++)
        if (strcasecmp(request->arguments[i].name, name) == 0)
            return request->arguments[i].value;
    return NULL;
}

void *weir_http_context(const weir_http_request *request)
{
    return request->context;
}

const weir_http_server *weir_http_server_of(const weir_http_request *request)
{
    return request->server;
}

const char *weir_http_peer(const weir_http_request *request)
{
    return request->peer;
}

const weir_route *weir_http_route(const weir_http_request *request)
{
    return request->route;
}
