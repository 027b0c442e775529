/* node_group_inside.h: what the files of a node group share.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_NODE_GROUP_INSIDE_H
#define WEIR_NODE_GROUP_INSIDE_H

#include <stdatomic.h>

#include "cell_log.h"
#include "node_group.h"

#define GROUP_IDLE_MS 100 /* how long a round of polling waits for a first record */
#define GROUP_ACCOUNT_MOST ((double)(64 << 20))

typedef struct {
    const char *node, *changelog;
    int64_t partitions, replication, record_bytes;
    double share;
    int64_t least_ms, most_ms, refresh_ms;
} group_settings;

struct node_group {
    node_group_options options;
    group_settings settings;
    const char *name;
    char node[CELL_WRITER_MAX + 1], changelog[CELL_TOPIC_MAX + 1], transactional_id[512];
    cell_log_options log;
    atomic_bool stop;
    pthread_t reader, keeper;
    bool keeping; /* the keeper's thread was started */

    weir_assembly *assembly; /* from before the keeper starts until after it ended */
    cell_table *table;

    pthread_mutex_t lock; /* over what follows; wake is signalled when any of it or stop changes */
    pthread_cond_t wake;
    uint64_t wanted, done; /* how often the reader asked to be told that the keeper is at the end */
    char trouble[240];     /* why the keeper gets no further; "" */

    char remark[240]; /* of the keeper's last merge; its own */

    /* from here on the reader's thread only */
    rd_kafka_t *consumer;
    cell_writer *writer;
    lanes *lanes;
    double account;
    bool looked;      /* at a first value, for Connect's envelope */
    bool holding;     /* partitions are paused */
    bool leaving;     /* the session ends: nothing more is written */
    int64_t write_ms; /* not before */
    int64_t look_ms;
    int64_t trouble_ms; /* when the brokers last had something to say */
    uint64_t skipped;
    char told[240]; /* the reason told last */
    weir_stream_state state;
    weir_code failure; /* of the calls that cannot return one */
    weir_error why;
};

/* --- node_group.c: any thread of the group, but tell() */
/* Waits until there is something to look at, at most so long. Caller holds the lock. */
void group_wait_ms(node_group *group, int64_t ms);
/* Waits so long, or until the group is to end. */
void group_sleep_ms(node_group *group, int64_t ms);
/* Says what the stream does, when that is news. The reader's thread. */
void group_tell(node_group *group, weir_stream_state state, const char *reason);

/* --- node_group_settings.c */
weir_code group_settings_read(const weir_data_source *source, group_settings *out, weir_error *err);

/* --- node_group_keeper.c */
void *group_keep(void *group); /* the keeper's thread */
/* Waits until all cells committed before this call are in the table; false: the group ends. The reader's thread. */
bool group_await_keeper(node_group *group);

/* --- node_group_cells.c: the reader's thread */
static inline cell *group_cell(const lane *l)
{
    return l->extra;
}
void group_hooks(node_group *group, lanes_options *options); /* the calls of the lanes' owner */
/* What the lanes hold into their cells. */
weir_code group_flush(node_group *group, weir_error *err);
/* Writes cells that are due, the ones that wait longest first; all: those that have changed at all. */
weir_code group_write(node_group *group, bool all, weir_error *err);

#endif
