/* streams_store.c: descriptions of streams, as documents of the store.
 *
 * A description is a document of kind "stream", named by the project's number and the stream's name, so that renaming
 * a project costs nothing. A project that is not persisted has its streams in memory only.
 *
 *     document   section "stream":      u8 whether it shall run | u64 epoch | u64 created ms
 *                section "description": the sealed bytes of data_source.c
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "data_source.h"
#include "stream.h"
#include "weir/container.h"

enum { DOCUMENT_NAME = 160 };

static void name_document(const project *p, const char *stream, char out[DOCUMENT_NAME])
{
    snprintf(out, DOCUMENT_NAME, "%" PRId64 "/%.128s", p->id, stream);
}

static weir_code encode(const weir_stream *s, weir_bytes *out, weir_error *err)
{
    weir_bytes body = {0}, description = {0};
    weir_container_writer writer;
    weir_code code =
        data_source_save(s->project->engine, s->project->cid, &s->source, &description, err);

    weir_bytes_u8(&body, s->wanted);
    weir_bytes_u64(&body, s->epoch);
    weir_bytes_u64(&body, (uint64_t)s->created_ms);
    if (code || (code = weir_bytes_ok(&body, err)))
        goto done;
    weir_container_begin(&writer, out, WEIR_FORMAT_PROJECT, 1);
    weir_container_section(&writer, "stream", 1, body.data, body.size);
    weir_container_section(&writer, "description", 1, description.data, description.size);
    code = weir_container_end(&writer, err);
done:
    weir_bytes_free(&body);
    weir_bytes_free(&description);
    return code;
}

weir_code stream_load(project *p, const weir_store_document *row, const char *name,
                      weir_stream **out, weir_error *err)
{
    weir_container_reader reader;
    weir_bytes joined[2] = {{0}};
    weir_section state, description;
    weir_data_source source = {0};
    weir_stream *s = NULL;
    weir_reader body;
    weir_code code;

    if ((code = weir_container_open(&reader, row->bytes, row->size, WEIR_FORMAT_PROJECT, 1, err)) ||
        (code = weir_container_take(&reader, "stream", 1, &joined[0], &state, err)) ||
        (code = weir_container_take(&reader, "description", 1, &joined[1], &description, err)) ||
        (code = weir_container_done(&reader, err)))
        goto done;
    if ((code = data_source_load(
             p->engine,
             &(weir_store_document){row->cid, row->kind, name, description.data, description.size},
             &source, err)) ||
        (code = stream_new(p, &source, &s, err)))
        goto done;
    body = weir_reader_over(state.data, state.size);
    s->wanted = weir_read_u8(&body) != 0;
    s->epoch = weir_read_u64(&body);
    s->created_ms = (int64_t)weir_read_u64(&body);
    if (body.failed || weir_reader_left(&body)) {
        code = weir_fail(err, WEIR_CORRUPT, "a stored stream is not readable");
        goto done;
    }
    *out = s;
    s = NULL; /* the caller's now */
done:
    stream_free(s);
    weir_data_source_free(&source);
    for (size_t i = 0; i < 2; i++)
        weir_bytes_free(&joined[i]);
    return code;
}

weir_code stream_store(const weir_stream *s, weir_error *err)
{
    const project *p = s->project;
    weir_store *store = p->engine->store;
    char name[DOCUMENT_NAME];
    weir_bytes bytes = {0};
    weir_code code = WEIR_OK;

    if (!p->id)
        return WEIR_OK;
    name_document(p, s->source.name, name);
    if ((code = encode(s, &bytes, err)) || (code = store->begin(store, true, err)))
        goto done;
    if ((code = store->document_put(
             store, &(weir_store_document){p->cid, STREAM_KIND, name, bytes.data, bytes.size},
             err)) ||
        (code = store->commit(store, err)))
        store->rollback(store);
done:
    weir_bytes_free(&bytes);
    return code ? weir_explain(err, code, "stream %.128s", s->source.name) : code;
}

weir_code stream_unstore(const weir_stream *s, weir_error *err)
{
    const project *p = s->project;
    weir_store *store = p->engine->store;
    char name[DOCUMENT_NAME];
    weir_code code = WEIR_OK;

    if (!p->id)
        return WEIR_OK;
    name_document(p, s->source.name, name);
    if ((code = store->begin(store, true, err)))
        return code;
    if ((code = store->document_remove(store, p->cid, STREAM_KIND, name, err)) ||
        (code = store->commit(store, err)))
        store->rollback(store);
    return code;
}

typedef struct {
    char prefix[32];
    char **names;
    size_t count;
} removal;

static weir_code see_name(void *context, const weir_store_document *row, weir_error *err)
{
    removal *of = context;
    char **wider = NULL;

    if (strncmp(row->name, of->prefix, strlen(of->prefix)) != 0)
        return WEIR_OK;
    if ((wider = weir_realloc_array(of->names, of->count + 1, sizeof *wider)))
        of->names = wider;
    if (!wider || !(wider[of->count] = weir_strdup(row->name)))
        return weir_fail(err, WEIR_NO_MEMORY, "no room for the streams of a project");
    of->count++;
    return WEIR_OK;
}

weir_code streams_unstore(weir_engine *engine, const char *cid, int64_t id, weir_error *err)
{
    weir_store *store = engine->store;
    removal of = {.count = 0};
    weir_code code;

    snprintf(of.prefix, sizeof of.prefix, "%" PRId64 "/", id);
    code = store->documents(store, cid, STREAM_KIND, see_name, &of, err);
    for (size_t i = 0; !code && i < of.count; i++)
        code = store->document_remove(store, cid, STREAM_KIND, of.names[i], err);
    weir_list_free(of.names, of.count);
    return code;
}
