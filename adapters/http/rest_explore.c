/* rest_explore.c: statistics, tests and densities.
 *
 * A call may hold many MLContexts. Their attributes are copied from the project in groups, so that contexts of one
 * group are answered from one state of the project; a group stays small because a copy grows with the square of its
 * attributes.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rest_inside.h"
#include "weir/memory.h"

enum { GROUP_ATTRIBUTES = 64, BINS_MAX = 65536 };

typedef struct {
    size_t *place; /* of an attribute id: its position among ids, or WEIR_NONE */
    size_t *ids;   /* the union of the group's attributes */
    size_t count;  /* of ids */
    size_t schema_size;
} group;

static void group_clear(group *of)
{
    for (size_t i = 0; i < of->count; i++)
        of->place[of->ids[i]] = WEIR_NONE;
    of->count = 0;
}

static void group_free(group *of)
{
    weir_free(of->place);
    weir_free(of->ids);
}

static weir_code group_new(size_t schema_size, group *out, weir_error *err)
{
    *out = (group){.schema_size = schema_size};
    out->place = weir_malloc((schema_size + 1) * sizeof *out->place);
    out->ids = weir_malloc((schema_size + 1) * sizeof *out->ids);
    if (!out->place || !out->ids) {
        group_free(out);
        *out = (group){0};
        return weir_fail(err, WEIR_NO_MEMORY, "no room for the attributes");
    }
    for (size_t i = 0; i < schema_size; i++)
        out->place[i] = WEIR_NONE;
    return WEIR_OK;
}

static void group_take(group *of, const size_t *ids, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (of->place[ids[i]] == WEIR_NONE) {
            of->place[ids[i]] = of->count;
            of->ids[of->count++] = ids[i];
        }
}

/* Replaces project ids by positions in the copy. */
static void group_translate(const group *of, size_t *ids, size_t count)
{
    for (size_t i = 0; i < count; i++)
        ids[i] = of->place[ids[i]];
}

/* Answers contexts[from] and as many after it as fit a group; *next is where to go on. */
static weir_code answer_group(weir_engine *engine, const char *cid, const char *pid,
                              const weir_metric *metric, rest_context *contexts, size_t count,
                              size_t from, group *of, weir_answer *answers, size_t *next,
                              weir_error *err)
{
    weir_summary *copy = NULL;
    size_t end = from;
    weir_code code = WEIR_OK;

    group_clear(of);
    do {
        group_take(of, contexts[end].inputs, contexts[end].input_count);
        group_take(of, contexts[end].targets, contexts[end].target_count);
        end++;
    } while (end < count && of->count + contexts[end].input_count + contexts[end].target_count <=
                                GROUP_ATTRIBUTES);
    if ((code = weir_project_select_ids(engine, cid, pid, of->ids, of->count, &copy, err)))
        return code;
    for (size_t i = from; i < end && !code; i++) {
        rest_context *context = &contexts[i];
        weir_question question = {.inputs = context->inputs,
                                  .input_count = context->input_count,
                                  .targets = context->targets,
                                  .target_count = context->target_count,
                                  .settings = context->settings,
                                  .setting_count = context->setting_count};

        group_translate(of, context->inputs, context->input_count);
        group_translate(of, context->targets, context->target_count);
        code = metric->answer(copy, &question, &answers[i], err);
    }
    weir_summary_free(copy);
    *next = end;
    return code;
}

/* What a call asks for; resolved when it runs. */
typedef struct {
    weir_engine *engine;
    const weir_metric *metric;
    char *cid, *pid; /* owned */
    json_t *body;    /* owned */
    bool with_info;
} explore_work;

static void explore_drop(void *context)
{
    explore_work *work = context;

    weir_free(work->cid);
    weir_free(work->pid);
    json_decref(work->body);
    weir_free(work);
}

static weir_code check_inputs(const weir_metric *metric, const weir_schema *schema,
                              const rest_context *contexts, size_t count, weir_error *err)
{
    for (size_t i = 0; i < count; i++) {
        const weir_question question = {.inputs = contexts[i].inputs,
                                        .input_count = contexts[i].input_count,
                                        .targets = contexts[i].targets,
                                        .target_count = contexts[i].target_count,
                                        .settings = contexts[i].settings,
                                        .setting_count = contexts[i].setting_count};
        weir_code code = weir_metric_check(metric, schema, &question, err);

        if (code)
            return weir_explain(err, code, "MLContext %zu", i);
    }
    return WEIR_OK;
}

/* Writes the members of values. */
static weir_code explore(const explore_work *work, weir_job *job, json_out *json, weir_error *err)
{
    weir_project_info info = {0};
    rest_context *contexts = NULL;
    weir_answer *answers = NULL;
    group of = {0};
    size_t count = 0, next = 0;
    weir_code code = WEIR_OK;

    if ((code = weir_project_info_get(work->engine, work->cid, work->pid, &info, err)) ||
        (code = rest_contexts_read(work->body, info.schema, &contexts, &count, err)) ||
        (code = check_inputs(work->metric, info.schema, contexts, count, err)) ||
        (code = group_new(weir_schema_size(info.schema), &of, err)))
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
                   : answer_group(work->engine, work->cid, work->pid, work->metric, contexts, count,
                                  next, &of, answers, &next, err);
    }
    if (code)
        goto done;
    rest_write_answers(json, answers, count);
    if (work->with_info) {
        json_key(json, "smlInfo");
        rest_write_info(json, &info);
    }
done:
    for (size_t i = 0; answers && i < count; i++)
        weir_answer_free(&answers[i]);
    weir_free(answers);
    group_free(&of);
    rest_contexts_free(contexts, count);
    weir_project_info_free(&info);
    return code;
}

/* Says at once what the job could only say later. */
static weir_code check_question(const explore_work *work, weir_error *err)
{
    weir_project_info info = {0};
    rest_context *contexts = NULL;
    size_t count = 0;
    weir_code code = weir_project_info_get(work->engine, work->cid, work->pid, &info, err);

    if (!code && !(code = rest_contexts_read(work->body, info.schema, &contexts, &count, err)))
        code = check_inputs(work->metric, info.schema, contexts, count, err);
    rest_contexts_free(contexts, count);
    weir_project_info_free(&info);
    return code;
}

static weir_code explore_run(weir_job *job, void *context, weir_error *err)
{
    weir_bytes members = {0};
    json_out json = {.out = &members};
    weir_code code = explore(context, job, &json, err);

    if (!code)
        code = rest_job_values(job, &members, err);
    weir_bytes_free(&members);
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
    explore_work *work = weir_calloc(1, sizeof *work);
    json_out json;
    weir_error err = {0};

    if (!work || !(work->cid = weir_strdup(rest_cid(request))) ||
        !(work->pid = weir_strdup(rest_pid(request)))) {
        weir_fail(&err, WEIR_NO_MEMORY, "no room for the question");
        goto fail;
    }
    work->engine = rest_of(request)->options.engine;
    work->with_info = rest_argument_is(request, "returnProjectInfo", true);
    if (!(work->metric = weir_metric_find(id))) {
        unknown_metric(id, &err);
        goto fail;
    }
    if (rest_body_object(request, &work->body, &err))
        goto fail;
    if (rest_argument_is(request, "async", false)) {
        if (check_question(work, &err))
            goto fail;
        rest_start_job(request, reply, "ExploreJob", explore_run, work, explore_drop);
        return; /* the job owns work now */
    }
    rest_begin(reply, 200, "OK", &json);
    if (explore(work, NULL, &json, &err))
        goto fail;
    rest_end(&json);
    explore_drop(work);
    return;
fail:
    if (work)
        explore_drop(work);
    rest_error(reply, &err);
}

/* --- densities */

static weir_code number_setting(const rest_context *context, const char *name, double *value,
                                weir_error *err)
{
    const char *text = rest_setting(context, name);
    char *end = NULL;

    *value = NAN;
    if (!text || !*text)
        return WEIR_OK;
    *value = strtod(text, &end);
    if (end == text || *end != '\0' || !isfinite(*value))
        return weir_fail(err, WEIR_INVALID, "%s is \"%.60s\"; it is a number", name, text);
    return WEIR_OK;
}

static weir_code density_range(const rest_context *context, size_t *bins, double *min, double *max,
                               weir_error *err)
{
    double wanted = 0;
    weir_code code = WEIR_OK;

    if ((code = number_setting(context, "hist_bins", &wanted, err)) ||
        (code = number_setting(context, "hist_min", min, err)) ||
        (code = number_setting(context, "hist_max", max, err)))
        return code;
    if (!(wanted >= 1 && wanted <= BINS_MAX && wanted == floor(wanted)))
        return weir_fail(err, WEIR_INVALID,
                         "extraParameters need hist_bins, a whole number from 1 to %d", BINS_MAX);
    if (!isnan(*min) && !isnan(*max) && *min >= *max)
        return weir_fail(err, WEIR_INVALID, "hist_min %g is not below hist_max %g", *min, *max);
    *bins = (size_t)wanted;
    return WEIR_OK;
}

static void write_density(json_out *json, const char *name, const weir_density *density)
{
    json_open(json, '{');
    json_put_text(json, "attrName", name);
    if (density->error[0]) {
        json_put_text(json, "error", density->error);
    } else {
        json_put_number(json, "min", density->min);
        json_put_number(json, "max", density->max);
        json_put_number(json, "width", density->width);
    }
    json_key(json, "histogram");
    json_open(json, '[');
    for (size_t i = 0; i < density->bins; i++)
        json_number(json, density->counts[i]);
    json_close(json, ']');
    json_close(json, '}');
}

/* One attribute of one context. */
static weir_code density_of(weir_engine *engine, const char *cid, const char *pid,
                            const weir_schema *schema, const rest_context *context, json_out *json,
                            weir_error *err)
{
    weir_summary *copy = NULL;
    weir_density density = {0};
    double min = NAN, max = NAN;
    size_t bins = 0;
    weir_code code = density_range(context, &bins, &min, &max, err);

    for (size_t i = 0; i < context->input_count && !code; i++) {
        if ((code = weir_project_select_ids(engine, cid, pid, &context->inputs[i], 1, &copy, err)))
            break;
        if (!(code = weir_density_estimate(copy, 0, bins, min, max, &density, err)))
            write_density(json, weir_schema_at(schema, context->inputs[i])->name, &density);
        weir_density_free(&density);
        weir_summary_free(copy);
        copy = NULL;
    }
    return code;
}

/* An unknown attribute is told in its own entry, so that the others are still answered. */
static void write_density_error(json_out *json, const json_t *context, const char *why)
{
    const json_t *names = json_object_get(context, "inputAttributeNames");
    const json_t *ids = json_object_get(context, "inputAttributes");
    const json_t *first = json_array_get(json_array_size(ids) > 0 ? ids : names, 0);
    weir_density density = {0};

    snprintf(density.error, sizeof density.error, "%.150s", why);
    write_density(json, json_is_string(first) ? json_string_value(first) : "", &density);
}

static weir_code write_densities(const weir_http_request *request, const json_t *body,
                                 json_out *json, weir_error *err)
{
    weir_engine *engine = rest_of(request)->options.engine;
    const json_t *list = json_object_get(body, "values");
    size_t count = list ? json_array_size(list) : 1;
    weir_project_info info = {0};
    weir_code code =
        weir_project_info_get(engine, rest_cid(request), rest_pid(request), &info, err);

    if (!code && !info.histograms)
        code = weir_fail(err, WEIR_INVALID,
                         "project %.100s keeps no histograms; turn them on with histogramEnable",
                         rest_pid(request));
    json_key(json, "densityList");
    json_open(json, '{');
    json_key(json, "values");
    json_open(json, '[');
    for (size_t i = 0; i < count && !code; i++) {
        const json_t *one = list ? json_array_get(list, i) : body;
        rest_context context = {0};
        weir_error why = {0};

        if (!json_is_object(one))
            code = weir_fail(err, WEIR_INVALID, "values is a list of MLContexts");
        else if (rest_context_read(one, info.schema, false, &context, &why))
            write_density_error(json, one, why.message);
        else if (context.input_count == 0)
            code = weir_fail(err, WEIR_INVALID, "MLContext %zu names no attribute", i);
        else
            code = density_of(engine, rest_cid(request), rest_pid(request), info.schema, &context,
                              json, err);
        rest_context_free(&context);
    }
    json_close(json, ']');
    json_close(json, '}');
    weir_project_info_free(&info);
    return code;
}

void rest_density(const weir_http_request *request, weir_http_reply *reply)
{
    json_t *body = NULL;
    json_out json;
    weir_error err = {0};

    if (rest_body_object(request, &body, &err)) {
        rest_error(reply, &err);
        return;
    }
    rest_begin(reply, 200, "OK", &json);
    if (write_densities(request, body, &json, &err))
        rest_error(reply, &err);
    else
        rest_end(&json);
    json_decref(body);
}
