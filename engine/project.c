/* project.c: the table of projects, and the life of one in memory.
 *
 * A project is found under its names, counts references, and is freed when the last one goes; deleting takes it out
 * of the table at once while whoever still works with it finishes on what they hold.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "inside.h"

static size_t key_length(const char *cid, const char *pid)
{
    return strlen(cid) + 1 + strlen(pid);
}

static char *make_key(const char *cid, const char *pid)
{
    size_t a = strlen(cid) + 1, b = strlen(pid) + 1;
    char *key = weir_malloc(a + b);

    if (key) {
        memcpy(key, cid, a);
        memcpy(key + a, pid, b);
    }
    return key;
}

weir_code project_missing(const char *cid, const char *pid, weir_error *err)
{
    weir_fail(err, WEIR_NOT_FOUND, "Cannot Find SYMETRYML id[%s] for Customer id [%s]", pid, cid);
    return WEIR_NOT_FOUND;
}

weir_summary_options project_summary_options(const project *p)
{
    return (weir_summary_options){.histograms = p->head.histograms,
                                  .conditional = p->head.rules.conditional,
                                  .precision = p->head.precision,
                                  .max_attributes = p->engine->options.max_attributes,
                                  .max_category_values = p->engine->options.max_category_values};
}

weir_collection_options project_collection_options(const project *p)
{
    const project_rules *rules = &p->head.rules;

    return (weir_collection_options){.summary = project_summary_options(p),
                                     .window_rows = (size_t)rules->window_rows,
                                     .window_embedded = rules->window_embedded,
                                     .decay_rows = rules->decay_rows,
                                     .decay_ms = rules->decay_ms,
                                     .partition = *rules->partition ? rules->partition : NULL,
                                     .sequence_order = (size_t)rules->order};
}

static void project_free(project *p)
{
    streams_free(p);
    project_drop_state(p);
    head_free(&p->head);
    weir_free(p->cid);
    weir_free(p->pid);
    weir_free(p->key);
    turn_destroy(&p->intake);
    turn_destroy(&p->state);
    notes_destroy(&p->notes);
    pthread_mutex_destroy(&p->streaming);
    pthread_mutex_destroy(&p->building);
    pthread_mutex_destroy(&p->publishing);
    pthread_mutex_destroy(&p->models_lock);
    pthread_mutex_destroy(&p->lock);
    pthread_cond_destroy(&p->changed);
    weir_free(p);
}

static void project_hold(project *p)
{
    atomic_fetch_add(&p->refs, 1);
}

void project_release(project *p)
{
    if (p && atomic_fetch_sub(&p->refs, 1) == 1)
        project_free(p);
}

/* Takes the head over when it succeeds. */
static weir_code project_new(weir_engine *engine, const char *cid, const char *pid, int64_t id,
                             project_head *head, project **out, weir_error *err)
{
    project *p = weir_calloc(1, sizeof *p);

    if (!p)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for project %s", pid);
    p->engine = engine;
    p->id = id;
    atomic_init(&p->refs, 1);
    atomic_init(&p->due_moved, ULLONG_MAX);
    turn_init(&p->intake);
    turn_init(&p->state);
    notes_init(&p->notes);
    pthread_mutex_init(&p->streaming, NULL);
    pthread_mutex_init(&p->building, NULL);
    pthread_mutex_init(&p->publishing, NULL);
    pthread_mutex_init(&p->models_lock, NULL);
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->changed, NULL);
    p->committed_last = &p->committed;
    p->cid = weir_strdup(cid);
    p->pid = weir_strdup(pid);
    p->key = make_key(cid, pid);
    if (!p->cid || !p->pid || !p->key) {
        project_release(p);
        return weir_fail(err, WEIR_NO_MEMORY, "no room for project %s", pid);
    }
    p->head = *head;
    p->frozen = head->frozen;
    *head = (project_head){0}; /* the project's now */
    *out = p;
    return WEIR_OK;
}

/* Caller holds engine->lock. */
static project *lookup(const weir_engine *engine, const char *cid, const char *pid)
{
    project *found = NULL;
    char key[1024];
    size_t a = strlen(cid) + 1, b = strlen(pid);

    /* Names of projects and users are far shorter; a longer one is nobody's. */
    if (a + b > sizeof key)
        return NULL;
    memcpy(key, cid, a);
    memcpy(key + a, pid, b);
    HASH_FIND(hh, engine->projects, key, a + b, found);
    return found;
}

/* Caller holds engine->lock. */
static weir_code table_add(weir_engine *engine, project *p, weir_error *err)
{
    HASH_ADD_KEYPTR(hh, engine->projects, p->key, key_length(p->cid, p->pid), p);
    return HASH_ADDED(p, hh) ? WEIR_OK
                             : weir_fail(err, WEIR_NO_MEMORY, "no room for project %s", p->pid);
}

weir_code project_find(weir_engine *engine, const char *cid, const char *pid, project **out,
                       weir_error *err)
{
    project *found;

    *out = NULL;
    pthread_mutex_lock(&engine->lock);
    if ((found = lookup(engine, cid, pid)))
        project_hold(found);
    pthread_mutex_unlock(&engine->lock);
    if (!found)
        return project_missing(cid, pid, err);
    *out = found;
    return WEIR_OK;
}

void project_name(project *p, char out[PROJECT_NAME])
{
    pthread_mutex_lock(&p->engine->lock);
    snprintf(out, PROJECT_NAME, "%s", p->pid);
    pthread_mutex_unlock(&p->engine->lock);
}

weir_code project_all(weir_engine *engine, project ***out, size_t *count, weir_error *err)
{
    weir_code code = WEIR_OK;
    size_t n = 0;
    project *p, *next;

    pthread_mutex_lock(&engine->lock);
    if (!(*out = weir_calloc(HASH_COUNT(engine->projects) + 1, sizeof(project *))))
        code = weir_fail(err, WEIR_NO_MEMORY, "no room for a list of projects");
    else
        HASH_ITER(hh, engine->projects, p, next)
        {
            project_hold(p);
            (*out)[n++] = p;
        }
    pthread_mutex_unlock(&engine->lock);
    *count = n;
    return code;
}

weir_code project_enter(weir_engine *engine, const weir_store_project *row, weir_error *err)
{
    project_head head = {0};
    project *p = NULL;
    weir_code code = head_load(row->head, row->head_size, &head, err);

    if (code || (code = project_new(engine, row->cid, row->pid, row->id, &head, &p, err)))
        goto done;
    pthread_mutex_lock(&engine->lock);
    code = table_add(engine, p, err);
    pthread_mutex_unlock(&engine->lock);
    if (!code)
        p = NULL; /* the table's now */
done:
    head_free(&head);
    project_release(p);
    return code ? weir_explain(err, code, "project %s of customer %s", row->pid, row->cid) : code;
}

void project_drain(project *p)
{
    pthread_mutex_lock(&p->lock);
    while (p->inflight)
        pthread_cond_wait(&p->changed, &p->lock);
    p->growing = false;
    pthread_mutex_unlock(&p->lock);
}

void project_drop_state(project *p)
{
    turn_take(&p->state);
    weir_collection_free(p->now.collection);
    p->now = (project_state){0};
    turn_give(&p->state);
    models_drop(p);
    pthread_mutex_lock(&p->lock);
    position_table_free(&p->positions);
    p->loaded = false;
    pthread_mutex_unlock(&p->lock);
}

/* --- creating */

static weir_code head_from(weir_engine *engine, const weir_project_options *options,
                           project_head *head, weir_error *err)
{
    const char *type = rules_type(options->type ? options->type : "cpu", err);
    weir_code code = WEIR_OK;

    *head = (project_head){.persisted = options->persist,
                           .histograms = options->histograms,
                           .created_ms = engine_now(engine),
                           .ruled = true};
    if (!type)
        return WEIR_INVALID;
    head->type = weir_strdup(type);
    head->names = weir_calloc(options->param_count + 1, sizeof *head->names);
    head->values = weir_calloc(options->param_count + 1, sizeof *head->values);
    for (size_t i = 0; i < options->param_count; i++) {
        head->param_count = i + 1;
        if (!head->names || !head->values ||
            !(head->names[i] = weir_strdup(options->params[i].name)) ||
            !(head->values[i] = weir_strdup(options->params[i].value)))
            return weir_fail(err, WEIR_NO_MEMORY, "no room for the parameters of a project");
    }
    if (!head->type || !head->names || !head->values)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for the parameters of a project");
    if ((code = rules_read(type, head->names, head->values, head->param_count, &head->rules, err)))
        return code;
    head->autosave = head->rules.autosave;
    head->precision = (weir_precision)head->rules.precision;
    return WEIR_OK;
}

static weir_code exists_already(const char *cid, const char *pid, weir_error *err)
{
    return weir_fail(err, WEIR_CONFLICT, "Customer [%s] already have SYMETRYML with id[%s], ", cid,
                     pid);
}

/* Caller holds engine->lock. */
static weir_code check_room(const weir_engine *engine, const char *cid, const char *pid,
                            weir_error *err)
{
    size_t owned = 0;
    const project *p, *next;

    if (lookup(engine, cid, pid))
        return exists_already(cid, pid, err);
    HASH_ITER(hh, engine->projects, p, next)
    owned += !strcmp(p->cid, cid);
    if (owned >= engine->options.max_projects)
        return weir_fail(err, WEIR_TOO_LARGE, "customer %s has %zu projects, which is the most",
                         cid, owned);
    return WEIR_OK;
}

/* The head, and in the same transaction the first entry of the log where the project begins with a summary. */
static weir_code store_head(weir_engine *engine, const char *cid, const char *pid,
                            const project_head *head, const weir_summary *summary, int64_t *id,
                            weir_error *err)
{
    weir_store *store = engine->store;
    weir_bytes bytes = {0}, first = {0};
    weir_code code = head_save(head, &bytes, err);

    if (code || (summary && (code = weir_summary_save(summary, &first, err))) ||
        (code = store->begin(store, true, err)))
        goto done;
    if ((code = store->project_add(store, cid, pid, bytes.data, bytes.size, id, err)) ||
        (summary && (code = store->entry_add(store,
                                             &(weir_store_entry){.project = *id,
                                                                 .sequence = 1,
                                                                 .kind = WEIR_ENTRY_MERGE,
                                                                 .bytes = first.data,
                                                                 .size = first.size},
                                             err))) ||
        (code = store->commit(store, err)))
        store->rollback(store);
done:
    weir_bytes_free(&bytes);
    weir_bytes_free(&first);
    return code;
}

static weir_code unstore(weir_engine *engine, const char *cid, int64_t id, weir_error *err)
{
    weir_store *store = engine->store;
    weir_code code;

    if (!id)
        return WEIR_OK;
    if ((code = store->begin(store, true, err)))
        return code;
    if ((code = store->project_remove(store, id, err)) ||
        (code = notes_unstore(engine, cid, id, err)) ||
        (code = fusion_unstore(engine, cid, id, err)) ||
        (code = streams_unstore(engine, cid, id, err)) || (code = store->commit(store, err)))
        store->rollback(store);
    return code;
}

/* Loads a project that nobody else can see yet and adds its first summary, which is not in the log: either the project
 * is not persisted, or this is a trial before it is. */
static weir_code begin_with(project *p, const weir_summary *summary, weir_error *err)
{
    weir_code code;

    turn_take(&p->intake);
    if (!(code = project_load(p, err))) {
        turn_take(&p->state);
        if (!(code = weir_collection_merge(p->now.collection, summary, err)))
            p->now.sequence = 1;
        turn_give(&p->state);
    }
    turn_give(&p->intake);
    return code;
}

/* Whether a project with this head would take the summary. */
static weir_code try_summary(weir_engine *engine, const char *cid, const char *pid,
                             const project_head *like, const weir_summary *summary, weir_error *err)
{
    weir_bytes bytes = {0};
    project_head head = {0};
    project *p = NULL;
    weir_code code = head_save(like, &bytes, err);

    if (code || (code = head_load(bytes.data, bytes.size, &head, err)) ||
        (code = project_new(engine, cid, pid, 0, &head, &p, err)))
        goto done;
    code = begin_with(p, summary, err);
done:
    weir_bytes_free(&bytes);
    head_free(&head);
    project_release(p);
    return code;
}

weir_code weir_project_create(weir_engine *engine, const char *cid, const char *pid,
                              const weir_project_options *options, weir_error *err)
{
    return project_create_with(engine, cid, pid, options, NULL, err);
}

weir_code project_create_with(weir_engine *engine, const char *cid, const char *pid,
                              const weir_project_options *options, const weir_summary *summary,
                              weir_error *err)
{
    project_head head = {0};
    project *p = NULL;
    int64_t id = 0;
    bool stored = false;
    weir_code code = engine_serves(engine, err);

    if (code || (code = name_fits("project name", pid, err)) ||
        (code = head_from(engine, options, &head, err)))
        goto done;
    pthread_mutex_lock(&engine->lock);
    code = check_room(engine, cid, pid, err);
    pthread_mutex_unlock(&engine->lock);
    if (code || (summary && (code = try_summary(engine, cid, pid, &head, summary, err))))
        goto done;
    if (head.persisted) {
        code = store_head(engine, cid, pid, &head, summary, &id, err);
        if (code == WEIR_CONFLICT)
            exists_already(cid, pid, err); /* somebody else made it a moment ago */
        if (code)
            goto done;
        stored = true;
    }
    if ((code = project_new(engine, cid, pid, id, &head, &p, err)) ||
        (summary && !id && (code = begin_with(p, summary, err))))
        goto done;
    pthread_mutex_lock(&engine->lock);
    if (!(code = check_room(engine, cid, pid, err)) && !(code = table_add(engine, p, err)))
        p = NULL; /* the table's now */
    pthread_mutex_unlock(&engine->lock);
done:
    if (code && stored)
        unstore(engine, cid, id, NULL); /* if that fails too, the row is there at the next start */
    head_free(&head);
    project_release(p);
    return code;
}

weir_code weir_project_list(weir_engine *engine, const char *cid, char ***pids, size_t *count,
                            weir_error *err)
{
    weir_code code = WEIR_OK;
    const char **names = NULL;
    size_t n = 0;
    project *p, *next;

    pthread_mutex_lock(&engine->lock);
    if (!(names = weir_calloc(HASH_COUNT(engine->projects) + 1, sizeof *names)))
        code = weir_fail(err, WEIR_NO_MEMORY, "no room for the list of projects");
    else
        HASH_ITER(hh, engine->projects, p, next)
    if (!strcmp(p->cid, cid))
        names[n++] = p->pid;
    if (!code)
        code = texts_copy(names, n, pids, err);
    pthread_mutex_unlock(&engine->lock);
    if (!code)
        *count = n;
    weir_free((void *)names);
    return code;
}

/* --- ending and changing */

/* Takes the project out of the store and the table. The caller holds intake and has drained. */
static weir_code remove_now(project *p, weir_error *err)
{
    weir_code code;

    /* A build that is about to publish finds the list closed, so no model row outlives the project. */
    pthread_mutex_lock(&p->publishing);
    if (!(code = unstore(p->engine, p->cid, p->id, err)))
        p->models_closed = true;
    pthread_mutex_unlock(&p->publishing);
    if (code)
        return code;
    p->gone = true;
    pthread_mutex_lock(&p->engine->lock);
    HASH_DEL(p->engine->projects, p);
    pthread_mutex_unlock(&p->engine->lock);
    project_drop_state(p);
    project_release(p); /* the table's reference */
    return WEIR_OK;
}

weir_code weir_project_delete(weir_engine *engine, const char *cid, const char *pid,
                              weir_error *err)
{
    project *p = NULL;
    weir_code code = project_find(engine, cid, pid, &p, err);

    if (code)
        return weir_fail(err, code, "Customer[%s] does not have Project with id[%s], ", cid, pid);
    streams_end(p);
    turn_take(&p->intake);
    project_drain(p);
    code = p->gone ? weir_fail(err, WEIR_NOT_FOUND,
                               "Customer[%s] does not have Project with id[%s], ", cid, pid)
                   : remove_now(p, err);
    turn_give(&p->intake);
    if (code && code != WEIR_NOT_FOUND)
        streams_resume(p);
    project_release(p);
    if (!code) {
        atomic_store(&engine->untidy, true); /* its log is tidied away in the background */
        tend_call(engine);
    }
    return code;
}

bool project_has_kept(project *p)
{
    bool has = false;

    turn_take(&p->state);
    has = p->now.collection && p->now.kept != p->now.snapshot_kept;
    turn_give(&p->state);
    return has;
}

weir_code weir_project_unload(weir_engine *engine, const char *cid, const char *pid, bool force,
                              weir_error *err)
{
    project *p = NULL;
    weir_code code = project_find(engine, cid, pid, &p, err);

    if (code)
        return code;
    if (!p->id && force)
        streams_end(p);
    turn_take(&p->intake);
    project_drain(p);
    if (p->gone) {
        code = project_missing(cid, pid, err);
    } else if (p->id) {
        /* Log and sources hold everything; the snapshot only makes the next use quicker. */
        if ((p->head.autosave || project_has_kept(p)) && project_snapshot(p, err) != WEIR_OK)
            atomic_fetch_add(&engine->figures.store_errors, 1);
        project_drop_state(p);
    } else if (force) {
        code = remove_now(p, err);
    } else {
        code = weir_fail(err, WEIR_CONFLICT,
                         "project %s is not persisted: unloading would lose it; force=true does so",
                         pid);
    }
    turn_give(&p->intake);
    project_release(p);
    return code;
}

/* Writes the head under a name. The caller holds intake. */
weir_code project_change_head(project *p, const char *pid, const project_head *head,
                              weir_error *err)
{
    weir_store *store = p->engine->store;
    weir_bytes bytes = {0};
    weir_code code = WEIR_OK;

    if (!p->id)
        return WEIR_OK;
    if (!(code = head_save(head, &bytes, err)) && !(code = store->begin(store, true, err))) {
        if ((code = store->project_change(store, p->id, pid, bytes.data, bytes.size, err)) ||
            (code = store->commit(store, err)))
            store->rollback(store);
    }
    weir_bytes_free(&bytes);
    return code;
}

weir_code weir_project_freeze(weir_engine *engine, const char *cid, const char *pid, bool frozen,
                              weir_error *err)
{
    project *p = NULL;
    project_head head;
    weir_code code = project_find(engine, cid, pid, &p, err);

    if (code)
        return code;
    turn_take(&p->intake);
    head = p->head; /* a view */
    head.frozen = frozen;
    if (p->gone)
        code = project_missing(cid, pid, err);
    else if (frozen != p->head.frozen && !(code = project_change_head(p, p->pid, &head, err))) {
        p->head.frozen = frozen;
        pthread_mutex_lock(&p->lock);
        p->frozen = frozen;
        pthread_mutex_unlock(&p->lock);
    }
    turn_give(&p->intake);
    project_release(p);
    return code;
}

/* Enters the project under its new name, so that nobody else can take it, and gives the old key back through
 * old_key. Caller holds engine->lock. */
static weir_code rekey(weir_engine *engine, project *p, char **name, char **key, weir_error *err)
{
    char *old_name = p->pid, *old_key = p->key;

    HASH_DEL(engine->projects, p);
    p->pid = *name;
    p->key = *key;
    if (table_add(engine, p, err)) {
        p->pid = old_name;
        p->key = old_key;
        /* The room it had a moment ago is still there. */
        HASH_ADD_KEYPTR(hh, engine->projects, p->key, key_length(p->cid, p->pid), p);
        return WEIR_NO_MEMORY;
    }
    *name = old_name;
    *key = old_key;
    return WEIR_OK;
}

weir_code weir_project_rename(weir_engine *engine, const char *cid, const char *pid, const char *to,
                              weir_error *err)
{
    project *p = NULL;
    char *name = weir_strdup(to), *key = make_key(cid, to);
    bool moved = false;
    weir_code code = project_find(engine, cid, pid, &p, err);

    if (code || (code = name_fits("project name", to, err)))
        goto done;
    if (!name || !key) {
        code = weir_fail(err, WEIR_NO_MEMORY, "no room for the name %s", to);
        goto done;
    }
    turn_take(&p->intake);
    pthread_mutex_lock(&engine->lock);
    if (p->gone || strcmp(p->pid, pid) != 0)
        code = project_missing(cid, pid, err);
    else if (lookup(engine, cid, to))
        code = exists_already(cid, to, err);
    else if (!(code = rekey(engine, p, &name, &key, err)))
        moved = true;
    pthread_mutex_unlock(&engine->lock);
    if (!code && (code = project_change_head(p, to, &p->head, err)) && moved) {
        pthread_mutex_lock(&engine->lock);
        rekey(engine, p, &name, &key, NULL); /* back again */
        pthread_mutex_unlock(&engine->lock);
    }
    turn_give(&p->intake);
done:
    weir_free(name);
    weir_free(key);
    project_release(p);
    return code;
}

weir_code weir_project_save(weir_engine *engine, const char *cid, const char *pid, weir_error *err)
{
    project *p = NULL;
    weir_code code = project_find(engine, cid, pid, &p, err);

    if (code)
        return code;
    code = p->id ? project_snapshot(p, err)
                 : weir_fail(err, WEIR_CONFLICT,
                             "project %s was created with persist=false and has no place in the "
                             "store",
                             pid);
    project_release(p);
    return code;
}

weir_code weir_project_histograms(weir_engine *engine, const char *cid, const char *pid, bool on,
                                  weir_error *err)
{
    project *p = NULL;
    weir_code code = project_find(engine, cid, pid, &p, err);

    if (!code)
        code = learn_histograms(p, on, err);
    project_release(p);
    return code;
}
