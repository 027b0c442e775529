/* SPDX-License-Identifier: Apache-2.0 */
#include "row_plan_check.h"

#include <math.h>

#include "weir/memory.h"

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
    static const char schema[] = ROW(FIELD(
        "x",
        "\"double\"") ",{\"name\":\"r\",\"aliases\":[\"q\"],"
                      "\"type\":[\"int\",{\"type\":\"record\",\"name\":\"N\",\"fields\":[" FIELD(
                          "e", "{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"A\"]}") "]}]}");
    static const char value[] =
        ENVELOPE(CONNECT("x", "double") "," CONNECT("s", "string"), "{\"x\":1,\"s\":\"a\\n\"}");
    const weir_type types[] = {WEIR_C, WEIR_S, WEIR_S};
    weir_row_plan *avro = NULL, *json = NULL;
    weir_rejects rejects = {0};
    weir_code code;
    bool changed;

    if (!(code = codecs->avro_plan(schema, sizeof schema - 1, &avro, NULL)) &&
        !(code = codecs->plan_rename(avro, 1, "q", NULL)) &&
        !(code = codecs->plan_bind(avro, types, 3, avro_batch, NULL)) &&
        !(code = codecs->plan_row(avro, "\0\0\0\0\0\0\0\0\2\0", 10, avro_batch, &rejects, NULL)) &&
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
        cmocka_unit_test(test_extend_json),
        cmocka_unit_test(test_extend_avro),
        cmocka_unit_test(test_extra_kinds),
        cmocka_unit_test(test_no_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
