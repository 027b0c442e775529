/* Statistics and densities against numpy and scipy (tests/reference/explore.py) and against published numbers.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing/table.h"
#include "weir/explore.h"

enum { KEYS = 32 };

/* What was answered under a key; NaN when it was left out. */
static double answered(const weir_answer *answer, const char *key)
{
    for (size_t i = 0; i < answer->count; i++)
        if (strcmp(answer->items[i].key, key) == 0)
            return answer->items[i].value;
    return NAN;
}

static weir_answer ask(const weir_summary *summary, const char *metric, const size_t *ids,
                       size_t count, const weir_setting *settings, size_t setting_count)
{
    const weir_question question = {
        .inputs = ids, .input_count = count, .settings = settings, .setting_count = setting_count};
    weir_answer answer = {0};
    weir_error err = {0};

    if (weir_metric_find(metric)->answer(summary, &question, &answer, &err))
        fail_msg("%s", err.message);
    return answer;
}

static bool is_near(double got, double want, double within)
{
    return isnan(want) ? isnan(got) : fabs(got - want) <= within * fmax(1, fabs(want));
}

/* --- the reference file */

/* Reads the keys of a case, then their numbers, and compares. */
static void check_answer(FILE *file, const weir_answer *answer, size_t keys, const char *what)
{
    char names[KEYS][32];

    assert_in_range(keys, 1, KEYS);
    for (size_t i = 0; i < keys; i++)
        assert_int_equal(fscanf(file, "%31s", names[i]), 1);
    assert_int_equal(fgetc(file), '\n');
    for (size_t i = 0; i < keys; i++) {
        double want = table_expected(file), got = answered(answer, names[i]);
        if (!is_near(got, want, 1e-11))
            fail_msg("%s %s: %.17g, not %.17g", what, names[i], got, want);
    }
}

static void check_uni(FILE *file)
{
    char name[32], column[64];
    int unbiased;
    size_t keys;

    assert_int_equal(fscanf(file, "%31s %63s %d %zu", name, column, &unbiased, &keys), 4);
    table t = table_read(name);
    weir_summary *summary = table_summary(&t, 0, t.rows);
    const weir_setting setting = {"sml_explore_unbiased", unbiased ? "true" : "false"};
    size_t id = table_id(summary, column);
    weir_answer answer = ask(summary, "uni", &id, 1, &setting, 1);
    check_answer(file, &answer, keys, column);
    weir_answer_free(&answer);
    weir_summary_free(summary);
    table_free(&t);
}

static void check_bi(FILE *file)
{
    char name[32], x[64], y[64];
    size_t keys;

    assert_int_equal(fscanf(file, "%31s %63s %63s %zu", name, x, y, &keys), 4);
    table t = table_read(name);
    weir_summary *summary = table_summary(&t, 0, t.rows);
    const size_t ids[] = {table_id(summary, x), table_id(summary, y)};
    bool binary = weir_schema_at(weir_summary_schema(summary), ids[1])->type == WEIR_B;
    const weir_setting setting = {"need_bi_conditional_ci95", binary ? "true" : "false"};
    weir_answer answer = ask(summary, "bi", ids, 2, &setting, 1);
    check_answer(file, &answer, keys, x);
    weir_answer_free(&answer);
    weir_summary_free(summary);
    table_free(&t);
}

static void check_density(FILE *file)
{
    char name[32], column[64];
    size_t bins;
    double least, greatest;

    assert_int_equal(fscanf(file, "%31s %63s %zu %la %la", name, column, &bins, &least, &greatest),
                     5);
    table t = table_read(name);
    weir_summary *summary = table_summary(&t, 0, t.rows);
    weir_density density;
    assert_int_equal(weir_density_estimate(summary, table_id(summary, column), bins, least,
                                           greatest, &density, NULL),
                     WEIR_OK);
    assert_string_equal(density.error, "");
    assert_int_equal(density.bins, bins);
    assert_true(is_near(density.width, (greatest - least) / (double)bins, 1e-15));
    for (size_t i = 0; i < bins; i++) {
        double want = table_expected(file);
        if (density.counts[i] != want)
            fail_msg("%s bin %zu: %g rows, not %g", column, i, density.counts[i], want);
    }
    weir_density_free(&density);
    weir_summary_free(summary);
    table_free(&t);
}

static void answers_equal_numpy_and_scipy(void **state)
{
    FILE *file = fopen(WEIR_SOURCE_DIR "/tests/reference/explore.txt", "r");
    char word[16];
    size_t cases = 0;
    (void)state;

    assert_non_null(file);
    for (; fscanf(file, "%15s", word) == 1; cases++) {
        if (strcmp(word, "uni") == 0)
            check_uni(file);
        else if (strcmp(word, "bi") == 0)
            check_bi(file);
        else
            check_density(file);
    }
    fclose(file);
    assert_int_equal(cases, 32);
}

/* --- published numbers on the Iris rows of UCI, with the digits that were printed */

static const struct {
    const char *metric, *x, *y, *setting, *key;
    double want, within;
} published[] = {
    {"uni", "sepal_length", NULL, NULL, "mean", 5.843333333333334, 1e-15},
    {"uni", "sepal_length", NULL, NULL, "variance", 0.6811222222222223, 1e-15},
    /* The square root of the printed variance is ...1409; the last digits printed are rounding. */
    {"uni", "sepal_length", NULL, NULL, "stddev", 0.8253012917851398, 2e-15},
    {"uni", "sepal_length", NULL, NULL, "stderr", 0.06738556829778, 1e-14},
    {"uni", "sepal_length", NULL, NULL, "meanMarginErrorC95", 0.13315477094, 1e-11},
    {"uni", "sepal_length", NULL, NULL, "skewness", 0.3180865144341, 1e-13},
    {"uni", "sepal_length", NULL, "sml_explore_unbiased", "skewness", 0.3149109566, 1e-10},
    {"uni", "sepal_length", NULL, NULL, "kurtosis", -0.5520640413, 1e-10},
    {"uni", "sepal_width", NULL, NULL, "variance", 0.1868, 5e-5},
    {"uni", "sepal_width", NULL, NULL, "skewness", 0.3374, 5e-5},
    {"uni", "petal_length", NULL, NULL, "variance", 3.0924, 5e-5},
    {"uni", "petal_length", NULL, NULL, "skewness", -0.2772, 5e-5},
    {"uni", "petal_width", NULL, NULL, "variance", 0.5785, 5e-5},
    {"uni", "petal_width", NULL, NULL, "skewness", -0.1061, 5e-5},
    {"uni", "Iris_versicolor", NULL, NULL, "variance", 0.2222, 5e-5},
    {"uni", "Iris_versicolor", NULL, NULL, "skewness", 0.7215, 5e-5},
    {"bi", "sepal_length", "petal_width", NULL, "covar", 0.5134577778, 1e-10},
    {"bi", "sepal_length", "petal_width", NULL, "linCorr", 0.8179536334, 1e-10},
    {"bi", "sepal_length", "petal_width", "need_bi_conditional", "condCount", 179.8, 1e-13},
    {"bi", "sepal_length", "petal_width", "need_bi_conditional", "condMean", 6.2716907675, 1e-10},
    {"bi", "sepal_length", "petal_width", "need_bi_conditional", "condVariance", 30.9294038154,
     1e-10},
    {"bi", "sepal_length", "sepal_width", NULL, "linCorr", -0.1094, 5e-5},
    {"bi", "sepal_length", "petal_length", NULL, "linCorr", 0.8718, 5e-5},
    {"bi", "sepal_length", "Iris_setosa", NULL, "linCorr", -0.7174, 5e-5},
    {"bi", "sepal_length", "Iris_versicolor", NULL, "linCorr", 0.0794, 5e-5},
    {"bi", "sepal_length", "Iris_virginica", NULL, "linCorr", 0.6380, 5e-5},
    {"bi", "sepal_length", "petal_width", NULL, "condMean", NAN, 0}, /* not asked for */
};

static void answers_equal_published_numbers(void **state)
{
    table t = table_read("iris_uci");
    weir_summary *summary = table_summary(&t, 0, t.rows);
    (void)state;

    for (size_t i = 0; i < sizeof published / sizeof *published; i++) {
        size_t ids[2] = {table_id(summary, published[i].x), 0};
        if (published[i].y)
            ids[1] = table_id(summary, published[i].y);
        const weir_setting setting = {published[i].setting ? published[i].setting : "other",
                                      "true"};
        weir_answer answer =
            ask(summary, published[i].metric, ids, published[i].y ? 2 : 1, &setting, 1);
        double got = answered(&answer, published[i].key);
        if (!is_near(got, published[i].want, published[i].within))
            fail_msg("%s %s %s: %.17g, not %.17g", published[i].metric, published[i].x,
                     published[i].key, got, published[i].want);
        weir_answer_free(&answer);
    }
    weir_summary_free(summary);
    table_free(&t);
}

static void densities_equal_published_counts(void **state)
{
    static const double petal_length[] = {4,  33, 11, 2,  0, 0,  1, 2, 3, 5,
                                          12, 14, 12, 17, 6, 12, 7, 4, 2, 3};
    table t = table_read("iris_uci");
    weir_summary *summary = table_summary(&t, 0, t.rows);
    weir_density density;
    (void)state;

    assert_int_equal(weir_density_estimate(summary, table_id(summary, "petal_length"), 20, NAN, NAN,
                                           &density, NULL),
                     WEIR_OK);
    assert_true(density.min == 1 && density.max == 6.9 && fabs(density.width - 0.295) < 1e-15);
    assert_memory_equal(density.counts, petal_length, sizeof petal_length);
    weir_density_free(&density);
    assert_int_equal(weir_density_estimate(summary, table_id(summary, "Iris_setosa"), 2, NAN, NAN,
                                           &density, NULL),
                     WEIR_OK);
    assert_true(density.min == 0 && density.max == 1);
    assert_true(density.counts[0] == 100 && density.counts[1] == 50);
    weir_density_free(&density);
    weir_summary_free(summary);
    table_free(&t);
}

/* --- what is not defined is left out, and what cannot be shown says why */

static void undefined_results_are_left_out(void **state)
{
    static const char *const gone[] = {"stderr", "meanMarginErrorC95", "skewness", "kurtosis"};
    table t = table_read("odd");
    weir_summary *summary = table_summary(&t, 0, 1);
    size_t id = table_id(summary, "cauchy");
    weir_answer answer = ask(summary, "uni", &id, 1, NULL, 0);
    (void)state;

    assert_true(answered(&answer, "count") == 1 && answered(&answer, "variance") == 0);
    for (size_t i = 0; i < sizeof gone / sizeof *gone; i++)
        assert_true(isnan(answered(&answer, gone[i])));
    weir_answer_free(&answer);

    weir_batch *batch = table_batch(&t, 0, 1, 1, 0); /* forgotten again: nothing is there */
    assert_int_equal(weir_summary_absorb(summary, batch, -1, NULL), WEIR_OK);
    answer = ask(summary, "uni", &id, 1, NULL, 0);
    assert_true(answered(&answer, "count") == 0);
    for (size_t i = 0; i < answer.count; i++)
        assert_true(isfinite(answer.items[i].value));
    assert_true(isnan(answered(&answer, "mean")) && isnan(answered(&answer, "median")));
    weir_answer_free(&answer);
    weir_batch_free(batch);
    weir_summary_free(summary);
    table_free(&t);
}

static void bad_questions_are_refused(void **state)
{
    table t = table_read("odd");
    weir_summary *summary = NULL;
    weir_answer answer = {0};
    weir_density density;
    const size_t id = 0;
    const weir_setting bad = {"sml_explore_unbiased", "perhaps"};
    const weir_question question = {
        .inputs = &id, .input_count = 1, .settings = &bad, .setting_count = 1};
    weir_error err;
    (void)state;

    assert_int_equal(weir_summary_new(&(weir_summary_options){0}, &summary, NULL), WEIR_OK);
    table_learn(summary, &t, 0, 100);
    assert_null(weir_metric_find("unit"));
    assert_int_equal(weir_metric_find("uni")->answer(summary, &question, &answer, &err),
                     WEIR_INVALID);
    assert_non_null(strstr(err.message, "perhaps"));
    weir_answer_free(&answer);
    assert_int_equal(weir_density_estimate(summary, 0, 10, NAN, NAN, &density, NULL), WEIR_OK);
    assert_non_null(strstr(density.error, "histogram"));
    assert_null(density.counts);
    assert_int_equal(weir_density_estimate(summary, 999, 10, NAN, NAN, &density, NULL), WEIR_OK);
    assert_string_not_equal(density.error, "");
    weir_summary_free(summary);

    summary = table_summary(&t, 0, 100);
    assert_int_equal(weir_density_estimate(summary, 0, 0, NAN, NAN, &density, &err), WEIR_INVALID);
    assert_int_equal(weir_density_estimate(summary, 0, 65537, NAN, NAN, &density, &err),
                     WEIR_INVALID);
    assert_int_equal(weir_density_estimate(summary, 0, 10, 2, 1, &density, &err), WEIR_INVALID);
    assert_int_equal(weir_density_estimate(summary, 0, 10, -1e308, 1e308, &density, &err),
                     WEIR_INVALID);
    assert_int_equal(weir_density_estimate(summary, 0, 10, 2, 1e308, &density, &err), WEIR_OK);
    assert_true(density.counts[0] == 100); /* the constant 3.25 */
    weir_density_free(&density);
    weir_summary_free(summary);
    table_free(&t);
}

/* Beyond 4,096 distinct values quantiles come from the sketch, within half a percent. */
static void quantiles_of_many_values_are_near(void **state)
{
    weir_summary *summary = NULL;
    weir_batch *batch = NULL;
    size_t column;
    (void)state;

    assert_int_equal(weir_summary_new(&(weir_summary_options){.histograms = true}, &summary, NULL),
                     WEIR_OK);
    for (size_t from = 0; from < 20000; from += 500) { /* the squares of 0 to 19,999 */
        assert_int_equal(weir_batch_new(500, &batch, NULL), WEIR_OK);
        assert_int_equal(weir_batch_add_column(batch, "x", 1, WEIR_C, &column, NULL), WEIR_OK);
        for (size_t i = from; i < from + 500; i++) {
            assert_int_equal(weir_batch_row_begin(batch, NULL), WEIR_OK);
            assert_int_equal(weir_batch_put_number(batch, 0, (double)(i * i), NULL), WEIR_OK);
            weir_batch_row_end(batch);
        }
        assert_int_equal(weir_summary_absorb(summary, batch, 1, NULL), WEIR_OK);
        weir_batch_free(batch);
    }
    size_t id = 0;
    weir_answer answer = ask(summary, "uni", &id, 1, NULL, 0);
    assert_true(is_near(answered(&answer, "median"), 9999.0 * 9999.0, 0.005));
    assert_true(is_near(answered(&answer, "q99"), 19799.0 * 19799.0, 0.005));
    assert_true(answered(&answer, "max") == 19999.0 * 19999.0);
    weir_answer_free(&answer);
    weir_summary_free(summary);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_equal_numpy_and_scipy),
        cmocka_unit_test(answers_equal_published_numbers),
        cmocka_unit_test(densities_equal_published_counts),
        cmocka_unit_test(undefined_results_are_left_out),
        cmocka_unit_test(bad_questions_are_refused),
        cmocka_unit_test(quantiles_of_many_values_are_near),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
