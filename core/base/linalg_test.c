/* Linear algebra against numpy and exact fractions (tests/reference/linalg.py), at the edges, and out of memory.
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

#include "base/linalg.h"
#include "weir/memory.h"

enum { MOST = 12 };

typedef struct {
    char name[16];
    size_t n;
    int positive;
    double matrix[MOST * MOST], eigenvalues[MOST], singular[MOST];
    weir_dd inverse[MOST * MOST], solution[MOST], rcond;
} linalg_case;

static void read_numbers(FILE *file, double *out, size_t count)
{
    for (size_t i = 0; i < count; i++)
        assert_int_equal(fscanf(file, "%la", &out[i]), 1);
}

static void read_pairs(FILE *file, weir_dd *out, size_t count)
{
    for (size_t i = 0; i < count; i++)
        assert_int_equal(fscanf(file, "%la %la", &out[i].hi, &out[i].lo), 2);
}

static bool read_case(FILE *file, linalg_case *c)
{
    if (fscanf(file, "%15s %zu %d", c->name, &c->n, &c->positive) != 3)
        return false;
    assert_true(c->n <= MOST);
    read_numbers(file, c->matrix, c->n * c->n);
    read_numbers(file, c->eigenvalues, c->n);
    read_numbers(file, c->singular, c->n);
    if (c->positive) {
        read_pairs(file, c->inverse, c->n * c->n);
        read_pairs(file, c->solution, c->n);
        read_pairs(file, &c->rcond, 1);
    }
    return true;
}

static void for_all_cases(void (*check)(const linalg_case *c))
{
    FILE *file = fopen(WEIR_SOURCE_DIR "/tests/reference/linalg.txt", "r");
    linalg_case c;
    size_t cases = 0;

    assert_non_null(file);
    for (; read_case(file, &c); cases++)
        check(&c);
    assert_int_equal(cases, 13);
    fclose(file);
}

static void assert_near(const linalg_case *c, const char *what, size_t i, double got, double want,
                        double within)
{
    if (!(fabs(got - want) <= within))
        fail_msg("%s: %s %zu is %.17g, not %.17g", c->name, what, i, got, want);
}

/* How many times the rounding of a double an error in the matrix may be, seen from its inverse. */
static double condition(const linalg_case *c)
{
    return 1 / c->rcond.hi;
}

/* --- doubles */

static void check_eigen(const linalg_case *c)
{
    const size_t n = c->n;
    double values[MOST], alone[MOST], vectors[MOST * MOST];
    double size = fmax(fabs(c->eigenvalues[0]), fabs(c->eigenvalues[n - 1]));

    assert_int_equal(linalg_eigen(c->matrix, n, values, vectors, NULL), WEIR_OK);
    assert_int_equal(linalg_eigen(c->matrix, n, alone, NULL, NULL), WEIR_OK);
    for (size_t k = 0; k < n; k++) {
        const double *v = vectors + k * n;
        size_t largest = 0;
        assert_near(c, "eigenvalue", k, values[k], c->eigenvalues[k], 1e-14 * size);
        assert_near(c, "eigenvalue alone", k, alone[k], values[k], 1e-14 * size);
        for (size_t i = 0; i < n; i++) {
            double product = 0;
            for (size_t j = 0; j < n; j++)
                product += c->matrix[i * n + j] * v[j];
            assert_near(c, "product", i, product, values[k] * v[i], 1e-14 * size);
            if (fabs(v[i]) > fabs(v[largest]))
                largest = i;
        }
        assert_true(v[largest] > 0);
        for (size_t other = 0; other < n; other++) {
            double dot = 0;
            for (size_t i = 0; i < n; i++)
                dot += v[i] * vectors[other * n + i];
            assert_near(c, "dot product", other, dot, other == k, 1e-14);
        }
    }
}

static void eigenvalues_equal_numpy(void **state)
{
    (void)state;
    for_all_cases(check_eigen);
}

static void check_singular(const linalg_case *c)
{
    double upper[MOST * MOST] = {0}, values[MOST];

    for (size_t i = 0; i < c->n; i++)
        for (size_t j = i; j < c->n; j++)
            upper[i * c->n + j] = c->matrix[i * c->n + j];
    assert_int_equal(linalg_singular_values(upper, c->n, values, NULL), WEIR_OK);
    for (size_t k = 0; k < c->n; k++)
        assert_near(c, "singular value", k, values[k], c->singular[k], 1e-14 * c->singular[0]);
}

static void singular_values_equal_numpy(void **state)
{
    (void)state;
    for_all_cases(check_singular);
}

static void dependent_columns_are_found(void **state)
{
    /* columns: a, 2a, b, a + b, nothing, c; of a = e1, b = e2, c = e3 */
    static const double rows[3][6] = {{1, 2, 0, 1, 0, 0}, {0, 0, 1, 1, 0, 0}, {0, 0, 0, 0, 0, 3}};
    static const bool want[] = {true, false, true, false, false, true};
    double matrix[36] = {0};
    bool kept[6];
    (void)state;

    for (size_t i = 0; i < 6; i++)
        for (size_t j = 0; j < 6; j++)
            for (size_t r = 0; r < 3; r++)
                matrix[i * 6 + j] += rows[r][i] * rows[r][j];
    assert_int_equal(linalg_independent(matrix, 6, 1e-12, kept, NULL), WEIR_OK);
    assert_memory_equal(kept, want, sizeof want);
}

static void nearly_dependent_columns_follow_the_tolerance(void **state)
{
    const double gap =
        1e-6; /* the share of the second column that the first leaves is 2 gap - gap^2 */
    const double matrix[] = {1, 1 - gap, 1 - gap, 1};
    bool kept[2];
    (void)state;

    assert_int_equal(linalg_independent(matrix, 2, 1.9e-6, kept, NULL), WEIR_OK);
    assert_true(kept[0] && kept[1]);
    assert_int_equal(linalg_independent(matrix, 2, 2.1e-6, kept, NULL), WEIR_OK);
    assert_true(kept[0] && !kept[1]);
}

/* --- double-double */

static void widen(const double *from, size_t count, weir_dd *out)
{
    for (size_t i = 0; i < count; i++)
        out[i] = weir_dd_of(from[i]);
}

static double off_by(weir_dd got, weir_dd want)
{
    return fabs(weir_dd_subtract(got, want).hi);
}

static void check_factor(const linalg_case *c)
{
    const size_t n = c->n;
    weir_dd matrix[MOST * MOST], b[MOST], diagonal[MOST];
    linalg_factor factor = {0};
    weir_error err = {0};
    double rcond = NAN, largest = 0;

    widen(c->matrix, n * n, matrix);
    assert_int_equal(linalg_factorise(matrix, n, 1e-28, &factor, &err), WEIR_OK);
    for (size_t i = 0; i < n; i++)
        b[i] = weir_dd_of((double)i + 1);
    if (!c->positive) {
        assert_true(factor.rank < n);
        assert_int_equal(linalg_solve(&factor, matrix, b, b, &err), WEIR_INVALID);
        assert_int_equal(linalg_inverse_diagonal(&factor, diagonal, &err), WEIR_INVALID);
        assert_int_equal(linalg_rcond(&factor, matrix, &rcond, &err), WEIR_INVALID);
        linalg_factor_free(&factor);
        return;
    }
    assert_int_equal(factor.rank, n);
    assert_int_equal(linalg_solve(&factor, matrix, b, b, &err), WEIR_OK);
    assert_int_equal(linalg_inverse_diagonal(&factor, diagonal, &err), WEIR_OK);
    assert_int_equal(linalg_rcond(&factor, matrix, &rcond, &err), WEIR_OK);
    assert_true(rcond > c->rcond.hi * (1 - 1e-12) && rcond < 3 * c->rcond.hi);
    for (size_t i = 0; i < n; i++)
        largest = fmax(largest, fabs(c->solution[i].hi));
    for (size_t i = 0; i < n; i++) {
        weir_dd want = c->inverse[i * n + i];
        assert_near(c, "solution", i, off_by(b[i], c->solution[i]), 0,
                    0x1p-103 * condition(c) * largest);
        assert_near(c, "inverse", i, off_by(diagonal[i], want), 0,
                    0x1p-103 * condition(c) * want.hi);
    }
    linalg_factor_free(&factor);
}

static void wide_solutions_equal_fractions(void **state)
{
    (void)state;
    for_all_cases(check_factor);
}

/* A factor puts first what has most of its own, and its rank counts what has a share above the tolerance. */
static void rank_follows_the_tolerance(void **state)
{
    const double gap = 0x1p-60;
    weir_dd matrix[9];
    linalg_factor factor = {0};
    (void)state;

    for (size_t i = 0; i < 9; i++)
        matrix[i] = weir_dd_of(i % 4 == 0);
    matrix[1] = matrix[3] =
        weir_dd_sum(1, -gap); /* the third is apart, the second nearly the first */
    assert_int_equal(linalg_factorise(matrix, 3, 1.9 * gap, &factor, NULL), WEIR_OK);
    assert_int_equal(factor.rank, 3);
    assert_int_equal(factor.pivots[2], 1);
    linalg_factor_free(&factor);
    assert_int_equal(linalg_factorise(matrix, 3, 2.1 * gap, &factor, NULL), WEIR_OK);
    assert_int_equal(factor.rank, 2);
    assert_int_equal(factor.pivots[2], 1);
    linalg_factor_free(&factor);
}

static void square_roots_have_twice_the_digits(void **state)
{
    (void)state;
    for (double x = 1e-200; x < 1e200; x *= 7.3e3) {
        weir_dd root = weir_dd_sqrt(weir_dd_sum(x, x * 0x1p-60));
        weir_dd back = weir_dd_multiply(root, root);
        assert_true(off_by(back, weir_dd_sum(x, x * 0x1p-60)) <= x * 0x1p-102);
    }
    assert_true(weir_dd_sqrt(weir_dd_of(0)).hi == 0 && weir_dd_sqrt(weir_dd_of(-1)).hi == 0);
}

/* --- edges */

static void nothing_is_fine(void **state)
{
    linalg_factor factor = {0};
    double rcond = NAN, value = 0;
    bool kept;
    (void)state;

    assert_int_equal(linalg_eigen(&value, 0, &value, NULL, NULL), WEIR_OK);
    assert_int_equal(linalg_singular_values(&value, 0, &value, NULL), WEIR_OK);
    assert_int_equal(linalg_independent(&value, 0, 0, &kept, NULL), WEIR_OK);
    assert_int_equal(linalg_factorise(NULL, 0, 0, &factor, NULL), WEIR_OK);
    assert_int_equal(linalg_solve(&factor, NULL, NULL, NULL, NULL), WEIR_OK);
    assert_int_equal(linalg_rcond(&factor, NULL, &rcond, NULL), WEIR_OK);
    assert_true(rcond == 1);
    linalg_factor_free(&factor);
    linalg_factor_free(&factor);
    linalg_factor_free(NULL);
    assert_int_equal(linalg_eigen(&value, SIZE_MAX, &value, NULL, NULL), WEIR_TOO_LARGE);
}

static size_t allocations_left = SIZE_MAX;

static void *scarce(size_t size)
{
    return allocations_left ? (allocations_left--, malloc(size)) : NULL;
}

static void *scarce_again(void *block, size_t size)
{
    return allocations_left ? (allocations_left--, realloc(block, size)) : NULL;
}

static weir_code everything(const double *matrix, const weir_dd *wide, size_t n)
{
    double values[MOST], vectors[MOST * MOST], rcond;
    weir_dd x[MOST] = {{1, 0}};
    linalg_factor factor = {0};
    bool kept[MOST];
    weir_code code = linalg_eigen(matrix, n, values, vectors, NULL);

    if (!code)
        code = linalg_singular_values(matrix, n, values, NULL);
    if (!code)
        code = linalg_independent(matrix, n, 0, kept, NULL);
    if (!code)
        code = linalg_factorise(wide, n, 0, &factor, NULL);
    if (!code)
        code = linalg_solve(&factor, wide, x, x, NULL);
    if (!code)
        code = linalg_inverse_diagonal(&factor, x, NULL);
    if (!code)
        code = linalg_rcond(&factor, wide, &rcond, NULL);
    linalg_factor_free(&factor);
    return code;
}

static void scarce_memory_is_an_error(void **state)
{
    static const weir_memory_hook hook = {scarce, scarce_again, free};
    const double matrix[] = {4, 1, 1, 3};
    weir_dd wide[4];
    weir_code code = WEIR_NO_MEMORY;
    size_t allowed = 0;
    (void)state;

    widen(matrix, 4, wide);
    for (; code && allowed < 100; allowed++) {
        allocations_left = allowed;
        weir_memory_use(&hook);
        code = everything(matrix, wide, 2);
        weir_memory_use(NULL);
        assert_true(code == WEIR_OK || code == WEIR_NO_MEMORY);
    }
    assert_int_equal(code, WEIR_OK);
    assert_true(allowed > 15); /* LAPACK's work space is ours too */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(eigenvalues_equal_numpy),
        cmocka_unit_test(singular_values_equal_numpy),
        cmocka_unit_test(dependent_columns_are_found),
        cmocka_unit_test(nearly_dependent_columns_follow_the_tolerance),
        cmocka_unit_test(wide_solutions_equal_fractions),
        cmocka_unit_test(rank_follows_the_tolerance),
        cmocka_unit_test(square_roots_have_twice_the_digits),
        cmocka_unit_test(nothing_is_fine),
        cmocka_unit_test(scarce_memory_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
