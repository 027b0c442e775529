/* laws_test.c: the algebra of summaries, on random columns with gaps, categories and absurd values.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "summary/rows_for_test.h"

enum { CASES = 250 };

/* One random case: rows in a random order, and how summaries of it are made. */
typedef struct {
    randoms r;
    row_table t;
    size_t *order;
    bool histograms;
    weir_precision precision;
} random_case;

static random_case case_of(uint64_t seed)
{
    random_case c = {.r = {seed * UINT64_C(0x9e3779b97f4a7c15) + 1}};

    c.t = random_table(&c.r, 1 + below(&c.r, 9), 1 + below(&c.r, 300), below(&c.r, 3) > 0);
    c.order = calloc(c.t.count, sizeof *c.order);
    for (size_t i = 0; i < c.t.count; i++)
        c.order[i] = i;
    c.histograms = below(&c.r, 2);
    c.precision = below(&c.r, 4) ? WEIR_PRECISION_AUTO : WEIR_PRECISION_DOUBLE;
    return c;
}

static void case_free(random_case *c)
{
    free(c->t.rows);
    free(c->order);
}

static weir_summary *make(random_case *c, size_t from, size_t to, size_t most)
{
    weir_summary *summary = empty_summary(c->histograms, c->precision);

    absorb_rows(summary, &c->t, c->order + from, to - from, most, 1);
    return summary;
}

static weir_summary *copy_of(const weir_summary *summary)
{
    weir_summary *copy = NULL;
    weir_error err;

    check_ok(weir_summary_copy(summary, &copy, &err), &err);
    return copy;
}

static weir_summary *merged(const weir_summary *a, const weir_summary *b)
{
    weir_summary *sum = copy_of(a);
    weir_error err;

    check_ok(weir_summary_merge(sum, b, &err), &err);
    return sum;
}

static void order_and_splits_do_not_matter(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= CASES; seed++) {
        random_case c = case_of(seed);
        weir_summary *whole = make(&c, 0, c.t.count, c.t.count);

        for (int again = 0; again < 3; again++) {
            shuffle(&c.r, c.order, c.t.count);
            weir_summary *parts = make(&c, 0, c.t.count, 1 + below(&c.r, c.t.count));
            check_equal("absorb in another order", seed, whole, parts);
            check_equal("absorb in another order, turned", seed, parts, whole);
            weir_summary_free(parts);
        }
        weir_summary_free(whole);
        case_free(&c);
    }
}

static void merging_is_absorbing(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= CASES; seed++) {
        random_case c = case_of(seed + 1000);
        size_t n = c.t.count, i = below(&c.r, n + 1), k = i + below(&c.r, n + 1 - i);
        weir_summary *whole, *a, *b, *d, *ab, *bd, *left, *right, *empty;

        shuffle(&c.r, c.order, n);
        whole = make(&c, 0, n, 64);
        a = make(&c, 0, i, 7);
        b = make(&c, i, k, 50);
        d = make(&c, k, n, 500);
        empty = empty_summary(c.histograms, c.precision);
        ab = merged(a, b);
        bd = merged(b, d);
        left = merged(ab, d);
        right = merged(a, bd);
        check_equal("merge is associative", seed, left, right);
        check_equal("merge is absorb", seed, whole, left);
        weir_summary_free(right);
        right = merged(d, ab);
        check_equal("merge commutes", seed, left, right);
        weir_summary_free(right);
        right = merged(a, empty);
        check_equal("merge with nothing", seed, a, right);
        weir_summary_free(right);
        right = merged(empty, a);
        check_equal("nothing merged", seed, a, right);
        weir_summary_free(right);
        weir_summary_free(left);
        weir_summary_free(bd);
        weir_summary_free(ab);
        weir_summary_free(empty);
        weir_summary_free(d);
        weir_summary_free(b);
        weir_summary_free(a);
        weir_summary_free(whole);
        case_free(&c);
    }
}

static void forgetting_undoes_learning(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= CASES; seed++) {
        random_case c = case_of(seed + 2000);
        size_t n = c.t.count, k = below(&c.r, n + 1);
        weir_summary *a = make(&c, 0, k, 40), *b = make(&c, k, n, 33), *both = merged(a, b);
        weir_error err;

        check_ok(weir_summary_subtract(both, b, &err), &err);
        check_equal("subtract undoes merge", seed, a, both);
        absorb_rows(both, &c.t, c.order + k, n - k, 19, 1);
        shuffle(&c.r, c.order + k, n - k);
        absorb_rows(both, &c.t, c.order + k, n - k, 23, -1);
        check_equal("forget undoes learn", seed, a, both);
        assert_true(k == n || weir_summary_subtracted(both));
        /* Forgetting what was never there leaves a debt that learning pays back. */
        absorb_rows(a, &c.t, c.order + k, n - k, 10, -1);
        absorb_rows(a, &c.t, c.order + k, n - k, 11, 1);
        check_equal("learn undoes forget", seed, a, both);
        weir_summary_free(both);
        weir_summary_free(b);
        weir_summary_free(a);
        case_free(&c);
    }
}

static void stored_bytes_are_the_state(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= CASES; seed++) {
        random_case c = case_of(seed + 3000);
        weir_summary *a = make(&c, 0, c.t.count, 37), *same = make(&c, 0, c.t.count, 37);
        weir_summary *back = NULL;
        weir_bytes bytes = saved(a), others = saved(same), again;
        weir_error err;

        assert_int_equal(bytes.size, others.size);
        assert_memory_equal(bytes.data, others.data, bytes.size);
        check_ok(weir_summary_load(bytes.data, bytes.size, &back, &err), &err);
        again = saved(back);
        assert_int_equal(bytes.size, again.size);
        assert_memory_equal(bytes.data, again.data, bytes.size);
        check_equal("load undoes save", seed, a, back);
        absorb_rows(a, &c.t, c.order, c.t.count, 64, 1);
        absorb_rows(back, &c.t, c.order, c.t.count, 64, 1);
        weir_bytes_free(&bytes);
        weir_bytes_free(&again);
        bytes = saved(a);
        again = saved(back);
        assert_int_equal(bytes.size, again.size);
        assert_memory_equal(bytes.data, again.data, bytes.size);
        weir_bytes_free(&bytes);
        weir_bytes_free(&again);
        weir_bytes_free(&others);
        weir_summary_free(back);
        weir_summary_free(same);
        weir_summary_free(a);
        case_free(&c);
    }
}

/* The same numbers, bit for bit or both NaN. */
static void same_number(double a, double b)
{
    assert_true(a == b || (isnan(a) && isnan(b)));
}

static void selections_read_as_the_whole(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= CASES; seed++) {
        random_case c = case_of(seed + 4000);
        weir_summary *a = make(&c, 0, c.t.count, 37), *part = NULL;
        size_t size = weir_schema_size(weir_summary_schema(a)), ids[200], count = 0;
        weir_error err;

        for (size_t i = 0; i < size; i++)
            if (below(&c.r, 2))
                ids[count++] = i;
        shuffle(&c.r, ids, count);
        check_ok(weir_summary_select(a, ids, count, &part, &err), &err);
        assert_int_equal(weir_schema_size(weir_summary_schema(part)), count);
        for (size_t i = 0; i < count; i++) {
            weir_moments m, n;

            assert_string_equal(weir_schema_at(weir_summary_schema(a), ids[i])->name,
                                weir_schema_at(weir_summary_schema(part), i)->name);
            weir_summary_moments(a, ids[i], &m);
            weir_summary_moments(part, i, &n);
            same_number(m.count, n.count);
            same_number(m.mean, n.mean);
            same_number(m.m4, n.m4);
            same_number(m.min, n.min);
            if (c.histograms)
                assert_true(weir_histogram_equal(weir_summary_histogram(a, ids[i]),
                                                 weir_summary_histogram(part, i), NULL));
            for (size_t k = 0; k < count; k++) {
                weir_pair p, q;

                weir_summary_pair(a, ids[i], ids[k], &p);
                weir_summary_pair(part, i, k, &q);
                same_number(p.count, q.count);
                same_number(p.cxy, q.cxy);
                same_number(p.sum_xxy, q.sum_xxy);
                same_number(p.sum_xxyy, q.sum_xxyy);
            }
        }
        weir_summary_free(part);
        weir_summary_free(a);
        case_free(&c);
    }
}

static void equality_can_fail(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= CASES; seed++) {
        random_case c = case_of(seed + 5000);
        weir_summary *a, *b;
        cell *changed = NULL;

        for (size_t i = 0; i < c.t.columns && !changed; i++)
            if (c.t.rows[0].cells[i].present)
                changed = &c.t.rows[0].cells[i];
        c.precision = WEIR_PRECISION_EXTENDED;
        a = make(&c, 0, c.t.count, 64);
        if (changed) {
            changed->present = false;
            b = make(&c, 0, c.t.count, 64);
            assert_false(weir_summary_equal(a, b, NULL));
            assert_false(weir_summary_equal(b, a, NULL));
            weir_summary_free(b);
        }
        weir_summary_free(a);
        case_free(&c);
    }
}

/* The last bit of one cell among many shows. */
static void equality_sees_one_bit(void **state)
{
    randoms r = {77};
    row_table t = {.columns = 2,
                   .count = 200,
                   .types = {WEIR_C, WEIR_C},
                   .rows = calloc(200, sizeof(row_cells))};
    size_t order[200];
    weir_summary *a = empty_summary(false, WEIR_PRECISION_AUTO);
    weir_summary *b = empty_summary(false, WEIR_PRECISION_AUTO);

    (void)state;
    for (size_t k = 0; k < 200; k++) {
        order[k] = k;
        for (size_t i = 0; i < 2; i++)
            t.rows[k].cells[i] = (cell){true, uniform(&r), 0};
    }
    absorb_rows(a, &t, order, 200, 50, 1);
    t.rows[100].cells[1].value = nextafter(t.rows[100].cells[1].value, 2);
    absorb_rows(b, &t, order, 200, 50, 1);
    assert_false(weir_summary_equal(a, b, NULL));
    weir_summary_free(a);
    weir_summary_free(b);
    free(t.rows);
}

/* Junk of any size learned and forgotten, then the statistics of what is left. */
static void junk_leaves_no_trace(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        randoms r = {seed};
        row_table t = random_table(&r, 4, 100, false);
        size_t order[100];
        weir_summary *clean = empty_summary(true, WEIR_PRECISION_EXTENDED), *dirty;

        for (size_t k = 0; k < 100; k++) {
            order[k] = k;
            for (size_t i = 0; i < 4; i++)
                if (t.types[i] == WEIR_C)
                    t.rows[k].cells[i].value = k < 50 ? uniform(&r) : 1e4 * uniform(&r);
        }
        absorb_rows(clean, &t, order, 50, 50, 1);
        dirty = copy_of(clean);
        absorb_rows(dirty, &t, order + 50, 50, 50, 1);
        absorb_rows(dirty, &t, order + 50, 50, 13, -1);
        for (size_t id = 0; id < weir_schema_size(weir_summary_schema(clean)); id++) {
            weir_moments a, b;

            weir_summary_moments(clean, id, &a);
            weir_summary_moments(dirty, id, &b);
            assert_true(a.count == b.count);
            if (a.count > 0) {
                assert_true(fabs(a.mean - b.mean) <= 1e-14 * fabs(a.mean));
                assert_true(fabs(a.m2 - b.m2) <= 1e-14 * a.m2);
                assert_true(fabs(a.m4 - b.m4) <= 1e-10 * a.m4);
            }
        }
        weir_summary_free(dirty);
        weir_summary_free(clean);
        free(t.rows);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_and_splits_do_not_matter),
        cmocka_unit_test(merging_is_absorbing),
        cmocka_unit_test(forgetting_undoes_learning),
        cmocka_unit_test(stored_bytes_are_the_state),
        cmocka_unit_test(selections_read_as_the_whole),
        cmocka_unit_test(equality_can_fail),
        cmocka_unit_test(equality_sees_one_bit),
        cmocka_unit_test(junk_leaves_no_trace),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
