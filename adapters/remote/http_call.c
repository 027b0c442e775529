/* http_call.c: see http_call.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "http_call.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "weir/memory.h"

struct http_caller {
    CURL *curl;
    http_answer answer;
    size_t max_answer;
    bool too_long;
    bool (*stop)(void *context);
    void *stop_context;
    char why[CURL_ERROR_SIZE]; /* libcurl's own words about the last failure */
};

static pthread_once_t curl_once = PTHREAD_ONCE_INIT;

static void curl_start(void)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
}

void http_start(void)
{
    pthread_once(&curl_once, curl_start);
}

static size_t take_body(char *data, size_t one, size_t size, void *context)
{
    http_caller *caller = context;
    weir_bytes *body = &caller->answer.body;

    size *= one;
    if (size > caller->max_answer - body->size) {
        caller->too_long = true;
        return 0;
    }
    weir_bytes_append(body, data, size);
    return body->failed ? 0 : size;
}

/* True, and the value copied (cut to its room), when the header line is the one called name. */
static bool header_value(const char *line, size_t size, const char *name, char *value, size_t room)
{
    size_t length = strlen(name);

    if (size <= length || line[length] != ':' || strncasecmp(line, name, length) != 0)
        return false;
    line += length + 1;
    size -= length + 1;
    while (size && (*line == ' ' || *line == '\t')) {
        line++;
        size--;
    }
    while (size && (line[size - 1] == '\r' || line[size - 1] == '\n' || line[size - 1] == ' '))
        size--;
    if (size >= room)
        size = room - 1;
    memcpy(value, line, size);
    value[size] = 0;
    return true;
}

static size_t take_header(char *data, size_t one, size_t size, void *context)
{
    http_caller *caller = context;
    char number[32];

    size *= one;
    if (header_value(data, size, "weir-model-version", number, sizeof number))
        caller->answer.model_version = strtoull(number, NULL, 10);
    else if (!header_value(data, size, "ETag", caller->answer.etag, sizeof caller->answer.etag))
        header_value(data, size, "sym-job-id", caller->answer.job, sizeof caller->answer.job);
    return size;
}

weir_code http_caller_open(int64_t timeout_ms, size_t max_answer, http_caller **out,
                           weir_error *err)
{
    http_caller *caller = weir_calloc(1, sizeof *caller);
    CURL *curl = NULL;

    http_start();
    if (!caller || !(curl = caller->curl = curl_easy_init())) {
        http_caller_close(caller);
        return weir_fail(err, WEIR_NO_MEMORY, "no room for an HTTP client");
    }
    caller->max_answer = max_answer;
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, caller->why);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS,
                     timeout_ms < 10000 ? (long)timeout_ms : 10000L);
    curl_easy_setopt(curl, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "weir");
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, caller);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, caller);
    *out = caller;
    return WEIR_OK;
}

/* Sets an option to a text, or to a copy of a PEM text that libcurl keeps. NULL leaves it. */
static CURLcode put_text(CURL *curl, CURLoption option, const char *text)
{
    return text ? curl_easy_setopt(curl, option, text) : CURLE_OK;
}

static CURLcode put_pem(CURL *curl, CURLoption option, const char *text)
{
    struct curl_blob blob = {(void *)(uintptr_t)text, text ? strlen(text) : 0, CURL_BLOB_COPY};

    return text ? curl_easy_setopt(curl, option, &blob) : CURLE_OK;
}

weir_code http_caller_identify(http_caller *caller, const http_identity *identity, weir_error *err)
{
    CURL *curl = caller->curl;
    const char *kind = identity->pkcs12 ? "P12" : "PEM";
    CURLcode result = CURLE_OK;

    if (identity->user)
        curl_easy_setopt(curl, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
    if ((result = put_text(curl, CURLOPT_USERNAME, identity->user)) ||
        (result = put_text(curl, CURLOPT_PASSWORD, identity->password)) ||
        (result = put_text(curl, CURLOPT_CAINFO, identity->ca)) ||
        (result = put_pem(curl, CURLOPT_CAINFO_BLOB, identity->ca_text)) ||
        (result = put_text(curl, CURLOPT_SSLCERTTYPE, kind)) ||
        (result = put_text(curl, CURLOPT_SSLCERT, identity->certificate)) ||
        (result = put_pem(curl, CURLOPT_SSLCERT_BLOB, identity->certificate_text)) ||
        (result = put_text(curl, CURLOPT_SSLKEY, identity->key)) ||
        (result = put_pem(curl, CURLOPT_SSLKEY_BLOB, identity->key_text)) ||
        (result = put_text(curl, CURLOPT_KEYPASSWD, identity->key_password)))
        return weir_fail(err, WEIR_NO_MEMORY, "no room for the identity of an HTTP client: %s",
                         curl_easy_strerror(result));
    if (identity->ca ||
        identity->ca_text) /* and nobody else: the system's are not trusted beside it */
        curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
    if (identity->any_hostname)
        curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
    return WEIR_OK;
}

void http_caller_close(http_caller *caller)
{
    if (!caller)
        return;
    if (caller->curl)
        curl_easy_cleanup(caller->curl);
    weir_bytes_free(&caller->answer.body);
    weir_free(caller);
}

/* Called by libcurl several times a second while a call waits. */
static int progress(void *context, curl_off_t total_in, curl_off_t in, curl_off_t total_out,
                    curl_off_t out)
{
    const http_caller *caller = context;

    (void)total_in;
    (void)in;
    (void)total_out;
    (void)out;
    return caller->stop(caller->stop_context) ? 1 : 0;
}

void http_caller_stop(http_caller *caller, bool (*stop)(void *context), void *context)
{
    caller->stop = stop;
    caller->stop_context = context;
    curl_easy_setopt(caller->curl, CURLOPT_XFERINFOFUNCTION, progress);
    curl_easy_setopt(caller->curl, CURLOPT_XFERINFODATA, caller);
    curl_easy_setopt(caller->curl, CURLOPT_NOPROGRESS, stop ? 0L : 1L);
}

bool http_is_local(const char *url)
{
    const char *host = strstr(url, "://");

    return host && (!strncmp(host + 3, "127.", 4) || !strncmp(host + 3, "localhost", 9) ||
                    !strncmp(host + 3, "[::1]", 5));
}

weir_code http_call(http_caller *caller, const http_request *request, const http_answer **answer,
                    weir_error *err)
{
    CURL *curl = caller->curl;
    CURLcode result = CURLE_OK;

    weir_bytes_clear(&caller->answer.body);
    caller->answer.body.failed = false;
    caller->answer.job[0] = caller->answer.etag[0] = 0;
    caller->answer.model_version = 0;
    caller->too_long = false;
    caller->why[0] = 0;
    curl_easy_setopt(curl, CURLOPT_URL, request->url);
    curl_easy_setopt(curl, CURLOPT_NOPROXY, http_is_local(request->url) ? "*" : NULL);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, request->headers);
    if (request->body) {
        curl_easy_setopt(curl, CURLOPT_POST, 1L);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request->body);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->size);
    } else {
        curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L);
    }
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request->method);
    result = curl_easy_perform(curl);
    if (caller->too_long)
        return weir_fail(err, WEIR_TOO_LARGE, "%s %.120s answers with more than %zu bytes",
                         request->method, request->url, caller->max_answer);
    if (caller->answer.body.failed || result == CURLE_OUT_OF_MEMORY)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for the answer to %s %.120s",
                         request->method, request->url);
    if (result != CURLE_OK)
        return weir_fail(err, WEIR_UNAVAILABLE, "%s %.120s: %s", request->method, request->url,
                         *caller->why ? caller->why : curl_easy_strerror(result));
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &caller->answer.status);
    weir_bytes_u8(&caller->answer.body, 0);
    if (caller->answer.body.failed)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for the answer to %.120s", request->url);
    caller->answer.body.size--;
    *answer = &caller->answer;
    return WEIR_OK;
}
