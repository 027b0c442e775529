/* kafka_reference.h: what librdkafka alone does with a topic of rows: sends them, counts them, copies them in
 * transactions. Each uses the fairest calls that there are: whole batches of messages, no copies.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef BENCH_KAFKA_REFERENCE_H
#define BENCH_KAFKA_REFERENCE_H

#include <librdkafka/rdkafka.h>
#include <stdint.h>

enum { KAFKA_PARTITIONS = 4, KAFKA_COLUMNS = 9 };

/* How long something took from its first row to its last one, and what it did meanwhile. */
typedef struct {
    double seconds, cpu;
    uint64_t rows;
} kafka_cost;

/* The Avro schema of the rows: a text of 20 characters and nine doubles, 98 bytes with Confluent's frame. */
extern const char kafka_schema[];

void kafka_make_topic(const char *bootstrap, const char *topic);
/* Fills a topic with rows whose values never repeat, in turn over its partitions. */
void kafka_send_rows(const char *bootstrap, const char *topic, int32_t schema_id, uint64_t rows);
/* One such row, framed; returns its size. */
size_t kafka_make_row(int32_t schema_id, uint64_t number, char room[128]);

/* A consumer of all partitions from their beginning that only counts. settings: "name=value" texts, ended by NULL. */
kafka_cost kafka_count(const char *bootstrap, const char *topic, uint64_t rows,
                       const char *const *settings);
/* Copies a topic to another one, batch messages at a time, in transactions of commit_s seconds with the offsets in
 * them. */
kafka_cost kafka_relay(const char *bootstrap, const char *topic, const char *to, const char *group,
                       uint64_t rows, size_t batch, double commit_s);

/* What a group has committed, all partitions together. */
uint64_t kafka_committed(rd_kafka_t *member, const char *topic);
/* A consumer that never joins, for asking about a group. */
rd_kafka_t *kafka_member(const char *bootstrap, const char *group);

rd_kafka_t *kafka_open(rd_kafka_type_t type, const char *bootstrap, const char *const *settings);
/* Takes all partitions of a topic from an offset on. */
void kafka_assign(rd_kafka_t *consumer, const char *topic, int64_t offset);

#endif
