/* stream_config.h: the properties of the stream application.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_STREAM_CONFIG_H
#define WEIR_STREAM_CONFIG_H

#include <librdkafka/rdkafka.h>

#include "weir/settings.h"

extern const weir_key stream_keys[];

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
    int64_t schedule_ms, commit_ms;
} stream_config;

weir_code stream_config_read(const weir_settings *settings, stream_config *out, weir_error *err);
void stream_config_free(stream_config *config); /* leaves zeros */
/* Sets the properties that are meant for librdkafka. */
weir_code stream_config_pass(const stream_config *config, rd_kafka_conf_t *conf, weir_error *err);

#endif
