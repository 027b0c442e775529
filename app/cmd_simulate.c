/* cmd_simulate.c: weir simulate: a CSV file played into a topic at a steady rate.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "command.h"
#include "weir/codecs_builtin.h"
#include "weir/remote_rest.h"
#include "weir/simulate.h"

#define TICK_MS 20         /* rows of one tick go out together */
#define BURST 10000        /* rows of a tick without a rate */
#define SHOWN_EVERY_MS 250 /* progress on a terminal */
#define FLUSH_MS 500

static int64_t clock_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void show_progress(const weir_simulator *simulator, uint64_t sent, int64_t began_ms,
                          bool last)
{
    static int64_t shown_ms;
    int64_t now = clock_ms();

    if (!isatty(STDERR_FILENO) || (!last && now - shown_ms < SHOWN_EVERY_MS))
        return;
    shown_ms = now;
    fprintf(stderr, "\r%" PRIu64 " sent, %" PRIu64 " delivered, %.0f rows/s   %s", sent,
            weir_simulator_delivered(simulator),
            now > began_ms ? (double)sent * 1e3 / (double)(now - began_ms) : 0.0, last ? "\n" : "");
}

/* Waits for the deliveries; a signal ends the wait. */
static weir_code settle(weir_simulator *simulator, weir_error *err)
{
    weir_code code = WEIR_OK;

    do
        code = weir_simulator_flush(simulator, FLUSH_MS, err);
    while (code == WEIR_UNAVAILABLE && !stop_requested());
    return code;
}

static weir_code play(weir_simulator *simulator, double rate, bool loop, weir_error *err)
{
    int64_t began = clock_ms();
    uint64_t total = 0;
    weir_code code = WEIR_OK;

    while (!code && !stop_requested()) {
        uint64_t due = BURST, sent = 0;

        if (rate > 0) {
            double wanted = (double)(clock_ms() - began) * rate / 1e3;

            due = wanted > (double)total ? (uint64_t)(wanted - (double)total) : 0;
        }
        code = weir_simulator_send(simulator, due, &sent, err);
        total += sent;
        show_progress(simulator, total, began, false);
        if (!code && sent < due) {
            if (!loop)
                break;
            code = weir_simulator_seek(simulator, 0, err);
        }
        if (!code && rate > 0 && stop_wait(TICK_MS))
            break;
    }
    if (!code)
        code = settle(simulator, err);
    show_progress(simulator, total, began, true);
    return code;
}

static int run(const command_args *args)
{
    weir_error err = {0};
    weir_simulator *simulator = NULL;
    weir_settings properties = {0};
    const weir_simulate_options options = {.bootstrap = args_text(args, "bootstrap"),
                                           .topic = args_text(args, "topic"),
                                           .csv = args_text(args, "csv"),
                                           .format = args_text(args, "format"),
                                           .registry = args_text(args, "registry"),
                                           .properties = &properties,
                                           .key = args_text(args, "key"),
                                           .partitions = (int)args_integer(args, "partitions"),
                                           .codecs = &weir_codecs_builtin,
                                           .registries = &weir_registry_http};
    weir_code code = WEIR_OK;

    if ((args_text(args, "properties") &&
         weir_settings_file(args_text(args, "properties"), &properties, &err)) ||
        weir_simulate_check(&options, &err)) {
        weir_settings_free(&properties);
        report_failure("simulate", &err);
        return EXIT_USAGE;
    }
    stop_on_signals();
    if (!(code = weir_simulator_open(&options, &simulator, &err)))
        code = play(simulator, args_number(args, "rate"), args_switch(args, "loop"), &err);
    if (simulator)
        printf("%" PRIu64 "\n", weir_simulator_delivered(simulator));
    weir_simulator_close(simulator);
    weir_settings_free(&properties);
    if (code)
        return report_failure("simulate", &err);
    return stop_signal() == SIGINT ? EXIT_INTERRUPTED : EXIT_DONE;
}

static const command_flag flags[] = {
    {"bootstrap", FLAG_TEXT, "HOST:PORT", NULL, false, 0, 0, "Kafka brokers, separated by commas"},
    {"properties", FLAG_TEXT, "FILE", NULL, false, 0, 0,
     "brokers and registry from a properties file, with how to get in; --bootstrap and --registry "
     "go before it"},
    {"topic", FLAG_TEXT, "TOPIC", NULL, true, 0, 0, "topic that takes the rows; made when missing"},
    {"csv", FLAG_TEXT, "FILE", NULL, true, 0, 0, "rows, with a header line; .zst is read too"},
    {"rate", FLAG_NUMBER, "ROWS", "0", false, 0, 1e9, "rows a second; 0: as fast as they go"},
    {"loop", FLAG_SWITCH, NULL, NULL, false, 0, 0, "begin again at the end of the file"},
    {"format", FLAG_TEXT, "FORMAT", "avro", false, 0, 0,
     "avro, json, or json-schema (JSON in Connect's envelope)"},
    {"registry", FLAG_TEXT, "URL", NULL, false, 0, 0, "schema registry; avro needs it"},
    {"partitions", FLAG_INTEGER, "N", "1", false, 1, 10000, "partitions of a topic that is made"},
    {"key", FLAG_TEXT, "COLUMN", NULL, false, 0, 0,
     "column whose text is the key; without one partitions take turns"},
    {0},
};

const command cmd_simulate = {
    .name = "simulate",
    .summary = "play a CSV file into a Kafka topic",
    .operands = "",
    .flags = flags,
    .help = "Reads the file through once to find the type of each column (whole numbers become an "
            "Avro long, other numbers a double, the rest a string; nullable where cells are "
            "empty), then sends its rows in order.\n\n"
            "Prints the number of rows delivered.",
    .run = run,
};
