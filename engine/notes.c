/* notes.c: the notes of a project: their life, and their document in the store.
 *
 * The document is named by the project's number, which never changes and is never given twice, so renaming a project
 * costs nothing and a deleted one leaves nothing to its successor. A project that is not persisted has notes in memory
 * only.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "notes.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "inside.h"
#include "weir/container.h"
#include "weir/log.h"

enum { SAVE_MS = 60 * 1000, SOURCES_READ_MOST = 1 << 16 };

static const char kind[] = "project.notes";

void notes_init(project_notes *notes)
{
    pthread_mutex_init(&notes->lock, NULL);
}

static void clear(project_notes *notes)
{
    weir_list_free(notes->sources, notes->source_count);
    notes->sources = NULL;
    notes->source_count = 0;
    update_log_free(notes);
}

void notes_destroy(project_notes *notes)
{
    clear(notes);
    pthread_mutex_destroy(&notes->lock);
}

weir_code notes_encode(const project_notes *notes, weir_bytes *out, weir_error *err)
{
    weir_bytes sources = {0}, groups = {0}, calls = {0};
    weir_container_writer writer;
    weir_code code;

    weir_bytes_u32(&sources, (uint32_t)notes->source_count);
    for (size_t i = 0; i < notes->source_count; i++)
        weir_bytes_text(&sources, notes->sources[i], strlen(notes->sources[i]));
    update_log_save(notes, &groups, &calls);
    if ((code = weir_bytes_ok(&sources, err)) || (code = weir_bytes_ok(&groups, err)) ||
        (code = weir_bytes_ok(&calls, err)))
        goto done;
    weir_container_begin(&writer, out, WEIR_FORMAT_PROJECT, 1);
    weir_container_section(&writer, "sources", 1, sources.data, sources.size);
    weir_container_section(&writer, "updates", 1, groups.data, groups.size);
    weir_container_section(&writer, "calls", 1, calls.data, calls.size);
    code = weir_container_end(&writer, err);
done:
    weir_bytes_free(&sources);
    weir_bytes_free(&groups);
    weir_bytes_free(&calls);
    return code;
}

static weir_code load_sources(project_notes *notes, const weir_section *section, weir_error *err)
{
    weir_reader reader = weir_reader_over(section->data, section->size);
    uint32_t count = weir_read_u32(&reader);

    if (count > SOURCES_READ_MOST)
        return weir_fail(err, WEIR_CORRUPT, "%u attached data sources", count);
    if (!(notes->sources = weir_calloc((size_t)count + 1, sizeof *notes->sources)))
        return weir_fail(err, WEIR_NO_MEMORY, "no room for %u attached data sources", count);
    for (uint32_t i = 0; i < count; i++) {
        size_t length = 0;
        const char *text = weir_read_text(&reader, &length);

        if (!text || memchr(text, 0, length))
            return weir_fail(err, WEIR_CORRUPT, "attached data source %u is not readable", i);
        if (!(notes->sources[i] = weir_strndup(text, length)))
            return weir_fail(err, WEIR_NO_MEMORY, "no room for %u attached data sources", count);
        notes->source_count++;
    }
    return WEIR_OK;
}

static weir_code decode(project_notes *notes, const void *data, size_t size, weir_error *err)
{
    weir_container_reader reader;
    weir_bytes joined[3] = {{0}};
    weir_section sources, groups, calls;
    weir_code code;

    if ((code = weir_container_open(&reader, data, size, WEIR_FORMAT_PROJECT, 1, err)) ||
        (code = weir_container_take(&reader, "sources", 1, &joined[0], &sources, err)) ||
        (code = weir_container_take(&reader, "updates", 1, &joined[1], &groups, err)) ||
        (code = weir_container_take(&reader, "calls", 1, &joined[2], &calls, err)) ||
        (code = weir_container_done(&reader, err)) || (code = load_sources(notes, &sources, err)))
        goto done;
    code = update_log_load(notes, groups.data, groups.size, calls.data, calls.size, err);
done:
    for (size_t i = 0; i < 3; i++)
        weir_bytes_free(&joined[i]);
    return code;
}

/* Puts the notes of one document to their project. What cannot be read costs the notes, not the start. */
static weir_code see_notes(void *context, const weir_store_document *row, weir_error *err)
{
    weir_engine *engine = context;
    int64_t id = strtoll(row->name, NULL, 10);
    project *p, *next;
    weir_error why = {0};
    weir_code code = WEIR_OK;

    pthread_mutex_lock(&engine->lock);
    HASH_ITER(hh, engine->projects, p, next)
    if (p->id == id)
        break;
    if (p) {
        pthread_mutex_lock(&p->notes.lock);
        if ((code = decode(&p->notes, row->bytes, row->size, &why)))
            clear(&p->notes);
        pthread_mutex_unlock(&p->notes.lock);
    }
    pthread_mutex_unlock(&engine->lock);
    if (code == WEIR_NO_MEMORY)
        return weir_fail(err, code, "%s", why.message);
    if (code)
        weir_log(WEIR_LOG_WARN, "engine", "notes of a project of %s are lost: %s", row->cid,
                 why.message);
    return WEIR_OK;
}

weir_code notes_load_all(weir_engine *engine, weir_error *err)
{
    return engine->store->documents(engine->store, NULL, kind, see_notes, engine, err);
}

static void name_of(int64_t id, char name[24])
{
    snprintf(name, 24, "%" PRId64, id);
}

weir_code notes_store(project *p, const weir_bytes *bytes, weir_error *err)
{
    char name[24];
    weir_store_document document = {p->cid, kind, name, bytes->data, bytes->size};

    name_of(p->id, name);
    return p->engine->store->document_put(p->engine->store, &document, err);
}

weir_code notes_unstore(weir_engine *engine, const char *cid, int64_t id, weir_error *err)
{
    char name[24];

    name_of(id, name);
    return engine->store->document_remove(engine->store, cid, kind, name, err);
}

static weir_code see_there(void *context, const weir_store_project *row, weir_error *err)
{
    (void)context;
    (void)row;
    (void)err;
    return WEIR_OK;
}

/* Within a transaction, whose writer is the only one: encoded before it, the notes could be older than those that an
 * attach has written meanwhile. *changes are those in them. */
static weir_code encode_and_store(project *p, uint64_t *changes, weir_error *err)
{
    weir_bytes bytes = {0};
    weir_code code;

    pthread_mutex_lock(&p->notes.lock);
    *changes = p->notes.changes;
    code = notes_encode(&p->notes, &bytes, err);
    pthread_mutex_unlock(&p->notes.lock);
    if (!code)
        code = notes_store(p, &bytes, err);
    weir_bytes_free(&bytes);
    return code;
}

/* Not after the project's row is gone: the document would belong to nobody. */
static weir_code save(project *p, uint64_t *changes, weir_error *err)
{
    weir_store *store = p->engine->store;
    weir_code code = store->begin(store, false, err);

    if (code)
        return code;
    code = store->project_get(store, p->id, see_there, NULL, err);
    if (code == WEIR_NOT_FOUND) {
        store->rollback(store);
        return WEIR_OK;
    }
    if (code || (code = encode_and_store(p, changes, err)) || (code = store->commit(store, err)))
        store->rollback(store);
    return code;
}

void notes_keep(project *p, bool at_once)
{
    project_notes *notes = &p->notes;
    int64_t now_ms = engine_now(p->engine);
    weir_error why = {0};
    uint64_t changes = 0;
    bool due;

    if (!p->id)
        return;
    pthread_mutex_lock(&notes->lock);
    due = notes->changes != notes->saved && (at_once || now_ms - notes->saved_ms >= SAVE_MS);
    if (due)
        notes->saved_ms = now_ms;
    pthread_mutex_unlock(&notes->lock);
    if (!due)
        return;
    if (save(p, &changes, &why)) {
        weir_log(WEIR_LOG_WARN, "engine", "notes of a project: %s", why.message);
        return;
    }
    pthread_mutex_lock(&notes->lock);
    notes->saved = changes > notes->saved ? changes : notes->saved;
    pthread_mutex_unlock(&notes->lock);
}
