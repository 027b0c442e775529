/* rest_projects.c: making, listing, describing, changing and removing projects.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>
#include <string.h>

#include "rest_inside.h"
#include "weir/fusion.h"
#include "weir/memory.h"

void rest_project_create(const weir_http_request *request, weir_http_reply *reply)
{
    const char *pid = weir_http_argument(request, "pid");
    const char *type = weir_http_argument(request, "type");
    weir_project_options options = {.type = type && *type ? type : NULL,
                                    .persist = rest_argument_is(request, "persist", true),
                                    .histograms =
                                        rest_argument_is(request, "enableHistogram", false)};
    json_t *body = NULL, *strings = NULL;
    weir_setting *params = NULL;
    char text[400];
    weir_error err = {0};

    if (rest_body_object(request, &body, &err) ||
        rest_settings(body, &strings, &params, &options.param_count, &err)) {
        rest_error(reply, &err);
        goto done;
    }
    options.params = params;
    if (options.type && !strcmp(options.type, WEIR_FUSION_TYPE)) {
        rest_plain(reply, 400, "a fusion project is made with its cells: projects/fusion/create");
        goto done;
    }
    if (weir_project_create(rest_engine(request), rest_cid(request), pid, &options, &err)) {
        rest_error(reply, &err);
        goto done;
    }
    snprintf(text, sizeof text, "Project Created with id:%.300s", pid);
    rest_plain(reply, 201, text);
done:
    weir_free(params);
    json_decref(strings);
    json_decref(body);
}

void rest_project_list(const weir_http_request *request, weir_http_reply *reply)
{
    char **pids = NULL;
    size_t count = 0;
    weir_error err = {0};

    if (weir_project_list(rest_engine(request), rest_cid(request), &pids, &count, &err)) {
        rest_error(reply, &err);
        return;
    }
    rest_list(reply, pids, count);
    weir_list_free(pids, count);
}

void rest_project_info(const weir_http_request *request, weir_http_reply *reply)
{
    weir_project_info info = {0};
    json_out json;
    weir_error err = {0};

    if (weir_project_info_get(rest_engine(request), rest_cid(request), rest_pid(request), &info,
                              &err)) {
        rest_error(reply, &err);
        return;
    }
    rest_begin(reply, 200, "OK", &json);
    json_key(&json, "smlInfo");
    rest_write_info(&json, &info);
    rest_end(&json);
    weir_project_info_free(&info);
}

/* --- the infos of all projects, usually as a job */

typedef struct {
    weir_engine *engine;
    char *cid; /* owned */
} infos_job;

static void infos_drop(void *context)
{
    infos_job *work = context;

    weir_free(work->cid);
    weir_free(work);
}

/* "smlInfoList":{"values":[...]}; a project deleted meanwhile is left out. */
static weir_code write_infos(weir_engine *engine, const char *cid, weir_job *job, json_out *json,
                             weir_error *err)
{
    char **pids = NULL;
    size_t count = 0;
    weir_code code = weir_project_list(engine, cid, &pids, &count, err);

    json_key(json, "smlInfoList");
    json_open(json, '{');
    json_key(json, "values");
    json_open(json, '[');
    for (size_t i = 0; i < count && !code; i++) {
        weir_project_info info = {0};

        if (job)
            weir_job_progress(job, i, count);
        if (job && weir_job_cancelled(job))
            code = weir_fail(err, WEIR_CANCELLED, "the job was cancelled");
        else if (!(code = weir_project_info_get(engine, cid, pids[i], &info, err)))
            rest_write_info(json, &info);
        else if (code == WEIR_NOT_FOUND)
            code = WEIR_OK;
        weir_project_info_free(&info);
    }
    json_close(json, ']');
    json_close(json, '}');
    weir_list_free(pids, count);
    return code;
}

static weir_code infos_run(weir_job *job, void *context, weir_error *err)
{
    const infos_job *work = context;
    weir_bytes members = {0};
    json_out json = {.out = &members};
    weir_code code = write_infos(work->engine, work->cid, job, &json, err);

    if (!code)
        code = rest_job_values(job, &members, err);
    weir_bytes_free(&members);
    return code;
}

void rest_project_infos(const weir_http_request *request, weir_http_reply *reply)
{
    infos_job *work = NULL;
    json_out json;
    weir_error err = {0};

    if (!rest_argument_is(request, "async", true)) {
        rest_begin(reply, 200, "OK", &json);
        if (write_infos(rest_engine(request), rest_cid(request), NULL, &json, &err))
            rest_error(reply, &err);
        else
            rest_end(&json);
        return;
    }
    work = weir_calloc(1, sizeof *work);
    if (!work || !(work->cid = weir_strdup(rest_cid(request)))) {
        weir_free(work);
        weir_fail(&err, WEIR_NO_MEMORY, "no room for the job");
        rest_error(reply, &err);
        return;
    }
    work->engine = rest_engine(request);
    rest_start_job(request, reply, "ProjectInfosJob", infos_run, work, infos_drop);
}

/* --- changes */

void rest_project_delete(const weir_http_request *request, weir_http_reply *reply)
{
    const char *cid = rest_cid(request), *pid = rest_pid(request);
    char text[600];
    weir_error err = {0};
    weir_code code = weir_project_delete(rest_engine(request), cid, pid, &err);

    if (code == WEIR_NOT_FOUND) { /* both documented sentences: callers look for parts of either */
        snprintf(text, sizeof text,
                 "Customer[%.120s] does not have Project with id[%.120s], "
                 "Cannot Find SYMETRYML id[%.120s] for Customer id [%.120s]",
                 cid, pid, pid, cid);
        rest_plain(reply, 400, text);
    } else if (code) {
        rest_error(reply, &err);
    } else {
        snprintf(text, sizeof text, "deleted Project with id[%.200s] from Customer[%.200s] store",
                 pid, cid);
        rest_plain(reply, 200, text);
    }
}

void rest_project_rename(const weir_http_request *request, weir_http_reply *reply)
{
    const char *to = weir_http_argument(request, "newName");
    char text[600];
    weir_error err = {0};

    if (!to)
        to = weir_http_argument(request, "rename"); /* as one table of the documents has it */
    if (!to || !*to) {
        rest_plain(reply, 400, "the query argument newName is missing");
    } else if (weir_project_rename(rest_engine(request), rest_cid(request), rest_pid(request), to,
                                   &err)) {
        rest_error(reply, &err);
    } else {
        snprintf(text, sizeof text, "Project id[%.200s] renamed to id[%.200s]", rest_pid(request),
                 to);
        rest_plain(reply, 201, text);
    }
}

void rest_project_save(const weir_http_request *request, weir_http_reply *reply)
{
    weir_error err = {0};
    weir_code code =
        weir_project_save(rest_engine(request), rest_cid(request), rest_pid(request), &err);

    rest_done(reply, code, &err);
}

static void freeze(const weir_http_request *request, weir_http_reply *reply, bool frozen)
{
    weir_error err = {0};
    weir_code code = weir_project_freeze(rest_engine(request), rest_cid(request), rest_pid(request),
                                         frozen, &err);

    rest_done(reply, code, &err);
}

void rest_project_freeze(const weir_http_request *request, weir_http_reply *reply)
{
    freeze(request, reply, true);
}

void rest_project_unfreeze(const weir_http_request *request, weir_http_reply *reply)
{
    freeze(request, reply, false);
}

void rest_project_unload(const weir_http_request *request, weir_http_reply *reply)
{
    weir_error err = {0};
    weir_code code = weir_project_unload(rest_engine(request), rest_cid(request), rest_pid(request),
                                         rest_argument_is(request, "force", false), &err);

    rest_done(reply, code, &err);
}

void rest_project_histograms(const weir_http_request *request, weir_http_reply *reply)
{
    weir_error err = {0};
    weir_code code =
        weir_project_histograms(rest_engine(request), rest_cid(request), rest_pid(request),
                                rest_argument_is(request, "enable", true), &err);

    rest_done(reply, code, &err);
}
