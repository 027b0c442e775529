/* row_plan.c: the fields of a row plan, their types, and the way to the format's own functions.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "row_plan.h"

#include <string.h>

static void free_field(plan_field *field)
{
    if (!field)
        return;
    for (size_t i = 0; i < field->view.alias_count; i++)
        weir_free(field->aliases[i]);
    weir_free(field->aliases);
    weir_free((char *)field->view.name);
    weir_free(field->type_text);
    weir_free(field);
}

static weir_code make_field(const char *name, size_t size, const char *type_name, plan_field **out,
                            weir_error *err)
{
    plan_field *field = weir_calloc(1, sizeof *field);

    if (field) {
        field->view.name = weir_strndup(name, size);
        field->view.type_name = field->type_text = weir_strdup(type_name);
    }
    if (!field || !field->view.name || !field->type_text) {
        free_field(field);
        return weir_fail(err, WEIR_NO_MEMORY, "no room for field '%.*s'", (int)size, name);
    }
    *out = field;
    return WEIR_OK;
}

static weir_code check_name(const weir_row_plan *plan, const char *name, size_t size,
                            weir_error *err)
{
    if (size == 0)
        return weir_fail(err, WEIR_INVALID, "field %zu has no name", plan->count);
    if (size > WEIR_NAME_MAX)
        return weir_fail(err, WEIR_INVALID, "field %zu has a name of %zu bytes; at most %d",
                         plan->count, size, WEIR_NAME_MAX);
    if (memchr(name, 0, size) || !weir_utf8_valid(name, size))
        return weir_fail(err, WEIR_INVALID, "field %zu has a name that is not UTF-8 text",
                         plan->count);
    if (row_plan_find_field(plan, name, size))
        return weir_fail(err, WEIR_INVALID, "field '%.*s' is there twice", (int)size, name);
    if (plan->count == PLAN_FIELDS_MAX)
        return weir_fail(err, WEIR_TOO_LARGE, "field '%.*s' is one more than %d", (int)size, name,
                         PLAN_FIELDS_MAX);
    return WEIR_OK;
}

static weir_code make_room(weir_row_plan *plan, weir_error *err)
{
    size_t capacity = plan->capacity ? plan->capacity * 2 : 16;
    plan_field **fields;

    if (plan->count < plan->capacity)
        return WEIR_OK;
    if (!(fields = weir_realloc_array(plan->fields, capacity, sizeof(plan_field *))))
        return weir_fail(err, WEIR_NO_MEMORY, "no room for %zu fields", capacity);
    plan->fields = fields;
    plan->capacity = capacity;
    return WEIR_OK;
}

weir_code row_plan_add_field(weir_row_plan *plan, const char *name, size_t size,
                             weir_field_kind kind, bool nullable, const char *type_name,
                             weir_error *err)
{
    plan_field *field = NULL;
    weir_code code;

    if ((code = check_name(plan, name, size, err)) || (code = make_room(plan, err)) ||
        (code = make_field(name, size, type_name, &field, err)))
        return code;
    field->view.kind = kind;
    field->view.nullable = nullable;
    field->name_size = size;
    field->index = plan->count;
    HASH_ADD_KEYPTR(hh, plan->by_name, field->view.name, size, field);
    if (!HASH_ADDED(field, hh)) {
        free_field(field);
        return weir_fail(err, WEIR_NO_MEMORY, "no room for %zu fields", plan->count + 1);
    }
    plan->fields[plan->count++] = field;
    return WEIR_OK;
}

weir_code row_plan_add_alias(plan_field *field, const char *name, weir_error *err)
{
    char **wider =
        weir_realloc_array(field->aliases, field->view.alias_count + 1, sizeof *field->aliases);

    if (wider) {
        field->aliases = wider;
        field->view.aliases = (const char *const *)wider;
    }
    if (!wider || !(wider[field->view.alias_count] = weir_strdup(name)))
        return weir_fail(err, WEIR_NO_MEMORY, "no room for the names of field '%s'",
                         field->view.name);
    field->view.alias_count++;
    return WEIR_OK;
}

weir_code row_plan_rename(weir_row_plan *plan, size_t i, const char *name, weir_error *err)
{
    plan_field *field = plan->fields[i];
    const char *old = field->view.name;
    size_t size = strlen(name);
    char *copy = NULL;
    weir_code code = check_name(plan, name, size, err);

    if (code)
        return code;
    if (!(copy = weir_strdup(name)))
        return weir_fail(err, WEIR_NO_MEMORY, "no room for field '%s'", name);
    HASH_DELETE(hh, plan->by_name, field);
    field->view.name = copy;
    field->name_size = size;
    weir_free((char *)old);
    HASH_ADD_KEYPTR(hh, plan->by_name, field->view.name, size, field);
    return HASH_ADDED(field, hh) ? WEIR_OK
                                 : weir_fail(err, WEIR_NO_MEMORY, "no room for field '%s'", copy);
}

plan_field *row_plan_find_field(const weir_row_plan *plan, const char *name, size_t size)
{
    plan_field *field = NULL;

    HASH_FIND(hh, plan->by_name, name, size, field);
    return field;
}

void row_plan_drop_fields(weir_row_plan *plan)
{
    HASH_CLEAR(hh, plan->by_name);
    for (size_t i = 0; i < plan->count; i++)
        free_field(plan->fields[i]);
    weir_free(plan->fields);
    plan->fields = NULL;
    plan->count = plan->capacity = plan->bound = plan->columns = 0;
}

void row_plan_free(weir_row_plan *plan)
{
    if (!plan)
        return;
    row_plan_drop_fields(plan);
    plan->format->free(plan);
}

size_t row_plan_fields(const weir_row_plan *plan)
{
    return plan->count;
}

weir_field row_plan_field_at(const weir_row_plan *plan, size_t i)
{
    return plan->fields[i]->view;
}

weir_code row_plan_look(weir_row_plan *plan, const void *value, size_t size, bool *changed,
                        weir_error *err)
{
    *changed = false;
    return plan->format->look(plan, value, size, changed, err);
}

weir_code row_plan_bind(weir_row_plan *plan, const weir_type *types, size_t count,
                        weir_batch *batch, weir_error *err)
{
    weir_code code = WEIR_OK;

    if (count != plan->count)
        return weir_fail(err, WEIR_INVALID, "%zu attribute types for %zu fields", count,
                         plan->count);
    if (batch->column_count != 0)
        return weir_fail(err, WEIR_INVALID, "the batch has %zu columns already",
                         batch->column_count);
    for (size_t i = 0; i < count; i++)
        if (!plan->format->any_type && types[i] != WEIR_X &&
            (plan->fields[i]->view.kind == WEIR_FIELD_OTHER || types[i] == WEIR_NO_TYPE))
            return weir_fail(err, WEIR_INVALID,
                             "field '%s' of type %s cannot be read as %c, only be ignored (X)",
                             plan->fields[i]->view.name, plan->fields[i]->view.type_name,
                             (char)types[i]);
    for (size_t i = 0; i < count && !code; i++) {
        plan_field *field = plan->fields[i];

        field->column = WEIR_NONE;
        if (types[i] != WEIR_NO_TYPE)
            code = weir_batch_add_column(batch, field->view.name, field->name_size, types[i],
                                         &field->column, err);
    }
    if (!code) {
        plan->bound = count;
        plan->columns = batch->column_count;
    }
    return code;
}

weir_code row_plan_row(weir_row_plan *plan, const void *value, size_t size, weir_batch *batch,
                       weir_rejects *rejects, weir_error *err)
{
    uint64_t bad_cells = rejects->cells;
    weir_code code;

    if (plan->columns != batch->column_count || plan->bound > plan->count)
        return weir_fail(err, WEIR_INVALID, "the plan is bound to %zu columns, the batch has %zu",
                         plan->columns, batch->column_count);
    if ((code = weir_batch_row_begin(batch, err)))
        return code;
    if ((code = plan->format->row(plan, value, size, batch, rejects, err))) {
        rejects->cells = bad_cells; /* they go with the row */
        return code;
    }
    weir_batch_row_end(batch);
    return WEIR_OK;
}

bool row_plan_holds(const weir_row_plan *plan, const char *name)
{
    return plan->format->holds(plan, name);
}

weir_code row_plan_extend_value(const weir_row_plan *plan, const void *value, size_t size,
                                const weir_extra_field *extras, size_t count, weir_bytes *out,
                                weir_error *err)
{
    size_t before = out->size;
    weir_code code = plan->format->extend(plan, value, size, extras, count, out, err);

    if (!code)
        code = weir_bytes_ok(out, err);
    if (code)
        out->size = before;
    return code;
}
