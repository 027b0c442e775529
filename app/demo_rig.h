/* demo_rig.h: everything the demo runs, in one process: broker, registry, server, connector, scorers, simulator.
 *
 * Each part is the one that the commands serve, connect, stream and simulate run; here they only share a process.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_DEMO_RIG_H
#define WEIR_DEMO_RIG_H

#include "weir/remote.h"
#include "weir/simulate.h"
#include "weir/stream.h"
#include "weir/tail.h"

#define DEMO_PROJECT "shuttle"
#define DEMO_MODEL "hba1"
#define DEMO_TRUTH "outlier"
#define DEMO_SCORE "anomaly_score"
#define DEMO_ROWS_FIRST 1000 /* learned before the first model is built */

typedef struct demo_rig demo_rig;

typedef struct {
    const char *listen;    /* "127.0.0.1:8765" */
    bool listen_any;       /* any port will do when that one is taken */
    const char *data;      /* directory; made when missing */
    const char *bootstrap; /* NULL: the embedded broker */
    const char *registry;  /* URL beside bootstrap; NULL: values are JSON */
    const char *suffix; /* put behind the names of topics, groups and the connector; "" usually */
} demo_options;

/* Starts broker, registry and server, makes the user and the simulator's topic. */
weir_code demo_rig_open(const demo_options *options, demo_rig **out, weir_error *err);
/* Ends everything. Streams and connector end first, so what they took is learned, delivered, committed. NULL is fine. */
void demo_rig_close(demo_rig *rig);

const char *demo_rig_url(const demo_rig *rig);
const char *demo_rig_user(const demo_rig *rig);
const char *demo_rig_secret(const demo_rig *rig);
const char *demo_rig_broker(const demo_rig *rig); /* "embedded" or HOST:PORT */
bool demo_rig_embedded(const demo_rig *rig);
weir_remote *demo_rig_remote(demo_rig *rig); /* a connection as the user; for the main thread */
weir_simulator *demo_rig_simulator(demo_rig *rig);
const weir_tail_port *demo_rig_tail(const demo_rig *rig);

/* Rows the project has learned; 0 while there is no project. */
weir_code demo_rig_learned(demo_rig *rig, uint64_t *rows, weir_error *err);

/* Starts the connector of the article (tasks: two, as the topic has partitions). */
weir_code demo_rig_connect(demo_rig *rig, weir_error *err);
/* Why the connector does not learn, if a task of it failed. */
weir_code demo_rig_check(demo_rig *rig, weir_error *err);

/* Starts a scorer by a model into topic sink (the suffix is added). rest: at the server. quick: in small batches, for
 * whoever waits for each. Its number, for demo_rig_scored(), counts from 0. */
weir_code demo_rig_score(demo_rig *rig, const char *model, const char *sink, bool rest, bool quick,
                         weir_error *err);
/* Rows handed to its sink; the error it ended with, if it did. */
weir_code demo_rig_scored(demo_rig *rig, size_t number, uint64_t *rows, weir_error *err);

/* The full name of a topic. */
const char *demo_rig_topic(const demo_rig *rig, const char *topic, char *out, size_t room);
#define DEMO_SOURCE "shuttle-sensor"
#define DEMO_SINK "shuttle-sensor-preds"

#endif
