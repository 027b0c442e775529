/* rest_density.c: histograms with equal bins, of attributes and given binary ones.
 *
 * What cannot be shown is told in its own entry, so that the others are still answered.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>
#include <string.h>

#include "rest_inside.h"
#include "weir/memory.h"

enum { PAIRS_MAX = 4096 };

static weir_code read_wanted(const rest_context *context, weir_density_wanted *out, weir_error *err)
{
    weir_code code = weir_options_default(weir_density_options, out, err);

    for (size_t i = 0; i < context->setting_count && !code; i++)
        code = weir_options_set(weir_density_options, out, context->settings[i].name,
                                context->settings[i].value, NULL, err);
    if (code)
        return code;
    if (out->bins == INT64_MIN)
        return weir_fail(err, WEIR_INVALID, "extraParameters need hist_bins, a whole number");
    if (out->min >= out->max)
        return weir_fail(err, WEIR_INVALID, "hist_min %g is not below hist_max %g", out->min,
                         out->max);
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

/* Each attribute of a context. */
static weir_code densities_of(const rest_call *call, const weir_schema *schema,
                              const rest_context *context, json_out *json, weir_error *err)
{
    weir_density density = {0};
    weir_density_wanted wanted;
    weir_code code = read_wanted(context, &wanted, err);

    for (size_t i = 0; i < context->input_count && !code; i++) {
        weir_summary *copy = NULL;

        if ((code = weir_project_select_ids(call->engine, call->cid, call->pid, &context->inputs[i],
                                            1, &copy, err)))
            break;
        if (!(code = weir_density_estimate(copy, 0, (size_t)wanted.bins, wanted.min, wanted.max,
                                           &density, err)))
            write_density(json, weir_schema_at(schema, context->inputs[i])->name, &density);
        weir_density_free(&density);
        weir_summary_free(copy);
    }
    return code;
}

/* Of target given that condition is 1, or 0: "target|condition", "target|!condition". */
static weir_code write_given(const weir_summary *copy, const char *target, const char *condition,
                             bool value, const weir_density_wanted *wanted, json_out *json,
                             weir_error *err)
{
    const size_t room = strlen(target) + strlen(condition) + 3;
    char *name = weir_malloc(room);
    weir_density density = {0};
    weir_code code = WEIR_OK;

    if (!name)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for a name");
    snprintf(name, room, "%s|%s%s", target, value ? "" : "!", condition);
    if (!(code = weir_density_conditional(copy, 0, weir_schema_size(weir_summary_schema(copy)) - 1,
                                          value, (size_t)wanted->bins, wanted->min, wanted->max,
                                          &density, err)))
        write_density(json, name, &density);
    weir_density_free(&density);
    weir_free(name);
    return code;
}

static weir_code write_pair(const rest_call *call, const weir_schema *schema, size_t target,
                            size_t condition, const weir_density_wanted *wanted, json_out *json,
                            weir_error *err)
{
    const size_t ids[] = {target, condition};
    const char *target_name = weir_schema_at(schema, target)->name;
    const char *condition_name = weir_schema_at(schema, condition)->name;
    weir_summary *copy = NULL;
    weir_code code =
        weir_project_select_ids(call->engine, call->cid, call->pid, ids, 2, &copy, err);

    if (!code)
        code = write_given(copy, target_name, condition_name, true, wanted, json, err);
    if (!code && wanted->complement)
        code = write_given(copy, target_name, condition_name, false, wanted, json, err);
    weir_summary_free(copy);
    return code;
}

/* The first entry of a context is the condition, or a category whose values are; what follows are targets. */
static weir_code conditional_densities_of(const rest_call *call, const weir_schema *schema,
                                          const rest_context *context, json_out *json,
                                          weir_error *err)
{
    const size_t conditions = context->input_term_count > 0 ? context->input_terms[0].count : 0;
    const size_t targets = context->input_count - conditions;
    weir_density_wanted wanted;
    weir_code code = read_wanted(context, &wanted, err);

    if (code)
        return code;
    if (context->input_term_count < 2)
        return weir_fail(err, WEIR_INVALID,
                         "a conditional density needs two attributes, the condition and the "
                         "target; an MLContext has %zu",
                         context->input_term_count);
    if (targets > PAIRS_MAX / (conditions + 1))
        return weir_fail(err, WEIR_INVALID,
                         "%zu conditions and %zu targets in one MLContext; their pairs are at "
                         "most %d",
                         conditions, targets, PAIRS_MAX);
    for (size_t i = 0; i < targets && !code; i++)
        for (size_t j = 0; j < conditions && !code; j++)
            code = write_pair(call, schema, context->inputs[conditions + i], context->inputs[j],
                              &wanted, json, err);
    return code;
}

static void write_density_error(json_out *json, const json_t *context, const char *why)
{
    const json_t *names = json_object_get(context, "inputAttributeNames");
    const json_t *ids = json_object_get(context, "inputAttributes");
    const json_t *first = json_array_get(json_array_size(ids) > 0 ? ids : names, 0);
    weir_density density = {0};

    snprintf(density.error, sizeof density.error, "%.150s", why);
    write_density(json, json_is_string(first) ? json_string_value(first) : "", &density);
}

typedef weir_code (*context_writer)(const rest_call *call, const weir_schema *schema,
                                    const rest_context *context, json_out *json, weir_error *err);

static weir_code write_contexts(const rest_call *call, const weir_schema *schema,
                                context_writer write, json_out *json, weir_error *err)
{
    const json_t *list = json_object_get(call->body, "values");
    const size_t count = list ? json_array_size(list) : 1;
    weir_code code = WEIR_OK;

    for (size_t i = 0; i < count && !code; i++) {
        const json_t *one = list ? json_array_get(list, i) : call->body;
        rest_context context = {0};
        weir_error why = {0};

        if (!json_is_object(one))
            code = weir_fail(err, WEIR_INVALID, "values is a list of MLContexts");
        else if (rest_context_read(one, schema, false, &context, &why))
            write_density_error(json, one, why.message);
        else if (context.input_count == 0)
            code = weir_fail(err, WEIR_INVALID, "MLContext %zu names no attribute", i);
        else
            code = write(call, schema, &context, json, err);
        rest_context_free(&context);
    }
    return code;
}

static weir_code write_list(const rest_call *call, context_writer write, json_out *json,
                            weir_error *err)
{
    weir_project_info info = {0};
    weir_code code = weir_project_info_get(call->engine, call->cid, call->pid, &info, err);

    if (!code && !info.histograms)
        code = weir_fail(err, WEIR_INVALID,
                         "project %.100s keeps no histograms; turn them on with histogramEnable",
                         call->pid);
    if (!code) {
        json_key(json, "densityList");
        json_open(json, '{');
        json_key(json, "values");
        json_open(json, '[');
        code = write_contexts(call, info.schema, write, json, err);
        json_close(json, ']');
        json_close(json, '}');
    }
    weir_project_info_free(&info);
    return code;
}

static weir_code densities(const rest_call *call, weir_job *job, json_out *json, weir_error *err)
{
    (void)job;
    return write_list(call, densities_of, json, err);
}

static weir_code conditional_densities(const rest_call *call, weir_job *job, json_out *json,
                                       weir_error *err)
{
    (void)job;
    return write_list(call, conditional_densities_of, json, err);
}

static void answer(const weir_http_request *request, weir_http_reply *reply,
                   weir_code (*how)(const rest_call *, weir_job *, json_out *, weir_error *))
{
    rest_call *call = NULL;
    weir_error err = {0};

    if (rest_call_new(request, &call, &err)) {
        rest_error(reply, &err);
        return;
    }
    call->answer = how;
    if (rest_argument_is(request, "async", false))
        rest_call_by_job(request, reply, call, "DensityJob");
    else
        rest_call_at_once(reply, call);
}

void rest_density(const weir_http_request *request, weir_http_reply *reply)
{
    answer(request, reply, densities);
}

void rest_density_conditional(const weir_http_request *request, weir_http_reply *reply)
{
    answer(request, reply, conditional_densities);
}
