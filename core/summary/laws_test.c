/* laws_test.c: the algebra of summaries, on random columns with gaps, categories, absurd values, and types that widen.
 *
 * The number of a case is its seed and is printed when it fails. No case has more values of a category than are kept:
 * which of them go to (other) depends on the order, and no law is claimed there.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "summary/rows_for_test.h"

enum { CASES = 1000, MOST_ROWS = 150 };

/* One random case: rows in a random order, and how summaries of it are made. */
typedef struct {
    randoms r;
    row_table t;
    size_t *order;
    weir_summary_options options;
} random_case;

static random_case case_of(uint64_t seed)
{
    random_case c = {.r = {seed * UINT64_C(0x9e3779b97f4a7c15) + 1}};

    c.t = random_table(&c.r, 1 + below(&c.r, 8), 1 + below(&c.r, MOST_ROWS), below(&c.r, 3) > 0);
    c.order = calloc(c.t.count, sizeof *c.order);
    for (size_t i = 0; i < c.t.count; i++)
        c.order[i] = i;
    c.options.histograms = below(&c.r, 2);
    c.options.conditional = below(&c.r, 3) == 0;
    c.options.precision = below(&c.r, 4) ? WEIR_PRECISION_AUTO : WEIR_PRECISION_DOUBLE;
    return c;
}

static void case_free(random_case *c)
{
    free(c->t.rows);
    free(c->order);
}

static weir_summary *nothing(const random_case *c)
{
    weir_summary *summary = NULL;
    weir_error err;

    check_ok(weir_summary_new(&c->options, &summary, &err), &err);
    return summary;
}

static weir_summary *make(random_case *c, size_t from, size_t to, size_t most)
{
    weir_summary *summary = nothing(c);

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
        empty = nothing(&c);
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

static void same_histogram(const weir_histogram *a, const weir_histogram *b)
{
    assert_true(!a == !b);
    assert_true(!a || weir_histogram_equal(a, b, NULL));
}

static void selections_read_as_the_whole(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= CASES; seed++) {
        random_case c = case_of(seed + 4000);
        weir_summary *a = make(&c, 0, c.t.count, 37), *part = NULL, *bare = NULL;
        size_t size = weir_schema_size(weir_summary_schema(a)), ids[200], count = 0;
        weir_error err;

        for (size_t i = 0; i < size; i++)
            if (below(&c.r, 2))
                ids[count++] = i;
        shuffle(&c.r, ids, count);
        check_ok(weir_summary_select(a, ids, count, &part, &err), &err);
        check_ok(weir_summary_select_sums(a, ids, count, &bare, &err), &err);
        assert_false(weir_summary_has_histograms(bare));
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
            if (c.options.histograms)
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
                same_histogram(weir_summary_conditional(a, ids[i], ids[k]),
                               weir_summary_conditional(part, i, k));
                weir_summary_pair(bare, i, k, &q);
                same_number(p.count, q.count);
                same_number(p.cxy, q.cxy);
                same_number(p.sum_xxyy, q.sum_xxyy);
                assert_null(weir_summary_conditional(bare, i, k));
            }
        }
        weir_summary_free(bare);
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
        c.options.precision = WEIR_PRECISION_EXTENDED;
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

static weir_summary *scaled(const weir_summary *summary, double weight)
{
    weir_summary *copy = copy_of(summary);
    weir_error err;

    check_ok(weir_summary_scale(copy, weight, &err), &err);
    return copy;
}

/* Every number of a scaled summary is the weight times what it was, and the shape is the same. */
static void check_scaled(uint64_t seed, const weir_summary *whole, const weir_summary *less,
                         double weight)
{
    const double close = weir_summary_precision(whole) == WEIR_PRECISION_DOUBLE ? 1e-9 : 1e-14;

    for (size_t id = 0; id < weir_schema_size(weir_summary_schema(whole)); id++) {
        weir_moments a, b;

        weir_summary_moments(whole, id, &a);
        weir_summary_moments(less, id, &b);
        if (!(fabs(b.count - weight * a.count) <= 1e-15 * a.count))
            fail_msg("case %llu: %.17g rows became %.17g", (unsigned long long)seed, a.count,
                     b.count);
        same_number(a.min, b.min);
        same_number(a.max, b.max);
        if (a.count > 0 && !(fabs(a.mean - b.mean) <= close * fabs(a.mean)))
            fail_msg("case %llu: the mean %.17g became %.17g", (unsigned long long)seed, a.mean,
                     b.mean);
        if (!(fabs(b.m2 - weight * a.m2) <= close * (a.m2 + a.count * a.mean * a.mean)))
            fail_msg("case %llu: the spread %.17g became %.17g", (unsigned long long)seed, a.m2,
                     b.m2);
    }
}

static void scaling_is_linear(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= CASES; seed++) {
        random_case c = case_of(seed + 6000);
        size_t n = c.t.count, k = below(&c.r, n + 1);
        double u = below(&c.r, 4) ? uniform(&c.r) : 0.5;
        double v = ldexp(1, -(int)below(&c.r, 5)); /* so that u v is no other number */
        weir_summary *a = make(&c, 0, k, 40), *b = make(&c, k, n, 33), *both = merged(a, b);
        weir_summary *less_a = scaled(a, u), *less_b = scaled(b, u), *less = scaled(both, u);
        weir_summary *twice = scaled(less, v), *once = scaled(both, u * v);
        weir_summary *same = scaled(both, 1), *none = scaled(both, 0), *empty = nothing(&c);
        weir_summary *sum = merged(less_a, less_b);
        weir_bytes before = saved(both), after = saved(same);
        weir_error err;

        check_scaled(seed, both, less, u);
        check_equal("scale is linear", seed, sum, less);
        check_equal("scale is linear, turned", seed, less, sum);
        check_equal("scale by a product", seed, once, twice);
        assert_int_equal(before.size, after.size);
        assert_memory_equal(before.data, after.data, before.size);
        check_equal("scale by nothing", seed, none, empty);
        check_ok(weir_summary_merge(none, b, &err), &err);
        check_equal("nothing stays of what was scaled by 0", seed, none, b);
        weir_bytes_free(&before);
        weir_bytes_free(&after);
        before = saved(twice); /* fractions are stored too */
        weir_summary_free(same);
        check_ok(weir_summary_load(before.data, before.size, &same, &err), &err);
        after = saved(same);
        assert_int_equal(before.size, after.size);
        assert_memory_equal(before.data, after.data, before.size);
        weir_bytes_free(&before);
        weir_bytes_free(&after);
        weir_summary_free(sum);
        weir_summary_free(empty);
        weir_summary_free(none);
        weir_summary_free(same);
        weir_summary_free(once);
        weir_summary_free(twice);
        weir_summary_free(less);
        weir_summary_free(less_b);
        weir_summary_free(less_a);
        weir_summary_free(both);
        weir_summary_free(b);
        weir_summary_free(a);
        case_free(&c);
    }
}

/* A column that is sent as B by some and as C by others: the type is the wider one whatever came first, and nothing
 * that a C column has depends on it. */
static void widening_keeps_everything_of_a_number(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= CASES; seed++) {
        random_case c = case_of(seed + 7000);
        size_t n = c.t.count, k = below(&c.r, n + 1);
        weir_summary *binary, *whole, *late, *a, *b, *sum;

        for (size_t r = 0; r < n; r++)
            for (size_t i = 0; i < c.t.columns; i++) {
                cell *at = &c.t.rows[r].cells[i];

                if (c.t.types[i] == WEIR_B)
                    *at = (cell){.present = at->present, .value = at->value == 1};
            }
        binary = make(&c, 0, n, 50); /* B all along */
        a = make(&c, 0, k, 20);      /* B at first, C from row k on */
        for (size_t i = 0; i < c.t.columns; i++)
            c.t.types[i] = c.t.types[i] == WEIR_B ? WEIR_C : c.t.types[i];
        whole = make(&c, 0, n, 50);
        b = make(&c, k, n, 30);
        late = copy_of(a);
        absorb_rows(late, &c.t, c.order + k, n - k, 30, 1);
        sum = merged(a, b);
        check_equal("B, then C", seed, late, whole);
        check_equal("B merged with C", seed, sum, whole);
        weir_summary_free(sum);
        sum = merged(b, a);
        check_equal("C merged with B", seed, sum, whole);
        weir_summary_free(sum);
        sum = merged(binary, b);
        absorb_rows(sum, &c.t, c.order + k, n - k, 41, -1);
        check_equal("widened by what was forgotten again", seed, sum, whole);
        weir_summary_free(sum);
        weir_summary_free(late);
        weir_summary_free(b);
        weir_summary_free(whole);
        weir_summary_free(a);
        weir_summary_free(binary);
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
            t.rows[k].cells[i] = (cell){.present = true, .value = uniform(&r)};
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
    for (uint64_t seed = 1; seed <= CASES; seed++) {
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
        cmocka_unit_test(scaling_is_linear),
        cmocka_unit_test(widening_keeps_everything_of_a_number),
        cmocka_unit_test(equality_can_fail),
        cmocka_unit_test(equality_sees_one_bit),
        cmocka_unit_test(junk_leaves_no_trace),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
