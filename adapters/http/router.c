/* router.c: matching paths with the route table.
 *
 * A path is split at "/" while still escaped, so that a name holding %2F stays one name; each {name} is decoded after
 * that. A trailing slash is ignored. The table is walked from the top: literal rows stand above rows with a {name} in
 * the same place.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "router.h"

#include <stdio.h>
#include <string.h>

#include "weir/memory.h"

typedef struct {
    const char *text;
    size_t length;
} segment;

/* The segment at *at (which stands on a "/"), moving *at behind it; false at the end of the path. */
static bool next_segment(const char **at, segment *out)
{
    if (**at != '/' || (*at)[1] == '\0')
        return false;
    out->text = *at + 1;
    out->length = strcspn(out->text, "/");
    *at = out->text + out->length;
    return true;
}

static bool path_fits(const char *pattern, const char *path, segment params[WEIR_HTTP_PARAMS])
{
    size_t count = 0;

    for (;;) {
        segment want, have;
        bool more_want = next_segment(&pattern, &want), more_have = next_segment(&path, &have);

        if (!more_want || !more_have)
            return more_want == more_have;
        if (want.text[0] == '{') {
            if (have.length == 0 || count == WEIR_HTTP_PARAMS)
                return false;
            params[count++] = have;
        } else if (want.length != have.length || memcmp(want.text, have.text, want.length) != 0) {
            return false;
        }
    }
}

bool route_has_method(const char *methods, const char *method)
{
    size_t length = 0;

    if (strcmp(method, "HEAD") == 0)
        method = "GET";
    length = strlen(method);
    for (const char *at = methods; *at; at += strcspn(at, "|"), at += *at == '|')
        if (strcspn(at, "|") == length && memcmp(at, method, length) == 0)
            return true;
    return false;
}

static void add_methods(const char *methods, char allow[64])
{
    for (const char *at = methods; *at; at += strcspn(at, "|"), at += *at == '|') {
        int length = (int)strcspn(at, "|");
        size_t used = strlen(allow);
        char one[16];

        snprintf(one, sizeof one, "%.*s", length, at);
        if (!strstr(allow, one))
            snprintf(allow + used, 64 - used, "%s%s", used ? ", " : "", one);
    }
}

static weir_code take_params(weir_http_request *request, const segment params[WEIR_HTTP_PARAMS],
                             weir_error *err)
{
    weir_code code = WEIR_OK;

    for (size_t i = 0; i < WEIR_HTTP_PARAMS && params[i].text && !code; i++)
        code = request_decode("path", params[i].text, params[i].length, false, &request->params[i],
                              err);
    return code;
}

route_outcome route_find(const weir_route *routes, weir_http_request *request, char allow[64],
                         weir_error *why)
{
    route_outcome outcome = ROUTE_NO_PATH;

    allow[0] = '\0';
    *why = (weir_error){0};
    for (const weir_route *row = routes; row && row->method; row++) {
        segment params[WEIR_HTTP_PARAMS] = {{0}};

        if (!path_fits(row->path, request->path, params))
            continue;
        if (route_has_method(row->method, request->method)) {
            request->route = row;
            take_params(request, params, why);
            return ROUTE_FOUND;
        }
        outcome = ROUTE_NO_METHOD;
        add_methods(row->method, allow);
    }
    return outcome;
}
