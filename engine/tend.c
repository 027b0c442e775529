/* tend.c: the two threads that look after projects in the background.
 *
 * The keeper takes snapshots that are due and tidies the store; the refresher builds models again. They are two, so
 * that a model that takes long to build does not let the log grow. Both go through all projects when somebody called
 * or a deadline of theirs has come, holding no lock but those their work takes.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <time.h>

#include "inside.h"
#include "weir/log.h"

/* How often both look without being called: the grain of snapshot_ms and refresh_ms. */
enum { LOOK_MS = 500 };

static struct timespec in_ms(int64_t ms)
{
    struct timespec at;

    clock_gettime(CLOCK_MONOTONIC, &at);
    at.tv_sec += ms / 1000;
    at.tv_nsec += ms % 1000 * 1000000;
    if (at.tv_nsec >= 1000000000) {
        at.tv_sec++;
        at.tv_nsec -= 1000000000;
    }
    return at;
}

/* Sleeps until called again or for ms; false when the engine closes. *seen is the last call this thread knows. */
static bool wait_for_work(weir_engine *engine, uint64_t *seen, int64_t ms)
{
    struct timespec until = in_ms(ms);
    bool on;

    pthread_mutex_lock(&engine->tend_lock);
    while (!engine->tend_stop && engine->tend_calls == *seen &&
           pthread_cond_timedwait(&engine->tend_wake, &engine->tend_lock, &until) == 0)
        continue;
    *seen = engine->tend_calls;
    on = !engine->tend_stop;
    pthread_mutex_unlock(&engine->tend_lock);
    return on;
}

static bool stopping(weir_engine *engine)
{
    bool stop;

    pthread_mutex_lock(&engine->tend_lock);
    stop = engine->tend_stop;
    pthread_mutex_unlock(&engine->tend_lock);
    return stop;
}

void tend_call(weir_engine *engine)
{
    pthread_mutex_lock(&engine->tend_lock);
    engine->tend_calls++;
    pthread_cond_broadcast(&engine->tend_wake);
    pthread_mutex_unlock(&engine->tend_lock);
}

static void keep_all(weir_engine *engine)
{
    project **all = NULL;
    size_t count = 0;
    weir_error why;

    if (project_all(engine, &all, &count, &why))
        return;
    for (size_t i = 0; i < count; i++) {
        if (!stopping(engine) && project_snapshot_due(all[i]) && project_snapshot(all[i], &why))
            weir_log(WEIR_LOG_WARN, "engine", "%s", why.message);
        notes_keep(all[i], false);
        project_release(all[i]);
    }
    weir_free(all);
}

static void *keeper_run(void *context)
{
    weir_engine *engine = context;
    uint64_t seen = 0;

    while (wait_for_work(engine, &seen, LOOK_MS)) {
        keep_all(engine);
        if (atomic_exchange(&engine->untidy, false))
            engine_tidy(engine);
    }
    return NULL;
}

static void refresh_all(weir_engine *engine)
{
    project **all = NULL;
    size_t count = 0;
    weir_error why;

    if (project_all(engine, &all, &count, &why))
        return;
    for (size_t i = 0; i < count; i++) {
        if (!stopping(engine))
            models_refresh(all[i]);
        project_release(all[i]);
    }
    weir_free(all);
}

static void *refresher_run(void *context)
{
    weir_engine *engine = context;
    uint64_t seen = 0;

    while (wait_for_work(engine, &seen, LOOK_MS))
        refresh_all(engine);
    return NULL;
}

weir_code tend_start(weir_engine *engine, weir_error *err)
{
    pthread_condattr_t attributes;

    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_mutex_init(&engine->tend_lock, NULL);
    pthread_cond_init(&engine->tend_wake, &attributes);
    pthread_condattr_destroy(&attributes);
    if (!engine->store->exclusive)
        return WEIR_OK;
    engine->keeper_running = pthread_create(&engine->keeper, NULL, keeper_run, engine) == 0;
    engine->refresher_running =
        pthread_create(&engine->refresher, NULL, refresher_run, engine) == 0;
    if (!engine->keeper_running || !engine->refresher_running)
        return weir_fail(err, WEIR_NO_MEMORY, "the background threads cannot be started");
    return WEIR_OK;
}

void tend_stop(weir_engine *engine)
{
    pthread_mutex_lock(&engine->tend_lock);
    engine->tend_stop = true;
    pthread_cond_broadcast(&engine->tend_wake);
    pthread_mutex_unlock(&engine->tend_lock);
    if (engine->keeper_running)
        pthread_join(engine->keeper, NULL);
    if (engine->refresher_running)
        pthread_join(engine->refresher, NULL);
    pthread_cond_destroy(&engine->tend_wake);
    pthread_mutex_destroy(&engine->tend_lock);
}
