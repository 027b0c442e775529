/* json_plan.c: JSON objects, plain or in Kafka Connect's envelope, read straight into batch columns.
 *
 *     {"x":1.5,"name":"a"}
 *     {"schema":{"type":"struct","fields":[{"field":"x","type":"double","optional":false},...]},"payload":{"x":1.5,...}}
 *
 * Plain objects carry no schema: the plan learns fields as they come and widens what it knows of each (a whole number
 * then a fraction is a FLOAT, a number then a text a STRING). An envelope's schema is compared byte by byte with the
 * one before, which is nearly always the same one, and read again only when it differs. An envelope without a schema
 * ("schema":null) is read like a plain object.
 *
 * Objects of one topic have their members in one order, so the field after the one just met is tried before the hash.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <string.h>

#include "avro_write.h"
#include "cell.h"
#include "json_cell.h"
#include "json_walk.h"
#include "json_write.h"
#include "row_plan.h"

typedef struct {
    weir_row_plan plan;
    bool envelope;
    json_index *index;
    weir_bytes schema; /* the text of the envelope's schema that the fields come from */
    weir_bytes scratch, key;
    uint64_t row; /* numbers the rows, see plan_field */
} json_row_plan;

static void json_free(weir_row_plan *plan)
{
    json_row_plan *self = (json_row_plan *)plan;

    json_index_free(self->index);
    weir_bytes_free(&self->schema);
    weir_bytes_free(&self->scratch);
    weir_bytes_free(&self->key);
    weir_free(self);
}

/* --- where schema and payload lie */

typedef struct {
    json_walk walk;   /* before the row's object */
    json_walk schema; /* before the envelope's schema */
    bool has_schema;  /* and it is not null */
    bool has_payload;
} json_value;

static weir_code find_parts(json_value *value, weir_error *err)
{
    json_walk walk = value->walk;
    bool first = true, more;
    weir_code code = json_walk_expect(&walk, '{', err);

    while (!code && !(code = json_walk_more(&walk, '}', &first, &more, err)) && more) {
        json_string key;

        if ((code = json_walk_key(&walk, &key, err)))
            break;
        if (json_string_is(&key, "schema")) {
            value->schema = walk;
            value->has_schema = json_walk_peek(&walk) != 'n';
        } else if (json_string_is(&key, "payload")) {
            value->walk = walk;
            value->has_payload = true;
        }
        code = json_walk_skip(&walk, err);
    }
    if (!code)
        code = json_walk_close(&walk, err);
    if (!code && !value->has_payload)
        return weir_fail(err, WEIR_INVALID, "JSON: the envelope has no payload");
    return code;
}

static weir_code open_value(const json_row_plan *self, const void *text, size_t size,
                            json_value *value, weir_error *err)
{
    weir_code code;

    *value = (json_value){0};
    if ((code = json_walk_open(&value->walk, self->index, text, size, err)))
        return code;
    if (self->envelope && (code = find_parts(value, err)))
        return code;
    if (json_walk_peek(&value->walk) != '{')
        return json_walk_unexpected(&value->walk, "an object", err);
    return WEIR_OK;
}

/* After the row's object: nothing may follow a plain one (of an envelope that was seen already). */
static weir_code close_value(const json_row_plan *self, const json_walk *walk, weir_error *err)
{
    return self->envelope ? WEIR_OK : json_walk_close(walk, err);
}

/* Reads a member's name and finds its field (NULL: not known). near is the place where it is expected. */
static weir_code read_key(json_row_plan *self, json_walk *walk, size_t near, const char **name,
                          size_t *size, plan_field **field, weir_error *err)
{
    weir_row_plan *plan = &self->plan;
    json_string key;
    weir_code code;

    if ((code = json_walk_key(walk, &key, err)) ||
        (code = json_string_text(&key, &self->key, name, size, err)))
        return code;
    if (near < plan->count && plan->fields[near]->name_size == *size &&
        memcmp(plan->fields[near]->view.name, *name, *size) == 0)
        *field = plan->fields[near];
    else
        *field = row_plan_find_field(plan, *name, *size);
    return WEIR_OK;
}

/* --- learning fields */

typedef struct {
    weir_field_kind kind;
    const char *name; /* "null" tells nothing of the kind */
} seen_kind;

static const seen_kind seen_null = {WEIR_FIELD_STRING, "null"};

static weir_code look_at(json_walk *walk, seen_kind *seen, weir_error *err)
{
    json_walk number = *walk;
    int64_t whole;

    switch (json_walk_peek(walk)) {
    case '"':
        *seen = (seen_kind){WEIR_FIELD_STRING, "string"};
        break;
    case 't':
    case 'f':
        *seen = (seen_kind){WEIR_FIELD_BOOLEAN, "boolean"};
        break;
    case 'n':
        *seen = seen_null;
        break;
    case '[':
        *seen = (seen_kind){WEIR_FIELD_OTHER, "array"};
        break;
    case '{':
        *seen = (seen_kind){WEIR_FIELD_OTHER, "object"};
        break;
    default:
        *seen = (seen_kind){WEIR_FIELD_FLOAT, "number"};
        if (!json_walk_integer(&number, &whole, NULL))
            *seen = (seen_kind){WEIR_FIELD_INTEGER, "whole number"};
        break;
    }
    return json_walk_skip(walk, err);
}

static bool is_number(weir_field_kind kind)
{
    return kind == WEIR_FIELD_INTEGER || kind == WEIR_FIELD_FLOAT;
}

/* The kind that covers both. An array or object beside plain values is a bad cell of theirs. */
static seen_kind widen(const weir_field *known, seen_kind seen)
{
    if (strcmp(known->type_name, "null") == 0 || known->kind == seen.kind)
        return seen;
    if (known->kind == WEIR_FIELD_OTHER)
        return seen;
    if (seen.kind == WEIR_FIELD_OTHER) /* one misplaced object must not cost the whole column */
        return (seen_kind){known->kind, known->type_name};
    if (is_number(known->kind) && is_number(seen.kind))
        return (seen_kind){WEIR_FIELD_FLOAT, "number"};
    return (seen_kind){WEIR_FIELD_STRING, "mixed"};
}

/* A whole number where fractions were, or the other way, changes no attribute type. */
static weir_code widen_field(plan_field *field, seen_kind seen, bool *changed, weir_error *err)
{
    weir_field *view = &field->view;
    seen_kind wide;
    char *name;

    if (strcmp(seen.name, "null") == 0) {
        view->nullable = true;
        return WEIR_OK;
    }
    wide = widen(view, seen);
    if (wide.kind == view->kind && strcmp(view->type_name, "null") != 0)
        return WEIR_OK;
    if (!(name = weir_strdup(wide.name)))
        return weir_fail(err, WEIR_NO_MEMORY, "no room for field '%s'", view->name);
    *changed = *changed || !(is_number(wide.kind) && is_number(view->kind));
    weir_free(field->type_text);
    view->type_name = field->type_text = name;
    view->kind = wide.kind;
    return WEIR_OK;
}

static weir_code look_at_members(json_row_plan *self, json_walk *walk, bool *changed,
                                 weir_error *err)
{
    bool first = true, more;
    size_t near = 0;
    weir_code code = json_walk_expect(walk, '{', err);

    while (!code && !(code = json_walk_more(walk, '}', &first, &more, err)) && more) {
        const char *name;
        size_t size;
        plan_field *field;
        seen_kind seen;

        if ((code = read_key(self, walk, near, &name, &size, &field, err)) ||
            (code = look_at(walk, &seen, err)))
            break;
        if (field) {
            code = widen_field(field, seen, changed, err);
            near = field->index + 1;
        } else {
            code = row_plan_add_field(&self->plan, name, size, seen.kind,
                                      strcmp(seen.name, "null") == 0, seen.name, err);
            near = self->plan.count;
            *changed = true;
        }
    }
    return code ? code : close_value(self, walk, err);
}

/* --- the schema of an envelope */

static weir_field_kind kind_of_connect(const char *type, size_t size)
{
    static const struct {
        const char *type;
        weir_field_kind kind;
    } kinds[] = {
        {"boolean", WEIR_FIELD_BOOLEAN}, {"int16", WEIR_FIELD_INTEGER},
        {"int32", WEIR_FIELD_INTEGER},   {"int64", WEIR_FIELD_INTEGER},
        {"float", WEIR_FIELD_FLOAT},     {"float32", WEIR_FIELD_FLOAT},
        {"double", WEIR_FIELD_FLOAT},    {"float64", WEIR_FIELD_FLOAT},
        {"string", WEIR_FIELD_STRING},
    };

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strlen(kinds[i].type) == size && memcmp(kinds[i].type, type, size) == 0)
            return kinds[i].kind;
    return WEIR_FIELD_OTHER;
}

typedef struct {
    json_string field, type;
    bool has_field, has_type, optional, logical;
} connect_field;

static weir_code read_connect_field(json_walk *walk, connect_field *out, weir_error *err)
{
    bool first = true, more;
    weir_code code = json_walk_expect(walk, '{', err);

    *out = (connect_field){0};
    while (!code && !(code = json_walk_more(walk, '}', &first, &more, err)) && more) {
        json_string key;

        if ((code = json_walk_key(walk, &key, err)))
            break;
        if (json_string_is(&key, "field")) {
            out->has_field = true;
            code = json_walk_string(walk, &out->field, err);
        } else if (json_string_is(&key, "type")) {
            out->has_type = true;
            code = json_walk_string(walk, &out->type, err);
        } else {
            /* A named type is a logical one: a date, a decimal. */
            out->logical =
                out->logical || (json_string_is(&key, "name") && json_walk_peek(walk) == '"');
            out->optional =
                out->optional || (json_string_is(&key, "optional") && json_walk_peek(walk) == 't');
            code = json_walk_skip(walk, err);
        }
    }
    if (!code && !(out->has_field && out->has_type))
        return weir_fail(err, WEIR_INVALID, "a field has no '%s'",
                         out->has_field ? "type" : "field");
    return code;
}

static weir_code read_connect_fields(json_row_plan *self, json_walk *walk, weir_row_plan *into,
                                     weir_error *err)
{
    bool first = true, more;
    weir_code code = json_walk_expect(walk, '[', err);

    while (!code && !(code = json_walk_more(walk, ']', &first, &more, err)) && more) {
        connect_field field;
        const char *name;
        char type[32];
        size_t size;

        if ((code = read_connect_field(walk, &field, err)) ||
            (code = json_string_text(&field.field, &self->key, &name, &size, err)))
            break;
        if (field.type.size >= sizeof type)
            return weir_fail(err, WEIR_INVALID, "a field's type has %zu bytes", field.type.size);
        memcpy(type, field.type.raw, field.type.size);
        type[field.type.size] = 0;
        code = row_plan_add_field(into, name, size,
                                  field.logical ? WEIR_FIELD_OTHER
                                                : kind_of_connect(type, field.type.size),
                                  field.optional, type, err);
    }
    return code;
}

static bool same_fields(const weir_row_plan *a, const weir_row_plan *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++) {
        const weir_field *x = &a->fields[i]->view, *y = &b->fields[i]->view;

        if (strcmp(x->name, y->name) != 0 || x->kind != y->kind || x->nullable != y->nullable)
            return false;
    }
    return true;
}

/* Reads a schema into the plan when it is not the one it has. */
static weir_code look_at_schema(json_row_plan *self, json_walk walk, bool *changed, weir_error *err)
{
    json_walk after = walk;
    weir_row_plan fields = {.format = self->plan.format};
    const char *start = walk.text + json_walk_at(&walk);
    bool first = true, more, found = false;
    size_t size;
    weir_code code;

    json_walk_leap(&after);
    size = json_walk_at(&after) - json_walk_at(&walk);
    if (self->schema.size > 0 && self->schema.size == size &&
        memcmp(self->schema.data, start, size) == 0)
        return WEIR_OK;
    code = json_walk_expect(&walk, '{', err);
    while (!code && !(code = json_walk_more(&walk, '}', &first, &more, err)) && more) {
        json_string key;

        if ((code = json_walk_key(&walk, &key, err)))
            break;
        if (json_string_is(&key, "fields") && !found) {
            found = true;
            code = read_connect_fields(self, &walk, &fields, err);
        } else {
            code = json_walk_skip(&walk, err);
        }
    }
    if (!code && !found)
        code = weir_fail(err, WEIR_INVALID, "it has no list of fields");
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

static weir_code json_look(weir_row_plan *plan, const void *text, size_t size, bool *changed,
                           weir_error *err)
{
    json_row_plan *self = (json_row_plan *)plan;
    json_value value;
    weir_code code = open_value(self, text, size, &value, err);

    if (code)
        return code;
    return value.has_schema ? look_at_schema(self, value.schema, changed, err)
                            : look_at_members(self, &value.walk, changed, err);
}

/* --- rows */

static weir_code read_member(json_row_plan *self, json_walk *walk, plan_field *field,
                             weir_batch *batch, weir_rejects *rejects, weir_error *err)
{
    weir_error why;
    weir_code code;

    if (!field || field->index >= self->plan.bound)
        return json_walk_skip(walk, err);
    if (field->row == self->row)
        return weir_fail(err, WEIR_INVALID, "JSON: member '%s' is there twice", field->view.name);
    field->row = self->row;
    code = json_cell_read(walk, batch, field->index, &self->scratch, &why);
    if (code == WEIR_INVALID) {
        rejects_cell_of(rejects, field->index, &why);
        return WEIR_OK;
    }
    if (code == WEIR_CORRUPT)
        code = WEIR_INVALID;
    return code ? weir_fail(err, code, "%s", why.message) : WEIR_OK;
}

static weir_code json_row(weir_row_plan *plan, const void *text, size_t size, weir_batch *batch,
                          weir_rejects *rejects, weir_error *err)
{
    json_row_plan *self = (json_row_plan *)plan;
    bool first = true, more;
    size_t near = 0;
    json_value value;
    weir_code code;

    self->row++;
    if ((code = open_value(self, text, size, &value, err)) ||
        (code = json_walk_expect(&value.walk, '{', err)))
        return code;
    while (!(code = json_walk_more(&value.walk, '}', &first, &more, err)) && more) {
        const char *name;
        size_t name_size;
        plan_field *field;

        if ((code = read_key(self, &value.walk, near, &name, &name_size, &field, err)) ||
            (code = read_member(self, &value.walk, field, batch, rejects, err)))
            return code;
        near = field ? field->index + 1 : near;
    }
    return code ? code : close_value(self, &value.walk, err);
}

/* --- adding fields to a value */

static void write_extra_value(const weir_extra_field *extra, weir_bytes *out)
{
    bool absent = extra_is_absent(extra);

    if (absent && extra->nullable)
        json_write_raw(out, "null");
    else if (extra->kind == WEIR_FIELD_BOOLEAN)
        json_write_raw(out, !absent && extra->integer ? "true" : "false");
    else if (extra->kind == WEIR_FIELD_FLOAT)
        json_write_number(out, absent ? 0 : extra->number);
    else if (extra->kind == WEIR_FIELD_STRING)
        json_write_text(out, absent ? "" : extra->text);
    else
        json_write_integer(out, absent ? 0 : extra->integer);
}

static void write_extra_members(const weir_extra_field *extras, size_t count, bool behind,
                                weir_bytes *out)
{
    for (size_t i = 0; i < count; i++) {
        if (behind || i > 0)
            weir_bytes_u8(out, ',');
        json_write_text(out, extras[i].name);
        weir_bytes_u8(out, ':');
        write_extra_value(&extras[i], out);
    }
}

static const char *connect_type(const weir_extra_field *extra)
{
    switch (extra->kind) {
    case WEIR_FIELD_BOOLEAN:
        return "boolean";
    case WEIR_FIELD_FLOAT:
        return "double";
    case WEIR_FIELD_STRING:
        return "string";
    default:
        return extra->wide ? "int64" : "int32";
    }
}

static void write_extra_schema(const weir_extra_field *extras, size_t count, bool behind,
                               weir_bytes *out)
{
    for (size_t i = 0; i < count; i++) {
        json_write_raw(out, behind || i > 0 ? ",{\"field\":" : "{\"field\":");
        json_write_text(out, extras[i].name);
        json_write_raw(out, ",\"type\":\"");
        json_write_raw(out, connect_type(&extras[i]));
        json_write_raw(out,
                       extras[i].nullable ? "\",\"optional\":true}" : "\",\"optional\":false}");
    }
}

/* Where an array or object at the walk ends: the byte of its closing bracket, and whether it has members. */
static weir_code find_end(json_walk walk, size_t *end, bool *members, weir_error *err)
{
    json_walk start = walk;
    weir_code code = json_walk_skip(&walk, err);

    if (code)
        return code;
    *end = walk.tokens[walk.next - 1];
    *members = walk.next - start.next > 2;
    return WEIR_OK;
}

/* The list of fields in an envelope's schema. */
static weir_code find_fields(json_walk walk, json_walk *fields, weir_error *err)
{
    bool first = true, more;
    weir_code code = json_walk_expect(&walk, '{', err);

    while (!code && !(code = json_walk_more(&walk, '}', &first, &more, err)) && more) {
        json_string key;

        if ((code = json_walk_key(&walk, &key, err)))
            break;
        if (json_string_is(&key, "fields") && json_walk_peek(&walk) == '[') {
            *fields = walk;
            return WEIR_OK;
        }
        code = json_walk_skip(&walk, err);
    }
    return code ? code : weir_fail(err, WEIR_INVALID, "JSON: the schema has no list of fields");
}

/* Copies the value as it is up to the closing brackets, and writes the extras before them. */
static weir_code json_extend(const weir_row_plan *plan, const void *text, size_t size,
                             const weir_extra_field *extras, size_t count, weir_bytes *out,
                             weir_error *err)
{
    const json_row_plan *self = (const json_row_plan *)plan;
    const char *from = text;
    size_t row_end, fields_end = 0, done = 0;
    bool row_members, fields_members = false, schema_first;
    json_value value;
    json_walk fields;
    weir_code code;

    if ((code = open_value(self, text, size, &value, err)) ||
        (code = find_end(value.walk, &row_end, &row_members, err)))
        return code;
    if (value.has_schema && ((code = find_fields(value.schema, &fields, err)) ||
                             (code = find_end(fields, &fields_end, &fields_members, err))))
        return code;
    schema_first = value.has_schema && fields_end < row_end;
    for (int part = 0; part < 2; part++) {
        if (schema_first == (part == 0)) {
            if (!value.has_schema)
                continue;
            weir_bytes_append(out, from + done, fields_end - done);
            write_extra_schema(extras, count, fields_members, out);
            done = fields_end;
        } else {
            weir_bytes_append(out, from + done, row_end - done);
            write_extra_members(extras, count, row_members, out);
            done = row_end;
        }
    }
    weir_bytes_append(out, from + done, size - done);
    return WEIR_OK;
}

static bool json_holds(const weir_row_plan *plan, const char *name)
{
    return row_plan_find_field(plan, name, strlen(name)) != NULL;
}

static const plan_format envelope_format = {.free = json_free,
                                            .look = json_look,
                                            .row = json_row,
                                            .extend = json_extend,
                                            .holds = json_holds};
/* Without a schema a field's kind is only what was seen first, so a type that is given goes before it. */
static const plan_format plain_format = {.free = json_free,
                                         .look = json_look,
                                         .row = json_row,
                                         .extend = json_extend,
                                         .holds = json_holds,
                                         .any_type = true};

weir_code json_plan(bool envelope, weir_row_plan **out, weir_error *err)
{
    json_row_plan *self = weir_calloc(1, sizeof *self);

    if (!self)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for a row plan");
    self->plan.format = envelope ? &envelope_format : &plain_format;
    self->envelope = envelope;
    if (!(self->index = json_index_new())) {
        row_plan_free(&self->plan);
        return weir_fail(err, WEIR_NO_MEMORY, "no room for a row plan");
    }
    *out = &self->plan;
    return WEIR_OK;
}
