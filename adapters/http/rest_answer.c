/* rest_answer.c: the envelope of every answer, and errors as statuses.
 *
 * The one place that turns a weir_code into an HTTP status. Callers read the status by its name, so name and number
 * always agree.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>
#include <string.h>

#include "rest_inside.h"

static const char *status_name(int status)
{
    static const struct {
        int status;
        const char *name;
    } names[] = {
        {200, "OK"},
        {201, "CREATED"},
        {202, "ACCEPTED"},
        {400, "BAD_REQUEST"},
        {401, "UNAUTHORIZED"},
        {403, "FORBIDDEN"},
        {404, "NOT_FOUND"},
        {405, "METHOD_NOT_ALLOWED"},
        {409, "CONFLICT"},
        {413, "REQUEST_ENTITY_TOO_LARGE"},
        {426, "UPGRADE_REQUIRED"},
        {429, "TOO_MANY_REQUESTS"},
        {431, "REQUEST_HEADER_FIELDS_TOO_LARGE"},
        {500, "INTERNAL_SERVER_ERROR"},
        {503, "SERVICE_UNAVAILABLE"},
    };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].status == status)
            return names[i].name;
    return "INTERNAL_SERVER_ERROR";
}

int rest_status(weir_code code)
{
    switch (code) {
    case WEIR_OK:
        return 200;
    case WEIR_INVALID:
    case WEIR_NOT_FOUND:
    case WEIR_TOO_LARGE:
        return 400;
    case WEIR_UNAUTHORIZED:
        return 401;
    case WEIR_CONFLICT:
    case WEIR_FROZEN:
    case WEIR_GAP:
        return 409;
    case WEIR_STORE:
    case WEIR_UNAVAILABLE:
    case WEIR_NO_MEMORY:
        return 503;
    case WEIR_NO_MODEL:
    case WEIR_BUSY:
    case WEIR_CORRUPT:
    case WEIR_CANCELLED:
    case WEIR_INTERNAL:
        break;
    }
    return 500;
}

static void begin_envelope(weir_bytes *out, int status, const char *text, json_out *json)
{
    *json = (json_out){.out = out};
    json_open(json, '{');
    json_put_text(json, "statusCode", status_name(status));
    json_put_text(json, "statusString", text);
    json_key(json, "values");
    json_open(json, '{');
}

void rest_begin(weir_http_reply *reply, int status, const char *text, json_out *json)
{
    reply->status = status;
    reply->content_type = "application/json";
    weir_bytes_clear(&reply->body);
    begin_envelope(&reply->body, status, text, json);
}

void rest_end(json_out *json)
{
    json_close(json, '}');
    json_close(json, '}');
}

void rest_plain(weir_http_reply *reply, int status, const char *text)
{
    json_out json;

    rest_begin(reply, status, text, &json);
    rest_end(&json);
}

void rest_list(weir_http_reply *reply, char *const *texts, size_t count)
{
    json_out json;

    rest_begin(reply, 200, "OK", &json);
    json_key(&json, "stringList");
    json_open(&json, '{');
    json_key(&json, "values");
    json_open(&json, '[');
    for (size_t i = 0; i < count; i++)
        json_text(&json, texts[i]);
    json_close(&json, ']');
    json_close(&json, '}');
    rest_end(&json);
}

void rest_error(weir_http_reply *reply, const weir_error *err)
{
    int status = rest_status(err->code);

    rest_plain(reply, status, err->message);
    if (status == 503)
        weir_http_reply_header(reply, "Retry-After", "1");
}

void rest_done(weir_http_reply *reply, weir_code code, const weir_error *err)
{
    if (code)
        rest_error(reply, err);
    else
        rest_plain(reply, 200, "OK");
}

void rest_model_error(weir_http_reply *reply, const weir_error *err, const char *model_id)
{
    char text[400];

    if (err->code != WEIR_NO_MODEL) {
        rest_error(reply, err);
        return;
    }
    snprintf(text, sizeof text, "Generic Exception <Error no such model <%.300s>>", model_id);
    rest_plain(reply, 500, text);
}

void rest_refusal(const weir_http_request *request, int status, const char *message,
                  weir_http_reply *reply)
{
    (void)request;
    rest_plain(reply, status, message);
}

void rest_ws_refusal(int status, const char *message, weir_bytes *reply)
{
    json_out json;

    begin_envelope(reply, status, message, &json);
    rest_end(&json);
}

void rest_write_answers(json_out *json, const weir_answer *answers, size_t count)
{
    json_key(json, "KSVDMap");
    json_open(json, '{');
    json_key(json, "values");
    json_open(json, '[');
    for (size_t i = 0; i < count; i++) {
        json_open(json, '{');
        for (size_t j = 0; j < answers[i].count; j++)
            json_put_number(json, answers[i].items[j].key, answers[i].items[j].value);
        json_close(json, '}');
    }
    json_close(json, ']');
    json_close(json, '}');
}
