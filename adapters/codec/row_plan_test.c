/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "weir/codecs_builtin.h"
#include "weir/memory.h"

static const weir_codecs *const codecs = &weir_codecs_builtin;

static const weir_extra_field extras[] = {
    {.name = "res", .kind = WEIR_FIELD_INTEGER, .integer = -1},
    {.name = "anomaly_score", .kind = WEIR_FIELD_FLOAT, .number = 0.1},
    {.name = "model_version", .kind = WEIR_FIELD_INTEGER, .wide = true, .integer = INT64_MAX},
};

static weir_row_plan *plan_of(const char *schema)
{
    weir_row_plan *plan = NULL;
    weir_error err;

    if (codecs->avro_plan(schema, strlen(schema), &plan, &err))
        fail_msg("%s", err.message);
    return plan;
}

static weir_batch *bound_batch(weir_row_plan *plan, const char *letters)
{
    weir_type types[16];
    weir_batch *batch;
    weir_error err;

    for (size_t i = 0; letters[i]; i++)
        types[i] = (weir_type)letters[i];
    assert_int_equal(weir_batch_new(4, &batch, NULL), WEIR_OK);
    if (codecs->plan_bind(plan, types, strlen(letters), batch, &err))
        fail_msg("%s", err.message);
    return batch;
}

/* Reads a row from a copy of exactly its size, so that the sanitizer sees a read past the end. */
static weir_code read_exact(weir_row_plan *plan, const void *value, size_t size, weir_batch *batch,
                            weir_rejects *rejects, weir_error *err)
{
    void *copy = malloc(size ? size : 1);
    weir_code code;

    if (size > 0)
        memcpy(copy, value, size);
    code = codecs->plan_row(plan, copy, size, batch, rejects, err);
    free(copy);
    return code;
}

static void check_cell(const weir_batch_column *column, size_t row, const json_t *want)
{
    if (json_is_null(want))
        assert_true(!column->present || !column->present[row]);
    else if (json_is_string(want))
        assert_string_equal(column->words[column->codes[row]], json_string_value(want));
    else {
        assert_true(column->present[row]);
        assert_true(column->values[row] == json_number_value(want));
    }
}

/* --- Avro */

static void check_avro_case(const json_t *test)
{
    char *schema = json_dumps(json_object_get(test, "schema"), JSON_COMPACT);
    const char *types = json_string_value(json_object_get(test, "types"));
    const json_t *rows = json_object_get(test, "rows");
    weir_row_plan *plan = plan_of(schema);
    weir_batch *batch = bound_batch(plan, types);
    weir_rejects rejects = {0};

    for (size_t r = 0; r < json_array_size(rows); r++) {
        const char *hex = json_string_value(json_array_get(json_array_get(rows, r), 0));
        const json_t *cells = json_array_get(json_array_get(rows, r), 1);
        uint8_t body[1024];
        size_t size = strlen(hex) / 2;
        weir_error err;

        for (size_t i = 0; i < size; i++)
            sscanf(hex + 2 * i, "%2hhx", &body[i]);
        for (size_t cut = 0; cut < size;
             cut++) { /* every beginning is refused and changes nothing */
            assert_int_equal(read_exact(plan, body, cut, batch, &rejects, &err), WEIR_INVALID);
            assert_int_equal(batch->rows, r);
        }
        body[size] = 0;
        assert_int_equal(read_exact(plan, body, size + 1, batch, &rejects, &err), WEIR_INVALID);
        assert_non_null(strstr(err.message, "1 bytes behind"));
        if (read_exact(plan, body, size, batch, &rejects, &err))
            fail_msg("%s", err.message);
        for (size_t i = 0; i < json_array_size(cells); i++)
            check_cell(&batch->columns[i], r, json_array_get(cells, i));
    }
    assert_int_equal(rejects.cells, 0);
    weir_batch_free(batch);
    codecs->plan_free(plan);
    free(schema);
}

/* Bodies that fastavro wrote (tests/reference/avro_rows.py). */
static void test_avro_peer(void **state)
{
    json_t *cases = json_load_file(WEIR_SOURCE_DIR "/tests/data/avro_rows.json", 0, NULL);

    (void)state;
    assert_true(json_array_size(cases) > 5);
    for (size_t i = 0; i < json_array_size(cases); i++) {
        const json_t *test = json_array_get(cases, i);

        print_message("%s\n", json_string_value(json_object_get(test, "title")));
        check_avro_case(test);
    }
    json_decref(cases);
}

#define ROW(fields) "{\"type\":\"record\",\"name\":\"R\",\"fields\":[" fields "]}"
#define FIELD(name, type) "{\"name\":\"" name "\",\"type\":" type "}"

static const struct {
    const char *title, *schema, *body;
    size_t size;
} bad_bodies[] = {
    {"nothing", ROW(FIELD("x", "\"double\"")), "", 0},
    {"a varint without an end", ROW(FIELD("x", "\"long\"")), "\x80\x80\x80", 3},
    {"a varint of 11 bytes", ROW(FIELD("x", "\"long\"")),
     "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", 11},
    {"a varint of 65 bits", ROW(FIELD("x", "\"long\"")), "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02",
     10},
    {"an int of 33 bits", ROW(FIELD("x", "\"int\"")), "\x80\x80\x80\x80\x10", 5},
    {"a boolean of 2", ROW(FIELD("x", "\"boolean\"")), "\x02", 1},
    {"a negative length", ROW(FIELD("x", "\"string\"")), "\x01", 1},
    {"a huge length", ROW(FIELD("x", "\"string\"")), "\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01",
     10},
    {"a length beyond the end", ROW(FIELD("x", "\"string\"")),
     "\x06"
     "ab",
     3},
    {"a branch that is not there", ROW(FIELD("x", "[\"null\",\"double\"]")), "\x04", 1},
    {"a negative branch", ROW(FIELD("x", "[\"null\",\"double\"]")), "\x01", 1},
    {"a symbol that is not there",
     ROW(FIELD("x", "{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"A\"]}")), "\x02", 1},
    {"an array without an end", ROW(FIELD("x", "{\"type\":\"array\",\"items\":\"int\"}")),
     "\x02\x02", 2},
    {"an array of 2^62", ROW(FIELD("x", "{\"type\":\"array\",\"items\":\"int\"}")),
     "\xfe\xff\xff\xff\xff\xff\xff\xff\x7f\x00", 10},
    {"an array of 2^62 nulls", ROW(FIELD("x", "{\"type\":\"array\",\"items\":\"null\"}")),
     "\xfe\xff\xff\xff\xff\xff\xff\xff\x7f", 9},
    {"a block size beyond the end", ROW(FIELD("x", "{\"type\":\"map\",\"values\":\"int\"}")),
     "\x01\x10\x00", 3},
    {"a list 70 deep",
     ROW(FIELD("x", "{\"type\":\"record\",\"name\":\"L\",\"fields\":[" FIELD(
                        "n", "[\"null\",\"L\"]") "]}")),
     "\2\2\2\2\2\2\2\2\2\2\2\2\2\2\2\2\2\2\2\2\2\2\2\2\2\2\2\2\2\2\2\2\2\2\2\2\2\2\2\2\2\2\2\2\2\2"
     "\2\2\2\2\2\2\2\2\2"
     "\2\2\2\2\2\2\2\2\2\2\2\2\2\2\2\0",
     71},
    {"a record that holds itself",
     ROW(FIELD("x", "{\"type\":\"record\",\"name\":\"L\",\"fields\":[" FIELD("n", "\"L\"") "]}")),
     "\0\0", 2},
};

static void test_avro_bad_bodies(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad_bodies / sizeof *bad_bodies; i++) {
        weir_row_plan *plan = plan_of(bad_bodies[i].schema);
        weir_bytes out = {0};
        /* Read as a column where that can be, else stepped over. */
        weir_batch *batch =
            bound_batch(plan, codecs->plan_field(plan, 0).kind == WEIR_FIELD_OTHER ? "X" : "S");
        weir_batch *skipped = bound_batch(plan, "X");
        weir_rejects rejects = {0};
        weir_error err = {0};

        print_message("%s\n", bad_bodies[i].title);
        assert_int_equal(
            read_exact(plan, bad_bodies[i].body, bad_bodies[i].size, batch, &rejects, &err),
            WEIR_INVALID);
        assert_non_null(strstr(err.message, "'x"));
        assert_int_equal(
            read_exact(plan, bad_bodies[i].body, bad_bodies[i].size, skipped, &rejects, &err),
            WEIR_INVALID);
        assert_int_equal(codecs->extend_value(plan, bad_bodies[i].body, bad_bodies[i].size, extras,
                                              3, &out, &err),
                         WEIR_INVALID);
        assert_int_equal(out.size, 0);
        assert_int_equal(batch->rows + skipped->rows, 0);
        weir_bytes_free(&out);
        weir_batch_free(batch);
        weir_batch_free(skipped);
        codecs->plan_free(plan);
    }
}

/* Arrays of things without bytes are as long as they say, at no cost. */
static void test_avro_empty_items(void **state)
{
    weir_row_plan *plan = plan_of(ROW(FIELD(
        "x",
        "{\"type\":\"array\",\"items\":{\"type\":\"record\",\"name\":\"A\",\"fields\":[" FIELD(
            "n", "\"null\"") "," FIELD("f",
                                       "{\"type\":\"fixed\",\"name\":\"F\",\"size\":0}") "]}}")));
    weir_batch *batch = bound_batch(plan, "X");
    weir_rejects rejects = {0};

    (void)state;
    assert_int_equal(
        read_exact(plan, "\xfe\xff\xff\xff\xff\xff\xff\xff\x7f\x00", 10, batch, &rejects, NULL),
        WEIR_OK);
    assert_int_equal(batch->rows, 1);
    weir_batch_free(batch);
    codecs->plan_free(plan);
}

static const struct {
    const char *schema, *says;
} bad_schemas[] = {
    {"", "empty"},
    {"{", "Avro schema"},
    {"null", "a record is needed"},
    {"\"string\"", "not string"},
    {"{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"A\"]}", "not enum"},
    {"{\"type\":\"record\",\"name\":\"R\"}", "list of fields"},
    {"{\"type\":\"record\",\"fields\":[]}", "no name"},
    {ROW("1"), "has no name"},
    {ROW(FIELD("x", "\"what\"")), "no type 'what'"},
    {ROW("{\"name\":\"x\"}"), "a type is missing"},
    {ROW(FIELD("x", "7")), "no type"},
    {ROW(FIELD("x", "[]")), "no branches"},
    {ROW(FIELD("x", "[\"int\",[\"null\",\"long\"]]")), "a union in a union"},
    {ROW(FIELD("", "\"int\"")), "no name"},
    {ROW(FIELD("x", "\"int\"") "," FIELD("x", "\"int\"")), "'x' is there twice"},
    {ROW(FIELD("x", "{\"type\":\"enum\",\"name\":\"E\"}")), "no symbols"},
    {ROW(FIELD("x", "{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[1]}")), "symbol 0"},
    {ROW(FIELD("x", "{\"type\":\"fixed\",\"name\":\"F\"}")), "no size"},
    {ROW(FIELD("x", "{\"type\":\"fixed\",\"name\":\"F\",\"size\":-1}")), "no size"},
    {ROW(FIELD("x", "{\"type\":\"fixed\",\"name\":\"R\",\"size\":1}")), "defined twice"},
    {ROW(FIELD("x", "{\"type\":\"array\"}")), "a type is missing"},
};

static void test_avro_bad_schemas(void **state)
{
    char *deep = malloc(100000);
    weir_row_plan *plan = NULL;
    weir_error err;

    (void)state;
    for (size_t i = 0; i < sizeof bad_schemas / sizeof *bad_schemas; i++) {
        print_message("%s\n", bad_schemas[i].schema);
        assert_int_equal(
            codecs->avro_plan(bad_schemas[i].schema, strlen(bad_schemas[i].schema), &plan, &err),
            WEIR_INVALID);
        if (!strstr(err.message, bad_schemas[i].says))
            fail_msg("it says: %s", err.message);
        assert_null(plan);
    }
    strcpy(deep, "{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"x\",\"type\":");
    for (int i = 0; i < 1000; i++)
        strcat(deep, "{\"type\":\"array\",\"items\":");
    strcat(deep, "\"int\"");
    for (int i = 0; i < 1000; i++)
        strcat(deep, "}");
    strcat(deep, "}]}");
    assert_int_equal(codecs->avro_plan(deep, strlen(deep), &plan, &err), WEIR_INVALID);
    assert_non_null(strstr(err.message, "nested deeper"));
    free(deep);
}

static void test_avro_fields(void **state)
{
    static const struct {
        const char *type;
        weir_field_kind kind;
        bool nullable;
    } wants[] = {
        {"\"boolean\"", WEIR_FIELD_BOOLEAN, false},
        {"\"int\"", WEIR_FIELD_INTEGER, false},
        {"{\"type\":\"int\",\"connect.type\":\"int16\"}", WEIR_FIELD_INTEGER, false},
        {"{\"type\":\"int\",\"connect.type\":\"int8\"}", WEIR_FIELD_INTEGER, false},
        {"[\"null\",\"long\"]", WEIR_FIELD_INTEGER, true},
        {"[\"float\",\"null\"]", WEIR_FIELD_FLOAT, true},
        {"[\"double\"]", WEIR_FIELD_FLOAT, false},
        {"{\"type\":{\"type\":\"string\",\"avro.java.string\":\"String\"}}", WEIR_FIELD_STRING,
         false},
        {"{\"type\":\"long\",\"logicalType\":\"timestamp-millis\"}", WEIR_FIELD_INTEGER, false},
        {"{\"type\":\"long\",\"logicalType\":\"timestamp-micros\"}", WEIR_FIELD_FLOAT, false},
        {"{\"type\":\"int\",\"logicalType\":\"timestamp-millis\"}", WEIR_FIELD_INTEGER, false},
        {"{\"type\":\"bytes\",\"logicalType\":\"decimal\",\"precision\":4,\"scale\":2}",
         WEIR_FIELD_FLOAT, false},
        {"{\"type\":\"bytes\",\"logicalType\":\"decimal\",\"precision\":4,\"scale\":99999}",
         WEIR_FIELD_OTHER, false},
        {"{\"type\":\"string\",\"logicalType\":\"uuid\"}", WEIR_FIELD_STRING, false},
        {"{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"A\"]}", WEIR_FIELD_CATEGORY, false},
        {"{\"type\":\"array\",\"items\":\"string\"}", WEIR_FIELD_LIST, false},
        {"[\"null\",{\"type\":\"array\",\"items\":[\"long\",\"null\"]}]", WEIR_FIELD_LIST, true},
        {"{\"type\":\"array\",\"items\":{\"type\":\"array\",\"items\":\"int\"}}", WEIR_FIELD_OTHER,
         false},
        {"{\"type\":\"array\",\"items\":\"bytes\"}", WEIR_FIELD_OTHER, false},
        {"{\"type\":\"map\",\"values\":\"int\"}", WEIR_FIELD_OTHER, false},
        {"[\"null\",\"int\",\"string\"]", WEIR_FIELD_STRING, true},
        {"[\"int\",\"string\"]", WEIR_FIELD_STRING, false},
        {"[\"int\",\"long\"]", WEIR_FIELD_INTEGER, false},
        {"[\"null\",\"int\",\"double\"]", WEIR_FIELD_FLOAT, true},
        {"[\"boolean\",\"int\"]", WEIR_FIELD_FLOAT, false},
        {"[\"bytes\",\"long\"]", WEIR_FIELD_INTEGER, false},
        {"[\"null\",\"bytes\"]", WEIR_FIELD_OTHER, true},
        {"[\"null\",\"bytes\",{\"type\":\"map\",\"values\":\"int\"}]", WEIR_FIELD_OTHER, false},
        {"[\"null\"]", WEIR_FIELD_OTHER, false},
        {"\"null\"", WEIR_FIELD_OTHER, false},
        {"\"bytes\"", WEIR_FIELD_OTHER, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof wants / sizeof *wants; i++) {
        char schema[256];
        weir_row_plan *plan;
        weir_field field;
        weir_type c = WEIR_C;
        weir_batch *batch;
        weir_error err;

        snprintf(schema, sizeof schema, ROW("{\"name\":\"x\",\"type\":%s}"), wants[i].type);
        plan = plan_of(schema);
        field = codecs->plan_field(plan, 0);
        print_message("%s\n", wants[i].type);
        assert_int_equal(codecs->plan_fields(plan), 1);
        assert_string_equal(field.name, "x");
        assert_int_equal(field.kind, wants[i].kind);
        assert_int_equal(field.nullable, wants[i].nullable);
        assert_int_equal(weir_batch_new(1, &batch, NULL), WEIR_OK);
        assert_int_equal(codecs->plan_bind(plan, &c, 1, batch, &err),
                         field.kind == WEIR_FIELD_OTHER ? WEIR_INVALID : WEIR_OK);
        if (field.kind == WEIR_FIELD_OTHER)
            assert_non_null(strstr(err.message, field.type_name));
        weir_batch_free(batch);
        codecs->plan_free(plan);
    }
}

static void test_avro_bad_cells(void **state)
{
    weir_row_plan *plan = plan_of(
        ROW(FIELD("x", "\"string\"") "," FIELD("b", "\"int\"") "," FIELD("s", "\"string\"")));
    weir_batch *batch = bound_batch(plan, "CBS");
    weir_rejects rejects = {0};

    (void)state;
    assert_int_equal(read_exact(plan, "\x02q\x04\x02\xff", 5, batch, &rejects, NULL), WEIR_OK);
    assert_int_equal(batch->rows, 1);
    assert_int_equal(rejects.cells, 3);
    assert_non_null(strstr(rejects.first, "x"));
    assert_int_equal(read_exact(plan, "\x02q\x04\x02", 4, batch, &rejects, NULL), WEIR_INVALID);
    assert_int_equal(rejects.cells, 3); /* those of a refused row do not count */
    assert_int_equal(batch->columns[0].present[0] + batch->columns[1].present[0] +
                         batch->columns[2].present[0],
                     0);
    weir_batch_free(batch);
    codecs->plan_free(plan);
}

/* --- JSON */

static weir_row_plan *json_plan_of(bool envelope)
{
    weir_row_plan *plan = NULL;

    assert_int_equal(codecs->json_plan(envelope, &plan, NULL), WEIR_OK);
    return plan;
}

static bool look(weir_row_plan *plan, const char *value)
{
    bool changed;
    weir_error err;

    if (codecs->plan_look(plan, value, strlen(value), &changed, &err))
        fail_msg("%s: %s", value, err.message);
    return changed;
}

static void check_field(const weir_row_plan *plan, size_t i, const char *name, weir_field_kind kind,
                        bool nullable)
{
    weir_field field = codecs->plan_field(plan, i);

    assert_string_equal(field.name, name);
    assert_int_equal(field.kind, kind);
    assert_int_equal(field.nullable, nullable);
}

static void test_json_learns_fields(void **state)
{
    weir_row_plan *plan = json_plan_of(false);

    (void)state;
    assert_true(
        look(plan, "{\"a\":1,\"b\":\"x\",\"c\":null,\"d\":true,\"e\":[1],\"\\u0066\":2.5}"));
    assert_int_equal(codecs->plan_fields(plan), 6);
    check_field(plan, 0, "a", WEIR_FIELD_INTEGER, false);
    check_field(plan, 1, "b", WEIR_FIELD_STRING, false);
    check_field(plan, 2, "c", WEIR_FIELD_STRING, true); /* nothing known but that it can be null */
    check_field(plan, 3, "d", WEIR_FIELD_BOOLEAN, false);
    check_field(plan, 4, "e", WEIR_FIELD_LIST, false);
    check_field(plan, 5, "f", WEIR_FIELD_FLOAT, false);
    assert_false(look(
        plan, "{\"f\":1,\"a\":2.5,\"b\":null}")); /* a wider number changes no attribute type */
    check_field(plan, 0, "a", WEIR_FIELD_FLOAT, false);
    check_field(plan, 1, "b", WEIR_FIELD_STRING, true);
    assert_true(look(plan, "{\"c\":4}"));
    check_field(plan, 2, "c", WEIR_FIELD_INTEGER, true);
    assert_true(look(plan, "{\"c\":4,\"g\":1}"));
    assert_false(look(plan, "{\"g\":1,\"c\":4}"));
    assert_true(look(plan, "{\"d\":\"text\"}"));
    check_field(plan, 3, "d", WEIR_FIELD_STRING, false);
    assert_false(look(plan, "{}"));
    /* a plain value among lists is one of them, a list among numbers a bad cell */
    assert_false(look(plan, "{\"e\":1}"));
    assert_false(look(plan, "{\"a\":[2]}"));
    check_field(plan, 0, "a", WEIR_FIELD_FLOAT, false);
    check_field(plan, 4, "e", WEIR_FIELD_LIST, false);
    /* true and false, then numbers: both are numbers */
    assert_true(look(plan, "{\"h\":true}"));
    assert_true(look(plan, "{\"h\":2}"));
    check_field(plan, 7, "h", WEIR_FIELD_FLOAT, false);
    assert_false(look(plan, "{\"h\":false}"));
    codecs->plan_free(plan);
}

/* The members of objects in objects are fields of their own. */
static void test_json_nested(void **state)
{
    static const char first[] =
        "{\"a\":{\"b\":{\"c\":1,\"d\":\"x\"},\"e\":[1,\"q\",null,2.50,true]},\"f\":2}";
    static const char second[] =
        "{\"f\":3,\"a\":{\"e\":[],\"b\":{\"d\":\"\\u0079\",\"new\":[{}]}}}";
    static const char third[] = "{\"a\":{\"b\":null,\"e\":[\"p|q\"]},\"f\":[1]}";
    weir_row_plan *plan = json_plan_of(false);
    weir_rejects rejects = {0};
    weir_batch *batch;
    weir_error err;

    (void)state;
    assert_true(look(plan, first));
    assert_int_equal(codecs->plan_fields(plan), 4);
    check_field(plan, 0, "a.b.c", WEIR_FIELD_INTEGER, false);
    check_field(plan, 1, "a.b.d", WEIR_FIELD_STRING, false);
    check_field(plan, 2, "a.e", WEIR_FIELD_LIST, false);
    check_field(plan, 3, "f", WEIR_FIELD_INTEGER, false);
    assert_true(codecs->plan_holds(plan, "a"));
    assert_false(codecs->plan_holds(plan, "a.b.") || codecs->plan_holds(plan, "b"));
    batch = bound_batch(plan, "CSLC");
    assert_int_equal(read_exact(plan, first, sizeof first - 1, batch, &rejects, &err), WEIR_OK);
    assert_int_equal(read_exact(plan, second, sizeof second - 1, batch, &rejects, &err), WEIR_OK);
    assert_int_equal(rejects.cells, 0);
    assert_int_equal(read_exact(plan, third, sizeof third - 1, batch, &rejects, &err), WEIR_OK);
    assert_int_equal(rejects.cells, 2);
    assert_non_null(strstr(rejects.first, "'|'"));
    assert_true(batch->columns[0].values[0] == 1 && !batch->columns[0].present[1]);
    assert_string_equal(batch->columns[1].words[batch->columns[1].codes[1]], "y");
    assert_string_equal(batch->columns[2].words[batch->columns[2].codes[0]], "|1|q|2.5|true|");
    assert_string_equal(batch->columns[2].words[batch->columns[2].codes[1]], "|");
    assert_true(batch->columns[3].values[1] == 3 && !batch->columns[3].present[2]);
    assert_true(look(plan, second));
    check_field(plan, 4, "a.b.new", WEIR_FIELD_OTHER, false);
    /* one name by two ways */
    assert_int_equal(read_exact(plan, "{\"a\":{\"e\":[]},\"a.e\":[]}", 24, batch, &rejects, &err),
                     WEIR_INVALID);
    weir_batch_free(batch);
    codecs->plan_free(plan);
}

/* A type that is given goes before what the first value looked like. */
static void test_json_given_type(void **state)
{
    static const char first[] = "{\"x\":[{\"deep\":1}]}", second[] = "{\"x\":2}";
    weir_row_plan *plan = json_plan_of(false);
    weir_rejects rejects = {0};
    weir_batch *batch;

    (void)state;
    look(plan, first);
    batch = bound_batch(plan, "C");
    assert_int_equal(read_exact(plan, first, sizeof first - 1, batch, &rejects, NULL), WEIR_OK);
    assert_int_equal(read_exact(plan, second, sizeof second - 1, batch, &rejects, NULL), WEIR_OK);
    assert_int_equal(rejects.cells, 1);
    assert_false(batch->columns[0].present[0]);
    assert_true(batch->columns[0].present[1] && batch->columns[0].values[1] == 2);
    weir_batch_free(batch);
    codecs->plan_free(plan);
}

/* A field of which nothing but null was seen has no column until a value tells its type. */
static void test_json_no_type(void **state)
{
    static const char first[] = "{\"x\":null,\"y\":1}", second[] = "{\"x\":\"a\",\"y\":2}";
    const weir_type types[] = {WEIR_NO_TYPE, WEIR_C};
    weir_row_plan *plan = json_plan_of(false);
    weir_rejects rejects = {0};
    weir_batch *batch;

    (void)state;
    look(plan, first);
    assert_int_equal(weir_batch_new(2, &batch, NULL), WEIR_OK);
    assert_int_equal(codecs->plan_bind(plan, types, 2, batch, NULL), WEIR_OK);
    assert_int_equal(batch->column_count, 1);
    assert_string_equal(batch->columns[0].name, "y");
    assert_int_equal(read_exact(plan, first, sizeof first - 1, batch, &rejects, NULL), WEIR_OK);
    assert_int_equal(read_exact(plan, second, sizeof second - 1, batch, &rejects, NULL), WEIR_OK);
    assert_true(batch->columns[0].values[0] == 1 && batch->columns[0].values[1] == 2);
    assert_true(look(plan, second));
    check_field(plan, 0, "x", WEIR_FIELD_STRING, true);
    weir_batch_free(batch);
    codecs->plan_free(plan);
}

static void test_json_rows(void **state)
{
    weir_row_plan *plan = json_plan_of(false);
    static const char first[] = "{\"x\":1.5,\"s\":\"a\",\"b\":true,\"skip\":[{}]}";
    static const char second[] =
        " {\"new\":{\"deep\":[1]},\"b\":0,\"skip\":1,\"s\":\"\\u00e9\",\"x\":\"2.5\"} ";
    static const char third[] = "{\"x\":\"q\",\"s\":null,\"b\":7}";
    weir_rejects rejects = {0};
    weir_batch *batch;

    (void)state;
    look(plan, first);
    batch = bound_batch(plan, "CSBX");
    assert_int_equal(read_exact(plan, first, sizeof first - 1, batch, &rejects, NULL), WEIR_OK);
    assert_int_equal(read_exact(plan, second, sizeof second - 1, batch, &rejects, NULL), WEIR_OK);
    assert_int_equal(read_exact(plan, third, sizeof third - 1, batch, &rejects, NULL), WEIR_OK);
    assert_true(batch->columns[0].values[0] == 1.5 && batch->columns[0].values[1] == 2.5);
    assert_string_equal(batch->columns[1].words[batch->columns[1].codes[1]], "\xc3\xa9");
    assert_true(batch->columns[2].values[0] == 1 && batch->columns[2].values[1] == 0);
    assert_int_equal(batch->columns[0].present[2] + batch->columns[1].present[2] +
                         batch->columns[2].present[2],
                     0);
    assert_int_equal(rejects.cells, 2);
    /* A field that comes after the binding waits for the next one. */
    assert_true(look(plan, "{\"later\":1}"));
    assert_int_equal(read_exact(plan, "{\"later\":1,\"x\":9}", 17, batch, &rejects, NULL), WEIR_OK);
    assert_true(batch->columns[0].values[3] == 9);
    weir_batch_free(batch);
    codecs->plan_free(plan);
}

static void test_json_bad_values(void **state)
{
    static const char *const bad[] = {"",
                                      " ",
                                      "null",
                                      "1",
                                      "[]",
                                      "\"x\"",
                                      "{",
                                      "{\"x\":}",
                                      "{\"x\":1,}",
                                      "{\"x\":1}x",
                                      "{\"x\" 1}",
                                      "{x:1}",
                                      "{\"x\":1 \"y\":2}",
                                      "{\"x\":01}",
                                      "{\"x\":1,\"x\":2}",
                                      "{\"x\":\"\xff\"}",
                                      "{\"\\ud800\":1}",
                                      "{\"x\":tru}",
                                      "not a record"};
    weir_row_plan *plan = json_plan_of(false), *wrapped = json_plan_of(true);
    weir_rejects rejects = {0};
    weir_batch *batch, *none = bound_batch(wrapped, "");
    weir_error err;

    (void)state;
    look(plan, "{\"x\":1}");
    batch = bound_batch(plan, "C");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        weir_bytes out = {0};

        print_message("%s\n", bad[i]);
        assert_int_equal(read_exact(plan, bad[i], strlen(bad[i]), batch, &rejects, &err),
                         WEIR_INVALID);
        assert_int_equal(read_exact(wrapped, bad[i], strlen(bad[i]), none, &rejects, &err),
                         WEIR_INVALID);
        assert_int_equal(batch->rows, 0);
        if (i < 9) /* without being asked for the members, twice the same is fine */
            assert_int_equal(
                codecs->extend_value(plan, bad[i], strlen(bad[i]), extras, 1, &out, &err),
                WEIR_INVALID);
        weir_bytes_free(&out);
    }
    assert_int_equal(read_exact(plan, NULL, 0, batch, &rejects, &err), WEIR_INVALID);
    weir_batch_free(batch);
    weir_batch_free(none);
    codecs->plan_free(plan);
    codecs->plan_free(wrapped);
}

#define ENVELOPE(fields, payload)                                                                  \
    "{\"schema\":{\"type\":\"struct\",\"name\":\"R\",\"optional\":false,\"fields\":[" fields       \
    "]},\"payload\":" payload "}"
#define CONNECT(name, type) "{\"field\":\"" name "\",\"type\":\"" type "\",\"optional\":true}"

static void test_json_envelope(void **state)
{
    static const char one[] = ENVELOPE(CONNECT("x", "double") "," CONNECT("n", "int64") "," CONNECT(
                                           "s", "string") "," CONNECT("t", "int8"),
                                       "{\"x\":1.5,\"n\":2,\"s\":\"a\",\"t\":1}");
    static const char two[] =
        "{\"payload\":{\"n\":3},\"schema\":{\"fields\":[" CONNECT("n", "int64") "]}}";
    static const char date[] = ENVELOPE("{\"type\":\"int64\",\"name\":\"org.apache.kafka.connect."
                                        "data.Timestamp\",\"version\":1,\"field\":\"d\"}",
                                        "{\"d\":1}");
    weir_row_plan *plan = json_plan_of(true);
    weir_rejects rejects = {0};
    weir_batch *batch;
    weir_error err;
    bool changed;

    (void)state;
    assert_true(look(plan, one));
    assert_false(look(plan, one));
    check_field(plan, 0, "x", WEIR_FIELD_FLOAT, true);
    check_field(plan, 1, "n", WEIR_FIELD_INTEGER, true);
    check_field(plan, 2, "s", WEIR_FIELD_STRING, true);
    check_field(plan, 3, "t", WEIR_FIELD_INTEGER, true);
    assert_string_equal(codecs->plan_field(plan, 3).type_name, "int8");
    batch = bound_batch(plan, "CCTX");
    assert_int_equal(read_exact(plan, one, sizeof one - 1, batch, &rejects, NULL), WEIR_OK);
    assert_int_equal(read_exact(plan, two, sizeof two - 1, batch, &rejects, NULL), WEIR_OK);
    assert_true(batch->columns[1].values[0] == 2 && batch->columns[1].values[1] == 3);
    assert_int_equal(batch->columns[0].present[1], 0);
    assert_true(look(plan, two)); /* another schema: fewer fields */
    assert_int_equal(codecs->plan_fields(plan), 1);
    assert_int_equal(read_exact(plan, two, sizeof two - 1, batch, &rejects, NULL),
                     WEIR_INVALID); /* not bound anew */
    assert_true(look(plan, date));
    check_field(plan, 0, "d", WEIR_FIELD_INTEGER, false);
    assert_true(look(
        plan,
        "{\"schema\":null,\"payload\":{\"d\":1,\"q\":true}}")); /* without a schema: as a plain object */
    for (size_t i = 0; i < 6; i++) {
        static const char *const bad[] = {
            "{\"payload\":null}",
            "{\"schema\":{\"fields\":[]}}",
            "{\"schema\":7,\"payload\":{}}",
            "{\"schema\":{\"fields\":{}},\"payload\":{}}",
            "{\"schema\":{\"fields\":[{\"field\":\"x\"}]},\"payload\":{}}",
            "{\"schema\":{},\"payload\":{}}"};

        assert_int_equal(codecs->plan_look(plan, bad[i], strlen(bad[i]), &changed, &err),
                         WEIR_INVALID);
        assert_false(changed);
    }
    weir_batch_free(batch);
    codecs->plan_free(plan);
}

#define NAMED(name, type, logical)                                                                 \
    "{\"field\":\"" name "\",\"type\":\"" type                                                     \
    "\",\"version\":1,\"name\":\"org.apache.kafka.connect.data." logical "\""

/* What Connect's JsonConverter writes of structs, arrays, maps and its own logical types. */
static void test_json_envelope_types(void **state)
{
    static const char value[] = ENVELOPE(
        NAMED("cost", "bytes",
              "Decimal") ",\"parameters\":{\"scale\":\"2\"}}"
                         "," NAMED("day", "int32", "Date") "}," NAMED(
                             "at", "int64",
                             "Timestamp") "}"
                                          ",{\"fields\":[" CONNECT(
                                              "lat",
                                              "float") ",{\"type\":\"struct\",\"optional\":true,"
                                                       "\"fields\":[" CONNECT(
                                                           "deep", "boolean") "],"
                                                                              "\"field\":"
                                                                              "\"in\"}],"
                                                                              "\"type\":"
                                                                              "\"struct\","
                                                                              "\"field\":"
                                                                              "\"pos\"}"
                                                                              ",{"
                                                                              "\"field\":"
                                                                              "\"tags\","
                                                                              "\"type\":"
                                                                              "\"array\","
                                                                              "\"items\":{"
                                                                              "\"type\":"
                                                                              "\"string\","
                                                                              "\"optional"
                                                                              "\":true}}"
                                                                              ",{"
                                                                              "\"field\":"
                                                                              "\"costs\","
                                                                              "\"type\":"
                                                                              "\"array\","
                                                                              "\"items\":{"
                                                                              "\"type\":"
                                                                              "\"bytes\","
                                                                              "\"name\":"
                                                                              "\"org."
                                                                              "apache."
                                                                              "kafka."
                                                                              "connect."
                                                                              "data."
                                                                              "Decimal\","
                                                                              "\"parameter"
                                                                              "s\":{"
                                                                              "\"scale\":"
                                                                              "\"1\"}}}"
                                                                              ",{"
                                                                              "\"field\":"
                                                                              "\"m\","
                                                                              "\"type\":"
                                                                              "\"map\","
                                                                              "\"keys\":{"
                                                                              "\"type\":"
                                                                              "\"string\"}"
                                                                              ",\"values\""
                                                                              ":{\"type\":"
                                                                              "\"int32\"}}"
                                                                              ",{"
                                                                              "\"field\":"
                                                                              "\"other\","
                                                                              "\"type\":"
                                                                              "\"string\","
                                                                              "\"name\":"
                                                                              "\"com.acme."
                                                                              "Colour\"}"
                                                                              ",{"
                                                                              "\"field\":"
                                                                              "\"raw\","
                                                                              "\"type\":"
                                                                              "\"bytes\"}",
        "{\"cost\":\"MDk=\",\"day\":1,\"at\":1700000000000,\"pos\":{\"in\":{\"deep\":true},\"lat\":"
        "0.5},"
        "\"tags\":[\"a\",null],\"costs\":[\"Dw==\",\"/"
        "w==\"],\"m\":{\"lat\":1},\"other\":\"red\",\"raw\":\"AQ==\"}");
    static const char second[] =
        "{\"payload\":{\"cost\":12.5,\"day\":null,\"pos\":null},\"schema\":null}";
    static const char bad[] =
        "{\"payload\":{\"cost\":\"?\",\"day\":99999999999,\"costs\":[\"?\"]},\"schema\":null}";
    weir_row_plan *plan = json_plan_of(true);
    weir_rejects rejects = {0};
    weir_batch *batch;
    weir_error err;

    (void)state;
    assert_true(look(plan, value));
    assert_false(look(plan, value));
    check_field(plan, 0, "cost", WEIR_FIELD_FLOAT, false);
    check_field(plan, 1, "day", WEIR_FIELD_INTEGER, false);
    check_field(plan, 3, "pos.lat", WEIR_FIELD_FLOAT, true);
    check_field(plan, 4, "pos.in.deep", WEIR_FIELD_BOOLEAN, true);
    check_field(plan, 5, "tags", WEIR_FIELD_LIST, false);
    check_field(plan, 7, "m", WEIR_FIELD_OTHER, false);
    check_field(plan, 8, "other", WEIR_FIELD_STRING, false);
    check_field(plan, 9, "raw", WEIR_FIELD_OTHER, false);
    batch = bound_batch(plan, "CCCCBLLXTX");
    for (int i = 0; i < 2; i++)
        if (read_exact(plan, i ? second : value, i ? sizeof second - 1 : sizeof value - 1, batch,
                       &rejects, &err))
            fail_msg("%s", err.message);
    assert_int_equal(rejects.cells, 0);
    assert_true(batch->columns[0].values[0] == 123.45 && batch->columns[0].values[1] == 12.5);
    assert_true(batch->columns[1].values[0] == 86400000 && !batch->columns[1].present[1]);
    assert_true(batch->columns[2].values[0] == 1.7e12);
    assert_true(batch->columns[3].values[0] == 0.5 && batch->columns[4].values[0] == 1);
    assert_false(batch->columns[3].present[1]);
    assert_string_equal(batch->columns[5].words[0], "|a|");
    assert_string_equal(batch->columns[6].words[0], "|1.5|-0.1|");
    assert_int_equal(read_exact(plan, bad, sizeof bad - 1, batch, &rejects, &err), WEIR_OK);
    assert_int_equal(rejects.cells, 3);
    weir_batch_free(batch);
    codecs->plan_free(plan);
}

/* --- extra fields */

static void test_extend_json(void **state)
{
    static const struct {
        bool envelope;
        const char *value, *want;
    } values[] = {
        {false, "{\"a\":[1]} ",
         "{\"a\":[1],\"res\":-1,\"anomaly_score\":0.1,\"model_version\":9223372036854775807} "},
        {false, "{ }", "{ \"res\":-1,\"anomaly_score\":0.1,\"model_version\":9223372036854775807}"},
        {true,
         "{\"schema\":{\"type\":\"struct\",\"fields\":[{\"field\":\"a\",\"type\":\"double\"}],"
         "\"z\":1},\"payload\":{\"a\":1}}",
         "{\"schema\":{\"type\":\"struct\",\"fields\":[{\"field\":\"a\",\"type\":\"double\"},"
         "{\"field\":\"res\",\"type\":\"int32\",\"optional\":false},{\"field\":\"anomaly_score\","
         "\"type\":\"double\",\"optional\":false},"
         "{\"field\":\"model_version\",\"type\":\"int64\",\"optional\":false}],\"z\":1},"
         "\"payload\":{\"a\":1,\"res\":-1,\"anomaly_score\":0.1,\"model_version\":"
         "9223372036854775807}}"},
        {true, "{\"payload\":{},\"schema\":{\"fields\":[]}}",
         "{\"payload\":{\"res\":-1,\"anomaly_score\":0.1,\"model_version\":9223372036854775807},"
         "\"schema\":{\"fields\":["
         "{\"field\":\"res\",\"type\":\"int32\",\"optional\":false},{\"field\":\"anomaly_score\","
         "\"type\":\"double\",\"optional\":false},"
         "{\"field\":\"model_version\",\"type\":\"int64\",\"optional\":false}]}}"},
        {true, "{\"schema\":null,\"payload\":{}}",
         "{\"schema\":null,\"payload\":{\"res\":-1,\"anomaly_score\":0.1,\"model_version\":"
         "9223372036854775807}}"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        weir_row_plan *plan = json_plan_of(values[i].envelope);
        weir_bytes out = {0};
        weir_error err;

        if (codecs->extend_value(plan, values[i].value, strlen(values[i].value), extras, 3, &out,
                                 &err))
            fail_msg("%s", err.message);
        weir_bytes_u8(&out, 0);
        assert_string_equal((char *)out.data, values[i].want);
        weir_bytes_free(&out);
        codecs->plan_free(plan);
    }
}

static void test_extend_avro(void **state)
{
    static const char schema[] =
        "{\"type\":\"record\",\"name\":\"R\",\"namespace\":\"n\",\"doc\":\"d\",\"fields\":["
        "{\"name\":\"x\",\"type\":\"double\",\"default\":1.5}]}";
    const double x = 2.5;
    char *extended = NULL;
    weir_row_plan *plan = plan_of(schema), *wider;
    weir_bytes out = {0};
    weir_batch *batch;
    weir_rejects rejects = {0};

    (void)state;
    assert_int_equal(
        codecs->avro_extend_schema(schema, sizeof schema - 1, extras, 3, &extended, NULL), WEIR_OK);
    assert_non_null(strstr(extended, "\"doc\":\"d\""));
    wider = plan_of(extended);
    assert_string_equal(codecs->plan_field(wider, 1).type_name, "int");
    assert_string_equal(codecs->plan_field(wider, 2).type_name, "double");
    assert_string_equal(codecs->plan_field(wider, 3).type_name, "long");
    assert_int_equal(codecs->extend_value(plan, &x, sizeof x, extras, 3, &out, NULL), WEIR_OK);
    batch = bound_batch(wider, "CCCS");
    assert_int_equal(read_exact(wider, out.data, out.size, batch, &rejects, NULL), WEIR_OK);
    assert_true(batch->columns[0].values[0] == 2.5);
    assert_true(batch->columns[1].values[0] == -1);
    assert_true(batch->columns[2].values[0] == 0.1);
    assert_string_equal(batch->columns[3].words[0], "9223372036854775807");
    assert_int_equal(codecs->avro_extend_schema("\"int\"", 5, extras, 3, &extended, NULL),
                     WEIR_INVALID);
    assert_int_equal(codecs->extend_value(plan, NULL, 0, extras, 3, &out, NULL), WEIR_INVALID);
    weir_batch_free(batch);
    weir_bytes_free(&out);
    codecs->plan_free(plan);
    codecs->plan_free(wider);
    free(extended);
}

static void test_extra_kinds(void **state)
{
    static const char schema[] = ROW(FIELD("x", "\"int\""));
    static const weir_extra_field all[] = {
        {.name = "flag", .kind = WEIR_FIELD_BOOLEAN, .integer = 1},
        {.name = "why", .kind = WEIR_FIELD_STRING, .text = "a \"b\""},
        {.name = "cut", .kind = WEIR_FIELD_FLOAT, .nullable = true, .number = 2.5},
        {.name = "none", .kind = WEIR_FIELD_FLOAT, .nullable = true, .number = NAN},
        {.name = "gone", .kind = WEIR_FIELD_STRING, .nullable = true, .text = "x", .absent = true},
        {.name = "empty", .kind = WEIR_FIELD_STRING},
    };
    const size_t count = sizeof all / sizeof *all;
    weir_row_plan *plan = plan_of(schema), *wider;
    weir_row_plan *json = json_plan_of(true);
    weir_bytes out = {0};
    weir_rejects rejects = {0};
    weir_batch *batch;
    char *extended = NULL;
    weir_error err;

    (void)state;
    assert_int_equal(
        codecs->avro_extend_schema(schema, sizeof schema - 1, all, count, &extended, NULL),
        WEIR_OK);
    assert_non_null(
        strstr(extended, "{\"name\":\"cut\",\"type\":[\"null\",\"double\"],\"default\":null}"));
    wider = plan_of(extended);
    assert_int_equal(codecs->extend_value(plan, "\2", 1, all, count, &out, NULL), WEIR_OK);
    batch = bound_batch(wider, "CBSCCSS");
    assert_int_equal(read_exact(wider, out.data, out.size, batch, &rejects, NULL), WEIR_OK);
    assert_true(batch->columns[1].values[0] == 1 && batch->columns[3].values[0] == 2.5);
    assert_string_equal(batch->columns[2].words[0], "a \"b\"");
    for (size_t i = 4; i < 7; i++)
        assert_false(batch->columns[i].present[0]);
    weir_bytes_clear(&out);
    assert_int_equal(codecs->extend_value(json, "{\"schema\":{\"fields\":[]},\"payload\":{}}", 37,
                                          all, count, &out, NULL),
                     WEIR_OK);
    weir_bytes_u8(&out, 0);
    assert_string_equal(
        (char *)out.data,
        "{\"schema\":{\"fields\":[{\"field\":\"flag\",\"type\":\"boolean\",\"optional\":false},"
        "{\"field\":\"why\",\"type\":\"string\",\"optional\":false},"
        "{\"field\":\"cut\",\"type\":\"double\",\"optional\":true},"
        "{\"field\":\"none\",\"type\":\"double\",\"optional\":true},"
        "{\"field\":\"gone\",\"type\":\"string\",\"optional\":true},"
        "{\"field\":\"empty\",\"type\":\"string\",\"optional\":false}]},\"payload\":{\"flag\":true,"
        "\"why\":\"a \\\"b\\\"\",\"cut\":2.5,\"none\":null,\"gone\":null,\"empty\":\"\"}}");
    assert_true(codecs->plan_holds(plan, "x"));
    assert_false(codecs->plan_holds(plan, "flag"));
    free(extended);
    extended = NULL;
    assert_int_equal(codecs->avro_extend_schema(schema, sizeof schema - 1,
                                                &(weir_extra_field){.name = "x"}, 1, &extended,
                                                &err),
                     WEIR_CONFLICT);
    assert_non_null(strstr(err.message, "'x'"));
    weir_batch_free(batch);
    weir_bytes_free(&out);
    codecs->plan_free(plan);
    codecs->plan_free(wider);
    codecs->plan_free(json);
}

/* --- every allocation fails once */

static size_t allocations_left;

static bool allowed(void)
{
    return allocations_left > 0 && allocations_left--;
}

static void *failing_malloc(size_t size)
{
    return allowed() ? malloc(size) : NULL;
}

static void *failing_realloc(void *block, size_t size)
{
    return allowed() ? realloc(block, size) : NULL;
}

static weir_code read_two_formats(weir_batch *avro_batch, weir_batch *json_batch)
{
    static const char schema[] = ROW(FIELD("x", "\"double\"") "," FIELD(
        "e", "{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"A\"]}"));
    static const char value[] =
        ENVELOPE(CONNECT("x", "double") "," CONNECT("s", "string"), "{\"x\":1,\"s\":\"a\\n\"}");
    const weir_type types[] = {WEIR_C, WEIR_S};
    weir_row_plan *avro = NULL, *json = NULL;
    weir_rejects rejects = {0};
    weir_code code;
    bool changed;

    if (!(code = codecs->avro_plan(schema, sizeof schema - 1, &avro, NULL)) &&
        !(code = codecs->plan_bind(avro, types, 2, avro_batch, NULL)) &&
        !(code = codecs->plan_row(avro, "\0\0\0\0\0\0\0\0\0", 9, avro_batch, &rejects, NULL)) &&
        !(code = codecs->json_plan(true, &json, NULL)) &&
        !(code = codecs->plan_look(json, value, sizeof value - 1, &changed, NULL)) &&
        !(code = codecs->plan_bind(json, types, 2, json_batch, NULL)))
        code = codecs->plan_row(json, value, sizeof value - 1, json_batch, &rejects, NULL);
    codecs->plan_free(avro);
    codecs->plan_free(json);
    return code;
}

static void test_no_memory(void **state)
{
    const weir_memory_hook hook = {failing_malloc, failing_realloc, free};
    weir_code code = WEIR_NO_MEMORY;

    (void)state;
    for (size_t n = 0; code; n++) {
        weir_batch *avro_batch, *json_batch;

        assert_int_equal(weir_batch_new(1, &avro_batch, NULL), WEIR_OK);
        assert_int_equal(weir_batch_new(1, &json_batch, NULL), WEIR_OK);
        allocations_left = n;
        weir_memory_use(&hook);
        code = read_two_formats(avro_batch, json_batch);
        weir_memory_use(NULL);
        assert_true(code == WEIR_OK || code == WEIR_NO_MEMORY);
        weir_batch_free(avro_batch);
        weir_batch_free(json_batch);
        assert_true(n < 1000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_avro_peer),           cmocka_unit_test(test_avro_bad_bodies),
        cmocka_unit_test(test_avro_empty_items),    cmocka_unit_test(test_avro_bad_schemas),
        cmocka_unit_test(test_avro_fields),         cmocka_unit_test(test_avro_bad_cells),
        cmocka_unit_test(test_json_learns_fields),  cmocka_unit_test(test_json_given_type),
        cmocka_unit_test(test_json_no_type),        cmocka_unit_test(test_json_nested),
        cmocka_unit_test(test_json_envelope_types), cmocka_unit_test(test_json_rows),
        cmocka_unit_test(test_json_bad_values),     cmocka_unit_test(test_json_envelope),
        cmocka_unit_test(test_extend_json),         cmocka_unit_test(test_extend_avro),
        cmocka_unit_test(test_extra_kinds),         cmocka_unit_test(test_no_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
