/* SPDX-License-Identifier: Apache-2.0 */
#include "row_plan_check.h"

#include <jansson.h>

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_avro_peer),        cmocka_unit_test(test_avro_bad_bodies),
        cmocka_unit_test(test_avro_empty_items), cmocka_unit_test(test_avro_bad_schemas),
        cmocka_unit_test(test_avro_fields),      cmocka_unit_test(test_avro_bad_cells),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
