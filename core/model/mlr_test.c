/* Regression against NIST's certified values (tests/reference/nist.py): from one pass, from uneven pieces with junk
 * learned and forgotten between, and from partitions merged in any order.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <inttypes.h>

#include "testing/table.h"
#include "weir/model.h"

enum { MOST_ROWS = 100, MOST_INPUTS = 10, JUNK = 20, PARTS = 7, RUNS = 60 };

/* --- NIST's sets */

typedef struct {
    char name[16];
    size_t rows, inputs;
    int intercept, digits;
    double cells[MOST_ROWS][MOST_INPUTS + 1]; /* the target first */
    double coefficients[MOST_INPUTS + 1], errors[MOST_INPUTS + 1];
} set;

static bool read_set(FILE *file, set *s)
{
    if (fscanf(file, "%15s %zu %zu %d %d", s->name, &s->rows, &s->inputs, &s->intercept,
               &s->digits) != 5)
        return false;
    assert_true(s->rows <= MOST_ROWS && s->inputs <= MOST_INPUTS);
    for (size_t r = 0; r < s->rows; r++)
        for (size_t c = 0; c <= s->inputs; c++)
            assert_int_equal(fscanf(file, "%la", &s->cells[r][c]), 1);
    for (size_t i = s->intercept ? 0 : 1; i <= s->inputs; i++)
        assert_int_equal(fscanf(file, "%lf %lf", &s->coefficients[i], &s->errors[i]), 2);
    return true;
}

static uint64_t state_of_dice;

static size_t below(size_t n)
{
    state_of_dice = state_of_dice * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (size_t)((state_of_dice >> 33) % n);
}

static double uniform(void)
{
    return (double)below(1u << 30) / (1u << 29) - 1;
}

/* Learns or forgets rows of this width. */
static void take(weir_summary *summary, size_t width, double (*rows)[MOST_INPUTS + 1], size_t count,
                 double sign)
{
    weir_batch *batch = NULL;
    weir_error err = {0};
    char name[32];
    size_t column;

    assert_int_equal(weir_batch_new(count + 1, &batch, NULL), WEIR_OK);
    for (size_t c = 1; c <= width; c++) { /* the target last */
        snprintf(name, sizeof name, c < width ? "x%zu" : "y", c);
        assert_int_equal(weir_batch_add_column(batch, name, strlen(name), WEIR_C, &column, NULL),
                         WEIR_OK);
    }
    for (size_t r = 0; r < count; r++) {
        assert_int_equal(weir_batch_row_begin(batch, NULL), WEIR_OK);
        for (size_t c = 0; c < width; c++)
            assert_int_equal(weir_batch_put_number(batch, c, rows[r][(c + 1) % width], NULL),
                             WEIR_OK);
        weir_batch_row_end(batch);
    }
    if (weir_summary_absorb(summary, batch, sign, &err))
        fail_msg("%s", err.message);
    weir_batch_free(batch);
}

static weir_summary *empty(void)
{
    weir_summary *summary = NULL;

    assert_int_equal(weir_summary_new(&(weir_summary_options){0}, &summary, NULL), WEIR_OK);
    return summary;
}

/* Rows up to a thousand times the data's range away, learned, and forgotten in another order. */
static void junk(weir_summary *summary, const set *s)
{
    double rows[JUNK][MOST_INPUTS + 1], least, most;
    size_t count = 1 + below(JUNK);

    for (size_t c = 0; c <= s->inputs; c++) {
        least = most = s->cells[0][c];
        for (size_t r = 1; r < s->rows; r++) {
            least = fmin(least, s->cells[r][c]);
            most = fmax(most, s->cells[r][c]);
        }
        for (size_t r = 0; r < count; r++)
            rows[r][c] = s->cells[0][c] + 1000 * uniform() * (most - least);
    }
    take(summary, s->inputs + 1, rows, count, 1);
    for (size_t r = count; r-- > 1;)
        for (size_t c = 0, other = below(r + 1); c <= s->inputs; c++) {
            double kept = rows[r][c];
            rows[r][c] = rows[other][c];
            rows[other][c] = kept;
        }
    take(summary, s->inputs + 1, rows, count / 2, -1);
    take(summary, s->inputs + 1, rows + count / 2, count - count / 2, -1);
}

static weir_summary *at_once(set *s)
{
    weir_summary *summary = empty();

    take(summary, s->inputs + 1, s->cells, s->rows, 1);
    return summary;
}

static weir_summary *in_pieces(set *s)
{
    const size_t sizes[] = {1, 2, 7, s->rows / 3 + 1};
    weir_summary *summary = empty();

    for (size_t at = 0; at < s->rows;) {
        size_t size = sizes[below(4)];
        size = size < s->rows - at ? size : s->rows - at;
        take(summary, s->inputs + 1, s->cells + at, size, 1);
        junk(summary, s);
        at += size;
    }
    return summary;
}

static weir_summary *as_partitions(set *s)
{
    weir_summary *parts[PARTS];

    for (size_t i = 0; i < PARTS; i++)
        parts[i] = empty();
    for (size_t r = 0; r < s->rows; r++)
        take(parts[below(PARTS)], s->inputs + 1, s->cells + r, 1, 1);
    for (size_t left = PARTS; left > 1; left--) {
        size_t from = below(left - 1);
        assert_int_equal(weir_summary_merge(parts[from], parts[left - 1], NULL), WEIR_OK);
        weir_summary_free(parts[left - 1]);
    }
    return parts[0];
}

static weir_model *fit(const weir_summary *summary, size_t inputs, bool intercept)
{
    const weir_setting setting = {"intercept", intercept ? "true" : "false"};
    const size_t target = table_id(summary, "y");
    size_t ids[MOST_INPUTS];
    weir_model *model = NULL;
    weir_error err = {0};
    char name[32];

    for (size_t i = 0; i < inputs; i++) {
        snprintf(name, sizeof name, "x%zu", i + 1);
        ids[i] = table_id(summary, name);
    }
    if (weir_model_build(weir_algorithm_find("mlr"), summary, ids, inputs, &target, 1, &setting, 1,
                         1, &model, &err))
        fail_msg("%s", err.message);
    return model;
}

static double digits(double got, double want)
{
    return got == want ? 17 : -log10(fabs(got - want) / fabs(want));
}

static void check(const set *s, const weir_summary *summary, const char *way, uint64_t seed)
{
    weir_model *model = fit(summary, s->inputs, s->intercept);
    weir_report *report = NULL;
    weir_report_table_view t;

    assert_int_equal(weir_model_describe(model, &report, NULL), WEIR_OK);
    t = weir_report_table_at(report, 0);
    assert_string_equal(t.name, "coefficients");
    assert_int_equal(t.rows, s->inputs + (s->intercept != 0));
    for (size_t r = 0; r < t.rows; r++) {
        const char *const *cells = t.cells + r * t.column_count;
        size_t i = r + (s->intercept == 0);
        double b = strtod(cells[1], NULL), error = strtod(cells[2], NULL);

        if (digits(b, s->coefficients[i]) < s->digits)
            fail_msg("%s %s (%#" PRIx64 "): %s is %.17g, not %.15g", s->name, way, seed, cells[0],
                     b, s->coefficients[i]);
        if (s->errors[i] == 0 ? error > 1e-9 * fabs(b) : digits(error, s->errors[i]) < s->digits)
            fail_msg("%s %s (%#" PRIx64 "): error of %s is %.17g, not %.15g", s->name, way, seed,
                     cells[0], error, s->errors[i]);
    }
    weir_report_free(report);
    weir_model_free(model);
}

static void for_all_sets(weir_summary *(*learn)(set *s), const char *way, size_t runs)
{
    FILE *file = fopen(WEIR_SOURCE_DIR "/tests/reference/nist.txt", "r");
    size_t sets = 0;
    set s;

    assert_non_null(file);
    for (; read_set(file, &s); sets++)
        for (size_t run = 0; run < runs; run++) {
            uint64_t seed = state_of_dice = UINT64_C(0x9e3779b97f4a7c15) * (1 + 100 * sets + run);
            weir_summary *summary = learn(&s);
            check(&s, summary, way, seed);
            weir_summary_free(summary);
        }
    assert_int_equal(sets, 11);
    fclose(file);
}

static void certified_digits_from_one_pass(void **state)
{
    (void)state;
    for_all_sets(at_once, "at once", 1);
}

static void certified_digits_after_forgetting(void **state)
{
    (void)state;
    for_all_sets(in_pieces, "in pieces", RUNS);
}

static void certified_digits_after_merging(void **state)
{
    (void)state;
    for_all_sets(as_partitions, "as partitions", RUNS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(certified_digits_from_one_pass),
        cmocka_unit_test(certified_digits_after_forgetting),
        cmocka_unit_test(certified_digits_after_merging),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
