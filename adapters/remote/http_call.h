/* http_call.h: one HTTP call over libcurl, shared by the server's client and the registry's.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_HTTP_CALL_H
#define WEIR_HTTP_CALL_H

#include <curl/curl.h>

#include "weir/bytes.h"

/* A connection kept alive between calls. For one thread at a time. */
typedef struct http_caller http_caller;

weir_code http_caller_open(int64_t timeout_ms, size_t max_answer, http_caller **out,
                           weir_error *err);
void http_caller_close(http_caller *caller); /* NULL is fine */
/* Calls in progress end (WEIR_UNAVAILABLE) once stop(context) is true. */
void http_caller_stop(http_caller *caller, bool (*stop)(void *context), void *context);

/* Who is called and who calls, for all calls of a caller; NULL where nothing is given. */
typedef struct {
    const char *user, *password;                       /* of basic authentication */
    const char *ca, *certificate, *key;                /* files; key NULL: within certificate */
    const char *ca_text, *certificate_text, *key_text; /* PEM texts in their place */
    const char *key_password;
    bool pkcs12;       /* certificate is a PKCS#12 store */
    bool any_hostname; /* the certificate met may be of another host */
} http_identity;

weir_code http_caller_identify(http_caller *caller, const http_identity *identity, weir_error *err);

typedef struct {
    const char *method, *url;
    const void *body; /* NULL: none */
    size_t size;
    const struct curl_slist *headers;
} http_request;

/* The answer to the last call; valid until the next one. */
typedef struct {
    long status;
    weir_bytes body;        /* with a zero behind its end that size does not count */
    char job[40];           /* header sym-job-id */
    char etag[128];         /* header ETag; "" when absent */
    uint64_t model_version; /* header weir-model-version, 0 when absent */
} http_answer;

/* WEIR_UNAVAILABLE when there is no answer; any HTTP status is an answer. */
weir_code http_call(http_caller *caller, const http_request *request, const http_answer **answer,
                    weir_error *err);

/* Whether the host of a URL is this machine, which no proxy of the environment stands before. */
bool http_is_local(const char *url);
/* libcurl's one start, for every file that uses it. */
void http_start(void);

#endif
