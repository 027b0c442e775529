/* avro_write.c: fields behind those of an Avro record.
 *
 * A record with more fields behind its own is its own bytes and then theirs, so a value is extended without being taken
 * apart. The schema keeps all it has (namespace, documentation, aliases, defaults, logical types) and gains the fields.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "avro_write.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

#include "avro_schema.h"

static void write_long(weir_bytes *out, int64_t value)
{
    uint64_t rest = (uint64_t)value << 1 ^ (value < 0 ? UINT64_MAX : 0);

    for (; rest >= 0x80; rest >>= 7)
        weir_bytes_u8(out, (uint8_t)(rest | 0x80));
    weir_bytes_u8(out, (uint8_t)rest);
}

static void write_string(weir_bytes *out, const char *text)
{
    size_t size = strlen(text);

    write_long(out, (int64_t)size);
    weir_bytes_append(out, text, size);
}

bool extra_is_absent(const weir_extra_field *extra)
{
    return extra->absent || (extra->kind == WEIR_FIELD_STRING && !extra->text) ||
           (extra->kind == WEIR_FIELD_FLOAT && extra->nullable && !isfinite(extra->number));
}

void avro_write_extra(weir_bytes *out, const weir_extra_field *extra)
{
    bool absent = extra_is_absent(extra);

    if (extra->nullable) /* the branch of the union: null is the first */
        write_long(out, absent ? 0 : 1);
    if (absent && extra->nullable)
        return;
    switch (extra->kind) {
    case WEIR_FIELD_BOOLEAN:
        weir_bytes_u8(out, !absent && extra->integer != 0);
        break;
    case WEIR_FIELD_FLOAT:
        weir_bytes_f64(out, absent ? 0 : extra->number);
        break;
    case WEIR_FIELD_STRING:
        write_string(out, absent ? "" : extra->text);
        break;
    default:
        write_long(out, absent ? 0 : extra->integer);
        break;
    }
}

static const char *extra_type(const weir_extra_field *extra)
{
    switch (extra->kind) {
    case WEIR_FIELD_BOOLEAN:
        return "boolean";
    case WEIR_FIELD_FLOAT:
        return "double";
    case WEIR_FIELD_STRING:
        return "string";
    default:
        return extra->wide ? "long" : "int";
    }
}

static weir_code no_room(weir_error *err)
{
    return weir_fail(err, WEIR_NO_MEMORY, "no room for an Avro schema");
}

static json_t *extra_field(const weir_extra_field *extra)
{
    const char *type = extra_type(extra);

    return extra->nullable ? json_pack("{s:s,s:[s,s],s:n}", "name", extra->name, "type", "null",
                                       type, "default")
                           : json_pack("{s:s,s:s}", "name", extra->name, "type", type);
}

static bool has_field(const json_t *fields, const char *name)
{
    for (size_t i = 0; i < json_array_size(fields); i++) {
        const char *known = json_string_value(json_object_get(json_array_get(fields, i), "name"));

        if (known && strcmp(known, name) == 0)
            return true;
    }
    return false;
}

/* A record that holds itself would have the fields in the records that it holds too, and these have none. */
static weir_code check_extendable(const json_t *record, weir_error *err)
{
    avro_schema_table table = {0};
    weir_code code = avro_schema_compile(record, &table, err);

    for (size_t i = 0; !code && i < table.count; i++) {
        const avro_type *type = &table.types[i];

        for (size_t p = 0; type->kind != AVRO_ENUM_TYPE && !code && p < type->count; p++)
            if (table.parts[type->first + p] == 0)
                code = weir_fail(err, WEIR_CONFLICT,
                                 "Avro schema: record '%s' holds itself, so no field can be added "
                                 "to it alone",
                                 table.types[0].name);
    }
    avro_schema_clear(&table);
    return code;
}

weir_code avro_extend_schema(const char *schema, size_t size, const weir_extra_field *extras,
                             size_t count, char **out, weir_error *err)
{
    json_t *record = NULL;
    json_t *fields;
    char *text = NULL;
    weir_code code = avro_schema_parse(schema, size, &record, err);

    if (code || (code = check_extendable(record, err)))
        goto done;
    fields = json_object_get(record, "fields");
    for (size_t i = 0; i < count; i++) {
        if (has_field(fields, extras[i].name)) {
            code = weir_fail(err, WEIR_CONFLICT, "Avro schema: the record has a field '%s' already",
                             extras[i].name);
            goto done;
        }
        if (json_array_append_new(fields, extra_field(&extras[i]))) {
            code = no_room(err);
            goto done;
        }
    }
    if (!(text = json_dumps(record, JSON_COMPACT))) {
        code = no_room(err);
        goto done;
    }
    *out = text;
done:
    json_decref(record);
    return code;
}
