/* json_connect.c: the fields of a row plan from the schema of Kafka Connect's envelope.
 *
 *     {"type":"struct","fields":[
 *       {"field":"x","type":"double","optional":true},
 *       {"field":"at","type":"struct","fields":[{"field":"lat","type":"float"}]},
 *       {"field":"tags","type":"array","items":{"type":"string"}},
 *       {"field":"cost","type":"bytes","name":"org.apache.kafka.connect.data.Decimal","parameters":{"scale":"2"}}]}
 *
 * Members come in any order, so a field's type may be known only behind what it is to be read by: the places of nested
 * lists are kept and read at the field's end. Names that are not Connect's own logical types are the sender's business:
 * such a field is read as what it is made of.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <string.h>

#include "decimal.h"
#include "json_plan.h"
#include "number.h"

typedef struct {
    json_string field, type, name, scale;
    json_walk fields, items; /* of a struct, of an array */
    bool has_field, has_type, has_fields, has_items, optional;
} connect_type;

/* What a field is read as. */
typedef struct {
    weir_field_kind kind;
    logical_kind logical;
    int scale;
    char title[32]; /* as the schema calls it */
} connect_meaning;

static weir_code read_scale(json_walk *walk, json_string *scale, weir_error *err)
{
    bool first = true, more;
    weir_code code;

    if (json_walk_peek(walk) != '{')
        return json_walk_skip(walk, err);
    code = json_walk_expect(walk, '{', err);
    while (!code && !(code = json_walk_more(walk, '}', &first, &more, err)) && more) {
        json_string key;

        if ((code = json_walk_key(walk, &key, err)))
            break;
        if (json_string_is(&key, "scale") && json_walk_peek(walk) == '"')
            code = json_walk_string(walk, scale, err);
        else
            code = json_walk_skip(walk, err);
    }
    return code;
}

static weir_code read_member(json_walk *walk, const json_string *key, connect_type *out,
                             weir_error *err)
{
    char next = json_walk_peek(walk);

    if (json_string_is(key, "field")) {
        out->has_field = true;
        return json_walk_string(walk, &out->field, err);
    }
    if (json_string_is(key, "type")) {
        out->has_type = true;
        return json_walk_string(walk, &out->type, err);
    }
    if (json_string_is(key, "name") && next == '"')
        return json_walk_string(walk, &out->name, err);
    if (json_string_is(key, "parameters"))
        return read_scale(walk, &out->scale, err);
    if (json_string_is(key, "fields") && next == '[') {
        out->has_fields = true;
        out->fields = *walk;
    } else if (json_string_is(key, "items") && next == '{') {
        out->has_items = true;
        out->items = *walk;
    } else if (json_string_is(key, "optional")) {
        out->optional = next == 't';
    }
    return json_walk_skip(walk, err);
}

static weir_code read_type(json_walk *walk, connect_type *out, weir_error *err)
{
    bool first = true, more;
    weir_code code = json_walk_expect(walk, '{', err);

    *out = (connect_type){0};
    while (!code && !(code = json_walk_more(walk, '}', &first, &more, err)) && more) {
        json_string key;

        if (!(code = json_walk_key(walk, &key, err)))
            code = read_member(walk, &key, out, err);
    }
    return code;
}

static bool is_plain(const json_string *type, weir_field_kind *kind)
{
    static const struct {
        const char *type;
        weir_field_kind kind;
    } kinds[] = {
        {"boolean", WEIR_FIELD_BOOLEAN}, {"int8", WEIR_FIELD_INTEGER},
        {"int16", WEIR_FIELD_INTEGER},   {"int32", WEIR_FIELD_INTEGER},
        {"int64", WEIR_FIELD_INTEGER},   {"float", WEIR_FIELD_FLOAT},
        {"float32", WEIR_FIELD_FLOAT},   {"double", WEIR_FIELD_FLOAT},
        {"float64", WEIR_FIELD_FLOAT},   {"string", WEIR_FIELD_STRING},
    };

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (json_string_is(type, kinds[i].type)) {
            *kind = kinds[i].kind;
            return true;
        }
    return false;
}

/* What one value of a type is read as; OTHER for what no attribute holds. */
static weir_code meaning_of(const connect_type *type, connect_meaning *out, weir_error *err)
{
    int64_t scale = 0;

    *out = (connect_meaning){.kind = WEIR_FIELD_OTHER};
    if (!type->has_type)
        return weir_fail(err, WEIR_INVALID, "a field has no 'type'");
    if (type->type.size >= sizeof out->title)
        return weir_fail(err, WEIR_INVALID, "a field's type has %zu bytes", type->type.size);
    memcpy(out->title, type->type.raw, type->type.size);
    if (json_string_is(&type->name, "org.apache.kafka.connect.data.Decimal") &&
        json_string_is(&type->type, "bytes")) {
        if (!number_read_integer(type->scale.raw, type->scale.size, &scale) ||
            scale < -DECIMAL_SCALE_MAX || scale > DECIMAL_SCALE_MAX)
            return weir_fail(err, WEIR_INVALID, "a decimal has no scale within %d",
                             DECIMAL_SCALE_MAX);
        out->kind = WEIR_FIELD_FLOAT;
        out->logical = LOGICAL_DECIMAL;
        out->scale = (int)scale;
        return WEIR_OK;
    }
    is_plain(&type->type, &out->kind);
    if (out->kind == WEIR_FIELD_INTEGER &&
        json_string_is(&type->name, "org.apache.kafka.connect.data.Date"))
        out->logical = LOGICAL_DAYS;
    return WEIR_OK;
}

static weir_code read_fields(json_row_plan *self, json_walk walk, size_t prefix, unsigned depth,
                             bool optional, weir_row_plan *into, weir_error *err);

/* Adds what a field of the struct stands for: itself, or the fields of the struct that it is. */
static weir_code add_field(json_row_plan *self, const connect_type *type, size_t prefix,
                           unsigned depth, bool optional, weir_row_plan *into, weir_error *err)
{
    connect_type items;
    connect_meaning meaning;
    const char *name, *full;
    size_t size, full_size;
    plan_field *added;
    weir_code code;

    if (!type->has_field)
        return weir_fail(err, WEIR_INVALID, "a field has no 'field'");
    if ((code = json_string_text(&type->field, &self->key, &name, &size, err)) ||
        (code = json_path_set(&self->path, prefix, name, size, &full, &full_size, err)) ||
        (code = meaning_of(type, &meaning, err)))
        return code;
    optional = optional || type->optional;
    if (json_string_is(&type->type, "struct") && depth < JSON_OBJECTS_MAX) {
        if (!type->has_fields)
            return weir_fail(err, WEIR_INVALID, "struct '%.*s' has no list of fields",
                             (int)full_size, full);
        return read_fields(self, type->fields, full_size, depth + 1, optional, into, err);
    }
    if (json_string_is(&type->type, "array") && type->has_items) {
        json_walk walk = type->items;

        if ((code = read_type(&walk, &items, err)) || (code = meaning_of(&items, &meaning, err)))
            return code;
        meaning.kind = meaning.kind == WEIR_FIELD_OTHER ? WEIR_FIELD_OTHER : WEIR_FIELD_LIST;
        memcpy(meaning.title, "array", sizeof "array");
    }
    if ((code =
             row_plan_add_field(into, full, full_size, meaning.kind, optional, meaning.title, err)))
        return code;
    added = into->fields[into->count - 1];
    added->logical = meaning.logical;
    added->scale = meaning.scale;
    return WEIR_OK;
}

static weir_code read_fields(json_row_plan *self, json_walk walk, size_t prefix, unsigned depth,
                             bool optional, weir_row_plan *into, weir_error *err)
{
    bool first = true, more;
    weir_code code = json_walk_expect(&walk, '[', err);

    while (!code && !(code = json_walk_more(&walk, ']', &first, &more, err)) && more) {
        connect_type type;

        if (!(code = read_type(&walk, &type, err)))
            code = add_field(self, &type, prefix, depth, optional, into, err);
    }
    return code;
}

static bool same_fields(const weir_row_plan *a, const weir_row_plan *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++) {
        const plan_field *x = a->fields[i], *y = b->fields[i];

        if (strcmp(x->view.name, y->view.name) != 0 || x->view.kind != y->view.kind ||
            x->view.nullable != y->view.nullable || x->logical != y->logical ||
            x->scale != y->scale)
            return false;
    }
    return true;
}

weir_code json_look_at_schema(json_row_plan *self, json_walk walk, bool *changed, weir_error *err)
{
    json_walk after = walk;
    weir_row_plan fields = {.format = self->plan.format};
    const char *start = walk.text + json_walk_at(&walk);
    connect_type type;
    size_t size;
    weir_code code;

    json_walk_leap(&after);
    size = json_walk_at(&after) - json_walk_at(&walk);
    if (self->schema.size > 0 && self->schema.size == size &&
        memcmp(self->schema.data, start, size) == 0)
        return WEIR_OK;
    code = read_type(&walk, &type, err);
    if (!code && !type.has_fields)
        code = weir_fail(err, WEIR_INVALID, "it has no list of fields");
    if (!code)
        code = read_fields(self, type.fields, 0, 0, false, &fields, err);
    if (!code) {
        weir_bytes_clear(&self->schema);
        weir_bytes_append(&self->schema, start, size);
        code = weir_bytes_ok(&self->schema, err);
    }
    if (!code && !same_fields(&self->plan, &fields)) {
        weir_row_plan old = self->plan;

        self->plan = fields;
        fields = old;
        *changed = true;
    }
    row_plan_drop_fields(&fields);
    return code ? weir_explain(err, code, "JSON: schema") : WEIR_OK;
}
