/* sources.c: the data sources of a customer, and which projects have them attached.
 *
 * A description is a document of kind "ds". Every change is decided and made inside one transaction of the store: its
 * one writer makes them happen one after the other, so that a source is never removed while it is being attached.
 * Nothing is cached; reading sees what is committed.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>
#include <string.h>

#include "data_source.h"
#include "notes.h"
#include "weir/fusion.h"

enum { SOURCES_MOST = 1000, ATTACHED_MOST = 1000 };

static const char kind[] = "ds";

/* --- documents */

typedef struct {
    const weir_engine *engine;
    const char *name;
    weir_data_source *out; /* NULL: only whether it is there */
    bool found;
    size_t count; /* of all */
} lookup;

static weir_code see_one(void *context, const weir_store_document *row, weir_error *err)
{
    lookup *look = context;

    look->count++;
    if (strcmp(row->name, look->name) != 0)
        return WEIR_OK;
    look->found = true;
    return look->out ? data_source_load(look->engine, row, look->out, err) : WEIR_OK;
}

static weir_code look_up(weir_engine *engine, const char *cid, lookup *look, weir_error *err)
{
    look->engine = engine;
    return engine->store->documents(engine->store, cid, kind, see_one, look, err);
}

static weir_code missing(const char *cid, const char *name, weir_error *err)
{
    return weir_fail(err, WEIR_NOT_FOUND, "Customer [%s] has no data source [%s]", cid, name);
}

weir_code weir_source_get(weir_engine *engine, const char *cid, const char *name,
                          weir_data_source *out, weir_error *err)
{
    lookup look = {.name = name, .out = out};
    weir_code code = look_up(engine, cid, &look, err);

    return code || look.found ? code : missing(cid, name, err);
}

/* Ends a transaction: commits, or takes back what was begun. */
static weir_code end(weir_store *store, weir_code code, weir_error *err)
{
    if (code || (code = store->commit(store, err)))
        store->rollback(store);
    return code;
}

weir_code weir_source_put(weir_engine *engine, const char *cid, const weir_data_source *source,
                          bool replace, weir_error *err)
{
    weir_store *store = engine->store;
    lookup look = {.name = source->name};
    weir_bytes bytes = {0};
    weir_code code = engine_serves(engine, err);

    if (code || (code = data_source_fits(source, err)) ||
        (code = data_source_save(engine, cid, source, &bytes, err)) ||
        (code = store->begin(store, true, err)))
        goto done;
    if (!(code = look_up(engine, cid, &look, err))) {
        if (look.found && !replace)
            code = weir_fail(err, WEIR_CONFLICT, "Customer [%s] already has a data source [%s]",
                             cid, source->name);
        else if (!look.found && replace)
            code = missing(cid, source->name, err);
        else if (!look.found && look.count >= SOURCES_MOST)
            code =
                weir_fail(err, WEIR_TOO_LARGE,
                          "Customer [%s] has %zu data sources, which is the most", cid, look.count);
        else
            code = store->document_put(
                store, &(weir_store_document){cid, kind, source->name, bytes.data, bytes.size},
                err);
    }
    code = end(store, code, err);
done:
    weir_bytes_free(&bytes);
    return code;
}

typedef struct {
    const weir_engine *engine;
    char **entries;
    size_t count, capacity;
} listing;

static weir_code see_entry(void *context, const weir_store_document *row, weir_error *err)
{
    listing *list = context;
    weir_data_source source = {0};
    char text[400];
    weir_code code = data_source_load(list->engine, row, &source, err);

    /* One that cannot be read is listed all the same: who sees it can replace it or remove it. */
    if (code && code != WEIR_CORRUPT)
        return code;
    snprintf(text, sizeof text, "%.128s:%.200s", row->name, code ? "unreadable" : source.type);
    weir_data_source_free(&source);
    if (list->count == list->capacity) {
        size_t wider = list->capacity ? 2 * list->capacity : 16;
        char **grown = weir_realloc_array(list->entries, wider, sizeof *grown);

        if (!grown)
            return weir_fail(err, WEIR_NO_MEMORY, "no room for the list of data sources");
        list->entries = grown;
        list->capacity = wider;
    }
    if (!(list->entries[list->count] = weir_strdup(text)))
        return weir_fail(err, WEIR_NO_MEMORY, "no room for the list of data sources");
    list->count++;
    return WEIR_OK;
}

weir_code weir_source_list(weir_engine *engine, const char *cid, char ***entries, size_t *count,
                           weir_error *err)
{
    listing list = {.engine = engine};
    weir_code code = engine->store->documents(engine->store, cid, kind, see_entry, &list, err);

    if (code) {
        weir_list_free(list.entries, list.count);
        return code;
    }
    *entries = list.entries;
    *count = list.count;
    return WEIR_OK;
}

/* --- attaching */

/* Where name stands among those attached; their number when it does not. Caller holds the notes' lock. */
static size_t position_of(const project_notes *notes, const char *name)
{
    size_t i = 0;

    while (i < notes->source_count && strcmp(notes->sources[i], name) != 0)
        i++;
    return i;
}

/* Whether a project of the customer has it attached; its name, cut to the room. */
static bool is_used(weir_engine *engine, const char *cid, const char *name, char *pid, size_t room)
{
    project *p, *next;
    bool used = false;

    pthread_mutex_lock(&engine->lock);
    HASH_ITER(hh, engine->projects, p, next)
    {
        if (strcmp(p->cid, cid) != 0)
            continue;
        pthread_mutex_lock(&p->notes.lock);
        used = position_of(&p->notes, name) < p->notes.source_count;
        pthread_mutex_unlock(&p->notes.lock);
        if (used) {
            snprintf(pid, room, "%s", p->pid);
            break;
        }
    }
    pthread_mutex_unlock(&engine->lock);
    return used;
}

weir_code weir_source_remove(weir_engine *engine, const char *cid, const char *name,
                             weir_error *err)
{
    weir_store *store = engine->store;
    lookup look = {.name = name};
    char pid[160];
    weir_code code = engine_serves(engine, err);

    if (code || (code = store->begin(store, true, err)))
        return code;
    if (!(code = look_up(engine, cid, &look, err))) {
        if (!look.found)
            code = missing(cid, name, err);
        else if (is_used(engine, cid, name, pid, sizeof pid))
            code = weir_fail(err, WEIR_CONFLICT, "data source [%s] is in use by project [%s]", name,
                             pid);
        else
            code = store->document_remove(store, cid, kind, name, err);
    }
    return end(store, code, err);
}

/* Adds name to those attached, or takes it away; *changed false: it was so already. */
static weir_code change_attached(project_notes *notes, const char *name, bool attach, bool *changed,
                                 weir_error *err)
{
    size_t at = position_of(notes, name);
    char **grown = NULL;

    *changed = false;
    if (attach != (at == notes->source_count))
        return WEIR_OK;
    if (!attach) {
        weir_free(notes->sources[at]);
        notes->source_count--;
        memmove(notes->sources + at, notes->sources + at + 1,
                (notes->source_count - at) * sizeof *notes->sources);
        notes->changes++;
        *changed = true;
        return WEIR_OK;
    }
    if (at >= ATTACHED_MOST)
        return weir_fail(err, WEIR_TOO_LARGE, "%zu attached data sources, which is the most", at);
    grown = weir_realloc_array(notes->sources, at + 1, sizeof *grown);
    notes->sources = grown ? grown : notes->sources;
    if (!grown || !(grown[at] = weir_strdup(name)))
        return weir_fail(err, WEIR_NO_MEMORY, "no room to attach data source %s", name);
    notes->source_count++;
    notes->changes++;
    *changed = true;
    return WEIR_OK;
}

static weir_code see_there(void *context, const weir_store_project *row, weir_error *err)
{
    (void)context;
    (void)row;
    (void)err;
    return WEIR_OK;
}

/* Within a transaction. */
static weir_code set_attached(project *p, const char *name, bool attach, bool *changed,
                              weir_error *err)
{
    weir_store *store = p->engine->store;
    weir_bytes bytes = {0};
    weir_code code;

    pthread_mutex_lock(&p->notes.lock);
    code = change_attached(&p->notes, name, attach, changed, err);
    if (!code && *changed && p->id)
        code = notes_encode(&p->notes, &bytes, err);
    pthread_mutex_unlock(&p->notes.lock);
    /* One that was deleted a moment ago gets no document. */
    if (!code && *changed && p->id &&
        !(code = store->project_get(store, p->id, see_there, NULL, err)))
        code = notes_store(p, &bytes, err);
    weir_bytes_free(&bytes);
    return code;
}

static weir_code attach(weir_engine *engine, const char *cid, const char *pid, const char *name,
                        bool on, weir_error *err)
{
    weir_store *store = engine->store;
    lookup look = {.name = name};
    project *p = NULL;
    bool changed = false;
    weir_code code = engine_serves(engine, err);

    if (code || (code = project_find(engine, cid, pid, &p, err)))
        goto done;
    if (on && !strcmp(p->head.type, WEIR_FUSION_TYPE)) {
        code = weir_fail(err, WEIR_INVALID,
                         "project %s is a fusion project and has no data sources: its cells have",
                         pid);
        goto done;
    }
    if ((code = store->begin(store, true, err)))
        goto done;
    if (!(code = look_up(engine, cid, &look, err)) && on && !look.found)
        code = missing(cid, name, err);
    if (!code)
        code = set_attached(p, name, on, &changed, err);
    if ((code = end(store, code, err)) && changed) { /* as it was before */
        bool undone = false;

        pthread_mutex_lock(&p->notes.lock);
        change_attached(&p->notes, name, !on, &undone, NULL);
        pthread_mutex_unlock(&p->notes.lock);
    }
done:
    project_release(p);
    return code;
}

weir_code weir_source_attach(weir_engine *engine, const char *cid, const char *pid,
                             const char *name, weir_error *err)
{
    return attach(engine, cid, pid, name, true, err);
}

weir_code weir_source_detach(weir_engine *engine, const char *cid, const char *pid,
                             const char *name, weir_error *err)
{
    return attach(engine, cid, pid, name, false, err);
}

weir_code weir_source_attached(weir_engine *engine, const char *cid, const char *pid, char ***names,
                               size_t *count, weir_error *err)
{
    project *p = NULL;
    weir_code code = project_find(engine, cid, pid, &p, err);

    if (code)
        return code;
    pthread_mutex_lock(&p->notes.lock);
    code = texts_copy((const char *const *)p->notes.sources, p->notes.source_count, names, err);
    *count = code ? 0 : p->notes.source_count;
    pthread_mutex_unlock(&p->notes.lock);
    project_release(p);
    return code;
}
