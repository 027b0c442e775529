/* Statistics and densities against numpy and scipy (tests/reference/explore.py) and against published numbers.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "explore/question_for_test.h"
#include "testing/table.h"
#include "weir/memory.h"

enum { KEYS = 32 };

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
    weir_answer answer =
        ask(summary, "uni", column, "-", unbiased ? "sml_explore_unbiased=true" : "-");
    check_answer(file, &answer, keys, column);
    weir_answer_free(&answer);
    weir_summary_free(summary);
    table_free(&t);
}

static void check_bi(FILE *file)
{
    char name[32], x[64], y[64], both[130];
    size_t keys;

    assert_int_equal(fscanf(file, "%31s %63s %63s %zu", name, x, y, &keys), 4);
    table t = table_read(name);
    weir_summary *summary = table_summary(&t, 0, t.rows);
    const bool binary =
        weir_schema_at(weir_summary_schema(summary), table_id(summary, y))->type == WEIR_B;
    snprintf(both, sizeof both, "%s,%s", x, y);
    weir_answer answer =
        ask(summary, "bi", both, "-", binary ? "need_bi_conditional_ci95=true" : "-");
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
    const char *metric, *inputs, *targets, *settings, *key;
    double want, within; /* of 1, or of the number when it is greater */
} published[] = {
    {"uni", "sepal_length", "-", "-", "mean", 5.843333333333334, 1e-15},
    {"uni", "sepal_length", "-", "-", "variance", 0.6811222222222223, 1e-15},
    /* The square root of the printed variance is ...1409; the last digits printed are rounding. */
    {"uni", "sepal_length", "-", "-", "stddev", 0.8253012917851398, 2e-15},
    {"uni", "sepal_length", "-", "-", "stderr", 0.06738556829778, 1e-14},
    {"uni", "sepal_length", "-", "-", "meanMarginErrorC95", 0.13315477094, 1e-11},
    {"uni", "sepal_length", "-", "-", "skewness", 0.3180865144341, 1e-13},
    {"uni", "sepal_length", "-", "sml_explore_unbiased=true", "skewness", 0.3149109566, 1e-10},
    {"uni", "sepal_length", "-", "-", "kurtosis", -0.5520640413, 1e-10},
    {"uni", "sepal_width", "-", "-", "variance", 0.1868, 5e-5},
    {"uni", "sepal_width", "-", "-", "skewness", 0.3374, 5e-5},
    {"uni", "petal_length", "-", "-", "variance", 3.0924, 5e-5},
    {"uni", "petal_length", "-", "-", "skewness", -0.2772, 5e-5},
    {"uni", "petal_width", "-", "-", "variance", 0.5785, 5e-5},
    {"uni", "petal_width", "-", "-", "skewness", -0.1061, 5e-5},
    {"uni", "Iris_versicolor", "-", "-", "variance", 0.2222, 5e-5},
    {"uni", "Iris_versicolor", "-", "-", "skewness", 0.7215, 5e-5},
    {"bi", "sepal_length,petal_width", "-", "-", "covar", 0.5134577778, 1e-10},
    {"bi", "sepal_length,petal_width", "-", "-", "linCorr", 0.8179536334, 1e-10},
    {"bi", "sepal_length,petal_width", "-", "need_bi_conditional=true", "condCount", 179.8, 1e-13},
    {"bi", "sepal_length,petal_width", "-", "need_bi_conditional=true", "condMean", 6.2716907675,
     1e-10},
    {"bi", "sepal_length,petal_width", "-", "need_bi_conditional=true", "condVariance",
     30.9294038154, 1e-10},
    {"bi", "sepal_length,sepal_width", "-", "-", "linCorr", -0.1094, 5e-5},
    {"bi", "sepal_length,petal_length", "-", "-", "linCorr", 0.8718, 5e-5},
    {"bi", "sepal_length,Iris_setosa", "-", "-", "linCorr", -0.7174, 5e-5},
    {"bi", "sepal_length,Iris_versicolor", "-", "-", "linCorr", 0.0794, 5e-5},
    {"bi", "sepal_length,Iris_virginica", "-", "-", "linCorr", 0.6380, 5e-5},
    {"bi", "sepal_length,petal_width", "-", "-", "condMean", NAN, 0}, /* not asked for */
    {"ztest", "sepal_length,petal_width", "-", "-", "z", 50.68443204, 5e-9 / 50},
    {"ztest", "sepal_length,petal_width", "-", "sml_explore_unbiased=true", "z", 50.51520141,
     5e-9 / 50},
    {"ztest", "sepal_length,petal_width", "-", "-", "zCi95Down", 4.4651, 5e-5 / 4},
    {"ztest", "sepal_length,petal_width", "-", "-", "zCi95Up", 4.8243, 5e-5 / 4},
    {"ttest", "sepal_length,petal_width", "-", "-", "t", 50.51520141387, 5e-12 / 50},
    {"ttest", "sepal_length,petal_width", "-", "-", "tdf", 298, 0},
    {"ttest", "sepal_length,petal_width", "-", "-", "tdfu", 296.03637571, 5e-9 / 296},
    {"anova", "sepal_length,sepal_width,petal_length,petal_width", "-", "-", "SSb", 1657.1835,
     5e-5 / 1657},
    {"anova", "sepal_length,sepal_width,petal_length,petal_width", "-", "-", "SSw", 680.8244,
     5e-5 / 680},
    {"anova", "sepal_length,sepal_width,petal_length,petal_width", "-", "-", "Dfb", 3, 0},
    {"anova", "sepal_length,sepal_width,petal_length,petal_width", "-", "-", "Dfw", 596, 0},
    {"anova", "sepal_length,sepal_width,petal_length,petal_width", "-", "-", "Dfgamma", 599, 0},
    {"anova", "sepal_length,sepal_width,petal_length,petal_width", "-", "-", "MSb", 552.3945,
     5e-5 / 552},
    {"anova", "sepal_length,sepal_width,petal_length,petal_width", "-", "-", "MSw", 1.1423, 5e-5},
    {"anova", "sepal_length,sepal_width,petal_length,petal_width", "-", "-", "F", 483.5713,
     5e-5 / 483},
    {"anova", "sepal_length", "Iris_setosa,Iris_versicolor,Iris_virginica", "-", "SSb",
     63.2121333333, 5e-11 / 63},
    {"anova", "sepal_length", "Iris_setosa,Iris_versicolor,Iris_virginica", "-", "SSw", 38.9562,
     5e-5 / 38},
    {"anova", "sepal_length", "Iris_setosa,Iris_versicolor,Iris_virginica", "-", "F",
     119.2645021845, 5e-11 / 119},
    {"chi2", "sepal_lengt_b1,sepal_lengt_b2", "Iris_setosa,Iris_versicolor,Iris_virginica", "-",
     "obs$sepal_lengt_b1:Iris_setosa", 50, 0},
    {"chi2", "sepal_lengt_b1,sepal_lengt_b2", "Iris_setosa,Iris_versicolor,Iris_virginica", "-",
     "obs$sepal_lengt_b1:Iris_versicolor", 26, 0},
    {"chi2", "sepal_lengt_b1,sepal_lengt_b2", "Iris_setosa,Iris_versicolor,Iris_virginica", "-",
     "obs$sepal_lengt_b1:Iris_virginica", 7, 0},
    {"chi2", "sepal_lengt_b1,sepal_lengt_b2", "Iris_setosa,Iris_versicolor,Iris_virginica", "-",
     "obs$sepal_lengt_b2:Iris_setosa", 0, 0},
    {"chi2", "sepal_lengt_b1,sepal_lengt_b2", "Iris_setosa,Iris_versicolor,Iris_virginica", "-",
     "obs$sepal_lengt_b2:Iris_versicolor", 24, 0},
    {"chi2", "sepal_lengt_b1,sepal_lengt_b2", "Iris_setosa,Iris_versicolor,Iris_virginica", "-",
     "obs$sepal_lengt_b2:Iris_virginica", 43, 0},
    {"chi2", "sepal_lengt_b1,sepal_lengt_b2", "Iris_setosa,Iris_versicolor,Iris_virginica", "-",
     "chiStat", 75.1483546125, 5e-11 / 75},
    {"chi2", "sepal_lengt_b1,sepal_lengt_b2", "Iris_setosa,Iris_versicolor,Iris_virginica", "-",
     "df", 2, 0},
    {"chi2", "sepal_lengt_b1,sepal_lengt_b2", "Iris_setosa,Iris_versicolor,Iris_virginica", "-",
     "coef", 0.5951913482, 5e-11},
    {"gain", "petal_width_b1", "Iris_setosa", "-", "gain", 0.9182958341, 5e-11},
    {"gain", "petal_width_b2", "Iris_setosa", "-", "gain", 0.9182958341, 5e-11},
    {"gain", "petal_length_b1", "Iris_setosa", "-", "gain", 0.6414396987, 5e-11},
    {"gain", "petal_length_b2", "Iris_setosa", "-", "gain", 0.6414396987, 5e-11},
    {"gain", "sepal_lengt_b1", "Iris_setosa", "-", "gain", 0.3818261182, 5e-11},
    {"gain", "sepal_lengt_b2", "Iris_setosa", "-", "gain", 0.3818261182, 5e-11},
    {"gain", "Iris_versicolor", "Iris_setosa", "-", "gain", 0.2516291674, 5e-11},
    {"gain", "Iris_virginica", "Iris_setosa", "-", "gain", 0.2516291674, 5e-11},
    {"gain", "sepal_width_b1", "Iris_setosa", "-", "gain", 0.2154283232, 5e-11},
    {"gain", "sepal_width_b2", "Iris_setosa", "-", "gain", 0.2154283232, 5e-11},
};

/* A p-value of which five digits are printed. */
static const struct {
    const char *metric, *inputs, *targets, *key;
    double want;
} published_tails[] = {
    {"anova", "sepal_length", "Iris_setosa,Iris_versicolor,Iris_virginica", "P", 1.6697e-31},
    {"chi2", "sepal_lengt_b1,sepal_lengt_b2", "Iris_setosa,Iris_versicolor,Iris_virginica", "pval",
     4.8055e-17},
};

static void answers_equal_published_numbers(void **state)
{
    table t = table_read("iris_uci");
    weir_summary *summary = table_summary(&t, 0, t.rows);
    (void)state;

    for (size_t i = 0; i < sizeof published / sizeof *published; i++) {
        weir_answer answer = ask(summary, published[i].metric, published[i].inputs,
                                 published[i].targets, published[i].settings);
        double got = answered(&answer, published[i].key);
        if (!is_near(got, published[i].want, published[i].within))
            fail_msg("%s %s %s: %.17g, not %.17g", published[i].metric, published[i].inputs,
                     published[i].key, got, published[i].want);
        weir_answer_free(&answer);
    }
    for (size_t i = 0; i < sizeof published_tails / sizeof *published_tails; i++) {
        weir_answer answer = ask(summary, published_tails[i].metric, published_tails[i].inputs,
                                 published_tails[i].targets, "-");
        double got = answered(&answer, published_tails[i].key);
        assert_true(fabs(got / published_tails[i].want - 1) <= 5e-5);
        weir_answer_free(&answer);
    }
    weir_summary_free(summary);
    table_free(&t);
}

/* Five dice, each thrown 1,000 times: categories compared with each other. */
static void dice_equal_published_numbers(void **state)
{
    static const int faces[5][6] = {{182, 161, 156, 174, 178, 149},
                                    {145, 162, 180, 194, 141, 178},
                                    {175, 179, 149, 168, 174, 155},
                                    {158, 155, 179, 196, 166, 146},
                                    {169, 172, 164, 177, 156, 162}};
    weir_summary *summary = NULL;
    int seen[5][6] = {0};
    (void)state;

    assert_int_equal(weir_summary_new(&(weir_summary_options){0}, &summary, NULL), WEIR_OK);
    for (int from = 0; from < 1000; from += 250) {
        weir_batch *batch = NULL;
        size_t column;
        assert_int_equal(weir_batch_new(250, &batch, NULL), WEIR_OK);
        for (int die = 0; die < 5; die++) {
            const char name[] = {'d', (char)('1' + die), 0};
            assert_int_equal(weir_batch_add_column(batch, name, 2, WEIR_T, &column, NULL), WEIR_OK);
        }
        for (int row = 0; row < 250; row++) {
            assert_int_equal(weir_batch_row_begin(batch, NULL), WEIR_OK);
            for (int die = 0; die < 5; die++) {
                int face = (row + die) % 6;
                while (seen[die][face] == faces[die][face])
                    face = (face + 1) % 6;
                seen[die][face]++;
                const char value[] = {(char)('1' + face), 0};
                assert_int_equal(weir_batch_put_text(batch, (size_t)die, value, 1, NULL), WEIR_OK);
            }
            weir_batch_row_end(batch);
        }
        assert_int_equal(weir_summary_absorb(summary, batch, 1, NULL), WEIR_OK);
        weir_batch_free(batch);
    }
    weir_answer answer = ask(summary, "chi2", "d1,d2,d3,d4,d5", "-", "-");
    assert_int_equal(answer.count, 34);
    assert_true(answered(&answer, "obs$d1:4") == 174 && answered(&answer, "obs$d5:1") == 169);
    assert_true(is_near(answered(&answer, "chiStat"), 24.9147719499, 5e-11 / 24));
    assert_true(answered(&answer, "df") == 20);
    /* Printed is 0.2047111865; scipy has 0.20471118597 for the printed statistic too. */
    assert_true(is_near(answered(&answer, "pval"), 0.20471118597209406, 1e-14));
    assert_true(is_near(answered(&answer, "coef"), 0.0333799712, 5e-11));
    weir_answer_free(&answer);
    weir_summary_free(summary);
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
    weir_answer answer = ask(summary, "uni", "cauchy", "-", "-");
    (void)state;

    assert_true(answered(&answer, "count") == 1 && answered(&answer, "variance") == 0);
    for (size_t i = 0; i < sizeof gone / sizeof *gone; i++)
        assert_true(isnan(answered(&answer, gone[i])));
    weir_answer_free(&answer);

    weir_batch *batch = table_batch(&t, 0, 1, 1, 0); /* forgotten again: nothing is there */
    assert_int_equal(weir_summary_absorb(summary, batch, -1, NULL), WEIR_OK);
    answer = ask(summary, "uni", "cauchy", "-", "-");
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

/* --- the form of a question */

static const struct {
    const char *metric, *inputs, *targets, *settings;
    const char *words[3]; /* all of which the refusal holds; none: it is answered */
} asked_forms[] = {
    {"uni", "-", "-", "-", {"uni", "0 inputs", "1 continuous/binary"}},
    {"uni", "x,y,p", "q", "-", {0}},
    {"uni", "colour", "-", "-", {"uni", "colour", "is a category"}},
    {"uni", "word", "-", "-", {"uni", "word", "is a string"}},
    {"bi", "x", "-", "-", {"bi", "1 input", "too few"}},
    {"bi", "x,q,y", "-", "-", {0}},
    {"ttest", "x,y", "-", "-", {0}},
    {"ttest", "x,p", "-", "-", {0}},
    {"ttest", "x,p,q", "-", "-", {0}},
    {"ttest", "x,y,p", "-", "-", {"ttest", "input 3, \"p\"", "2 continuous"}},
    {"ttest", "p,q", "-", "-", {"ttest", "input 1, \"p\", is binary", "1 continuous + 1 binary"}},
    {"ttest", "x,y", "p", "-", {"ttest", "target 1, \"p\"", "takes"}},
    {"ttest", "x,colour", "-", "-", {"ttest", "colour", "category"}},
    {"ztestp", "p,q", "-", "-", {0}},
    {"ztestp", "p,x", "-", "-", {"ztestp", "\"x\", is continuous", "2 binary"}},
    {"ztestmu", "x", "-", "-", {"ztestmu", "sml_explore_ztest_known_mu", "extraParameters"}},
    {"ztestmu", "x", "-", "sml_explore_ztest_known_mu=", {"sml_explore_ztest_known_mu"}},
    {"ztestmu", "x", "-", "sml_explore_ztest_known_mu=1,sml_explore_ztest_known_mu=nan", {"nan"}},
    {"ztestmu", "x", "-", "sml_explore_ztest_known_mu=-1e3", {0}},
    {"ttestmu", "x,y", "-", "sml_explore_ttest_known_mu=0", {"input 2, \"y\""}},
    {"ftestmu", "x", "-", "sml_explore_ftest_known_sigma=0", {"sml_explore_ftest_known_sigma"}},
    {"ftestsima", "x", "-", "sml_explore_ftest_known_sigma=2", {0}},
    {"anova", "x", "-", "-", {"anova", "0 targets", "2 or more continuous"}},
    {"anova", "x", "p,colour,q", "-", {0}},
    {"anova", "x,y", "p", "-", {"anova", "\"p\"", "targets 1 or more binary/category"}},
    {"chi2", "p", "-", "-", {"chi2", "0 targets", "too few"}},
    {"chi2", "colour", "-", "-", {"chi2", "too few"}},
    {"chi2", "p,colour", "q", "-", {0}},
    {"chi2", "colour,size", "-", "-", {0}},
    {"chi2", "p", "x", "-", {"chi2", "target 1, \"x\"", "continuous"}},
    {"gain", "p", "colour", "-", {0}},
    {"gain", "p", "q,p", "-", {"gain", "target 2, \"p\""}},
    {"gain", "x", "q", "-", {"sml_explore_gain_bins"}},
    {"gain", "x", "q", "sml_explore_gain_bins=1", {"sml_explore_gain_bins"}},
    {"gain", "x", "q", "sml_explore_gain_bins=4", {0}},
};

static weir_summary *few_rows(void)
{
    const weir_summary_options options = {.histograms = true, .conditional = true};
    static const struct {
        const char *name;
        weir_type type;
    } columns[] = {{"x", WEIR_C},    {"y", WEIR_C},      {"p", WEIR_B},   {"q", WEIR_B},
                   {"word", WEIR_S}, {"colour", WEIR_T}, {"size", WEIR_T}};
    weir_summary *summary = NULL;
    weir_batch *batch = NULL;
    size_t column;

    assert_int_equal(weir_summary_new(&options, &summary, NULL), WEIR_OK);
    assert_int_equal(weir_batch_new(12, &batch, NULL), WEIR_OK);
    for (size_t c = 0; c < 7; c++)
        assert_int_equal(weir_batch_add_column(batch, columns[c].name, strlen(columns[c].name),
                                               columns[c].type, &column, NULL),
                         WEIR_OK);
    for (int row = 0; row < 12; row++) {
        assert_int_equal(weir_batch_row_begin(batch, NULL), WEIR_OK);
        weir_batch_put_number(batch, 0, row * row, NULL);
        weir_batch_put_number(batch, 1, row % 5, NULL);
        weir_batch_put_number(batch, 2, row % 2, NULL);
        weir_batch_put_number(batch, 3, row < 6, NULL);
        weir_batch_put_text(batch, 4, "word", 4, NULL);
        weir_batch_put_text(batch, 5, row % 3 ? "red" : "blue", row % 3 ? 3 : 4, NULL);
        weir_batch_put_text(batch, 6, row < 4 ? "red" : "tall", row < 4 ? 3 : 4, NULL);
        weir_batch_row_end(batch);
    }
    assert_int_equal(weir_summary_absorb(summary, batch, 1, NULL), WEIR_OK);
    weir_batch_free(batch);
    return summary;
}

static void questions_of_other_forms_are_refused(void **state)
{
    weir_summary *summary = few_rows();
    (void)state;

    for (size_t i = 0; i < sizeof asked_forms / sizeof *asked_forms; i++) {
        asking a = {0};
        weir_answer answer = {0};
        weir_error err = {0};
        const char *const *words = asked_forms[i].words;

        ask_make(&a, weir_summary_schema(summary), asked_forms[i].inputs, asked_forms[i].targets,
                 asked_forms[i].settings);
        weir_code code = weir_metric_ask(weir_metric_find(asked_forms[i].metric), summary,
                                         &a.question, &answer, &err);
        if (code != (words[0] ? WEIR_INVALID : WEIR_OK))
            fail_msg("%s %s %s: %s", asked_forms[i].metric, asked_forms[i].inputs,
                     asked_forms[i].targets, code ? err.message : "answered");
        assert_true(words[0] || answer.count > 0);
        for (size_t w = 0; w < 3 && words[w]; w++)
            if (!strstr(err.message, words[w]))
                fail_msg("\"%s\" is not in \"%s\"", words[w], err.message);
        weir_answer_free(&answer);
    }
    weir_summary_free(summary);
}

/* A continuous attribute is cut into bins: the gain is that of the bin as a category. x is 0, 1, 4 ... 121, and q is 1
 * up to 25: of four bins of 30.25 the first has six of both and none of the others, since 36 lies in the second. */
static void bins_of_a_continuous_attribute_gain(void **state)
{
    weir_summary *summary = few_rows();
    weir_answer answer = ask(summary, "gain", "x", "q", "sml_explore_gain_bins=4");
    (void)state;

    assert_true(is_near(answered(&answer, "gain"), 1, 1e-14));
    weir_answer_free(&answer);
    answer = ask(summary, "gain", "y", "q", "sml_explore_gain_bins=5"); /* y: 0 to 4, cut apart */
    /* 6 of 12 have q. By y the rows and those with q: 3 2, 3 1, 2 1, 2 1, 2 1. */
    const double third = -(log2(1 / 3.0) / 3 + log2(2 / 3.0) * 2 / 3);
    assert_true(is_near(answered(&answer, "gain"), 1 - (6 * third + 6) / 12, 1e-14));
    weir_answer_free(&answer);
    weir_summary_free(summary);
}

static bool is_described(const weir_metric *metric, const char *key)
{
    for (const weir_metric_key *k = metric->keys; k->key; k++) {
        const size_t length = strlen(k->key);
        if (strcmp(k->key, key) == 0 ||
            (k->key[length - 1] == '$' && strncmp(k->key, key, length) == 0))
            return true;
    }
    return false;
}

/* Every key that is answered is described, and every metric says enough for a form. */
static void metrics_describe_themselves(void **state)
{
    weir_summary *summary = few_rows();
    (void)state;

    for (size_t i = 0; i < sizeof asked_forms / sizeof *asked_forms; i++) {
        if (asked_forms[i].words[0])
            continue;
        weir_answer answer = ask(summary, asked_forms[i].metric, asked_forms[i].inputs,
                                 asked_forms[i].targets, asked_forms[i].settings);
        for (size_t k = 0; k < answer.count; k++)
            if (!is_described(weir_metric_find(asked_forms[i].metric), answer.items[k].key))
                fail_msg("%s: %s", asked_forms[i].metric, answer.items[k].key);
        weir_answer_free(&answer);
    }
    for (size_t m = 0; weir_metrics[m]; m++) {
        const weir_metric *metric = weir_metrics[m];
        assert_true(*metric->title && *metric->help && metric->shapes[0].title);
        for (const weir_shape *shape = metric->shapes; shape->title; shape++)
            assert_true(shape->inputs[0].types && *shape->inputs[0].label);
        for (const weir_option *option = metric->options; option->name; option++)
            assert_true(*option->help && option->offset < metric->options_size);
    }
    weir_summary_free(summary);
}

/* --- want of memory */

static size_t allocations_left;

static void *scarce(size_t size)
{
    return allocations_left-- > 0 ? malloc(size) : (allocations_left = 0, NULL);
}

static void *scarce_again(void *block, size_t size)
{
    return allocations_left-- > 0 ? realloc(block, size) : (allocations_left = 0, NULL);
}

/* Every question again and again, with the first, the second ... allocation failing, until it is answered. */
static void scarce_memory_is_an_error(void **state)
{
    static const weir_memory_hook hook = {scarce, scarce_again, free};
    weir_summary *summary = few_rows();
    (void)state;

    for (size_t i = 0; i < sizeof asked_forms / sizeof *asked_forms; i++) {
        weir_code code = WEIR_NO_MEMORY;
        asking a = {0};

        ask_make(&a, weir_summary_schema(summary), asked_forms[i].inputs, asked_forms[i].targets,
                 asked_forms[i].settings);
        for (size_t allowed = 0; code == WEIR_NO_MEMORY && allowed < 200; allowed++) {
            weir_answer answer = {0};
            allocations_left = allowed;
            weir_memory_use(&hook);
            code = weir_metric_ask(weir_metric_find(asked_forms[i].metric), summary, &a.question,
                                   &answer, NULL);
            weir_answer_free(&answer);
            weir_memory_use(NULL);
        }
        assert_int_equal(code, asked_forms[i].words[0] ? WEIR_INVALID : WEIR_OK);
    }
    weir_summary_free(summary);
}

/* Beyond 4,096 distinct values quantiles come from bins or the sketch, within half a percent. */
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
    weir_answer answer = ask(summary, "uni", "x", "-", "-");
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
        cmocka_unit_test(dice_equal_published_numbers),
        cmocka_unit_test(densities_equal_published_counts),
        cmocka_unit_test(undefined_results_are_left_out),
        cmocka_unit_test(bad_questions_are_refused),
        cmocka_unit_test(questions_of_other_forms_are_refused),
        cmocka_unit_test(bins_of_a_continuous_attribute_gain),
        cmocka_unit_test(metrics_describe_themselves),
        cmocka_unit_test(scarce_memory_is_an_error),
        cmocka_unit_test(quantiles_of_many_values_are_near),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
