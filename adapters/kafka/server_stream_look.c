/* server_stream_look.c: what topics there are, and what the records of one look like.
 *
 * The consumer that looks belongs to no group that anybody uses and commits nothing.
 *
 * A preview reads records twice: JSON tells its fields one after the other, and a table has all of them in each row.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>
#include <string.h>

#include "client.h"
#include "health.h"
#include "registry_settings.h"
#include "server_stream.h"
#include "weir/memory.h"

enum { ASK_MS = 5000, POLL_MS = 200 };

weir_code stream_look_open(const stream_settings *settings, rd_kafka_t **out, weir_error *err)
{
    rd_kafka_conf_t *conf = NULL;
    weir_code code = stream_settings_conf(settings, "weir-look", true, &conf, err);

    if (code)
        return code;
    if ((code = kafka_conf_set(conf, "group.id", "weir-look", err)) ||
        (code = kafka_conf_set(conf, "enable.auto.commit", "false", err)) ||
        (code = kafka_conf_set(conf, "auto.offset.reset", "earliest", err)) ||
        (code = kafka_conf_set(conf, "enable.partition.eof", "true", err))) {
        rd_kafka_conf_destroy(conf);
        return code;
    }
    if ((code = kafka_client(RD_KAFKA_CONSUMER, conf, out, err)))
        return code;
    rd_kafka_poll_set_consumer(*out);
    return WEIR_OK;
}

/* The reason why brokers did not answer, where one is known. */
static weir_code no_answer(const stream_settings *settings, rd_kafka_t *consumer,
                           rd_kafka_resp_err_t error, weir_error *err)
{
    char ails[200] = "";
    bool told = kafka_ails(consumer, ails, sizeof ails);

    return weir_fail(err, WEIR_UNAVAILABLE, "brokers %.80s do not answer: %s", settings->bootstrap,
                     told ? ails : rd_kafka_err2str(error));
}

static weir_code list_topics(const struct rd_kafka_metadata *metadata, weir_listing *out,
                             weir_error *err)
{
    if (!(out->files = weir_calloc((size_t)metadata->topic_cnt + 1, sizeof *out->files)))
        return weir_fail(err, WEIR_NO_MEMORY, "no room for the list of topics");
    for (int i = 0; i < metadata->topic_cnt; i++) {
        const struct rd_kafka_metadata_topic *topic = &metadata->topics[i];
        char text[300];

        if (!strncmp(topic->topic, "__", 2)) /* Kafka's own */
            continue;
        snprintf(text, sizeof text, "%.260s:%d", topic->topic, topic->partition_cnt);
        if (!(out->files[out->file_count] = weir_strdup(text)))
            return weir_fail(err, WEIR_NO_MEMORY, "no room for the list of topics");
        out->file_count++;
    }
    return WEIR_OK;
}

weir_code stream_browse(void *context, const weir_data_source *source, weir_stop stop,
                        weir_listing *out, weir_error *err)
{
    stream_settings settings = {0};
    rd_kafka_t *consumer = NULL;
    const struct rd_kafka_metadata *metadata = NULL;
    weir_listing listing = {0};
    rd_kafka_resp_err_t error;
    weir_code code;

    (void)context;
    (void)stop;
    if ((code = stream_settings_read(source, true, &settings, err)) ||
        (code = stream_look_open(&settings, &consumer, err)))
        goto done;
    if ((error = rd_kafka_metadata(consumer, 1, NULL, &metadata, ASK_MS))) {
        code = no_answer(&settings, consumer, error, err);
        goto done;
    }
    if (!(code = list_topics(metadata, &listing, err))) {
        *out = listing;
        listing = (weir_listing){0}; /* the caller's now */
    }
done:
    if (metadata)
        rd_kafka_metadata_destroy(metadata);
    kafka_consumer_end(consumer);
    weir_listing_free(&listing);
    stream_settings_free(&settings);
    return code;
}

/* --- preview */

typedef struct {
    const weir_server_stream_options *options;
    stream_settings settings;
    weir_registry *registry;
    rd_kafka_t *consumer;
    rd_kafka_message_t **messages;
    size_t count, most;
    weir_stop stop;
    lanes *lanes;
    weir_error last; /* why a record could not be read */
    size_t unread;
} looking;

static bool stopped(const looking *look)
{
    return look->stop.asks && look->stop.asks(look->stop.context);
}

/* The rows of other fields are left out. */
static weir_code forget(void *owner, lane *l, bool leaving, weir_error *err)
{
    (void)owner;
    (void)leaving;
    (void)err;
    lane_sent(l);
    return WEIR_OK;
}

static weir_code unreadable(void *owner, lane *l, const rd_kafka_message_t *message,
                            const weir_error *why, weir_error *err)
{
    looking *look = owner;

    (void)l;
    (void)message;
    (void)err;
    look->last = *why;
    look->unread++;
    return WEIR_OK;
}

static bool never(void *owner, weir_code code, unsigned *tries, const weir_error *why)
{
    (void)owner;
    (void)code;
    (void)tries;
    (void)why;
    return false;
}

/* All partitions wanted, from their first record. */
static weir_code assign(looking *look, int *partitions, weir_error *err)
{
    const stream_settings *settings = &look->settings;
    rd_kafka_topic_partition_list_t *list = NULL;
    rd_kafka_resp_err_t error;
    const struct rd_kafka_metadata *metadata = NULL;
    int count = 0;
    weir_code code;

    if ((error = rd_kafka_metadata(look->consumer, 0, NULL, &metadata, ASK_MS)))
        return no_answer(settings, look->consumer, error, err);
    rd_kafka_metadata_destroy(metadata);
    if ((code = kafka_partitions(look->consumer, settings->topic, ASK_MS, &count, err)))
        return code;
    if (!count)
        return weir_fail(err, WEIR_INVALID, "there is no topic %.120s", settings->topic);
    list = rd_kafka_topic_partition_list_new(count);
    for (int p = 0; p < count; p++) {
        bool wanted = !settings->partition_count;

        for (size_t i = 0; i < settings->partition_count; i++)
            wanted = wanted || settings->partitions[i] == p;
        if (wanted)
            rd_kafka_topic_partition_list_add(list, settings->topic, p)->offset =
                RD_KAFKA_OFFSET_BEGINNING;
    }
    *partitions = list->cnt;
    error = rd_kafka_assign(look->consumer, list);
    rd_kafka_topic_partition_list_destroy(list);
    return error ? kafka_fail(error, settings->topic, err) : WEIR_OK;
}

/* The first records, until there are enough or all partitions have ended. */
static weir_code gather(looking *look, weir_error *err)
{
    int partitions = 0, ended = 0;
    weir_code code = assign(look, &partitions, err);

    while (!code && look->count < look->most && ended < partitions && !stopped(look)) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(look->consumer, POLL_MS);

        if (message && !message->err && message->payload) {
            look->messages[look->count++] = message;
            continue;
        }
        if (message && message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF)
            ended++;
        else if (message && message->err)
            code = weir_fail(err, WEIR_UNAVAILABLE, "%.200s", rd_kafka_message_errstr(message));
        if (message)
            rd_kafka_message_destroy(message);
    }
    return code;
}

/* The value of a record with its place replaced, so that records of all partitions fill one lane. */
static weir_code decode(looking *look, weir_error *err)
{
    weir_code code = WEIR_OK;

    for (size_t i = 0; !code && i < look->count; i++) {
        rd_kafka_message_t as_one = *look->messages[i];

        as_one.partition = 0;
        as_one.offset = (int64_t)i;
        code = lanes_take(look->lanes, &as_one, err);
    }
    return code;
}

static weir_code open_lane(looking *look, weir_error *err)
{
    value_format format = look->settings.format;
    weir_code code;

    if (format == VALUE_JSON && look->count &&
        value_enveloped(look->messages[0]->payload, look->messages[0]->len))
        format = VALUE_JSON_ENVELOPE;
    const lanes_options options = {.facility = "stream",
                                   .who = "preview",
                                   .codecs = look->options->codecs,
                                   .registries = look->options->registries,
                                   .registry = look->registry,
                                   .format = format,
                                   .csv = &look->settings.csv,
                                   .rows = look->most + 1,
                                   .types_named = "attributeTypes",
                                   .quiet = true,
                                   .owner = look,
                                   .flush = forget,
                                   .malformed = unreadable,
                                   .again = never};

    if ((code = lanes_open(&options, &look->lanes, err)))
        return code;
    for (size_t i = 0; !code && i < look->settings.given_count; i++)
        code = lanes_give(look->lanes, look->settings.given[i].name, look->settings.given[i].type,
                          err);
    return code ? code : lanes_add(look->lanes, look->settings.topic, 0, 0, NULL, err);
}

static weir_code read_rows(looking *look, weir_batch **out, weir_error *err)
{
    lane *l = NULL;
    weir_code code = open_lane(look, err);

    for (int pass = 0; !code && pass < 2; pass++) {
        lane_move(lanes_first(look->lanes), 0);
        look->unread = 0;
        code = decode(look, err);
    }
    if (code)
        return code;
    l = lanes_first(look->lanes);
    if (look->count && look->unread == look->count)
        return weir_fail(err, WEIR_INVALID, "%.60s: none of %zu records can be read: %.130s",
                         look->settings.topic, look->count, look->last.message);
    if (!l->batch)
        return weir_batch_new(1, out, err); /* an empty topic */
    *out = l->batch;
    l->batch = NULL; /* the caller's now */
    return WEIR_OK;
}

weir_code stream_preview(void *context, const weir_data_source *source, size_t rows, weir_stop stop,
                         weir_batch **out, weir_error *err)
{
    looking look = {.options = context, .most = rows, .stop = stop};
    weir_code code;

    if ((code = stream_settings_read(source, false, &look.settings, err)) ||
        (code = registry_settings_open(look.options->registries, &look.settings.settings, "",
                                       &look.settings.client, &look.registry, err)))
        goto done;
    if (!(look.messages = weir_calloc(rows, sizeof(rd_kafka_message_t *)))) {
        code = weir_fail(err, WEIR_NO_MEMORY, "no room for a preview of %zu rows", rows);
        goto done;
    }
    if ((code = stream_look_open(&look.settings, &look.consumer, err)) ||
        (code = gather(&look, err)))
        goto done;
    code = read_rows(&look, out, err);
done:
    for (size_t i = 0; look.messages && i < look.count; i++)
        rd_kafka_message_destroy(look.messages[i]);
    weir_free((void *)look.messages);
    kafka_consumer_end(look.consumer);
    lanes_close(look.lanes);
    if (look.registry)
        look.options->registries->close(look.registry);
    stream_settings_free(&look.settings);
    return code;
}
