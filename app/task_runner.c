/* task_runner.c: see task_runner.h.
 *
 * A program gets its settings through a pipe that is its standard input, so that no secret is ever an argument or a
 * file. What it prints comes back through two more: figures on standard output, one line a second, and its log on
 * standard error, which is passed on to the server's; the last line that tells why it ended is kept.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "task_runner.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <openssl/crypto.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "stream_report.h"
#include "weir/codecs_builtin.h"
#include "weir/memory.h"
#include "weir/remote_rest.h"
#include "weir/signing.h"

#define OWN_PROGRAM "/proc/self/exe"
#define FAILED "weir stream: " /* what the last line of a failed one begins with */

/* Lines of a pipe, as they come. */
typedef struct {
    int fd;
    char text[1024];
    size_t size;
} line_reader;

struct weir_task_process {
    pid_t pid;
    line_reader figures, log;
    weir_task_report report;
    char error[240];
};

/* --- settings */

/* A customer may not make this server's machine load a library, run a command or open a port. */
static const char *const refused[] = {"plugin.library.paths", "sasl.kerberos.kinit.cmd",
                                      "ssl.engine.location", "ssl.engine.id",
                                      "sml.kstream.metrics.listen"};

static weir_code put_secret(const task_runner *runner, const char *cid, weir_settings *out,
                            weir_error *err)
{
    uint8_t secret[WEIR_SECRET_MAX];
    char text[4 * ((WEIR_SECRET_MAX + 2) / 3) + 1];
    size_t size = sizeof secret;
    weir_code code = weir_customer_secret(runner->engine, cid, secret, &size, err);

    if (!code) {
        weir_base64_encode(secret, size, text);
        code = weir_settings_put(out, "sml.kstream.rest.secret", text, err);
    }
    OPENSSL_cleanse(secret, sizeof secret);
    OPENSSL_cleanse(text, sizeof text);
    return code;
}

/* The task's settings, and for what it leaves out this server, its customer and its own name. */
static weir_code settings_of(const task_runner *runner, const char *cid, const weir_task_info *info,
                             weir_settings *out, weir_error *err)
{
    const struct {
        const char *name, *value;
    } own[] = {{"sml.kstream.app.id", info->name},
               {"sml.kstream.instance.id", info->name},
               {"sml.kstream.rest.user", cid},
               {"sml.kstream.rest.host", *runner->url ? runner->url : "http://127.0.0.1:1"}};
    weir_code code = WEIR_OK;

    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        if (weir_task_info_get(info, refused[i]))
            return weir_fail(err, WEIR_INVALID, "%s is not for tasks", refused[i]);
    for (size_t i = 0; !code && i < info->count; i++)
        code = weir_settings_put(out, info->names[i], info->values[i], err);
    for (size_t i = 0; !code && i < sizeof own / sizeof *own; i++)
        if (!weir_settings_get(out, own[i].name))
            code = weir_settings_put(out, own[i].name, own[i].value, err);
    if (!code && !weir_settings_get(out, "sml.kstream.rest.secret"))
        code = put_secret(runner, cid, out, err);
    return code;
}

static weir_code check(void *context, const char *cid, const weir_task_info *info, weir_error *err)
{
    weir_settings settings = {0};
    const weir_stream_options options = {.settings = &settings,
                                         .codecs = &weir_codecs_builtin,
                                         .remote = &weir_remote_rest,
                                         .registries = &weir_registry_http};
    weir_stream *trial = NULL;
    weir_code code = settings_of(context, cid, info, &settings, err);

    if (!code)
        code = weir_stream_open(&options, &trial, err);
    weir_stream_close(trial);
    weir_settings_free(&settings);
    return code;
}

/* --- starting */

/* The settings as a JSON object, into a pipe that holds them all. */
static weir_code write_settings(const weir_settings *settings, int fd, weir_error *err)
{
    json_t *object = json_object();
    char *text = NULL;
    size_t size = 0;
    weir_code code = WEIR_OK;

    for (size_t i = 0; i < settings->count; i++)
        json_object_set_new(object, settings->pairs[i].name, json_string(settings->pairs[i].value));
    text = json_dumps(object, JSON_COMPACT);
    size = text ? strlen(text) : 0;
    if (!text || json_object_size(object) != settings->count)
        code = weir_fail(err, WEIR_INVALID, "the settings of a task are not UTF-8");
    else if (write(fd, text, size) != (ssize_t)size) /* a pipe takes 64 KiB at once */
        code = weir_fail(err, WEIR_INTERNAL, "the settings of a task: %s", strerror(errno));
    if (text)
        OPENSSL_cleanse(text, size);
    free(text);
    json_decref(object);
    return code;
}

static void shut(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* The three ends become its standard input and outputs; everything else is closed for it. */
static weir_code spawn(int in, int out, int errors, pid_t *pid, weir_error *err)
{
    char name[] = "weir", command[] = "stream", task[] = "--task", operand[] = "-";
    char *const arguments[] = {name, command, task, operand, NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, back;
    int failed = 0;

    sigemptyset(&none);
    sigfillset(&back);
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &back);
    /* A group of its own: Ctrl-C at the server's terminal is the server's to pass on. */
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
                                              POSIX_SPAWN_SETPGROUP);
    failed = posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
    if (!failed)
        failed = posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
    if (!failed)
        failed = posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO);
    if (!failed)
        failed = posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
    if (!failed)
        failed = posix_spawn(pid, OWN_PROGRAM, &actions, &attributes, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return failed ? weir_fail(err, WEIR_INTERNAL, "a task cannot be started: %s", strerror(failed))
                  : WEIR_OK;
}

static weir_code start(void *context, const char *cid, const weir_task_info *info,
                       weir_task_process **out, weir_error *err)
{
    int in[2] = {-1, -1}, figures[2] = {-1, -1}, errors[2] = {-1, -1};
    weir_settings settings = {0};
    weir_task_process *process = weir_calloc(1, sizeof *process);
    weir_code code = WEIR_OK;

    if (!process) {
        code = weir_fail(err, WEIR_NO_MEMORY, "no room for a task");
        goto done;
    }
    if (pipe2(in, O_CLOEXEC) || pipe2(figures, O_CLOEXEC) || pipe2(errors, O_CLOEXEC)) {
        code = weir_fail(err, WEIR_INTERNAL, "no pipes for a task: %s", strerror(errno));
        goto done;
    }
    if ((code = settings_of(context, cid, info, &settings, err)) ||
        (code = write_settings(&settings, in[1], err)) ||
        (code = spawn(in[0], figures[1], errors[1], &process->pid, err)))
        goto done;
    fcntl(figures[0], F_SETFL, O_NONBLOCK);
    fcntl(errors[0], F_SETFL, O_NONBLOCK);
    process->figures.fd = figures[0];
    process->log.fd = errors[0];
    figures[0] = errors[0] = -1; /* the process owns them now */
    *out = process;
    process = NULL;
done:
    for (size_t i = 0; i < 2; i++) {
        shut(&in[i]);
        shut(&figures[i]);
        shut(&errors[i]);
    }
    for (size_t i = 0; i < settings.count; i++) /* secrets among them */
        OPENSSL_cleanse(settings.pairs[i].value, strlen(settings.pairs[i].value));
    weir_settings_free(&settings);
    weir_free(process);
    return code;
}

/* --- watching */

/* Shows each whole line that has come; one that is too long comes in pieces. */
static void read_lines(line_reader *reader, void (*see)(weir_task_process *, const char *),
                       weir_task_process *process)
{
    for (;;) {
        char *end = NULL, *line = reader->text;
        ssize_t got =
            read(reader->fd, reader->text + reader->size, sizeof reader->text - 1 - reader->size);

        if (got <= 0)
            return;
        reader->size += (size_t)got;
        reader->text[reader->size] = '\0';
        while ((end = memchr(line, '\n', reader->size - (size_t)(line - reader->text)))) {
            *end = '\0';
            see(process, line);
            line = end + 1;
        }
        if (line == reader->text && reader->size == sizeof reader->text - 1) {
            see(process, line);
            line += reader->size;
        }
        reader->size -= (size_t)(line - reader->text);
        memmove(reader->text, line, reader->size);
    }
}

static void see_figures(weir_task_process *process, const char *line)
{
    stream_report_read(line, &process->report);
}

static void see_log(weir_task_process *process, const char *line)
{
    fprintf(stderr, "%s\n", line);
    if (!strncmp(line, FAILED, strlen(FAILED)))
        snprintf(process->error, sizeof process->error, "%s", line + strlen(FAILED));
}

static bool look(weir_task_process *process, weir_task_report *report, weir_error *why)
{
    int status = 0;
    pid_t ended = waitpid(process->pid, &status, WNOHANG);

    read_lines(&process->figures, see_figures, process);
    read_lines(&process->log, see_log, process);
    *report = process->report;
    if (!ended)
        return true;
    if (*process->error)
        weir_fail(why, WEIR_UNAVAILABLE, "%s", process->error);
    else if (ended > 0 && WIFSIGNALED(status))
        weir_fail(why, WEIR_UNAVAILABLE, "it was ended by signal %d", WTERMSIG(status));
    else
        weir_fail(why, WEIR_UNAVAILABLE, "it ended with exit code %d",
                  ended > 0 ? WEXITSTATUS(status) : -1);
    return false;
}

static void end(weir_task_process *process, bool now)
{
    kill(process->pid, now ? SIGKILL : SIGTERM);
}

static void close_process(weir_task_process *process)
{
    close(process->figures.fd);
    close(process->log.fd);
    weir_free(process);
}

weir_task_runner task_runner_of(task_runner *runner)
{
    return (weir_task_runner){.context = runner,
                              .check = check,
                              .start = start,
                              .look = look,
                              .end = end,
                              .close = close_process};
}

void task_runner_serve(task_runner *runner, const char *address)
{
    const char *port = strrchr(address, ':');

    /* An address of every interface is none to call. */
    if (port && (!strncmp(address, "0.0.0.0:", 8) || !strncmp(address, "[::]:", 5)))
        snprintf(runner->url, sizeof runner->url, "http://127.0.0.1%s", port);
    else
        snprintf(runner->url, sizeof runner->url, "http://%s", address);
}
