/* rest_jobs.c: jobs: starting them from a call, asking after them, ending them.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rest_inside.h"
#include "weir/memory.h"

static void write_job(json_out *json, const weir_job_info *job)
{
    json_open(json, '{');
    json_put_whole(json, "jobId", (int64_t)job->id);
    json_put_text(json, "jobType", job->kind);
    json_put_text(json, "owner", job->owner);
    json_put_whole(json, "startingDate", job->started_ms);
    json_put_whole(json, "current", (int64_t)job->current);
    json_put_whole(json, "maximum", (int64_t)job->maximum);
    json_put_truth(json, "isOnBoundedExecutor", true);
    json_put_truth(json, "isStarted", job->started);
    json_put_truth(json, "isDone", job->done);
    json_key(json, "details");
    json_open(json, '{');
    json_put_text(json, "project", job->project);
    if (job->done && job->error.code)
        json_put_text(json, "error", job->error.message);
    json_close(json, '}');
    json_close(json, '}');
}

/* "/symetry/rest/{cid}/jobs/{id}" with the host the caller used; the id is escaped as the caller escaped it. */
static void job_location(const weir_http_request *request, uint64_t id, char *out, size_t room)
{
    const char *host = weir_http_header(request, "Host"), *path = weir_http_path(request);
    const char *cid = path + strlen("/symetry/rest/");

    snprintf(out, room, "http://%.300s/symetry/rest/%.*s/jobs/%" PRIu64, host ? host : "",
             (int)strcspn(cid, "/"), cid, id);
}

void rest_start_job(const weir_http_request *request, weir_http_reply *reply, const char *kind,
                    weir_job_run run, void *context, void (*drop)(void *))
{
    char location[1500], number[24];
    uint64_t id = 0;
    weir_error err = {0};

    if (weir_job_start(rest_engine(request), rest_cid(request), kind, rest_pid(request), run,
                       context, drop, &id, &err)) {
        rest_error(reply, &err);
        return;
    }
    job_location(request, id, location, sizeof location);
    snprintf(number, sizeof number, "%" PRIu64, id);
    weir_http_reply_header(reply, "Location", location);
    weir_http_reply_header(reply, "sym-job-id", number);
    rest_plain(reply, 202, "Job Created");
}

weir_code rest_job_values(weir_job *job, weir_bytes *members, weir_error *err)
{
    char *text = NULL;

    if (weir_bytes_ok(members, err))
        return err ? err->code : WEIR_NO_MEMORY;
    if (!(text = malloc(members->size + 3)))
        return weir_fail(err, WEIR_NO_MEMORY, "no room for the result of the job");
    text[0] = '{';
    if (members->size > 0)
        memcpy(text + 1, members->data, members->size);
    memcpy(text + 1 + members->size, "}", 2);
    weir_job_result(job, text); /* the job owns it now */
    return WEIR_OK;
}

static bool job_number(const weir_http_request *request, uint64_t *id)
{
    const char *text = weir_http_param(request, 1);
    char *end = NULL;

    *id = strtoull(text, &end, 10);
    return *text >= '0' && *text <= '9' && *end == '\0' && strlen(text) < 20;
}

static void answer_job(weir_http_reply *reply, int status, const char *text,
                       const weir_job_info *job)
{
    json_out json;

    rest_begin(reply, status, text, &json);
    json_key(&json, "jobinfo");
    write_job(&json, job);
    rest_end(&json);
}

void rest_job_get(const weir_http_request *request, weir_http_reply *reply)
{
    weir_job_info job = {0};
    uint64_t id = 0;
    json_out json;

    if (!job_number(request, &id) ||
        weir_job_get(rest_engine(request), rest_cid(request), id, &job, NULL)) {
        rest_plain(reply, 400, "No such job");
        return;
    }
    if (!job.done) {
        answer_job(reply, 202, "Job still running", &job);
    } else if (job.error.code) {
        answer_job(reply, 500, job.error.message, &job);
    } else {
        rest_begin(reply, 200, "Job is finished", &json);
        if (job.result && strlen(job.result) > 2) /* the members between its braces */
            json_raw(&json, job.result + 1, strlen(job.result) - 2);
        rest_end(&json);
    }
    weir_job_info_free(&job);
}

void rest_job_list(const weir_http_request *request, weir_http_reply *reply)
{
    weir_job_info *jobs = NULL;
    size_t count = 0;
    json_out json;
    weir_error err = {0};

    if (weir_job_list(rest_engine(request), rest_cid(request), &jobs, &count, &err)) {
        rest_error(reply, &err);
        return;
    }
    rest_begin(reply, 200, "OK", &json);
    json_key(&json, "jobinfoList");
    json_open(&json, '[');
    for (size_t i = 0; i < count; i++) {
        write_job(&json, &jobs[i]);
        weir_job_info_free(&jobs[i]);
    }
    json_close(&json, ']');
    rest_end(&json);
    weir_free(jobs);
}

void rest_job_delete(const weir_http_request *request, weir_http_reply *reply)
{
    uint64_t id = 0;
    bool killed = false;

    if (!job_number(request, &id) ||
        weir_job_cancel(rest_engine(request), rest_cid(request), id, &killed, NULL))
        rest_plain(reply, 400, "No such job");
    else if (killed)
        rest_plain(reply, 200, "Job is killed");
    else
        rest_plain(reply, 202, "Job cannot be killed");
}
