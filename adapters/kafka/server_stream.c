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
    POLL_MS = 50,             /* a poll gathers records for so long, ... */
    BUSY_MS = 10,             /* ... for so long while records come, or until it has ... */
    POLL_RECORDS = 8192,      /* ... so many */
    FLUSH_MS = 100,           /* a row waits so long for others of its batch */
    BATCH_ROWS = 8192,        /* of a batch at most, ... */
    BATCH_CELLS = 256 * 1024, /* ... fewer where there are many columns */
    ASK_MS = 2000,            /* one question to the brokers */
    UPKEEP_MS = 1000,
    LOOK_MS = 5000,       /* between looks for new partitions */
    WAIT_MS = 500,        /* the first wait; they double ... */
    WAIT_MOST_MS = 10000, /* ... up to this */
    END_MS = 2000,        /* the last commit of offsets may take so long */
    BEYOND_MOST = 3, /* times that a topic is seen to end below the position until it is believed */
    TOLD_AT_FIRST = 20, /* skipped records told one by one; then each thousandth */
};

typedef struct {
    int32_t partition;
    int64_t start; /* where reading begins */
    unsigned beyond;
} share;

typedef struct {
    const weir_server_stream_options *options;
    weir_stream *stream;
    stream_settings settings;
    weir_registry *registry;
    node_group *group; /* instead of all below, where the description names one */

    pthread_t thread;
    bool started;
    atomic_bool stop;
    pthread_mutex_t lock; /* with wake, for waits only */
    pthread_cond_t wake;

    /* from here on the stream's thread only */
    rd_kafka_t *consumer;
    rd_kafka_queue_t *queue;
    rd_kafka_message_t **messages;
    char id[512]; /* as a source; "" until the cluster is known */
    lanes *lanes; /* NULL until the first record */
    share *shares;
    size_t share_count;
    int topic_partitions; /* when it was placed */
    char *fields;         /* names and types of the last schema */
    bool waiting;         /* was told */
    bool reset;           /* accepts, this once, that records are gone */
    bool moved;           /* frames were taken since the last snapshot was asked for */
    uint64_t skipped;
    kafka_nudge nudge;
    int64_t flushed_ms, upkept_ms, looked_ms, committed_ms, saved_ms;
} server_stream;

static bool stopping(server_stream *s)
{
    return atomic_load(&s->stop);
}

/* Waits; true when the stream shall end. */
static bool pause_for(server_stream *s, int64_t ms)
{
    int64_t until = steady_ms() + ms;

    pthread_mutex_lock(&s->lock);
    while (!stopping(s) && steady_wait(&s->lock, &s->wake, until)) {
    }
    pthread_mutex_unlock(&s->lock);
    return stopping(s);
}

static int64_t wait_of(unsigned tries)
{
    return tries < 5 ? (int64_t)WAIT_MS << tries : WAIT_MOST_MS;
}

static void tell_waiting(server_stream *s, const char *reason)
{
    s->waiting = true;
    weir_stream_tell(s->stream, WEIR_STREAM_WAITING, reason);
}

static void tell_running(server_stream *s)
{
    s->waiting = false;
    weir_stream_tell(s->stream, WEIR_STREAM_RUNNING, "");
}

/* --- what the lanes call */

/* Tells whether a batch still has the columns that its plan fills, once the project's rules went over it. */
static uint64_t columns_of(const weir_batch *batch)
{
    uint64_t now = batch->column_count;

    for (size_t i = 0; i < batch->column_count; i++)
        now = now * 31 + (uint64_t)batch->columns[i].type;
    return now;
}

/* What the lane holds into the project. */
static weir_code flush(void *owner, lane *l, bool leaving, weir_error *err)
{
    server_stream *s = owner;
    weir_learned learned = {.position = -1};
    weir_batch *mine = NULL;
    uint64_t columns = 0;
    weir_code code = WEIR_OK;

    (void)leaving;
    if (l->next <= l->from)
        return WEIR_OK;
    if (!l->batch && (code = weir_batch_new(1, &mine, err)))
        return code; /* nothing but skipped records */
    weir_frame frame = {.batch = l->batch ? l->batch : mine,
                        .has_source = true,
                        .policy = WEIR_BAD_CELL,
                        .source = {.id = s->id,
                                   .topic = l->topic,
                                   .partition = l->partition,
                                   .from = l->from,
                                   .next = l->next,
                                   .offsets = l->offsets,
                                   .offset_count = lane_rows(l),
                                   .epoch = weir_stream_epoch(s->stream)}};
    columns = columns_of(frame.batch);
    code = weir_stream_learn(s->stream, &frame, &learned, err);
    if (mine) {
        weir_batch_free(frame.batch);
    } else if (frame.batch != l->batch || columns_of(frame.batch) != columns) {
        weir_batch_free(frame.batch); /* the plan's columns are made anew */
        l->batch = NULL;
    }
    if (code)
        return code;
    if (learned.repeat && learned.position > l->next)
        return weir_fail(err, WEIR_GAP, "%s: the project stands at offset %lld", l->key,
                         (long long)learned.position);
    lane_sent(l);
    l->commit = l->next;
    s->moved = true;
    weir_stream_stands(s->stream, l->partition, l->next, -1);
    return WEIR_OK;
}

static weir_code flush_all(server_stream *s, weir_error *err)
{
    weir_code code = WEIR_OK;

    s->flushed_ms = steady_ms();
    for (lane *l = s->lanes ? lanes_first(s->lanes) : NULL; !code && l; l = l->link)
        code = flush(s, l, false, err);
    return code;
}

static weir_code malformed(void *owner, lane *l, const rd_kafka_message_t *message,
                           const weir_error *why, weir_error *err)
{
    server_stream *s = owner;
    char line[400];
    weir_code code = WEIR_OK;

    snprintf(line, sizeof line, "%.100s offset %lld: %s", l->key, (long long)message->offset,
             why->message);
    if (s->settings.fail_on_malformed) {
        if ((code = flush(s, l, true, err)))
            return code;
        return weir_fail(err, WEIR_INVALID, "%.230s", line);
    }
    if (!s->settings.quiet && (s->skipped < TOLD_AT_FIRST || s->skipped % 1000 == 0)) {
        snprintf(line, sizeof line, "%.100s offset %lld is skipped: %s", l->key,
                 (long long)message->offset, why->message);
        weir_stream_error(s->stream, line);
    }
    s->skipped++;
    weir_stream_skipped(s->stream, 1);
    return WEIR_OK;
}

/* A registry that does not answer is waited for: its records are not skipped. */
static bool again(void *owner, weir_code code, unsigned *tries, const weir_error *why)
{
    server_stream *s = owner;

    if (!weir_code_retry(code) || stopping(s))
        return false;
    if (!*tries)
        weir_stream_error(s->stream, why->message);
    tell_waiting(s, why->message);
    return !pause_for(s, wait_of((*tries)++));
}

static void bad_cells(void *owner, uint64_t cells, const bad_columns *bad)
{
    server_stream *s = owner;

    (void)bad;
    weir_stream_bad_cells(s->stream, cells);
}

/* "a:C, b:T"; X columns count as gone. For weir_free(). */
static char *fields_of(const weir_batch *columns)
{
    weir_bytes text = {0};
    char type[8];

    for (size_t i = 0; i < columns->column_count; i++) {
        const weir_batch_column *column = &columns->columns[i];

        if (column->type == WEIR_X)
            continue;
        weir_bytes_append(&text, ", ", text.size ? 2 : 0);
        weir_bytes_append(&text, column->name, strlen(column->name));
        snprintf(type, sizeof type, ":%c", (char)column->type);
        weir_bytes_append(&text, type, strlen(type));
    }
    weir_bytes_u8(&text, 0);
    if (weir_bytes_ok(&text, NULL)) {
        weir_bytes_free(&text);
        return NULL;
    }
    return (char *)text.data;
}

static weir_code schema_changed(void *owner, const lane *l, const weir_batch *columns,
                                weir_error *err)
{
    server_stream *s = owner;
    char *fields = fields_of(columns);
    weir_code code = WEIR_OK;

    if (!fields)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for the names of fields");
    if (s->fields && strcmp(s->fields, fields) != 0) {
        weir_log(WEIR_LOG_INFO, "stream", "%s: %s has other fields at offset %lld: %.200s",
                 weir_stream_label(s->stream), l->key, (long long)l->next, fields);
        if (weir_stream_error_on_change(s->stream))
            code = weir_fail(err, WEIR_CONFLICT,
                             "%.60s changed its fields at offset %lld from %.60s to %.60s, which "
                             "sml.streams.error_on_df_change does not accept",
                             l->key, (long long)l->next, s->fields, fields);
    }
    weir_free(s->fields);
    s->fields = fields;
    return code;
}

/* --- placing */

static lanes_options lanes_of(server_stream *s, value_format format)
{
    return (lanes_options){.facility = "stream",
                           .who = weir_stream_label(s->stream),
                           .codecs = s->options->codecs,
                           .registries = s->options->registries,
                           .registry = s->registry,
                           .format = format,
                           .csv = &s->settings.csv,
                           .rows = BATCH_ROWS,
                           .cells = BATCH_CELLS,
                           .types_named = "attributeTypes",
                           .quiet = s->settings.quiet,
                           .owner = s,
                           .flush = flush,
                           .malformed = malformed,
                           .again = again,
                           .bad_cells = bad_cells,
                           .schema_changed = schema_changed};
}

/* What is known before the first record: types of attributes, and which ignored fields the project's filter asks for. */
static weir_code give(void *context, lanes *set, weir_error *err)
{
    const server_stream *s = context;
    const char *text = weir_stream_filter(s->stream);
    weir_row_filter *filter = NULL;
    weir_code code = WEIR_OK;

    for (size_t i = 0; !code && i < s->settings.given_count; i++)
        code = lanes_give(set, s->settings.given[i].name, s->settings.given[i].type, err);
    if (!code && *text)
        code = weir_row_filter_parse(text, strlen(text), &filter, err);
    lanes_filter(set, filter);
    return code;
}

/* JSON tells by its first value whether it comes in Kafka Connect's envelope. */
static weir_code open_lanes(server_stream *s, const rd_kafka_message_t *first, weir_error *err)
{
    value_format format = s->settings.format;
    weir_code code = WEIR_OK;

    if (format == VALUE_JSON && first->payload && value_enveloped(first->payload, first->len))
        format = VALUE_JSON_ENVELOPE;
    lanes_options options = lanes_of(s, format);

    if ((code = lanes_open(&options, &s->lanes, err)) || (code = give(s, s->lanes, err)))
        return code;
    for (size_t i = 0; !code && i < s->share_count; i++)
        code = lanes_add(s->lanes, s->settings.topic, s->shares[i].partition, s->shares[i].start,
                         NULL, err);
    return code;
}

static void unplace(server_stream *s)
{
    rd_kafka_assign(s->consumer, NULL);
    lanes_close(s->lanes);
    s->lanes = NULL;
}

/* The brokers' refusals, too, are waited for: whoever keeps the cluster can mend them. */
static weir_code unavailable(weir_error *err)
{
    if (err->code == WEIR_INVALID)
        err->code = WEIR_UNAVAILABLE;
    return err->code;
}

static weir_code name_source(server_stream *s, weir_error *err)
{
    const struct rd_kafka_metadata *metadata = NULL;
    char cluster[200] = "", ails[200] = "";
    rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;

    if (*s->id)
        return WEIR_OK;
    if ((error = rd_kafka_metadata(s->consumer, 0, NULL, &metadata, ASK_MS))) {
        bool told = kafka_ails(s->consumer, ails, sizeof ails);

        return weir_fail(err, WEIR_UNAVAILABLE, "brokers %.80s do not answer: %s",
                         s->settings.bootstrap, told ? ails : rd_kafka_err2str(error));
    }
    rd_kafka_metadata_destroy(metadata);
    kafka_is_well(s->consumer);
    kafka_cluster_id(s->consumer, cluster, sizeof cluster);
    weir_stream_source(s->stream, cluster, s->id);
    return WEIR_OK;
}

/* Which partitions there are and are wanted. What is known of those taken before stays. */
static weir_code find_shares(server_stream *s, weir_error *err)
{
    const stream_settings *settings = &s->settings;
    size_t wanted = settings->partition_count;
    share *shares = NULL;
    int count = 0;

    if (kafka_partitions(s->consumer, settings->topic, ASK_MS, &count, err))
        return unavailable(err);
    if (!count)
        return weir_fail(err, WEIR_UNAVAILABLE, "there is no topic %.120s", settings->topic);
    if (wanted && settings->partitions[wanted - 1] >= count)
        return weir_fail(err, WEIR_UNAVAILABLE,
                         "topic %.120s has %d partitions, and no partition %d", settings->topic,
                         count, (int)settings->partitions[wanted - 1]);
    s->topic_partitions = count;
    wanted = wanted ? wanted : (size_t)count;
    if (!(shares = weir_calloc(wanted, sizeof *shares)))
        return weir_fail(err, WEIR_NO_MEMORY, "no room for %zu partitions", wanted);
    for (size_t i = 0; i < wanted; i++) {
        shares[i].partition = settings->partition_count ? settings->partitions[i] : (int32_t)i;
        for (size_t k = 0; k < s->share_count; k++)
            if (s->shares[k].partition == shares[i].partition)
                shares[i].beyond = s->shares[k].beyond;
    }
    weir_free(s->shares);
    s->shares = shares;
    s->share_count = wanted;
    return WEIR_OK;
}

static weir_code anchor(server_stream *s, const share *of, bool gap, weir_error *err)
{
    const weir_source source = {.id = s->id,
                                .topic = (char *)s->settings.topic,
                                .partition = of->partition,
                                .from = of->start,
                                .next = of->start,
                                .epoch = weir_stream_epoch(s->stream),
                                .reset = gap};

    return weir_stream_anchor(s->stream, &source, err);
}

/* The project stands at a position: whether the records from there on are what it expects. */
static weir_code check_position(server_stream *s, share *of, int64_t at, int64_t low, int64_t high,
                                weir_error *err)
{
    const char *topic = s->settings.topic;
    char line[300];

    if (at > high && ++of->beyond < BEYOND_MOST)
        return weir_fail(err, WEIR_UNAVAILABLE,
                         "%.100s/%d ends at offset %lld, and the project has learned it up to %lld",
                         topic, (int)of->partition, (long long)high, (long long)at);
    if (at > high)
        return weir_fail(err, WEIR_CONFLICT,
                         "%.60s/%d ends at offset %lld, and the project has learned it up to %lld: "
                         "the topic was made anew; start the stream with fromBeginning=true to "
                         "learn it",
                         topic, (int)of->partition, (long long)high, (long long)at);
    of->beyond = 0;
    of->start = at;
    if (at >= low)
        return WEIR_OK;
    if (!s->reset)
        return weir_fail(err, WEIR_CONFLICT,
                         "%.60s/%d begins at offset %lld, and the project has learned it up to "
                         "%lld: the records between are gone; start the stream with reset=true to "
                         "go on without them",
                         topic, (int)of->partition, (long long)low, (long long)at);
    of->start = low;
    snprintf(line, sizeof line,
             "%.100s/%d goes on at offset %lld: the %lld records before are gone", topic,
             (int)of->partition, (long long)low, (long long)(low - at));
    weir_stream_error(s->stream, line);
    return anchor(s, of, true, err);
}

/* Where each share begins. A source that the project has never seen begins where auto.offset.reset says; of one that it
 * has, a partition without a position was added to the topic, or is read again from the beginning. */
static weir_code find_starts(server_stream *s, weir_error *err)
{
    bool seen = weir_stream_epoch(s->stream) > 0, at_end = false;
    int64_t at = -1;
    weir_code code = WEIR_OK;

    for (size_t i = 0; !code && i < s->share_count; i++) {
        code = weir_stream_position(s->stream, s->id, s->settings.topic, s->shares[i].partition,
                                    &at, err);
        seen = seen || (!code && at >= 0);
    }
    for (size_t i = 0; !code && i < s->share_count && !stopping(s); i++) {
        share *of = &s->shares[i];
        int64_t low = 0, high = 0;
        rd_kafka_resp_err_t error = rd_kafka_query_watermark_offsets(
            s->consumer, s->settings.topic, of->partition, &low, &high, ASK_MS);

        if (error)
            return weir_fail(err, WEIR_UNAVAILABLE, "%.100s/%d: %s", s->settings.topic,
                             (int)of->partition, rd_kafka_err2str(error));
        if ((code = weir_stream_position(s->stream, s->id, s->settings.topic, of->partition, &at,
                                         err)))
            return code;
        if (at >= 0) {
            code = check_position(s, of, at, low, high, err);
        } else {
            of->start = !seen && s->settings.latest ? high : low;
            at_end = at_end || (!seen && s->settings.latest);
            code = anchor(s, of, false, err);
        }
        weir_stream_stands(s->stream, of->partition, of->start, high);
    }
    /* Where the end was nobody can tell later. */
    return code || !at_end ? code : weir_stream_save(s->stream, err);
}

static weir_code place(server_stream *s, weir_error *err)
{
    rd_kafka_topic_partition_list_t *list = NULL;
    rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
    weir_code code = WEIR_OK;

    unplace(s);
    if ((code = weir_stream_ready(s->stream, err)) || (code = name_source(s, err)) ||
        (code = find_shares(s, err)) || (code = find_starts(s, err)) || stopping(s))
        return code;
    list = rd_kafka_topic_partition_list_new((int)s->share_count);
    for (size_t i = 0; i < s->share_count; i++)
        rd_kafka_topic_partition_list_add(list, s->settings.topic, s->shares[i].partition)->offset =
            s->shares[i].start;
    error = rd_kafka_assign(s->consumer, list);
    rd_kafka_topic_partition_list_destroy(list);
    s->reset = false;
    return error ? kafka_fail(error, s->settings.topic, err) : WEIR_OK;
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
    if (!s->lanes && (code = open_lanes(s, message, err)))
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

    if (!kafka_partitions(s->consumer, s->settings.topic, ASK_MS, &count, NULL))
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
        tell_waiting(s, ails);
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
    while (!code && !changed && !stopping(s)) {
        ssize_t count = rd_kafka_consume_batch_queue(s->queue, wait_ms, s->messages, POLL_RECORDS);
        int64_t now = 0;

        wait_ms = count > 0 ? BUSY_MS : POLL_MS;
        if (count > 0)
            kafka_nudge_taken(&s->nudge);

        for (ssize_t i = 0; i < count; i++) {
            if (!code && !stopping(s))
                code = take(s, s->messages[i], err);
            rd_kafka_message_destroy(s->messages[i]);
        }
        if (!code && count < POLL_RECORDS)
            ran_dry(s);
        now = steady_ms();
        if (!code && (count <= 0 || now - s->flushed_ms >= FLUSH_MS))
            code = flush_all(s, err);
        if (!code)
            upkeep(s, now, &changed);
    }
    if (!code)
        code = flush_all(s, err);
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
    while (!stopping(s)) {
        weir_error why = {0};
        int64_t began = 0;

        if (!(code = place(s, &why))) {
            began = steady_ms();
            code = consume(s, &why);
            if (steady_ms() - began > WAIT_MOST_MS)
                tries = 0;
        }
        if (stopping(s))
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
        unplace(s);
        tell_waiting(s, why.message);
        pause_for(s, code == WEIR_FROZEN ? WAIT_MS : wait_of(tries++));
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
        kafka_consumer_end(s->consumer);
    }
    lanes_close(s->lanes);
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
                                        .lanes = lanes_of(s, s->settings.format),
                                        .from_end = s->settings.latest,
                                        .fail_on_malformed = s->settings.fail_on_malformed,
                                        .conf = conf_for_group,
                                        .give = give,
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
