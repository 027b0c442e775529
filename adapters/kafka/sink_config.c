/* sink_config.c: see sink_config.h.
 *
 * The documented connector comes in two ages: older examples use other names for the retry keys (an alias row each)
 * and keys whose meaning nobody wrote down (kept in the table, with what they mean here). Numbered keys (sml.url.1 ...)
 * give each task a project of its own; fewer numbers than tasks are used in turn.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "sink_config.h"

#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "registry_settings.h"
#include "weir/log.h"
#include "weir/memory.h"
#include "weir/signing.h"

static const char *const classes[] = {"com.sml.kafka.connector.SymetryKafkaSinkConnector",
                                      "SymetryKafkaSinkConnector", "SymetryKafkaSink",
                                      "io.weir.connect.WeirSinkConnector", NULL};
static const char *const malformed_words[] = {"ignore", "warn", "fail", NULL};
static const char *const tolerance_words[] = {"none", "all", NULL};
static const char *const project_types[] = {"cpu",    "gpu",      "mgpuf",     "mgpud",
                                            "fusion", "sequence", "partition", NULL};

#define INT_MAX_NUMBER 2147483647.0

const weir_key sink_keys[] = {
    {.name = "connector.class",
     .kind = WEIR_KEY_WORD,
     .required = true,
     .words = classes,
     .help = "class of the sink connector"},
    {.name = "tasks.max",
     .kind = WEIR_KEY_INTEGER,
     .fallback = "1",
     .least = 1,
     .greatest = 64,
     .help = "tasks, each a consumer of the group; as many as partitions is best"},
    {.name = "topics", .required = true, .help = "topics to read, separated by commas"},
    {.name = "key.converter", .help = "keys are not used as data"},
    {.name = "value.converter", .help = "AvroConverter or JsonConverter"},
    REGISTRY_KEYS("value.converter."),
    {.name = "value.converter.schemas.enable",
     .kind = WEIR_KEY_BOOLEAN,
     .fallback = "true",
     .help = "JSON values come with their schema in an envelope"},
    {.name = "sml.url",
     .kind = WEIR_KEY_URL,
     .required = true,
     .numbered = true,
     .help = "base of the server, /symetry/rest included"},
    {.name = "sml.project", .required = true, .numbered = true, .help = "project that learns"},
    {.name = "sml.customer.id", .required = true, .numbered = true, .help = "customer id"},
    {.name = "sml.customer.secret.key",
     .kind = WEIR_KEY_SECRET,
     .required = true,
     .numbered = true,
     .help = "secret key in base64"},
    {.name = "sml.attribute.types",
     .kind = WEIR_KEY_TYPES,
     .fallback = "",
     .help =
         "one letter a field (C B S L T X); guessed when their number is not that of the fields"},
    {.name = "sml.dataframe.max.chunk.size",
     .kind = WEIR_KEY_INTEGER,
     .fallback = "500",
     .least = 1,
     .greatest = 1000000,
     .help = "most rows in one learn request"},
    {.name = "http.client.idle.timeout.ms",
     .kind = WEIR_KEY_INTEGER,
     .fallback = "55000",
     .greatest = INT_MAX_NUMBER,
     .help = "how long one request may take; 0: the default"},
    {.name = "http.client.response.buffer.size",
     .kind = WEIR_KEY_INTEGER,
     .fallback = "2048000",
     .least = 1,
     .greatest = INT_MAX_NUMBER,
     .help = "longest answer taken, in bytes"},
    {.name = "logging.is.verbose",
     .kind = WEIR_KEY_BOOLEAN,
     .fallback = "false",
     .help = "log each request"},
    {.name = "logging.is.signature.included",
     .kind = WEIR_KEY_BOOLEAN,
     .fallback = "false",
     .help = "log signatures with the requests"},
    {.name = "logging.is.url.body.truncated",
     .kind = WEIR_KEY_BOOLEAN,
     .fallback = "true",
     .help = "log only the first 200 bytes of a body"},
    {.name = "sml.reconnect.backoff.ms",
     .kind = WEIR_KEY_INTEGER,
     .fallback = "5000",
     .least = 1,
     .greatest = INT_MAX_NUMBER,
     .help = "base of the delay before a retry"},
    {.name = "sml.request.retry.delay.ms",
     .kind = WEIR_KEY_INTEGER,
     .least = 1,
     .greatest = INT_MAX_NUMBER,
     .alias_of = "sml.reconnect.backoff.ms",
     .help = "older name of sml.reconnect.backoff.ms"},
    {.name = "sml.reconnect.backoff.max.ms",
     .kind = WEIR_KEY_INTEGER,
     .fallback = "10000",
     .least = 1,
     .greatest = INT_MAX_NUMBER,
     .help = "longest delay before a retry"},
    {.name = "sml.backoff.max.retries",
     .kind = WEIR_KEY_INTEGER,
     .fallback = "5",
     .greatest = 1000000,
     .help = "tries after the first one before the task fails"},
    {.name = "sml.request.max.retries",
     .kind = WEIR_KEY_INTEGER,
     .greatest = 1000000,
     .alias_of = "sml.backoff.max.retries",
     .help = "older name of sml.backoff.max.retries"},
    {.name = "sml.project.must.preexist",
     .kind = WEIR_KEY_BOOLEAN,
     .fallback = "false",
     .help = "fail when the project is missing instead of making it"},
    {.name = "sml.create.project.type",
     .kind = WEIR_KEY_WORD,
     .fallback = "cpu",
     .words = project_types,
     .help = "type of a project that is made"},
    {.name = "sml.create.project.params",
     .fallback = "",
     .help = "parameters of a project that is made: k=v,k=v or a JSON object"},
    {.name = "sml.create.project.persist",
     .kind = WEIR_KEY_BOOLEAN,
     .fallback = "true",
     .help = "keep a project that is made on disk"},
    {.name = "sml.source.epoch",
     .kind = WEIR_KEY_INTEGER,
     .fallback = "0",
     .greatest = 9e15,
     .help = "raised to let the server take a topic anew: positions of older epochs are forgotten"},
    {.name = "drop.invalid.message",
     .kind = WEIR_KEY_BOOLEAN,
     .fallback = "false",
     .help = "skip records that cannot be read, whatever behavior.on.malformed.documents says"},
    {.name = "behavior.on.malformed.documents",
     .kind = WEIR_KEY_WORD,
     .words = malformed_words,
     .help = "records that cannot be read: ignore (skip), warn (skip and log), fail (the task); "
             "when not given, errors.tolerance decides"},
    {.name = "key.ignore",
     .kind = WEIR_KEY_BOOLEAN,
     .fallback = "true",
     .help = "keys are no data"},
    {.name = "schema.ignore",
     .kind = WEIR_KEY_BOOLEAN,
     .fallback = "true",
     .help = "schemas may change while running"},
    {.name = "errors.tolerance",
     .kind = WEIR_KEY_WORD,
     .fallback = "none",
     .words = tolerance_words,
     .help = "none: a record that cannot be read fails the task; all: it is skipped"},
    {.name = "errors.log.enable",
     .kind = WEIR_KEY_BOOLEAN,
     .fallback = "false",
     .help = "log skipped records"},
    {.name = "errors.log.include.messages",
     .kind = WEIR_KEY_BOOLEAN,
     .fallback = "false",
     .help = "accepted; values are not logged"},
    {.name = "errors.retry.timeout",
     .kind = WEIR_KEY_INTEGER,
     .fallback = "0",
     .least = -1,
     .greatest = 9e15,
     .help = "accepted; requests have their own retries"},
    {.name = "errors.retry.delay.max.ms",
     .kind = WEIR_KEY_INTEGER,
     .fallback = "60000",
     .greatest = 9e15,
     .help = "accepted; requests have their own retries"},
    {.name = "errors.deadletterqueue.topic.name",
     .fallback = "",
     .help = "topic that takes the records that cannot be read"},
    {.name = "errors.deadletterqueue.topic.replication.factor",
     .kind = WEIR_KEY_INTEGER,
     .fallback = "-1",
     .least = -1,
     .greatest = 1000,
     .help = "accepted; the broker's default is used"},
    {.name = "errors.deadletterqueue.context.headers.enable",
     .kind = WEIR_KEY_BOOLEAN,
     .fallback = "false",
     .help = "add headers that say where the record was and why it could not be read"},
    {.name = "consumer.max.poll.records",
     .kind = WEIR_KEY_INTEGER,
     .fallback = "500",
     .least = 1,
     .greatest = 1000000,
     .help = "most records taken before rows are sent"},
    {.name = "offset.flush.interval.ms",
     .kind = WEIR_KEY_INTEGER,
     .fallback = "1000",
     .least = 10,
     .greatest = INT_MAX_NUMBER,
     .help = "how often offsets are committed"},
    {.name = "group.id", .help = "accepted; the group of a sink is connect-NAME"},
    {.name = NULL},
};

void sink_config_free(sink_config *config)
{
    if (!config)
        return;
    for (size_t i = 0; i < config->topic_count; i++)
        weir_free(config->topics[i]);
    weir_free(config->topics);
    weir_free(config->targets);
    weir_free(config->types);
    weir_free(config->params);
    weir_free(config->param_text);
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
    if (!topics || !(topics[config->topic_count] = weir_strndup(piece, length)))
        return no_room(config, err);
    config->topic_count++;
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
                         "%s: each server needs sml.url, sml.project, "
                         "sml.customer.id and sml.customer.secret.key",
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

static weir_code read_format(sink_config *config, weir_error *err)
{
    const char *converter = weir_settings_get(&config->settings, "value.converter");

    config->registry_url =
        weir_settings_get(&config->settings, "value.converter.schema.registry.url");
    if (!converter)
        converter = config->registry_url ? "AvroConverter" : "JsonConverter";
    if (ends_with(converter, "AvroConverter")) {
        config->format = VALUE_AVRO;
        if (!config->registry_url)
            return weir_fail(err, WEIR_INVALID,
                             "%s: value.converter.schema.registry.url is missing", config->name);
    } else if (ends_with(converter, "JsonConverter")) {
        config->format =
            weir_key_boolean(&config->settings, sink_keys, "value.converter.schemas.enable")
                ? VALUE_JSON_ENVELOPE
                : VALUE_JSON;
    } else {
        return weir_fail(
            err, WEIR_INVALID,
            "value.converter is \"%.100s\"; io.confluent.connect.avro.AvroConverter or "
            "org.apache.kafka.connect.json.JsonConverter is wanted",
            converter);
    }
    return WEIR_OK;
}

/* enableHistogram goes into the query, where a server takes any other word for false. The rest is the server's to judge.
 */
static weir_code check_param(const char *name, const char *value, weir_error *err)
{
    if (strcmp(name, "enableHistogram") != 0 || !strcmp(value, "true") || !strcmp(value, "false"))
        return WEIR_OK;
    return weir_fail(err, WEIR_INVALID,
                     "sml.create.project.params: enableHistogram is \"%.60s\"; true or false is "
                     "wanted",
                     value);
}

static weir_code put_param(sink_config *config, const char *name, const char *value,
                           weir_error *err)
{
    weir_setting *params = NULL;
    weir_code code = check_param(name, value, err);

    if (code)
        return code;
    if (!(params =
              weir_realloc_array(config->params, config->param_count + 1, sizeof *config->params)))
        return no_room(config, err);
    config->params = params;
    params[config->param_count++] = (weir_setting){name, value};
    return WEIR_OK;
}

/* Whether a pair begins here: a plain name and one '='. "x==1" is a predicate of a row filter. */
static bool begins_pair(const char *text)
{
    size_t length =
        strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-");

    return length && text[length] == '=' && text[length + 1] != '=';
}

static char *piece_end(char *at)
{
    bool quoted = false;

    for (; *at && (quoted || *at != ','); at++)
        if (*at == '"')
            quoted = !quoted;
    return at;
}

/* Whether what lies before end is one more predicate of a row filter, whose own separator may be a comma. */
static bool is_predicate(const char *piece, const char *end)
{
    const char *op = piece + strcspn(piece, "<>=!");

    return !begins_pair(piece) && op < end && (*op == '<' || *op == '>' || op[1] == '=');
}

/* Cuts one pair off *rest. A row filter may hold commas: a value goes on over pieces that are predicates. */
static weir_code take_pair(sink_config *config, char **rest, weir_error *err)
{
    char *name = *rest + strspn(*rest, " \t"), *end = piece_end(name), *value = NULL;

    if (!begins_pair(name))
        return weir_fail(err, WEIR_INVALID,
                         "sml.create.project.params holds \"%.*s\"; k=v,k=v is wanted",
                         (int)(end - name > 60 ? 60 : end - name), name);
    while (*end) {
        char *next = end + 1 + strspn(end + 1, " \t");

        if (!is_predicate(next, piece_end(next)))
            break;
        end = piece_end(next);
    }
    *rest = *end ? end + 1 : end;
    while (end > name && isspace((unsigned char)end[-1]))
        end--;
    *end = 0;
    value = strchr(name, '=');
    *value++ = 0;
    return put_param(config, name, value, err);
}

/* "k=v,k=v" or a flat JSON object (which is brought into the first form's list). */
static weir_code read_params(sink_config *config, weir_error *err)
{
    const char *text = weir_key_text(&config->settings, sink_keys, "sml.create.project.params");
    weir_settings object = {0};
    weir_code code = WEIR_OK;
    size_t room = strlen(text) + 1;
    char *at = NULL;

    while (isspace((unsigned char)*text))
        text++;
    if (!*text)
        return WEIR_OK;
    if (*text == '{') {
        if ((code = weir_settings_json(text, strlen(text), &object, err)))
            return weir_explain(err, code, "sml.create.project.params");
        for (size_t i = 0; i < object.count; i++)
            room += strlen(object.pairs[i].name) + strlen(object.pairs[i].value) + 2;
    }
    if (!(at = config->param_text = weir_malloc(room))) {
        code = no_room(config, err);
        goto done;
    }
    for (size_t i = 0; !code && i < object.count; i++) {
        char *name = at, *value = NULL;

        at = stpcpy(at, object.pairs[i].name) + 1;
        value = at;
        at = stpcpy(at, object.pairs[i].value) + 1;
        code = put_param(config, name, value, err);
    }
    if (*text == '{')
        goto done;
    strcpy(at, text);
    while (!code && *at)
        code = take_pair(config, &at, err);
done:
    weir_settings_free(&object);
    return code;
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
    config->dead_letters = weir_key_text(given, sink_keys, "errors.deadletterqueue.topic.name");
    if (!*config->dead_letters)
        config->dead_letters = NULL;
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

/* Names that are neither ours nor to be passed on are told once; Connect accepts them silently. */
static weir_code check_others(const sink_config *config, weir_error *err)
{
    static const char *const prefixes[] = {"consumer.", "key.converter.", "value.converter.",
                                           "errors.",   "producer.",      "admin."};
    rd_kafka_conf_t *trial = NULL;
    weir_code code = kafka_conf("127.0.0.1:1", "weir-check", &trial, err);

    for (size_t i = 0; !code && i < config->settings.count; i++) {
        const weir_named *pair = &config->settings.pairs[i];
        bool known = weir_key_find(sink_keys, pair->name) || !strcmp(pair->name, "name");
        const char *rest = !strncmp(pair->name, "consumer.override.", 18) ? pair->name + 18
                           : !strncmp(pair->name, "consumer.", 9)         ? pair->name + 9
                                                                          : NULL;

        if (!known && rest)
            code = kafka_conf_put(trial, rest, pair->value, err);
        for (size_t p = 0; p < sizeof prefixes / sizeof *prefixes; p++)
            known |= !strncmp(pair->name, prefixes[p], strlen(prefixes[p]));
        if (!known)
            weir_log(WEIR_LOG_INFO, "connect", "%s: %s has no meaning here", config->name,
                     pair->name);
    }
    if (trial)
        rd_kafka_conf_destroy(trial);
    return code;
}

weir_code sink_config_read(const char *name, const weir_settings *settings, sink_config *out,
                           weir_error *err)
{
    sink_config config = {0};
    const char *types = NULL;
    weir_code code = weir_settings_copy(settings, &config.settings, err);

    if (code || (code = weir_settings_put(&config.settings, "name", name, err)))
        goto done;
    config.name = weir_settings_get(&config.settings, "name");
    if ((code = weir_settings_check(&config.settings, sink_keys, err)))
        goto done;
    config.tasks = (size_t)weir_key_integer(&config.settings, sink_keys, "tasks.max");
    types = weir_key_text(&config.settings, sink_keys, "sml.attribute.types");
    if ((code =
             each_piece(&config, weir_settings_get(&config.settings, "topics"), take_topic, err)) ||
        (*types && (code = each_piece(&config, types, take_type, err))) ||
        (code = read_targets(&config, err)) || (code = read_format(&config, err)) ||
        (code = read_params(&config, err)) || (code = check_others(&config, err)))
        goto done;
    read_numbers(&config);
    read_malformed(&config);
    *out = config;
    config = (sink_config){0};
done:
    sink_config_free(&config);
    return code;
}
