/* request.h: one request as handlers see it, independent of the HTTP library.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef HTTP_REQUEST_H
#define HTTP_REQUEST_H

#include "weir/http.h"

typedef struct {
    char *name, *value; /* in blocks of request.c's making */
} request_pair;

struct weir_http_request {
    char method[16];
    char *path;  /* owned, still escaped, begins with "/" */
    char *query; /* view into path's block; NULL: none */
    request_pair *headers;
    size_t header_count, header_capacity;
    request_pair *arguments; /* decoded query */
    size_t argument_count;
    weir_bytes body;
    const weir_route *route;
    char *params[WEIR_HTTP_PARAMS]; /* owned */
    char peer[64];
    void *context; /* of the service */
    const weir_http_server *server;
};

/* Takes over the request target: "/path?query" or "http://host/path?query". */
weir_code request_target(weir_http_request *request, const char *target, weir_error *err);
weir_code request_header(weir_http_request *request, const char *name, const char *value,
                         weir_error *err);
/* Splits and decodes the query into arguments. Not UTF-8, or a %00, is WEIR_INVALID. */
weir_code request_arguments(weir_http_request *request, weir_error *err);
/* Checks the arguments against the rows of the route. */
weir_code request_check_arguments(const weir_http_request *request, weir_error *err);
void request_clear(weir_http_request *request); /* frees the insides */

/* A percent-decoded copy for weir_free(); WEIR_INVALID as above. what names it in messages. */
weir_code request_decode(const char *what, const char *text, size_t length, bool plus_is_blank,
                         char **out, weir_error *err);

#endif
