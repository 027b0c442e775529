/* streams.c: the streams of projects: made, started, stopped, removed, and there again after a restart.
 *
 * Whoever changes the streams of a project holds its `streaming` mutex, also while a stream ends: its threads take
 * rows to the project meanwhile, and so never ask for that mutex. Who only looks takes project.lock.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data_source.h"
#include "stream.h"
#include "weir/log.h"

enum { STREAMS_MOST = 64 };

static const weir_stream_access no_access = {0};

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
    if ((code = stream_store(s, err))) {
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

    return code ? code : kind->preview(kind->context, source, rows, stop, out, err);
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
    code = stream_store(s, err);
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
    if ((code = stream_unstore(s, err)))
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
    if ((code = stream_load(p, row, slash + 1, &s, &why))) {
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
             engine->store->documents(engine->store, NULL, STREAM_KIND, see_stream, engine, err)) ||
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
