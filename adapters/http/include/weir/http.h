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

typedef struct weir_http_server weir_http_server;
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
/* Who serves it. A request may come before weir_http_open() has returned, so a handler asks for the server here. */
const weir_http_server *weir_http_server_of(const weir_http_request *request);
/* The caller's address without its port. */
const char *weir_http_peer(const weir_http_request *request);

/* A zeroed one is an empty reply; handlers are given one. */
typedef struct {
    int status;               /* 200 unless set */
    const char *content_type; /* static; "application/json" unless set */
    weir_bytes body;
    weir_bytes headers; /* private: weir_http_reply_header() */
} weir_http_reply;
/* Adds a header; both texts are copied. WEIR_INVALID when one holds a control character. */
weir_code weir_http_reply_header(weir_http_reply *reply, const char *name, const char *value);
void weir_http_reply_text(weir_http_reply *reply, int status, const char *content_type,
                          const char *text);

typedef void (*weir_http_handler)(const weir_http_request *request, weir_http_reply *reply);

typedef struct {
    const char *name, *type; /* "string", "boolean", "integer", "number" */
    bool required;
    const char *fallback, *help;
} weir_http_argument_row;

typedef struct weir_route {
    const char *method; /* "GET"; "GET|POST" for both. HEAD is answered where GET is */
    const char *
        path; /* "/symetry/rest/{cid}/projects/{pid}/info"; a trailing slash of a request is ignored */
    weir_http_handler handler;
    const char *title, *help;                /* for the printed API */
    const weir_http_argument_row *arguments; /* ended by a row without a name; NULL for none */
    const char *body;                        /* name of the request schema or NULL */
    const char *answers;                     /* name of the response schema or NULL */
    unsigned flags;                          /* the service's own */
} weir_route;
/* The route a request came to; NULL in the fallback. */
const weir_route *weir_http_route(const weir_http_request *request);

/* Words a refusal of the server itself (unknown path, wrong method or argument, too large a body) into a reply. */
typedef void (*weir_http_refusal)(const weir_http_request *request, int status, const char *message,
                                  weir_http_reply *reply);

/* WebSocket: called by a worker for each complete text message, one at a time a connection; the reply text is sent back
 * as one text message. Return false to close after it. host is "host:port" of the upgrade request's Host, path as
 * sent. *state is NULL at the first message of a connection and then what the handler leaves there. */
typedef bool (*weir_ws_handler)(void *context, void **state, const char *host, const char *path,
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
    void (*ws_end)(
        void *
            state); /* NULL, or called with a state that is not NULL at the end of its connection */
    /* Words an error of the WebSocket itself (a message too large, a binary one) into a last text message; NULL: none. */
    void (*ws_refusal)(int status, const char *message, weir_bytes *reply);
    weir_http_refusal refusal; /* NULL: {"error_code":404,"message":"..."} */
    void *context;
} weir_http_options;

weir_code weir_http_open(const weir_http_options *options, weir_http_server **out, weir_error *err);
const char *weir_http_address(const weir_http_server *server); /* "127.0.0.1:41233" */
typedef struct {
    uint64_t requests, refused; /* answered; of them with a status of 400 or more */
    uint64_t ws_messages;
    uint64_t connections, ws_connections; /* now */
    uint64_t body_bytes;                  /* received since the start */
} weir_http_figures;
weir_http_figures weir_http_figures_of(const weir_http_server *server);
/* Stops accepting, lets running handlers finish (at most two seconds), closes. NULL is fine. */
void weir_http_close(weir_http_server *server);

#endif
