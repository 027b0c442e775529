/* node_group.c: see node_group.h.
 *
 * Two threads. The *reader* is the member of the consumer group: it polls, decodes, absorbs into the cells of its
 * partitions and writes those that are due. The *keeper* follows the changelog into the table of cells and makes the
 * project the merge of them. When the reader is given partitions it waits until the keeper has read all that was
 * committed before, and takes the cells from the table.
 *
 * What goes wrong ends a *session* (a consumer, a writer, the cells taken); what may pass begins the next one after a
 * while, with the cells as they are in the changelog. That is safe at any moment.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>
#include <string.h>

#include "backoff.h"
#include "client.h"
#include "node_group_inside.h"
#include "steady.h"
#include "weir/log.h"
#include "weir/memory.h"

#define ROUND_MS 50 /* a round of polling goes on so long once there are records */
#define ROUND_RECORDS 50000
#define LOOK_MS 1000    /* between two looks at the project and at the ends of partitions */
#define TROUBLE_MS 3000 /* a word of the brokers is told for so long */
#define RETRY_MS 500    /* between sessions, at first */
#define RETRY_MOST_MS 10000
#define BROKER_MS 10000

static bool stopping(void *context)
{
    node_group *group = context;

    return atomic_load(&group->stop);
}

/* Waits until there is something to look at, at most so long. Caller holds the lock. */
void group_wait_ms(node_group *group, int64_t ms)
{
    if (!atomic_load(&group->stop))
        steady_wait(&group->lock, &group->wake, steady_ms() + ms);
}

void group_sleep_ms(node_group *group, int64_t ms)
{
    int64_t until = steady_ms() + ms, left;

    pthread_mutex_lock(&group->lock);
    while (!atomic_load(&group->stop) && (left = until - steady_ms()) > 0)
        group_wait_ms(group, left);
    pthread_mutex_unlock(&group->lock);
}

/* Says what the stream does, when that is news. The reader's thread. */
void group_tell(node_group *group, weir_stream_state state, const char *reason)
{
    if (state == group->state && !strcmp(reason, group->told))
        return;
    group->state = state;
    snprintf(group->told, sizeof group->told, "%s", reason);
    weir_stream_tell(group->options.stream, state, reason);
}

/* --- partitions come and go (in rd_kafka_consumer_poll() and _close(), so on the reader's thread) */

static void fail_later(node_group *group, weir_code code, const weir_error *why)
{
    if (group->failure)
        return;
    group->failure = code;
    group->why = *why;
}

/* Where a stream that was started with reset may go on: at the first record there is. */
static int64_t within(node_group *group, const char *topic, int32_t partition, int64_t next)
{
    int64_t low = 0, high = 0;

    if (!weir_stream_begins(group->options.stream).reset ||
        rd_kafka_query_watermark_offsets(group->consumer, topic, partition, &low, &high, BROKER_MS))
        return next;
    return next < low || next > high ? low : next;
}

/* A partition of which only what is to come counts begins at its end, and that is where its cell stands, to be written
 * at once: a node that takes it over begins there too, not at the end that it finds. */
static weir_code begin_at_end(node_group *group, cell *c, weir_error *err)
{
    int64_t low = 0, high = 0;
    rd_kafka_resp_err_t error = rd_kafka_query_watermark_offsets(
        group->consumer, c->topic, c->partition, &low, &high, BROKER_MS);

    if (error)
        return kafka_fail(error, c->topic, err);
    pthread_mutex_lock(&c->lock);
    c->next = high;
    c->changes++;
    c->dirty_ms = steady_ms() - group->settings.most_ms; /* due */
    pthread_mutex_unlock(&c->lock);
    return WEIR_OK;
}

static weir_code take_partition(node_group *group, rd_kafka_topic_partition_t *partition,
                                weir_error *err)
{
    bool from_end =
        group->options.from_end && !weir_stream_begins(group->options.stream).from_beginning;
    cell *c = NULL;
    lane *l = NULL;
    weir_code code = cell_table_take(group->table, group->assembly, partition->topic,
                                     partition->partition, &c, err);

    if (code)
        return code;
    if (c->next >= 0)
        c->next = within(group, partition->topic, partition->partition, c->next);
    else if (from_end)
        code = begin_at_end(group, c, err);
    if (code ||
        (code = lanes_add(group->lanes, partition->topic, partition->partition, c->next, &l, err)))
        cell_table_release(group->table, c);
    else
        l->extra = c;
    partition->offset = c->next >= 0 ? c->next : RD_KAFKA_OFFSET_BEGINNING;
    return code;
}

static void assigned(node_group *group, rd_kafka_topic_partition_list_t *partitions,
                     bool cooperative)
{
    rd_kafka_error_t *error = NULL;
    weir_error why = {0};
    weir_code code = WEIR_OK;

    if (partitions->cnt && !group->leaving && group_await_keeper(group))
        for (int i = 0; !code && i < partitions->cnt; i++)
            if ((code = take_partition(group, &partitions->elems[i], &why)))
                fail_later(group, code, &why);
    if (cooperative)
        error = rd_kafka_incremental_assign(group->consumer, partitions);
    else
        rd_kafka_assign(group->consumer, partitions);
    if (error)
        rd_kafka_error_destroy(error);
    if (group->holding)
        rd_kafka_pause_partitions(group->consumer, partitions);
    weir_log(WEIR_LOG_INFO, "kafka", "%s: node %s of group %s has %d partitions more",
             weir_stream_label(group->options.stream), group->node, group->name, partitions->cnt);
}

static void revoked(node_group *group, rd_kafka_topic_partition_list_t *partitions,
                    bool cooperative)
{
    rd_kafka_error_t *error = NULL;
    weir_error why = {0};

    /* What is not written now is learned again by the next owner. */
    if (!group->leaving && !rd_kafka_assignment_lost(group->consumer) &&
        (group_flush(group, &why) || group_write(group, true, &why)))
        weir_stream_error(group->options.stream, why.message);
    for (int i = 0; i < partitions->cnt; i++) {
        lane *l =
            lanes_find(group->lanes, partitions->elems[i].topic, partitions->elems[i].partition);

        if (!l)
            continue;
        cell_table_release(group->table, group_cell(l));
        lanes_drop(group->lanes, l);
    }
    if (cooperative)
        error = rd_kafka_incremental_unassign(group->consumer, partitions);
    else
        rd_kafka_assign(group->consumer, NULL);
    if (error)
        rd_kafka_error_destroy(error);
    weir_log(WEIR_LOG_INFO, "kafka", "%s: node %s of group %s has %d partitions less",
             weir_stream_label(group->options.stream), group->node, group->name, partitions->cnt);
}

static void rebalanced(rd_kafka_t *consumer, rd_kafka_resp_err_t event,
                       rd_kafka_topic_partition_list_t *partitions, void *opaque)
{
    const char *protocol = rd_kafka_rebalance_protocol(consumer);
    bool cooperative = protocol && !strcmp(protocol, "COOPERATIVE");

    if (event == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS)
        assigned(opaque, partitions, cooperative);
    else
        revoked(opaque, partitions, cooperative);
}

/* --- a session */

static weir_code take_event(node_group *group, const rd_kafka_message_t *message, weir_error *err)
{
    switch (message->err) {
    case RD_KAFKA_RESP_ERR__PARTITION_EOF:
        return WEIR_OK;
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
        return weir_fail(
            err, WEIR_CONFLICT,
            "partition %d: the records behind its cell are gone, or the topic was "
            "made anew: start with reset to go on without them, or give another " NODE_GROUP_KEY,
            (int)message->partition);
    case RD_KAFKA_RESP_ERR__FATAL:
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
        return weir_fail(err, WEIR_UNAVAILABLE, "%s", rd_kafka_message_errstr(message));
    default: /* a topic not there yet, a broker gone for a while: the client goes on trying */
        group->trouble_ms = steady_ms();
        group_tell(group, WEIR_STREAM_WAITING, rd_kafka_message_errstr(message));
        return WEIR_OK;
    }
}

/* The rows that the project's filter has to see are decoded. */
static weir_code open_lanes(node_group *group, weir_error *err)
{
    lanes_options options = group->options.lanes;
    const char *text = weir_stream_filter(group->options.stream);
    weir_row_filter *filter = NULL;
    weir_code code = WEIR_OK;

    group_hooks(group, &options);
    if ((code = weir_row_filter_parse(text, strlen(text), &filter, err)))
        return code;
    if ((code = lanes_open(&options, &group->lanes, err))) {
        weir_row_filter_free(filter);
        return code;
    }
    lanes_filter(group->lanes, filter);
    return group->options.give(group->options.context, group->lanes, err);
}

/* JSON tells by its first value whether it comes in Kafka Connect's envelope: then the lanes, which are still empty, are
 * made anew. */
static weir_code look_for_envelope(node_group *group, const rd_kafka_message_t *message,
                                   weir_error *err)
{
    lanes *plain = group->lanes;
    weir_code code = WEIR_OK;

    if (group->looked || group->options.lanes.format != VALUE_JSON || !message->payload)
        return WEIR_OK;
    group->looked = true;
    if (!value_enveloped(message->payload, message->len))
        return WEIR_OK;
    group->options.lanes.format = VALUE_JSON_ENVELOPE;
    group->lanes = NULL;
    if ((code = open_lanes(group, err))) {
        lanes_close(group->lanes);
        group->lanes = plain;
        return code;
    }
    for (const lane *l = lanes_first(plain); l; l = l->link) {
        lane *twin = NULL;

        if (!code)
            code = lanes_add(group->lanes, l->topic, l->partition, l->from, &twin, err);
        if (twin)
            twin->extra = l->extra;
        else /* the session ends, and leaves no cell without a lane */
            cell_table_release(group->table, group_cell(l));
    }
    lanes_close(plain);
    return code;
}

static weir_code take(node_group *group, const rd_kafka_message_t *message, weir_error *err)
{
    const lane *l = lanes_find(group->lanes, rd_kafka_topic_name(message->rkt), message->partition);
    weir_code code = WEIR_OK;

    if (!l || message->offset < l->next)
        return WEIR_OK; /* of a partition given away meanwhile */
    if ((code = look_for_envelope(group, message, err)))
        return code;
    group->account += (double)(message->len + message->key_len) * group->settings.share;
    return lanes_take(group->lanes, message, err);
}

/* Records until there are enough, none comes, or the first has waited long enough; then cells that are due. */
static weir_code poll_round(node_group *group, weir_error *err)
{
    int64_t until = steady_ms() + GROUP_IDLE_MS;
    weir_code code = WEIR_OK;

    for (size_t taken = 0; !code && taken < ROUND_RECORDS && !atomic_load(&group->stop);) {
        int64_t left = until - steady_ms();
        rd_kafka_message_t *message =
            rd_kafka_consumer_poll(group->consumer, left > 0 ? (int)left : 0);

        if (!message)
            break;
        if (!taken++)
            until = steady_ms() + ROUND_MS;
        code = message->err ? take_event(group, message, err) : take(group, message, err);
        rd_kafka_message_destroy(message);
        if (!code && group->failure) {
            if (err)
                *err = group->why;
            code = group->failure;
        }
    }
    if (group->account > GROUP_ACCOUNT_MOST)
        group->account = GROUP_ACCOUNT_MOST;
    if (!code && !(code = group_flush(group, err)))
        code = group_write(group, false, err);
    return code;
}

static void hold(node_group *group, bool paused)
{
    rd_kafka_topic_partition_list_t *partitions = NULL;

    if (paused == group->holding || rd_kafka_assignment(group->consumer, &partitions))
        return;
    if (paused)
        rd_kafka_pause_partitions(group->consumer, partitions);
    else
        rd_kafka_resume_partitions(group->consumer, partitions);
    group->holding = paused;
    rd_kafka_topic_partition_list_destroy(partitions);
}

/* Looks, once a while, at the project, at the keeper and at the ends of partitions. */
static weir_code look(node_group *group, weir_error *err)
{
    char trouble[sizeof group->trouble];
    weir_error why = {0};
    weir_code code = WEIR_OK;

    if (steady_ms() < group->look_ms)
        return WEIR_OK;
    group->look_ms = steady_ms() + LOOK_MS;
    code = weir_assembly_check(group->assembly, &why);
    hold(group, code == WEIR_FROZEN);
    pthread_mutex_lock(&group->lock);
    memcpy(trouble, group->trouble, sizeof trouble);
    pthread_mutex_unlock(&group->lock);
    if (code == WEIR_FROZEN)
        group_tell(group, WEIR_STREAM_WAITING, why.message);
    else if (code)
        return weir_fail(err, code, "%s", why.message);
    else if (*trouble)
        group_tell(group, WEIR_STREAM_WAITING, trouble);
    else if (steady_ms() - group->trouble_ms > TROUBLE_MS)
        group_tell(group, WEIR_STREAM_RUNNING, "");
    for (const lane *l = lanes_first(group->lanes); l; l = l->link) {
        int64_t low = -1, high = -1;

        if (rd_kafka_get_watermark_offsets(group->consumer, l->topic, l->partition, &low, &high))
            high = -1;
        weir_stream_stands(group->options.stream, l->partition, l->next, high);
    }
    return WEIR_OK;
}

/* A setting of the client that the description may have, with or without its prefix. */
static weir_code put_unless_given(const node_group *group, rd_kafka_conf_t *conf, const char *name,
                                  const char *value, weir_error *err)
{
    char prefixed[100];

    snprintf(prefixed, sizeof prefixed, "sml.kafka.%s", name);
    if (weir_data_source_get(group->options.source, name) ||
        weir_data_source_get(group->options.source, prefixed))
        return WEIR_OK;
    return kafka_conf_put(conf, name, value, err);
}

static weir_code open_consumer(node_group *group, weir_error *err)
{
    rd_kafka_conf_t *conf = NULL;
    rd_kafka_topic_partition_list_t *topics = NULL;
    rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
    weir_code code =
        group->options.conf(group->options.context, group->transactional_id, true, &conf, err);

    if (code)
        return code;
    rd_kafka_conf_set_opaque(conf, group);
    rd_kafka_conf_set_rebalance_cb(conf, rebalanced);
    if ((code = kafka_conf_put(conf, "group.id", group->name, err)) ||
        (code = kafka_conf_put(conf, "enable.auto.commit", "false", err)) ||
        (code = kafka_conf_put(conf, "enable.auto.offset.store", "false", err)) ||
        (code = kafka_conf_put(conf, "isolation.level", "read_committed", err)) ||
        (code = kafka_conf_put(conf, "auto.offset.reset", "error", err)) ||
        (code = put_unless_given(group, conf, "session.timeout.ms", "6000", err)) ||
        (code = put_unless_given(group, conf, "partition.assignment.strategy", "cooperative-sticky",
                                 err)) ||
        (code = put_unless_given(group, conf, "topic.metadata.refresh.interval.ms", "5000", err))) {
        rd_kafka_conf_destroy(conf);
        return code;
    }
    if ((code = kafka_client(RD_KAFKA_CONSUMER, conf, &group->consumer, err)))
        return code;
    rd_kafka_poll_set_consumer(group->consumer);
    topics = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(topics, group->options.topic, RD_KAFKA_PARTITION_UA);
    error = rd_kafka_subscribe(group->consumer, topics);
    rd_kafka_topic_partition_list_destroy(topics);
    return error ? kafka_fail(error, group->options.topic, err) : WEIR_OK;
}

/* Until something fails or the group is to end; then all that is whole is written, and the partitions are given
 * back. */
static weir_code session(node_group *group, weir_error *err)
{
    weir_error last = {0};
    weir_code code = WEIR_OK;

    group->failure = WEIR_OK;
    group->leaving = group->holding = false;
    group->look_ms = group->write_ms = 0;
    group->trouble_ms = steady_ms() - TROUBLE_MS - 1;
    if ((code = open_lanes(group, err)) ||
        (code = cell_writer_open(&group->log, &group->writer, err)))
        goto done;
    if (!group_await_keeper(group) || (code = open_consumer(group, err)))
        goto done;
    while (!code && !atomic_load(&group->stop))
        if (!(code = poll_round(group, err)))
            code = look(group, err);
    if (!code && !rd_kafka_assignment_lost(group->consumer) &&
        (group_flush(group, &last) || group_write(group, true, &last)))
        weir_stream_error(group->options.stream, last.message);
done:
    group->leaving = true;
    kafka_consumer_end(group->consumer);
    group->consumer = NULL;
    while (group->lanes && lanes_first(group->lanes)) {
        lane *l = lanes_first(group->lanes);

        cell_table_release(group->table, group_cell(l));
        lanes_drop(group->lanes, l);
    }
    lanes_close(group->lanes);
    group->lanes = NULL;
    cell_writer_close(group->writer);
    group->writer = NULL;
    return code;
}

/* --- the group */

static bool may_pass(weir_code code)
{
    return weir_code_retry(code) || code == WEIR_NO_MEMORY || code == WEIR_FROZEN;
}

static void sessions(node_group *group)
{
    uint64_t random = ((uint64_t)steady_ms() * UINT64_C(0x9e3779b97f4a7c15)) | 1;
    unsigned tries = 0;

    while (!atomic_load(&group->stop)) {
        weir_error why = {0};
        int64_t began = steady_ms();
        weir_code code = session(group, &why);

        if (!code || atomic_load(&group->stop))
            continue;
        if (code == WEIR_NOT_FOUND) /* the project is gone, and the stream with it */
            return;
        if (!may_pass(code)) {
            group_tell(group, WEIR_STREAM_FAILED, why.message);
            return;
        }
        if (steady_ms() - began > RETRY_MOST_MS)
            tries = 0;
        weir_stream_error(group->options.stream, why.message);
        group_tell(group, WEIR_STREAM_WAITING, why.message);
        group_sleep_ms(group, RETRY_MS + backoff_ms(RETRY_MS, RETRY_MOST_MS, tries++,
                                                    backoff_random(&random)));
    }
}

static weir_code claim(node_group *group, weir_error *err)
{
    weir_stream *stream = group->options.stream;
    char by[300], pid[129];
    const weir_assembly_options options = {.by = by};
    weir_code code = WEIR_OK;

    snprintf(by, sizeof by, "node group %s", group->name);
    weir_stream_pid(stream, pid);
    if ((code = weir_assembly_open(weir_stream_engine(stream), weir_stream_cid(stream), pid,
                                   &options, &group->assembly, err)) ||
        (code = cell_table_new(group->node, &group->table, err)))
        return code;
    if (pthread_create(&group->keeper, NULL, group_keep, group))
        return weir_fail(err, WEIR_NO_MEMORY, "no thread for node group %s", group->name);
    group->keeping = true;
    return WEIR_OK;
}

static void *run(void *context)
{
    node_group *group = context;
    const char *remark = "";
    weir_error err = {0};

    if (claim(group, &err)) {
        weir_stream_error(group->options.stream, err.message);
        group_tell(group, WEIR_STREAM_FAILED, err.message);
    } else {
        sessions(group);
    }
    node_group_stop(group); /* the keeper too */
    if (group->keeping)
        pthread_join(group->keeper, NULL);
    /* What was written last is seen without waiting for it to come back. */
    if (group->table && group->assembly &&
        cell_table_adopt(group->table, group->assembly, &remark, &err))
        weir_log(WEIR_LOG_WARN, "kafka", "%s: %s", weir_stream_label(group->options.stream),
                 err.message);
    weir_assembly_close(group->assembly);
    group->assembly = NULL;
    return NULL;
}

static weir_code name_node(node_group *group, weir_error *err)
{
    weir_stream *stream = group->options.stream;
    char own[WEIR_NODE_NAME], pid[129];
    weir_code code = WEIR_OK;

    if (!*group->settings.node) {
        if ((code = weir_assembly_node(weir_stream_engine(stream), own, err)))
            return code;
        group->settings.node = own;
    }
    snprintf(group->node, sizeof group->node, "%s", group->settings.node);
    group->settings.node = group->node;
    snprintf(group->changelog, sizeof group->changelog,
             *group->settings.changelog ? "%s" : "%s-cells",
             *group->settings.changelog ? group->settings.changelog : group->name);
    weir_stream_pid(stream, pid);
    snprintf(group->transactional_id, sizeof group->transactional_id, "%s.%s.%s", group->name,
             group->node, pid);
    return WEIR_OK;
}

weir_code node_group_open(const node_group_options *options, node_group **out, weir_error *err)
{
    node_group *group = weir_calloc(1, sizeof *group);
    weir_code code = WEIR_OK;

    if (!group)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for a node group");
    group->options = *options;
    group->name = weir_data_source_get(options->source, NODE_GROUP_KEY);
    if ((code = group_settings_read(options->source, &group->settings, err)) ||
        (code = name_node(group, err))) {
        weir_free(group);
        return code;
    }
    group->log = (cell_log_options){.topic = group->changelog,
                                    .partitions = (int)group->settings.partitions,
                                    .replication = (int)group->settings.replication,
                                    .record_bytes = (size_t)group->settings.record_bytes,
                                    .node = group->node,
                                    .transactional_id = group->transactional_id,
                                    .conf = options->conf,
                                    .context = options->context,
                                    .stop = stopping,
                                    .stop_context = group};
    atomic_init(&group->stop, false);
    steady_begin(&group->lock, &group->wake);
    if (pthread_create(&group->reader, NULL, run, group)) {
        steady_end(&group->lock, &group->wake);
        weir_free(group);
        return weir_fail(err, WEIR_NO_MEMORY, "no thread for a node group");
    }
    *out = group;
    return WEIR_OK;
}

void node_group_stop(node_group *group)
{
    pthread_mutex_lock(&group->lock);
    atomic_store(&group->stop, true);
    pthread_cond_broadcast(&group->wake);
    pthread_mutex_unlock(&group->lock);
}

void node_group_close(node_group *group)
{
    if (!group)
        return;
    node_group_stop(group);
    pthread_join(group->reader, NULL);
    cell_table_free(group->table);
    steady_end(&group->lock, &group->wake);
    weir_free(group);
}
