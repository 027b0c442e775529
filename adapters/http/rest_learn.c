/* rest_learn.c: rows in: learn and forget, at once or as a job.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <string.h>

#include "rest_inside.h"
#include "weir/memory.h"
#include "weir/prepare.h"

/* Under the sender's types, and what the project's row filter needs besides. */
static weir_code decode(const weir_rest *rest, const char *cid, const char *pid, const char *body,
                        size_t size, weir_frame *frame, weir_error *err)
{
    weir_preparation *preparation = NULL;
    weir_code code = weir_preparation_new(rest->options.engine, cid, pid, &preparation, err);

    if (!code)
        code = rest->options.codecs->frame_decode(
            body, size, WEIR_BAD_CELL, weir_preparation_learn_type, preparation, frame, err);
    weir_preparation_free(preparation);
    return code;
}

void rest_write_rejects(json_out *json, const weir_rejects *rejects)
{
    if (rejects->cells == 0 && rejects->rows == 0)
        return;
    json_put_whole(json, "rejectedCells", (int64_t)rejects->cells);
    json_put_whole(json, "rejectedRows", (int64_t)rejects->rows);
    json_put_text(json, "firstRejected", rejects->first);
}

/* Callers without a source get the documented empty values. */
static void write_learned(json_out *json, bool has_source, const weir_learned *learned,
                          const weir_rejects *rejects)
{
    if (has_source) {
        json_put_truth(json, "repeat", learned->repeat);
        json_put_whole(json, "rows", (int64_t)learned->rows);
        json_put_whole(json, "position", learned->position);
    }
    if (learned->filtered > 0)
        json_put_whole(json, "filteredRows", (int64_t)learned->filtered);
    rest_write_rejects(json, rejects);
}

static void answer_conflict(weir_http_reply *reply, const weir_learned *learned,
                            const weir_error *err)
{
    json_out json;

    rest_begin(reply, 409, err->message, &json);
    json_put_whole(&json, "position", learned->position);
    rest_end(&json);
}

void rest_learn_bytes(weir_rest *rest, const char *cid, const char *pid, const char *client,
                      double sign, const char *body, size_t size, weir_http_reply *reply)
{
    rest_update update;
    weir_frame frame = {0};
    weir_learned learned = {.position = -1};
    bool has_source = false;
    json_out json;
    weir_error err = {0};

    rest_update_begin(&update);
    if (decode(rest, cid, pid, body, size, &frame, &err)) {
        rest_error(reply, &err);
        goto done;
    }
    rest_update_rows(&update, frame.batch);
    has_source = frame.has_source;
    switch (weir_learn(rest->options.engine, cid, pid, sign, &frame, &learned, &err)) {
    case WEIR_OK:
        rest_begin(reply, 200, "OK", &json);
        write_learned(&json, has_source, &learned, &learned.rejects);
        rest_end(&json);
        break;
    case WEIR_GAP:
        answer_conflict(reply, &learned, &err);
        break;
    case WEIR_CONFLICT:
        if (learned.position >= 0) { /* of an older epoch */
            answer_conflict(reply, &learned, &err);
            break;
        }
        rest_error(reply, &err);
        break;
    default:
        rest_error(reply, &err);
    }
done:
    rest_update_end(&update, rest->options.engine, cid, pid, client, sign, reply->status);
    weir_frame_free(&frame);
}

/* --- as a job */

typedef struct {
    weir_engine *engine;
    char *cid, *pid, *client; /* owned */
    double sign;
    weir_frame frame;
    rest_update update;
} learn_job;

static void learn_drop(void *context)
{
    learn_job *work = context;

    weir_free(work->cid);
    weir_free(work->pid);
    weir_free(work->client);
    weir_bytes_free(&work->update.names);
    weir_bytes_free(&work->update.types);
    weir_frame_free(&work->frame);
    weir_free(work);
}

static weir_code learn_run(weir_job *job, void *context, weir_error *err)
{
    learn_job *work = context;
    weir_learned learned = {.position = -1};
    bool has_source = work->frame.has_source;
    weir_bytes members = {0};
    json_out json = {.out = &members};
    weir_code code = WEIR_OK;

    if (weir_job_cancelled(job))
        return weir_fail(err, WEIR_CANCELLED, "the job was cancelled");
    code = weir_learn(work->engine, work->cid, work->pid, work->sign, &work->frame, &learned, err);
    rest_update_end(&work->update, work->engine, work->cid, work->pid, work->client, work->sign,
                    rest_status(code));
    if (code)
        return code;
    weir_job_progress(job, 1, 1);
    write_learned(&json, has_source, &learned, &learned.rejects);
    code = rest_job_values(job, &members, err);
    weir_bytes_free(&members);
    return code;
}

static void learn_later(const weir_http_request *request, weir_http_reply *reply, double sign)
{
    weir_rest *rest = rest_of(request);
    size_t size = 0;
    const char *body = weir_http_body(request, &size);
    const char *client = weir_http_header(request, "sym-client");
    learn_job *work = weir_calloc(1, sizeof *work);
    weir_project_info info = {0};
    weir_error err = {0};

    if (!work || !(work->cid = weir_strdup(rest_cid(request))) ||
        !(work->pid = weir_strdup(rest_pid(request))) ||
        !(work->client = weir_strdup(client ? client : ""))) {
        weir_fail(&err, WEIR_NO_MEMORY, "no room for the job");
        goto fail;
    }
    work->engine = rest->options.engine;
    work->sign = sign;
    /* What is wrong with the call itself is said now rather than in the job. */
    if (weir_project_info_get(work->engine, work->cid, work->pid, &info, &err) ||
        decode(rest, work->cid, work->pid, body, size, &work->frame, &err))
        goto fail;
    rest_update_begin(&work->update);
    rest_update_rows(&work->update, work->frame.batch);
    weir_project_info_free(&info);
    rest_start_job(request, reply, sign > 0 ? "LearnJob" : "ForgetJob", learn_run, work,
                   learn_drop); /* owns work from now on */
    return;
fail:
    weir_project_info_free(&info);
    if (work)
        learn_drop(work);
    rest_error(reply, &err);
}

static void learn(const weir_http_request *request, weir_http_reply *reply, double sign)
{
    size_t size = 0;
    const char *body = weir_http_body(request, &size);

    if (rest_argument_is(request, "async", false))
        learn_later(request, reply, sign);
    else
        rest_learn_bytes(rest_of(request), rest_cid(request), rest_pid(request),
                         weir_http_header(request, "sym-client"), sign, body, size, reply);
}

void rest_learn(const weir_http_request *request, weir_http_reply *reply)
{
    learn(request, reply, 1);
}

void rest_forget(const weir_http_request *request, weir_http_reply *reply)
{
    learn(request, reply, -1);
}
