/* cell_log.h: the changelog of a node group, a compacted topic: made, written in transactions, and followed.
 *
 * The cell of partition p is written to partition p modulo the changelog's number of partitions, which is fixed when
 * the topic is made.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_CELL_LOG_H
#define WEIR_CELL_LOG_H

#include <librdkafka/rdkafka.h>

#include "cell_table.h"

/* A configuration for a client with the brokers and their security (node_group.h). */
typedef weir_code (*cell_log_conf)(void *context, const char *client_id, bool consumer,
                                   rd_kafka_conf_t **out, weir_error *err);

/* Texts outlive the writer and the reader. */
typedef struct {
    const char *topic;
    int partitions,
        replication;     /* where it is to be made; replication -1: as the brokers have it */
    size_t record_bytes; /* of a cell in one record, at most */
    const char *node;
    const char *transactional_id; /* of this node alone */
    cell_log_conf conf;
    void *context;
    bool (*stop)(void *stop_context); /* true: calls that wait end */
    void *stop_context;
} cell_log_options;

/* --- writing. For one thread. */
typedef struct cell_writer cell_writer;

/* Makes the topic where it is missing, and ends what an earlier process of this node left open. */
weir_code cell_writer_open(const cell_log_options *options, cell_writer **out, weir_error *err);
void cell_writer_close(cell_writer *writer); /* NULL is fine */
/* Writes cells and the offsets they stand at in one transaction; on success they are as written, and *bytes is what
 * that took. Otherwise nothing was written, or, after a WEIR_UNAVAILABLE in the middle of a commit, all of it was:
 * either is right, because a cell holds its offset. WEIR_BUSY: the group does not know this consumer as a member at the
 * moment; WEIR_CONFLICT: another process is this node. */
weir_code cell_writer_write(cell_writer *writer, cell *const *cells, size_t count,
                            rd_kafka_t *consumer, size_t *bytes, weir_error *err);
/* Whether only a new writer can go on. */
bool cell_writer_spent(const cell_writer *writer);

/* --- following. For one thread. */
typedef struct cell_reader cell_reader;

/* From the beginning of all partitions. */
weir_code cell_reader_open(const cell_log_options *options, cell_reader **out, weir_error *err);
void cell_reader_close(cell_reader *reader); /* NULL is fine */
/* Waits at most so long for a record and puts it, and what else is there, into the table; returns after a while also
 * when more is there. What cannot be read is told and passed over. */
weir_code cell_reader_poll(cell_reader *reader, int timeout_ms, cell_table *table, weir_error *err);
/* Whether the topic still has as many partitions: a client is not told that one was deleted. WEIR_UNAVAILABLE when not:
 * to be opened anew, which makes the topic where there is none. Brokers that do not answer say nothing. */
weir_code cell_reader_look(cell_reader *reader, weir_error *err);
/* Where the changelog ends for readers of what is committed is from now on the mark. */
weir_code cell_reader_mark(cell_reader *reader, weir_error *err);
/* Whether all up to the mark is in the table. */
bool cell_reader_reached(const cell_reader *reader);

#endif
