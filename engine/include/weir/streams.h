/* streams.h: streams of a project: running things inside the server that bring it rows from outside.
 *
 * A stream is a name, a type ("kafka") and a map of texts, kept with its project, sealed because a value may be a
 * password. It runs until it is stopped, also across restarts of the server. What a type does is a row of a table that
 * app/ puts together from the adapters, as for data sources.
 *
 * The rows of a stream are kept by where they come from, so they are not logged: rows and position go into the
 * project's snapshots together, and after a crash the stream reads again from the position it finds there. Each row
 * counts exactly once. Snapshots are taken when the stream asks, when it stops and when the server ends.
 *
 * A frozen project has its streams wait; they go on when it takes rows again. A deleted one ends them.
 *
 * Every call may be made from any thread, unless it says otherwise.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_STREAMS_H
#define WEIR_STREAMS_H

#include "weir/sources.h"

/* The engine's side of a stream: what a kind talks to while it runs. */
typedef struct weir_stream weir_stream;

typedef enum {
    WEIR_STREAM_STOPPED,
    WEIR_STREAM_RUNNING,
    WEIR_STREAM_WAITING, /* for what the reason says; goes on by itself */
    WEIR_STREAM_FAILED,  /* for the reason; goes on when it is started */
} weir_stream_state;
/* "stopped", "running", "waiting", "failed" */
const char *weir_stream_state_text(weir_stream_state state);

/* How a stream begins. */
typedef struct {
    bool from_beginning; /* takes what there is once more, from the first record */
    bool reset;          /* accepts that records are gone, and goes on at the first there is */
} weir_stream_start_options;

/* One kind of stream. */
typedef struct {
    const char *type; /* the word in the API: "kafka" */
    void *context;
    /* WEIR_INVALID when the description lacks something or has what nobody knows. Touches nothing. */
    weir_code (*check)(void *context, const weir_data_source *source, weir_error *err);
    /* Starts it, on threads of its own, and returns at once; what it cannot reach it waits for. source lives until
     * close. */
    weir_code (*open)(void *context, const weir_data_source *source, weir_stream *stream,
                      void **running, weir_error *err);
    /* Asks it to end. */
    void (*stop)(void *running);
    /* Waits until it has ended and frees it. */
    void (*close)(void *running);
    /* What can be read there: texts "topic:partitions" as files. */
    weir_code (*browse)(void *context, const weir_data_source *source, weir_stop stop,
                        weir_listing *out, weir_error *err);
    /* The first rows, at most so many, with guessed types. */
    weir_code (*preview)(void *context, const weir_data_source *source, size_t rows, weir_stop stop,
                         weir_batch **out, weir_error *err);
} weir_stream_kind;

/* Outlives the engine, or at least weir_streams_close(). */
typedef struct {
    const weir_stream_kind *kinds;
    size_t kind_count;
    bool error_on_change; /* a change of schema ends a stream, unless it says otherwise itself */
} weir_stream_access;

/* Starts the streams that ran when the server ended. One that cannot start is failed, for its owner to see. */
weir_code weir_streams_open(weir_engine *engine, const weir_stream_access *access, weir_error *err);
/* Ends all of them; they start again with the server. weir_engine_close() does so too. */
void weir_streams_close(weir_engine *engine);

/* WEIR_INVALID unless the type is a known one and its kind takes the description. */
weir_code weir_stream_check(weir_engine *engine, const weir_data_source *source, weir_error *err);
weir_code weir_stream_browse(weir_engine *engine, const weir_data_source *source, weir_stop stop,
                             weir_listing *out, weir_error *err);
weir_code weir_stream_preview(weir_engine *engine, const weir_data_source *source, size_t rows,
                              weir_stop stop, weir_batch **out, weir_error *err);

/* --- streams of a project. Calls that end one wait for it. An unknown stream is WEIR_NOT_FOUND, like a project. */

/* Keeps the description and starts it. WEIR_CONFLICT when there is one of that name. */
weir_code weir_stream_create(weir_engine *engine, const char *cid, const char *pid,
                             const weir_data_source *source, weir_stream_start_options start,
                             weir_error *err);
/* Goes on after the position of the project. One that runs goes on as it is, unless options ask for more. */
weir_code weir_stream_start(weir_engine *engine, const char *cid, const char *pid, const char *name,
                            weir_stream_start_options start, weir_error *err);
weir_code weir_stream_stop(weir_engine *engine, const char *cid, const char *pid, const char *name,
                           weir_error *err);
/* Its positions stay with the project: one of the same name on the same topic goes on there. */
weir_code weir_stream_remove(weir_engine *engine, const char *cid, const char *pid,
                             const char *name, weir_error *err);
/* Names, in the order they were made. */
weir_code weir_stream_list(weir_engine *engine, const char *cid, const char *pid, char ***names,
                           size_t *count, weir_error *err); /* weir_list_free */
/* What went wrong lately, oldest first, each with its time. */
weir_code weir_stream_errors(weir_engine *engine, const char *cid, const char *pid,
                             const char *name, char ***lines, size_t *count,
                             weir_error *err); /* weir_list_free */

typedef struct {
    int32_t partition;
    int64_t position; /* the next offset; -1: not known yet */
    int64_t end;      /* of the partition; -1: not known yet */
} weir_stream_partition;

typedef struct {
    char *name, *type, *subject; /* subject: what it reads, a topic */
    weir_stream_state state;
    char reason[240]; /* of waiting and failed */
    bool wanted;      /* it starts again with the server */
    uint64_t rows, filtered, skipped, bad_cells, errors, repeats, snapshots; /* since it started */
    double rows_per_ms; /* of the last seconds */
    double lag;         /* records not taken yet; 0 while not known */
    int64_t started_ms;
    weir_stream_partition *partitions; /* by number */
    size_t partition_count;
} weir_stream_info;
weir_code weir_stream_info_get(weir_engine *engine, const char *cid, const char *pid,
                               const char *name, weir_stream_info *out, weir_error *err);
void weir_stream_info_free(weir_stream_info *info); /* leaves zeros */

/* --- what a kind calls, from its threads, between open and the return of close */

weir_engine *weir_stream_engine(const weir_stream *stream);
/* Of the customer; of the project as it is called at the moment (room for 129 bytes). */
const char *weir_stream_cid(const weir_stream *stream);
void weir_stream_pid(const weir_stream *stream, char out[129]);
/* "project/stream", for lines of the log; as the project was called when it began. */
const char *weir_stream_label(const weir_stream *stream);
weir_stream_start_options weir_stream_begins(const weir_stream *stream);
/* The id under which it learns from a cluster (room for 512 bytes). */
void weir_stream_source(const weir_stream *stream, const char *cluster, char out[512]);
/* Frames carry it. Raised, on disk, before a stream begins from the beginning. */
uint64_t weir_stream_epoch(const weir_stream *stream);
/* Whether a change of schema shall end it. */
bool weir_stream_error_on_change(const weir_stream *stream);
/* The row filter of the project, as its parameters have it; "": none. Lives as long as the stream. */
const char *weir_stream_filter(const weir_stream *stream);

/* weir_learn() of rows that are kept where they come from: frame->source is needed, and batch and source stay the
 * caller's, the batch changed as the project's rules want it (rows left out, columns made numbers). WEIR_FROZEN and
 * WEIR_UNAVAILABLE pass; WEIR_GAP says where to go on (-1: at the beginning, after weir_stream_anchor());
 * WEIR_NOT_FOUND: the project is gone. After a failure the batch is only fit to be cleared, unless it is frozen. */
weir_code weir_stream_learn(weir_stream *stream, weir_frame *frame, weir_learned *out,
                            weir_error *err);
/* Says where a source begins, which it does before its first frame: without a position, frames are WEIR_GAP. */
weir_code weir_stream_anchor(weir_stream *stream, const weir_source *source, weir_error *err);
/* WEIR_OK while the project takes rows; else what weir_stream_learn() would say. */
weir_code weir_stream_ready(weir_stream *stream, weir_error *err);
/* What came of rows that a stream learned into cells of its own (assembly.h). */
void weir_stream_counted(weir_stream *stream, const weir_learned *learned);
/* Where the project stands; -1: this source was never learned, or not in this epoch. */
weir_code weir_stream_position(weir_stream *stream, const char *source, const char *topic,
                               int32_t partition, int64_t *position, weir_error *err);
/* Has a snapshot taken soon. */
void weir_stream_snapshot(weir_stream *stream);
/* Takes one, and returns when it is on disk. */
weir_code weir_stream_save(weir_stream *stream, weir_error *err);

/* RUNNING takes back what was waited for; a stream that begins waits until it says so. */
void weir_stream_tell(weir_stream *stream, weir_stream_state state, const char *reason);
/* Puts a line into the error log of the stream and of the server. */
void weir_stream_error(weir_stream *stream, const char *text);
void weir_stream_skipped(weir_stream *stream, uint64_t records);
void weir_stream_bad_cells(weir_stream *stream, uint64_t cells);
/* Where it stands in a partition; -1 leaves what is known. */
void weir_stream_stands(weir_stream *stream, int32_t partition, int64_t position, int64_t end);

#endif
