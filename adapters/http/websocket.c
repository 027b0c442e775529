/* websocket.c: WebSocket connections on one epoll thread.
 *
 * wslay does the framing (RFC 6455), masks, pings and the closing handshake; this file does sockets and messages. A
 * connection runs one message at a time, so answers come in the order of the questions: while one is with a worker
 * the socket is not read, and what wslay had buffered already waits in a short queue. A connection ends in three
 * steps: last text and close frame sent, our half shut down, then what the peer still sends is read and dropped for a
 * moment. Without that last step the kernel answers unread bytes with a reset, which can overtake the last text.
 *
 * Threads: everything in ws_connection belongs to the hub thread, except running->reply and running->keep, which
 * belong to the worker between pool_submit() and hub->done.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "websocket.h"

#include <errno.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <wslay/wslay.h>

#include "weir/log.h"
#include "weir/memory.h"
#include "weir/signing.h" /* base64 */

enum { LINGER_MS = 2000, TICK_MS = 500, EVENTS = 64 };
enum {
    CLOSE_NORMAL = 1000,
    CLOSE_GOING_AWAY = 1001,
    CLOSE_UNSUPPORTED = 1003,
    CLOSE_TOO_BIG = 1009
};

typedef struct ws_connection ws_connection;

typedef struct ws_message {
    pool_task task; /* first: the pool gives it back as the message */
    ws_connection *from;
    weir_bytes text, reply;
    size_t held; /* bytes counted in the budget */
    bool keep;   /* go on after the reply */
    struct ws_message *next;
} ws_message;

typedef enum { WS_OPEN, WS_CLOSING, WS_LINGERING, WS_DEAD } ws_state;

struct ws_connection {
    ws_hub *hub;
    int fd;
    struct MHD_UpgradeResponseHandle *handle;
    wslay_event_context_ptr wslay;
    char *host, *path;
    weir_bytes early; /* what MHD had read behind the handshake */
    size_t early_at;
    ws_state state;
    uint8_t frame; /* opcode of the frame being received */
    ws_message *receiving;
    ws_message *first, *last; /* complete, waiting */
    ws_message *running;      /* with a worker */
    uint16_t close_code;      /* to be sent behind the last text; 0: none */
    uint32_t interest;        /* epoll events asked for */
    void *handler_state;      /* the handler's; a worker's while a message runs */
    int64_t since_ms;         /* of the last traffic, or of entering the state when closing */
    ws_connection *previous, *next;
};

struct ws_hub {
    ws_options options;
    int epoll, wake;
    pthread_t thread;
    atomic_uint_fast64_t messages, connection_count;
    pthread_mutex_t lock;    /* guards arriving, done, stopping, deadline_ms */
    ws_connection *arriving; /* linked by next */
    ws_message *done;
    bool stopping;
    int64_t deadline_ms;
    ws_connection *connections; /* hub thread */
};

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* --- messages */

static void message_free(ws_hub *hub, ws_message *message)
{
    if (!message)
        return;
    budget_give(hub->options.held, message->held);
    weir_bytes_free(&message->text);
    weir_bytes_free(&message->reply);
    weir_free(message);
}

static void wake(const ws_hub *hub)
{
    uint64_t one = 1;

    if (write(hub->wake, &one, sizeof one) < 0) {
        /* full means that it is awake already */
    }
}

/* A worker thread. */
static void message_run(pool_task *task)
{
    ws_message *message = (ws_message *)task;
    ws_connection *connection = message->from;
    ws_hub *hub = connection->hub;

    message->keep = hub->options.handler(
        hub->options.context, &connection->handler_state, connection->host, connection->path,
        (const char *)message->text.data, message->text.size, &message->reply);
    pthread_mutex_lock(&hub->lock);
    message->next = hub->done;
    hub->done = message;
    pthread_mutex_unlock(&hub->lock);
    wake(hub);
}

/* Hands the next waiting message to a worker. */
static void run_next(ws_connection *connection)
{
    ws_message *message = connection->first;

    if (connection->running || !message || connection->state != WS_OPEN)
        return;
    connection->first = message->next;
    if (!connection->first)
        connection->last = NULL;
    connection->running = message;
    message->task.run = message_run;
    atomic_fetch_add(&connection->hub->messages, 1);
    pool_submit(connection->hub->options.workers, &message->task);
}

static void queue_text(ws_connection *connection, const weir_bytes *text)
{
    struct wslay_event_msg out = {WSLAY_TEXT_FRAME, text->data, text->size};

    if (text->size > 0 && !text->failed)
        wslay_event_queue_msg(connection->wslay, &out);
}

static void begin_closing(ws_connection *connection, uint16_t code)
{
    if (connection->state != WS_OPEN)
        return;
    connection->close_code = code;
    connection->state = WS_CLOSING;
    connection->since_ms = now_ms();
}

/* The last words to a peer that sent what is not taken. */
static void refuse(ws_connection *connection, int status, uint16_t code, const char *why)
{
    weir_bytes text = {0};

    if (connection->hub->options.refusal)
        connection->hub->options.refusal(status, why, &text);
    queue_text(connection, &text);
    weir_bytes_free(&text);
    begin_closing(connection, code);
    wslay_event_shutdown_read(connection->wslay);
}

/* --- wslay callbacks, hub thread */

static ssize_t on_recv(wslay_event_context_ptr wslay, uint8_t *into, size_t size, int flags,
                       void *context)
{
    ws_connection *connection = context;
    size_t early = connection->early.size - connection->early_at;
    ssize_t got = 0;

    (void)flags;
    if (connection->running || connection->first) { /* one at a time */
        wslay_event_set_error(wslay, WSLAY_ERR_WOULDBLOCK);
        return -1;
    }
    if (early > 0) {
        size = size < early ? size : early;
        memcpy(into, connection->early.data + connection->early_at, size);
        connection->early_at += size;
        return (ssize_t)size;
    }
    do
        got = recv(connection->fd, into, size, MSG_DONTWAIT);
    while (got < 0 && errno == EINTR);
    if (got > 0) {
        connection->since_ms = now_ms();
        return got;
    }
    wslay_event_set_error(wslay, got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)
                                     ? WSLAY_ERR_WOULDBLOCK
                                     : WSLAY_ERR_CALLBACK_FAILURE);
    return -1;
}

static ssize_t on_send(wslay_event_context_ptr wslay, const uint8_t *data, size_t size, int flags,
                       void *context)
{
    ws_connection *connection = context;
    int more = flags & WSLAY_MSG_MORE ? MSG_MORE : 0;
    ssize_t sent = 0;

    do
        sent = send(connection->fd, data, size, MSG_DONTWAIT | MSG_NOSIGNAL | more);
    while (sent < 0 && errno == EINTR);
    if (sent < 0)
        wslay_event_set_error(wslay, errno == EAGAIN || errno == EWOULDBLOCK
                                         ? WSLAY_ERR_WOULDBLOCK
                                         : WSLAY_ERR_CALLBACK_FAILURE);
    else if (sent > 0 && connection->state == WS_OPEN)
        connection->since_ms = now_ms();
    return sent;
}

static void on_frame_start(wslay_event_context_ptr wslay,
                           const struct wslay_event_on_frame_recv_start_arg *frame, void *context)
{
    ws_connection *connection = context;
    size_t have = connection->receiving ? connection->receiving->text.size : 0;

    (void)wslay;
    connection->frame = frame->opcode;
    if (wslay_is_ctrl_frame(frame->opcode) || connection->state != WS_OPEN)
        return;
    if (frame->opcode == WSLAY_BINARY_FRAME) {
        refuse(connection, 400, CLOSE_UNSUPPORTED, "binary messages are not taken; send text");
        return;
    }
    if (!connection->receiving &&
        !(connection->receiving = weir_calloc(1, sizeof *connection->receiving))) {
        refuse(connection, 503, CLOSE_GOING_AWAY, "no memory for the message");
        return;
    }
    connection->receiving->from = connection;
    if (frame->payload_length > connection->hub->options.max_message - have)
        refuse(connection, 413, CLOSE_TOO_BIG, "the message is too large");
}

static void on_frame_chunk(wslay_event_context_ptr wslay,
                           const struct wslay_event_on_frame_recv_chunk_arg *chunk, void *context)
{
    ws_connection *connection = context;
    ws_message *message = connection->receiving;

    (void)wslay;
    if (wslay_is_ctrl_frame(connection->frame) || !message || connection->state != WS_OPEN)
        return;
    if (!budget_take(connection->hub->options.held, chunk->data_length)) {
        refuse(connection, 503, CLOSE_GOING_AWAY, "too many bytes are under way; try again");
        return;
    }
    message->held += chunk->data_length;
    weir_bytes_append(&message->text, chunk->data, chunk->data_length);
    if (message->text.failed)
        refuse(connection, 503, CLOSE_GOING_AWAY, "no memory for the message");
}

/* wslay shows the end of a frame before it checks that a text ends on a whole letter, so messages are taken over in
 * on_message, which comes after that. */
static void on_message(wslay_event_context_ptr wslay,
                       const struct wslay_event_on_msg_recv_arg *received, void *context)
{
    ws_connection *connection = context;
    ws_message *message = connection->receiving;

    (void)wslay;
    if (wslay_is_ctrl_frame(received->opcode) || !message || connection->state != WS_OPEN)
        return;
    connection->receiving = NULL;
    if (connection->last)
        connection->last->next = message;
    else
        connection->first = message;
    connection->last = message;
    run_next(connection);
}

/* --- connections, hub thread */

static void connection_free(ws_connection *connection)
{
    ws_message *message = NULL;

    if (!connection)
        return;
    while ((message = connection->first)) {
        connection->first = message->next;
        message_free(connection->hub, message);
    }
    if (connection->handler_state && connection->hub->options.end)
        connection->hub->options.end(connection->handler_state);
    message_free(connection->hub, connection->receiving);
    if (connection->wslay)
        wslay_event_context_free(connection->wslay);
    weir_bytes_free(&connection->early);
    weir_free(connection->host);
    weir_free(connection->path);
    weir_free(connection);
}

/* Gives the socket back. The struct stays while a worker still runs one of its messages. */
static void connection_close(ws_connection *connection)
{
    ws_hub *hub = connection->hub;

    if (connection->state != WS_DEAD) {
        epoll_ctl(hub->epoll, EPOLL_CTL_DEL, connection->fd, NULL);
        MHD_upgrade_action(connection->handle, MHD_UPGRADE_ACTION_CLOSE);
        connection->state = WS_DEAD;
        atomic_fetch_sub(&hub->connection_count, 1);
    }
    if (connection->running)
        return;
    if (connection->previous)
        connection->previous->next = connection->next;
    else
        hub->connections = connection->next;
    if (connection->next)
        connection->next->previous = connection->previous;
    connection_free(connection);
}

static void drop_input(ws_connection *connection)
{
    char waste[16384];
    ssize_t got = 0;

    for (int i = 0; i < 64; i++) { /* then let others have their turn */
        got = recv(connection->fd, waste, sizeof waste, MSG_DONTWAIT);
        if (got <= 0)
            break;
    }
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR))
        connection_close(connection);
}

/* Asks epoll for what the connection waits for now. */
static void update_interest(ws_connection *connection)
{
    struct epoll_event event = {.data.ptr = connection};
    bool waiting = connection->running || connection->first;

    if (connection->state == WS_LINGERING) {
        event.events = EPOLLIN;
    } else {
        if (!waiting && wslay_event_want_read(connection->wslay))
            event.events |= EPOLLIN;
        if (wslay_event_want_write(connection->wslay))
            event.events |= EPOLLOUT;
    }
    if (event.events != connection->interest &&
        epoll_ctl(connection->hub->epoll, EPOLL_CTL_MOD, connection->fd, &event) == 0)
        connection->interest = event.events;
}

/* wslay answers broken frames, and texts that are not UTF-8, by a bare close, which callers take for success. A text
 * cannot be queued any more then, so it goes out by itself, ahead of the close frame. False when that fails. */
static bool tell_violation(const ws_connection *connection)
{
    static const char why[] = "the message is not UTF-8 text in sound WebSocket frames";
    weir_bytes text = {0}, frame = {0};
    bool sent = false;

    if (!connection->hub->options.refusal)
        return true;
    connection->hub->options.refusal(400, why, &text);
    weir_bytes_u8(&frame, 0x80 | WSLAY_TEXT_FRAME); /* a whole message */
    if (text.size > 125) {
        weir_bytes_u8(&frame, 126); /* two bytes of length follow */
        weir_bytes_u8(&frame, (uint8_t)(text.size >> 8));
    }
    weir_bytes_u8(&frame, (uint8_t)text.size);
    weir_bytes_append(&frame, text.data, text.size);
    if (text.size <= UINT16_MAX && !text.failed && !frame.failed)
        sent = send(connection->fd, frame.data, frame.size, MSG_DONTWAIT | MSG_NOSIGNAL) ==
               (ssize_t)frame.size;
    weir_bytes_free(&text);
    weir_bytes_free(&frame);
    return sent;
}

/* Lets wslay read. False when the connection broke. */
static bool receive(const ws_connection *connection)
{
    bool quiet = !wslay_event_want_write(connection->wslay);

    if (wslay_event_recv(connection->wslay) != 0)
        return false;
    /* Reading ended, and neither the peer nor we asked for it: wslay met a violation. Only on a quiet connection,
     * since a frame that is on its way cannot be cut in two. */
    if (quiet && connection->state == WS_OPEN && !connection->running && !connection->first &&
        !wslay_event_get_read_enabled(connection->wslay) &&
        !wslay_event_get_close_received(connection->wslay))
        return tell_violation(connection);
    return true;
}

/* False when the connection broke. wslay sends control frames ahead of texts, so the close frame is queued last. */
static bool send_queued(ws_connection *connection)
{
    if (wslay_event_send(connection->wslay) != 0)
        return false;
    if (connection->close_code == 0 || wslay_event_get_queued_msg_count(connection->wslay) > 0)
        return true;
    wslay_event_queue_close(connection->wslay, connection->close_code, NULL, 0);
    connection->close_code = 0;
    return wslay_event_send(connection->wslay) == 0;
}

/* Moves a connection on as far as it goes without waiting. May free it. */
static void connection_step(ws_connection *connection)
{
    if (connection->state == WS_LINGERING) {
        drop_input(connection);
        return;
    }
    if (!receive(connection) || !send_queued(connection)) {
        connection_close(connection);
        return;
    }
    /* The peer asked to close, or wslay did after a violation. Buffered questions are not answered any more. */
    if (connection->state == WS_OPEN && (wslay_event_get_close_received(connection->wslay) ||
                                         wslay_event_get_close_sent(connection->wslay))) {
        connection->state = WS_CLOSING;
        connection->since_ms = now_ms();
    }
    if (connection->state == WS_CLOSING && connection->close_code == 0 &&
        !wslay_event_want_write(connection->wslay)) {
        shutdown(connection->fd, SHUT_WR);
        connection->state = WS_LINGERING;
        connection->since_ms = now_ms();
        update_interest(connection);
        drop_input(connection);
        return;
    }
    update_interest(connection);
}

static void take_done(ws_hub *hub, ws_message *message)
{
    ws_connection *connection = message->from;

    connection->running = NULL;
    if (connection->state == WS_OPEN) {
        connection->since_ms = now_ms();
        queue_text(connection, &message->reply);
        if (!message->keep)
            begin_closing(connection, CLOSE_NORMAL);
    }
    message_free(hub, message);
    if (connection->state == WS_DEAD) {
        connection_close(connection);
        return;
    }
    run_next(connection);
    connection_step(connection);
}

static void adopt(ws_hub *hub, ws_connection *connection)
{
    static const struct wslay_event_callbacks callbacks = {
        .recv_callback = on_recv,
        .send_callback = on_send,
        .on_frame_recv_start_callback = on_frame_start,
        .on_frame_recv_chunk_callback = on_frame_chunk,
        .on_msg_recv_callback = on_message,
    };
    struct epoll_event event = {.data.ptr = connection, .events = EPOLLIN};

    connection->previous = NULL;
    connection->next = hub->connections;
    if (hub->connections)
        hub->connections->previous = connection;
    hub->connections = connection;
    atomic_fetch_add(&hub->connection_count, 1);
    connection->since_ms = now_ms();
    connection->interest = EPOLLIN;
    if (wslay_event_context_server_init(&connection->wslay, &callbacks, connection) != 0 ||
        epoll_ctl(hub->epoll, EPOLL_CTL_ADD, connection->fd, &event) != 0) {
        weir_log(WEIR_LOG_WARN, "http", "a WebSocket connection is dropped: no room for it");
        connection_close(connection);
        return;
    }
    wslay_event_config_set_no_buffering(connection->wslay, 1); /* we keep the bytes ourselves */
    /* One more than we take ourselves, so that our refusal with words comes first. */
    wslay_event_config_set_max_recv_msg_length(connection->wslay,
                                               hub->options.max_message + ((uint64_t)1 << 32));
    connection_step(connection);
}

/* Closes who is idle, or has not finished closing in time. */
static void sweep(ws_hub *hub, bool stopping, int64_t deadline_ms)
{
    int64_t now = now_ms();
    ws_connection *next = NULL;

    for (ws_connection *connection = hub->connections; connection; connection = next) {
        int64_t quiet = now - connection->since_ms;

        next = connection->next;
        if (connection->state == WS_DEAD)
            continue;
        if (connection->state != WS_OPEN) {
            if (quiet > LINGER_MS || (stopping && now > deadline_ms))
                connection_close(connection);
        } else if (stopping) {
            if (now > deadline_ms) {
                connection_close(connection);
            } else if (!connection->running) {
                begin_closing(connection, CLOSE_GOING_AWAY);
                connection_step(connection);
            }
        } else if (!connection->running && quiet > (int64_t)hub->options.idle_seconds * 1000) {
            begin_closing(connection, CLOSE_GOING_AWAY);
            connection_step(connection);
        }
    }
}

/* The hub thread. Holds the lock only to take over what others left. */
static void *hub_run(void *context)
{
    ws_hub *hub = context;

    for (;;) {
        struct epoll_event events[EVENTS];
        int count = epoll_wait(hub->epoll, events, EVENTS, TICK_MS);
        ws_connection *arriving = NULL;
        ws_message *done = NULL;
        int64_t deadline_ms = 0;
        uint64_t ignored = 0;
        bool stopping = false;

        if (read(hub->wake, &ignored, sizeof ignored) < 0) {
            /* nobody called */
        }
        /* Sockets first: their pointers are good only as long as nothing was freed since epoll_wait(). */
        for (int i = 0; i < count; i++) {
            ws_connection *connection = events[i].data.ptr;

            if (!connection)
                continue;
            if (connection->running && events[i].events & (EPOLLERR | EPOLLHUP))
                connection_close(connection); /* else epoll would report it again and again */
            else
                connection_step(connection);
        }
        pthread_mutex_lock(&hub->lock);
        arriving = hub->arriving;
        done = hub->done;
        hub->arriving = NULL;
        hub->done = NULL;
        stopping = hub->stopping;
        deadline_ms = hub->deadline_ms;
        pthread_mutex_unlock(&hub->lock);
        while (done) {
            ws_message *next = done->next;

            take_done(hub, done);
            done = next;
        }
        while (arriving) {
            ws_connection *next = arriving->next;

            adopt(hub, arriving);
            arriving = next;
        }
        sweep(hub, stopping, deadline_ms);
        if (stopping && !hub->connections)
            return NULL;
    }
}

/* --- upgrading */

/* An event-loop thread of the HTTP library. context was made for this one answer by ws_upgrade(). */
static void on_upgrade(void *context, struct MHD_Connection *http, void *exchange,
                       const char *early, size_t early_size, MHD_socket fd,
                       struct MHD_UpgradeResponseHandle *handle)
{
    ws_connection *connection = context;
    ws_hub *hub = connection->hub;

    (void)http;
    (void)exchange;
    connection->fd = fd;
    connection->handle = handle;
    weir_bytes_append(&connection->early, early, early_size);
    pthread_mutex_lock(&hub->lock);
    connection->next = hub->arriving;
    hub->arriving = connection;
    pthread_mutex_unlock(&hub->lock);
    wake(hub);
}

/* True when a comma-separated header holds token. */
static bool has_token(const char *list, const char *token)
{
    size_t length = strlen(token);

    while (list && *list) {
        list += strspn(list, " \t,");
        if (strncasecmp(list, token, length) == 0 && strchr(" \t,", list[length]))
            return true;
        list += strcspn(list, ",");
    }
    return false;
}

static weir_code accept_key(const char *key, char out[32], weir_error *err)
{
    static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    uint8_t raw[18], digest[EVP_MAX_MD_SIZE];
    char text[64];
    size_t size = 0;

    if (!key || strlen(key) != 24 || !weir_base64_decode(key, 24, raw, &size) || size != 16)
        return weir_fail(err, WEIR_INVALID, "Sec-WebSocket-Key is not 16 bytes in base64");
    snprintf(text, sizeof text, "%s%s", key, guid);
    if (EVP_Digest(text, strlen(text), digest, NULL, EVP_sha1(), NULL) != 1)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for the handshake");
    weir_base64_encode(digest, 20, out);
    return WEIR_OK;
}

weir_code ws_upgrade(ws_hub *hub, const weir_http_request *request, struct MHD_Response **response,
                     weir_error *err)
{
    const char *version = weir_http_header(request, "Sec-WebSocket-Version");
    const char *host = weir_http_header(request, "Host");
    struct MHD_Response *answer = NULL;
    ws_connection *connection = NULL;
    char accept[32];
    weir_code code = WEIR_OK;

    if (!has_token(weir_http_header(request, "Upgrade"), "websocket") ||
        !has_token(weir_http_header(request, "Connection"), "upgrade"))
        return weir_fail(err, WEIR_INVALID, "this path is a WebSocket; the request has no upgrade");
    if (!version || strcmp(version, "13") != 0)
        return weir_fail(err, WEIR_INVALID, "Sec-WebSocket-Version is %s; it is 13",
                         version ? version : "missing");
    if ((code = accept_key(weir_http_header(request, "Sec-WebSocket-Key"), accept, err)))
        return code;
    connection = weir_calloc(1, sizeof *connection);
    if (!connection || !(connection->path = weir_strdup(weir_http_path(request))) ||
        !(connection->host = weir_strdup(host ? host : "")) ||
        !(answer = MHD_create_response_for_upgrade(on_upgrade, connection)) ||
        MHD_add_response_header(answer, "Upgrade", "websocket") != MHD_YES ||
        MHD_add_response_header(answer, "Sec-WebSocket-Accept", accept) != MHD_YES) {
        code = weir_fail(err, WEIR_NO_MEMORY, "no room for a WebSocket");
        goto done;
    }
    connection->hub = hub;
    connection = NULL; /* on_upgrade has it now */
    *response = answer;
    answer = NULL; /* the caller owns it now */
done:
    if (answer)
        MHD_destroy_response(answer);
    connection_free(connection);
    return code;
}

/* --- opening and closing */

static void hub_free(ws_hub *hub)
{
    if (hub->epoll >= 0)
        close(hub->epoll);
    if (hub->wake >= 0)
        close(hub->wake);
    pthread_mutex_destroy(&hub->lock);
    weir_free(hub);
}

weir_code ws_hub_open(const ws_options *options, ws_hub **out, weir_error *err)
{
    ws_hub *hub = weir_calloc(1, sizeof *hub);
    struct epoll_event event = {.events = EPOLLIN};
    int why = 0;

    if (!hub)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for WebSockets");
    hub->options = *options;
    pthread_mutex_init(&hub->lock, NULL);
    hub->epoll = epoll_create1(EPOLL_CLOEXEC);
    hub->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (hub->epoll < 0 || hub->wake < 0 ||
        epoll_ctl(hub->epoll, EPOLL_CTL_ADD, hub->wake, &event) != 0)
        why = errno;
    else
        why = pthread_create(&hub->thread, NULL, hub_run, hub);
    if (why != 0) {
        hub_free(hub);
        return weir_fail(err, WEIR_NO_MEMORY, "WebSocket thread: %s", strerror(why));
    }
    *out = hub;
    return WEIR_OK;
}

uint64_t ws_messages(const ws_hub *hub)
{
    return atomic_load(&hub->messages);
}

uint64_t ws_connections(const ws_hub *hub)
{
    return atomic_load(&hub->connection_count);
}

void ws_hub_close(ws_hub *hub, int64_t deadline_ms)
{
    if (!hub)
        return;
    pthread_mutex_lock(&hub->lock);
    hub->stopping = true;
    hub->deadline_ms = deadline_ms;
    pthread_mutex_unlock(&hub->lock);
    wake(hub);
    pthread_join(hub->thread, NULL);
    hub_free(hub);
}
