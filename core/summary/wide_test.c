/* Centred moments in double-double against whole-number arithmetic.
 *
 * Cells are whole numbers, so that their sums are, and n times a centred moment is a whole number that 128 bits hold:
 * n sum x y - sum x sum y. Rows have gaps, values of a category appear late, and rows far away are learned and
 * forgotten between.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <inttypes.h>

#include "summary/rows_for_test.h"
#include "summary/wide.h"

enum { CASES = 1000, ROWS = 50, X = 0, Y = 1, B = 2, K = 3, COLUMNS = 4, KINDS = 3 };

__extension__ typedef __int128 whole;

/* A cell of K is the number of its value. */
typedef struct {
    bool present[COLUMNS];
    int64_t values[COLUMNS];
} test_row;

/* The value of column c in a row; columns K + 1 .. K + KINDS are those of the category's values. */
static bool value_of(const test_row *row, size_t c, int64_t *out)
{
    *out = c < K ? row->values[c] : row->values[K] == (int64_t)(c - K - 1);
    return row->present[c < K ? c : K];
}

static void learn(weir_summary *summary, const test_row *rows, size_t n, double sign)
{
    static const char *const names[] = {"x", "y", "b", "k"}, *const kinds[] = {"u", "v", "w"};
    static const weir_type types[] = {WEIR_C, WEIR_C, WEIR_B, WEIR_T};
    weir_batch *batch = NULL;
    weir_error err = {0};
    size_t column;

    check_ok(weir_batch_new(n + 1, &batch, &err), &err);
    for (size_t c = 0; c < COLUMNS; c++)
        check_ok(weir_batch_add_column(batch, names[c], 1, types[c], &column, &err), &err);
    for (size_t r = 0; r < n; r++) {
        check_ok(weir_batch_row_begin(batch, &err), &err);
        for (size_t c = 0; c < COLUMNS; c++) {
            if (!rows[r].present[c])
                continue;
            if (c == K)
                check_ok(weir_batch_put_text(batch, c, kinds[rows[r].values[c]], 1, &err), &err);
            else
                check_ok(weir_batch_put_number(batch, c, (double)rows[r].values[c], &err), &err);
        }
        weir_batch_row_end(batch);
    }
    check_ok(weir_summary_absorb(summary, batch, sign, &err), &err);
    weir_batch_free(batch);
}

static test_row random_row(randoms *dice, int64_t centre, int64_t spread)
{
    test_row row;

    for (size_t c = 0; c < COLUMNS; c++) {
        row.present[c] = below(dice, 6) > 0;
        row.values[c] = c == B   ? (int64_t)below(dice, 2)
                        : c == K ? (int64_t)below(dice, KINDS)
                                 : centre + (int64_t)below(dice, (size_t)spread) - spread / 2;
    }
    return row;
}

/* --- what must come out */

typedef struct {
    whole n, x, y, xx, yy, xy;
} whole_sums;

/* Over the rows with c and d in which column b, if it is not WEIR_NONE, is value. */
static whole_sums sums_of(const test_row *rows, size_t n, size_t c, size_t d, size_t b,
                          int64_t value)
{
    whole_sums s = {0};

    for (size_t r = 0; r < n; r++) {
        int64_t x, y, other;
        if (!value_of(&rows[r], c, &x) || !value_of(&rows[r], d, &y))
            continue;
        if (b != WEIR_NONE && (!value_of(&rows[r], b, &other) || other != value))
            continue;
        s.n++;
        s.x += x;
        s.y += y;
        s.xx += (whole)x * x;
        s.yy += (whole)y * y;
        s.xy += (whole)x * y;
    }
    return s;
}

static weir_dd wide_of(whole n)
{
    double high = (double)n;

    return weir_dd_sum(high, (double)(n - (whole)high));
}

/* n times got is this whole number, but for the rounding of got. */
static void assert_is(weir_dd got, whole n, whole product, const char *what, uint64_t seed)
{
    weir_dd want = wide_of(product), times = weir_dd_multiply(got, wide_of(n));
    double off = fabs(weir_dd_subtract(times, want).hi);

    if (!(off <= 0x1p-98 * fabs(want.hi)))
        fail_msg("case %" PRIu64 ": %s is off by %g of %g", seed, what, off, want.hi);
}

/* A difference of two products: rounding is a share of either, not of what is left. */
static void assert_centred(weir_dd got, whole n, whole xy, whole x, whole y, const char *what,
                           uint64_t seed)
{
    weir_dd want = wide_of(n * xy - x * y), times = weir_dd_multiply(got, wide_of(n));
    double off = fabs(weir_dd_subtract(times, want).hi);
    double size = fabs((double)(n * xy)) + fabs((double)(x * y));

    if (!(off <= 0x1p-96 * size))
        fail_msg("case %" PRIu64 ": %s is off by %g of %g", seed, what, off, size);
}

static void check_column(const wide_column *got, const whole_sums *want, const char *what,
                         uint64_t seed)
{
    assert_is(got->count, 1, want->n, what, seed);
    if (want->n == 0) {
        assert_true(got->mean.hi == 0 && got->m2.hi == 0 && got->squares.hi == 0);
        return;
    }
    assert_is(got->mean, want->n, want->x, what, seed);
    assert_is(got->squares, 1, want->xx, what, seed);
    assert_centred(got->m2, want->n, want->xx, want->x, want->x, what, seed);
    if (want->n * want->xx == want->x * want->x)
        assert_true(got->m2.hi == 0 && got->m2.lo == 0);
}

static void check_pair(const wide_pair *got, const whole_sums *want, uint64_t seed)
{
    assert_is(got->count, 1, want->n, "count of a pair", seed);
    if (want->n == 0) {
        assert_true(got->mean_x.hi == 0 && got->cxy.hi == 0 && got->xy.hi == 0);
        return;
    }
    assert_is(got->mean_x, want->n, want->x, "mean of x", seed);
    assert_is(got->mean_y, want->n, want->y, "mean of y", seed);
    assert_is(got->x, 1, want->x, "sum of x", seed);
    assert_is(got->y, 1, want->y, "sum of y", seed);
    assert_is(got->xx, 1, want->xx, "sum of x x", seed);
    assert_is(got->yy, 1, want->yy, "sum of y y", seed);
    assert_is(got->xy, 1, want->xy, "sum of x y", seed);
    assert_centred(got->cxx, want->n, want->xx, want->x, want->x, "cxx", seed);
    assert_centred(got->cyy, want->n, want->yy, want->y, want->y, "cyy", seed);
    assert_centred(got->cxy, want->n, want->xy, want->x, want->y, "cxy", seed);
}

/* The attribute of a test column; WEIR_NONE for a category's value that no row had. */
static size_t id_of(const weir_summary *summary, size_t c)
{
    static const char *const names[] = {"x", "y", "b", "k", "k$u", "k$v", "k$w"};

    return weir_schema_find(weir_summary_schema(summary), names[c], strlen(names[c]));
}

static void check_all(const weir_summary *summary, const test_row *rows, size_t n, uint64_t seed)
{
    for (size_t c = 0; c <= K + KINDS; c++)
        for (size_t d = 0; d <= K + KINDS; d++) {
            size_t id = id_of(summary, c), other = id_of(summary, d);
            wide_column column;
            wide_pair pair;
            whole_sums want;

            if (c == K || d == K || id == WEIR_NONE || other == WEIR_NONE)
                continue;
            want = sums_of(rows, n, c, d, WEIR_NONE, 0);
            wide_read_pair(summary, id, other, &pair);
            check_pair(&pair, &want, seed);
            for (int value = 0; d >= B && value <= 1; value++) {
                want = sums_of(rows, n, c, c, d, value);
                wide_read_given(summary, id, other, value, &column);
                check_column(&column, &want, "a column given another", seed);
            }
            if (c == d) {
                want = sums_of(rows, n, c, c, WEIR_NONE, 0);
                wide_read(summary, id, &column);
                check_column(&column, &want, "a column", seed);
            }
        }
}

static void moments_equal_whole_numbers(void **state)
{
    static const int64_t centres[] = {0, 1000, -1000000, INT64_C(1) << 40};
    test_row rows[ROWS], junk[ROWS];
    (void)state;

    for (uint64_t seed = 1; seed <= CASES; seed++) {
        randoms dice = {seed * UINT64_C(0x9e3779b97f4a7c15)};
        const int64_t centre = centres[below(&dice, 4)], spread = below(&dice, 8) ? 1000 : 1;
        weir_summary *summary = empty_summary(false, WEIR_PRECISION_EXTENDED);
        size_t n = 1 + below(&dice, ROWS), many = below(&dice, ROWS);

        for (size_t r = 0; r < n; r++)
            rows[r] = random_row(&dice, centre, spread);
        for (size_t r = 0; r < many; r++)
            junk[r] = random_row(&dice, centre, 1000000);
        for (size_t at = 0, size; at < n; at += size) {
            size = 1 + below(&dice, n - at);
            learn(summary, rows + at, size, 1);
            if (below(&dice, 2)) {
                learn(summary, junk, many, 1);
                learn(summary, junk, many, -1);
            }
        }
        check_all(summary, rows, n, seed);
        weir_summary_free(summary);
    }
}

/* Attributes without statistics, and a condition that is not binary, have nothing. */
static void what_is_not_kept_is_nothing(void **state)
{
    weir_summary *summary = empty_summary(false, WEIR_PRECISION_EXTENDED);
    weir_batch *batch = NULL;
    wide_column column = {.count = {1, 0}};
    wide_pair pair = {.count = {1, 0}};
    weir_error err;
    size_t at;
    (void)state;

    check_ok(weir_batch_new(1, &batch, &err), &err);
    check_ok(weir_batch_add_column(batch, "s", 1, WEIR_S, &at, &err), &err);
    check_ok(weir_batch_add_column(batch, "x", 1, WEIR_C, &at, &err), &err);
    check_ok(weir_batch_row_begin(batch, &err), &err);
    check_ok(weir_batch_put_text(batch, 0, "t", 1, &err), &err);
    check_ok(weir_batch_put_number(batch, 1, 3, &err), &err);
    weir_batch_row_end(batch);
    check_ok(weir_summary_absorb(summary, batch, 1, &err), &err);
    wide_read(summary, 0, &column);
    assert_true(column.count.hi == 0);
    wide_read_pair(summary, 1, 0, &pair);
    assert_true(pair.count.hi == 0);
    wide_read_given(summary, 1, 1, 1, &column);
    assert_true(column.count.hi == 0 && column.mean.hi == 0);
    weir_batch_free(batch);
    weir_summary_free(summary);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(moments_equal_whole_numbers),
        cmocka_unit_test(what_is_not_kept_is_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
