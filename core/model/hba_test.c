/* hba against PyOD's HBOS and numpy's smoothed densities (tests/reference/hba.py), and its threshold.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing/table.h"
#include "weir/model.h"

static weir_model *build(const weir_summary *summary, const size_t *inputs, size_t count,
                         const weir_setting *settings, size_t setting_count)
{
    weir_model *model = NULL;
    weir_error err = {0};

    if (weir_model_build(weir_algorithm_find("hba"), summary, inputs, count, NULL, 0, settings,
                         setting_count, 1, &model, &err))
        fail_msg("%s", err.message);
    return model;
}

/* hbos must be PyOD's number; the smoothed form may differ by what its table errs per attribute (see curve.c). */
static double tolerance(const char *form, size_t inputs)
{
    return strcmp(form, "hbos") == 0 ? 1e-12 : 2e-5 * (double)inputs;
}

static void check_case(FILE *file)
{
    char name[32], form[16], bins[8], from[8];
    size_t learn[2], score[2];
    double factor, offset;

    assert_int_equal(fscanf(file, "%31s %15s %7s %zu %zu %zu %zu %la %la\n", name, form, bins,
                            &learn[0], &learn[1], &score[0], &score[1], &factor, &offset),
                     9);
    snprintf(from, sizeof from, "%s", bins);
    table t = table_read(name);
    weir_summary *summary = table_summary(&t, learn[0], learn[1]);
    weir_batch *batch = table_batch(&t, score[0], score[1], factor, offset);
    const weir_setting settings[] = {{"hba_type", form}, {"n_bins", from}};
    weir_model *model = build(summary, NULL, 0, settings, 2);
    weir_scores scores = {0};
    assert_int_equal(weir_model_score(model, batch, &scores, NULL), WEIR_OK);
    assert_int_equal(scores.rows, score[1] - score[0]);
    for (size_t r = 0; r < scores.rows; r++) {
        double want = table_expected(file), got = weir_scores_at(&scores, 1, r);
        if (!(fabs(got - want) <= tolerance(form, t.columns)))
            fail_msg("%s %s %s, row %zu: %.17g, not %.17g", name, form, bins, r, got, want);
    }
    weir_scores_free(&scores);
    weir_model_free(model);
    weir_batch_free(batch);
    weir_summary_free(summary);
    table_free(&t);
}

static double number_in_report(const weir_model *model, const char *key)
{
    weir_report *report = NULL;
    double number = NAN;

    assert_int_equal(weir_model_describe(model, &report, NULL), WEIR_OK);
    for (size_t i = 0; i < weir_report_texts(report); i++) {
        const char *name, *value;
        weir_report_text_at(report, i, &name, &value);
        if (strcmp(name, key) == 0)
            number = strtod(value, NULL);
    }
    weir_report_free(report);
    return number;
}

/* Each of the three attributes may move mass by a cell of the 1,023 that span all scores, down or up, and the cut is the
 * upper end of a cell: within that of the exact quantile. */
static void check_threshold(FILE *file)
{
    char name[32], form[16], text[32];
    double contamination;
    size_t columns[3], ids[3];

    assert_int_equal(fscanf(file, "%31s %15s %la %zu %zu %zu\n", name, form, &contamination,
                            &columns[0], &columns[1], &columns[2]),
                     6);
    double want = table_expected(file), span = table_expected(file);
    table t = table_read(name);
    weir_summary *summary = table_summary(&t, 0, t.rows);
    for (size_t i = 0; i < 3; i++)
        ids[i] = table_id(summary, t.names[columns[i]]);
    snprintf(text, sizeof text, "%.17g", contamination);
    const weir_setting settings[] = {{"hba_type", form}, {"contamination", text}};
    weir_model *model = build(summary, ids, 3, settings, 2);
    double got = number_in_report(model, "threshold"), cell = span / 1023;
    if (!(got >= want - 3 * cell && got <= want + 4 * cell))
        fail_msg("threshold of %s %s: %.17g, not from %.17g on", name, form, got, want);
    weir_model_free(model);
    weir_summary_free(summary);
    table_free(&t);
}

static void scores_and_thresholds_equal_the_reference(void **state)
{
    FILE *file = fopen(WEIR_SOURCE_DIR "/tests/reference/hba.txt", "r");
    char word[16];
    size_t cases = 0, thresholds = 0;
    (void)state;

    assert_non_null(file);
    while (fscanf(file, "%15s", word) == 1) {
        if (strcmp(word, "case") == 0) {
            check_case(file);
            cases++;
        } else {
            check_threshold(file);
            thresholds++;
        }
    }
    fclose(file);
    assert_int_equal(cases, 14);
    assert_int_equal(thresholds, 6);
}

/* The share flagged is near the contamination asked for, and a constant attribute flags nothing. */
static void flags_about_the_share_asked_for(void **state)
{
    table t = table_read("wine");
    weir_summary *summary = table_summary(&t, 0, t.rows);
    weir_batch *batch = table_batch(&t, 0, t.rows, 1, 0);
    weir_scores scores = {0};
    double flagged = 0;
    (void)state;

    weir_model *model = build(summary, NULL, 0, NULL, 0);
    assert_int_equal(weir_model_score(model, batch, &scores, NULL), WEIR_OK);
    for (size_t r = 0; r < scores.rows; r++)
        flagged += weir_scores_at(&scores, 0, r);
    assert_in_range((int)flagged, 8, 35); /* 10 % of 178, had dependence no effect */
    weir_model_free(model);
    weir_batch_free(batch);
    weir_summary_free(summary);
    table_free(&t);

    t = table_read("odd");
    summary = table_summary(&t, 0, t.rows);
    batch = table_batch(&t, 0, t.rows, 1, 0);
    size_t constant = table_id(summary, "constant");
    model = build(summary, &constant, 1, NULL, 0);
    assert_int_equal(weir_model_score(model, batch, &scores, NULL), WEIR_OK);
    for (size_t r = 0; r < scores.rows; r++)
        assert_true(weir_scores_at(&scores, 0, r) == 0);
    weir_model_free(model);
    weir_batch_free(batch);
    weir_summary_free(summary);
    table_free(&t);
    weir_scores_free(&scores);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scores_and_thresholds_equal_the_reference),
        cmocka_unit_test(flags_about_the_share_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
