/* csv_plan_test.c: CSV rows, one a value.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "row_plan_check.h"

#include "weir/memory.h"

static const char *const three[] = {"a", "b", "c"};

static weir_row_plan *csv_plan_of(const weir_csv_options *options)
{
    weir_row_plan *plan = NULL;
    weir_error err;

    if (codecs->csv_plan(options, &plan, &err))
        fail_msg("%s", err.message);
    return plan;
}

/* "C1 -|Sx" and so on: type and cell of each column of the last row. */
static void tell_row(const weir_batch *batch, char *out, size_t size)
{
    size_t at = 0;

    *out = '\0';
    for (size_t i = 0; i < batch->column_count; i++) {
        const weir_batch_column *column = &batch->columns[i];
        size_t row = batch->rows - 1;

        at += (size_t)snprintf(out + at, size - at, "%s%c:", i ? " " : "", (char)column->type);
        if (!column->present || !column->present[row])
            at += (size_t)snprintf(out + at, size - at, "-");
        else if (column->values)
            at += (size_t)snprintf(out + at, size - at, "%g", column->values[row]);
        else
            at += (size_t)snprintf(out + at, size - at, "%s", column->words[column->codes[row]]);
    }
}

static const struct {
    const char *title;
    weir_csv_options options;
    const char *types, *value;
    size_t bad_cells;
    const char *want; /* the row, or what the error says */
    weir_code code;
} values[] = {
    {"cells in the order of the names", {0}, "CTS", "1.5, Red ,x y", 0, "C:1.5 T:red S:x y", 0},
    {"a line end is no cell", {0}, "CCC", "1,2,3\n", 0, "C:1 C:2 C:3", 0},
    {"nor is that of other systems", {0}, "CCS", "1,2,z\r\n", 0, "C:1 C:2 S:z", 0},
    {"quotes, separators and line ends in quotes",
     {0},
     "SSS",
     "\"a,\"\"b\"\"\",\"c\nd\",\"\"",
     0,
     "S:a,\"b\" S:c\nd S:-",
     0},
    {"missing cells", {0}, "CTS", ",,", 0, "C:- T:- S:-", 0},
    {"ignored and bad cells", {0}, "XCB", "q,q,2", 2, "X:- C:- B:-", 0},
    {"a list", {0}, "LCC", "|p|q|,1,2", 0, "L:|p|q| C:1 C:2", 0},
    {"other marks",
     {.separator = ';', .quote = '\''},
     "CSS",
     "1;'a;''b';\"c\"",
     0,
     "C:1 S:a;'b S:\"c\"",
     0},
    {"strict quotes", {.strict_quotes = true}, "CSS", "x\"1\",\"p\"q\"r\",s", 0, "C:1 S:pr S:-", 0},
    {"too few cells", {0}, "CCC", "1,2", 0, "2 cells where there are 3 columns", WEIR_INVALID},
    {"too many cells", {0}, "CCC", "1,2,3,", 0, "4 cells where", WEIR_INVALID},
    {"two lines", {0}, "CCC", "1,2,3\n4,5,6", 0, "more than one line", WEIR_INVALID},
    {"a blank line", {0}, "CCC", "\r\n", 0, "blank line", WEIR_INVALID},
    {"nothing", {0}, "CCC", "", 0, "blank line", WEIR_INVALID},
    {"a quote without an end", {0}, "CCC", "1,\"2,3\n", 0, "no end", WEIR_INVALID},
    {"text behind a quote", {0}, "CCC", "1,\"2\"3,4", 0, "behind a closing quote", WEIR_INVALID},
    {"a header", {0}, "SSS", "a,\"b\",c\n", 0, "a header", WEIR_INVALID},
    {"no header", {.header_missing = true}, "SSS", "a,b,c", 0, "S:a S:b S:c", 0},
};

static void test_values(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        weir_csv_options options = values[i].options;
        weir_type types[3];
        weir_row_plan *plan = NULL;
        weir_batch *batch = NULL;
        weir_rejects rejects = {0};
        weir_error err = {0};
        char got[200];
        weir_code code;

        print_message("%s\n", values[i].title);
        options.names = three;
        options.name_count = 3;
        plan = csv_plan_of(&options);
        for (size_t t = 0; t < 3; t++)
            types[t] = (weir_type)values[i].types[t];
        assert_int_equal(weir_batch_new(1, &batch, NULL), WEIR_OK);
        assert_int_equal(codecs->plan_bind(plan, types, 3, batch, NULL), WEIR_OK);
        code = read_exact(plan, values[i].value, strlen(values[i].value), batch, &rejects, &err);
        assert_int_equal(code, values[i].code);
        assert_int_equal(batch->rows, code ? 0 : 1);
        if (!code) {
            tell_row(batch, got, sizeof got);
            assert_string_equal(got, values[i].want);
        } else if (!strstr(err.message, values[i].want)) {
            fail_msg("it says: %s", err.message);
        }
        assert_int_equal(rejects.cells, values[i].bad_cells);
        weir_batch_free(batch);
        codecs->plan_free(plan);
    }
}

/* A field's kind is told by its first cell that is not missing, and by no other; what is no row tells nothing. */
static void test_kinds(void **state)
{
    weir_row_plan *plan = csv_plan_of(&(weir_csv_options){.names = three, .name_count = 3});

    (void)state;
    assert_int_equal(codecs->plan_fields(plan), 3);
    assert_string_equal(codecs->plan_field(plan, 0).type_name, "null");
    assert_false(look(plan, "a,b,c"));
    assert_false(look(plan, "x,y"));
    assert_false(look(plan, ", nan ,"));
    assert_true(look(plan, "1e300,,"));
    check_field(plan, 0, "a", WEIR_FIELD_FLOAT, true);
    assert_string_equal(codecs->plan_field(plan, 1).type_name, "null");
    assert_true(look(plan, "x,|p|q|,1x"));
    check_field(plan, 0, "a", WEIR_FIELD_FLOAT, true);
    check_field(plan, 1, "b", WEIR_FIELD_LIST, true);
    check_field(plan, 2, "c", WEIR_FIELD_STRING, true);
    assert_false(look(plan, "not looked at any more"));
    assert_true(codecs->plan_holds(plan, "b"));
    assert_false(codecs->plan_holds(plan, "d"));
    codecs->plan_free(plan);
}

static void test_names_of_the_first_value(void **state)
{
    weir_row_plan *plan = csv_plan_of(&(weir_csv_options){0});

    (void)state;
    assert_int_equal(codecs->plan_fields(plan), 0);
    assert_true(look(plan, "1,x\n"));
    assert_int_equal(codecs->plan_fields(plan), 2);
    check_field(plan, 0, "c1", WEIR_FIELD_FLOAT, true);
    check_field(plan, 1, "c2", WEIR_FIELD_STRING, true);
    codecs->plan_free(plan);
}

static const struct {
    const char *names[2];
    weir_csv_options options;
    const char *says;
} refused[] = {
    {{"a", "a"}, {0}, "'a' is there twice"},
    {{"a", ""}, {0}, "field 1 has no name"},
    {{"a", "\xff"}, {0}, "not UTF-8"},
    {{"a", "b"}, {.separator = ';', .quote = ';'}, "two different ASCII characters"},
};

static void test_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        weir_csv_options options = refused[i].options;
        weir_row_plan *plan = NULL;
        weir_error err = {0};

        options.names = refused[i].names;
        options.name_count = 2;
        assert_int_equal(codecs->csv_plan(&options, &plan, &err), WEIR_INVALID);
        if (!strstr(err.message, refused[i].says))
            fail_msg("it says: %s", err.message);
    }
}

static void test_no_fields_beside(void **state)
{
    weir_row_plan *plan = csv_plan_of(&(weir_csv_options){.names = three, .name_count = 3});
    weir_bytes out = {0};
    weir_error err;

    (void)state;
    assert_int_equal(codecs->extend_value(plan, "1,2,3", 5, extras, 1, &out, &err), WEIR_INVALID);
    assert_non_null(strstr(err.message, "'res'"));
    assert_int_equal(out.size, 0);
    weir_bytes_free(&out);
    codecs->plan_free(plan);
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

static weir_code read_one(weir_batch *batch)
{
    static const char value[] = "1,\"x\"\"\",|l|";
    const weir_type types[] = {WEIR_C, WEIR_S, WEIR_L};
    weir_row_plan *plan = NULL;
    weir_rejects rejects = {0};
    weir_code code;
    bool changed;

    if (!(code = codecs->csv_plan(&(weir_csv_options){0}, &plan, NULL)) &&
        !(code = codecs->plan_look(plan, value, sizeof value - 1, &changed, NULL)) &&
        !(code = codecs->plan_bind(plan, types, 3, batch, NULL)))
        code = codecs->plan_row(plan, value, sizeof value - 1, batch, &rejects, NULL);
    codecs->plan_free(plan);
    return code;
}

static void test_no_memory(void **state)
{
    const weir_memory_hook hook = {failing_malloc, failing_realloc, free};
    weir_code code = WEIR_NO_MEMORY;

    (void)state;
    for (size_t n = 0; code; n++) {
        weir_batch *batch = NULL;

        assert_int_equal(weir_batch_new(1, &batch, NULL), WEIR_OK);
        allocations_left = n;
        weir_memory_use(&hook);
        code = read_one(batch);
        weir_memory_use(NULL);
        assert_true(code == WEIR_OK || code == WEIR_NO_MEMORY);
        weir_batch_free(batch);
        assert_true(n < 1000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_names_of_the_first_value),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_no_fields_beside),
        cmocka_unit_test(test_no_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
