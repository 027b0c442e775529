/* websocket.h: the connections that were upgraded from HTTP.
 *
 * One thread holds all of them; complete messages go to the workers and come back as replies.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef HTTP_WEBSOCKET_H
#define HTTP_WEBSOCKET_H

#include <microhttpd.h>

#include "budget.h"
#include "pool.h"
#include "weir/http.h"

typedef struct ws_hub ws_hub;

typedef struct {
    weir_ws_handler handler;
    void (*end)(void *state);
    void (*refusal)(int status, const char *message, weir_bytes *reply);
    void *context;
    size_t max_message;
    unsigned idle_seconds;
    pool *workers;
    budget *held;
} ws_options;

weir_code ws_hub_open(const ws_options *options, ws_hub **out, weir_error *err);

/* Makes the 101 answer to an upgrade request and sets it up so that the connection comes to the hub. *response is for
 * MHD_destroy_response(). WEIR_INVALID when the request is not a proper RFC 6455 handshake. */
weir_code ws_upgrade(ws_hub *hub, const weir_http_request *request, struct MHD_Response **response,
                     weir_error *err);

uint64_t ws_messages(const ws_hub *hub);
uint64_t ws_connections(const ws_hub *hub);

/* Waits until deadline_ms (CLOCK_MONOTONIC) for running messages to be answered, then closes every connection and ends
 * the thread. Before the HTTP library and the workers end; handlers still running are waited for. NULL is fine. */
void ws_hub_close(ws_hub *hub, int64_t deadline_ms);

#endif
