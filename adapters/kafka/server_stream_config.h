/* server_stream_config.h: the description of a stream inside the server, read.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_SERVER_STREAM_CONFIG_H
#define WEIR_SERVER_STREAM_CONFIG_H

#include <librdkafka/rdkafka.h>

#include "lane.h"
#include "weir/server_stream.h"

typedef struct {
    char *name;
    weir_type type;
} stream_given; /* the type of an attribute */

typedef struct {
    weir_settings settings; /* as given; texts below point into it */
    weir_settings client;   /* what of them is for the Kafka client */
    const char *bootstrap, *topic;
    value_format format;
    int32_t *partitions; /* ascending; none: all there are */
    size_t partition_count;
    int64_t persist_ms; /* between snapshots; -1: none */
    bool commit;        /* group offsets, for those who look at lag */
    int64_t commit_ms;
    bool latest; /* a source never seen begins at the end */
    bool fail_on_malformed, quiet;
    stream_given *given;
    size_t given_count;
    bool node_group;
    weir_csv_options csv; /* of VALUE_CSV; the names are owned */
} stream_settings;

/* Reads and checks a description; leaves nothing behind when it fails. look: the topic may be missing. What CSV
 * columns are called is the codec's to check. */
weir_code stream_settings_read(const weir_data_source *source, bool look, stream_settings *out,
                               weir_error *err);
void stream_settings_free(stream_settings *settings); /* leaves zeros */
/* A configuration of a consumer (else of any client) with everything that was given for it. */
weir_code stream_settings_conf(const stream_settings *settings, const char *client_id,
                               bool consumer, rd_kafka_conf_t **out, weir_error *err);

#endif
