/* store.h: the port behind which everything that must survive is kept.
 *
 * An adapter fills in the functions; the engine is the only caller. The store knows nothing of statistics: it keeps
 * customers, project heads, a log of entries, positions, snapshots in chunks, and models, all as bytes.
 *
 * Writing is between begin() and commit() or rollback(); begin() waits for the transaction of another thread. Once a
 * durable commit() returned WEIR_OK, everything committed so far survives a loss of power. Any write or commit that
 * fails has the meaning that nothing since begin() happened; the caller then calls rollback(), and may try again
 * later. Reading works from any thread at any time, sees what is committed, and never waits for a writer.
 *
 * Project numbers and snapshot numbers are never given twice, so that rows of something deleted cannot come to belong
 * to something new.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_STORE_H
#define WEIR_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "weir/error.h"

typedef struct weir_store weir_store;

/* What an entry of a project's log does when it is applied. Stored: never renumber. */
typedef enum {
    WEIR_ENTRY_LEARN = 1,
    WEIR_ENTRY_FORGET = 2,
    WEIR_ENTRY_HISTOGRAMS_ON = 3,
    WEIR_ENTRY_HISTOGRAMS_OFF = 4,
    WEIR_ENTRY_MERGE = 5,
} weir_entry_kind;

typedef struct {
    int64_t project;
    uint64_t sequence; /* 1, 2, ... in a project, without holes */
    weir_entry_kind kind;
    /* The container of the batch, of a merge that of the other summary; none for histograms on and off. */
    const void *bytes;
    size_t size;
    uint64_t rejected_cells, rejected_rows; /* left out while decoding */
} weir_store_entry;

typedef struct {
    int64_t project;
    const char *source, *topic;
    int32_t partition;
    int64_t position;
    uint64_t epoch;
} weir_store_position;

typedef struct {
    int64_t id;
    const char *cid, *pid;
    const void *head; /* a container of WEIR_FORMAT_PROJECT */
    size_t head_size;
    int64_t snapshot;  /* the current one; 0: none */
    uint64_t sequence; /* up to which it holds the log */
} weir_store_project;

typedef struct {
    int64_t project;
    const char *model_id;
    const void *bytes, *recipe; /* the model's container, and how the engine builds it again */
    size_t size, recipe_size;
} weir_store_model;

/* A small thing of a customer with a name: a data source, an encoder, a log kept by the engine. The engine knows what
 * the bytes mean. Removed with nobody: what belongs to a project is removed by who removes the project. */
typedef struct {
    const char *cid, *kind, *name;
    const void *bytes;
    size_t size;
} weir_store_document;

/* Visitors of reads: what they are shown lives until they return. A code other than WEIR_OK ends the read with it. */
typedef weir_code (*weir_store_see_text)(void *context, const char *text, weir_error *err);
typedef weir_code (*weir_store_see_bytes)(void *context, const void *data, size_t size,
                                          weir_error *err);
typedef weir_code (*weir_store_see_project)(void *context, const weir_store_project *row,
                                            weir_error *err);
typedef weir_code (*weir_store_see_entry)(void *context, const weir_store_entry *row,
                                          weir_error *err);
typedef weir_code (*weir_store_see_position)(void *context, const weir_store_position *row,
                                             weir_error *err);
typedef weir_code (*weir_store_see_model)(void *context, const weir_store_model *row,
                                          weir_error *err);

typedef weir_code (*weir_store_see_document)(void *context, const weir_store_document *row,
                                             weir_error *err);

struct weir_store {
    /* True when this process alone may change projects. A store opened beside a running server is not exclusive and
     * serves customers only. */
    bool exclusive;
    void (*close)(weir_store *store); /* the store and its memory */

    /* durable false: what is committed may be lost with power until the next durable commit, and costs no sync. */
    weir_code (*begin)(weir_store *store, bool durable, weir_error *err);
    weir_code (*commit)(weir_store *store, weir_error *err);
    void (*rollback)(weir_store *store);

    /* --- writing, between begin and commit */
    /* A small named value: the check value of the server key. */
    weir_code (*note_put)(weir_store *store, const char *name, const void *data, size_t size,
                          weir_error *err);
    /* WEIR_CONFLICT when there is one; with replace WEIR_NOT_FOUND when there is none. */
    weir_code (*customer_put)(weir_store *store, const char *cid, const void *sealed, size_t size,
                              bool replace, weir_error *err);
    weir_code (*customer_remove)(weir_store *store, const char *cid, weir_error *err);
    /* WEIR_CONFLICT when the customer has a project of that name. */
    weir_code (*project_add)(weir_store *store, const char *cid, const char *pid, const void *head,
                             size_t size, int64_t *id, weir_error *err);
    weir_code (*project_change)(weir_store *store, int64_t id, const char *pid, const void *head,
                                size_t size, weir_error *err);
    /* The head, models and positions at once; its log and snapshots are left to tidy(). */
    weir_code (*project_remove)(weir_store *store, int64_t id, weir_error *err);
    weir_code (*entry_add)(weir_store *store, const weir_store_entry *entry, weir_error *err);
    weir_code (*position_put)(weir_store *store, const weir_store_position *position,
                              weir_error *err);
    weir_code (*snapshot_new)(weir_store *store, int64_t project, int64_t *snapshot,
                              weir_error *err);
    weir_code (*chunk_add)(weir_store *store, int64_t snapshot, uint32_t part, const void *data,
                           size_t size, weir_error *err);
    /* From now on the project is this snapshot and the entries after sequence. */
    weir_code (*snapshot_use)(weir_store *store, int64_t project, int64_t snapshot,
                              uint64_t sequence, weir_error *err);
    weir_code (*model_put)(weir_store *store, const weir_store_model *model, weir_error *err);
    weir_code (*model_remove)(weir_store *store, int64_t project, const char *model_id,
                              weir_error *err);
    /* Adds a document or replaces the one of that name. */
    weir_code (*document_put)(weir_store *store, const weir_store_document *document,
                              weir_error *err);
    /* Nothing to do when there is none. */
    weir_code (*document_remove)(weir_store *store, const char *cid, const char *kind,
                                 const char *name, weir_error *err);
    /* The next three remove at most limit rows that nothing needs any more and tell how many went; call again until
     * it is 0. Never while a snapshot is being written. */
    /* Entries of a project up to a sequence that its current snapshot holds. */
    weir_code (*entries_trim)(weir_store *store, int64_t project, uint64_t sequence, size_t limit,
                              size_t *removed, weir_error *err);
    /* Snapshots that are not current. */
    weir_code (*snapshots_trim)(weir_store *store, size_t limit, size_t *removed, weir_error *err);
    /* Everything that an earlier process left over or a removed project left behind; looks at every entry. */
    weir_code (*tidy)(weir_store *store, size_t limit, size_t *removed, weir_error *err);

    /* --- reading */
    /* WEIR_NOT_FOUND when there is none. */
    weir_code (*note_get)(weir_store *store, const char *name, weir_store_see_bytes see,
                          void *context, weir_error *err);
    weir_code (*customer_get)(weir_store *store, const char *cid, weir_store_see_bytes see,
                              void *context, weir_error *err);
    weir_code (*customers)(weir_store *store, weir_store_see_text see, void *context,
                           weir_error *err);
    weir_code (*projects)(weir_store *store, weir_store_see_project see, void *context,
                          weir_error *err);
    /* One project by number; WEIR_NOT_FOUND when it is gone. */
    weir_code (*project_get)(weir_store *store, int64_t id, weir_store_see_project see,
                             void *context, weir_error *err);
    weir_code (*chunks)(weir_store *store, int64_t snapshot, weir_store_see_bytes see,
                        void *context, weir_error *err);
    /* Entries with a sequence above after, in order. */
    weir_code (*entries)(weir_store *store, int64_t project, uint64_t after,
                         weir_store_see_entry see, void *context, weir_error *err);
    weir_code (*positions)(weir_store *store, int64_t project, weir_store_see_position see,
                           void *context, weir_error *err);
    weir_code (*models)(weir_store *store, int64_t project, weir_store_see_model see, void *context,
                        weir_error *err);
    /* Documents of a kind by name; cid NULL: of all customers. */
    weir_code (*documents)(weir_store *store, const char *cid, const char *kind,
                           weir_store_see_document see, void *context, weir_error *err);
};

#endif
