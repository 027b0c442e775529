/* renames.c: fields that had another name once.
 *
 * A field that is renamed keeps its old name as an alias in the new schema, and goes on filling the attribute that it
 * filled before. Which one that is must not depend on what a reader happened to see: readers begin in the middle of a
 * topic, and its rows of several schemas come in any order. So it follows from the registry alone. The versions ahead of
 * a schema are gone through, oldest first, and each name is given its attribute:
 *
 *     a name that was there before   the attribute it had
 *     one with an alias of those     the attribute of the alias
 *     any other                      the attribute of its own name
 *
 *     version 1  temp                          temp -> temp
 *     version 2  heat, aliases [temp]          heat -> temp
 *     version 3  t, aliases [heat]             t -> temp
 *
 * A field never takes the attribute of another one in its schema. A schema without aliases says nothing of other names,
 * so the registry is not asked for what was ahead of it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "renames.h"

#include <string.h>

#include "weir/hash.h"
#include "weir/memory.h"

/* A name that a field has or had, and the attribute it fills. */
typedef struct {
    char *name, *attribute;
    UT_hash_handle hh;
} known_name;

static void name_free(known_name *known)
{
    if (!known)
        return;
    weir_free(known->name);
    weir_free(known->attribute);
    weir_free(known);
}

static const char *attribute_of(const known_name *names, const char *name)
{
    known_name *known = NULL;

    HASH_FIND_STR(names, name, known);
    return known ? known->attribute : NULL;
}

static weir_code learn_name(known_name **names, const char *name, const char *attribute,
                            weir_error *err)
{
    known_name *known = NULL;

    HASH_FIND_STR(*names, name, known);
    if (known)
        return WEIR_OK;
    if (!(known = weir_calloc(1, sizeof *known)) || !(known->name = weir_strdup(name)) ||
        !(known->attribute = weir_strdup(attribute)))
        goto no_room;
    HASH_ADD_KEYPTR(hh, *names, known->name, strlen(known->name), known);
    if (!HASH_ADDED(known, hh))
        goto no_room;
    return WEIR_OK;
no_room:
    name_free(known);
    return weir_fail(err, WEIR_NO_MEMORY, "no room for the names of a field");
}

static bool is_taken(const weir_codecs *codecs, const weir_row_plan *plan, const char *attribute)
{
    for (size_t i = 0; i < codecs->plan_fields(plan); i++)
        if (!strcmp(codecs->plan_field(plan, i).name, attribute))
            return true;
    return false;
}

/* The attribute that a field fills, by the names known so far; its own name where they say nothing else. */
static const char *choose(const weir_codecs *codecs, const known_name *names,
                          const weir_row_plan *plan, const weir_field *field)
{
    const char *attribute = attribute_of(names, field->name);

    for (size_t i = 0; !attribute && i < field->alias_count; i++)
        attribute = attribute_of(names, field->aliases[i]);
    if (!attribute || !strcmp(attribute, field->name) || is_taken(codecs, plan, attribute))
        return field->name;
    return attribute;
}

/* Gives a plan's fields their attributes. learn: the names are for the schemas behind it. */
static weir_code rename_fields(const weir_codecs *codecs, known_name **names, weir_row_plan *plan,
                               bool learn, weir_error *err)
{
    weir_code code = WEIR_OK;

    for (size_t i = 0; !code && i < codecs->plan_fields(plan); i++) {
        weir_field field = codecs->plan_field(plan, i);
        const char *attribute = choose(codecs, *names, plan, &field);

        if (learn && (code = learn_name(names, field.name, attribute, err)))
            break;
        if (strcmp(attribute, field.name) != 0)
            code = codecs->plan_rename(plan, i, attribute, err);
    }
    return code;
}

/* Goes through an older schema. One that is not to be read says nothing. */
static weir_code learn_schema(const weir_codecs *codecs, const weir_registry_calls *calls,
                              weir_registry *registry, int32_t id, known_name **names,
                              weir_error *err)
{
    const char *text = NULL;
    weir_row_plan *plan = NULL;
    weir_code code = calls->schema(registry, id, &text, err);

    if (!code && !(code = codecs->avro_plan(text, strlen(text), &plan, err)))
        code = rename_fields(codecs, names, plan, true, err);
    codecs->plan_free(plan);
    return code == WEIR_INVALID || code == WEIR_NOT_FOUND || code == WEIR_TOO_LARGE ? WEIR_OK
                                                                                    : code;
}

static bool has_aliases(const weir_codecs *codecs, const weir_row_plan *plan)
{
    for (size_t i = 0; i < codecs->plan_fields(plan); i++)
        if (codecs->plan_field(plan, i).alias_count > 0)
            return true;
    return false;
}

weir_code renames_apply(const weir_codecs *codecs, const weir_registry_calls *calls,
                        weir_registry *registry, int32_t id, weir_row_plan *plan, weir_error *err)
{
    known_name *names = NULL, *known = NULL, *next = NULL;
    int32_t *ids = NULL;
    size_t count = 0;
    weir_code code = WEIR_OK;

    if (!has_aliases(codecs, plan))
        return WEIR_OK;
    code = calls->older(registry, id, &ids, &count, err);
    if (code == WEIR_NOT_FOUND)
        code = WEIR_OK;
    for (size_t i = 0; !code && i < count; i++)
        code = learn_schema(codecs, calls, registry, ids[i], &names, err);
    if (!code)
        code = rename_fields(codecs, &names, plan, false, err);
    HASH_ITER(hh, names, known, next)
    {
        HASH_DEL(names, known);
        name_free(known);
    }
    weir_free(ids);
    return code ? weir_explain(err, code, "the names that fields of schema %d had", (int)id)
                : WEIR_OK;
}
