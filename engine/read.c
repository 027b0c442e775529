/* read.c: looking at a project: copies of what was asked for, and its description.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "inside.h"
#include "weir/sources.h"

/* --- names to numbers */

weir_code names_resolve(weir_ids *list, const weir_schema *schema, const char *const *names,
                        size_t count, weir_error *err)
{
    weir_code code = WEIR_OK;

    for (size_t i = 0; !code && i < count; i++)
        code = weir_ids_add_named(list, schema, names[i], NULL, err);
    return code;
}

/* --- selections */

/* Every attribute. Caller holds the state turn. */
static weir_code all_ids(weir_ids *list, const weir_schema *schema, weir_error *err)
{
    weir_code code = WEIR_OK;

    for (size_t id = 0; !code && id < weir_schema_size(schema); id++)
        code = weir_ids_add(list, id, err);
    return code;
}

/* The summary that a view shows; pid is the name the caller knows the project by, for it may be renamed meanwhile. Caller
 * holds the state turn. */
static weir_code view_of(const project *p, const char *pid, weir_view view,
                         const weir_summary **out, weir_error *err)
{
    *out = view == WEIR_VIEW_WINDOW ? weir_collection_window(p->now.collection)
                                    : weir_collection_whole(p->now.collection);
    return *out ? WEIR_OK
                : weir_fail(err, WEIR_INVALID,
                            "project %s has no embedded window: it is made with "
                            "sml_project_rolling_window_size and "
                            "sml_project_rolling_window_use_embedded",
                            pid);
}

weir_code weir_project_select_view(weir_engine *engine, const char *cid, const char *pid,
                                   weir_view view, const char *const *names, size_t count,
                                   weir_summary **out, weir_error *err)
{
    project *p = NULL;
    const weir_summary *from = NULL;
    weir_ids list = {0};
    weir_code code = project_find(engine, cid, pid, &p, err);

    if (code || (code = project_state_take(p, err)))
        goto done;
    if (!(code = view_of(p, pid, view, &from, err)))
        code = names ? names_resolve(&list, weir_summary_schema(from), names, count, err)
                     : all_ids(&list, weir_summary_schema(from), err);
    if (!code)
        code = weir_summary_select(from, list.ids, list.count, out, err);
    turn_give(&p->state);
done:
    weir_ids_free(&list);
    project_release(p);
    return code;
}

weir_code weir_project_select(weir_engine *engine, const char *cid, const char *pid,
                              const char *const *names, size_t count, weir_summary **out,
                              weir_error *err)
{
    return weir_project_select_view(engine, cid, pid, WEIR_VIEW_WHOLE, names, count, out, err);
}

typedef weir_code (*selector)(const weir_summary *summary, const size_t *ids, size_t count,
                              weir_summary **out, weir_error *err);

static weir_code select_ids(weir_engine *engine, const char *cid, const char *pid,
                            const size_t *ids, size_t count, selector select, weir_summary **out,
                            weir_error *err)
{
    project *p = NULL;
    const weir_summary *whole;
    size_t size;
    weir_code code = project_find(engine, cid, pid, &p, err);

    if (code || (code = project_state_take(p, err)))
        goto done;
    whole = weir_collection_whole(p->now.collection);
    size = weir_schema_size(weir_summary_schema(whole));
    for (size_t i = 0; !code && i < count; i++)
        if (ids[i] >= size)
            code = weir_fail(err, WEIR_INVALID, "there is no attribute %zu; there are %zu", ids[i],
                             size);
    if (!code)
        code = select(whole, ids, count, out, err);
    turn_give(&p->state);
done:
    project_release(p);
    return code;
}

weir_code weir_project_select_ids(weir_engine *engine, const char *cid, const char *pid,
                                  const size_t *ids, size_t count, weir_summary **out,
                                  weir_error *err)
{
    return select_ids(engine, cid, pid, ids, count, weir_summary_select, out, err);
}

weir_code weir_project_select_sums(weir_engine *engine, const char *cid, const char *pid,
                                   const size_t *ids, size_t count, weir_summary **out,
                                   weir_error *err)
{
    return select_ids(engine, cid, pid, ids, count, weir_summary_select_sums, out, err);
}

/* --- descriptions */

/* Adds a sentence, but not the same one twice. */
static weir_code warn(weir_project_info *info, const char *sentence, weir_error *err)
{
    char **wider;

    for (size_t i = 0; i < info->warning_count; i++)
        if (!strcmp(info->warnings[i], sentence))
            return WEIR_OK;
    wider = weir_realloc_array(info->warnings, info->warning_count + 1, sizeof *wider);
    if (wider)
        info->warnings = wider;
    if (!wider || !(wider[info->warning_count] = weir_strdup(sentence)))
        return weir_fail(err, WEIR_NO_MEMORY, "no room for a warning");
    info->warning_count++;
    return WEIR_OK;
}

/* Caller holds the state turn. */
static weir_code describe_state(const project *p, weir_project_info *info, weir_error *err)
{
    const project_state *now = &p->now;
    const weir_summary *whole = weir_collection_whole(now->collection);
    const weir_summary *window = weir_collection_window(now->collection);
    const char *laws[WEIR_COLLECTION_LAWS + 1];
    weir_code code = WEIR_OK;

    info->rows = weir_summary_rows(whole);
    info->sequence = now->sequence + now->kept;
    info->memory = weir_collection_memory(now->collection);
    info->modified_ms = now->modified_ms;
    info->loaded = true;
    info->histograms = weir_summary_has_histograms(whole);
    info->dirty = p->id && project_unsaved(p);
    info->extremes_are_bounds = weir_summary_subtracted(whole);
    info->precision = weir_summary_precision(whole);
    info->rejected_cells = now->rejected_cells;
    info->rejected_rows = now->rejected_rows;
    info->window_rows = window ? weir_summary_rows(window) : 0;
    info->parts = weir_collection_parts(now->collection);
    weir_collection_laws(now->collection, laws);
    for (size_t i = 0; laws[i]; i++)
        if ((code = warn(info, laws[i], err)))
            return code;
    if (now->misfit[0]) {
        char sentence[CONFORM_WHY + 64];

        snprintf(sentence, sizeof sentence, "cells were left out because %s", now->misfit);
        if ((code = warn(info, sentence, err)))
            return code;
    }
    return weir_schema_copy(weir_summary_schema(whole), &info->schema, err);
}

static weir_code describe_models(project *p, weir_project_info *info, weir_error *err)
{
    weir_code code = WEIR_OK;
    const char **ids = NULL, **types = NULL;

    pthread_mutex_lock(&p->models_lock);
    ids = weir_calloc(p->model_count + 1, sizeof *ids);
    types = weir_calloc(p->model_count + 1, sizeof *types);
    for (size_t i = 0; ids && types && i < p->model_count; i++) {
        ids[i] = p->models[i].model_id;
        types[i] = p->models[i].recipe.algorithm;
    }
    if (!ids || !types)
        code = weir_fail(err, WEIR_NO_MEMORY, "no room for the list of models");
    else if (!(code = texts_copy(ids, p->model_count, &info->models, err))) {
        info->model_count = p->model_count;
        code = texts_copy(types, p->model_count, &info->model_types, err);
    }
    pthread_mutex_unlock(&p->models_lock);
    weir_free((void *)ids);
    weir_free((void *)types);
    return code;
}

/* Caller holds project.lock. */
static weir_code describe_sources(const project *p, weir_project_info *info, weir_error *err)
{
    const position *row, *next;
    weir_code code = WEIR_OK;

    HASH_ITER(hh, p->positions.rows, row, next)
    {
        const position *rival = row->at >= 0 ? position_rival(&p->positions, row) : NULL;
        char sentence[512];

        if (!rival || code)
            continue;
        snprintf(sentence, sizeof sentence,
                 "topic %.100s is learned through more than one source (%.100s, %.100s): its rows "
                 "count once for each",
                 row->topic, strcmp(row->source, rival->source) < 0 ? row->source : rival->source,
                 strcmp(row->source, rival->source) < 0 ? rival->source : row->source);
        code = warn(info, sentence, err);
    }
    return code;
}

static weir_code describe_laws(weir_project_info *info, weir_error *err)
{
    weir_code code = WEIR_OK;

    for (size_t id = 0; !code && id < weir_schema_size(info->schema); id++) {
        const weir_attribute *attribute = weir_schema_at(info->schema, id);
        char sentence[512];

        if (!attribute->other)
            continue;
        snprintf(sentence, sizeof sentence,
                 "category %.100s has more values than are kept; which of them stand in (other) "
                 "depends on the order of arrival",
                 weir_schema_parent_name(info->schema, attribute->parent));
        code = warn(info, sentence, err);
    }
    return code;
}

weir_code weir_project_info_get(weir_engine *engine, const char *cid, const char *pid,
                                weir_project_info *out, weir_error *err)
{
    project *p = NULL;
    weir_project_info info = {0};
    weir_code code = project_find(engine, cid, pid, &p, err);

    if (code || (code = project_state_take(p, err)))
        goto done;
    code = describe_state(p, &info, err);
    turn_give(&p->state);
    if (code || (code = describe_models(p, &info, err)))
        goto done;
    pthread_mutex_lock(&p->lock);
    info.frozen = p->frozen;
    info.encoder = weir_strdup(p->head.encoder ? p->head.encoder : "");
    code = describe_sources(p, &info, err);
    pthread_mutex_unlock(&p->lock);
    info.persisted = p->head.persisted;
    info.autosave = p->head.autosave;
    info.created_ms = p->head.created_ms;
    info.pid = weir_strdup(pid);
    info.type = weir_strdup(p->head.type);
    if (*p->head.rules.partition)
        info.partition = weir_strdup(p->head.rules.partition);
    if (!code &&
        (!info.pid || !info.type || !info.encoder || (*p->head.rules.partition && !info.partition)))
        code = weir_fail(err, WEIR_NO_MEMORY, "no room to describe project %s", pid);
    if (code || (code = describe_laws(&info, err)) ||
        (code = weir_source_attached(engine, cid, pid, &info.sources, &info.source_count, err)) ||
        (code = weir_stream_list(engine, cid, pid, &info.streams, &info.stream_count, err)) ||
        (code = texts_copy((const char *const *)p->head.names, p->head.param_count,
                           &info.param_names, err)))
        goto done;
    info.param_count = p->head.param_count;
    if ((code = texts_copy((const char *const *)p->head.values, p->head.param_count,
                           &info.param_values, err)) ||
        (code = assembly_describe(p, &info, err)))
        goto done;
    *out = info;
    info = (weir_project_info){0}; /* the caller's now */
done:
    weir_project_info_free(&info);
    project_release(p);
    return code;
}

void weir_project_info_free(weir_project_info *info)
{
    weir_free(info->pid);
    weir_free(info->type);
    weir_free(info->partition);
    weir_free(info->encoder);
    weir_schema_free(info->schema);
    weir_list_free(info->models, info->model_count);
    weir_list_free(info->model_types, info->model_count);
    weir_list_free(info->param_names, info->param_count);
    weir_list_free(info->param_values, info->param_count);
    weir_list_free(info->sources, info->source_count);
    weir_list_free(info->streams, info->stream_count);
    weir_list_free(info->warnings, info->warning_count);
    *info = (weir_project_info){0};
}
