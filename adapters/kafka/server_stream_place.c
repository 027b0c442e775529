/* server_stream_place.c: where a stream reads: what the project says of its positions, and the brokers of the topic.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>

#include "client.h"
#include "health.h"
#include "server_stream.h"
#include "weir/memory.h"

enum {
    BEYOND_MOST = 3, /* times that a topic is seen to end below the position until it is believed */
};

void server_stream_unplace(server_stream *s)
{
    rd_kafka_assign(s->consumer, NULL);
    lanes_close(s->lanes);
    s->lanes = NULL;
}

/* The brokers' refusals, too, are waited for: whoever keeps the cluster can mend them. */
static weir_code unavailable(weir_error *err)
{
    if (err->code == WEIR_INVALID)
        err->code = WEIR_UNAVAILABLE;
    return err->code;
}

static weir_code name_source(server_stream *s, weir_error *err)
{
    const struct rd_kafka_metadata *metadata = NULL;
    char cluster[200] = "", ails[200] = "";
    rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;

    if (*s->id)
        return WEIR_OK;
    if ((error = rd_kafka_metadata(s->consumer, 0, NULL, &metadata, SERVER_STREAM_ASK_MS))) {
        bool told = kafka_ails(s->consumer, ails, sizeof ails);

        return weir_fail(err, WEIR_UNAVAILABLE, "brokers %.80s do not answer: %s",
                         s->settings.bootstrap, told ? ails : rd_kafka_err2str(error));
    }
    rd_kafka_metadata_destroy(metadata);
    kafka_is_well(s->consumer);
    kafka_cluster_id(s->consumer, cluster, sizeof cluster);
    weir_stream_source(s->stream, cluster, s->id);
    return WEIR_OK;
}

/* Which partitions there are and are wanted. What is known of those taken before stays. */
static weir_code find_shares(server_stream *s, weir_error *err)
{
    const stream_settings *settings = &s->settings;
    size_t wanted = settings->partition_count;
    stream_share *shares = NULL;
    int count = 0;

    if (kafka_partitions(s->consumer, settings->topic, SERVER_STREAM_ASK_MS, &count, err))
        return unavailable(err);
    if (!count)
        return weir_fail(err, WEIR_UNAVAILABLE, "there is no topic %.120s", settings->topic);
    if (wanted && settings->partitions[wanted - 1] >= count)
        return weir_fail(err, WEIR_UNAVAILABLE,
                         "topic %.120s has %d partitions, and no partition %d", settings->topic,
                         count, (int)settings->partitions[wanted - 1]);
    s->topic_partitions = count;
    wanted = wanted ? wanted : (size_t)count;
    if (!(shares = weir_calloc(wanted, sizeof *shares)))
        return weir_fail(err, WEIR_NO_MEMORY, "no room for %zu partitions", wanted);
    for (size_t i = 0; i < wanted; i++) {
        shares[i].partition = settings->partition_count ? settings->partitions[i] : (int32_t)i;
        for (size_t k = 0; k < s->share_count; k++)
            if (s->shares[k].partition == shares[i].partition)
                shares[i].beyond = s->shares[k].beyond;
    }
    weir_free(s->shares);
    s->shares = shares;
    s->share_count = wanted;
    return WEIR_OK;
}

static weir_code anchor(server_stream *s, const stream_share *of, bool gap, weir_error *err)
{
    const weir_source source = {.id = s->id,
                                .topic = (char *)s->settings.topic,
                                .partition = of->partition,
                                .from = of->start,
                                .next = of->start,
                                .epoch = weir_stream_epoch(s->stream),
                                .reset = gap};

    return weir_stream_anchor(s->stream, &source, err);
}

/* The project stands at a position: whether the records from there on are what it expects. */
static weir_code check_position(server_stream *s, stream_share *of, int64_t at, int64_t low,
                                int64_t high, weir_error *err)
{
    const char *topic = s->settings.topic;
    char line[300];

    if (at > high && ++of->beyond < BEYOND_MOST)
        return weir_fail(err, WEIR_UNAVAILABLE,
                         "%.100s/%d ends at offset %lld, and the project has learned it up to %lld",
                         topic, (int)of->partition, (long long)high, (long long)at);
    if (at > high)
        return weir_fail(err, WEIR_CONFLICT,
                         "%.60s/%d ends at offset %lld, and the project has learned it up to %lld: "
                         "the topic was made anew; start the stream with fromBeginning=true to "
                         "learn it",
                         topic, (int)of->partition, (long long)high, (long long)at);
    of->beyond = 0;
    of->start = at;
    if (at >= low)
        return WEIR_OK;
    if (!s->reset)
        return weir_fail(err, WEIR_CONFLICT,
                         "%.60s/%d begins at offset %lld, and the project has learned it up to "
                         "%lld: the records between are gone; start the stream with reset=true to "
                         "go on without them",
                         topic, (int)of->partition, (long long)low, (long long)at);
    of->start = low;
    snprintf(line, sizeof line,
             "%.100s/%d goes on at offset %lld: the %lld records before are gone", topic,
             (int)of->partition, (long long)low, (long long)(low - at));
    weir_stream_error(s->stream, line);
    return anchor(s, of, true, err);
}

/* Where each share begins. A source that the project has never seen begins where auto.offset.reset says; of one that it
 * has, a partition without a position was added to the topic, or is read again from the beginning. */
static weir_code find_starts(server_stream *s, weir_error *err)
{
    bool seen = weir_stream_epoch(s->stream) > 0, at_end = false;
    int64_t at = -1;
    weir_code code = WEIR_OK;

    for (size_t i = 0; !code && i < s->share_count; i++) {
        code = weir_stream_position(s->stream, s->id, s->settings.topic, s->shares[i].partition,
                                    &at, err);
        seen = seen || (!code && at >= 0);
    }
    for (size_t i = 0; !code && i < s->share_count && !server_stream_stopping(s); i++) {
        stream_share *of = &s->shares[i];
        int64_t low = 0, high = 0;
        rd_kafka_resp_err_t error = rd_kafka_query_watermark_offsets(
            s->consumer, s->settings.topic, of->partition, &low, &high, SERVER_STREAM_ASK_MS);

        if (error)
            return weir_fail(err, WEIR_UNAVAILABLE, "%.100s/%d: %s", s->settings.topic,
                             (int)of->partition, rd_kafka_err2str(error));
        if ((code = weir_stream_position(s->stream, s->id, s->settings.topic, of->partition, &at,
                                         err)))
            return code;
        if (at >= 0) {
            code = check_position(s, of, at, low, high, err);
        } else {
            of->start = !seen && s->settings.latest ? high : low;
            at_end = at_end || (!seen && s->settings.latest);
            code = anchor(s, of, false, err);
        }
        weir_stream_stands(s->stream, of->partition, of->start, high);
    }
    /* Where the end was nobody can tell later. */
    return code || !at_end ? code : weir_stream_save(s->stream, err);
}

weir_code server_stream_place(server_stream *s, weir_error *err)
{
    rd_kafka_topic_partition_list_t *list = NULL;
    rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
    weir_code code = WEIR_OK;

    server_stream_unplace(s);
    if ((code = weir_stream_ready(s->stream, err)) || (code = name_source(s, err)) ||
        (code = find_shares(s, err)) || (code = find_starts(s, err)) || server_stream_stopping(s))
        return code;
    list = rd_kafka_topic_partition_list_new((int)s->share_count);
    for (size_t i = 0; i < s->share_count; i++)
        rd_kafka_topic_partition_list_add(list, s->settings.topic, s->shares[i].partition)->offset =
            s->shares[i].start;
    error = rd_kafka_assign(s->consumer, list);
    rd_kafka_topic_partition_list_destroy(list);
    s->reset = false;
    return error ? kafka_fail(error, s->settings.topic, err) : WEIR_OK;
}
