/* stream_inside.h: what the files of the stream application share.
 *
 * All of it belongs to the one thread that runs the stream, but for stop and for what stands under lock.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_STREAM_INSIDE_H
#define WEIR_STREAM_INSIDE_H

#include <pthread.h>
#include <stdatomic.h>

#include "client.h"
#include "stream_config.h"
#include "value.h"
#include "weir/model.h"
#include "weir/spot.h"
#include "weir/stream.h"

/* Marks a pending record that was found unreadable, so that it is counted and told once however often scoring is
 * tried; it stays in its place until the rows before it are done with. */
#define STREAM_SKIPPED RD_KAFKA_RESP_ERR__BAD_MSG

enum {
    STREAM_IDLE_MS = 100,
    STREAM_RETRY_MS = 200,     /* between tries while something is waited for */
    STREAM_TOLD_MS = 10000,    /* between lines in the log about the same wait */
    STREAM_PATIENCE_MS = 10000 /* for the brokers, once the stream is to end */
};

/* A partition of the source, as long as it is this consumer's. */
typedef struct {
    int64_t base; /* the rows from here on are not committed yet; -1: none was read yet */
    int64_t next; /* behind the last record done with; -1: none since the last commit */
} stream_partition;

struct weir_stream {
    stream_config config;
    const weir_codecs *codecs;
    const weir_remote_calls *remote_calls;
    const weir_registry_calls *registry_calls;
    atomic_bool stop;
    pthread_mutex_t lock; /* over figures */
    weir_stream_figures figures;

    /* --- life (stream.c) */
    weir_remote *remote;
    weir_registry *registry;
    rd_kafka_t *consumer, *producer;
    rd_kafka_topic_t *sink;
    int sink_partitions;
    weir_error broken; /* set by a callback of librdkafka: why the stream has to end */
    int64_t figured_ms, told_rate_ms;
    uint64_t figured_rows, told_rows;

    /* --- records taken and not done with (stream_pending.c) */
    rd_kafka_message_t **pending;
    size_t pending_count, pending_capacity;
    int64_t pending_since_ms;
    stream_partition *partitions;
    size_t partition_count;

    /* --- waiting (stream_pending.c) */
    bool waiting;
    bool ailing; /* a client is cut off from its brokers */
    int64_t retry_ms, told_ms;

    /* --- commits (stream_commit.c) */
    bool exact;  /* by transactions */
    bool open;   /* a transaction is */
    bool rewind; /* what was read is to be read again from the committed offsets on */
    size_t open_rows;
    int64_t committed_ms;            /* or, of a transaction, when it was opened */
    unsigned fenced, aborted_in_row; /* times since the last commit */
    uint64_t delivery_failures;
    rd_kafka_resp_err_t delivery_error;

    /* --- scores (stream_score.c) */
    value_reader *reader;
    bool there; /* the server scores: rest=true, or the model needs what only the server has */
    weir_model *model; /* with rest=false */
    uint64_t model_version;
    int64_t model_asked_ms;
    size_t model_score_key; /* which of its keys is the score, which the decision */
    size_t model_res_key;
    weir_scores local;
    weir_remote_scores scores;
    weir_batch *batch; /* of the plan last bound */
    const value_plan *bound;
    unsigned bound_generation;
    uint64_t bound_version;
    size_t *rows;                     /* pending index of each row of the batch */
    weir_contributions contributions; /* with sml.kstream.explain */
    weir_spot *spot;                  /* with sml.kstream.evt; else NULL */
    weir_bytes body, value;
};

/* What is added to the rows of a plan (stream_shape.c). */
typedef struct stream_shape stream_shape;

/* --- stream.c */
/* Makes the producer anew, for one that met a fatal error; what it had under way is gone. */
weir_code stream_producer_open(weir_stream *stream, weir_error *err);
void stream_producer_close(weir_stream *stream);

/* --- stream_pending.c */
/* Takes a message from the consumer: rows go to pending, the rest is judged. Owns the message. */
weir_code stream_take(weir_stream *stream, rd_kafka_message_t *message, weir_error *err);
/* Drops the first n pending records: they are done with. */
void stream_pending_shift(weir_stream *stream, size_t n);
/* Drops all pending records, which are to be read again. */
void stream_pending_drop(weir_stream *stream);
/* The rebalance callback of the consumer, in rd_kafka_consumer_poll() and _close(). */
void stream_rebalanced(rd_kafka_t *consumer, rd_kafka_resp_err_t event,
                       rd_kafka_topic_partition_list_t *partitions, void *opaque);
/* Waiting for something outside: partitions are paused, so that the consumer can be polled without taking more. */
void stream_wait(weir_stream *stream, const char *why);
void stream_go_on(weir_stream *stream);
/* Says in the log and the figures what is waited for, without pausing. */
void stream_tell(weir_stream *stream, const char *why);
/* Records behind those done with, over all partitions. */
uint64_t stream_lag(weir_stream *stream);

/* --- stream_commit.c */
/* WEIR_CANCELLED of these means that all since the last commit was given back: pending is empty, and the records will
 * come again. */
/* Before the first row of a transaction is produced; nothing to do without transactions. */
weir_code stream_begin(weir_stream *stream, weir_error *err);
/* Commits what is done with, once all that was produced is delivered. */
weir_code stream_commit(weir_stream *stream, weir_error *err);
/* Whether a commit is due. */
bool stream_commit_due(const weir_stream *stream, int64_t now);
/* Gives back what is not committed; why is for the log. */
weir_code stream_abort(weir_stream *stream, bool fatal, const char *why, weir_error *err);
/* Goes back to the committed offsets where rewind says so; when the brokers do not answer, later. */
weir_code stream_rewind(weir_stream *stream, weir_error *err);
/* Finds out whether there are transactions, and makes the producer fit for them. */
weir_code stream_guarantee(weir_stream *stream, weir_error *err);

/* --- stream_produce.c */
/* Writes the scored rows of the batch behind one another into the sink. */
weir_code stream_produce_batch(weir_stream *stream, value_plan *plan, stream_shape *shape,
                               weir_error *err);
/* Delivery reports of failures; in rd_kafka_poll() and _flush() of the running thread. */
void stream_delivered(rd_kafka_t *client, const rd_kafka_message_t *message, void *opaque);
weir_code stream_check_deliveries(weir_stream *stream, weir_error *err);

/* --- stream_shape.c */
void stream_shape_free(void *shape);
/* The shape of the rows a plan leads to; made at first sight, for JSON when fields were added, and when a model of
 * another kind took the name of the one before. */
weir_code stream_shape_of(weir_stream *stream, value_plan *plan, stream_shape **out,
                          weir_error *err);
/* Writes pending record r of the batch with its added fields into stream->value. */
weir_code stream_write_row(weir_stream *stream, const value_plan *plan, stream_shape *shape,
                           size_t r, weir_error *err);

/* --- stream_score.c */
/* Scores what is pending. WEIR_OK with waiting set when something is not there yet. */
weir_code stream_score(weir_stream *stream, weir_error *err);

#endif
