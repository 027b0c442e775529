/* Histograms given a binary attribute, counted again from the rows.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing/failing.h"
#include "testing/table.h"
#include "weir/explore.h"

enum { BINS = 7, ROWS = 60, CASES = 1000 };

static uint64_t seed;

static uint64_t next_random(void)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return seed >> 33;
}

/* Columns t (C), c and d (B); with gaps, some cells are missing. */
static table random_table(bool gaps)
{
    table t = {.columns = 3, .rows = 1 + next_random() % ROWS};

    assert_non_null(t.cells = calloc(t.rows * 3, sizeof *t.cells));
    for (size_t c = 0; c < 3; c++) {
        snprintf(t.names[c], TABLE_NAME, "%c", (char)("tcd"[c]));
        t.types[c] = c == 0 ? WEIR_C : WEIR_B;
        for (size_t r = 0; r < t.rows; r++) {
            double x = (double)(next_random() % (c == 0 ? 50 : 2));
            t.cells[r * 3 + c] = gaps && next_random() % 10 == 0 ? NAN : x;
        }
    }
    return t;
}

static weir_summary *learn(const table *t, bool conditional)
{
    weir_summary *summary = NULL;
    const weir_summary_options options = {.histograms = true, .conditional = conditional};

    assert_int_equal(weir_summary_new(&options, &summary, NULL), WEIR_OK);
    for (size_t at = 0; at < t->rows; at += 13)
        table_learn(summary, t, at, at + 13 < t->rows ? at + 13 : t->rows);
    return summary;
}

/* The rows of t in which c is value, cut as the documentation says. */
static void count_again(const table *t, const weir_density *density, double value, double *counts)
{
    memset(counts, 0, BINS * sizeof *counts);
    for (size_t r = 0; r < t->rows; r++) {
        const double x = table_at(t, r, 0);
        if (table_at(t, r, 1) != value || !(x >= density->min && x <= density->max))
            continue;
        double place = density->width > 0 ? floor((x - density->min) / density->width) : 0;
        counts[place < BINS - 1 ? (size_t)place : BINS - 1]++;
    }
}

static void conditional_densities_equal_the_rows(void **state)
{
    (void)state;

    for (size_t i = 0; i < CASES; i++) {
        seed = i + 1;
        const bool gaps = next_random() % 2, ranged = next_random() % 2;
        table t = random_table(gaps);
        weir_summary *summary = learn(&t, true);
        for (int value = 0; value <= 1; value++) {
            weir_density density;
            double want[BINS];
            assert_int_equal(weir_density_conditional(summary, 0, 1, value, BINS, ranged ? 10 : NAN,
                                                      ranged ? 30 : NAN, &density, NULL),
                             WEIR_OK);
            if (density.error[0]) { /* only of what the rows do not say */
                assert_true(gaps);
                assert_null(density.counts);
                continue;
            }
            count_again(&t, &density, value, want);
            for (size_t b = 0; b < BINS; b++)
                if (density.counts[b] != want[b])
                    fail_msg("seed %zu, given %d: bin %zu has %g rows, not %g", i + 1, value, b,
                             density.counts[b], want[b]);
            weir_density_free(&density);
        }
        weir_summary_free(summary);
        table_free(&t);
    }
}

static void what_cannot_be_shown_says_why(void **state)
{
    static const struct {
        size_t target, condition;
        bool conditional;
        const char *words;
    } cases[] = {
        {9, 1, true, "not known"},
        {0, 9, true, "not known"},
        {0, 0, true, "not binary"},
        {0, 1, false, "sml_project_conditional_histogram"},
    };
    (void)state;

    seed = 3;
    table t = random_table(false);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        weir_summary *summary = learn(&t, cases[i].conditional);
        weir_density density;
        assert_int_equal(weir_density_conditional(summary, cases[i].target, cases[i].condition,
                                                  true, BINS, NAN, NAN, &density, NULL),
                         WEIR_OK);
        if (!strstr(density.error, cases[i].words))
            fail_msg("case %zu: \"%s\"", i, density.error);
        assert_null(density.counts);
        weir_summary_free(summary);
    }
    weir_summary *summary = learn(&t, true);
    weir_density density;
    weir_error err;
    assert_int_equal(weir_density_conditional(summary, 0, 1, true, 0, NAN, NAN, &density, &err),
                     WEIR_INVALID);
    assert_int_equal(weir_density_conditional(summary, 0, 1, true, 5, 3, 2, &density, &err),
                     WEIR_INVALID);
    weir_summary_free(summary);
    table_free(&t);
}

static void no_memory_is_an_error(void **state)
{
    weir_code code = WEIR_NO_MEMORY;
    (void)state;

    seed = 3;
    table t = random_table(false);
    weir_summary *summary = learn(&t, true);
    for (size_t nth = 0; code == WEIR_NO_MEMORY; nth++) {
        weir_density density;
        weir_error err = {0};
        failing_begin(nth);
        code = weir_density_conditional(summary, 0, 1, false, BINS, NAN, NAN, &density, &err);
        failing_end();
        if (!code)
            assert_string_equal(density.error, "");
        weir_density_free(&density);
    }
    assert_int_equal(code, WEIR_OK);
    weir_summary_free(summary);
    table_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conditional_densities_equal_the_rows),
        cmocka_unit_test(what_cannot_be_shown_says_why),
        cmocka_unit_test(no_memory_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
