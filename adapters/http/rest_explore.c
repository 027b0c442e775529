/* rest_explore.c: statistics and tests.
 *
 * A call may hold many MLContexts. Their attributes are copied from the project in groups, so that contexts of one
 * group are answered from one state of the project; a group stays small because a copy grows with the square of its
 * attributes.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>
#include <string.h>

#include "rest_copy.h"
#include "weir/memory.h"

enum { GROUP_ATTRIBUTES = 64 };

/* Answers contexts[from] and as many after it as fit a group; *next is where to go on. */
static weir_code answer_group(const rest_call *call, rest_context *contexts, size_t count,
                              size_t from, rest_set *group, weir_answer *answers, size_t *next,
                              weir_error *err)
{
    weir_summary *copy = NULL;
    size_t end = from;
    weir_code code = WEIR_OK;

    rest_set_clear(group);
    do {
        rest_set_take(group, &contexts[end]);
        end++;
    } while (end < count && group->count + contexts[end].input_count + contexts[end].target_count <=
                                GROUP_ATTRIBUTES);
    if ((code = rest_set_copy(group, call, &copy, err)))
        return code;
    for (size_t i = from; i < end && !code; i++) {
        rest_set_translate(group, &contexts[i]);
        const weir_question question = rest_question(&contexts[i]);

        code = weir_metric_ask(call->what, copy, &question, &answers[i], err);
    }
    weir_summary_free(copy);
    *next = end;
    return code;
}

static weir_code check_inputs(const weir_metric *metric, const weir_schema *schema,
                              const rest_context *contexts, size_t count, weir_error *err)
{
    for (size_t i = 0; i < count; i++) {
        const weir_question question = rest_question(&contexts[i]);
        weir_code code = weir_metric_check(metric, schema, &question, err);

        if (code)
            return weir_explain(err, code, "MLContext %zu", i);
    }
    return WEIR_OK;
}

/* Writes the members of values. */
static weir_code explore(const rest_call *call, weir_job *job, json_out *json, weir_error *err)
{
    weir_project_info info = {0};
    rest_context *contexts = NULL;
    weir_answer *answers = NULL;
    rest_set group = {0};
    size_t count = 0, next = 0;
    weir_code code = WEIR_OK;

    if ((code = weir_project_info_get(call->engine, call->cid, call->pid, &info, err)) ||
        (code = rest_contexts_read(call->body, info.schema, &contexts, &count, err)) ||
        (code = check_inputs(call->what, info.schema, contexts, count, err)) ||
        (code = rest_set_new(weir_schema_size(info.schema), &group, err)))
        goto done;
    if (!(answers = weir_calloc(count + 1, sizeof *answers))) {
        code = weir_fail(err, WEIR_NO_MEMORY, "no room for %zu answers", count);
        goto done;
    }
    while (next < count && !code) {
        if (job)
            weir_job_progress(job, next, count);
        code = job && weir_job_cancelled(job)
                   ? weir_fail(err, WEIR_CANCELLED, "the job was cancelled")
                   : answer_group(call, contexts, count, next, &group, answers, &next, err);
    }
    if (code)
        goto done;
    rest_write_answers(json, answers, count);
    if (call->with_info) {
        json_key(json, "smlInfo");
        rest_write_info(json, &info);
    }
done:
    for (size_t i = 0; answers && i < count; i++)
        weir_answer_free(&answers[i]);
    weir_free(answers);
    rest_set_free(&group);
    rest_contexts_free(contexts, count);
    weir_project_info_free(&info);
    return code;
}

/* Says at once what the job could only say later. */
static weir_code check_question(const rest_call *call, weir_error *err)
{
    weir_project_info info = {0};
    rest_context *contexts = NULL;
    size_t count = 0;
    weir_code code = weir_project_info_get(call->engine, call->cid, call->pid, &info, err);

    if (!code && !(code = rest_contexts_read(call->body, info.schema, &contexts, &count, err)))
        code = check_inputs(call->what, info.schema, contexts, count, err);
    rest_contexts_free(contexts, count);
    weir_project_info_free(&info);
    return code;
}

static weir_code unknown_metric(const char *id, weir_error *err)
{
    char known[160] = "";

    for (size_t i = 0; weir_metrics[i]; i++) {
        size_t used = strlen(known);

        snprintf(known + used, sizeof known - used, "%s%s", i ? ", " : "", weir_metrics[i]->id);
    }
    return weir_fail(err, WEIR_INVALID, "metric \"%.40s\" is not known; there are %s", id, known);
}

void rest_explore(const weir_http_request *request, weir_http_reply *reply)
{
    const char *id = weir_http_argument(request, "metric");
    const weir_metric *metric = weir_metric_find(id);
    rest_call *call = NULL;
    weir_error err = {0};

    if ((!metric && unknown_metric(id, &err)) || rest_call_new(request, &call, &err)) {
        rest_error(reply, &err);
        return;
    }
    call->what = metric;
    call->answer = explore;
    if (!rest_argument_is(request, "async", false)) {
        rest_call_at_once(reply, call);
    } else if (check_question(call, &err)) {
        rest_error(reply, &err);
        rest_call_free(call);
    } else {
        rest_call_by_job(request, reply, call, "ExploreJob");
    }
}
