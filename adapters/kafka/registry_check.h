/* registry_check.h: a registry and row plans for tests: schemas are words, and every question is counted.
 *
 * A schema is its fields, separated by blanks; behind a field's name stand the names it had before: "x heat/temp". One
 * that begins with '!' cannot be read. Its id is its place in the list, from 1; NULL is an id that is not known.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WEIR_REGISTRY_CHECK_H
#define WEIR_REGISTRY_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "weir/codec.h"
#include "weir/memory.h"
#include "weir/registry.h"

enum { CHECK_FIELDS = 8 };

struct weir_registry {
    const char *const *schemas;
    size_t count;
    bool away;
    size_t asked, asked_older;
};

struct weir_row_plan {
    char names[CHECK_FIELDS][CHECK_FIELDS][16]; /* of a field: its own, then those before */
    const char *aliases[CHECK_FIELDS][CHECK_FIELDS];
    size_t name_count[CHECK_FIELDS];
    size_t fields;
};

static inline weir_code check_schema(weir_registry *registry, int32_t id, const char **text,
                                     weir_error *err)
{
    registry->asked++;
    if (registry->away)
        return weir_fail(err, WEIR_UNAVAILABLE, "the registry is away");
    if (id < 1 || (size_t)id > registry->count || !registry->schemas[id - 1])
        return weir_fail(err, WEIR_NOT_FOUND, "there is no schema %d", (int)id);
    *text = registry->schemas[id - 1];
    return WEIR_OK;
}

static inline weir_code check_older(weir_registry *registry, int32_t id, int32_t **ids,
                                    size_t *count, weir_error *err)
{
    registry->asked_older++;
    if (registry->away)
        return weir_fail(err, WEIR_UNAVAILABLE, "the registry is away");
    *count = (size_t)id - 1;
    *ids = weir_calloc((size_t)id, sizeof **ids);
    assert_non_null(*ids);
    for (int32_t i = 1; i < id; i++)
        (*ids)[i - 1] = i;
    return WEIR_OK;
}

static inline weir_code check_avro_plan(const char *schema, size_t size, weir_row_plan **out,
                                        weir_error *err)
{
    char text[200];
    char *rest = text, *word = NULL;
    weir_row_plan *plan = NULL;

    if (*schema == '!')
        return weir_fail(err, WEIR_INVALID, "a schema that cannot be read");
    assert_true(size < sizeof text);
    snprintf(text, sizeof text, "%s", schema);
    plan = calloc(1, sizeof *plan);
    assert_non_null(plan);
    while ((word = strtok_r(rest, " ", &rest))) {
        size_t field = plan->fields++, *count = &plan->name_count[field];
        char *name = NULL;

        while ((name = strtok_r(word, "/", &word))) {
            snprintf(plan->names[field][*count], sizeof plan->names[field][*count], "%s", name);
            if (*count > 0)
                plan->aliases[field][*count - 1] = plan->names[field][*count];
            ++*count;
        }
    }
    *out = plan;
    return WEIR_OK;
}

static inline void check_plan_free(weir_row_plan *plan)
{
    free(plan);
}

static inline size_t check_plan_fields(const weir_row_plan *plan)
{
    return plan->fields;
}

static inline weir_field check_plan_field(const weir_row_plan *plan, size_t i)
{
    return (weir_field){.name = plan->names[i][0],
                        .kind = WEIR_FIELD_FLOAT,
                        .type_name = "double",
                        .aliases = plan->aliases[i],
                        .alias_count = plan->name_count[i] - 1};
}

static inline weir_code check_plan_rename(weir_row_plan *plan, size_t i, const char *name,
                                          weir_error *err)
{
    (void)err;
    snprintf(plan->names[i][0], sizeof plan->names[i][0], "%s", name);
    return WEIR_OK;
}

static const weir_registry_calls check_registry = {.schema = check_schema, .older = check_older};

static const weir_codecs check_codecs = {.avro_plan = check_avro_plan,
                                         .plan_free = check_plan_free,
                                         .plan_fields = check_plan_fields,
                                         .plan_field = check_plan_field,
                                         .plan_rename = check_plan_rename};

#endif
