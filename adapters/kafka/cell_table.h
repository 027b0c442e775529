/* cell_table.h: the cells of all partitions as one node knows them, and their merge.
 *
 * A cell is *live* on the node that reads its partition, and *stored* on all others: as the changelog has it. Two
 * threads use the table: the reader of the partitions takes cells, learns into them and lets them go; the keeper puts
 * in what the changelog says and asks for the whole. The summary of a live cell is changed by the reader under the
 * cell's lock and copied by the keeper under it; everything else is under the lock of the table, which is taken first.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_CELL_TABLE_H
#define WEIR_CELL_TABLE_H

#include <pthread.h>
#include <stdatomic.h>

#include "cell_record.h"
#include "weir/assembly.h"

typedef struct cell_table cell_table;

/* One partition. */
typedef struct cell {
    char *topic;
    int32_t partition;
    size_t leaf;          /* in the tree of merges */
    pthread_mutex_t lock; /* see above */

    /* Of a live cell; the reader's. */
    weir_summary *live; /* NULL: stored */
    int64_t next;       /* behind the last record in it; -1: none yet */
    uint64_t version;   /* of what was written last */
    uint32_t parts;     /* records of that */
    size_t size;        /* its bytes; 0: none yet */
    uint64_t changes;   /* raised with each change; under lock */
    uint64_t written;   /* changes when it was written last */
    int64_t dirty_ms;   /* since when changes is ahead of written; the reader's clock */
    atomic_bool gone;   /* the changelog has it no more: it is to be written again */

    /* The keeper's. */
    uint64_t shown; /* changes that the tree has */

    /* As the changelog has it; under the table's lock. */
    int64_t stored_next;
    uint64_t stored_version;
    uint32_t stored_parts;
    size_t stored_size;
    weir_bytes kept;  /* of a cell that is live here: in case it is lost unwritten */
    uint64_t own;     /* versions of this node below are older than what the tree has */
    uint64_t reading; /* of the changelog, in which it came last */
    cell_parts incoming;
} cell;

/* node is this node's name, copied. */
weir_code cell_table_new(const char *node, cell_table **out, weir_error *err);
void cell_table_free(cell_table *table); /* NULL is fine */

/* --- the keeper */

/* The changelog is read from its beginning. */
void cell_table_begin(cell_table *table);
/* All of it was read: live cells that were not in it, as it was made anew, are to be written again. */
void cell_table_ended(cell_table *table);
/* Takes a record of the changelog (value NULL: a part that went). WEIR_CORRUPT for one that cannot be read; the cell
 * stays what it was. */
weir_code cell_table_record(cell_table *table, const void *key, size_t key_size, const void *value,
                            size_t size, weir_error *err);
/* Makes the project the merge of all cells, when there is anything new or the project lost it. *remark is what there is
 * to say of that merge, "" as a rule: cells that disagree on types; the table's until the next call. */
weir_code cell_table_adopt(cell_table *table, weir_assembly *assembly, const char **remark,
                           weir_error *err);
/* Cells there are, and the bytes they and their merges take. */
void cell_table_size(cell_table *table, size_t *cells, size_t *bytes);

/* --- the reader */

/* Makes the cell of a partition live; with next, version, parts and size as stored. */
weir_code cell_table_take(cell_table *table, weir_assembly *assembly, const char *topic,
                          int32_t partition, cell **out, weir_error *err);
/* Lets a live cell go: as it is when it is written, else back to what is stored. */
void cell_table_release(cell_table *table, cell *c);

#endif
