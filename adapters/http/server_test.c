/* server_test.c: the server over real sockets: routing, workers, WebSockets, and peers that misbehave.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
#include <cmocka.h>

#include "weir/http.h"
#include "weir/memory.h"

enum { MAX_BODY = 1 << 20 };

static weir_http_server *server;
static sem_t gate; /* /wait returns when it is raised */

/* --- the service under test */

static void echo(const weir_http_request *request, weir_http_reply *reply)
{
    size_t size = 0;
    const char *body = weir_http_body(request, &size);
    char facts[600];

    snprintf(facts, sizeof facts, "%s %s p0=%s x=%s len=%zu ", weir_http_method(request),
             weir_http_path(request), weir_http_param(request, 0),
             weir_http_argument(request, "x") ? weir_http_argument(request, "x") : "(none)", size);
    weir_http_reply_text(reply, 200, "text/plain", facts);
    weir_bytes_append(&reply->body, body, size < 64 ? size : 64);
}

static void slow(const weir_http_request *request, weir_http_reply *reply)
{
    sem_wait(&gate);
    echo(request, reply);
}

static void add_bad_header(const weir_http_request *request, weir_http_reply *reply)
{
    (void)request;
    assert_int_equal(weir_http_reply_header(reply, "X-Bad", "a\r\nX-Evil: 1"), WEIR_INVALID);
    assert_int_equal(weir_http_reply_header(reply, "X-Good", "yes"), WEIR_OK);
    weir_http_reply_text(reply, 201, "text/plain", "made");
}

static void before(const weir_http_request *request, weir_http_reply *reply)
{
    if (weir_http_header(request, "X-Refuse"))
        weir_http_reply_text(reply, 401, "text/plain", "refused before");
}

static bool ws_echo(void *context, void **state, const char *host, const char *path,
                    const char *message, size_t size, weir_bytes *reply)
{
    (void)context;
    (void)state;
    (void)host;
    (void)path;
    weir_bytes_append(reply, "got ", 4);
    weir_bytes_append(reply, message, size);
    return !(size == 3 && memcmp(message, "bye", 3) == 0);
}

static void ws_words(int status, const char *message, weir_bytes *reply)
{
    char text[256];

    snprintf(text, sizeof text, "%d %s", status, message);
    weir_bytes_append(reply, text, strlen(text));
}

static const weir_http_argument_row number_argument[] = {
    {"x", "integer", true, NULL, ""},
    {0},
};
static const weir_route routes[] = {
    {"GET", "/things/list", echo, "", "", NULL, NULL, NULL, 0},
    {"GET|POST", "/things/{name}", echo, "", "", NULL, NULL, NULL, 0},
    {"DELETE", "/things/{name}", echo, "", "", NULL, NULL, NULL, 0},
    {"GET", "/things/{name}/parts/{part}", echo, "", "", NULL, NULL, NULL, 0},
    {"GET", "/number", echo, "", "", number_argument, NULL, NULL, 0},
    {"GET", "/wait", slow, "", "", NULL, NULL, NULL, 0},
    {"GET", "/made", add_bad_header, "", "", NULL, NULL, NULL, 0},
    {0},
};

static void open_server(void)
{
    static const char *const ws_paths[] = {"/ws", NULL};
    weir_http_options options = {.listen = "127.0.0.1:0",
                                 .workers = 4,
                                 .max_body = MAX_BODY,
                                 .routes = routes,
                                 .before = before,
                                 .ws_paths = ws_paths,
                                 .ws = ws_echo,
                                 .ws_refusal = ws_words};

    assert_int_equal(weir_http_open(&options, &server, NULL), WEIR_OK);
}

static int set_up(void **state)
{
    (void)state;
    sem_init(&gate, 0, 0);
    open_server();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    weir_http_close(server);
    server = NULL;
    sem_destroy(&gate);
    return 0;
}

/* --- a client without manners */

static int dial(void)
{
    struct sockaddr_in where = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct timeval limit = {.tv_sec = 20};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    where.sin_port = htons((uint16_t)atoi(strrchr(weir_http_address(server), ':') + 1));
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&where, sizeof where), 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    return fd;
}

static void say(int fd, const void *data, size_t size)
{
    const char *at = data;

    while (size > 0) {
        ssize_t sent = send(fd, at, size, MSG_NOSIGNAL);

        if (sent <= 0)
            return; /* the server may have hung up already */
        at += sent;
        size -= (size_t)sent;
    }
}

/* Reads until the peer closes or the text holds until. */
static char *hear(int fd, const char *until)
{
    static char text[1 << 16];
    size_t have = 0;
    ssize_t got = 0;

    text[0] = '\0';
    while (have + 1 < sizeof text && (!until || !strstr(text, until))) {
        got = recv(fd, text + have, sizeof text - 1 - have, 0);
        if (got <= 0)
            break;
        have += (size_t)got;
        text[have] = '\0';
    }
    return text;
}

/* One request on a fresh connection; the whole answer. */
static char *ask(const char *request)
{
    int fd = dial();
    char *text = NULL;

    say(fd, request, strlen(request));
    text = hear(fd, NULL);
    close(fd);
    return text;
}

/* The same for a request that may never get an answer: hangs up after a moment. */
static char *try_to_ask(const char *request)
{
    struct timeval moment = {.tv_usec = 200000};
    int fd = dial();
    char *text = NULL;

    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &moment, sizeof moment);
    say(fd, request, strlen(request));
    text = hear(fd, NULL);
    close(fd);
    return text;
}

static void assert_holds(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("\"%s\" is not in: %s", part, text);
}

static void assert_alive(void)
{
    assert_holds(ask("GET /things/ok HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"), "p0=ok");
}

/* --- requests */

static void test_routes(void **state)
{
    static const struct {
        const char *line, *want;
    } rows[] = {
        {"GET /things/list", "200 OK"},
        {"GET /things/a", "p0=a "},
        {"GET /things/a/", "p0=a "},
        {"GET /things/a%20b%2Fc", "p0=a b/c "},
        {"GET /things/d%C3%A9mo", "p0=d\xc3\xa9mo "},
        {"GET /things/a?X=1+2%2B3", "x=1 2+3 "},
        {"GET http://h/things/a?x=1", "p0=a x=1"},
        {"HEAD /things/a", "200 OK"},
        {"DELETE /things/list", "p0=list"},
        {"DELETE /things/a/parts/b", "405 "},
        {"PATCH /things/a", "Allow: GET, POST, DELETE"},
        {"GET /", "404 "},
        {"GET /things", "404 "},
        {"GET /things//parts/b", "404 "},
        {"GET /nothing/here", "{\"error_code\":404"},
        {"OPTIONS *", "404 "},
        {"GET /things/%00", "400 "},
        {"GET /things/%ff%fe", "400 "},
        {"GET /things/a?x=%ff", "400 "},
        {"GET /number", "the query argument x is missing"},
        {"GET /number?x=", "is empty"},
        {"GET /number?x=seven", "it is a integer"},
        {"GET /number?x=7", "x=7"},
        {"GET /made", "X-Good: yes"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char request[512];

        print_message("%s\n", rows[i].line);
        snprintf(request, sizeof request, "%s HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
                 rows[i].line);
        assert_holds(ask(request), rows[i].want);
    }
    assert_null(
        strstr(ask("GET /made HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"), "X-Evil"));
    assert_holds(
        ask("GET /things/a HTTP/1.1\r\nHost: h\r\nX-Refuse: 1\r\nConnection: close\r\n\r\n"),
        "refused before");
}

static void test_bodies(void **state)
{
    (void)state;
    assert_holds(ask("POST /things/a HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n"
                     "Connection: close\r\n\r\nhello"),
                 "len=5 hello");
    assert_holds(ask("POST /things/a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n"
                     "Connection: close\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"),
                 "len=5 abcde");
    assert_holds(ask("POST /things/a HTTP/1.1\r\nHost: h\r\nContent-Length: 2000000\r\n\r\nx"),
                 "413 ");
    assert_alive();
}

static void test_a_large_body_in_pieces(void **state)
{
    static char piece[4096];
    int fd = dial();
    const char *head = "POST /things/a HTTP/1.1\r\nHost: h\r\nContent-Length: 1048576\r\n\r\n";

    (void)state;
    memset(piece, 'x', sizeof piece);
    say(fd, head, strlen(head));
    for (size_t i = 0; i < MAX_BODY / sizeof piece; i++)
        say(fd, piece, sizeof piece);
    assert_holds(hear(fd, "len="), "len=1048576");
    close(fd);
}

static void test_a_chunked_body_without_end_is_cut(void **state)
{
    static char chunk[65536 + 16];
    int fd = dial();
    const char *head = "POST /things/a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
    int length = sprintf(chunk, "10000\r\n");

    (void)state;
    memset(chunk + length, 'x', 65536);
    memcpy(chunk + length + 65536, "\r\n", 2);
    say(fd, head, strlen(head));
    for (int i = 0; i < 20; i++)
        say(fd, chunk, (size_t)length + 65536 + 2);
    say(fd, "0\r\n\r\n", 5);
    assert_holds(hear(fd, "larger than"), "413 ");
    close(fd);
    assert_alive();
}

static void test_pipelining_answers_in_order(void **state)
{
    char *text = ask("GET /things/one HTTP/1.1\r\nHost: h\r\n\r\n"
                     "POST /things/two HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc"
                     "GET /things/three HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    const char *one = strstr(text, "p0=one"), *two = strstr(text, "p0=two x=(none) len=3 abc"),
               *three = strstr(text, "p0=three");

    (void)state;
    assert_true(one && two && three && one < two && two < three);
}

static void test_hostile_requests_leave_the_server_alive(void **state)
{
    static const char *const requests[] = {
        "",
        "\r\n\r\n",
        "G",
        "GET",
        "GET /things/a",
        "GET /things/a HTTP/1.1\r\n",
        "GET /things/a HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n",
        "GET /things/a HTTP/1.1\r\nHost: h\r\nContent-Length: abc\r\n\r\n",
        "POST /things/a HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999999999999999\r\n\r\n",
        "POST /things/a HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nContent-Length: "
        "6\r\n\r\nabcdef",
        "POST /things/a HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nTransfer-Encoding: "
        "chunked\r\n\r\n"
        "0\r\n\r\n",
        "POST /things/a HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\ntruncated",
        "POST /things/a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "POST /things/a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: "
        "chunked\r\n\r\nffffffffffffffff\r\n",
        "GET /things/a HTTP/9.9\r\nHost: h\r\n\r\n",
        "GET /things/a HTTP/1.1\r\n no colon\r\n\r\n",
        "GET  HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET \x01\x02\xff HTTP/1.1\r\nHost: h\r\n\r\n",
        "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", /* a TLS greeting */
        "VERYLONGMETHODNAMETHATNOBODYKNOWS /things/a HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET /ws HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET /ws HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: short\r\n\r\n",
        "GET /ws HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 8\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
        const char *text = try_to_ask(requests[i]);

        print_message("%zu: %.60s\n", i, text);
        assert_null(strstr(text, "200 OK"));
    }
    assert_alive();
}

static void test_huge_headers_are_refused(void **state)
{
    static char request[400000];
    int length = sprintf(request, "GET /things/a HTTP/1.1\r\nHost: h\r\nX-Long: ");

    (void)state;
    memset(request + length, 'a', 300000);
    strcpy(request + length + 300000, "\r\n\r\n");
    assert_null(strstr(try_to_ask(request), "200 OK"));
    length = sprintf(request, "GET /things/a HTTP/1.1\r\nHost: h\r\n");
    for (int i = 0; i < 1000; i++)
        length += sprintf(request + length, "X-%d: 1\r\n", i);
    strcpy(request + length, "\r\n");
    assert_holds(ask(request), "431 ");
    assert_alive();
}

static void test_a_waiting_handler_does_not_hold_up_others(void **state)
{
    int waiting[3];

    (void)state;
    for (int i = 0; i < 3; i++) { /* one worker stays free */
        waiting[i] = dial();
        say(waiting[i], "GET /wait HTTP/1.1\r\nHost: h\r\n\r\n", 31);
    }
    assert_alive();
    for (int i = 0; i < 3; i++)
        sem_post(&gate);
    for (int i = 0; i < 3; i++) {
        assert_holds(hear(waiting[i], "len="), "200 OK");
        close(waiting[i]);
    }
}

static void *close_it(void *context)
{
    (void)context;
    weir_http_close(server);
    return NULL;
}

/* A handler that has not ended after two seconds: its caller is let go, the handler is waited for. */
static void test_closing_while_a_handler_runs(void **state)
{
    int fd = dial();
    pthread_t closer;

    (void)state;
    say(fd, "GET /wait HTTP/1.1\r\nHost: h\r\n\r\n", 31);
    assert_alive(); /* by now the first request is with its worker */
    pthread_create(&closer, NULL, close_it, NULL);
    assert_null(strstr(hear(fd, NULL), "200 OK"));
    close(fd);
    sem_post(&gate);
    pthread_join(closer, NULL);
    open_server();
}

static void test_a_caller_that_leaves_while_its_handler_runs(void **state)
{
    int fd = dial();

    (void)state;
    say(fd, "GET /wait HTTP/1.1\r\nHost: h\r\n\r\n", 31);
    assert_alive();
    close(fd);
    sem_post(&gate);
    assert_alive();
}

/* --- WebSocket */

static int ws_dial(void)
{
    static const char handshake[] =
        "GET /ws HTTP/1.1\r\nHost: h:1\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    int fd = dial();
    char *text = NULL;

    say(fd, handshake, sizeof handshake - 1);
    text = hear(fd, "\r\n\r\n");
    assert_holds(text, "101 ");
    assert_holds(text, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="); /* the example of RFC 6455, section 1.3 */
    return fd;
}

/* Sends a masked frame. */
static void ws_say(int fd, int opcode, bool fin, const char *data, size_t size)
{
    static const uint8_t mask[4] = {0x12, 0x34, 0x56, 0x78};
    uint8_t *frame = malloc(size + 14);
    size_t at = 0;

    frame[at++] = (uint8_t)((fin ? 0x80 : 0) | opcode);
    if (size < 126) {
        frame[at++] = (uint8_t)(0x80 | size);
    } else if (size < 65536) {
        frame[at++] = 0x80 | 126;
        frame[at++] = (uint8_t)(size >> 8);
        frame[at++] = (uint8_t)size;
    } else {
        frame[at++] = 0x80 | 127;
        for (int shift = 56; shift >= 0; shift -= 8)
            frame[at++] = (uint8_t)(size >> shift);
    }
    memcpy(frame + at, mask, 4);
    at += 4;
    for (size_t i = 0; i < size; i++)
        frame[at + i] = (uint8_t)data[i] ^ mask[i % 4];
    say(fd, frame, at + size);
    free(frame);
}

static bool read_exactly(int fd, void *into, size_t size)
{
    char *at = into;

    while (size > 0) {
        ssize_t got = recv(fd, at, size, 0);

        if (got <= 0)
            return false;
        at += got;
        size -= (size_t)got;
    }
    return true;
}

/* Reads one whole frame; its opcode, or -1 at the end. data is for free(). */
static int ws_hear(int fd, char **data, size_t *size)
{
    uint8_t head[2], wide[8];
    size_t extra = 0;

    *data = NULL;
    if (!read_exactly(fd, head, 2))
        return -1;
    *size = head[1] & 127;
    extra = *size == 126 ? 2 : *size == 127 ? 8 : 0;
    if (extra > 0) {
        assert_true(read_exactly(fd, wide, extra));
        *size = 0;
        for (size_t i = 0; i < extra; i++)
            *size = *size << 8 | wide[i];
    }
    *data = calloc(1, *size + 1);
    assert_true(read_exactly(fd, *data, *size));
    return head[0] & 15;
}

static void ws_expect(int fd, int opcode, const char *text)
{
    char *data = NULL;
    size_t size = 0;
    int got = ws_hear(fd, &data, &size);

    if (got == 8 && opcode != 8)
        print_message("closed with %d\n", (uint8_t)data[0] << 8 | (uint8_t)data[1]);
    assert_int_equal(got, opcode);
    if (text)
        assert_string_equal(data, text);
    free(data);
}

static void test_ws_messages(void **state)
{
    int fd = ws_dial();

    (void)state;
    ws_say(fd, 1, true, "one", 3);
    ws_expect(fd, 1, "got one");
    ws_say(fd, 1, false, "t", 1);
    ws_say(fd, 9, true, "ping", 4); /* between the fragments */
    ws_say(fd, 0, false, "w", 1);
    ws_say(fd, 0, true, "o", 1);
    ws_expect(fd, 10, "ping");
    ws_expect(fd, 1, "got two");
    for (int i = 0; i < 50; i++) /* all at once: answers come in order */
        ws_say(fd, 1, true, &"0123456789"[i % 10], 1);
    for (int i = 0; i < 50; i++)
        ws_expect(fd, 1, (char[]){'g', 'o', 't', ' ', (char)('0' + i % 10), '\0'});
    ws_say(fd, 1, true, "", 0);
    ws_expect(fd, 1, "got ");
    ws_say(fd, 1, true, "bye", 3);
    ws_expect(fd, 1, "got bye");
    ws_expect(fd, 8, NULL);
    close(fd);
    assert_alive();
}

static void test_ws_large_message(void **state)
{
    int fd = ws_dial();
    char *text = malloc(MAX_BODY), *data = NULL;
    size_t size = 0;

    (void)state;
    memset(text, 'y', MAX_BODY);
    ws_say(fd, 1, true, text, MAX_BODY);
    assert_int_equal(ws_hear(fd, &data, &size), 1);
    assert_int_equal(size, MAX_BODY + 4);
    assert_memory_equal(data + 4, text, MAX_BODY);
    free(data);
    /* One byte more in two fragments is refused in words, then closed; the peer may still be sending. */
    ws_say(fd, 1, false, text, MAX_BODY);
    ws_say(fd, 0, true, "z", 1);
    ws_expect(fd, 1, "413 the message is too large");
    ws_expect(fd, 8, NULL);
    free(text);
    close(fd);
    assert_alive();
}

static void test_ws_bad_peers(void **state)
{
    int fd = ws_dial();

    (void)state;
    ws_say(fd, 2, true, "binary", 6);
    ws_expect(fd, 1, "400 binary messages are not taken; send text");
    ws_expect(fd, 8, NULL);
    close(fd);
    fd = ws_dial();
    ws_say(fd, 1, true, "\xff\xfe", 2); /* not UTF-8 */
    ws_expect(fd, 1, "400 the message is not UTF-8 text in sound WebSocket frames");
    ws_expect(fd, 8, "\x03\xef"); /* 1007 */
    close(fd);
    fd = ws_dial();
    say(fd,
        "\x81\x03"
        "abc",
        5); /* not masked */
    ws_expect(fd, 1, "400 the message is not UTF-8 text in sound WebSocket frames");
    ws_expect(fd, 8, NULL);
    close(fd);
    fd = ws_dial();
    say(fd, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 12);
    hear(fd, NULL);
    close(fd);
    fd = ws_dial();
    ws_say(fd, 1, false, "half", 4); /* leaves in the middle */
    close(fd);
    fd = ws_dial();
    ws_say(fd, 1, true, "x", 1); /* leaves without reading the answer */
    close(fd);
    assert_alive();
}

static void test_closing_with_websockets_open(void **state)
{
    int fds[4];

    (void)state;
    for (int i = 0; i < 4; i++)
        fds[i] = ws_dial();
    ws_say(fds[0], 1, false, "half", 4);
    weir_http_close(server);
    for (int i = 0; i < 4; i++) {
        ws_expect(fds[i], 8, NULL);
        close(fds[i]);
    }
    open_server();
}

static void test_bad_listen_addresses(void **state)
{
    static const char *const addresses[] = {
        "", "8080", "127.0.0.1", "127.0.0.1:x", "127.0.0.1:70000", ":80", "no such host:1"};

    (void)state;
    for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++) {
        weir_http_options options = {.listen = addresses[i], .routes = routes};
        weir_http_server *none = NULL;

        assert_int_equal(weir_http_open(&options, &none, NULL), WEIR_INVALID);
        assert_null(none);
    }
    {
        weir_http_options options = {.listen = weir_http_address(server), .routes = routes};
        weir_http_server *none = NULL;

        assert_int_equal(weir_http_open(&options, &none, NULL), WEIR_CONFLICT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_routes),
        cmocka_unit_test(test_bodies),
        cmocka_unit_test(test_a_large_body_in_pieces),
        cmocka_unit_test(test_a_chunked_body_without_end_is_cut),
        cmocka_unit_test(test_pipelining_answers_in_order),
        cmocka_unit_test(test_hostile_requests_leave_the_server_alive),
        cmocka_unit_test(test_huge_headers_are_refused),
        cmocka_unit_test(test_a_waiting_handler_does_not_hold_up_others),
        cmocka_unit_test(test_closing_while_a_handler_runs),
        cmocka_unit_test(test_a_caller_that_leaves_while_its_handler_runs),
        cmocka_unit_test(test_ws_messages),
        cmocka_unit_test(test_ws_large_message),
        cmocka_unit_test(test_ws_bad_peers),
        cmocka_unit_test(test_closing_with_websockets_open),
        cmocka_unit_test(test_bad_listen_addresses),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
