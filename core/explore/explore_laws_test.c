/* No matter how rows were split, ordered and merged, every metric answers the same; and whatever the rows are, no answer
 * holds a number that is not finite.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "explore/question_for_test.h"

#include <stdlib.h>

#include "summary/rows_for_test.h"

enum { CASES = 1000, PLAIN = 10, MOST_ROWS = 40, PARTS = 5 };

/* Columns c0 to c3 are continuous, c4 to c6 binary, c7 to c9 categories. */
static weir_type type_of(size_t column)
{
    return column < 4 ? WEIR_C : column < 7 ? WEIR_B : WEIR_T;
}

/* Few rows, often none to two; gaps up to whole columns; constants, ties and columns that go together. */
static row_table small_table(randoms *r, bool absurd)
{
    const size_t count = below(r, 3) == 0 ? below(r, 4) : below(r, MOST_ROWS);
    row_table t = {.columns = PLAIN, .count = count, .rows = calloc(count + 1, sizeof(row_cells))};
    size_t kinds[PLAIN];

    for (size_t c = 0; c < PLAIN; c++) {
        t.types[c] = type_of(c);
        t.gaps[c] = below(r, 3) ? 0 : below(r, 4) ? 0.3 : 1;
        t.centre[c] = below(r, 2) ? 0 : 1000;
        t.spread[c] = below(r, 3) ? 0.5 : 0;
        kinds[c] = below(r, 5);
    }
    for (size_t k = 0; k < count; k++)
        for (size_t c = 0; c < PLAIN; c++) {
            cell *to = &t.rows[k].cells[c];
            *to = random_cell(r, &t, c);
            if (t.types[c] == WEIR_C && !absurd)
                to->value = t.centre[c] + floor(64 * uniform(r)) / 4;
            if (kinds[c] == 0) /* constant */
                to->value = t.types[c] == WEIR_C ? t.centre[c] : 1;
            if (kinds[c] == 1 && c > 0 && c < 4) /* as the column before it */
                to->value = t.rows[k].cells[c - 1].value;
        }
    return t;
}

/* --- questions */

static const struct {
    const char *metric, *inputs, *targets, *settings;
} questions[] = {
    {"uni", "c0", "-", "-"},
    {"uni", "c4", "-", "sml_explore_unbiased=1"},
    {"bi", "c0,c1", "-", "need_bi_conditional=1,need_bi_conditional_ci95=1"},
    {"bi", "c1,c5", "-",
     "need_bi_conditional_ci95=1,need_bi_conditional_mmm=1,need_bi_complement=1,"
     "sml_explore_unbiased=1"},
    {"ztest", "c0,c1", "-", "-"},
    {"ztest", "c1,c4", "-", "sml_explore_unbiased=1"},
    {"ztest", "c2,c4,c5", "-", "-"},
    {"ztestp", "c4,c5", "-", "-"},
    {"ztestp", "c4,c5,c6", "-", "-"},
    {"ztestmu", "c0", "-", "sml_explore_ztest_known_mu=3"},
    {"ttest", "c0,c1", "-", "-"},
    {"ttest", "c3,c6", "-", "sml_explore_unbiased=1"},
    {"ttest", "c3,c4,c6", "-", "-"},
    {"ttestmu", "c2", "-", "sml_explore_ttest_known_mu=1000"},
    {"ftest", "c0,c1", "-", "-"},
    {"ftest", "c2,c5", "-", "-"},
    {"ftestmu", "c1", "-", "sml_explore_ftest_known_sigma=21"},
    {"anova", "c0,c1,c2,c3", "-", "-"},
    {"anova", "c0", "c4,c5", "-"},
    {"anova", "c1", "c6", "-"},
    {"anova", "c2", "c7", "-"},
    {"chi2", "c4,c5", "c6", "-"},
    {"chi2", "c7", "c8", "-"},
    {"chi2", "c7,c8,c9", "-", "-"},
    {"gain", "c4", "c5", "-"},
    {"gain", "c7", "c6", "-"},
    {"gain", "c8", "c9", "-"},
    {"gain", "c0", "c6", "sml_explore_gain_bins=4"},
};
enum { QUESTIONS = sizeof questions / sizeof *questions };

/* False where a column never came, so that nothing has its name. */
static bool can_ask(const weir_summary *summary, const char *list)
{
    const weir_schema *schema = weir_summary_schema(summary);

    for (const char *at = strchr(list, 'c'); at; at = strchr(at + 1, 'c'))
        if (weir_schema_find(schema, at, 2) == WEIR_NONE &&
            weir_schema_find_parent(schema, at, 2) == WEIR_NONE)
            return false;
    return true;
}

static weir_answer answer_to(size_t q, const weir_summary *summary)
{
    if (!can_ask(summary, questions[q].inputs) || !can_ask(summary, questions[q].targets))
        return (weir_answer){0};
    return ask(summary, questions[q].metric, questions[q].inputs, questions[q].targets,
               questions[q].settings);
}

static void check_finite(uint64_t seed, size_t q, const weir_answer *answer)
{
    for (size_t i = 0; i < answer->count; i++)
        if (!isfinite(answer->items[i].value))
            fail_msg("case %llu: %s %s: %s is %g", (unsigned long long)seed, questions[q].metric,
                     questions[q].inputs, answer->items[i].key, answer->items[i].value);
}

/* Cells of a table of counts exist for the values that came, in the order in which they came. */
static void check_same(uint64_t seed, size_t q, const weir_answer *a, const weir_answer *b)
{
    if (a->count != b->count)
        fail_msg("case %llu: %s %s %s: %zu keys and %zu", (unsigned long long)seed,
                 questions[q].metric, questions[q].inputs, questions[q].targets, a->count,
                 b->count);
    for (size_t i = 0; i < a->count; i++) {
        const double x = a->items[i].value, y = answered(b, a->items[i].key);
        if (!(fabs(x - y) <= 1e-12 * fmax(fabs(x), fabs(y)) + 1e-20))
            fail_msg("case %llu: %s %s %s: %s is %.17g and %.17g", (unsigned long long)seed,
                     questions[q].metric, questions[q].inputs, questions[q].targets,
                     a->items[i].key, x, y);
    }
}

/* --- the laws */

static weir_summary *new_summary(void)
{
    const weir_summary_options options = {.histograms = true, .conditional = true};
    weir_summary *summary = NULL;

    assert_int_equal(weir_summary_new(&options, &summary, NULL), WEIR_OK);
    return summary;
}

/* The rows in another order, in parts that are merged one into the other. */
static weir_summary *in_parts(randoms *r, const row_table *t, size_t *order)
{
    weir_summary *whole = new_summary();
    const size_t parts = 1 + below(r, PARTS);
    weir_error err = {0};

    shuffle(r, order, t->count);
    for (size_t p = 0; p < parts; p++) {
        const size_t from = t->count * p / parts, to = t->count * (p + 1) / parts;
        weir_summary *part = new_summary();

        absorb_rows(part, t, order + from, to - from, 1 + below(r, 9), 1);
        if (below(r, 2)) { /* into what is there, or that into it */
            weir_summary *swap = whole;
            whole = part;
            part = swap;
        }
        check_ok(weir_summary_merge(whole, part, &err), &err);
        weir_summary_free(part);
    }
    return whole;
}

static void answers_do_not_depend_on_order(void **state)
{
    size_t compared = 0;
    (void)state;

    for (uint64_t seed = 1; seed <= CASES; seed++) {
        randoms r = {seed * UINT64_C(0x9E3779B97F4A7C15)};
        row_table t = small_table(&r, false);
        size_t *order = calloc(t.count + 1, sizeof *order);

        for (size_t i = 0; i < t.count; i++)
            order[i] = i;
        weir_summary *whole = new_summary();
        absorb_rows(whole, &t, order, t.count, MOST_ROWS, 1);
        weir_summary *parts = in_parts(&r, &t, order);
        for (size_t q = 0; q < QUESTIONS; q++) {
            weir_answer a = answer_to(q, whole), b = answer_to(q, parts);
            check_finite(seed, q, &a);
            check_same(seed, q, &a, &b);
            compared += a.count;
            weir_answer_free(&a);
            weir_answer_free(&b);
        }
        weir_summary_free(whole);
        weir_summary_free(parts);
        free(order);
        free(t.rows);
    }
    assert_true(compared > 100 * CASES); /* most questions have an answer */
}

/* Values from 5e-324 to 1e75, and rows forgotten that were never there. */
static void answers_are_finite(void **state)
{
    (void)state;

    for (uint64_t seed = 1; seed <= CASES; seed++) {
        randoms r = {seed * UINT64_C(0xD1B54A32D192ED03)};
        row_table t = small_table(&r, true), other = small_table(&r, true);
        size_t order[MOST_ROWS];
        weir_summary *summary = new_summary();

        for (size_t i = 0; i < MOST_ROWS; i++)
            order[i] = i;
        absorb_rows(summary, &t, order, t.count, MOST_ROWS, 1);
        if (below(&r, 2))
            absorb_rows(summary, &other, order, other.count, MOST_ROWS, -1);
        for (size_t q = 0; q < QUESTIONS; q++) {
            weir_answer answer = answer_to(q, summary);
            check_finite(seed, q, &answer);
            weir_answer_free(&answer);
        }
        weir_summary_free(summary);
        free(t.rows);
        free(other.rows);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_do_not_depend_on_order),
        cmocka_unit_test(answers_are_finite),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
