/* stream_config.c: see stream_config.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "stream_config.h"

#include <stdio.h>
#include <string.h>

#include "client.h"
#include "registry_settings.h"
#include "weir/memory.h"

#define API_PATH "/symetry/rest"

static const char *const formats[] = {"auto", "avro", "json", "json-schema", NULL};
static const char *const malformed_words[] = {"ignore", "warn", "fail", NULL};

const weir_key stream_keys[] = {
    {.name = "sml.kstream.source.topic", .required = true, .help = "topic with the rows"},
    {.name = "sml.kstream.sink.topic", .required = true, .help = "topic for the scored rows"},
    {.name = "sml.kstream.app.id", .required = true, .help = "consumer group"},
    {.name = "sml.kstream.client.id", .help = "Kafka client id; the app id when not given"},
    {.name = "sml.kstream.project.id", .required = true, .help = "project that owns the model"},
    {.name = "sml.kstream.model.id", .required = true, .help = "model that scores"},
    {.name = "sml.kstream.rest",
     .kind = WEIR_KEY_BOOLEAN,
     .fallback = "true",
     .help = "true: the server scores; false: its model is fetched and scores here, unless its "
             "inputs are made from texts"},
    {.name = "sml.kstream.rest.user", .required = true, .help = "customer id"},
    {.name = "sml.kstream.rest.secret",
     .kind = WEIR_KEY_SECRET,
     .required = true,
     .help = "secret key in base64"},
    {.name = "sml.kstream.rest.host",
     .kind = WEIR_KEY_URL,
     .required = true,
     .help = "root of the server, without /symetry/rest"},
    {.name = "sml.kstream.record.poll.max",
     .kind = WEIR_KEY_INTEGER,
     .fallback = "500",
     .least = 1,
     .greatest = 1000000,
     .help = "most rows scored in one call"},
    {.name = "sml.kstream.schedule.ms",
     .kind = WEIR_KEY_INTEGER,
     .fallback = "4000",
     .least = 1,
     .greatest = 3600000,
     .help = "longest time a row waits to be scored with others"},
    {.name = "sml.kstream.value.format",
     .kind = WEIR_KEY_WORD,
     .fallback = "auto",
     .words = formats,
     .help = "auto: Avro with a registry, else JSON, in Connect's envelope where it is found"},
    {.name = "sml.task.heap.min", .help = "accepted; there is no Java heap"},
    {.name = "sml.task.heap.max", .help = "accepted; there is no Java heap"},
    {.name = "bootstrap.servers", .required = true, .help = "Kafka brokers"},
    REGISTRY_KEYS(""),
    {.name = "enable.auto.commit",
     .kind = WEIR_KEY_BOOLEAN,
     .fallback = "true",
     .help = "commit at commit.interval.ms; false: only when partitions are given up"},
    {.name = "commit.interval.ms",
     .kind = WEIR_KEY_INTEGER,
     .fallback = "5000",
     .least = 1,
     .greatest = 3600000,
     .help = "how often offsets are committed, of rows that are in the sink"},
    {.name = "behavior.on.malformed.documents",
     .kind = WEIR_KEY_WORD,
     .fallback = "warn",
     .words = malformed_words,
     .help = "records that cannot be read: ignore (skip), warn (skip and log), fail"},
    {.name = NULL},
};

void stream_config_free(stream_config *config)
{
    if (!config)
        return;
    weir_free(config->url);
    weir_settings_free(&config->settings);
    *config = (stream_config){0};
}

/* The root of the server with the API's path behind it, unless it is there already. */
static weir_code make_url(stream_config *config, weir_error *err)
{
    const char *host = weir_settings_get(&config->settings, "sml.kstream.rest.host");
    size_t length = strlen(host), tail = strlen(API_PATH);

    while (length && host[length - 1] == '/')
        length--;
    if (length > tail && !strncmp(host + length - tail, API_PATH, tail))
        length -= tail;
    if (!(config->url = weir_malloc(length + tail + 1)))
        return weir_fail(err, WEIR_NO_MEMORY, "no room for the URL of the server");
    memcpy(config->url, host, length);
    memcpy(config->url + length, API_PATH, tail + 1);
    return WEIR_OK;
}

weir_code stream_config_read(const weir_settings *settings, stream_config *out, weir_error *err)
{
    stream_config config = {0};
    const weir_settings *given = &config.settings;
    const char *malformed = NULL;
    rd_kafka_conf_t *trial = NULL;
    weir_code code = weir_settings_copy(settings, &config.settings, err);

    if (code || (code = weir_settings_check(given, stream_keys, err)) ||
        (code = make_url(&config, err)))
        goto done;
    config.source = weir_settings_get(given, "sml.kstream.source.topic");
    config.sink = weir_settings_get(given, "sml.kstream.sink.topic");
    config.app_id = weir_settings_get(given, "sml.kstream.app.id");
    config.client_id = weir_settings_get(given, "sml.kstream.client.id");
    if (!config.client_id)
        config.client_id = config.app_id;
    config.project = weir_settings_get(given, "sml.kstream.project.id");
    config.model = weir_settings_get(given, "sml.kstream.model.id");
    config.user = weir_settings_get(given, "sml.kstream.rest.user");
    config.secret = weir_settings_get(given, "sml.kstream.rest.secret");
    config.bootstrap = weir_settings_get(given, "bootstrap.servers");
    config.registry_url = weir_settings_get(given, "schema.registry.url");
    config.format = weir_key_text(given, stream_keys, "sml.kstream.value.format");
    config.rest = weir_key_boolean(given, stream_keys, "sml.kstream.rest");
    config.auto_commit = weir_key_boolean(given, stream_keys, "enable.auto.commit");
    config.poll_max = (size_t)weir_key_integer(given, stream_keys, "sml.kstream.record.poll.max");
    config.schedule_ms = weir_key_integer(given, stream_keys, "sml.kstream.schedule.ms");
    config.commit_ms = weir_key_integer(given, stream_keys, "commit.interval.ms");
    malformed = weir_key_text(given, stream_keys, "behavior.on.malformed.documents");
    config.malformed_fails = !strcmp(malformed, "fail");
    config.malformed_told = !strcmp(malformed, "warn");
    if (!strcmp(config.source, config.sink)) {
        code = weir_fail(err, WEIR_INVALID, "source and sink are both topic %.100s", config.source);
        goto done;
    }
    if (!strcmp(config.format, "avro") && !config.registry_url) {
        code = weir_fail(err, WEIR_INVALID, "Avro values need schema.registry.url");
        goto done;
    }
    if ((code = kafka_conf("127.0.0.1:1", "weir-check", &trial, err)) ||
        (code = stream_config_pass(&config, trial, err)))
        goto done;
    *out = config;
    config = (stream_config){0};
done:
    if (trial)
        rd_kafka_conf_destroy(trial);
    stream_config_free(&config);
    return code;
}

weir_code stream_config_pass(const stream_config *config, rd_kafka_conf_t *conf, weir_error *err)
{
    weir_code code = WEIR_OK;

    for (size_t i = 0; !code && i < config->settings.count; i++) {
        const weir_named *pair = &config->settings.pairs[i];

        if (!weir_key_find(stream_keys, pair->name))
            code = kafka_conf_put(conf, pair->name, pair->value, err);
    }
    return code;
}
