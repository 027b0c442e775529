/* assembly.c: see weir/assembly.h.
 *
 * A claim is a pointer in the project: set under its intake turn, so that no rows are on their way when it appears,
 * and under project.lock, so that readers may call the holder. They count themselves in first, and closing waits until
 * the last one is out.
 *
 * Adopting makes the new collection without any lock and then swaps it in under the state turn, which is held for the
 * swap alone.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "weir/assembly.h"

#include <openssl/rand.h>
#include <string.h>

#include "inside.h"
#include "weir/memory.h"

struct weir_assembly {
    project *project; /* a reference */
    char *by;
    weir_assembly_options options;
    size_t inside;    /* calls of the holder under way; under project.lock */
    uint64_t adopted; /* what the project holds when nobody changed it since; under project.state */
};

/* Rules under which the merge of cells is not what the rows would have made. */
static weir_code check_rules(const project *p, weir_error *err)
{
    const project_rules *rules = &p->head.rules;
    const char *why = rules->window_rows                             ? "a rolling window"
                      : rules->decay_rows > 0 || rules->decay_ms > 0 ? "decay"
                      : *rules->partition                            ? "partitions"
                      : rules->order                                 ? "sequences"
                                                                     : NULL;

    return why ? weir_fail(err, WEIR_INVALID,
                           "project %s has %s: what parts of its rows say cannot be put together",
                           p->pid, why)
               : WEIR_OK;
}

/* Caller holds intake. */
static weir_code claim(project *p, weir_assembly *assembly, weir_error *err)
{
    const position *row, *next;
    bool learned;
    weir_code code = check_rules(p, err);

    if (code || (code = project_load(p, err)))
        return code;
    project_drain(p);
    turn_take(&p->state);
    learned = p->now.collection && p->now.sequence > 0 &&
              weir_summary_rows(weir_collection_whole(p->now.collection)) != 0;
    turn_give(&p->state);
    pthread_mutex_lock(&p->lock);
    HASH_ITER(hh, p->positions.rows, row, next)
    learned |= position_at(row) >= 0; /* rows of a source by itself, which may be in no log */
    if (p->assembly)
        code = weir_fail(err, WEIR_CONFLICT, "project %s is put together by %s already", p->pid,
                         p->assembly->by);
    else if (learned)
        code = weir_fail(err, WEIR_CONFLICT,
                         "project %s has learned by itself, which %s would replace: give it a "
                         "project of its own",
                         p->pid, assembly->by);
    else
        p->assembly = assembly;
    pthread_mutex_unlock(&p->lock);
    return code;
}

weir_code weir_assembly_open(weir_engine *engine, const char *cid, const char *pid,
                             const weir_assembly_options *options, weir_assembly **out,
                             weir_error *err)
{
    weir_assembly *assembly = weir_calloc(1, sizeof *assembly);
    weir_code code = engine_serves(engine, err);

    if (code)
        goto done;
    if (!assembly || !(assembly->by = weir_strdup(options->by))) {
        code = weir_fail(err, WEIR_NO_MEMORY, "no room to put project %s together", pid);
        goto done;
    }
    assembly->options = *options;
    assembly->options.by = assembly->by;
    if ((code = project_find(engine, cid, pid, &assembly->project, err)))
        goto done;
    turn_take(&assembly->project->intake);
    code = claim(assembly->project, assembly, err);
    turn_give(&assembly->project->intake);
    if (code)
        goto done;
    *out = assembly;
    assembly = NULL; /* the caller owns it now */
done:
    if (assembly) {
        project_release(assembly->project);
        weir_free(assembly->by);
        weir_free(assembly);
    }
    return code;
}

void weir_assembly_close(weir_assembly *assembly)
{
    project *p = assembly ? assembly->project : NULL;

    if (!assembly)
        return;
    pthread_mutex_lock(&p->lock);
    p->assembly = NULL;
    while (assembly->inside)
        pthread_cond_wait(&p->changed, &p->lock);
    pthread_mutex_unlock(&p->lock);
    project_release(p);
    weir_free(assembly->by);
    weir_free(assembly);
}

bool weir_assembly_of(const weir_assembly *assembly, const void *which)
{
    return assembly->project == which;
}

/* --- calls of the holder */

/* The claim on the project, counted in; NULL: none. */
static weir_assembly *enter(project *p)
{
    weir_assembly *assembly;

    pthread_mutex_lock(&p->lock);
    if ((assembly = p->assembly))
        assembly->inside++;
    pthread_mutex_unlock(&p->lock);
    return assembly;
}

static void leave(weir_assembly *assembly)
{
    project *p = assembly->project;

    pthread_mutex_lock(&p->lock);
    assembly->inside--;
    pthread_cond_broadcast(&p->changed);
    pthread_mutex_unlock(&p->lock);
}

void assembly_refresh(project *p)
{
    weir_assembly *assembly = enter(p);

    if (!assembly)
        return;
    if (assembly->options.refresh)
        assembly->options.refresh(assembly->options.context);
    leave(assembly);
}

typedef struct {
    weir_project_info *info;
    weir_code code;
    weir_error *err;
} parameter_sink;

static void put_parameter(void *context, const char *name, const char *value)
{
    parameter_sink *sink = context;
    weir_project_info *info = sink->info;
    size_t n = info->param_count;
    char **names, **values;

    if (sink->code)
        return;
    if ((names = weir_realloc_array(info->param_names, n + 1, sizeof *names)))
        info->param_names = names;
    if ((values = weir_realloc_array(info->param_values, n + 1, sizeof *values)))
        info->param_values = values;
    if (!names || !values || !(names[n] = weir_strdup(name)) || !(values[n] = weir_strdup(value))) {
        if (names && names[n])
            weir_free(names[n]);
        sink->code = weir_fail(sink->err, WEIR_NO_MEMORY, "no room for the parameter %s", name);
        return;
    }
    info->param_count++;
}

weir_code assembly_describe(project *p, weir_project_info *info, weir_error *err)
{
    parameter_sink sink = {.info = info, .err = err};
    weir_assembly *assembly = enter(p);

    if (!assembly)
        return WEIR_OK;
    if (assembly->options.describe)
        assembly->options.describe(assembly->options.context, put_parameter, &sink);
    leave(assembly);
    return sink.code;
}

weir_code assembly_refuses(project *p, weir_error *err)
{
    weir_code code = WEIR_OK;

    pthread_mutex_lock(&p->lock);
    if (p->assembly)
        code = weir_fail(err, WEIR_CONFLICT,
                         "project %s is put together by %s and learns nothing by itself", p->pid,
                         p->assembly->by);
    pthread_mutex_unlock(&p->lock);
    return code;
}

/* --- adopting */

static weir_code collection_of(const project *p, const weir_summary *whole, weir_collection **out,
                               weir_error *err)
{
    weir_collection_options options = project_collection_options(p);
    weir_collection *made = NULL;
    weir_code code = WEIR_OK;

    if (whole) { /* cells may count more, or less, than the project was made to */
        options.summary.histograms = weir_summary_has_histograms(whole);
        options.summary.conditional = weir_summary_has_conditional(whole);
    }
    code = weir_collection_new(&options, &made, err);

    if (!code && whole)
        code = weir_collection_merge(made, whole, err);
    if (!code) {
        *out = made;
        made = NULL; /* the caller's now */
    }
    weir_collection_free(made);
    return code;
}

weir_code weir_assembly_adopt(weir_assembly *assembly, const weir_summary *whole, uint64_t rows,
                              weir_error *err)
{
    project *p = assembly->project;
    weir_collection *fresh = NULL, *old = NULL;
    weir_code code = collection_of(p, whole, &fresh, err);

    if (code || (code = project_state_take_now(p, err)))
        goto done;
    old = p->now.collection;
    p->now.collection = fresh;
    fresh = NULL; /* the project's now */
    p->now.adopted = ++assembly->adopted;
    p->now.kept++; /* in no log: the next snapshot holds it */
    p->now.modified_ms = engine_now(p->engine);
    turn_give(&p->state);
    atomic_fetch_add(&p->moved, rows);
    if (atomic_load(&p->moved) >= atomic_load(&p->due_moved))
        tend_call(p->engine);
done:
    weir_collection_free(old);
    weir_collection_free(fresh);
    return code;
}

bool weir_assembly_holds(weir_assembly *assembly)
{
    project *p = assembly->project;
    bool holds;

    turn_take(&p->state);
    holds = p->now.collection && assembly->adopted && p->now.adopted == assembly->adopted;
    turn_give(&p->state);
    return holds;
}

weir_code weir_assembly_check(weir_assembly *assembly, weir_error *err)
{
    project *p = assembly->project;
    weir_code code = WEIR_OK;

    turn_take(&p->intake);
    if (p->gone)
        code = weir_fail(err, WEIR_NOT_FOUND, "project %s was deleted", p->pid);
    else if (p->head.frozen)
        code = weir_fail(err, WEIR_FROZEN, "project %s is frozen", p->pid);
    turn_give(&p->intake);
    return code;
}

/* --- cells */

static const char node_note[] = "node name";

static weir_code see_node(void *context, const void *data, size_t size, weir_error *err)
{
    if (size != WEIR_NODE_NAME - 1)
        return weir_fail(err, WEIR_CORRUPT, "the node name in the store has %zu bytes", size);
    memcpy(context, data, size);
    return WEIR_OK;
}

weir_code weir_assembly_node(weir_engine *engine, char out[WEIR_NODE_NAME], weir_error *err)
{
    static const char digits[] = "0123456789abcdef";
    uint8_t random[(WEIR_NODE_NAME - 1) / 2];
    weir_store *store = engine->store;
    weir_code code;

    memset(out, 0, WEIR_NODE_NAME);
    if ((code = store->note_get(store, node_note, see_node, out, err)) != WEIR_NOT_FOUND)
        return code;
    if (RAND_bytes(random, sizeof random) != 1)
        return weir_fail(err, WEIR_INTERNAL, "no random bytes for the name of a node");
    for (size_t i = 0; i < sizeof random; i++) {
        out[2 * i] = digits[random[i] >> 4];
        out[2 * i + 1] = digits[random[i] & 15];
    }
    /* Whoever else made one in the meantime: the last is kept, and each is as good. */
    if ((code = store->begin(store, true, err)))
        return code;
    if ((code = store->note_put(store, node_note, out, WEIR_NODE_NAME - 1, err)) ||
        (code = store->commit(store, err)))
        store->rollback(store);
    return code;
}

weir_code weir_assembly_cell(weir_assembly *assembly, weir_summary **out, weir_error *err)
{
    weir_summary_options options = project_summary_options(assembly->project);

    return weir_summary_new(&options, out, err);
}

weir_code weir_assembly_prepare(weir_assembly *assembly, weir_batch *batch, weir_bad_policy policy,
                                weir_learned *out, weir_error *err)
{
    project *p = assembly->project;
    weir_source nowhere = {0};
    uint64_t filtered = 0;
    char why[CONFORM_WHY] = "";
    weir_code code;

    if (!batch->arrival_ms)
        batch->arrival_ms = engine_now(p->engine);
    if ((code = prepare_frame(p, batch, &nowhere, &filtered, err)) ||
        (code = project_state_take_now(p, err)))
        return code;
    code = conform(weir_summary_schema(weir_collection_whole(p->now.collection)), batch, policy,
                   &out->rejects, why, err);
    turn_give(&p->state);
    out->filtered += filtered;
    atomic_fetch_add(&p->engine->figures.filtered_rows, filtered);
    return code;
}

weir_code weir_assembly_absorb(weir_assembly *assembly, weir_summary *cell, weir_batch *batch,
                               weir_bad_policy policy, weir_learned *out, weir_error *err)
{
    engine_figures *figures = &assembly->project->engine->figures;
    char why[CONFORM_WHY] = "";
    weir_rejects before = out->rejects;
    weir_code code = conform(weir_summary_schema(cell), batch, policy, &out->rejects, why, err);

    if (code || !batch->rows || (code = weir_summary_absorb(cell, batch, 1, err)))
        return code;
    out->rows += batch->rows;
    atomic_fetch_add(&figures->batches, 1);
    atomic_fetch_add(&figures->rows, batch->rows);
    atomic_fetch_add(&figures->rejected_cells, out->rejects.cells - before.cells);
    atomic_fetch_add(&figures->rejected_rows, out->rejects.rows - before.rows);
    return WEIR_OK;
}
