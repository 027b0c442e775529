/* http_source_test.c: senders that are slow, stop early, or send a little at a time.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "weir/http_source.h"

/* Answers one call with a text, then closes, or with hold waits for the caller to go. */
typedef struct {
    int listener;
    char url[80];
    const char *text;
    bool hold, byte_by_byte;
    pthread_t thread;
} sender;

static void *sender_run(void *context)
{
    sender *s = context;
    int one = accept(s->listener, NULL, NULL);
    char request[4096];
    size_t size = strlen(s->text), step = s->byte_by_byte ? 1 : size;

    if (one < 0)
        return NULL;
    if (recv(one, request, sizeof request, 0) > 0)
        for (size_t at = 0; at < size; at += step)
            if (send(one, s->text + at, step, MSG_NOSIGNAL) < 0)
                break;
    while (s->hold && recv(one, request, sizeof request, 0) > 0)
        continue;
    close(one);
    return NULL;
}

static void sender_start(sender *s)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;

    s->listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(s->listener >= 0);
    assert_int_equal(bind(s->listener, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(s->listener, 4), 0);
    assert_int_equal(getsockname(s->listener, (struct sockaddr *)&address, &size), 0);
    snprintf(s->url, sizeof s->url, "http://u:hunter2@127.0.0.1:%d/rows?key=hunter2",
             ntohs(address.sin_port));
    assert_int_equal(pthread_create(&s->thread, NULL, sender_run, s), 0);
}

static void sender_end(sender *s)
{
    pthread_join(s->thread, NULL);
    close(s->listener);
}

/* All that comes, as far as out holds it. */
static weir_code fetch(const char *url, const weir_http_source_options *options, weir_stop stop,
                       char *out, size_t room, uint64_t *size, weir_error *err)
{
    char *keys[] = {"path"}, *values[] = {(char *)url};
    weir_data_source source = {"http", "s", keys, values, 1};
    weir_source_kind kind = weir_http_source_kind("http", options);
    weir_byte_source bytes = {0};
    size_t used = 0, got = 1;
    weir_code code = kind.check(kind.context, &source, err);

    if (!code)
        code = kind.open(kind.context, &source, stop, &bytes, size, err);
    while (!code && got > 0) {
        code = bytes.read(bytes.context, out + used, room - 1 - used, &got, err);
        used += code ? 0 : got;
    }
    out[used] = '\0';
    if (bytes.close)
        bytes.close(bytes.context);
    return code;
}

static const struct {
    const char *title, *text;
    bool hold, byte_by_byte;
    uint64_t most;
    weir_code code;
    const char *want; /* what came, or what the error says */
    uint64_t size;
} rows[] = {
    {"a whole answer", "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\na\n1\n", false, false, 0,
     WEIR_OK, "a\n1\n", 4},
    {"byte by byte", "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\na\n1\n", false, true, 0, WEIR_OK,
     "a\n1\n", 4},
    {"without a length", "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\na\n1\n", false, false, 0,
     WEIR_OK, "a\n1\n", 0},
    {"an empty answer", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", false, false, 0, WEIR_OK,
     "", 0},
    {"nothing comes", "", true, false, 0, WEIR_UNAVAILABLE, "imeout", 0},
    {"no rows come", "HTTP/1.1 200 OK\r\n\r\n", true, false, 0, WEIR_UNAVAILABLE, "imeout", 0},
    {"the rest does not come", "HTTP/1.1 200 OK\r\n\r\na\n1\n", true, false, 0, WEIR_UNAVAILABLE,
     "imeout", 0},
    {"it closes early", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\na\n1\n", false, false, 0,
     WEIR_UNAVAILABLE, "http://127.0.0.1:", 0},
    {"it closes at once", "", false, false, 0, WEIR_UNAVAILABLE, "http://127.0.0.1:", 0},
    {"it announces too much", "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\na\n1\n", false, false, 3,
     WEIR_TOO_LARGE, "more than 3 bytes", 0},
    {"it sends too much", "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\na\n1\n", false, false, 3,
     WEIR_TOO_LARGE, "more than 3 bytes", 0},
    {"as much as may be", "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\na\n1\n", false, false, 4,
     WEIR_OK, "a\n1\n", 0},
    {"it has no such thing", "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno", false, false,
     0, WEIR_INVALID, "status 404", 0},
    {"something else than HTTP", "SSH-2.0-OpenSSH\r\n\r\n", false, false, 0, WEIR_INVALID,
     "rotocol", 0},
};

static void what_comes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        weir_http_source_options options = {.max_bytes = rows[i].most, .patience_s = 1};
        sender s = {
            .text = rows[i].text, .hold = rows[i].hold, .byte_by_byte = rows[i].byte_by_byte};
        char out[100];
        uint64_t size = 0;
        weir_error err = {0};
        weir_code code;

        print_message("%s\n", rows[i].title);
        sender_start(&s);
        code = fetch(s.url, &options, (weir_stop){0}, out, sizeof out, &size, &err);
        sender_end(&s);
        if (code != rows[i].code)
            fail_msg("code %d: %s", (int)code, err.message);
        if (!code) {
            assert_string_equal(out, rows[i].want);
            assert_int_equal(size, rows[i].size);
        } else if (!strstr(err.message, rows[i].want) || strstr(err.message, "hunter2")) {
            fail_msg("it says: %s", err.message);
        }
    }
}

static bool third_time(void *context)
{
    return ++*(int *)context == 3;
}

static void waiting_can_be_ended(void **state)
{
    weir_http_source_options options = {0};
    sender s = {.text = "", .hold = true};
    char out[100];
    uint64_t size = 0;
    int asked = 0;
    weir_error err = {0};

    (void)state;
    sender_start(&s);
    assert_int_equal(
        fetch(s.url, &options, (weir_stop){third_time, &asked}, out, sizeof out, &size, &err),
        WEIR_CANCELLED);
    sender_end(&s);
}

static const struct {
    const char *url, *says;
} refused[] = {
    {"", "no path"},
    {"file:///etc/passwd", "begins with http"},
    {"ftp://h/x", "begins with http"},
    {"http:/h/x", "begins with http"},
    {"http://169.254.169.254/latest", "local link"},
    {"http://[fe80::1]/x", "local link"},
    {"http://[::ffff:169.254.169.254]/x", "local link"},
    {"http://0.0.0.0:1/x", "local link"},
    {"http://2852039166/x", "local link"}, /* 169.254.169.254 as one number */
    {"http://", "http://"},
};

static void what_is_not_called(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        weir_http_source_options options = {.patience_s = 1};
        char out[100];
        uint64_t size = 0;
        weir_error err = {0};

        print_message("%s\n", refused[i].url);
        assert_int_equal(
            fetch(refused[i].url, &options, (weir_stop){0}, out, sizeof out, &size, &err),
            WEIR_INVALID);
        if (!strstr(err.message, refused[i].says))
            fail_msg("it says: %s", err.message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_comes),
        cmocka_unit_test(waiting_can_be_ended),
        cmocka_unit_test(what_is_not_called),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
