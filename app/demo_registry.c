/* demo_registry.c: see demo_registry.h.
 *
 * A schema's id is its place in a list; a text that was registered before keeps its id. A subject's version is the
 * number of its entries up to and including that schema.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "demo_registry.h"

#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "weir/http.h"
#include "weir/memory.h"

#define SCHEMAS_MAX 10000 /* a registry that forgets nothing needs an end */

typedef struct {
    char *subject;
    size_t schema; /* index into schemas */
} enrolment;

struct demo_registry {
    weir_http_server *server;
    char url[300];
    pthread_mutex_t lock; /* over everything below */
    char **schemas;
    size_t schema_count;
    enrolment *enrolments;
    size_t enrolment_count;
};

static void answer(weir_http_reply *reply, int status, json_t *json)
{
    char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;

    json_decref(json);
    weir_http_reply_text(reply, text ? status : 500, "application/vnd.schemaregistry.v1+json",
                         text ? text : "{\"error_code\":50001,\"message\":\"out of memory\"}");
    free(text);
}

static void refuse(weir_http_reply *reply, int status, int code, const char *message)
{
    answer(reply, status, json_pack("{s:i,s:s}", "error_code", code, "message", message));
}

/* The id of a schema text, from 1; 0 without room. The caller holds the lock. */
static size_t schema_id(demo_registry *registry, const char *text)
{
    char **schemas = NULL;

    for (size_t i = 0; i < registry->schema_count; i++)
        if (!strcmp(registry->schemas[i], text))
            return i + 1;
    if (registry->schema_count >= SCHEMAS_MAX ||
        !(schemas =
              weir_realloc_array(registry->schemas, registry->schema_count + 1, sizeof *schemas)))
        return 0;
    registry->schemas = schemas;
    if (!(schemas[registry->schema_count] = weir_strdup(text)))
        return 0;
    return ++registry->schema_count;
}

/* Enters a schema under a subject unless it is there. The caller holds the lock. */
static bool enter(demo_registry *registry, const char *subject, size_t id)
{
    enrolment *grown = NULL;

    for (size_t i = 0; i < registry->enrolment_count; i++)
        if (registry->enrolments[i].schema == id - 1 &&
            !strcmp(registry->enrolments[i].subject, subject))
            return true;
    if (registry->enrolment_count >= SCHEMAS_MAX ||
        !(grown = weir_realloc_array(registry->enrolments, registry->enrolment_count + 1,
                                     sizeof *grown)))
        return false;
    registry->enrolments = grown;
    grown[registry->enrolment_count].schema = id - 1;
    if (!(grown[registry->enrolment_count].subject = weir_strdup(subject)))
        return false;
    registry->enrolment_count++;
    return true;
}

static void post_version(const weir_http_request *request, weir_http_reply *reply)
{
    demo_registry *registry = weir_http_context(request);
    size_t size = 0, id = 0;
    const char *body = weir_http_body(request, &size);
    json_t *root = json_loadb(body ? body : "", size, 0, NULL);
    const char *schema = json_string_value(json_object_get(root, "schema"));
    json_t *parsed = schema ? json_loads(schema, JSON_DECODE_ANY, NULL) : NULL;

    if (!parsed) {
        refuse(reply, 422, 42201, "the request has no schema that is JSON");
    } else {
        pthread_mutex_lock(&registry->lock);
        if ((id = schema_id(registry, schema)) && !enter(registry, weir_http_param(request, 0), id))
            id = 0;
        pthread_mutex_unlock(&registry->lock);
        if (id)
            answer(reply, 200, json_pack("{s:I}", "id", (json_int_t)id));
        else
            refuse(reply, 500, 50001, "no room for another schema");
    }
    json_decref(parsed);
    json_decref(root);
}

static void get_schema(const weir_http_request *request, weir_http_reply *reply)
{
    demo_registry *registry = weir_http_context(request);
    size_t id = strtoul(weir_http_param(request, 0), NULL, 10);
    json_t *json = NULL;

    pthread_mutex_lock(&registry->lock);
    if (id && id <= registry->schema_count)
        json = json_pack("{s:s}", "schema", registry->schemas[id - 1]);
    pthread_mutex_unlock(&registry->lock);
    if (json)
        answer(reply, 200, json);
    else
        refuse(reply, 404, 40403, "Schema not found");
}

static void get_subjects(const weir_http_request *request, weir_http_reply *reply)
{
    demo_registry *registry = weir_http_context(request);
    json_t *list = json_array();

    pthread_mutex_lock(&registry->lock);
    for (size_t i = 0; i < registry->enrolment_count; i++) {
        bool seen = false;

        for (size_t j = 0; j < i; j++)
            seen |= !strcmp(registry->enrolments[i].subject, registry->enrolments[j].subject);
        if (!seen)
            json_array_append_new(list, json_string(registry->enrolments[i].subject));
    }
    pthread_mutex_unlock(&registry->lock);
    answer(reply, 200, list);
}

/* version "latest" or a number from 1 */
static void get_version(const weir_http_request *request, weir_http_reply *reply)
{
    demo_registry *registry = weir_http_context(request);
    const char *subject = weir_http_param(request, 0), *wanted = weir_http_param(request, 1);
    size_t version = 0;
    json_t *json = NULL;

    pthread_mutex_lock(&registry->lock);
    for (size_t i = 0; i < registry->enrolment_count; i++) {
        size_t schema = registry->enrolments[i].schema;

        if (strcmp(registry->enrolments[i].subject, subject) != 0)
            continue;
        version++;
        if (strcmp(wanted, "latest") != 0 && strtoul(wanted, NULL, 10) != version)
            continue;
        json_decref(json);
        json = json_pack("{s:s,s:I,s:I,s:s}", "subject", subject, "version", (json_int_t)version,
                         "id", (json_int_t)schema + 1, "schema", registry->schemas[schema]);
    }
    pthread_mutex_unlock(&registry->lock);
    if (json)
        answer(reply, 200, json);
    else
        refuse(reply, 404, version ? 40402 : 40401,
               version ? "Version not found" : "Subject not found");
}

static const weir_route routes[] = {
    {.method = "GET", .path = "/subjects", .handler = get_subjects, .title = "subjects"},
    {.method = "POST",
     .path = "/subjects/{subject}/versions",
     .handler = post_version,
     .title = "register a schema"},
    {.method = "GET",
     .path = "/subjects/{subject}/versions/{version}",
     .handler = get_version,
     .title = "a schema of a subject"},
    {.method = "GET", .path = "/schemas/ids/{id}", .handler = get_schema, .title = "a schema"},
    {0},
};

weir_code demo_registry_open(demo_registry **out, weir_error *err)
{
    demo_registry *registry = weir_calloc(1, sizeof *registry);
    weir_http_options options = {.listen = "127.0.0.1:0",
                                 .workers = 2,
                                 .max_body = (size_t)4 << 20,
                                 .max_connections = 256,
                                 .routes = routes};
    weir_code code = WEIR_OK;

    if (!registry)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for a schema registry");
    pthread_mutex_init(&registry->lock, NULL);
    options.context = registry;
    if ((code = weir_http_open(&options, &registry->server, err)))
        goto done;
    snprintf(registry->url, sizeof registry->url, "http://%s", weir_http_address(registry->server));
    *out = registry;
    registry = NULL;
done:
    demo_registry_close(registry);
    return code;
}

void demo_registry_close(demo_registry *registry)
{
    if (!registry)
        return;
    weir_http_close(registry->server);
    for (size_t i = 0; i < registry->schema_count; i++)
        weir_free(registry->schemas[i]);
    for (size_t i = 0; i < registry->enrolment_count; i++)
        weir_free(registry->enrolments[i].subject);
    weir_free(registry->schemas);
    weir_free(registry->enrolments);
    pthread_mutex_destroy(&registry->lock);
    weir_free(registry);
}

const char *demo_registry_url(const demo_registry *registry)
{
    return registry->url;
}
