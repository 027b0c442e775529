/* connect_state.c: states of connectors and tasks, over Kafka Connect's REST API.
 *
 * As in Connect a connector and its tasks have states of their own: a task that failed stays FAILED until it is started
 * again, and its connector is RUNNING. What a task has done stands beside its state, under names Connect does not use.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "connect_inside.h"
#include "weir/memory.h"
#include "weir/schema.h"

static json_t *task_json(const connect_rest *rest, size_t id, const weir_connect_task *task)
{
    const struct {
        const char *name;
        uint64_t value;
    } figures[] = {{"rows", task->rows},       {"filtered", task->filtered},
                   {"skipped", task->skipped}, {"bad_cells", task->bad_cells},
                   {"retries", task->retries}, {"requests", task->requests},
                   {"repeats", task->repeats}};
    json_t *json = json_pack("{s:I,s:s,s:s,s:s}", "id", (json_int_t)id, "state",
                             weir_connect_state_text(task->state), "worker_id", rest->id, "version",
                             WEIR_VERSION);

    if (*task->reason)
        json_object_set_new(json, "trace", json_string(task->reason));
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++)
        json_object_set_new(json, figures[i].name, json_integer((json_int_t)figures[i].value));
    if (*task->bad_columns)
        json_object_set_new(json, "bad_columns", json_string(task->bad_columns));
    if (*task->refused)
        json_object_set_new(json, "refused", json_string(task->refused));
    return json;
}

weir_code connect_status_json(const connect_rest *rest, const char *name, json_t **out,
                              weir_error *err)
{
    weir_connect_status status = {0};
    json_t *tasks = NULL, *connector = NULL;
    weir_code code = weir_connect_status_of(rest->worker, name, &status, err);

    if (code)
        return code == WEIR_NOT_FOUND
                   ? weir_fail(err, code, "No status found for connector %.100s", name)
                   : code;
    tasks = json_array();
    for (size_t i = 0; i < status.task_count; i++)
        json_array_append_new(tasks, task_json(rest, i, &status.tasks[i]));
    connector = json_pack("{s:s,s:s,s:s}", "state", weir_connect_state_text(status.state),
                          "worker_id", rest->id, "version", WEIR_VERSION);
    if (*status.reason)
        json_object_set_new(connector, "trace", json_string(status.reason));
    *out = json_pack("{s:s,s:o,s:o,s:s}", "name", name, "connector", connector, "tasks", tasks,
                     "type", "sink");
    weir_free(status.tasks);
    return WEIR_OK;
}

void connect_get_status(const weir_http_request *request, weir_http_reply *reply)
{
    weir_error err = {0};
    json_t *json = NULL;

    if (connect_status_json(connect_of(request), weir_http_param(request, 0), &json, &err))
        connect_fail(reply, &err);
    else
        connect_answer(reply, 200, json);
}

void connect_get_tasks(const weir_http_request *request, weir_http_reply *reply)
{
    const char *name = weir_http_param(request, 0);
    weir_connect *worker = connect_of(request)->worker;
    weir_settings settings = {0};
    weir_connect_status status = {0};
    weir_error err = {0};
    json_t *list = NULL;

    if (weir_connect_config(worker, name, &settings, &err) ||
        weir_connect_status_of(worker, name, &status, &err)) {
        connect_fail(reply, &err);
    } else {
        list = json_array();
        for (size_t i = 0; i < status.task_count; i++)
            json_array_append_new(list, json_pack("{s:{s:s,s:I},s:o}", "id", "connector", name,
                                                  "task", (json_int_t)i, "config",
                                                  connect_config_json(&settings)));
        connect_answer(reply, 200, list);
    }
    weir_free(status.tasks);
    weir_settings_free(&settings);
}

/* The task number in the path; false (and answered) when it is none. */
static bool task_number(const weir_http_request *request, weir_http_reply *reply, size_t *number)
{
    const char *text = weir_http_param(request, 1);

    if (!*text || strlen(text) > 9 || strspn(text, "0123456789") != strlen(text)) {
        connect_refuse(reply, 404, "HTTP 404 Not Found");
        return false;
    }
    *number = strtoul(text, NULL, 10);
    return true;
}

void connect_get_task_status(const weir_http_request *request, weir_http_reply *reply)
{
    connect_rest *rest = connect_of(request);
    const char *name = weir_http_param(request, 0);
    weir_connect_status status = {0};
    weir_error err = {0};
    size_t number = 0;
    weir_code code = WEIR_OK;

    if (!task_number(request, reply, &number))
        return;
    code = weir_connect_status_of(rest->worker, name, &status, &err);
    if (code == WEIR_NOT_FOUND || (!code && number >= status.task_count))
        code = weir_fail(&err, WEIR_NOT_FOUND, "No status found for task %.100s-%zu", name, number);
    if (code)
        connect_fail(reply, &err);
    else
        connect_answer(reply, 200, task_json(rest, number, &status.tasks[number]));
    weir_free(status.tasks);
}

void connect_post_task_restart(const weir_http_request *request, weir_http_reply *reply)
{
    weir_error err = {0};
    size_t number = 0;

    if (!task_number(request, reply, &number))
        return;
    if (weir_connect_restart(connect_of(request)->worker, weir_http_param(request, 0), number,
                             false, &err))
        connect_fail(reply, &err);
    else
        reply->status = 204;
}

static void turn(const weir_http_request *request, weir_connect_state state, int status,
                 weir_http_reply *reply)
{
    weir_error err = {0};

    if (weir_connect_turn(connect_of(request)->worker, weir_http_param(request, 0), state, &err))
        connect_fail(reply, &err);
    else
        reply->status = status;
}

void connect_put_pause(const weir_http_request *request, weir_http_reply *reply)
{
    turn(request, WEIR_TASK_PAUSED, 202, reply);
}

void connect_put_resume(const weir_http_request *request, weir_http_reply *reply)
{
    turn(request, WEIR_TASK_RUNNING, 202, reply);
}

void connect_put_stop(const weir_http_request *request, weir_http_reply *reply)
{
    turn(request, WEIR_TASK_STOPPED, 204, reply);
}

static bool wished(const weir_http_request *request, const char *argument)
{
    const char *value = weir_http_argument(request, argument);

    return value && !strcmp(value, "true");
}

/* Marks in a status what a restart is about to start again, as Connect's answer does. */
static void mark_restarting(json_t *status, bool tasks, bool only_failed)
{
    json_t *list = json_object_get(status, "tasks"), *task = NULL;
    size_t i = 0;

    if (!only_failed)
        json_object_set_new(json_object_get(status, "connector"), "state",
                            json_string("RESTARTING"));
    json_array_foreach(list, i, task)
    {
        const char *state = json_string_value(json_object_get(task, "state"));

        if (tasks && (!only_failed || !strcmp(state ? state : "", "FAILED")))
            json_object_set_new(task, "state", json_string("RESTARTING"));
    }
}

/* Without arguments only the connector itself starts again, which here is nothing to do: its tasks go on as they are,
 * failed ones too. */
void connect_post_restart(const weir_http_request *request, weir_http_reply *reply)
{
    connect_rest *rest = connect_of(request);
    const char *name = weir_http_param(request, 0);
    bool tasks = wished(request, "includeTasks"), only_failed = wished(request, "onlyFailed");
    weir_settings known = {0};
    weir_error err = {0};
    json_t *status = NULL;

    if (weir_connect_config(rest->worker, name, &known, &err)) {
        if (err.code == WEIR_NOT_FOUND)
            snprintf(err.message, sizeof err.message, "Unknown connector: %.100s", name);
        connect_fail(reply, &err);
        return;
    }
    weir_settings_free(&known);
    if (!tasks && !only_failed) {
        reply->status = 204;
        return;
    }
    if (connect_status_json(rest, name, &status, &err) ||
        (tasks && weir_connect_restart(rest->worker, name, WEIR_NONE, only_failed, &err))) {
        json_decref(status);
        connect_fail(reply, &err);
        return;
    }
    mark_restarting(status, tasks, only_failed);
    connect_answer(reply, 202, status);
}
