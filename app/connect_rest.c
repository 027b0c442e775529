/* connect_rest.c: see connect_rest.h. Paths, bodies, statuses and the error object {"error_code", "message"} are those
 * of Kafka Connect, so that its tools work.
 *
 * Secrets are shown as Connect shows a config provider's: not at all.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "connect_rest.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "weir/memory.h"
#include "weir/schema.h"

#define HIDDEN "[hidden]"
#define CLASS_NAME "com.sml.kafka.connector.SymetryKafkaSinkConnector"

static connect_rest *rest_of(const weir_http_request *request)
{
    return weir_http_context(request);
}

/* Takes the JSON. */
static void answer(weir_http_reply *reply, int status, json_t *json)
{
    char *text = json ? json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;

    json_decref(json);
    weir_http_reply_text(reply, text ? status : 500, "application/json",
                         text ? text : "{\"error_code\":500,\"message\":\"out of memory\"}");
    free(text);
}

static void refuse(weir_http_reply *reply, int status, const char *message)
{
    answer(reply, status, json_pack("{s:i,s:s}", "error_code", status, "message", message));
}

static void fail(weir_http_reply *reply, const weir_error *err)
{
    int status = err->code == WEIR_NOT_FOUND   ? 404
                 : err->code == WEIR_CONFLICT  ? 409
                 : err->code == WEIR_NO_MEMORY ? 500
                 : weir_code_retry(err->code)  ? 503
                 : err->code == WEIR_INTERNAL  ? 500
                                               : 400;

    refuse(reply, status, err->message);
}

static json_t *config_json(const weir_settings *settings)
{
    json_t *object = json_object();

    for (size_t i = 0; i < settings->count; i++)
        json_object_set_new(
            object, settings->pairs[i].name,
            json_string(weir_setting_secret(settings->pairs[i].name, settings->pairs[i].value)
                            ? HIDDEN
                            : settings->pairs[i].value));
    return object;
}

static weir_code info_json(weir_connect *worker, const char *name, json_t **out, weir_error *err)
{
    weir_settings settings = {0};
    weir_connect_status status = {0};
    json_t *tasks = NULL;
    weir_code code = weir_connect_config(worker, name, &settings, err);

    if (code || (code = weir_connect_status_of(worker, name, &status, err)))
        goto done;
    tasks = json_array();
    for (size_t i = 0; i < status.task_count; i++)
        json_array_append_new(tasks,
                              json_pack("{s:s,s:I}", "connector", name, "task", (json_int_t)i));
    *out = json_pack("{s:s,s:o,s:o,s:s}", "name", name, "config", config_json(&settings), "tasks",
                     tasks, "type", "sink");
done:
    weir_free(status.tasks);
    weir_settings_free(&settings);
    return code;
}

static json_t *task_json(const connect_rest *rest, size_t id, const weir_connect_task *task)
{
    json_t *json = json_pack("{s:I,s:s,s:s}", "id", (json_int_t)id, "state",
                             weir_connect_state_text(task->state), "worker_id", rest->id);

    if (*task->reason)
        json_object_set_new(json, "trace", json_string(task->reason));
    json_object_set_new(json, "rows", json_integer((json_int_t)task->rows));
    json_object_set_new(json, "filtered", json_integer((json_int_t)task->filtered));
    json_object_set_new(json, "skipped", json_integer((json_int_t)task->skipped));
    json_object_set_new(json, "bad_cells", json_integer((json_int_t)task->bad_cells));
    if (*task->bad_columns)
        json_object_set_new(json, "bad_columns", json_string(task->bad_columns));
    if (*task->refused)
        json_object_set_new(json, "refused", json_string(task->refused));
    json_object_set_new(json, "retries", json_integer((json_int_t)task->retries));
    return json;
}

static weir_code status_json(const connect_rest *rest, const char *name, json_t **out,
                             weir_error *err)
{
    weir_connect_status status = {0};
    json_t *tasks = NULL;
    weir_code code = weir_connect_status_of(rest->worker, name, &status, err);

    if (code)
        return code;
    tasks = json_array();
    for (size_t i = 0; i < status.task_count; i++)
        json_array_append_new(tasks, task_json(rest, i, &status.tasks[i]));
    *out = json_pack("{s:s,s:{s:s,s:s},s:o,s:s}", "name", name, "connector", "state",
                     weir_connect_state_text(status.state), "worker_id", rest->id, "tasks", tasks,
                     "type", "sink");
    weir_free(status.tasks);
    return WEIR_OK;
}

/* --- reading bodies */

weir_code connect_read_connector(const char *text, size_t size, char **name, weir_settings *config,
                                 weir_error *err)
{
    json_error_t why;
    json_t *root = json_loadb(text, size, JSON_REJECT_DUPLICATES, &why);
    const char *given = json_string_value(json_object_get(root, "name"));
    json_t *inner = json_object_get(root, "config");
    char *flat = NULL, *copy = NULL;
    weir_code code = WEIR_OK;

    if (!root) {
        code = weir_fail(err, WEIR_INVALID, "line %d: %s", why.line, why.text);
        goto done;
    }
    if (!given) {
        code = weir_fail(err, WEIR_INVALID, "the connector has no \"name\"");
        goto done;
    }
    if (!(flat = json_dumps(inner ? inner : root, JSON_COMPACT)) || !(copy = weir_strdup(given))) {
        code = weir_fail(err, WEIR_NO_MEMORY, "no room for connector %.60s", given);
        goto done;
    }
    if ((code = weir_settings_json(flat, strlen(flat), config, err)))
        goto done;
    *name = copy;
    copy = NULL;
done:
    weir_free(copy);
    free(flat);
    json_decref(root);
    return code;
}

static weir_code body_settings(const weir_http_request *request, weir_settings *out,
                               weir_error *err)
{
    size_t size = 0;
    const char *body = weir_http_body(request, &size);

    return weir_settings_json(body ? body : "", size, out, err);
}

/* A configuration that came back as it was shown keeps its secrets. */
static weir_code restore_secrets(weir_connect *worker, const char *name, weir_settings *settings,
                                 weir_error *err)
{
    weir_settings known = {0};
    weir_code code = WEIR_OK;

    if (weir_connect_config(worker, name, &known, NULL))
        return WEIR_OK;
    for (size_t i = 0; !code && i < settings->count; i++) {
        const char *kept = weir_settings_get(&known, settings->pairs[i].name);

        if (kept && !strcmp(settings->pairs[i].value, HIDDEN))
            code = weir_settings_put(settings, settings->pairs[i].name, kept, err);
    }
    weir_settings_free(&known);
    return code;
}

/* --- handlers */

static void get_root(const weir_http_request *request, weir_http_reply *reply)
{
    answer(reply, 200,
           json_pack("{s:s,s:s,s:s}", "version", WEIR_VERSION, "commit", "weir", "kafka_cluster_id",
                     rest_of(request)->cluster));
}

static bool expands(const weir_http_request *request, const char *what)
{
    const char *query = weir_http_query(request);
    char wanted[40];

    snprintf(wanted, sizeof wanted, "expand=%s", what);
    return query && strstr(query, wanted);
}

static void get_connectors(const weir_http_request *request, weir_http_reply *reply)
{
    connect_rest *rest = rest_of(request);
    bool info = expands(request, "info"), status = expands(request, "status");
    char **names = NULL;
    size_t count = 0;
    weir_error err = {0};
    json_t *list = NULL, *map = NULL;

    if (weir_connect_names(rest->worker, &names, &count, &err)) {
        fail(reply, &err);
        return;
    }
    list = json_array();
    map = json_object();
    for (size_t i = 0; i < count; i++) {
        json_t *entry = json_object(), *part = NULL;

        json_array_append_new(list, json_string(names[i]));
        if (info && !info_json(rest->worker, names[i], &part, NULL))
            json_object_set_new(entry, "info", part);
        if (status && !status_json(rest, names[i], &part, NULL))
            json_object_set_new(entry, "status", part);
        json_object_set_new(map, names[i], entry);
        weir_free(names[i]);
    }
    weir_free(names);
    json_decref(info || status ? list : map);
    answer(reply, 200, info || status ? map : list);
}

/* Puts a connector and answers with its info. */
static void put_connector(const connect_rest *rest, const char *name, weir_settings *settings,
                          weir_http_reply *reply)
{
    weir_error err = {0};
    json_t *json = NULL;
    bool created = false;
    const char *inside = weir_settings_get(settings, "name");
    char message[300];

    if (inside && strcmp(inside, name) != 0) {
        snprintf(message, sizeof message,
                 "Connector name configuration (%.100s) doesn't match connector name in the URL "
                 "(%.100s)",
                 inside, name);
        refuse(reply, 400, message);
        return;
    }
    if (restore_secrets(rest->worker, name, settings, &err) ||
        weir_connect_put(rest->worker, name, settings, &created, &err) ||
        info_json(rest->worker, name, &json, &err))
        fail(reply, &err);
    else
        answer(reply, created ? 201 : 200, json);
}

static void post_connectors(const weir_http_request *request, weir_http_reply *reply)
{
    connect_rest *rest = rest_of(request);
    size_t size = 0;
    const char *body = weir_http_body(request, &size);
    weir_settings settings = {0}, known = {0};
    weir_error err = {0};
    char *name = NULL, message[300];

    if (connect_read_connector(body ? body : "", size, &name, &settings, &err)) {
        fail(reply, &err);
    } else if (!weir_connect_config(rest->worker, name, &known, NULL)) {
        snprintf(message, sizeof message, "Connector %.200s already exists", name);
        refuse(reply, 409, message);
    } else {
        put_connector(rest, name, &settings, reply);
    }
    weir_free(name);
    weir_settings_free(&known);
    weir_settings_free(&settings);
}

static void get_connector(const weir_http_request *request, weir_http_reply *reply)
{
    weir_error err = {0};
    json_t *json = NULL;

    if (info_json(rest_of(request)->worker, weir_http_param(request, 0), &json, &err))
        fail(reply, &err);
    else
        answer(reply, 200, json);
}

static void delete_connector(const weir_http_request *request, weir_http_reply *reply)
{
    weir_error err = {0};

    if (weir_connect_remove(rest_of(request)->worker, weir_http_param(request, 0), &err))
        fail(reply, &err);
    else
        reply->status = 204;
}

static void get_config(const weir_http_request *request, weir_http_reply *reply)
{
    weir_error err = {0};
    weir_settings settings = {0};

    if (weir_connect_config(rest_of(request)->worker, weir_http_param(request, 0), &settings, &err))
        fail(reply, &err);
    else
        answer(reply, 200, config_json(&settings));
    weir_settings_free(&settings);
}

static void put_config(const weir_http_request *request, weir_http_reply *reply)
{
    weir_error err = {0};
    weir_settings settings = {0};

    if (body_settings(request, &settings, &err))
        fail(reply, &err);
    else
        put_connector(rest_of(request), weir_http_param(request, 0), &settings, reply);
    weir_settings_free(&settings);
}

static void get_status(const weir_http_request *request, weir_http_reply *reply)
{
    weir_error err = {0};
    json_t *json = NULL;

    if (status_json(rest_of(request), weir_http_param(request, 0), &json, &err))
        fail(reply, &err);
    else
        answer(reply, 200, json);
}

static void get_tasks(const weir_http_request *request, weir_http_reply *reply)
{
    const char *name = weir_http_param(request, 0);
    weir_connect *worker = rest_of(request)->worker;
    weir_settings settings = {0};
    weir_connect_status status = {0};
    weir_error err = {0};
    json_t *list = NULL;

    if (weir_connect_config(worker, name, &settings, &err) ||
        weir_connect_status_of(worker, name, &status, &err)) {
        fail(reply, &err);
    } else {
        list = json_array();
        for (size_t i = 0; i < status.task_count; i++)
            json_array_append_new(list,
                                  json_pack("{s:{s:s,s:I},s:o}", "id", "connector", name, "task",
                                            (json_int_t)i, "config", config_json(&settings)));
        answer(reply, 200, list);
    }
    weir_free(status.tasks);
    weir_settings_free(&settings);
}

/* The task number in the path; false (and answered) when it is none. */
static bool task_number(const weir_http_request *request, weir_http_reply *reply, size_t *number)
{
    const char *text = weir_http_param(request, 1);

    if (!*text || strlen(text) > 9 || strspn(text, "0123456789") != strlen(text)) {
        refuse(reply, 404, "a task is named by its number");
        return false;
    }
    *number = strtoul(text, NULL, 10);
    return true;
}

static void get_task_status(const weir_http_request *request, weir_http_reply *reply)
{
    connect_rest *rest = rest_of(request);
    weir_connect_status status = {0};
    weir_error err = {0};
    size_t number = 0;

    if (!task_number(request, reply, &number))
        return;
    if (weir_connect_status_of(rest->worker, weir_http_param(request, 0), &status, &err)) {
        fail(reply, &err);
    } else if (number < status.task_count) {
        answer(reply, 200, task_json(rest, number, &status.tasks[number]));
    } else {
        snprintf(err.message, sizeof err.message, "No status found for task %.100s-%zu",
                 weir_http_param(request, 0), number);
        refuse(reply, 404, err.message);
    }
    weir_free(status.tasks);
}

static void post_task_restart(const weir_http_request *request, weir_http_reply *reply)
{
    weir_error err = {0};
    size_t number = 0;

    if (!task_number(request, reply, &number))
        return;
    if (weir_connect_restart(rest_of(request)->worker, weir_http_param(request, 0), number, false,
                             &err))
        fail(reply, &err);
    else
        reply->status = 204;
}

static void set_paused(const weir_http_request *request, weir_http_reply *reply, bool paused)
{
    weir_error err = {0};

    if (weir_connect_pause(rest_of(request)->worker, weir_http_param(request, 0), paused, &err))
        fail(reply, &err);
    else
        reply->status = 202;
}

static void put_pause(const weir_http_request *request, weir_http_reply *reply)
{
    set_paused(request, reply, true);
}

static void put_resume(const weir_http_request *request, weir_http_reply *reply)
{
    set_paused(request, reply, false);
}

static bool wished(const weir_http_request *request, const char *argument)
{
    const char *value = weir_http_argument(request, argument);

    return value && !strcmp(value, "true");
}

/* A connector here is its tasks, so a restart always reaches them. */
static void post_restart(const weir_http_request *request, weir_http_reply *reply)
{
    connect_rest *rest = rest_of(request);
    const char *name = weir_http_param(request, 0);
    weir_error err = {0};
    json_t *json = NULL;

    if (weir_connect_restart(rest->worker, name, WEIR_NONE, wished(request, "onlyFailed"), &err) ||
        (wished(request, "includeTasks") && status_json(rest, name, &json, &err)))
        fail(reply, &err);
    else if (json)
        answer(reply, 202, json);
    else
        reply->status = 204;
}

static void delete_offsets(const weir_http_request *request, weir_http_reply *reply)
{
    weir_error err = {0};

    if (weir_connect_reset(rest_of(request)->worker, weir_http_param(request, 0), &err))
        fail(reply, &err);
    else
        answer(reply, 200,
               json_pack("{s:s}", "message",
                         "The connector takes its topics anew from their first record."));
}

static void get_plugins(const weir_http_request *request, weir_http_reply *reply)
{
    (void)request;
    answer(
        reply, 200,
        json_pack("[{s:s,s:s,s:s}]", "class", CLASS_NAME, "type", "sink", "version", WEIR_VERSION));
}

static const char *kind_text(weir_key_kind kind)
{
    switch (kind) {
    case WEIR_KEY_INTEGER:
        return "LONG";
    case WEIR_KEY_BOOLEAN:
        return "BOOLEAN";
    case WEIR_KEY_SECRET:
        return "PASSWORD";
    case WEIR_KEY_TYPES:
        return "LIST";
    default:
        return "STRING";
    }
}

static json_t *validation_json(const weir_key *key, const char *value, const char *error)
{
    json_t *errors = json_array(), *words = json_array();

    if (error)
        json_array_append_new(errors, json_string(error));
    for (size_t i = 0; key->words && key->words[i]; i++)
        json_array_append_new(words, json_string(key->words[i]));
    return json_pack("{s:{s:s,s:s,s:b,s:s?,s:s,s:s},s:{s:s,s:s?,s:o,s:o,s:b}}", "definition",
                     "name", key->name, "type", kind_text(key->kind), "required",
                     (int)key->required, "default_value", key->fallback, "importance",
                     key->required ? "HIGH" : "MEDIUM", "documentation", key->help, "value", "name",
                     key->name, "value", value && key->kind == WEIR_KEY_SECRET ? HIDDEN : value,
                     "recommended_values", words, "errors", errors, "visible", 1);
}

/* Each key with its own fault, and the fault of the whole (a key nobody knows, say) on "connector.class". */
static void put_validate(const weir_http_request *request, weir_http_reply *reply)
{
    weir_settings settings = {0};
    weir_error err = {0}, whole = {0};
    json_t *list = NULL;
    json_int_t errors = 0;
    const char *name = NULL;

    if (body_settings(request, &settings, &err)) {
        fail(reply, &err);
        return;
    }
    list = json_array();
    name = weir_settings_get(&settings, "name");
    for (const weir_key *key = weir_connect_keys(); key->name; key++) {
        const char *value = weir_settings_get(&settings, key->name);
        bool faulty = value && weir_key_check(key, key->name, value, &err);

        errors += faulty;
        json_array_append_new(list, validation_json(key, value, faulty ? err.message : NULL));
    }
    if (weir_connect_check(name ? name : "validation", &settings, &whole) && !errors) {
        json_t *first = json_array_get(list, 0);

        json_array_append_new(json_object_get(json_object_get(first, "value"), "errors"),
                              json_string(whole.message));
        errors = 1;
    }
    answer(reply, 200,
           json_pack("{s:s,s:I,s:[],s:o}", "name", weir_http_param(request, 0), "error_count",
                     errors, "groups", "configs", list));
    weir_settings_free(&settings);
}

static const weir_http_argument_row expand_arguments[] = {
    {"expand", "string", false, NULL, "info, status"}, {0}};
static const weir_http_argument_row restart_arguments[] = {
    {"includeTasks", "boolean", false, "false", "answer with the state of the tasks"},
    {"onlyFailed", "boolean", false, "false", "only tasks that failed"},
    {0}};

static const weir_route routes[] = {
    {.method = "GET", .path = "/", .handler = get_root, .title = "the worker"},
    {.method = "GET",
     .path = "/connectors",
     .handler = get_connectors,
     .title = "names of the connectors",
     .arguments = expand_arguments},
    {.method = "POST", .path = "/connectors", .handler = post_connectors, .title = "make one"},
    {.method = "GET", .path = "/connectors/{name}", .handler = get_connector, .title = "one"},
    {.method = "DELETE",
     .path = "/connectors/{name}",
     .handler = delete_connector,
     .title = "end one"},
    {.method = "GET",
     .path = "/connectors/{name}/config",
     .handler = get_config,
     .title = "its configuration"},
    {.method = "PUT",
     .path = "/connectors/{name}/config",
     .handler = put_config,
     .title = "make it or give it another configuration"},
    {.method = "GET",
     .path = "/connectors/{name}/status",
     .handler = get_status,
     .title = "its state"},
    {.method = "GET",
     .path = "/connectors/{name}/tasks",
     .handler = get_tasks,
     .title = "its tasks"},
    {.method = "GET",
     .path = "/connectors/{name}/tasks/{task}/status",
     .handler = get_task_status,
     .title = "the state of a task"},
    {.method = "POST",
     .path = "/connectors/{name}/tasks/{task}/restart",
     .handler = post_task_restart,
     .title = "start a task again"},
    {.method = "PUT", .path = "/connectors/{name}/pause", .handler = put_pause, .title = "pause"},
    {.method = "PUT",
     .path = "/connectors/{name}/resume",
     .handler = put_resume,
     .title = "resume"},
    {.method = "POST",
     .path = "/connectors/{name}/restart",
     .handler = post_restart,
     .title = "start its tasks again",
     .arguments = restart_arguments},
    {.method = "DELETE",
     .path = "/connectors/{name}/offsets",
     .handler = delete_offsets,
     .title = "take its topics anew"},
    {.method = "GET",
     .path = "/connector-plugins",
     .handler = get_plugins,
     .title = "classes of connectors"},
    {.method = "PUT",
     .path = "/connector-plugins/{class}/config/validate",
     .handler = put_validate,
     .title = "check a configuration"},
    {0},
};

weir_code connect_rest_open(connect_rest *rest, const char *listen, weir_http_server **out,
                            weir_error *err)
{
    const weir_http_options options = {.listen = listen,
                                       .workers = 4,
                                       .max_body = (size_t)4 << 20,
                                       .max_connections = 256,
                                       .routes = routes,
                                       .context = rest};
    weir_code code = weir_http_open(&options, out, err);

    if (!code)
        snprintf(rest->id, sizeof rest->id, "%s", weir_http_address(*out));
    return code;
}
