/* rest_encoder_source.c: teaching an encoder from a data source, as a job.
 *
 * The rows are taught to an encoder that starts empty; at the end it is merged into the real one. So a job that fails
 * or is cancelled has changed nothing, and other calls never wait for a download.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <inttypes.h>
#include <string.h>

#include "rest_inside.h"
#include "weir/encoders.h"
#include "weir/memory.h"

enum { TEACH_ROWS = 512 };

typedef struct {
    weir_rest *rest;
    char *cid, *encoder; /* owned */
    weir_data_source source;
} teaching;

static void drop(void *context)
{
    teaching *work = context;

    weir_free(work->cid);
    weir_free(work->encoder);
    weir_data_source_free(&work->source);
    weir_free(work);
}

static bool is_cancelled(void *context)
{
    return weir_job_cancelled(context);
}

/* As rest_encoder_type(), and texts of a key that is known as it is known: a guess may see no list where one is. */
static weir_type type_of_key(void *context, const char *name, size_t length, weir_type guess)
{
    weir_type known = weir_encoder_type(context, name, length);

    return known != WEIR_X && (guess == WEIR_S || guess == WEIR_L)
               ? known
               : rest_encoder_type(context, name, length, guess);
}

/* The rows of the source into an encoder of their own. */
static weir_code teach(weir_source_reader *reader, weir_encoder *encoder, weir_job *job,
                       weir_rejects *rejects, weir_error *err)
{
    weir_code code = WEIR_OK;

    for (;;) {
        weir_batch *batch = NULL;
        uint64_t all = 0, at;

        if (weir_job_cancelled(job))
            return weir_fail(err, WEIR_CANCELLED, "the job was cancelled");
        code = weir_source_next(reader, TEACH_ROWS, WEIR_BAD_CELL, rejects, &batch, err);
        if (code || !batch)
            return code;
        code = weir_encoder_learn(encoder, batch, NULL, err);
        weir_batch_free(batch);
        if (code)
            return code;
        at = weir_source_progress(reader, &all);
        weir_job_progress(job, at, all);
    }
}

static weir_code answer(weir_job *job, const weir_encoder *taught, const weir_rejects *rejects,
                        weir_error *err)
{
    weir_bytes members = {0};
    json_out json = {.out = &members};
    weir_code code;

    json_put_whole(&json, "rows", (int64_t)weir_encoder_rows(taught));
    rest_write_rejects(&json, rejects);
    code = rest_job_values(job, &members, err);
    weir_bytes_free(&members);
    return code;
}

/* On the thread of the job. */
static weir_code run(weir_job *job, void *context, weir_error *err)
{
    const teaching *work = context;
    weir_engine *engine = work->rest->options.engine;
    weir_encoder_ref *ref = NULL;
    weir_encoder *taught = NULL;
    weir_source_reader *reader = NULL;
    weir_rejects rejects = {0};
    weir_code code = weir_encoders_get(engine, work->cid, work->encoder, &ref, err);

    if (code)
        return code;
    const weir_encoder *known = weir_encoder_of(ref);
    const weir_source_reading reading = {
        .rule = type_of_key, .rule_context = (void *)known, .stop = {is_cancelled, job}};
    if (!(code = weir_encoder_new(weir_encoder_target(known), weir_encoder_target_type(known),
                                  weir_encoder_least(known), &taught, err)) &&
        !(code = weir_source_open(work->rest->options.sources, &work->source, &reading, &reader,
                                  err)) &&
        !(code = teach(reader, taught, job, &rejects, err)) &&
        (!work->source.name || !*work->source.name ||
         !(code = weir_encoder_note(taught, work->source.name, err))) &&
        !(code = weir_encoders_merge(engine, work->cid, work->encoder, taught, err)))
        code = answer(job, taught, &rejects, err);
    weir_source_close(reader);
    weir_encoder_free(taught);
    weir_encoder_release(ref);
    return code;
}

void rest_encoder_learn_source(const weir_http_request *request, weir_http_reply *reply)
{
    teaching *work = weir_calloc(1, sizeof *work);
    weir_encoder_ref *ref = NULL;
    weir_error err = {0};

    if (!work || !(work->cid = weir_strdup(rest_cid(request))) ||
        !(work->encoder = weir_strdup(weir_http_param(request, 1)))) {
        weir_fail(&err, WEIR_NO_MEMORY, "no room for the job");
        goto fail;
    }
    work->rest = rest_of(request);
    /* What is wrong with the call itself is said now rather than in the job. */
    if (weir_encoders_get(work->rest->options.engine, work->cid, work->encoder, &ref, &err) ||
        rest_source_read(request, &work->source, &err) ||
        weir_source_check(work->rest->options.sources, &work->source, &err))
        goto fail;
    weir_encoder_release(ref);
    rest_start_job(request, reply, "EncoderLearnJob", run, work, drop); /* owns work from now on */
    return;
fail:
    weir_encoder_release(ref);
    if (work)
        drop(work);
    rest_error(reply, &err);
}

void rest_encoder_sources(const weir_http_request *request, weir_http_reply *reply)
{
    weir_encoder_ref *ref = NULL;
    const weir_encoder *encoder;
    const char **names = NULL;
    size_t count;
    weir_error err = {0};

    if (weir_encoders_get(rest_engine(request), rest_cid(request), weir_http_param(request, 1),
                          &ref, &err)) {
        rest_error(reply, &err);
        return;
    }
    encoder = weir_encoder_of(ref);
    count = weir_encoder_sources(encoder);
    if (!(names = weir_calloc(count + 1, sizeof *names))) {
        weir_fail(&err, WEIR_NO_MEMORY, "no room for %zu names", count);
        rest_error(reply, &err);
    } else {
        for (size_t i = 0; i < count; i++)
            names[i] = weir_encoder_source(encoder, i);
        rest_list(reply, (char *const *)names, count);
    }
    weir_free((void *)names);
    weir_encoder_release(ref);
}
