/* rest.c: what a durable REST learn costs beside the work that cannot be avoided.
 *
 * A real `weir serve` on a fresh data directory takes 500-row DataFrames of 9 quoted numbers over keep-alive
 * connections, each signed, logged with a sync and absorbed before it is answered. The reference does what any server
 * must do with the same bytes, in this process on one thread: MD5, HMAC, parse, absorb. Both are counted in CPU
 * seconds, since clients and server share the cores:
 *
 *     ratio = CPU a row of the reference / CPU a row of the server          at least 0.5
 *
 * The clients send prepared requests through plain sockets, so that they cost next to nothing.
 *
 *     bench_rest [--json]     WEIR_BIN names the program (default: build/weir of the source tree)
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"
#include "weir/codecs_builtin.h"
#include "weir/signing.h"
#include "weir/summary.h"

enum { ROWS = 500, COLUMNS = 9, FRAMES = 8, CLIENTS = 8, SECONDS = 5 };

static const uint8_t secret[16] = "weir bench only";

typedef struct {
    char *text;
    size_t size;
} blob;

static double cpu_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* A DataFrame of sensor-like numbers: whole and decimal ones of a few digits. */
static blob make_frame(unsigned seed)
{
    blob frame = {malloc(ROWS * COLUMNS * 16 + 4096), 0};
    char *p = frame.text;
    if (!p)
        bench_die("malloc");
    p += sprintf(p, "{\"attributeNames\":[");
    for (int c = 0; c < COLUMNS; c++)
        p += sprintf(p, "%s\"V%d\"", c ? "," : "", c + 1);
    p += sprintf(p, "],\"attributeTypes\":[");
    for (int c = 0; c < COLUMNS; c++)
        p += sprintf(p, "%s\"C\"", c ? "," : "");
    p += sprintf(p, "],\"errorHandling\":1,\"data\":[");
    for (int r = 0; r < ROWS; r++) {
        p += sprintf(p, "%s[", r ? "," : "");
        for (int c = 0; c < COLUMNS; c++) {
            seed = seed * 1103515245u + 12345u;
            int v = (int)((seed >> 12) % 2000) - 500;
            p += c % 3 ? sprintf(p, "%s\"%d\"", c ? "," : "", v)
                       : sprintf(p, "%s\"%.2f\"", c ? "," : "", v / 16.0);
        }
        p += sprintf(p, "]");
    }
    p += sprintf(p, "]}");
    frame.size = (size_t)(p - frame.text);
    return frame;
}

static weir_signing signing_of(const blob *frame, const char *date)
{
    return (weir_signing){.verb = "POST",
                          .secret = secret,
                          .secret_size = sizeof secret,
                          .date = date,
                          .cid = "bench",
                          .body = frame->text,
                          .body_size = frame->size,
                          .resource = "/symetry/rest/bench/projects/p/learn"};
}

/* The unavoidable work on the same bytes; returns CPU seconds a row. */
static double reference(const blob *frames)
{
    weir_error err = {0};
    weir_summary *summary = NULL;
    weir_summary_options options = {.histograms = true};
    char date[WEIR_DATE_TEXT], signature[FRAMES][WEIR_SIGNATURE_TEXT], md5[WEIR_MD5_TEXT];

    weir_signing_date(time(NULL), 1, date);
    for (int i = 0; i < FRAMES; i++) {
        weir_signing s = signing_of(&frames[i], date);
        if (weir_sign(&s, signature[i], &err))
            bench_die(err.message);
    }
    if (weir_summary_new(&options, &summary, &err))
        bench_die(err.message);
    double start = cpu_now(), rows = 0;
    while (cpu_now() - start < SECONDS / 2.0) {
        for (int i = 0; i < FRAMES; i++, rows += ROWS) {
            weir_signing s = signing_of(&frames[i], date);
            weir_frame frame = {0};
            weir_md5_text(s.body, s.body_size, md5);
            s.md5 = md5;
            if (weir_signature_check(&s, NULL, signature[i], &err) ||
                weir_codecs_builtin.frame_decode(frames[i].text, frames[i].size, WEIR_BAD_CELL,
                                                 NULL, NULL, &frame, &err) ||
                weir_summary_absorb(summary, frame.batch, 1, &err))
                bench_die(err.message);
            weir_frame_free(&frame);
        }
    }
    double used = cpu_now() - start;
    weir_summary_free(summary);
    return used / rows;
}

/* --- the server and its clients */

static int port;
static volatile int stop;

static int dial(void)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int one = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
    inet_pton(AF_INET, "127.0.0.1", &to.sin_addr);
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to))
        bench_die("connect");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return fd;
}

/* A whole signed request, ready to be sent again and again within the clock window. */
static blob make_request(const char *path, const char *query, const blob *body)
{
    char date[WEIR_DATE_TEXT], signature[WEIR_SIGNATURE_TEXT], md5[WEIR_MD5_TEXT];
    weir_error err = {0};
    weir_signing s = signing_of(body, date);
    blob request = {malloc(body->size + 1024), 0};

    if (!request.text)
        bench_die("malloc");
    s.resource = path;
    s.query = query;
    weir_signing_date(time(NULL), 1, date);
    weir_md5_text(body->text, body->size, md5);
    if (weir_sign(&s, signature, &err))
        bench_die(err.message);
    int head = sprintf(request.text,
                       "POST %s%s%s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Type: "
                       "application/json\r\nContent-Length: %zu\r\nsym-date: %s\r\nContent-MD5: "
                       "%s\r\nAuthorization: %s\r\n\r\n",
                       path, *query ? "?" : "", query, port, body->size, date, md5, signature);
    memcpy(request.text + head, body->text, body->size);
    request.size = (size_t)head + body->size;
    return request;
}

/* Sends a request and reads its whole answer; returns the status. */
static int exchange(int fd, const blob *request)
{
    char answer[16384];
    size_t have = 0, sent = 0;

    while (sent < request->size) {
        ssize_t n = write(fd, request->text + sent, request->size - sent);
        if (n <= 0)
            bench_die("write");
        sent += (size_t)n;
    }
    for (;;) {
        ssize_t n = read(fd, answer + have, sizeof answer - 1 - have);
        if (n <= 0)
            bench_die("the server closed the connection");
        have += (size_t)n;
        answer[have] = 0;
        const char *end = strstr(answer, "\r\n\r\n"),
                   *length = strcasestr(answer, "content-length:");
        if (end && length && have >= (size_t)(end - answer) + 4 + strtoul(length + 15, NULL, 10))
            return atoi(answer + 9);
    }
}

static void *client(void *frames)
{
    blob requests[FRAMES];
    double *rows = calloc(1, sizeof *rows);
    int fd = dial();

    for (int i = 0; i < FRAMES; i++)
        requests[i] = make_request("/symetry/rest/bench/projects/p/learn", "", (blob *)frames + i);
    for (int i = 0; !stop; i = (i + 1) % FRAMES, *rows += ROWS) {
        int status = exchange(fd, &requests[i]);
        if (status != 200) {
            fprintf(stderr, "bench_rest: learn was answered %d\n", status);
            exit(1);
        }
    }
    close(fd);
    for (int i = 0; i < FRAMES; i++)
        free(requests[i].text);
    return rows;
}

static pid_t start_server(const char *weir, const char *data)
{
    char command[2048], key[32], line[256];
    int out[2];

    weir_base64_encode(secret, sizeof secret, key);
    snprintf(command, sizeof command, "'%s' user add bench --data '%s' --key '%s' >/dev/null", weir,
             data, key);
    if (system(command) != 0 || pipe(out))
        bench_die("weir user add");
    pid_t pid = fork();
    if (pid == 0) {
        dup2(out[1], 1);
        close(out[0]);
        execl(weir, weir, "serve", "--listen", "127.0.0.1:0", "--data", data, (char *)NULL);
        _exit(127);
    }
    close(out[1]);
    FILE *f = fdopen(out[0], "r");
    if (!f || !fgets(line, sizeof line, f) || !strrchr(line, ':'))
        bench_die("weir serve did not start");
    port = atoi(strrchr(line, ':') + 1);
    return pid;
}

int main(int argc, char **argv)
{
    const char *weir = getenv("WEIR_BIN") ? getenv("WEIR_BIN") : WEIR_SOURCE_DIR "/build/weir";
    char data[] = "/tmp/weir-bench-XXXXXX", command[256];
    blob frames[FRAMES], options = {(char[]){"{}"}, 2};
    pthread_t threads[CLIENTS];
    double rows = 0;

    signal(SIGPIPE, SIG_IGN);
    if (!mkdtemp(data))
        bench_die("mkdtemp");
    for (int i = 0; i < FRAMES; i++)
        frames[i] = make_frame((unsigned)i + 1);
    double needed = reference(frames);

    pid_t pid = start_server(weir, data);
    int fd = dial();
    blob create = make_request("/symetry/rest/bench/projects",
                               "pid=p&type=cpu&persist=true&enableHistogram=true", &options);
    if (exchange(fd, &create) != 201)
        bench_die("the project was not created");
    close(fd);
    double start = bench_wall(), used = bench_cpu_of(pid);
    for (int i = 0; i < CLIENTS; i++)
        pthread_create(&threads[i], NULL, client, frames);
    struct timespec pause = {SECONDS, 0};
    nanosleep(&pause, NULL);
    stop = 1;
    for (int i = 0; i < CLIENTS; i++) {
        void *sent = NULL;
        pthread_join(threads[i], &sent);
        rows += *(double *)sent;
        free(sent);
    }
    double wall = bench_wall() - start;
    used = bench_cpu_of(pid) - used;
    kill(pid, SIGTERM);
    waitpid(pid, NULL, 0);
    snprintf(command, sizeof command, "rm -rf '%s'", data);
    if (system(command) != 0)
        bench_die(command);

    const bench_row row = {
        .name = "REST learn",
        .ratio = needed / (used / rows),
        .target = 0.5,
        .figures = {{"rows_per_second", rows / wall, "rows/s"},
                    {"reference_rows_per_cpu_second", 1 / needed,
                     "rows a CPU second the reference"},
                    {"server_rows_per_cpu_second", rows / used, "the server"}},
    };
    bench_print(&row, 1, bench_json(argc, argv));
    for (int i = 0; i < FRAMES; i++)
        free(frames[i].text);
    free(create.text);
    return 0;
}
