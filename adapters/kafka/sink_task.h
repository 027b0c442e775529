/* sink_task.h: one task of a sink connector: a consumer on a thread of its own whose rows go to a server.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_SINK_TASK_H
#define WEIR_SINK_TASK_H

#include "sink_config.h"
#include "weir/connect.h"
#include "weir/remote.h"

typedef struct sink_task sink_task;

/* What a task is given; everything outlives it. */
typedef struct {
    const sink_config *config;
    const char *bootstrap;
    const char *cluster; /* id of the cluster; NULL: the brokers are asked */
    const weir_codecs *codecs;
    const weir_remote_calls *remote;
    const weir_registry_calls *registries;
    weir_registry *registry; /* NULL without a registry */
    bool paused;
    bool from_beginning; /* read from the first record whatever the group committed */
    /* A topic's first rows of a lane are with the server. On the task's thread; NULL: nobody asks. */
    void (*used)(void *context, const char *topic);
    void *used_context;
} sink_task_options;

/* Starts task number (from 0). It runs, or is FAILED with a reason, until it is closed. */
weir_code sink_task_open(const sink_task_options *options, size_t number, sink_task **out,
                         weir_error *err);
/* Asks the task to end, without waiting. */
void sink_task_stop(sink_task *task);
/* Stops and joins: rows taken are sent and offsets committed. NULL is fine. */
void sink_task_close(sink_task *task);
void sink_task_pause(sink_task *task, bool paused);
void sink_task_state(sink_task *task, weir_connect_task *out);
/* Appends where the task stands in its partitions, as of about a commit interval ago. */
weir_code sink_task_places(sink_task *task, weir_connect_place **places, size_t *count,
                           weir_error *err);

#endif
