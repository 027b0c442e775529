/* streams.c: the streams of projects: made, started, stopped, removed, and there again after a restart.
 *
 * A description is a document of kind "stream", named by the project's number and the stream's name, so that renaming
 * a project costs nothing. A project that is not persisted has its streams in memory only.
 *
 *     document   section "stream":      u8 whether it shall run | u64 epoch | u64 created ms
 *                section "description": the sealed bytes of data_source.c
 *
 * Whoever changes the streams of a project holds its `streaming` mutex, also while a stream ends: its threads take
 * rows to the project meanwhile, and so never ask for that mutex. Who only looks takes project.lock.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data_source.h"
#include "stream.h"
#include "weir/container.h"
#include "weir/log.h"

enum { STREAMS_MOST = 64, DOCUMENT_NAME = 160 };

static const char kind_name[] = "stream";
static const weir_stream_access no_access = {0};

/* --- documents */

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

/* What the row says, into a stream of p. */
static weir_code decode(project *p, const weir_store_document *row, const char *name,
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

/* Caller holds streaming. */
static weir_code store_stream(const weir_stream *s, weir_error *err)
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
             store, &(weir_store_document){p->cid, kind_name, name, bytes.data, bytes.size},
             err)) ||
        (code = store->commit(store, err)))
        store->rollback(store);
done:
    weir_bytes_free(&bytes);
    return code ? weir_explain(err, code, "stream %.128s", s->source.name) : code;
}

static weir_code unstore_stream(const weir_stream *s, weir_error *err)
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
    if ((code = store->document_remove(store, p->cid, kind_name, name, err)) ||
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
    code = store->documents(store, cid, kind_name, see_name, &of, err);
    for (size_t i = 0; !code && i < of.count; i++)
        code = store->document_remove(store, cid, kind_name, of.names[i], err);
    weir_list_free(of.names, of.count);
    return code;
}

/* --- running. Callers hold streaming. */

static const weir_stream_kind *find_kind(const weir_engine *engine, const char *type)
{
    const weir_stream_access *access = engine->streams;

    for (size_t i = 0; type && i < access->kind_count; i++)
        if (!strcmp(access->kinds[i].type, type))
            return &access->kinds[i];
    return NULL;
}

static weir_code kind_of(const weir_engine *engine, const weir_data_source *source,
                         const weir_stream_kind **out, weir_error *err)
{
    *out = find_kind(engine, source->type);
    if (*out)
        return WEIR_OK;
    if (!source->type || !*source->type)
        return weir_fail(err, WEIR_INVALID, "a stream needs a type");
    return weir_fail(err, WEIR_INVALID, "unsupported type of stream \"%.60s\"", source->type);
}

/* Ends what runs, which may have failed already. */
static void halt(weir_stream *s)
{
    if (!s->running)
        return;
    s->kind->stop(s->running);
    s->kind->close(s->running);
    s->running = NULL;
}

/* Begins; what goes wrong is the stream's state. */
static void run(weir_stream *s, weir_stream_start_options begins)
{
    weir_error why = {0};

    s->begins = begins;
    s->kind = find_kind(s->project->engine, s->source.type);
    stream_begins(s);
    if (!s->kind) {
        weir_fail(&why, WEIR_INVALID, "unsupported type of stream \"%.60s\"", s->source.type);
        stream_fails(s, &why);
    } else if (s->kind->open(s->kind->context, &s->source, s, &s->running, &why)) {
        s->running = NULL;
        stream_fails(s, &why);
    } else {
        weir_log(WEIR_LOG_INFO, "stream", "%s begins", s->label);
    }
}

static void want(weir_stream *s, bool wanted)
{
    pthread_mutex_lock(&s->lock);
    s->wanted = wanted;
    pthread_mutex_unlock(&s->lock);
}

/* The highest epoch in which the project knows the stream. */
static weir_code known_epoch(weir_stream *s, uint64_t *epoch, weir_error *err)
{
    project *p = s->project;
    const position *row, *next;
    char prefix[512];
    weir_code code = project_state_take(p, err);

    if (code)
        return code;
    turn_give(&p->state);
    snprintf(prefix, sizeof prefix, STREAM_SOURCE, s->source.name, "");
    *epoch = s->epoch;
    pthread_mutex_lock(&p->lock);
    HASH_ITER(hh, p->positions.rows, row, next)
    if (!strncmp(row->source, prefix, strlen(prefix)) && row->current->epoch > *epoch)
        *epoch = row->current->epoch;
    pthread_mutex_unlock(&p->lock);
    return WEIR_OK;
}

/* Says on disk that the stream shall run, in which epoch, and has it run. A new epoch voids the positions of the one
 * before, after which nobody could read again what no snapshot has: so one is taken first. */
static weir_code begin(weir_stream *s, weir_stream_start_options begins, weir_error *err)
{
    uint64_t before = s->epoch;
    bool wanted = s->wanted;
    weir_code code = known_epoch(s, &s->epoch, err);

    if (code)
        return code;
    if (begins.from_beginning && project_has_kept(s->project) &&
        (code = project_snapshot(s->project, err)))
        return code;
    s->epoch += begins.from_beginning;
    want(s, true);
    if ((code = store_stream(s, err))) {
        s->epoch = before;
        want(s, wanted);
        return code;
    }
    run(s, begins);
    return WEIR_OK;
}

/* --- looking up */

static weir_code missing(const char *pid, const char *name, weir_error *err)
{
    return weir_fail(err, WEIR_NOT_FOUND, "Project [%s] has no stream [%.128s]", pid, name);
}

/* Caller holds streaming or project.lock. */
static weir_stream *find(const project *p, const char *name)
{
    weir_stream *s = p->streams;

    while (s && strcmp(s->source.name, name) != 0)
        s = s->next;
    return s;
}

/* Takes the project's streaming mutex; not of a project that is being deleted. */
static weir_code change(weir_engine *engine, const char *cid, const char *pid, project **out,
                        weir_error *err)
{
    weir_code code = engine_serves(engine, err);

    if (code || (code = project_find(engine, cid, pid, out, err)))
        return code;
    pthread_mutex_lock(&(*out)->streaming);
    if (!(*out)->streams_closed)
        return WEIR_OK;
    pthread_mutex_unlock(&(*out)->streaming);
    project_release(*out);
    *out = NULL;
    project_missing(cid, pid, err);
    return WEIR_NOT_FOUND;
}

static void changed(project *p)
{
    pthread_mutex_unlock(&p->streaming);
    project_release(p);
}

/* At the end of the list. Caller holds streaming. */
static void enter(project *p, weir_stream *s)
{
    weir_stream **at = &p->streams;

    pthread_mutex_lock(&p->lock);
    while (*at)
        at = &(*at)->next;
    *at = s;
    pthread_mutex_unlock(&p->lock);
}

static void leave(project *p, weir_stream *s)
{
    weir_stream **at = &p->streams;

    pthread_mutex_lock(&p->lock);
    while (*at && *at != s)
        at = &(*at)->next;
    if (*at)
        *at = s->next;
    pthread_mutex_unlock(&p->lock);
}

/* --- the calls */

weir_code weir_stream_check(weir_engine *engine, const weir_data_source *source, weir_error *err)
{
    const weir_stream_kind *kind = NULL;
    weir_code code = kind_of(engine, source, &kind, err);

    return code ? code : kind->check(kind->context, source, err);
}

weir_code weir_stream_browse(weir_engine *engine, const weir_data_source *source, weir_stop stop,
                             weir_listing *out, weir_error *err)
{
    const weir_stream_kind *kind = NULL;
    weir_code code = kind_of(engine, source, &kind, err);

    return code ? code : kind->browse(kind->context, source, stop, out, err);
}

weir_code weir_stream_preview(weir_engine *engine, const weir_data_source *source, size_t rows,
                              weir_stop stop, weir_batch **out, weir_error *err)
{
    const weir_stream_kind *kind = NULL;
    weir_code code = kind_of(engine, source, &kind, err);

    return code || (code = kind->check(kind->context, source, err))
               ? code
               : kind->preview(kind->context, source, rows, stop, out, err);
}

static weir_code copy_source(const weir_data_source *from, weir_data_source *out, weir_error *err)
{
    weir_code code = WEIR_OK;

    out->type = weir_strdup(from->type);
    out->name = weir_strdup(from->name);
    if (!out->type || !out->name)
        code = weir_fail(err, WEIR_NO_MEMORY, "no room for a stream");
    for (size_t i = 0; !code && i < from->count; i++)
        code = weir_data_source_set(out, from->keys[i], from->values[i], err);
    return code;
}

static weir_code check_room(const project *p, const char *pid, const char *name, weir_error *err)
{
    size_t count = 0;

    if (find(p, name))
        return weir_fail(err, WEIR_CONFLICT, "Project [%s] already has a stream [%.128s]", pid,
                         name);
    for (const weir_stream *s = p->streams; s; s = s->next)
        count++;
    if (count >= STREAMS_MOST)
        return weir_fail(err, WEIR_TOO_LARGE, "Project [%s] has %zu streams, which is the most",
                         pid, count);
    return WEIR_OK;
}

weir_code weir_stream_create(weir_engine *engine, const char *cid, const char *pid,
                             const weir_data_source *source, weir_stream_start_options start,
                             weir_error *err)
{
    weir_data_source own = {0};
    weir_stream *s = NULL;
    project *p = NULL;
    weir_code code;

    if ((code = change(engine, cid, pid, &p, err)))
        return code;
    if ((code = data_source_fits(source, err)) || (code = weir_stream_check(engine, source, err)) ||
        (code = check_room(p, pid, source->name, err)) || (code = copy_source(source, &own, err)) ||
        (code = stream_new(p, &own, &s, err)))
        goto done;
    s->created_ms = engine_now(engine);
    for (const weir_stream *before = p->streams; before; before = before->next)
        if (s->created_ms <= before->created_ms)
            s->created_ms = before->created_ms + 1; /* their order is theirs for ever */
    if ((code = begin(s, start, err)))
        goto done;
    enter(p, s);
    s = NULL; /* the project's now */
done:
    stream_free(s);
    weir_data_source_free(&own);
    changed(p);
    return code;
}

weir_code weir_stream_start(weir_engine *engine, const char *cid, const char *pid, const char *name,
                            weir_stream_start_options start, weir_error *err)
{
    weir_stream *s = NULL;
    project *p = NULL;
    weir_stream_state state;
    weir_code code = change(engine, cid, pid, &p, err);

    if (code)
        return code;
    if (!(s = find(p, name))) {
        code = missing(pid, name, err);
        goto done;
    }
    pthread_mutex_lock(&s->lock);
    state = s->state;
    pthread_mutex_unlock(&s->lock);
    if ((state == WEIR_STREAM_RUNNING || state == WEIR_STREAM_WAITING) && s->running &&
        !start.from_beginning && !start.reset)
        goto done;
    halt(s);
    code = begin(s, start, err);
done:
    changed(p);
    return code;
}

/* Stops one and takes a snapshot, so that its rows need not be read again. Caller holds streaming. */
static void end_and_save(weir_stream *s)
{
    weir_error why = {0};

    halt(s);
    if (project_has_kept(s->project) && project_snapshot(s->project, &why))
        weir_stream_error(s, why.message);
    weir_stream_tell(s, WEIR_STREAM_STOPPED, "");
}

weir_code weir_stream_stop(weir_engine *engine, const char *cid, const char *pid, const char *name,
                           weir_error *err)
{
    weir_stream *s = NULL;
    project *p = NULL;
    weir_code code = change(engine, cid, pid, &p, err);

    if (code)
        return code;
    if (!(s = find(p, name))) {
        code = missing(pid, name, err);
        goto done;
    }
    end_and_save(s);
    want(s, false);
    code = store_stream(s, err);
done:
    changed(p);
    return code;
}

weir_code weir_stream_remove(weir_engine *engine, const char *cid, const char *pid,
                             const char *name, weir_error *err)
{
    weir_stream *s = NULL;
    project *p = NULL;
    weir_code code = change(engine, cid, pid, &p, err);

    if (code)
        return code;
    if (!(s = find(p, name))) {
        code = missing(pid, name, err);
        goto done;
    }
    end_and_save(s);
    if ((code = unstore_stream(s, err)))
        goto done;
    leave(p, s);
    stream_free(s);
done:
    changed(p);
    return code;
}

weir_code weir_stream_list(weir_engine *engine, const char *cid, const char *pid, char ***names,
                           size_t *count, weir_error *err)
{
    const char *view[STREAMS_MOST];
    project *p = NULL;
    size_t n = 0;
    weir_code code = project_find(engine, cid, pid, &p, err);

    if (code)
        return code;
    pthread_mutex_lock(&p->lock);
    for (const weir_stream *s = p->streams; s && n < STREAMS_MOST; s = s->next)
        view[n++] = s->source.name;
    code = texts_copy(view, n, names, err);
    pthread_mutex_unlock(&p->lock);
    if (!code)
        *count = n;
    project_release(p);
    return code;
}

weir_code weir_stream_errors(weir_engine *engine, const char *cid, const char *pid,
                             const char *name, char ***lines, size_t *count, weir_error *err)
{
    weir_stream *s = NULL;
    project *p = NULL;
    weir_code code = project_find(engine, cid, pid, &p, err);

    if (code)
        return code;
    pthread_mutex_lock(&p->lock);
    s = find(p, name);
    code = s ? stream_lines(s, lines, count, err) : missing(pid, name, err);
    pthread_mutex_unlock(&p->lock);
    project_release(p);
    return code;
}

weir_code weir_stream_info_get(weir_engine *engine, const char *cid, const char *pid,
                               const char *name, weir_stream_info *out, weir_error *err)
{
    weir_stream *s = NULL;
    project *p = NULL;
    weir_code code = project_find(engine, cid, pid, &p, err);

    if (code)
        return code;
    pthread_mutex_lock(&p->lock);
    s = find(p, name);
    code = s ? stream_describe(s, out, err) : missing(pid, name, err);
    pthread_mutex_unlock(&p->lock);
    project_release(p);
    return code;
}

/* --- with the project */

void streams_end(project *p)
{
    pthread_mutex_lock(&p->streaming);
    p->streams_closed = true;
    for (weir_stream *s = p->streams; s; s = s->next)
        halt(s);
    pthread_mutex_unlock(&p->streaming);
}

void streams_resume(project *p)
{
    pthread_mutex_lock(&p->streaming);
    p->streams_closed = false;
    for (weir_stream *s = p->streams; s; s = s->next)
        if (s->wanted)
            run(s, (weir_stream_start_options){0});
    pthread_mutex_unlock(&p->streaming);
}

void streams_free(project *p)
{
    while (p->streams) {
        weir_stream *s = p->streams;

        p->streams = s->next;
        stream_free(s);
    }
}

/* --- with the engine */

/* A stream that cannot be read costs itself, not the start. */
static weir_code see_stream(void *context, const weir_store_document *row, weir_error *err)
{
    weir_engine *engine = context;
    char *slash = NULL;
    int64_t id = strtoll(row->name, &slash, 10);
    project *p = NULL, *at, *next;
    weir_stream *s = NULL;
    weir_error why = {0};
    weir_code code;

    pthread_mutex_lock(&engine->lock);
    HASH_ITER(hh, engine->projects, at, next)
    if (at->id == id)
        p = at;
    pthread_mutex_unlock(&engine->lock);
    if (!p || *slash != '/') /* of a project that could not be read */
        return WEIR_OK;
    if ((code = decode(p, row, slash + 1, &s, &why))) {
        weir_log(WEIR_LOG_ERROR, "stream", "a stream of customer %s is left out: %s", p->cid,
                 why.message);
        return code == WEIR_NO_MEMORY ? weir_fail(err, code, "%s", why.message) : WEIR_OK;
    }
    pthread_mutex_lock(&p->streaming);
    enter(p, s);
    pthread_mutex_unlock(&p->streaming);
    return WEIR_OK;
}

/* The documents come by name. Caller holds streaming. */
static void by_creation(project *p)
{
    weir_stream *sorted = NULL;

    pthread_mutex_lock(&p->lock);
    while (p->streams) {
        weir_stream *s = p->streams, **at = &sorted;

        p->streams = s->next;
        while (*at && (*at)->created_ms <= s->created_ms)
            at = &(*at)->next;
        s->next = *at;
        *at = s;
    }
    p->streams = sorted;
    pthread_mutex_unlock(&p->lock);
}

weir_code weir_streams_open(weir_engine *engine, const weir_stream_access *access, weir_error *err)
{
    project **all = NULL;
    size_t count = 0;
    weir_code code = engine_serves(engine, err);

    if (code)
        return code;
    engine->streams = access;
    if ((code =
             engine->store->documents(engine->store, NULL, kind_name, see_stream, engine, err)) ||
        (code = project_all(engine, &all, &count, err)))
        return code;
    for (size_t i = 0; i < count; i++) {
        pthread_mutex_lock(&all[i]->streaming);
        by_creation(all[i]);
        for (weir_stream *s = all[i]->streams; s; s = s->next)
            if (s->wanted)
                run(s, (weir_stream_start_options){0});
        pthread_mutex_unlock(&all[i]->streaming);
        project_release(all[i]);
    }
    weir_free(all);
    return WEIR_OK;
}

void weir_streams_close(weir_engine *engine)
{
    project **all = NULL;
    size_t count = 0;

    if (project_all(engine, &all, &count, NULL))
        return;
    /* All are asked before the first is waited for. */
    for (int wait = 0; wait < 2; wait++)
        for (size_t i = 0; i < count; i++) {
            pthread_mutex_lock(&all[i]->streaming);
            all[i]->streams_closed = true;
            for (weir_stream *s = all[i]->streams; s; s = s->next) {
                if (wait)
                    halt(s);
                else if (s->running)
                    s->kind->stop(s->running);
            }
            pthread_mutex_unlock(&all[i]->streaming);
        }
    for (size_t i = 0; i < count; i++)
        project_release(all[i]);
    weir_free(all);
}

void streams_init(weir_engine *engine)
{
    engine->streams = &no_access;
}

/* --- figures */

typedef struct {
    const char *name, *help, *type;
    double (*value)(const weir_stream_info *info);
} stream_figure;

static double rows_of(const weir_stream_info *info)
{
    return (double)info->rows;
}
static double filtered_of(const weir_stream_info *info)
{
    return (double)info->filtered;
}
static double skipped_of(const weir_stream_info *info)
{
    return (double)info->skipped;
}
static double bad_cells_of(const weir_stream_info *info)
{
    return (double)info->bad_cells;
}
static double errors_of(const weir_stream_info *info)
{
    return (double)info->errors;
}
static double lag_of(const weir_stream_info *info)
{
    return info->lag;
}
static double state_of(const weir_stream_info *info)
{
    return (double)info->state;
}

static const stream_figure figures[] = {
    {"weir_stream_rows_total", "Rows a stream has learned since it started.", "counter", rows_of},
    {"weir_stream_rows_filtered_total", "Rows of a stream that the project's filter left out.",
     "counter", filtered_of},
    {"weir_stream_records_skipped_total", "Records of a stream that could not be read.", "counter",
     skipped_of},
    {"weir_stream_cells_rejected_total", "Cells left out of rows of a stream.", "counter",
     bad_cells_of},
    {"weir_stream_errors_total", "Lines in the error log of a stream since it started.", "counter",
     errors_of},
    {"weir_stream_lag", "Records that a stream has not taken yet.", "gauge", lag_of},
    {"weir_stream_state", "0 stopped, 1 running, 2 waiting, 3 failed.", "gauge", state_of},
};

typedef struct {
    char labels[400];
    weir_stream_info info;
} figure_row;

/* Copies of all streams, so that nothing is held while figures are written. */
static size_t collect(weir_engine *engine, figure_row **out)
{
    project **all = NULL;
    figure_row *rows = NULL;
    size_t count = 0, n = 0;

    if (project_all(engine, &all, &count, NULL))
        return 0;
    for (size_t i = 0; i < count; i++) {
        char pid[129];

        pthread_mutex_lock(&engine->lock);
        snprintf(pid, sizeof pid, "%s", all[i]->pid);
        pthread_mutex_unlock(&engine->lock);
        pthread_mutex_lock(&all[i]->lock);
        for (weir_stream *s = all[i]->streams; s; s = s->next) {
            figure_row *wider = weir_realloc_array(rows, n + 1, sizeof *rows);

            rows = wider ? wider : rows;
            if (!wider || stream_describe(s, &rows[n].info, NULL))
                break;
            /* none of the names holds a quote or a backslash */
            snprintf(rows[n].labels, sizeof rows[n].labels,
                     "customer=\"%.100s\",project=\"%.128s\",stream=\"%.128s\"", all[i]->cid, pid,
                     s->source.name);
            n++;
        }
        pthread_mutex_unlock(&all[i]->lock);
        project_release(all[i]);
    }
    weir_free(all);
    *out = rows;
    return n;
}

void streams_figures(weir_engine *engine, weir_figure figure, void *context)
{
    figure_row *rows = NULL;
    size_t count = collect(engine, &rows);

    for (size_t f = 0; f < sizeof figures / sizeof *figures; f++)
        for (size_t i = 0; i < count; i++)
            figure(context, figures[f].name, figures[f].help, figures[f].type, rows[i].labels,
                   figures[f].value(&rows[i].info));
    for (size_t i = 0; i < count; i++)
        weir_stream_info_free(&rows[i].info);
    weir_free(rows);
}
