/* rest_call.c: questions that are answered at once or by a job, with the same words either way.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "rest_inside.h"
#include "weir/memory.h"

weir_code rest_call_new(const weir_http_request *request, rest_call **out, weir_error *err)
{
    const char *pid = rest_pid(request);
    rest_call *call = weir_calloc(1, sizeof *call);
    weir_code code = WEIR_OK;

    if (!call || !(call->cid = weir_strdup(rest_cid(request))) ||
        !(call->pid = weir_strdup(pid ? pid : ""))) {
        code = weir_fail(err, WEIR_NO_MEMORY, "no room for the question");
        goto done;
    }
    call->rest = rest_of(request);
    call->engine = call->rest->options.engine;
    call->with_info = rest_argument_is(request, "returnProjectInfo", true);
    if ((code = rest_body_object(request, &call->body, err)))
        goto done;
    *out = call;
    call = NULL; /* the caller owns it now */
done:
    rest_call_free(call);
    return code;
}

void rest_call_free(void *context)
{
    rest_call *call = context;

    if (!call)
        return;
    weir_free(call->cid);
    weir_free(call->pid);
    weir_free(call->text);
    json_decref(call->body);
    weir_free(call);
}

static weir_code run(weir_job *job, void *context, weir_error *err)
{
    rest_call *call = context;
    weir_bytes members = {0};
    json_out json = {.out = &members};
    weir_code code = call->answer(call, job, &json, err);

    if (!code)
        code = rest_job_values(job, &members, err);
    weir_bytes_free(&members);
    return code;
}

void rest_call_at_once(weir_http_reply *reply, rest_call *call)
{
    json_out json;
    weir_error err = {0};

    rest_begin(reply, 200, "OK", &json);
    if (call->answer(call, NULL, &json, &err))
        rest_error(reply, &err);
    else
        rest_end(&json);
    rest_call_free(call);
}

void rest_call_by_job(const weir_http_request *request, weir_http_reply *reply, rest_call *call,
                      const char *kind)
{
    rest_start_job(request, reply, kind, run, call, rest_call_free);
}
