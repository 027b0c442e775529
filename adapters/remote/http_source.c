/* http_source.c: what a URL answers with, read while it comes.
 *
 * libcurl gives bytes when it has them and the codec asks when it wants some, so the transfer is driven from read():
 * it goes on only while the buffer is empty, which also is what slows down a sender that is faster than the rows are
 * learned. A sender may be slower than SPEED_LEAST for patience_s, and give as much as max_bytes; then it is cut off: a
 * job of the server waits for it.
 *
 * A customer names the URL and the server calls it, so what the server can reach and the customer cannot is at stake.
 * Only http and https are spoken, redirects are few and stay in them, and addresses of the local link, where clouds
 * keep the credentials of a machine, are never called. Other hosts inside the network are: an operator to whom that
 * matters does not allow the kind.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "weir/http_source.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "http_call.h"
#include "weir/memory.h"

#define BYTES_USUAL ((uint64_t)4 << 30)
#define WAITING_MOST ((size_t)1 << 20)

enum {
    PATIENCE_S = 30,
    SPEED_LEAST = 1024 /* bytes a second */,
    REDIRECTS = 5,
    POLL_MS = 200,
    NAME_ROOM = 200
};

typedef struct {
    CURLM *multi;
    CURL *curl;
    weir_stop stop;
    char name[NAME_ROOM]; /* the URL without its secrets */
    uint64_t max_bytes, taken;
    weir_bytes waiting; /* come and not read yet, from at on */
    size_t at;
    bool ended, too_long, forbidden;
    CURLcode result;
} download;

static void download_close(void *context)
{
    download *d = context;

    if (d->multi && d->curl)
        curl_multi_remove_handle(d->multi, d->curl);
    if (d->curl)
        curl_easy_cleanup(d->curl);
    if (d->multi)
        curl_multi_cleanup(d->multi);
    weir_bytes_free(&d->waiting);
    weir_free(d);
}

/* --- what libcurl calls */

static size_t take(char *data, size_t one, size_t size, void *context)
{
    download *d = context;

    size *= one;
    if (d->waiting.size - d->at > WAITING_MOST)
        return CURL_WRITEFUNC_PAUSE;
    if (size > d->max_bytes - d->taken) {
        d->too_long = true;
        return CURL_WRITEFUNC_ERROR;
    }
    d->taken += size;
    weir_bytes_append(&d->waiting, data, size);
    return d->waiting.failed ? CURL_WRITEFUNC_ERROR : size;
}

static bool is_forbidden_4(uint32_t address)
{
    return (address >> 16) == 0xa9fe /* 169.254.0.0/16 */ || address == 0 ||
           (address >> 28) >= 0xe /* multicast and beyond */;
}

static bool is_forbidden(const struct sockaddr *address)
{
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    uint32_t inside;

    if (address->sa_family == AF_INET) {
        memcpy(&v4, address, sizeof v4);
        return is_forbidden_4(ntohl(v4.sin_addr.s_addr));
    }
    if (address->sa_family != AF_INET6)
        return true;
    memcpy(&v6, address, sizeof v6);
    if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) {
        memcpy(&inside, v6.sin6_addr.s6_addr + 12, sizeof inside);
        return is_forbidden_4(ntohl(inside));
    }
    return IN6_IS_ADDR_LINKLOCAL(&v6.sin6_addr) || IN6_IS_ADDR_MULTICAST(&v6.sin6_addr) ||
           IN6_IS_ADDR_UNSPECIFIED(&v6.sin6_addr);
}

/* Asked for every address that is about to be connected to, those of redirects among them. */
static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
    download *d = context;

    (void)purpose;
    if (is_forbidden(&address->addr)) {
        d->forbidden = true;
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* --- reading */

static weir_code failure(const download *d, weir_error *err)
{
    long status = 0;

    curl_easy_getinfo(d->curl, CURLINFO_RESPONSE_CODE, &status);
    if (d->waiting.failed)
        return weir_fail(err, WEIR_NO_MEMORY, "%s: no room for what it answers", d->name);
    if (d->too_long || d->result == CURLE_FILESIZE_EXCEEDED)
        return weir_fail(err, WEIR_TOO_LARGE, "%s: it answers with more than %llu bytes", d->name,
                         (unsigned long long)d->max_bytes);
    if (d->forbidden)
        return weir_fail(err, WEIR_INVALID, "%s: addresses of the local link are not called",
                         d->name);
    if (d->result == CURLE_HTTP_RETURNED_ERROR)
        return weir_fail(err, WEIR_INVALID, "%s: it answers with status %ld", d->name, status);
    if (d->result == CURLE_UNSUPPORTED_PROTOCOL || d->result == CURLE_URL_MALFORMAT)
        return weir_fail(err, WEIR_INVALID, "%s: %s", d->name, curl_easy_strerror(d->result));
    return weir_fail(err, WEIR_UNAVAILABLE, "%s: %s", d->name, curl_easy_strerror(d->result));
}

static void look_for_end(download *d)
{
    int left = 0;
    const CURLMsg *message;

    while ((message = curl_multi_info_read(d->multi, &left)))
        if (message->msg == CURLMSG_DONE) {
            d->ended = true;
            d->result = message->data.result;
        }
}

/* Goes on with the transfer until there are bytes or it has ended. Nothing waits here. */
static weir_code drive(download *d, weir_error *err)
{
    weir_bytes_clear(&d->waiting);
    d->at = 0;
    curl_easy_pause(d->curl, CURLPAUSE_CONT);
    while (d->waiting.size == 0 && !d->ended) {
        int running = 0;

        if (d->stop.asks && d->stop.asks(d->stop.context))
            return weir_fail(err, WEIR_CANCELLED, "the job was cancelled");
        if (curl_multi_perform(d->multi, &running) != CURLM_OK)
            return weir_fail(err, WEIR_INTERNAL, "%s: the transfer cannot go on", d->name);
        look_for_end(d);
        if (d->waiting.size == 0 && !d->ended)
            curl_multi_poll(d->multi, NULL, 0, POLL_MS, NULL);
    }
    return WEIR_OK;
}

static weir_code download_read(void *context, char *out, size_t size, size_t *got, weir_error *err)
{
    download *d = context;
    size_t left = d->waiting.size - d->at;
    weir_code code;

    *got = 0;
    if (left == 0 && !d->ended && (code = drive(d, err)))
        return code;
    left = d->waiting.size - d->at;
    if (left == 0)
        return d->result == CURLE_OK ? WEIR_OK : failure(d, err);
    *got = left < size ? left : size;
    memcpy(out, d->waiting.data + d->at, *got);
    d->at += *got;
    return WEIR_OK;
}

/* --- opening */

/* Scheme, host and path: what stands before an @ or behind a ? may be a secret. */
static void name_of(const char *url, char name[NAME_ROOM])
{
    const char *rest = strstr(url, "://");
    size_t scheme = rest ? (size_t)(rest - url) + 3 : 0, host;
    const char *at;

    rest = url + scheme;
    host = strcspn(rest, "/?#");
    if ((at = memrchr(rest, '@', host)))
        rest = at + 1;
    snprintf(name, NAME_ROOM, "%.*s%.*s", (int)(scheme < 16 ? scheme : 16), url,
             (int)strcspn(rest, "?#"), rest);
}

static weir_code http_check(void *context, const weir_data_source *source, weir_error *err)
{
    const weir_http_source_options *options = context;
    const char *url = weir_data_source_get(source, "path");
    char name[NAME_ROOM];

    if (options->refused)
        return weir_fail(err, WEIR_INVALID,
                         "this server calls no URLs: it was started with --no-http-sources");
    if (!url || !*url)
        return weir_fail(err, WEIR_INVALID, "info has no path, which is the URL");
    if (strncasecmp(url, "http://", 7) != 0 && strncasecmp(url, "https://", 8) != 0) {
        name_of(url, name);
        return weir_fail(err, WEIR_INVALID, "path is %s; it begins with http:// or https://", name);
    }
    return WEIR_OK;
}

static void set_up(download *d, const char *url, const weir_http_source_options *options)
{
    CURL *curl = d->curl;
    long patience = options->patience_s ? (long)options->patience_s : PATIENCE_S;

    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(curl, CURLOPT_MAXREDIRS, (long)REDIRECTS);
    curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, patience);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, (long)SPEED_LEAST);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, patience);
    curl_easy_setopt(curl, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)d->max_bytes);
    curl_easy_setopt(curl, CURLOPT_NOPROXY, http_is_local(url) ? "*" : NULL);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "weir");
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, d);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, d);
}

static weir_code http_open(void *context, const weir_data_source *source, weir_stop stop,
                           weir_byte_source *out, uint64_t *size, weir_error *err)
{
    const weir_http_source_options *options = context;
    const char *url = weir_data_source_get(source, "path");
    download *d = weir_calloc(1, sizeof *d);
    curl_off_t length = -1;
    weir_code code = WEIR_OK;

    http_start();
    if (!d || !(d->multi = curl_multi_init()) || !(d->curl = curl_easy_init())) {
        code = weir_fail(err, WEIR_NO_MEMORY, "no room to call a URL");
        goto done;
    }
    d->stop = stop;
    d->max_bytes = options->max_bytes ? options->max_bytes : BYTES_USUAL;
    name_of(url, d->name);
    set_up(d, url, options);
    if (curl_multi_add_handle(d->multi, d->curl) != CURLM_OK) {
        code = weir_fail(err, WEIR_NO_MEMORY, "no room to call %s", d->name);
        goto done;
    }
    /* Up to the first bytes, so that what is wrong with the answer is said by open. */
    if ((code = drive(d, err)))
        goto done;
    if (d->ended && d->result != CURLE_OK && d->waiting.size == 0) {
        code = failure(d, err);
        goto done;
    }
    curl_easy_getinfo(d->curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
    *size = length > 0 ? (uint64_t)length : 0;
    *out = (weir_byte_source){d, d->name, download_read, download_close};
    d = NULL; /* out's now */
done:
    if (d)
        download_close(d);
    return code;
}

weir_source_kind weir_http_source_kind(const char *type, const weir_http_source_options *options)
{
    return (weir_source_kind){
        .type = type, .context = (void *)options, .check = http_check, .open = http_open};
}
