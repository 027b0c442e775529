/* cmd_stream.c: weir stream: the stream application, started by a properties file.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "command.h"
#include "weir/codecs_builtin.h"
#include "weir/remote_rest.h"
#include "weir/stream.h"

typedef struct {
    weir_stream *stream;
    weir_error err;
    weir_code code;
    atomic_bool ended;
} stream_runner;

static void *run_stream(void *context)
{
    stream_runner *runner = context;

    runner->code = weir_stream_run(runner->stream, &runner->err);
    atomic_store(&runner->ended, true);
    return NULL;
}

static void show_progress(weir_stream *stream, bool last)
{
    weir_stream_figures figures = weir_stream_figures_of(stream);

    if (isatty(STDERR_FILENO))
        fprintf(stderr,
                "\r%" PRIu64 " scored, %" PRIu64 " skipped, model version %" PRIu64 "%s   %s",
                figures.scored, figures.skipped, figures.version,
                figures.waiting ? ", waiting" : "", last ? "\n" : "");
}

/* Runs the stream on a thread of its own until a signal comes or it ends by itself. */
static void run_until_stopped(stream_runner *runner)
{
    pthread_t thread;

    if (pthread_create(&thread, NULL, run_stream, runner)) {
        runner->code = weir_fail(&runner->err, WEIR_NO_MEMORY, "no thread for the stream");
        return;
    }
    while (!atomic_load(&runner->ended) && !stop_wait(250))
        show_progress(runner->stream, false);
    weir_stream_end(runner->stream);
    pthread_join(thread, NULL);
    show_progress(runner->stream, true);
}

static int run(const command_args *args)
{
    weir_settings settings = {0};
    stream_runner runner = {0};
    const weir_stream_options options = {.settings = &settings,
                                         .codecs = &weir_codecs_builtin,
                                         .remote = &weir_remote_rest,
                                         .registries = &weir_registry_http};

    stop_on_signals();
    atomic_init(&runner.ended, false);
    runner.code = weir_settings_file(args_operand(args, 0), &settings, &runner.err);
    if (!runner.code)
        runner.code = weir_stream_open(&options, &runner.stream, &runner.err);
    if (!runner.code) {
        run_until_stopped(&runner);
        printf("%" PRIu64 "\n", weir_stream_figures_of(runner.stream).scored);
    }
    weir_stream_close(runner.stream);
    weir_settings_free(&settings);
    if (runner.code)
        return report_failure("stream", &runner.err);
    return stop_signal() == SIGINT ? EXIT_INTERRUPTED : EXIT_DONE;
}

static const command_flag flags[] = {{0}};

const command cmd_stream = {
    .name = "stream",
    .summary = "score the rows of a topic into another topic",
    .operands = "FILE.properties",
    .least_operands = 1,
    .most_operands = 1,
    .flags = flags,
    .help = "Takes the properties of the SymetryML stream application: sml.kstream.source.topic, "
            ".sink.topic, .app.id, .client.id, .project.id, .model.id, .rest, .rest.user, "
            ".rest.secret, .rest.host, .record.poll.max, .schedule.ms; bootstrap.servers, "
            "schema.registry.url, enable.auto.commit, commit.interval.ms. Other names go to "
            "librdkafka; an unknown sml.* name is an error.\n\n"
            "Each row goes on with res, anomaly_score and model_version behind its fields, or of a "
            "regression with the prediction as res and model_version. A new "
            "version of the model is used as soon as it is there. Offsets are committed once their "
            "rows are in the sink.\n\n"
            "Prints the number of rows scored.",
    .run = run,
};
