/* explain_test.c: what inputs add to a score: it must come to the score, whatever the model is asked to score.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing/table.h"
#include "weir/model.h"

static const struct {
    const char *title, *algorithm;
    weir_setting setting;
    size_t score_key;
} models[] = {
    {"smoothed", "hba", {"hba_type", "density"}, 1},
    {"equal bins", "hba", {"hba_type", "hbos"}, 1},
    {"new rows", "ecod", {"ecod_rows_learned", "false"}, 1},
    {"rows learned", "ecod", {"ecod_rows_learned", "true"}, 1},
};

/* factor and offset take the rows out of what was learned. */
static void check(size_t i, const table *t, const weir_model *model, double factor, double offset)
{
    weir_batch *batch = table_batch(t, 0, 100, factor, offset);
    weir_scores scores = {0};
    weir_contributions added = {0};

    assert_true(weir_model_explains(model));
    assert_int_equal(weir_model_score(model, batch, &scores, NULL), WEIR_OK);
    assert_int_equal(weir_model_explain(model, batch, &added, NULL), WEIR_OK);
    assert_int_equal(added.rows, 100);
    assert_int_equal(added.inputs, weir_model_inputs(model));
    for (size_t r = 0; r < added.rows; r++) {
        double sum = 0, score = weir_scores_at(&scores, models[i].score_key, r);

        for (size_t k = 0; k < added.inputs; k++)
            sum += weir_contribution(&added, k, r);
        if (!(fabs(sum - score) <= 1e-12 * fmax(1, fabs(score))))
            fail_msg("%s, row %zu: the inputs add %.17g, the score is %.17g", models[i].title, r,
                     sum, score);
    }
    weir_contributions_free(&added);
    weir_scores_free(&scores);
    weir_batch_free(batch);
}

static void inputs_add_up(void **state)
{
    table t = table_read("wine");
    weir_summary *summary = table_summary(&t, 0, t.rows);

    (void)state;
    for (size_t i = 0; i < sizeof models / sizeof *models; i++) {
        weir_model *model = NULL;
        weir_error err = {0};

        if (weir_model_build(weir_algorithm_find(models[i].algorithm), summary, NULL, 0, NULL, 0,
                             &models[i].setting, 1, 1, &model, &err))
            fail_msg("%s: %s", models[i].title, err.message);
        check(i, &t, model, 1, 0);
        check(i, &t, model, 3, -2);
        weir_model_free(model);
    }
    weir_summary_free(summary);
    table_free(&t);
}

/* A model that does not say so is refused by name. */
static void no_sum(void **state)
{
    table t = table_read("wine");
    weir_summary *summary = table_summary(&t, 0, t.rows);
    weir_batch *batch = table_batch(&t, 0, 10, 1, 0);
    const size_t inputs[] = {0, 1}, targets[] = {2};
    weir_model *model = NULL;
    weir_contributions added = {0};
    weir_error err = {0};

    (void)state;
    assert_int_equal(weir_model_build(weir_algorithm_find("mlr"), summary, inputs, 2, targets, 1,
                                      NULL, 0, 1, &model, &err),
                     WEIR_OK);
    assert_false(weir_model_explains(model));
    assert_int_equal(weir_model_explain(model, batch, &added, &err), WEIR_INVALID);
    assert_non_null(strstr(err.message, "mlr"));
    weir_contributions_free(&added);
    weir_model_free(model);
    weir_batch_free(batch);
    weir_summary_free(summary);
    table_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(inputs_add_up), cmocka_unit_test(no_sum)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
