/* cmd_stream.c: weir stream: the stream application, started by a properties file.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "command.h"
#include "stream_report.h"
#include "weir/codecs_builtin.h"
#include "weir/http.h"
#include "weir/remote_rest.h"
#include "weir/stream.h"

enum { LOOK_MS = 250, SETTINGS_MOST = 1 << 16 };

typedef struct {
    weir_stream *stream;
    weir_http_server *metrics;
    bool task; /* figures are told on standard output */
    weir_error err;
    weir_code code;
    atomic_bool ended;
} stream_runner;

/* --- settings from standard input, where a server runs the stream as a task */

static weir_code read_standard_input(weir_settings *out, weir_error *err)
{
    static char text[SETTINGS_MOST];
    size_t size = fread(text, 1, sizeof text, stdin);
    weir_code code = WEIR_OK;

    if (size == sizeof text)
        code = weir_fail(err, WEIR_TOO_LARGE, "settings of more than %zu bytes", sizeof text);
    else
        code = size && *text == '{' ? weir_settings_json(text, size, out, err)
                                    : weir_settings_properties(text, size, out, err);
    explicit_bzero(text, sizeof text);
    return code;
}

/* --- /metrics */

static void answer_metrics(const weir_http_request *request, weir_http_reply *reply)
{
    stream_runner *runner = weir_http_context(request);
    weir_stream_figures figures = weir_stream_figures_of(runner->stream);

    reply->status = 200;
    reply->content_type = "text/plain; version=0.0.4; charset=utf-8";
    stream_report_metrics(weir_stream_name(runner->stream), &figures, &reply->body);
}

static void answer_health(const weir_http_request *request, weir_http_reply *reply)
{
    (void)request;
    weir_http_reply_text(reply, 200, "application/json", "{\"status\":\"ok\"}");
}

static const weir_route routes[] = {
    {"GET", "/metrics", answer_metrics, "Figures for Prometheus", "", NULL, NULL, "Text", 0},
    {"GET", "/healthz", answer_health, "Is it alive", "", NULL, NULL, "Health", 0},
    {0},
};

static weir_code open_metrics(stream_runner *runner, const char *flag, weir_error *err)
{
    const char *listen = flag ? flag : weir_stream_metrics(runner->stream);
    const weir_http_options options = {
        .listen = listen, .workers = 1, .max_body = 1024, .routes = routes, .context = runner};
    weir_code code = WEIR_OK;

    if (!listen || !*listen)
        return WEIR_OK;
    if ((code = weir_http_open(&options, &runner->metrics, err)))
        return weir_explain(err, code, "metrics");
    printf("metrics http://%s/metrics\n", weir_http_address(runner->metrics));
    fflush(stdout);
    return WEIR_OK;
}

/* --- running */

static void *run_stream(void *context)
{
    stream_runner *runner = context;

    runner->code = weir_stream_run(runner->stream, &runner->err);
    atomic_store(&runner->ended, true);
    return NULL;
}

/* False when whoever started a task is not there any more to read it. */
static bool show_progress(const stream_runner *runner, bool last)
{
    weir_stream_figures figures = weir_stream_figures_of(runner->stream);
    char line[STREAM_REPORT_LINE];

    if (runner->task) {
        stream_report_line(&figures, line, sizeof line);
        return fputs(line, stdout) >= 0 && fflush(stdout) == 0;
    }
    if (isatty(STDERR_FILENO))
        fprintf(stderr,
                "\r%" PRIu64 " scored, %" PRIu64 " skipped, model version %" PRIu64 "%s   %s",
                figures.scored, figures.skipped, figures.version,
                figures.waiting ? ", waiting" : "", last ? "\n" : "");
    return true;
}

/* Runs the stream on a thread of its own until a signal comes or it ends by itself. */
static void run_until_stopped(stream_runner *runner)
{
    pthread_t thread;

    if (pthread_create(&thread, NULL, run_stream, runner)) {
        runner->code = weir_fail(&runner->err, WEIR_NO_MEMORY, "no thread for the stream");
        return;
    }
    while (!atomic_load(&runner->ended) && !stop_wait(LOOK_MS) && show_progress(runner, false))
        ;
    weir_stream_end(runner->stream);
    pthread_join(thread, NULL);
    show_progress(runner, true);
}

/* A task ends with the server that runs it, however that ends. */
static void end_with_parent(void)
{
    pid_t parent = getppid();

    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent) /* it ended before this was asked for */
        raise(SIGTERM);
}

static int run(const command_args *args)
{
    const char *operand = args_operand(args, 0);
    weir_settings settings = {0};
    stream_runner runner = {.task = args_switch(args, "task")};
    const weir_stream_options options = {.settings = &settings,
                                         .codecs = &weir_codecs_builtin,
                                         .remote = &weir_remote_rest,
                                         .registries = &weir_registry_http};

    stop_on_signals();
    if (runner.task)
        end_with_parent();
    atomic_init(&runner.ended, false);
    runner.code = strcmp(operand, "-") != 0 ? weir_settings_file(operand, &settings, &runner.err)
                                            : read_standard_input(&settings, &runner.err);
    if (!runner.code)
        runner.code = weir_stream_open(&options, &runner.stream, &runner.err);
    if (!runner.code)
        runner.code = open_metrics(&runner, args_text(args, "metrics"), &runner.err);
    if (!runner.code) {
        run_until_stopped(&runner);
        if (!runner.task)
            printf("%" PRIu64 "\n", weir_stream_figures_of(runner.stream).scored);
    }
    weir_http_close(runner.metrics);
    weir_stream_close(runner.stream);
    weir_settings_free(&settings);
    if (runner.code)
        return report_failure("stream", &runner.err);
    return stop_signal() == SIGINT ? EXIT_INTERRUPTED : EXIT_DONE;
}

static const command_flag flags[] = {
    {"metrics", FLAG_TEXT, "HOST:PORT", NULL, false, 0, 0,
     "Where GET /metrics tells lag, rate, model version and what is waited for; goes before "
     "sml.kstream.metrics.listen."},
    {"task", FLAG_SWITCH, NULL, NULL, false, 0, 0,
     "Tell figures on standard output, a line a moment, and end with the program that started "
     "this one: how a server runs its tasks."},
    {0},
};

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
            "schema.registry.url, processing.guarantee, enable.auto.commit, commit.interval.ms. "
            "Other names go to librdkafka; an unknown sml.* name is an error. weir reference tells "
            "them all; - reads them from standard input, as properties or a JSON object.\n\n"
            "Each row goes on with res, anomaly_score and model_version behind its fields, or of a "
            "regression with the prediction as res and model_version. A new "
            "version of the model is used as soon as it is there. Scored rows and offsets are one "
            "transaction where the brokers have such, so that each row is in the sink exactly "
            "once; else offsets are committed once their rows are in the sink.\n\n"
            "Prints the number of rows scored.",
    .run = run,
};
