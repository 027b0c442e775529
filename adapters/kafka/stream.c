/* stream.c: see stream.h.
 *
 * One thread polls, scores and produces:
 *
 *     poll -> pending (at most record.poll.max, at most schedule.ms old) -> score -> produce -> commit
 *
 * This file is the life of a stream: its clients, the loop, the end. What is pending and what happens when partitions
 * come and go is in stream_pending.c, reading and scoring in stream_score.c, the rows that come out in stream_shape.c
 * and stream_produce.c, transactions and offsets in stream_commit.c.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "weir/stream.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "health.h"
#include "registry_settings.h"
#include "steady.h"
#include "stream_inside.h"
#include "weir/log.h"
#include "weir/memory.h"

/* After a commit the brokers refuse the next transaction's offsets until they have marked the end of the one before, some
 * milliseconds: librdkafka's 100 ms before it asks again would be seen in every short transaction. */
#define EXACT_RETRY_MS "10"

enum { BROKER_MS = 1000, FIGURED_MS = 1000, RATE_TOLD_MS = 60000 };

static bool stopping(void *context)
{
    const weir_stream *stream = context;

    return atomic_load(&stream->stop);
}

const weir_key *weir_stream_keys(void)
{
    return stream_keys;
}

weir_code weir_stream_open(const weir_stream_options *options, weir_stream **out, weir_error *err)
{
    weir_stream *stream = weir_calloc(1, sizeof *stream);
    weir_code code = WEIR_OK;

    if (!stream)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for a stream");
    pthread_mutex_init(&stream->lock, NULL);
    atomic_init(&stream->stop, false);
    stream->codecs = options->codecs;
    stream->remote_calls = options->remote;
    stream->registry_calls = options->registries;
    if ((code = stream_config_read(options->settings, &stream->config, err)))
        goto done;
    stream->there = stream->config.rest;
    if (!(stream->rows = weir_calloc(stream->config.poll_max, sizeof *stream->rows))) {
        code = weir_fail(err, WEIR_NO_MEMORY, "no room for %zu rows", stream->config.poll_max);
        goto done;
    }
    *out = stream;
    stream = NULL;
done:
    weir_stream_close(stream);
    return code;
}

void weir_stream_end(weir_stream *stream)
{
    atomic_store(&stream->stop, true);
}

void weir_stream_close(weir_stream *stream)
{
    if (!stream)
        return;
    weir_free(stream->pending);
    weir_free(stream->rows);
    stream_config_free(&stream->config);
    pthread_mutex_destroy(&stream->lock);
    weir_free(stream);
}

weir_stream_figures weir_stream_figures_of(weir_stream *stream)
{
    weir_stream_figures figures;

    pthread_mutex_lock(&stream->lock);
    figures = stream->figures;
    pthread_mutex_unlock(&stream->lock);
    return figures;
}

const char *weir_stream_name(const weir_stream *stream)
{
    return stream->config.app_id;
}

const char *weir_stream_metrics(const weir_stream *stream)
{
    return stream->config.metrics;
}

/* --- start */

/* Only once the topic is there: a producer's handle asks for its topic, and brokers that make what is asked for would
 * make it with a number of partitions of their own. */
static weir_code open_sink(weir_stream *stream, weir_error *err)
{
    if (!stream->sink &&
        !(stream->sink = rd_kafka_topic_new(stream->producer, stream->config.sink, NULL)))
        return kafka_fail(rd_kafka_last_error(), stream->config.sink, err);
    return WEIR_OK;
}

weir_code stream_producer_open(weir_stream *stream, weir_error *err)
{
    const stream_config *config = &stream->config;
    rd_kafka_conf_t *conf = NULL;
    char timeout[24];
    weir_code code = kafka_conf(config->bootstrap, config->client_id, &conf, err);

    if (code)
        return code;
    snprintf(timeout, sizeof timeout, "%" PRId64, config->transaction_timeout_ms);
    rd_kafka_conf_set_opaque(conf, stream);
    rd_kafka_conf_set_dr_msg_cb(conf, stream_delivered);
    if ((code = kafka_conf_put(conf, "linger.ms", "5", err)) ||
        (code = kafka_conf_put(conf, "delivery.report.only.error", "true", err)) ||
        (stream->exact && (code = kafka_conf_put(conf, "retry.backoff.ms", EXACT_RETRY_MS, err))) ||
        (stream->exact ? (code = kafka_conf_put(conf, "transaction.timeout.ms", timeout, err))
                       : (code = kafka_conf_put(conf, "message.timeout.ms", "0", err))) ||
        (code = stream_config_pass(config, conf, err)) ||
        (code = kafka_conf_put(conf, "enable.idempotence", "true", err)) ||
        (stream->exact &&
         (code = kafka_conf_put(conf, "transactional.id", config->transactional_id, err)))) {
        rd_kafka_conf_destroy(conf);
        return code;
    }
    if ((code = kafka_client(RD_KAFKA_PRODUCER, conf, &stream->producer, err)))
        return code;
    return stream->sink_partitions ? open_sink(stream, err) : WEIR_OK;
}

void stream_producer_close(weir_stream *stream)
{
    if (stream->sink)
        rd_kafka_topic_destroy(stream->sink);
    if (stream->producer) {
        /* What still waits to be sent belongs to nothing that was committed. */
        rd_kafka_purge(stream->producer, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
        rd_kafka_flush(stream->producer, 0);
        rd_kafka_destroy(stream->producer);
    }
    stream->sink = NULL;
    stream->producer = NULL;
    stream->open = false;
}

static weir_code open_consumer(weir_stream *stream, weir_error *err)
{
    const stream_config *config = &stream->config;
    rd_kafka_conf_t *conf = NULL;
    rd_kafka_topic_partition_list_t *topics = NULL;
    rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
    weir_code code = kafka_conf(config->bootstrap, config->client_id, &conf, err);

    if (code)
        return code;
    rd_kafka_conf_set_opaque(conf, stream);
    rd_kafka_conf_set_rebalance_cb(conf, stream_rebalanced);
    if ((code = kafka_conf_put(conf, "auto.offset.reset", "earliest", err)) ||
        (code = kafka_conf_put(conf, "session.timeout.ms", "6000", err)) ||
        (code = kafka_conf_put(conf, "fetch.wait.max.ms", "100", err)) ||
        (code = stream_config_pass(config, conf, err)) ||
        (code = kafka_conf_put(conf, "group.id", config->app_id, err)) ||
        (code = kafka_conf_put(conf, "enable.auto.commit", "false", err)) ||
        (code = kafka_conf_put(conf, "enable.auto.offset.store", "false", err)) ||
        /* Also makes a new owner of a partition wait for the end of a transaction that holds offsets of it. */
        (stream->exact &&
         (code = kafka_conf_put(conf, "isolation.level", "read_committed", err)))) {
        rd_kafka_conf_destroy(conf);
        return code;
    }
    if ((code = kafka_client(RD_KAFKA_CONSUMER, conf, &stream->consumer, err)))
        return code;
    rd_kafka_poll_set_consumer(stream->consumer);
    topics = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(topics, config->source, RD_KAFKA_PARTITION_UA);
    error = rd_kafka_subscribe(stream->consumer, topics);
    rd_kafka_topic_partition_list_destroy(topics);
    return error ? kafka_fail(error, config->source, err) : WEIR_OK;
}

/* Waits for the source topic and sees to the sink having as many partitions. */
static weir_code prepare_topics(weir_stream *stream, weir_error *err)
{
    while (!atomic_load(&stream->stop)) {
        int count = 0;
        weir_error why = {0};
        weir_code code =
            kafka_partitions(stream->producer, stream->config.source, BROKER_MS, &count, &why);

        if (!code && !count)
            code = weir_fail(&why, WEIR_UNAVAILABLE, "topic %s is not there yet",
                             stream->config.source);
        if (!code &&
            !(code = kafka_topic_ensure(stream->producer, stream->config.sink, count,
                                        &stream->sink_partitions, &why)) &&
            !(code = open_sink(stream, &why)))
            code = stream_guarantee(stream, &why);
        if (!code || !weir_code_retry(code)) {
            if (code && err)
                *err = why;
            return code;
        }
        stream_tell(stream, why.message);
        rd_kafka_poll(stream->producer, STREAM_RETRY_MS);
    }
    return WEIR_OK;
}

static weir_code start(weir_stream *stream, weir_error *err)
{
    const weir_remote_options options = {.url = stream->config.url,
                                         .cid = stream->config.user,
                                         .secret = stream->config.secret,
                                         .stop = stopping,
                                         .stop_context = stream};
    weir_code code = stream->remote_calls->open(&options, &stream->remote, err);

    stream->exact = stream->config.guarantee != STREAM_AT_LEAST_ONCE;
    if (code ||
        (code = registry_settings_open(stream->registry_calls, &stream->config.settings, "", NULL,
                                       &stream->registry, err)) ||
        (stream->config.evt && (code = weir_spot_new(&stream->config.spot, &stream->spot, err))) ||
        (code = stream_producer_open(stream, err)) || (code = prepare_topics(stream, err)) ||
        atomic_load(&stream->stop))
        return code;
    if (stream->told_ms)
        stream_go_on(stream);
    pthread_mutex_lock(&stream->lock);
    stream->figures.exactly_once = stream->exact;
    pthread_mutex_unlock(&stream->lock);
    return open_consumer(stream, err);
}

/* --- the loop */

/* Takes what has come, after waiting at most wait_ms for the first; full: nothing more fits. */
static weir_code poll_records(weir_stream *stream, int wait_ms, weir_error *err)
{
    const size_t most = stream->config.poll_max;
    rd_kafka_message_t *message = rd_kafka_consumer_poll(stream->consumer, wait_ms);
    weir_code code = WEIR_OK;

    while (message && !(code = stream_take(stream, message, err)) && !stream->rewind) {
        if (stream->pending_count >= most)
            break;
        message = rd_kafka_consumer_poll(stream->consumer, 0);
    }
    return code;
}

/* How long the next poll may wait: until something is due. */
static int poll_wait(const weir_stream *stream, int64_t now)
{
    int64_t wait = STREAM_IDLE_MS;
    int64_t scoring = stream->pending_since_ms + stream->config.schedule_ms - now;
    int64_t committing = stream->committed_ms + stream->config.exact_commit_ms - now;

    if (!stream->waiting && stream->pending_count && scoring < wait)
        wait = scoring;
    if (stream->open && committing < wait)
        wait = committing;
    return wait > 0 ? (int)wait : 0;
}

/* What ails the clients is told as long as it does; they try again by themselves. */
static void look_after(weir_stream *stream)
{
    char why[200];

    if (stream->waiting)
        return;
    if (kafka_ails(stream->consumer, why, sizeof why) ||
        kafka_ails(stream->producer, why, sizeof why)) {
        stream_tell(stream, why);
        stream->ailing = true;
    } else if (stream->ailing) {
        stream->ailing = false;
        stream_go_on(stream);
    }
}

/* Rate and lag for whoever asks, and now and then for the log. */
static void figure(weir_stream *stream, int64_t now)
{
    uint64_t lag = 0, scored = 0;
    size_t partitions = 0;
    bool told = now - stream->told_rate_ms >= RATE_TOLD_MS;

    if (now - stream->figured_ms < FIGURED_MS)
        return;
    look_after(stream);
    lag = stream_lag(stream);
    for (size_t p = 0; p < stream->partition_count; p++)
        partitions += stream->partitions[p].base >= 0;
    pthread_mutex_lock(&stream->lock);
    scored = stream->figures.scored;
    stream->figures.lag = lag;
    stream->figures.partitions = partitions;
    stream->figures.rows_per_second =
        (double)(scored - stream->figured_rows) * 1000 / (double)(now - stream->figured_ms);
    pthread_mutex_unlock(&stream->lock);
    if (told && scored != stream->told_rows) {
        weir_log(WEIR_LOG_INFO, "stream",
                 "%s: %" PRIu64 " rows scored, %.0f a second, lag %" PRIu64
                 ", model version %" PRIu64,
                 stream->config.app_id, scored,
                 (double)(scored - stream->told_rows) * 1000 / (double)(now - stream->told_rate_ms),
                 lag, stream->scores.version);
        stream->told_rows = scored;
    }
    if (told)
        stream->told_rate_ms = now;
    stream->figured_ms = now;
    stream->figured_rows = scored;
}

static weir_code round_of(weir_stream *stream, weir_error *err)
{
    int64_t now = steady_ms();
    bool full = stream->pending_count >= stream->config.poll_max;
    bool due =
        stream->pending_count && now - stream->pending_since_ms >= stream->config.schedule_ms;
    weir_code code = WEIR_OK;

    if (stream->rewind && (code = stream_rewind(stream, err)))
        return code;
    if (stream->waiting ? now >= stream->retry_ms : full || due)
        code = stream_score(stream, err);
    if (!code && stream_commit_due(stream, now))
        code = stream_commit(stream, err);
    if (code == WEIR_CANCELLED) /* given back: it comes again */
        code = WEIR_OK;
    /* While waiting nothing comes, but the group must hear that the consumer is there. */
    if (!code && (stream->waiting || stream->pending_count < stream->config.poll_max))
        code = poll_records(stream, poll_wait(stream, steady_ms()), err);
    rd_kafka_poll(stream->producer, 0);
    figure(stream, now);
    if (!code && stream->broken.code) {
        if (err)
            *err = stream->broken;
        code = stream->broken.code;
    }
    return code ? code : stream_check_deliveries(stream, err);
}

static void shut(weir_stream *stream)
{
    if (stream->consumer) { /* what was produced is committed as partitions are given up */
        weir_error why = {0};
        weir_code code = stream_commit(stream, &why);

        if (code && code != WEIR_CANCELLED)
            weir_log(WEIR_LOG_ERROR, "stream", "%s: %s", stream->config.app_id, why.message);
        stream_pending_drop(stream);
        kafka_consumer_end(stream->consumer);
    }
    stream_producer_close(stream);
    value_reader_close(stream->reader);
    stream->registry_calls->close(stream->registry);
    stream->remote_calls->close(stream->remote);
    weir_model_free(stream->model);
    weir_scores_free(&stream->local);
    weir_remote_scores_free(&stream->scores);
    weir_contributions_free(&stream->contributions);
    weir_spot_free(stream->spot);
    weir_batch_free(stream->batch);
    weir_bytes_free(&stream->body);
    weir_bytes_free(&stream->value);
    weir_free(stream->partitions);
    stream->partitions = NULL;
    stream->partition_count = 0;
    stream->consumer = NULL;
    stream->reader = NULL;
    stream->registry = NULL;
    stream->remote = NULL;
    stream->model = NULL;
    stream->spot = NULL;
    stream->batch = NULL;
}

weir_code weir_stream_run(weir_stream *stream, weir_error *err)
{
    weir_code code = start(stream, err);

    stream->committed_ms = stream->figured_ms = stream->told_rate_ms = steady_ms();
    while (!code && !atomic_load(&stream->stop))
        code = round_of(stream, err);
    shut(stream);
    return code;
}
