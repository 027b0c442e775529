/* renames_test.c: which attribute a renamed field fills.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "renames.h"

#include "registry_check.h"

static const struct {
    const char *title;
    const char *schemas[4]; /* the versions, oldest first; the last one is read */
    size_t count;
    const char *want; /* the attributes of its fields */
    size_t asked;     /* for schemas */
} renames[] = {
    {"a schema without aliases asks nobody", {"temp", "heat"}, 2, "heat", 0},
    {"a field fills what it filled", {"temp", "heat/temp"}, 2, "temp", 1},
    {"through several names", {"temp", "heat/temp", "t/heat"}, 3, "temp", 2},
    {"an alias further back in its list", {"old", "x/none/old"}, 2, "old", 1},
    {"an alias that never was", {"a", "x/none"}, 2, "x", 1},
    {"a name that was there keeps its attribute", {"a b", "b/a"}, 2, "b", 1},
    {"not the attribute of another field beside it", {"temp", "temp heat/temp"}, 2, "temp heat", 1},
    {"two heirs of one name: the first has it", {"a", "b/a c/a"}, 2, "a c", 1},
    {"an old name given to a new field",
     {"temp", "heat/temp", "heat/temp temp"},
     3,
     "heat temp",
     2},
    {"fields beside it stay", {"x temp y", "y heat/temp x"}, 2, "y temp x", 1},
    {"what cannot be read says nothing", {"temp", "!", "heat/temp"}, 3, "temp", 2},
    {"nor does what is gone", {"temp", NULL, "heat/temp"}, 3, "temp", 2},
};

static weir_row_plan *plan_of(const char *schema)
{
    weir_row_plan *plan = NULL;

    assert_int_equal(check_avro_plan(schema, strlen(schema), &plan, NULL), WEIR_OK);
    return plan;
}

static void test_renames(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof renames / sizeof *renames; i++) {
        size_t count = renames[i].count;
        weir_registry registry = {.schemas = renames[i].schemas, .count = count};
        weir_row_plan *plan = plan_of(renames[i].schemas[count - 1]);
        char got[100] = "";
        size_t at = 0;

        print_message("%s\n", renames[i].title);
        assert_int_equal(
            renames_apply(&check_codecs, &check_registry, &registry, (int32_t)count, plan, NULL),
            WEIR_OK);
        for (size_t f = 0; f < plan->fields; f++)
            at += (size_t)snprintf(got + at, sizeof got - at, "%s%s", f ? " " : "",
                                   plan->names[f][0]);
        assert_string_equal(got, renames[i].want);
        assert_int_equal(registry.asked, renames[i].asked);
        check_plan_free(plan);
    }
}

/* A registry that is away is no reason to give a field a new attribute. */
static void test_registry_away(void **state)
{
    static const char *const schemas[] = {"temp", "heat/temp"};
    weir_registry registry = {.schemas = schemas, .count = 2, .away = true};
    weir_row_plan *plan = plan_of(schemas[1]);
    weir_error err;

    (void)state;
    assert_int_equal(renames_apply(&check_codecs, &check_registry, &registry, 2, plan, &err),
                     WEIR_UNAVAILABLE);
    assert_non_null(strstr(err.message, "schema 2"));
    assert_string_equal(plan->names[0][0], "heat");
    check_plan_free(plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_renames),
        cmocka_unit_test(test_registry_away),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
