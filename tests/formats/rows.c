/* rows.c: what row plans make of bytes, in JSON, for tests that compare it with what other programs make of them.
 *
 * One question a line, one answer a line:
 *
 *     {"schema": text of an Avro schema, or null for JSON objects, "envelope": true where these have one,
 *      "values": [hex, ...]}
 *     {"fields": [[name, kind, nullable, [aliases]], ...], "bad": cells left out,
 *      "rows": [[cell, ...] or null where the value was refused, ...],
 *      "why": [the refusals], "schema": the text extended, or null where that cannot be, "extended": [the values extended, hex]}
 *     {"error": why there is no plan}
 *
 * A field is read as the connectors guess it: boolean B, number C, string S, enum T, list L, others X.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "weir/codecs_builtin.h"

static const weir_codecs *const codecs = &weir_codecs_builtin;

static const weir_extra_field extras[] = {
    {.name = "weir_score", .kind = WEIR_FIELD_FLOAT, .number = 0.5},
    {.name = "weir_flag", .kind = WEIR_FIELD_BOOLEAN, .integer = 1},
    {.name = "weir_why", .kind = WEIR_FIELD_STRING, .nullable = true, .text = "a|b"},
    {.name = "weir_none",
     .kind = WEIR_FIELD_INTEGER,
     .wide = true,
     .nullable = true,
     .absent = true},
};
#define EXTRAS (sizeof extras / sizeof *extras)

static void must(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "codec_rows: %s\n", what);
    exit(1);
}

static weir_type type_of(weir_field_kind kind)
{
    switch (kind) {
    case WEIR_FIELD_BOOLEAN:
        return WEIR_B;
    case WEIR_FIELD_INTEGER:
    case WEIR_FIELD_FLOAT:
        return WEIR_C;
    case WEIR_FIELD_STRING:
        return WEIR_S;
    case WEIR_FIELD_CATEGORY:
        return WEIR_T;
    case WEIR_FIELD_LIST:
        return WEIR_L;
    default:
        return WEIR_X;
    }
}

/* From hex into memory of exactly that size, so that a sanitizer sees a read past the end. */
static uint8_t *bytes_of(const char *hex, size_t *size)
{
    uint8_t *bytes;

    *size = strlen(hex) / 2;
    must((bytes = malloc(*size ? *size : 1)) != NULL, "no memory");
    for (size_t i = 0; i < *size; i++)
        must(sscanf(hex + 2 * i, "%2hhx", &bytes[i]) == 1, "values are hex");
    return bytes;
}

static json_t *hex_of(const weir_bytes *bytes)
{
    char *hex = malloc(2 * bytes->size + 1);
    json_t *text;

    must(hex != NULL, "no memory");
    for (size_t i = 0; i < bytes->size; i++)
        snprintf(hex + 2 * i, 3, "%02x", bytes->data[i]);
    hex[2 * bytes->size] = 0;
    text = json_string(hex);
    free(hex);
    return text;
}

static json_t *cell_of(const weir_batch_column *column, size_t row)
{
    if (!column->present || !column->present[row])
        return json_null();
    return column->codes ? json_string(column->words[column->codes[row]])
                         : json_real(column->values[row]);
}

static json_t *fields_of(const weir_row_plan *plan)
{
    static const char *const kinds[] = {"boolean", "integer", "float", "string",
                                        "enum",    "list",    "other"};
    json_t *fields = json_array();

    for (size_t i = 0; i < codecs->plan_fields(plan); i++) {
        weir_field field = codecs->plan_field(plan, i);
        json_t *aliases = json_array();

        for (size_t a = 0; a < field.alias_count; a++)
            json_array_append_new(aliases, json_string(field.aliases[a]));
        json_array_append_new(fields, json_pack("[s,s,b,o]", field.name, kinds[field.kind],
                                                (int)field.nullable, aliases));
    }
    return fields;
}

static weir_batch *bind(weir_row_plan *plan)
{
    size_t count = codecs->plan_fields(plan);
    weir_type *types = calloc(count + 1, sizeof *types);
    weir_batch *batch = NULL;
    weir_error err = {0};

    must(types != NULL, "no memory");
    for (size_t i = 0; i < count; i++)
        types[i] = type_of(codecs->plan_field(plan, i).kind);
    must(!weir_batch_new(4, &batch, &err), err.message);
    must(!codecs->plan_bind(plan, types, count, batch, &err), err.message);
    free(types);
    return batch;
}

/* Reads a value, and what it is with more fields behind it. */
static void take_value(weir_row_plan *plan, const char *hex, weir_batch *batch,
                       weir_rejects *rejects, json_t *answer)
{
    json_t *row = NULL;
    weir_bytes longer = {0};
    weir_error err = {0};
    size_t size;
    uint8_t *value = bytes_of(hex, &size);

    if (codecs->plan_row(plan, value, size, batch, rejects, &err)) {
        json_array_append_new(json_object_get(answer, "why"), json_string(err.message));
        row = json_null();
    } else {
        row = json_array();
        for (size_t i = 0; i < batch->column_count; i++)
            json_array_append_new(row, cell_of(&batch->columns[i], batch->rows - 1));
    }
    json_array_append_new(json_object_get(answer, "rows"), row);
    if (codecs->extend_value(plan, value, size, extras, EXTRAS, &longer, NULL))
        json_array_append_new(json_object_get(answer, "extended"), json_null());
    else
        json_array_append_new(json_object_get(answer, "extended"), hex_of(&longer));
    weir_bytes_free(&longer);
    free(value);
}

static weir_code make_plan(const json_t *question, weir_row_plan **plan, json_t *answer,
                           weir_error *err)
{
    const char *schema = json_string_value(json_object_get(question, "schema"));
    char *longer = NULL;
    weir_code code;

    if (!schema)
        return codecs->json_plan(json_is_true(json_object_get(question, "envelope")), plan, err);
    if ((code = codecs->avro_plan(schema, strlen(schema), plan, err)))
        return code;
    if (!codecs->avro_extend_schema(schema, strlen(schema), extras, EXTRAS, &longer, NULL))
        json_object_set_new(answer, "schema", json_string(longer));
    free(longer);
    return WEIR_OK;
}

static json_t *answer_to(const json_t *question)
{
    const json_t *values = json_object_get(question, "values");
    json_t *answer = json_pack("{s:[],s:[],s:[],s:n}", "rows", "why", "extended", "schema");
    weir_row_plan *plan = NULL;
    weir_rejects rejects = {0};
    weir_batch *batch = NULL;
    weir_error err = {0};
    bool changed;

    if (make_plan(question, &plan, answer, &err)) {
        json_object_set_new(answer, "error", json_string(err.message));
        goto done;
    }
    for (size_t i = 0; i < json_array_size(values); i++) {
        size_t size;
        uint8_t *value = bytes_of(json_string_value(json_array_get(values, i)), &size);

        codecs->plan_look(plan, value, size, &changed, NULL);
        free(value);
    }
    batch = bind(plan);
    json_object_set_new(answer, "fields", fields_of(plan));
    for (size_t i = 0; i < json_array_size(values); i++)
        take_value(plan, json_string_value(json_array_get(values, i)), batch, &rejects, answer);
    json_object_set_new(answer, "bad", json_integer((json_int_t)rejects.cells));
done:
    weir_batch_free(batch);
    codecs->plan_free(plan);
    return answer;
}

int main(void)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t length;

    while ((length = getline(&line, &room, stdin)) > 0) {
        json_t *question = json_loadb(line, (size_t)length, 0, NULL);
        json_t *answer;

        must(question != NULL, "a line of JSON is a question");
        answer = answer_to(question);
        must(!json_dumpf(answer, stdout, JSON_COMPACT), "no memory");
        putchar('\n');
        json_decref(answer);
        json_decref(question);
    }
    free(line);
    return 0;
}
