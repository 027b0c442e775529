/* sink_config.c: see sink_config.h.
 *
 * A configuration is read in steps, each of which has a key that its faults belong to: read at once, the first fault
 * ends it; asked for all faults, every step runs whose keys have none yet.
 *
 * Numbered keys (sml.url.1 ...) give each task a project of its own; fewer numbers than tasks are used in turn.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "sink_config.h"

#include <ctype.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "registry_settings.h"
#include "weir/log.h"
#include "weir/memory.h"
#include "weir/signing.h"

#define TOPIC_LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"

enum {
    TOPIC_LONGEST = 249, /* Kafka's limit */
    SLIP = 3             /* letters by which a name may miss the one that was meant */
};

void sink_config_free(sink_config *config)
{
    if (!config)
        return;
    for (size_t i = 0; i < config->topic_count; i++)
        weir_free(config->topics[i]);
    weir_free(config->topics);
    weir_free(config->pattern);
    weir_free(config->targets);
    weir_free(config->types);
    weir_free(config->params);
    weir_free(config->param_text);
    weir_settings_free(&config->registry);
    weir_settings_free(&config->settings);
    *config = (sink_config){0};
}

static weir_code no_room(const sink_config *config, weir_error *err)
{
    return weir_fail(err, WEIR_NO_MEMORY, "no room for connector %s", config->name);
}

/* Cuts text at commas and calls take with each trimmed piece. */
static weir_code each_piece(sink_config *config, const char *text,
                            weir_code (*take)(sink_config *config, const char *piece, size_t length,
                                              weir_error *err),
                            weir_error *err)
{
    weir_code code = WEIR_OK;

    for (const char *at = text; !code; at++) {
        const char *piece = at + strspn(at, " \t");
        size_t length = strcspn(piece, ",");

        at = piece + length;
        while (length && isspace((unsigned char)piece[length - 1]))
            length--;
        code = take(config, piece, length, err);
        if (!*at)
            break;
    }
    return code;
}

static weir_code take_topic(sink_config *config, const char *piece, size_t length, weir_error *err)
{
    char **topics =
        weir_realloc_array(config->topics, config->topic_count + 1, sizeof *config->topics);

    if (topics)
        config->topics = topics;
    if (!length)
        return weir_fail(err, WEIR_INVALID, "topics holds an empty name");
    /* brokers refuse other names, which librdkafka then asks for again and again, as fast as they answer */
    if (length > TOPIC_LONGEST || strspn(piece, TOPIC_LETTERS) < length)
        return weir_fail(
            err, WEIR_INVALID,
            "topics holds \"%.*s\"; a topic's name has up to %d of the letters A-Z a-z "
            "0-9 . _ -",
            length > 100 ? 100 : (int)length, piece, TOPIC_LONGEST);
    if (!topics || !(topics[config->topic_count] = weir_strndup(piece, length)))
        return no_room(config, err);
    config->topic_count++;
    return WEIR_OK;
}

/* topics.regex is Java's and has to match the whole name; librdkafka has POSIX's, told by a leading "^". Of what Java
 * has more, digits and groups that are not kept are the ones met in names of topics. */
static weir_code read_pattern(sink_config *config, const char *regex, weir_error *err)
{
    char *at = config->pattern = weir_malloc(5 * strlen(regex) + 5);
    char why[100];
    regex_t compiled;
    int fault = 0;

    if (!at)
        return no_room(config, err);
    at = stpcpy(at, "^(");
    for (const char *from = regex; *from; from++)
        if (!strncmp(from, "\\d", 2)) {
            at = stpcpy(at, "[0-9]");
            from++;
        } else if (*from == '\\' && from[1]) {
            *at++ = *from++;
            *at++ = *from;
        } else if (!strncmp(from, "(?:", 3)) {
            *at++ = '(';
            from += 2;
        } else if (!strncmp(from, "(?", 2)) {
            return weir_fail(err, WEIR_INVALID,
                             "topics.regex is \"%.100s\"; of groups that begin with (? only (?: is "
                             "known",
                             regex);
        } else {
            *at++ = *from;
        }
    strcpy(at, ")$");
    if ((fault = regcomp(&compiled, config->pattern, REG_EXTENDED | REG_NOSUB))) {
        regerror(fault, &compiled, why, sizeof why);
        return weir_fail(err, WEIR_INVALID, "topics.regex is \"%.100s\": %s", regex, why);
    }
    regfree(&compiled);
    return WEIR_OK;
}

/* One of the two; when not, that is a fault of each. */
static weir_code one_of_topics(const sink_config *config, weir_error *err)
{
    const char *topics = weir_key_text(&config->settings, sink_keys, "topics");
    const char *regex = weir_key_text(&config->settings, sink_keys, "topics.regex");

    if (*topics && *regex)
        return weir_fail(
            err, WEIR_INVALID,
            "topics and topics.regex are mutually exclusive options, but both are set");
    if (!*topics && !*regex)
        return weir_fail(err, WEIR_INVALID, "one of topics or topics.regex is needed");
    return WEIR_OK;
}

static weir_code read_topics(sink_config *config, weir_error *err)
{
    const char *topics = weir_key_text(&config->settings, sink_keys, "topics");
    weir_code code = one_of_topics(config, err);

    return code || !*topics ? code : each_piece(config, topics, take_topic, err);
}

static weir_code read_regex(sink_config *config, weir_error *err)
{
    const char *regex = weir_key_text(&config->settings, sink_keys, "topics.regex");
    weir_code code = one_of_topics(config, err);

    return code || !*regex ? code : read_pattern(config, regex, err);
}

static weir_code refuse_transforms(sink_config *config, weir_error *err)
{
    static const char *const keys[] = {"transforms", "predicates"};

    for (size_t i = 0; i < 2; i++)
        if (*weir_key_text(&config->settings, sink_keys, keys[i]))
            return weir_fail(err, WEIR_INVALID,
                             "%s is \"%.60s\": this worker has no single message transforms, by "
                             "design; run the plug-in in a Kafka Connect cluster for them",
                             keys[i], weir_settings_get(&config->settings, keys[i]));
    return WEIR_OK;
}

static weir_code take_type(sink_config *config, const char *piece, size_t length, weir_error *err)
{
    weir_type *types =
        weir_realloc_array(config->types, config->type_count + 1, sizeof *config->types);

    if (!types)
        return no_room(config, err);
    config->types = types;
    if (!weir_type_from_letter(piece, length, &types[config->type_count]))
        return weir_fail(err, WEIR_INVALID, "sml.attribute.types holds \"%.*s\"",
                         length > 40 ? 40 : (int)length, piece);
    config->type_count++;
    return WEIR_OK;
}

static weir_code read_types(sink_config *config, weir_error *err)
{
    const char *types = weir_key_text(&config->settings, sink_keys, "sml.attribute.types");

    return *types ? each_piece(config, types, take_type, err) : WEIR_OK;
}

static weir_code check_secret(const char *name, const char *secret, weir_error *err)
{
    uint8_t raw[WEIR_SECRET_MAX + 2];
    size_t size = 0, length = strlen(secret);
    bool good = length <= 4 * sizeof raw / 3 && weir_base64_decode(secret, length, raw, &size) &&
                size >= WEIR_SECRET_MIN && size <= WEIR_SECRET_MAX;

    explicit_bzero(raw, sizeof raw);
    if (!good)
        return weir_fail(err, WEIR_INVALID, "%s is not a key of %d to %d bytes in base64", name,
                         WEIR_SECRET_MIN, WEIR_SECRET_MAX);
    return WEIR_OK;
}

/* Faults of the keys of customers, one or many. */
static weir_code check_secrets(const sink_config *config, weir_settings *faults, weir_error *err)
{
    weir_error why = {0};
    weir_code code = WEIR_OK;

    for (size_t i = 0; !code && i < config->settings.count; i++) {
        const weir_named *pair = &config->settings.pairs[i];
        const weir_key *key = weir_key_find(sink_keys, pair->name);

        if (key && !strcmp(key->name, "sml.customer.secret.key") &&
            !weir_settings_get(faults, pair->name) && check_secret(pair->name, pair->value, &why))
            code = weir_settings_put(faults, pair->name, why.message, err);
    }
    return code;
}

static const char *numbered(const sink_config *config, const char *name, size_t number)
{
    char full[64];

    snprintf(full, sizeof full, "%s.%zu", name, number);
    return weir_settings_get(&config->settings, full);
}

/* The numbered form: sml.url.1 ... without gaps, all four keys of each number; or the single form. Not both. */
static weir_code read_targets(sink_config *config, weir_error *err)
{
    static const char *const names[] = {"sml.url", "sml.project", "sml.customer.id",
                                        "sml.customer.secret.key"};
    size_t single = 0, with_number = 0, count = 0;

    for (size_t i = 0; i < config->settings.count; i++)
        for (size_t n = 0; n < 4; n++) {
            const char *name = config->settings.pairs[i].name;

            size_t length = strlen(names[n]);

            single += !strcmp(name, names[n]);
            with_number += !strncmp(name, names[n], length) && name[length] == '.' &&
                           isdigit((unsigned char)name[length + 1]);
        }
    if (single && with_number)
        return weir_fail(err, WEIR_INVALID,
                         "%s: sml.url and sml.url.1 exclude each other; so do "
                         "the other three keys of a server",
                         config->name);
    if (with_number % 4 || (single && single != 4))
        return weir_fail(err, WEIR_INVALID,
                         "%s: each server needs sml.url, sml.project, sml.customer.id and "
                         "sml.customer.secret.key, with numbers from 1 without gaps",
                         config->name);
    count = single ? 1 : with_number / 4;
    if (count > config->tasks)
        return weir_fail(err, WEIR_INVALID, "%s: %zu numbered projects and only %zu tasks",
                         config->name, count, config->tasks);
    if (!(config->targets = weir_calloc(count, sizeof *config->targets)))
        return no_room(config, err);
    config->target_count = count;
    for (size_t t = 0; t < count; t++) {
        const char *values[4];
        weir_code code = WEIR_OK;

        for (size_t n = 0; n < 4; n++) {
            values[n] = single ? weir_settings_get(&config->settings, names[n])
                               : numbered(config, names[n], t + 1);
            if (!values[n] || !*values[n])
                return weir_fail(err, WEIR_INVALID, "%s: %s.%zu is missing or empty", config->name,
                                 names[n], t + 1);
        }
        if ((code = check_secret(names[3], values[3], err)))
            return code;
        config->targets[t] = (sink_target){values[0], values[1], values[2], values[3]};
    }
    return WEIR_OK;
}

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), tail = strlen(end);

    return length >= tail && !strcmp(text + length - tail, end);
}

/* The address under which an Apicurio registry answers the calls of Confluent's: .../apis/registry/v2 beside
 * .../apis/ccompat/v7. */
static weir_code apicurio_url(sink_config *config, const char *url, weir_error *err)
{
    const char *own = strstr(url, "/apis/registry/v");
    char made[600];

    if (own && snprintf(made, sizeof made, "%.*s/apis/ccompat/v7", (int)(own - url), url) >=
                   (int)sizeof made)
        return weir_fail(err, WEIR_TOO_LARGE, "value.converter.apicurio.registry.url is too long");
    return weir_settings_put(&config->registry, "value.converter.schema.registry.url",
                             own ? made : url, err);
}

static weir_code read_registry(sink_config *config, weir_error *err)
{
    static const char key[] = "value.converter.schema.registry.url";
    const char *apicurio =
        weir_settings_get(&config->settings, "value.converter.apicurio.registry.url");
    weir_settings brokers = {0};
    weir_code code = weir_settings_copy(&config->settings, &config->registry, err);

    if (!code && apicurio && !weir_settings_get(&config->registry, key))
        code = apicurio_url(config, apicurio, err);
    if (!code)
        code = sink_config_client(config, "consumer", &brokers, err);
    if (!code)
        code = registry_settings_check(&config->registry, "value.converter.", &brokers, err);
    config->registry_url = weir_settings_get(&config->registry, key);
    weir_settings_free(&brokers);
    return code;
}

static weir_code read_format(sink_config *config, weir_error *err)
{
    static const char avro[] = "io.confluent.connect.avro.AvroConverter",
                      json[] = "org.apache.kafka.connect.json.JsonConverter";
    const char *converter = weir_settings_get(&config->settings, "value.converter");
    bool full = converter && strchr(converter, '.');

    if (!converter || !*converter)
        converter = config->registry_url ? avro : json;
    if (ends_with(converter, "AvroConverter")) {
        config->format = VALUE_AVRO;
        config->converter = full ? converter : avro;
        if (!config->registry_url)
            return weir_fail(err, WEIR_INVALID,
                             "%s: value.converter.schema.registry.url is missing", config->name);
        return WEIR_OK;
    }
    if (!ends_with(converter, "JsonConverter"))
        return weir_fail(err, WEIR_INVALID, "value.converter is \"%.100s\"; %s or %s is wanted",
                         converter, avro, json);
    config->converter = full ? converter : json;
    config->format =
        weir_key_boolean(&config->settings, sink_keys, "value.converter.schemas.enable")
            ? VALUE_JSON_ENVELOPE
            : VALUE_JSON;
    return WEIR_OK;
}

static void read_numbers(sink_config *config)
{
    const weir_settings *given = &config->settings;

    config->chunk = (size_t)weir_key_integer(given, sink_keys, "sml.dataframe.max.chunk.size");
    config->poll_max = (size_t)weir_key_integer(given, sink_keys, "consumer.max.poll.records");
    config->backoff = weir_key_integer(given, sink_keys, "sml.reconnect.backoff.ms");
    config->backoff_max = weir_key_integer(given, sink_keys, "sml.reconnect.backoff.max.ms");
    config->retries = weir_key_integer(given, sink_keys, "sml.backoff.max.retries");
    config->timeout_ms = weir_key_integer(given, sink_keys, "http.client.idle.timeout.ms");
    config->max_answer = weir_key_integer(given, sink_keys, "http.client.response.buffer.size");
    config->commit_ms = weir_key_integer(given, sink_keys, "offset.flush.interval.ms");
    config->epoch = (uint64_t)weir_key_integer(given, sink_keys, "sml.source.epoch");
    config->must_preexist = weir_key_boolean(given, sink_keys, "sml.project.must.preexist");
    config->persist = weir_key_boolean(given, sink_keys, "sml.create.project.persist");
    config->project_type = weir_key_text(given, sink_keys, "sml.create.project.type");
    config->verbose = weir_key_boolean(given, sink_keys, "logging.is.verbose");
    config->log_signature = weir_key_boolean(given, sink_keys, "logging.is.signature.included");
    config->log_whole_body = !weir_key_boolean(given, sink_keys, "logging.is.url.body.truncated");
    config->dead_letter_context =
        weir_key_boolean(given, sink_keys, "errors.deadletterqueue.context.headers.enable");
    config->dead_letter_replicas =
        (int)weir_key_integer(given, sink_keys, "errors.deadletterqueue.topic.replication.factor");
    config->log_details = weir_key_boolean(given, sink_keys, "errors.log.include.messages");
    if (config->backoff_max < config->backoff)
        weir_log(WEIR_LOG_WARN, "connect",
                 "%s: sml.reconnect.backoff.max.ms %lld is below sml.reconnect.backoff.ms %lld",
                 config->name, (long long)config->backoff_max, (long long)config->backoff);
}

static void read_malformed(sink_config *config)
{
    const char *word = weir_settings_get(&config->settings, "behavior.on.malformed.documents");
    bool tolerant = !strcmp(weir_key_text(&config->settings, sink_keys, "errors.tolerance"), "all");
    bool told = weir_key_boolean(&config->settings, sink_keys, "errors.log.enable");

    if (weir_key_boolean(&config->settings, sink_keys, "drop.invalid.message"))
        config->malformed = SINK_IGNORE;
    else if (word)
        config->malformed = !strcmp(word, "ignore") ? SINK_IGNORE
                            : !strcmp(word, "warn") ? SINK_WARN
                                                    : SINK_FAIL;
    else
        config->malformed = !tolerant ? SINK_FAIL : told ? SINK_WARN : SINK_IGNORE;
}

/* Dead letters that came back as records would never end. */
static weir_code read_dead_letters(sink_config *config, weir_error *err)
{
    static const char key[] = "errors.deadletterqueue.topic.name";
    const char *topic = weir_key_text(&config->settings, sink_keys, key);
    bool read = false;
    regex_t pattern;

    if (!*topic)
        return WEIR_OK;
    for (size_t i = 0; i < config->topic_count; i++)
        read |= !strcmp(config->topics[i], topic);
    if (config->pattern && !regcomp(&pattern, config->pattern, REG_EXTENDED | REG_NOSUB)) {
        read = !regexec(&pattern, topic, 0, NULL, 0);
        regfree(&pattern);
    }
    if (read)
        return weir_fail(err, WEIR_INVALID, "%s is \"%.100s\", which the connector reads itself",
                         key, topic);
    config->dead_letters = topic;
    return WEIR_OK;
}

/* Names that mean nothing here are told once, with the key that one of them may have meant; Connect accepts them silently.
 * Those of clients are tried by these. */
static void tell_others(const sink_config *config)
{
    static const char *const prefixes[] = {"consumer.", "producer.", "admin.", "key.converter.",
                                           "header.converter."};

    for (size_t i = 0; i < config->settings.count; i++) {
        const char *name = config->settings.pairs[i].name, *nearest = NULL;
        bool known = weir_key_find(sink_keys, name);

        for (size_t p = 0; p < sizeof prefixes / sizeof *prefixes; p++)
            known |= !strncmp(name, prefixes[p], strlen(prefixes[p]));
        if (known)
            continue;
        nearest = weir_key_nearest(sink_keys, name)->name;
        if (weir_edit_distance(name, nearest) <= SLIP)
            weir_log(WEIR_LOG_WARN, "connect", "%s: %s has no meaning here; was %s meant?",
                     config->name, name, nearest);
        else
            weir_log(WEIR_LOG_INFO, "connect", "%s: %s has no meaning here", config->name, name);
    }
}

/* --- reading */

static const struct {
    const char *key;      /* whose fault it is */
    const char *needs[6]; /* the last is NULL */
    weir_code (*read)(sink_config *config, weir_error *err);
} steps[] = {
    {"topics", {"topics"}, read_topics},
    {"topics.regex", {"topics.regex"}, read_regex},
    {"transforms", {"transforms"}, refuse_transforms},
    {"sml.attribute.types", {"sml.attribute.types"}, read_types},
    {"sml.url",
     {"sml.url", "sml.project", "sml.customer.id", "sml.customer.secret.key", "tasks.max"},
     read_targets},
    {"value.converter.schema.registry.url",
     {"value.converter.schema.registry.url", "value.converter.basic.auth.credentials.source",
      "value.converter.bearer.auth.credentials.source"},
     read_registry},
    {"value.converter",
     {"value.converter", "value.converter.schemas.enable", "value.converter.schema.registry.url",
      "value.converter.basic.auth.credentials.source",
      "value.converter.bearer.auth.credentials.source"},
     read_format},
    {"sml.create.project.params", {"sml.create.project.params"}, sink_params_read},
    {"errors.deadletterqueue.topic.name",
     {"errors.deadletterqueue.topic.name", "topics.regex"},
     read_dead_letters},
};

enum { STEPS = sizeof steps / sizeof *steps };

/* A configuration that holds a copy of the settings and nothing read from them yet. */
static weir_code begin(const char *name, const weir_settings *settings, sink_config *config,
                       weir_error *err)
{
    weir_code code = weir_settings_copy(settings, &config->settings, err);

    if (!code)
        code = weir_settings_put(&config->settings, "name", name, err);
    config->name = weir_settings_get(&config->settings, "name");
    config->tasks = (size_t)weir_key_integer(&config->settings, sink_keys, "tasks.max");
    return code;
}

weir_code sink_config_read(const char *name, const weir_settings *settings, sink_config *out,
                           weir_error *err)
{
    sink_config config = {0};
    weir_code code = begin(name, settings, &config, err);

    if (!code)
        code = weir_settings_check(&config.settings, sink_keys, err);
    for (size_t i = 0; !code && i < STEPS; i++)
        code = steps[i].read(&config, err);
    if (code || (code = sink_clients_check(&config, NULL, err)))
        goto done;
    tell_others(&config);
    read_numbers(&config);
    read_malformed(&config);
    *out = config;
    config = (sink_config){0};
done:
    sink_config_free(&config);
    return code;
}

/* Whether one of the keys, or a numbered one of it, has a fault. */
static bool faulty(const weir_settings *faults, const char *const *needs)
{
    for (; *needs; needs++)
        for (size_t i = 0; i < faults->count; i++) {
            const weir_key *key = weir_key_find(sink_keys, faults->pairs[i].name);

            if (key && !strcmp(key->name, *needs))
                return true;
        }
    return false;
}

weir_code sink_config_faults(const char *name, const weir_settings *settings, weir_settings *faults,
                             weir_error *err)
{
    sink_config config = {0};
    weir_error why = {0};
    weir_code code = begin(name, settings, &config, err);

    if (!code)
        code = weir_settings_faults(&config.settings, sink_keys, faults, err);
    if (!code)
        code = check_secrets(&config, faults, err);
    for (size_t i = 0; !code && i < STEPS; i++)
        if (!faulty(faults, steps[i].needs) && steps[i].read(&config, &why))
            code = weir_settings_put(faults, steps[i].key, why.message, err);
    if (!code)
        code = sink_clients_check(&config, faults, err);
    sink_config_free(&config);
    return code;
}
