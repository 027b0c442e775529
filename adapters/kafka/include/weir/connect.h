/* connect.h: a worker that runs sink connectors as Kafka Connect would.
 *
 * A connector is a name and a flat configuration (the documented one of SymetryKafkaSinkConnector). Its tasks are
 * consumers of the group connect-NAME; each turns records into DataFrames and posts them to a server. With a vault the
 * worker finds its connectors again when it starts, as they were last left: configuration, paused or stopped, epoch.
 *
 * Any call from any thread. Calls that end tasks wait for them.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_CONNECT_H
#define WEIR_CONNECT_H

#include "weir/codec.h"
#include "weir/registry.h"
#include "weir/remote.h"
#include "weir/settings.h"
#include "weir/vault.h"

typedef struct weir_connect weir_connect;

typedef struct {
    const char *bootstrap; /* NULL: each connector gives consumer.override.bootstrap.servers */
    const weir_settings
        *properties;     /* of a worker, as Kafka Connect has them; outlive it; NULL: none */
    const char *cluster; /* stands for the cluster's id in positions; NULL: the brokers are asked */
    const weir_codecs *codecs;
    const weir_remote_calls *remote;
    const weir_registry_calls *registries;
    weir_vault *vault; /* outlives it; NULL: connectors are kept in memory only */
} weir_connect_options;

typedef enum {
    WEIR_TASK_RUNNING,
    WEIR_TASK_PAUSED,  /* tasks are there and take nothing */
    WEIR_TASK_STOPPED, /* there are no tasks; of connectors only */
    WEIR_TASK_FAILED
} weir_connect_state;
/* "RUNNING", "PAUSED", "STOPPED", "FAILED" */
const char *weir_connect_state_text(weir_connect_state state);

/* Starts what is kept. A kept connector that this program cannot run is there and FAILED. */
weir_code weir_connect_open(const weir_connect_options *options, weir_connect **out,
                            weir_error *err);
/* Ends all tasks: rows taken are sent, offsets committed. NULL is fine. */
void weir_connect_close(weir_connect *worker);

/* The keys a connector may have, ended by a row without a name. */
const weir_key *weir_connect_keys(void);
/* All that is wrong with a configuration: the key and the sentence of each fault, an empty list when nothing is. */
weir_code weir_connect_faults(const char *name, const weir_settings *settings,
                              weir_settings *faults, weir_error *err);

/* Makes a connector in a state; WEIR_CONFLICT when there is one of that name. */
weir_code weir_connect_create(weir_connect *worker, const char *name, const weir_settings *settings,
                              weir_connect_state state, weir_error *err);
/* Makes a connector, or gives one another configuration (*created tells). Its state stays. */
weir_code weir_connect_put(weir_connect *worker, const char *name, const weir_settings *settings,
                           bool *created, weir_error *err);
/* The same for one given in a file when the worker starts: made when it is not there, changed when the file is another
 * than the last one (by its digest), else left as it was. *taken tells. */
weir_code weir_connect_offer(weir_connect *worker, const char *name, const weir_settings *settings,
                             const void *file, size_t size, bool *taken, weir_error *err);
weir_code weir_connect_remove(weir_connect *worker, const char *name, weir_error *err);
/* RUNNING, PAUSED or STOPPED. */
weir_code weir_connect_turn(weir_connect *worker, const char *name, weir_connect_state state,
                            weir_error *err);
/* Starts the tasks again: all (task WEIR_NONE) or one; only those that failed if so wanted. */
weir_code weir_connect_restart(weir_connect *worker, const char *name, size_t task,
                               bool only_failed, weir_error *err);
/* Takes the topics anew from their first record, under a higher epoch: what the server knew about positions in them is
 * forgotten, what it learned is not. */
weir_code weir_connect_reset(weir_connect *worker, const char *name, weir_error *err);

/* Names in the order they were made; each and the list for weir_free(). */
weir_code weir_connect_names(weir_connect *worker, char ***names, size_t *count, weir_error *err);
/* A copy of the configuration, "name" included; for weir_settings_free(). */
weir_code weir_connect_config(weir_connect *worker, const char *name, weir_settings *out,
                              weir_error *err);

typedef struct {
    weir_connect_state state;
    char reason[240];   /* of a failure, or what a running task waits for; else empty */
    uint64_t rows;      /* learned */
    uint64_t filtered;  /* rows that the project's filter left out */
    uint64_t skipped;   /* records that could not be read */
    uint64_t bad_cells; /* left out of rows that were learned */
    char bad_columns
        [240];         /* of them those that are not of their column's type: "num (300), ok (1)" */
    char refused[200]; /* why the server left cells out, the last time that it did */
    uint64_t retries;  /* requests tried again */
    uint64_t requests; /* learn requests answered */
    uint64_t repeats;  /* of them those whose rows the server had already */
} weir_connect_task;

/* Where a task stands in a partition. */
typedef struct {
    size_t task;
    char topic[250];
    int32_t partition;
    int64_t position; /* of the next record that is not with the server; -1: not known yet */
    int64_t end;      /* of the partition, as the last fetch told it; -1: not known yet */
} weir_connect_place;

typedef struct {
    weir_connect_state state;
    char reason[240];         /* of FAILED */
    weir_connect_task *tasks; /* for weir_free() */
    size_t task_count;
} weir_connect_status;
weir_code weir_connect_status_of(weir_connect *worker, const char *name, weir_connect_status *out,
                                 weir_error *err);

/* Where the tasks stand in their partitions; *places is for weir_free(). */
weir_code weir_connect_places(weir_connect *worker, const char *name, weir_connect_place **places,
                              size_t *count, weir_error *err);
/* What the group has committed: position of each partition; asks the brokers. *places is for weir_free(). */
weir_code weir_connect_offsets(weir_connect *worker, const char *name, weir_connect_place **places,
                               size_t *count, weir_error *err);
/* Moves a stopped connector (else WEIR_CONFLICT) to other positions, under a higher epoch. */
weir_code weir_connect_move(weir_connect *worker, const char *name,
                            const weir_connect_place *places, size_t count, weir_error *err);

/* Topics that rows came from since the connector was made, the worker started, or they were reset; each and the list
 * for weir_free(). */
weir_code weir_connect_topics(weir_connect *worker, const char *name, char ***topics, size_t *count,
                              weir_error *err);
weir_code weir_connect_topics_reset(weir_connect *worker, const char *name, weir_error *err);

/* The id of the worker's cluster, "" when it is not known (yet); asks the brokers for up to two seconds until it is. */
void weir_connect_cluster(weir_connect *worker, char *out, size_t room);

#endif
