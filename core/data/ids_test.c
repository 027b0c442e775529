/* Names to ids: attributes, categories, names that are neither, and memory that runs out.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "testing/failing.h"
#include "weir/ids.h"

enum { COLOURS = 40 };

static weir_schema *schema;

static size_t add(const char *name, weir_type type)
{
    size_t id = WEIR_NONE;

    assert_int_equal(weir_schema_add(schema, name, strlen(name), type, &id, NULL), WEIR_OK);
    return id;
}

/* x, and a category k of many values with y behind the first. */
static int set_up(void **state)
{
    size_t k, id;
    (void)state;

    assert_int_equal(weir_schema_new(&schema, NULL), WEIR_OK);
    add("x", WEIR_C);
    k = add("k", WEIR_T);
    for (int i = 0; i < COLOURS; i++) {
        char value[] = {(char)('A' + i), 0};

        if (i == 1)
            add("y", WEIR_C);
        assert_int_equal(weir_schema_add_value(schema, k, value, 1, false, &id, NULL), WEIR_OK);
    }
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    weir_schema_free(schema);
    return 0;
}

static void names_stand_for_ids_in_order(void **state)
{
    weir_ids list = {0};
    bool category = true;
    (void)state;

    assert_int_equal(weir_ids_add_named(&list, schema, "y", &category, NULL), WEIR_OK);
    assert_false(category);
    assert_int_equal(weir_ids_add_named(&list, schema, "k$A", NULL, NULL), WEIR_OK);
    assert_int_equal(weir_ids_add_named(&list, schema, "k", &category, NULL), WEIR_OK);
    assert_true(category);
    assert_int_equal(list.count, 2 + COLOURS);
    assert_int_equal(list.ids[0], 2);
    assert_int_equal(list.ids[1], 1);
    assert_int_equal(list.ids[2], 1); /* k$A; between it and the next lies y */
    for (size_t i = 1; i < COLOURS; i++)
        assert_int_equal(list.ids[2 + i], 2 + i);
    weir_ids_free(&list);
    assert_null(list.ids);
}

static void an_unknown_name_is_told_and_adds_nothing(void **state)
{
    weir_ids list = {0};
    weir_error err = {0};
    (void)state;

    assert_int_equal(weir_ids_add(&list, 0, NULL), WEIR_OK);
    assert_int_equal(weir_ids_add_named(&list, schema, "k$none", NULL, &err), WEIR_INVALID);
    assert_string_equal(err.message, "there is no attribute \"k$none\"");
    assert_int_equal(list.count, 1);
    weir_ids_free(&list);
}

static void scarce_memory_adds_nothing(void **state)
{
    weir_code code = WEIR_NO_MEMORY;
    size_t failures = 0;
    (void)state;

    for (; code; failures += code != WEIR_OK) {
        weir_ids list = {0};

        failing_begin(failures);
        code = weir_ids_add_named(&list, schema, "k", NULL, NULL);
        failing_end();
        assert_true(code == WEIR_OK || (code == WEIR_NO_MEMORY && list.count == 0));
        weir_ids_free(&list);
    }
    assert_int_equal(failures, 3); /* 16, 32 and 64 places */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(names_stand_for_ids_in_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_unknown_name_is_told_and_adds_nothing, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(scarce_memory_adds_nothing, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
