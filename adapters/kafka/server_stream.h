/* server_stream.h: what the files about streams inside the server share.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_SERVER_STREAM_INSIDE_H
#define WEIR_SERVER_STREAM_INSIDE_H

#include <pthread.h>
#include <stdatomic.h>

#include "lane.h"
#include "node_group.h"
#include "nudge.h"
#include "server_stream_config.h"

enum { SERVER_STREAM_ASK_MS = 2000 }; /* one question to the brokers */

typedef struct server_stream server_stream;

typedef struct {
    int32_t partition;
    int64_t start; /* where reading begins */
    unsigned beyond;
} stream_share;

struct server_stream {
    const weir_server_stream_options *options;
    weir_stream *stream;
    stream_settings settings;
    weir_registry *registry;
    node_group *group; /* instead of all below, where the description names one */

    pthread_t thread;
    bool started;
    atomic_bool stop;
    pthread_mutex_t lock; /* with wake, for waits only */
    pthread_cond_t wake;

    /* from here on the stream's thread only */
    rd_kafka_t *consumer;
    rd_kafka_queue_t *queue;
    rd_kafka_message_t **messages;
    char id[512]; /* as a source; "" until the cluster is known */
    lanes *lanes; /* NULL until the first record */
    stream_share *shares;
    size_t share_count;
    int topic_partitions; /* when it was placed */
    char *fields;         /* names and types of the last schema */
    bool waiting;         /* was told */
    bool reset;           /* accepts, this once, that records are gone */
    bool moved;           /* frames were taken since the last snapshot was asked for */
    uint64_t skipped;
    kafka_nudge nudge;
    int64_t flushed_ms, upkept_ms, looked_ms, committed_ms, saved_ms;
};

/* --- server_stream.c: the thread of the stream */
bool server_stream_stopping(server_stream *s);
/* Waits; true when the stream shall end. */
bool server_stream_pause(server_stream *s, int64_t ms);
/* How long, after so many tries. */
int64_t server_stream_wait(unsigned tries);
void server_stream_waits(server_stream *s, const char *reason);

/* --- server_stream_place.c: asks the project where it stands and the brokers what there is, and assigns */
weir_code server_stream_place(server_stream *s, weir_error *err);
/* Forgets what was on its way. */
void server_stream_unplace(server_stream *s);

/* --- server_stream_learn.c */
/* How rows of this format become frames of the project. */
lanes_options server_stream_lanes_of(server_stream *s, value_format format);
/* The lanes of all partitions. JSON tells by its first value whether it comes in the envelope of Kafka Connect. */
weir_code server_stream_lanes(server_stream *s, const rd_kafka_message_t *first, weir_error *err);
/* What is known before the first record: types of attributes, and which ignored fields the filter of the project asks
 * for. context is a server_stream. */
weir_code server_stream_give(void *context, lanes *set, weir_error *err);
/* What all lanes hold into the project. */
weir_code server_stream_flush(server_stream *s, weir_error *err);

/* A consumer that only looks: no group, nothing is committed. */
weir_code stream_look_open(const stream_settings *settings, rd_kafka_t **out, weir_error *err);
/* server_stream_look.c: of the kind; context is a weir_server_stream_options */
weir_code stream_browse(void *context, const weir_data_source *source, weir_stop stop,
                        weir_listing *out, weir_error *err);
weir_code stream_preview(void *context, const weir_data_source *source, size_t rows, weir_stop stop,
                         weir_batch **out, weir_error *err);

#endif
