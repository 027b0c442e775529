/* hash_trick_test.c: hashes and hashed columns beside those of scikit-learn (tests/reference/hash_trick.py).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "weir/hash_trick.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "testing/failing.h"

#define REFERENCE WEIR_SOURCE_DIR "/tests/reference/hash_trick.txt"

enum { LINE_MOST = 4096 };

static void ok(weir_code code, const weir_error *err)
{
    if (code)
        fail_msg("%s", err->message);
}

/* Bytes from hexadecimal, terminated; "-" is none. */
static size_t from_hex(const char *hex, char *out)
{
    size_t size = 0;

    if (strcmp(hex, "-") == 0)
        hex = "";
    for (; hex[0] && hex[1]; hex += 2) {
        char pair[] = {hex[0], hex[1], 0};

        out[size++] = (char)strtoul(pair, NULL, 16);
    }
    out[size] = 0;
    return size;
}

static void put(weir_batch *batch, size_t column, const char *text, size_t length)
{
    weir_error err = {0};

    ok(weir_batch_put_text(batch, column, text, length, &err), &err);
}

/* One cell of column 0 and one of column 1, of types S and L. */
static weir_batch *one_row(const char *city, size_t city_size, const char *tags, size_t tags_size)
{
    weir_batch *batch = NULL;
    weir_error err = {0};
    size_t column;

    ok(weir_batch_new(1, &batch, &err), &err);
    ok(weir_batch_add_column(batch, "city", 4, WEIR_S, &column, &err), &err);
    ok(weir_batch_add_column(batch, "tags", 4, WEIR_L, &column, &err), &err);
    ok(weir_batch_row_begin(batch, &err), &err);
    put(batch, 0, city, city_size);
    put(batch, 1, tags, tags_size);
    weir_batch_row_end(batch);
    return batch;
}

/* A line of a frame: two cells, then bin:value for what is not 0. */
static void check_row(char *line, size_t bins)
{
    char city[LINE_MOST], tags[LINE_MOST];
    size_t city_size = from_hex(strtok(line, " \n"), city);
    size_t tags_size = from_hex(strtok(NULL, " \n"), tags);
    weir_batch *batch = one_row(city, city_size, tags, tags_size);
    double *want = calloc(bins, sizeof *want);
    weir_error err = {0};

    for (const char *pair; (pair = strtok(NULL, " \n"));)
        want[strtoul(pair, NULL, 10)] = strtod(strchr(pair, ':') + 1, NULL);
    ok(weir_hash_trick(batch, bins, NULL, &err), &err);
    assert_int_equal(batch->column_count, 2 + bins);
    assert_int_equal(batch->columns[0].absent, 1);
    assert_int_equal(batch->columns[1].absent, 1);
    for (size_t i = 0; i < bins; i++) {
        const weir_batch_column *column = &batch->columns[2 + i];

        assert_int_equal(column->type, WEIR_C);
        assert_true(column->present[0] && column->absent == 0);
        if (column->values[0] != want[i])
            fail_msg("%s of \"%s\", \"%s\": %g, not %g", column->name, city, tags,
                     column->values[0], want[i]);
    }
    free(want);
    weir_batch_free(batch);
}

static void as_in_scikit_learn(void **state)
{
    char line[LINE_MOST], bytes[LINE_MOST], hex[LINE_MOST];
    FILE *file = fopen(REFERENCE, "r");
    size_t rows = 0, bins = 0, hashes = 0, left = 0;
    unsigned seed, want;

    (void)state;
    assert_non_null(file);
    while (fgets(line, sizeof line, file)) {
        if (sscanf(line, "murmur %u %u %4000s", &seed, &want, hex) == 3) {
            assert_int_equal(weir_murmur3_32(bytes, from_hex(hex, bytes), seed), want);
            hashes++;
        } else if (sscanf(line, "frame %zu %zu", &bins, &left) != 2) {
            check_row(line, bins);
            rows++;
        }
    }
    fclose(file);
    assert_true(hashes > 50 && rows == 200);
}

static void rows_without_texts_and_other_columns(void **state)
{
    weir_batch *batch = NULL;
    weir_error err = {0};
    size_t column;

    (void)state;
    ok(weir_batch_new(1, &batch, &err), &err);
    ok(weir_batch_add_column(batch, "x", 1, WEIR_C, &column, &err), &err);
    ok(weir_hash_trick(batch, 4, NULL, &err), &err);
    assert_int_equal(batch->column_count, 1); /* nothing to hash: no columns */
    ok(weir_batch_add_column(batch, "s", 1, WEIR_S, &column, &err), &err);
    ok(weir_batch_add_column(batch, "part", 4, WEIR_S, &column, &err), &err);
    ok(weir_batch_row_begin(batch, &err), &err);
    ok(weir_batch_put_number(batch, 0, 2, &err), &err);
    put(batch, 2, "kept", 4);
    weir_batch_row_end(batch);
    ok(weir_hash_trick(batch, 4, "part", &err), &err);
    assert_int_equal(batch->column_count, 3 + 4);
    assert_string_equal(batch->columns[6].name, "hash$3");
    for (size_t i = 3; i < 7; i++)
        assert_true(batch->columns[i].present[0] && batch->columns[i].values[0] == 0);
    assert_string_equal(batch->columns[2].words[batch->columns[2].codes[0]], "kept");
    assert_true(batch->columns[0].values[0] == 2);
    weir_batch_free(batch);
}

static void refused(void **state)
{
    weir_batch *batch = one_row("a", 1, "b", 1);
    weir_error err = {0};
    size_t column;

    (void)state;
    ok(weir_batch_add_column(batch, "hash$1", 6, WEIR_C, &column, &err), &err);
    assert_int_equal(weir_hash_trick(batch, 4, NULL, &err), WEIR_INVALID);
    assert_non_null(strstr(err.message, "hash$1"));
    weir_batch_free(batch);
}

/* Out of memory anywhere is an error, and the batch can be freed. */
static void memory_runs_out(void **state)
{
    weir_code code = WEIR_NO_MEMORY;
    (void)state;

    for (size_t nth = 0; code; nth++) {
        weir_batch *batch = one_row("oslo", 4, "|red|blue|", 10);

        failing_begin(nth);
        code = weir_hash_trick(batch, 4, NULL, NULL);
        failing_end();
        assert_true(code == WEIR_OK || code == WEIR_NO_MEMORY);
        assert_true(code == WEIR_OK || nth < 100);
        weir_batch_free(batch);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_in_scikit_learn),
        cmocka_unit_test(rows_without_texts_and_other_columns),
        cmocka_unit_test(refused),
        cmocka_unit_test(memory_runs_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
