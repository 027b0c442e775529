/* rest_service.c: is it alive, and how much does it do.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>
#include <string.h>

#include "rest_inside.h"

void rest_health(const weir_http_request *request, weir_http_reply *reply)
{
    json_out json = {.out = &reply->body};

    reply->status = 200;
    json_open(&json, '{');
    json_put_text(&json, "status", "ok");
    json_put_text(&json, "version", rest_of(request)->options.version);
    json_close(&json, '}');
}

/* Writes figures in the text format of Prometheus; figures of one name come one after another. */
typedef struct {
    weir_bytes *out;
    char last[128];
} figures;

static void put(weir_bytes *out, const char *text)
{
    weir_bytes_append(out, text, strlen(text));
}

static void write_figure(void *context, const char *name, const char *help, const char *type,
                         const char *labels, double value)
{
    figures *to = context;
    char number[JSON_NUMBER_TEXT], line[400];

    if (strcmp(to->last, name) != 0) {
        snprintf(line, sizeof line, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
        put(to->out, line);
        snprintf(to->last, sizeof to->last, "%s", name);
    }
    json_number_text(value, number);
    put(to->out, name);
    if (labels && *labels) {
        put(to->out, "{");
        put(to->out, labels);
        put(to->out, "}");
    }
    put(to->out, " ");
    put(to->out, strcmp(number, "Infinity") == 0    ? "+Inf"
                 : strcmp(number, "-Infinity") == 0 ? "-Inf"
                                                    : number);
    put(to->out, "\n");
}

void rest_metrics(const weir_http_request *request, weir_http_reply *reply)
{
    const weir_rest *rest = rest_of(request);
    weir_http_figures http = weir_http_figures_of(weir_http_server_of(request));
    figures to = {.out = &reply->body};

    reply->status = 200;
    reply->content_type = "text/plain; version=0.0.4; charset=utf-8";
    weir_engine_figures(rest->options.engine, write_figure, &to);
    if (rest->options.tasks)
        weir_task_figures(rest->options.tasks, write_figure, &to);
    write_figure(&to, "weir_http_requests_total", "Requests answered.", "counter", NULL,
                 (double)http.requests);
    write_figure(&to, "weir_http_refused_total", "Requests answered with a status of 400 or more.",
                 "counter", NULL, (double)http.refused);
    write_figure(&to, "weir_http_body_bytes_total", "Bytes of request bodies received.", "counter",
                 NULL, (double)http.body_bytes);
    write_figure(&to, "weir_http_connections", "Open connections.", "gauge", NULL,
                 (double)http.connections);
    write_figure(&to, "weir_ws_messages_total", "WebSocket messages taken.", "counter", NULL,
                 (double)http.ws_messages);
    write_figure(&to, "weir_ws_connections", "Open WebSockets.", "gauge", NULL,
                 (double)http.ws_connections);
}
