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
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"
#include "program.h"
#include "weir/codecs_builtin.h"
#include "weir/signing.h"
#include "weir/summary.h"

enum { ROWS = 500, COLUMNS = 9, FRAMES = 8, CLIENTS = 8, SECONDS = 5 };

static const uint8_t secret[16] = "weir bench only";

static double cpu_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* A DataFrame of sensor-like numbers: whole and decimal ones of a few digits. */
static bench_blob make_frame(unsigned seed)
{
    bench_blob frame = {malloc(ROWS * COLUMNS * 16 + 4096), 0};
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

static weir_signing signing_of(const bench_blob *frame, const char *date)
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
static double reference(const bench_blob *frames)
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

static void *client(void *frames)
{
    bench_blob requests[FRAMES];
    double *rows = calloc(1, sizeof *rows);
    int fd = bench_dial(port);

    for (int i = 0; i < FRAMES; i++)
        requests[i] = bench_request(port, "POST", "/symetry/rest/bench/projects/p/learn", "",
                                    (bench_blob *)frames + i);
    for (int i = 0; !stop; i = (i + 1) % FRAMES, *rows += ROWS) {
        int status = bench_exchange(fd, &requests[i], NULL);
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

int main(int argc, char **argv)
{
    char data[] = "/tmp/weir-bench-XXXXXX", command[256];
    bench_blob frames[FRAMES];
    pthread_t threads[CLIENTS];
    double rows = 0;

    signal(SIGPIPE, SIG_IGN);
    if (!mkdtemp(data))
        bench_die("mkdtemp");
    for (int i = 0; i < FRAMES; i++)
        frames[i] = make_frame((unsigned)i + 1);
    double needed = reference(frames);

    bench_program server = bench_serve(data);
    port = server.port;
    free(bench_call(port, "POST", "/symetry/rest/bench/projects",
                    "pid=p&type=cpu&persist=true&enableHistogram=true", "{}", 201));
    double start = bench_wall(), used = bench_cpu_of(server.pid);
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
    used = bench_cpu_of(server.pid) - used;
    bench_stop(&server);
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
    return 0;
}
