/* connect_rest.h: Kafka Connect's REST API on a worker.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_CONNECT_REST_H
#define WEIR_CONNECT_REST_H

#include "weir/connect.h"
#include "weir/http.h"

typedef struct {
    weir_connect *worker;
    char id[300]; /* "127.0.0.1:8083", shown as worker_id */
} connect_rest;

/* Serves rest (which outlives the server) at listen. */
weir_code connect_rest_open(connect_rest *rest, const char *listen, weir_http_server **out,
                            weir_error *err);
/* Reads a connector file: {"name": ..., "config": {...}, "initial_state": "RUNNING"}, or a flat object with "name" in
 * it. */
weir_code connect_read_connector(const char *text, size_t size, char **name, weir_settings *config,
                                 weir_connect_state *state, weir_error *err);

#endif
