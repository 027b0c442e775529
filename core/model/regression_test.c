/* Regression against statsmodels and the textbook (tests/reference/mlr.py), and where there is none.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing/table.h"
#include "weir/model.h"

enum { MOST_ROWS = 300, MOST_INPUTS = 12, NUMBERS = 6 };

typedef struct {
    char name[16];
    size_t rows, inputs;
    int intercept, pseudo;
    double within; /* as a share */
    double cells[MOST_ROWS][MOST_INPUTS + 1];
    double whole[7]; /* n, df, rss, r2, adjusted r2, f, p of f */
    double numbers[MOST_INPUTS + 1][NUMBERS];
} fit_case;

static bool read_case(FILE *file, fit_case *c)
{
    if (fscanf(file, "%15s %zu %zu %d %d %lf", c->name, &c->rows, &c->inputs, &c->intercept,
               &c->pseudo, &c->within) != 6)
        return false;
    assert_true(c->rows <= MOST_ROWS && c->inputs <= MOST_INPUTS);
    for (size_t r = 0; r < c->rows; r++)
        for (size_t i = 0; i <= c->inputs; i++)
            assert_int_equal(fscanf(file, "%la", &c->cells[r][i]), 1);
    for (size_t i = 0; i < 7; i++)
        assert_int_equal(fscanf(file, "%la", &c->whole[i]), 1);
    for (size_t i = c->intercept ? 0 : 1; i <= c->inputs; i++)
        for (size_t k = 0; k < NUMBERS; k++)
            assert_int_equal(fscanf(file, "%la", &c->numbers[i][k]), 1);
    return true;
}

/* Columns y, x1, x2 .. of these rows, one after the other. */
static weir_summary *learn(const double *cells, size_t rows, size_t columns, size_t stride)
{
    weir_summary *summary = NULL;
    weir_batch *batch = NULL;
    weir_error err = {0};
    char name[32] = "y";
    size_t column;

    assert_int_equal(weir_summary_new(&(weir_summary_options){0}, &summary, NULL), WEIR_OK);
    assert_int_equal(weir_batch_new(rows, &batch, NULL), WEIR_OK);
    for (size_t c = 0; c < columns; c++) {
        bool binary = true;
        if (c > 0)
            snprintf(name, sizeof name, "x%zu", c);
        for (size_t r = 0; r < rows; r++)
            binary = binary && (cells[r * stride + c] == 0 || cells[r * stride + c] == 1);
        assert_int_equal(weir_batch_add_column(batch, name, strlen(name), binary ? WEIR_B : WEIR_C,
                                               &column, NULL),
                         WEIR_OK);
    }
    for (size_t r = 0; r < rows; r++) {
        assert_int_equal(weir_batch_row_begin(batch, NULL), WEIR_OK);
        for (size_t c = 0; c < columns; c++)
            assert_int_equal(weir_batch_put_number(batch, c, cells[r * stride + c], NULL), WEIR_OK);
        weir_batch_row_end(batch);
    }
    if (weir_summary_absorb(summary, batch, 1, &err))
        fail_msg("%s", err.message);
    weir_batch_free(batch);
    return summary;
}

static weir_code try_fit(const weir_summary *summary, const weir_setting *settings, size_t count,
                         weir_model **model, weir_error *err)
{
    const size_t target = table_id(summary, "y");

    return weir_model_build(weir_algorithm_find("mlr"), summary, NULL, 0, &target, 1, settings,
                            count, 1, model, err);
}

static weir_model *fit(const weir_summary *summary, const weir_setting *settings, size_t count)
{
    weir_model *model = NULL;
    weir_error err = {0};

    if (try_fit(summary, settings, count, &model, &err))
        fail_msg("%s", err.message);
    return model;
}

static weir_report *describe(const weir_model *model)
{
    weir_report *report = NULL;

    assert_int_equal(weir_model_describe(model, &report, NULL), WEIR_OK);
    return report;
}

/* NULL when the report has no such key. */
static const char *text_of(const weir_report *report, const char *key)
{
    for (size_t i = 0; i < weir_report_texts(report); i++) {
        const char *found, *value;
        weir_report_text_at(report, i, &found, &value);
        if (strcmp(found, key) == 0)
            return value;
    }
    return NULL;
}

static double number_of(const weir_report *report, const char *key)
{
    const char *text = text_of(report, key);

    if (!text)
        fail_msg("there is no %s", key);
    return strtod(text, NULL);
}

/* A number of the coefficient in this row of the table; NaN when the cell is empty. */
static double cell(const weir_report *report, size_t row, size_t column)
{
    weir_report_table_view t = weir_report_table_at(report, 0);
    const char *text = t.cells[row * t.column_count + column];

    assert_string_equal(t.name, "coefficients");
    assert_true(row < t.rows);
    return *text ? strtod(text, NULL) : NAN;
}

static void assert_near(const char *name, const char *what, size_t i, double got, double want,
                        double within)
{
    if (!(fabs(got - want) <= within * fabs(want)))
        fail_msg("%s: %s %zu is %.17g, not %.17g", name, what, i, got, want);
}

static void fits_equal_statsmodels(void **state)
{
    static const char *const keys[] = {"n", "df", "rss", "r2", "adjusted_r2", "f", "f_p_value"};
    FILE *file = fopen(WEIR_SOURCE_DIR "/tests/reference/mlr.txt", "r");
    fit_case *c = malloc(sizeof *c);
    size_t cases = 0;
    (void)state;

    assert_non_null(file);
    assert_non_null(c);
    for (; read_case(file, c); cases++) {
        const weir_setting settings[] = {{"intercept", c->intercept ? "1" : "0"},
                                         {"matrix_use_pseudoinv", c->pseudo ? "1" : "0"}};
        weir_summary *summary = learn(c->cells[0], c->rows, c->inputs + 1, MOST_INPUTS + 1);
        weir_model *model = fit(summary, settings, 2);
        weir_report *report = describe(model);

        for (size_t i = 0; i < 7; i++)
            assert_near(c->name, keys[i], 0, number_of(report, keys[i]), c->whole[i], c->within);
        assert_string_equal(text_of(report, "pseudo_inverse"), c->pseudo ? "true" : "false");
        for (size_t i = c->intercept ? 0 : 1; i <= c->inputs; i++)
            for (size_t k = 0; k < NUMBERS; k++)
                assert_near(c->name, "number", 10 * i + k,
                            cell(report, i - (c->intercept ? 0 : 1), 1 + k), c->numbers[i][k],
                            c->within);
        weir_report_free(report);
        weir_model_free(model);
        weir_summary_free(summary);
    }
    assert_int_equal(cases, 8);
    free(c);
    fclose(file);
}

/* --- where something is missing */

static void refused(const double *cells, size_t rows, size_t columns, weir_setting setting,
                    const char *words)
{
    weir_summary *summary = learn(cells, rows, columns, columns);
    weir_model *model = NULL;
    weir_error err = {0};

    assert_int_equal(try_fit(summary, &setting, 1, &model, &err), WEIR_INVALID);
    assert_null(model);
    if (!strstr(err.message, words))
        fail_msg("\"%s\" does not say \"%s\"", err.message, words);
    weir_summary_free(summary);
}

static const weir_setting nothing = {"note", "none"};

static void dependent_inputs_are_refused_by_name(void **state)
{
    /* x3 = x1 + x2 */
    static const double rows[] = {1,  1, 2, 3,   2, 0.1, 0.2, 0.1 + 0.2, 7, 5,
                                  -4, 1, 3, 0.7, 0, 0.7, 2.5, 9,         1, 10};
    (void)state;

    refused(rows, 5, 4, nothing, "x3");
    refused(rows, 5, 4, nothing, "matrix_use_pseudoinv");
}

static void inputs_that_do_not_vary_count_nothing(void **state)
{
    static const double rows[] = {1, 1, 5, 2, 2, 5, 4, 3, 5, 3, 4, 5};
    weir_summary *summary = learn(rows, 4, 3, 3);
    weir_model *model = fit(summary, &nothing, 1);
    weir_report *report = describe(model);
    (void)state;

    assert_true(fabs(cell(report, 1, 1) - 0.8) < 1e-15); /* y on x1 by hand: 0.8 x + 0.5 */
    assert_true(fabs(cell(report, 0, 1) - 0.5) < 1e-15);
    assert_true(cell(report, 2, 1) == 0);
    for (size_t column = 2; column < 7; column++)
        assert_true(isnan(cell(report, 2, column)));
    assert_true(number_of(report, "df") == 2 && number_of(report, "rank") == 1);
    weir_report_free(report);
    weir_model_free(model);
    weir_summary_free(summary);
}

static void an_exact_fit_has_errors_of_0_and_no_f(void **state)
{
    static const double rows[] = {3, 1, 5, 2, 7, 3, 11, 5};
    weir_summary *summary = learn(rows, 4, 2, 2);
    weir_model *model = fit(summary, &nothing, 1);
    weir_report *report = describe(model);
    (void)state;

    assert_true(cell(report, 0, 1) == 1 && cell(report, 1, 1) == 2);
    assert_true(cell(report, 0, 2) == 0 && cell(report, 1, 2) == 0);
    assert_true(isnan(cell(report, 1, 3)) && isnan(cell(report, 1, 4)));
    assert_true(cell(report, 1, 5) == 2 && cell(report, 1, 6) == 2);
    assert_true(number_of(report, "rss") == 0 && number_of(report, "r2") == 1);
    assert_null(text_of(report, "f"));
    weir_report_free(report);
    weir_model_free(model);
    weir_summary_free(summary);
}

/* As many rows as coefficients: a line through two points. */
static void without_degrees_of_freedom_there_are_no_errors(void **state)
{
    static const double rows[] = {1, 1, 4, 2};
    weir_summary *summary = learn(rows, 2, 2, 2);
    weir_model *model = fit(summary, &nothing, 1);
    weir_report *report = describe(model);
    (void)state;

    assert_true(cell(report, 0, 1) == -2 && cell(report, 1, 1) == 3);
    for (size_t column = 2; column < 7; column++)
        assert_true(isnan(cell(report, 0, column)) && isnan(cell(report, 1, column)));
    assert_null(text_of(report, "residual_sd"));
    assert_null(text_of(report, "adjusted_r2"));
    weir_report_free(report);
    weir_model_free(model);
    weir_summary_free(summary);
}

static void a_target_that_does_not_vary_is_its_mean(void **state)
{
    static const double rows[] = {7, 1, 7, 2, 7, 4};
    weir_summary *summary = learn(rows, 3, 2, 2);
    weir_model *model = fit(summary, &nothing, 1);
    weir_report *report = describe(model);
    (void)state;

    assert_true(cell(report, 0, 1) == 7 && cell(report, 1, 1) == 0);
    assert_null(text_of(report, "r2"));
    weir_report_free(report);
    weir_model_free(model);
    weir_summary_free(summary);
}

static void too_few_rows_are_refused(void **state)
{
    static const double rows[] = {1, 1, 4, 2, 5, 9};
    static const double apart[] = {1, 3, NAN, 2, 4, NAN, 3, NAN, 1, 4, NAN, 5};
    static const double barely[] = {1, 3, NAN, 2, 4, 1, 3, NAN, 1, 4, NAN, 5, 6, 6, NAN};
    (void)state;

    refused(rows, 2, 3, nothing, "rows");
    refused(apart, 4, 3, nothing, "x1 and x2 are together in no row");
    refused(barely, 5, 3, nothing, "at least 2");
}

static void near_singular_inputs_obey_the_tolerance(void **state)
{
    static const double rows[] = {1, 1, 1, 3, 2, 2.00001, 2, 3, 3, 7, 4, 4, 5, 5, 5.00002};
    const weir_setting strict[] = {{"sml_rcond_use", "true"}, {"sml_rcond_tolerance", "1e-9"}};
    const weir_setting loose[] = {{"sml_rcond_use", "true"}, {"sml_rcond_tolerance", "1e-14"}};
    const weir_setting both[] = {{"sml_rcond_use", "true"},
                                 {"sml_rcond_tolerance", "1e-9"},
                                 {"matrix_use_pseudoinv", "true"}};
    weir_summary *summary = learn(rows, 5, 3, 3);
    weir_model *model = NULL;
    weir_error err = {0};
    (void)state;

    assert_int_equal(try_fit(summary, strict, 2, &model, &err), WEIR_INVALID);
    assert_non_null(strstr(err.message, "sml_rcond_tolerance"));
    model = fit(summary, loose, 2);
    weir_model_free(model);
    model = fit(summary, both, 3);
    weir_report *report = describe(model);
    assert_string_equal(text_of(report, "pseudo_inverse"), "true");
    assert_true(number_of(report, "rank") == 1);
    assert_true(fabs(cell(report, 1, 1) - cell(report, 2, 1)) < 1e-4); /* they share the effect */
    weir_report_free(report);
    weir_model_free(model);
    weir_summary_free(summary);
}

static void predictions_can_be_kept_from_going_negative(void **state)
{
    static const double rows[] = {1, 1, 3, 2, 5, 3, 7, 4.5};
    static const double asked[] = {0, -10, 0, 10};
    const weir_setting clip = {"clip_negative_predictions", "true"};
    weir_summary *summary = learn(rows, 4, 2, 2);
    weir_model *plain = fit(summary, &nothing, 1), *clipped = fit(summary, &clip, 1);
    weir_batch *batch = NULL;
    weir_scores a = {0}, b = {0};
    size_t column;
    (void)state;

    assert_int_equal(weir_batch_new(2, &batch, NULL), WEIR_OK);
    assert_int_equal(weir_batch_add_column(batch, "x1", 2, WEIR_C, &column, NULL), WEIR_OK);
    for (size_t r = 0; r < 2; r++) {
        assert_int_equal(weir_batch_row_begin(batch, NULL), WEIR_OK);
        assert_int_equal(weir_batch_put_number(batch, 0, asked[2 * r + 1], NULL), WEIR_OK);
        weir_batch_row_end(batch);
    }
    assert_int_equal(weir_model_score(plain, batch, &a, NULL), WEIR_OK);
    assert_int_equal(weir_model_score(clipped, batch, &b, NULL), WEIR_OK);
    assert_true(weir_scores_at(&a, 0, 0) < 0 && weir_scores_at(&b, 0, 0) == 0);
    assert_true(weir_scores_at(&a, 0, 1) == weir_scores_at(&b, 0, 1));
    weir_scores_free(&a);
    weir_scores_free(&b);
    weir_batch_free(batch);
    weir_model_free(plain);
    weir_model_free(clipped);
    weir_summary_free(summary);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fits_equal_statsmodels),
        cmocka_unit_test(dependent_inputs_are_refused_by_name),
        cmocka_unit_test(inputs_that_do_not_vary_count_nothing),
        cmocka_unit_test(an_exact_fit_has_errors_of_0_and_no_f),
        cmocka_unit_test(without_degrees_of_freedom_there_are_no_errors),
        cmocka_unit_test(a_target_that_does_not_vary_is_its_mean),
        cmocka_unit_test(too_few_rows_are_refused),
        cmocka_unit_test(near_singular_inputs_obey_the_tolerance),
        cmocka_unit_test(predictions_can_be_kept_from_going_negative),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
