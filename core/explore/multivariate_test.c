/* Inflation factors, components and singular values against numpy, pandas and exact sums
 * (tests/reference/multivariate.py) and against published numbers.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing/failing.h"
#include "testing/table.h"
#include "weir/multivariate.h"

/* Asks about the first count columns of a table. */
static weir_code ask(const weir_summary *summary, const char *id, size_t count,
                     const weir_setting *settings, size_t setting_count, weir_components *out,
                     weir_error *err)
{
    size_t ids[TABLE_COLUMNS];
    const weir_question question = {
        .inputs = ids, .input_count = count, .settings = settings, .setting_count = setting_count};
    const weir_multivariate *asked = weir_multivariate_find(id);

    for (size_t i = 0; i < count; i++)
        ids[i] = i;
    *out = (weir_components){0};
    assert_non_null(asked);
    weir_code code = weir_multivariate_check(asked, weir_summary_schema(summary), &question, err);
    return code ? code : asked->answer(summary, &question, out, err);
}

static weir_components asked(const weir_summary *summary, const char *id, size_t count,
                             const char *setting, const char *value)
{
    weir_components found;
    weir_error err = {0};
    const weir_setting settings = {setting, value};

    if (ask(summary, id, count, &settings, setting ? 1 : 0, &found, &err))
        fail_msg("%s: %s", id, err.message);
    return found;
}

static bool is_near(double got, double want, double within)
{
    return isinf(want) ? got == want : fabs(got - want) <= within * fmax(1, fabs(want));
}

/* --- the reference file */

typedef struct {
    FILE *file;
    char name[32];
    table t;
    weir_summary *summary;
} reference;

static void check_vif(reference *r)
{
    int raw;
    size_t count, at = 0;

    assert_int_equal(fscanf(r->file, "%d %zu\n", &raw, &count), 2);
    weir_components found = asked(r->summary, "vif", count, "sml_vif_raw", raw ? "true" : "false");
    for (size_t i = 0; i < count; i++) {
        double want = table_expected(r->file);
        if (isnan(want)) {
            assert_false(at < found.count && found.attributes[at] == i);
            continue;
        }
        assert_true(at < found.count && found.attributes[at] == i);
        if (!is_near(found.values[at], want, 1e-10))
            fail_msg("vif %s %zu: %.17g, not %.17g", r->name, i, found.values[at], want);
        at++;
    }
    assert_int_equal(at, found.count);
    weir_components_free(&found);
}

static void check_vector(const reference *r, const double *vector, size_t count, size_t k)
{
    double along = 0, length = 0, largest = 0;
    bool unique = true;

    for (size_t i = 0; i < count; i++) {
        double want = table_expected(r->file);
        unique = unique && !isnan(want);
        along += vector[i] * (isnan(want) ? 0 : want);
        length += vector[i] * vector[i];
        if (fabs(vector[i]) > fabs(largest))
            largest = vector[i];
    }
    assert_true(fabs(length - 1) < 1e-12 && largest > 0);
    if (unique && fabs(fabs(along) - 1) > 1e-10)
        fail_msg("pca %s: vector %zu points elsewhere: %.17g", r->name, k, along);
}

static void check_pca(reference *r)
{
    int covariance;
    size_t count;
    double sum = 0, first = 0;

    assert_int_equal(fscanf(r->file, "%d %zu\n", &covariance, &count), 2);
    weir_components found =
        asked(r->summary, "explorepca", count, "pca_covariance", covariance ? "true" : "false");
    assert_int_equal(found.count, count);
    assert_int_equal(found.attribute_count, count);
    for (size_t k = 0; k < count; k++) {
        double want = table_expected(r->file);
        first = k == 0 ? want : first;
        sum += want;
        if (fabs(found.values[k] - want) > 1e-12 * first)
            fail_msg("pca %s %zu: %.17g, not %.17g", r->name, k, found.values[k], want);
    }
    assert_true(is_near(found.total, sum, 1e-12));
    for (size_t k = 0; k < count; k++)
        check_vector(r, found.vectors + k * count, count, k);
    weir_components_free(&found);
}

static void check_values(reference *r, const weir_components *found, const char *what)
{
    for (size_t k = 0; k < found->count; k++) {
        double want = table_expected(r->file);
        if (fabs(found->values[k] - want) > 1e-12 * found->values[0])
            fail_msg("%s %s %zu: %.17g, not %.17g", what, r->name, k, found->values[k], want);
    }
}

static void check_svd(reference *r)
{
    size_t count;

    assert_int_equal(fscanf(r->file, "%zu\n", &count), 1);
    weir_components found = asked(r->summary, "exploresvd", count, NULL, NULL);
    assert_int_equal(found.count, count);
    check_values(r, &found, "svd");
    weir_components_free(&found);
}

static void check_svdfs(reference *r)
{
    size_t count, kept;

    assert_int_equal(fscanf(r->file, "%zu %zu\n", &count, &kept), 2);
    weir_components found = asked(r->summary, "exploresvdfs", count, NULL, NULL);
    assert_int_equal(found.count, kept);
    for (size_t i = 0; i < kept; i++)
        assert_true(table_expected(r->file) == (double)found.attributes[i]);
    check_values(r, &found, "svdfs");
    weir_components_free(&found);
}

static void answers_equal_other_programs(void **state)
{
    static const struct {
        const char *word;
        void (*check)(reference *r);
    } checks[] = {
        {"vif", check_vif}, {"pca", check_pca}, {"svd", check_svd}, {"svdfs", check_svdfs}};
    reference r = {.file = fopen(WEIR_SOURCE_DIR "/tests/reference/multivariate.txt", "r")};
    char word[16];
    size_t cases = 0;
    (void)state;

    assert_non_null(r.file);
    for (; fscanf(r.file, "%15s %31s", word, r.name) == 2; cases++) {
        r.t = table_read(r.name);
        r.summary = table_summary(&r.t, 0, r.t.rows);
        for (size_t i = 0; i < sizeof checks / sizeof *checks; i++)
            if (strcmp(word, checks[i].word) == 0)
                checks[i].check(&r);
        weir_summary_free(r.summary);
        table_free(&r.t);
    }
    fclose(r.file);
    assert_int_equal(cases, 26);
}

/* --- published numbers on the Iris rows of UCI, with the digits that were printed */

static void expect(const weir_components *found, const double *want, size_t count, double digits)
{
    for (size_t i = 0; i < count; i++)
        if (fabs(found->values[i] - want[i]) > digits * fmax(1, fabs(want[i])))
            fail_msg("value %zu: %.12g, not %.12g", i, found->values[i], want[i]);
}

static void answers_equal_published_numbers(void **state)
{
    static const double factors[] = {9.5480484,  3.7017021,  42.2231132, 16.9082631,
                                     5000.95853, 5000.95853, 5000.62007, 5000.62007,
                                     5001.48312, 5001.48312, 5002.97532, 5002.97532};
    static const double singular[] = {5.33513544,  .6184305,   .192320846,  .112068965,
                                      .0723730681, .048442343, .0308366603, .0217548418,
                                      0,           0,          0,           0};
    static const double eigen[] = {9.43012996, 2.97582619, 1.12947663, .65566062, .34345813,
                                   .29114822,  .12071655,  .0376414,   .0159423,  0,
                                   0,          0,          0,          0,         0};
    table t = table_read("iris_uci");
    weir_summary *summary = table_summary(&t, 0, t.rows);
    weir_components found = asked(summary, "vif", 12, NULL, NULL);
    (void)state;

    assert_int_equal(found.count, 12);
    expect(&found, factors, 12, 5e-9);
    weir_components_free(&found);
    found = asked(summary, "exploresvd", 12, NULL, NULL);
    assert_int_equal(found.count, 12);
    expect(&found, singular, 12, 5e-9);
    weir_components_free(&found);
    found = asked(summary, "explorepca", 15, NULL, NULL);
    assert_int_equal(found.count, 15);
    expect(&found, eigen, 15, 5e-9);
    assert_true(found.total == 15);
    weir_components_free(&found);
    weir_summary_free(summary);
    table_free(&t);
}

/* --- what is left out, and what is refused */

static void components_end_where_asked(void **state)
{
    table t = table_read("iris_uci");
    weir_summary *summary = table_summary(&t, 0, t.rows);
    const double sum = 9.43012996 + 2.97582619 + 1.12947663;
    char share[32];
    (void)state;

    snprintf(share, sizeof share, "%.6f", (sum - 0.01) / 15); /* just reached by three */
    weir_components found = asked(summary, "explorepca", 15, "explainedCovariance", share);
    assert_int_equal(found.count, 3);
    weir_components_free(&found);
    snprintf(share, sizeof share, "%.6f", (sum + 0.01) / 15);
    found = asked(summary, "explorepca", 15, "explainedCovariance", share);
    assert_int_equal(found.count, 4);
    weir_components_free(&found);
    found = asked(summary, "explorepca", 15, "pcaNumDimension", "2");
    assert_int_equal(found.count, 2);
    assert_int_equal(found.attribute_count, 15);
    weir_components_free(&found);
    found = asked(summary, "explorepca", 15, "pcaNumDimension", "4000");
    assert_int_equal(found.count, 15);
    weir_components_free(&found);
    weir_summary_free(summary);
    table_free(&t);
}

/* A column that does not vary has no factor and no part in a component. */
static void constants_are_left_out(void **state)
{
    table t = table_read("odd");
    weir_summary *summary = table_summary(&t, 0, 200);
    (void)state;

    assert_true(table_id(summary, "constant") == 0);
    weir_components found = asked(summary, "vif", 3, NULL, NULL);
    assert_true(found.count > 0 && found.attributes[0] != 0);
    for (size_t i = 0; i < found.count; i++)
        assert_true(found.values[i] >= 1);
    weir_components_free(&found);
    found = asked(summary, "explorepca", 6, NULL, NULL);
    assert_true(found.values[5] == 0);
    for (size_t k = 0; k < 5; k++)
        assert_true(found.values[k] > 0 && fabs(found.vectors[k * 6]) < 1e-12);
    assert_true(found.total == 5);
    weir_components_free(&found);
    found = asked(summary, "exploresvdfs", 6, NULL, NULL);
    assert_int_equal(found.count, 5);
    weir_components_free(&found);
    weir_summary_free(summary);
    table_free(&t);
}

static void repeated_attributes_count_once(void **state)
{
    table t = table_read("iris_uci");
    weir_summary *summary = table_summary(&t, 0, t.rows);
    const size_t ids[] = {2, 0, 2, 0, 3};
    const weir_question question = {.inputs = ids, .input_count = 5};
    weir_components found = {0};
    (void)state;

    assert_int_equal(weir_multivariate_find("exploresvd")->answer(summary, &question, &found, NULL),
                     WEIR_OK);
    assert_int_equal(found.count, 3);
    assert_true(found.attributes[0] == 0 && found.attributes[1] == 1 && found.attributes[2] == 4);
    weir_components_free(&found);
    weir_summary_free(summary);
    table_free(&t);
}

static void bad_questions_are_refused(void **state)
{
    static const struct {
        const char *title, *id, *setting, *value, *words;
        size_t columns, rows;
    } cases[] = {
        {"no attributes", "vif", NULL, NULL, "at least one", 0, 50},
        {"no rows", "explorepca", NULL, NULL, "varies", 4, 0},
        {"one row", "exploresvd", NULL, NULL, "varies", 4, 1},
        {"one row, factors", "vif", NULL, NULL, "varies", 4, 1},
        {"one row, selection", "exploresvdfs", NULL, NULL, "varies", 4, 1},
        {"a share above 1", "explorepca", "explainedCovariance", "1.5", "explainedCovariance", 4,
         50},
        {"a share that is no number", "explorepca", "explainedCovariance", "nan", "nan", 4, 50},
        {"no dimension", "explorepca", "pcaNumDimension", "0", "pcaNumDimension", 4, 50},
        {"neither true nor false", "vif", "sml_vif_raw", "perhaps", "perhaps", 4, 50},
    };
    table t = table_read("iris_uci");
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        weir_summary *summary = table_summary(&t, 0, 50);
        const weir_setting setting = {cases[i].setting, cases[i].value};
        weir_components found;
        weir_error err = {0};

        if (cases[i].rows < 50) { /* forgotten again */
            weir_batch *batch = table_batch(&t, cases[i].rows, 50, 1, 0);
            assert_int_equal(weir_summary_absorb(summary, batch, -1, NULL), WEIR_OK);
            weir_batch_free(batch);
        }
        if (ask(summary, cases[i].id, cases[i].columns, &setting, setting.name ? 1 : 0, &found,
                &err) != WEIR_INVALID ||
            !strstr(err.message, cases[i].words))
            fail_msg("%s: \"%s\"", cases[i].title, err.message);
        weir_components_free(&found);
        weir_summary_free(summary);
    }
    table_free(&t);
    assert_null(weir_multivariate_find("explore"));
}

/* Every allocation fails once; what is freed after a failure is seen by the address sanitizer. */
static void no_memory_is_an_error(void **state)
{
    table t = table_read("iris_uci");
    weir_summary *summary = table_summary(&t, 0, 40);
    (void)state;

    for (size_t i = 0; weir_multivariates[i]; i++) {
        weir_code code = WEIR_NO_MEMORY;
        size_t nth = 0;

        for (; code == WEIR_NO_MEMORY; nth++) {
            weir_components found;
            weir_error err = {0};

            failing_begin(nth);
            code = ask(summary, weir_multivariates[i]->id, 6, NULL, 0, &found, &err);
            failing_end();
            weir_components_free(&found);
            if (code && code != WEIR_NO_MEMORY)
                fail_msg("%s, allocation %zu: %s", weir_multivariates[i]->id, nth, err.message);
        }
        assert_int_equal(code, WEIR_OK);
        assert_true(nth > 5);
    }
    weir_summary_free(summary);
    table_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_equal_other_programs),
        cmocka_unit_test(answers_equal_published_numbers),
        cmocka_unit_test(components_end_where_asked),
        cmocka_unit_test(constants_are_left_out),
        cmocka_unit_test(repeated_attributes_count_once),
        cmocka_unit_test(bad_questions_are_refused),
        cmocka_unit_test(no_memory_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
