/* tasks.h: tasks: programs beside the server that it starts, watches and stops: stream applications.
 *
 * A customer describes a task once (TaskInfo: a name and settings), then starts and stops it. The description and the
 * wish that it runs are kept sealed in the store: a task that was running runs again when the server comes back. One
 * that ends by itself is started again after a pause that grows.
 *
 * What a task is is known by the runner, which app/ fills in; nothing of Kafka is known here.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_TASKS_H
#define WEIR_TASKS_H

#include "weir/engine.h"
#include "weir/vault.h"

/* A description. Owned texts; settings may hold secrets and are never logged or shown. */
typedef struct {
    char *type, *name;
    char **names, **values; /* settings */
    size_t count;
} weir_task_info;

void weir_task_info_free(weir_task_info *info); /* frees the insides, leaves zeros */
const char *weir_task_info_get(const weir_task_info *info, const char *name); /* NULL when absent */
weir_code weir_task_info_set(weir_task_info *info, const char *name, const char *value,
                             weir_error *err);

/* What a running program tells of itself. */
typedef struct {
    uint64_t scored, skipped, lag, version, aborted;
    bool exactly_once, waiting;
    char reason[240]; /* what is waited for, or "" */
} weir_task_report;

/* The runner's, one for each program it started. */
typedef struct weir_task_process weir_task_process;

typedef struct {
    void *context;
    /* WEIR_INVALID when the settings are not fit. Starts and touches nothing. Any thread. */
    weir_code (*check)(void *context, const char *cid, const weir_task_info *info, weir_error *err);
    /* The next are called by one thread, which lives as long as the tasks. */
    weir_code (*start)(void *context, const char *cid, const weir_task_info *info,
                       weir_task_process **out, weir_error *err);
    /* Whether it is alive; report is what it told last. Of one that ended why tells how. Does not wait. */
    bool (*look)(weir_task_process *process, weir_task_report *report, weir_error *why);
    void (*end)(weir_task_process *process, bool now); /* asks it to end; now: leaves no choice */
    void (*close)(weir_task_process *process);         /* of one that has ended */
} weir_task_runner;

typedef struct weir_tasks weir_tasks;

typedef struct {
    size_t most;             /* running at a time; 0: 4 */
    weir_task_runner runner; /* context outlives the tasks */
} weir_tasks_options;

/* Reads the tasks of the store's vault (which outlives them). Starts none yet. */
weir_code weir_tasks_open(weir_vault *vault, const weir_tasks_options *options, weir_tasks **out,
                          weir_error *err);
/* From now on tasks run; those that were running are started. */
weir_code weir_tasks_begin(weir_tasks *tasks, weir_error *err);
/* Ends what runs, which runs again when the server comes back. Calls under way return. NULL is fine. */
void weir_tasks_end(weir_tasks *tasks);
/* When nobody calls any more. NULL is fine. */
void weir_tasks_close(weir_tasks *tasks);

/* The rest from any thread. An unknown task is WEIR_NOT_FOUND. */

/* WEIR_CONFLICT when there is one of that name; with force it is stopped and replaced. Takes the insides of info. */
weir_code weir_task_create(weir_tasks *tasks, const char *cid, weir_task_info *info, bool force,
                           weir_error *err);
/* WEIR_CONFLICT when as many as may run do. One that runs stays as it is. */
weir_code weir_task_start(weir_tasks *tasks, const char *cid, const char *name, weir_error *err);
/* Returns when it has ended. */
weir_code weir_task_stop(weir_tasks *tasks, const char *cid, const char *name, weir_error *err);
/* Stops it first. */
weir_code weir_task_remove(weir_tasks *tasks, const char *cid, const char *name, weir_error *err);
/* By name. weir_list_free(). */
weir_code weir_task_list(weir_tasks *tasks, const char *cid, char ***names, size_t *count,
                         weir_error *err);

typedef struct {
    const char *status; /* STOPPED, STARTING, RUNNING, WAITING, RESTARTING, STOPPING */
    bool alive;
    int64_t started_ms;   /* when the program was started last; 0: never since the server began */
    unsigned restarts;    /* since it was started by a call */
    char last_error[240]; /* how it ended when it ended by itself; or what it waits for */
    weir_task_report report;
} weir_task_status;
weir_code weir_task_get(weir_tasks *tasks, const char *cid, const char *name, weir_task_status *out,
                        weir_error *err);
void weir_task_figures(weir_tasks *tasks, weir_figure figure, void *context);

#endif
