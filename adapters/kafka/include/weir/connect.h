/* connect.h: a worker that runs sink connectors as Kafka Connect would.
 *
 * A connector is a name and a flat configuration (the documented one of SymetryKafkaSinkConnector). Its tasks are
 * consumers of the group connect-NAME; each turns records into DataFrames and posts them to a server. The worker keeps
 * its connectors in memory only: whoever starts it hands them in.
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

typedef struct weir_connect weir_connect;

typedef struct {
    const char *bootstrap; /* NULL: each connector gives consumer.override.bootstrap.servers */
    const weir_settings
        *properties;     /* of a worker, as Kafka Connect has them; outlive it; NULL: none */
    const char *cluster; /* stands for the cluster's id in positions; NULL: the brokers are asked */
    const weir_codecs *codecs;
    const weir_remote_calls *remote;
    const weir_registry_calls *registries;
} weir_connect_options;

weir_code weir_connect_open(const weir_connect_options *options, weir_connect **out,
                            weir_error *err);
/* Ends all tasks: rows taken are sent, offsets committed. NULL is fine. */
void weir_connect_close(weir_connect *worker);

/* The keys a connector may have, ended by a row without a name. */
const weir_key *weir_connect_keys(void);
/* What would be said about a configuration. */
weir_code weir_connect_check(const char *name, const weir_settings *settings, weir_error *err);

/* Makes a connector, or gives one another configuration (*created tells). */
weir_code weir_connect_put(weir_connect *worker, const char *name, const weir_settings *settings,
                           bool *created, weir_error *err);
weir_code weir_connect_remove(weir_connect *worker, const char *name, weir_error *err);
weir_code weir_connect_pause(weir_connect *worker, const char *name, bool paused, weir_error *err);
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

typedef enum { WEIR_TASK_RUNNING, WEIR_TASK_PAUSED, WEIR_TASK_FAILED } weir_connect_state;
/* "RUNNING", "PAUSED", "FAILED" */
const char *weir_connect_state_text(weir_connect_state state);

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
} weir_connect_task;

typedef struct {
    weir_connect_state state; /* RUNNING or PAUSED */
    weir_connect_task *tasks; /* for weir_free() */
    size_t task_count;
} weir_connect_status;
weir_code weir_connect_status_of(weir_connect *worker, const char *name, weir_connect_status *out,
                                 weir_error *err);

#endif
