/* jobs.c: long calls on a small pool of threads, with a number, a progress and an end that can be read later.
 *
 * The queue is bounded: a job that finds it full is refused at once with a clear error rather than waiting where
 * nobody sees it. A finished job stays readable until it expires. Expiry is looked at whenever the table is used, so it
 * needs no thread.
 *
 * One mutex guards the table, the queue and every field of a job but the atomics of its progress; it is never held
 * while a job runs, or together with another lock.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <inttypes.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "inside.h"
#include "weir/log.h"

struct weir_job {
    uint64_t id;
    char kind[64], owner[256], project[256];
    weir_engine *engine;
    weir_job_run run;
    void *context;
    void (*drop)(void *);
    int64_t started_ms, ended_ms;
    bool started, done;
    atomic_bool cancelled;
    atomic_ullong current, maximum;
    weir_error error;
    char *result;
    struct weir_job *next; /* in the queue */
    UT_hash_handle hh;
};

struct weir_jobs {
    pthread_mutex_t lock;
    pthread_cond_t wake;
    weir_job *table; /* by number, in the order of their starting */
    weir_job *first, **last;
    size_t waiting, running;
    uint64_t last_id;
    bool stop;
    pthread_t *threads;
    size_t thread_count;
};

static void job_free(weir_job *job)
{
    if (job->drop)
        job->drop(job->context);
    free(job->result);
    weir_free(job);
}

/* On a job thread. Caller holds the lock, which is given back while the job runs. */
static void run_one(weir_jobs *jobs, weir_job *job)
{
    weir_error why = {0};
    weir_code code;

    job->started = true;
    jobs->running++;
    pthread_mutex_unlock(&jobs->lock);
    code = job->run(job, job->context, &why);
    if (job->drop)
        job->drop(job->context);
    pthread_mutex_lock(&jobs->lock);
    job->drop = NULL;
    jobs->running--;
    job->error = why;
    job->error.code = code;
    job->ended_ms = engine_now(job->engine);
    job->done = true;
    if (!code) /* whatever the last progress was */
        atomic_store(&job->current, atomic_load(&job->maximum));
    if (code)
        atomic_fetch_add(&job->engine->figures.jobs_failed, 1);
}

static void *job_thread(void *context)
{
    weir_engine *engine = context;
    weir_jobs *jobs = engine->jobs;

    pthread_mutex_lock(&jobs->lock);
    for (;;) {
        weir_job *job;

        while (!jobs->first && !jobs->stop)
            pthread_cond_wait(&jobs->wake, &jobs->lock);
        if (jobs->stop)
            break;
        job = jobs->first;
        if (!(jobs->first = job->next))
            jobs->last = &jobs->first;
        jobs->waiting--;
        run_one(jobs, job);
    }
    pthread_mutex_unlock(&jobs->lock);
    return NULL;
}

weir_code jobs_open(weir_engine *engine, weir_error *err)
{
    weir_jobs *jobs = weir_calloc(1, sizeof *jobs);
    size_t wanted = engine->store->exclusive ? engine->options.job_threads : 0;

    if (!jobs)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for jobs");
    pthread_mutex_init(&jobs->lock, NULL);
    pthread_cond_init(&jobs->wake, NULL);
    jobs->last = &jobs->first;
    engine->jobs = jobs;
    if (!(jobs->threads = weir_calloc(wanted + 1, sizeof *jobs->threads)))
        return weir_fail(err, WEIR_NO_MEMORY, "no room for job threads");
    while (jobs->thread_count < wanted &&
           pthread_create(&jobs->threads[jobs->thread_count], NULL, job_thread, engine) == 0)
        jobs->thread_count++;
    if (jobs->thread_count < wanted)
        return weir_fail(err, WEIR_NO_MEMORY, "only %zu of %zu job threads can be started",
                         jobs->thread_count, wanted);
    return WEIR_OK;
}

/* Jobs that wait are not begun any more; those that run are told to stop and waited for. */
void jobs_close(weir_engine *engine)
{
    weir_jobs *jobs = engine->jobs;
    weir_job *job, *next;

    if (!jobs)
        return;
    pthread_mutex_lock(&jobs->lock);
    jobs->stop = true;
    HASH_ITER(hh, jobs->table, job, next)
    atomic_store(&job->cancelled, true);
    pthread_cond_broadcast(&jobs->wake);
    pthread_mutex_unlock(&jobs->lock);
    for (size_t i = 0; i < jobs->thread_count; i++)
        pthread_join(jobs->threads[i], NULL);
    HASH_ITER(hh, jobs->table, job, next)
    {
        HASH_DEL(jobs->table, job);
        job_free(job);
    }
    pthread_cond_destroy(&jobs->wake);
    pthread_mutex_destroy(&jobs->lock);
    weir_free(jobs->threads);
    weir_free(jobs);
    engine->jobs = NULL;
}

/* Caller holds the lock. */
static void expire(weir_engine *engine)
{
    weir_jobs *jobs = engine->jobs;
    int64_t now_ms = engine_now(engine);
    weir_job *job, *next;

    HASH_ITER(hh, jobs->table, job, next)
    if (job->done && now_ms - job->ended_ms >= engine->options.job_expiry_ms) {
        HASH_DEL(jobs->table, job);
        job_free(job);
    }
}

/* Caller holds the lock. */
static weir_code check_room(const weir_engine *engine, const char *cid, weir_error *err)
{
    const weir_jobs *jobs = engine->jobs;
    const weir_job *job, *next;
    size_t owned = 0;

    if (jobs->stop || jobs->waiting >= engine->options.job_queue)
        return weir_fail(err, WEIR_BUSY, "Job execution was refused by server.");
    HASH_ITER(hh, jobs->table, job, next)
    owned += !job->done && !strcmp(job->owner, cid);
    if (owned >= engine->options.max_jobs)
        return weir_fail(err, WEIR_BUSY,
                         "Job execution was refused by server. Customer %s has %zu unfinished "
                         "jobs, which is the most",
                         cid, owned);
    return WEIR_OK;
}

weir_code weir_job_start(weir_engine *engine, const char *cid, const char *kind, const char *pid,
                         weir_job_run run, void *context, void (*drop)(void *), uint64_t *id,
                         weir_error *err)
{
    weir_jobs *jobs = engine->jobs;
    weir_job *job = weir_calloc(1, sizeof *job);
    weir_code code = engine_serves(engine, err);

    if (!job) {
        if (drop)
            drop(context);
        return weir_fail(err, WEIR_NO_MEMORY, "no room for a job");
    }
    *job = (weir_job){.engine = engine, .run = run, .context = context, .drop = drop};
    snprintf(job->kind, sizeof job->kind, "%s", kind);
    snprintf(job->owner, sizeof job->owner, "%s", cid);
    snprintf(job->project, sizeof job->project, "%s", pid ? pid : "");
    job->started_ms = engine_now(engine);
    pthread_mutex_lock(&jobs->lock);
    expire(engine);
    if (!code && !(code = check_room(engine, cid, err))) {
        job->id = jobs->last_id + 1;
        HASH_ADD(hh, jobs->table, id, sizeof job->id, job);
        if (!HASH_ADDED(job, hh))
            code = weir_fail(err, WEIR_NO_MEMORY, "no room for a job");
    }
    if (!code) {
        *id = jobs->last_id = job->id;
        *jobs->last = job;
        jobs->last = &job->next;
        jobs->waiting++;
        job = NULL; /* the table's now */
        pthread_cond_signal(&jobs->wake);
    }
    pthread_mutex_unlock(&jobs->lock);
    atomic_fetch_add(code ? &engine->figures.jobs_refused : &engine->figures.jobs_started, 1);
    if (job)
        job_free(job);
    return code;
}

void weir_job_progress(weir_job *job, uint64_t current, uint64_t maximum)
{
    atomic_store(&job->maximum, maximum);
    atomic_store(&job->current, current);
}

bool weir_job_cancelled(const weir_job *job)
{
    return atomic_load(&job->cancelled);
}

void weir_job_result(weir_job *job, char *text)
{
    weir_jobs *jobs = job->engine->jobs;

    pthread_mutex_lock(&jobs->lock);
    free(job->result);
    job->result = text;
    pthread_mutex_unlock(&jobs->lock);
}

/* Caller holds the lock. */
static weir_code describe(const weir_job *job, weir_job_info *out, weir_error *err)
{
    *out = (weir_job_info){.id = job->id,
                           .current = atomic_load(&job->current),
                           .maximum = atomic_load(&job->maximum),
                           .started_ms = job->started_ms,
                           .started = job->started,
                           .done = job->done,
                           .cancelled = atomic_load(&job->cancelled),
                           .error = job->error};
    memcpy(out->kind, job->kind, sizeof out->kind);
    memcpy(out->owner, job->owner, sizeof out->owner);
    memcpy(out->project, job->project, sizeof out->project);
    if (job->result && !(out->result = strdup(job->result)))
        return weir_fail(err, WEIR_NO_MEMORY, "no room for the answer of job %" PRIu64, job->id);
    return WEIR_OK;
}

/* The job of that number, when it is the customer's. Caller holds the lock. */
static weir_job *job_find(weir_engine *engine, const char *cid, uint64_t id)
{
    weir_job *job = NULL;

    expire(engine);
    HASH_FIND(hh, engine->jobs->table, &id, sizeof id, job);
    return job && !strcmp(job->owner, cid) ? job : NULL;
}

static weir_code no_such_job(weir_error *err)
{
    return weir_fail(err, WEIR_NOT_FOUND, "No such job");
}

weir_code weir_job_get(weir_engine *engine, const char *cid, uint64_t id, weir_job_info *out,
                       weir_error *err)
{
    const weir_job *job;
    weir_code code;

    pthread_mutex_lock(&engine->jobs->lock);
    job = job_find(engine, cid, id);
    code = job ? describe(job, out, err) : no_such_job(err);
    pthread_mutex_unlock(&engine->jobs->lock);
    return code;
}

void weir_job_info_free(weir_job_info *info)
{
    free(info->result);
    info->result = NULL;
}

weir_code weir_job_list(weir_engine *engine, const char *cid, weir_job_info **out, size_t *count,
                        weir_error *err)
{
    weir_jobs *jobs = engine->jobs;
    weir_job_info *list = NULL;
    weir_job *job, *next;
    weir_code code = WEIR_OK;
    size_t n = 0;

    pthread_mutex_lock(&jobs->lock);
    expire(engine);
    if (!(list = weir_calloc(HASH_COUNT(jobs->table) + 1, sizeof *list)))
        code = weir_fail(err, WEIR_NO_MEMORY, "no room for the list of jobs");
    else
        HASH_ITER(hh, jobs->table, job, next)
    if (!code && !strcmp(job->owner, cid))
        code = describe(job, &list[n++], err);
    pthread_mutex_unlock(&jobs->lock);
    if (code) {
        for (size_t i = 0; i < n; i++)
            weir_job_info_free(&list[i]);
        weir_free(list);
        return code;
    }
    *out = list;
    *count = n;
    return WEIR_OK;
}

/* Takes a waiting job out of the queue; false when it is not there. Caller holds the lock. */
static bool unqueue(weir_jobs *jobs, weir_job *job)
{
    for (weir_job **at = &jobs->first; *at; at = &(*at)->next)
        if (*at == job) {
            *at = job->next;
            if (jobs->last == &job->next)
                jobs->last = at;
            jobs->waiting--;
            return true;
        }
    return false;
}

weir_code weir_job_cancel(weir_engine *engine, const char *cid, uint64_t id, bool *killed,
                          weir_error *err)
{
    weir_jobs *jobs = engine->jobs;
    weir_job *job;

    pthread_mutex_lock(&jobs->lock);
    job = job_find(engine, cid, id);
    if (job && (*killed = !job->done)) {
        atomic_store(&job->cancelled, true);
        if (unqueue(jobs, job)) {
            weir_fail(&job->error, WEIR_CANCELLED, "the job was cancelled before it began");
            job->done = true;
            job->ended_ms = engine_now(engine);
        }
    }
    pthread_mutex_unlock(&jobs->lock);
    return job ? WEIR_OK : no_such_job(err);
}

void jobs_figures(weir_engine *engine, weir_figure figure, void *context)
{
    weir_jobs *jobs = engine->jobs;
    size_t waiting, running;

    pthread_mutex_lock(&jobs->lock);
    waiting = jobs->waiting;
    running = jobs->running;
    pthread_mutex_unlock(&jobs->lock);
    figure(context, "weir_jobs_waiting", "Jobs in the queue.", "gauge", "", (double)waiting);
    figure(context, "weir_jobs_running", "Jobs on a thread.", "gauge", "", (double)running);
}
