/* avro_write.c: Avro bodies and schemas of our own making.
 *
 * A batch is written as a record of double (C), boolean (B) and string (T, S, L) fields; an X column has no cells and
 * no field. A batch without gaps can do without unions; with nullable, every field is a union of null and its type.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "avro_write.h"

#include <jansson.h>
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

void avro_write_extra(weir_bytes *out, const weir_extra_field *extra)
{
    if (extra->kind == WEIR_FIELD_FLOAT)
        weir_bytes_f64(out, extra->number);
    else
        write_long(out, extra->integer);
}

static const char *extra_type(const weir_extra_field *extra)
{
    return extra->kind == WEIR_FIELD_FLOAT ? "double" : extra->wide ? "long" : "int";
}

static weir_code no_room(weir_error *err)
{
    return weir_fail(err, WEIR_NO_MEMORY, "no room for an Avro schema");
}

weir_code avro_extend_schema(const char *schema, size_t size, const weir_extra_field *extras,
                             size_t count, char **out, weir_error *err)
{
    json_t *record = NULL;
    json_t *fields;
    char *text = NULL;
    weir_code code = avro_schema_parse(schema, size, &record, err);

    if (code)
        goto done;
    fields = json_object_get(record, "fields");
    for (size_t i = 0; i < count; i++)
        if (json_array_append_new(fields, json_pack("{s:s,s:s}", "name", extras[i].name, "type",
                                                    extra_type(&extras[i])))) {
            code = no_room(err);
            goto done;
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

static const char *column_type(weir_type type)
{
    return type == WEIR_C ? "double" : type == WEIR_B ? "boolean" : "string";
}

/* Avro names are narrower than ours. */
static weir_code check_avro_name(const char *name, weir_error *err)
{
    for (const char *c = name; *c; c++)
        if (!(*c == '_' || (*c >= 'A' && *c <= 'Z') || (*c >= 'a' && *c <= 'z') ||
              (c > name && *c >= '0' && *c <= '9')))
            return weir_fail(err, WEIR_INVALID,
                             "'%s' cannot be an Avro name: letters, digits and _ only", name);
    return WEIR_OK;
}

weir_code avro_batch_schema(const weir_batch *batch, const char *record_name, bool nullable,
                            char **out, weir_error *err)
{
    json_t *fields = json_array();
    json_t *record =
        json_pack("{s:s,s:s,s:o}", "type", "record", "name", record_name, "fields", fields);
    char *text = NULL;
    weir_code code = WEIR_OK;

    for (size_t i = 0; record && i < batch->column_count; i++) {
        const char *type = column_type(batch->columns[i].type);
        json_t *kind;

        if (batch->columns[i].type == WEIR_X)
            continue;
        if ((code = check_avro_name(batch->columns[i].name, err)))
            goto done;
        kind = nullable ? json_pack("[s,s]", "null", type) : json_string(type);
        if (json_array_append_new(
                fields, json_pack("{s:s,s:o}", "name", batch->columns[i].name, "type", kind))) {
            code = no_room(err);
            goto done;
        }
    }
    if (!record || !(text = json_dumps(record, JSON_COMPACT))) {
        code = no_room(err);
        goto done;
    }
    *out = text;
done:
    json_decref(record);
    return code;
}

weir_code avro_batch_row(const weir_batch *batch, size_t row, bool nullable, weir_bytes *out,
                         weir_error *err)
{
    size_t before = out->size;

    for (size_t i = 0; i < batch->column_count; i++) {
        const weir_batch_column *column = &batch->columns[i];

        if (column->type == WEIR_X)
            continue;
        if (!column->present[row]) {
            if (!nullable) {
                out->size = before;
                return weir_fail(err, WEIR_INVALID,
                                 "row %zu has no '%s', and the schema is not nullable", row,
                                 column->name);
            }
            write_long(out, 0);
            continue;
        }
        if (nullable)
            write_long(out, 1);
        if (column->codes)
            write_string(out, column->words[column->codes[row]]);
        else if (column->type == WEIR_B)
            weir_bytes_u8(out, column->values[row] != 0);
        else
            weir_bytes_f64(out, column->values[row]);
    }
    return weir_bytes_ok(out, err);
}
