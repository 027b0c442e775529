/* json_extend.c: more members behind those of a JSON value, and of its schema where it has one.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "avro_write.h"
#include "json_plan.h"
#include "json_write.h"

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
weir_code json_extend(const weir_row_plan *plan, const void *text, size_t size,
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

    if ((code = json_value_open(self, text, size, &value, err)) ||
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
