/* openapi.c: the OpenAPI 3.1 document, printed from the route table.
 *
 * An answer's schema is that of "values" inside the envelope, but for the few calls that have none.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "openapi_schemas.h"
#include "rest_inside.h"
#include "router.h"

static const char signature_text[] = "base64(HMAC-SHA256(key, text)); the key is the secret, "
                                     "decoded from base64. The text is these lines, each ended "
                                     "by one LF: the verb; base64 of the MD5 of the body, empty "
                                     "without one; the secret in base64; the value of "
                                     "sym-date; the customer id; the body, left out without one; "
                                     "the path, percent-decoded, or the whole URL; the "
                                     "query without \"?\", left out without one. sym-date is UTC, "
                                     "\"yyyy-MM-dd HH:mm:ss;<nanoseconds>\", at most 5 "
                                     "minutes old and 1 minute ahead.";

static void put_reference(json_out *json, const char *name)
{
    char text[96];

    snprintf(text, sizeof text, "#/components/schemas/%s", name);
    json_open(json, '{');
    json_put_text(json, "$ref", text);
    json_close(json, '}');
}

/* "GET", "/a/{b}/c" to "get_a_b_c". */
static void write_operation_id(json_out *json, const char *method, const char *path)
{
    char id[160];
    size_t at = 0;

    for (const char *c = method; *c && at < 16; c++)
        id[at++] = (char)tolower((unsigned char)*c);
    for (const char *c = path; *c && at + 1 < sizeof id; c++)
        if (isalnum((unsigned char)*c))
            id[at++] = *c;
        else if (*c == '/')
            id[at++] = '_';
    id[at] = '\0';
    json_put_text(json, "operationId", id);
}

static void write_path_parameters(json_out *json, const char *path)
{
    for (const char *open = strchr(path, '{'); open; open = strchr(open + 1, '{')) {
        char name[32];

        snprintf(name, sizeof name, "%.*s", (int)strcspn(open + 1, "}"), open + 1);
        json_open(json, '{');
        json_put_text(json, "name", name);
        json_put_text(json, "in", "path");
        json_put_truth(json, "required", true);
        json_key(json, "schema");
        json_open(json, '{');
        json_put_text(json, "type", "string");
        json_close(json, '}');
        json_close(json, '}');
    }
}

static void write_argument(json_out *json, const weir_http_argument_row *row)
{
    json_open(json, '{');
    json_put_text(json, "name", row->name);
    json_put_text(json, "in", "query");
    json_put_truth(json, "required", row->required);
    json_put_text(json, "description", row->help);
    json_key(json, "schema");
    json_open(json, '{');
    json_put_text(json, "type", row->type);
    if (row->fallback) {
        json_key(json, "default");
        if (strcmp(row->type, "string") == 0)
            json_text(json, row->fallback);
        else
            json_raw(json, row->fallback, strlen(row->fallback));
    }
    json_close(json, '}');
    json_close(json, '}');
}

static bool has_envelope(const char *answer)
{
    return strcmp(answer, "Bytes") != 0 && strcmp(answer, "Text") != 0 &&
           strcmp(answer, "Health") != 0;
}

static void write_envelope(json_out *json, const char *answer)
{
    json_open(json, '{');
    json_key(json, "allOf");
    json_open(json, '[');
    put_reference(json, "Envelope");
    json_open(json, '{');
    json_key(json, "properties");
    json_open(json, '{');
    json_key(json, "values");
    put_reference(json, answer);
    json_close(json, '}');
    json_close(json, '}');
    json_close(json, ']');
    json_close(json, '}');
}

/* result: what values holds once a job is done, NULL where this is no job. */
static void write_answer(json_out *json, const char *status, const char *description,
                         const char *answer, const char *result)
{
    json_key(json, status);
    json_open(json, '{');
    json_put_text(json, "description", description);
    json_key(json, "content");
    json_open(json, '{');
    json_key(json, strcmp(answer, "Bytes") == 0  ? "application/octet-stream"
                   : strcmp(answer, "Text") == 0 ? "text/plain"
                                                 : "application/json");
    json_open(json, '{');
    if (has_envelope(answer)) {
        json_key(json, "schema");
        write_envelope(json, answer);
    }
    json_close(json, '}');
    json_close(json, '}');
    if (result) {
        json_key(json, "x-job-result");
        put_reference(json, result);
    }
    json_close(json, '}');
}

static bool may_be_job(const weir_route *route)
{
    for (const weir_http_argument_row *row = route->arguments; row && row->name; row++)
        if (strcmp(row->name, "async") == 0)
            return true;
    return route->handler == rest_job_get || (route->flags & REST_BY_JOB);
}

static void write_answers(json_out *json, const weir_route *route)
{
    bool is_open = (route->flags & REST_OPEN) != 0;

    json_key(json, "responses");
    json_open(json, '{');
    if (!(route->flags & REST_BY_JOB))
        write_answer(json, route->flags & REST_CREATES ? "201" : "200", "Done.", route->answers,
                     NULL);
    if (may_be_job(route))
        write_answer(
            json, "202",
            "A job: its number is in the headers sym-job-id and Location. Once it is done, "
            "jobs/{id} answers 200 with x-job-result as values.",
            "Job", strcmp(route->answers, "Job") == 0 ? NULL : route->answers);
    if (!is_open) {
        write_answer(json, "400", "The request is not valid; statusString says why.", "Empty",
                     NULL);
        write_answer(json, "401", "Unknown customer or wrong signature.", "Empty", NULL);
    }
    json_close(json, '}');
}

static void write_operation(json_out *json, const weir_route *route, const char *method)
{
    char key[16];
    size_t at = 0;

    for (; method[at] && at + 1 < sizeof key; at++)
        key[at] = (char)tolower((unsigned char)method[at]);
    key[at] = '\0';
    json_key(json, key);
    json_open(json, '{');
    write_operation_id(json, method, route->path);
    json_put_text(json, "summary", route->title);
    if (*route->help)
        json_put_text(json, "description", route->help);
    json_key(json, "parameters");
    json_open(json, '[');
    write_path_parameters(json, route->path);
    for (const weir_http_argument_row *row = route->arguments; row && row->name; row++)
        write_argument(json, row);
    json_close(json, ']');
    if (route->body) {
        json_key(json, "requestBody");
        json_open(json, '{');
        json_key(json, "content");
        json_open(json, '{');
        json_key(json, "application/json");
        json_open(json, '{');
        json_key(json, "schema");
        put_reference(json, route->body);
        json_close(json, '}');
        json_close(json, '}');
        json_close(json, '}');
    }
    write_answers(json, route);
    if (route->flags & REST_OPEN) {
        json_key(json, "security");
        json_open(json, '[');
        json_close(json, ']');
    }
    json_close(json, '}');
}

/* All methods of one path stand together; a path is written where it comes first in the table. */
static void write_path(json_out *json, const weir_route *first)
{
    static const char *const methods[] = {"GET", "POST", "PUT", "DELETE"};

    for (const weir_route *row = rest_routes; row < first; row++)
        if (strcmp(row->path, first->path) == 0)
            return;
    json_key(json, first->path);
    json_open(json, '{');
    for (const weir_route *row = first; row->method; row++)
        for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
            if (strcmp(row->path, first->path) == 0 && route_has_method(row->method, methods[i]))
                write_operation(json, row, methods[i]);
    json_close(json, '}');
}

static void write_security(json_out *json)
{
    json_key(json, "securitySchemes");
    json_open(json, '{');
    json_key(json, "signature");
    json_open(json, '{');
    json_put_text(json, "type", "apiKey");
    json_put_text(json, "in", "header");
    json_put_text(json, "name", "Authorization");
    json_put_text(json, "description", signature_text);
    json_close(json, '}');
    json_key(json, "session");
    json_open(json, '{');
    json_put_text(json, "type", "apiKey");
    json_put_text(json, "in", "cookie");
    json_put_text(json, "name", "weir_session");
    json_put_text(json, "description",
                  "From POST /session. State changes need POST or DELETE from the same origin.");
    json_close(json, '}');
    json_close(json, '}');
}

static void write_components(json_out *json)
{
    static const char envelope[] =
        "{\"type\":\"object\",\"required\":[\"statusCode\",\"statusString\",\"values\"],"
        "\"properties\":{\"statusCode\":{\"type\":\"string\",\"description\":\"The name of the "
        "HTTP "
        "status.\"},\"statusString\":{\"type\":\"string\"},\"values\":{\"type\":\"object\"}}}";

    json_key(json, "components");
    json_open(json, '{');
    json_key(json, "schemas");
    json_open(json, '{');
    json_key(json, "Envelope");
    json_raw(json, envelope, sizeof envelope - 1);
    for (const openapi_schema *row = openapi_schemas; row->name; row++) {
        json_key(json, row->name);
        json_raw(json, row->schema, strlen(row->schema));
    }
    json_close(json, '}');
    write_security(json);
    json_close(json, '}');
}

weir_code weir_rest_openapi(const char *version, weir_bytes *out, weir_error *err)
{
    json_out json = {.out = out};

    json_open(&json, '{');
    json_put_text(&json, "openapi", "3.1.0");
    json_key(&json, "info");
    json_open(&json, '{');
    json_put_text(&json, "title", "weir");
    json_put_text(&json, "version", version);
    json_put_text(&json, "summary",
                  "Statistics and models from streams, without keeping the rows.");
    json_close(&json, '}');
    json_key(&json, "security");
    json_open(&json, '[');
    for (int i = 0; i < 2; i++) { /* either will do */
        json_open(&json, '{');
        json_key(&json, i ? "session" : "signature");
        json_open(&json, '[');
        json_close(&json, ']');
        json_close(&json, '}');
    }
    json_close(&json, ']');
    json_key(&json, "paths");
    json_open(&json, '{');
    for (const weir_route *row = rest_routes; row->method; row++)
        write_path(&json, row);
    json_close(&json, '}');
    write_components(&json);
    json_close(&json, '}');
    weir_bytes_u8(out, '\n');
    return weir_bytes_ok(out, err);
}
