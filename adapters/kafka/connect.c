/* connect.c: see connect.h.
 *
 * One lock covers the list of connectors and everything done to them; ending tasks under it is what makes "stopped"
 * mean stopped for whoever asks next. Tasks themselves never take it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "weir/connect.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "registry_settings.h"
#include "sink_task.h"
#include "weir/log.h"
#include "weir/memory.h"

#define NAME_LONGEST 200

typedef struct {
    sink_config config;
    weir_registry *registry;
    sink_task **tasks; /* config.tasks of them */
    bool paused, from_beginning;
    char bootstrap[512];
} sink_connector;

struct weir_connect {
    weir_connect_options options;
    char *bootstrap, *cluster;
    pthread_mutex_t lock; /* over everything below */
    sink_connector **connectors;
    size_t count;
};

weir_code weir_connect_open(const weir_connect_options *options, weir_connect **out,
                            weir_error *err)
{
    weir_connect *worker = weir_calloc(1, sizeof *worker);

    if (!worker)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for a worker");
    worker->options = *options;
    pthread_mutex_init(&worker->lock, NULL);
    if ((options->bootstrap && !(worker->bootstrap = weir_strdup(options->bootstrap))) ||
        (options->cluster && !(worker->cluster = weir_strdup(options->cluster)))) {
        weir_connect_close(worker);
        return weir_fail(err, WEIR_NO_MEMORY, "no room for a worker");
    }
    *out = worker;
    return WEIR_OK;
}

static void tasks_close(sink_connector *connector)
{
    for (size_t i = 0; connector->tasks && i < connector->config.tasks; i++)
        if (connector->tasks[i])
            sink_task_stop(connector->tasks[i]);
    for (size_t i = 0; connector->tasks && i < connector->config.tasks; i++) {
        sink_task_close(connector->tasks[i]);
        connector->tasks[i] = NULL;
    }
}

static void connector_free(const weir_connect *worker, sink_connector *connector)
{
    if (!connector)
        return;
    tasks_close(connector);
    weir_free(connector->tasks);
    worker->options.registries->close(connector->registry);
    sink_config_free(&connector->config);
    weir_free(connector);
}

void weir_connect_close(weir_connect *worker)
{
    if (!worker)
        return;
    for (size_t i = 0; i < worker->count; i++)
        for (size_t t = 0; t < worker->connectors[i]->config.tasks; t++)
            if (worker->connectors[i]->tasks && worker->connectors[i]->tasks[t])
                sink_task_stop(worker->connectors[i]->tasks[t]);
    for (size_t i = 0; i < worker->count; i++)
        connector_free(worker, worker->connectors[i]);
    weir_free(worker->connectors);
    weir_free(worker->bootstrap);
    weir_free(worker->cluster);
    pthread_mutex_destroy(&worker->lock);
    weir_free(worker);
}

const weir_key *weir_connect_keys(void)
{
    return sink_keys;
}

static weir_code check_name(const char *name, weir_error *err)
{
    size_t length = strlen(name);

    if (!length || length > NAME_LONGEST)
        return weir_fail(err, WEIR_INVALID, "a connector's name has 1 to %d bytes, not %zu",
                         NAME_LONGEST, length);
    for (const char *at = name; *at; at++)
        if ((unsigned char)*at < ' ' || strchr("/\\?#%", *at))
            return weir_fail(err, WEIR_INVALID, "a connector's name cannot hold the byte 0x%02x",
                             (unsigned char)*at);
    return WEIR_OK;
}

weir_code weir_connect_check(const char *name, const weir_settings *settings, weir_error *err)
{
    sink_config config = {0};
    weir_code code = check_name(name, err);

    if (!code)
        code = sink_config_read(name, settings, &config, err);
    sink_config_free(&config);
    return code;
}

/* The index of a connector, or count. The caller holds the lock. */
static size_t find(const weir_connect *worker, const char *name)
{
    size_t i = 0;

    while (i < worker->count && strcmp(worker->connectors[i]->config.name, name) != 0)
        i++;
    return i;
}

static weir_code found(const weir_connect *worker, const char *name, sink_connector **out,
                       weir_error *err)
{
    size_t i = find(worker, name);

    if (i == worker->count)
        return weir_fail(err, WEIR_NOT_FOUND, "Connector %.100s not found", name);
    *out = worker->connectors[i];
    return WEIR_OK;
}

static weir_code start_task(const weir_connect *worker, sink_connector *connector, size_t number,
                            weir_error *err)
{
    const sink_task_options options = {.config = &connector->config,
                                       .bootstrap = connector->bootstrap,
                                       .cluster = worker->cluster,
                                       .codecs = worker->options.codecs,
                                       .remote = worker->options.remote,
                                       .registries = worker->options.registries,
                                       .registry = connector->registry,
                                       .paused = connector->paused,
                                       .from_beginning = connector->from_beginning};

    return sink_task_open(&options, number, &connector->tasks[number], err);
}

static weir_code start_tasks(const weir_connect *worker, sink_connector *connector, weir_error *err)
{
    weir_code code = WEIR_OK;

    for (size_t i = 0; !code && i < connector->config.tasks; i++)
        code = start_task(worker, connector, i, err);
    return code;
}

static weir_code connector_new(const weir_connect *worker, const char *name,
                               const weir_settings *settings, sink_connector **out, weir_error *err)
{
    const char *bootstrap = NULL;
    weir_settings brokers = {0};
    sink_connector *made = weir_calloc(1, sizeof *made);
    weir_code code = WEIR_OK;

    if (!made)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for connector %s", name);
    if ((code = sink_config_read(name, settings, &made->config, err)))
        goto done;
    bootstrap = weir_settings_get(settings, "consumer.override.bootstrap.servers");
    if (!bootstrap)
        bootstrap = worker->bootstrap;
    if (!bootstrap && worker->options.properties)
        bootstrap = weir_settings_get(worker->options.properties, "bootstrap.servers");
    if (!bootstrap) {
        code =
            weir_fail(err, WEIR_INVALID,
                      "%s: the worker was started without --bootstrap and the connector gives no "
                      "consumer.override.bootstrap.servers",
                      name);
        goto done;
    }
    snprintf(made->bootstrap, sizeof made->bootstrap, "%s", bootstrap);
    made->config.worker = worker->options.properties;
    if ((code = sink_config_client(&made->config, "consumer", &brokers, err)) ||
        (code = registry_settings_open(worker->options.registries, &made->config.registry,
                                       "value.converter.", &brokers, &made->registry, err)))
        goto done;
    if (!(made->tasks = weir_calloc(made->config.tasks, sizeof(sink_task *)))) {
        code = weir_fail(err, WEIR_NO_MEMORY, "no room for the tasks of %s", name);
        goto done;
    }
    *out = made;
    made = NULL;
done:
    weir_settings_free(&brokers);
    connector_free(worker, made);
    return code;
}

weir_code weir_connect_put(weir_connect *worker, const char *name, const weir_settings *settings,
                           bool *created, weir_error *err)
{
    sink_connector *made = NULL;
    sink_connector **connectors = NULL;
    size_t at = 0;
    weir_code code = check_name(name, err);

    if (code)
        return code;
    pthread_mutex_lock(&worker->lock);
    if ((code = connector_new(worker, name, settings, &made, err)))
        goto done;
    at = find(worker, name);
    *created = at == worker->count;
    if (*created) {
        if (!(connectors = weir_realloc_array(worker->connectors, worker->count + 1,
                                              sizeof(sink_connector *)))) {
            code = weir_fail(err, WEIR_NO_MEMORY, "no room for connector %s", name);
            goto done;
        }
        worker->connectors = connectors;
        worker->count++;
    } else {
        made->paused = worker->connectors[at]->paused;
        connector_free(worker, worker->connectors[at]);
    }
    worker->connectors[at] = made;
    code = start_tasks(worker, made, err);
    made = NULL;
done:
    connector_free(worker, made);
    pthread_mutex_unlock(&worker->lock);
    return code;
}

weir_code weir_connect_remove(weir_connect *worker, const char *name, weir_error *err)
{
    sink_connector *connector = NULL;
    size_t at = 0;
    weir_code code = WEIR_OK;

    pthread_mutex_lock(&worker->lock);
    if (!(code = found(worker, name, &connector, err))) {
        at = find(worker, name);
        connector_free(worker, connector);
        worker->count--;
        memmove(worker->connectors + at, worker->connectors + at + 1,
                (worker->count - at) * sizeof(sink_connector *));
    }
    pthread_mutex_unlock(&worker->lock);
    return code;
}

weir_code weir_connect_pause(weir_connect *worker, const char *name, bool paused, weir_error *err)
{
    sink_connector *connector = NULL;
    weir_code code = WEIR_OK;

    pthread_mutex_lock(&worker->lock);
    if (!(code = found(worker, name, &connector, err))) {
        connector->paused = paused;
        for (size_t i = 0; i < connector->config.tasks; i++)
            if (connector->tasks[i])
                sink_task_pause(connector->tasks[i], paused);
    }
    pthread_mutex_unlock(&worker->lock);
    return code;
}

weir_code weir_connect_restart(weir_connect *worker, const char *name, size_t task,
                               bool only_failed, weir_error *err)
{
    sink_connector *connector = NULL;
    weir_code code = WEIR_OK;

    pthread_mutex_lock(&worker->lock);
    if ((code = found(worker, name, &connector, err)))
        goto done;
    if (task != WEIR_NONE && task >= connector->config.tasks) {
        code = weir_fail(err, WEIR_NOT_FOUND, "Unknown task: %.100s-%zu", name, task);
        goto done;
    }
    for (size_t i = 0; !code && i < connector->config.tasks; i++) {
        weir_connect_task status = {.state = WEIR_TASK_FAILED};

        if (task != WEIR_NONE && task != i)
            continue;
        if (connector->tasks[i])
            sink_task_state(connector->tasks[i], &status);
        if (only_failed && status.state != WEIR_TASK_FAILED)
            continue;
        sink_task_close(connector->tasks[i]);
        connector->tasks[i] = NULL;
        code = start_task(worker, connector, i, err);
    }
done:
    pthread_mutex_unlock(&worker->lock);
    return code;
}

weir_code weir_connect_reset(weir_connect *worker, const char *name, weir_error *err)
{
    sink_connector *connector = NULL;
    char epoch[32];
    weir_code code = WEIR_OK;

    pthread_mutex_lock(&worker->lock);
    if ((code = found(worker, name, &connector, err)))
        goto done;
    tasks_close(connector);
    /* the clock is higher than any epoch given before, also by a worker that is no more */
    connector->config.epoch = (uint64_t)time(NULL) > connector->config.epoch
                                  ? (uint64_t)time(NULL)
                                  : connector->config.epoch + 1;
    snprintf(epoch, sizeof epoch, "%llu", (unsigned long long)connector->config.epoch);
    weir_log(WEIR_LOG_WARN, "connect",
             "%s takes its topics anew; to keep that over a restart of the worker, its "
             "configuration needs \"sml.source.epoch\": \"%s\"",
             name, epoch);
    connector->from_beginning = true;
    code = start_tasks(worker, connector, err);
done:
    pthread_mutex_unlock(&worker->lock);
    return code;
}

weir_code weir_connect_names(weir_connect *worker, char ***names, size_t *count, weir_error *err)
{
    char **list = NULL;
    size_t made = 0;
    weir_code code = WEIR_OK;

    pthread_mutex_lock(&worker->lock);
    list = weir_calloc(worker->count + 1, sizeof *list);
    while (list && made < worker->count &&
           (list[made] = weir_strdup(worker->connectors[made]->config.name)))
        made++;
    if (!list || made < worker->count) {
        for (size_t i = 0; i < made; i++)
            weir_free(list[i]);
        weir_free(list);
        code = weir_fail(err, WEIR_NO_MEMORY, "no room for %zu names", worker->count);
    } else {
        *names = list;
        *count = made;
    }
    pthread_mutex_unlock(&worker->lock);
    return code;
}

weir_code weir_connect_config(weir_connect *worker, const char *name, weir_settings *out,
                              weir_error *err)
{
    sink_connector *connector = NULL;
    weir_code code = WEIR_OK;

    pthread_mutex_lock(&worker->lock);
    if (!(code = found(worker, name, &connector, err)))
        code = weir_settings_copy(&connector->config.settings, out, err);
    pthread_mutex_unlock(&worker->lock);
    return code;
}

const char *weir_connect_state_text(weir_connect_state state)
{
    static const char *const texts[] = {"RUNNING", "PAUSED", "FAILED"};

    return texts[state];
}

weir_code weir_connect_status_of(weir_connect *worker, const char *name, weir_connect_status *out,
                                 weir_error *err)
{
    sink_connector *connector = NULL;
    weir_code code = WEIR_OK;

    pthread_mutex_lock(&worker->lock);
    if ((code = found(worker, name, &connector, err)))
        goto done;
    out->state = connector->paused ? WEIR_TASK_PAUSED : WEIR_TASK_RUNNING;
    out->task_count = connector->config.tasks;
    if (!(out->tasks = weir_calloc(out->task_count, sizeof *out->tasks))) {
        code = weir_fail(err, WEIR_NO_MEMORY, "no room for the status of %s", name);
        goto done;
    }
    for (size_t i = 0; i < out->task_count; i++) {
        out->tasks[i] = (weir_connect_task){.state = WEIR_TASK_FAILED, .reason = "not started"};
        if (connector->tasks[i])
            sink_task_state(connector->tasks[i], &out->tasks[i]);
    }
done:
    pthread_mutex_unlock(&worker->lock);
    return code;
}
