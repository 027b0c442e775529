/* stream_produce.c: scored rows into the sink: the key, headers and time of the row, on the partition of the same number.
 *
 * Rows leave in the order of arrival and the producer is idempotent, so the order within a partition is kept. A full
 * queue of the producer (queue.buffering.max.*) is waited for; nothing more is read meanwhile, which bounds memory.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "stream_inside.h"

enum { FULL_MS = 50 };

void stream_delivered(rd_kafka_t *client, const rd_kafka_message_t *message, void *opaque)
{
    weir_stream *stream = opaque;

    (void)client;
    if (message->err && message->err != RD_KAFKA_RESP_ERR__PURGE_QUEUE &&
        message->err != RD_KAFKA_RESP_ERR__PURGE_INFLIGHT) {
        stream->delivery_failures++;
        stream->delivery_error = message->err;
    }
}

weir_code stream_check_deliveries(weir_stream *stream, weir_error *err)
{
    if (!stream->delivery_failures ||
        stream->exact) /* a transaction tells it when it is committed */
        return WEIR_OK;
    return weir_fail(err, WEIR_CONFLICT, "%llu scored rows were not delivered to %s: %s",
                     (unsigned long long)stream->delivery_failures, stream->config.sink,
                     rd_kafka_err2str(stream->delivery_error));
}

static rd_kafka_resp_err_t send_row(weir_stream *stream, const rd_kafka_message_t *message)
{
    rd_kafka_timestamp_type_t kind = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
    int64_t timestamp = rd_kafka_message_timestamp(message, &kind);
    rd_kafka_headers_t *given = NULL, *headers = NULL;
    rd_kafka_vu_t parts[] = {
        {.vtype = RD_KAFKA_VTYPE_RKT, .u.rkt = stream->sink},
        {.vtype = RD_KAFKA_VTYPE_PARTITION, .u.i32 = message->partition % stream->sink_partitions},
        {.vtype = RD_KAFKA_VTYPE_KEY, .u.mem = {message->key, message->key_len}},
        {.vtype = RD_KAFKA_VTYPE_VALUE, .u.mem = {stream->value.data, stream->value.size}},
        {.vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY},
        {.vtype = RD_KAFKA_VTYPE_TIMESTAMP,
         .u.i64 = kind == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE ? 0 : timestamp},
        {.vtype = RD_KAFKA_VTYPE_HEADERS},
    };
    size_t count = sizeof parts / sizeof *parts - 1;
    rd_kafka_error_t *error = NULL;
    rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;

    if (!rd_kafka_message_headers(message, &given) && (headers = rd_kafka_headers_copy(given)))
        parts[count++].u.headers = headers;
    if (!(error = rd_kafka_produceva(stream->producer, parts, count)))
        return RD_KAFKA_RESP_ERR_NO_ERROR; /* which took the headers */
    code = rd_kafka_error_code(error);
    rd_kafka_error_destroy(error);
    if (headers)
        rd_kafka_headers_destroy(headers);
    return code;
}

/* A row that the producer does not take. */
static weir_code refused(weir_stream *stream, rd_kafka_resp_err_t error, weir_error *err)
{
    bool fatal = error == RD_KAFKA_RESP_ERR__FATAL || error == RD_KAFKA_RESP_ERR__FENCED;

    /* A transaction that must be aborted takes nothing more, nor does a producer that was fenced. */
    if (stream->exact && (fatal || error == RD_KAFKA_RESP_ERR__STATE))
        return stream_abort(stream, fatal, rd_kafka_err2str(error), err);
    return weir_fail(err, WEIR_CONFLICT, "topic %s: %s", stream->config.sink,
                     rd_kafka_err2str(error));
}

static weir_code produce(weir_stream *stream, const rd_kafka_message_t *message, weir_error *err)
{
    for (int tries = 0;; tries++) {
        rd_kafka_resp_err_t error = send_row(stream, message);
        weir_code code = WEIR_OK;

        if (!error)
            return WEIR_OK;
        if (error != RD_KAFKA_RESP_ERR__QUEUE_FULL)
            return refused(stream, error, err);
        if (atomic_load(&stream->stop))
            return weir_fail(err, WEIR_UNAVAILABLE, "topic %s: %s", stream->config.sink,
                             rd_kafka_err2str(error));
        if (tries * FULL_MS >= STREAM_TOLD_MS)
            stream_tell(stream, "the brokers take no more scored rows at the moment");
        rd_kafka_poll(stream->producer, FULL_MS);
        if ((code = stream_check_deliveries(stream, err)))
            return code;
    }
}

weir_code stream_produce_batch(weir_stream *stream, value_plan *plan, stream_shape *shape,
                               weir_error *err)
{
    weir_code code = stream_begin(stream, err);

    for (size_t r = 0; !code && r < stream->batch->rows; r++) {
        const rd_kafka_message_t *message = stream->pending[stream->rows[r]];

        if (!(code = stream_write_row(stream, plan, shape, r, err)))
            code = produce(stream, message, err);
    }
    if (!code)
        stream->open_rows += stream->batch->rows;
    else if (stream->open) {
        /* Some rows of the batch are in the transaction, and no offset will be behind them. */
        const weir_error why = err ? *err : (weir_error){0};

        stream_abort(stream, false, why.message, NULL);
    }
    return code;
}
