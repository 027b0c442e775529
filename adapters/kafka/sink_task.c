/* sink_task.c: see sink_task.h.
 *
 * Records wait in lanes (lane.h), one a partition. A full batch, a new schema, or the end of a round of polling sends
 * a lane's batch as one learn request; a lane has one request in flight, because the thread waits for the answer. So
 * when the consumer is told to give partitions away there is at most the current round to send first.
 *
 * Each request tells the server from, next and the offsets. A repeat is answered and not counted; when from lies
 * beyond what the server has, it answers with its position and the lane goes back there. Kafka's committed offsets
 * are only where a new task begins to read: they follow the server's answers and may lag.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "sink_task.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "backoff.h"
#include "client.h"
#include "lane.h"
#include "weir/log.h"
#include "weir/memory.h"
#include "weir/row_filter.h"

#define ROUND_MS 50     /* how long a round of polling gathers records once there is one */
#define IDLE_MS 200     /* how long a round waits for a first record */
#define BROKER_MS 10000 /* one question to the brokers */
#define BROKERS_TOLD_AFTER                                                                         \
    5 /* tries of IDLE_MS each; so the first log line comes after a second ... */
#define BROKERS_TOLD_EVERY 50 /* ... and one every ten */
/* What the brokers keep for themselves is not read, whatever a pattern matches. */
#define INTERNAL_TOPICS "^__(consumer_offsets|transaction_state|share_group_state)$"
#define TOLD_AT_FIRST 20 /* skipped records logged one by one; then each thousandth */

struct sink_task {
    sink_task_options options;
    const sink_config *config;
    const sink_target *target;
    size_t number;
    pthread_t thread;

    pthread_mutex_t lock; /* over status; wake is signalled when stop or paused change */
    pthread_cond_t wake;
    weir_connect_task status;
    atomic_bool stop, paused;

    /* from here on the task's thread only */
    weir_remote *remote;
    rd_kafka_t *consumer, *producer; /* producer: of dead letters, made at the first one */
    char source_id[512];
    lanes *lanes;
    char who[300]; /* "name-0", for lines of the log */
    weir_bytes body;
    uint64_t random;
    bool holding; /* partitions are paused at the consumer */
    bool failing; /* on the way out: nothing more is sent */
    int64_t committed_at_ms;
};

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool stopping(void *context)
{
    const sink_task *task = context;

    return atomic_load(&task->stop);
}

/* Waits; true when the task shall end. */
static bool task_wait(sink_task *task, int64_t ms)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += ms / 1000;
    until.tv_nsec += ms % 1000 * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    pthread_mutex_lock(&task->lock);
    while (!atomic_load(&task->stop) && !pthread_cond_timedwait(&task->wake, &task->lock, &until)) {
    }
    pthread_mutex_unlock(&task->lock);
    return atomic_load(&task->stop);
}

static void count(sink_task *task, uint64_t *counter, uint64_t by)
{
    pthread_mutex_lock(&task->lock);
    *counter += by;
    pthread_mutex_unlock(&task->lock);
}

/* Says in the task's state what it waits for; "" ends it. */
static void tell(sink_task *task, const char *reason)
{
    pthread_mutex_lock(&task->lock);
    snprintf(task->status.reason, sizeof task->status.reason, "%s", reason);
    pthread_mutex_unlock(&task->lock);
}

/* Decides about a call that failed: waits and says true when it shall be tried again. *tries counts. */
static bool try_again(void *owner, weir_code code, unsigned *tries, const weir_error *err)
{
    sink_task *task = owner;
    const sink_config *config = task->config;
    int64_t wait = 0;
    bool stopped = false;

    if (!weir_code_retry(code) || *tries >= (uint64_t)config->retries || atomic_load(&task->stop))
        return false;
    wait = backoff_ms(config->backoff, config->backoff_max, *tries, backoff_random(&task->random));
    ++*tries;
    weir_log(WEIR_LOG_WARN, "connect", "%s-%zu: %s; try %u of %lld in %lld ms", config->name,
             task->number, err->message, *tries, (long long)config->retries, (long long)wait);
    count(task, &task->status.retries, 1);
    tell(task, err->message);
    stopped = task_wait(task, wait);
    tell(task, "");
    return !stopped;
}

static weir_code lane_seek(sink_task *task, lane *l, int64_t position, weir_error *err)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_error_t *error = NULL;
    weir_code code = WEIR_OK;

    rd_kafka_topic_partition_list_add(list, l->topic, l->partition)->offset = position;
    if ((error = rd_kafka_seek_partitions(task->consumer, list, BROKER_MS)))
        code = weir_fail(err, WEIR_UNAVAILABLE, "%s: cannot go to offset %lld: %s", l->key,
                         (long long)position, rd_kafka_error_string(error));
    if (error)
        rd_kafka_error_destroy(error);
    rd_kafka_topic_partition_list_destroy(list);
    if (!code)
        lane_move(l, position);
    return code;
}

/* --- sending */

/* The server stands at a position that is not where the lane expects it: finds out whether the topic still is the one
 * that the server knows, and goes there. */
static weir_code follow_server(sink_task *task, lane *l, int64_t position, weir_error *err)
{
    int64_t low = 0, high = 0;
    rd_kafka_resp_err_t error = rd_kafka_query_watermark_offsets(
        task->consumer, l->topic, l->partition, &low, &high, BROKER_MS);

    if (error)
        return kafka_fail(error, l->key, err);
    if (position > high)
        return weir_fail(err, WEIR_CONFLICT,
                         "%s ends at offset %lld and the server has learned it up to %lld: the "
                         "topic was made anew; DELETE /connectors/%s/offsets takes it from its "
                         "beginning",
                         l->key, (long long)high, (long long)position, task->config->name);
    if (position < low)
        return weir_fail(err, WEIR_CONFLICT,
                         "%s begins at offset %lld and the server has learned it up to %lld: the "
                         "records between are gone; DELETE /connectors/%s/offsets goes on without "
                         "them",
                         l->key, (long long)low, (long long)position, task->config->name);
    weir_log(WEIR_LOG_INFO, "connect", "%s-%zu: %s goes on at offset %lld, where the server stands",
             task->config->name, task->number, l->key, (long long)position);
    return lane_seek(task, l, position, err);
}

static weir_code post(sink_task *task, weir_remote_learned *learned, weir_error *err)
{
    weir_error why = {0};
    unsigned tries = 0;
    weir_code code = WEIR_OK;

    do {
        code = task->options.remote->learn(task->remote, task->target->project, task->body.data,
                                           task->body.size, learned, &why);
    } while (code && try_again(task, code, &tries, &why));
    if (code && tries)
        weir_explain(&why, code, "given up after %u tries", tries + 1);
    if (code && err)
        *err = why;
    return code;
}

/* Cells the server left out, since the project knows their column under another type; their rows count. */
static void refused_cells(sink_task *task, const lane *l, const weir_rejects *rejects)
{
    uint64_t seen = task->status.bad_cells;

    if (strcmp(task->status.refused, rejects->first) != 0 ||
        seen / 1000 != (seen + rejects->cells) / 1000)
        weir_log(WEIR_LOG_WARN, "connect", "%s-%zu: %s: project %s leaves out %llu cells: %s",
                 task->config->name, task->number, l->key, task->target->project,
                 (unsigned long long)rejects->cells, rejects->first);
    pthread_mutex_lock(&task->lock);
    task->status.bad_cells += rejects->cells;
    snprintf(task->status.refused, sizeof task->status.refused, "%s", rejects->first);
    pthread_mutex_unlock(&task->lock);
}

/* The rows of a frame that the project has learned. */
static uint64_t rows_counted(uint64_t sent, const weir_remote_learned *learned)
{
    uint64_t out = learned->filtered + learned->rejects.rows;

    return sent > out ? sent - out : 0;
}

/* Sends what the lane holds. leaving: the partition is being given away, so there is no going to other offsets. */
static weir_code lane_flush(void *owner, lane *l, bool leaving, weir_error *err)
{
    sink_task *task = owner;
    weir_remote_learned learned = {.position = -1};
    weir_code code = WEIR_OK;

    if (!l->batch || !l->batch->rows) {
        if (l->next > l->from)
            l->commit = l->next;
        return WEIR_OK;
    }
    weir_source source = {.id = task->source_id,
                          .topic = l->topic,
                          .partition = l->partition,
                          .from = l->from,
                          .next = l->next,
                          .offsets = l->offsets,
                          .offset_count = l->batch->rows,
                          .epoch = task->config->epoch};
    weir_bytes_clear(&task->body);
    if ((code = task->options.codecs->frame_encode(l->batch, &source, &task->body, err)))
        return code;
    code = post(task, &learned, err);
    if (code == WEIR_GAP && learned.position >= l->from)
        return WEIR_CONFLICT; /* not of a gap: the server's sentence (an older epoch, say) is the reason */
    if (code == WEIR_GAP)
        return leaving ? WEIR_OK : follow_server(task, l, learned.position, err);
    if (code)
        return code;
    count(task, &task->status.requests, 1);
    if (learned.repeat && learned.position > l->next && !leaving)
        return follow_server(task, l, learned.position, err);
    if (!learned.repeat) {
        count(task, &task->status.rows, rows_counted(l->batch->rows, &learned));
        count(task, &task->status.filtered, learned.filtered);
    }
    if (learned.rejects.cells)
        refused_cells(task, l, &learned.rejects);
    l->commit = l->next;
    lane_sent(l);
    return WEIR_OK;
}

static weir_code flush_all(sink_task *task, bool leaving, weir_error *err)
{
    weir_code code = WEIR_OK;

    for (lane *l = lanes_first(task->lanes); !code && l; l = l->link)
        code = lane_flush(task, l, leaving, err);
    return code;
}

/* Commits what the server has answered for. Dead letters must be with the brokers first. */
static void commit(sink_task *task, bool wait)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(4);
    rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;

    if (task->producer && rd_kafka_flush(task->producer, BROKER_MS)) {
        weir_log(WEIR_LOG_WARN, "connect", "%s-%zu: dead letters are not delivered; no commit yet",
                 task->config->name, task->number);
        goto done;
    }
    for (lane *l = lanes_first(task->lanes); l; l = l->link) {
        if (l->commit < 0)
            continue;
        rd_kafka_topic_partition_list_add(list, l->topic, l->partition)->offset = l->commit;
        l->commit = -1;
    }
    if (list->cnt)
        error = rd_kafka_commit(task->consumer, list, !wait);
    if (error)
        weir_log(WEIR_LOG_WARN, "connect", "%s-%zu: offsets are not committed: %s",
                 task->config->name, task->number, rd_kafka_err2str(error));
    task->committed_at_ms = now_ms();
done:
    rd_kafka_topic_partition_list_destroy(list);
}

/* --- receiving */

static weir_code dead_letter_client(sink_task *task, weir_error *err)
{
    rd_kafka_conf_t *conf = NULL;
    int partitions = 0;
    weir_code code = kafka_conf(task->options.bootstrap, "weir-connect", &conf, err);

    if (code)
        return code;
    /* no time limit: offsets wait for the letters, and must not be let go by one that was given up */
    if ((code = kafka_conf_put(conf, "enable.idempotence", "true", err)) ||
        (code = kafka_conf_put(conf, "message.timeout.ms", "0", err))) {
        rd_kafka_conf_destroy(conf);
        return code;
    }
    if ((code = kafka_client(RD_KAFKA_PRODUCER, conf, &task->producer, err)))
        return code;
    return kafka_topic_ensure(task->producer, task->config->dead_letters, 1, &partitions, err);
}

static void put_header(rd_kafka_headers_t *headers, const char *name, const char *value)
{
    rd_kafka_header_add(headers, name, -1, value, -1);
}

static rd_kafka_headers_t *dead_letter_headers(const sink_task *task,
                                               const rd_kafka_message_t *message,
                                               const weir_error *why)
{
    char number[32];
    rd_kafka_headers_t *given = NULL, *headers = NULL;

    if (!rd_kafka_message_headers(message, &given))
        headers = rd_kafka_headers_copy(given);
    if (!headers)
        headers = rd_kafka_headers_new(8);
    if (!task->config->dead_letter_context)
        return headers;
    put_header(headers, "__connect.errors.topic", rd_kafka_topic_name(message->rkt));
    snprintf(number, sizeof number, "%d", (int)message->partition);
    put_header(headers, "__connect.errors.partition", number);
    snprintf(number, sizeof number, "%lld", (long long)message->offset);
    put_header(headers, "__connect.errors.offset", number);
    put_header(headers, "__connect.errors.connector.name", task->config->name);
    snprintf(number, sizeof number, "%zu", task->number);
    put_header(headers, "__connect.errors.task.id", number);
    put_header(headers, "__connect.errors.stage", "VALUE_CONVERTER");
    put_header(headers, "__connect.errors.exception.message", why->message);
    return headers;
}

static weir_code dead_letter(sink_task *task, const rd_kafka_message_t *message,
                             const weir_error *why, weir_error *err)
{
    weir_code code = task->producer ? WEIR_OK : dead_letter_client(task, err);

    while (!code) {
        rd_kafka_headers_t *headers = dead_letter_headers(task, message, why);
        rd_kafka_resp_err_t error = rd_kafka_producev(
            task->producer, RD_KAFKA_V_TOPIC(task->config->dead_letters),
            RD_KAFKA_V_KEY(message->key, message->key_len),
            RD_KAFKA_V_VALUE(message->payload, message->len),
            RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_END);

        if (!error)
            break;
        rd_kafka_headers_destroy(headers);
        if (error != RD_KAFKA_RESP_ERR__QUEUE_FULL)
            code = kafka_fail(error, task->config->dead_letters, err);
        rd_kafka_poll(task->producer, 50);
    }
    return code;
}

/* What behavior.on.malformed.documents says about a record that cannot be read. */
static weir_code malformed(void *owner, lane *l, const rd_kafka_message_t *message,
                           const weir_error *why, weir_error *err)
{
    sink_task *task = owner;
    uint64_t seen = task->status.skipped;
    weir_code code = WEIR_OK;

    if (task->config->malformed == SINK_FAIL) {
        if (flush_all(task, true, NULL)) /* they come again; the record is what stops the task */
            weir_log(WEIR_LOG_WARN, "connect", "%s-%zu: rows before %s offset %lld wait",
                     task->config->name, task->number, l->key, (long long)message->offset);
        return weir_fail(err, WEIR_INVALID, "%s offset %lld: %s", l->key,
                         (long long)message->offset, why->message);
    }
    if (task->config->malformed == SINK_WARN && (seen < TOLD_AT_FIRST || seen % 1000 == 0))
        weir_log(WEIR_LOG_WARN, "connect", "%s-%zu: %s offset %lld is skipped: %s (%llu so far)",
                 task->config->name, task->number, l->key, (long long)message->offset, why->message,
                 (unsigned long long)seen + 1);
    if (task->config->dead_letters && (code = dead_letter(task, message, why, err)))
        return code;
    count(task, &task->status.skipped, 1);
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
    default: /* a topic not there yet, a broker gone for a while: the client goes on trying */
        weir_log(WEIR_LOG_WARN, "connect", "%s-%zu: %s", task->config->name, task->number,
                 rd_kafka_message_errstr(message));
        return WEIR_OK;
    }
}

/* One round: records until there are enough, none comes, or the first has waited long enough. */
static weir_code poll_round(sink_task *task, weir_error *err)
{
    int64_t until = now_ms() + IDLE_MS;
    weir_code code = WEIR_OK;

    for (size_t taken = 0; !code && taken < task->config->poll_max && !atomic_load(&task->stop);) {
        int64_t left = until - now_ms();
        rd_kafka_message_t *message =
            rd_kafka_consumer_poll(task->consumer, left > 0 ? (int)left : 0);

        if (!message)
            break;
        if (!taken++)
            until = now_ms() + ROUND_MS;
        code =
            message->err ? take_event(task, message, err) : lanes_take(task->lanes, message, err);
        rd_kafka_message_destroy(message);
    }
    if (!code)
        code = flush_all(task, false, err);
    if (!code && now_ms() - task->committed_at_ms >= task->config->commit_ms)
        commit(task, false);
    return code;
}

/* --- partitions come and go (in rd_kafka_consumer_poll() and _close(), so on the task's thread) */

static void assigned(sink_task *task, rd_kafka_topic_partition_list_t *partitions, bool cooperative)
{
    weir_error why = {0};
    rd_kafka_error_t *error = NULL;

    /* Where the group stands is asked here, and not left to the client, since each request tells it as "from". */
    if (rd_kafka_committed(task->consumer, partitions, BROKER_MS))
        weir_log(WEIR_LOG_WARN, "connect", "%s-%zu: the group's offsets are not known",
                 task->config->name, task->number);
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
    if (task->holding)
        rd_kafka_pause_partitions(task->consumer, partitions);
}

static void revoked(sink_task *task, rd_kafka_topic_partition_list_t *partitions, bool cooperative)
{
    weir_error why = {0};
    rd_kafka_error_t *error = NULL;

    if (!task->failing && flush_all(task, true, &why))
        weir_log(WEIR_LOG_WARN, "connect", "%s-%zu: rows stay for the next owner: %s",
                 task->config->name, task->number, why.message);
    if (!rd_kafka_assignment_lost(task->consumer))
        commit(task, true);
    for (int i = 0; i < partitions->cnt; i++) {
        lane *l =
            lanes_find(task->lanes, partitions->elems[i].topic, partitions->elems[i].partition);

        if (l)
            lanes_drop(task->lanes, l);
    }
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
                                   .flush = lane_flush,
                                   .malformed = malformed,
                                   .again = try_again,
                                   .bad_cells = bad_cells};

    return lanes_open(&options, &task->lanes, err);
}

/* What the project's filter has to see is sent. A filter that cannot be read is another server's affair. */
static void take_filter(sink_task *task, char *text)
{
    weir_row_filter *filter = NULL;

    if (text && weir_row_filter_parse(text, strlen(text), &filter, NULL))
        filter = NULL;
    lanes_filter(task->lanes, filter);
    weir_free(text);
}

static weir_code ensure_project(sink_task *task, weir_error *err)
{
    const sink_config *config = task->config;
    const weir_remote_calls *remote = task->options.remote;
    const char *project = task->target->project;
    char *filter = NULL;
    bool exists = false;
    unsigned tries = 0;
    weir_code code = WEIR_OK;

    do {
        code = remote->project_exists(task->remote, project, &exists, &filter, err);
        if (!code && !exists && config->must_preexist)
            return weir_fail(err, WEIR_NOT_FOUND,
                             "there is no project %s and sml.project.must.preexist is true",
                             project);
        if (!code && !exists)
            code =
                remote->project_create(task->remote, project, config->project_type, config->persist,
                                       config->params, config->param_count, err);
        if (!code && !exists) /* made a moment ago, maybe by another task with other parameters */
            code = remote->project_exists(task->remote, project, &exists, &filter, err);
        take_filter(task, filter);
        filter = NULL; /* the task's now */
    } while (code && try_again(task, code, &tries, err));
    return code;
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
            char reason[240];

            snprintf(reason, sizeof reason, "brokers %.120s do not answer: %s",
                     task->options.bootstrap, rd_kafka_err2str(error));
            if (tries % BROKERS_TOLD_EVERY == BROKERS_TOLD_AFTER)
                weir_log(WEIR_LOG_WARN, "connect", "%s-%zu waits: %s", task->config->name,
                         task->number, reason);
            if (tries >= BROKERS_TOLD_AFTER)
                tell(task, reason);
            continue;
        }
        reached = true;
        tell(task, "");
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
    rd_kafka_topic_partition_list_destroy(partitions);
}

static weir_code work(sink_task *task, weir_error *err)
{
    weir_code code = WEIR_OK;

    if ((code = open_lanes(task, err)) || (code = open_remote(task, err)) ||
        (code = ensure_project(task, err)) || (code = open_consumer(task, err)))
        return code;
    name_source(task);
    code = subscribe(task, err);
    while (!code && !atomic_load(&task->stop)) {
        hold(task, atomic_load(&task->paused));
        code = poll_round(task, err);
    }
    return code;
}

static void *run(void *context)
{
    sink_task *task = context;
    weir_error err = {0};
    weir_code code = work(task, &err);

    if (code && !atomic_load(&task->stop)) {
        weir_log(WEIR_LOG_ERROR, "connect", "%s-%zu failed: %s", task->config->name, task->number,
                 err.message);
        pthread_mutex_lock(&task->lock);
        task->status.state = WEIR_TASK_FAILED;
        snprintf(task->status.reason, sizeof task->status.reason, "%s", err.message);
        pthread_mutex_unlock(&task->lock);
    }
    task->failing = true;
    if (task->consumer)
        commit(task, true);
    kafka_consumer_end(task->consumer);
    lanes_close(task->lanes);
    if (task->producer)
        rd_kafka_destroy(task->producer);
    task->options.remote->close(task->remote);
    weir_bytes_free(&task->body);
    return NULL;
}

weir_code sink_task_open(const sink_task_options *options, size_t number, sink_task **out,
                         weir_error *err)
{
    pthread_condattr_t monotonic;
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
    pthread_mutex_init(&task->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&task->wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    if (pthread_create(&task->thread, NULL, run, task)) {
        pthread_cond_destroy(&task->wake);
        pthread_mutex_destroy(&task->lock);
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
    pthread_cond_destroy(&task->wake);
    pthread_mutex_destroy(&task->lock);
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
    if (out->state == WEIR_TASK_RUNNING && atomic_load(&task->paused))
        out->state = WEIR_TASK_PAUSED;
    pthread_mutex_unlock(&task->lock);
}
