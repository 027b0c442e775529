/* The first bytes of the model format: they must load for ever and score as they did.
 *
 * `model_store_test write` makes the fixtures, once for each version of a format: the model, and beside it the scores
 * of the rows of tests/data/wine.csv in all keys.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "testing/table.h"
#include "weir/container.h"
#include "weir/model.h"

static const struct {
    const char *file, *algorithm;
    weir_setting setting;
} fixtures[] = {
    {"model-hba-density-v1", "hba", {"refresh_rows", "1000"}},
    {"model-hba-hbos-v1", "hba", {"hba_type", "hbos"}},
    {"model-ecod-v1", "ecod", {"use_skewness", "true"}},
    {"model-mlr-v1", "mlr", {"clip_negative_predictions", "true"}},
};
enum { FIXTURES = sizeof fixtures / sizeof *fixtures, LEARNED = 30 };

static FILE *open_fixture(size_t i, const char *ending, const char *mode)
{
    char path[512];

    snprintf(path, sizeof path, "%s/tests/fixtures/%s.%s", WEIR_SOURCE_DIR, fixtures[i].file,
             ending);
    FILE *file = fopen(path, mode);
    if (!file)
        fail_msg("%s cannot be opened", path);
    return file;
}

/* Three attributes and a target. */
static weir_model *fixture_model(const table *t, size_t i)
{
    weir_summary *summary = table_summary(t, 0, LEARNED);
    const size_t inputs[] = {0, 6, 12}, target = 3;
    weir_model *model = NULL;

    assert_int_equal(weir_model_build(weir_algorithm_find(fixtures[i].algorithm), summary, inputs,
                                      3, &target, 1, &fixtures[i].setting, 1, 7, &model, NULL),
                     WEIR_OK);
    weir_summary_free(summary);
    return model;
}

static weir_bytes read_all(FILE *file)
{
    weir_bytes bytes = {0};
    char part[4096];
    size_t got;

    while ((got = fread(part, 1, sizeof part, file)) > 0)
        weir_bytes_append(&bytes, part, got);
    fclose(file);
    return bytes;
}

static void first_bytes_still_load(void **state)
{
    table t = table_read("wine");
    weir_batch *batch = table_batch(&t, 0, t.rows, 1, 0);
    (void)state;

    for (size_t i = 0; i < FIXTURES; i++) {
        weir_bytes bytes = read_all(open_fixture(i, "bin", "rb"));
        FILE *expected = open_fixture(i, "txt", "r");
        weir_model *model = NULL;
        weir_scores scores = {0};
        weir_error err = {0};
        if (weir_model_load(bytes.data, bytes.size, &model, &err))
            fail_msg("%s: %s", fixtures[i].file, err.message);
        assert_int_equal(weir_model_version(model), 7);
        assert_string_equal(weir_model_target(model, 0)->name, "alcalinity_of_ash");
        assert_string_equal(weir_model_setting(model, 0).value, fixtures[i].setting.value);
        assert_int_equal(weir_model_score(model, batch, &scores, NULL), WEIR_OK);
        for (size_t r = 0; r < scores.rows; r++)
            for (size_t k = 0; k < scores.keys; k++) {
                double want = table_expected(expected), got = weir_scores_at(&scores, k, r);
                if (!(fabs(got - want) <= 1e-12 * fmax(1, fabs(want))))
                    fail_msg("%s row %zu key %zu: %.17g, not %.17g", fixtures[i].file, r, k, got,
                             want);
            }
        fclose(expected);
        weir_scores_free(&scores);
        weir_model_free(model);
        weir_bytes_free(&bytes);
    }
    weir_batch_free(batch);
    table_free(&t);
}

/* A section that a later version might add is refused by its name. */
static void unknown_sections_are_refused(void **state)
{
    weir_bytes bytes = {0};
    weir_container_writer writer;
    weir_model *model = NULL;
    weir_error err = {0};
    (void)state;

    weir_container_begin(&writer, &bytes, WEIR_FORMAT_MODEL, 1);
    weir_container_section(&writer, "from the future", 1, "x", 1);
    assert_int_equal(weir_container_end(&writer, &err), WEIR_OK);
    assert_int_equal(weir_model_load(bytes.data, bytes.size, &model, &err), WEIR_CORRUPT);
    assert_non_null(strstr(err.message, "from the future"));
    assert_null(model);
    weir_bytes_free(&bytes);
}

static int write_fixtures(void)
{
    table t = table_read("wine");
    weir_batch *batch = table_batch(&t, 0, t.rows, 1, 0);

    for (size_t i = 0; i < FIXTURES; i++) {
        weir_model *model = fixture_model(&t, i);
        weir_bytes bytes = {0};
        weir_scores scores = {0};
        FILE *stored = open_fixture(i, "bin", "wbx"), *expected = open_fixture(i, "txt", "wx");
        bool good = !weir_model_save(model, &bytes, NULL) &&
                    !weir_model_score(model, batch, &scores, NULL) &&
                    fwrite(bytes.data, 1, bytes.size, stored) == bytes.size;
        for (size_t r = 0; r < scores.rows; r++)
            for (size_t k = 0; k < scores.keys; k++)
                fprintf(expected, "%a\n", weir_scores_at(&scores, k, r));
        if (fclose(stored) || fclose(expected) || !good)
            return 1;
        weir_scores_free(&scores);
        weir_bytes_free(&bytes);
        weir_model_free(model);
    }
    weir_batch_free(batch);
    table_free(&t);
    return 0;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_bytes_still_load),
        cmocka_unit_test(unknown_sections_are_refused),
    };

    if (argc == 2 && strcmp(argv[1], "write") == 0)
        return write_fixtures();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
