/* notes.h: what is kept about a project beside its rows: attached data sources, and the log of updates.
 *
 * It has a lock of its own, below all others of the engine and of the store, held for moments; the store is not called
 * under it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_NOTES_H
#define WEIR_NOTES_H

#include <pthread.h>
#include <stdint.h>

#include "weir/bytes.h"

typedef struct update_group update_group; /* update_log.c */
typedef struct source_call source_call;

typedef struct {
    pthread_mutex_t lock;
    char **sources; /* attached, in the order of attaching */
    size_t source_count;
    update_group *groups;
    source_call *calls; /* oldest first */
    size_t call_count;
    uint64_t changes; /* raised by each */
    uint64_t saved;   /* changes when it was last saved */
    int64_t saved_ms;
} project_notes;

struct project;
struct weir_engine;

void notes_init(project_notes *notes);
void notes_destroy(project_notes *notes);
/* Fills in what the store has about all projects. Called once, when they are known. */
weir_code notes_load_all(struct weir_engine *engine, weir_error *err);
/* Appends the container. Caller holds the lock. */
weir_code notes_encode(const project_notes *notes, weir_bytes *out, weir_error *err);
/* Saves what changed, when it was last saved a minute ago or at_once is set. On the keeper's thread or at closing. */
void notes_keep(struct project *p, bool at_once);
/* The document of a project, within a transaction of the caller. */
weir_code notes_store(struct project *p, const weir_bytes *bytes, weir_error *err);
weir_code notes_unstore(struct weir_engine *engine, const char *cid, int64_t id, weir_error *err);

/* update_log.c. Callers hold the lock. */
void update_log_free(project_notes *notes);
void update_log_save(const project_notes *notes, weir_bytes *groups, weir_bytes *calls);
weir_code update_log_load(project_notes *notes, const void *groups, size_t groups_size,
                          const void *calls, size_t calls_size, weir_error *err);

#endif
