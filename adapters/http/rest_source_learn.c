/* rest_source_learn.c: learning and forgetting a data source, as a job.
 *
 * A body is a DataFrame without rows: names, types and errorHandling. Without one the types are those that the project
 * has, or else guessed.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "rest_inside.h"
#include "weir/memory.h"
#include "weir/updates.h"

typedef struct {
    weir_rest *rest;
    char *cid, *pid, *client, *address; /* owned */
    double sign;
    weir_data_source source;
    weir_frame asked; /* names and types; no batch: all columns */
} source_job;

static void drop(void *context)
{
    source_job *work = context;

    weir_free(work->cid);
    weir_free(work->pid);
    weir_free(work->client);
    weir_free(work->address);
    weir_data_source_free(&work->source);
    weir_frame_free(&work->asked);
    weir_free(work);
}

static int64_t clock_ms(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static weir_code answer(weir_job *job, const source_job *work, const weir_source_learned *learned,
                        weir_error *err)
{
    weir_project_info info = {0};
    weir_bytes members = {0};
    json_out json = {.out = &members};
    weir_code code =
        weir_project_info_get(work->rest->options.engine, work->cid, work->pid, &info, err);

    if (!code) {
        json_key(&json, "smlInfo");
        rest_write_info(&json, &info);
        json_put_whole(&json, "rows", (int64_t)learned->rows);
        rest_write_rejects(&json, &learned->rejects);
        code = rest_job_values(job, &members, err);
    }
    weir_project_info_free(&info);
    weir_bytes_free(&members);
    return code;
}

/* On the thread of the job. */
static weir_code run(weir_job *job, void *context, weir_error *err)
{
    source_job *work = context;
    weir_source_learning learning = {.cid = work->cid,
                                     .pid = work->pid,
                                     .sign = work->sign,
                                     .columns = work->asked.batch,
                                     .policy =
                                         work->asked.batch ? work->asked.policy : WEIR_BAD_CELL};
    weir_source_learned learned = {0};
    int64_t began_ms = clock_ms(CLOCK_MONOTONIC);
    weir_code code = weir_source_learn(work->rest->options.engine, work->rest->options.sources,
                                       &work->source, &learning, job, &learned, err);
    weir_source_update update = {.client = work->client,
                                 .address = work->address,
                                 .request = work->sign > 0 ? "learn" : "forget",
                                 .source = work->source.name,
                                 .at_ms = clock_ms(CLOCK_REALTIME),
                                 .took_ms = clock_ms(CLOCK_MONOTONIC) - began_ms,
                                 .rows = learned.rows,
                                 .response = rest_status(code)};

    weir_source_update_note(work->rest->options.engine, work->cid, work->pid, &update);
    if (code)
        return weir_explain(err, code, "data source %s, after %" PRIu64 " rows", work->source.name,
                            learned.rows);
    return answer(job, work, &learned, err);
}

/* What the body asks for; nothing without one. */
static weir_code read_asked(const weir_http_request *request, weir_frame *out, weir_error *err)
{
    size_t size = 0;
    const char *body = weir_http_body(request, &size);
    weir_code code;

    if (strspn(body ? body : "", " \t\r\n") >= size)
        return WEIR_OK;
    if ((code = rest_of(request)->options.codecs->frame_decode(body, size, WEIR_BAD_CELL, NULL,
                                                               NULL, out, err)))
        return code;
    if (out->batch->rows > 0)
        return weir_fail(err, WEIR_INVALID,
                         "the rows come from the data source: data of the body is empty");
    return WEIR_OK;
}

static void start(const weir_http_request *request, weir_http_reply *reply, double sign)
{
    const char *client = weir_http_header(request, "sym-client");
    weir_engine *engine = rest_engine(request);
    source_job *work = weir_calloc(1, sizeof *work);
    weir_project_info info = {0};
    weir_error err = {0};

    if (!work || !(work->cid = weir_strdup(rest_cid(request))) ||
        !(work->pid = weir_strdup(rest_pid(request))) ||
        !(work->client = weir_strdup(client && *client ? client : REST_CLIENT)) ||
        !(work->address = weir_strdup(weir_http_peer(request)))) {
        weir_fail(&err, WEIR_NO_MEMORY, "no room for the job");
        rest_error(reply, &err);
        goto done;
    }
    work->rest = rest_of(request);
    work->sign = sign;
    /* What is wrong with the call itself is said now rather than in the job. */
    if (weir_project_info_get(engine, work->cid, work->pid, &info, &err) ||
        read_asked(request, &work->asked, &err)) {
        rest_error(reply, &err);
        goto done;
    }
    if (weir_source_get(engine, work->cid, weir_http_param(request, 2), &work->source, &err) ||
        weir_source_check(work->rest->options.sources, &work->source, &err)) {
        if (err.code == WEIR_NOT_FOUND)
            rest_plain(reply, 404, err.message);
        else
            rest_error(reply, &err);
        goto done;
    }
    rest_start_job(request, reply, sign > 0 ? "DataSourceLearnJob" : "DataSourceForgetJob", run,
                   work, drop);
    work = NULL; /* the job's now */
done:
    weir_project_info_free(&info);
    if (work)
        drop(work);
}

void rest_source_learn(const weir_http_request *request, weir_http_reply *reply)
{
    start(request, reply, 1);
}

void rest_source_forget(const weir_http_request *request, weir_http_reply *reply)
{
    start(request, reply, -1);
}
