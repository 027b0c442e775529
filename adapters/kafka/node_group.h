/* node_group.h: a project that several servers learn together from one topic.
 *
 * Each server (node) of a group runs a stream whose description names the group ("node.group"). Together they are one
 * consumer group: every partition is read by one node at a time. A node keeps a *cell* for each of its partitions, the
 * summary of all its records up to an offset, and writes it with that offset in one Kafka transaction to the group's
 * changelog, a compacted topic. Every node reads the changelog, so each has the cells of all partitions, its own ones
 * up to date, and its project is the merge of them: whichever node is asked answers for the whole.
 *
 * Why every row counts once: a cell and its offset are one record (or records of one transaction), and whoever takes a
 * partition over starts from its last cell and reads on at that cell's offset. Nothing else is remembered, so nothing
 * can disagree. Group offsets are committed in the same transaction: the group's coordinator refuses a node that lost
 * its partitions without noticing, and tools see the lag.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_NODE_GROUP_H
#define WEIR_NODE_GROUP_H

#include <librdkafka/rdkafka.h>

#include "lane.h"
#include "weir/option.h"
#include "weir/streams.h"

typedef struct node_group node_group;

/* The key that makes a stream one of a group, and its options: a row each. */
#define NODE_GROUP_KEY "node.group"
extern const weir_option node_group_rows[];

/* Texts and ports outlive the group. */
typedef struct {
    weir_stream *stream;
    const weir_data_source *source; /* for NODE_GROUP_KEY and node.group.*; outlives the group */
    const char *topic;
    lanes_options lanes;    /* how to decode; owner and the calls of the owner are the group's */
    bool from_end;          /* a partition that no cell is of is read from its end */
    bool fail_on_malformed; /* a record that cannot be read ends the stream; else it is skipped */
    /* A configuration with the brokers, their security and what was passed on for all clients (consumer: also what is
     * for consumers). */
    weir_code (*conf)(void *context, const char *client_id, bool consumer, rd_kafka_conf_t **out,
                      weir_error *err);
    /* Gives the lanes the types of attributes that are known, before the first record. */
    weir_code (*give)(void *context, lanes *set, weir_error *err);
    void *context;
} node_group_options;

/* Whether a key of a description is one of the group's. */
bool node_group_key(const char *key);
/* WEIR_INVALID for a value out of its range, naming it. */
weir_code node_group_check(const weir_data_source *source, weir_error *err);

/* Starts the group's threads and returns at once; what it cannot reach it waits for. */
weir_code node_group_open(const node_group_options *options, node_group **out, weir_error *err);
void node_group_stop(node_group *group);  /* asks it to end */
void node_group_close(node_group *group); /* waits until it has; NULL is fine */

#endif
