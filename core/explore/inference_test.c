/* Tests of hypotheses, variance and information against scipy and statsmodels (tests/reference/inference.py), on tables
 * of tests/data and on generated ones of 2 to 1,000,000 rows.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "explore/question_for_test.h"

#include <stdlib.h>

enum { COLUMNS = 40, LINE = 8192, MANY = 100000 };

/* --- rows */

/* Where rows go: a batch that is absorbed once it is full, in pieces of different lengths. */
typedef struct {
    weir_summary *summary;
    weir_batch *batch;
    const char *const *names;
    const weir_type *types;
    size_t columns, rows, piece;
} feeder;

static void feed_flush(feeder *f)
{
    weir_error err = {0};

    if (f->batch && weir_summary_absorb(f->summary, f->batch, 1, &err))
        fail_msg("%s", err.message);
    weir_batch_free(f->batch);
    f->batch = NULL;
    f->rows = 0;
}

static weir_batch *feed_row(feeder *f)
{
    size_t column;

    if (f->rows == f->piece) {
        feed_flush(f);
        f->piece = f->piece * 7 % 509 + 1;
    }
    if (!f->batch) {
        assert_int_equal(weir_batch_new(f->piece, &f->batch, NULL), WEIR_OK);
        for (size_t c = 0; c < f->columns; c++)
            assert_int_equal(weir_batch_add_column(f->batch, f->names[c], strlen(f->names[c]),
                                                   f->types[c], &column, NULL),
                             WEIR_OK);
    }
    f->rows++;
    assert_int_equal(weir_batch_row_begin(f->batch, NULL), WEIR_OK);
    return f->batch;
}

static void put_text(weir_batch *batch, size_t column, const char *text)
{
    assert_int_equal(weir_batch_put_text(batch, column, text, strlen(text), NULL), WEIR_OK);
}

static void put_number(weir_batch *batch, size_t column, double x)
{
    assert_int_equal(weir_batch_put_number(batch, column, x, NULL), WEIR_OK);
}

/* --- tables of tests/data */

static size_t split(char *line, char **fields)
{
    size_t n = 0;

    line[strcspn(line, "\r\n")] = 0;
    for (char *at = line; at; n++) {
        assert_in_range(n, 0, COLUMNS - 1);
        fields[n] = at;
        if ((at = strchr(at, ',')))
            *at++ = 0;
    }
    return n;
}

/* Text makes a category, 0 and 1 alone a binary column. */
static void guess_types(FILE *file, size_t columns, weir_type *types)
{
    char line[LINE], *fields[COLUMNS], *end;

    for (size_t c = 0; c < columns; c++)
        types[c] = WEIR_B;
    while (fgets(line, sizeof line, file)) {
        assert_int_equal(split(line, fields), columns);
        for (size_t c = 0; c < columns; c++) {
            const double x = strtod(fields[c], &end);
            if (*end)
                types[c] = WEIR_T;
            else if (*fields[c] && x != 0 && x != 1 && types[c] == WEIR_B)
                types[c] = WEIR_C;
        }
    }
}

static void feed_file(feeder *f, const char *name)
{
    char path[512], head[LINE], line[LINE], *names[COLUMNS], *fields[COLUMNS];
    weir_type types[COLUMNS];

    snprintf(path, sizeof path, "%s/tests/data/%s.csv", WEIR_SOURCE_DIR, name);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_non_null(fgets(head, sizeof head, file));
    f->columns = split(head, names);
    guess_types(file, f->columns, types);
    for (size_t c = 0; c < f->columns; c++)
        if (strcmp(names[c], "date") == 0) /* a category of as many values as rows */
            types[c] = WEIR_X;
    rewind(file);
    assert_non_null(fgets(line, sizeof line, file));
    f->names = (const char *const *)names;
    f->types = types;
    while (fgets(line, sizeof line, file)) {
        weir_batch *batch = feed_row(f);
        split(line, fields);
        for (size_t c = 0; c < f->columns; c++)
            if (*fields[c] && types[c] == WEIR_T)
                put_text(batch, c, fields[c]);
            else if (*fields[c] && types[c] != WEIR_X)
                put_number(batch, c, strtod(fields[c], NULL));
        weir_batch_row_end(batch);
    }
    feed_flush(f);
    fclose(file);
}

/* --- generated tables */

/* 24 bits of splitmix64 for a cell. */
static uint32_t bits(uint64_t row, uint64_t column)
{
    uint64_t z = (row * 16 + column + 1) * UINT64_C(0x9E3779B97F4A7C15);

    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return (uint32_t)((z ^ z >> 31) >> 40);
}

static void feed_generated(feeder *f, uint64_t rows)
{
    static const char *const names[] = {"ties", "wide", "far",  "close", "gaps",   "constant",
                                        "none", "coin", "rare", "upper", "colour", "size"};
    static const weir_type types[] = {WEIR_C, WEIR_C, WEIR_C, WEIR_C, WEIR_C, WEIR_C,
                                      WEIR_C, WEIR_B, WEIR_B, WEIR_B, WEIR_T, WEIR_T};
    static const char *const colours[] = {"red", "green", "blue"};

    f->names = names;
    f->types = types;
    f->columns = sizeof names / sizeof *names;
    for (uint64_t row = 0; row < rows; row++) {
        const double wide = bits(row, 1) / 64.0 - 131072;
        const uint32_t coin = bits(row, 5) % 2, gap = bits(row, 4), colour = bits(row, 7);
        weir_batch *batch = feed_row(f);

        put_number(batch, 0, bits(row, 0) % 11);
        put_number(batch, 1, wide);
        put_number(batch, 2, 1e6 + bits(row, 2) % 4096 / 1024.0);
        put_number(batch, 3, wide + bits(row, 3) % 16 / 1048576.0);
        if (gap % 3)
            put_number(batch, 4, (gap >> 4) % 100 / 4.0);
        put_number(batch, 5, 3.25);
        put_number(batch, 7, coin);
        put_number(batch, 8, bits(row, 6) % 50 == 0);
        put_number(batch, 9, wide > 0);
        if (colour % 7)
            put_text(batch, 10, colours[colour % 3]);
        put_text(batch, 11, bits(row, 8) % 10 < (coin ? 7U : 4U) ? "large" : "small");
        weir_batch_row_end(batch);
    }
    feed_flush(f);
}

static weir_summary *summary_of(const char *name)
{
    const uint64_t rows = strncmp(name, "gen", 3) == 0 ? strtoull(name + 3, NULL, 10) : 0;
    const weir_summary_options options = {.histograms = rows < MANY, .conditional = rows < MANY};
    feeder f = {.piece = 37};

    assert_int_equal(weir_summary_new(&options, &f.summary, NULL), WEIR_OK);
    if (rows)
        feed_generated(&f, rows);
    else
        feed_file(&f, name);
    return f.summary;
}

/* --- the comparison */

static bool is_near(double got, double want)
{
    if (isnan(want) || isnan(got))
        return isnan(want) && isnan(got);
    return fabs(got - want) <= fmax(1e-10 * fabs(want), 1e-300);
}

static void check_case(FILE *file, const weir_summary *summary, const char *name)
{
    char metric[16], inputs[256], targets[256], settings[256], keys[48][48];
    size_t count;

    assert_int_equal(
        fscanf(file, "%15s %255s %255s %255s %zu", metric, inputs, targets, settings, &count), 5);
    assert_in_range(count, 1, 48);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(fscanf(file, "%47s", keys[i]), 1);
    weir_answer answer = ask(summary, metric, inputs, targets, settings);
    for (size_t i = 0; i < count; i++) {
        double want, got = answered(&answer, keys[i]);
        assert_int_equal(fscanf(file, "%la", &want), 1);
        if (!is_near(got, want))
            fail_msg("%s of %s: %s %s %s: %s is %.17g, not %.17g", metric, name, inputs, targets,
                     settings, keys[i], got, want);
    }
    weir_answer_free(&answer);
}

static void answers_equal_scipy_and_statsmodels(void **state)
{
    FILE *file = fopen(WEIR_SOURCE_DIR "/tests/reference/inference.txt", "r");
    char name[32], last[32] = "";
    weir_summary *summary = NULL;
    size_t tables = 0, cases = 0;
    (void)state;

    assert_non_null(file);
    for (; fscanf(file, "%31s", name) == 1; cases++) {
        if (strcmp(name, last) != 0) {
            weir_summary_free(summary);
            summary = summary_of(name);
            memcpy(last, name, sizeof last);
            tables++;
        }
        check_case(file, summary, name);
    }
    weir_summary_free(summary);
    fclose(file);
    assert_int_equal(tables, 14);
    assert_int_equal(cases, 709);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_equal_scipy_and_statsmodels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
