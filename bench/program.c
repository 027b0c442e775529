/* program.c: see program.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "program.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"
#include "weir/signing.h"

static const char *weir(void)
{
    const char *path = getenv("WEIR_BIN");

    return path ? path : WEIR_SOURCE_DIR "/build/weir";
}

bench_program bench_start(const char *const *arguments, int listens)
{
    bench_program program = {0};
    const char *argv[32] = {weir()};
    char line[256] = "";
    int out[2], nowhere;
    FILE *first;

    for (size_t i = 0; arguments[i] && i < 30; i++)
        argv[i + 1] = arguments[i];
    if (pipe(out))
        bench_die("pipe");
    if (!(program.pid = fork())) {
        nowhere = open("/dev/null", O_RDWR);
        dup2(listens ? out[1] : nowhere, 1);
        if (!getenv("WEIR_BENCH_LOG"))
            dup2(nowhere, 2);
        close(out[0]);
        execv(argv[0], (char **)argv);
        _exit(127);
    }
    close(out[1]);
    if (!(first = fdopen(out[0], "r")))
        bench_die("fdopen");
    if (listens && (!fgets(line, sizeof line, first) || !strrchr(line, ':')))
        bench_die("weir did not start");
    if (listens)
        program.port = atoi(strrchr(line, ':') + 1);
    fclose(first);
    return program;
}

void bench_stop(bench_program *program)
{
    if (program->pid > 0) {
        kill(program->pid, SIGTERM);
        waitpid(program->pid, NULL, 0);
    }
    *program = (bench_program){0};
}

bench_program bench_serve(const char *data)
{
    const char *const serve[] = {"serve", "--listen", "127.0.0.1:0", "--data", data, NULL};
    char command[2048];

    snprintf(command, sizeof command, "'%s' user add %s --data '%s' --key '%s' >/dev/null", weir(),
             BENCH_CUSTOMER, data, BENCH_SECRET);
    if (system(command) != 0)
        bench_die("weir user add");
    return bench_start(serve, 1);
}

int bench_dial(int port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int one = 1, connection = socket(AF_INET, SOCK_STREAM, 0);

    inet_pton(AF_INET, "127.0.0.1", &to.sin_addr);
    if (connection < 0 || connect(connection, (struct sockaddr *)&to, sizeof to))
        bench_die("connect");
    setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return connection;
}

bench_blob bench_request(int port, const char *verb, const char *path, const char *query,
                         const bench_blob *body)
{
    char date[WEIR_DATE_TEXT], signature[WEIR_SIGNATURE_TEXT], md5[WEIR_MD5_TEXT] = "";
    uint8_t secret[WEIR_SECRET_MAX];
    bench_blob request = {malloc(body->size + 4096), 0};
    weir_signing s = {.verb = verb,
                      .secret = secret,
                      .date = date,
                      .cid = BENCH_CUSTOMER,
                      .body = body->text,
                      .body_size = body->size,
                      .resource = path,
                      .query = query};
    weir_error err = {0};

    if (!request.text ||
        !weir_base64_decode(BENCH_SECRET, strlen(BENCH_SECRET), secret, &s.secret_size))
        bench_die("no room for a request");
    weir_signing_date(time(NULL), 1, date);
    if (body->size)
        weir_md5_text(body->text, body->size, md5);
    bench_must(weir_sign(&s, signature, &err), &err);
    request.size = (size_t)snprintf(
        request.text, 4096,
        "%s %s%s%s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Type: application/json\r\n"
        "Content-Length: %zu\r\nsym-date: %s\r\nContent-MD5: %s\r\nAuthorization: %s\r\n\r\n",
        verb, path, *query ? "?" : "", query, port, body->size, date, md5, signature);
    if (body->size)
        memcpy(request.text + request.size, body->text, body->size);
    request.size += body->size;
    return request;
}

static void send_all(int connection, const bench_blob *request)
{
    for (size_t sent = 0; sent < request->size;) {
        ssize_t n = write(connection, request->text + sent, request->size - sent);

        if (n <= 0)
            bench_die("the server took no more");
        sent += (size_t)n;
    }
}

int bench_exchange(int connection, const bench_blob *request, char **answer)
{
    size_t have = 0, room = 16384;
    char *text = malloc(room);
    int status;

    send_all(connection, request);
    for (;;) {
        const char *end, *length;
        ssize_t n;

        if (have + 1 >= room && (room *= 2) && !(text = realloc(text, room)))
            bench_die("no room for an answer");
        if ((n = read(connection, text + have, room - 1 - have)) <= 0)
            bench_die("the server closed the connection");
        have += (size_t)n;
        text[have] = 0;
        end = strstr(text, "\r\n\r\n");
        length = strcasestr(text, "content-length:");
        if (!end || have < (size_t)(end - text) + 4 + (length ? strtoul(length + 15, NULL, 10) : 0))
            continue;
        status = atoi(text + 9);
        if (answer)
            *answer = strdup(end + 4);
        free(text);
        return status;
    }
}

char *bench_call(int port, const char *verb, const char *path, const char *query, const char *body,
                 int want)
{
    const bench_blob sent = {(char *)body, strlen(body)};
    bench_blob request = bench_request(port, verb, path, query, &sent);
    int connection = bench_dial(port), status;
    char *answer = NULL;

    status = bench_exchange(connection, &request, &answer);
    if (status != want) {
        fprintf(stderr, "bench: %s %s was answered %d: %.400s\n", verb, path, status, answer);
        exit(1);
    }
    close(connection);
    free(request.text);
    return answer;
}

double bench_number(const char *json, const char *key)
{
    char quoted[80];
    const char *at;

    snprintf(quoted, sizeof quoted, "\"%s\":", key);
    if (!(at = strstr(json, quoted)))
        return 0;
    at += strlen(quoted);
    return strtod(at + (*at == '"'), NULL);
}
