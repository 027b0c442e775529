/* engine.c: opening and closing.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <string.h>
#include <time.h>

#include "inside.h"
#include "seal.h"
#include "weir/log.h"

/* Sealed into the store when it is new, to tell whether a later key is the same. */
static const char check_note[] = "server key check";
static const uint8_t check_text[] = "weir server key check";

static int64_t system_now_ms(void *context)
{
    struct timespec now;

    (void)context;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Not options' clock, which may begin at 0 in every process. */
static int64_t wall_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t engine_now(const weir_engine *engine)
{
    return engine->clock.now_ms(engine->clock.context);
}

weir_code engine_serves(const weir_engine *engine, weir_error *err)
{
    return engine->store->exclusive
               ? WEIR_OK
               : weir_fail(err, WEIR_CONFLICT, "the data directory is opened for its users only");
}

static void take_options(weir_engine *engine, const weir_engine_options *options)
{
    weir_engine_options *mine = &engine->options;

    *mine = *options;
    memcpy(engine->key, options->server_key, sizeof engine->key);
    mine->server_key = engine->key;
    engine->clock = options->clock ? *options->clock : (weir_clock){NULL, system_now_ms};
    if (!mine->job_threads)
        mine->job_threads = 2;
    if (!mine->job_queue)
        mine->job_queue = 256;
    if (!mine->job_expiry_ms)
        mine->job_expiry_ms = 3600 * 1000;
    if (!mine->max_jobs)
        mine->max_jobs = 64;
    if (!mine->max_projects)
        mine->max_projects = 1000;
    if (!mine->max_attributes)
        mine->max_attributes = 16384;
    if (!mine->max_category_values)
        mine->max_category_values = 1024;
    if (!mine->snapshot_log_bytes)
        mine->snapshot_log_bytes = (size_t)32 << 20;
    if (!mine->snapshot_ms)
        mine->snapshot_ms = 5 * 60 * 1000;
}

static weir_code see_check(void *context, const void *data, size_t size, weir_error *err)
{
    const weir_engine *engine = context;
    uint8_t text[sizeof check_text];
    size_t length = sizeof text;

    if (unseal(engine->key, check_note, data, size, text, &length, NULL) ||
        length != sizeof check_text || memcmp(text, check_text, length) != 0)
        return weir_fail(err, WEIR_UNAUTHORIZED,
                         "the server key is not the one this data directory was made with");
    return WEIR_OK;
}

/* With another key no secret would open, and every request would be refused one by one. */
static weir_code check_key(weir_engine *engine, weir_error *err)
{
    weir_store *store = engine->store;
    weir_bytes sealed = {0};
    weir_code code = store->note_get(store, check_note, see_check, engine, err);

    if (code != WEIR_NOT_FOUND)
        return code;
    if ((code = seal(engine->key, check_note, check_text, sizeof check_text, &sealed, err)) ||
        (code = store->begin(store, true, err)))
        goto done;
    if ((code = store->note_put(store, check_note, sealed.data, sealed.size, err)) ||
        (code = store->commit(store, err)))
        store->rollback(store);
done:
    weir_bytes_free(&sealed);
    return code;
}

/* A project whose head cannot be read stays in the store as it is, and the others are served. */
static weir_code see_project(void *context, const weir_store_project *row, weir_error *err)
{
    weir_error why = {0};
    weir_code code = project_enter(context, row, &why);

    if (code == WEIR_CORRUPT) {
        weir_log(WEIR_LOG_ERROR, "engine", "a project is left out: %s", why.message);
        return WEIR_OK;
    }
    return code ? weir_fail(err, code, "%s", why.message) : code;
}

weir_code weir_engine_open(const weir_engine_options *options, weir_store *store, weir_engine **out,
                           weir_error *err)
{
    weir_engine *engine = weir_calloc(1, sizeof *engine);
    weir_code code, started;

    if (!engine)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for the engine");
    take_options(engine, options);
    engine->opened_ns = wall_ns();
    engine->store = store;
    streams_init(engine);
    atomic_init(&engine->untidy, true); /* an earlier process may have left something */
    pthread_mutex_init(&engine->lock, NULL);
    pthread_mutex_init(&engine->snapshots, NULL);
    pthread_mutex_init(&engine->encoders_change, NULL);
    pthread_mutex_init(&engine->encoders_lock, NULL);
    /* All three are set up whatever happens, so that closing need not know how far opening came. */
    code = committer_start(engine, err);
    if ((started = tend_start(engine, code ? NULL : err)) && !code)
        code = started;
    if ((started = jobs_open(engine, code ? NULL : err)) && !code)
        code = started;
    if (code || (code = check_key(engine, err)) ||
        (store->exclusive && ((code = encoders_open(engine, err)) ||
                              (code = store->projects(store, see_project, engine, err)) ||
                              (code = notes_load_all(engine, err)))))
        goto done;
    *out = engine;
    engine = NULL;
done:
    weir_engine_close(engine);
    return code;
}

/* The last snapshot of each project, so that the next start need not replay. */
static void save_all(weir_engine *engine)
{
    project **all = NULL;
    size_t count = 0;
    weir_error why;

    if (project_all(engine, &all, &count, &why))
        return;
    for (size_t i = 0; i < count; i++) {
        if ((all[i]->head.autosave || project_has_kept(all[i])) && project_snapshot(all[i], &why))
            weir_log(WEIR_LOG_WARN, "engine", "%s; log and sources have it all", why.message);
        notes_keep(all[i], true);
        project_release(all[i]);
    }
    weir_free(all);
}

void weir_engine_close(weir_engine *engine)
{
    project *p, *next;

    if (!engine)
        return;
    jobs_close(engine);
    weir_streams_close(engine);
    tend_stop(engine);
    committer_stop(engine);
    if (engine->store->exclusive)
        save_all(engine);
    HASH_ITER(hh, engine->projects, p, next)
    {
        HASH_DEL(engine->projects, p);
        project_release(p);
    }
    encoders_close(engine);
    pthread_mutex_destroy(&engine->encoders_lock);
    pthread_mutex_destroy(&engine->encoders_change);
    pthread_mutex_destroy(&engine->snapshots);
    pthread_mutex_destroy(&engine->lock);
    weir_server_key_forget(engine->key);
    weir_free(engine);
}
