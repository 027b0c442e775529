/* server_stream.c: a topic straight into a project of this server.
 *
 * One thread reads and learns. Partitions are assigned, not subscribed: where to read is not asked of a consumer group
 * but of the project, whose snapshots hold rows and positions together.
 *
 *     place     ask the project where it stands and the brokers what there is; assign
 *     consume   records into lanes, lanes into the project, until something is in the way
 *     wait      tell what for; then place again
 *
 * Whatever goes wrong on the way, a frozen project, a project reloaded from an older snapshot, a topic that went away
 * or got more partitions, ends in placing again: what was on its way is forgotten here and read again from the
 * position. So there is one way to recover, and it is the way to begin. Only what needs somebody's decision ends the
 * stream: records that the project stands on are gone, or a record or schema that it was told not to accept.
 *
 * A broker that does not answer is none of this: the client tries again by itself, and meanwhile the reason is shown.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "server_stream.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "backoff.h"
#include "client.h"
#include "health.h"
#include "node_group.h"
#include "nudge.h"
#include "registry_settings.h"
#include "steady.h"
#include "weir/log.h"
#include "weir/memory.h"

enum {
    POLL_MS = 50,        /* a poll gathers records for so long, ... */
    BUSY_MS = 10,        /* ... for so long while records come, or until it has ... */
    POLL_RECORDS = 8192, /* ... so many */
    FLUSH_MS = 100,      /* a row waits so long for others of its batch */
    UPKEEP_MS = 1000,
    LOOK_MS = 5000,       /* between looks for new partitions */
    WAIT_MS = 500,        /* the first wait; they double ... */
    WAIT_MOST_MS = 10000, /* ... up to this */
    END_MS = 2000,        /* the last commit of offsets may take so long */
};

bool server_stream_stopping(server_stream *s)
{
    return atomic_load(&s->stop);
}

bool server_stream_pause(server_stream *s, int64_t ms)
{
    int64_t until = steady_ms() + ms;

    pthread_mutex_lock(&s->lock);
    while (!server_stream_stopping(s) && steady_wait(&s->lock, &s->wake, until)) {
    }
    pthread_mutex_unlock(&s->lock);
    return server_stream_stopping(s);
}

int64_t server_stream_wait(unsigned tries)
{
    return tries < 5 ? (int64_t)WAIT_MS << tries : WAIT_MOST_MS;
}

void server_stream_waits(server_stream *s, const char *reason)
{
    s->waiting = true;
    weir_stream_tell(s->stream, WEIR_STREAM_WAITING, reason);
}

static void tell_running(server_stream *s)
{
    s->waiting = false;
    weir_stream_tell(s->stream, WEIR_STREAM_RUNNING, "");
}

/* --- consuming */

static weir_code take_event(server_stream *s, const rd_kafka_message_t *message, weir_error *err)
{
    lane *l = NULL;

    switch (message->err) {
    case RD_KAFKA_RESP_ERR__PARTITION_EOF:
        /* what lies between the last record and the end are marks of transactions, or records that were aborted */
        if (s->lanes &&
            (l = lanes_find(s->lanes, rd_kafka_topic_name(message->rkt), message->partition)) &&
            l->next >= 0 && message->offset > l->next)
            l->next = message->offset;
        return WEIR_OK;
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
    case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
        return weir_fail(err, WEIR_UNAVAILABLE, "%.200s", rd_kafka_message_errstr(message));
    case RD_KAFKA_RESP_ERR__FATAL:
        return weir_fail(err, WEIR_CONFLICT, "%.200s", rd_kafka_message_errstr(message));
    default: /* the client goes on trying */
        weir_stream_error(s->stream, rd_kafka_message_errstr(message));
        return WEIR_OK;
    }
}

static weir_code take(server_stream *s, const rd_kafka_message_t *message, weir_error *err)
{
    weir_code code = WEIR_OK;

    if (message->err)
        return take_event(s, message, err);
    if (!s->lanes && (code = server_stream_lanes(s, message, err)))
        return code;
    return lanes_take(s->lanes, message, err);
}

/* Offsets of the group, for whoever looks at lag. */
static void commit(server_stream *s, bool wait)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(4);
    rd_kafka_queue_t *answer = NULL;

    for (lane *l = s->lanes ? lanes_first(s->lanes) : NULL; l; l = l->link) {
        if (l->commit < 0)
            continue;
        rd_kafka_topic_partition_list_add(list, l->topic, l->partition)->offset = l->commit;
        l->commit = -1;
    }
    if (list->cnt && !wait)
        rd_kafka_commit(s->consumer, list, 1);
    if (list->cnt && wait && (answer = rd_kafka_queue_new(s->consumer))) {
        if (!rd_kafka_commit_queue(s->consumer, list, answer, NULL, NULL))
            rd_kafka_event_destroy(rd_kafka_queue_poll(answer, END_MS));
        rd_kafka_queue_destroy(answer);
    }
    s->committed_ms = steady_ms();
    rd_kafka_topic_partition_list_destroy(list);
}

static void see_ends(server_stream *s)
{
    for (size_t i = 0; i < s->share_count; i++) {
        int64_t low = 0, high = 0;

        if (!rd_kafka_get_watermark_offsets(s->consumer, s->settings.topic, s->shares[i].partition,
                                            &low, &high) &&
            high >= 0)
            weir_stream_stands(s->stream, s->shares[i].partition, -1, high);
    }
}

/* *changed: the topic has other partitions than when it was placed. What cannot be asked now is asked later. */
static void look_for_partitions(server_stream *s, bool *changed)
{
    int count = 0;

    if (!kafka_partitions(s->consumer, s->settings.topic, SERVER_STREAM_ASK_MS, &count, NULL))
        *changed = count != s->topic_partitions;
}

/* What is to be done now and then. */
static void upkeep(server_stream *s, int64_t now, bool *changed)
{
    char ails[200] = "";

    if (s->settings.commit && now - s->committed_ms >= s->settings.commit_ms)
        commit(s, false);
    if (s->moved && s->settings.persist_ms > 0 && now - s->saved_ms >= s->settings.persist_ms) {
        weir_stream_snapshot(s->stream);
        s->moved = false;
        s->saved_ms = now;
    }
    if (now - s->upkept_ms < UPKEEP_MS)
        return;
    s->upkept_ms = now;
    see_ends(s);
    if (kafka_ails(s->consumer, ails, sizeof ails)) {
        server_stream_waits(s, ails);
        return;
    }
    if (s->waiting)
        tell_running(s);
    if (now - s->looked_ms >= LOOK_MS) {
        s->looked_ms = now;
        look_for_partitions(s, changed);
    }
}

/* A poll found fewer records than it would have taken. */
static void ran_dry(server_stream *s)
{
    for (lane *l = s->lanes ? lanes_first(s->lanes) : NULL; l; l = l->link)
        if (kafka_nudge_dry(&s->nudge, s->consumer, l->topic, l->partition, l->next))
            return;
}

/* Until stopped, or until something is in the way, or WEIR_OK when there are other partitions. */
static weir_code consume(server_stream *s, weir_error *err)
{
    bool changed = false;
    int wait_ms = POLL_MS;
    weir_code code = WEIR_OK;

    tell_running(s);
    s->looked_ms = s->flushed_ms = steady_ms();
    while (!code && !changed && !server_stream_stopping(s)) {
        ssize_t count = rd_kafka_consume_batch_queue(s->queue, wait_ms, s->messages, POLL_RECORDS);
        int64_t now = 0;

        wait_ms = count > 0 ? BUSY_MS : POLL_MS;
        if (count > 0)
            kafka_nudge_taken(&s->nudge);

        for (ssize_t i = 0; i < count; i++) {
            if (!code && !server_stream_stopping(s))
                code = take(s, s->messages[i], err);
            rd_kafka_message_destroy(s->messages[i]);
        }
        if (!code && count < POLL_RECORDS)
            ran_dry(s);
        now = steady_ms();
        if (!code && (count <= 0 || now - s->flushed_ms >= FLUSH_MS))
            code = server_stream_flush(s, err);
        if (!code)
            upkeep(s, now, &changed);
    }
    if (!code)
        code = server_stream_flush(s, err);
    return code;
}

/* --- the thread */

static weir_code open_consumer(server_stream *s, weir_error *err)
{
    const char *given = weir_settings_get(&s->settings.settings, "group.id");
    char group[420], client[300], pid[129];
    rd_kafka_conf_t *conf = NULL;
    weir_code code;

    weir_stream_pid(s->stream, pid);
    snprintf(client, sizeof client, "weir-stream-%s", weir_stream_label(s->stream));
    snprintf(group, sizeof group, "weir.%.100s.%s.%s", weir_stream_cid(s->stream), pid,
             strrchr(weir_stream_label(s->stream), '/') + 1);
    if ((code = stream_settings_conf(&s->settings, client, true, &conf, err)))
        return code;
    if ((code = kafka_conf_set(conf, "group.id", given ? given : group, err)) ||
        (code = kafka_conf_set(conf, "enable.auto.commit", "false", err)) ||
        (code = kafka_conf_set(conf, "enable.auto.offset.store", "false", err)) ||
        (code = kafka_conf_set(conf, "auto.offset.reset", "error", err)) ||
        (code = kafka_conf_set(conf, "enable.partition.eof", "true", err))) {
        rd_kafka_conf_destroy(conf);
        return code;
    }
    if ((code = kafka_client(RD_KAFKA_CONSUMER, conf, &s->consumer, err)))
        return code;
    rd_kafka_poll_set_consumer(s->consumer);
    s->queue = rd_kafka_queue_get_consumer(s->consumer);
    if (!s->queue || !(s->messages = weir_calloc(POLL_RECORDS, sizeof(rd_kafka_message_t *))))
        return weir_fail(err, WEIR_NO_MEMORY, "no room for the records of a stream");
    return WEIR_OK;
}

/* Whether it goes by itself, when the project, the brokers or somebody's memory allow. */
static bool passes(weir_code code)
{
    return weir_code_retry(code) || code == WEIR_FROZEN || code == WEIR_GAP ||
           code == WEIR_TOO_LARGE || code == WEIR_NO_MEMORY;
}

static weir_code work(server_stream *s, weir_error *err)
{
    unsigned tries = 0;
    weir_code code = open_consumer(s, err);

    s->saved_ms = s->committed_ms = steady_ms();
    if (code)
        return code;
    while (!server_stream_stopping(s)) {
        weir_error why = {0};
        int64_t began = 0;

        if (!(code = server_stream_place(s, &why))) {
            began = steady_ms();
            code = consume(s, &why);
            if (steady_ms() - began > WAIT_MOST_MS)
                tries = 0;
        }
        if (server_stream_stopping(s))
            return WEIR_OK;
        if (!code)
            continue;
        if (!passes(code)) {
            *err = why;
            return code;
        }
        if (!s->waiting || !tries)
            weir_stream_error(s->stream, why.message);
        if (code == WEIR_GAP && !tries++)
            continue; /* the project went back to a snapshot: so does the stream */
        server_stream_unplace(s);
        server_stream_waits(s, why.message);
        server_stream_pause(s, code == WEIR_FROZEN ? WAIT_MS : server_stream_wait(tries++));
    }
    return WEIR_OK;
}

static void *run(void *context)
{
    server_stream *s = context;
    weir_error err = {0};

    if (work(s, &err)) {
        weir_stream_error(s->stream, err.message);
        weir_stream_tell(s->stream, WEIR_STREAM_FAILED, err.message);
    }
    if (s->consumer) {
        if (s->settings.commit)
            commit(s, true);
        if (s->queue)
            rd_kafka_queue_destroy(s->queue);
        /* Without partitions there is nothing to close, which would wait for brokers that do not answer. */
        server_stream_unplace(s);
        kafka_consumer_end(s->consumer);
    }
    weir_free((void *)s->messages);
    weir_free(s->shares);
    weir_free(s->fields);
    return NULL;
}

/* --- the kind */

/* CSV has no names for its columns, and those that are given must fit. */
static weir_code check_csv(const weir_codecs *codecs, const weir_csv_options *csv, weir_error *err)
{
    weir_row_plan *plan = NULL;
    weir_code code = WEIR_OK;

    if (!csv->name_count)
        return weir_fail(err, WEIR_INVALID,
                         "attributeNames is needed to read CSV: the columns in their order");
    if ((code = codecs->csv_plan(csv, &plan, err)))
        return weir_explain(err, code, "attributeNames");
    codecs->plan_free(plan);
    return WEIR_OK;
}

static weir_code check(void *context, const weir_data_source *source, weir_error *err)
{
    const weir_server_stream_options *options = context;
    stream_settings settings = {0};
    weir_code code = stream_settings_read(source, false, &settings, err);

    if (!code && settings.format == VALUE_CSV)
        code = check_csv(options->codecs, &settings.csv, err);
    stream_settings_free(&settings);
    return code;
}

static void stream_stop(void *running)
{
    server_stream *s = running;

    if (s->group) {
        node_group_stop(s->group);
        return;
    }
    pthread_mutex_lock(&s->lock);
    atomic_store(&s->stop, true);
    pthread_cond_broadcast(&s->wake);
    pthread_mutex_unlock(&s->lock);
}

static void stream_close(void *running)
{
    server_stream *s = running;

    if (!s)
        return;
    if (s->started)
        pthread_join(s->thread, NULL);
    node_group_close(s->group);
    if (s->registry)
        s->options->registries->close(s->registry);
    stream_settings_free(&s->settings);
    steady_end(&s->lock, &s->wake);
    weir_free(s);
}

static weir_code conf_for_group(void *context, const char *client_id, bool consumer,
                                rd_kafka_conf_t **out, weir_error *err)
{
    const server_stream *s = context;

    return stream_settings_conf(&s->settings, client_id, consumer, out, err);
}

static weir_code open_group(server_stream *s, const weir_data_source *source, weir_error *err)
{
    const node_group_options options = {.stream = s->stream,
                                        .source = source,
                                        .topic = s->settings.topic,
                                        .lanes = server_stream_lanes_of(s, s->settings.format),
                                        .from_end = s->settings.latest,
                                        .fail_on_malformed = s->settings.fail_on_malformed,
                                        .conf = conf_for_group,
                                        .give = server_stream_give,
                                        .context = s};

    return node_group_open(&options, &s->group, err);
}

static weir_code stream_open(void *context, const weir_data_source *source, weir_stream *stream,
                             void **running, weir_error *err)
{
    server_stream *s = weir_calloc(1, sizeof *s);
    weir_code code = WEIR_OK;

    if (!s)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for a stream");
    s->options = context;
    s->stream = stream;
    s->reset = weir_stream_begins(stream).reset;
    atomic_init(&s->stop, false);
    steady_begin(&s->lock, &s->wake);
    if ((code = stream_settings_read(source, false, &s->settings, err)) ||
        (code = registry_settings_open(s->options->registries, &s->settings.settings, "",
                                       &s->settings.client, &s->registry, err)))
        goto done;
    if (s->settings.node_group)
        code = open_group(s, source, err);
    else if (pthread_create(&s->thread, NULL, run, s))
        code = weir_fail(err, WEIR_NO_MEMORY, "no thread for a stream");
    else
        s->started = true;
    if (code)
        goto done;
    *running = s;
    s = NULL; /* the engine's now */
done:
    stream_close(s);
    return code;
}

weir_stream_kind weir_server_stream_kind(const weir_server_stream_options *options)
{
    return (weir_stream_kind){.type = "kafka",
                              .context = (void *)options,
                              .check = check,
                              .open = stream_open,
                              .stop = stream_stop,
                              .close = stream_close,
                              .browse = stream_browse,
                              .preview = stream_preview};
}
