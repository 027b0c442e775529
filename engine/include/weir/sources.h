/* sources.h: data sources: where rows of the past lie, and how they are read, learned and forgotten.
 *
 * A customer describes a source once (DSInfo) and names it; projects attach it and learn it. What a description means
 * is known by the kinds of source, which adapters fill in; the engine keeps descriptions, reads CSV through them and
 * feeds the rows to a project like anybody else's.
 *
 * A source is read from its beginning each time. Learning it twice counts its rows twice.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_SOURCES_H
#define WEIR_SOURCES_H

#include "weir/engine.h"

/* A description. Owned texts. info may hold passwords: it is sealed in the store and never logged. */
typedef struct {
    char *type, *name;
    char **keys, **values; /* info */
    size_t count;
} weir_data_source;

void weir_data_source_free(weir_data_source *source); /* frees the insides, leaves zeros */
/* NULL when absent. */
const char *weir_data_source_get(const weir_data_source *source, const char *key);
weir_code weir_data_source_set(weir_data_source *source, const char *key, const char *value,
                               weir_error *err);
/* Its csv_ entries, with their defaults. */
weir_code weir_data_source_csv(const weir_data_source *source, weir_csv_options *out,
                               weir_error *err);

/* What a folder holds. Names only. */
typedef struct {
    char **dirs, **files;
    size_t dir_count, file_count;
} weir_listing;

void weir_listing_free(weir_listing *listing); /* frees the insides, leaves zeros */

/* Asked while something waits: true ends it (WEIR_CANCELLED). */
typedef struct {
    bool (*asks)(void *context); /* NULL: never */
    void *context;
} weir_stop;

/* One kind of source: a row of a table that app/ puts together from the adapters. */
typedef struct {
    const char *type; /* the word in the API: "localfile" */
    void *context;
    /* WEIR_INVALID when the description lacks something or the kind is not allowed here. Touches nothing. */
    weir_code (*check)(void *context, const weir_data_source *source, weir_error *err);
    /* The bytes, from the beginning, and how many there are; 0 where that is not known. */
    weir_code (*open)(void *context, const weir_data_source *source, weir_stop stop,
                      weir_byte_source *out, uint64_t *size, weir_error *err);
    /* What lies in the folder that `path` names. NULL: this kind has no folders. */
    weir_code (*browse)(void *context, const weir_data_source *source, weir_listing *out,
                        weir_error *err);
} weir_source_kind;

/* How sources are reached. Outlives whoever is given it. */
typedef struct {
    const weir_codecs *codecs;
    const weir_source_kind *kinds;
    size_t kind_count;
} weir_source_access;

/* WEIR_INVALID unless the type is a known one, nothing is missing and the CSV options are fit. */
weir_code weir_source_check(const weir_source_access *access, const weir_data_source *source,
                            weir_error *err);

/* --- a customer's sources */

/* WEIR_CONFLICT when there is one of that name; with replace WEIR_NOT_FOUND when there is none. */
weir_code weir_source_put(weir_engine *engine, const char *cid, const weir_data_source *source,
                          bool replace, weir_error *err);
weir_code weir_source_get(weir_engine *engine, const char *cid, const char *name,
                          weir_data_source *out, weir_error *err);
/* "name:type", by name. */
weir_code weir_source_list(weir_engine *engine, const char *cid, char ***entries, size_t *count,
                           weir_error *err); /* weir_list_free */
/* WEIR_CONFLICT while a project has it attached. */
weir_code weir_source_remove(weir_engine *engine, const char *cid, const char *name,
                             weir_error *err);
/* Attaching twice, and detaching what is not attached, is no error. Neither learns nor forgets. */
weir_code weir_source_attach(weir_engine *engine, const char *cid, const char *pid,
                             const char *name, weir_error *err);
weir_code weir_source_detach(weir_engine *engine, const char *cid, const char *pid,
                             const char *name, weir_error *err);
weir_code weir_source_attached(weir_engine *engine, const char *cid, const char *pid, char ***names,
                               size_t *count, weir_error *err); /* weir_list_free */

/* --- reading */

/* Which columns, as whom. {0}: all, as guessed. */
typedef struct {
    weir_type_rule rule; /* told a name and the guess; NULL: the guess */
    void *rule_context;
    const char *const *names; /* of the columns of a file without a header; 0 of them: c1, c2 ... */
    size_t name_count;
    weir_stop stop;
} weir_source_reading;

typedef struct weir_source_reader weir_source_reader;

weir_code weir_source_open(const weir_source_access *access, const weir_data_source *source,
                           const weir_source_reading *reading, weir_source_reader **out,
                           weir_error *err);
void weir_source_close(weir_source_reader *reader); /* NULL is fine */
/* Names and types, as a batch without rows. */
const weir_batch *weir_source_columns(const weir_source_reader *reader);
/* The next rows, at most max_rows; NULL at the end. */
weir_code weir_source_next(weir_source_reader *reader, size_t max_rows, weir_bad_policy policy,
                           weir_rejects *rejects, weir_batch **out, weir_error *err);
/* Bytes taken so far, and of all where that is known (else what was taken). */
uint64_t weir_source_progress(const weir_source_reader *reader, uint64_t *all);

weir_code weir_source_browse(const weir_source_access *access, const weir_data_source *source,
                             weir_listing *out, weir_error *err);

/* --- learning */

typedef struct {
    const char *cid, *pid;
    double sign; /* 1 learns, -1 forgets */
    /* The columns asked for, with their types; NULL: all, as the project knows them, else as guessed. */
    const weir_batch *columns;
    weir_bad_policy policy;
} weir_source_learning;

typedef struct {
    uint64_t rows; /* learned or forgotten: what counts now, also after an error */
    weir_rejects rejects;
} weir_source_learned;

/* Reads the source to its end and gives its rows to the project in frames of some hundred, each durable by itself. Ends
 * early (WEIR_CANCELLED) when the job is cancelled, between two frames. A project with learn_merge takes all rows at
 * the end or, on whatever failure, none. On the thread of the job; NULL: no progress and no cancelling. */
weir_code weir_source_learn(weir_engine *engine, const weir_source_access *access,
                            const weir_data_source *source, const weir_source_learning *learning,
                            weir_job *job, weir_source_learned *out, weir_error *err);

#endif
