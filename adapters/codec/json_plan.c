/* json_plan.c: JSON objects, plain or in Kafka Connect's envelope, read straight into batch columns.
 *
 *     {"x":1.5,"name":"a","at":{"lat":47.5},"tags":["p","q"]}
 *     {"schema":{"type":"struct","fields":[{"field":"x","type":"double","optional":false},...]},"payload":{"x":1.5,...}}
 *
 * The members of objects in objects are fields called object.member, arrays of plain values are lists. Plain objects
 * carry no schema: the plan learns fields as they come and widens what it knows of each (a whole number then a fraction
 * is a FLOAT, a number then a text a STRING). An envelope's schema is compared byte by byte with the one before, which
 * is nearly always the same one, and read again only when it differs (json_connect.c). An envelope without a schema
 * ("schema":null) is read like a plain object.
 *
 * Objects of one topic have their members in one order, so the field after the one just met is tried before the hash.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "json_plan.h"

#include <string.h>

#include "cell.h"
#include "decimal.h"
#include "json_cell.h"
#include "number.h"

static void json_free(weir_row_plan *plan)
{
    json_row_plan *self = (json_row_plan *)plan;

    json_index_free(self->index);
    weir_bytes_free(&self->schema);
    weir_bytes_free(&self->scratch);
    weir_bytes_free(&self->key);
    weir_bytes_free(&self->path);
    weir_free(self);
}

/* --- where schema and payload lie */

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

weir_code json_value_open(const json_row_plan *self, const void *text, size_t size,
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

/* --- members */

weir_code json_path_set(weir_bytes *path, size_t prefix, const char *name, size_t size,
                        const char **full, size_t *full_size, weir_error *err)
{
    path->size = prefix;
    if (prefix > 0)
        weir_bytes_u8(path, '.');
    weir_bytes_append(path, name, size);
    *full = (const char *)path->data;
    *full_size = path->size;
    return weir_bytes_ok(path, err);
}

/* Where a row is read: its objects, and where the next field is expected. */
typedef struct {
    size_t prefix; /* how much of the path names the object; 0: the row itself */
    size_t near;
    unsigned depth;
} json_place;

/* Reads a member's name, which is dotted when it is not the row's own, and finds its field (NULL: not known). */
static weir_code read_key(json_row_plan *self, json_walk *walk, const json_place *place,
                          const char **name, size_t *size, plan_field **field, weir_error *err)
{
    weir_row_plan *plan = &self->plan;
    size_t near = place->near;
    json_string key;
    weir_code code;

    if ((code = json_walk_key(walk, &key, err)) ||
        (code = json_string_text(&key, &self->key, name, size, err)))
        return code;
    if (place->prefix > 0 &&
        (code = json_path_set(&self->path, place->prefix, *name, *size, name, size, err)))
        return code;
    if (near < plan->count && plan->fields[near]->name_size == *size &&
        memcmp(plan->fields[near]->view.name, *name, *size) == 0)
        *field = plan->fields[near];
    else
        *field = row_plan_find_field(plan, *name, *size);
    return WEIR_OK;
}

/* Goes into the object that is the value of the member just read. */
static weir_code enter(json_row_plan *self, const char *name, size_t size, json_place *place,
                       weir_error *err)
{
    if (place->prefix == 0) {
        weir_code code = json_path_set(&self->path, 0, name, size, &name, &size, err);

        if (code)
            return code;
    }
    place->prefix = size;
    place->depth++;
    return WEIR_OK;
}

/* --- learning fields */

typedef struct {
    weir_field_kind kind;
    const char *name; /* "null" tells nothing of the kind */
} seen_kind;

static const seen_kind seen_null = {WEIR_FIELD_STRING, "null"};

/* Whether the items of an array are plain, without going into them. */
static bool plain_items(json_walk walk)
{
    json_walk after = walk;

    json_walk_leap(&after);
    for (walk.next++; walk.next < after.next; walk.next++)
        if (json_walk_peek(&walk) == '[' || json_walk_peek(&walk) == '{')
            return false;
    return true;
}

/* The kind of any value but an object with members, which is stepped over. */
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
        *seen = plain_items(*walk) ? (seen_kind){WEIR_FIELD_LIST, "array"}
                                   : (seen_kind){WEIR_FIELD_OTHER, "array"};
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

static bool is_number_or_flag(weir_field_kind kind)
{
    return is_number(kind) || kind == WEIR_FIELD_BOOLEAN;
}

/* The kind that covers both. One misplaced array must not cost the whole column, so among plain values it is a bad cell
 * or a text; a plain value among arrays is a list of one. */
static seen_kind widen(const weir_field *known, seen_kind seen)
{
    const seen_kind stays = {known->kind, known->type_name};

    if (strcmp(known->type_name, "null") == 0 || known->kind == WEIR_FIELD_OTHER)
        return seen;
    if (known->kind == seen.kind || seen.kind == WEIR_FIELD_OTHER || seen.kind == WEIR_FIELD_LIST ||
        known->kind == WEIR_FIELD_LIST)
        return stays;
    if (is_number_or_flag(known->kind) && is_number_or_flag(seen.kind))
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

/* Whether the walk stands before an object whose members become fields: not an empty one, nor one too deep. */
static bool has_members(const json_walk *walk, const json_place *place)
{
    json_walk inside = *walk;

    if (json_walk_peek(walk) != '{' || place->depth >= JSON_OBJECTS_MAX)
        return false;
    inside.next++;
    return json_walk_peek(&inside) != '}';
}

/* Whether the number here is whole and of few digits, as most whole numbers are. */
static bool is_short_whole(const json_walk *walk)
{
    size_t at = json_walk_at(walk), end = at + 12;

    for (at++; at < walk->size && at < end && walk->text[at] >= '0' && walk->text[at] <= '9'; at++)
        ;
    return at < walk->size && (walk->text[at] == ',' || walk->text[at] == '}');
}

/* Whether the plain value here tells nothing new of its field. It is one token, which the reader of the row checks. */
static bool is_known(const json_walk *walk, const plan_field *field)
{
    weir_field_kind kind = field->view.kind;
    char next = json_walk_peek(walk);

    if (next == 'n')
        return field->view.nullable;
    if (strcmp(field->view.type_name, "null") == 0)
        return false;
    if (next == '"')
        return kind == WEIR_FIELD_STRING;
    if (next == 't' || next == 'f')
        return kind == WEIR_FIELD_BOOLEAN || kind == WEIR_FIELD_FLOAT;
    if (next != '-' && (next < '0' || next > '9'))
        return false;
    return kind == WEIR_FIELD_FLOAT || (kind == WEIR_FIELD_INTEGER && is_short_whole(walk));
}

static weir_code look_at_members(json_row_plan *self, json_walk *walk, json_place *place,
                                 bool *changed, weir_error *err)
{
    bool first = true, more;
    weir_code code = json_walk_expect(walk, '{', err);

    while (!code && !(code = json_walk_more(walk, '}', &first, &more, err)) && more) {
        const char *name;
        size_t size;
        plan_field *field;
        seen_kind seen;

        if ((code = read_key(self, walk, place, &name, &size, &field, err)))
            break;
        if (field && is_known(walk, field)) {
            walk->next++;
            place->near = field->index + 1;
            continue;
        }
        if (has_members(walk, place)) {
            json_place inside = *place;

            if (!(code = enter(self, name, size, &inside, err)))
                code = look_at_members(self, walk, &inside, changed, err);
            place->near = inside.near;
            continue;
        }
        if ((code = look_at(walk, &seen, err)))
            break;
        if (field) {
            code = widen_field(field, seen, changed, err);
            place->near = field->index + 1;
        } else {
            code = row_plan_add_field(&self->plan, name, size, seen.kind,
                                      strcmp(seen.name, "null") == 0, seen.name, err);
            place->near = self->plan.count;
            *changed = true;
        }
    }
    return code;
}

static weir_code json_look(weir_row_plan *plan, const void *text, size_t size, bool *changed,
                           weir_error *err)
{
    json_row_plan *self = (json_row_plan *)plan;
    json_value value;
    weir_code code = json_value_open(self, text, size, &value, err);

    if (code)
        return code;
    if (value.has_schema)
        return json_look_at_schema(self, value.schema, changed, err);
    code = look_at_members(self, &value.walk, &(json_place){0}, changed, err);
    return code ? code : close_value(self, &value.walk, err);
}

/* --- rows */

/* Text that is not JSON, from a reader that tells it from a cell its column refuses (see json_cell.h). */
static weir_code not_json(weir_error *err)
{
    if (err)
        err->code = WEIR_CORRUPT;
    return WEIR_CORRUPT;
}

/* A decimal is base64 of its unscaled bytes; the envelope's sender may also write plain numbers. */
static weir_code read_decimal(json_row_plan *self, json_walk *walk, const plan_field *field,
                              weir_batch *batch, weir_error *err)
{
    uint8_t bytes[DECIMAL_BYTES_MAX];
    json_string string;
    const char *text;
    size_t size, count;
    weir_code code;

    if (json_walk_string(walk, &string, err))
        return not_json(err);
    if ((code = json_string_text(&string, &self->scratch, &text, &size, err)))
        return code;
    if (!decimal_base64(text, size, bytes, &count))
        return weir_fail(err, WEIR_INVALID, "column %.100s: '%.*s' is no decimal in base64",
                         field->view.name, (int)(size < 40 ? size : 40), text);
    return cell_put_decimal(batch, field->column, bytes, count, field->scale, err);
}

static weir_code read_days(json_walk *walk, const plan_field *field, weir_batch *batch,
                           weir_error *err)
{
    int64_t days;

    if (json_walk_integer(walk, &days, err))
        return not_json(err);
    if (days < INT32_MIN || days > INT32_MAX)
        return weir_fail(err, WEIR_INVALID, "column %.100s: %lld days", field->view.name,
                         (long long)days);
    return cell_put_integer(batch, field->column, days * 86400000, err);
}

/* One item of an array: a plain value or null. */
static weir_code read_item(json_row_plan *self, json_walk *walk, const plan_field *field,
                           weir_error *err)
{
    list_cell *list = &self->list;
    uint8_t bytes[DECIMAL_BYTES_MAX];
    char digits[DECIMAL_TEXT_MAX];
    json_string string;
    const char *text;
    number_result result;
    double value;
    int64_t whole;
    size_t size, count;
    char word;

    switch (json_walk_peek(walk)) {
    case '"':
        if (json_walk_string(walk, &string, err))
            return not_json(err);
        if (json_string_text(&string, &self->scratch, &text, &size, err)) {
            list->fault = "an item of the list has an escape that is none";
        } else if (field->logical == LOGICAL_DECIMAL) {
            if (decimal_base64(text, size, bytes, &count))
                list_cell_text(list, digits, decimal_text(bytes, count, field->scale, digits));
            else
                list->fault = "an item of the list is no decimal in base64";
        } else {
            list_cell_text(list, text, size);
        }
        return WEIR_OK;
    case 't':
    case 'f':
    case 'n':
        if (json_walk_word(walk, &word, err))
            return not_json(err);
        if (word != 'n')
            list_cell_boolean(list, word == 't');
        return WEIR_OK;
    case '[':
    case '{':
        list->fault = "an item of the list is an array or an object";
        return json_walk_skip(walk, err) ? not_json(err) : WEIR_OK;
    default:
        if (json_walk_number(walk, &string, &value, &result, err))
            return not_json(err);
        if (number_read_integer(string.raw, string.size, &whole) &&
            (field->logical != LOGICAL_DAYS || (whole >= INT32_MIN && whole <= INT32_MAX)))
            list_cell_integer(list, field->logical == LOGICAL_DAYS ? whole * 86400000 : whole);
        else if (result == NUMBER_READ)
            list_cell_number(list, value);
        else
            list_cell_text(list, string.raw, string.size);
        return WEIR_OK;
    }
}

static weir_code read_list(json_row_plan *self, json_walk *walk, const plan_field *field,
                           weir_batch *batch, weir_error *err)
{
    bool first = true, more;
    weir_code code = json_walk_expect(walk, '[', err);

    list_cell_begin(&self->list);
    while (!code && !(code = json_walk_more(walk, ']', &first, &more, err)) && more)
        if ((code = read_item(self, walk, field, err)))
            return code;
    return code ? not_json(err) : list_cell_put(&self->list, batch, field->column, err);
}

static weir_code read_cell(json_row_plan *self, json_walk *walk, const plan_field *field,
                           weir_batch *batch, weir_error *err)
{
    char next = json_walk_peek(walk);

    if (batch->columns[field->column].type != WEIR_X) {
        if (next == '[')
            return read_list(self, walk, field, batch, err);
        if (field->logical == LOGICAL_DECIMAL && next == '"')
            return read_decimal(self, walk, field, batch, err);
        if (field->logical == LOGICAL_DAYS && (next == '-' || (next >= '0' && next <= '9')))
            return read_days(walk, field, batch, err);
    }
    return json_cell_read(walk, batch, field->column, &self->scratch, err);
}

static weir_code read_member(json_row_plan *self, json_walk *walk, plan_field *field,
                             weir_batch *batch, weir_rejects *rejects, weir_error *err)
{
    weir_error why;
    weir_code code;

    if (!field || field->index >= self->plan.bound || field->column == WEIR_NONE)
        return json_walk_skip(walk, err);
    if (field->row == self->row)
        return weir_fail(err, WEIR_INVALID, "JSON: member '%s' is there twice", field->view.name);
    field->row = self->row;
    code = read_cell(self, walk, field, batch, &why);
    if (code == WEIR_INVALID) {
        rejects_cell_of(rejects, field->column, &why);
        return WEIR_OK;
    }
    if (code == WEIR_CORRUPT)
        code = WEIR_INVALID;
    return code ? weir_fail(err, code, "%s", why.message) : WEIR_OK;
}

/* Reads an object's members. A map of an envelope is an object too, but a field of its own. */
static weir_code read_members(json_row_plan *self, json_walk *walk, json_place *place,
                              weir_batch *batch, weir_rejects *rejects, weir_error *err)
{
    bool first = true, more;
    weir_code code = json_walk_expect(walk, '{', err);

    while (!code && !(code = json_walk_more(walk, '}', &first, &more, err)) && more) {
        const char *name;
        size_t size;
        plan_field *field;

        if ((code = read_key(self, walk, place, &name, &size, &field, err)))
            break;
        if (has_members(walk, place) && !(self->schema.size > 0 && field)) {
            json_place inside = *place;

            if (!(code = enter(self, name, size, &inside, err)))
                code = read_members(self, walk, &inside, batch, rejects, err);
            place->near = inside.near;
            continue;
        }
        code = read_member(self, walk, field, batch, rejects, err);
        place->near = field ? field->index + 1 : place->near;
    }
    return code;
}

static weir_code json_row(weir_row_plan *plan, const void *text, size_t size, weir_batch *batch,
                          weir_rejects *rejects, weir_error *err)
{
    json_row_plan *self = (json_row_plan *)plan;
    json_value value;
    weir_code code;

    self->row++;
    if ((code = json_value_open(self, text, size, &value, err)) ||
        (code = read_members(self, &value.walk, &(json_place){0}, batch, rejects, err)))
        return code;
    return close_value(self, &value.walk, err);
}

/* A field called name, or below an object of that name. */
static bool json_holds(const weir_row_plan *plan, const char *name)
{
    size_t size = strlen(name);

    for (size_t i = 0; i < plan->count; i++)
        if (strncmp(plan->fields[i]->view.name, name, size) == 0 &&
            (plan->fields[i]->name_size == size || plan->fields[i]->view.name[size] == '.'))
            return true;
    return false;
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
