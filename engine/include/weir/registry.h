/* registry.h: the port to a schema registry: writer schemas by id, and ids for schemas.
 *
 * adapters/remote implements it with the HTTP calls of the Confluent registry (weir_registry_http).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_REGISTRY_H
#define WEIR_REGISTRY_H

#include <stdint.h>

#include "weir/error.h"

/* A registry and what was read from it. Any thread; a schema of an id never changes, so each is asked for once. */
typedef struct weir_registry weir_registry;

typedef struct {
    weir_code (*open)(const char *url, weir_registry **out, weir_error *err);
    void (*close)(weir_registry *registry); /* NULL is fine */
    /* The Avro schema of an id; the text stays valid until close. WEIR_NOT_FOUND when the registry has no such id,
     * WEIR_UNAVAILABLE when it does not answer, WEIR_INVALID when the schema is not Avro. */
    weir_code (*schema)(weir_registry *registry, int32_t id, const char **text, weir_error *err);
    /* Registers an Avro schema (it may be there already). */
    weir_code (*enrol)(weir_registry *registry, const char *subject, const char *schema,
                       int32_t *id, weir_error *err);
} weir_registry_calls;

#endif
