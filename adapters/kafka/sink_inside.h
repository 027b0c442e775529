/* sink_inside.h: what the files of a sink task share: sink_task.c, its life and its consumer; sink_wait.c, what it
 * waits for; sink_send.c, its way to the server.
 *
 * Everything runs on the task's thread, but for what stands under its lock and what sink_task.h offers.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_SINK_INSIDE_H
#define WEIR_SINK_INSIDE_H

#include <pthread.h>
#include <stdatomic.h>

#include "dead_letters.h"
#include "lane.h"
#include "nudge.h"
#include "sink_task.h"

#define BROKER_MS 10000 /* one question to the brokers */

/* What keeps a task from going on; each has its own end. */
typedef enum {
    TROUBLE_NONE,
    TROUBLE_TOPIC,   /* it is not there: until a partition is assigned */
    TROUBLE_BROKERS, /* they do not answer: until they do */
    TROUBLE_CALL     /* to the server or the registry: until one succeeds */
} sink_trouble;

struct sink_task {
    sink_task_options options;
    const sink_config *config;
    const sink_target *target;
    size_t number;
    char who[300]; /* "name-0", for lines of the log */
    pthread_t thread;

    pthread_mutex_t lock; /* over status, trouble and places; wake is signalled when stop changes */
    pthread_cond_t wake;
    weir_connect_task status;
    sink_trouble trouble;
    weir_connect_place *places;
    size_t place_count;
    atomic_bool stop, paused;
    atomic_bool taking; /* records come: not before it has begun, nor once it is paused */

    /* from here on the task's thread only */
    weir_remote *remote;
    rd_kafka_t *consumer;
    dead_letters *letters; /* NULL: there is no topic for them */
    char source_id[512];
    lanes *lanes;
    kafka_nudge nudge;
    weir_bytes body;
    uint64_t random;
    int64_t told_ms; /* when a wait was last told in the log */
    int64_t committed_at_ms;
    bool holding;     /* partitions are paused at the consumer */
    bool rebalancing; /* within a call of the client's about partitions: no waiting there */
    bool waiting;     /* the consumer is polled while a call is waited for */
    bool interrupted; /* partitions were given away meanwhile: what was under way is left */
    bool failing;     /* on the way out: nothing more is sent */
    /* Records that came while the consumer was to be silent. They are taken before any other. */
    rd_kafka_message_t **strays;
    size_t stray_count;
};

/* --- sink_wait.c */

/* Says in the task's state what keeps it; of several the last one is seen. */
void sink_tell(sink_task *task, sink_trouble trouble, const char *reason);
/* That trouble is over. */
void sink_untell(sink_task *task, sink_trouble trouble);
/* Waits as the documented formula says after *tries tries, and counts one more; false when the task shall not go on
 * with what it does. The consumer stays in its group meanwhile. limit: most tries; -1: any number. */
bool sink_wait(sink_task *task, unsigned *tries, int64_t limit, const weir_error *why);
/* For lanes: a registry that may answer later is waited for without end. */
bool sink_registry_again(void *owner, weir_code code, unsigned *tries, const weir_error *why);
/* Leaves the way on to the consumer after an interruption: partitions given away are dropped, those kept are read again
 * from where their lanes stand. */
weir_code sink_recover(sink_task *task, weir_error *err);
void sink_drop_strays(sink_task *task);

/* --- sink_send.c */

/* Goes on only when the project is there, made if that is wanted. */
weir_code sink_ensure_project(sink_task *task, weir_error *err);
/* Sends what the lane holds. leaving: the partition is being given away, so there is no going to other offsets. */
weir_code sink_flush(void *owner, lane *l, bool leaving, weir_error *err);
weir_code sink_flush_all(sink_task *task, bool leaving, weir_error *err);
weir_code sink_seek(sink_task *task, const lane *l, int64_t position, weir_error *err);

/* Marks of lanes (lane.extra). */
extern char sink_lane_used[], sink_lane_gone[];

#endif
