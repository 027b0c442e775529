/* stream_score.c: pending records into batches, and batches into scores.
 *
 * With rest=false rows are scored here by the model's bytes. Where these are not enough, because the project makes
 * numbers of texts before the model sees them, the server keeps them back and is asked for the scores instead.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "steady.h"
#include "stream_inside.h"
#include "weir/log.h"
#include "weir/memory.h"

enum { MODEL_ASKED_MS = 500 }; /* a newer model is not asked for more often */

/* True for what time can mend: a model not built yet, a project not made yet, a server not there. */
static bool may_pass(weir_code code)
{
    return weir_code_retry(code) || code == WEIR_NO_MODEL || code == WEIR_NOT_FOUND;
}

/* --- reading values */

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
                             stream_shape_free, &stream->reader, err);
}

static uint64_t count_skipped(weir_stream *stream)
{
    uint64_t before = 0;

    pthread_mutex_lock(&stream->lock);
    before = stream->figures.skipped++;
    pthread_mutex_unlock(&stream->lock);
    return before;
}

static weir_code malformed(weir_stream *stream, const rd_kafka_message_t *message,
                           const weir_error *why, weir_error *err)
{
    uint64_t skipped = 0;

    if (stream->config.malformed_fails)
        return weir_fail(err, WEIR_CONFLICT, "%s partition %d offset %lld: %s",
                         stream->config.source, (int)message->partition, (long long)message->offset,
                         why->message);
    skipped = count_skipped(stream);
    if (stream->config.malformed_told && (skipped < 20 || skipped % 1000 == 0))
        weir_log(WEIR_LOG_WARN, "stream", "%s partition %d offset %lld is skipped: %s",
                 stream->config.source, (int)message->partition, (long long)message->offset,
                 why->message);
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

/* Finds among a model's keys the score and the decision. */
static void use_model(weir_stream *stream, weir_model *model, uint64_t version)
{
    const weir_algorithm *algorithm = weir_model_algorithm(model);

    stream->model_score_key = stream->model_res_key = 0;
    for (size_t k = 0; algorithm->predict_info[k]; k++) {
        if (!strcmp(algorithm->predict_info[k], "res"))
            stream->model_res_key = k;
        if (algorithm->score_info[0] &&
            !strcmp(algorithm->predict_info[k], algorithm->score_info[0]))
            stream->model_score_key = k;
    }
    if (stream->config.explain && !weir_model_explains(model))
        weir_log(WEIR_LOG_WARN, "stream",
                 "%s explains nothing: the score of model %s (%s) is no sum over inputs",
                 stream->config.app_id, stream->config.model, algorithm->id);
    weir_model_free(stream->model);
    stream->model = model;
    stream->model_version = version;
}

/* Sees to the model at hand being a current one. An older model goes on when the server does not answer. */
static weir_code fetch_model(weir_stream *stream, weir_error *err)
{
    weir_bytes bytes = {0};
    weir_model *model = NULL;
    uint64_t version = stream->model_version;
    weir_error why = {0};
    weir_code code = WEIR_OK;

    if ((stream->model || stream->there) && steady_ms() - stream->model_asked_ms < MODEL_ASKED_MS)
        return WEIR_OK;
    stream->model_asked_ms = steady_ms();
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
    if (!code && bytes.size && !(code = weir_model_load(bytes.data, bytes.size, &model, err)))
        use_model(stream, model, version);
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
    stream->contributions.rows = stream->contributions.inputs = 0;
    return stream->config.explain && weir_model_explains(stream->model)
               ? weir_model_explain(stream->model, stream->batch, &stream->contributions, err)
               : WEIR_OK;
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

/* --- a round of scoring */

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

        if (message->err == STREAM_SKIPPED)
            continue;
        if (!message->payload) {
            count_skipped(stream);
            message->err = STREAM_SKIPPED;
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
            message->err = STREAM_SKIPPED;
        } else {
            if (err)
                *err = why;
            return code;
        }
    }
    return WEIR_OK;
}

static void count_scored(weir_stream *stream)
{
    pthread_mutex_lock(&stream->lock);
    stream->figures.scored += stream->batch->rows;
    stream->figures.version = stream->scores.version;
    pthread_mutex_unlock(&stream->lock);
}

/* Scores the pending records of one plan. *waits: something is not there yet, for the reason in err. */
static weir_code score_some(weir_stream *stream, bool *waits, weir_error *err)
{
    value_plan *plan = NULL;
    stream_shape *shape = NULL;
    size_t taken = 0;
    weir_code code = WEIR_OK;

    *waits = true;
    if ((!stream->config.rest && (code = fetch_model(stream, err))) ||
        (code = gather(stream, &plan, &taken, err)))
        return code;
    if (plan && stream->batch->rows &&
        ((code = stream->there ? score_there(stream, err) : score_here(stream, err)) ||
         (code = stream_shape_of(stream, plan, &shape, err))))
        return code;
    *waits = false;
    if (shape) {
        if ((code = stream_produce_batch(stream, plan, shape, err)))
            return code;
        count_scored(stream);
    }
    stream_pending_shift(stream, taken);
    rd_kafka_poll(stream->producer, 0);
    return WEIR_OK;
}

weir_code stream_score(weir_stream *stream, weir_error *err)
{
    bool waits = false;
    weir_error why = {0};
    weir_code code = WEIR_OK;

    while (!code && stream->pending_count)
        code = score_some(stream, &waits, &why);
    if (code && ((waits && may_pass(code)) || atomic_load(&stream->stop))) {
        stream_wait(stream, why.message);
        return WEIR_OK;
    }
    if (code && err)
        *err = why;
    if (!code && (stream->waiting || stream->told_ms))
        stream_go_on(stream);
    return code;
}
