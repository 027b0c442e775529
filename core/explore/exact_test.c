/* Means, variances and analyses of variance of NIST's sets, to 14 and 12 digits of exact arithmetic on the stored doubles
 * (tests/reference/exact.py): learned in uneven pieces with junk rows learned and forgotten between, and as seven
 * partitions merged in random order.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "explore/question_for_test.h"

#include <stdlib.h>

#include "summary/rows_for_test.h"

enum { PARTS = 7, JUNK = 97, GROUPS = 16 };

/* A set as NIST has it: values in rows of groups; one group for a univariate set. */
typedef struct {
    double *values;
    size_t rows, groups;
    double centre, spread; /* where junk comes from: the mean and 10^3 standard deviations */
} nist;

/* Every number behind a key of a JSON text, brackets and commas skipped, to the end of its list. */
static size_t read_numbers(const char *at, double *out, size_t room)
{
    size_t n = 0;
    int depth = 0;

    do {
        if (*at == '[' || *at == ']') {
            depth += *at++ == '[' ? 1 : -1;
        } else if (*at == '-' || (*at >= '0' && *at <= '9')) {
            char *end;
            assert_in_range(n, 0, room - 1);
            out[n++] = strtod(at, &end);
            at = end;
        } else {
            at++;
        }
    } while (depth > 0 && *at);
    return n;
}

static nist nist_read(const char *name, const char *key, size_t groups)
{
    enum { SIZE = 1 << 20 };
    char path[512], *text = calloc(1, SIZE + 1);
    nist set = {.values = calloc(SIZE / 2, sizeof(double)), .groups = groups};
    double sum = 0, squares = 0;

    snprintf(path, sizeof path, "%s/tests/data/nist/%s.json", WEIR_SOURCE_DIR, name);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_in_range(fread(text, 1, SIZE, file), 100, SIZE - 1);
    fclose(file);
    const char *at = strstr(text, key);
    assert_non_null(at);
    const size_t n = read_numbers(strchr(at, '['), set.values, SIZE / 2);
    free(text);
    assert_int_equal(n % groups, 0);
    set.rows = n / groups;
    for (size_t i = 0; i < n; i++)
        sum += set.values[i];
    set.centre = sum / (double)n;
    for (size_t i = 0; i < n; i++)
        squares += (set.values[i] - set.centre) * (set.values[i] - set.centre);
    set.spread = 1e3 * sqrt(squares / (double)n);
    return set;
}

static double junk(const nist *set, randoms *r)
{
    return set->centre + set->spread * (2 * uniform(r) - 1);
}

/* --- rows in two forms */

/* Fills batches: wide has a column a group, long one column y with the group as binary columns and as a category. */
typedef struct {
    bool wide;
    const nist *set;
} form;

static size_t form_rows(const form *f)
{
    return f->wide ? f->set->rows : f->set->rows * f->set->groups;
}

static weir_batch *form_batch(const form *f, size_t rows)
{
    weir_batch *batch = NULL;
    size_t column;
    char name[16];

    assert_int_equal(weir_batch_new(rows, &batch, NULL), WEIR_OK);
    if (!f->wide)
        assert_int_equal(weir_batch_add_column(batch, "y", 1, WEIR_C, &column, NULL), WEIR_OK);
    for (size_t g = 0; g < f->set->groups; g++) {
        const int length = snprintf(name, sizeof name, "%c%zu", f->wide ? 'x' : 'b', g);
        assert_int_equal(weir_batch_add_column(batch, name, (size_t)length,
                                               f->wide ? WEIR_C : WEIR_B, &column, NULL),
                         WEIR_OK);
    }
    if (!f->wide)
        assert_int_equal(weir_batch_add_column(batch, "group", 5, WEIR_T, &column, NULL), WEIR_OK);
    return batch;
}

static void put_long(const form *f, weir_batch *batch, double y, size_t group)
{
    char name[16];

    assert_int_equal(weir_batch_put_number(batch, 0, y, NULL), WEIR_OK);
    for (size_t g = 0; g < f->set->groups; g++)
        assert_int_equal(weir_batch_put_number(batch, g + 1, g == group, NULL), WEIR_OK);
    const int length = snprintf(name, sizeof name, "g%zu", group);
    assert_int_equal(weir_batch_put_text(batch, f->set->groups + 1, name, (size_t)length, NULL),
                     WEIR_OK);
}

/* Row `row` of the set, or a row of junk when r is not NULL. */
static void put_row(const form *f, weir_batch *batch, size_t row, randoms *r)
{
    const size_t groups = f->set->groups;

    assert_int_equal(weir_batch_row_begin(batch, NULL), WEIR_OK);
    if (f->wide)
        for (size_t g = 0; g < groups; g++)
            assert_int_equal(
                weir_batch_put_number(batch, g,
                                      r ? junk(f->set, r) : f->set->values[row * groups + g], NULL),
                WEIR_OK);
    else
        put_long(f, batch, r ? junk(f->set, r) : f->set->values[row], row % groups);
    weir_batch_row_end(batch);
}

static void absorb(weir_summary *summary, const weir_batch *batch, double sign)
{
    weir_error err = {0};

    if (weir_summary_absorb(summary, batch, sign, &err))
        fail_msg("%s", err.message);
}

/* Rows from to to - 1 in pieces of 1 to 400, each with junk learned before and forgotten after it. */
static void learn(const form *f, weir_summary *summary, size_t from, size_t to, randoms *r)
{
    while (from < to) {
        const size_t wanted = 1 + below(r, 400), piece = wanted < to - from ? wanted : to - from;
        weir_batch *rows = form_batch(f, piece), *bad = form_batch(f, JUNK);

        for (size_t i = 0; i < piece; i++)
            put_row(f, rows, from + i, NULL);
        for (size_t i = 0; i < JUNK; i++)
            put_row(f, bad, i, r);
        absorb(summary, bad, 1);
        absorb(summary, rows, 1);
        absorb(summary, bad, -1);
        weir_batch_free(rows);
        weir_batch_free(bad);
        from += piece;
    }
}

static weir_summary *in_pieces(const form *f, randoms *r)
{
    weir_summary *summary = empty_summary(false, WEIR_PRECISION_AUTO);

    learn(f, summary, 0, form_rows(f), r);
    return summary;
}

static weir_summary *in_partitions(const form *f, randoms *r)
{
    weir_summary *parts[PARTS], *all = empty_summary(false, WEIR_PRECISION_AUTO);
    size_t order[PARTS], rows = form_rows(f);

    for (size_t p = 0; p < PARTS; p++) {
        order[p] = p;
        parts[p] = empty_summary(false, WEIR_PRECISION_AUTO);
        learn(f, parts[p], rows * p / PARTS, rows * (p + 1) / PARTS, r);
    }
    shuffle(r, order, PARTS);
    for (size_t p = 0; p < PARTS; p++) {
        assert_int_equal(weir_summary_merge(all, parts[order[p]], NULL), WEIR_OK);
        weir_summary_free(parts[order[p]]);
    }
    return all;
}

/* --- what is compared */

static void check_digits(const char *what, const char *key, double got, double want, double digits)
{
    const double have = got == want ? 16 : -log10(fabs(got - want) / fabs(want));

    if (!(have >= digits))
        fail_msg("%s %s: %.17g, not %.17g: %.1f digits", what, key, got, want, have);
}

static void check_anova(const weir_summary *summary, const char *inputs, const char *targets,
                        const char *name, const double *want)
{
    weir_answer answer = ask(summary, "anova", inputs, targets, "-");

    check_digits(name, "SSb", answered(&answer, "SSb"), want[0], 12);
    check_digits(name, "SSw", answered(&answer, "SSw"), want[1], 12);
    check_digits(name, "F", answered(&answer, "F"), want[2], 12);
    weir_answer_free(&answer);
}

/* "x0,x1,x2" */
static void list_names(char letter, size_t count, char *out, size_t room)
{
    for (size_t i = 0, used = 0; i < count; i++)
        used += (size_t)snprintf(out + used, room - used, "%s%c%zu", i ? "," : "", letter, i);
}

static void check_anova_set(const char *name, size_t groups, const double *want, randoms *r)
{
    const nist set = nist_read(name, "\"rows\"", groups);
    const form wide = {true, &set}, long_form = {false, &set};
    char columns[128], binaries[128];

    assert_in_range(groups, 2, GROUPS);
    list_names('x', groups, columns, sizeof columns);
    list_names('b', groups, binaries, sizeof binaries);
    for (int partitions = 0; partitions < 2; partitions++) {
        weir_summary *summary = partitions ? in_partitions(&wide, r) : in_pieces(&wide, r);
        check_anova(summary, columns, "-", name, want);
        weir_summary_free(summary);
        summary = partitions ? in_partitions(&long_form, r) : in_pieces(&long_form, r);
        check_anova(summary, "y", binaries, name, want);
        check_anova(summary, "y", "group", name, want);
        weir_summary_free(summary);
    }
    free(set.values);
}

static void check_uni_set(const char *name, const double *want, randoms *r)
{
    const nist set = nist_read(name, "\"y\"", 1);
    const form wide = {true, &set};

    for (int partitions = 0; partitions < 2; partitions++) {
        weir_summary *summary = partitions ? in_partitions(&wide, r) : in_pieces(&wide, r);
        weir_answer answer = ask(summary, "uni", "x0", "-", "-");
        check_digits(name, "mean", answered(&answer, "mean"), want[0], 14);
        check_digits(name, "variance", answered(&answer, "variance"), want[1], 14);
        weir_answer_free(&answer);
        answer = ask(summary, "uni", "x0", "-", "sml_explore_unbiased=true");
        check_digits(name, "unbiased variance", answered(&answer, "variance"), want[2], 14);
        weir_answer_free(&answer);
        weir_summary_free(summary);
    }
    free(set.values);
}

static void sets_of_nist_keep_their_digits(void **state)
{
    FILE *file = fopen(WEIR_SOURCE_DIR "/tests/reference/exact.txt", "r");
    randoms r = {UINT64_C(0x9E3779B97F4A7C15)};
    char metric[16], name[32];
    size_t sets = 0, groups;
    double want[3];
    (void)state;

    assert_non_null(file);
    for (; fscanf(file, "%15s %31s", metric, name) == 2; sets++) {
        const bool anova = strcmp(metric, "anova") == 0;
        if (anova)
            assert_int_equal(fscanf(file, "%zu", &groups), 1);
        assert_int_equal(fscanf(file, "%la %la %la", &want[0], &want[1], &want[2]), 3);
        if (anova)
            check_anova_set(name, groups, want, &r);
        else
            check_uni_set(name, want, &r);
    }
    fclose(file);
    assert_int_equal(sets, 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sets_of_nist_keep_their_digits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
