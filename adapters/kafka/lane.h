/* lane.h: records of partitions become rows of batches, on their way to wherever an owner sends them.
 *
 * Records of a partition wait in a *lane*: a batch being filled, the offsets of its rows, and where the lane stood
 * before them. A full batch or a new schema flushes the lane; its owner flushes it when a round of polling ends.
 *
 *     lane:   from              rows at offsets            next
 *      ........|----o--o-x-o---------------------------o-|........      x: skipped
 *
 * The set of lanes finds the writer schema of each record, chooses the types of its fields once, decodes straight
 * into the batch, and counts cells that do not fit. What becomes of a batch, of a record that cannot be read and of a
 * registry that does not answer is the owner's: a task of a sink connector, a stream inside the server, a cell of a
 * group of nodes. All calls on the thread of the owner.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_LANE_H
#define WEIR_LANE_H

#include <librdkafka/rdkafka.h>

#include "bad_columns.h"
#include "value.h"
#include "weir/row_filter.h"

/* One partition. Read by the owner; changed by the calls below, but for the last two members. */
typedef struct lane {
    struct lane *link; /* the next one of the set */
    char *key;         /* "topic/partition", for messages */
    char *topic;
    int32_t partition;
    int64_t from, next; /* -1 until known */
    weir_batch *batch;  /* NULL until the first record */
    int64_t *offsets;   /* of the rows */
    const value_plan *plan;
    unsigned generation;
    size_t most;    /* rows of the batch when it is full */
    int64_t commit; /* the owner's: up to here is kept by others; -1: nothing new */
    void *extra;    /* the owner's */
} lane;

typedef struct lanes lanes;

/* Texts and ports outlive the set. */
typedef struct {
    const char *facility, *who; /* of log lines: "connect", "shuttle-0" */
    const weir_codecs *codecs;
    const weir_registry_calls *registries;
    weir_registry *registry; /* NULL: none */
    value_format format;
    const weir_csv_options *csv; /* of VALUE_CSV */
    size_t rows;                 /* of a batch, at most; ... */
    size_t cells; /* ... fewer where they would have more cells than this; 0: however many */
    /* One letter a field, in order, where their number is that of the fields; none: guessed. */
    const weir_type *types;
    size_t type_count;
    const char *types_named; /* how messages call them: "sml.attribute.types" */
    bool quiet;              /* cells left out are counted and not told */

    void *owner;
    /* Sends what the lane holds, then lane_sent(), or lane_move() when it shall go on elsewhere; what is in hand is
     * forgotten then. leaving: the lane is about to be moved or dropped, so there is no going elsewhere. */
    weir_code (*flush)(void *owner, lane *l, bool leaving, weir_error *err);
    /* A record that cannot be read. WEIR_OK: it is skipped. */
    weir_code (*malformed)(void *owner, lane *l, const rd_kafka_message_t *message,
                           const weir_error *why, weir_error *err);
    /* Whether to try again what failed with why; waits before it says so. *tries counts. */
    bool (*again)(void *owner, weir_code code, unsigned *tries, const weir_error *why);
    /* Cells of one row were left out; bad are those of all so far. NULL: nobody counts. */
    void (*bad_cells)(void *owner, uint64_t cells, const bad_columns *bad);
    /* The fields of a schema other than the lane's last; any code but WEIR_OK ends there. NULL: any may come. */
    weir_code (*schema_changed)(void *owner, const lane *l, const weir_batch *columns,
                                weir_error *err);
} lanes_options;

weir_code lanes_open(const lanes_options *options, lanes **out, weir_error *err);
void lanes_close(lanes *set); /* NULL is fine; what the lanes hold is lost */

/* A field of this name has this type, whatever its schema says (X: it is left out). */
weir_code lanes_give(lanes *set, const char *name, weir_type type, weir_error *err);
/* Ignored fields that the project's filter names are read and sent as hidden. Takes filter over; NULL: none. */
void lanes_filter(lanes *set, weir_row_filter *filter);

/* A lane that stands at from (-1: wherever its first record is). */
weir_code lanes_add(lanes *set, const char *topic, int32_t partition, int64_t from, lane **out,
                    weir_error *err);
/* NULL when there is none. */
lane *lanes_find(lanes *set, const char *topic, int32_t partition);
/* Drops what it holds too. */
void lanes_drop(lanes *set, lane *l);
lane *lanes_first(const lanes *set); /* the others by link */

/* Puts a record into its lane; one of no lane is passed over. A record below where the lane stands moves it there. */
weir_code lanes_take(lanes *set, const rd_kafka_message_t *message, weir_error *err);

/* Rows held. */
static inline size_t lane_rows(const lane *l)
{
    return l->batch ? l->batch->rows : 0;
}
/* Empties the lane and lets it go on at a position. */
void lane_move(lane *l, int64_t position);
/* What it held is on its way: it goes on where it stands. A batch that was given away (l->batch is NULL) or changed is
 * made anew at the next record. */
void lane_sent(lane *l);

#endif
