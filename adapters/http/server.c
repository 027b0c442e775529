/* server.c: HTTP on libmicrohttpd.
 *
 * The library's event-loop threads read requests and write answers. A complete request is suspended and handed to a
 * worker, which runs the handler and resumes the connection; the event loop then sends what the worker left. So a
 * handler may block, and the number of connections has nothing to do with the number of threads.
 *
 * Threads: an exchange belongs to the event-loop thread of its connection, but from submit() to the end of
 * exchange_run() its request is read and its reply written by one worker. Its state is guarded by server->lock.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <errno.h>
#include <microhttpd.h>
#include <netdb.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "budget.h"
#include "listen.h"
#include "pool.h"
#include "request.h"
#include "router.h"
#include "websocket.h"
#include "weir/log.h"
#include "weir/memory.h"

enum {
    WORKERS = 16,
    LOOPS = 2,
    MAX_CONNECTIONS = 4096,
    IDLE_SECONDS = 120,
    HEADER_ROOM = 128 * 1024, /* a connection: request line and headers, then upload buffer */
    BODIES_AT_ONCE = 4,       /* max_body times this is all that unfinished requests may hold */
    BODY_GRACE_MS = 30000,    /* a body may take this long, and ... */
    BODY_BYTES_A_MS = 8,      /* ... longer only if it comes at this rate at least */
    CLOSE_MS = 2000
};

typedef enum {
    EXCHANGE_NEW,
    EXCHANGE_RECEIVING,
    EXCHANGE_RUNNING,
    EXCHANGE_READY,    /* the reply waits for the event loop */
    EXCHANGE_ABANDONED /* answered 503 at the end of the server while its handler still runs */
} exchange_state;

typedef struct exchange {
    weir_http_request request;
    weir_http_reply reply;
    pool_task task;
    weir_http_server *server;
    struct MHD_Connection *connection;
    exchange_state state;
    bool gone;   /* the connection ended while abandoned: the worker frees it */
    bool unsent; /* counted in server->unsent */
    int refused; /* status of a refusal decided while the body is still coming; 0: none */
    char refusal[240];
    size_t held; /* bytes counted in the budget */
    int64_t started_ms;
    struct exchange *previous, *next; /* in server->running */
    struct exchange *next_abandoned;
} exchange;

struct weir_http_server {
    weir_http_options options;
    struct MHD_Daemon *daemon;
    pool *workers;
    ws_hub *hub;
    budget held;
    char address[80];
    atomic_uint_fast64_t requests, refused, body_bytes, unsent, resuming;
    pthread_mutex_t
        lock; /* guards running, the state of its exchanges, and daemon while it starts */
    pthread_cond_t settled;
    exchange *running;
};

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static exchange *exchange_of_task(pool_task *task)
{
    return (exchange *)((char *)task - offsetof(exchange, task));
}

static void exchange_free(exchange *of)
{
    budget_give(&of->server->held, of->held);
    request_clear(&of->request);
    weir_bytes_free(&of->reply.body);
    weir_bytes_free(&of->reply.headers);
    weir_free(of);
}

/* --- refusals of the server itself */

static void refusal_json(int status, const char *message, weir_http_reply *reply)
{
    char text[512], safe[400];
    size_t at = 0;

    for (const char *c = message; *c && at + 1 < sizeof safe; c++)
        safe[at++] = (char)(*c == '"' || *c == '\\' || (unsigned char)*c < 0x20 ? '\'' : *c);
    safe[at] = '\0';
    snprintf(text, sizeof text, "{\"error_code\":%d,\"message\":\"%s\"}", status, safe);
    weir_http_reply_text(reply, status, "application/json", text);
}

static void refuse(exchange *of, int status, const char *message)
{
    if (of->server->options.refusal)
        of->server->options.refusal(&of->request, status, message, &of->reply);
    else
        refusal_json(status, message, &of->reply);
}

/* --- answering; event-loop thread */

static void add_headers(struct MHD_Response *response, const weir_bytes *headers)
{
    const char *at = (const char *)headers->data, *end = at + headers->size;

    while (headers->size > 0 && at < end) {
        const char *value = at + strlen(at) + 1;

        MHD_add_response_header(response, at, value);
        at = value + strlen(value) + 1;
    }
}

static enum MHD_Result send_reply(exchange *of)
{
    weir_http_reply *reply = &of->reply;
    struct MHD_Response *response = NULL;
    enum MHD_Result result = MHD_NO;
    unsigned status = (unsigned)(reply->status ? reply->status : 200);

    if (reply->body.failed || reply->headers.failed) {
        weir_log(WEIR_LOG_ERROR, "http", "no memory for the answer to %s", of->request.path);
        return MHD_NO; /* closes the connection */
    }
    atomic_fetch_add(&of->server->requests, 1);
    if (status >= 400)
        atomic_fetch_add(&of->server->refused, 1);
    if (reply->body.size > 0) {
        response = MHD_create_response_from_buffer_with_free_callback(reply->body.size,
                                                                      reply->body.data, weir_free);
        if (response)
            reply->body = (weir_bytes){0}; /* the response owns it now */
    } else {
        response = MHD_create_response_from_buffer(0, (void *)"", MHD_RESPMEM_PERSISTENT);
    }
    if (!response)
        return MHD_NO;
    if (reply->body.size > 0 || status != 304)
        MHD_add_response_header(response, "Content-Type",
                                reply->content_type ? reply->content_type : "application/json");
    add_headers(response, &reply->headers);
    result = MHD_queue_response(of->connection, status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result send_upgrade(exchange *of)
{
    struct MHD_Response *response = NULL;
    enum MHD_Result result = MHD_NO;
    weir_error err = {0};

    if (ws_upgrade(of->server->hub, &of->request, &response, &err)) {
        refuse(of, err.code == WEIR_INVALID ? 426 : 503, err.message);
        weir_http_reply_header(&of->reply, "Upgrade", "websocket");
        weir_http_reply_header(&of->reply, "Sec-WebSocket-Version", "13");
        return send_reply(of);
    }
    atomic_fetch_add(&of->server->requests, 1);
    result = MHD_queue_response(of->connection, MHD_HTTP_SWITCHING_PROTOCOLS, response);
    MHD_destroy_response(response);
    return result;
}

/* --- running a handler; worker thread */

static void handle(exchange *of)
{
    weir_http_server *server = of->server;
    weir_http_handler handler =
        of->request.route ? of->request.route->handler : server->options.fallback;
    weir_error err = {0};

    if (request_arguments(&of->request, &err)) {
        refuse(of, 400, err.message);
        return;
    }
    if (server->options.before && of->request.route)
        server->options.before(&of->request, &of->reply);
    if (of->reply.status != 0)
        return;
    if (request_check_arguments(&of->request, &err))
        refuse(of, 400, err.message);
    else
        handler(&of->request, &of->reply);
}

static void exchange_run(pool_task *task)
{
    exchange *of = exchange_of_task(task);
    weir_http_server *server = of->server;
    bool resume = false, gone = false;

    handle(of);
    pthread_mutex_lock(&server->lock);
    if (of->previous)
        of->previous->next = of->next;
    else
        server->running = of->next;
    if (of->next)
        of->next->previous = of->previous;
    gone = of->gone;
    if (of->state == EXCHANGE_RUNNING) {
        of->state = EXCHANGE_READY;
        of->unsent = true;
        atomic_fetch_add(&server->unsent, 1);
        atomic_fetch_add(&server->resuming, 1);
        resume = true;
    } else {
        of->state = EXCHANGE_READY; /* abandoned, its connection still there: that frees it */
    }
    if (!server->running)
        pthread_cond_broadcast(&server->settled);
    pthread_mutex_unlock(&server->lock);
    /* Without the lock: the library calls on_completed() under its own. */
    if (resume) {
        MHD_resume_connection(of->connection);
        atomic_fetch_sub(&server->resuming, 1);
    }
    if (gone)
        exchange_free(of);
}

/* Event-loop thread. */
static void submit(exchange *of)
{
    weir_http_server *server = of->server;

    MHD_suspend_connection(of->connection);
    pthread_mutex_lock(&server->lock);
    of->state = EXCHANGE_RUNNING;
    of->previous = NULL;
    of->next = server->running;
    if (server->running)
        server->running->previous = of;
    server->running = of;
    pthread_mutex_unlock(&server->lock);
    of->task.run = exchange_run;
    pool_submit(server->workers, &of->task);
}

/* --- receiving; event-loop thread */

static enum MHD_Result take_header(void *context, enum MHD_ValueKind kind, const char *name,
                                   const char *value)
{
    exchange *of = context;
    weir_error err = {0};

    (void)kind;
    if (request_header(&of->request, name, value ? value : "", &err)) {
        of->refused = err.code == WEIR_NO_MEMORY ? 503 : 431;
        snprintf(of->refusal, sizeof of->refusal, "%s", err.message);
        return MHD_NO;
    }
    return MHD_YES;
}

static void take_peer(exchange *of)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(of->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);

    if (info && info->client_addr)
        getnameinfo(info->client_addr,
                    info->client_addr->sa_family == AF_INET6 ? sizeof(struct sockaddr_storage)
                                                             : sizeof(struct sockaddr),
                    of->request.peer, sizeof of->request.peer, NULL, 0, NI_NUMERICHOST);
}

/* Two lengths, or a length beside a chunked body, mean that someone in between may see another request than we. */
static bool framing_is_clear(const weir_http_request *request)
{
    const char *length = NULL;
    bool chunked = weir_http_header(request, "Transfer-Encoding") != NULL;

    for (size_t i = 0; i < request->header_count; i++) {
        if (strcasecmp(request->headers[i].name, "Content-Length") != 0)
            continue;
        if (chunked || (length && strcmp(length, request->headers[i].value) != 0))
            return false;
        length = request->headers[i].value;
    }
    return true;
}

static bool is_websocket_path(const weir_http_server *server, const char *path)
{
    for (const char *const *at = server->options.ws_paths; at && *at; at++)
        if (strcmp(*at, path) == 0)
            return true;
    return false;
}

/* Decides, before any of the body is read, whether the request is refused. */
static void look_at(exchange *of)
{
    const weir_http_server *server = of->server;
    const char *length = weir_http_header(&of->request, "Content-Length");
    char allow[64];
    weir_error err = {0};
    route_outcome outcome = ROUTE_NO_PATH;

    if (of->refused)
        return;
    if (!framing_is_clear(&of->request)) {
        of->refused = 400;
        snprintf(of->refusal, sizeof of->refusal, "the length of the body is not clear");
    } else if (length && strtoull(length, NULL, 10) > server->options.max_body) {
        of->refused = 413;
        snprintf(of->refusal, sizeof of->refusal, "a body of %.20s bytes; at most %zu are taken",
                 length, server->options.max_body);
    }
    if (of->refused)
        return;
    outcome = route_find(server->options.routes, &of->request, allow, &err);
    if (err.code) {
        of->refused = 400;
        snprintf(of->refusal, sizeof of->refusal, "%.150s", err.message);
    } else if (outcome == ROUTE_NO_METHOD) {
        of->refused = 405;
        snprintf(of->refusal, sizeof of->refusal, "%s is not possible here; %s is",
                 of->request.method, allow);
        weir_http_reply_header(&of->reply, "Allow", allow);
    } else if (outcome == ROUTE_NO_PATH && !server->options.fallback) {
        of->refused = 404;
        snprintf(of->refusal, sizeof of->refusal, "there is nothing at %.120s", of->request.path);
    }
}

static enum MHD_Result begin(exchange *of, const char *method)
{
    snprintf(of->request.method, sizeof of->request.method, "%s", method);
    MHD_get_connection_values(of->connection, MHD_HEADER_KIND, take_header, of);
    take_peer(of);
    of->request.context = of->server->options.context;
    of->request.server = of->server;
    of->started_ms = now_ms();
    of->state = EXCHANGE_RECEIVING;
    if (!of->refused && strcmp(method, "GET") == 0 &&
        is_websocket_path(of->server, of->request.path))
        return send_upgrade(of);
    look_at(of);
    if (!of->refused)
        return MHD_YES;
    refuse(of, of->refused, of->refusal);
    return send_reply(of); /* without reading the body; the library then closes the connection */
}

static enum MHD_Result take_body(exchange *of, const char *data, size_t *size)
{
    weir_http_server *server = of->server;
    size_t have = of->request.body.size, more = *size;
    int64_t spent = now_ms() - of->started_ms;

    if (spent > BODY_GRACE_MS &&
        (uint64_t)have < (uint64_t)(spent - BODY_GRACE_MS) * BODY_BYTES_A_MS)
        return MHD_NO;
    *size = 0;
    atomic_fetch_add(&server->body_bytes, more);
    if (of->refused) /* a chunked body that grew too large: the answer can only follow its end */
        return spent < BODY_GRACE_MS ? MHD_YES : MHD_NO;
    if (more > server->options.max_body - have) {
        of->refused = 413;
        snprintf(of->refusal, sizeof of->refusal, "the body is larger than %zu bytes",
                 server->options.max_body);
    } else if (!budget_take(&server->held, more)) {
        of->refused = 503;
        snprintf(of->refusal, sizeof of->refusal, "too many bytes are under way; try again");
    } else {
        of->held += more;
        weir_bytes_append(&of->request.body, data, more);
        if (of->request.body.failed) {
            of->refused = 503;
            snprintf(of->refusal, sizeof of->refusal, "no memory for the body");
        }
    }
    if (of->refused) {
        budget_give(&server->held, of->held);
        of->held = 0;
        weir_bytes_free(&of->request.body);
    }
    return MHD_YES;
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *data,
                                  size_t *size, void **state)
{
    exchange *of = *state;
    exchange_state now = EXCHANGE_NEW;

    (void)context;
    (void)url;
    (void)version;
    if (!of)
        return MHD_NO; /* there was no memory for it */
    of->connection = connection;
    pthread_mutex_lock(&of->server->lock);
    now = of->state;
    pthread_mutex_unlock(&of->server->lock);
    switch (now) {
    case EXCHANGE_NEW:
        return begin(of, method);
    case EXCHANGE_RECEIVING:
        if (*size > 0)
            return take_body(of, data, size);
        if (!of->refused) {
            submit(of);
            return MHD_YES;
        }
        refuse(of, of->refused, of->refusal);
        return send_reply(of);
    case EXCHANGE_READY:
        return send_reply(of);
    case EXCHANGE_RUNNING:
    case EXCHANGE_ABANDONED:
        break;
    }
    return MHD_NO; /* the server ends: the connection is closed without an answer */
}

/* The library would list the arguments of the query in the connection's memory. Where they are too many for it, it
 * never answers and loses the exchange. We read the query from our own copy, so the library's is made empty: uri lies
 * in the library's own writable buffer, and it lists the arguments after on_request_line(). */
static void hide_query(const char *uri)
{
    char *mark = (char *)strchr(uri, '?');

    if (mark && mark[1] != '\0')
        mark[1] = '\0';
}

/* Called with the request line, before anything else; what it returns is *state of the calls above. */
static void *on_request_line(void *context, const char *uri, struct MHD_Connection *connection)
{
    exchange *of = weir_calloc(1, sizeof *of);

    (void)connection;
    if (!of) {
        hide_query(uri);
        return NULL;
    }
    of->server = context;
    if (request_target(&of->request, uri, NULL)) {
        exchange_free(of);
        of = NULL;
    }
    hide_query(uri);
    return of;
}

static void on_completed(void *context, struct MHD_Connection *connection, void **state,
                         enum MHD_RequestTerminationCode why)
{
    exchange *of = *state;
    weir_http_server *server = context;
    bool running = false;

    (void)connection;
    (void)why;
    if (!of)
        return;
    *state = NULL;
    pthread_mutex_lock(&server->lock);
    running = of->state == EXCHANGE_RUNNING || of->state == EXCHANGE_ABANDONED;
    if (running)
        of->gone = true; /* exchange_run() frees it */
    else if (of->unsent)
        atomic_fetch_sub(&server->unsent, 1);
    pthread_mutex_unlock(&server->lock);
    if (!running)
        exchange_free(of);
}

/* The library must hand out paths as they were sent: names may hold %2F. */
static size_t keep_escapes(void *context, struct MHD_Connection *connection, char *text)
{
    (void)context;
    (void)connection;
    return strlen(text);
}

static void on_library_log(void *context, const char *format, va_list arguments)
{
    char text[256];

    (void)context;
    vsnprintf(text, sizeof text, format, arguments);
    text[strcspn(text, "\r\n")] = '\0';
    weir_log(WEIR_LOG_DEBUG, "http", "%s", text);
}

/* --- opening and closing */

static void use_defaults(weir_http_options *options)
{
    if (options->workers == 0)
        options->workers = WORKERS;
    if (options->max_body == 0)
        options->max_body = (size_t)256 << 20;
    if (options->max_connections == 0)
        options->max_connections = MAX_CONNECTIONS;
    if (options->idle_seconds == 0)
        options->idle_seconds = IDLE_SECONDS;
}

static weir_code open_hub(weir_http_server *server, weir_error *err)
{
    ws_options options = {.handler = server->options.ws,
                          .end = server->options.ws_end,
                          .refusal = server->options.ws_refusal,
                          .context = server->options.context,
                          .max_message = server->options.max_body,
                          .idle_seconds = server->options.idle_seconds,
                          .workers = server->workers,
                          .held = &server->held};

    return server->options.ws_paths ? ws_hub_open(&options, &server->hub, err) : WEIR_OK;
}

static weir_code start_daemon(weir_http_server *server, int fd, weir_error *err)
{
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_ALLOW_UPGRADE |
                     MHD_USE_ERROR_LOG;
    struct MHD_Daemon *daemon = NULL;

    daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, on_request, server, MHD_OPTION_EXTERNAL_LOGGER, on_library_log, NULL,
        MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_THREAD_POOL_SIZE, (unsigned)LOOPS,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)server->options.max_connections,
        MHD_OPTION_CONNECTION_TIMEOUT, server->options.idle_seconds,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEADER_ROOM, MHD_OPTION_URI_LOG_CALLBACK,
        on_request_line, server, MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, NULL,
        MHD_OPTION_NOTIFY_COMPLETED, on_completed, server, MHD_OPTION_STRICT_FOR_CLIENT, 1,
        MHD_OPTION_END);
    if (!daemon)
        return weir_fail(err, WEIR_UNAVAILABLE, "listen on %s: the HTTP server does not start: %s",
                         server->address, strerror(errno));
    pthread_mutex_lock(&server->lock); /* the first requests may be running already */
    server->daemon = daemon;
    pthread_mutex_unlock(&server->lock);
    return WEIR_OK;
}

static void server_free(weir_http_server *server)
{
    pthread_cond_destroy(&server->settled);
    pthread_mutex_destroy(&server->lock);
    weir_free(server);
}

weir_code weir_http_open(const weir_http_options *options, weir_http_server **out, weir_error *err)
{
    weir_http_server *server = weir_calloc(1, sizeof *server);
    pthread_condattr_t monotonic;
    int fd = -1;
    weir_code code = WEIR_OK;

    if (!server)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for the HTTP server");
    server->options = *options;
    use_defaults(&server->options);
    server->held.limit = BODIES_AT_ONCE * server->options.max_body;
    pthread_mutex_init(&server->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&server->settled, &monotonic);
    pthread_condattr_destroy(&monotonic);
    if ((code = listen_open(options->listen, &fd, server->address, err)) ||
        (code = pool_open(server->options.workers, &server->workers, err)) ||
        (code = open_hub(server, err)) || (code = start_daemon(server, fd, err)))
        goto done;
    fd = -1; /* the daemon owns it now */
    *out = server;
    server = NULL; /* the caller owns it now */
done:
    if (fd >= 0)
        close(fd);
    if (server) {
        ws_hub_close(server->hub, 0);
        pool_close(server->workers);
        server_free(server);
    }
    return code;
}

const char *weir_http_address(const weir_http_server *server)
{
    return server->address;
}

weir_http_figures weir_http_figures_of(const weir_http_server *server)
{
    pthread_mutex_t *lock = (pthread_mutex_t *)&server->lock;
    const union MHD_DaemonInfo *info = NULL;
    struct MHD_Daemon *daemon = NULL;

    pthread_mutex_lock(lock);
    daemon = server->daemon;
    pthread_mutex_unlock(lock);
    if (daemon)
        info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_CURRENT_CONNECTIONS);
    return (weir_http_figures){
        .requests = atomic_load(&server->requests),
        .refused = atomic_load(&server->refused),
        .ws_messages = server->hub ? ws_messages(server->hub) : 0,
        .connections = info ? info->num_connections : 0,
        .ws_connections = server->hub ? ws_connections(server->hub) : 0,
        .body_bytes = atomic_load(&server->body_bytes),
    };
}

static void short_sleep(void)
{
    struct timespec wait = {.tv_nsec = 2000000};

    nanosleep(&wait, NULL);
}

void weir_http_close(weir_http_server *server)
{
    int64_t deadline = now_ms() + CLOSE_MS;
    struct timespec until = {.tv_sec = deadline / 1000, .tv_nsec = deadline % 1000 * 1000000};
    MHD_socket fd = MHD_INVALID_SOCKET;
    exchange *abandoned = NULL;

    if (!server)
        return;
    fd = MHD_quiesce_daemon(server->daemon);
    if (fd != MHD_INVALID_SOCKET)
        close(fd);
    pthread_mutex_lock(&server->lock);
    while (server->running &&
           pthread_cond_timedwait(&server->settled, &server->lock, &until) != ETIMEDOUT)
        ;
    abandoned = server->running;
    for (exchange *of = abandoned; of; of = of->next) {
        of->state = EXCHANGE_ABANDONED;
        of->next_abandoned = of->next; /* next changes when its worker ends */
    }
    pthread_mutex_unlock(&server->lock);
    while (abandoned) { /* suspended until here, so none is freed before its turn */
        exchange *next = abandoned->next_abandoned;

        MHD_resume_connection(abandoned->connection);
        abandoned = next;
    }
    /* The event loops are sending the last answers, and workers are about to tell them. */
    while (atomic_load(&server->resuming) > 0 ||
           (atomic_load(&server->unsent) > 0 && now_ms() < deadline))
        short_sleep();
    ws_hub_close(server->hub, deadline);
    MHD_stop_daemon(server->daemon);
    pool_close(server->workers);
    server_free(server);
}
