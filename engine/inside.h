/* inside.h: what the files of the engine share, and who may touch what.
 *
 * A batch goes through a project like this:
 *
 *     caller's thread    intake turn: loaded? frozen? position? would absorb take it?  then into the queue
 *     committer thread   everything in the queue, of all projects, in one transaction of the store
 *     caller's thread    whichever caller of the project comes first absorbs what is committed, in order, for all
 *
 * Locks, in the order in which they are taken; none is held while one above it is asked for:
 *
 *     project.streaming   a mutex: the streams of a project are made, started, stopped, removed; held while one ends
 *     project.building    a mutex: one model of a project is built at a time
 *     project.intake      a turn: who may put an entry into the queue, load, unload, freeze, rename, delete
 *     engine.encoders_change  a mutex: one encoder is changed or assigned at a time, store included
 *     engine.snapshots    a mutex: one snapshot is written at a time, and no load reads while one is
 *     project.state       a turn: the summary and what belongs to it; held for one batch or one copy
 *     project.publishing  a mutex: models between the store and the list
 *     project.models_lock a mutex: the list of models; held for moments
 *     the store's writer  from begin() to commit() or rollback(): one transaction at a time; while one is open none of
 *                         the locks above is asked for
 *     engine.lock         a mutex: the table of projects with their names
 *     project.lock        a mutex: entries on their way, positions, the frozen flag; held for moments
 *     engine.encoders_lock  a mutex: the table of encoders; held for moments
 *     committer.lock      a mutex: the queue; held for moments
 *     project.notes.lock  a mutex: attached data sources, the log of updates; held for moments
 *
 * Under those below the store's writer the store is not called. Its readers have locks of their own below all of these.
 * Jobs have one lock (jobs.c), which is not held together with
 * any other.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_INSIDE_H
#define WEIR_INSIDE_H

#include <pthread.h>
#include <stdatomic.h>

#include "notes.h"
#include "position.h"
#include "rules.h"
#include "turn.h"
#include "weir/encoders.h"
#include "weir/assembly.h"
#include "weir/collection.h"
#include "weir/engine.h"
#include "weir/hash.h"
#include "weir/ids.h"
#include "weir/server_key.h"
#include "weir/streams.h"

typedef struct project project;

/* --- entries on their way (committer.c, absorb.c) */

/* One step of a project's log. Lives on the stack of the caller that waits for it. */
typedef struct entry {
    struct entry *next; /* in the queue, then among the committed */
    project *project;
    weir_entry_kind kind;
    weir_batch *batch;   /* borrowed; of learn and forget */
    weir_summary *other; /* borrowed; of a merge */
    weir_bytes bytes;    /* the container of either; none for histograms and for a position alone */
    uint64_t rejected_cells, rejected_rows;
    position *position; /* NULL: none */
    int64_t next_position;
    uint64_t epoch;
    bool counts;         /* it is in the log and gets absorbed; false: only the position moves */
    bool kept;           /* its source keeps its rows: absorbed without having been in the log */
    bool grows;          /* it may add to the schema */
    uint64_t sequence;   /* the committer's */
    bool settled;        /* under project.lock: committed or refused */
    bool absorbed;       /* under project.lock */
    pthread_cond_t done; /* with project.lock: look again at the two above, or absorb for all */
    weir_code code;
    weir_error error;
} entry;

typedef struct {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    entry *first, **last;
    bool stop, running;
} committer;

/* --- models (models.c) */
struct weir_model_ref {
    atomic_uint refs;
    weir_model *model;
    weir_model_facts facts;
};

/* How to build a model again. Owned texts. */
typedef struct {
    char *algorithm;
    char **inputs, **targets;
    size_t input_count, target_count;
    char **names, **values; /* settings, refresh_rows and refresh_ms among them */
    size_t setting_count;
    uint64_t refresh_rows; /* 0: never by rows */
    int64_t refresh_ms;    /* 0: never by time */
} recipe;

typedef struct {
    char *model_id;
    recipe recipe;
    weir_model_ref *current;
    uint64_t built_moved; /* project.moved at the build */
    int64_t tried_ms;     /* when it was last built, or failed to be built again */
} model_slot;

/* --- projects */

enum { CONFORM_WHY = 200 }; /* room for what conform() says */

/* Guarded by project.state. */
typedef struct {
    weir_collection *collection; /* NULL: not loaded */
    uint64_t sequence;           /* of the last entry in it */
    uint64_t kept;               /* frames in it whose rows their sources keep: in no log */
    uint64_t kept_grown;         /* kept when one of them last added to the schema */
    weir_bytes positions; /* of those sources; only in a copy for a snapshot, or one loaded */
    uint64_t rejected_cells, rejected_rows;
    char
        misfit[CONFORM_WHY]; /* the last column that came under another type since loading; or "" */
    int64_t modified_ms;
    uint64_t snapshot_sequence; /* of the current snapshot */
    uint64_t snapshot_kept;
    int64_t snapshot_ms; /* when it was taken or loaded */
    int64_t retry_ms;    /* one that failed is not tried again before this */
    size_t log_bytes;    /* of entries after it */
    uint64_t adopted;    /* which replacement it is, in the count of who claimed it; 0: none */
} project_state;

/* What a head holds: fixed at creation, but for frozen and encoder. */
typedef struct {
    char *type;
    bool persisted, histograms, autosave, frozen;
    weir_precision precision;
    int64_t created_ms;
    bool ruled; /* its parameters were read as rules; false: made before there were any */
    char **names, **values; /* params as sent */
    size_t param_count;
    project_rules rules; /* what they mean; its texts are theirs */
    char *encoder; /* the one assigned, or NULL; under project.lock, changed under intake too */
} project_head;

struct project {
    weir_engine *engine;
    atomic_uint refs;
    int64_t id; /* 0 when not persisted */
    project_head head;

    char *cid, *pid; /* guarded by engine.lock */
    char *key;       /* cid NUL pid */
    UT_hash_handle hh;

    turn intake;
    bool gone; /* guarded by intake: deleted */

    turn state;
    project_state now;
    uint64_t loads; /* how often it was loaded; guarded by state */

    project_notes notes; /* has a lock of its own */

    pthread_mutex_t streaming;
    weir_stream *streams; /* changed under streaming and lock, read under either */
    bool streams_closed;  /* guarded by streaming: the project or the engine ends */

    pthread_mutex_t building, publishing, models_lock;
    model_slot *models;
    size_t model_count;
    bool models_loaded, models_closed; /* guarded by publishing; closed: the project is deleted */
    atomic_ullong moved;               /* rows learned and forgotten since loading */
    atomic_bool snapshot_wanted;       /* by a stream: its rows are in no log */
    atomic_ullong due_moved;           /* the least moved at which a model is to be built again */

    pthread_mutex_t lock;
    pthread_cond_t changed;
    size_t inflight; /* entries admitted and not done */
    bool growing;    /* one of them may add to the schema: it is alone */
    entry *committed, **committed_last;
    bool absorbing;
    position_table positions;
    bool frozen;
    bool loaded;
    weir_assembly *assembly; /* who puts it together; NULL: nobody. Set under intake too */

    uint64_t logged; /* the committer's: sequence of the last entry given to the store */
};

typedef struct {
    atomic_ullong batches, rows, forgotten_rows, filtered_rows, repeats, gaps, rejected_cells,
        rejected_rows;
    atomic_ullong commits, commit_entries, commit_ns, store_errors;
    atomic_ullong snapshots, snapshot_bytes, loads, replayed, builds, build_failures, build_ns;
    atomic_ullong jobs_started, jobs_failed, jobs_refused;
} engine_figures;

typedef struct weir_jobs weir_jobs;
typedef struct encoder_row encoder_row;

struct weir_engine {
    weir_engine_options options; /* with defaults filled in */
    int64_t opened_ns;           /* of the wall clock: no other process has the same */
    weir_clock clock;
    uint8_t key[WEIR_SERVER_KEY_SIZE];
    weir_store *store;
    engine_figures figures;

    pthread_mutex_t lock;
    project *projects;

    const weir_stream_access *streams; /* what kinds there are */

    pthread_mutex_t encoders_change, encoders_lock;
    encoder_row *encoders;

    pthread_mutex_t snapshots;
    committer committer;
    weir_jobs *jobs;

    /* The keeper takes snapshots, the refresher builds models; both sleep on tend_wake under tend_lock. */
    pthread_mutex_t tend_lock;
    pthread_cond_t tend_wake; /* on the monotonic clock */
    pthread_t keeper, refresher;
    bool keeper_running, refresher_running, tend_stop;
    uint64_t tend_calls; /* raised by whoever sees work for them */
    atomic_bool untidy;  /* the store holds rows that nothing needs */
};

int64_t engine_now(const weir_engine *engine);
/* Refuses on a store that is not exclusive. */
weir_code engine_serves(const weir_engine *engine, weir_error *err);

/* project.c */
weir_code project_find(weir_engine *engine, const char *cid, const char *pid, project **out,
                       weir_error *err); /* counts a reference */
weir_code project_missing(const char *cid, const char *pid, weir_error *err);
void project_release(project *p); /* NULL is fine */
/* weir_project_create() of a project that begins with a summary; NULL: without. */
weir_code project_create_with(weir_engine *engine, const char *cid, const char *pid,
                              const weir_project_options *options, const weir_summary *summary,
                              weir_error *err);
enum { PROJECT_NAME = 129 };
/* What the project is called at the moment. Caller does not hold engine.lock or one below it. */
void project_name(project *p, char out[PROJECT_NAME]);
/* References to all projects of a moment; *out is for weir_free() after releasing each. */
weir_code project_all(weir_engine *engine, project ***out, size_t *count, weir_error *err);
/* Makes a project from a stored row, not loaded, and enters it into the table. */
weir_code project_enter(weir_engine *engine, const weir_store_project *row, weir_error *err);
/* What the project counts in. Texts are the project's. */
weir_collection_options project_collection_options(const project *p);
/* Of each summary in it. */
weir_summary_options project_summary_options(const project *p);
/* Writes a head of the project, under a name, into the store. The caller holds intake. */
weir_code project_change_head(project *p, const char *pid, const project_head *head,
                              weir_error *err);
/* Whether it holds rows that are in no log and in no snapshot either. */
bool project_has_kept(project *p);
/* Waits until no entry is on its way. The caller holds intake. */
void project_drain(project *p);
/* Takes everything out of memory. The caller holds intake and has drained. */
void project_drop_state(project *p);

/* project_load.c */
/* Loads what is not loaded. The caller holds intake. WEIR_NOT_FOUND when the project is gone. */
weir_code project_load(project *p, weir_error *err);
/* Takes the state turn of a loaded project, loading it first where needed; give it back with turn_give(&p->state).
 * Whoever puts the project together is asked first whether there is anything new. */
weir_code project_state_take(project *p, weir_error *err);
/* The same without asking. */
weir_code project_state_take_now(project *p, weir_error *err);

/* fusion.c */
/* Takes a fusion project's cells out of the store, within a transaction of the caller's. */
weir_code fusion_unstore(weir_engine *engine, const char *cid, int64_t id, weir_error *err);

/* assembly.c */
/* Lets who claimed the project bring it up to date. Caller holds none of the engine's locks. */
void assembly_refresh(project *p);
/* Adds the parameters that the claim's holder shows. */
weir_code assembly_describe(project *p, weir_project_info *info, weir_error *err);
/* WEIR_CONFLICT while the project is claimed. */
weir_code assembly_refuses(project *p, weir_error *err);

/* project_bytes.c: the containers of WEIR_FORMAT_PROJECT */
weir_code head_save(const project_head *head, weir_bytes *out, weir_error *err);
weir_code head_load(const void *data, size_t size, project_head *out, weir_error *err);
void head_free(project_head *head);
weir_code snapshot_save(const project_state *state, weir_bytes *out, weir_error *err);
/* Fills collection, sequence, kept, positions, the rejected counts and modified_ms. */
weir_code snapshot_load(const void *data, size_t size, const weir_collection_options *options,
                        project_state *out, weir_error *err);
weir_code recipe_save(const recipe *r, const weir_model_facts *facts, weir_bytes *out,
                      weir_error *err);
weir_code recipe_load(const void *data, size_t size, recipe *out, weir_model_facts *facts,
                      weir_error *err);
void recipe_free(recipe *r);

/* snapshot.c */
weir_code project_snapshot(project *p, weir_error *err); /* nothing to do when nothing changed */
bool project_snapshot_due(project *p);
/* Whether a snapshot would hold more than the current one does. Caller holds the state turn. */
bool project_unsaved(const project *p);
/* Has one taken soon, by the keeper. */
void project_snapshot_want(project *p);
void engine_tidy(weir_engine *engine);

/* committer.c */
weir_code committer_start(weir_engine *engine, weir_error *err);
void committer_stop(weir_engine *engine);
/* Puts an admitted entry on its way: to the store, or straight to the committed when the project is not persisted or
 * the entry's rows are kept by their source.
 * The caller holds intake. */
void committer_send(entry *e);
/* Tells the waiting caller what became of the entry (why may be NULL with WEIR_OK), which may be gone as soon as
 * project.lock is given back. Caller holds none of the engine's locks. */
void entry_settle(entry *e, weir_code code, const weir_error *why);

/* absorb.c */
/* Waits until the entry is done, absorbing for the project where nobody else does. */
weir_code entry_finish(entry *e, weir_error *err);
/* Applies one entry to a state: what the log means, live and in replay. batch is that of learn and forget, other that
 * of a merge. */
weir_code entry_apply(weir_collection *collection, weir_entry_kind kind, const weir_batch *batch,
                      const weir_summary *other, weir_error *err);

/* conform.c */
/* Takes out of a batch, by the policy, the cells that columns of the schema cannot have because their type is another
 * one. What was left out is added to rejects; why names the columns, as many as it holds, and is empty when there was
 * none. WEIR_INVALID naming the first under WEIR_BAD_REJECT. */
weir_code conform(const weir_schema *schema, weir_batch *batch, weir_bad_policy policy,
                  weir_rejects *rejects, char why[CONFORM_WHY], weir_error *err);

/* learn.c */
weir_code refuse_frozen(project *p, weir_error *err); /* WEIR_FROZEN */
/* Admits and finishes an entry without rows: histograms on or off. */
weir_code learn_histograms(project *p, bool on, weir_error *err);
/* The same for adding a summary. */
weir_code learn_summary(project *p, const weir_summary *other, weir_error *err);

/* weir_learn() of rows that their source keeps: no log, no sync; rows and position get into the next snapshot together.
 * batch and source of the frame stay the caller's, changed as the project's rules want it. */
weir_code learn_kept(project *p, weir_frame *frame, weir_learned *out, weir_error *err);

/* prepare.c */
/* Rows on their way in: those that the project's filter refuses go, with their offsets in source, and texts become
 * numbers as the project wants it. After a failure the batch is only fit to be freed. */
weir_code prepare_frame(project *p, weir_batch *batch, weir_source *source, uint64_t *filtered,
                        weir_error *err);

/* streams.c, streams_store.c, streams_figures.c. Callers hold none of the locks of the engine, but for
 * streams_unstore() within a transaction. */
void streams_init(weir_engine *engine);
/* Ends the streams of a project that is about to go, and has them begin again should it stay. */
void streams_end(project *p);
void streams_resume(project *p);
void streams_free(project *p); /* of a project that is freed */
weir_code streams_unstore(weir_engine *engine, const char *cid, int64_t id, weir_error *err);
void streams_figures(weir_engine *engine, weir_figure figure, void *context);

/* encoders.c */
weir_code encoders_open(weir_engine *engine, weir_error *err); /* from the store */
void encoders_close(weir_engine *engine);
/* The encoder assigned to a project, NULL where there is none; weir_encoder_release(). */
weir_code encoder_of_project(project *p, weir_encoder_ref **out, weir_error *err);

/* models.c */
weir_code models_load(project *p, weir_error *err); /* the caller holds intake */
void models_drop(project *p);                       /* the caller holds intake */
void models_refresh(project *p);                    /* builds again what is due */

/* read.c */
/* Adds the attribute ids of names; that of a category stands for its values. */
weir_code names_resolve(weir_ids *list, const weir_schema *schema, const char *const *names,
                        size_t count, weir_error *err);

/* tend.c: the two background threads */
weir_code tend_start(weir_engine *engine, weir_error *err);
void tend_stop(weir_engine *engine);
void tend_call(weir_engine *engine);

/* jobs.c */
weir_code jobs_open(weir_engine *engine, weir_error *err);
void jobs_close(weir_engine *engine);
void jobs_figures(weir_engine *engine, weir_figure figure, void *context);

/* texts.c */
/* A list of copied texts. */
weir_code texts_copy(const char *const *from, size_t count, char ***out, weir_error *err);
/* Whether what, for instance "project name", can be called so: 1 to 128 letters of a few kinds that stand in the path of a
 * URL as they are. NULL is no name. */
weir_code name_fits(const char *what, const char *name, weir_error *err);

#endif
