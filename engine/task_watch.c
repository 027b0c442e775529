/* task_watch.c: one thread that starts programs, looks after them and ends them.
 *
 * It alone touches processes: a program may ask to end with the thread that started it. It looks several times a second
 * while any program runs, sleeps until a pause is over while one is to be started again, and else until it is called.
 * A program that ends by itself is started again after 1, 2, 4 ... 60 seconds; one that ran for a minute begins anew.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "task_inside.h"
#include "weir/log.h"

enum {
    LOOK_MS = 200,
    GRACE_MS = 15000,   /* between asking to end and leaving no choice */
    SETTLED_MS = 60000, /* a program that ran so long is not failing */
    LONGEST_PAUSE_MS = 60000,
    FOREVER_MS = 3600000
};

static int64_t clock_ms(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t pause_ms(unsigned ended_in_row)
{
    int64_t ms = 1000;

    for (unsigned i = 1; i < ended_in_row && ms < LONGEST_PAUSE_MS; i++)
        ms *= 2;
    return ms < LONGEST_PAUSE_MS ? ms : LONGEST_PAUSE_MS;
}

/* It has ended, or could not be started. */
static void ended(task *of, int64_t now, const weir_error *why)
{
    bool asked = of->ending || !of->wanted;

    of->alive = of->ending = of->looked = false;
    of->report.waiting = false;
    *of->report.reason = '\0';
    if (asked)
        return;
    if (now - of->since_ms >= SETTLED_MS)
        of->ended_in_row = 0;
    of->ended_in_row++;
    of->failing = true;
    of->due_ms = now + pause_ms(of->ended_in_row);
    snprintf(of->last_error, sizeof of->last_error, "%s", why->message);
    weir_log(WEIR_LOG_WARN, "task", "%s/%s ended and is started again in %lld s: %s", of->cid,
             of->info.name, (long long)pause_ms(of->ended_in_row) / 1000, why->message);
}

/* Caller holds the lock, which is kept: starting a program takes a moment, and nobody else waits for long. */
static void launch(weir_tasks *tasks, task *of, int64_t now)
{
    const weir_task_runner *runner = &tasks->options.runner;
    weir_error why = {0};

    of->since_ms = now;
    if (runner->start(runner->context, of->cid, &of->info, &of->process, &why)) {
        of->process = NULL;
        ended(of, now, &why);
        return;
    }
    of->alive = true;
    of->ending = of->looked = false;
    of->report = (weir_task_report){0};
    of->started_ms = clock_ms(CLOCK_REALTIME);
    if (of->failing)
        of->restarts++;
    weir_log(WEIR_LOG_INFO, "task", "%s/%s is started", of->cid, of->info.name);
}

static void look(weir_tasks *tasks, task *of, int64_t now)
{
    const weir_task_runner *runner = &tasks->options.runner;
    weir_error why = {0};

    if (!runner->look(of->process, &of->report, &why)) {
        runner->close(of->process);
        of->process = NULL;
        ended(of, now, &why);
        pthread_cond_broadcast(&tasks->changed);
        return;
    }
    of->looked = true;
    if (of->failing && now - of->since_ms >= SETTLED_MS)
        of->failing = false;
    if (!of->wanted || tasks->closing) {
        if (!of->ending) {
            of->asked_ms = now;
            runner->end(of->process, false);
        } else if (now - of->asked_ms >= GRACE_MS) {
            of->asked_ms = now;
            runner->end(of->process, true);
        }
        of->ending = true;
    }
}

/* Does what is to be done; in how many milliseconds there is more. *any: a program runs. */
static int64_t tend(weir_tasks *tasks, bool *any)
{
    int64_t now = clock_ms(CLOCK_MONOTONIC), wait = FOREVER_MS;

    *any = false;
    for (task *of = tasks->first; of; of = of->next) {
        if (of->process)
            look(tasks, of, now);
        else if (of->wanted && !tasks->closing && now >= of->due_ms)
            launch(tasks, of, now);
        if (of->process) {
            *any = true;
            wait = LOOK_MS;
        } else if (of->wanted && of->due_ms - now < wait) {
            wait = of->due_ms > now ? of->due_ms - now : 1;
        }
    }
    return wait;
}

void *task_watch(void *context)
{
    weir_tasks *tasks = context;
    bool any = false;

    pthread_mutex_lock(&tasks->lock);
    for (;;) {
        int64_t wait = tend(tasks, &any);
        struct timespec until;

        if (tasks->closing && !any)
            break;
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_sec += wait / 1000;
        until.tv_nsec += wait % 1000 * 1000000;
        if (until.tv_nsec >= 1000000000) {
            until.tv_sec++;
            until.tv_nsec -= 1000000000;
        }
        pthread_cond_timedwait(&tasks->news, &tasks->lock, &until);
    }
    pthread_mutex_unlock(&tasks->lock);
    return NULL;
}
