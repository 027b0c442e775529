/* reference_test.c: moments and pair sums against exact rationals (tests/reference/summary.py).
 *
 * The rows are absorbed in one batch, in batches of seven, and as the merge of three parts: extended precision must
 * give the exact number to within its last digit however the rows came.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "summary/rows_for_test.h"

enum { MOST_ROWS = 200, LINE = 1024 };

typedef struct {
    char names[8][32];
    weir_type types[8];
    char rows[MOST_ROWS][LINE];
    size_t columns, count;
} input;

static FILE *open_expected(void)
{
    FILE *file = fopen(WEIR_SOURCE_DIR "/tests/reference/summary.txt", "r");

    assert_non_null(file);
    return file;
}

static input read_input(void)
{
    static input in;
    FILE *file = open_expected();
    char line[LINE], letter[2];

    in = (input){0};
    while (fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = '\0';
        if (sscanf(line, "column %31s %1s", in.names[in.columns], letter) == 2)
            in.types[in.columns++] = (weir_type)letter[0];
        else if (strncmp(line, "row ", 4) == 0)
            snprintf(in.rows[in.count++], LINE, "%s", line + 4);
    }
    fclose(file);
    return in;
}

static weir_batch *rows_of(const input *in, size_t from, size_t to)
{
    weir_batch *batch = NULL;
    weir_error err;
    size_t at;

    check_ok(weir_batch_new(to - from, &batch, &err), &err);
    for (size_t i = 0; i < in->columns; i++)
        check_ok(weir_batch_add_column(batch, in->names[i], strlen(in->names[i]), in->types[i], &at,
                                       &err),
                 &err);
    for (size_t r = from; r < to; r++) {
        const char *text = in->rows[r];

        check_ok(weir_batch_row_begin(batch, &err), &err);
        for (size_t i = 0; i < in->columns; i++) {
            size_t length = strcspn(text, "|");

            check_ok(weir_batch_put_text(batch, i, text, length, &err), &err);
            text += length + (text[length] != '\0');
        }
        weir_batch_row_end(batch);
    }
    return batch;
}

static weir_summary *absorbed(const input *in, size_t from, size_t to, size_t most)
{
    weir_summary *summary = empty_summary(false, WEIR_PRECISION_AUTO);
    weir_error err;

    for (size_t at = from; at < to; at += most) {
        weir_batch *batch = rows_of(in, at, at + most < to ? at + most : to);

        check_ok(weir_summary_absorb(summary, batch, 1, &err), &err);
        weir_batch_free(batch);
    }
    return summary;
}

static size_t id_of(const weir_summary *summary, const char *name)
{
    size_t id = weir_schema_find(weir_summary_schema(summary), name, strlen(name));

    if (id == WEIR_NONE)
        fail_msg("there is no attribute %s", name);
    return id;
}

/* One rounding apart at most: 2^-52 of the number itself; scale for what cancels. */
static void close_to(const char *what, const char *x, const char *y, double got, double want,
                     double scale)
{
    if (isnan(want) ? !isnan(got) : !(fabs(got - want) <= 0x1p-52 * fabs(want) + 0x1p-90 * scale))
        fail_msg("%s of %s and %s: %.17g, exactly %.17g", what, x, y, got, want);
}

/* The numbers behind the first words of a line; returns how many. */
static size_t numbers_of(const char *line, size_t names, double *out, size_t most)
{
    size_t count = 0;

    for (size_t i = 0; i < names; i++) {
        line += strcspn(line, " ");
        line += *line == ' ';
    }
    while (count < most) {
        char *end;

        out[count] = strtod(line, &end);
        if (end == line)
            break;
        line = end;
        count++;
    }
    return count;
}

static void check_moments(const weir_summary *summary, const char *line)
{
    char name[64];
    double want[8];
    weir_moments m;

    if (sscanf(line, "moments %63s", name) != 1 || numbers_of(line, 2, want, 8) != 8)
        return;
    weir_summary_moments(summary, id_of(summary, name), &m);
    assert_true(m.count == want[0]);
    close_to("mean", name, "", m.mean, want[1], 0);
    close_to("m2", name, "", m.m2, want[2], 0);
    close_to("m3", name, "", m.m3, want[3], want[4]);
    close_to("m4", name, "", m.m4, want[4], 0);
    close_to("sum", name, "", m.sum, want[5], 0);
    assert_true(m.min == want[6] && m.max == want[7]);
}

static void check_pair(const weir_summary *summary, const char *line)
{
    char x[64], y[64];
    double want[9], spread;
    weir_pair p;

    if (sscanf(line, "pair %63s %63s", x, y) != 2 || numbers_of(line, 3, want, 9) != 9)
        return;
    weir_summary_pair(summary, id_of(summary, x), id_of(summary, y), &p);
    assert_true(p.count == want[0]);
    spread = sqrt(want[3]) * sqrt(want[4]);
    close_to("mean_x", x, y, p.mean_x, want[1], 0);
    close_to("mean_y", x, y, p.mean_y, want[2], 0);
    close_to("cxx", x, y, p.cxx, want[3], 0);
    close_to("cyy", x, y, p.cyy, want[4], 0);
    close_to("cxy", x, y, p.cxy, want[5], spread);
    close_to("sum_xy", x, y, p.sum_xy, want[6], 0);
    close_to("sum_xxy", x, y, p.sum_xxy, want[7], 0);
    close_to("sum_xxyy", x, y, p.sum_xxyy, want[8], 0);
}

static void check_all(const weir_summary *summary)
{
    FILE *file = open_expected();
    char line[LINE];
    size_t checked = 0;

    while (fgets(line, sizeof line, file)) {
        checked += strncmp(line, "moments", 7) == 0 || strncmp(line, "pair", 4) == 0;
        check_moments(summary, line);
        check_pair(summary, line);
    }
    fclose(file);
    assert_int_equal(checked, 12 + 12 * 12);
}

static void one_batch_is_exact(void **state)
{
    input in = read_input();
    weir_summary *summary = absorbed(&in, 0, in.count, in.count);

    (void)state;
    check_all(summary);
    weir_summary_free(summary);
}

static void small_batches_are_exact(void **state)
{
    input in = read_input();
    weir_summary *summary = absorbed(&in, 0, in.count, 7);

    (void)state;
    check_all(summary);
    weir_summary_free(summary);
}

static void merged_parts_are_exact(void **state)
{
    input in = read_input();
    weir_summary *a = absorbed(&in, 0, 1, 1), *b = absorbed(&in, 1, 90, 11);
    weir_summary *c = absorbed(&in, 90, in.count, 200);
    weir_error err;

    (void)state;
    check_ok(weir_summary_merge(c, a, &err), &err);
    check_ok(weir_summary_merge(c, b, &err), &err);
    check_all(c);
    check_ok(weir_summary_merge(c, b, &err), &err);
    check_ok(weir_summary_subtract(c, b, &err), &err);
    check_all(c);
    weir_summary_free(a);
    weir_summary_free(b);
    weir_summary_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_batch_is_exact),
        cmocka_unit_test(small_batches_are_exact),
        cmocka_unit_test(merged_parts_are_exact),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
