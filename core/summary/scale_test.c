/* scale_test.c: a summary that is scaled many thousand times, as decay does it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "summary/rows_for_test.h"

#include <float.h>

#include "summary/state.h"

enum { STEPS = 20000 };

static weir_batch *batch_with(double x, double constant, double ones)
{
    weir_batch *batch = NULL;
    weir_error err;
    size_t at[3];

    check_ok(weir_batch_new(1, &batch, &err), &err);
    check_ok(weir_batch_add_column(batch, "x", 1, WEIR_C, &at[0], &err), &err);
    check_ok(weir_batch_add_column(batch, "constant", 8, WEIR_C, &at[1], &err), &err);
    check_ok(weir_batch_add_column(batch, "ones", 4, WEIR_B, &at[2], &err), &err);
    check_ok(weir_batch_row_begin(batch, &err), &err);
    check_ok(weir_batch_put_number(batch, at[0], x, &err), &err);
    check_ok(weir_batch_put_number(batch, at[1], constant, &err), &err);
    check_ok(weir_batch_put_number(batch, at[2], ones, &err), &err);
    weir_batch_row_end(batch);
    return batch;
}

/* Weighted moments by the plain formula in long double, from the newest row backwards. */
typedef struct {
    long double n, mean, m2;
} weighted;

static weighted weighted_of(const double *x, size_t count, double weight)
{
    weighted w = {0};
    long double share = 1;

    for (size_t i = count; i-- > 0; share *= weight) {
        long double away = x[i] - w.mean;

        w.n += share;
        w.mean += away * share / w.n;
        w.m2 += share * away * (x[i] - w.mean);
    }
    return w;
}

/* A row each step: the numbers are those of rows weighed by age, a constant stays one, ones stay ones. */
static void decay_does_not_drift(void **state)
{
    static double x[STEPS];
    const double weight = 0.9987;
    weir_summary *summary = empty_summary(true, WEIR_PRECISION_AUTO);
    randoms r = {5};
    weir_moments m;
    weighted want;
    weir_error err;

    (void)state;
    for (size_t i = 0; i < STEPS; i++) {
        weir_batch *batch;

        x[i] = floor(1000 * uniform(&r)) / 8 + 40;
        batch = batch_with(x[i], 0.1, 1);
        check_ok(weir_summary_scale(summary, weight, &err), &err);
        check_ok(weir_summary_absorb(summary, batch, 1, &err), &err);
        weir_batch_free(batch);
    }
    want = weighted_of(x, STEPS, weight);
    weir_summary_moments(summary, 0, &m);
    assert_true(fabs(m.count - (double)want.n) <= 1e-15 * m.count);
    assert_true(fabs(m.mean - (double)want.mean) <= 1e-14 * m.mean);
    assert_true(fabs(m.m2 - (double)want.m2) <= 1e-13 * m.m2);
    assert_true(fabs(weir_histogram_count(weir_summary_histogram(summary, 0)) - m.count) <=
                1e-11 * m.count);
    weir_summary_moments(summary, 1, &m);
    assert_true(m.mean == 0.1 && m.m2 == 0 && m.m4 == 0);
    weir_summary_moments(summary, 2, &m);
    assert_true(m.mean == 1 && m.m2 == 0 && m.min == 1 && m.max == 1);
    weir_summary_free(summary);
}

static void check_table(const sums *table)
{
    for (size_t i = 0; i < table->rows * table->stride; i++) {
        assert_true(table->hi[i] == 0 || fabs(table->hi[i]) >= SUM_LEAST);
        assert_true(!table->lo || table->lo[i] == 0 || fabs(table->lo[i]) >= DBL_MIN);
    }
}

/* What is scaled and gets no rows fades to nothing, and on the way holds no denormal number. */
static void what_fades_ends_at_nothing(void **state)
{
    randoms r = {31};
    row_table t = random_table(&r, 8, 60, true);
    weir_summary *summary = empty_summary(true, WEIR_PRECISION_EXTENDED);
    size_t order[60];
    weir_error err;

    (void)state;
    for (size_t i = 0; i < 60; i++)
        order[i] = i;
    absorb_rows(summary, &t, order, 60, 17, 1);
    for (size_t i = 0; i < STEPS; i++) {
        check_ok(weir_summary_scale(summary, 0.9, &err), &err);
        if (i % 100 == 0) {
            check_table(&summary->products);
            check_table(&summary->squared);
            check_table(&summary->counts);
            check_table(&summary->joint2);
        }
        if (i % 1000 == 0) { /* whatever the state, it is one that readers and the store take */
            weir_summary *back = NULL;
            weir_bytes bytes = saved(summary);

            check_ok(weir_summary_load(bytes.data, bytes.size, &back, &err), &err);
            weir_summary_free(back);
            weir_bytes_free(&bytes);
        }
    }
    assert_true(weir_summary_rows(summary) == 0);
    for (size_t id = 0; id < weir_schema_size(weir_summary_schema(summary)); id++) {
        weir_moments m;

        weir_summary_moments(summary, id, &m);
        assert_true(m.count == 0 && m.sum == 0);
        assert_int_equal(weir_histogram_size(weir_summary_histogram(summary, id)), 0);
        assert_true(weir_ddsketch_count(weir_summary_sketch(summary, id)) == 0);
    }
    weir_summary_free(summary);
    free(t.rows);
}

/* A stream that moves along keeps the bins of its recent rows, not of all it ever had. */
static void old_bins_go(void **state)
{
    weir_summary *summary = empty_summary(true, WEIR_PRECISION_AUTO);
    weir_error err;

    (void)state;
    for (size_t i = 0; i < STEPS; i++) {
        weir_batch *batch = batch_with((double)i, 0, 0);

        check_ok(weir_summary_scale(summary, 0.97, &err), &err);
        check_ok(weir_summary_absorb(summary, batch, 1, &err), &err);
        weir_batch_free(batch);
    }
    assert_true(weir_histogram_exact(weir_summary_histogram(summary, 0)));
    assert_true(weir_histogram_size(weir_summary_histogram(summary, 0)) < 1000);
    weir_summary_free(summary);
}

static void only_shares_are_weights(void **state)
{
    static const double wrong[] = {-0.5, 1.5, NAN, INFINITY};
    weir_summary *summary = empty_summary(true, WEIR_PRECISION_AUTO);

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(weir_summary_scale(summary, wrong[i], NULL), WEIR_INVALID);
    weir_summary_free(summary);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decay_does_not_drift),
        cmocka_unit_test(what_fades_ends_at_nothing),
        cmocka_unit_test(old_bins_go),
        cmocka_unit_test(only_shares_are_weights),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
