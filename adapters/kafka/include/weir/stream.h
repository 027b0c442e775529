/* stream.h: the stream application: rows of a topic scored by a model into another topic.
 *
 * A scored row is the row as it came with "res" (int), "anomaly_score" (double) and "model_version" (long) behind its
 * fields, in the format of the source, with its key, headers and timestamp, on the partition of the same number.
 * Scored rows and the offsets of their rows are one transaction where the brokers have such, and each row is in the sink
 * exactly once for whoever reads what is committed. Without, offsets are committed once their rows are in the sink: no
 * row is lost, and after a crash some are scored twice.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_STREAM_H
#define WEIR_STREAM_H

#include "weir/codec.h"
#include "weir/registry.h"
#include "weir/remote.h"
#include "weir/settings.h"

typedef struct weir_stream weir_stream;

typedef struct {
    const weir_settings *settings; /* of the properties file; copied */
    const weir_codecs *codecs;
    const weir_remote_calls *remote;
    const weir_registry_calls *registries;
} weir_stream_options;

/* The properties a stream may have, ended by a row without a name. */
const weir_key *weir_stream_keys(void);

/* Checks the settings; connects to nothing yet. */
weir_code weir_stream_open(const weir_stream_options *options, weir_stream **out, weir_error *err);
/* Runs on the caller's thread until weir_stream_end() or a failure that waiting cannot mend. */
weir_code weir_stream_run(weir_stream *stream, weir_error *err);
/* Asks a running one to end, without waiting: what was taken is delivered and committed. Any thread. */
void weir_stream_end(weir_stream *stream);
/* After weir_stream_run() has returned. NULL is fine. */
void weir_stream_close(weir_stream *stream);

typedef struct {
    uint64_t scored;  /* rows handed to the sink, also those of transactions that were given back */
    uint64_t skipped; /* records that could not be read, and such without a value */
    uint64_t version; /* of the model that scored last; 0: none yet */
    uint64_t commits; /* of offsets, or of transactions */
    uint64_t aborted; /* transactions given back */
    uint64_t
        lag; /* records of the source behind those done with, in the partitions of this instance */
    size_t partitions;      /* of them, as far as something was read */
    double rows_per_second; /* lately */
    bool exactly_once, waiting;
    char reason[240]; /* what is waited for: a model, a server, a registry, brokers; else "" */
} weir_stream_figures;
weir_stream_figures weir_stream_figures_of(weir_stream *stream); /* any thread */

/* Its app id, and HOST:PORT where metrics are to be served or NULL; they live as long as the stream. */
const char *weir_stream_name(const weir_stream *stream);
const char *weir_stream_metrics(const weir_stream *stream);

#endif
