/* exchange.c: summaries fetched from a server and sent to one, as base64 text inside the API's answers and bodies.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>
#include <string.h>

#include "remote_call.h"
#include "weir/memory.h"
#include "weir/signing.h"

/* Appends the summary that an answer of export holds. */
static weir_code take_summary(const http_answer *answer, const char *path, weir_bytes *out,
                              weir_error *err)
{
    const char *text = NULL;
    json_t *root = NULL;
    size_t got = 0;
    weir_code code = answer_json(answer, path, &root, err);

    if (code)
        return code;
    text = json_string_value(json_object_get(json_object_get(root, "values"), "string"));
    if (!text)
        code = weir_fail(err, WEIR_UNAVAILABLE, "%s: the answer has no string", path);
    else if (!weir_bytes_reserve(out, strlen(text) / 4 * 3))
        code = weir_fail(err, WEIR_NO_MEMORY, "no room for %zu bytes of %s", strlen(text), path);
    else if (!weir_base64_decode(text, strlen(text), out->data + out->size, &got))
        code = weir_fail(err, WEIR_UNAVAILABLE, "%s: the answer is no base64", path);
    else
        out->size += got;
    json_decref(root);
    return code;
}

weir_code remote_project_export(weir_remote *remote, const char *pid, const char *partition,
                                weir_bytes *out, weir_error *err)
{
    char path[PATH_MAX_BYTES], query[PATH_MAX_BYTES];
    char *escaped = curl_easy_escape(NULL, partition ? partition : "", 0);
    const http_answer *answer = NULL;
    weir_code code = WEIR_OK;

    snprintf(path, sizeof path, "/projects/%s/export", pid);
    if (!escaped || snprintf(query, sizeof query, "partition=%s", escaped) >= (int)sizeof query)
        code = weir_fail(err, WEIR_TOO_LARGE, "the partition %.60s... is too long", partition);
    else if (!(code = remote_call(
                   remote,
                   &(rest_call){.method = "GET", .path = path, .query = partition ? query : NULL},
                   &answer, NULL, err)))
        code = take_summary(answer, path, out, err);
    curl_free(escaped);
    return code;
}

weir_code remote_project_fetch(weir_remote *remote, const char *pid, char *version, weir_bytes *out,
                               weir_error *err)
{
    char path[PATH_MAX_BYTES];
    const http_answer *answer = NULL;
    weir_code code = WEIR_OK;

    snprintf(path, sizeof path, "/projects/%s/export", pid);
    if ((code = remote_call_known(remote, &(rest_call){"GET", path, NULL, NULL, 0}, version,
                                  &answer, NULL, err)) ||
        answer->status == 304 || (code = take_summary(answer, path, out, err)))
        return code;
    *version = 0;
    if (strlen(answer->etag) < WEIR_REMOTE_VERSION)
        memcpy(version, answer->etag, strlen(answer->etag) + 1);
    return WEIR_OK;
}

weir_code remote_project_import(weir_remote *remote, const char *pid, bool persist,
                                const void *data, size_t size, weir_error *err)
{
    char path[PATH_MAX_BYTES];
    char *text = weir_malloc(4 * ((size + 2) / 3) + 1);
    const http_answer *answer = NULL;
    weir_code code = WEIR_OK;

    if (!text)
        return weir_fail(err, WEIR_NO_MEMORY, "no room to send %zu bytes", size);
    weir_base64_encode(data, size, text);
    snprintf(path, sizeof path, "/projects/%s/import", pid);
    code = remote_call(
        remote,
        &(rest_call){"POST", path, persist ? "persist=true" : "persist=false", text, strlen(text)},
        &answer, NULL, err);
    weir_free(text);
    return code;
}
