/* stream.h: what the files about streams share: one stream of a project.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_STREAM_H
#define WEIR_STREAM_H

#include "inside.h"
#include "weir/streams.h"

enum { STREAM_ERRORS = 64, STREAM_LINE = 300 };

/* The id of a stream as a source: its name and where it reads. */
#define STREAM_SOURCE "stream:%.128s@%.200s"

struct weir_stream {
    weir_stream *
        next; /* of the project's; guarded by project.streaming for who changes it, project.lock for readers */
    project *project; /* owns it */
    int64_t created_ms;
    char label[264];

    /* guarded by project.streaming; fixed while it runs */
    weir_data_source source;
    const weir_stream_kind *kind; /* NULL: this server has none of that type */
    weir_stream_start_options begins;
    uint64_t epoch;
    bool wanted; /* it starts again with the server; also under lock */
    void *running;

    pthread_mutex_t
        lock; /* a mutex below all others, held for moments; over everything from here */
    weir_stream_state state;
    char reason[240];
    uint64_t rows, filtered, skipped, bad_cells, errors, repeats, snapshots;
    int64_t started_ms;
    int64_t rate_ms; /* when the present stretch of measuring the rate began */
    uint64_t rate_rows;
    double rate;
    weir_stream_partition *partitions;
    size_t partition_count;
    char (*lines)[STREAM_LINE]; /* a ring of STREAM_ERRORS */
    size_t line_count, line_next;
};

/* stream.c */
weir_code stream_new(project *p, weir_data_source *source, weir_stream **out, weir_error *err);
void stream_free(weir_stream *s); /* one that has ended; NULL is fine */
/* Makes the figures those of a stream that begins. */
void stream_begins(weir_stream *s);
/* For a failure that nobody else tells: state and error log. */
void stream_fails(weir_stream *s, const weir_error *why);
weir_code stream_describe(weir_stream *s, weir_stream_info *out, weir_error *err);
weir_code stream_lines(weir_stream *s, char ***lines, size_t *count, weir_error *err);

/* streams_store.c. Callers hold streaming; a stream of a project that is not persisted is not stored. */
#define STREAM_KIND "stream" /* of its document */
weir_code stream_store(const weir_stream *s, weir_error *err);
weir_code stream_unstore(const weir_stream *s, weir_error *err);
/* What a document says, as a stream of p; the caller's, for stream_free(). Needs no lock. */
weir_code stream_load(project *p, const weir_store_document *row, const char *name,
                      weir_stream **out, weir_error *err);

#endif
