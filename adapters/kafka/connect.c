/* connect.c: see connect.h.
 *
 * One lock covers the list of connectors and everything done to them; ending tasks under it is what makes "stopped"
 * mean stopped for whoever asks next. Tasks themselves never take it. What is to be kept is kept before it is done: a
 * change that cannot be kept is refused, so that a restart never undoes an answer.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "weir/connect.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "connect_group.h"
#include "connect_keep.h"
#include "registry_settings.h"
#include "sink_task.h"
#include "topic_list.h"
#include "weir/log.h"
#include "weir/memory.h"

#define NAME_LONGEST 200

typedef struct {
    sink_config config; /* of one that cannot run: its name and settings alone */
    weir_registry *registry;
    sink_task **tasks; /* config.tasks of them; all NULL while it is stopped */
    weir_connect_state state;
    bool from_beginning;
    uint64_t epoch; /* of the last reset */
    char file[WEIR_MD5_TEXT];
    char bootstrap[512];
    char trouble[240]; /* why it cannot run; "" when it can */
    topic_list used;
} sink_connector;

struct weir_connect {
    weir_connect_options options;
    char *bootstrap, *given_cluster;
    pthread_mutex_t lock; /* over everything below */
    sink_connector **connectors;
    size_t count;

    pthread_mutex_t cluster_lock; /* over cluster */
    char cluster[200];
};

/* --- connectors */

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
    topic_list_end(&connector->used);
    sink_config_free(&connector->config);
    weir_free(connector);
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
    if (!strcmp(name, ".") || !strcmp(name, ".."))
        return weir_fail(err, WEIR_INVALID,
                         "a connector's name cannot be \"%s\": no path of a URL can hold it", name);
    return WEIR_OK;
}

const weir_key *weir_connect_keys(void)
{
    return sink_keys;
}

weir_code weir_connect_faults(const char *name, const weir_settings *settings,
                              weir_settings *faults, weir_error *err)
{
    weir_error why = {0};
    weir_code code = sink_config_faults(name, settings, faults, err);

    if (!code && check_name(name, &why))
        code = weir_settings_put(faults, "name", why.message, err);
    return code;
}

/* Brokers of a connector: its own, else the worker's; NULL: none. */
static const char *brokers_of(const weir_connect *worker, const weir_settings *settings)
{
    const char *own = weir_settings_get(settings, "consumer.override.bootstrap.servers");

    if (own)
        return own;
    if (worker->bootstrap || !worker->options.properties)
        return worker->bootstrap;
    return weir_settings_get(worker->options.properties, "bootstrap.servers");
}

/* What a connector needs to run. */
static weir_code equip(const weir_connect *worker, sink_connector *connector, weir_error *err)
{
    const char *name = connector->config.name;
    const char *bootstrap = brokers_of(worker, &connector->config.settings);
    weir_settings brokers = {0};
    weir_code code = WEIR_OK;

    if (!bootstrap)
        return weir_fail(err, WEIR_INVALID,
                         "%s: the worker was started without --bootstrap and the connector gives "
                         "no consumer.override.bootstrap.servers",
                         name);
    snprintf(connector->bootstrap, sizeof connector->bootstrap, "%s", bootstrap);
    connector->config.worker = worker->options.properties;
    if ((code = sink_config_client(&connector->config, "consumer", &brokers, err)) ||
        (code = registry_settings_open(worker->options.registries, &connector->config.registry,
                                       "value.converter.", &brokers, &connector->registry, err)))
        goto done;
    if (!(connector->tasks = weir_calloc(connector->config.tasks, sizeof(sink_task *))))
        code = weir_fail(err, WEIR_NO_MEMORY, "no room for the tasks of %s", name);
done:
    weir_settings_free(&brokers);
    return code;
}

static weir_code connector_new(const weir_connect *worker, const char *name,
                               const weir_settings *settings, sink_connector **out, weir_error *err)
{
    sink_connector *made = weir_calloc(1, sizeof *made);
    weir_code code = WEIR_OK;

    if (!made)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for connector %s", name);
    topic_list_begin(&made->used);
    if ((code = sink_config_read(name, settings, &made->config, err)) ||
        (code = equip(worker, made, err)))
        goto done;
    *out = made;
    made = NULL; /* the caller's now */
done:
    connector_free(worker, made);
    return code;
}

/* A kept connector that cannot run any more: what is left is to say so, and its configuration. */
static weir_code connector_broken(const connect_record *record, const char *why,
                                  sink_connector **out, weir_error *err)
{
    sink_connector *made = weir_calloc(1, sizeof *made);
    weir_code code = WEIR_OK;

    if (!made)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for connector %s", record->name);
    topic_list_begin(&made->used);
    if ((code = weir_settings_copy(record->settings, &made->config.settings, err)) ||
        (code = weir_settings_put(&made->config.settings, "name", record->name, err))) {
        weir_settings_free(&made->config.settings);
        topic_list_end(&made->used);
        weir_free(made);
        return code;
    }
    made->config.name = weir_settings_get(&made->config.settings, "name");
    snprintf(made->trouble, sizeof made->trouble, "%s", why);
    weir_log(WEIR_LOG_ERROR, "connect", "%s cannot run: %s", record->name, why);
    *out = made;
    return WEIR_OK;
}

static void used(void *context, const char *topic)
{
    topic_list_add(context, topic);
}

static weir_code start_task(const weir_connect *worker, sink_connector *connector, size_t number,
                            weir_error *err)
{
    const sink_task_options options = {.config = &connector->config,
                                       .bootstrap = connector->bootstrap,
                                       .cluster = worker->given_cluster,
                                       .codecs = worker->options.codecs,
                                       .remote = worker->options.remote,
                                       .registries = worker->options.registries,
                                       .registry = connector->registry,
                                       .paused = connector->state == WEIR_TASK_PAUSED,
                                       .from_beginning = connector->from_beginning,
                                       .used = used,
                                       .used_context = &connector->used};

    return sink_task_open(&options, number, &connector->tasks[number], err);
}

static weir_code start_tasks(const weir_connect *worker, sink_connector *connector, weir_error *err)
{
    weir_code code = WEIR_OK;

    if (!connector->tasks || connector->state == WEIR_TASK_STOPPED)
        return WEIR_OK;
    for (size_t i = 0; !code && i < connector->config.tasks; i++)
        if (!connector->tasks[i])
            code = start_task(worker, connector, i, err);
    return code;
}

/* A higher epoch comes from the configuration or from a reset. */
static void inherit(sink_connector *connector, uint64_t epoch, bool from_beginning)
{
    connector->epoch = epoch;
    connector->from_beginning = from_beginning && epoch >= connector->config.epoch;
    if (epoch > connector->config.epoch)
        connector->config.epoch = epoch;
}

static weir_code keep(const weir_connect *worker, const sink_connector *connector, weir_error *err)
{
    connect_record record = {.name = connector->config.name,
                             .settings = &connector->config.settings,
                             .state = connector->state,
                             .epoch = connector->epoch,
                             .from_beginning = connector->from_beginning};

    snprintf(record.file, sizeof record.file, "%s", connector->file);
    return connect_keep_put(worker->options.vault, &record, err);
}

/* --- the worker */

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

/* Room for one more. */
static weir_code widen(weir_connect *worker, const char *name, weir_error *err)
{
    sink_connector **wider =
        weir_realloc_array(worker->connectors, worker->count + 1, sizeof(sink_connector *));

    if (!wider)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for connector %s", name);
    worker->connectors = wider;
    return WEIR_OK;
}

static weir_code take_kept(void *context, const connect_record *record, weir_error *err)
{
    weir_connect *worker = context;
    sink_connector *made = NULL;
    weir_error why = {0};
    weir_code code = widen(worker, record->name, err);

    if (code)
        return code;
    if (connector_new(worker, record->name, record->settings, &made, &why) &&
        (code = connector_broken(record, why.message, &made, err)))
        return code;
    made->state = record->state;
    snprintf(made->file, sizeof made->file, "%s", record->file);
    inherit(made, record->epoch, record->from_beginning);
    worker->connectors[worker->count++] = made;
    return WEIR_OK;
}

weir_code weir_connect_open(const weir_connect_options *options, weir_connect **out,
                            weir_error *err)
{
    weir_connect *worker = weir_calloc(1, sizeof *worker);
    weir_code code = WEIR_OK;

    if (!worker)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for a worker");
    worker->options = *options;
    pthread_mutex_init(&worker->lock, NULL);
    pthread_mutex_init(&worker->cluster_lock, NULL);
    if ((options->bootstrap && !(worker->bootstrap = weir_strdup(options->bootstrap))) ||
        (options->cluster && !(worker->given_cluster = weir_strdup(options->cluster)))) {
        code = weir_fail(err, WEIR_NO_MEMORY, "no room for a worker");
        goto done;
    }
    if ((code = connect_keep_each(options->vault, take_kept, worker, err)))
        goto done;
    for (size_t i = 0; !code && i < worker->count; i++)
        code = start_tasks(worker, worker->connectors[i], err);
done:
    if (code)
        weir_connect_close(worker);
    else
        *out = worker;
    return code;
}

void weir_connect_close(weir_connect *worker)
{
    if (!worker)
        return;
    for (size_t i = 0; i < worker->count; i++)
        for (size_t t = 0; worker->connectors[i]->tasks && t < worker->connectors[i]->config.tasks;
             t++)
            if (worker->connectors[i]->tasks[t])
                sink_task_stop(worker->connectors[i]->tasks[t]);
    for (size_t i = 0; i < worker->count; i++)
        connector_free(worker, worker->connectors[i]);
    weir_free(worker->connectors);
    weir_free(worker->bootstrap);
    weir_free(worker->given_cluster);
    pthread_mutex_destroy(&worker->cluster_lock);
    pthread_mutex_destroy(&worker->lock);
    weir_free(worker);
}

/* Puts made, which keep() has kept, in its place and starts it. made is the worker's from here on. */
static weir_code install(weir_connect *worker, size_t at, sink_connector *made, weir_error *err)
{
    if (at < worker->count)
        connector_free(worker, worker->connectors[at]);
    else
        worker->count++;
    worker->connectors[at] = made;
    return start_tasks(worker, made, err);
}

/* Makes or changes a connector. The caller holds the lock. */
static weir_code put(weir_connect *worker, const char *name, const weir_settings *settings,
                     weir_connect_state state, const char *file, weir_error *err)
{
    sink_connector *made = NULL;
    size_t at = find(worker, name);
    const sink_connector *before = at < worker->count ? worker->connectors[at] : NULL;
    weir_code code = check_name(name, err);

    if (code || (code = connector_new(worker, name, settings, &made, err)) ||
        (!before && (code = widen(worker, name, err))))
        goto done;
    made->state = before ? before->state : state;
    if (before) {
        snprintf(made->file, sizeof made->file, "%s", before->file);
        inherit(made, before->epoch, before->from_beginning);
    }
    if (file)
        snprintf(made->file, sizeof made->file, "%s", file);
    if ((code = keep(worker, made, err)))
        goto done;
    code = install(worker, at, made, err);
    made = NULL; /* the worker's now */
done:
    connector_free(worker, made);
    return code;
}

weir_code weir_connect_create(weir_connect *worker, const char *name, const weir_settings *settings,
                              weir_connect_state state, weir_error *err)
{
    weir_code code = WEIR_OK;

    pthread_mutex_lock(&worker->lock);
    if (find(worker, name) < worker->count)
        code = weir_fail(err, WEIR_CONFLICT, "Connector %.200s already exists", name);
    else
        code = put(worker, name, settings, state, NULL, err);
    pthread_mutex_unlock(&worker->lock);
    return code;
}

weir_code weir_connect_put(weir_connect *worker, const char *name, const weir_settings *settings,
                           bool *created, weir_error *err)
{
    weir_code code = WEIR_OK;

    pthread_mutex_lock(&worker->lock);
    *created = find(worker, name) == worker->count;
    code = put(worker, name, settings, WEIR_TASK_RUNNING, NULL, err);
    pthread_mutex_unlock(&worker->lock);
    return code;
}

weir_code weir_connect_offer(weir_connect *worker, const char *name, const weir_settings *settings,
                             const void *file, size_t size, bool *taken, weir_error *err)
{
    char digest[WEIR_MD5_TEXT];
    size_t at = 0;
    weir_code code = WEIR_OK;

    weir_md5_text(file, size, digest);
    pthread_mutex_lock(&worker->lock);
    at = find(worker, name);
    *taken = at == worker->count || strcmp(worker->connectors[at]->file, digest) != 0;
    if (*taken)
        code = put(worker, name, settings, WEIR_TASK_RUNNING, digest, err);
    pthread_mutex_unlock(&worker->lock);
    return code;
}

weir_code weir_connect_remove(weir_connect *worker, const char *name, weir_error *err)
{
    sink_connector *connector = NULL;
    size_t at = 0;
    weir_code code = WEIR_OK;

    pthread_mutex_lock(&worker->lock);
    if (!(code = found(worker, name, &connector, err)) &&
        !(code = connect_keep_remove(worker->options.vault, name, err))) {
        at = find(worker, name);
        connector_free(worker, connector);
        worker->count--;
        memmove(worker->connectors + at, worker->connectors + at + 1,
                (worker->count - at) * sizeof(sink_connector *));
    }
    pthread_mutex_unlock(&worker->lock);
    return code;
}

/* --- states */

weir_code weir_connect_turn(weir_connect *worker, const char *name, weir_connect_state state,
                            weir_error *err)
{
    sink_connector *connector = NULL;
    weir_connect_state before = WEIR_TASK_RUNNING;
    weir_code code = WEIR_OK;

    pthread_mutex_lock(&worker->lock);
    if ((code = found(worker, name, &connector, err)))
        goto done;
    before = connector->state;
    connector->state = state;
    if (before != state && (code = keep(worker, connector, err))) {
        connector->state = before;
        goto done;
    }
    if (state == WEIR_TASK_STOPPED) {
        tasks_close(connector);
        goto done;
    }
    for (size_t i = 0; connector->tasks && i < connector->config.tasks; i++)
        if (connector->tasks[i])
            sink_task_pause(connector->tasks[i], state == WEIR_TASK_PAUSED);
    code = start_tasks(worker, connector, err);
done:
    pthread_mutex_unlock(&worker->lock);
    return code;
}

weir_code weir_connect_restart(weir_connect *worker, const char *name, size_t task,
                               bool only_failed, weir_error *err)
{
    sink_connector *connector = NULL;
    size_t count = 0;
    weir_code code = WEIR_OK;

    pthread_mutex_lock(&worker->lock);
    if ((code = found(worker, name, &connector, err)))
        goto done;
    count = connector->tasks && connector->state != WEIR_TASK_STOPPED ? connector->config.tasks : 0;
    if (task != WEIR_NONE && task >= count) {
        code = weir_fail(err, WEIR_NOT_FOUND, "Unknown task: %.100s-%zu", name, task);
        goto done;
    }
    for (size_t i = 0; !code && i < count; i++) {
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

/* Gives the connector, whose tasks are closed, an epoch above any given before. */
static weir_code raise_epoch(const weir_connect *worker, sink_connector *connector,
                             bool from_beginning, weir_error *err)
{
    uint64_t now = (uint64_t)time(NULL), before = connector->epoch;
    bool from_before = connector->from_beginning;
    weir_code code = WEIR_OK;

    /* the clock is higher than any epoch given before, also by a worker that is no more */
    connector->epoch = now > connector->config.epoch ? now : connector->config.epoch + 1;
    connector->from_beginning = from_beginning;
    if ((code = keep(worker, connector, err))) {
        connector->epoch = before;
        connector->from_beginning = from_before;
        return code;
    }
    connector->config.epoch = connector->epoch;
    if (!worker->options.vault)
        weir_log(WEIR_LOG_WARN, "connect",
                 "%s has other positions now; to keep that over a restart of this worker, its "
                 "configuration needs \"sml.source.epoch\": \"%llu\"",
                 connector->config.name, (unsigned long long)connector->epoch);
    return WEIR_OK;
}

weir_code weir_connect_reset(weir_connect *worker, const char *name, weir_error *err)
{
    sink_connector *connector = NULL;
    weir_error why = {0};
    weir_code code = WEIR_OK;

    pthread_mutex_lock(&worker->lock);
    if ((code = found(worker, name, &connector, err)))
        goto done;
    tasks_close(connector);
    /* the offsets are for looking at: where they stay, the epoch decides all the same */
    if (!(code = raise_epoch(worker, connector, true, err)) && connector->tasks &&
        connect_group_forget(&connector->config, connector->bootstrap, &why))
        weir_log(WEIR_LOG_WARN, "connect", "%s: the offsets of its group stay until it commits: %s",
                 name, why.message);
    if (start_tasks(worker, connector, &why) && !code)
        code = weir_fail(err, why.code, "%s", why.message);
done:
    pthread_mutex_unlock(&worker->lock);
    return code;
}

weir_code weir_connect_move(weir_connect *worker, const char *name,
                            const weir_connect_place *places, size_t count, weir_error *err)
{
    sink_connector *connector = NULL;
    weir_code code = WEIR_OK;

    pthread_mutex_lock(&worker->lock);
    if ((code = found(worker, name, &connector, err)))
        goto done;
    if (connector->state != WEIR_TASK_STOPPED)
        code = weir_fail(err, WEIR_CONFLICT,
                         "Connectors must be in the STOPPED state before their offsets can be "
                         "modified; PUT /connectors/%.100s/stop does it",
                         name);
    else if (!(code = connect_group_move(&connector->config, connector->bootstrap, places, count,
                                         err)))
        code = raise_epoch(worker, connector, false, err);
done:
    pthread_mutex_unlock(&worker->lock);
    return code;
}

/* --- what is there */

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
    static const char *const texts[] = {"RUNNING", "PAUSED", "STOPPED", "FAILED"};

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
    *out = (weir_connect_status){.state = connector->state};
    if (*connector->trouble) {
        out->state = WEIR_TASK_FAILED;
        snprintf(out->reason, sizeof out->reason, "%s", connector->trouble);
    }
    if (!connector->tasks || connector->state == WEIR_TASK_STOPPED)
        goto done;
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

weir_code weir_connect_places(weir_connect *worker, const char *name, weir_connect_place **places,
                              size_t *count, weir_error *err)
{
    sink_connector *connector = NULL;
    weir_code code = WEIR_OK;

    *places = NULL;
    *count = 0;
    pthread_mutex_lock(&worker->lock);
    code = found(worker, name, &connector, err);
    for (size_t i = 0; !code && connector->tasks && i < connector->config.tasks; i++)
        if (connector->tasks[i])
            code = sink_task_places(connector->tasks[i], places, count, err);
    pthread_mutex_unlock(&worker->lock);
    if (code) {
        weir_free(*places);
        *places = NULL;
    }
    return code;
}

/* The brokers may be slow, so they are asked with a copy and without the lock. */
weir_code weir_connect_offsets(weir_connect *worker, const char *name, weir_connect_place **places,
                               size_t *count, weir_error *err)
{
    sink_connector *connector = NULL;
    sink_config config = {0};
    char bootstrap[sizeof connector->bootstrap];
    weir_code code = WEIR_OK;

    pthread_mutex_lock(&worker->lock);
    if (!(code = found(worker, name, &connector, err))) {
        if (*connector->trouble)
            code = weir_fail(err, WEIR_CONFLICT, "%s", connector->trouble);
        else
            code = sink_config_read(name, &connector->config.settings, &config, err);
        memcpy(bootstrap, connector->bootstrap, sizeof bootstrap);
    }
    pthread_mutex_unlock(&worker->lock);
    if (!code) {
        config.worker = worker->options.properties;
        code = connect_group_offsets(&config, bootstrap, places, count, err);
    }
    sink_config_free(&config);
    return code;
}

weir_code weir_connect_topics(weir_connect *worker, const char *name, char ***topics, size_t *count,
                              weir_error *err)
{
    sink_connector *connector = NULL;
    weir_code code = WEIR_OK;

    pthread_mutex_lock(&worker->lock);
    if (!(code = found(worker, name, &connector, err)))
        code = topic_list_copy(&connector->used, topics, count, err);
    pthread_mutex_unlock(&worker->lock);
    return code;
}

weir_code weir_connect_topics_reset(weir_connect *worker, const char *name, weir_error *err)
{
    sink_connector *connector = NULL;
    weir_code code = WEIR_OK;

    pthread_mutex_lock(&worker->lock);
    if (!(code = found(worker, name, &connector, err)))
        topic_list_clear(&connector->used);
    pthread_mutex_unlock(&worker->lock);
    return code;
}

void weir_connect_cluster(weir_connect *worker, char *out, size_t room)
{
    const weir_settings none = {0};
    const char *bootstrap = brokers_of(worker, &none);

    pthread_mutex_lock(&worker->cluster_lock);
    if (worker->given_cluster)
        snprintf(worker->cluster, sizeof worker->cluster, "%s", worker->given_cluster);
    else if (!*worker->cluster && bootstrap &&
             connect_group_cluster(bootstrap, worker->options.properties, worker->cluster,
                                   sizeof worker->cluster, NULL))
        worker->cluster[0] = 0;
    snprintf(out, room, "%s", worker->cluster);
    pthread_mutex_unlock(&worker->cluster_lock);
}
