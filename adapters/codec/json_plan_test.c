/* SPDX-License-Identifier: Apache-2.0 */
#include "row_plan_check.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json_learns_fields), cmocka_unit_test(test_json_nested),
        cmocka_unit_test(test_json_given_type),    cmocka_unit_test(test_json_no_type),
        cmocka_unit_test(test_json_rows),          cmocka_unit_test(test_json_bad_values),
        cmocka_unit_test(test_json_envelope),      cmocka_unit_test(test_json_envelope_types),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
