/* The laws of the quantile sketch and its error bound, measured against the sorted values themselves.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "weir/ddsketch.h"
#include "weir/memory.h"

enum { CASES = 1000, ROWS = 3000 };

static uint64_t seed;

static double uniform(void)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (double)(seed >> 11) * 0x1p-53;
}

/* One of five shapes, each with its own trap for a relative error: signs, zeros, tails, lattices. */
static double value_of_shape(int shape)
{
    switch (shape) {
    case 0:
        return uniform() - 0.5;
    case 1:
        return exp(300 * (uniform() - 0.5));
    case 2:
        return floor(uniform() * 20);
    case 3:
        return -1e75 * uniform();
    default:
        return uniform() < 0.3 ? 0 : uniform() < 0.5 ? -1e-70 : 5e-324;
    }
}

static weir_ddsketch *empty(void)
{
    weir_ddsketch *s = NULL;
    assert_int_equal(weir_ddsketch_new(&s, NULL), WEIR_OK);
    return s;
}

static void add(weir_ddsketch *s, const double *values, size_t n, double weight)
{
    assert_int_equal(weir_ddsketch_add(s, values, NULL, n, weight, NULL), WEIR_OK);
}

static void assert_equal(const weir_ddsketch *a, const weir_ddsketch *b)
{
    weir_error why = {0};
    if (!weir_ddsketch_equal(a, b, &why))
        fail_msg("%s", why.message);
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void quantiles_are_within_alpha(void **state)
{
    double values[ROWS];
    (void)state;

    for (int shape = 0; shape < 5; shape++) {
        weir_ddsketch *s = empty();
        for (size_t i = 0; i < ROWS; i++)
            values[i] = value_of_shape(shape);
        add(s, values, ROWS, 1);
        qsort(values, ROWS, sizeof *values, ascending);
        for (int percent = 0; percent <= 100; percent++) {
            double p = percent / 100.0, want = values[(size_t)floor(p * (ROWS - 1))];
            double got = weir_ddsketch_quantile(s, p);
            if (!(fabs(got - want) <=
                  WEIR_DDSKETCH_ALPHA * fabs(want) + 1e-70 * (fabs(want) < 1e-70)))
                fail_msg("shape %d, quantile %g: %.17g, not %.17g", shape, p, got, want);
        }
        weir_ddsketch_free(s);
    }
}

static void the_laws_hold(void **state)
{
    double values[ROWS];
    (void)state;

    for (size_t c = 0; c < CASES; c++) {
        size_t n = 1 + c * 7 % (ROWS - 1), cut = (size_t)(uniform() * (double)n);
        for (size_t i = 0; i < n; i++)
            values[i] = value_of_shape((int)(uniform() * 5));
        weir_ddsketch *whole = empty(), *front = empty(), *back = empty(), *copy = NULL,
                      *read = NULL;
        add(whole, values, n, 1);
        add(front, values, cut, 1);
        for (size_t i = n; i > cut; i--)
            add(back, values + i - 1, 1, 1);
        assert_int_equal(weir_ddsketch_copy(back, &copy, NULL), WEIR_OK);
        assert_int_equal(weir_ddsketch_merge(copy, front, 1, NULL), WEIR_OK);
        assert_equal(copy, whole);
        assert_true(weir_ddsketch_count(copy) == (double)n);
        assert_int_equal(weir_ddsketch_merge(copy, front, -1, NULL), WEIR_OK);
        assert_equal(copy, back);
        weir_bytes bytes = {0}, again = {0};
        weir_ddsketch_write(whole, &bytes);
        weir_reader reader = weir_reader_over(bytes.data, bytes.size);
        assert_int_equal(weir_ddsketch_read(&reader, &read, NULL), WEIR_OK);
        assert_equal(read, whole);
        weir_ddsketch_write(read, &again);
        assert_int_equal(bytes.size, again.size);
        assert_memory_equal(bytes.data, again.data, bytes.size);
        weir_ddsketch_scale(read, 0.5);
        assert_true(weir_ddsketch_count(read) == (double)n / 2);
        const size_t apart = 1 + bytes.size / 16; /* the places differ from case to case */
        for (size_t i = c % apart; i < bytes.size; i += apart) { /* cut short, and changed */
            weir_ddsketch *none = NULL;
            uint8_t was = bytes.data[i];
            reader = weir_reader_over(bytes.data, i);
            assert_int_equal(weir_ddsketch_read(&reader, &none, NULL), WEIR_CORRUPT);
            bytes.data[i] ^= (uint8_t)(1 + (int)(uniform() * 255));
            reader = weir_reader_over(bytes.data, bytes.size);
            if (!weir_ddsketch_read(&reader, &none, NULL))
                assert_false(isinf(weir_ddsketch_quantile(none, 0.5)));
            weir_ddsketch_free(none);
            bytes.data[i] = was;
        }
        weir_bytes_free(&bytes);
        weir_bytes_free(&again);
        weir_ddsketch_free(whole);
        weir_ddsketch_free(front);
        weir_ddsketch_free(back);
        weir_ddsketch_free(copy);
        weir_ddsketch_free(read);
    }
}

static void absent_values_and_zeros(void **state)
{
    const double values[] = {5, 1e70, 7};
    const uint8_t present[] = {1, 0, 1};
    weir_ddsketch *s = empty();
    (void)state;

    assert_true(isnan(weir_ddsketch_quantile(s, 0.5)));
    assert_int_equal(weir_ddsketch_add(s, values, present, 3, 1, NULL), WEIR_OK);
    assert_true(weir_ddsketch_count(s) == 2);
    assert_int_equal(weir_ddsketch_add_zeros(s, 10, NULL), WEIR_OK);
    assert_true(weir_ddsketch_quantile(s, 0.5) == 0);
    assert_true(fabs(weir_ddsketch_quantile(s, 1) - 7) < 0.035);
    weir_ddsketch_free(s);
}

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
    double values[ROWS];
    (void)state;

    for (size_t i = 0; i < ROWS; i++)
        values[i] = value_of_shape((int)(i % 5));
    for (size_t n = 100; n <= ROWS; n += 1450)
        for (size_t allowed = 0; allowed < 40; allowed++) {
            weir_ddsketch *s = empty(), *other = empty(), *before = empty();
            add(s, values, 1, 1);
            add(before, values, 1, 1);
            add(other, values, n, 1);
            allocations_left = allowed;
            weir_memory_use(&hook);
            weir_code added = weir_ddsketch_add(s, values, NULL, n, 1, NULL);
            weir_code merged = added ? weir_ddsketch_merge(s, other, 1, NULL) : WEIR_OK;
            allocations_left = SIZE_MAX;
            weir_memory_use(NULL);
            if (added && merged)
                assert_equal(s, before);
            weir_ddsketch_free(s);
            weir_ddsketch_free(other);
            weir_ddsketch_free(before);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quantiles_are_within_alpha),
        cmocka_unit_test(the_laws_hold),
        cmocka_unit_test(absent_values_and_zeros),
        cmocka_unit_test(failing_leaves_it_as_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
