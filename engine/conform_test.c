/* conform_test.c: what is left of a batch whose columns have other types than the project's.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "inside.h"

/* The project knows c (C), b (B), t (T), s (S) and x (X). The frame has a column of one of these names, with cells in
 * the first and the last of three rows, and a column `other` with a cell in each. */
static const struct {
    const char *title, *name;
    weir_type sent;
    weir_bad_policy policy;
    weir_code code;
    size_t rows, cells; /* left in the batch; cells of the column in question */
    uint64_t rejected_cells, rejected_rows;
    const char *why;
} cases[] = {
    {"the same type", "c", WEIR_C, WEIR_BAD_REJECT, WEIR_OK, 3, 2, 0, 0, ""},
    {"a new column", "new", WEIR_T, WEIR_BAD_REJECT, WEIR_OK, 3, 2, 0, 0, ""},
    {"B may become C", "b", WEIR_C, WEIR_BAD_REJECT, WEIR_OK, 3, 2, 0, 0, ""},
    {"C takes a B", "c", WEIR_B, WEIR_BAD_REJECT, WEIR_OK, 3, 2, 0, 0, ""},
    {"X has no cells to refuse", "c", WEIR_X, WEIR_BAD_REJECT, WEIR_OK, 3, 0, 0, 0, ""},
    {"a number refused", "t", WEIR_C, WEIR_BAD_REJECT, WEIR_INVALID, 3, 2, 0, 0,
     "column t is of type T, not C"},
    {"a word refused", "c", WEIR_T, WEIR_BAD_REJECT, WEIR_INVALID, 3, 2, 0, 0,
     "column c is of type C, not T"},
    {"its cells left out", "c", WEIR_T, WEIR_BAD_CELL, WEIR_OK, 3, 0, 2, 0,
     "column c is of type C, not T"},
    {"its rows left out", "c", WEIR_S, WEIR_BAD_ROW, WEIR_OK, 1, 0, 0, 2,
     "column c is of type C, not S"},
    {"a category is no string", "s", WEIR_T, WEIR_BAD_CELL, WEIR_OK, 3, 0, 2, 0,
     "column s is of type S, not T"},
    {"what is ignored stays so", "x", WEIR_C, WEIR_BAD_CELL, WEIR_OK, 3, 0, 2, 0,
     "column x is of type X, not C"},
    {"a binary is no category", "b", WEIR_T, WEIR_BAD_ROW, WEIR_OK, 1, 0, 0, 2,
     "column b is of type B, not T"},
};

static weir_schema *known(void)
{
    static const weir_type types[] = {WEIR_C, WEIR_B, WEIR_T, WEIR_S, WEIR_X};
    weir_schema *schema = NULL;
    size_t id;

    assert_int_equal(weir_schema_new(&schema, NULL), WEIR_OK);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(weir_schema_add(schema, &"c\0b\0t\0s\0x"[2 * i], 1, types[i], &id, NULL),
                         WEIR_OK);
    return schema;
}

static weir_batch *frame(const char *name, weir_type type)
{
    weir_batch *batch = NULL;
    size_t asked, other;

    assert_int_equal(weir_batch_new(3, &batch, NULL), WEIR_OK);
    assert_int_equal(weir_batch_add_column(batch, name, strlen(name), type, &asked, NULL), WEIR_OK);
    assert_int_equal(weir_batch_add_column(batch, "other", 5, WEIR_C, &other, NULL), WEIR_OK);
    for (size_t r = 0; r < 3; r++) {
        assert_int_equal(weir_batch_row_begin(batch, NULL), WEIR_OK);
        if (r != 1)
            assert_int_equal(weir_batch_put_text(batch, asked, "1", 1, NULL), WEIR_OK);
        assert_int_equal(weir_batch_put_number(batch, other, (double)r, NULL), WEIR_OK);
        weir_batch_row_end(batch);
    }
    return batch;
}

static void columns_conform(void **state)
{
    weir_schema *schema = known();

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        weir_batch *batch = frame(cases[i].name, cases[i].sent);
        weir_rejects rejects = {0};
        weir_error err = {0};
        char why[CONFORM_WHY];
        weir_code code = conform(schema, batch, cases[i].policy, &rejects, why, &err);

        if (code != cases[i].code || batch->rows != cases[i].rows ||
            batch->rows - batch->columns[0].absent != cases[i].cells ||
            batch->columns[1].absent != 0 || rejects.cells != cases[i].rejected_cells ||
            rejects.rows != cases[i].rejected_rows || strcmp(why, cases[i].why) != 0)
            fail_msg("%s: %zu rows, %zu of them with a cell, '%s'", cases[i].title, batch->rows,
                     batch->rows - batch->columns[0].absent, why);
        assert_string_equal(code ? err.message : rejects.first, cases[i].why);
        weir_batch_free(batch);
    }
    weir_schema_free(schema);
}

/* The sentence of a reject that came first stays; two columns that conflict are both left out. */
static void the_first_reason_stays(void **state)
{
    weir_schema *schema = known();
    weir_rejects rejects = {.cells = 1, .first = "row 7: junk"};
    weir_batch *batch = frame("c", WEIR_T);
    char why[CONFORM_WHY];
    size_t second;

    (void)state;
    assert_int_equal(weir_batch_add_column(batch, "s", 1, WEIR_C, &second, NULL), WEIR_OK);
    assert_int_equal(weir_batch_row_begin(batch, NULL), WEIR_OK);
    assert_int_equal(weir_batch_put_number(batch, second, 4, NULL), WEIR_OK);
    weir_batch_row_end(batch);
    assert_int_equal(conform(schema, batch, WEIR_BAD_CELL, &rejects, why, NULL), WEIR_OK);
    assert_int_equal(rejects.cells, 1 + 2 + 1);
    assert_string_equal(rejects.first, "row 7: junk");
    assert_string_equal(why, "column c is of type C, not T, column s is of type S, not C");
    assert_int_equal(batch->columns[second].absent, 4);
    weir_batch_free(batch);
    weir_schema_free(schema);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_conform),
        cmocka_unit_test(the_first_reason_stays),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
