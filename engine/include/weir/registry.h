/* registry.h: the port to a schema registry: writer schemas by id, and ids for schemas.
 *
 * adapters/remote implements it with the HTTP calls of the Confluent registry (weir_registry_http).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_REGISTRY_H
#define WEIR_REGISTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "weir/error.h"

/* A registry and what was read from it. Any thread; a schema of an id never changes, so each is asked for once. */
typedef struct weir_registry weir_registry;

/* How a registry is reached and who asks. Everything but url may be NULL. Files are PEM unless said otherwise. */
typedef struct {
    const char *url; /* several, separated by commas, are tried in turn; may hold user:password@ */
    const char
        *user_info;    /* "user:password" of basic authentication; goes before what the URL holds */
    const char *token; /* of bearer authentication */
    const char *logical_cluster, *identity_pool; /* whom a token is for, at Confluent Cloud */
    const char *ca;                /* file of the authorities trusted; NULL: the system's */
    const char *ca_text;           /* the same as a text */
    const char *certificate, *key; /* files of this client; key NULL: within certificate */
    const char *certificate_text, *key_text; /* the same as texts */
    const char *key_password;
    bool pkcs12;       /* certificate is a PKCS#12 store, with its key */
    bool any_hostname; /* the registry's certificate may be of another host */
} weir_registry_options;

typedef struct {
    /* Connects to nothing yet; options are copied. WEIR_INVALID when a file cannot be read. */
    weir_code (*open)(const weir_registry_options *options, weir_registry **out, weir_error *err);
    void (*close)(weir_registry *registry); /* NULL is fine */
    /* The Avro schema of an id; the text stays valid until close. WEIR_NOT_FOUND when the registry has no such id,
     * WEIR_UNAVAILABLE when it does not answer or does not let this client in (which its owner can mend while the
     * client waits), WEIR_INVALID when the schema is not Avro. */
    weir_code (*schema)(weir_registry *registry, int32_t id, const char **text, weir_error *err);
    /* The ids of the schemas that stand ahead of this one under its subjects, oldest first; *ids is for weir_free(). */
    weir_code (*older)(weir_registry *registry, int32_t id, int32_t **ids, size_t *count,
                       weir_error *err);
    /* Registers an Avro schema (it may be there already). */
    weir_code (*enrol)(weir_registry *registry, const char *subject, const char *schema,
                       int32_t *id, weir_error *err);
} weir_registry_calls;

#endif
