/* sink_config.h: the configuration of a sink connector, from Connect's JSON to what a task needs.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_SINK_CONFIG_H
#define WEIR_SINK_CONFIG_H

#include <librdkafka/rdkafka.h>

#include "value.h"
#include "weir/model.h"
#include "weir/settings.h"

extern const weir_key sink_keys[];

typedef enum { SINK_IGNORE, SINK_WARN, SINK_FAIL } sink_malformed;

typedef struct {
    const char *url, *project, *cid, *secret; /* borrowed from settings */
} sink_target;

typedef struct {
    weir_settings settings; /* as given; texts below point into it */
    const weir_settings
        *worker; /* the worker's own properties, which the settings go before; NULL: none */
    const char *name;
    char **topics; /* none when a pattern is given */
    size_t topic_count;
    char *pattern; /* of topics, for librdkafka: "^(...)$"; NULL: they are named */
    size_t tasks;
    value_format format;
    const char *registry_url; /* NULL: none; else in registry too */
    weir_settings registry;   /* what opens the registry */
    const char *converter;    /* class that reads values, as Connect calls it */
    sink_target *targets;     /* one, or one a number */
    size_t target_count;
    weir_type *types; /* none: guessed */
    size_t type_count;
    size_t chunk, poll_max;
    int64_t backoff, backoff_max, retries, timeout_ms, max_answer, commit_ms;
    bool must_preexist, persist;
    const char *project_type;
    weir_setting *params; /* of a project to make */
    size_t param_count;
    char *param_text; /* what params point into */
    sink_malformed malformed;
    const char *dead_letters; /* topic, NULL: none */
    int dead_letter_replicas; /* -1: as the brokers choose */
    bool dead_letter_context; /* with headers that say why */
    bool log_details;         /* of skipped records */
    bool verbose, log_signature, log_whole_body;
    uint64_t epoch;
} sink_config;

/* Checks settings and makes a configuration of them; they are copied. */
weir_code sink_config_read(const char *name, const weir_settings *settings, sink_config *out,
                           weir_error *err);
/* All that is wrong with settings, by key; an empty list when nothing is. */
weir_code sink_config_faults(const char *name, const weir_settings *settings, weir_settings *faults,
                             weir_error *err);
/* The settings of a Kafka client as they are given (client_settings.h); *out becomes the caller's. */
weir_code sink_config_client(const sink_config *config, const char *kind, weir_settings *out,
                             weir_error *err);
/* Sets the properties that are meant for a Kafka client; kind is "consumer" or "producer". KIND.override.X goes before
 * KIND.X. */
weir_code sink_config_pass(const sink_config *config, const char *kind, rd_kafka_conf_t *conf,
                           weir_error *err);
/* Steps of reading that have files of their own: sml.create.project.params; the properties of clients, whose fault goes
 * to faults where it is not NULL. */
weir_code sink_params_read(sink_config *config, weir_error *err);
weir_code sink_clients_check(const sink_config *config, weir_settings *faults, weir_error *err);
void sink_config_free(sink_config *config); /* leaves zeros */

#endif
