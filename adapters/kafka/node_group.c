/* node_group.c: see node_group.h.
 *
 * Two threads. The *reader* is the member of the consumer group: it polls, decodes, absorbs into the cells of its
 * partitions and writes those that are due. The *keeper* follows the changelog into the table of cells and makes the
 * project the merge of them. When the reader is given partitions it waits until the keeper has read all that was
 * committed before, and takes the cells from the table.
 *
 * When a cell is due: writing it costs its bytes, and what the group may write is a share of the bytes it reads. Each
 * byte read brings that share of a byte to the reader's account; a cell that has changed is written once the account
 * covers it, not before the least interval and at the latest after the greatest. So a busy topic is written often, a
 * wide cell seldom, and nothing stays unwritten for long.
 *
 * What goes wrong ends a *session* (a consumer, a writer, the cells taken); what may pass begins the next one after a
 * while, with the cells as they are in the changelog. That is safe at any moment.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "node_group.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "backoff.h"
#include "cell_log.h"
#include "client.h"
#include "weir/log.h"
#include "weir/memory.h"

#define ROUND_MS 50 /* a round of polling goes on so long once there are records */
#define IDLE_MS 100 /* and waits so long for a first one */
#define ROUND_RECORDS 50000
#define KEEPER_MS 50 /* how long the keeper waits for a record */
#define LOOK_MS 1000 /* between two looks at the project and at the ends of partitions */
#define WRITE_AGAIN_MS 200
#define ASKED_AGAIN 60  /* times LOOK_MS */
#define TROUBLE_MS 3000 /* a word of the brokers is told for so long */
#define RETRY_MS 500    /* between sessions, at first */
#define RETRY_MOST_MS 10000
#define BROKER_MS 10000
#define TRANSACTION_BYTES ((size_t)16 << 20) /* cells of one transaction, about */
#define ACCOUNT_MOST ((double)(64 << 20))
#define MERGE_SHARE 10   /* the keeper merges at most a tenth of its time */
#define TOLD_AT_FIRST 20 /* records told one by one; then each thousandth */

typedef struct {
    const char *node, *changelog;
    int64_t partitions, replication, record_bytes;
    double share;
    int64_t least_ms, most_ms, refresh_ms;
} group_settings;

#define AT(field) offsetof(group_settings, field)

const weir_option node_group_rows[] = {
    {.name = "node.group.node",
     .kind = WEIR_OPTION_TEXT,
     .offset = AT(node),
     .greatest = CELL_WRITER_MAX,
     .fallback = "",
     .help = "Name of this node in the group; when not given, one that the data directory has made "
             "for itself."},
    {.name = "node.group.changelog.topic",
     .kind = WEIR_OPTION_TEXT,
     .offset = AT(changelog),
     .greatest = CELL_TOPIC_MAX,
     .fallback = "",
     .help = "The compacted topic of the cells; when not given, the group's name and \"-cells\". "
             "Made when it is missing."},
    {.name = "node.group.changelog.partitions",
     .kind = WEIR_OPTION_INTEGER,
     .offset = AT(partitions),
     .least = 1,
     .greatest = 10000,
     .fallback = "4",
     .help = "Its partitions where it is made."},
    {.name = "node.group.changelog.replication",
     .kind = WEIR_OPTION_INTEGER,
     .offset = AT(replication),
     .least = -1,
     .greatest = 100,
     .fallback = "-1",
     .help = "Its replication where it is made; -1: as the brokers have it."},
    {.name = "node.group.changelog.share",
     .kind = WEIR_OPTION_NUMBER,
     .offset = AT(share),
     .least = 0.0001,
     .greatest = 10,
     .fallback = "0.05",
     .help = "Bytes of cells written, at most, for each byte read; within the two intervals."},
    {.name = "node.group.interval.min.ms",
     .kind = WEIR_OPTION_INTEGER,
     .offset = AT(least_ms),
     .least = 50,
     .greatest = 3600000,
     .fallback = "1000",
     .help = "A cell that has changed is not written again before."},
    {.name = "node.group.interval.max.ms",
     .kind = WEIR_OPTION_INTEGER,
     .offset = AT(most_ms),
     .least = 50,
     .greatest = 3600000,
     .fallback = "10000",
     .help = "A cell that has changed is written at the latest after."},
    {.name = "node.group.refresh.ms",
     .kind = WEIR_OPTION_INTEGER,
     .offset = AT(refresh_ms),
     .least = 10,
     .greatest = 3600000,
     .fallback = "500",
     .help = "How often the project is made the merge of the cells, at most."},
    {.name = "node.group.record.bytes",
     .kind = WEIR_OPTION_INTEGER,
     .offset = AT(record_bytes),
     .least = 1024,
     .greatest = 900000,
     .fallback = "524288",
     .help = "A cell is cut into records of so many bytes; below what the brokers take."},
    {0},
};

struct node_group {
    node_group_options options;
    group_settings settings;
    const char *name;
    char node[CELL_WRITER_MAX + 1], changelog[CELL_TOPIC_MAX + 1], transactional_id[512];
    cell_log_options log;
    atomic_bool stop;
    pthread_t reader, keeper;
    bool keeping; /* the keeper's thread was started */

    weir_assembly *assembly; /* from before the keeper starts until after it ended */
    cell_table *table;

    pthread_mutex_t lock; /* over what follows; wake is signalled when any of it or stop changes */
    pthread_cond_t wake;
    uint64_t wanted, done; /* how often the reader asked to be told that the keeper is at the end */
    char trouble[240];     /* why the keeper gets no further; "" */

    /* from here on the reader's thread only */
    rd_kafka_t *consumer;
    cell_writer *writer;
    lanes *lanes;
    double account;
    bool holding;     /* partitions are paused */
    bool leaving;     /* the session ends: nothing more is written */
    int64_t write_ms; /* not before */
    int64_t look_ms;
    int64_t trouble_ms; /* when the brokers last had something to say */
    uint64_t skipped;
    char told[240]; /* the reason told last */
    weir_stream_state state;
    weir_code failure; /* of the calls that cannot return one */
    weir_error why;
};

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool stopping(void *context)
{
    node_group *group = context;

    return atomic_load(&group->stop);
}

/* Waits until there is something to look at, at most so long. Caller holds the lock. */
static void wait_ms(node_group *group, int64_t ms)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += ms / 1000;
    until.tv_nsec += ms % 1000 * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    if (!atomic_load(&group->stop))
        pthread_cond_timedwait(&group->wake, &group->lock, &until);
}

static void sleep_ms(node_group *group, int64_t ms)
{
    int64_t until = now_ms() + ms, left;

    pthread_mutex_lock(&group->lock);
    while (!atomic_load(&group->stop) && (left = until - now_ms()) > 0)
        wait_ms(group, left);
    pthread_mutex_unlock(&group->lock);
}

/* Says what the stream does, when that is news. The reader's thread. */
static void tell(node_group *group, weir_stream_state state, const char *reason)
{
    if (state == group->state && !strcmp(reason, group->told))
        return;
    group->state = state;
    snprintf(group->told, sizeof group->told, "%s", reason);
    weir_stream_tell(group->options.stream, state, reason);
}

/* --- configuration */

bool node_group_key(const char *key)
{
    return !strcmp(key, NODE_GROUP_KEY) || !strncmp(key, NODE_GROUP_KEY ".", sizeof NODE_GROUP_KEY);
}

static weir_code read_settings(const weir_data_source *source, group_settings *out, weir_error *err)
{
    const char *name = weir_data_source_get(source, NODE_GROUP_KEY);
    weir_code code = weir_options_default(node_group_rows, out, err);

    if (code)
        return code;
    if (!name || !*name ||
        strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") !=
            strlen(name) ||
        strlen(name) > 200)
        return weir_fail(err, WEIR_INVALID,
                         NODE_GROUP_KEY " is \"%.100s\"; it has 1 to 200 of the letters A-Z a-z "
                                        "0-9 . _ -",
                         name ? name : "");
    for (size_t i = 0; !code && i < source->count; i++) {
        bool known = true;

        if (!node_group_key(source->keys[i]) || !strcmp(source->keys[i], NODE_GROUP_KEY))
            continue;
        code =
            weir_options_set(node_group_rows, out, source->keys[i], source->values[i], &known, err);
        if (!code && !known)
            code = weir_fail(err, WEIR_INVALID, "%.100s is no setting of a node group",
                             source->keys[i]);
    }
    if (!code && out->least_ms > out->most_ms)
        code = weir_fail(err, WEIR_INVALID,
                         "node.group.interval.min.ms (%lld) is above node.group.interval.max.ms "
                         "(%lld)",
                         (long long)out->least_ms, (long long)out->most_ms);
    return code;
}

weir_code node_group_check(const weir_data_source *source, weir_error *err)
{
    group_settings settings;

    return read_settings(source, &settings, err);
}

/* --- the keeper */

static void keeper_says(node_group *group, const char *trouble)
{
    bool news;

    pthread_mutex_lock(&group->lock);
    news = strcmp(group->trouble, trouble) != 0;
    snprintf(group->trouble, sizeof group->trouble, "%s", trouble);
    pthread_cond_broadcast(&group->wake);
    pthread_mutex_unlock(&group->lock);
    if (news && *trouble)
        weir_stream_error(group->options.stream, trouble);
}

/* Follows the changelog until something fails or the group ends. Whoever asks for the end of the changelog is answered
 * when all that was committed before the question is in the table. */
static weir_code follow(node_group *group, cell_reader *reader, weir_error *err)
{
    uint64_t marked = 0, wanted;
    bool at_end = false;
    int64_t merge_ms = 0;
    weir_code code = cell_reader_mark(reader, err);

    while (!code && !atomic_load(&group->stop)) {
        int64_t began;

        if ((code = cell_reader_poll(reader, KEEPER_MS, group->table, err)))
            break;
        pthread_mutex_lock(&group->lock);
        wanted = group->wanted;
        pthread_mutex_unlock(&group->lock);
        if (wanted != marked) {
            if ((code = cell_reader_mark(reader, err)))
                break;
            marked = wanted;
        }
        if (cell_reader_reached(reader)) {
            at_end = true;
            pthread_mutex_lock(&group->lock);
            group->done = marked;
            pthread_cond_broadcast(&group->wake);
            pthread_mutex_unlock(&group->lock);
        }
        /* Before it has once been at the end it knows a part of the cells only. */
        if (!at_end || now_ms() < merge_ms)
            continue;
        began = now_ms();
        code = cell_table_adopt(group->table, group->assembly, err);
        merge_ms = now_ms() + (now_ms() - began) * MERGE_SHARE;
        if (merge_ms < began + group->settings.refresh_ms)
            merge_ms = began + group->settings.refresh_ms;
        if (!code)
            keeper_says(group, "");
    }
    return code;
}

static void *keep(void *context)
{
    node_group *group = context;

    while (!atomic_load(&group->stop)) {
        cell_reader *reader = NULL;
        weir_error err = {0};
        weir_code code = cell_reader_open(&group->log, &reader, &err);

        if (!code)
            code = follow(group, reader, &err);
        cell_reader_close(reader);
        if (code && !atomic_load(&group->stop)) {
            keeper_says(group, err.message);
            sleep_ms(group, RETRY_MS);
        }
    }
    return NULL;
}

/* Waits until all cells committed before this call are in the table; false: the group ends. The reader's thread. */
static bool await_keeper(node_group *group)
{
    char trouble[sizeof group->trouble];
    uint64_t mine;

    pthread_mutex_lock(&group->lock);
    mine = ++group->wanted;
    while (group->done < mine && !atomic_load(&group->stop)) {
        memcpy(trouble, group->trouble, sizeof trouble);
        pthread_mutex_unlock(&group->lock);
        if (*trouble)
            tell(group, WEIR_STREAM_WAITING, trouble);
        pthread_mutex_lock(&group->lock);
        if (group->done < mine)
            wait_ms(group, IDLE_MS);
    }
    pthread_mutex_unlock(&group->lock);
    return !atomic_load(&group->stop);
}

/* --- rows into cells (all on the reader's thread) */

static cell *cell_of(const lane *l)
{
    return l->extra;
}

/* Prepared rows, which may be none, and where the cell stands behind them. */
static weir_code absorb(node_group *group, lane *l, weir_batch *batch, weir_learned *learned,
                        weir_error *err)
{
    cell *c = cell_of(l);
    weir_code code = WEIR_OK;

    pthread_mutex_lock(&c->lock);
    if (batch)
        code = weir_assembly_absorb(group->assembly, c->live, batch, WEIR_BAD_CELL, learned, err);
    if (!code) {
        if (c->changes == c->written)
            c->dirty_ms = now_ms();
        c->changes++;
        c->next = l->next;
    }
    pthread_mutex_unlock(&c->lock);
    return code;
}

/* A lanes_options.flush. */
static weir_code flush(void *owner, lane *l, bool leaving, weir_error *err)
{
    node_group *group = owner;
    weir_learned learned = {.position = -1};
    weir_batch *batch = NULL;
    weir_code code = WEIR_OK;

    (void)leaving;
    if (lane_rows(l)) {
        batch = l->batch;
        l->batch = NULL; /* changed below: the lane makes another */
        code = weir_assembly_prepare(group->assembly, batch, WEIR_BAD_CELL, &learned, err);
    }
    if (!code && (batch || (l->next >= 0 && l->next != cell_of(l)->next)))
        code = absorb(group, l, batch, &learned, err);
    weir_batch_free(batch);
    if (code)
        return code;
    lane_sent(l);
    weir_stream_counted(group->options.stream, &learned);
    return WEIR_OK;
}

static weir_code flush_all(node_group *group, weir_error *err)
{
    weir_code code = WEIR_OK;

    for (lane *l = lanes_first(group->lanes); !code && l; l = l->link)
        code = flush(group, l, false, err);
    return code;
}

/* A lanes_options.malformed. */
static weir_code malformed(void *owner, lane *l, const rd_kafka_message_t *message,
                           const weir_error *why, weir_error *err)
{
    node_group *group = owner;
    char text[400];

    snprintf(text, sizeof text, "%s offset %lld: %s", l->key, (long long)message->offset,
             why->message);
    if (group->options.fail_on_malformed)
        return weir_fail(err, WEIR_INVALID, "%s", text);
    if (group->skipped++ < TOLD_AT_FIRST || group->skipped % 1000 == 0)
        weir_stream_error(group->options.stream, text);
    weir_stream_skipped(group->options.stream, 1);
    return WEIR_OK;
}

/* A lanes_options.again: a registry that does not answer is asked again; after that the session ends, before the group
 * misses this member, and the next one asks. */
static bool again(void *owner, weir_code code, unsigned *tries, const weir_error *why)
{
    node_group *group = owner;

    if (!weir_code_retry(code) || *tries >= ASKED_AGAIN)
        return false;
    if (!(*tries)++)
        weir_stream_error(group->options.stream, why->message);
    tell(group, WEIR_STREAM_WAITING, why->message);
    sleep_ms(group, LOOK_MS);
    group->look_ms = 0;
    return !atomic_load(&group->stop);
}

static void bad_cells(void *owner, uint64_t cells, const bad_columns *bad)
{
    node_group *group = owner;

    (void)bad;
    weir_stream_bad_cells(group->options.stream, cells);
}

static weir_code schema_changed(void *owner, const lane *l, const weir_batch *columns,
                                weir_error *err)
{
    node_group *group = owner;

    (void)columns;
    if (!weir_stream_error_on_change(group->options.stream))
        return WEIR_OK;
    return weir_fail(err, WEIR_INVALID,
                     "%s: its schema has changed, which sml.streams.error_on_df_change makes an "
                     "end",
                     l->key);
}

/* --- cells into the changelog */

static bool is_dirty(const cell *c)
{
    return c->changes != c->written && c->next >= 0;
}

static bool is_due(const node_group *group, const cell *c, int64_t now)
{
    int64_t age = now - c->dirty_ms;

    return is_dirty(c) && (age >= group->settings.most_ms ||
                           (age >= group->settings.least_ms && group->account >= (double)c->size));
}

/* What came of a transaction: what passes is waited for. */
static weir_code written(node_group *group, weir_code code, size_t bytes, const weir_error *why,
                         weir_error *err)
{
    if (!code) {
        group->account -= (double)bytes;
        if (group->account < -ACCOUNT_MOST)
            group->account = -ACCOUNT_MOST;
        return WEIR_OK;
    }
    if (code != WEIR_BUSY && (!weir_code_retry(code) || cell_writer_spent(group->writer))) {
        if (err)
            *err = *why;
        return code;
    }
    if (code != WEIR_BUSY)
        weir_stream_error(group->options.stream, why->message);
    group->write_ms = now_ms() + WRITE_AGAIN_MS;
    return WEIR_OK;
}

/* Writes cells that are due, the ones that wait longest first; all: those that have changed at all. */
static weir_code write_cells(node_group *group, bool all, weir_error *err)
{
    cell *cells[64];
    size_t count, bytes = 0, planned;
    weir_code code = WEIR_OK;

    do {
        int64_t now = now_ms();
        weir_error why = {0};

        count = planned = 0;
        for (lane *l = lanes_first(group->lanes); l; l = l->link) {
            cell *c = cell_of(l);
            size_t at = count;

            if (!(all ? is_dirty(c) : is_due(group, c, now)))
                continue;
            if (count == sizeof cells / sizeof *cells) {
                if (cells[count - 1]->dirty_ms <= c->dirty_ms)
                    continue;
                at--;
            } else {
                count++;
            }
            for (; at && cells[at - 1]->dirty_ms > c->dirty_ms; at--)
                cells[at] = cells[at - 1];
            cells[at] = c;
        }
        for (size_t i = 0; i < count; i++)
            if ((planned += cells[i]->size) > TRANSACTION_BYTES && i > 0)
                count = i;
        if (!count || (!all && now < group->write_ms))
            break;
        code = cell_writer_write(group->writer, cells, count, group->consumer, &bytes, &why);
        if (code)
            return written(group, code, 0, &why, err);
        written(group, WEIR_OK, bytes, NULL, NULL);
    } while (all || count == sizeof cells / sizeof *cells);
    return WEIR_OK;
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
    if ((code = lanes_add(group->lanes, partition->topic, partition->partition, c->next, &l, err)))
        cell_table_release(group->table, c);
    else
        l->extra = c;
    partition->offset = c->next >= 0 ? c->next
                        : from_end   ? RD_KAFKA_OFFSET_END
                                     : RD_KAFKA_OFFSET_BEGINNING;
    return code;
}

static void assigned(node_group *group, rd_kafka_topic_partition_list_t *partitions,
                     bool cooperative)
{
    rd_kafka_error_t *error = NULL;
    weir_error why = {0};
    weir_code code = WEIR_OK;

    if (partitions->cnt && !group->leaving && await_keeper(group))
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
        (flush_all(group, &why) || write_cells(group, true, &why)))
        weir_stream_error(group->options.stream, why.message);
    for (int i = 0; i < partitions->cnt; i++) {
        lane *l =
            lanes_find(group->lanes, partitions->elems[i].topic, partitions->elems[i].partition);

        if (!l)
            continue;
        cell_table_release(group->table, cell_of(l));
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
        group->trouble_ms = now_ms();
        tell(group, WEIR_STREAM_WAITING, rd_kafka_message_errstr(message));
        return WEIR_OK;
    }
}

static weir_code take(node_group *group, const rd_kafka_message_t *message, weir_error *err)
{
    const lane *l = lanes_find(group->lanes, rd_kafka_topic_name(message->rkt), message->partition);

    if (!l || message->offset < l->next)
        return WEIR_OK; /* of a partition given away meanwhile */
    group->account += (double)(message->len + message->key_len) * group->settings.share;
    return lanes_take(group->lanes, message, err);
}

/* Records until there are enough, none comes, or the first has waited long enough; then cells that are due. */
static weir_code poll_round(node_group *group, weir_error *err)
{
    int64_t until = now_ms() + IDLE_MS;
    weir_code code = WEIR_OK;

    for (size_t taken = 0; !code && taken < ROUND_RECORDS && !atomic_load(&group->stop);) {
        int64_t left = until - now_ms();
        rd_kafka_message_t *message =
            rd_kafka_consumer_poll(group->consumer, left > 0 ? (int)left : 0);

        if (!message)
            break;
        if (!taken++)
            until = now_ms() + ROUND_MS;
        code = message->err ? take_event(group, message, err) : take(group, message, err);
        rd_kafka_message_destroy(message);
        if (!code && group->failure) {
            if (err)
                *err = group->why;
            code = group->failure;
        }
    }
    if (group->account > ACCOUNT_MOST)
        group->account = ACCOUNT_MOST;
    if (!code && !(code = flush_all(group, err)))
        code = write_cells(group, false, err);
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

    if (now_ms() < group->look_ms)
        return WEIR_OK;
    group->look_ms = now_ms() + LOOK_MS;
    code = weir_assembly_check(group->assembly, &why);
    hold(group, code == WEIR_FROZEN);
    pthread_mutex_lock(&group->lock);
    memcpy(trouble, group->trouble, sizeof trouble);
    pthread_mutex_unlock(&group->lock);
    if (code == WEIR_FROZEN)
        tell(group, WEIR_STREAM_WAITING, why.message);
    else if (code)
        return weir_fail(err, code, "%s", why.message);
    else if (*trouble)
        tell(group, WEIR_STREAM_WAITING, trouble);
    else if (now_ms() - group->trouble_ms > TROUBLE_MS)
        tell(group, WEIR_STREAM_RUNNING, "");
    for (const lane *l = lanes_first(group->lanes); l; l = l->link) {
        int64_t low = -1, high = -1;

        if (rd_kafka_get_watermark_offsets(group->consumer, l->topic, l->partition, &low, &high))
            high = -1;
        weir_stream_stands(group->options.stream, l->partition, l->next, high);
    }
    return WEIR_OK;
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
        (code = kafka_conf_put(conf, "session.timeout.ms", "6000", err)) ||
        (code = kafka_conf_put(conf, "partition.assignment.strategy", "cooperative-sticky", err)) ||
        (code = kafka_conf_put(conf, "topic.metadata.refresh.interval.ms", "5000", err))) {
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

/* The rows that the project's filter has to see are decoded. */
static weir_code open_lanes(node_group *group, weir_error *err)
{
    lanes_options options = group->options.lanes;
    const char *text = weir_stream_filter(group->options.stream);
    weir_row_filter *filter = NULL;
    weir_code code = WEIR_OK;

    options.owner = group;
    options.flush = flush;
    options.malformed = malformed;
    options.again = again;
    options.bad_cells = bad_cells;
    options.schema_changed = schema_changed;
    if ((code = weir_row_filter_parse(text, strlen(text), &filter, err)))
        return code;
    if ((code = lanes_open(&options, &group->lanes, err))) {
        weir_row_filter_free(filter);
        return code;
    }
    lanes_filter(group->lanes, filter);
    return group->options.give(group->options.context, group->lanes, err);
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
    group->trouble_ms = now_ms() - TROUBLE_MS - 1;
    if ((code = open_lanes(group, err)) ||
        (code = cell_writer_open(&group->log, &group->writer, err)))
        goto done;
    if (!await_keeper(group) || (code = open_consumer(group, err)))
        goto done;
    while (!code && !atomic_load(&group->stop))
        if (!(code = poll_round(group, err)))
            code = look(group, err);
    if (!code && !rd_kafka_assignment_lost(group->consumer) &&
        (flush_all(group, &last) || write_cells(group, true, &last)))
        weir_stream_error(group->options.stream, last.message);
done:
    group->leaving = true;
    kafka_consumer_end(group->consumer);
    group->consumer = NULL;
    while (group->lanes && lanes_first(group->lanes)) {
        lane *l = lanes_first(group->lanes);

        cell_table_release(group->table, cell_of(l));
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
    uint64_t random = ((uint64_t)now_ms() * UINT64_C(0x9e3779b97f4a7c15)) | 1;
    unsigned tries = 0;

    while (!atomic_load(&group->stop)) {
        weir_error why = {0};
        int64_t began = now_ms();
        weir_code code = session(group, &why);

        if (!code || atomic_load(&group->stop))
            continue;
        if (code == WEIR_NOT_FOUND) /* the project is gone, and the stream with it */
            return;
        if (!may_pass(code)) {
            tell(group, WEIR_STREAM_FAILED, why.message);
            return;
        }
        if (now_ms() - began > RETRY_MOST_MS)
            tries = 0;
        weir_stream_error(group->options.stream, why.message);
        tell(group, WEIR_STREAM_WAITING, why.message);
        sleep_ms(group,
                 RETRY_MS + backoff_ms(RETRY_MS, RETRY_MOST_MS, tries++, backoff_random(&random)));
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
    if (pthread_create(&group->keeper, NULL, keep, group))
        return weir_fail(err, WEIR_NO_MEMORY, "no thread for node group %s", group->name);
    group->keeping = true;
    return WEIR_OK;
}

static void *run(void *context)
{
    node_group *group = context;
    weir_error err = {0};

    if (claim(group, &err)) {
        weir_stream_error(group->options.stream, err.message);
        tell(group, WEIR_STREAM_FAILED, err.message);
    } else {
        sessions(group);
    }
    node_group_stop(group); /* the keeper too */
    if (group->keeping)
        pthread_join(group->keeper, NULL);
    /* What was written last is seen without waiting for it to come back. */
    if (group->table && group->assembly && cell_table_adopt(group->table, group->assembly, &err))
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
    pthread_condattr_t monotonic;
    node_group *group = weir_calloc(1, sizeof *group);
    weir_code code = WEIR_OK;

    if (!group)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for a node group");
    group->options = *options;
    group->name = weir_data_source_get(options->source, NODE_GROUP_KEY);
    if ((code = read_settings(options->source, &group->settings, err)) ||
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
    pthread_mutex_init(&group->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&group->wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    if (pthread_create(&group->reader, NULL, run, group)) {
        pthread_cond_destroy(&group->wake);
        pthread_mutex_destroy(&group->lock);
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
    pthread_cond_destroy(&group->wake);
    pthread_mutex_destroy(&group->lock);
    weir_free(group);
}
