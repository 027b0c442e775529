/* assembly.h: projects whose statistics are put together elsewhere, from cells.
 *
 * The rows of such a project are learned in parts: one cell a partition of a topic, on whichever node reads it, or one
 * cell a project of another server. Whoever holds the cells claims the project and from then on replaces its summary
 * by the merge of them, as often as it likes; readers, models and exploration see a project like any other. While a
 * claim lasts the project learns and forgets nothing by itself, because the next replacement would lose it.
 *
 * What was adopted is not logged; snapshots hold it. The cells have a home of their own (a changelog topic, other
 * servers), from which the holder adopts again after a restart.
 *
 * Every call may be made from any thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_ASSEMBLY_H
#define WEIR_ASSEMBLY_H

#include "weir/engine.h"

/* A claim on one project. */
typedef struct weir_assembly weir_assembly;

/* Adds a parameter to those that the project's description shows. */
typedef void (*weir_assembly_put)(void *sink, const char *name, const char *value);

typedef struct {
    const char *by; /* in messages: "node group clicks"; copied */
    void *context;
    /* Called before the project is read, on the reader's thread, with none of the engine's locks held; may adopt. The
     * holder sees to it that this is not dear: readers are many. NULL: none. */
    void (*refresh)(void *context);
    void (*describe)(void *context, weir_assembly_put put, void *sink); /* NULL: nothing to add */
} weir_assembly_options;

/* Claims a project. WEIR_CONFLICT when it is claimed or has learned rows by itself; WEIR_INVALID when its rules (window,
 * decay, partition, sequence) give up the law that merging parts is learning the whole. The engine outlives the claim. */
weir_code weir_assembly_open(weir_engine *engine, const char *cid, const char *pid,
                             const weir_assembly_options *options, weir_assembly **out,
                             weir_error *err);
/* Gives the project back as it is, once no call of refresh or describe is under way. NULL is fine. */
void weir_assembly_close(weir_assembly *assembly);

/* Whether it is this project's (inside the engine only). */
bool weir_assembly_of(const weir_assembly *assembly, const void *which);

/* Makes the project what whole is (NULL: empty), which stays the caller's. rows is by how many rows that is ahead of what
 * was adopted before. WEIR_NOT_FOUND when the project was deleted. */
weir_code weir_assembly_adopt(weir_assembly *assembly, const weir_summary *whole, uint64_t rows,
                              weir_error *err);
/* Whether the project still holds what was adopted last; not after it was unloaded, say. */
bool weir_assembly_holds(weir_assembly *assembly);
/* WEIR_NOT_FOUND when the project was deleted, WEIR_FROZEN while it takes no rows. */
weir_code weir_assembly_check(weir_assembly *assembly, weir_error *err);

/* --- cells that learn here */

#define WEIR_NODE_NAME 17 /* room for one */
/* A name by which others may tell this data directory from all others: made at random once, and kept in the store. */
weir_code weir_assembly_node(weir_engine *engine, char out[WEIR_NODE_NAME], weir_error *err);

/* An empty cell that counts as the project does. */
weir_code weir_assembly_cell(weir_assembly *assembly, weir_summary **out, weir_error *err);
/* What the project does to rows before they count: filter, encoder, hash trick, and cells left out whose type is not
 * that of the project's column. Adds to out. After a failure the batch is only fit to be freed. */
weir_code weir_assembly_prepare(weir_assembly *assembly, weir_batch *batch, weir_bad_policy policy,
                                weir_learned *out, weir_error *err);
/* Takes prepared rows into a cell. The same for columns of the cell; adds to out and to the engine's figures. */
weir_code weir_assembly_absorb(weir_assembly *assembly, weir_summary *cell, weir_batch *batch,
                               weir_bad_policy policy, weir_learned *out, weir_error *err);

#endif
