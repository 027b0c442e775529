/* server.h: the whole server in this process: store, engine, API and UI.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_SERVER_H
#define WEIR_SERVER_H

#include "weir/engine.h"
#include "weir/tail.h"

typedef struct {
    const char *listen;           /* "127.0.0.1:8080"; port 0: any */
    const char *data;             /* directory, made when it is missing */
    const weir_tail_port *tail;   /* NULL: no topics to watch; else it outlives the server */
    bool streams_error_on_change; /* a change of schema ends a stream */
    const char *data_root;        /* folder of local data sources; NULL: there are none */
    bool no_http_sources;         /* URLs are refused as data sources */
    int64_t
        fusion_prefetch_ms; /* between two rounds of asking cells of fusion projects; 0: 15 s; below 0: none */
    uint64_t max_source;    /* bytes of what a URL answers; 0: 4 GiB */
    size_t max_body;        /* bytes of a request; 0: 256 MiB */
    size_t max_connections; /* 0: 4096 */
    size_t max_tasks;       /* running at a time; 0: 4 */
} server_options;

typedef struct server server;

/* Returns once requests are answered. */
weir_code server_open(const server_options *options, server **out, weir_error *err);
const char *server_address(const server *of); /* "127.0.0.1:41233" */
weir_engine *server_engine(const server *of);
/* Answers what is running, writes snapshots, lets go of the directory. NULL is fine. */
void server_close(server *of);

/* The engine of a data directory for its customers only, also beside a running server. make: a directory that holds
 * nothing yet becomes one; else it is refused. */
weir_code users_open(const char *data, bool make, server **out, weir_error *err);

#endif
