/* task_runner.h: tasks as programs: weir stream, started from this very binary.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_TASK_RUNNER_H
#define WEIR_TASK_RUNNER_H

#include "weir/tasks.h"

typedef struct {
    weir_engine *engine; /* for the secrets of customers; outlives the runner */
    char url[300];       /* of this server, for tasks that do not name one */
} task_runner;

/* runner outlives what is made of it. */
weir_task_runner task_runner_of(task_runner *runner);
/* Settles the address of the server: "127.0.0.1:8080". */
void task_runner_serve(task_runner *runner, const char *address);

#endif
