/* cmd_serve.c: weir serve: the server until a signal ends it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "server.h"
#include "weir/codecs_builtin.h"
#include "weir/kafka_tail.h"
#include "weir/log.h"
#include "weir/remote_rest.h"

static weir_code open_tail(const command_args *args, weir_kafka_tail **out, weir_error *err)
{
    const char *file = args_text(args, "kafka-properties");
    weir_settings properties = {0};
    const weir_kafka_tail_options options = {.bootstrap = args_text(args, "bootstrap"),
                                             .registry = args_text(args, "registry"),
                                             .properties = &properties,
                                             .codecs = &weir_codecs_builtin,
                                             .registries = &weir_registry_http};
    weir_code code = WEIR_OK;

    if (file)
        code = weir_settings_file(file, &properties, err);
    if (!code && (file || options.bootstrap) && (code = weir_kafka_tail_open(&options, out, err)) &&
        file)
        weir_explain(err, code, "%s", file);
    weir_settings_free(&properties);
    return code;
}

static int serve(const command_args *args)
{
    server_options options = {.listen = args_text(args, "listen"),
                              .data = args_text(args, "data"),
                              .streams_error_on_change =
                                  args_switch(args, "streams-error-on-change"),
                              .data_root = args_text(args, "data-root"),
                              .no_http_sources = args_switch(args, "no-http-sources"),
                              .fusion_prefetch_ms = args_integer(args, "fusion-prefetch"),
                              .max_source = (uint64_t)args_integer(args, "max-source") << 20,
                              .max_body = (size_t)args_integer(args, "max-body") << 20,
                              .max_connections = (size_t)args_integer(args, "max-connections"),
                              .max_tasks = (size_t)args_integer(args, "max-tasks")};
    weir_kafka_tail *tail = NULL;
    server *running = NULL;
    int status = EXIT_DONE;
    weir_error err = {0};

    stop_on_signals();
    if (open_tail(args, &tail, &err)) {
        status = report_failure("serve", &err);
        goto done;
    }
    if (tail)
        options.tail = weir_kafka_tail_port(tail);
    if (server_open(&options, &running, &err)) {
        status = report_failure("serve", &err);
        goto done;
    }
    printf("listening http://%s\n", server_address(running));
    fflush(stdout);
    while (!stop_wait(-1))
        ;
    weir_log(WEIR_LOG_INFO, "serve", "ending on %s", strsignal(stop_signal()));
done:
    server_close(running);
    weir_kafka_tail_close(tail);
    return status;
}

static const command_flag flags[] = {
    {"listen", FLAG_TEXT, "HOST:PORT", "127.0.0.1:8080", false, 0, 0,
     "The address to listen on; port 0 takes any free one."},
    {"data", FLAG_TEXT, "DIR", NULL, true, 0, 0,
     "The directory that keeps everything; made when it is missing."},
    {"bootstrap", FLAG_TEXT, "HOST:PORT", NULL, false, 0, 0,
     "A Kafka broker whose topics the UI may watch."},
    {"registry", FLAG_TEXT, "URL", NULL, false, 0, 0,
     "The schema registry of those topics; without one their values are JSON."},
    {"kafka-properties", FLAG_TEXT, "FILE", NULL, false, 0, 0,
     "Both from a properties file, with how to get in: bootstrap.servers, security.*, sasl.*, "
     "ssl.*, schema.registry.*; --bootstrap and --registry go before it."},
    {"streams-error-on-change", FLAG_SWITCH, NULL, NULL, false, 0, 0,
     "End a stream whose topic changes its schema, as sml.streams.error_on_df_change=1 does."},
    {"data-root", FLAG_TEXT, "DIR", NULL, false, 0, 0,
     "The folder whose files may be data sources; without one none are."},
    {"no-http-sources", FLAG_SWITCH, NULL, NULL, false, 0, 0,
     "Refuse URLs as data sources and as cells of fusion projects, which the server would call "
     "from "
     "where it stands."},
    {"fusion-prefetch", FLAG_INTEGER, "MS", "15000", false, -1, 86400000,
     "Fusion projects ask their cells at most so often; -1: before each reading."},
    {"max-source", FLAG_INTEGER, "MIB", "4096", false, 1, 1 << 24,
     "The most that a URL may answer as a data source, in MiB."},
    {"max-body", FLAG_INTEGER, "MIB", "256", false, 1, 1024, "The largest request, in MiB."},
    {"max-connections", FLAG_INTEGER, "N", "4096", false, 1, 1000000,
     "Connections at a time; more wait to be accepted."},
    {"max-tasks", FLAG_INTEGER, "N", "4", false, 1, 1000,
     "Tasks running at a time, each a program of its own (sml.task.max)."},
    {0},
};

const command cmd_serve = {
    .name = "serve",
    .summary = "serve the API and the UI",
    .operands = "",
    .flags = flags,
    .help = "Serves the REST and WebSocket API and the web UI, and prints one line, \"listening "
            "http://HOST:PORT\", when it is ready. Users are made with weir user add. SIGTERM and "
            "SIGINT end it cleanly; what was acknowledged is on disk also when it is killed.",
    .run = serve,
};
