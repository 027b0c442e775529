/* schema_test.c: names, types, values and their lookups.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "weir/schema.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static weir_schema *schema;
static weir_error err;

static size_t add(const char *name, weir_type type)
{
    size_t id = WEIR_NONE;

    assert_int_equal(weir_schema_add(schema, name, strlen(name), type, &id, &err), WEIR_OK);
    return id;
}

static size_t add_value(size_t parent, const char *value, bool other)
{
    size_t id = WEIR_NONE;

    assert_int_equal(weir_schema_add_value(schema, parent, value, strlen(value), other, &id, &err),
                     WEIR_OK);
    return id;
}

static int set_up(void **state)
{
    (void)state;
    return (int)weir_schema_new(&schema, &err);
}

static int tear_down(void **state)
{
    (void)state;
    weir_schema_free(schema);
    return 0;
}

static void names_have_one_type(void **state)
{
    size_t id;

    (void)state;
    assert_int_equal(add("x", WEIR_C), 0);
    assert_int_equal(add("s", WEIR_S), 1);
    assert_int_equal(add("x", WEIR_C), 0);
    assert_int_equal(weir_schema_add(schema, "x", 1, WEIR_T, &id, &err), WEIR_INVALID);
    assert_string_equal(err.message, "column x is of type C, not T");
    assert_int_equal(add("b", WEIR_B), 2);
    assert_int_equal(weir_schema_slots(schema), 2);
    assert_true(weir_schema_at(schema, 1)->slot == WEIR_NONE);
    assert_int_equal(weir_schema_slot_id(schema, 1), 2);
}

/* Values are found by column and value; names that read the same do not get in each other's way. */
static void values_are_found_by_parent_and_value(void **state)
{
    size_t a, ab, first, second;

    (void)state;
    a = add("a", WEIR_T);
    ab = add("a$b", WEIR_T);
    first = add_value(a, "b$c", false);
    second = add_value(ab, "c", false);
    assert_true(first != second);
    assert_string_equal(weir_schema_at(schema, first)->name, weir_schema_at(schema, second)->name);
    assert_int_equal(weir_schema_find(schema, "a$b$c", 5), first);
    assert_int_equal(weir_schema_find_value(schema, ab, "c", 1), second);
    assert_int_equal(add_value(a, "b$c", false), first);
    assert_int_equal(weir_schema_find(schema, "a$b", 3),
                     WEIR_NONE); /* a category is no attribute */
}

static void other_is_apart_from_a_value_of_that_name(void **state)
{
    size_t t = add("t", WEIR_T), other = add_value(t, "", true),
           real = add_value(t, "(other)", false);

    (void)state;
    assert_true(other != real);
    assert_int_equal(weir_schema_other(schema, t), other);
    assert_int_equal(weir_schema_find_value(schema, t, "(other)", 7), real);
    assert_int_equal(weir_schema_values(schema, t), 1);
    assert_int_equal(add_value(t, "", true), other);
}

static void copies_are_the_same_and_apart(void **state)
{
    weir_schema *copy = NULL;
    size_t t = add("t", WEIR_T);

    (void)state;
    add_value(t, "u", false);
    add("x", WEIR_C);
    add_value(t, "v", false);
    assert_int_equal(weir_schema_copy(schema, &copy, &err), WEIR_OK);
    assert_int_equal(weir_schema_size(copy), 3);
    for (size_t i = 0; i < 3; i++) {
        assert_string_equal(weir_schema_at(copy, i)->name, weir_schema_at(schema, i)->name);
        assert_int_equal(weir_schema_at(copy, i)->slot, weir_schema_at(schema, i)->slot);
    }
    add("y", WEIR_C);
    assert_int_equal(weir_schema_size(copy), 3);
    weir_schema_free(copy);
}

static void letters_are_types(void **state)
{
    weir_type type;

    (void)state;
    assert_true(weir_type_from_letter("c", 1, &type) && type == WEIR_C);
    assert_true(weir_type_from_letter("-", 1, &type) && type == WEIR_X);
    assert_false(weir_type_from_letter("Q", 1, &type));
    assert_false(weir_type_from_letter("CC", 2, &type));
    assert_false(weir_type_from_letter("", 0, &type));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(names_have_one_type, set_up, tear_down),
        cmocka_unit_test_setup_teardown(values_are_found_by_parent_and_value, set_up, tear_down),
        cmocka_unit_test_setup_teardown(other_is_apart_from_a_value_of_that_name, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(copies_are_the_same_and_apart, set_up, tear_down),
        cmocka_unit_test(letters_are_types),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
