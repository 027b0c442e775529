/* sink_task.c: see sink_task.h.
 *
 * Records wait in lanes (lane.h), one a partition. A full batch, a new schema, or the end of a round of polling sends
 * a lane's batch as one learn request (sink_send.c); a lane has one request in flight, because the thread waits for the
 * answer (sink_wait.c). So when the consumer is told to give partitions away there is at most the current round to
 * send first.
 *
 * Kafka's committed offsets are only where a new task begins to read: they follow the server's answers and may lag.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "sink_task.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client.h"
#include "health.h"
#include "sink_inside.h"
#include "steady.h"
#include "weir/log.h"
#include "weir/memory.h"

#define ROUND_MS 50 /* how long a round of polling gathers records once there is one */
#define IDLE_MS 200 /* how long a round waits for a first record */
#define BROKERS_TOLD_AFTER                                                                         \
    5 /* tries of IDLE_MS each; so the first log line comes after a second ... */
#define BROKERS_TOLD_EVERY 50 /* ... and one every ten */
/* What the brokers keep for themselves is not read, whatever a pattern matches. */
#define INTERNAL_TOPICS "^__(consumer_offsets|transaction_state|share_group_state)$"
#define TOLD_AT_FIRST 20 /* skipped records logged one by one; then each thousandth */

static bool stopping(void *context)
{
    const sink_task *task = context;

    return atomic_load(&task->stop);
}

/* --- offsets */

/* Where the lanes stand, for whoever asks about lag. */
static void note_places(sink_task *task)
{
    weir_connect_place *places = NULL, *before = NULL;
    size_t count = 0;

    for (lane *l = lanes_first(task->lanes); l; l = l->link)
        count++;
    if (count && !(places = weir_calloc(count, sizeof *places)))
        return; /* the last ones stay */
    count = 0;
    for (lane *l = lanes_first(task->lanes); l && places; l = l->link) {
        weir_connect_place *place = &places[count++];
        int64_t low = 0, high = 0;

        snprintf(place->topic, sizeof place->topic, "%s", l->topic);
        place->partition = l->partition;
        place->position = lane_rows(l) ? l->from : l->next;
        place->end = -1;
        /* as the last fetch told it: nobody is asked */
        if (!rd_kafka_get_watermark_offsets(task->consumer, l->topic, l->partition, &low, &high) &&
            high >= 0)
            place->end = high;
    }
    pthread_mutex_lock(&task->lock);
    before = task->places;
    task->places = places;
    task->place_count = count;
    pthread_mutex_unlock(&task->lock);
    weir_free(before);
}

/* Commits what the server has answered for. Dead letters must be with the brokers first; one that they refuse is the
 * end of the task. */
static weir_code commit(sink_task *task, bool wait, weir_error *err)
{
    rd_kafka_topic_partition_list_t *list = NULL;
    rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
    weir_error why = {0};
    weir_code code = dead_letters_flush(task->letters, BROKER_MS, &why);

    task->committed_at_ms = steady_ms();
    if (code && weir_code_retry(code)) {
        weir_log(WEIR_LOG_WARN, "connect", "%s: %s; no commit yet", task->who, why.message);
        return WEIR_OK;
    }
    if (code) {
        if (err)
            *err = why;
        return code;
    }
    list = rd_kafka_topic_partition_list_new(4);
    for (lane *l = lanes_first(task->lanes); l; l = l->link) {
        if (l->commit < 0)
            continue;
        rd_kafka_topic_partition_list_add(list, l->topic, l->partition)->offset = l->commit;
        l->commit = -1;
    }
    if (list->cnt)
        error = rd_kafka_commit(task->consumer, list, !wait);
    if (error)
        weir_log(WEIR_LOG_WARN, "connect", "%s: offsets are not committed: %s", task->who,
                 rd_kafka_err2str(error));
    rd_kafka_topic_partition_list_destroy(list);
    return WEIR_OK;
}

/* --- records */

static weir_code send_letter(sink_task *task, const rd_kafka_message_t *message,
                             const weir_error *why, weir_error *err)
{
    weir_error trouble = {0};
    unsigned tries = 0;
    weir_code code = WEIR_OK;

    do {
        code = dead_letters_send(task->letters, message, why, &trouble);
    } while (code && weir_code_retry(code) && sink_wait(task, &tries, -1, &trouble));
    if (code && err)
        *err = trouble;
    else if (tries)
        sink_untell(task, TROUBLE_CALL);
    return code;
}

static void log_skipped(const sink_task *task, const lane *l, const rd_kafka_message_t *message,
                        const weir_error *why, uint64_t count)
{
    rd_kafka_timestamp_type_t kind = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
    char details[120] = "";

    if (task->config->log_details)
        snprintf(details, sizeof details, ", timestamp %lld, key of %zu bytes, value of %zu bytes",
                 (long long)rd_kafka_message_timestamp(message, &kind), message->key_len,
                 message->len);
    weir_log(WEIR_LOG_WARN, "connect", "%s: %s offset %lld%s is skipped: %s (%llu so far)",
             task->who, l->key, (long long)message->offset, details, why->message,
             (unsigned long long)count);
}

/* What behavior.on.malformed.documents says about a record that cannot be read. */
static weir_code malformed(void *owner, lane *l, const rd_kafka_message_t *message,
                           const weir_error *why, weir_error *err)
{
    sink_task *task = owner;
    uint64_t seen = task->status.skipped;
    weir_code code = WEIR_OK;

    if (task->config->malformed == SINK_FAIL) {
        if (sink_flush_all(task, true,
                           NULL)) /* they come again; the record is what stops the task */
            weir_log(WEIR_LOG_WARN, "connect", "%s: rows before %s offset %lld wait", task->who,
                     l->key, (long long)message->offset);
        return weir_fail(err, WEIR_INVALID, "%s offset %lld: %s", l->key,
                         (long long)message->offset, why->message);
    }
    if (task->config->malformed == SINK_WARN && (seen < TOLD_AT_FIRST || seen % 1000 == 0))
        log_skipped(task, l, message, why, seen + 1);
    if (task->letters && (code = send_letter(task, message, why, err)))
        return code;
    pthread_mutex_lock(&task->lock);
    task->status.skipped++;
    pthread_mutex_unlock(&task->lock);
    return WEIR_OK;
}

/* Cells that are not of their column's type were left out of a row. */
static void bad_cells(void *owner, uint64_t cells, const bad_columns *bad)
{
    sink_task *task = owner;

    pthread_mutex_lock(&task->lock);
    task->status.bad_cells += cells;
    bad_columns_text(bad, task->status.bad_columns, sizeof task->status.bad_columns);
    pthread_mutex_unlock(&task->lock);
}

static weir_code take_event(sink_task *task, const rd_kafka_message_t *message, weir_error *err)
{
    switch (message->err) {
    case RD_KAFKA_RESP_ERR__PARTITION_EOF:
        return WEIR_OK;
    case RD_KAFKA_RESP_ERR__FATAL:
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
        return weir_fail(err, WEIR_CONFLICT, "%s", rd_kafka_message_errstr(message));
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
        sink_tell(task, TROUBLE_TOPIC, rd_kafka_message_errstr(message));
        break;
    default: /* a broker gone for a while: the client goes on trying */
        break;
    }
    weir_log(WEIR_LOG_WARN, "connect", "%s: %s", task->who, rd_kafka_message_errstr(message));
    return WEIR_OK;
}

static weir_code take(sink_task *task, const rd_kafka_message_t *message, weir_error *err)
{
    return message->err ? take_event(task, message, err) : lanes_take(task->lanes, message, err);
}

/* The client's queue is empty: whether the brokers have more. */
static void ran_dry(sink_task *task)
{
    for (lane *l = lanes_first(task->lanes); l; l = l->link)
        if (kafka_nudge_dry(&task->nudge, task->consumer, l->topic, l->partition, l->next))
            return;
}

/* The next record, or NULL when none comes until then. A record that is there is taken without a look at the clock. */
static rd_kafka_message_t *next_record(sink_task *task, int64_t until)
{
    rd_kafka_message_t *message = rd_kafka_consumer_poll(task->consumer, 0);
    int64_t left = 0;

    if (message || task->interrupted)
        return message;
    ran_dry(task);
    left = until - steady_ms();
    return left > 0 ? rd_kafka_consumer_poll(task->consumer, (int)left) : NULL;
}

/* One round: records until there are enough, none comes, or the first has waited long enough. What the lanes hold
 * ahead of it was left there by an interruption. */
static weir_code poll_round(sink_task *task, weir_error *err)
{
    int64_t until = steady_ms() + IDLE_MS;
    weir_code code = sink_flush_all(task, false, err);

    for (size_t i = 0; !code && i < task->stray_count && !task->interrupted; i++)
        code = take(task, task->strays[i], err);
    if (!code && !task->interrupted)
        sink_drop_strays(task);
    for (size_t taken = 0; !code && taken < task->config->poll_max && !task->interrupted &&
                           !atomic_load(&task->stop);) {
        rd_kafka_message_t *message = next_record(task, until);

        if (!message)
            break;
        if (!taken++) {
            until = steady_ms() + ROUND_MS;
            kafka_nudge_taken(&task->nudge);
        }
        code = take(task, message, err);
        rd_kafka_message_destroy(message);
    }
    if (!code && !task->interrupted)
        code = sink_flush_all(task, false, err);
    if (!code && steady_ms() - task->committed_at_ms >= task->config->commit_ms) {
        code = commit(task, false, err);
        note_places(task);
    }
    return code;
}

/* --- partitions come and go (in rd_kafka_consumer_poll() and _close(), so on the task's thread) */

static void assigned(sink_task *task, rd_kafka_topic_partition_list_t *partitions, bool cooperative)
{
    weir_error why = {0};
    rd_kafka_error_t *error = NULL;

    /* Where the group stands is asked here, and not left to the client, since each request tells it as "from". */
    if (rd_kafka_committed(task->consumer, partitions, BROKER_MS))
        weir_log(WEIR_LOG_WARN, "connect", "%s: the group's offsets are not known", task->who);
    if (partitions->cnt)
        sink_untell(task, TROUBLE_TOPIC);
    for (int i = 0; i < partitions->cnt; i++) {
        rd_kafka_topic_partition_t *partition = &partitions->elems[i];

        if (task->options.from_beginning)
            partition->offset = RD_KAFKA_OFFSET_BEGINNING;
        if (lanes_add(task->lanes, partition->topic, partition->partition,
                      partition->offset >= 0 ? partition->offset : -1, NULL, &why))
            weir_log(WEIR_LOG_ERROR, "connect", "%s", why.message);
    }
    if (cooperative)
        error = rd_kafka_incremental_assign(task->consumer, partitions);
    else
        rd_kafka_assign(task->consumer, partitions);
    if (error)
        rd_kafka_error_destroy(error);
    /* the client remembers a pause over the time that another member had the partition */
    if (task->holding)
        rd_kafka_pause_partitions(task->consumer, partitions);
    else
        rd_kafka_resume_partitions(task->consumer, partitions);
}

/* Sends what the lanes hold and lets go of those that are given away. While a call is waited for they stay where they
 * are, since it may be about one of them, and sink_recover() lets go of them. */
static void leave_lanes(sink_task *task, const rd_kafka_topic_partition_list_t *partitions)
{
    weir_error why = {0};

    task->rebalancing = true;
    if (!task->failing && !task->waiting && sink_flush_all(task, true, &why))
        weir_log(WEIR_LOG_WARN, "connect", "%s: rows stay for the next owner: %s", task->who,
                 why.message);
    task->rebalancing = false;
    if (!rd_kafka_assignment_lost(task->consumer) && commit(task, true, &why))
        weir_log(WEIR_LOG_WARN, "connect", "%s: %s", task->who, why.message);
    for (int i = 0; i < partitions->cnt; i++) {
        lane *l =
            lanes_find(task->lanes, partitions->elems[i].topic, partitions->elems[i].partition);

        if (l && task->waiting)
            l->extra = sink_lane_gone;
        else if (l)
            lanes_drop(task->lanes, l);
    }
    if (task->waiting) {
        task->interrupted = true;
        rd_kafka_yield(
            task->consumer); /* new partitions come when the lanes are rid of the old ones */
    } else {
        sink_drop_strays(task);
    }
}

static void revoked(sink_task *task, rd_kafka_topic_partition_list_t *partitions, bool cooperative)
{
    rd_kafka_error_t *error = NULL;

    leave_lanes(task, partitions);
    if (cooperative)
        error = rd_kafka_incremental_unassign(task->consumer, partitions);
    else
        rd_kafka_assign(task->consumer, NULL);
    if (error)
        rd_kafka_error_destroy(error);
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

/* --- the task */

static weir_code open_remote(sink_task *task, weir_error *err)
{
    const sink_config *config = task->config;
    const weir_remote_options options = {.url = task->target->url,
                                         .cid = task->target->cid,
                                         .secret = task->target->secret,
                                         .timeout_ms = config->timeout_ms,
                                         .max_answer = config->max_answer,
                                         .log_calls = config->verbose,
                                         .log_signature = config->log_signature,
                                         .log_body = config->log_whole_body,
                                         .stop = stopping,
                                         .stop_context = task};

    return task->options.remote->open(&options, &task->remote, err);
}

static weir_code open_lanes(sink_task *task, weir_error *err)
{
    const sink_config *config = task->config;
    const lanes_options options = {.facility = "connect",
                                   .who = task->who,
                                   .codecs = task->options.codecs,
                                   .registries = task->options.registries,
                                   .registry = task->options.registry,
                                   .format = config->format,
                                   .rows = config->chunk,
                                   .types = config->types,
                                   .type_count = config->type_count,
                                   .types_named = "sml.attribute.types",
                                   .quiet = config->malformed == SINK_IGNORE,
                                   .owner = task,
                                   .flush = sink_flush,
                                   .malformed = malformed,
                                   .again = sink_registry_again,
                                   .bad_cells = bad_cells};

    return lanes_open(&options, &task->lanes, err);
}

static weir_code subscribe(sink_task *task, weir_error *err)
{
    const sink_config *config = task->config;
    rd_kafka_topic_partition_list_t *topics =
        rd_kafka_topic_partition_list_new((int)config->topic_count + 1);
    rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;

    for (size_t i = 0; i < config->topic_count; i++)
        rd_kafka_topic_partition_list_add(topics, config->topics[i], RD_KAFKA_PARTITION_UA);
    if (config->pattern)
        rd_kafka_topic_partition_list_add(topics, config->pattern, RD_KAFKA_PARTITION_UA);
    error = rd_kafka_subscribe(task->consumer, topics);
    rd_kafka_topic_partition_list_destroy(topics);
    return error ? kafka_fail(error, "topics", err) : WEIR_OK;
}

static weir_code open_consumer(sink_task *task, weir_error *err)
{
    const sink_config *config = task->config;
    char group[300], client[320];
    rd_kafka_conf_t *conf = NULL;
    weir_code code = WEIR_OK;

    snprintf(group, sizeof group, "connect-%s", config->name);
    snprintf(client, sizeof client, "connector-consumer-%s-%zu", config->name, task->number);
    if ((code = kafka_conf(task->options.bootstrap, client, &conf, err)))
        return code;
    rd_kafka_conf_set_opaque(conf, task);
    rd_kafka_conf_set_rebalance_cb(conf, rebalanced);
    if ((code = kafka_conf_put(conf, "group.id", group, err)) ||
        (code = kafka_conf_put(conf, "enable.auto.commit", "false", err)) ||
        (code = kafka_conf_put(conf, "enable.auto.offset.store", "false", err)) ||
        (code = kafka_conf_put(conf, "auto.offset.reset", "earliest", err)) ||
        (code = kafka_conf_put(conf, "session.timeout.ms", "6000", err)) ||
        (code = kafka_conf_put(conf, "max.poll.interval.ms", "900000", err)) ||
        (code = kafka_conf_put(conf, "fetch.wait.max.ms", "100", err)) ||
        (code = kafka_conf_put(conf, "topic.metadata.refresh.interval.ms", "5000", err)) ||
        (code = kafka_conf_put(conf, "topic.blacklist", INTERNAL_TOPICS, err)) ||
        (code = sink_config_pass(config, "consumer", conf, err))) {
        rd_kafka_conf_destroy(conf);
        return code;
    }
    if ((code = kafka_client(RD_KAFKA_CONSUMER, conf, &task->consumer, err)))
        return code;
    rd_kafka_poll_set_consumer(task->consumer);
    return WEIR_OK;
}

/* The source's name: the connector's and the cluster's, since two clusters may have topics of one name. The brokers are
 * waited for: a name made without them would be another one, under which every row counts again. */
static void name_source(sink_task *task)
{
    char cluster[200] = "";
    const struct rd_kafka_metadata *metadata = NULL;
    bool reached = false;

    if (task->options.cluster)
        snprintf(cluster, sizeof cluster, "%s", task->options.cluster);
    for (unsigned tries = 0; !task->options.cluster && !reached && !atomic_load(&task->stop);
         tries++) {
        rd_kafka_resp_err_t error = rd_kafka_metadata(task->consumer, 0, NULL, &metadata, IDLE_MS);

        if (error) {
            char said[200], reason[240];

            if (!kafka_ails(task->consumer, said, sizeof said))
                snprintf(said, sizeof said, "%s", rd_kafka_err2str(error));
            snprintf(reason, sizeof reason, "brokers %.80s do not answer: %.130s",
                     task->options.bootstrap, said);
            if (tries % BROKERS_TOLD_EVERY == BROKERS_TOLD_AFTER)
                weir_log(WEIR_LOG_WARN, "connect", "%s waits: %s", task->who, reason);
            if (tries >= BROKERS_TOLD_AFTER)
                sink_tell(task, TROUBLE_BROKERS, reason);
            continue;
        }
        reached = true;
        sink_untell(task, TROUBLE_BROKERS);
        rd_kafka_metadata_destroy(metadata);
        kafka_cluster_id(task->consumer, cluster, sizeof cluster);
    }
    snprintf(task->source_id, sizeof task->source_id, "%s%s%s", task->config->name,
             *cluster ? "@" : "", cluster);
}

static void hold(sink_task *task, bool paused)
{
    rd_kafka_topic_partition_list_t *partitions = NULL;

    if (paused == task->holding || rd_kafka_assignment(task->consumer, &partitions))
        return;
    if (paused)
        rd_kafka_pause_partitions(task->consumer, partitions);
    else
        rd_kafka_resume_partitions(task->consumer, partitions);
    task->holding = paused;
    atomic_store(&task->taking, !paused);
    rd_kafka_topic_partition_list_destroy(partitions);
}

/* What stands between the consumer and its brokers, into the task's state. */
static void see_brokers(sink_task *task)
{
    char said[200], reason[240];

    if (kafka_ails(task->consumer, said, sizeof said)) {
        snprintf(reason, sizeof reason, "brokers %.80s: %.140s", task->options.bootstrap, said);
        sink_tell(task, TROUBLE_BROKERS, reason);
    } else {
        sink_untell(task, TROUBLE_BROKERS);
    }
}

static weir_code work(sink_task *task, weir_error *err)
{
    weir_code code = WEIR_OK;

    if ((code = open_lanes(task, err)) || (code = open_remote(task, err)) ||
        (task->config->dead_letters &&
         (code = dead_letters_open(task->config, task->options.bootstrap, task->number,
                                   &task->letters, err))) ||
        (code = sink_ensure_project(task, err)) || (code = open_consumer(task, err)))
        return code;
    name_source(task);
    code = subscribe(task, err);
    atomic_store(&task->taking, true);
    while (!code && !atomic_load(&task->stop)) {
        hold(task, atomic_load(&task->paused));
        see_brokers(task);
        code = poll_round(task, err);
        if (task->interrupted)
            code = sink_recover(task, err);
    }
    return code;
}

static void *run(void *context)
{
    sink_task *task = context;
    weir_error err = {0};
    weir_code code = work(task, &err);

    if (code && !atomic_load(&task->stop)) {
        weir_log(WEIR_LOG_ERROR, "connect", "%s failed: %s", task->who, err.message);
        pthread_mutex_lock(&task->lock);
        task->status.state = WEIR_TASK_FAILED;
        snprintf(task->status.reason, sizeof task->status.reason, "%s", err.message);
        pthread_mutex_unlock(&task->lock);
    }
    task->failing = true;
    if (task->consumer)
        commit(task, true, NULL);
    kafka_consumer_end(task->consumer);
    sink_drop_strays(task);
    lanes_close(task->lanes);
    dead_letters_close(task->letters);
    task->options.remote->close(task->remote);
    weir_bytes_free(&task->body);
    return NULL;
}

weir_code sink_task_open(const sink_task_options *options, size_t number, sink_task **out,
                         weir_error *err)
{
    struct timespec now;
    sink_task *task = weir_calloc(1, sizeof *task);

    if (!task)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for task %zu", number);
    clock_gettime(CLOCK_REALTIME, &now);
    task->options = *options;
    task->config = options->config;
    task->target = &options->config->targets[number % options->config->target_count];
    task->number = number;
    snprintf(task->who, sizeof task->who, "%s-%zu", options->config->name, number);
    task->random = ((uint64_t)now.tv_nsec + number * 1000003) | 1;
    atomic_init(&task->stop, false);
    atomic_init(&task->paused, options->paused);
    atomic_init(&task->taking, false);
    steady_begin(&task->lock, &task->wake);
    if (pthread_create(&task->thread, NULL, run, task)) {
        steady_end(&task->lock, &task->wake);
        weir_free(task);
        return weir_fail(err, WEIR_NO_MEMORY, "no thread for task %zu", number);
    }
    *out = task;
    return WEIR_OK;
}

void sink_task_stop(sink_task *task)
{
    pthread_mutex_lock(&task->lock);
    atomic_store(&task->stop, true);
    pthread_cond_broadcast(&task->wake);
    pthread_mutex_unlock(&task->lock);
}

void sink_task_close(sink_task *task)
{
    if (!task)
        return;
    sink_task_stop(task);
    pthread_join(task->thread, NULL);
    steady_end(&task->lock, &task->wake);
    weir_free(task->places);
    weir_free(task);
}

void sink_task_pause(sink_task *task, bool paused)
{
    atomic_store(&task->paused, paused);
}

void sink_task_state(sink_task *task, weir_connect_task *out)
{
    pthread_mutex_lock(&task->lock);
    *out = task->status;
    /* told once it is true: nothing is learned any more until the task is resumed */
    if (out->state == WEIR_TASK_RUNNING && atomic_load(&task->paused) &&
        !atomic_load(&task->taking))
        out->state = WEIR_TASK_PAUSED;
    pthread_mutex_unlock(&task->lock);
}

weir_code sink_task_places(sink_task *task, weir_connect_place **places, size_t *count,
                           weir_error *err)
{
    weir_code code = WEIR_OK;
    weir_connect_place *wider = NULL;

    pthread_mutex_lock(&task->lock);
    if (task->place_count &&
        !(wider = weir_realloc_array(*places, *count + task->place_count, sizeof *wider)))
        code = weir_fail(err, WEIR_NO_MEMORY, "no room for %zu partitions", task->place_count);
    if (wider) {
        *places = wider;
        memcpy(wider + *count, task->places, task->place_count * sizeof *wider);
        for (size_t i = 0; i < task->place_count; i++)
            wider[*count + i].task = task->number;
        *count += task->place_count;
    }
    pthread_mutex_unlock(&task->lock);
    return code;
}
