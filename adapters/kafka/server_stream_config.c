/* server_stream_config.c: see server_stream_config.h.
 *
 * A key is one of the table, one of a node group, or one of the Kafka client: behind "sml.kafka." or, since nobody else
 * has such names, bare. Of the client's settings the stream does some itself, by keys of the same names in the table:
 * given behind the prefix they mean those. What is left is a mistake, and named.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "server_stream_config.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "client_settings.h"
#include "node_group.h"
#include "registry_settings.h"
#include "weir/memory.h"

#define CLIENT_PREFIX "sml.kafka."

enum { SLIP = 3 }; /* letters by which a name may miss the one that was meant */

static const char *const reset_words[] = {"earliest", "latest", NULL};
static const char *const format_words[] = {"avro", "json", "csv", NULL};
static const char *const malformed_words[] = {"ignore", "warn", "fail", NULL};
static const char *const change_words[] = {"0", "1", "false", "true", NULL};

static const weir_key stream_keys[] = {
    {.name = "bootstrap.servers",
     .required = true,
     .help = "brokers, HOST:PORT separated by commas"},
    {.name = "kafka.topic", .required = true, .help = "topic"},
    {.name = "kafka.partitions",
     .help = "numbers of the partitions to take, separated by commas; all, and those that are "
             "added later, when not given"},
    {.name = "data.format",
     .kind = WEIR_KEY_WORD,
     .fallback = "avro",
     .words = format_words,
     .help = "what values are: avro (with the registry's frame), json, plain or in Kafka "
             "Connect's envelope, or csv: one row each, with the columns of attributeNames"},
    {.name = "csv_entry_separator",
     .fallback = ",",
     .help = "of CSV: one ASCII character; \\t or tab for a tab"},
    {.name = "csv_quote_character",
     .fallback = "\"",
     .help = "of CSV: one ASCII character, doubled inside quotes"},
    {.name = "csv_strict_quotes",
     .fallback = "false",
     .help = "of CSV: a quote opens and closes anywhere, and what stands outside of quotes is "
             "dropped"},
    {.name = "csv_header_missing",
     .fallback = "false",
     .help = "of CSV: true takes a record that is just the names of the columns as a row, too, "
             "which is otherwise a record that cannot be read"},
    REGISTRY_KEYS(""),
    {.name = "auto.offset.reset",
     .kind = WEIR_KEY_WORD,
     .fallback = "earliest",
     .words = reset_words,
     .help = "where a stream begins that the project has no position of"},
    {.name = "kafka_stream_time_between_persist",
     .kind = WEIR_KEY_INTEGER,
     .fallback = "300",
     .least = -1,
     .greatest = 1e9,
     .help = "seconds between snapshots of the project; -1: none but those when the stream or the "
             "server ends. Rows after the last one are read again after a crash"},
    {.name = "enable.auto.commit",
     .kind = WEIR_KEY_BOOLEAN,
     .fallback = "true",
     .help = "commit offsets of the group for tools that look at lag; where the stream reads on is "
             "the project's position"},
    {.name = "auto.commit.interval.ms",
     .kind = WEIR_KEY_INTEGER,
     .fallback = "1000",
     .least = 10,
     .greatest = 1e9,
     .help = "milliseconds between these commits"},
    {.name = "group.id",
     .help = "the group of these commits; when not given, weir.CUSTOMER.PROJECT.STREAM"},
    {.name = "attributeNames",
     .help = "attributes whose types are given, separated by commas or as a JSON list; others have "
             "those of their schema. Of CSV: all columns, in their order"},
    {.name = "attributeTypes",
     .help = "their types, in the same order and form: C B T L S X. Of CSV they may be left out: "
             "then the first values tell"},
    {.name = "behavior.on.malformed.documents",
     .kind = WEIR_KEY_WORD,
     .fallback = "warn",
     .words = malformed_words,
     .help = "a record that cannot be read is skipped and counted (ignore, warn: with a line in "
             "the error log) or ends the stream (fail)"},
    {.name = "sml.streams.error_on_df_change",
     .kind = WEIR_KEY_WORD,
     .words = change_words,
     .help = "1: a schema with other fields than the one before ends the stream; the server's "
             "option when not given"},
    {0},
};

const weir_key *weir_server_stream_keys(void)
{
    return stream_keys;
}

void stream_settings_free(stream_settings *settings)
{
    weir_settings_free(&settings->settings);
    weir_settings_free(&settings->client);
    weir_free(settings->partitions);
    for (size_t i = 0; i < settings->given_count; i++)
        weir_free(settings->given[i].name);
    weir_free(settings->given);
    weir_list_free((char **)(void *)settings->csv.names, settings->csv.name_count);
    *settings = (stream_settings){0};
}

/* --- lists: JSON, or separated by commas */

static weir_code add_text(char ***list, size_t *count, const char *text, size_t length,
                          weir_error *err)
{
    char **wider = weir_realloc_array(*list, *count + 1, sizeof *wider);

    if (wider)
        *list = wider;
    while (length && (*text == ' ' || *text == '\t'))
        text++, length--;
    while (length && (text[length - 1] == ' ' || text[length - 1] == '\t'))
        length--;
    if (!wider || !(wider[*count] = weir_strndup(text, length)))
        return weir_fail(err, WEIR_NO_MEMORY, "no room for a list");
    ++*count;
    return WEIR_OK;
}

static weir_code read_json_list(const char *name, const char *text, char ***list, size_t *count,
                                weir_error *err)
{
    json_t *root = json_loads(text, 0, NULL);
    weir_code code = WEIR_OK;

    if (!json_is_array(root))
        code = weir_fail(err, WEIR_INVALID, "%s is no JSON list", name);
    for (size_t i = 0; !code && i < json_array_size(root); i++) {
        const json_t *item = json_array_get(root, i);

        if (!json_is_string(item) || strlen(json_string_value(item)) != json_string_length(item))
            code = weir_fail(err, WEIR_INVALID, "%s: item %zu is no text", name, i);
        else
            code = add_text(list, count, json_string_value(item), json_string_length(item), err);
    }
    json_decref(root);
    return code;
}

static weir_code read_list(const weir_settings *settings, const char *name, char ***list,
                           size_t *count, weir_error *err)
{
    const char *text = weir_settings_get(settings, name);
    weir_code code = WEIR_OK;

    if (!text || !*text)
        return WEIR_OK;
    if (text[strspn(text, " \t")] == '[')
        return read_json_list(name, text, list, count, err);
    for (const char *at = text; !code && at;) {
        size_t length = strcspn(at, ",");

        code = add_text(list, count, at, length, err);
        at = at[length] ? at + length + 1 : NULL;
    }
    return code;
}

static int by_number(const void *a, const void *b)
{
    const int32_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

static weir_code read_partitions(stream_settings *out, weir_error *err)
{
    char **texts = NULL;
    size_t count = 0;
    weir_code code = read_list(&out->settings, "kafka.partitions", &texts, &count, err);

    if (!code && count && !(out->partitions = weir_calloc(count, sizeof *out->partitions)))
        code = weir_fail(err, WEIR_NO_MEMORY, "no room for %zu partitions", count);
    for (size_t i = 0; !code && i < count; i++) {
        char *end = NULL;
        long number = strtol(texts[i], &end, 10);

        if (end == texts[i] || *end || number < 0 || number > INT32_MAX)
            code = weir_fail(err, WEIR_INVALID,
                             "kafka.partitions: \"%.40s\" is no number of a partition", texts[i]);
        else
            out->partitions[out->partition_count++] = (int32_t)number;
    }
    weir_list_free(texts, count);
    if (code)
        return code;
    if (out->partition_count)
        qsort(out->partitions, out->partition_count, sizeof *out->partitions, by_number);
    for (size_t i = 1; i < out->partition_count; i++)
        if (out->partitions[i] == out->partitions[i - 1])
            return weir_fail(err, WEIR_INVALID, "kafka.partitions has %d twice",
                             (int)out->partitions[i]);
    return WEIR_OK;
}

/* The columns of CSV are all those that are named, whether or not their types are given. */
static weir_code read_csv(const weir_data_source *source, stream_settings *out, weir_error *err)
{
    char **names = NULL;
    size_t count = 0;
    weir_code code;

    if (out->format != VALUE_CSV)
        return WEIR_OK;
    code = read_list(&out->settings, "attributeNames", &names, &count, err);
    if (!code)
        code = weir_data_source_csv(source, &out->csv, err);
    if (code) {
        weir_list_free(names, count);
        return code;
    }
    out->csv.names = (const char *const *)names; /* the settings' now */
    out->csv.name_count = count;
    return WEIR_OK;
}

static weir_code read_types(stream_settings *out, weir_error *err)
{
    char **names = NULL, **types = NULL;
    size_t count = 0, type_count = 0;
    weir_code code;

    if ((code = read_list(&out->settings, "attributeNames", &names, &count, err)) ||
        (code = read_list(&out->settings, "attributeTypes", &types, &type_count, err)))
        goto done;
    if (out->format == VALUE_CSV && type_count == 0)
        goto done;
    if (count != type_count) {
        code = weir_fail(err, WEIR_INVALID, "attributeNames has %zu names and attributeTypes %zu",
                         count, type_count);
        goto done;
    }
    if (count && !(out->given = weir_calloc(count, sizeof *out->given))) {
        code = weir_fail(err, WEIR_NO_MEMORY, "no room for %zu types", count);
        goto done;
    }
    for (size_t i = 0; i < count; i++) {
        if (strlen(types[i]) != 1 || !strchr("CBTLSX", types[i][0])) {
            code = weir_fail(err, WEIR_INVALID,
                             "attributeTypes: \"%.20s\" of %.60s is none of C B T L S X", types[i],
                             names[i]);
            goto done;
        }
        out->given[out->given_count++] = (stream_given){names[i], (weir_type)types[i][0]};
        names[i] = NULL; /* the settings' now */
    }
done:
    weir_list_free(names, count);
    weir_list_free(types, type_count);
    return code;
}

/* --- sorting keys */

static bool for_client(const char *key)
{
    return !strncmp(key, CLIENT_PREFIX, strlen(CLIENT_PREFIX));
}

/* Whether a setting of the client is one that the stream does itself, as its key of that name says. */
static bool done_here(const char *name)
{
    static const char *const names[] = {"auto.offset.reset", "enable.auto.commit",
                                        "auto.commit.interval.ms", "group.id"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!strcmp(names[i], name))
            return true;
    return false;
}

/* Splits what is given into what this table knows and what is for the client. Prefixed names win over bare ones. */
static weir_code sort_keys(const weir_data_source *source, stream_settings *out, weir_error *err)
{
    weir_code code = WEIR_OK;

    for (size_t i = 0; !code && i < source->count; i++) {
        const char *key = source->keys[i], *value = source->values[i];

        if (node_group_key(key))
            out->node_group = true;
        else if (weir_key_find(stream_keys, key))
            code = weir_settings_put(&out->settings, key, value, err);
        else if (!for_client(key))
            code = weir_settings_put(&out->client, key, value, err);
    }
    for (size_t i = 0; !code && i < source->count; i++)
        if (for_client(source->keys[i])) {
            const char *name = source->keys[i] + strlen(CLIENT_PREFIX);

            code = weir_settings_put(done_here(name) ? &out->settings : &out->client, name,
                                     source->values[i], err);
        }
    return code;
}

/* What the stream decides itself, and what would have the server run the code or the command of whoever describes a
 * stream. */
static weir_code check_client(const stream_settings *settings, weir_error *err)
{
    static const char *const ours[] = {"bootstrap.servers", "enable.auto.offset.store",
                                       "enable.partition.eof"};
    static const char *const code_of_others[] = {"plugin.library.paths", "ssl.engine.location",
                                                 "sasl.kerberos.kinit.cmd"};
    const char *culprit = NULL, *nearest = NULL;
    weir_error why = {0};
    weir_code code = WEIR_OK;

    for (size_t i = 0; i < sizeof code_of_others / sizeof *code_of_others; i++)
        if (weir_settings_get(&settings->client, code_of_others[i]))
            return weir_fail(err, WEIR_INVALID,
                             "%s is not passed on: it would run code inside the server",
                             code_of_others[i]);
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
        if (weir_settings_get(&settings->client, ours[i]))
            return weir_fail(err, WEIR_INVALID,
                             "%s is not passed on: the stream decides it by its own settings",
                             ours[i]);
    if (!(code = client_settings_check(&settings->client, &culprit, &why)))
        return WEIR_OK;
    nearest = culprit ? weir_key_nearest(stream_keys, culprit)->name : NULL;
    if (nearest && weir_edit_distance(culprit, nearest) <= SLIP)
        return weir_fail(err, code, "%.150s; did you mean %s?", why.message, nearest);
    return weir_fail(err, code, "%s", why.message);
}

static weir_code check_given(const stream_settings *out, bool look, weir_error *err)
{
    const char *group = weir_settings_get(&out->settings, "group.id");
    weir_code code = WEIR_OK;

    if (!weir_settings_get(&out->settings, "bootstrap.servers"))
        return weir_fail(err, WEIR_INVALID, "bootstrap.servers is needed");
    if (!look && !weir_settings_get(&out->settings, "kafka.topic"))
        return weir_fail(err, WEIR_INVALID, "kafka.topic is needed");
    if (!look && (code = weir_settings_check(&out->settings, stream_keys, err)))
        return code;
    for (size_t i = 0; i < out->settings.count; i++) {
        const weir_named *pair = &out->settings.pairs[i];

        if ((code = weir_key_check(weir_key_find(stream_keys, pair->name), pair->name, pair->value,
                                   err)))
            return code;
    }
    if (group && !*group)
        return weir_fail(err, WEIR_INVALID, "group.id is empty; left out, one is made");
    if (!look && out->format == VALUE_AVRO &&
        !weir_settings_get(&out->settings, "schema.registry.url"))
        return weir_fail(
            err, WEIR_INVALID,
            "schema.registry.url is needed to read Avro; data.format=json and csv need none");
    return WEIR_OK;
}

weir_code stream_settings_read(const weir_data_source *source, bool look, stream_settings *out,
                               weir_error *err)
{
    stream_settings read = {0};
    const weir_settings *given = &read.settings;
    const char *word = NULL;
    int64_t seconds = 0;
    weir_code code = sort_keys(source, &read, err);

    if (code)
        goto done;
    word = weir_key_text(given, stream_keys, "data.format");
    read.format = !strcmp(word, "json")  ? VALUE_JSON
                  : !strcmp(word, "csv") ? VALUE_CSV
                                         : VALUE_AVRO;
    if ((code = check_given(&read, look, err)) || (code = read_partitions(&read, err)) ||
        (code = read_csv(source, &read, err)) || (code = read_types(&read, err)) ||
        (code = check_client(&read, err)) ||
        (code = registry_settings_check(given, "", &read.client, err)) ||
        (read.node_group && (code = node_group_check(source, err))))
        goto done;
    read.bootstrap = weir_settings_get(given, "bootstrap.servers");
    read.topic = weir_settings_get(given, "kafka.topic");
    seconds = weir_key_integer(given, stream_keys, "kafka_stream_time_between_persist");
    read.persist_ms = seconds < 0 ? -1 : seconds ? seconds * 1000 : 1000;
    read.commit = weir_key_boolean(given, stream_keys, "enable.auto.commit");
    read.commit_ms = weir_key_integer(given, stream_keys, "auto.commit.interval.ms");
    read.latest = !strcmp(weir_key_text(given, stream_keys, "auto.offset.reset"), "latest");
    word = weir_key_text(given, stream_keys, "behavior.on.malformed.documents");
    read.fail_on_malformed = !strcmp(word, "fail");
    read.quiet = !strcmp(word, "ignore");
    *out = read;
    read = (stream_settings){0}; /* the caller's now */
done:
    stream_settings_free(&read);
    return code;
}

weir_code stream_settings_conf(const stream_settings *settings, const char *client_id,
                               bool consumer, rd_kafka_conf_t **out, weir_error *err)
{
    static const char *const defaults[][2] = {
        {"isolation.level", "read_committed"},
        {"fetch.wait.max.ms", "100"},
        {"fetch.min.bytes", "100000"},
        {"queued.min.messages", "200000"},
        {"check.crcs", "false"},
        {"topic.metadata.refresh.interval.ms", "10000"},
    };
    weir_settings client = {0};
    rd_kafka_conf_t *conf = NULL;
    weir_code code = WEIR_OK;

    if ((code = kafka_conf(settings->bootstrap, client_id, &conf, err)))
        return code;
    for (size_t i = 0; consumer && !code && i < sizeof defaults / sizeof *defaults; i++)
        code = kafka_conf_set(conf, defaults[i][0], defaults[i][1], err);
    if (!code && consumer)
        code = client_settings_put(&settings->client, conf, err);
    else if (!code && !(code = client_settings_pick_security(&settings->client, &client, err)))
        code = client_settings_put(&client, conf, err);
    weir_settings_free(&client);
    if (code) {
        rd_kafka_conf_destroy(conf);
        return code;
    }
    *out = conf;
    return WEIR_OK;
}
