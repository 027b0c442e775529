/* stream_pending.c: records that were taken from the source and are not done with, and where each partition stands.
 *
 * Rows that cannot be scored yet (no model, no server) stay in pending; the partitions are paused so that the consumer
 * can be polled, and stay in its group, without taking more. A partition is given away only after what was produced of
 * it is committed; what is still pending is left to its next owner, since its offset was not committed.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>
#include <string.h>

#include "steady.h"
#include "stream_inside.h"
#include "weir/log.h"
#include "weir/memory.h"

/* --- waiting */

static void hold(weir_stream *stream, bool holding)
{
    rd_kafka_topic_partition_list_t *partitions = NULL;

    if (rd_kafka_assignment(stream->consumer, &partitions))
        return;
    if (holding)
        rd_kafka_pause_partitions(stream->consumer, partitions);
    else
        rd_kafka_resume_partitions(stream->consumer, partitions);
    rd_kafka_topic_partition_list_destroy(partitions);
}

void stream_tell(weir_stream *stream, const char *why)
{
    int64_t now = steady_ms();

    if (!stream->told_ms || now - stream->told_ms >= STREAM_TOLD_MS) {
        weir_log(WEIR_LOG_WARN, "stream", "%s waits: %s", stream->config.app_id, why);
        stream->told_ms = now;
    }
    pthread_mutex_lock(&stream->lock);
    stream->figures.waiting = true;
    snprintf(stream->figures.reason, sizeof stream->figures.reason, "%s", why);
    pthread_mutex_unlock(&stream->lock);
}

void stream_wait(weir_stream *stream, const char *why)
{
    stream_tell(stream, why);
    if (!stream->waiting)
        hold(stream, true);
    stream->waiting = true;
    stream->retry_ms = steady_ms() + STREAM_RETRY_MS;
}

void stream_go_on(weir_stream *stream)
{
    if (stream->told_ms)
        weir_log(WEIR_LOG_INFO, "stream", "%s goes on", stream->config.app_id);
    stream->told_ms = 0;
    if (stream->waiting)
        hold(stream, false);
    stream->waiting = false;
    pthread_mutex_lock(&stream->lock);
    stream->figures.waiting = false;
    *stream->figures.reason = '\0';
    pthread_mutex_unlock(&stream->lock);
}

/* --- records */

/* Also a partition that was added to the topic after the start. */
static weir_code know_partition(weir_stream *stream, int32_t partition, weir_error *err)
{
    size_t wanted = (size_t)partition + 1;
    stream_partition *partitions = NULL;

    if (wanted <= stream->partition_count)
        return WEIR_OK;
    if (!(partitions = weir_realloc_array(stream->partitions, wanted, sizeof *partitions)))
        return weir_fail(err, WEIR_NO_MEMORY, "no room for partition %d", (int)partition);
    for (size_t p = stream->partition_count; p < wanted; p++)
        partitions[p] = (stream_partition){-1, -1};
    stream->partitions = partitions;
    stream->partition_count = wanted;
    return WEIR_OK;
}

/* Beyond poll_max only what was on its way when the partitions were paused. */
static weir_code pending_room(weir_stream *stream, weir_error *err)
{
    size_t capacity = stream->pending_capacity ? 2 * stream->pending_capacity : 64;
    rd_kafka_message_t **pending = NULL;

    if (stream->pending_count < stream->pending_capacity)
        return WEIR_OK;
    if (!(pending = weir_realloc_array(stream->pending, capacity, sizeof(rd_kafka_message_t *))))
        return weir_fail(err, WEIR_NO_MEMORY, "no room for %zu rows", capacity);
    stream->pending = pending;
    stream->pending_capacity = capacity;
    return WEIR_OK;
}

weir_code stream_take(weir_stream *stream, rd_kafka_message_t *message, weir_error *err)
{
    weir_code code = WEIR_OK;

    if (!message->err) {
        if ((code = know_partition(stream, message->partition, err)) ||
            (code = pending_room(stream, err)))
            goto done;
        if (stream->partitions[message->partition].base < 0)
            stream->partitions[message->partition].base = message->offset;
        if (stream->rewind) /* it comes again */
            goto done;
        if (!stream->pending_count)
            stream->pending_since_ms = steady_ms();
        stream->pending[stream->pending_count++] = message;
        message = NULL; /* pending owns it */
    } else if (message->err == RD_KAFKA_RESP_ERR__FATAL ||
               message->err == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED ||
               message->err == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED) {
        code = weir_fail(err, WEIR_CONFLICT, "%s", rd_kafka_message_errstr(message));
    } else if (message->err != RD_KAFKA_RESP_ERR__PARTITION_EOF) {
        weir_log(WEIR_LOG_WARN, "stream", "%s: %s", stream->config.app_id,
                 rd_kafka_message_errstr(message));
    }
done:
    if (message)
        rd_kafka_message_destroy(message);
    return code;
}

void stream_pending_shift(weir_stream *stream, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        rd_kafka_message_t *message = stream->pending[i];

        stream->partitions[message->partition].next = message->offset + 1;
        rd_kafka_message_destroy(message);
    }
    memmove(stream->pending, stream->pending + n,
            (stream->pending_count - n) * sizeof(rd_kafka_message_t *));
    stream->pending_count -= n;
}

void stream_pending_drop(weir_stream *stream)
{
    for (size_t i = 0; i < stream->pending_count; i++)
        rd_kafka_message_destroy(stream->pending[i]);
    stream->pending_count = 0;
    for (size_t p = 0; p < stream->partition_count; p++)
        stream->partitions[p].next = -1;
}

uint64_t stream_lag(weir_stream *stream)
{
    uint64_t lag = 0;

    for (size_t p = 0; p < stream->partition_count; p++) {
        const stream_partition *at = &stream->partitions[p];
        int64_t done = at->next >= 0 ? at->next : at->base, low = -1, high = -1;

        /* What the last fetch told: no call to the brokers. */
        if (done >= 0 &&
            !rd_kafka_get_watermark_offsets(stream->consumer, stream->config.source, (int32_t)p,
                                            &low, &high) &&
            high > done)
            lag += (uint64_t)(high - done);
    }
    return lag;
}

/* --- partitions come and go */

static void forget_partitions(weir_stream *stream,
                              const rd_kafka_topic_partition_list_t *partitions)
{
    size_t kept = 0;

    for (int i = 0; i < partitions->cnt; i++) {
        size_t p = (size_t)partitions->elems[i].partition;

        if (p < stream->partition_count)
            stream->partitions[p] = (stream_partition){-1, -1};
    }
    for (size_t i = 0; i < stream->pending_count; i++) {
        rd_kafka_message_t *message = stream->pending[i];

        if (stream->partitions[message->partition].base < 0)
            rd_kafka_message_destroy(message);
        else
            stream->pending[kept++] = message;
    }
    stream->pending_count = kept;
}

/* What was produced is committed while the partitions are still this consumer's. Of those it has lost already another
 * may have begun: what is not committed is given back. */
static void give_up(weir_stream *stream, rd_kafka_t *consumer,
                    const rd_kafka_topic_partition_list_t *partitions)
{
    weir_error why = {0};
    weir_code code = WEIR_OK;

    if (!rd_kafka_assignment_lost(consumer))
        code = stream_commit(stream, &why);
    else if (stream->open)
        code = stream_abort(stream, false, "the partitions were lost to another consumer", &why);
    if (code && code != WEIR_CANCELLED)
        stream->broken = why;
    forget_partitions(stream, partitions);
}

void stream_rebalanced(rd_kafka_t *consumer, rd_kafka_resp_err_t event,
                       rd_kafka_topic_partition_list_t *partitions, void *opaque)
{
    weir_stream *stream = opaque;
    const char *protocol = rd_kafka_rebalance_protocol(consumer);
    bool cooperative = protocol && !strcmp(protocol, "COOPERATIVE");
    bool coming = event == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
    rd_kafka_error_t *error = NULL;

    if (!coming)
        give_up(stream, consumer, partitions);
    if (cooperative)
        error = coming ? rd_kafka_incremental_assign(consumer, partitions)
                       : rd_kafka_incremental_unassign(consumer, partitions);
    else
        rd_kafka_assign(consumer, coming ? partitions : NULL);
    if (error)
        rd_kafka_error_destroy(error);
    if (coming && stream->waiting)
        rd_kafka_pause_partitions(consumer, partitions);
}
