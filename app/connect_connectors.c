/* connect_connectors.c: connectors and their configurations, over Kafka Connect's REST API.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "connect_inside.h"
#include "weir/memory.h"

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
    *out = json_pack("{s:s,s:o,s:o,s:s}", "name", name, "config", connect_config_json(&settings),
                     "tasks", tasks, "type", "sink");
done:
    weir_free(status.tasks);
    weir_settings_free(&settings);
    return code;
}

/* --- reading bodies */

static const char *const initial_words[] = {"RUNNING", "PAUSED", "STOPPED", NULL};
static const weir_connect_state initial_states[] = {WEIR_TASK_RUNNING, WEIR_TASK_PAUSED,
                                                    WEIR_TASK_STOPPED};

static weir_code read_state(const json_t *given, weir_connect_state *state, weir_error *err)
{
    const char *word = json_string_value(given);

    *state = WEIR_TASK_RUNNING;
    if (!given || json_is_null(given))
        return WEIR_OK;
    for (size_t i = 0; word && initial_words[i]; i++)
        if (!strcmp(initial_words[i], word)) {
            *state = initial_states[i];
            return WEIR_OK;
        }
    return weir_fail(err, WEIR_INVALID, "initial_state is one of RUNNING, PAUSED, STOPPED");
}

weir_code connect_read_connector(const char *text, size_t size, char **name, weir_settings *config,
                                 weir_connect_state *state, weir_error *err)
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
    if ((code = read_state(json_object_get(root, "initial_state"), state, err)))
        goto done;
    if (!inner)
        json_object_del(root, "initial_state");
    if (!(flat = json_dumps(inner ? inner : root, JSON_COMPACT)) || !(copy = weir_strdup(given))) {
        code = weir_fail(err, WEIR_NO_MEMORY, "no room for connector %.60s", given);
        goto done;
    }
    if ((code = weir_settings_json(flat, strlen(flat), config, err)))
        goto done;
    *name = copy;
    copy = NULL; /* the caller's now */
done:
    weir_free(copy);
    free(flat);
    json_decref(root);
    return code;
}

/* --- reading */

static bool expands(const weir_http_request *request, const char *what)
{
    const char *query = weir_http_query(request);
    char wanted[40];

    snprintf(wanted, sizeof wanted, "expand=%s", what);
    return query && strstr(query, wanted);
}

void connect_get_connectors(const weir_http_request *request, weir_http_reply *reply)
{
    connect_rest *rest = connect_of(request);
    bool info = expands(request, "info"), status = expands(request, "status");
    char **names = NULL;
    size_t count = 0;
    weir_error err = {0};
    json_t *list = NULL, *map = NULL;

    if (weir_connect_names(rest->worker, &names, &count, &err)) {
        connect_fail(reply, &err);
        return;
    }
    list = json_array();
    map = json_object();
    for (size_t i = 0; i < count; i++) {
        json_t *entry = json_object(), *part = NULL;

        json_array_append_new(list, json_string(names[i]));
        if (info && !info_json(rest->worker, names[i], &part, NULL))
            json_object_set_new(entry, "info", part);
        if (status && !connect_status_json(rest, names[i], &part, NULL))
            json_object_set_new(entry, "status", part);
        json_object_set_new(map, names[i], entry);
        weir_free(names[i]);
    }
    weir_free(names);
    json_decref(info || status ? list : map);
    connect_answer(reply, 200, info || status ? map : list);
}

void connect_get_connector(const weir_http_request *request, weir_http_reply *reply)
{
    weir_error err = {0};
    json_t *json = NULL;

    if (info_json(connect_of(request)->worker, weir_http_param(request, 0), &json, &err))
        connect_fail(reply, &err);
    else
        connect_answer(reply, 200, json);
}

void connect_get_config(const weir_http_request *request, weir_http_reply *reply)
{
    weir_error err = {0};
    weir_settings settings = {0};

    if (weir_connect_config(connect_of(request)->worker, weir_http_param(request, 0), &settings,
                            &err))
        connect_fail(reply, &err);
    else
        connect_answer(reply, 200, connect_config_json(&settings));
    weir_settings_free(&settings);
}

/* --- changing */

/* Whether a configuration that names its connector names this one; false and answered when not. */
static bool names_agree(const char *name, const weir_settings *settings, weir_http_reply *reply)
{
    const char *inside = weir_settings_get(settings, "name");
    char message[400];

    if (!inside || !strcmp(inside, name))
        return true;
    snprintf(message, sizeof message,
             "Connector name configuration (%.100s) doesn't match connector name in the URL "
             "(%.100s)",
             inside, name);
    connect_refuse(reply, 400, message);
    return false;
}

static void answer_info(const connect_rest *rest, const char *name, int status,
                        weir_http_reply *reply)
{
    weir_error err = {0};
    json_t *json = NULL;

    if (info_json(rest->worker, name, &json, &err))
        connect_fail(reply, &err);
    else
        connect_answer(reply, status, json);
}

void connect_post_connectors(const weir_http_request *request, weir_http_reply *reply)
{
    connect_rest *rest = connect_of(request);
    size_t size = 0;
    const char *body = weir_http_body(request, &size);
    weir_settings settings = {0}, known = {0};
    weir_connect_state state = WEIR_TASK_RUNNING;
    weir_error err = {0};
    char *name = NULL, text[300];

    if (connect_read_connector(body ? body : "", size, &name, &settings, &state, &err)) {
        connect_fail(reply, &err);
    } else if (!weir_connect_config(rest->worker, name, &known, NULL)) {
        snprintf(text, sizeof text, "Connector %.200s already exists", name);
        connect_refuse(reply, 409, text);
    } else if (names_agree(name, &settings, reply) &&
               !connect_refuse_faults(name, &settings, reply)) {
        if (weir_connect_create(rest->worker, name, &settings, state, &err)) {
            connect_fail(reply, &err);
        } else {
            answer_info(rest, name, 201, reply);
            snprintf(text, sizeof text, "/connectors/%.200s", name);
            weir_http_reply_header(reply, "Location", text);
        }
    }
    weir_free(name);
    weir_settings_free(&known);
    weir_settings_free(&settings);
}

/* Puts a configuration whose secrets may be hidden. */
static void put_settings(const connect_rest *rest, const char *name, weir_settings *settings,
                         weir_http_reply *reply)
{
    weir_error err = {0};
    bool created = false;

    if (!names_agree(name, settings, reply))
        return;
    if (connect_restore_secrets(rest->worker, name, settings, &err)) {
        connect_fail(reply, &err);
        return;
    }
    if (connect_refuse_faults(name, settings, reply))
        return;
    if (weir_connect_put(rest->worker, name, settings, &created, &err))
        connect_fail(reply, &err);
    else
        answer_info(rest, name, created ? 201 : 200, reply);
}

void connect_put_config(const weir_http_request *request, weir_http_reply *reply)
{
    weir_error err = {0};
    weir_settings settings = {0};

    if (connect_body_settings(request, &settings, &err))
        connect_fail(reply, &err);
    else
        put_settings(connect_of(request), weir_http_param(request, 0), &settings, reply);
    weir_settings_free(&settings);
}

/* The known settings with those of the body in their place; null takes one away. */
static weir_code patched(const weir_settings *known, const char *body, size_t size,
                         weir_settings *out, weir_error *err)
{
    weir_settings given = {0};
    json_t *root = json_loadb(body, size, 0, NULL);
    weir_code code = weir_settings_json(body, size, &given, err);

    for (size_t i = 0; !code && i < known->count; i++)
        if (!json_is_null(json_object_get(root, known->pairs[i].name)))
            code = weir_settings_put(out, known->pairs[i].name, known->pairs[i].value, err);
    for (size_t i = 0; !code && i < given.count; i++)
        code = weir_settings_put(out, given.pairs[i].name, given.pairs[i].value, err);
    weir_settings_free(&given);
    json_decref(root);
    return code;
}

void connect_patch_config(const weir_http_request *request, weir_http_reply *reply)
{
    connect_rest *rest = connect_of(request);
    const char *name = weir_http_param(request, 0);
    weir_settings known = {0}, settings = {0};
    weir_error err = {0};
    size_t size = 0;
    const char *body = weir_http_body(request, &size);

    if (weir_connect_config(rest->worker, name, &known, &err) ||
        patched(&known, body ? body : "", size, &settings, &err))
        connect_fail(reply, &err);
    else
        put_settings(rest, name, &settings, reply);
    weir_settings_free(&known);
    weir_settings_free(&settings);
}

void connect_delete_connector(const weir_http_request *request, weir_http_reply *reply)
{
    weir_error err = {0};

    if (weir_connect_remove(connect_of(request)->worker, weir_http_param(request, 0), &err))
        connect_fail(reply, &err);
    else
        reply->status = 204;
}
