/* stream_config.c: see stream_config.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "stream_config.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "client.h"
#include "client_settings.h"
#include "registry_settings.h"
#include "weir/memory.h"

#define API_PATH "/symetry/rest"
#define FIELD_MOST 64 /* characters of a field's name */

enum {
    COMMIT_MS = 5000,
    EXACT_COMMIT_MS = 100,          /* rows of a transaction are seen when it is committed */
    TRANSACTION_TIMEOUT_MS = 10000, /* how long what a killed scorer left open holds up readers */
};

static const char *const formats[] = {"auto", "avro", "json", "json-schema", NULL};
static const char *const malformed_words[] = {"ignore", "warn", "fail", NULL};
static const char *const guarantee_words[] = {"exactly_once", "exactly_once_v2", "at_least_once",
                                              NULL};

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
    {.name = "sml.kstream.instance.id",
     .help = "name of this one among the instances of the app, in its transactional id: no two at "
             "a time may have the same. One that was killed and comes back under its name goes on "
             "at once, otherwise after transaction.timeout.ms; made at random when not given"},
    {.name = "sml.kstream.transaction.rows",
     .kind = WEIR_KEY_INTEGER,
     .fallback = "0",
     .least = 0,
     .greatest = 10000000,
     .help = "exactly_once: rows after which a transaction is committed, also before "
             "commit.interval.ms; 0: any number"},
    {.name = "sml.kstream.metrics.listen",
     .help = "HOST:PORT where GET /metrics tells lag, rate, model version and what is waited for"},
    {.name = "sml.kstream.field.res",
     .fallback = "res",
     .help = "name of the field with the decision, or with the number that is predicted; empty: "
             "left out, as of all these"},
    {.name = "sml.kstream.field.score",
     .fallback = "anomaly_score",
     .help = "name of the field with the score"},
    {.name = "sml.kstream.field.version",
     .fallback = "model_version",
     .help = "name of the field with the version of the model"},
    {.name = "sml.kstream.field.evt",
     .fallback = "evt_is_anomaly",
     .help = "name of the field with 1 where the score is above the threshold learned from scores"},
    {.name = "sml.kstream.field.threshold",
     .fallback = "evt_threshold",
     .help = "name of the field with that threshold; null during warm-up"},
    {.name = "sml.kstream.field.explain",
     .fallback = "why",
     .help = "names of the fields with inputs (NAME_1, NAME_2 ...) and what they add "
             "(NAME_1_score ...)"},
    {.name = "sml.kstream.explain",
     .kind = WEIR_KEY_INTEGER,
     .fallback = "0",
     .least = 0,
     .greatest = STREAM_EXPLAIN_MOST,
     .help = "how many inputs are told of, those that add most to the score first; of models whose "
             "score is such a sum (ecod, hba), with sml.kstream.rest=false"},
    {.name = "sml.kstream.evt",
     .kind = WEIR_KEY_BOOLEAN,
     .fallback = "false",
     .help = "learn a threshold from the scores (peaks over threshold) and flag what is above"},
    {.name = "sml.kstream.evt.alpha",
     .fallback = "0.001",
     .help = "share of scores that may lie above the threshold"},
    {.name = "sml.kstream.evt.quantile",
     .fallback = "0.98",
     .help = "where the tail begins, of the scores of the warm-up; above 1 it is percent"},
    {.name = "sml.kstream.evt.warmup.size",
     .kind = WEIR_KEY_INTEGER,
     .fallback = "1000",
     .least = 10,
     .greatest = 10000000,
     .help = "scores seen before there is a threshold"},
    {.name = "sml.kstream.evt.window.size",
     .kind = WEIR_KEY_INTEGER,
     .fallback = "450",
     .least = 10,
     .greatest = 100000,
     .help = "scores in the tail that the threshold is learned from, the last ones"},
    {.name = "sml.task.heap.min", .help = "accepted; there is no Java heap"},
    {.name = "sml.task.heap.max", .help = "accepted; there is no Java heap"},
    {.name = "bootstrap.servers", .required = true, .help = "Kafka brokers"},
    REGISTRY_KEYS(""),
    {.name = "processing.guarantee",
     .kind = WEIR_KEY_WORD,
     .words = guarantee_words,
     .help = "exactly_once (or exactly_once_v2): scored rows and offsets are one transaction; "
             "at_least_once: after a crash some rows are scored twice; when not given, "
             "exactly_once where the brokers have transactions"},
    {.name = "enable.auto.commit",
     .kind = WEIR_KEY_BOOLEAN,
     .fallback = "true",
     .help = "at_least_once: commit at commit.interval.ms; false: only when partitions are given "
             "up. Transactions are always committed"},
    {.name = "commit.interval.ms",
     .kind = WEIR_KEY_INTEGER,
     .least = 1,
     .greatest = 3600000,
     .help = "how often offsets are committed, of rows that are in the sink: every 5000 when not "
             "given; exactly_once: how long a transaction is open, after which its rows are seen: "
             "100 when not given"},
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
    weir_free(config->transactional_id);
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

/* App and instance: one name for a random instance would fence the others off. */
static weir_code make_transactional_id(stream_config *config, weir_error *err)
{
    const char *instance = weir_settings_get(&config->settings, "sml.kstream.instance.id");
    char drawn[17];
    uint64_t number = 0;
    size_t room = 0;

    if (!instance || !*instance) {
        if (getrandom(&number, sizeof number, 0) != (ssize_t)sizeof number)
            return weir_fail(err, WEIR_INTERNAL, "there are no random numbers");
        snprintf(drawn, sizeof drawn, "%016llx", (unsigned long long)number);
        instance = drawn;
    }
    room = strlen(config->app_id) + strlen(instance) + 2;
    if (!(config->transactional_id = weir_malloc(room)))
        return weir_fail(err, WEIR_NO_MEMORY, "no room for the id of transactions");
    snprintf(config->transactional_id, room, "%s-%s", config->app_id, instance);
    return WEIR_OK;
}

static weir_code read_guarantee(stream_config *config, weir_error *err)
{
    const weir_settings *given = &config->settings;
    const char *word = weir_settings_get(given, "processing.guarantee");
    int64_t commit = weir_settings_get(given, "commit.interval.ms")
                         ? weir_key_integer(given, stream_keys, "commit.interval.ms")
                         : 0;

    config->guarantee = !word                            ? STREAM_GUARANTEE_BEST
                        : !strcmp(word, "at_least_once") ? STREAM_AT_LEAST_ONCE
                                                         : STREAM_EXACTLY_ONCE;
    config->commit_ms = commit ? commit : COMMIT_MS;
    config->exact_commit_ms = commit ? commit : EXACT_COMMIT_MS;
    /* The brokers end a transaction that is older than this. */
    config->transaction_timeout_ms = 3 * config->exact_commit_ms > TRANSACTION_TIMEOUT_MS
                                         ? 3 * config->exact_commit_ms
                                         : TRANSACTION_TIMEOUT_MS;
    config->transaction_rows =
        (size_t)weir_key_integer(given, stream_keys, "sml.kstream.transaction.rows");
    return make_transactional_id(config, err);
}

/* Names that Avro allows, whatever the format: a topic may change it. */
static weir_code check_field(const char *key, const char *name, weir_error *err)
{
    size_t length = strlen(name);

    for (size_t i = 0; i < length; i++)
        if (!(isalpha((unsigned char)name[i]) || name[i] == '_' ||
              (i > 0 && isdigit((unsigned char)name[i]))))
            return weir_fail(err, WEIR_INVALID,
                             "%s is \"%.64s\"; a name has letters, digits and _, no digit first",
                             key, name);
    if (length > FIELD_MOST)
        return weir_fail(err, WEIR_INVALID, "%s has %zu characters; at most %d", key, length,
                         FIELD_MOST);
    return WEIR_OK;
}

static weir_code read_fields(stream_config *config, weir_error *err)
{
    static const char *const keys[STREAM_FIELDS] = {
        [STREAM_FIELD_RES] = "sml.kstream.field.res",
        [STREAM_FIELD_SCORE] = "sml.kstream.field.score",
        [STREAM_FIELD_VERSION] = "sml.kstream.field.version",
        [STREAM_FIELD_EVT] = "sml.kstream.field.evt",
        [STREAM_FIELD_THRESHOLD] = "sml.kstream.field.threshold",
        [STREAM_FIELD_EXPLAIN] = "sml.kstream.field.explain",
    };
    weir_code code = WEIR_OK;

    for (size_t f = 0; f < STREAM_FIELDS && !code; f++) {
        config->fields[f] = weir_key_text(&config->settings, stream_keys, keys[f]);
        code = check_field(keys[f], config->fields[f], err);
    }
    config->explain =
        (size_t)weir_key_integer(&config->settings, stream_keys, "sml.kstream.explain");
    if (!code && config->explain && config->rest)
        code =
            weir_fail(err, WEIR_INVALID,
                      "sml.kstream.explain needs sml.kstream.rest=false: the server tells scores "
                      "only");
    return code;
}

static weir_code read_number(const stream_config *config, const char *key, double *out,
                             weir_error *err)
{
    const char *text = weir_key_text(&config->settings, stream_keys, key);
    char *end = NULL;

    *out = strtod(text, &end);
    if (end == text || *end)
        return weir_fail(err, WEIR_INVALID, "%s is \"%.60s\"; a number is wanted", key, text);
    return WEIR_OK;
}

static weir_code read_spot(stream_config *config, weir_error *err)
{
    const weir_settings *given = &config->settings;
    weir_spot_options *spot = &config->spot;
    weir_spot *trial = NULL;
    weir_code code = WEIR_OK;

    config->evt = weir_key_boolean(given, stream_keys, "sml.kstream.evt");
    spot->warmup = (size_t)weir_key_integer(given, stream_keys, "sml.kstream.evt.warmup.size");
    spot->window = (size_t)weir_key_integer(given, stream_keys, "sml.kstream.evt.window.size");
    if ((code = read_number(config, "sml.kstream.evt.alpha", &spot->alpha, err)) ||
        (code = read_number(config, "sml.kstream.evt.quantile", &spot->quantile, err)))
        return code;
    if (spot->quantile > 1)
        spot->quantile /= 100;
    if ((code = weir_spot_new(spot, &trial, err)))
        weir_explain(err, code, "sml.kstream.evt");
    weir_spot_free(trial);
    return code;
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
    config.metrics = weir_settings_get(given, "sml.kstream.metrics.listen");
    malformed = weir_key_text(given, stream_keys, "behavior.on.malformed.documents");
    config.malformed_fails = !strcmp(malformed, "fail");
    config.malformed_told = !strcmp(malformed, "warn");
    if ((code = read_guarantee(&config, err)) || (code = read_fields(&config, err)) ||
        (code = read_spot(&config, err)))
        goto done;
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
    weir_settings given = {0};
    weir_code code = client_settings_pick(&config->settings, "", stream_keys, &given, err);

    if (!code)
        code = client_settings_put(&given, conf, err);
    weir_settings_free(&given);
    return code;
}
