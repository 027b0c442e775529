/* http.h: the HTTP and WebSocket server, behind which its libraries stay hidden.
 *
 * A service is a table of routes. Connections are served by a few event-loop threads; a complete request is handed to
 * a pool of workers, so a handler may block (on a commit, say) without holding up others.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_HTTP_H
#define WEIR_HTTP_H

#include "weir/bytes.h"

#define WEIR_HTTP_PARAMS 6

typedef struct weir_http_request weir_http_request; /* lives until the handler returns */

const char *weir_http_method(const weir_http_request *request);
const char *weir_http_path(const weir_http_request *request); /* still escaped, without the query */
const char *weir_http_query(
    const weir_http_request *request); /* as sent, without "?"; NULL when there was none */
const char *weir_http_header(const weir_http_request *request,
                             const char *name); /* NULL when absent */
const char *weir_http_body(const weir_http_request *request, size_t *size);
/* The i-th {name} of the route's path, percent-decoded. */
const char *weir_http_param(const weir_http_request *request, size_t i);
/* A query value, decoded ("+" is a blank), its name in any case; NULL when absent. */
const char *weir_http_argument(const weir_http_request *request, const char *name);
void *weir_http_context(const weir_http_request *request); /* of the service */

typedef struct {
    int status;               /* 200 unless set */
    const char *content_type; /* static; "application/json" unless set */
    weir_bytes body;
} weir_http_reply;
/* Adds a header; both texts are copied. */
weir_code weir_http_reply_header(weir_http_reply *reply, const char *name, const char *value);
void weir_http_reply_text(weir_http_reply *reply, int status, const char *content_type,
                          const char *text);

typedef void (*weir_http_handler)(const weir_http_request *request, weir_http_reply *reply);

typedef struct {
    const char *name, *type; /* "string", "boolean", "integer", "number" */
    bool required;
    const char *fallback, *help;
} weir_http_argument_row;

typedef struct {
    const char *method; /* "GET"; "GET|POST" for both */
    const char *
        path; /* "/symetry/rest/{cid}/projects/{pid}/info"; a trailing slash of a request is ignored */
    weir_http_handler handler;
    const char *title, *help;                /* for the printed API */
    const weir_http_argument_row *arguments; /* ended by a row without a name; NULL for none */
    const char *body;                        /* name of the request schema or NULL */
    const char *answers;                     /* name of the response schema or NULL */
    unsigned flags;                          /* the service's own */
} weir_route;

/* WebSocket: called by a worker for each complete text message; the reply text is sent back. Return false to close
 * after it. context as for the service; url is "host:port" of the upgrade request's Host; path as sent. */
typedef bool (*weir_ws_handler)(void *context, const char *host, const char *path,
                                const char *message, size_t size, weir_bytes *reply);

typedef struct {
    const char *listen;       /* "127.0.0.1:8080"; port 0: any */
    size_t workers;           /* 0: 16 */
    size_t max_body;          /* bytes; 0: 256 MiB; more is 413 */
    size_t max_connections;   /* 0: 4096 */
    unsigned idle_seconds;    /* 0: 120 */
    const weir_route *routes; /* ended by a row without a method */
    weir_http_handler
        before; /* NULL, or called with status 0 ahead of the route's handler; a status set ends it */
    weir_http_handler fallback;  /* for paths without a route; NULL: 404 */
    const char *const *ws_paths; /* NULL or ended by NULL */
    weir_ws_handler ws;
    void *context;
} weir_http_options;

typedef struct weir_http_server weir_http_server;
weir_code weir_http_open(const weir_http_options *options, weir_http_server **out, weir_error *err);
const char *weir_http_address(const weir_http_server *server); /* "127.0.0.1:41233" */
/* Stops accepting, lets running handlers finish (at most two seconds), closes. NULL is fine. */
void weir_http_close(weir_http_server *server);

#endif
