/* wide_data_test.c: thousands of columns: what they cost in memory, that gaps work there, and what is refused.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "summary/rows_for_test.h"

enum { WIDE = 4096, ROWS = 24, MANY = 40000 };

static weir_batch *batch_of_width(size_t columns, size_t rows)
{
    weir_batch *batch = NULL;
    weir_error err;
    size_t at;

    check_ok(weir_batch_new(rows, &batch, &err), &err);
    for (size_t i = 0; i < columns; i++) {
        char name[24];

        snprintf(name, sizeof name, "c%zu", i);
        check_ok(weir_batch_add_column(batch, name, strlen(name), WEIR_C, &at, &err), &err);
    }
    for (size_t r = 0; r < rows; r++) {
        check_ok(weir_batch_row_begin(batch, &err), &err);
        weir_batch_row_end(batch);
    }
    return batch;
}

/* Fills in small whole numbers, so that every sum is exact; one cell in seven is missing. */
static void fill(weir_batch *batch, bool gaps)
{
    randoms r = {17};

    for (size_t i = 0; i < batch->column_count; i++) {
        weir_batch_column *c = &batch->columns[i];

        c->absent = 0;
        for (size_t row = 0; row < batch->rows; row++) {
            c->present[row] = !gaps || below(&r, 7) > 0;
            c->values[row] = c->present[row] ? (double)below(&r, 9) - 4 : 0;
            c->absent += !c->present[row];
        }
    }
}

static void check_pair(const weir_summary *summary, const weir_batch *batch, size_t x, size_t y)
{
    const weir_batch_column *cx = &batch->columns[x], *cy = &batch->columns[y];
    double n = 0, sum_x = 0, sum_xx = 0, sum_xy = 0;
    weir_pair p;

    for (size_t r = 0; r < batch->rows; r++)
        if (cx->present[r] && cy->present[r]) {
            n++;
            sum_x += cx->values[r];
            sum_xx += cx->values[r] * cx->values[r];
            sum_xy += cx->values[r] * cy->values[r];
        }
    weir_summary_pair(summary, x, y, &p);
    assert_true(p.count == n && p.sum_x == sum_x && p.sum_xx == sum_xx && p.sum_xy == sum_xy);
}

/* The formula of docs/how-it-works.md: 8 bytes a pair in C, and with gaps in N, S and Q too. */
static void check_memory(const weir_summary *summary, size_t columns, size_t tables)
{
    double want = 8.0 * (double)tables * (double)columns * (double)columns;
    double got = (double)weir_summary_memory(summary);

    if (!(got >= want && got <= 1.05 * want))
        fail_msg("%zu columns in %zu tables take %g bytes, not %g", columns, tables, got, want);
}

static void wide_rows_cost_what_they_should(void **state)
{
    weir_batch *batch = batch_of_width(WIDE, ROWS);
    weir_summary *summary = empty_summary(false, WEIR_PRECISION_AUTO);
    randoms r = {3};
    weir_error err;

    (void)state;
    fill(batch, false);
    check_ok(weir_summary_absorb(summary, batch, 1, &err), &err);
    check_memory(summary, WIDE, 1);
    for (size_t k = 0; k < 2000; k++)
        check_pair(summary, batch, below(&r, WIDE), below(&r, WIDE));
    check_ok(weir_summary_absorb(summary, batch, -1, &err), &err);
    fill(batch, true);
    check_ok(weir_summary_absorb(summary, batch, 1, &err), &err);
    check_memory(summary, WIDE, 4);
    for (size_t k = 0; k < 2000; k++)
        check_pair(summary, batch, below(&r, WIDE), below(&r, WIDE));
    weir_summary_free(summary);
    weir_batch_free(batch);
}

/* --- refusals */

static size_t largest, most;

static void *measured_malloc(size_t size)
{
    largest = size > largest ? size : largest;
    return size > most ? NULL : malloc(size);
}

static void *measured_realloc(void *old, size_t size)
{
    largest = size > largest ? size : largest;
    return size > most ? NULL : realloc(old, size);
}

static const weir_memory_hook measured = {measured_malloc, measured_realloc, free};

static weir_code absorb_measured(weir_summary *summary, const weir_batch *batch, size_t limit,
                                 weir_error *err)
{
    weir_code code;

    largest = 0;
    most = limit;
    weir_memory_use(&measured);
    code = weir_summary_absorb(summary, batch, 1, err);
    weir_memory_use(NULL);
    return code;
}

static void too_many_columns_cost_nothing(void **state)
{
    weir_batch *batch = batch_of_width(MANY, 1);
    weir_summary *summary = empty_summary(true, WEIR_PRECISION_AUTO);
    weir_error err = {0};

    (void)state;
    fill(batch, false);
    assert_int_equal(absorb_measured(summary, batch, SIZE_MAX, &err), WEIR_TOO_LARGE);
    assert_non_null(strstr(err.message, "16385 attributes or more; 16384 are allowed"));
    assert_true(largest < (size_t)4 << 20);
    assert_int_equal(weir_schema_size(weir_summary_schema(summary)), 0);
    weir_summary_free(summary);
    weir_batch_free(batch);
}

static void too_little_memory_is_said(void **state)
{
    weir_batch *batch = batch_of_width(1500, ROWS);
    weir_summary *summary = empty_summary(false, WEIR_PRECISION_AUTO);
    weir_error err = {0};

    (void)state;
    fill(batch, true);
    assert_int_equal(absorb_measured(summary, batch, (size_t)8 << 20, &err), WEIR_NO_MEMORY);
    assert_non_null(strstr(err.message, "no room for 1500 columns"));
    assert_true(weir_summary_rows(summary) == 0);
    assert_int_equal(weir_schema_size(weir_summary_schema(summary)), 0);
    check_ok(weir_summary_absorb(summary, batch, 1, &err), &err); /* nothing was broken */
    check_pair(summary, batch, 3, 1400);
    weir_summary_free(summary);
    weir_batch_free(batch);
}

/* Up to 64 columns conditional histograms are kept; a batch that would make more is refused as a whole. */
static void conditional_histograms_have_a_bound(void **state)
{
    weir_summary_options options = {.histograms = true, .conditional = true};
    weir_batch *fits = batch_of_width(64, 3), *larger = batch_of_width(65, 3);
    weir_summary *summary = NULL, *other = empty_summary(true, WEIR_PRECISION_AUTO);
    weir_error err = {0};

    (void)state;
    check_ok(weir_summary_new(&options, &summary, &err), &err);
    fill(fits, false);
    fill(larger, false);
    assert_int_equal(weir_summary_check(summary, larger, &err), WEIR_TOO_LARGE);
    assert_int_equal(weir_summary_absorb(summary, larger, 1, &err), WEIR_TOO_LARGE);
    assert_non_null(strstr(err.message, "65 columns"));
    check_ok(weir_summary_absorb(summary, fits, 1, &err), &err);
    check_ok(weir_summary_absorb(other, larger, 1, &err), &err);
    assert_int_equal(weir_summary_merge(summary, other, &err), WEIR_TOO_LARGE);
    assert_true(weir_summary_rows(summary) == 3);
    check_ok(weir_summary_set_histograms(summary, false, &err), &err);
    assert_false(weir_summary_has_conditional(summary));
    check_ok(weir_summary_absorb(summary, larger, 1, &err), &err);
    check_ok(weir_summary_set_histograms(summary, true, &err), &err); /* too many for them by now */
    assert_false(weir_summary_has_conditional(summary));
    weir_summary_free(other);
    weir_summary_free(summary);
    weir_batch_free(larger);
    weir_batch_free(fits);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wide_rows_cost_what_they_should),
        cmocka_unit_test(too_many_columns_cost_nothing),
        cmocka_unit_test(too_little_memory_is_said),
        cmocka_unit_test(conditional_histograms_have_a_bound),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
