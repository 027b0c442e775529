/* rest_multivariate.c: questions about many attributes at once: inflation factors, principal components, singular
 * values.
 *
 * Always by a job: a matrix of a thousand attributes takes a while. The job works on a copy of what was asked for, so
 * that learning goes on meanwhile.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>
#include <string.h>

#include "rest_copy.h"
#include "weir/memory.h"
#include "weir/multivariate.h"

/* --- answers */

static const char *attribute_name(const weir_summary *copy, const rest_context *context,
                                  size_t input)
{
    return weir_schema_at(weir_summary_schema(copy), context->inputs[input])->name;
}

/* What the caller called an input: the id or name as it was sent; of a category's value the attribute's name. */
static const char *sent_name(const weir_summary *copy, const rest_context *context, size_t input)
{
    for (size_t i = 0; i < context->input_term_count; i++) {
        const weir_term *term = &context->input_terms[i];

        if (input >= term->first && input - term->first < term->count && !term->category)
            return term->text;
    }
    return attribute_name(copy, context, input);
}

/* One map from attribute to value. */
static void write_map(json_out *json, const weir_summary *copy, const rest_context *context,
                      const weir_components *found)
{
    json_key(json, "KSVSMap");
    json_open(json, '{');
    json_key(json, "values");
    json_open(json, '[');
    json_open(json, '{');
    for (size_t i = 0; i < found->count; i++)
        json_put_quoted(json, sent_name(copy, context, found->attributes[i]), found->values[i]);
    json_close(json, '}');
    json_close(json, ']');
    json_close(json, '}');
}

/* A map from value to attribute for each, as equal values would meet in one map. */
static void write_maps(json_out *json, const weir_summary *copy, const rest_context *context,
                       const weir_components *found)
{
    char text[JSON_NUMBER_TEXT];

    json_key(json, "KSVSMap");
    json_open(json, '{');
    json_key(json, "values");
    json_open(json, '[');
    for (size_t i = 0; i < found->count; i++) {
        json_number_text(found->values[i], text);
        json_open(json, '{');
        json_put_text(json, text, attribute_name(copy, context, found->attributes[i]));
        json_close(json, '}');
    }
    json_close(json, ']');
    json_close(json, '}');
}

/* The names and types of a DataFrame whose number columns are word1, word2 ... and which may begin with a text. */
static void write_columns(json_out *json, const char *text, const char *word, size_t count)
{
    char name[32];

    json_key(json, "attributeNames");
    json_open(json, '[');
    if (text)
        json_text(json, text);
    for (size_t i = 1; i <= count; i++) {
        snprintf(name, sizeof name, "%s%zu", word, i);
        json_text(json, name);
    }
    json_close(json, ']');
    json_key(json, "attributeTypes");
    json_open(json, '[');
    if (text)
        json_text(json, "S");
    for (size_t i = 0; i < count; i++)
        json_text(json, "C");
    json_close(json, ']');
}

static void write_components(json_out *json, const weir_summary *copy, const rest_context *context,
                             const weir_components *found)
{
    json_key(json, "pcaVectors");
    json_open(json, '{');
    write_columns(json, "attribute", "PC", found->count);
    json_key(json, "data");
    json_open(json, '[');
    for (size_t i = 0; i < found->attribute_count; i++) {
        json_open(json, '[');
        json_text(json, attribute_name(copy, context, found->attributes[i]));
        for (size_t k = 0; k < found->count; k++)
            json_quoted(json, found->vectors[k * found->attribute_count + i]);
        json_close(json, ']');
    }
    json_close(json, ']');
    json_close(json, '}');
    json_key(json, "pcaValues");
    json_open(json, '{');
    write_columns(json, NULL, "e", found->count);
    json_key(json, "data");
    json_open(json, '[');
    json_open(json, '[');
    for (size_t k = 0; k < found->count; k++)
        json_quoted(json, found->values[k]);
    json_close(json, ']');
    json_close(json, ']');
    json_close(json, '}');
    json_put_number(json, "pcaSumValues", found->total);
}

/* --- questions */

typedef void (*components_writer)(json_out *json, const weir_summary *copy,
                                  const rest_context *context, const weir_components *found);

/* The one context of a call and its settings, an argument of the query among them. */
typedef struct {
    rest_context *contexts;
    size_t count;
    weir_setting *settings;
    weir_question question; /* a view of both */
} asked;

static void asked_free(asked *a)
{
    rest_contexts_free(a->contexts, a->count);
    weir_free(a->settings);
}

static weir_code asked_read(const rest_call *call, const weir_schema *schema, asked *out,
                            weir_error *err)
{
    const weir_multivariate *what = call->what;
    weir_code code = rest_contexts_read(call->body, schema, &out->contexts, &out->count, err);

    if (code)
        return code;
    if (out->count != 1)
        return weir_fail(err, WEIR_INVALID, "%s answers one MLContext; there are %zu", what->id,
                         out->count);
    const rest_context *context = &out->contexts[0];
    out->settings = weir_calloc(context->setting_count + 1, sizeof *out->settings);
    if (!out->settings)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for the parameters");
    if (context->setting_count > 0)
        memcpy(out->settings, context->settings, context->setting_count * sizeof *out->settings);
    out->question = rest_question(context);
    out->question.settings = out->settings;
    if (call->text)
        out->settings[out->question.setting_count++] =
            (weir_setting){"explainedCovariance", call->text};
    return weir_multivariate_check(what, schema, &out->question, err);
}

static weir_code answer(const rest_call *call, json_out *json, components_writer write,
                        weir_error *err)
{
    const weir_multivariate *what = call->what;
    weir_project_info info = {0};
    asked a = {0};
    rest_set set = {0};
    weir_summary *copy = NULL;
    weir_components found = {0};
    weir_code code = WEIR_OK;

    if ((code = weir_project_info_get(call->engine, call->cid, call->pid, &info, err)) ||
        (code = asked_read(call, info.schema, &a, err)) ||
        (code = rest_set_new(weir_schema_size(info.schema), &set, err)))
        goto done;
    rest_set_take(&set, &a.contexts[0]);
    if ((code = weir_project_select_sums(call->engine, call->cid, call->pid, set.ids, set.count,
                                         &copy, err)))
        goto done;
    rest_set_translate(&set, &a.contexts[0]);
    if (!(code = what->answer(copy, &a.question, &found, err)))
        write(json, copy, &a.contexts[0], &found);
done:
    weir_components_free(&found);
    weir_summary_free(copy);
    rest_set_free(&set);
    asked_free(&a);
    weir_project_info_free(&info);
    return code;
}

static weir_code answer_map(const rest_call *call, weir_job *job, json_out *json, weir_error *err)
{
    (void)job;
    return answer(call, json, write_map, err);
}

static weir_code answer_maps(const rest_call *call, weir_job *job, json_out *json, weir_error *err)
{
    (void)job;
    return answer(call, json, write_maps, err);
}

static weir_code answer_components(const rest_call *call, weir_job *job, json_out *json,
                                   weir_error *err)
{
    (void)job;
    return answer(call, json, write_components, err);
}

/* Attributes none of which varies have nothing to be compared; the first that does settles it. */
static weir_code check_variance(const rest_call *call, const rest_context *context, weir_error *err)
{
    for (size_t i = 0; i < context->input_count; i++) {
        weir_summary *alone = NULL;
        weir_moments moments;
        weir_code code = weir_project_select_ids(call->engine, call->cid, call->pid,
                                                 &context->inputs[i], 1, &alone, err);

        if (code)
            return code;
        weir_summary_moments(alone, 0, &moments);
        weir_summary_free(alone);
        if (moments.m2 > 0)
            return WEIR_OK;
    }
    return weir_fail(err, WEIR_INVALID,
                     "none of the %zu attributes varies: there is nothing to compare",
                     context->input_count);
}

/* Says at once what the job could only say later. */
static weir_code check(const rest_call *call, weir_error *err)
{
    weir_project_info info = {0};
    asked a = {0};
    weir_code code = weir_project_info_get(call->engine, call->cid, call->pid, &info, err);

    if (!code && !(code = asked_read(call, info.schema, &a, err)))
        code = check_variance(call, &a.contexts[0], err);
    asked_free(&a);
    weir_project_info_free(&info);
    return code;
}

static void start(const weir_http_request *request, weir_http_reply *reply, const char *id,
                  const char *kind,
                  weir_code (*how)(const rest_call *, weir_job *, json_out *, weir_error *))
{
    const char *explained = weir_http_argument(request, "explainedCovariance");
    rest_call *call = NULL;
    weir_error err = {0};

    if (rest_call_new(request, &call, &err))
        goto fail;
    call->what = weir_multivariate_find(id);
    call->answer = how;
    if (explained && *explained && !(call->text = weir_strdup(explained))) {
        weir_fail(&err, WEIR_NO_MEMORY, "no room for the question");
        goto fail;
    }
    if (check(call, &err))
        goto fail;
    rest_call_by_job(request, reply, call, kind);
    return;
fail:
    rest_call_free(call);
    rest_error(reply, &err);
}

void rest_vif(const weir_http_request *request, weir_http_reply *reply)
{
    start(request, reply, "vif", "VIFJob", answer_map);
}

void rest_pca(const weir_http_request *request, weir_http_reply *reply)
{
    start(request, reply, "explorepca", "PCAJob", answer_components);
}

void rest_svd(const weir_http_request *request, weir_http_reply *reply)
{
    start(request, reply, "exploresvd", "SVDJob", answer_maps);
}

void rest_svdfs(const weir_http_request *request, weir_http_reply *reply)
{
    start(request, reply, "exploresvdfs", "SVDFSJob", answer_maps);
}
