/* rest_tasks.c: tasks: stream applications that the server runs as programs of their own.
 *
 * A description (TaskInfo) travels encrypted like one of a data source, or as plain JSON. It is never answered, since
 * its settings hold secrets.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "rest_inside.h"
#include "weir/memory.h"
#include "weir/tasks.h"

static const char *task_name(const weir_http_request *request)
{
    return weir_http_param(request, 1);
}

/* A task that is missing is 404, unlike a project. */
static void answer(weir_http_reply *reply, int status, const char *text, const weir_error *err)
{
    if (!err->code)
        rest_plain(reply, status, text);
    else if (err->code == WEIR_NOT_FOUND)
        rest_plain(reply, 404, err->message);
    else
        rest_error(reply, err);
}

/* The tasks of this server, or an answer that there are none. */
static weir_tasks *tasks_of(const weir_http_request *request, weir_http_reply *reply)
{
    weir_tasks *tasks = rest_of(request)->options.tasks;

    if (!tasks)
        rest_plain(reply, 501, "this server runs no tasks");
    return tasks;
}

/* --- descriptions */

static weir_code read_params(const json_t *params, weir_task_info *out, weir_error *err)
{
    json_t *strings = NULL;
    weir_setting *settings = NULL;
    size_t count = 0;
    weir_code code = WEIR_OK;

    if (!params || json_is_null(params))
        return WEIR_OK;
    if (!json_is_object(params))
        return weir_fail(err, WEIR_INVALID, "params is not a map of texts");
    if ((code = rest_settings(params, &strings, &settings, &count, err)))
        return code;
    for (size_t i = 0; i < count && !code; i++)
        code = weir_task_info_set(out, settings[i].name, settings[i].value, err);
    weir_free(settings);
    json_decref(strings);
    return code;
}

static weir_code read_text(const json_t *body, const char *key, char **out, weir_error *err)
{
    const json_t *value = json_object_get(body, key);
    const char *text = json_string_value(value);

    if (value && !json_is_null(value) && !text)
        return weir_fail(err, WEIR_INVALID, "%s is not a text", key);
    if (text && !(*out = weir_strdup(text)))
        return weir_fail(err, WEIR_NO_MEMORY, "no room for a task");
    return WEIR_OK;
}

static weir_code read_info(const weir_http_request *request, weir_task_info *out, weir_error *err)
{
    json_t *body = NULL;
    weir_code code = rest_hidden_object(request, &body, err);

    if (!code && !(code = read_text(body, "type", &out->type, err)) &&
        !(code = read_text(body, "name", &out->name, err)))
        code = read_params(json_object_get(body, "params"), out, err);
    json_decref(body);
    return code;
}

void rest_task_create(const weir_http_request *request, weir_http_reply *reply)
{
    weir_tasks *tasks = tasks_of(request, reply);
    weir_task_info info = {0};
    weir_error err = {0};

    if (!tasks)
        return;
    if (!read_info(request, &info, &err))
        weir_task_create(tasks, rest_cid(request), &info, rest_argument_is(request, "force", false),
                         &err);
    answer(reply, 201, "CREATED", &err);
    weir_task_info_free(&info);
}

/* --- running and looking */

void rest_task_start(const weir_http_request *request, weir_http_reply *reply)
{
    weir_tasks *tasks = tasks_of(request, reply);
    weir_error err = {0};

    if (!tasks)
        return;
    weir_task_start(tasks, rest_cid(request), task_name(request), &err);
    answer(reply, 200, "OK", &err);
}

void rest_task_stop(const weir_http_request *request, weir_http_reply *reply)
{
    weir_tasks *tasks = tasks_of(request, reply);
    weir_error err = {0};

    if (!tasks)
        return;
    weir_task_stop(tasks, rest_cid(request), task_name(request), &err);
    answer(reply, 200, "OK", &err);
}

void rest_task_delete(const weir_http_request *request, weir_http_reply *reply)
{
    weir_tasks *tasks = tasks_of(request, reply);
    weir_error err = {0};

    if (!tasks)
        return;
    weir_task_remove(tasks, rest_cid(request), task_name(request), &err);
    answer(reply, 200, "OK", &err);
}

void rest_task_list(const weir_http_request *request, weir_http_reply *reply)
{
    weir_tasks *tasks = tasks_of(request, reply);
    char **names = NULL;
    size_t count = 0;
    weir_error err = {0};

    if (!tasks)
        return;
    if (weir_task_list(tasks, rest_cid(request), &names, &count, &err)) {
        rest_error(reply, &err);
        return;
    }
    rest_list(reply, names, count);
    weir_list_free(names, count);
}

static void put_whole(json_out *json, const char *key, uint64_t value)
{
    char text[24];

    snprintf(text, sizeof text, "%" PRIu64, value);
    json_put_text(json, key, text);
}

/* "2026-01-31T12:00:00Z", or "" for never. */
static void put_time(json_out *json, const char *key, int64_t ms)
{
    char text[32] = "";
    time_t seconds = (time_t)(ms / 1000);
    struct tm parts;

    if (ms && gmtime_r(&seconds, &parts))
        strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
    json_put_text(json, key, text);
}

void rest_task_get(const weir_http_request *request, weir_http_reply *reply)
{
    weir_tasks *tasks = tasks_of(request, reply);
    weir_task_status status = {0};
    json_out json;
    weir_error err = {0};

    if (!tasks)
        return;
    if (weir_task_get(tasks, rest_cid(request), task_name(request), &status, &err)) {
        answer(reply, 0, NULL, &err);
        return;
    }
    rest_begin(reply, 200, "OK", &json);
    json_key(&json, "KSVSMap");
    json_open(&json, '{');
    json_key(&json, "values");
    json_open(&json, '[');
    json_open(&json, '{');
    json_put_text(&json, "status", status.status);
    put_time(&json, "startDateTime", status.started_ms);
    json_put_text(&json, "processIsAlive", status.alive ? "true" : "false");
    json_put_text(&json, "lastError", status.last_error);
    put_whole(&json, "restarts", status.restarts);
    put_whole(&json, "scored", status.report.scored);
    put_whole(&json, "skipped", status.report.skipped);
    put_whole(&json, "lag", status.report.lag);
    put_whole(&json, "modelVersion", status.report.version);
    put_whole(&json, "transactionsAborted", status.report.aborted);
    json_put_text(&json, "processingGuarantee",
                  !status.report.exactly_once ? "at_least_once" : "exactly_once");
    json_close(&json, '}');
    json_close(&json, ']');
    json_close(&json, '}');
    rest_end(&json);
}
