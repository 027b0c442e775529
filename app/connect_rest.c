/* connect_rest.c: see connect_rest.h. Paths, bodies, statuses and the error object {"error_code", "message"} are those
 * of Kafka Connect, so that its tools work.
 *
 * Secrets are shown as Connect shows those of a validated configuration: as "[hidden]".
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "connect_rest.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "connect_inside.h"
#include "weir/log.h"
#include "weir/memory.h"

/* --- answers */

connect_rest *connect_of(const weir_http_request *request)
{
    return weir_http_context(request);
}

void connect_answer(weir_http_reply *reply, int status, json_t *json)
{
    char *text = json ? json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;

    json_decref(json);
    weir_http_reply_text(reply, text ? status : 500, "application/json",
                         text ? text : "{\"error_code\":500,\"message\":\"out of memory\"}");
    free(text);
}

void connect_refuse(weir_http_reply *reply, int status, const char *message)
{
    connect_answer(reply, status, json_pack("{s:i,s:s}", "error_code", status, "message", message));
}

void connect_fail(weir_http_reply *reply, const weir_error *err)
{
    switch (err->code) {
    case WEIR_NOT_FOUND:
        connect_refuse(reply, 404, err->message);
        return;
    case WEIR_CONFLICT:
        connect_refuse(reply, 409, err->message);
        return;
    case WEIR_INVALID:
    case WEIR_TOO_LARGE:
        connect_refuse(reply, 400, err->message);
        return;
    default:
        connect_refuse(reply, 500, err->message);
    }
}

json_t *connect_config_json(const weir_settings *settings)
{
    json_t *object = json_object();

    for (size_t i = 0; i < settings->count; i++) {
        const weir_named *pair = &settings->pairs[i];
        bool secret = weir_setting_secret(pair->name, pair->value);

        json_object_set_new(object, pair->name, json_string(secret ? CONNECT_HIDDEN : pair->value));
    }
    return object;
}

weir_code connect_body_settings(const weir_http_request *request, weir_settings *out,
                                weir_error *err)
{
    size_t size = 0;
    const char *body = weir_http_body(request, &size);

    return weir_settings_json(body ? body : "", size, out, err);
}

weir_code connect_restore_secrets(weir_connect *worker, const char *name, weir_settings *settings,
                                  weir_error *err)
{
    weir_settings known = {0};
    weir_code code = WEIR_OK;

    if (weir_connect_config(worker, name, &known, NULL))
        return WEIR_OK;
    for (size_t i = 0; !code && i < settings->count; i++) {
        const char *kept = weir_settings_get(&known, settings->pairs[i].name);

        if (kept && !strcmp(settings->pairs[i].value, CONNECT_HIDDEN))
            code = weir_settings_put(settings, settings->pairs[i].name, kept, err);
    }
    weir_settings_free(&known);
    return code;
}

static void put(weir_bytes *out, const char *text)
{
    weir_bytes_append(out, text, strlen(text));
}

bool connect_refuse_faults(const char *name, const weir_settings *settings, weir_http_reply *reply)
{
    weir_settings faults = {0};
    weir_bytes text = {0};
    weir_error err = {0};
    char number[32];
    bool faulty = true;

    if (weir_connect_faults(name, settings, &faults, &err)) {
        connect_fail(reply, &err);
        goto done;
    }
    faulty = faults.count > 0;
    if (!faulty)
        goto done;
    snprintf(number, sizeof number, "%zu", faults.count);
    put(&text, "Connector configuration is invalid and contains the following ");
    put(&text, number);
    put(&text, " error(s):\n");
    for (size_t i = 0; i < faults.count; i++) {
        put(&text, faults.pairs[i].value);
        put(&text, "\n");
    }
    put(&text, "You can also find the above list of errors at the endpoint "
               "`/connector-plugins/{connectorType}/config/validate`");
    weir_bytes_u8(&text, 0);
    if (weir_bytes_ok(&text, &err))
        connect_fail(reply, &err);
    else
        connect_refuse(reply, 400, (const char *)text.data);
done:
    weir_bytes_free(&text);
    weir_settings_free(&faults);
    return faulty;
}

/* --- the worker */

static void get_root(const weir_http_request *request, weir_http_reply *reply)
{
    char cluster[200];

    weir_connect_cluster(connect_of(request)->worker, cluster, sizeof cluster);
    connect_answer(reply, 200,
                   json_pack("{s:s,s:s,s:s}", "version", WEIR_VERSION, "commit", "weir",
                             "kafka_cluster_id", cluster));
}

static void get_health(const weir_http_request *request, weir_http_reply *reply)
{
    (void)request;
    connect_answer(reply, 200,
                   json_pack("{s:s,s:s}", "status", "healthy", "message",
                             "Worker has completed startup and is ready to handle requests."));
}

static const struct {
    const char *name;
    weir_log_level level;
} levels[] = {{"TRACE", WEIR_LOG_DEBUG}, {"DEBUG", WEIR_LOG_DEBUG}, {"INFO", WEIR_LOG_INFO},
              {"WARN", WEIR_LOG_WARN},   {"ERROR", WEIR_LOG_ERROR}, {"FATAL", WEIR_LOG_ERROR}};

static atomic_size_t level_now = 2; /* of levels */

static json_t *level_json(void)
{
    return json_pack("{s:s,s:n}", "level", levels[atomic_load(&level_now)].name, "last_modified");
}

/* There is one logger. */
static void get_loggers(const weir_http_request *request, weir_http_reply *reply)
{
    (void)request;
    connect_answer(reply, 200, json_pack("{s:o}", "root", level_json()));
}

static bool is_root(const weir_http_request *request, weir_http_reply *reply)
{
    char message[200];

    if (!strcmp(weir_http_param(request, 0), "root"))
        return true;
    snprintf(message, sizeof message, "Logger %.100s not found.", weir_http_param(request, 0));
    connect_refuse(reply, 404, message);
    return false;
}

static void get_logger(const weir_http_request *request, weir_http_reply *reply)
{
    if (is_root(request, reply))
        connect_answer(reply, 200, level_json());
}

static void put_logger(const weir_http_request *request, weir_http_reply *reply)
{
    weir_settings body = {0};
    weir_error err = {0};
    const char *wanted = NULL;
    size_t i = 0;

    if (!is_root(request, reply))
        return;
    if (connect_body_settings(request, &body, &err)) {
        connect_fail(reply, &err);
        return;
    }
    wanted = weir_settings_get(&body, "level");
    while (i < sizeof levels / sizeof *levels && (!wanted || strcmp(levels[i].name, wanted) != 0))
        i++;
    if (i == sizeof levels / sizeof *levels) {
        connect_refuse(reply, wanted ? 404 : 400,
                       wanted ? "invalid log level"
                              : "Desired 'level' parameter was not specified");
    } else {
        atomic_store(&level_now, i);
        weir_log_threshold(levels[i].level);
        connect_answer(reply, 200, json_pack("[s]", "root"));
    }
    weir_settings_free(&body);
}

/* --- routes */

static const weir_http_argument_row expand_arguments[] = {
    {"expand", "string", false, NULL, "info, status"}, {0}};
static const weir_http_argument_row restart_arguments[] = {
    {"includeTasks", "boolean", false, "false", "the tasks too"},
    {"onlyFailed", "boolean", false, "false", "only what failed"},
    {0}};
static const weir_http_argument_row plugin_arguments[] = {
    {"connectorsOnly", "boolean", false, "true", "accepted; there are only connectors"}, {0}};

static const weir_route routes[] = {
    {.method = "GET", .path = "/", .handler = get_root, .title = "the worker"},
    {.method = "GET", .path = "/health", .handler = get_health, .title = "whether it serves"},
    {.method = "GET",
     .path = "/metrics",
     .handler = connect_get_metrics,
     .title = "figures for Prometheus"},
    {.method = "GET", .path = "/admin/loggers", .handler = get_loggers, .title = "log levels"},
    {.method = "GET",
     .path = "/admin/loggers/{logger}",
     .handler = get_logger,
     .title = "a log level"},
    {.method = "PUT",
     .path = "/admin/loggers/{logger}",
     .handler = put_logger,
     .title = "set a log level"},
    {.method = "GET",
     .path = "/connectors",
     .handler = connect_get_connectors,
     .title = "names of the connectors",
     .arguments = expand_arguments},
    {.method = "POST",
     .path = "/connectors",
     .handler = connect_post_connectors,
     .title = "make one"},
    {.method = "GET",
     .path = "/connectors/{name}",
     .handler = connect_get_connector,
     .title = "one"},
    {.method = "DELETE",
     .path = "/connectors/{name}",
     .handler = connect_delete_connector,
     .title = "end one"},
    {.method = "GET",
     .path = "/connectors/{name}/config",
     .handler = connect_get_config,
     .title = "its configuration"},
    {.method = "PUT",
     .path = "/connectors/{name}/config",
     .handler = connect_put_config,
     .title = "make it or give it another configuration"},
    {.method = "PATCH",
     .path = "/connectors/{name}/config",
     .handler = connect_patch_config,
     .title = "change some of its configuration"},
    {.method = "GET",
     .path = "/connectors/{name}/status",
     .handler = connect_get_status,
     .title = "its state"},
    {.method = "GET",
     .path = "/connectors/{name}/tasks",
     .handler = connect_get_tasks,
     .title = "its tasks"},
    {.method = "GET",
     .path = "/connectors/{name}/tasks/{task}/status",
     .handler = connect_get_task_status,
     .title = "the state of a task"},
    {.method = "POST",
     .path = "/connectors/{name}/tasks/{task}/restart",
     .handler = connect_post_task_restart,
     .title = "start a task again"},
    {.method = "PUT",
     .path = "/connectors/{name}/pause",
     .handler = connect_put_pause,
     .title = "pause"},
    {.method = "PUT",
     .path = "/connectors/{name}/resume",
     .handler = connect_put_resume,
     .title = "resume"},
    {.method = "PUT",
     .path = "/connectors/{name}/stop",
     .handler = connect_put_stop,
     .title = "end its tasks and keep it"},
    {.method = "POST",
     .path = "/connectors/{name}/restart",
     .handler = connect_post_restart,
     .title = "start it again",
     .arguments = restart_arguments},
    {.method = "GET",
     .path = "/connectors/{name}/offsets",
     .handler = connect_get_offsets,
     .title = "where its group stands"},
    {.method = "PATCH",
     .path = "/connectors/{name}/offsets",
     .handler = connect_patch_offsets,
     .title = "move a stopped one"},
    {.method = "DELETE",
     .path = "/connectors/{name}/offsets",
     .handler = connect_delete_offsets,
     .title = "take its topics anew"},
    {.method = "GET",
     .path = "/connectors/{name}/topics",
     .handler = connect_get_topics,
     .title = "topics it has used"},
    {.method = "PUT",
     .path = "/connectors/{name}/topics/reset",
     .handler = connect_put_topics_reset,
     .title = "forget which it has used"},
    {.method = "GET",
     .path = "/connector-plugins",
     .handler = connect_get_plugins,
     .title = "classes of connectors",
     .arguments = plugin_arguments},
    {.method = "GET",
     .path = "/connector-plugins/{class}/config",
     .handler = connect_get_plugin_config,
     .title = "what can be configured"},
    {.method = "PUT",
     .path = "/connector-plugins/{class}/config/validate",
     .handler = connect_put_validate,
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
