/* cell_types_test.c: cells in which a column is of different types.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cell_types.h"

/* A cell of rows that all have 2 in "n", and in "x" the same: a number, or a text in a column of that type. */
static weir_summary *cell_of(size_t rows, weir_type type, const char *text)
{
    const weir_summary_options options = {.histograms = true};
    weir_summary *made = NULL;
    weir_batch *batch = NULL;
    size_t n = 0, x = 0;

    assert_int_equal(weir_summary_new(&options, &made, NULL), WEIR_OK);
    assert_int_equal(weir_batch_new(rows, &batch, NULL), WEIR_OK);
    assert_int_equal(weir_batch_add_column(batch, "n", 1, WEIR_C, &n, NULL), WEIR_OK);
    assert_int_equal(weir_batch_add_column(batch, "x", 1, type, &x, NULL), WEIR_OK);
    for (size_t i = 0; i < rows; i++) {
        assert_int_equal(weir_batch_row_begin(batch, NULL), WEIR_OK);
        assert_int_equal(weir_batch_put_number(batch, n, 2, NULL), WEIR_OK);
        assert_int_equal(weir_batch_put_text(batch, x, text, strlen(text), NULL), WEIR_OK);
        weir_batch_row_end(batch);
    }
    assert_int_equal(weir_summary_absorb(made, batch, 1, NULL), WEIR_OK);
    weir_batch_free(batch);
    return made;
}

static void the_first_says_what_a_column_is(void **state)
{
    static const struct {
        const char *title;
        struct {
            size_t rows;
            weir_type type;
            const char *text;
        } cells[3];
        weir_type want; /* of "x" */
        size_t at;      /* the first of which it is left out */
    } rows[] = {
        {"number, category", {{3, WEIR_C, "5"}, {4, WEIR_T, "five"}, {5, WEIR_C, "6"}}, WEIR_C, 1},
        {"category, numbers",
         {{3, WEIR_T, "five"}, {4, WEIR_T, "six"}, {5, WEIR_C, "6"}},
         WEIR_T,
         2},
        {"number, text, category",
         {{3, WEIR_C, "5"}, {4, WEIR_S, "five"}, {5, WEIR_T, "a"}},
         WEIR_C,
         1},
        {"binary is a number", {{3, WEIR_B, "1"}, {4, WEIR_C, "5"}, {5, WEIR_B, "0"}}, WEIR_C, 3},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const weir_summary *cells[3];
        weir_summary *made[3], *whole = NULL;
        char column[WEIR_NAME_MAX + 1];
        weir_error err = {0};
        weir_type type = WEIR_X;
        size_t at = 0;

        for (size_t c = 0; c < 3; c++)
            cells[c] = made[c] =
                cell_of(rows[i].cells[c].rows, rows[i].cells[c].type, rows[i].cells[c].text);
        if (cell_types_merge(cells, 3, &whole, column, &at, &err))
            fail_msg("%s: %s", rows[i].title, err.message);
        assert_true(weir_summary_rows(whole) == 12);
        assert_true(weir_schema_type(weir_summary_schema(whole), "x", 1, &type));
        if (type != rows[i].want || at != rows[i].at)
            fail_msg("%s: x is %c, left out of %zu", rows[i].title, (char)type, at);
        assert_string_equal(column, at < 3 ? "x" : "");
        weir_summary_free(whole);
        for (size_t c = 0; c < 3; c++)
            weir_summary_free(made[c]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_first_says_what_a_column_is)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
