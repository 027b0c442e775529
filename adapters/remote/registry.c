/* registry.c: the Confluent schema registry's few calls that streams need, with a cache.
 *
 * An id names one schema for ever, so the first answer is kept; a failure is not, since the registry may have been
 * down. One lock covers cache and connection: a second thread that misses waits for the first one's answer, which is
 * usually the one it wanted.
 *
 * Of several addresses the one that answered last is asked first. Credentials never enter a message: those in an
 * address are taken out of it at once.
 *
 * A schema is missing only when the registry says so with a code of its own (40403). Any other refusal, also a bare
 * 404 of some other server at that address, means that this client does not get through: rows must not be thrown away
 * for it, so it is WEIR_UNAVAILABLE and whoever needs the schema waits.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "weir/remote_rest.h"

#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "http_call.h"
#include "weir/hash.h"

#define REGISTRY_TIMEOUT_MS 10000
#define REGISTRY_MAX_ANSWER ((size_t)8 << 20)
#define REGISTRY_MAX_URLS 16
#define REGISTRY_NO_SCHEMA 40403 /* error_code of a schema id that there is not */
#define REGISTRY_MEDIA "application/vnd.schemaregistry.v1+json"

typedef struct {
    int32_t id;
    char *text;
    UT_hash_handle hh;
} cached_schema;

struct weir_registry {
    char *urls[REGISTRY_MAX_URLS]; /* without credentials and without a slash at the end */
    size_t url_count, last;        /* last: the one that answered */
    http_caller *caller;
    struct curl_slist *headers;
    cached_schema *schemas;
    pthread_mutex_t lock; /* over last, caller, schemas and status */
    long status;          /* of the last answer; 0: there was none */
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
    for (size_t i = 0; i < registry->url_count; i++)
        weir_free(registry->urls[i]);
    weir_free(registry);
}

/* --- opening */

static weir_code no_room(weir_error *err)
{
    return weir_fail(err, WEIR_NO_MEMORY, "no room for a registry client");
}

/* One address of the list. user:password@ is cut out of it into *credentials, unless that is there already. */
static weir_code take_url(weir_registry *registry, const char *text, size_t length,
                          char **credentials, weir_error *err)
{
    const char *host = memmem(text, length, "://", 3), *at = NULL;
    char *url = NULL;

    if (!host || (strncmp(text, "http://", 7) != 0 && strncmp(text, "https://", 8) != 0))
        return weir_fail(err, WEIR_INVALID,
                         "an address of the schema registry begins with http:// or https://");
    if (registry->url_count == REGISTRY_MAX_URLS)
        return weir_fail(err, WEIR_INVALID, "more than %d addresses of the schema registry",
                         REGISTRY_MAX_URLS);
    host += 3;
    length -= (size_t)(host - text);
    at = memchr(host, '@', strcspn(host, "/,"));
    if (!(url = weir_calloc(1, (size_t)(host - text) + length + 1)))
        return no_room(err);
    memcpy(url, text, (size_t)(host - text));
    if (at) {
        if (!*credentials)
            *credentials = curl_easy_unescape(NULL, host, (int)(at - host), NULL);
        length -= (size_t)(at + 1 - host);
        host = at + 1;
    }
    memcpy(url + strlen(url), host, length);
    for (size_t end = strlen(url); end && url[end - 1] == '/'; end--)
        url[end - 1] = 0;
    registry->urls[registry->url_count++] = url;
    return at && !*credentials ? no_room(err) : WEIR_OK;
}

static weir_code take_urls(weir_registry *registry, const char *list, char **credentials,
                           weir_error *err)
{
    weir_code code = WEIR_OK;

    while (!code) {
        size_t skip = strspn(list, " \t"), length = strcspn(list += skip, ",");
        size_t trimmed = length;

        while (trimmed && strchr(" \t", list[trimmed - 1]))
            trimmed--;
        code = take_url(registry, list, trimmed, credentials, err);
        if (!list[length])
            break;
        list += length + 1;
    }
    return code;
}

static weir_code take_header(weir_registry *registry, const char *name, const char *value,
                             weir_error *err)
{
    size_t room = strlen(name) + (value ? strlen(value) : 0) + 1;
    struct curl_slist *longer = NULL;
    char *line = NULL;

    if (!value)
        return WEIR_OK;
    for (const char *at = value; *at; at++)
        if ((unsigned char)*at < ' ')
            return weir_fail(err, WEIR_INVALID,
                             "what goes into the registry's header %.*s holds the byte 0x%02x",
                             (int)strcspn(name, ":"), name, (unsigned char)*at);
    if (!(line = weir_malloc(room)))
        return no_room(err);
    snprintf(line, room, "%s%s", name, value);
    longer = curl_slist_append(registry->headers, line);
    explicit_bzero(line, room);
    weir_free(line);
    if (!longer)
        return no_room(err);
    registry->headers = longer;
    return WEIR_OK;
}

static weir_code check_file(const char *what, const char *path, weir_error *err)
{
    if (path && access(path, R_OK))
        return weir_fail(err, WEIR_INVALID, "the registry's %s %.160s cannot be read", what, path);
    return WEIR_OK;
}

/* Lends the caller to the identity that the options give. credentials: "user:password" or NULL; it is cut in two. */
static weir_code identify(weir_registry *registry, const weir_registry_options *options,
                          char *credentials, weir_error *err)
{
    char *colon = credentials ? strchr(credentials, ':') : NULL;
    weir_code code = WEIR_OK;

    if (credentials && !colon)
        return weir_fail(err, WEIR_INVALID,
                         "the credentials for the schema registry are not user:password");
    if (colon)
        *colon = 0;
    const http_identity identity = {.user = credentials,
                                    .password = colon ? colon + 1 : NULL,
                                    .ca = options->ca,
                                    .certificate = options->certificate,
                                    .key = options->key,
                                    .ca_text = options->ca_text,
                                    .certificate_text = options->certificate_text,
                                    .key_text = options->key_text,
                                    .key_password = options->key_password,
                                    .pkcs12 = options->pkcs12,
                                    .any_hostname = options->any_hostname};
    if ((code = check_file("file of authorities", options->ca, err)) ||
        (code = check_file("client certificate", options->certificate, err)) ||
        (code = check_file("client key", options->key, err)))
        return code;
    return http_caller_identify(registry->caller, &identity, err);
}

static weir_code registry_open(const weir_registry_options *options, weir_registry **out,
                               weir_error *err)
{
    char *credentials = NULL, *in_url = NULL;
    weir_code code = WEIR_OK;
    weir_registry *registry = weir_calloc(1, sizeof *registry);

    if (!registry)
        return no_room(err);
    pthread_mutex_init(&registry->lock, NULL);
    if ((code = take_urls(registry, options->url, &in_url, err)) ||
        (code = take_header(registry, "Accept: ", REGISTRY_MEDIA ", application/json", err)) ||
        (code = take_header(registry, "Content-Type: ", REGISTRY_MEDIA, err)) ||
        (code = take_header(registry, "Authorization: Bearer ", options->token, err)) ||
        (code = take_header(registry, "target-sr-cluster: ", options->logical_cluster, err)) ||
        (code = take_header(registry, "Confluent-Identity-Pool-Id: ", options->identity_pool, err)))
        goto done;
    if (options->user_info ? !(credentials = weir_strdup(options->user_info))
                           : in_url && !(credentials = weir_strdup(in_url))) {
        code = no_room(err);
        goto done;
    }
    if ((code =
             http_caller_open(REGISTRY_TIMEOUT_MS, REGISTRY_MAX_ANSWER, &registry->caller, err)) ||
        (code = identify(registry, options, credentials, err)))
        goto done;
    *out = registry;
    registry = NULL;
done:
    curl_free(in_url);
    weir_free(credentials);
    registry_close(registry);
    return code;
}

/* --- calls */

/* What an answer that is not 2xx means. Only the registry itself can say that there is no such schema, or that it does
 * not take one. asked: the call asked for something, rather than bringing it. */
static weir_code refused(const http_answer *answer, const json_t *root, bool asked)
{
    json_int_t why = json_integer_value(json_object_get(root, "error_code"));

    if (answer->status == 404 && why == REGISTRY_NO_SCHEMA)
        return WEIR_NOT_FOUND;
    if (!asked && (answer->status == 400 || answer->status == 409 || answer->status == 422))
        return WEIR_INVALID;
    return WEIR_UNAVAILABLE;
}

/* Calls one address and parses its answer. The caller holds the lock. */
static weir_code call_at(weir_registry *registry, const char *base, const char *method,
                         const char *path, const char *body, json_t **out, weir_error *err)
{
    size_t room = strlen(base) + strlen(path) + 1;
    char *url = weir_malloc(room);
    const http_answer *answer = NULL;
    json_t *root = NULL;
    weir_code code = WEIR_OK;

    if (!url)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for a registry URL");
    snprintf(url, room, "%s%s", base, path);
    http_request request = {method, url, body, body ? strlen(body) : 0, registry->headers};
    registry->status = 0;
    if ((code = http_call(registry->caller, &request, &answer, err))) {
        weir_explain(err, code, "the schema registry");
        goto done;
    }
    registry->status = answer->status;
    root = json_loadb((const char *)answer->body.data, answer->body.size, 0, NULL);
    if (answer->status < 200 || answer->status > 299) {
        const char *why = json_string_value(json_object_get(root, "message"));

        code = refused(answer, root, !body);
        weir_fail(err, code, "%s %.100s: the schema registry %s %ld, %.80s", method, url,
                  answer->status == 401 || answer->status == 403 ? "does not let this client in:"
                                                                 : "answers",
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

/* Calls the addresses in turn, from the one that answered last on, until one serves. The caller holds the lock. */
static weir_code registry_call(weir_registry *registry, const char *method, const char *path,
                               const char *body, json_t **out, weir_error *err)
{
    weir_code code = WEIR_OK;

    for (size_t tries = 0; tries < registry->url_count; tries++) {
        code = call_at(registry, registry->urls[registry->last], method, path, body, out, err);
        if (code != WEIR_UNAVAILABLE)
            break;
        registry->last = (registry->last + 1) % registry->url_count;
    }
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

/* A subject as a part of a path. */
static bool subject_path(char *path, size_t room, const char *subject, const char *behind)
{
    char *escaped = curl_easy_escape(NULL, subject, 0);
    bool fits =
        escaped && snprintf(path, room, "/subjects/%s/versions%s", escaped, behind) < (int)room;

    curl_free(escaped);
    return fits;
}

/* Adds the id of one version of a subject. The caller holds the lock. */
static weir_code add_version(weir_registry *registry, const char *subject, json_int_t version,
                             int32_t **ids, size_t *count, weir_error *err)
{
    char path[1024], behind[32];
    json_t *root = NULL;
    json_int_t id = 0;
    int32_t *more = NULL;
    weir_code code = WEIR_OK;

    snprintf(behind, sizeof behind, "/%lld", (long long)version);
    if (!subject_path(path, sizeof path, subject, behind))
        return WEIR_OK; /* no schema of ours has such a subject */
    code = registry_call(registry, "GET", path, NULL, &root, err);
    if (code == WEIR_NOT_FOUND)
        return WEIR_OK; /* deleted since */
    if (code)
        return code;
    id = json_integer_value(json_object_get(root, "id"));
    json_decref(root);
    if (id <= 0 || id > INT32_MAX)
        return WEIR_OK;
    if (!(more = weir_realloc_array(*ids, *count + 1, sizeof *more)))
        return weir_fail(err, WEIR_NO_MEMORY, "no room for the versions of %.100s", subject);
    more[(*count)++] = (int32_t)id;
    *ids = more;
    return WEIR_OK;
}

/* Adds the versions of a subject before one of them. The caller holds the lock. */
static weir_code add_older(weir_registry *registry, const char *subject, json_int_t version,
                           int32_t **ids, size_t *count, weir_error *err)
{
    char path[1024];
    json_t *versions = NULL;
    weir_code code = WEIR_OK;

    if (version < 2 || !subject_path(path, sizeof path, subject, ""))
        return WEIR_OK;
    code = registry_call(registry, "GET", path, NULL, &versions, err);
    if (code == WEIR_NOT_FOUND)
        return WEIR_OK;
    for (size_t i = 0; !code && i < json_array_size(versions); i++) {
        json_int_t one = json_integer_value(json_array_get(versions, i));

        if (one > 0 && one < version)
            code = add_version(registry, subject, one, ids, count, err);
    }
    json_decref(versions);
    return code;
}

static weir_code registry_older(weir_registry *registry, int32_t id, int32_t **ids, size_t *count,
                                weir_error *err)
{
    char path[64];
    json_t *places = NULL;
    weir_code code = WEIR_OK;

    *ids = NULL;
    *count = 0;
    snprintf(path, sizeof path, "/schemas/ids/%d/versions", (int)id);
    pthread_mutex_lock(&registry->lock);
    code = registry_call(registry, "GET", path, NULL, &places, err);
    if (code == WEIR_UNAVAILABLE && (registry->status == 404 || registry->status == 405))
        code = WEIR_OK; /* a small registry that has no such call: it knows of no other versions */
    for (size_t i = 0; !code && i < json_array_size(places); i++) {
        const json_t *place = json_array_get(places, i);
        const char *subject = json_string_value(json_object_get(place, "subject"));

        if (subject)
            code =
                add_older(registry, subject, json_integer_value(json_object_get(place, "version")),
                          ids, count, err);
    }
    pthread_mutex_unlock(&registry->lock);
    json_decref(places);
    if (code) {
        weir_free(*ids);
        *ids = NULL;
        *count = 0;
    }
    return code;
}

static weir_code registry_enrol(weir_registry *registry, const char *subject, const char *schema,
                                int32_t *id, weir_error *err)
{
    char path[1024];
    json_t *body = json_pack("{s:s}", "schema", schema), *root = NULL;
    char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;
    const json_t *given = NULL;
    weir_code code = WEIR_OK;

    if (!text) {
        code = weir_fail(err, WEIR_NO_MEMORY, "no room to register %s", subject);
        goto done;
    }
    if (!subject_path(path, sizeof path, subject, "")) {
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
    return code;
}

const weir_registry_calls weir_registry_http = {
    .open = registry_open,
    .close = registry_close,
    .schema = registry_schema,
    .older = registry_older,
    .enrol = registry_enrol,
};
