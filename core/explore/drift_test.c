/* Drift against scipy, statsmodels and scikit-learn on the rows themselves (tests/reference/drift.py), and what must
 * hold of any two summaries.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "explore/smirnov.h"
#include "testing/failing.h"
#include "testing/table.h"
#include "weir/drift.h"

enum { KEYS = 128, CASES = 1000 };

static double answered(const weir_answer *answer, const char *key)
{
    for (size_t i = 0; i < answer->count; i++)
        if (strcmp(answer->items[i].key, key) == 0)
            return answer->items[i].value;
    return NAN;
}

static weir_answer compared(const char *metric, const weir_summary *a, const weir_summary *b)
{
    weir_answer answer = {0};
    weir_error err = {0};

    if (weir_drift(weir_drift_find(metric), a, b, NULL, 0, &answer, &err))
        fail_msg("%s: %s", metric, err.message);
    return answer;
}

static bool is_near(double got, double want)
{
    return fabs(got - want) <= 1e-10 * fabs(want) + 1e-13;
}

/* --- the reference file */

/* The columns of a table that are wanted. */
static table chosen_columns(const char *name, char (*wanted)[TABLE_NAME], size_t count)
{
    table all = table_read(name), t = {.columns = count, .rows = all.rows};

    assert_non_null(t.cells = calloc(count * all.rows, sizeof *t.cells));
    for (size_t c = 0; c < count; c++) {
        size_t from = 0;
        while (strcmp(all.names[from], wanted[c]) != 0)
            assert_true(++from < all.columns);
        memcpy(t.names[c], all.names[from], TABLE_NAME);
        t.types[c] = all.types[from];
        for (size_t r = 0; r < t.rows; r++)
            t.cells[r * count + c] = table_at(&all, r, from);
    }
    table_free(&all);
    return t;
}

static void check_drift(FILE *file)
{
    char metric[32], name[32], columns[TABLE_COLUMNS][TABLE_NAME], keys[KEYS][96];
    size_t split, column_count, key_count;
    int histograms;

    assert_int_equal(fscanf(file, "%31s %31s %zu %d %zu %zu", metric, name, &split, &histograms,
                            &column_count, &key_count),
                     6);
    assert_true(column_count <= TABLE_COLUMNS && key_count <= KEYS);
    for (size_t i = 0; i < column_count; i++)
        assert_int_equal(fscanf(file, "%63s", columns[i]), 1);
    for (size_t i = 0; i < key_count; i++)
        assert_int_equal(fscanf(file, "%95s", keys[i]), 1);
    assert_int_equal(fgetc(file), '\n');
    table t = chosen_columns(name, columns, column_count);
    weir_summary *a = table_summary(&t, 0, split), *b = table_summary(&t, split, t.rows);
    assert_int_equal(weir_summary_set_histograms(b, histograms, NULL), WEIR_OK);
    weir_answer answer = compared(metric, a, b);
    assert_int_equal(answer.count, key_count);
    for (size_t i = 0; i < key_count; i++) {
        double want = table_expected(file), got = answered(&answer, keys[i]);
        if (!is_near(got, want))
            fail_msg("%s %s %s: %.17g, not %.17g", metric, name, keys[i], got, want);
    }
    weir_answer_free(&answer);
    weir_summary_free(a);
    weir_summary_free(b);
    table_free(&t);
}

static void check_smirnov(FILE *file)
{
    double m, n, d, got;

    assert_int_equal(fscanf(file, "%lf %lf %la\n", &m, &n, &d), 3);
    double want = table_expected(file);
    assert_int_equal(smirnov_upper(d, m, n, &got, NULL), WEIR_OK);
    if (fabs(got - want) > 1e-10 * want)
        fail_msg("P(D >= %g) of %g and %g: %.17g, not %.17g", d, m, n, got, want);
}

static void answers_equal_other_programs(void **state)
{
    FILE *file = fopen(WEIR_SOURCE_DIR "/tests/reference/drift.txt", "r");
    char word[16];
    size_t cases = 0;
    (void)state;

    assert_non_null(file);
    for (; fscanf(file, "%15s", word) == 1; cases++)
        if (strcmp(word, "drift") == 0)
            check_drift(file);
        else
            check_smirnov(file);
    fclose(file);
    assert_int_equal(cases, 38);
}

/* --- what must hold of any two summaries */

static uint64_t seed;

static uint64_t next_random(void)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return seed >> 33;
}

/* Few rows, gaps, columns that may not vary, one of them binary. */
static table random_table(void)
{
    table t = {.columns = 3, .rows = 1 + next_random() % 12};
    const uint64_t kinds = next_random();

    assert_non_null(t.cells = calloc(t.rows * 3, sizeof *t.cells));
    for (size_t c = 0; c < 3; c++) {
        snprintf(t.names[c], TABLE_NAME, "c%zu", c);
        t.types[c] = c == 2 ? WEIR_B : WEIR_C;
        for (size_t r = 0; r < t.rows; r++) {
            uint64_t x = next_random() % (c == 2 ? 2 : 1 + (kinds >> 8 * c) % 6);
            t.cells[r * 3 + c] = next_random() % 8 == 0 ? NAN : (double)x * (c == 1 ? 0.1 : 1);
        }
    }
    return t;
}

static weir_summary *random_summary(bool histograms)
{
    table t = random_table();
    weir_summary *summary = table_summary(&t, 0, t.rows);

    assert_int_equal(weir_summary_set_histograms(summary, histograms, NULL), WEIR_OK);
    table_free(&t);
    return summary;
}

static void check_answer(const char *metric, uint64_t start, const weir_answer *answer)
{
    const bool bounded = strcmp(metric, "pca_reconstruction_error") != 0;

    for (size_t i = 0; i < answer->count; i++) {
        const char *key = answer->items[i].key;
        const double value = answer->items[i].value;
        const bool statistic = strstr(key, "_stat") != NULL;
        if (!isfinite(value) || (bounded && !statistic && (value < 0 || value > 1)))
            fail_msg("seed %llu: %s %s is %g", (unsigned long long)start, metric, key, value);
    }
}

/* Every score lies between 0 and 1, is the same in both directions, and is 0 of a summary and itself. */
static void scores_behave_as_distances(void **state)
{
    static const char *const metrics[] = {"marginal_stat", "marginal_non_stat", "global"};
    (void)state;

    for (size_t i = 0; i < CASES; i++) {
        const uint64_t start = i + 1;
        seed = start;
        const bool histograms = next_random() % 2;
        weir_summary *a = random_summary(histograms), *b = random_summary(histograms);
        for (size_t m = 0; m < 3; m++) {
            weir_answer there = compared(metrics[m], a, b), back = compared(metrics[m], b, a);
            weir_answer none = compared(metrics[m], a, a);
            check_answer(metrics[m], start, &there);
            check_answer(metrics[m], start, &none);
            assert_int_equal(there.count, back.count);
            for (size_t k = 0; k < there.count; k++)
                if (!strstr(there.items[k].key, "_stat") &&
                    fabs(there.items[k].value - back.items[k].value) > 1e-12)
                    fail_msg("seed %zu: %s %s there and back", i + 1, metrics[m],
                             there.items[k].key);
            for (size_t k = 0; k < none.count; k++)
                if (strstr(none.items[k].key, "_drift") && fabs(none.items[k].value) > 1e-7)
                    fail_msg("seed %zu: %s %s of itself is %g", i + 1, metrics[m],
                             none.items[k].key, none.items[k].value);
            weir_answer_free(&there);
            weir_answer_free(&back);
            weir_answer_free(&none);
        }
        weir_summary_free(a);
        weir_summary_free(b);
    }
}

/* The parts of a reconstruction error add up, and there is none of a summary and itself; some cases have no error to
 * compare with and say so. */
static void parts_of_a_reconstruction_add_up(void **state)
{
    const weir_drift_metric *metric = weir_drift_find("pca_reconstruction_error");
    size_t done = 0;
    (void)state;

    for (size_t i = 0; i < CASES; i++) {
        seed = i + 1;
        weir_summary *a = random_summary(false), *b = random_summary(false);
        weir_answer answer = {0}, none = {0};
        weir_error err = {0};
        if (weir_drift(metric, a, b, NULL, 0, &answer, &err)) {
            assert_int_equal(err.code, WEIR_INVALID);
        } else {
            double sum = 0, score = answered(&answer, "driftScore");
            check_answer("pca_reconstruction_error", i + 1, &answer);
            for (size_t k = 0; k + 1 < answer.count; k++)
                sum += answer.items[k].value;
            assert_true(fabs(sum - score) <= 1e-9 * fmax(1, fabs(score)));
            assert_int_equal(weir_drift(metric, a, a, NULL, 0, &none, NULL), WEIR_OK);
            assert_true(fabs(answered(&none, "driftScore")) < 1e-9);
            done++;
        }
        weir_answer_free(&answer);
        weir_answer_free(&none);
        weir_summary_free(a);
        weir_summary_free(b);
    }
    assert_true(done > CASES / 10);
}

/* --- histograms too wide to keep every value */

static weir_summary *squares(double shift)
{
    weir_summary *summary = NULL;

    assert_int_equal(weir_summary_new(&(weir_summary_options){.histograms = true}, &summary, NULL),
                     WEIR_OK);
    for (size_t from = 0; from < 20000; from += 500) {
        weir_batch *batch = NULL;
        size_t column;
        assert_int_equal(weir_batch_new(500, &batch, NULL), WEIR_OK);
        assert_int_equal(weir_batch_add_column(batch, "x", 1, WEIR_C, &column, NULL), WEIR_OK);
        for (size_t i = from; i < from + 500; i++) {
            double x = (double)i + shift;
            assert_int_equal(weir_batch_row_begin(batch, NULL), WEIR_OK);
            assert_int_equal(weir_batch_put_number(batch, 0, x * x, NULL), WEIR_OK);
            weir_batch_row_end(batch);
        }
        assert_int_equal(weir_summary_absorb(summary, batch, 1, NULL), WEIR_OK);
        weir_batch_free(batch);
    }
    return summary;
}

static void grids_of_different_width_meet(void **state)
{
    weir_summary *a = squares(0), *b = squares(500);
    weir_answer answer = compared("marginal_stat", a, b);
    double d = answered(&answer, "x_stat");
    (void)state;

    assert_false(weir_histogram_exact(weir_summary_histogram(a, 0)));
    assert_true(d <= 500.0 / 20000 + 1e-12 && d > 500.0 / 20000 - 2e-3);
    assert_true(answered(&answer, "x_pval") < 1e-4);
    weir_answer_free(&answer);
    answer = compared("marginal_stat", a, a);
    assert_true(answered(&answer, "x_stat") == 0 && answered(&answer, "x_pval") == 1);
    weir_answer_free(&answer);
    weir_summary_free(a);
    weir_summary_free(b);
}

/* --- names, and what is refused */

static weir_summary *categories(const char *const *values, size_t count)
{
    weir_summary *summary = NULL;
    weir_batch *batch = NULL;
    size_t column;

    assert_int_equal(weir_summary_new(&(weir_summary_options){0}, &summary, NULL), WEIR_OK);
    assert_int_equal(weir_batch_new(count, &batch, NULL), WEIR_OK);
    assert_int_equal(weir_batch_add_column(batch, "k", 1, WEIR_T, &column, NULL), WEIR_OK);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(weir_batch_row_begin(batch, NULL), WEIR_OK);
        assert_int_equal(weir_batch_put_text(batch, 0, values[i], strlen(values[i]), NULL),
                         WEIR_OK);
        weir_batch_row_end(batch);
    }
    assert_int_equal(weir_summary_absorb(summary, batch, 1, NULL), WEIR_OK);
    weir_batch_free(batch);
    return summary;
}

static void values_of_categories_are_paired_by_name(void **state)
{
    static const char *const old[] = {"red", "green", "red", "red"};
    static const char *const new[] = {"blue", "green", "red", "green"};
    weir_summary *a = categories(old, 4), *b = categories(new, 4);
    weir_answer answer = compared("global", a, b);
    (void)state;

    assert_int_equal(answer.count, 4); /* k$blue is not in both */
    assert_true(fabs(answered(&answer, "k$green_drift") -
                     sqrt(1 - sqrt(0.25 * 0.5) - sqrt(0.75 * 0.5))) < 1e-12);
    assert_false(isnan(answered(&answer, "k$red_drift")));
    weir_answer_free(&answer);
    weir_summary_free(a);
    weir_summary_free(b);
}

static void bad_questions_are_refused(void **state)
{
    static const char *const some[] = {"red"};
    table t = table_read("iris_uci");
    weir_summary *iris = table_summary(&t, 0, 20), *k = categories(some, 1), *empty = NULL;
    const weir_drift_metric *metric = weir_drift_find("marginal_non_stat");
    const weir_setting bins = {"drift_bins", "1"};
    weir_answer answer = {0};
    weir_error err = {0};
    (void)state;

    assert_null(weir_drift_find("marginal"));
    assert_int_equal(weir_drift(metric, iris, k, NULL, 0, &answer, &err), WEIR_INVALID);
    assert_non_null(strstr(err.message, "in common"));
    assert_int_equal(weir_summary_new(&(weir_summary_options){0}, &empty, NULL), WEIR_OK);
    weir_batch *batch = table_batch(&t, 0, 20, 1, 0);
    assert_int_equal(weir_summary_absorb(empty, batch, 1, NULL), WEIR_OK);
    assert_int_equal(weir_summary_absorb(empty, batch, -1, NULL), WEIR_OK);
    assert_int_equal(weir_drift(metric, iris, empty, NULL, 0, &answer, &err), WEIR_INVALID);
    assert_non_null(strstr(err.message, "no rows"));
    assert_int_equal(weir_drift(metric, empty, iris, NULL, 0, &answer, &err), WEIR_INVALID);
    assert_int_equal(weir_drift(metric, iris, iris, &bins, 1, &answer, &err), WEIR_INVALID);
    assert_non_null(strstr(err.message, "drift_bins"));
    weir_answer_free(&answer);
    weir_batch_free(batch);
    weir_summary_free(iris);
    weir_summary_free(k);
    weir_summary_free(empty);
    table_free(&t);
}

/* Every allocation fails once; what is freed after a failure is seen by the address sanitizer. */
static void no_memory_is_an_error(void **state)
{
    table t = table_read("iris_uci");
    weir_summary *a = table_summary(&t, 0, 70), *b = table_summary(&t, 70, 150);
    (void)state;

    for (size_t i = 0; weir_drift_metrics[i]; i++) {
        weir_code code = WEIR_NO_MEMORY;
        size_t nth = 0;

        for (; code == WEIR_NO_MEMORY; nth++) {
            weir_answer answer = {0};
            weir_error err = {0};

            failing_begin(nth);
            code = weir_drift(weir_drift_metrics[i], a, b, NULL, 0, &answer, &err);
            failing_end();
            weir_answer_free(&answer);
            if (code && code != WEIR_NO_MEMORY)
                fail_msg("%s, allocation %zu: %s", weir_drift_metrics[i]->id, nth, err.message);
        }
        assert_int_equal(code, WEIR_OK);
        assert_true(nth > 5);
    }
    weir_summary_free(a);
    weir_summary_free(b);
    table_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_equal_other_programs),
        cmocka_unit_test(scores_behave_as_distances),
        cmocka_unit_test(parts_of_a_reconstruction_add_up),
        cmocka_unit_test(grids_of_different_width_meet),
        cmocka_unit_test(values_of_categories_are_paired_by_name),
        cmocka_unit_test(bad_questions_are_refused),
        cmocka_unit_test(no_memory_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
