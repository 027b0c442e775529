/* rest_models.c: building, describing, deleting models, and the table of algorithms.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rest_inside.h"
#include "weir/prepare.h"
#include "weir/memory.h"

/* --- build */

typedef struct {
    weir_engine *engine;
    char *cid, *pid, *model_id; /* owned */
    const weir_algorithm *algorithm;
    json_t *body; /* an MLContext; owned */
    bool reduce;  /* leave out inputs that others determine */
} build_job;

static void build_drop(void *context)
{
    build_job *work = context;

    weir_free(work->cid);
    weir_free(work->pid);
    weir_free(work->model_id);
    json_decref(work->body);
    weir_free(work);
}

static weir_code names_of(const weir_schema *schema, const size_t *ids, size_t count,
                          const char ***out, weir_error *err)
{
    const char **names = weir_calloc(count + 1, sizeof *names);

    if (!names)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for %zu names", count);
    for (size_t i = 0; i < count; i++)
        names[i] = weir_schema_at(schema, ids[i])->name;
    *out = names;
    return WEIR_OK;
}

static weir_code build_run(weir_job *job, void *context, weir_error *err)
{
    const build_job *work = context;
    weir_project_info info = {0};
    rest_context about = {0};
    const char **inputs = NULL, **targets = NULL;
    weir_build build = {.model_id = work->model_id, .algorithm = work->algorithm->id};
    weir_code code = WEIR_OK;

    weir_job_progress(job, 0, 1);
    if (weir_job_cancelled(job))
        return weir_fail(err, WEIR_CANCELLED, "the job was cancelled");
    if ((code = weir_project_info_get(work->engine, work->cid, work->pid, &info, err)) ||
        (code = rest_context_read(work->body, info.schema, true, &about, err)) ||
        (work->reduce && (code = rest_reduce_inputs(work->engine, work->cid, work->pid, info.schema,
                                                    &about, err))) ||
        (code = names_of(info.schema, about.inputs, about.input_count, &inputs, err)) ||
        (code = names_of(info.schema, about.targets, about.target_count, &targets, err)))
        goto done;
    build.inputs = inputs;
    build.input_count = about.input_count;
    build.targets = targets;
    build.target_count = about.target_count;
    build.settings = about.settings;
    build.setting_count = about.setting_count;
    code = weir_model_make(work->engine, work->cid, work->pid, &build, err);
    weir_job_progress(job, 1, 1);
done:
    weir_free(inputs);
    weir_free(targets);
    rest_context_free(&about);
    weir_project_info_free(&info);
    return code;
}

/* Says at once what the job could only say later. */
static weir_code check_build(const build_job *work, weir_error *err)
{
    const weir_algorithm *algorithm = work->algorithm;
    const json_t *extra = json_object_get(work->body, "extraParameters");
    void *options = weir_calloc(1, algorithm->options_size + 1);
    json_t *strings = NULL;
    weir_setting *settings = NULL;
    size_t count = 0;
    weir_code code = WEIR_OK;

    if (!options)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for the options");
    code = rest_settings(json_is_null(extra) ? NULL : extra, &strings, &settings, &count, err);
    if (!code && algorithm->options)
        code = weir_options_default(algorithm->options, options, err);
    for (size_t i = 0; i < count && !code && algorithm->options; i++)
        code = weir_options_set(algorithm->options, options, settings[i].name, settings[i].value,
                                NULL, err);
    if (!code)
        code = weir_build_check(&(weir_build){.model_id = work->model_id,
                                              .algorithm = algorithm->id,
                                              .settings = settings,
                                              .setting_count = count},
                                err);
    weir_free(settings);
    json_decref(strings);
    weir_free(options);
    return code;
}

static weir_code unknown_algorithm(const char *id, weir_error *err)
{
    char known[160] = "";

    for (size_t i = 0; weir_algorithms[i]; i++) {
        size_t used = strlen(known);

        snprintf(known + used, sizeof known - used, "%s%s", i ? ", " : "", weir_algorithms[i]->id);
    }
    return weir_fail(err, WEIR_INVALID, "algorithm \"%.40s\" is not known; there are %s", id,
                     known);
}

void rest_build(const weir_http_request *request, weir_http_reply *reply)
{
    const char *algorithm = weir_http_argument(request, "algo");
    build_job *work = weir_calloc(1, sizeof *work);
    weir_project_info info = {0};
    weir_error err = {0};

    if (!work || !(work->cid = weir_strdup(rest_cid(request))) ||
        !(work->pid = weir_strdup(rest_pid(request))) ||
        !(work->model_id = weir_strdup(weir_http_argument(request, "modelid")))) {
        weir_fail(&err, WEIR_NO_MEMORY, "no room for the job");
        goto fail;
    }
    work->engine = rest_of(request)->options.engine;
    if (weir_project_info_get(work->engine, work->cid, work->pid, &info, &err))
        goto fail;
    if (!(work->algorithm = weir_algorithm_find(algorithm))) {
        unknown_algorithm(algorithm, &err);
        goto fail;
    }
    work->reduce = rest_argument_is(request, "svdreduce", false);
    if (rest_body_object(request, &work->body, &err) || check_build(work, &err))
        goto fail;
    weir_project_info_free(&info);
    rest_start_job(request, reply, "BuildJob", build_run, work, build_drop);
    return; /* the job owns work now */
fail:
    weir_project_info_free(&info);
    if (work)
        build_drop(work);
    rest_error(reply, &err);
}

/* --- model info */

static void write_names(json_out *json, const char *key, const char *const *names)
{
    json_key(json, key);
    json_open(json, '[');
    for (size_t i = 0; names && names[i]; i++)
        json_text(json, names[i]);
    json_close(json, ']');
}

static void write_inputs(json_out *json, const weir_model *model)
{
    size_t count = weir_model_inputs(model);

    json_key(json, "attributeNames");
    json_open(json, '[');
    for (size_t i = 0; i < count; i++)
        json_text(json, weir_model_input(model, i)->name);
    json_close(json, ']');
    json_key(json, "attributeIndexes");
    json_open(json, '[');
    for (size_t i = 0; i < count; i++)
        json_whole(json, (int64_t)weir_model_input(model, i)->id);
    json_close(json, ']');
    json_key(json, "attributeTypes");
    json_open(json, '[');
    for (size_t i = 0; i < count; i++)
        json_text(json, (const char[]){(char)weir_model_input(model, i)->type, '\0'});
    json_close(json, ']');
}

static void write_targets(json_out *json, const weir_model *model)
{
    size_t count = weir_model_targets(model);

    json_key(json, "targetNames");
    json_open(json, '[');
    for (size_t i = 0; i < count; i++)
        json_text(json, weir_model_target(model, i)->name);
    json_close(json, ']');
    json_key(json, "targetindexes"); /* the documents' spelling */
    json_open(json, '[');
    for (size_t i = 0; i < count; i++)
        json_whole(json, (int64_t)weir_model_target(model, i)->id);
    json_close(json, ']');
}

static void write_facts(json_out *json, const weir_model *model, const weir_model_facts *facts,
                        const weir_report *report)
{
    json_key(json, "info");
    json_open(json, '{');
    json_put_text(json, "buildStatus", "\"No Error\""); /* the inner quotes are the original's */
    json_put_quoted(json, "buildTimeNanosec", (double)facts->build_ns);
    json_put_quoted(json, "modelVersion", (double)weir_model_version(model));
    json_put_quoted(json, "rows", weir_model_rows(model));
    for (size_t i = 0; i < weir_model_settings(model); i++) {
        weir_setting setting = weir_model_setting(model, i);

        json_put_text(json, setting.name, setting.value);
    }
    for (size_t i = 0; i < weir_report_texts(report); i++) {
        const char *key = NULL, *value = NULL;
        bool given = false;

        weir_report_text_at(report, i, &key, &value);
        for (size_t j = 0; j < weir_model_settings(model); j++)
            given = given || strcmp(weir_model_setting(model, j).name, key) == 0;
        if (!given)
            json_put_text(json, key, value);
    }
    json_close(json, '}');
}

static void write_table(json_out *json, const weir_report_table_view *table)
{
    json_key(json, table->name);
    json_open(json, '{');
    json_key(json, "attributeNames");
    json_open(json, '[');
    for (size_t i = 0; i < table->column_count; i++)
        json_text(json, table->columns[i]);
    json_close(json, ']');
    json_key(json, "attributeTypes");
    json_open(json, '[');
    for (size_t i = 0; i < table->column_count; i++)
        json_text(json, (const char[]){table->types[i], '\0'});
    json_close(json, ']');
    json_key(json, "data");
    json_open(json, '[');
    for (size_t row = 0; row < table->rows; row++) {
        json_open(json, '[');
        for (size_t i = 0; i < table->column_count; i++)
            json_text(json, table->cells[row * table->column_count + i]);
        json_close(json, ']');
    }
    json_close(json, ']');
    json_close(json, '}');
}

static weir_code write_model(json_out *json, const char *model_id, const weir_model_ref *ref,
                             weir_error *err)
{
    const weir_model *model = weir_model_of(ref);
    const weir_algorithm *algorithm = weir_model_algorithm(model);
    weir_model_facts facts = weir_model_facts_of(ref);
    weir_report *report = NULL;
    weir_code code = weir_model_describe(model, &report, err);

    if (code)
        return code;
    json_key(json, "modelInfo");
    json_open(json, '{');
    json_put_text(json, "modelId", model_id);
    json_put_text(json, "modelType", algorithm->id);
    json_put_whole(json, "modelBuilt", (int64_t)facts.built);
    json_put_number(json, "buildTime", (double)facts.build_ns / 1e6);
    write_inputs(json, model);
    write_targets(json, model);
    write_names(json, "predictInfo", algorithm->predict_info);
    write_names(json, "scoreInfo", algorithm->score_info);
    json_put_whole(json, "creationDate", facts.created_ms);
    json_put_truth(json, "useShortDesc", false);
    json_put_whole(json, "version", (int64_t)weir_model_version(model));
    write_facts(json, model, &facts, report);
    json_key(json, "extra");
    json_open(json, '{');
    for (size_t i = 0; i < weir_report_tables(report); i++) {
        weir_report_table_view table = weir_report_table_at(report, i);

        write_table(json, &table);
    }
    json_close(json, '}');
    json_close(json, '}');
    weir_report_free(report);
    return WEIR_OK;
}

static weir_code get_model(const weir_http_request *request, weir_http_reply *reply,
                           weir_model_ref **ref)
{
    const char *model_id = weir_http_param(request, 2);
    weir_error err = {0};
    weir_code code = weir_model_get(rest_of(request)->options.engine, rest_cid(request),
                                    rest_pid(request), model_id, ref, &err);

    if (code)
        rest_model_error(reply, &err, model_id);
    return code;
}

static void put_version(weir_http_reply *reply, const weir_model_ref *ref)
{
    char text[24];

    snprintf(text, sizeof text, "%" PRIu64, weir_model_version(weir_model_of(ref)));
    weir_http_reply_header(reply, "weir-model-version", text);
}

void rest_model_info(const weir_http_request *request, weir_http_reply *reply)
{
    weir_model_ref *ref = NULL;
    json_out json;
    weir_error err = {0};

    if (get_model(request, reply, &ref))
        return;
    put_version(reply, ref);
    rest_begin(reply, 200, "OK", &json);
    if (write_model(&json, weir_http_param(request, 2), ref, &err))
        rest_error(reply, &err);
    else
        rest_end(&json);
    weir_model_release(ref);
}

void rest_model_delete(const weir_http_request *request, weir_http_reply *reply)
{
    const char *model_id = weir_http_param(request, 2);
    weir_error err = {0};

    if (weir_model_delete(rest_of(request)->options.engine, rest_cid(request), rest_pid(request),
                          model_id, &err))
        rest_model_error(reply, &err, model_id);
    else
        rest_plain(reply, 200, "OK");
}

/* The saved model for scorers that work in their own process; nothing when they have this version already. Refused where
 * they would score other numbers than the server, which knows what texts are in this project. */
void rest_model_bytes(const weir_http_request *request, weir_http_reply *reply)
{
    const char *known = weir_http_argument(request, "version");
    weir_preparation *preparation = NULL;
    weir_model_ref *ref = NULL;
    weir_error err = {0};

    if (get_model(request, reply, &ref))
        return;
    if (weir_preparation_new(rest_of(request)->options.engine, rest_cid(request), rest_pid(request),
                             &preparation, &err) ||
        weir_preparation_check_alone(preparation, weir_model_of(ref), &err)) {
        rest_error(reply, &err);
        goto done;
    }
    put_version(reply, ref);
    reply->status = 200;
    reply->content_type = "application/octet-stream";
    if (!known || strtoull(known, NULL, 10) != weir_model_version(weir_model_of(ref))) {
        if (weir_model_save(weir_model_of(ref), &reply->body, &err))
            rest_error(reply, &err);
    }
done:
    weir_preparation_free(preparation);
    weir_model_release(ref);
}

/* --- algorithms */

static void write_targets_taken(json_out *json, unsigned targets)
{
    static const struct {
        unsigned bit;
        const char *name;
    } kinds[] = {{WEIR_TARGET_NONE, "none"},
                 {WEIR_TARGET_BINARY, "binary"},
                 {WEIR_TARGET_CONTINUOUS, "continuous"},
                 {WEIR_TARGET_CATEGORY, "category"}};

    json_key(json, "targets");
    json_open(json, '[');
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (targets & kinds[i].bit)
            json_text(json, kinds[i].name);
    json_close(json, ']');
}

static void write_algorithm(json_out *json, const weir_algorithm *algorithm)
{
    static const char *const kinds[] = {[WEIR_KIND_ANOMALY] = "anomaly",
                                        [WEIR_KIND_CLASSIFICATION] = "classification",
                                        [WEIR_KIND_REGRESSION] = "regression",
                                        [WEIR_KIND_OTHER] = "other"};

    json_open(json, '{');
    json_put_text(json, "id", algorithm->id);
    json_put_text(json, "title", algorithm->title);
    json_put_text(json, "help", algorithm->help);
    json_put_text(json, "paper", algorithm->paper);
    json_put_text(json, "kind", kinds[algorithm->kind]);
    write_targets_taken(json, algorithm->targets);
    json_key(json, "needs");
    json_open(json, '[');
    if (algorithm->needs & WEIR_NEEDS_HISTOGRAMS)
        json_text(json, "histograms");
    json_close(json, ']');
    write_names(json, "predictInfo", algorithm->predict_info);
    write_names(json, "scoreInfo", algorithm->score_info);
    rest_write_options(json, algorithm->options);
    json_close(json, '}');
}

void rest_algorithms(const weir_http_request *request, weir_http_reply *reply)
{
    json_out json;

    (void)request;
    rest_begin(reply, 200, "OK", &json);
    json_key(&json, "algorithms");
    json_open(&json, '[');
    for (size_t i = 0; weir_algorithms[i]; i++)
        write_algorithm(&json, weir_algorithms[i]);
    json_close(&json, ']');
    rest_end(&json);
}
