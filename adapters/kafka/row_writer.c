/* row_writer.c: see row_writer.h. Kinds only widen, long to double to string, so one pass over the rows in any order
 * finds the narrowest kind that holds every cell of a column.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "row_writer.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "weir/memory.h"

void row_layout_free(row_layout *layout)
{
    for (size_t i = 0; i < layout->count; i++) {
        weir_free(layout->columns[i].name);
        weir_free(layout->columns[i].field);
    }
    weir_free(layout->columns);
    *layout = (row_layout){0};
}

/* Avro names are letters, digits and "_" and begin with no digit; other bytes become "_". */
static char *avro_name(const char *name)
{
    size_t length = strlen(name);
    char *field = weir_malloc(length + 2), *at = field;

    if (!field)
        return NULL;
    if (isdigit((unsigned char)*name))
        *at++ = '_';
    for (; *name; name++)
        *at++ = isalnum((unsigned char)*name) ? *name : '_';
    *at = 0;
    return field;
}

weir_code row_layout_begin(row_layout *layout, const weir_batch *batch, weir_error *err)
{
    if (!(layout->columns = weir_calloc(batch->column_count, sizeof *layout->columns)))
        return weir_fail(err, WEIR_NO_MEMORY, "no room for %zu columns", batch->column_count);
    for (size_t i = 0; i < batch->column_count; i++) {
        row_column *column = &layout->columns[layout->count++];

        column->name = weir_strdup(batch->columns[i].name);
        column->field = avro_name(batch->columns[i].name);
        if (!column->name || !column->field)
            return weir_fail(err, WEIR_NO_MEMORY, "no room for %zu columns", batch->column_count);
        for (size_t j = 0; j < i; j++)
            if (!strcmp(layout->columns[j].field, column->field))
                return weir_fail(err, WEIR_INVALID, "columns %s and %s would be one Avro field, %s",
                                 layout->columns[j].name, column->name, column->field);
    }
    return WEIR_OK;
}

const char *row_cell(const weir_batch *batch, size_t column, size_t row)
{
    const weir_batch_column *cells = &batch->columns[column];

    return cells->present[row] ? cells->words[cells->codes[row]] : NULL;
}

static bool is_long(const char *text)
{
    char *end = NULL;

    errno = 0;
    (void)strtoll(text, &end, 10);
    return (isdigit((unsigned char)*text) || *text == '-') && end != text && !*end && !errno;
}

/* A decimal number as JSON and people write it: no hex, no "inf". */
static bool is_double(const char *text)
{
    char *end = NULL;

    if (text[strspn(text, "+-.0123456789eE")])
        return false;
    return isfinite(strtod(text, &end)) && end != text && !*end;
}

void row_layout_widen(row_layout *layout, const weir_batch *batch)
{
    for (size_t i = 0; i < layout->count; i++) {
        row_column *column = &layout->columns[i];
        const weir_batch_column *cells = &batch->columns[i];

        column->nullable |= cells->absent > 0;
        for (size_t w = 0; w < cells->word_count; w++) {
            column->seen = true;
            if (column->kind == ROW_LONG && !is_long(cells->words[w]))
                column->kind = ROW_DOUBLE;
            if (column->kind == ROW_DOUBLE && !is_double(cells->words[w]))
                column->kind = ROW_STRING;
        }
    }
}

/* A column without a single cell holds nothing to be a number. */
static row_kind kind_of(const row_column *column)
{
    return column->seen ? column->kind : ROW_STRING;
}

static weir_code text_of(json_t *root, char **out, weir_error *err)
{
    *out = root ? json_dumps(root, JSON_COMPACT) : NULL;
    json_decref(root);
    return *out ? WEIR_OK : weir_fail(err, WEIR_NO_MEMORY, "no room for a schema");
}

weir_code row_avro_schema(const row_layout *layout, const char *record, char **out, weir_error *err)
{
    static const char *const types[] = {"long", "double", "string"};
    char *name = avro_name(record);
    json_t *fields = json_array(), *root = NULL;

    for (size_t i = 0; i < layout->count; i++) {
        const row_column *column = &layout->columns[i];
        const char *type = types[kind_of(column)];
        json_t *field = column->nullable
                            ? json_pack("{s:s,s:[s,s],s:n}", "name", column->field, "type", "null",
                                        type, "default")
                            : json_pack("{s:s,s:s}", "name", column->field, "type", type);

        json_array_append_new(fields, field);
    }
    root =
        json_pack("{s:s,s:s,s:o}", "type", "record", "name", name ? name : "Row", "fields", fields);
    weir_free(name);
    return text_of(root, out, err);
}

static void put_long(int64_t value, weir_bytes *out)
{
    uint64_t zigzag = (uint64_t)value << 1 ^ (uint64_t)(value >> 63);

    for (; zigzag > 0x7f; zigzag >>= 7)
        weir_bytes_u8(out, (uint8_t)(zigzag | 0x80));
    weir_bytes_u8(out, (uint8_t)zigzag);
}

void row_avro(const row_layout *layout, const weir_batch *batch, size_t row, weir_bytes *out)
{
    for (size_t i = 0; i < layout->count; i++) {
        const row_column *column = &layout->columns[i];
        const char *cell = row_cell(batch, i, row);

        if (column->nullable)
            weir_bytes_u8(out, cell ? 2 : 0); /* the branch of the union, zigzag */
        if (!cell)
            continue;
        switch (kind_of(column)) {
        case ROW_LONG:
            put_long(strtoll(cell, NULL, 10), out);
            break;
        case ROW_DOUBLE:
            weir_bytes_f64(out, strtod(cell, NULL));
            break;
        default:
            put_long((int64_t)strlen(cell), out);
            weir_bytes_append(out, cell, strlen(cell));
        }
    }
}

weir_code row_json_schema(const row_layout *layout, const char *record, char **out, weir_error *err)
{
    static const char *const types[] = {"int64", "double", "string"};
    json_t *fields = json_array();

    for (size_t i = 0; i < layout->count; i++)
        json_array_append_new(fields, json_pack("{s:s,s:b,s:s}", "type",
                                                types[kind_of(&layout->columns[i])], "optional",
                                                (int)layout->columns[i].nullable, "field",
                                                layout->columns[i].name));
    return text_of(json_pack("{s:s,s:b,s:s,s:o}", "type", "struct", "optional", 0, "name", record,
                             "fields", fields),
                   out, err);
}

weir_code row_json(const row_layout *layout, const weir_batch *batch, size_t row,
                   const char *schema, weir_bytes *out, weir_error *err)
{
    json_t *object = json_object();
    char *text = NULL;
    weir_code code = WEIR_OK;

    for (size_t i = 0; object && i < layout->count; i++) {
        const row_column *column = &layout->columns[i];
        const char *cell = row_cell(batch, i, row);
        json_t *value = !cell                           ? json_null()
                        : kind_of(column) == ROW_LONG   ? json_integer(strtoll(cell, NULL, 10))
                        : kind_of(column) == ROW_DOUBLE ? json_real(strtod(cell, NULL))
                                                        : json_string(cell);

        json_object_set_new(object, column->name, value);
    }
    if ((code = text_of(object, &text, err)))
        return code;
    if (schema) {
        weir_bytes_append(out, "{\"schema\":", 10);
        weir_bytes_append(out, schema, strlen(schema));
        weir_bytes_append(out, ",\"payload\":", 11);
    }
    weir_bytes_append(out, text, strlen(text));
    if (schema)
        weir_bytes_u8(out, '}');
    free(text);
    return weir_bytes_ok(out, err);
}
