/* rest.h: the API and the web UI, served.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_REST_H
#define WEIR_REST_H

#include "weir/codec.h"
#include "weir/engine.h"
#include "weir/fusion.h"
#include "weir/http.h"
#include "weir/sources.h"
#include "weir/tail.h"
#include "weir/tasks.h"
#include "weir/web_assets.h"

typedef struct {
    weir_engine *engine; /* outlives the service, as all of these */
    const weir_codecs *codecs;
    const weir_source_access *sources; /* NULL: no data sources */
    weir_tasks *tasks;                 /* NULL: this server runs none */
    weir_fusion *fusion;               /* NULL: no fusion projects */
    const weir_tail_port *tail;        /* NULL: there is no broker to watch */
    const weir_web_asset *assets;      /* NULL: no UI */
    const char *version;               /* of the program */
    const char *listen;                /* "127.0.0.1:8080" */
    size_t max_body;                   /* and the limits below: 0 for those of http.h */
    size_t max_connections;
    unsigned idle_seconds;
} weir_rest_options;

typedef struct weir_rest weir_rest;

weir_code weir_rest_open(const weir_rest_options *options, weir_rest **out, weir_error *err);
const char *weir_rest_address(const weir_rest *rest); /* "127.0.0.1:41233" */
void weir_rest_close(weir_rest *rest);                /* NULL is fine */

/* Appends the OpenAPI 3.1 document, made from the route table. */
weir_code weir_rest_openapi(const char *version, weir_bytes *out, weir_error *err);

#endif
