/* rest.c: the service: the route table, the WebSocket paths and the UI on one server.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "rest_inside.h"

#include "weir/memory.h"

weir_code weir_rest_open(const weir_rest_options *options, weir_rest **out, weir_error *err)
{
    static const char *const ws_paths[] = {"/symetry/ws/learn", "/symetry/ws/forget",
                                           "/symetry/ws/predict", NULL};
    weir_rest *rest = weir_calloc(1, sizeof *rest);
    weir_http_options http = {.listen = options->listen,
                              .max_body = options->max_body,
                              .max_connections = options->max_connections,
                              .idle_seconds = options->idle_seconds,
                              .routes = rest_routes,
                              .before = rest_authenticate,
                              .fallback = rest_asset,
                              .ws_paths = ws_paths,
                              .ws = rest_ws_message,
                              .ws_end = rest_ws_end,
                              .ws_refusal = rest_ws_refusal,
                              .refusal = rest_refusal,
                              .context = rest};
    weir_code code = WEIR_OK;

    if (!rest)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for the service");
    rest->options = *options;
    if ((code = sessions_open(&rest->sessions, err)) ||
        (code = weir_http_open(&http, &rest->server, err)))
        goto done;
    *out = rest;
    rest = NULL; /* the caller owns it now */
done:
    weir_rest_close(rest);
    return code;
}

const char *weir_rest_address(const weir_rest *rest)
{
    return weir_http_address(rest->server);
}

void weir_rest_close(weir_rest *rest)
{
    if (!rest)
        return;
    weir_http_close(rest->server);
    sessions_close(rest->sessions);
    weir_free(rest);
}
