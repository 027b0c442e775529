/* engine.h: customers, projects, durability, jobs and model versions: everything between the outside and core.
 *
 * Every call may be made from any thread. Strings handed in are copied; what is handed out through ** is the
 * caller's. A call that names an unknown project is WEIR_NOT_FOUND with the documented text
 * "Cannot Find SYMETRYML id[<pid>] for Customer id [<cid>]".
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_ENGINE_H
#define WEIR_ENGINE_H

#include "weir/clock.h"
#include "weir/codec.h"
#include "weir/model.h"
#include "weir/store.h"
#include "weir/summary.h"

typedef struct weir_engine weir_engine;

typedef struct {
    const uint8_t *server_key;  /* 32 bytes that seal the secrets; copied */
    size_t job_threads;         /* 0: 2 */
    size_t job_queue;           /* jobs waiting; 0: 256; more are WEIR_BUSY */
    int64_t job_expiry_ms;      /* finished jobs stay readable so long; 0: one hour */
    size_t max_projects;        /* a customer; 0: 1000 */
    size_t max_attributes;      /* 0: 16384 */
    size_t max_category_values; /* 0: 1024 */
    size_t snapshot_log_bytes;  /* a snapshot is taken when a project's log is longer; 0: 32 MiB */
    int64_t snapshot_ms;        /* or older than this with rows in the log; 0: 5 minutes */
    size_t max_jobs;            /* waiting or running, a customer; 0: 64 */
    const weir_clock *clock;    /* NULL: the system's; outlives the engine */
} weir_engine_options;

/* Opens the engine on a store: loads project heads; summaries load at first use. The store stays the caller's and
 * outlives the engine. On a store that is not exclusive (opened beside a running server) only the customer calls
 * work. A server key other than that of the store's first opening is refused (WEIR_UNAUTHORIZED). */
weir_code weir_engine_open(const weir_engine_options *options, weir_store *store, weir_engine **out,
                           weir_error *err);
/* Ends jobs, commits what was taken, snapshots changed projects, joins threads. NULL is fine. */
void weir_engine_close(weir_engine *engine);

/* --- customers. secret is 16 to 64 raw bytes; sealed in the store. They act at once, also on an engine that another
 * process has open on the same store. Removing a customer takes away the access; the projects stay in the store
 * under that id. */
weir_code weir_customer_add(weir_engine *engine, const char *cid, const uint8_t *secret,
                            size_t size, weir_error *err);
weir_code weir_customer_rekey(weir_engine *engine, const char *cid, const uint8_t *secret,
                              size_t size, weir_error *err);
weir_code weir_customer_remove(weir_engine *engine, const char *cid, weir_error *err);
weir_code weir_customer_list(weir_engine *engine, char ***ids, size_t *count,
                             weir_error *err); /* weir_list_free */
/* Writes the secret (size is its room, then its length). WEIR_UNAUTHORIZED "Invalid User" when unknown. */
weir_code weir_customer_secret(weir_engine *engine, const char *cid, uint8_t *secret, size_t *size,
                               weir_error *err);
void weir_list_free(char **list, size_t count);

/* --- projects */
typedef struct {
    const char *type; /* NULL: "cpu" */
    bool persist, histograms;
    const weir_setting *params; /* the creation body, kept and shown in info */
    size_t param_count;
} weir_project_options;

weir_code weir_project_create(weir_engine *engine, const char *cid, const char *pid,
                              const weir_project_options *options, weir_error *err);
weir_code weir_project_list(weir_engine *engine, const char *cid, char ***pids, size_t *count,
                            weir_error *err);
weir_code weir_project_delete(weir_engine *engine, const char *cid, const char *pid,
                              weir_error *err);
weir_code weir_project_rename(weir_engine *engine, const char *cid, const char *pid, const char *to,
                              weir_error *err);
/* Takes a snapshot now. A project that is not persisted has no place in the store: WEIR_CONFLICT. */
weir_code weir_project_save(weir_engine *engine, const char *cid, const char *pid, weir_error *err);
weir_code weir_project_freeze(weir_engine *engine, const char *cid, const char *pid, bool frozen,
                              weir_error *err);
/* Drops it from memory; the next use loads it again. A project that is not persisted would be lost: it is refused
 * (WEIR_CONFLICT) unless force, and then deleted. */
weir_code weir_project_unload(weir_engine *engine, const char *cid, const char *pid, bool force,
                              weir_error *err);
weir_code weir_project_histograms(weir_engine *engine, const char *cid, const char *pid, bool on,
                                  weir_error *err);

/* Adds what other knows now into pid; other is unchanged. Attributes are united by name: types that disagree are
 * WEIR_INVALID naming the attribute, and so is a project merged with itself. Positions do not come along. */
weir_code weir_project_merge(weir_engine *engine, const char *cid, const char *pid,
                             const char *other, weir_error *err);
/* The same for a summary made elsewhere. */
weir_code weir_project_merge_summary(weir_engine *engine, const char *cid, const char *pid,
                                     const weir_summary *summary, weir_error *err);
/* The summary's container: the same bytes as `weir summarize` writes, which import and `weir merge` read. partition
 * (NULL: the whole) is a value of the column that parts the rows. */
weir_code weir_project_export(weir_engine *engine, const char *cid, const char *pid,
                              const char *partition, weir_bytes *out, weir_error *err);
#define WEIR_PROJECT_VERSION 96 /* room for a version */
/* The same where the version in known is not what the project has now; else out stays as it is. version becomes the
 * project's: a text that is another one whenever the statistics are. */
weir_code weir_project_export_since(weir_engine *engine, const char *cid, const char *pid,
                                    const char *partition, const char *known,
                                    char version[WEIR_PROJECT_VERSION], weir_bytes *out,
                                    weir_error *err);
/* Makes a project that begins with these bytes. WEIR_CONFLICT when the name is taken, WEIR_CORRUPT or WEIR_INVALID
 * when the bytes are not a summary. */
weir_code weir_project_import(weir_engine *engine, const char *cid, const char *pid, bool persist,
                              const void *data, size_t size, weir_error *err);

typedef struct {
    char *pid, *type;
    char *encoder;       /* name of the one assigned; "" for none */
    weir_schema *schema; /* a copy */
    char **models, **model_types;
    size_t model_count;
    char **param_names, **param_values;
    size_t param_count;
    double rows;
    uint64_t
        sequence; /* batches learned or forgotten since creation: changes whenever statistics do */
    uint64_t memory;
    int64_t created_ms, modified_ms;
    bool loaded, persisted, histograms, autosave, frozen, dirty, extremes_are_bounds;
    weir_precision precision;
    char *partition;    /* the column that parts the rows; NULL: none */
    size_t parts;       /* its values so far */
    double window_rows; /* in the embedded window */
    uint64_t rejected_cells, rejected_rows;
    char **sources; /* data sources attached */
    size_t source_count;
    char **streams; /* inside the server, that bring it rows */
    size_t stream_count;
    char **warnings; /* sentences: two sources on one topic, a law given up ... */
    size_t warning_count;
} weir_project_info;

weir_code weir_project_info_get(weir_engine *engine, const char *cid, const char *pid,
                                weir_project_info *out, weir_error *err);
void weir_project_info_free(weir_project_info *info);

/* --- learning */
typedef struct {
    weir_rejects
        rejects;       /* left out: while decoding, and what columns of the project cannot take */
    bool repeat;       /* every row was known by its position: answered, not counted */
    uint64_t rows;     /* rows counted */
    uint64_t filtered; /* rows that the project's row filter left out; 0 of a repeat */
    int64_t
        position; /* of the source after the call; of a WEIR_GAP where the sender should go on; else -1 */
} weir_learned;

/* Learns (sign 1) or forgets (-1) frame->batch and returns once that is committed and absorbed. Takes the batch and
 * the source out of the frame (they are empty afterwards) whatever the outcome.
 *
 * With a source, and P its stored position: next <= P is a repeat; of a frame with from <= P < next the rows at or
 * above P count; from > P is WEIR_GAP with out->position = P, unless the source has reset set. A source that was
 * never seen, or whose epoch is above the stored one, starts wherever it says; an epoch below the stored one is
 * refused (WEIR_CONFLICT, out->position = P). Without persist there are no positions and every frame counts. */
weir_code weir_learn(weir_engine *engine, const char *cid, const char *pid, double sign,
                     weir_frame *frame, weir_learned *out, weir_error *err);
/* The position of a source in a project, or -1; *epoch its epoch, the highest of any partition of that topic. */
weir_code weir_position(weir_engine *engine, const char *cid, const char *pid, const char *source,
                        const char *topic, int32_t partition, int64_t *position, uint64_t *epoch,
                        weir_error *err);

/* --- reading. A copy of the chosen attributes (names NULL: all) made under the project's lock; explore and build run
 * on it without one. An unknown name is WEIR_INVALID naming it. A name of a category parent expands to its values. */
weir_code weir_project_select(weir_engine *engine, const char *cid, const char *pid,
                              const char *const *names, size_t count, weir_summary **out,
                              weir_error *err);
/* A project may hold a second summary: the embedded rolling window ("rolling_window_embedded_project"). */
typedef enum { WEIR_VIEW_WHOLE = 0, WEIR_VIEW_WINDOW = 1 } weir_view;
/* The same of another view. WEIR_INVALID when the project has none such. */
weir_code weir_project_select_view(weir_engine *engine, const char *cid, const char *pid,
                                   weir_view view, const char *const *names, size_t count,
                                   weir_summary **out, weir_error *err);
/* The same by attribute ids of the project. */
weir_code weir_project_select_ids(weir_engine *engine, const char *cid, const char *pid,
                                  const size_t *ids, size_t count, weir_summary **out,
                                  weir_error *err);
/* The same without histograms, for questions that need none: of a thousand attributes they are 200 MB. */
weir_code weir_project_select_sums(weir_engine *engine, const char *cid, const char *pid,
                                   const size_t *ids, size_t count, weir_summary **out,
                                   weir_error *err);

/* --- models */
typedef struct {
    const char *model_id, *algorithm;
    const char *const *inputs; /* names; none: every C and B attribute */
    size_t input_count;
    const char *const *targets;
    size_t target_count;
    const weir_setting *
        settings; /* refresh_rows and refresh_ms are read by the engine, the rest by the algorithm */
    size_t setting_count;
} weir_build;

/* Whether name and settings of a build are fit to be tried; what only the project can tell is left to the making. */
weir_code weir_build_check(const weir_build *build, weir_error *err);

/* Builds and stores a model; a model of that name is replaced by the next version. Meant to run inside a job. */
weir_code weir_model_make(weir_engine *engine, const char *cid, const char *pid,
                          const weir_build *build, weir_error *err);

/* A model version that stays valid until released, whatever is rebuilt or deleted meanwhile. */
typedef struct weir_model_ref weir_model_ref;
weir_code weir_model_get(weir_engine *engine, const char *cid, const char *pid,
                         const char *model_id, weir_model_ref **out,
                         weir_error *err); /* WEIR_NO_MODEL "no such model <id>" */
void weir_model_release(weir_model_ref *ref);
const weir_model *weir_model_of(const weir_model_ref *ref);
typedef struct {
    int64_t created_ms;
    int64_t build_ns;
    uint64_t built; /* how many builds led to it */
} weir_model_facts;
weir_model_facts weir_model_facts_of(const weir_model_ref *ref);
weir_code weir_model_delete(weir_engine *engine, const char *cid, const char *pid,
                            const char *model_id, weir_error *err);

/* --- jobs */
typedef struct weir_job weir_job;
/* The work of a job, on a job thread. What it puts by weir_job_result() is the answer. */
typedef weir_code (*weir_job_run)(weir_job *job, void *context, weir_error *err);
/* Queues a job; context is given to drop at the end (also when never run). WEIR_BUSY when the queue is full, and then
 * drop has been called. */
weir_code weir_job_start(weir_engine *engine, const char *cid, const char *kind, const char *pid,
                         weir_job_run run, void *context, void (*drop)(void *), uint64_t *id,
                         weir_error *err);
void weir_job_progress(weir_job *job, uint64_t current, uint64_t maximum);
bool weir_job_cancelled(const weir_job *job);
void weir_job_result(weir_job *job,
                     char *text); /* JSON text of the answer's values; taken over, free() */

typedef struct {
    uint64_t id, current, maximum;
    char kind[64], owner[256], project[256];
    int64_t started_ms;
    bool started, done, cancelled;
    weir_error error; /* code WEIR_OK when fine */
    char *result;     /* NULL or JSON text; the caller's */
} weir_job_info;
weir_code weir_job_get(weir_engine *engine, const char *cid, uint64_t id, weir_job_info *out,
                       weir_error *err);
void weir_job_info_free(weir_job_info *info);
/* Each element is for weir_job_info_free(), the list for weir_free(). */
weir_code weir_job_list(weir_engine *engine, const char *cid, weir_job_info **out, size_t *count,
                        weir_error *err);
/* *killed false: it is past stopping. */
weir_code weir_job_cancel(weir_engine *engine, const char *cid, uint64_t id, bool *killed,
                          weir_error *err);

/* --- figures for /metrics: name, help, type ("counter", "gauge"), value; a function called for each. */
typedef void (*weir_figure)(void *context, const char *name, const char *help, const char *type,
                            const char *labels, double value);
void weir_engine_figures(weir_engine *engine, weir_figure figure, void *context);

#endif
