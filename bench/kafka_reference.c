/* kafka_reference.c: see kafka_reference.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kafka_reference.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

enum { WAIT_MS = 30000, TAKEN = 10000 };

const char kafka_schema[] =
    "{\"type\":\"record\",\"name\":\"Row\",\"fields\":[{\"name\":\"id\",\"type\":\"string\"},"
    "{\"name\":\"v1\",\"type\":\"double\"},{\"name\":\"v2\",\"type\":\"double\"},"
    "{\"name\":\"v3\",\"type\":\"double\"},{\"name\":\"v4\",\"type\":\"double\"},"
    "{\"name\":\"v5\",\"type\":\"double\"},{\"name\":\"v6\",\"type\":\"double\"},"
    "{\"name\":\"v7\",\"type\":\"double\"},{\"name\":\"v8\",\"type\":\"double\"},"
    "{\"name\":\"v9\",\"type\":\"double\"}]}";

static _Noreturn void fail(const char *what, const char *why)
{
    fprintf(stderr, "bench: %s: %s\n", what, why);
    exit(1);
}

static void check(rd_kafka_resp_err_t error, const char *what)
{
    if (error)
        fail(what, rd_kafka_err2str(error));
}

static void check_error(rd_kafka_error_t *error, const char *what)
{
    if (error)
        fail(what, rd_kafka_error_string(error));
}

rd_kafka_t *kafka_open(rd_kafka_type_t type, const char *bootstrap, const char *const *settings)
{
    char why[512], name[64];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_t *client;

    if (rd_kafka_conf_set(conf, "bootstrap.servers", bootstrap, why, sizeof why))
        fail(bootstrap, why);
    for (size_t i = 0; settings && settings[i]; i++) {
        const char *value = strchr(settings[i], '=');

        snprintf(name, sizeof name, "%.*s", (int)(value - settings[i]), settings[i]);
        if (rd_kafka_conf_set(conf, name, value + 1, why, sizeof why))
            fail(settings[i], why);
    }
    if (!(client = rd_kafka_new(type, conf, why, sizeof why)))
        fail("no client", why);
    if (type == RD_KAFKA_CONSUMER)
        rd_kafka_poll_set_consumer(client);
    return client;
}

void kafka_make_topic(const char *bootstrap, const char *topic)
{
    char why[200];
    rd_kafka_t *client = kafka_open(RD_KAFKA_PRODUCER, bootstrap, NULL);
    rd_kafka_NewTopic_t *wanted =
        rd_kafka_NewTopic_new(topic, KAFKA_PARTITIONS, 1, why, sizeof why);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(client);
    const rd_kafka_topic_result_t **results;
    rd_kafka_event_t *event;
    size_t count = 0;

    rd_kafka_CreateTopics(client, &wanted, 1, NULL, queue);
    if (!(event = rd_kafka_queue_poll(queue, WAIT_MS)))
        fail(topic, "the brokers do not answer");
    check(rd_kafka_event_error(event), topic);
    results =
        rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count);
    for (size_t i = 0; i < count; i++)
        check(rd_kafka_topic_result_error(results[i]), topic);
    rd_kafka_event_destroy(event);
    rd_kafka_queue_destroy(queue);
    rd_kafka_NewTopic_destroy(wanted);
    rd_kafka_destroy(client);
}

size_t kafka_make_row(int32_t schema_id, uint64_t number, char room[128])
{
    uint32_t id = htonl((uint32_t)schema_id);
    char *at = room;

    *at++ = 0;
    memcpy(at, &id, sizeof id);
    at += sizeof id;
    *at++ = 2 * 20; /* zig-zag length of the text */
    at += snprintf(at, 21, "%020llu", (unsigned long long)number);
    for (size_t i = 0; i < KAFKA_COLUMNS; i++) {
        double value = 40 + 12 * bench_normal(); /* little-endian, as Avro's are */

        memcpy(at, &value, sizeof value);
        at += sizeof value;
    }
    return (size_t)(at - room);
}

void kafka_send_rows(const char *bootstrap, const char *topic, int32_t schema_id, uint64_t rows)
{
    static const char *const settings[] = {"linger.ms=50", "queue.buffering.max.messages=500000",
                                           NULL};
    rd_kafka_t *client = kafka_open(RD_KAFKA_PRODUCER, bootstrap, settings);
    rd_kafka_topic_t *to = rd_kafka_topic_new(client, topic, NULL);
    char row[128];

    for (uint64_t i = 0; i < rows; i++) {
        size_t size = kafka_make_row(schema_id, i, row);

        while (rd_kafka_produce(to, (int32_t)(i % KAFKA_PARTITIONS), RD_KAFKA_MSG_F_COPY, row, size,
                                NULL, 0, NULL)) {
            if (rd_kafka_last_error() != RD_KAFKA_RESP_ERR__QUEUE_FULL)
                check(rd_kafka_last_error(), topic);
            rd_kafka_poll(client, 50);
        }
        rd_kafka_poll(client, 0);
    }
    check(rd_kafka_flush(client, WAIT_MS), topic);
    rd_kafka_topic_destroy(to);
    rd_kafka_destroy(client);
}

void kafka_assign(rd_kafka_t *consumer, const char *topic, int64_t offset)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(KAFKA_PARTITIONS);

    for (int32_t p = 0; p < KAFKA_PARTITIONS; p++)
        rd_kafka_topic_partition_list_add(list, topic, p)->offset = offset;
    check(rd_kafka_assign(consumer, list), topic);
    rd_kafka_topic_partition_list_destroy(list);
}

kafka_cost kafka_count(const char *bootstrap, const char *topic, uint64_t rows,
                       const char *const *settings)
{
    const char *all[16] = {"group.id=bench-count", "enable.auto.commit=false"};
    rd_kafka_message_t *taken[TAKEN];
    rd_kafka_t *client;
    rd_kafka_queue_t *queue;
    kafka_cost cost = {0};

    for (size_t i = 0; settings && settings[i]; i++)
        all[i + 2] = settings[i];
    client = kafka_open(RD_KAFKA_CONSUMER, bootstrap, all);
    queue = rd_kafka_queue_get_consumer(client);
    kafka_assign(client, topic, RD_KAFKA_OFFSET_BEGINNING);
    while (cost.rows < rows) {
        ssize_t count = rd_kafka_consume_batch_queue(queue, 100, taken, TAKEN);

        if (count > 0 && !cost.rows) {
            cost.seconds = -bench_wall();
            cost.cpu = -bench_cpu();
        }
        for (ssize_t i = 0; i < count; i++) {
            cost.rows += !taken[i]->err;
            rd_kafka_message_destroy(taken[i]);
        }
    }
    cost.seconds += bench_wall();
    cost.cpu += bench_cpu();
    rd_kafka_queue_destroy(queue);
    rd_kafka_consumer_close(client);
    rd_kafka_destroy(client);
    return cost;
}

/* --- the relay */

typedef struct {
    rd_kafka_t *consumer, *producer;
    rd_kafka_topic_t *to;
    rd_kafka_consumer_group_metadata_t *group;
    rd_kafka_topic_partition_list_t *next; /* where each partition goes on */
    double open_since;                     /* of the transaction; 0: none */
} relay;

/* Sends taken messages on within the open transaction. */
static void relay_batch(relay *r, rd_kafka_message_t **taken, size_t count)
{
    if (!r->open_since) {
        check_error(rd_kafka_begin_transaction(r->producer), "begin");
        r->open_since = bench_wall();
    }
    for (size_t i = 0; i < count; i++) {
        const rd_kafka_message_t *m = taken[i];

        while (rd_kafka_produce(r->to, m->partition, RD_KAFKA_MSG_F_COPY, m->payload, m->len,
                                m->key, m->key_len, NULL)) {
            if (rd_kafka_last_error() != RD_KAFKA_RESP_ERR__QUEUE_FULL)
                check(rd_kafka_last_error(), "produce");
            rd_kafka_poll(r->producer, 10);
        }
        r->next->elems[m->partition].offset = m->offset + 1;
        rd_kafka_message_destroy(taken[i]);
    }
    rd_kafka_poll(r->producer, 0);
}

/* Ends the transaction, offsets included. */
static void relay_commit(relay *r)
{
    check_error(rd_kafka_send_offsets_to_transaction(r->producer, r->next, r->group, WAIT_MS),
                "offsets");
    check_error(rd_kafka_commit_transaction(r->producer, WAIT_MS), "commit");
    r->open_since = 0;
}

kafka_cost kafka_relay(const char *bootstrap, const char *topic, const char *to, const char *group,
                       uint64_t rows, size_t batch, double commit_s)
{
    char group_id[128], transactional[128];
    const char *const reading[] = {group_id, "enable.auto.commit=false",
                                   "isolation.level=read_committed", NULL};
    const char *const writing[] = {transactional, "queue.buffering.max.messages=500000",
                                   "linger.ms=5", NULL};
    rd_kafka_message_t **taken = calloc(batch, sizeof *taken);
    relay r = {.next = rd_kafka_topic_partition_list_new(KAFKA_PARTITIONS)};
    rd_kafka_queue_t *queue;
    kafka_cost cost = {0};

    snprintf(group_id, sizeof group_id, "group.id=%s", group);
    snprintf(transactional, sizeof transactional, "transactional.id=%s", group);
    r.consumer = kafka_open(RD_KAFKA_CONSUMER, bootstrap, reading);
    r.producer = kafka_open(RD_KAFKA_PRODUCER, bootstrap, writing);
    r.to = rd_kafka_topic_new(r.producer, to, NULL);
    r.group = rd_kafka_consumer_group_metadata(r.consumer);
    for (int32_t p = 0; p < KAFKA_PARTITIONS; p++)
        rd_kafka_topic_partition_list_add(r.next, topic, p)->offset = 0;
    queue = rd_kafka_queue_get_consumer(r.consumer);
    check_error(rd_kafka_init_transactions(r.producer, WAIT_MS), "init");
    kafka_assign(r.consumer, topic, RD_KAFKA_OFFSET_BEGINNING);
    while (cost.rows < rows) {
        size_t count = 0;

        while (count < batch && cost.rows + count < rows) { /* whole batches, as weir takes them */
            ssize_t more = rd_kafka_consume_batch_queue(queue, 100, taken + count, batch - count);
            size_t kept = count;

            for (ssize_t i = 0; i < more; i++) {
                rd_kafka_message_t *m = taken[count + (size_t)i];

                if (m->err)
                    rd_kafka_message_destroy(m);
                else
                    taken[kept++] = m;
            }
            if (kept && !cost.rows && !count) {
                cost.seconds = -bench_wall();
                cost.cpu = -bench_cpu();
            }
            count = kept;
        }
        relay_batch(&r, taken, count);
        cost.rows += count;
        if (cost.rows >= rows || bench_wall() - r.open_since >= commit_s)
            relay_commit(&r);
    }
    cost.seconds += bench_wall();
    cost.cpu += bench_cpu();
    rd_kafka_queue_destroy(queue);
    rd_kafka_consumer_close(r.consumer);
    rd_kafka_consumer_group_metadata_destroy(r.group);
    rd_kafka_topic_partition_list_destroy(r.next);
    rd_kafka_topic_destroy(r.to);
    rd_kafka_destroy(r.producer);
    rd_kafka_destroy(r.consumer);
    free(taken);
    return cost;
}

rd_kafka_t *kafka_member(const char *bootstrap, const char *group)
{
    char group_id[128];
    const char *const settings[] = {group_id, "enable.auto.commit=false", NULL};

    snprintf(group_id, sizeof group_id, "group.id=%s", group);
    return kafka_open(RD_KAFKA_CONSUMER, bootstrap, settings);
}

uint64_t kafka_committed(rd_kafka_t *member, const char *topic)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(KAFKA_PARTITIONS);
    uint64_t sum = 0;

    for (int32_t p = 0; p < KAFKA_PARTITIONS; p++)
        rd_kafka_topic_partition_list_add(list, topic, p);
    if (!rd_kafka_committed(member, list, WAIT_MS))
        for (int p = 0; p < list->cnt; p++)
            sum += list->elems[p].offset > 0 ? (uint64_t)list->elems[p].offset : 0;
    rd_kafka_topic_partition_list_destroy(list);
    return sum;
}
