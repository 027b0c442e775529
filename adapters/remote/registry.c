/* registry.c: the Confluent schema registry's few calls that streams need, with a cache.
 *
 * An id names one schema for ever, so the first answer is kept; a failure is not, since the registry may have been
 * down. One lock covers cache and connection: a second thread that misses waits for the first one's answer, which is
 * usually the one it wanted.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "weir/remote_rest.h"

#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http_call.h"
#include "weir/hash.h"

#define REGISTRY_TIMEOUT_MS 10000
#define REGISTRY_MAX_ANSWER ((size_t)8 << 20)
#define REGISTRY_MEDIA "application/vnd.schemaregistry.v1+json"

typedef struct {
    int32_t id;
    char *text;
    UT_hash_handle hh;
} cached_schema;

struct weir_registry {
    char *url;
    http_caller *caller;
    struct curl_slist *headers;
    cached_schema *schemas;
    pthread_mutex_t lock; /* over caller and schemas */
};

static void registry_close(weir_registry *registry)
{
    cached_schema *schema = NULL, *next = NULL;

    if (!registry)
        return;
    HASH_ITER(hh, registry->schemas, schema, next)
    {
        HASH_DEL(registry->schemas, schema);
        weir_free(schema->text);
        weir_free(schema);
    }
    http_caller_close(registry->caller);
    curl_slist_free_all(registry->headers);
    pthread_mutex_destroy(&registry->lock);
    weir_free(registry->url);
    weir_free(registry);
}

static weir_code registry_open(const char *url, weir_registry **out, weir_error *err)
{
    weir_code code = WEIR_OK;
    weir_registry *registry = weir_calloc(1, sizeof *registry);

    if (!registry)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for a registry client");
    pthread_mutex_init(&registry->lock, NULL);
    registry->url = weir_strdup(url);
    registry->headers = curl_slist_append(NULL, "Accept: " REGISTRY_MEDIA ", application/json");
    if (registry->headers)
        curl_slist_append(registry->headers, "Content-Type: " REGISTRY_MEDIA);
    if (!registry->url || !registry->headers) {
        code = weir_fail(err, WEIR_NO_MEMORY, "no room for a registry client");
        goto done;
    }
    for (size_t end = strlen(registry->url); end && registry->url[end - 1] == '/'; end--)
        registry->url[end - 1] = 0;
    if ((code = http_caller_open(REGISTRY_TIMEOUT_MS, REGISTRY_MAX_ANSWER, &registry->caller, err)))
        goto done;
    *out = registry;
    registry = NULL;
done:
    registry_close(registry);
    return code;
}

/* Calls the registry and parses its answer. The caller holds the lock. */
static weir_code registry_call(weir_registry *registry, const char *method, const char *path,
                               const char *body, json_t **out, weir_error *err)
{
    size_t room = strlen(registry->url) + strlen(path) + 1;
    char *url = weir_malloc(room);
    const http_answer *answer = NULL;
    json_t *root = NULL;
    weir_code code = WEIR_OK;

    if (!url)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for a registry URL");
    snprintf(url, room, "%s%s", registry->url, path);
    http_request request = {method, url, body, body ? strlen(body) : 0, registry->headers};
    if ((code = http_call(registry->caller, &request, &answer, err)))
        goto done;
    root = json_loadb((const char *)answer->body.data, answer->body.size, 0, NULL);
    if (answer->status < 200 || answer->status > 299) {
        const char *why = json_string_value(json_object_get(root, "message"));

        code = answer->status == 404                            ? WEIR_NOT_FOUND
               : answer->status >= 500 || answer->status == 429 ? WEIR_UNAVAILABLE
                                                                : WEIR_INVALID;
        weir_fail(err, code, "%s %.100s: the registry answers %ld, %.80s", method, url,
                  answer->status, why ? why : "no reason given");
        goto done;
    }
    if (!root) {
        code = weir_fail(err, WEIR_UNAVAILABLE, "%s %.120s: the answer is no JSON", method, url);
        goto done;
    }
    *out = root;
    root = NULL;
done:
    json_decref(root);
    weir_free(url);
    return code;
}

/* Asks for the schema of an id and keeps it. The caller holds the lock. */
static weir_code fetch_schema(weir_registry *registry, int32_t id, cached_schema **out,
                              weir_error *err)
{
    char path[64];
    json_t *root = NULL;
    const char *text = NULL, *type = NULL;
    cached_schema *schema = NULL;
    weir_code code = WEIR_OK;

    snprintf(path, sizeof path, "/schemas/ids/%d", (int)id);
    if ((code = registry_call(registry, "GET", path, NULL, &root, err)))
        return code;
    text = json_string_value(json_object_get(root, "schema"));
    type = json_string_value(json_object_get(root, "schemaType"));
    if (!text || (type && strcmp(type, "AVRO") != 0)) {
        code = weir_fail(err, WEIR_INVALID, "schema %d is %s, not Avro", (int)id,
                         type ? type : "empty");
        goto done;
    }
    if (!(schema = weir_calloc(1, sizeof *schema)) || !(schema->text = weir_strdup(text))) {
        weir_free(schema);
        code = weir_fail(err, WEIR_NO_MEMORY, "no room for schema %d", (int)id);
        goto done;
    }
    schema->id = id;
    HASH_ADD(hh, registry->schemas, id, sizeof schema->id, schema);
    if (!HASH_ADDED(schema, hh)) {
        weir_free(schema->text);
        weir_free(schema);
        code = weir_fail(err, WEIR_NO_MEMORY, "no room for schema %d", (int)id);
        goto done;
    }
    *out = schema;
done:
    json_decref(root);
    return code;
}

static weir_code registry_schema(weir_registry *registry, int32_t id, const char **text,
                                 weir_error *err)
{
    cached_schema *schema = NULL;
    weir_code code = WEIR_OK;

    pthread_mutex_lock(&registry->lock);
    HASH_FIND(hh, registry->schemas, &id, sizeof id, schema);
    if (!schema)
        code = fetch_schema(registry, id, &schema, err);
    if (!code)
        *text = schema->text;
    pthread_mutex_unlock(&registry->lock);
    return code;
}

static weir_code registry_enrol(weir_registry *registry, const char *subject, const char *schema,
                                int32_t *id, weir_error *err)
{
    char path[1024];
    json_t *body = json_pack("{s:s}", "schema", schema), *root = NULL;
    char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;
    char *escaped = curl_easy_escape(NULL, subject, 0);
    const json_t *given = NULL;
    weir_code code = WEIR_OK;

    if (!text || !escaped) {
        code = weir_fail(err, WEIR_NO_MEMORY, "no room to register %s", subject);
        goto done;
    }
    if (snprintf(path, sizeof path, "/subjects/%s/versions", escaped) >= (int)sizeof path) {
        code = weir_fail(err, WEIR_TOO_LARGE, "the subject %.60s... is too long", subject);
        goto done;
    }
    pthread_mutex_lock(&registry->lock);
    code = registry_call(registry, "POST", path, text, &root, err);
    pthread_mutex_unlock(&registry->lock);
    if (code)
        goto done;
    given = json_object_get(root, "id");
    if (!json_is_integer(given) || json_integer_value(given) < 0 ||
        json_integer_value(given) > INT32_MAX) {
        code = weir_fail(err, WEIR_UNAVAILABLE, "%.120s: the registry gives no id", path);
        goto done;
    }
    *id = (int32_t)json_integer_value(given);
done:
    json_decref(root);
    json_decref(body);
    free(text);
    curl_free(escaped);
    return code;
}

const weir_registry_calls weir_registry_http = {
    .open = registry_open,
    .close = registry_close,
    .schema = registry_schema,
    .enrol = registry_enrol,
};
