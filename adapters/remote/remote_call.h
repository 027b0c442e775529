/* remote_call.h: one signed call to a server, for the files that make them. Private to adapters/remote.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_REMOTE_CALL_H
#define WEIR_REMOTE_CALL_H

#include <jansson.h>

#include "http_call.h"
#include "weir/remote.h"

#define PATH_MAX_BYTES 1024

typedef struct {
    const char *method;
    const char *path;  /* behind /CID, unescaped: "/projects/p/learn" */
    const char *query; /* without "?", or NULL */
    const void *body;
    size_t size;
} rest_call;

/* A status of 2xx is success and *answer what came, until the next call. position (NULL allowed) is that of a
 * WEIR_GAP. */
weir_code remote_call(weir_remote *remote, const rest_call *call, const http_answer **answer,
                      int64_t *position, weir_error *err);
/* The same for what may be known: with an ETag ("": none is) the answer 304 is a success too. */
weir_code remote_call_known(weir_remote *remote, const rest_call *call, const char *known,
                            const http_answer **answer, int64_t *position, weir_error *err);
/* The answer as JSON, for json_decref(). */
weir_code answer_json(const http_answer *answer, const char *what, json_t **out, weir_error *err);

/* exchange.c */
weir_code remote_project_export(weir_remote *remote, const char *pid, const char *partition,
                                weir_bytes *out, weir_error *err);
weir_code remote_project_fetch(weir_remote *remote, const char *pid, char *version, weir_bytes *out,
                               weir_error *err);
weir_code remote_project_import(weir_remote *remote, const char *pid, bool persist,
                                const void *data, size_t size, weir_error *err);

#endif
