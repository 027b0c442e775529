/* task_inside.h: what the files about tasks share.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_TASK_INSIDE_H
#define WEIR_TASK_INSIDE_H

#include <pthread.h>

#include "weir/tasks.h"

enum { TASK_ERROR = 240 };

/* Guarded by tasks.lock, but for process, which only the watching thread touches. */
typedef struct task {
    struct task *next;
    char *cid;
    weir_task_info info;
    bool wanted;        /* it is to run; kept in the vault */
    bool failing;       /* it ended by itself and has not run for long since */
    bool ending;        /* it was asked to */
    bool alive, looked; /* looked: it has told of itself */
    weir_task_process *process;
    int64_t started_ms;       /* wall clock, for people */
    int64_t since_ms, due_ms; /* of the steady clock: of the start, of the next try */
    int64_t asked_ms;         /* when it was asked to end */
    unsigned restarts, ended_in_row;
    char last_error[TASK_ERROR];
    weir_task_report report;
} task;

struct weir_tasks {
    weir_vault *vault;
    weir_tasks_options options;
    pthread_mutex_t lock;
    pthread_cond_t news;     /* something is to be done by the watching thread */
    pthread_cond_t changed;  /* a process has ended */
    pthread_mutex_t changes; /* one description is changed at a time, vault included; before lock */
    pthread_t watcher;
    bool begun, closing;
    task *first; /* by customer and name */
};

/* task_info.c */
weir_code task_info_fits(const weir_task_info *info, weir_error *err);
weir_code task_info_save(const weir_task_info *info, bool running, weir_bytes *out,
                         weir_error *err);
/* WEIR_CORRUPT when the bytes are none. */
weir_code task_info_load(const char *name, const void *data, size_t size, weir_task_info *out,
                         bool *running, weir_error *err);

/* task_watch.c: the watching thread, which starts and ends programs */
void *task_watch(void *tasks);

#endif
