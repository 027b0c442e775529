/* stream_config.h: the properties of the stream application.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_STREAM_CONFIG_H
#define WEIR_STREAM_CONFIG_H

#include <librdkafka/rdkafka.h>

#include "weir/settings.h"
#include "weir/spot.h"

extern const weir_key stream_keys[];

enum { STREAM_EXPLAIN_MOST = 16 };

typedef enum {
    STREAM_GUARANTEE_BEST, /* exactly once where the brokers can */
    STREAM_EXACTLY_ONCE,
    STREAM_AT_LEAST_ONCE
} stream_guarantees;

/* The fields that are added to a row, in this order. */
typedef enum {
    STREAM_FIELD_RES,
    STREAM_FIELD_SCORE,
    STREAM_FIELD_VERSION,
    STREAM_FIELD_EVT,
    STREAM_FIELD_THRESHOLD,
    STREAM_FIELD_EXPLAIN, /* each NAME_1, NAME_1_score, NAME_2 ... */
    STREAM_FIELDS
} stream_field;

typedef struct {
    weir_settings settings; /* as given; texts below point into it */
    const char *source, *sink, *app_id, *client_id, *project, *model;
    const char *user, *secret, *bootstrap;
    const char *registry_url; /* NULL: none */
    const char *format;       /* "auto", "avro", "json", "json-schema" */
    char *url;                /* of the server, /symetry/rest included */
    bool rest;                /* score at the server rather than here */
    bool auto_commit;
    bool malformed_fails, malformed_told;
    size_t poll_max;
    int64_t schedule_ms;
    int64_t commit_ms, exact_commit_ms; /* how often offsets, and transactions, are committed */
    stream_guarantees guarantee;
    char *transactional_id;
    int64_t transaction_timeout_ms;    /* unless given for librdkafka */
    size_t transaction_rows;           /* 0: any number */
    const char *metrics;               /* HOST:PORT or NULL */
    const char *fields[STREAM_FIELDS]; /* names; "": left out */
    size_t explain;                    /* inputs told of; 0: none */
    bool evt;
    weir_spot_options spot; /* where evt */
} stream_config;

weir_code stream_config_read(const weir_settings *settings, stream_config *out, weir_error *err);
void stream_config_free(stream_config *config); /* leaves zeros */
/* Sets the properties that are meant for librdkafka. */
weir_code stream_config_pass(const stream_config *config, rd_kafka_conf_t *conf, weir_error *err);

#endif
