/* ecod against PyOD's ECOD and the paper's formula (tests/reference/ecod.py).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing/table.h"
#include "weir/model.h"

static void check_case(FILE *file)
{
    char name[32], way[16];
    size_t learn[2], score[2];
    double factor, offset;

    assert_int_equal(fscanf(file, "%31s %15s %zu %zu %zu %zu %la %la\n", name, way, &learn[0],
                            &learn[1], &score[0], &score[1], &factor, &offset),
                     8);
    table t = table_read(name);
    weir_summary *summary = table_summary(&t, learn[0], learn[1]);
    weir_batch *batch = table_batch(&t, score[0], score[1], factor, offset);
    const weir_setting settings[] = {
        {"ecod_rows_learned", strcmp(way, "learned") == 0 ? "true" : "false"},
        {"use_skewness", strcmp(way, "paper") == 0 ? "true" : "false"}};
    weir_model *model = NULL;
    weir_scores scores = {0};
    assert_int_equal(weir_model_build(weir_algorithm_find("ecod"), summary, NULL, 0, NULL, 0,
                                      settings, 2, 1, &model, NULL),
                     WEIR_OK);
    assert_int_equal(weir_model_score(model, batch, &scores, NULL), WEIR_OK);
    for (size_t r = 0; r < score[1] - score[0]; r++) {
        double want = table_expected(file), got = weir_scores_at(&scores, 1, r);
        if (!(fabs(got - want) <= 1e-12))
            fail_msg("%s %s, row %zu: %.17g, not %.17g", name, way, r, got, want);
        assert_true(weir_scores_at(&scores, 2, r) == got);
        /* The threshold is one tail of 0.1 an attribute. */
        assert_true(weir_scores_at(&scores, 0, r) == (got > 2.302585092994046 * (double)t.columns));
    }
    weir_scores_free(&scores);
    weir_model_free(model);
    weir_batch_free(batch);
    weir_summary_free(summary);
    table_free(&t);
}

static void scores_equal_the_reference(void **state)
{
    FILE *file = fopen(WEIR_SOURCE_DIR "/tests/reference/ecod.txt", "r");
    char word[16];
    size_t cases = 0;
    (void)state;

    assert_non_null(file);
    for (; fscanf(file, "%15s", word) == 1; cases++) {
        assert_string_equal(word, "case");
        check_case(file);
    }
    fclose(file);
    assert_int_equal(cases, 11);
}

static void a_given_threshold_is_taken(void **state)
{
    table t = table_read("wine");
    weir_summary *summary = table_summary(&t, 0, t.rows);
    weir_batch *batch = table_batch(&t, 0, t.rows, 1, 0);
    const weir_setting settings[] = {{"ecod_anomaly_threshold", "25.5"}};
    weir_model *model = NULL;
    weir_scores scores = {0};
    size_t flagged = 0;
    (void)state;

    assert_int_equal(weir_model_build(weir_algorithm_find("ecod"), summary, NULL, 0, NULL, 0,
                                      settings, 1, 1, &model, NULL),
                     WEIR_OK);
    assert_int_equal(weir_model_score(model, batch, &scores, NULL), WEIR_OK);
    for (size_t r = 0; r < scores.rows; r++) {
        bool above = weir_scores_at(&scores, 1, r) > 25.5;
        assert_true(weir_scores_at(&scores, 0, r) == above);
        flagged += above;
    }
    assert_in_range(flagged, 1, t.rows - 1);
    weir_scores_free(&scores);
    weir_model_free(model);
    weir_batch_free(batch);
    weir_summary_free(summary);
    table_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scores_equal_the_reference),
        cmocka_unit_test(a_given_threshold_is_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
