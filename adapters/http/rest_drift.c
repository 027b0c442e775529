/* rest_drift.c: data drift between two projects, or between a project and its own rolling window.
 *
 * The parameters are documented inside extraParameters, the names of attributes also there; the samples have the names
 * at the level of the MLContext. Both are read. Without names the attributes that both have are compared.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>
#include <string.h>

#include "rest_copy.h"
#include "weir/drift.h"
#include "weir/memory.h"
#include "weir/multivariate.h"

static const char window_name[] = "rolling_window_embedded_project";
static const char names_key[] = "inputAttributeNames";

/* --- which attributes */

/* A list, a JSON list as text, or names between commas. */
static json_t *names_of(const json_t *value)
{
    const char *text = json_string_value(value);
    json_t *names = NULL;

    if (!text)
        return json_deep_copy(value);
    text += strspn(text, " ");
    if (*text == '[')
        return json_loads(text, 0, NULL);
    if (!(names = json_array()))
        return NULL;
    while (*text) {
        const size_t length = strcspn(text, ",");
        size_t used = length;

        while (used > 0 && text[used - 1] == ' ')
            used--;
        if (used > 0)
            json_array_append_new(names, json_stringn(text, used));
        text += length;
        text += strspn(text, ", ");
    }
    return names;
}

/* The MLContext with the names of attributes where they belong. *out is for json_decref(). */
static weir_code read_context(const json_t *body, json_t **out, weir_error *err)
{
    const json_t *list = json_object_get(body, "values");
    const json_t *one = list ? json_array_get(list, 0) : body;
    json_t *context = NULL, *extra = NULL, *names = NULL;
    weir_code code = WEIR_OK;

    if (!json_is_object(one) || (list && json_array_size(list) != 1))
        return weir_fail(err, WEIR_INVALID, "dataDrift answers one MLContext");
    if (!(context = json_deep_copy(one)))
        return weir_fail(err, WEIR_NO_MEMORY, "no room for the question");
    extra = json_object_get(context, "extraParameters");
    if (json_object_get(extra, names_key)) {
        names = names_of(json_object_get(extra, names_key));
        json_object_del(extra, names_key);
        if (!json_is_array(names)) {
            code = weir_fail(err, WEIR_INVALID, "%s is a list of names", names_key);
            goto done;
        }
        if (json_array_size(json_object_get(context, names_key)) == 0 &&
            json_object_set(context, names_key, names)) {
            code = weir_fail(err, WEIR_NO_MEMORY, "no room for the question");
            goto done;
        }
    }
    *out = context;
    context = NULL; /* the caller owns it now */
done:
    json_decref(names);
    json_decref(context);
    return code;
}

/* --- the two summaries */

typedef struct {
    const rest_call *call;
    const weir_drift_metric *metric;
    weir_setting *settings;
    size_t setting_count;
    json_t *strings;                 /* owns texts of settings */
    const char *baseline, *analysis; /* project names; views into settings */
    bool window;                     /* the analysis is the baseline's window */
    rest_context context;            /* against the baseline's attributes */
} drift;

static void drift_free(drift *of)
{
    rest_context_free(&of->context);
    weir_free(of->settings);
    json_decref(of->strings);
}

static weir_code need(const drift *of, const char *name, const char **value, weir_error *err)
{
    for (size_t i = 0; i < of->setting_count; i++)
        if (strcmp(of->settings[i].name, name) == 0 && *of->settings[i].value) {
            *value = of->settings[i].value;
            return WEIR_OK;
        }
    return weir_fail(err, WEIR_INVALID, "dataDrift needs %s in extraParameters", name);
}

static weir_code find_metric(const char *id, const weir_drift_metric **out, weir_error *err)
{
    char known[160] = "";

    if ((*out = weir_drift_find(id)))
        return WEIR_OK;
    for (size_t i = 0; weir_drift_metrics[i]; i++) {
        size_t used = strlen(known);

        snprintf(known + used, sizeof known - used, "%s%s", i ? ", " : "",
                 weir_drift_metrics[i]->id);
    }
    return weir_fail(err, WEIR_INVALID, "driftMetric \"%.40s\" is not known; there are %s", id,
                     known);
}

/* Which projects are compared, and how: what can be read without a schema. */
static weir_code read_settings(const json_t *context, drift *out, weir_error *err)
{
    const char *id = NULL;
    weir_code code = rest_settings(json_object_get(context, "extraParameters"), &out->strings,
                                   &out->settings, &out->setting_count, err);

    if (code || (code = need(out, "driftPreferenceProjectName", &out->baseline, err)) ||
        (code = need(out, "driftAnalysisProjectName", &out->analysis, err)) ||
        (code = need(out, "driftMetric", &id, err)))
        return code;
    out->window = strcmp(out->analysis, window_name) == 0;
    return find_metric(id, &out->metric, err);
}

/* Every attribute with statistics. */
static weir_code all_inputs(const weir_schema *schema, rest_context *context, weir_error *err)
{
    const size_t slots = weir_schema_slots(schema);

    if (slots > WEIR_MULTIVARIATE_MOST)
        return weir_fail(err, WEIR_INVALID,
                         "dataDrift of %zu attributes; name those wanted, at most %d", slots,
                         WEIR_MULTIVARIATE_MOST);
    weir_free(context->inputs);
    if (!(context->inputs = weir_malloc((slots + 1) * sizeof *context->inputs)))
        return weir_fail(err, WEIR_NO_MEMORY, "no room for the attributes");
    for (size_t i = 0; i < slots; i++)
        context->inputs[i] = weir_schema_slot_id(schema, i);
    context->input_count = slots;
    return WEIR_OK;
}

/* Copies what is compared with the baseline: the same names, or everything where none are named. */
static weir_code copy_analysis(const drift *of, const weir_schema *schema, weir_summary **out,
                               weir_error *err)
{
    const rest_context *context = &of->context;
    const size_t count = context->input_term_count;
    const char **names = weir_malloc((count + 1) * sizeof *names);
    weir_code code = WEIR_OK;

    if (!names)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for the attributes");
    for (size_t i = 0; i < count; i++) {
        const weir_term *term = &context->input_terms[i];

        names[i] = term->category ? term->text
                                  : weir_schema_at(schema, context->inputs[term->first])->name;
    }
    code = weir_project_select_view(
        of->call->engine, of->call->cid, of->window ? of->baseline : of->analysis,
        of->window ? WEIR_VIEW_WINDOW : WEIR_VIEW_WHOLE, count > 0 ? names : NULL, count, out, err);
    weir_free(names);
    return code;
}

static weir_code compare(const drift *of, const weir_schema *schema, weir_answer *answer,
                         weir_error *err)
{
    const rest_call *call = of->call;
    weir_summary *baseline = NULL, *analysis = NULL;
    rest_set set = {0};
    weir_code code = rest_set_new(weir_schema_size(schema), &set, err);

    if (code)
        return code;
    rest_set_take(&set, &of->context);
    if (!(code = weir_project_select_ids(call->engine, call->cid, of->baseline, set.ids, set.count,
                                         &baseline, err)) &&
        !(code = copy_analysis(of, schema, &analysis, err)))
        code = weir_drift(of->metric, baseline, analysis, of->settings, of->setting_count, answer,
                          err);
    weir_summary_free(baseline);
    weir_summary_free(analysis);
    rest_set_free(&set);
    return code;
}

static weir_code answer(const rest_call *call, weir_job *job, json_out *json, weir_error *err)
{
    drift of = {.call = call};
    json_t *context = NULL;
    weir_project_info info = {0};
    weir_answer found = {0};
    weir_code code = WEIR_OK;

    (void)job;
    if ((code = read_context(call->body, &context, err)) ||
        (code = read_settings(context, &of, err)) ||
        (code = weir_project_info_get(call->engine, call->cid, of.baseline, &info, err)) ||
        (code = rest_context_read(context, info.schema, true, &of.context, err)))
        goto done;
    if (of.context.input_term_count == 0 && (code = all_inputs(info.schema, &of.context, err)))
        goto done;
    if (!(code = compare(&of, info.schema, &found, err)))
        rest_write_answers(json, &found, 1);
done:
    weir_answer_free(&found);
    drift_free(&of);
    weir_project_info_free(&info);
    json_decref(context);
    return code;
}

void rest_drift(const weir_http_request *request, weir_http_reply *reply)
{
    rest_call *call = NULL;
    weir_error err = {0};

    if (rest_call_new(request, &call, &err)) {
        rest_error(reply, &err);
        return;
    }
    call->answer = answer;
    if (rest_argument_is(request, "async", false))
        rest_call_by_job(request, reply, call, "DriftJob");
    else
        rest_call_at_once(reply, call);
}
