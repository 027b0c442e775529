/* stream.c: see stream.h.
 *
 * One thread polls, scores and produces:
 *
 *     poll -> pending (at most record.poll.max, at most schedule.ms old) -> score -> produce -> delivered -> commit
 *
 * Rows that cannot be scored yet (no model, no server) stay in pending; the partitions are paused so that the consumer
 * can be polled, and stay in its group, without taking more. Scores leave in the order of arrival, and the producer is
 * idempotent, so the order within a partition is kept. A partition is given away only after what was produced of it is
 * delivered and committed; what is still pending is left to its next owner, since its offset was not committed.
 *
 * With rest=false rows are scored here by the model's bytes. Where these are not enough, because the project makes
 * numbers of texts before the model sees them, the server keeps them back and is asked for the scores instead.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "weir/stream.h"

#include <assert.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client.h"
#include "registry_settings.h"
#include "stream_config.h"
#include "value.h"
#include "weir/log.h"
#include "weir/memory.h"
#include "weir/model.h"

#define IDLE_MS 100
#define RETRY_MS 200 /* between tries while waiting for a model or a server */
#define TOLD_EVERY_MS 10000
#define MODEL_POLL_MS 500 /* how often a newer model is asked for, at most */
#define DELIVERY_MS 10000
#define BROKER_MS 10000
#define EXTRAS 3
/* Marks a pending record that was found unreadable, so that it is counted and told once however often scoring is
 * tried; it stays in its place until the rows before it are done with. */
#define SKIPPED RD_KAFKA_RESP_ERR__BAD_MSG

struct weir_stream {
    stream_config config;
    const weir_codecs *codecs;
    const weir_remote_calls *remote_calls;
    const weir_registry_calls *registry_calls;
    atomic_bool stop;
    pthread_mutex_t lock; /* over figures */
    weir_stream_figures figures;

    /* from here on the running thread only */
    weir_remote *remote;
    weir_registry *registry;
    value_reader *reader;
    rd_kafka_t *consumer, *producer;
    int sink_partitions;
    rd_kafka_message_t **pending;
    size_t pending_count, pending_capacity;
    int64_t pending_since_ms;
    int64_t *next; /* per partition: offset behind the last record done with; -1: nothing new */
    size_t next_count;
    bool waiting;
    int64_t retry_at_ms, told_at_ms, committed_at_ms, model_asked_at_ms;
    uint64_t delivery_failures;
    rd_kafka_resp_err_t delivery_error;
    bool there; /* the server scores: rest=true, or the model needs what only the server has */
    weir_model *model; /* with rest=false */
    uint64_t model_version;
    size_t model_score_key; /* which of its keys is the score, which the decision */
    size_t model_res_key;
    weir_scores local;
    weir_remote_scores scores;
    weir_batch *batch; /* of the plan last bound */
    const value_plan *bound;
    unsigned bound_generation;
    uint64_t bound_version;
    size_t *rows; /* pending index of each row of the batch */
    weir_bytes body, value;
};

/* What a plan carries for the rows it leads to. */
typedef struct {
    unsigned generation;
    bool decided;
    int32_t sink_id; /* Avro: id of the extended schema */
    char names[EXTRAS][32];
} sink_shape;

typedef struct {
    const char *name;
    weir_field_kind kind;
    bool wide;
} extra_row;

/* Behind rows that a model decides about, and behind those it predicts a number for. */
static const extra_row decided_extras[] = {{"res", WEIR_FIELD_INTEGER, false},
                                           {"anomaly_score", WEIR_FIELD_FLOAT, false},
                                           {"model_version", WEIR_FIELD_INTEGER, true},
                                           {0}};
static const extra_row predicted_extras[] = {
    {"res", WEIR_FIELD_FLOAT, false}, {"model_version", WEIR_FIELD_INTEGER, true}, {0}};

static const extra_row *extras_of(const sink_shape *shape)
{
    return shape->decided ? decided_extras : predicted_extras;
}

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

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

void weir_stream_stop(weir_stream *stream)
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

static void count_scored(weir_stream *stream, uint64_t rows, uint64_t version)
{
    pthread_mutex_lock(&stream->lock);
    stream->figures.scored += rows;
    stream->figures.version = version;
    pthread_mutex_unlock(&stream->lock);
}

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

static void set_waiting(weir_stream *stream, bool waiting, const char *why)
{
    int64_t now = now_ms();

    if (waiting && (!stream->told_at_ms || now - stream->told_at_ms >= TOLD_EVERY_MS)) {
        weir_log(WEIR_LOG_WARN, "stream", "%s waits: %s", stream->config.app_id, why);
        stream->told_at_ms = now;
    }
    if (!waiting && stream->waiting) {
        weir_log(WEIR_LOG_INFO, "stream", "%s goes on", stream->config.app_id);
        stream->told_at_ms = 0;
    }
    if (waiting != stream->waiting)
        hold(stream, waiting);
    stream->waiting = waiting;
    stream->retry_at_ms = now + RETRY_MS;
    pthread_mutex_lock(&stream->lock);
    stream->figures.waiting = waiting;
    pthread_mutex_unlock(&stream->lock);
}

/* True for what time can mend: a model not built yet, a project not made yet, a server not there. */
static bool may_pass(weir_code code)
{
    return weir_code_retry(code) || code == WEIR_NO_MODEL || code == WEIR_NOT_FOUND;
}

/* --- reading values */

static void shape_free(void *extra)
{
    weir_free(extra);
}

static weir_code open_reader(weir_stream *stream, const rd_kafka_message_t *message,
                             weir_error *err)
{
    const char *word = stream->config.format;
    value_format format = VALUE_JSON;

    if (!strcmp(word, "avro") || (!strcmp(word, "auto") && stream->registry))
        format = VALUE_AVRO;
    else if (!strcmp(word, "json-schema") ||
             (!strcmp(word, "auto") && value_enveloped(message->payload, message->len)))
        format = VALUE_JSON_ENVELOPE;
    return value_reader_open(stream->codecs, stream->registry_calls, stream->registry, format,
                             shape_free, &stream->reader, err);
}

static weir_code malformed(weir_stream *stream, const rd_kafka_message_t *message,
                           const weir_error *why, weir_error *err)
{
    uint64_t skipped = 0;

    if (stream->config.malformed_fails)
        return weir_fail(err, WEIR_CONFLICT, "%s partition %d offset %lld: %s",
                         stream->config.source, (int)message->partition, (long long)message->offset,
                         why->message);
    pthread_mutex_lock(&stream->lock);
    skipped = stream->figures.skipped++;
    pthread_mutex_unlock(&stream->lock);
    if (stream->config.malformed_told && (skipped < 20 || skipped % 1000 == 0))
        weir_log(WEIR_LOG_WARN, "stream", "%s partition %d offset %lld is skipped: %s",
                 stream->config.source, (int)message->partition, (long long)message->offset,
                 why->message);
    return WEIR_OK;
}

/* The names of the added fields, clear of those the row has. */
static void choose_names(const weir_stream *stream, const value_plan *plan, sink_shape *shape)
{
    const extra_row *extras = extras_of(shape);
    size_t fields = stream->codecs->plan_fields(plan->rows);

    for (size_t e = 0; extras[e].name; e++) {
        bool taken = false;

        for (size_t i = 0; i < fields; i++)
            taken |= !strcmp(stream->codecs->plan_field(plan->rows, i).name, extras[e].name);
        snprintf(shape->names[e], sizeof shape->names[e], "%s%s", taken ? "weir_" : "",
                 extras[e].name);
    }
    shape->generation = plan->generation;
}

/* The number of added fields. */
static size_t fill_extras(const sink_shape *shape, weir_extra_field fields[EXTRAS])
{
    const extra_row *extras = extras_of(shape);
    size_t count = 0;

    for (; extras[count].name; count++)
        fields[count] = (weir_extra_field){
            .name = shape->names[count], .kind = extras[count].kind, .wide = extras[count].wide};
    return count;
}

static weir_code enrol_shape(weir_stream *stream, const value_plan *plan, sink_shape *shape,
                             weir_error *err)
{
    weir_extra_field fields[EXTRAS];
    char subject[300], *schema = NULL;
    size_t count = fill_extras(shape, fields);
    weir_code code = WEIR_OK;

    snprintf(subject, sizeof subject, "%s-value", stream->config.sink);
    if (!(code = stream->codecs->avro_extend_schema(plan->schema, strlen(plan->schema), fields,
                                                    count, &schema, err)))
        code =
            stream->registry_calls->enrol(stream->registry, subject, schema, &shape->sink_id, err);
    free(schema);
    return code;
}

/* The shape of the rows a plan leads to; made at first sight, for JSON when fields were added, and when a model of
 * another kind took the name of the one before. */
static weir_code shape_of(weir_stream *stream, value_plan *plan, const sink_shape **out,
                          weir_error *err)
{
    sink_shape *shape = plan->extra;
    weir_code code = WEIR_OK;

    if (shape && shape->decided != stream->scores.decided) {
        shape_free(shape);
        plan->extra = shape = NULL;
    }
    if (!shape) {
        if (!(shape = weir_calloc(1, sizeof *shape)))
            return weir_fail(err, WEIR_NO_MEMORY, "no room for a schema");
        shape->decided = stream->scores.decided;
        choose_names(stream, plan, shape);
        if (plan->id >= 0 && (code = enrol_shape(stream, plan, shape, err))) {
            weir_free(shape);
            return code;
        }
        plan->extra = shape;
    } else if (shape->generation != plan->generation) {
        choose_names(stream, plan, shape);
    }
    *out = shape;
    return WEIR_OK;
}

/* Makes the batch that the rows of a plan go into; the types are the model's when it scores here. */
static weir_code bind_plan(weir_stream *stream, const value_plan *plan, weir_error *err)
{
    size_t fields = stream->codecs->plan_fields(plan->rows);
    weir_type *types = weir_calloc(fields ? fields : 1, sizeof *types);
    weir_batch *batch = NULL;
    weir_code code = WEIR_OK;

    if (!types) {
        code = weir_fail(err, WEIR_NO_MEMORY, "no room for the types of %zu fields", fields);
        goto done;
    }
    for (size_t i = 0; i < fields; i++) {
        weir_field field = stream->codecs->plan_field(plan->rows, i);

        if (value_guess(field.kind, &types[i]) && !stream->there)
            types[i] = weir_model_column_type(stream->model, field.name, strlen(field.name));
    }
    if ((code = weir_batch_new(stream->config.poll_max, &batch, err)) ||
        (code = stream->codecs->plan_bind(plan->rows, types, fields, batch, err)))
        goto done;
    weir_batch_free(stream->batch);
    stream->batch = batch;
    batch = NULL;
    stream->bound = plan;
    stream->bound_generation = plan->generation;
    stream->bound_version = stream->model_version;
done:
    weir_batch_free(batch);
    weir_free(types);
    return code;
}

/* --- scoring */

/* Who scores from now on; the batch has other types then. why: the server's reason to do it itself. */
static void score_at(weir_stream *stream, bool there, const char *why)
{
    if (there == stream->there)
        return;
    if (there)
        weir_log(WEIR_LOG_WARN, "stream",
                 "%s asks the server for scores in spite of "
                 "sml.kstream.rest=false: %s",
                 stream->config.app_id, why);
    else
        weir_log(WEIR_LOG_INFO, "stream", "%s scores rows by itself again", stream->config.app_id);
    stream->there = there;
    stream->bound = NULL;
}

/* Sees to the model at hand being a current one. An older model goes on when the server does not answer. */
static weir_code fetch_model(weir_stream *stream, weir_error *err)
{
    weir_bytes bytes = {0};
    weir_model *model = NULL;
    uint64_t version = stream->model_version;
    const weir_algorithm *algorithm = NULL;
    weir_error why = {0};
    weir_code code = WEIR_OK;

    if ((stream->model || stream->there) && now_ms() - stream->model_asked_at_ms < MODEL_POLL_MS)
        return WEIR_OK;
    stream->model_asked_at_ms = now_ms();
    code = stream->remote_calls->model_bytes(stream->remote, stream->config.project,
                                             stream->config.model, &version, &bytes, &why);
    if (code == WEIR_CONFLICT) { /* the bytes are not enough */
        score_at(stream, true, why.message);
        return WEIR_OK;
    }
    if (code && err)
        *err = why;
    if (!code && (bytes.size || stream->model))
        score_at(stream, false, NULL);
    if (code || !bytes.size)
        goto done;
    if ((code = weir_model_load(bytes.data, bytes.size, &model, err)))
        goto done;
    algorithm = weir_model_algorithm(model);
    stream->model_score_key = stream->model_res_key = 0;
    for (size_t k = 0; algorithm->predict_info[k]; k++) {
        if (!strcmp(algorithm->predict_info[k], "res"))
            stream->model_res_key = k;
        if (algorithm->score_info[0] &&
            !strcmp(algorithm->predict_info[k], algorithm->score_info[0]))
            stream->model_score_key = k;
    }
    weir_model_free(stream->model);
    stream->model = model;
    stream->model_version = version;
done:
    weir_bytes_free(&bytes);
    return code && stream->model && may_pass(code) ? WEIR_OK : code;
}

static weir_code score_here(weir_stream *stream, weir_error *err)
{
    size_t rows = stream->batch->rows;
    weir_remote_scores *scores = &stream->scores;
    weir_code code = weir_model_score(stream->model, stream->batch, &stream->local, err);

    if (code)
        return code;
    if (rows > scores->capacity) {
        weir_remote_scores_free(scores);
        scores->res = weir_calloc(stream->config.poll_max, sizeof *scores->res);
        scores->score = weir_calloc(stream->config.poll_max, sizeof *scores->score);
        if (!scores->res || !scores->score)
            return weir_fail(err, WEIR_NO_MEMORY, "no room for %zu scores", rows);
        scores->capacity = stream->config.poll_max;
    }
    for (size_t r = 0; r < rows; r++) {
        double res = weir_scores_at(&stream->local, stream->model_res_key, r);

        scores->res[r] = fabs(res) < 1e9 ? (int64_t)res : 0;
        scores->score[r] = weir_scores_at(&stream->local, stream->model_score_key, r);
    }
    scores->rows = rows;
    scores->version = stream->model_version;
    scores->decided = stream->model_score_key != stream->model_res_key;
    return WEIR_OK;
}

static weir_code score_there(weir_stream *stream, weir_error *err)
{
    weir_code code = WEIR_OK;

    weir_bytes_clear(&stream->body);
    if ((code = stream->codecs->frame_encode(stream->batch, NULL, &stream->body, err)) ||
        (code = stream->remote_calls->predict(stream->remote, stream->config.project,
                                              stream->config.model, stream->body.data,
                                              stream->body.size, &stream->scores, err)))
        return code;
    if (stream->scores.rows != stream->batch->rows)
        return weir_fail(err, WEIR_CONFLICT, "the server scored %zu of %zu rows",
                         stream->scores.rows, stream->batch->rows);
    return WEIR_OK;
}

/* --- producing */

/* Runs in rd_kafka_poll() and _flush() of the running thread. */
static void delivered(rd_kafka_t *client, const rd_kafka_message_t *message, void *opaque)
{
    weir_stream *stream = opaque;

    (void)client;
    if (message->err) {
        stream->delivery_failures++;
        stream->delivery_error = message->err;
    }
}

static weir_code check_deliveries(weir_stream *stream, weir_error *err)
{
    if (!stream->delivery_failures)
        return WEIR_OK;
    return weir_fail(err, WEIR_CONFLICT, "%llu scored rows were not delivered to %s: %s",
                     (unsigned long long)stream->delivery_failures, stream->config.sink,
                     rd_kafka_err2str(stream->delivery_error));
}

static weir_code produce(weir_stream *stream, const rd_kafka_message_t *message, weir_error *err)
{
    rd_kafka_timestamp_type_t kind = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
    int64_t timestamp = rd_kafka_message_timestamp(message, &kind);

    for (;;) {
        rd_kafka_headers_t *given = NULL, *headers = NULL;
        rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
        weir_code code = WEIR_OK;

        if (!rd_kafka_message_headers(message, &given))
            headers = rd_kafka_headers_copy(given);
        if (!headers)
            headers = rd_kafka_headers_new(1);
        error = rd_kafka_producev(
            stream->producer, RD_KAFKA_V_TOPIC(stream->config.sink),
            RD_KAFKA_V_PARTITION(message->partition % stream->sink_partitions),
            RD_KAFKA_V_KEY(message->key, message->key_len),
            RD_KAFKA_V_VALUE(stream->value.data, stream->value.size),
            RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
            RD_KAFKA_V_TIMESTAMP(kind == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE ? 0 : timestamp),
            RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_END);
        if (!error)
            return WEIR_OK;
        rd_kafka_headers_destroy(headers);
        if (error != RD_KAFKA_RESP_ERR__QUEUE_FULL)
            return weir_fail(err, WEIR_CONFLICT, "topic %s: %s", stream->config.sink,
                             rd_kafka_err2str(error));
        rd_kafka_poll(stream->producer, 50);
        if ((code = check_deliveries(stream, err)))
            return code;
    }
}

static void done_with(weir_stream *stream, const rd_kafka_message_t *message)
{
    if ((size_t)message->partition < stream->next_count)
        stream->next[message->partition] = message->offset + 1;
}

/* Writes the scored rows of the batch. */
static weir_code produce_batch(weir_stream *stream, value_plan *plan, const sink_shape *shape,
                               weir_error *err)
{
    weir_extra_field fields[EXTRAS];
    size_t count = fill_extras(shape, fields);
    weir_code code = WEIR_OK;

    fields[count - 1].integer = (int64_t)stream->scores.version;
    for (size_t r = 0; !code && r < stream->batch->rows; r++) {
        const rd_kafka_message_t *message = stream->pending[stream->rows[r]];
        const uint8_t *value = message->payload;
        size_t frame = plan->id >= 0 ? VALUE_FRAME : 0;

        if (shape->decided)
            fields[0].integer = stream->scores.res[r];
        fields[count - 2].number = stream->scores.score[r];
        weir_bytes_clear(&stream->value);
        if (plan->id >= 0)
            value_frame(shape->sink_id, &stream->value);
        if (!(code = stream->codecs->extend_value(plan->rows, value + frame, message->len - frame,
                                                  fields, count, &stream->value, err)))
            code = produce(stream, message, err);
    }
    return code;
}

/* --- a round of scoring */

/* Drops the first n pending records: they are done with. */
static void pending_shift(weir_stream *stream, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        done_with(stream, stream->pending[i]);
        rd_kafka_message_destroy(stream->pending[i]);
    }
    memmove(stream->pending, stream->pending + n,
            (stream->pending_count - n) * sizeof(rd_kafka_message_t *));
    stream->pending_count -= n;
}

/* Reads pending records of one plan, from the front, into the batch. *taken counts records, skipped ones too. */
static weir_code gather(weir_stream *stream, value_plan **of, size_t *taken, weir_error *err)
{
    weir_code code = WEIR_OK;

    *of = NULL;
    for (*taken = 0; *taken < stream->pending_count; ++*taken) {
        if (*of && stream->batch->rows >= stream->config.poll_max)
            break;
        rd_kafka_message_t *message = stream->pending[*taken];
        value_plan *plan = NULL;
        const void *body = NULL;
        size_t size = 0;
        weir_rejects rejects = {0};
        weir_error why = {0};

        if (message->err == SKIPPED)
            continue;
        if (!message->payload) {
            pthread_mutex_lock(&stream->lock);
            stream->figures.skipped++;
            pthread_mutex_unlock(&stream->lock);
            message->err = SKIPPED;
            continue;
        }
        if (!stream->reader && (code = open_reader(stream, message, err)))
            return code;
        code = value_plan_of(stream->reader, message->payload, message->len, &plan, &body, &size,
                             &why);
        assert(code || plan);
        if (code == WEIR_NOT_FOUND) /* the registry knows no such schema, nor will it */
            code = WEIR_INVALID;
        if (!code && *of &&
            (plan != *of || plan->generation != stream->bound_generation)) /* another schema */
            return WEIR_OK;
        if (!code && !*of) {
            if ((plan != stream->bound || plan->generation != stream->bound_generation ||
                 stream->bound_version != stream->model_version) &&
                (code = bind_plan(stream, plan, err)))
                return code;
            weir_batch_clear(stream->batch);
            *of = plan;
        }
        if (!code)
            code = stream->codecs->plan_row(plan->rows, body, size, stream->batch, &rejects, &why);
        if (!code) {
            stream->rows[stream->batch->rows - 1] = *taken;
        } else if (code == WEIR_INVALID || code == WEIR_TOO_LARGE) {
            if ((code = malformed(stream, message, &why, err)))
                return code;
            message->err = SKIPPED;
        } else {
            if (err)
                *err = why;
            return code;
        }
    }
    return WEIR_OK;
}

/* Scores what is pending. WEIR_OK with waiting set when something is not there yet. */
static weir_code score_pending(weir_stream *stream, weir_error *err)
{
    weir_error why = {0};
    weir_code code = WEIR_OK;

    while (!code && stream->pending_count) {
        value_plan *plan = NULL;
        const sink_shape *shape = NULL;
        size_t taken = 0;

        if (!stream->config.rest && (code = fetch_model(stream, &why)))
            break;
        if ((code = gather(stream, &plan, &taken, &why)))
            break;
        if (plan && stream->batch->rows) {
            if ((code = stream->there ? score_there(stream, &why) : score_here(stream, &why)) ||
                (code = shape_of(stream, plan, &shape, &why)))
                break;
            if ((code = produce_batch(stream, plan, shape, err)))
                return code;
            count_scored(stream, stream->batch->rows, stream->scores.version);
        }
        pending_shift(stream, taken);
        rd_kafka_poll(stream->producer, 0);
    }
    if (code && (may_pass(code) || atomic_load(&stream->stop))) {
        set_waiting(stream, true, why.message);
        return WEIR_OK;
    }
    if (code && err)
        *err = why;
    if (!code)
        set_waiting(stream, false, NULL);
    return code;
}

/* Commits what is done with, once all that was produced is delivered. */
static weir_code commit(weir_stream *stream, weir_error *err)
{
    rd_kafka_topic_partition_list_t *list = NULL;
    rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
    weir_code code = WEIR_OK;

    stream->committed_at_ms = now_ms();
    if (rd_kafka_flush(stream->producer, DELIVERY_MS)) {
        weir_log(WEIR_LOG_WARN, "stream", "%s: %d scored rows are not delivered; no commit yet",
                 stream->config.app_id, rd_kafka_outq_len(stream->producer));
        return WEIR_OK;
    }
    if ((code = check_deliveries(stream, err)))
        return code;
    list = rd_kafka_topic_partition_list_new(4);
    for (size_t p = 0; p < stream->next_count; p++)
        if (stream->next[p] >= 0) {
            rd_kafka_topic_partition_list_add(list, stream->config.source, (int32_t)p)->offset =
                stream->next[p];
            stream->next[p] = -1;
        }
    if (list->cnt)
        error = rd_kafka_commit(stream->consumer, list, 0);
    if (error)
        weir_log(WEIR_LOG_WARN, "stream", "%s: offsets are not committed: %s",
                 stream->config.app_id, rd_kafka_err2str(error));
    rd_kafka_topic_partition_list_destroy(list);
    return WEIR_OK;
}

/* --- partitions come and go: on the running thread, in rd_kafka_consumer_poll() and _close() */

static void pending_forget(weir_stream *stream, const rd_kafka_topic_partition_list_t *partitions)
{
    size_t kept = 0;

    for (size_t i = 0; i < stream->pending_count; i++) {
        rd_kafka_message_t *message = stream->pending[i];
        bool gone = false;

        for (int p = 0; p < partitions->cnt; p++)
            gone |= partitions->elems[p].partition == message->partition;
        if (gone)
            rd_kafka_message_destroy(message);
        else
            stream->pending[kept++] = message;
    }
    stream->pending_count = kept;
}

static void rebalanced(rd_kafka_t *consumer, rd_kafka_resp_err_t event,
                       rd_kafka_topic_partition_list_t *partitions, void *opaque)
{
    weir_stream *stream = opaque;
    const char *protocol = rd_kafka_rebalance_protocol(consumer);
    bool cooperative = protocol && !strcmp(protocol, "COOPERATIVE");
    bool coming = event == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
    rd_kafka_error_t *error = NULL;
    weir_error why = {0};

    if (!coming) {
        if (commit(stream, &why))
            weir_log(WEIR_LOG_ERROR, "stream", "%s: %s", stream->config.app_id, why.message);
        pending_forget(stream, partitions);
    }
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

/* --- start and loop */

static weir_code open_producer(weir_stream *stream, weir_error *err)
{
    rd_kafka_conf_t *conf = NULL;
    weir_code code = kafka_conf(stream->config.bootstrap, stream->config.client_id, &conf, err);

    if (code)
        return code;
    rd_kafka_conf_set_opaque(conf, stream);
    rd_kafka_conf_set_dr_msg_cb(conf, delivered);
    if ((code = kafka_conf_put(conf, "linger.ms", "5", err)) ||
        (code = kafka_conf_put(conf, "message.timeout.ms", "0", err)) ||
        (code = stream_config_pass(&stream->config, conf, err)) ||
        (code = kafka_conf_put(conf, "enable.idempotence", "true", err))) {
        rd_kafka_conf_destroy(conf);
        return code;
    }
    return kafka_client(RD_KAFKA_PRODUCER, conf, &stream->producer, err);
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
    rd_kafka_conf_set_rebalance_cb(conf, rebalanced);
    if ((code = kafka_conf_put(conf, "auto.offset.reset", "earliest", err)) ||
        (code = kafka_conf_put(conf, "session.timeout.ms", "6000", err)) ||
        (code = kafka_conf_put(conf, "fetch.wait.max.ms", "100", err)) ||
        (code = stream_config_pass(config, conf, err)) ||
        (code = kafka_conf_put(conf, "group.id", config->app_id, err)) ||
        (code = kafka_conf_put(conf, "enable.auto.commit", "false", err)) ||
        (code = kafka_conf_put(conf, "enable.auto.offset.store", "false", err))) {
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
    int count = 0;
    weir_code code = WEIR_OK;

    while (!atomic_load(&stream->stop)) {
        code = kafka_partitions(stream->producer, stream->config.source, 2000, &count, err);
        if (code && !weir_code_retry(code))
            return code;
        if (!code && count)
            break;
        if (!stream->told_at_ms || now_ms() - stream->told_at_ms >= TOLD_EVERY_MS) {
            weir_log(WEIR_LOG_WARN, "stream", "%s waits for topic %s: %s", stream->config.app_id,
                     stream->config.source, code && err ? err->message : "it is not there yet");
            stream->told_at_ms = now_ms();
        }
        rd_kafka_poll(stream->producer, RETRY_MS);
    }
    stream->told_at_ms = 0;
    if (atomic_load(&stream->stop))
        return WEIR_OK;
    if (!(stream->next = weir_malloc((size_t)count * sizeof *stream->next)))
        return weir_fail(err, WEIR_NO_MEMORY, "no room for %d partitions", count);
    for (int p = 0; p < count; p++)
        stream->next[p] = -1;
    stream->next_count = (size_t)count;
    return kafka_topic_ensure(stream->producer, stream->config.sink, count,
                              &stream->sink_partitions, err);
}

static weir_code start(weir_stream *stream, weir_error *err)
{
    const weir_remote_options options = {.url = stream->config.url,
                                         .cid = stream->config.user,
                                         .secret = stream->config.secret,
                                         .stop = stopping,
                                         .stop_context = stream};
    weir_code code = stream->remote_calls->open(&options, &stream->remote, err);

    if (code || (code = registry_settings_open(stream->registry_calls, &stream->config.settings, "",
                                               NULL, &stream->registry, err)))
        return code;
    if ((code = open_producer(stream, err)) || (code = prepare_topics(stream, err)) ||
        atomic_load(&stream->stop))
        return code;
    return open_consumer(stream, err);
}

/* A partition that was added to the topic after the start. */
static weir_code know_partition(weir_stream *stream, int32_t partition, weir_error *err)
{
    size_t wanted = (size_t)partition + 1;
    int64_t *next = NULL;

    if (wanted <= stream->next_count)
        return WEIR_OK;
    if (!(next = weir_realloc_array(stream->next, wanted, sizeof *next)))
        return weir_fail(err, WEIR_NO_MEMORY, "no room for partition %d", (int)partition);
    for (size_t p = stream->next_count; p < wanted; p++)
        next[p] = -1;
    stream->next = next;
    stream->next_count = wanted;
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

static weir_code take(weir_stream *stream, rd_kafka_message_t *message, weir_error *err)
{
    weir_code code = WEIR_OK;

    if (!message->err) {
        if (!(code = know_partition(stream, message->partition, err)) &&
            !(code = pending_room(stream, err))) {
            if (!stream->pending_count)
                stream->pending_since_ms = now_ms();
            stream->pending[stream->pending_count++] = message;
            message = NULL; /* pending owns it */
        }
    } else if (message->err == RD_KAFKA_RESP_ERR__FATAL ||
               message->err == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED ||
               message->err == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED) {
        code = weir_fail(err, WEIR_CONFLICT, "%s", rd_kafka_message_errstr(message));
    } else if (message->err != RD_KAFKA_RESP_ERR__PARTITION_EOF) {
        weir_log(WEIR_LOG_WARN, "stream", "%s: %s", stream->config.app_id,
                 rd_kafka_message_errstr(message));
    }
    if (message)
        rd_kafka_message_destroy(message);
    return code;
}

static weir_code round_of(weir_stream *stream, weir_error *err)
{
    const stream_config *config = &stream->config;
    int64_t now = now_ms();
    bool full = stream->pending_count >= config->poll_max;
    bool due = stream->pending_count && now - stream->pending_since_ms >= config->schedule_ms;
    weir_code code = WEIR_OK;

    if (stream->waiting ? now >= stream->retry_at_ms : full || due)
        code = score_pending(stream, err);
    if (!code && config->auto_commit && now - stream->committed_at_ms >= config->commit_ms)
        code = commit(stream, err);
    if (!code) {
        /* While waiting nothing comes, but the group must hear that the consumer is there. */
        int64_t left = stream->waiting || !stream->pending_count
                           ? IDLE_MS
                           : stream->pending_since_ms + config->schedule_ms - now_ms();
        bool enough = !stream->waiting && stream->pending_count >= config->poll_max;
        rd_kafka_message_t *message =
            enough ? NULL
                   : rd_kafka_consumer_poll(stream->consumer, left < 0         ? 0
                                                              : left < IDLE_MS ? (int)left
                                                                               : IDLE_MS);

        if (message)
            code = take(stream, message, err);
    }
    rd_kafka_poll(stream->producer, 0);
    return code ? code : check_deliveries(stream, err);
}

static void shut(weir_stream *stream)
{
    if (stream->consumer) { /* what was produced is committed as partitions are given up */
        weir_error why = {0};

        if (commit(stream, &why))
            weir_log(WEIR_LOG_ERROR, "stream", "%s: %s", stream->config.app_id, why.message);
        for (size_t i = 0; i < stream->pending_count; i++)
            rd_kafka_message_destroy(stream->pending[i]);
        stream->pending_count = 0;
        kafka_consumer_end(stream->consumer);
    }
    if (stream->producer)
        rd_kafka_destroy(stream->producer);
    value_reader_close(stream->reader);
    stream->registry_calls->close(stream->registry);
    stream->remote_calls->close(stream->remote);
    weir_model_free(stream->model);
    weir_scores_free(&stream->local);
    weir_remote_scores_free(&stream->scores);
    weir_batch_free(stream->batch);
    weir_bytes_free(&stream->body);
    weir_bytes_free(&stream->value);
    weir_free(stream->next);
    stream->next = NULL;
    stream->next_count = 0;
    stream->consumer = stream->producer = NULL;
    stream->reader = NULL;
    stream->registry = NULL;
    stream->remote = NULL;
    stream->model = NULL;
    stream->batch = NULL;
}

weir_code weir_stream_run(weir_stream *stream, weir_error *err)
{
    weir_code code = start(stream, err);

    stream->committed_at_ms = now_ms();
    while (!code && !atomic_load(&stream->stop))
        code = round_of(stream, err);
    shut(stream);
    return code;
}
