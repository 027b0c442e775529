/* The laws of the histogram on random values, and its bins against an exact oracle (tests/reference/histogram.py).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "weir/histogram.h"
#include "weir/memory.h"

enum { CASES = 1000, ROWS = 7000 };

/* --- random values of many kinds, the same on every run */

static uint64_t seed;

static uint64_t next_bits(void)
{
    uint64_t z = (seed += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static double uniform(void)
{
    return (double)(next_bits() >> 11) * 0x1p-53;
}

static size_t below(size_t n)
{
    return (size_t)(next_bits() % n);
}

static double normal(void)
{
    return sqrt(-2 * log(1 - uniform())) * cos(6.283185307179586 * uniform());
}

static double value_of_kind(size_t kind)
{
    switch (kind) {
    case 0:
        return normal();
    case 1:
        return floor(normal() * 1000);
    case 2:
        return normal() * 1e75;
    case 3:
        return exp(40 * normal());
    case 4:
        return ldexp(uniform() - 0.5, (int)below(1900) - 1000); /* from subnormal to 1e270 */
    case 5:
        return (double)below(60) * 0.1;
    case 6:
        return -1e9 + uniform();
    default: {
        static const double odd[] = {0, -0.0, 5e-324, -5e-324, 1e300, -1e300, 0x1p1000, -1, 1e-70};
        return odd[below(sizeof odd / sizeof *odd)];
    }
    }
}

/* Fills values with a mixture of two kinds; returns how many. */
static size_t random_values(double *values)
{
    size_t n = 1 + below(below(3) ? 500 : ROWS);
    size_t one = below(8), other = below(8);
    size_t share = below(100);

    for (size_t i = 0; i < n; i++)
        values[i] = value_of_kind(below(100) < share ? one : other);
    return n;
}

static void shuffle(double *values, size_t n)
{
    for (size_t i = n; i > 1; i--) {
        size_t j = below(i);
        double swap = values[i - 1];
        values[i - 1] = values[j];
        values[j] = swap;
    }
}

/* --- helpers that stop the test when something fails */

static weir_histogram *empty(void)
{
    weir_histogram *h = NULL;
    assert_int_equal(weir_histogram_new(&h, NULL), WEIR_OK);
    return h;
}

/* Adds in random pieces. */
static void add(weir_histogram *h, const double *values, size_t n, double weight)
{
    for (size_t done = 0; done < n;) {
        size_t piece = 1 + below(below(2) ? 700 : 30);
        if (piece > n - done)
            piece = n - done;
        assert_int_equal(weir_histogram_add(h, values + done, NULL, piece, weight, NULL), WEIR_OK);
        done += piece;
    }
}

static void merge(weir_histogram *into, const weir_histogram *other, double sign)
{
    assert_int_equal(weir_histogram_merge(into, other, sign, NULL), WEIR_OK);
}

static weir_histogram *copy(const weir_histogram *h)
{
    weir_histogram *c = NULL;
    assert_int_equal(weir_histogram_copy(h, &c, NULL), WEIR_OK);
    return c;
}

static weir_bytes bytes(const weir_histogram *h)
{
    weir_bytes b = {0};
    weir_histogram_write(h, &b);
    assert_int_equal(weir_bytes_ok(&b, NULL), WEIR_OK);
    return b;
}

static void assert_equal(const weir_histogram *a, const weir_histogram *b)
{
    weir_error why = {0};
    if (!weir_histogram_equal(a, b, &why))
        fail_msg("%s", why.message);
}

/* --- the laws */

static void order_and_splits_do_not_matter(void **state)
{
    double *values = malloc(ROWS * sizeof *values);
    (void)state;

    for (uint64_t c = 1; c <= CASES; c++) {
        seed = c * 1000003;
        size_t n = random_values(values);
        weir_histogram *whole = empty(), *parts[4];
        add(whole, values, n, 1);
        shuffle(values, n);
        for (size_t i = 0, from = 0; i < 4; i++) {
            size_t to = i == 3 ? n : from + below(n - from + 1);
            parts[i] = empty();
            add(parts[i], values + from, to - from, 1);
            from = to;
        }
        weir_histogram *left = copy(parts[0]), *right = copy(parts[2]);
        merge(left, parts[1], 1); /* ((0 1) 2) 3 */
        merge(left, parts[2], 1);
        merge(left, parts[3], 1);
        merge(right, parts[3], 1); /* (2 3) (1 0) */
        merge(parts[1], parts[0], 1);
        merge(right, parts[1], 1);
        assert_equal(whole, left);
        assert_equal(whole, right);
        assert_int_equal(weir_histogram_exponent(whole), weir_histogram_exponent(left));
        assert_int_equal(weir_histogram_exponent(whole), weir_histogram_exponent(right));
        assert_true(weir_histogram_size(whole) <= WEIR_HISTOGRAM_BINS);
        weir_histogram_free(whole);
        weir_histogram_free(left);
        weir_histogram_free(right);
        for (size_t i = 0; i < 4; i++)
            weir_histogram_free(parts[i]);
    }
    free(values);
}

static void subtracting_undoes_merging(void **state)
{
    double *values = malloc(ROWS * sizeof *values), *junk = malloc(ROWS * sizeof *junk);
    (void)state;

    for (uint64_t c = 1; c <= CASES; c++) {
        seed = c * 1000033;
        size_t n = random_values(values), m = random_values(junk);
        weir_histogram *a = empty(), *b = empty(), *mixed = empty();
        add(a, values, n, 1);
        add(b, junk, m, 1);
        weir_histogram *merged = copy(a), *nothing = empty();
        merge(merged, b, 1);
        merge(merged, b, -1);
        assert_equal(merged, a);
        add(mixed, junk, m / 2,
            1); /* learned, and forgotten in another order, some before they came */
        add(mixed, values, n, 1);
        shuffle(junk, m / 2);
        add(mixed, junk, m / 2, -1);
        add(mixed, junk + m / 2, m - m / 2, -1);
        add(mixed, junk + m / 2, m - m / 2, 1);
        assert_equal(mixed, a);
        merge(b, b, -1);
        assert_equal(b, nothing);
        weir_histogram_free(a);
        weir_histogram_free(b);
        weir_histogram_free(mixed);
        weir_histogram_free(merged);
        weir_histogram_free(nothing);
    }
    free(values);
    free(junk);
}

static void bytes_come_back(void **state)
{
    double *values = malloc(ROWS * sizeof *values);
    (void)state;

    for (uint64_t c = 1; c <= CASES; c++) {
        seed = c * 1000037;
        size_t n = random_values(values);
        weir_histogram *h = empty(), *back = NULL;
        add(h, values, n, 1);
        add(h, values, n / 3, -1);
        weir_bytes first = bytes(h);
        weir_reader reader = weir_reader_over(first.data, first.size);
        assert_int_equal(weir_histogram_read(&reader, &back, NULL), WEIR_OK);
        assert_int_equal(weir_reader_left(&reader), 0);
        weir_bytes second = bytes(back);
        assert_int_equal(first.size, second.size);
        assert_memory_equal(first.data, second.data, first.size);
        add(h, values, n / 2, 1); /* and goes on as if it had never been away */
        add(back, values, n / 2, 1);
        assert_equal(h, back);
        for (size_t cut = c % 20; cut < first.size; cut += 1 + cut / 2) {
            weir_histogram *none = NULL;
            reader = weir_reader_over(first.data, cut);
            assert_int_equal(weir_histogram_read(&reader, &none, NULL), WEIR_CORRUPT);
            assert_null(none);
        }
        weir_bytes_free(&first);
        weir_bytes_free(&second);
        weir_histogram_free(h);
        weir_histogram_free(back);
    }
    free(values);
}

/* Any change of a byte is refused or gives a histogram that can be used and written again. */
static void hostile_bytes_are_refused_or_harmless(void **state)
{
    double values[300];
    (void)state;

    seed = 11;
    for (size_t i = 0; i < 300; i++)
        values[i] = value_of_kind(i % 8);
    weir_histogram *h = empty();
    add(h, values, 300, 1);
    weir_bytes good = bytes(h);
    size_t refused = 0;
    for (size_t i = 0; i < 20000; i++) {
        weir_histogram *back = NULL;
        size_t at = below(good.size);
        uint8_t was = good.data[at];
        good.data[at] ^= (uint8_t)(1 + below(255));
        weir_reader reader = weir_reader_over(good.data, good.size);
        weir_code code = weir_histogram_read(&reader, &back, NULL);
        assert_true(code == WEIR_OK || code == WEIR_CORRUPT);
        refused += code == WEIR_CORRUPT;
        if (!code) {
            double few[] = {1, 2, 3};
            add(back, few, 3, 1);
            weir_bytes again = bytes(back);
            weir_bytes_free(&again);
        }
        weir_histogram_free(back);
        good.data[at] = was;
    }
    assert_in_range(refused, 1000, 19999); /* most of the bytes are free to be anything */
    weir_bytes_free(&good);
    weir_histogram_free(h);
}

/* --- memory: an add or a merge that fails changes nothing */

static size_t allocations_left;

static void *scarce(size_t size)
{
    return allocations_left ? (allocations_left--, malloc(size)) : NULL;
}

static void *scarce_again(void *block, size_t size)
{
    return allocations_left ? (allocations_left--, realloc(block, size)) : NULL;
}

static void failing_leaves_it_as_it_was(void **state)
{
    static const weir_memory_hook hook = {scarce, scarce_again, free};
    double values[5000];
    (void)state;

    seed = 5;
    for (size_t i = 0; i < 5000; i++)
        values[i] = normal();
    for (size_t n = 20; n <= 5000; n += 1245)
        for (size_t allowed = 0; allowed < 60; allowed++) {
            weir_histogram *h = empty(), *other = empty();
            add(h, values, 5, 1);
            add(other, values + 3, n - 3, 1);
            weir_bytes before = bytes(h);
            allocations_left = allowed;
            weir_memory_use(&hook);
            weir_code added = weir_histogram_add(h, values, NULL, n, 1, NULL);
            weir_code merged = added ? weir_histogram_merge(h, other, 1, NULL) : WEIR_OK;
            allocations_left = SIZE_MAX;
            weir_memory_use(NULL);
            if (added && merged) {
                weir_bytes after = bytes(h);
                assert_int_equal(added, WEIR_NO_MEMORY);
                assert_int_equal(after.size, before.size);
                assert_memory_equal(after.data, before.data, after.size);
                weir_bytes_free(&after);
            }
            weir_bytes_free(&before);
            weir_histogram_free(h);
            weir_histogram_free(other);
        }
}

/* --- one thing at a time */

static void small_cases(void **state)
{
    const double values[] = {0.1, 0.1, -3, 7, 7, 7};
    const uint8_t present[] = {1, 1, 1, 1, 0, 1};
    weir_histogram *h = empty();
    weir_bin bins[8];
    double least = 0, greatest = 0;
    (void)state;

    assert_true(isnan(weir_histogram_quantile(h, 0.5)));
    assert_false(weir_histogram_range(h, &least, &greatest));
    assert_int_equal(weir_histogram_add(h, values, present, 6, 1, NULL), WEIR_OK);
    assert_int_equal(weir_histogram_bins(h, bins), 3);
    assert_true(bins[0].left == -3 && bins[0].count == 1 && bins[0].single);
    assert_true(bins[1].mean == 0.1 && bins[1].count == 2 && bins[1].sum == 0.2);
    assert_true(bins[2].mean == 7 && bins[2].right == nextafter(7, 8) && bins[2].count == 2);
    assert_true(weir_histogram_exact(h));
    assert_true(weir_histogram_range(h, &least, &greatest) && least == -3 && greatest == 7);
    assert_int_equal(weir_histogram_add_zeros(h, 12, NULL), WEIR_OK);
    assert_true(weir_histogram_quantile(h, 0.5) == 0);
    weir_histogram_scale(h, 0.25);
    assert_int_equal(weir_histogram_bins(h, bins), 4);
    assert_true(bins[1].left == 0 && bins[1].count == 3);
    weir_histogram_scale(h, 0);
    assert_int_equal(weir_histogram_size(h), 0);
    weir_histogram_free(h);
}

/* 4,097 whole numbers need k = 1, and then a bin of two values knows their sum and no longer the values. */
static void one_bin_too_many_halves_the_grid(void **state)
{
    weir_histogram *h = empty();
    static weir_bin bins[WEIR_HISTOGRAM_BINS];
    (void)state;

    for (int i = -2048; i <= 2048; i++) {
        double x = i;
        assert_true(weir_histogram_exact(h));
        assert_int_equal(weir_histogram_add(h, &x, NULL, 1, 1, NULL), WEIR_OK);
    }
    assert_int_equal(weir_histogram_exponent(h), 1);
    assert_int_equal(weir_histogram_bins(h, bins), 2049);
    assert_true(bins[0].left == -2048 && bins[0].right == -2046 && bins[0].mean == -2047.5);
    assert_true(bins[0].count == 2 && bins[0].sum == -4095 && !bins[0].single);
    assert_true(bins[2048].left == 2048 && bins[2048].single && bins[2048].mean == 2048);
    assert_false(weir_histogram_exact(h));
    weir_histogram_free(h);
}

/* --- the oracle: cases of a head, the values where they are not generated, every so many-th bin, quantiles */

/* The generator of histogram.py. */
static double generated(int kind, uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    double unit = ldexp((double)(*state >> 11), -53) - 0.5;
    switch (kind) {
    case 0:
        return unit;
    case 1:
        return unit * 1e75;
    case 2:
        return -1e9 + unit;
    case 3:
        return ldexp(unit, (int)((*state >> 20) % 1900) - 1000);
    default:
        return (double)((*state >> 33) % 6000) - 3000;
    }
}

/* A long add finds bins by the window around the middle of the grid, a merge by hashing: the same bins, also for values
 * at the edges of steps, far away, or all beyond the window because the stream has moved. A copy takes its window
 * along and finds the same ones. */
static void the_window_is_only_a_shortcut(void **state)
{
    enum { FIRST = 9000, MORE = 1500 };
    static double first[FIRST], more[MORE];

    (void)state;
    seed = 20;
    for (size_t round = 0; round < 12; round++) {
        weir_histogram *block = NULL, *single = NULL, *again = NULL;
        double spread = round % 3 ? 1000 : 1e-300, middle = round % 2 ? -7 * spread : 0;

        assert_int_equal(weir_histogram_new(&block, NULL), WEIR_OK);
        for (size_t i = 0; i < FIRST; i++)
            first[i] = middle + spread * normal();
        add(block, first, FIRST, 1);
        single = copy(block);
        again = copy(block);
        double step = ldexp(1, weir_histogram_exponent(block));
        for (size_t i = 0; i < MORE; i++) {
            double edge = step * floor(first[i] / step);

            more[i] = round >= 8   ? middle + 40 * spread + step * (double)below(300)
                      : i % 7 == 0 ? nextafter(edge, -INFINITY)
                      : i % 7 == 1 ? nextafter(edge + step, -INFINITY)
                      : i % 7 == 2 ? edge
                      : i % 7 == 3 ? value_of_kind(8)
                                   : first[i];
        }
        for (size_t part = 0; part < MORE; part += MORE / 3) {
            add(block, more + part, MORE / 3, 1);
            add(again, more + part, MORE / 3, 1);
        }
        for (size_t i = 0; i < MORE; i++) {
            weir_histogram *one = NULL;

            assert_int_equal(weir_histogram_new(&one, NULL), WEIR_OK);
            add(one, &more[i], 1, 1);
            merge(single, one, 1);
            weir_histogram_free(one);
        }
        assert_true(step > 0 && weir_histogram_size(block) > 1000);
        assert_equal(block, single);
        assert_equal(block, again);
        weir_histogram_free(block);
        weir_histogram_free(single);
        weir_histogram_free(again);
    }
}

static void bins_equal_the_exact_oracle(void **state)
{
    static weir_bin bins[WEIR_HISTOGRAM_BINS];
    FILE *file = fopen(WEIR_SOURCE_DIR "/tests/reference/histogram.txt", "r");
    size_t rows, want, every, quantiles, cases = 0;
    int kind, k;
    (void)state;

    assert_non_null(file);
    while (fscanf(file, "case %d %zu %d %zu %zu %zu\n", &kind, &rows, &k, &want, &every,
                  &quantiles) == 6) {
        weir_histogram *h = empty();
        uint64_t generator = (uint64_t)kind;
        for (size_t i = 0; i < rows; i++) {
            double x = kind < 0 ? 0 : generated(kind, &generator);
            if (kind < 0)
                assert_int_equal(fscanf(file, "%la\n", &x), 1);
            assert_int_equal(weir_histogram_add(h, &x, NULL, 1, 1, NULL), WEIR_OK);
        }
        assert_int_equal(weir_histogram_bins(h, bins), want);
        assert_int_equal(weir_histogram_exponent(h), k == -1074 ? INT32_MIN : k);
        for (size_t i = 0; i < want; i += every) {
            double left, count, sum;
            assert_int_equal(fscanf(file, "%la %lf %la\n", &left, &count, &sum), 3);
            if (bins[i].left != left || bins[i].count != count || bins[i].sum != sum)
                fail_msg("case %zu bin %zu: %a %g %a, not %a %g %a", cases, i, bins[i].left,
                         bins[i].count, bins[i].sum, left, count, sum);
        }
        for (size_t i = 0; i < quantiles; i++) {
            double p, q;
            assert_int_equal(fscanf(file, "%la %la\n", &p, &q), 2);
            double got = weir_histogram_quantile(h, p);
            if (weir_histogram_exact(h) && !(fabs(got - q) <= 1e-15 * fabs(q)))
                fail_msg("case %zu quantile %g: %.17g, not %.17g", cases, p, got, q);
        }
        weir_histogram_free(h);
        cases++;
    }
    assert_true(feof(file));
    assert_int_equal(cases, 8);
    fclose(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_cases),
        cmocka_unit_test(one_bin_too_many_halves_the_grid),
        cmocka_unit_test(order_and_splits_do_not_matter),
        cmocka_unit_test(subtracting_undoes_merging),
        cmocka_unit_test(bytes_come_back),
        cmocka_unit_test(hostile_bytes_are_refused_or_harmless),
        cmocka_unit_test(failing_leaves_it_as_it_was),
        cmocka_unit_test(the_window_is_only_a_shortcut),
        cmocka_unit_test(bins_equal_the_exact_oracle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
