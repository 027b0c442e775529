/* remote.c: the server's API as a caller: each call is signed afresh (the date is part of the signature) over one
 * connection kept alive.
 *
 * It does not try again by itself: how long to wait, and whether somebody wants to stop meanwhile, is known to the
 * stream that calls. What it owes the stream is a code that says whether another try can help.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "weir/remote_rest.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "remote_call.h"
#include "weir/log.h"
#include "weir/memory.h"
#include "weir/signing.h"

#define LOGGED_BODY 200
#define JOB_POLL_MS 20

struct weir_remote {
    http_caller *caller;
    char *url;        /* base without a trailing slash */
    const char *path; /* its path, inside url */
    char *cid, *secret_text;
    uint8_t secret[WEIR_SECRET_MAX + 2];
    size_t secret_size;
    bool log_calls, log_signature, log_body;
};

static void remote_close(weir_remote *remote)
{
    if (!remote)
        return;
    http_caller_close(remote->caller);
    weir_free(remote->url);
    weir_free(remote->cid);
    if (remote->secret_text)
        explicit_bzero(remote->secret_text, strlen(remote->secret_text));
    weir_free(remote->secret_text);
    explicit_bzero(remote->secret, sizeof remote->secret);
    weir_free(remote);
}

static weir_code remote_open(const weir_remote_options *options, weir_remote **out, weir_error *err)
{
    weir_code code = WEIR_OK;
    weir_remote *remote = weir_calloc(1, sizeof *remote);
    size_t length = strlen(options->secret);
    const char *host = NULL;

    if (!remote || !(remote->url = weir_strdup(options->url)) ||
        !(remote->cid = weir_strdup(options->cid)) ||
        !(remote->secret_text = weir_strdup(options->secret))) {
        code = weir_fail(err, WEIR_NO_MEMORY, "no room for a client of %.100s", options->url);
        goto done;
    }
    if (length > 4 * ((size_t)WEIR_SECRET_MAX + 2) / 3 ||
        !weir_base64_decode(options->secret, length, remote->secret, &remote->secret_size) ||
        remote->secret_size < WEIR_SECRET_MIN || remote->secret_size > WEIR_SECRET_MAX) {
        code = weir_fail(err, WEIR_INVALID, "the secret key of %s is not base64 of %d to %d bytes",
                         options->cid, WEIR_SECRET_MIN, WEIR_SECRET_MAX);
        goto done;
    }
    for (size_t end = strlen(remote->url); end && remote->url[end - 1] == '/'; end--)
        remote->url[end - 1] = 0;
    if (!(host = strstr(remote->url, "://"))) {
        code = weir_fail(err, WEIR_INVALID, "\"%.100s\" is no URL", options->url);
        goto done;
    }
    host += 3;
    remote->path = host + strcspn(host, "/");
    remote->log_calls = options->log_calls;
    remote->log_signature = options->log_signature;
    remote->log_body = options->log_body;
    if ((code = http_caller_open(options->timeout_ms > 0 ? options->timeout_ms : 55000,
                                 options->max_answer > 0 ? (size_t)options->max_answer
                                                         : (size_t)64 << 20,
                                 &remote->caller, err)))
        goto done;
    if (options->stop)
        http_caller_stop(remote->caller, options->stop, options->stop_context);
    *out = remote;
    remote = NULL;
done:
    remote_close(remote);
    return code;
}

/* --- calls */

/* Escapes what may not stand in a path as it is. */
static bool escape_path(const char *path, char *out, size_t room)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                "-._~/:@!$&'()*+,;=";

    for (; *path; path++) {
        if (room < 4)
            return false;
        if (strchr(plain, *path)) {
            *out++ = *path;
            room--;
        } else {
            snprintf(out, room, "%%%02X", (unsigned char)*path);
            out += 3;
            room -= 3;
        }
    }
    *out = 0;
    return true;
}

static weir_code sign_call(const weir_remote *remote, const rest_call *call, const char *known,
                           const char *resource, struct curl_slist **headers, char *signature,
                           weir_error *err)
{
    char line[512], md5[WEIR_MD5_TEXT] = "", date[WEIR_DATE_TEXT];
    struct timespec now;
    weir_code code = WEIR_OK;
    struct curl_slist *list = NULL;
    const char *lines[] = {"Content-Type: application/json", "Accept: application/json",
                           "Expect:", "sym-version: 6.3", "sym-client: weir"};

    clock_gettime(CLOCK_REALTIME, &now);
    weir_signing_date(now.tv_sec, now.tv_nsec, date);
    if (call->size)
        weir_md5_text(call->body, call->size, md5);
    weir_signing signing = {.verb = call->method,
                            .secret = remote->secret,
                            .secret_size = remote->secret_size,
                            .date = date,
                            .cid = remote->cid,
                            .body = call->body,
                            .body_size = call->size,
                            .md5 = md5,
                            .resource = resource,
                            .query = call->query};
    if ((code = weir_sign(&signing, signature, err)))
        return code;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        if (i > 0 || call->body)
            list = curl_slist_append(list, lines[i]);
    snprintf(line, sizeof line, "Authorization: %s", signature);
    list = curl_slist_append(list, line);
    snprintf(line, sizeof line, "sym-date: %s", date);
    list = curl_slist_append(list, line);
    snprintf(line, sizeof line, "Customer-ID: %.400s", remote->cid);
    list = curl_slist_append(list, line);
    if (*md5) {
        snprintf(line, sizeof line, "Content-MD5: %s", md5);
        list = curl_slist_append(list, line);
    }
    if (known && *known) {
        snprintf(line, sizeof line, "If-None-Match: %.400s", known);
        list = curl_slist_append(list, line);
    }
    if (!list)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for the headers of a call");
    *headers = list;
    return WEIR_OK;
}

static void log_call(const weir_remote *remote, const rest_call *call, const char *signature,
                     long status)
{
    size_t shown = remote->log_body || call->size < LOGGED_BODY ? call->size : LOGGED_BODY;

    weir_log(WEIR_LOG_INFO, "remote", "%s %s/%s%s%s%s: %ld%s%s%s%.*s", call->method, remote->url,
             remote->cid, call->path, call->query ? "?" : "", call->query ? call->query : "",
             status, remote->log_signature ? ", signature " : "",
             remote->log_signature ? signature : "", call->size ? ", body " : "", (int)shown,
             call->size ? (const char *)call->body : "");
}

/* Turns an answer that is no success into a code; position (NULL allowed) is that of a gap. */
static weir_code refusal(const rest_call *call, const http_answer *answer, int64_t *position,
                         weir_error *err)
{
    json_t *root = json_loadb((const char *)answer->body.data, answer->body.size, 0, NULL);
    const json_t *values = json_object_get(root, "values");
    const char *text = json_string_value(json_object_get(root, "statusString"));
    const json_t *where = json_object_get(values, "position");
    weir_code code = WEIR_INVALID;

    if (!text)
        text = "no reason given";
    if (answer->status == 401 || answer->status == 403)
        code = WEIR_UNAUTHORIZED;
    else if (answer->status == 404 || strstr(text, "Cannot Find SYMETRYML"))
        code = WEIR_NOT_FOUND;
    else if (answer->status == 409 && json_is_integer(where)) {
        code = WEIR_GAP;
        if (position)
            *position = json_integer_value(where);
    } else if (answer->status == 409)
        code = strstr(text, " is frozen") ? WEIR_FROZEN : WEIR_CONFLICT;
    else if (answer->status == 413)
        code = WEIR_TOO_LARGE;
    else if (strstr(text, "no such model"))
        code = WEIR_NO_MODEL;
    else if (answer->status == 429 || answer->status == 503)
        code = WEIR_BUSY;
    else if (answer->status == 408 || answer->status >= 500)
        code = WEIR_UNAVAILABLE;
    weir_fail(err, code, "%s %.80s: the server answers %ld, %.100s", call->method, call->path,
              answer->status, text);
    json_decref(root);
    return code;
}

weir_code remote_call_known(weir_remote *remote, const rest_call *call, const char *known,
                            const http_answer **answer, int64_t *position, weir_error *err)
{
    char resource[PATH_MAX_BYTES], escaped[3 * PATH_MAX_BYTES];
    char signature[WEIR_SIGNATURE_TEXT];
    char *url = NULL;
    struct curl_slist *headers = NULL;
    size_t room = 0;
    weir_code code = WEIR_OK;

    if (snprintf(resource, sizeof resource, "%s/%s%s", remote->path, remote->cid, call->path) >=
            (int)sizeof resource ||
        !escape_path(resource, escaped, sizeof escaped))
        return weir_fail(err, WEIR_TOO_LARGE, "the path %.60s... is too long", call->path);
    room = strlen(remote->url) + strlen(escaped) + (call->query ? strlen(call->query) : 0) + 2;
    if (!(url = weir_malloc(room)))
        return weir_fail(err, WEIR_NO_MEMORY, "no room for the URL of %.60s", call->path);
    snprintf(url, room, "%.*s%s%s%s", (int)(remote->path - remote->url), remote->url, escaped,
             call->query ? "?" : "", call->query ? call->query : "");
    if ((code = sign_call(remote, call, known, resource, &headers, signature, err)))
        goto done;
    http_request request = {call->method, url, call->body, call->size, headers};
    if ((code = http_call(remote->caller, &request, answer, err)))
        goto done;
    if (remote->log_calls)
        log_call(remote, call, signature, (*answer)->status);
    if (((*answer)->status < 200 || (*answer)->status > 299) &&
        !(known && (*answer)->status == 304))
        code = refusal(call, *answer, position, err);
done:
    curl_slist_free_all(headers);
    weir_free(url);
    return code;
}

weir_code remote_call(weir_remote *remote, const rest_call *call, const http_answer **answer,
                      int64_t *position, weir_error *err)
{
    return remote_call_known(remote, call, NULL, answer, position, err);
}

weir_code answer_json(const http_answer *answer, const char *what, json_t **out, weir_error *err)
{
    json_error_t why;

    if ((*out = json_loadb((const char *)answer->body.data, answer->body.size, 0, &why)))
        return WEIR_OK;
    return weir_fail(err, WEIR_UNAVAILABLE, "the server's answer to %s is no JSON: %s", what,
                     why.text);
}

/* The row filter that ProjectInfo shows; one that is no text or blank is none. */
static weir_code filter_of(const http_answer *answer, char **filter, weir_error *err)
{
    json_t *root = NULL, *at;
    const char *text = NULL;
    weir_code code = answer_json(answer, "project info", &root, err);

    if (code)
        return code;
    at = json_object_get(json_object_get(json_object_get(root, "values"), "smlInfo"), "params");
    text = json_string_value(json_object_get(at, "sml_project_predicate_row_filter"));
    if (text && *text && !(*filter = weir_strdup(text)))
        code = weir_fail(err, WEIR_NO_MEMORY, "no room for a row filter");
    json_decref(root);
    return code;
}

static weir_code project_exists(weir_remote *remote, const char *pid, bool *exists, char **filter,
                                weir_error *err)
{
    char path[PATH_MAX_BYTES];
    const http_answer *answer = NULL;
    weir_code code = WEIR_OK;

    *filter = NULL;
    snprintf(path, sizeof path, "/projects/%s/info", pid);
    code = remote_call(remote, &(rest_call){"GET", path, NULL, NULL, 0}, &answer, NULL, err);
    *exists = code == WEIR_OK;
    if (code == WEIR_NOT_FOUND)
        return WEIR_OK;
    return code ? code : filter_of(answer, filter, err);
}

static weir_code project_create(weir_remote *remote, const char *pid, const char *type,
                                bool persist, const weir_setting *params, size_t param_count,
                                weir_error *err)
{
    char query[PATH_MAX_BYTES];
    const char *histograms = NULL;
    const http_answer *answer = NULL;
    char *body = NULL, *escaped = NULL, *escaped_type = NULL;
    json_t *map = json_object();
    weir_code code = WEIR_OK;

    for (size_t i = 0; i < param_count; i++)
        if (!strcmp(params[i].name, "enableHistogram"))
            histograms = params[i].value;
        else
            json_object_set_new(map, params[i].name, json_string(params[i].value));
    escaped = curl_easy_escape(NULL, pid, 0);
    escaped_type = curl_easy_escape(NULL, type, 0);
    if (!(body = json_dumps(map, JSON_COMPACT)) || !escaped || !escaped_type) {
        code = weir_fail(err, WEIR_NO_MEMORY, "no room to create the project %s", pid);
        goto done;
    }
    if (snprintf(query, sizeof query, "pid=%s&type=%s&persist=%s%s%s", escaped, escaped_type,
                 persist ? "true" : "false", histograms ? "&enableHistogram=" : "",
                 histograms && !strcmp(histograms, "true") ? "true"
                 : histograms                              ? "false"
                                                           : "") >= (int)sizeof query) {
        code = weir_fail(err, WEIR_TOO_LARGE, "the project name %.60s... is too long", pid);
        goto done;
    }
    code = remote_call(remote, &(rest_call){"POST", "/projects", query, body, strlen(body)},
                       &answer, NULL, err);
    if (code == WEIR_CONFLICT) /* another task was faster: it is there, which is what was asked */
        code = WEIR_OK;
done:
    curl_free(escaped);
    curl_free(escaped_type);
    free(body);
    json_decref(map);
    return code;
}

/* A count, or 0 where there is none. */
static uint64_t whole_of(const json_t *value)
{
    json_int_t n = json_integer_value(value);

    return n > 0 ? (uint64_t)n : 0;
}

static weir_code learn(weir_remote *remote, const char *pid, const void *body, size_t size,
                       weir_remote_learned *out, weir_error *err)
{
    char path[PATH_MAX_BYTES];
    const http_answer *answer = NULL;
    json_t *root = NULL;
    const json_t *values = NULL, *position = NULL;
    const char *why = NULL;
    weir_code code = WEIR_OK;

    *out = (weir_remote_learned){.position = -1};
    snprintf(path, sizeof path, "/projects/%s/learn", pid);
    if ((code = remote_call(remote, &(rest_call){"POST", path, NULL, body, size}, &answer,
                            &out->position, err)) ||
        (code = answer_json(answer, path, &root, err)))
        return code;
    values = json_object_get(root, "values");
    position = json_object_get(values, "position");
    out->repeat = json_is_true(json_object_get(values, "repeat"));
    if (json_is_integer(position))
        out->position = json_integer_value(position);
    out->rejects.cells = whole_of(json_object_get(values, "rejectedCells"));
    out->filtered = whole_of(json_object_get(values, "filteredRows"));
    out->rejects.rows = whole_of(json_object_get(values, "rejectedRows"));
    why = json_string_value(json_object_get(values, "firstRejected"));
    snprintf(out->rejects.first, sizeof out->rejects.first, "%s", why ? why : "");
    json_decref(root);
    return WEIR_OK;
}

/* --- predictions */

void weir_remote_scores_free(weir_remote_scores *scores)
{
    if (!scores)
        return;
    weir_free(scores->res);
    weir_free(scores->score);
    *scores = (weir_remote_scores){0};
}

static weir_code scores_room(weir_remote_scores *scores, size_t rows, weir_error *err)
{
    if (rows > scores->capacity) {
        int64_t *res = weir_realloc_array(scores->res, rows, sizeof *res);
        double *score = NULL;

        if (res)
            scores->res = res;
        if ((score = weir_realloc_array(scores->score, rows, sizeof *score)))
            scores->score = score;
        if (!res || !score)
            return weir_fail(err, WEIR_NO_MEMORY, "no room for %zu scores", rows);
        scores->capacity = rows;
    }
    scores->rows = rows;
    return WEIR_OK;
}

static double number_in(const json_t *value)
{
    const char *text = json_string_value(value);
    char *end = NULL;
    double number = NAN;

    if (!text)
        return json_is_number(value) ? json_number_value(value) : NAN;
    number = strtod(text, &end);
    return end == text || *end ? NAN : number;
}

/* Whether a row has a score beside the decision; the answer of a regression is the prediction alone. */
static bool decided_in(json_t *row)
{
    return !json_object_get(row, "res") || json_object_size(row) > 1;
}

/* The score of a row is its "anomaly_score", or of models with another key (ecodscore) the first number that is not
 * the decision itself. */
static double score_in(json_t *row)
{
    const char *name = NULL;
    json_t *value = json_object_get(row, "anomaly_score");

    if (value)
        return number_in(value);
    json_object_foreach(row, name, value)
    {
        double number = strcmp(name, "res") != 0 ? number_in(value) : NAN;

        if (!isnan(number))
            return number;
    }
    return number_in(json_object_get(row, "res"));
}

static weir_code predict(weir_remote *remote, const char *pid, const char *model_id,
                         const void *body, size_t size, weir_remote_scores *out, weir_error *err)
{
    char path[PATH_MAX_BYTES];
    const http_answer *answer = NULL;
    json_t *root = NULL, *rows = NULL, *row = NULL;
    size_t i = 0;
    weir_code code = WEIR_OK;

    snprintf(path, sizeof path, "/projects/%s/predict/%s", pid, model_id);
    if ((code = remote_call(remote, &(rest_call){"POST", path, NULL, body, size}, &answer, NULL,
                            err)) ||
        (code = answer_json(answer, path, &root, err)))
        goto done;
    rows = json_object_get(json_object_get(json_object_get(root, "values"), "KSVSMap"), "values");
    if (!json_is_array(rows)) {
        code = weir_fail(err, WEIR_UNAVAILABLE, "%s: the answer has no KSVSMap", path);
        goto done;
    }
    if ((code = scores_room(out, json_array_size(rows), err)))
        goto done;
    out->version = answer->model_version;
    out->decided = false;
    json_array_foreach(rows, i, row)
    {
        double res = number_in(json_object_get(row, "res"));

        out->res[i] = isnan(res) || fabs(res) > 1e9 ? 0 : (int64_t)res;
        out->score[i] = score_in(row);
        out->decided |= decided_in(row);
    }
done:
    json_decref(root);
    return code;
}

/* --- models */

static int64_t monotonic_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static weir_code await_job(weir_remote *remote, const char *job, int64_t timeout_ms,
                           weir_error *err)
{
    int64_t until = monotonic_ms() + timeout_ms;
    char path[80];

    snprintf(path, sizeof path, "/jobs/%s", job);
    for (;;) {
        const http_answer *answer = NULL;
        weir_code code =
            remote_call(remote, &(rest_call){"GET", path, NULL, NULL, 0}, &answer, NULL, err);

        if (code || answer->status == 200)
            return code;
        if (monotonic_ms() > until)
            return weir_fail(err, WEIR_UNAVAILABLE, "job %s has not ended after %lld ms", job,
                             (long long)timeout_ms);
        nanosleep(&(struct timespec){0, JOB_POLL_MS * 1000000L}, NULL);
    }
}

static weir_code build(weir_remote *remote, const weir_setting *settings, size_t setting_count,
                       const char *pid, const char *algorithm, const char *model_id,
                       int64_t timeout_ms, weir_error *err)
{
    char path[PATH_MAX_BYTES], query[PATH_MAX_BYTES], job[40];
    const http_answer *answer = NULL;
    json_t *context = json_object(), *extra = json_object();
    char *body = NULL, *escaped = curl_easy_escape(NULL, model_id, 0);
    weir_code code = WEIR_OK;

    for (size_t i = 0; i < setting_count; i++)
        json_object_set_new(extra, settings[i].name, json_string(settings[i].value));
    json_object_set_new(context, "extraParameters", extra);
    if (!escaped || !(body = json_dumps(context, JSON_COMPACT))) {
        code = weir_fail(err, WEIR_NO_MEMORY, "no room to build %s", model_id);
        goto done;
    }
    snprintf(path, sizeof path, "/projects/%s/build", pid);
    snprintf(query, sizeof query, "algo=%s&modelid=%s", algorithm, escaped);
    if ((code = remote_call(remote, &(rest_call){"POST", path, query, body, strlen(body)}, &answer,
                            NULL, err)))
        goto done;
    snprintf(job, sizeof job, "%s", answer->job);
    if (answer->status == 202 && *job)
        code = await_job(remote, job, timeout_ms, err);
done:
    curl_free(escaped);
    free(body);
    json_decref(context);
    return code;
}

static weir_code model_bytes(weir_remote *remote, const char *pid, const char *model_id,
                             uint64_t *version, weir_bytes *out, weir_error *err)
{
    char path[PATH_MAX_BYTES], query[40];
    const http_answer *answer = NULL;
    weir_code code = WEIR_OK;

    snprintf(path, sizeof path, "/projects/%s/models/%s/bytes", pid, model_id);
    snprintf(query, sizeof query, "version=%llu", (unsigned long long)*version);
    if ((code = remote_call(remote, &(rest_call){"GET", path, query, NULL, 0}, &answer, NULL, err)))
        return code;
    if (answer->model_version == *version && !answer->body.size)
        return WEIR_OK;
    if (!answer->model_version)
        return weir_fail(err, WEIR_UNAVAILABLE, "%s: the server does not tell the model's version",
                         path);
    weir_bytes_append(out, answer->body.data, answer->body.size);
    *version = answer->model_version;
    return weir_bytes_ok(out, err);
}

const weir_remote_calls weir_remote_rest = {
    .open = remote_open,
    .close = remote_close,
    .project_exists = project_exists,
    .project_create = project_create,
    .learn = learn,
    .predict = predict,
    .build = build,
    .model_bytes = model_bytes,
    .project_export = remote_project_export,
    .project_fetch = remote_project_fetch,
    .project_import = remote_project_import,
};
