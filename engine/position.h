/* position.h: how far a project has taken each source, and what to do with a frame that says where it stands.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_POSITION_H
#define WEIR_POSITION_H

#include "weir/bytes.h"
#include "weir/codec.h"
#include "weir/hash.h"

/* All partitions of a topic under one source share an epoch. */
typedef struct {
    uint64_t epoch;
    char *key;
    UT_hash_handle hh;
} position_epoch;

/* One partition of one topic, as one source reads it. */
typedef struct {
    char *source, *topic;
    int32_t partition;
    int64_t at; /* the next offset to take; -1: none yet */
    uint64_t epoch;
    position_epoch *current; /* of its source on its topic */
    bool busy;               /* a frame of it is on its way to the store */
    bool kept; /* of a source that keeps its rows: stored with the snapshot and not with the log */
    char *key;
    UT_hash_handle hh;
} position;

typedef struct {
    position *rows;
    position_epoch *epochs;
} position_table; /* {0} is empty */

void position_table_free(position_table *table);

/* The row of a partition, made without a position when it is not there. Stays where it is until the table goes. */
weir_code position_find(position_table *table, const char *source, const char *topic,
                        int32_t partition, position **out, weir_error *err);
/* Where the row stands in its source's epoch: -1 when it has not been seen in that one. */
int64_t position_at(const position *row);
/* Moves the row. An epoch above that of the source voids the positions of its other partitions. */
void position_move(position *row, int64_t at, uint64_t epoch);

typedef struct {
    bool repeat;  /* all of it was taken before */
    bool skipped; /* a gap was accepted */
    size_t first; /* rows before this one were taken before */
} position_verdict;

/* What to do with a frame of so many rows. WEIR_GAP when rows before it are missing, WEIR_CONFLICT when it is of an
 * epoch that is over, WEIR_INVALID when it contradicts itself. Changes nothing. */
weir_code position_judge(const position *row, const weir_source *source, size_t rows,
                         position_verdict *verdict, weir_error *err);
/* The positions of sources that keep their rows, as they go into a snapshot, and back into a table. */
void position_table_save(position_table *table, weir_bytes *out);
weir_code position_table_load(position_table *table, const void *data, size_t size,
                              weir_error *err);
/* Another source that reads the topic of this row too, or NULL. */
const position *position_rival(const position_table *table, const position *row);

#endif
