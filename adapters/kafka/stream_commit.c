/* stream_commit.c: how rows that are in the sink come to be done with in the source.
 *
 * exactly_once: scored rows and the offsets of their rows are one transaction, which a read_committed reader sees
 * wholly or not at all:
 *
 *     begin -> produce ... produce -> offsets into the transaction, with the group's generation -> commit
 *
 * It is committed when it is commit.interval.ms old or holds sml.kstream.transaction.rows, and before partitions are
 * given away. The generation fences: a consumer that was thrown out of its group without knowing cannot commit (KIP-447),
 * so the transactional id need not follow the partitions. When anything fails the transaction is aborted, pending is
 * dropped, and the consumer goes back to the committed offsets: those rows are read and scored again, in order. After an
 * error that is fatal for the producer it is made anew under the same id, at which the brokers end whatever the old one
 * left open; only then is asked what is committed, so that a commit of unknown outcome is known again.
 *
 * at_least_once: the producer is idempotent; once all that was produced is delivered the offsets are committed. After a
 * crash some rows are scored twice.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>

#include "steady.h"
#include "stream_inside.h"
#include "weir/log.h"

enum { CALL_MS = 5000, FENCED_MOST = 5, LONGEST_PAUSE_MS = 5000, DELIVERY_MS = 30 };

typedef struct {
    rd_kafka_topic_partition_list_t *list;
    rd_kafka_consumer_group_metadata_t *group;
} offsets;

typedef rd_kafka_error_t *(*call)(weir_stream *stream, const offsets *of);

static rd_kafka_error_t *init_call(weir_stream *stream, const offsets *of)
{
    (void)of;
    return rd_kafka_init_transactions(stream->producer, CALL_MS);
}

static rd_kafka_error_t *offsets_call(weir_stream *stream, const offsets *of)
{
    return rd_kafka_send_offsets_to_transaction(stream->producer, of->list, of->group, CALL_MS);
}

/* Before it commits librdkafka looks each 10 ms whether all is delivered. Where that takes a millisecond, and readers
 * wait for the commit, this is most of the time it takes: so it is looked for here first, more often. */
static rd_kafka_error_t *commit_call(weir_stream *stream, const offsets *of)
{
    (void)of;
    for (int ms = 0; ms < DELIVERY_MS && rd_kafka_outq_len(stream->producer) > 0; ms++)
        rd_kafka_poll(stream->producer, 1);
    return rd_kafka_commit_transaction(stream->producer, CALL_MS);
}

static rd_kafka_error_t *abort_call(weir_stream *stream, const offsets *of)
{
    (void)of;
    return rd_kafka_abort_transaction(stream->producer, CALL_MS);
}

/* Calls until the brokers answer; each of these calls goes on where it was interrupted. Once the stream is to end they
 * get a last while. The consumer stays in its group meanwhile: heartbeats are sent by a thread of its own. */
static rd_kafka_error_t *patiently(weir_stream *stream, call make, const offsets *of)
{
    int64_t end = 0;

    for (;;) {
        rd_kafka_error_t *error = make(stream, of);

        if (!error || !rd_kafka_error_is_retriable(error))
            return error;
        if (atomic_load(&stream->stop)) {
            end = end ? end : steady_ms() + STREAM_PATIENCE_MS;
            if (steady_ms() >= end)
                return error;
        }
        stream_tell(stream, rd_kafka_error_string(error));
        rd_kafka_error_destroy(error);
        rd_kafka_poll(stream->producer, STREAM_RETRY_MS);
    }
}

/* --- giving back */

static void pause_after_abort(weir_stream *stream)
{
    int64_t ms = (int64_t)stream->aborted_in_row * STREAM_RETRY_MS;
    int64_t end = steady_ms() + (ms < LONGEST_PAUSE_MS ? ms : LONGEST_PAUSE_MS);

    while (!atomic_load(&stream->stop) && steady_ms() < end)
        rd_kafka_poll(stream->producer, STREAM_IDLE_MS);
}

/* A producer after a fatal error. */
static weir_code renew_producer(weir_stream *stream, const char *why, weir_error *err)
{
    rd_kafka_error_t *error = NULL;
    weir_code code = WEIR_OK;

    if (atomic_load(&stream->stop))
        return WEIR_OK;
    if (++stream->fenced > FENCED_MOST)
        return weir_fail(err, WEIR_CONFLICT,
                         "the producer failed %d times without a commit between; does another "
                         "instance run as %s? %.100s",
                         (int)FENCED_MOST, stream->config.transactional_id, why);
    stream_producer_close(stream);
    if ((code = stream_producer_open(stream, err)))
        return code;
    if ((error = patiently(stream, init_call, NULL))) {
        if (!atomic_load(&stream->stop))
            code = weir_fail(err, WEIR_CONFLICT, "transactions as %s: %s",
                             stream->config.transactional_id, rd_kafka_error_string(error));
        rd_kafka_error_destroy(error);
    }
    return code;
}

weir_code stream_abort(weir_stream *stream, bool fatal, const char *why, weir_error *err)
{
    char told[200];
    weir_code code = WEIR_OK;

    snprintf(told, sizeof told, "%s", why);
    weir_log(WEIR_LOG_WARN, "stream", "%s gives back a transaction of %zu rows: %s",
             stream->config.app_id, stream->open_rows, told);
    if (!fatal && stream->open) {
        rd_kafka_error_t *error = patiently(stream, abort_call, NULL);

        fatal = error != NULL;
        if (error)
            rd_kafka_error_destroy(error);
    }
    stream->open = false;
    stream_pending_drop(stream);
    stream->rewind = true;
    stream->delivery_failures = 0;
    stream->aborted_in_row++;
    pthread_mutex_lock(&stream->lock);
    stream->figures.aborted++;
    pthread_mutex_unlock(&stream->lock);
    if (fatal && (code = renew_producer(stream, told, err)))
        return code;
    pause_after_abort(stream);
    return weir_fail(err, WEIR_CANCELLED, "%s", told);
}

/* The source partitions that are this consumer's, with their committed offsets, or where the reading began of those
 * that have none. *out is NULL when there are none. */
static weir_code find_offsets(weir_stream *stream, rd_kafka_topic_partition_list_t **out,
                              weir_error *err)
{
    rd_kafka_topic_partition_list_t *list = NULL;
    rd_kafka_resp_err_t error = rd_kafka_assignment(stream->consumer, &list);

    if (!error && list->cnt)
        error = rd_kafka_committed(stream->consumer, list, CALL_MS);
    for (int i = 0; !error && i < list->cnt; i++)
        error = list->elems[i].err;
    if (error) {
        if (list)
            rd_kafka_topic_partition_list_destroy(list);
        return weir_fail(err, WEIR_UNAVAILABLE, "what is committed: %s", rd_kafka_err2str(error));
    }
    for (int i = list->cnt - 1; i >= 0; i--) {
        rd_kafka_topic_partition_t *of = &list->elems[i];

        if (of->offset < 0 && (size_t)of->partition < stream->partition_count)
            of->offset = stream->partitions[of->partition].base;
        if (of->offset < 0) /* nothing was read of it yet */
            rd_kafka_topic_partition_list_del_by_idx(list, i);
    }
    *out = list;
    return WEIR_OK;
}

weir_code stream_rewind(weir_stream *stream, weir_error *err)
{
    rd_kafka_topic_partition_list_t *list = NULL;
    rd_kafka_error_t *error = NULL;
    weir_error why = {0};

    (void)err;
    if (find_offsets(stream, &list, &why)) {
        stream_tell(stream, why.message);
        return WEIR_OK;
    }
    if (list->cnt && (error = rd_kafka_seek_partitions(stream->consumer, list, CALL_MS))) {
        stream_tell(stream, rd_kafka_error_string(error));
        rd_kafka_error_destroy(error);
        goto done;
    }
    for (int i = 0; i < list->cnt; i++) {
        const rd_kafka_topic_partition_t *of = &list->elems[i];

        if (of->err) { /* not fetched yet: it is tried again */
            stream_tell(stream, rd_kafka_err2str(of->err));
            goto done;
        }
        if ((size_t)of->partition < stream->partition_count)
            stream->partitions[of->partition].base = of->offset;
    }
    stream->rewind = false;
done:
    rd_kafka_topic_partition_list_destroy(list);
    return WEIR_OK;
}

/* --- committing */

weir_code stream_begin(weir_stream *stream, weir_error *err)
{
    rd_kafka_error_t *error = NULL;
    weir_code code = WEIR_OK;

    if (!stream->exact || stream->open)
        return WEIR_OK;
    if ((error = rd_kafka_begin_transaction(stream->producer))) {
        code =
            stream_abort(stream, rd_kafka_error_is_fatal(error), rd_kafka_error_string(error), err);
        rd_kafka_error_destroy(error);
        return code;
    }
    stream->open = true;
    stream->open_rows = 0;
    stream->committed_ms = steady_ms();
    return WEIR_OK;
}

bool stream_commit_due(const weir_stream *stream, int64_t now)
{
    int64_t interval = stream->exact ? stream->config.exact_commit_ms : stream->config.commit_ms;

    if (stream->exact && stream->open && stream->config.transaction_rows &&
        stream->open_rows >= stream->config.transaction_rows)
        return true;
    return (stream->exact || stream->config.auto_commit) && now - stream->committed_ms >= interval;
}

/* Where each partition is done to. */
static rd_kafka_topic_partition_list_t *progress(const weir_stream *stream)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(4);

    for (size_t p = 0; p < stream->partition_count; p++)
        if (stream->partitions[p].next >= 0)
            rd_kafka_topic_partition_list_add(list, stream->config.source, (int32_t)p)->offset =
                stream->partitions[p].next;
    return list;
}

static void committed(weir_stream *stream)
{
    for (size_t p = 0; p < stream->partition_count; p++)
        if (stream->partitions[p].next >= 0) {
            stream->partitions[p].base = stream->partitions[p].next;
            stream->partitions[p].next = -1;
        }
    stream->open = false;
    stream->fenced = stream->aborted_in_row = 0;
    pthread_mutex_lock(&stream->lock);
    stream->figures.commits++;
    pthread_mutex_unlock(&stream->lock);
    if (stream->told_ms && !stream->waiting) /* it had waited for the brokers */
        stream_go_on(stream);
}

static weir_code commit_transaction(weir_stream *stream, rd_kafka_topic_partition_list_t *list,
                                    weir_error *err)
{
    offsets of = {list, NULL};
    rd_kafka_error_t *error = NULL;
    weir_error why = {0};
    weir_code code = WEIR_OK;

    if (kafka_membership(stream->consumer, &of.group, &why))
        return stream_abort(stream, false, why.message, err);
    code = stream_begin(stream, err); /* records without a row move the offset too */
    if (!code && !(error = patiently(stream, offsets_call, &of)))
        error = patiently(stream, commit_call, NULL);
    if (error && rd_kafka_error_is_retriable(error))
        /* The stream is to end and the brokers do not answer: they end the transaction themselves. */
        code = weir_fail(err, WEIR_CANCELLED, "%s", rd_kafka_error_string(error));
    else if (error) {
        bool lasting = stream->delivery_failures > 0;

        code =
            stream_abort(stream, rd_kafka_error_is_fatal(error), rd_kafka_error_string(error), err);
        if (code == WEIR_CANCELLED && lasting &&
            kafka_fail(stream->delivery_error, stream->config.sink, err) == WEIR_INVALID)
            code = WEIR_CONFLICT; /* the same rows would fail again */
    }
    if (error)
        rd_kafka_error_destroy(error);
    rd_kafka_consumer_group_metadata_destroy(of.group);
    return code;
}

static weir_code commit_offsets(weir_stream *stream, rd_kafka_topic_partition_list_t *list,
                                bool *done, weir_error *err)
{
    rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
    weir_code code = WEIR_OK;

    *done = false;
    if (rd_kafka_flush(stream->producer, STREAM_PATIENCE_MS)) {
        char why[120];

        snprintf(why, sizeof why, "%d scored rows are not delivered; no commit yet",
                 rd_kafka_outq_len(stream->producer));
        stream_tell(stream, why);
        return WEIR_OK;
    }
    if ((code = stream_check_deliveries(stream, err)))
        return code;
    if ((error = rd_kafka_commit(stream->consumer, list, 0)))
        weir_log(WEIR_LOG_WARN, "stream", "%s: offsets are not committed: %s",
                 stream->config.app_id, rd_kafka_err2str(error));
    *done = !error;
    return WEIR_OK;
}

weir_code stream_commit(weir_stream *stream, weir_error *err)
{
    rd_kafka_topic_partition_list_t *list = NULL;
    bool done = true;
    weir_code code = WEIR_OK;

    stream->committed_ms = steady_ms();
    list = progress(stream);
    if (!list->cnt)
        done = false;
    else if (stream->exact)
        code = commit_transaction(stream, list, err);
    else
        code = commit_offsets(stream, list, &done, err);
    rd_kafka_topic_partition_list_destroy(list);
    if (!code && done)
        committed(stream);
    return code;
}

/* --- which guarantee */

/* Whether brokers that refuse transactions so would never have them. */
static bool never(rd_kafka_resp_err_t error)
{
    return error == RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE ||
           error == RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION ||
           error == RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED ||
           error == RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED;
}

/* why: in whose words transactions are refused. */
static weir_code fall_back(weir_stream *stream, const char *why, weir_error *err)
{
    if (stream->config.guarantee == STREAM_EXACTLY_ONCE)
        return weir_fail(err, WEIR_INVALID, "processing.guarantee is exactly_once, but %.150s",
                         why);
    weir_log(WEIR_LOG_WARN, "stream", "%s scores at least once: %s", stream->config.app_id, why);
    stream->exact = false;
    stream_producer_close(stream);
    return stream_producer_open(stream, err);
}

weir_code stream_guarantee(weir_stream *stream, weir_error *err)
{
    rd_kafka_error_t *error = NULL;
    bool missing = false;
    weir_code code = WEIR_OK;

    if (!stream->exact)
        return WEIR_OK;
    /* A mock cluster answers transactional calls, but shows what was aborted. */
    if ((code = kafka_controller_missing(stream->producer, &missing, err)))
        return code;
    if (missing)
        return fall_back(stream, "these brokers are librdkafka's mock cluster", err);
    if ((error = patiently(stream, init_call, NULL))) {
        if (!atomic_load(&stream->stop))
            code = never(rd_kafka_error_code(error))
                       ? fall_back(stream, rd_kafka_error_string(error), err)
                       : weir_fail(err, WEIR_CONFLICT, "transactions as %s: %s",
                                   stream->config.transactional_id, rd_kafka_error_string(error));
        rd_kafka_error_destroy(error);
    }
    return code;
}
