/* exchange.c: summaries in and out of projects: merge, export and import.
 *
 * A summary is a value: it can be taken out of one project, carried anywhere and added to another, and what both knew
 * is then known together. What comes in goes through the log like rows do, so a replay adds the same bytes at the same
 * place; what comes from outside is loaded, and with it checked, before anything else is done with it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "inside.h"
#include "weir/fusion.h"

/* The summary of a partition's value; pid is the name the caller knows the project by, for it may be renamed meanwhile.
 * Caller holds the state turn. */
static weir_code find_part(const project *p, const char *pid, const char *wanted,
                           const weir_summary **out, weir_error *err)
{
    const weir_collection *collection = p->now.collection;
    const char *value = NULL;

    for (size_t i = 0; i < weir_collection_parts(collection); i++) {
        *out = weir_collection_part(collection, i, &value);
        if (!strcmp(value, wanted))
            return WEIR_OK;
    }
    return weir_fail(err, WEIR_INVALID, "project %s has no partition \"%.160s\"", pid, wanted);
}

/* What changes whenever the statistics do. Beside the counts of what is in them, it tells apart which process took them
 * in and since which loading, because what was not logged may be lost at either. Caller holds the state turn. */
static void version_of(const project *p, char out[WEIR_PROJECT_VERSION])
{
    snprintf(out, WEIR_PROJECT_VERSION,
             "%" PRIx64 "-%" PRIx64 "-%" PRIx64 "-%" PRIx64 "-%" PRIx64 "-%" PRIx64,
             (uint64_t)p->engine->opened_ns, (uint64_t)p->id, (uint64_t)p->head.created_ms,
             p->loads, p->now.sequence, p->now.kept);
}

/* A copy of the whole of a project, or of one of its partitions; none when its version is the known one (NULL: none
 * is). */
static weir_code copy_summary(weir_engine *engine, const char *cid, const char *pid,
                              const char *partition, const char *known,
                              char version[WEIR_PROJECT_VERSION], weir_summary **out,
                              weir_error *err)
{
    project *p = NULL;
    const weir_summary *from = NULL;
    weir_code code = project_find(engine, cid, pid, &p, err);

    if (!code && !(code = project_state_take(p, err))) {
        from = weir_collection_whole(p->now.collection);
        version_of(p, version);
        if (partition)
            code = find_part(p, pid, partition, &from, err);
        if (!code && (!known || strcmp(known, version) != 0))
            code = weir_summary_copy(from, out, err);
        turn_give(&p->state);
    }
    project_release(p);
    return code;
}

weir_code weir_project_merge_summary(weir_engine *engine, const char *cid, const char *pid,
                                     const weir_summary *summary, weir_error *err)
{
    project *p = NULL;
    weir_code code = engine_serves(engine, err);

    if (!code && !(code = project_find(engine, cid, pid, &p, err)))
        code = learn_summary(p, summary, err);
    project_release(p);
    return code;
}

weir_code weir_project_merge(weir_engine *engine, const char *cid, const char *pid,
                             const char *other, weir_error *err)
{
    weir_summary *summary = NULL;
    char version[WEIR_PROJECT_VERSION];
    weir_code code = WEIR_OK;

    if (!strcmp(pid, other))
        return weir_fail(err, WEIR_INVALID, "project %s cannot be merged with itself", pid);
    if (!(code = copy_summary(engine, cid, other, NULL, NULL, version, &summary, err)))
        code = weir_project_merge_summary(engine, cid, pid, summary, err);
    weir_summary_free(summary);
    return code;
}

/* What a fusion project knows is its cells' to give. */
static weir_code check_export(weir_engine *engine, const char *cid, const char *pid,
                              weir_error *err)
{
    project *p = NULL;
    weir_code code = project_find(engine, cid, pid, &p, err);

    if (!code && !strcmp(p->head.type, WEIR_FUSION_TYPE))
        code = weir_fail(err, WEIR_INVALID,
                         "project %s is a fusion project and is not exported: its cells are", pid);
    project_release(p);
    return code;
}

weir_code weir_project_export_since(weir_engine *engine, const char *cid, const char *pid,
                                    const char *partition, const char *known,
                                    char version[WEIR_PROJECT_VERSION], weir_bytes *out,
                                    weir_error *err)
{
    weir_summary *summary = NULL;
    weir_code code = check_export(engine, cid, pid, err);

    if (!code)
        code = copy_summary(engine, cid, pid, partition, known, version, &summary, err);
    if (!code && summary)
        code = weir_summary_save(summary, out, err);
    weir_summary_free(summary);
    return code;
}

weir_code weir_project_export(weir_engine *engine, const char *cid, const char *pid,
                              const char *partition, weir_bytes *out, weir_error *err)
{
    char version[WEIR_PROJECT_VERSION];

    return weir_project_export_since(engine, cid, pid, partition, NULL, version, out, err);
}

weir_code weir_project_import(weir_engine *engine, const char *cid, const char *pid, bool persist,
                              const void *data, size_t size, weir_error *err)
{
    weir_summary *summary = NULL;
    weir_setting conditional = {"sml_project_conditional_histogram", "true"};
    weir_project_options options = {.persist = persist, .params = &conditional};
    weir_code code = weir_summary_load(data, size, &summary, err);

    if (!code) {
        options.histograms = weir_summary_has_histograms(summary);
        options.param_count = weir_summary_has_conditional(summary);
        code = project_create_with(engine, cid, pid, &options, summary, err);
    }
    weir_summary_free(summary);
    return code;
}
