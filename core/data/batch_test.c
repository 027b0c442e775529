/* batch_test.c: what a batch takes, refuses and stores.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "weir/batch.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void ok(weir_code code, const weir_error *err)
{
    if (code)
        fail_msg("%s", err->message);
}

/* One cell of one column. */
static const struct {
    const char *title;
    weir_type type;
    const char *text;
    weir_code code;
    bool present;
    double value;
    const char *word;
} cells[] = {
    {"a number", WEIR_C, " 4.5 ", WEIR_OK, true, 4.5, NULL},
    {"minus zero is zero", WEIR_C, "-0.0", WEIR_OK, true, 0, NULL},
    {"nothing", WEIR_C, "", WEIR_OK, false, 0, NULL},
    {"not a number is missing", WEIR_C, "NaN", WEIR_OK, false, 0, NULL},
    {"the greatest", WEIR_C, "1e75", WEIR_OK, true, 1e75, NULL},
    {"beyond it", WEIR_C, "-1.1e75", WEIR_INVALID, false, 0, NULL},
    {"absurd", WEIR_C, "1e300", WEIR_INVALID, false, 0, NULL},
    {"beyond doubles", WEIR_C, "1e999", WEIR_INVALID, false, 0, NULL},
    {"the least", WEIR_C, "5e-324", WEIR_OK, true, 5e-324, NULL},
    {"decimal comma", WEIR_C, "1,5", WEIR_INVALID, false, 0, NULL},
    {"words", WEIR_C, "four", WEIR_INVALID, false, 0, NULL},
    {"binary one", WEIR_B, "1.0", WEIR_OK, true, 1, NULL},
    {"binary two", WEIR_B, "2", WEIR_INVALID, false, 0, NULL},
    {"a category is normalised", WEIR_T, "\t Dark RED ", WEIR_OK, true, 0, "dark red"},
    {"only ASCII is lowered", WEIR_T, "\xc3\x89t\xc3\x89", WEIR_OK, true, 0, "\xc3\x89t\xc3\x89"},
    {"blanks are no category", WEIR_T, "   ", WEIR_OK, false, 0, NULL},
    {"bad UTF-8", WEIR_T, "\xff", WEIR_INVALID, false, 0, NULL},
    {"a string is kept", WEIR_S, " A ", WEIR_OK, true, 0, " A "},
    {"ignored", WEIR_X, "1e300", WEIR_OK, false, 0, NULL},
};

static void cells_are_checked_at_the_door(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cells / sizeof cells[0]; i++) {
        weir_batch *batch = NULL;
        weir_error err = {0};
        size_t at;

        ok(weir_batch_new(1, &batch, &err), &err);
        ok(weir_batch_add_column(batch, "c", 1, cells[i].type, &at, &err), &err);
        ok(weir_batch_row_begin(batch, &err), &err);
        if (weir_batch_put_text(batch, at, cells[i].text, strlen(cells[i].text), &err) !=
            cells[i].code)
            fail_msg("%s: %s", cells[i].title, err.message);
        weir_batch_row_end(batch);
        const weir_batch_column *c = &batch->columns[at];
        assert_int_equal(c->absent, !cells[i].present);
        if (cells[i].present && c->values && c->values[0] != cells[i].value)
            fail_msg("%s: %.17g", cells[i].title, c->values[0]);
        if (cells[i].word)
            assert_string_equal(c->words[c->codes[0]], cells[i].word);
        weir_batch_free(batch);
    }
}

static void numbers_become_words_where_texts_are_due(void **state)
{
    static const struct {
        double value;
        const char *word;
    } numbers[] = {
        {3, "3"}, {-0.0, "0"}, {0.1, "0.1"}, {1e22, "1e+22"}, {1.0 / 3, "0.3333333333333333"}};
    weir_batch *batch = NULL;
    weir_error err;
    size_t at;

    (void)state;
    ok(weir_batch_new(1, &batch, &err), &err);
    ok(weir_batch_add_column(batch, "t", 1, WEIR_T, &at, &err), &err);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        ok(weir_batch_row_begin(batch, &err), &err);
        ok(weir_batch_put_number(batch, at, numbers[i].value, &err), &err);
        weir_batch_row_end(batch);
        assert_string_equal(batch->columns[at].words[batch->columns[at].codes[i]], numbers[i].word);
    }
    weir_batch_free(batch);
}

static void columns_are_checked(void **state)
{
    char longest[WEIR_NAME_MAX + 1];
    weir_batch *batch = NULL;
    weir_error err;
    size_t at;

    (void)state;
    memset(longest, 'x', sizeof longest);
    ok(weir_batch_new(4, &batch, &err), &err);
    ok(weir_batch_add_column(batch, "a", 1, WEIR_C, &at, &err), &err);
    assert_int_equal(weir_batch_add_column(batch, "a", 1, WEIR_B, &at, &err), WEIR_INVALID);
    assert_non_null(strstr(err.message, "column a is there twice"));
    assert_int_equal(weir_batch_add_column(batch, "", 0, WEIR_C, &at, &err), WEIR_INVALID);
    assert_int_equal(weir_batch_add_column(batch, "\xff", 1, WEIR_C, &at, &err), WEIR_INVALID);
    assert_int_equal(weir_batch_add_column(batch, "a\0b", 3, WEIR_C, &at, &err), WEIR_INVALID);
    assert_int_equal(weir_batch_add_column(batch, longest, sizeof longest, WEIR_C, &at, &err),
                     WEIR_INVALID);
    ok(weir_batch_add_column(batch, longest, WEIR_NAME_MAX, WEIR_C, &at, &err), &err);
    assert_int_equal(weir_batch_find(batch, longest, WEIR_NAME_MAX), 1);
    assert_true(weir_batch_find(batch, "b", 1) == WEIR_NONE);
    weir_batch_free(batch);
}

/* A row begun twice counts once, and only with its last cells. */
static void an_open_row_can_be_begun_again(void **state)
{
    weir_batch *batch = NULL;
    weir_error err;
    size_t at;

    (void)state;
    ok(weir_batch_new(1, &batch, &err), &err);
    ok(weir_batch_add_column(batch, "c", 1, WEIR_C, &at, &err), &err);
    for (size_t r = 0; r < 40; r++) {
        ok(weir_batch_row_begin(batch, &err), &err);
        ok(weir_batch_put_number(batch, at, 7, &err), &err);
        ok(weir_batch_row_begin(batch, &err), &err);
        if (r % 2)
            ok(weir_batch_put_number(batch, at, (double)r, &err), &err);
        weir_batch_row_end(batch);
    }
    assert_int_equal(batch->rows, 40);
    assert_int_equal(batch->columns[at].absent, 20);
    assert_true(batch->columns[at].values[38] == 0 && batch->columns[at].values[39] == 39);
    weir_batch_free(batch);
}

static const char fixture[] = WEIR_SOURCE_DIR "/tests/fixtures/batch-v1.bin";

/* The batch of the fixture. */
static weir_batch *example(void)
{
    static const char *const texts[3][7] = {
        {"1.5", "1", "Red", "free text", "x", "0.1234567890123", "0.25"},
        {"", "0", "", "", "x", "7", "1099511627776"},
        {"-3e7", "", "blue", "more", "x", "", "8589934592"}};
    static const char *const names[7] = {"x", "flag", "colour", "note", "skipped", "fine", "float"};
    static const weir_type types[7] = {WEIR_C, WEIR_B, WEIR_T, WEIR_S, WEIR_X, WEIR_C, WEIR_C};
    weir_batch *batch = NULL;
    weir_error err;
    size_t at;

    ok(weir_batch_new(3, &batch, &err), &err);
    batch->arrival_ms = 1700000000123;
    for (size_t i = 0; i < 7; i++)
        ok(weir_batch_add_column(batch, names[i], strlen(names[i]), types[i], &at, &err), &err);
    for (size_t r = 0; r < 3; r++) {
        ok(weir_batch_row_begin(batch, &err), &err);
        for (size_t i = 0; i < 7; i++)
            ok(weir_batch_put_text(batch, i, texts[r][i], strlen(texts[r][i]), &err), &err);
        weir_batch_row_end(batch);
    }
    return batch;
}

static void put_run(weir_batch *batch, size_t column, const double *values, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        i += weir_batch_put_doubles(batch, column + i, count - i, values + i);
        if (i < count)
            weir_batch_put_number(batch, column + i, values[i], NULL);
    }
}

/* Runs of doubles are what one cell after the other would have been, whatever the row before left behind. */
static void runs_of_doubles_are_cells(void **state)
{
    static const double rows[][4] = {{1, -0.0, 1e75, 4},
                                     {NAN, 2, 3, 4},
                                     {1, 2, 3, INFINITY},
                                     {1, 2e75, 3, 4},
                                     {-1e-300, 0x1p-1074, 7, 8}};
    static const weir_type types[5] = {WEIR_C, WEIR_C, WEIR_X, WEIR_C, WEIR_C};
    weir_batch *runs = NULL, *single = NULL;
    weir_batch **both[2] = {&runs, &single};
    weir_error err;
    size_t at;

    (void)state;
    for (int b = 0; b < 2; b++) {
        ok(weir_batch_new(2, both[b], &err), &err);
        for (size_t i = 0; i < 5; i++)
            ok(weir_batch_add_column(*both[b], (const char *[]){"a", "b", "x", "c", "d"}[i], 1,
                                     types[i], &at, &err),
               &err);
    }
    for (int turn = 0; turn < 3; turn++) {
        for (size_t r = 0; r < 5; r++) {
            ok(weir_batch_row_begin(runs, &err), &err);
            assert_int_equal(weir_batch_put_doubles(runs, 0, 2, (double[]){9, 9}), 2);
            ok(weir_batch_row_begin(runs, &err), &err); /* forgets it */
            ok(weir_batch_row_begin(single, &err), &err);
            put_run(runs, 0, rows[r], 2); /* a row's numbers lie around the column x */
            put_run(runs, 3, rows[r] + 2, 2);
            for (size_t i = 0; i < 4; i++)
                weir_batch_put_number(single, i + (i > 1), rows[r][i], &err);
            weir_batch_row_end(runs);
            weir_batch_row_end(single);
        }
        assert_int_equal(weir_batch_put_doubles(runs, 2, 1, (double[]){1}), 0);
        for (size_t i = 0; i < 5; i++) {
            const weir_batch_column *a = &runs->columns[i], *b = &single->columns[i];

            assert_int_equal(a->absent, b->absent);
            if (types[i] == WEIR_X)
                continue;
            assert_memory_equal(a->values, b->values, 5 * sizeof(double));
            assert_memory_equal(a->present, b->present, 5);
        }
        assert_int_equal(runs->columns[0].absent, 1);
        assert_int_equal(runs->columns[2].absent, 5);
        weir_batch_clear(runs);
        weir_batch_clear(single);
    }
    weir_batch_free(runs);
    weir_batch_free(single);
}

static void first_bytes_still_load(void **state)
{
    weir_batch *batch = example(), *loaded = NULL;
    weir_bytes bytes = {0}, stored = {0};
    char part[4096];
    FILE *file = fopen(fixture, "rb");
    weir_error err;

    (void)state;
    assert_non_null(file);
    weir_bytes_append(&stored, part, fread(part, 1, sizeof part, file));
    fclose(file);
    ok(weir_batch_load(stored.data, stored.size, &loaded, &err), &err);
    assert_true(loaded->arrival_ms == 1700000000123 && loaded->rows == 3);
    ok(weir_batch_save(loaded, &bytes, &err), &err);
    assert_int_equal(bytes.size, stored.size);
    assert_memory_equal(bytes.data, stored.data, stored.size);
    assert_string_equal(loaded->columns[2].words[loaded->columns[2].codes[2]], "blue");
    weir_bytes_clear(&bytes);
    ok(weir_batch_save(batch, &bytes, &err), &err);
    assert_memory_equal(bytes.data, stored.data, stored.size);
    weir_bytes_free(&bytes);
    weir_bytes_free(&stored);
    weir_batch_free(loaded);
    weir_batch_free(batch);
}

/* Every cut and every changed byte behind a mended checksum: refused, or a batch that saves again. */
static void hostile_bytes_are_refused_or_harmless(void **state)
{
    weir_batch *batch = example(), *loaded = NULL;
    weir_bytes bytes = {0};
    uint64_t bits = 12345;
    weir_error err;

    (void)state;
    ok(weir_batch_save(batch, &bytes, &err), &err);
    for (size_t size = 0; size < bytes.size; size++) {
        uint8_t *cut = malloc(size + 1);

        memcpy(cut, bytes.data, size);
        assert_int_equal(weir_batch_load(cut, size, &loaded, &err), WEIR_CORRUPT);
        free(cut);
    }
    /* The head section starts behind 12 + 2 + 4 + 2 + 4 + 4 bytes; its length is not changed here. */
    for (int round = 0; round < 20000; round++) {
        uint8_t *copy = malloc(bytes.size + 1);
        size_t at = 12;

        memcpy(copy, bytes.data, bytes.size);
        for (int k = 0; k < 2; k++) {
            bits = bits * UINT64_C(6364136223846793005) + 1442695040888963407u;
            copy[28 + (bits >> 33) % (bytes.size - 28)] = (uint8_t)(bits >> 20);
        }
        while (at + 12 < bytes.size) {
            size_t head = at + 4 + copy[at], length = 0;
            uint32_t crc;

            if (head + 8 > bytes.size)
                break;
            length = copy[head] | (size_t)copy[head + 1] << 8;
            if (length > bytes.size - head - 8)
                break;
            crc = weir_crc32c(0, copy + head + 8, length);
            for (int i = 0; i < 4; i++)
                copy[head + 4 + (size_t)i] = (uint8_t)(crc >> (8 * i));
            at = head + 8 + length;
        }
        if (weir_batch_load(copy, bytes.size, &loaded, &err) == WEIR_OK) {
            weir_bytes again = {0};

            ok(weir_batch_save(loaded, &again, &err), &err);
            weir_bytes_free(&again);
            weir_batch_free(loaded);
        }
        free(copy);
    }
    weir_bytes_free(&bytes);
    weir_batch_free(batch);
}

/* Columns of numbers, written in the form that is smallest for them. bytes: what a cell takes. */
static const struct {
    const char *title;
    double values[4];
    size_t bytes;
} forms[] = {
    {"nothing but zeros", {0, 0, 0, 0}, 1},
    {"small whole numbers", {-128, 127, 3, 0}, 1},
    {"whole numbers of two bytes", {-128, 128, 3, 0}, 2},
    {"the greatest of two bytes", {-32768, 32767, 3, 0}, 2},
    {"whole numbers of four bytes", {-32768, 32768, 3, 0}, 4},
    {"the greatest of four bytes", {-2147483648.0, 2147483647, 3, 0}, 4},
    {"whole numbers beyond four bytes that are no floats", {2147483649.0, 1, 2, 3}, 8},
    {"whole numbers beyond four bytes that are floats", {2147483648.0, 1, 2, 3}, 4},
    {"decimals", {0.1, -0.7, 12.5, 3}, 1},
    {"decimals with more and more places", {1.5, -2.25, 30.125, 3}, 2},
    {"a place too many for four bytes", {2147483647, 0.1, 2, 3}, 8},
    {"six places", {0.000001, 1, 2, 3}, 4},
    {"seven places", {0.0000001, 1, 2, 3}, 8},
    {"the least doubles", {5e-324, 1, 2, 3}, 8},
    {"the greatest cells", {1e75, -1e75, 2, 3}, 8},
    {"floats", {(double)0.1f, (double)-1e-30f, (double)3e38f, 3}, 4},
    {"a neighbour of a decimal", {0.1 + 0x1p-56, 1, 2, 3}, 8},
    {"a third", {1.0 / 3, 1, 2, 3}, 8},
};

/* Bytes of the log for the first rows of a case, of which gap (if it is one of them) has no cell. */
static size_t stored_size(size_t i, size_t rows, size_t gap)
{
    weir_batch *batch = NULL, *loaded = NULL;
    weir_bytes bytes = {0};
    size_t at, size;
    weir_error err;

    ok(weir_batch_new(4, &batch, &err), &err);
    ok(weir_batch_add_column(batch, "x", 1, WEIR_C, &at, &err), &err);
    for (size_t r = 0; r < rows; r++) {
        ok(weir_batch_row_begin(batch, &err), &err);
        if (r != gap)
            ok(weir_batch_put_number(batch, at, forms[i].values[r], &err), &err);
        weir_batch_row_end(batch);
    }
    ok(weir_batch_save(batch, &bytes, &err), &err);
    ok(weir_batch_load(bytes.data, bytes.size, &loaded, &err), &err);
    size = bytes.size;
    if (loaded->rows != rows || loaded->columns[0].absent != batch->columns[0].absent ||
        memcmp(loaded->columns[0].values, batch->columns[0].values, rows * sizeof(double)) != 0 ||
        memcmp(loaded->columns[0].present, batch->columns[0].present, rows) != 0)
        fail_msg("%s: other cells come back", forms[i].title);
    weir_bytes_free(&bytes);
    weir_batch_free(loaded);
    weir_batch_free(batch);
    return size;
}

static void numbers_are_stored_in_the_smallest_form(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        size_t empty = stored_size(i, 1, 0); /* a bitmap and the form of no cells */
        size_t whole = stored_size(i, 4, 4);
        size_t heads = forms[i].bytes == 8 || strstr(forms[i].title, "floats") ? 2 : 0;

        if (whole != empty - 1 - heads + 4 * forms[i].bytes)
            fail_msg("%s: 4 cells take %zu bytes beside %zu for none", forms[i].title, whole,
                     empty);
        if (stored_size(i, 4, 3) != whole + 1 - forms[i].bytes)
            fail_msg("%s: a gap in the last row", forms[i].title);
    }
}

/* Codes take as many bytes as the number of words asks for, and come back. */
static void words_are_stored_by_their_number(void **state)
{
    static const struct {
        size_t words, bytes;
    } sizes[] = {{256, 1}, {257, 2}, {65536, 2}, {65537, 4}};

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        weir_batch *batch = NULL, *loaded = NULL;
        weir_bytes bytes[2] = {{0}, {0}};
        weir_error err;
        char word[24];
        size_t at;

        ok(weir_batch_new(sizes[i].words, &batch, &err), &err);
        ok(weir_batch_add_column(batch, "t", 1, WEIR_T, &at, &err), &err);
        for (size_t r = 0; r < sizes[i].words + 1; r++) {
            int length = snprintf(word, sizeof word, "%zu", r % sizes[i].words);

            if (r == sizes[i].words)
                ok(weir_batch_save(batch, &bytes[0], &err), &err);
            ok(weir_batch_row_begin(batch, &err), &err);
            ok(weir_batch_put_text(batch, at, word, (size_t)length, &err), &err);
            weir_batch_row_end(batch);
        }
        ok(weir_batch_save(batch, &bytes[1], &err), &err);
        assert_int_equal(bytes[1].size - bytes[0].size, sizes[i].bytes);
        ok(weir_batch_load(bytes[1].data, bytes[1].size, &loaded, &err), &err);
        assert_int_equal(loaded->rows, batch->rows);
        assert_memory_equal(loaded->columns[0].codes, batch->columns[0].codes,
                            batch->rows * sizeof(uint32_t));
        weir_bytes_free(&bytes[0]);
        weir_bytes_free(&bytes[1]);
        weir_batch_free(loaded);
        weir_batch_free(batch);
    }
}

/* batch_test write: makes the fixture, once for each version of the format. */
static int write_fixture(void)
{
    weir_batch *batch = example();
    weir_bytes bytes = {0};
    weir_error err;
    FILE *file = fopen(fixture, "wbx");
    bool written;

    ok(weir_batch_save(batch, &bytes, &err), &err);
    written = file && fwrite(bytes.data, 1, bytes.size, file) == bytes.size;
    if (file && fclose(file) != 0)
        written = false;
    weir_bytes_free(&bytes);
    weir_batch_free(batch);
    return written ? 0 : 1;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells_are_checked_at_the_door),
        cmocka_unit_test(numbers_become_words_where_texts_are_due),
        cmocka_unit_test(columns_are_checked),
        cmocka_unit_test(an_open_row_can_be_begun_again),
        cmocka_unit_test(runs_of_doubles_are_cells),
        cmocka_unit_test(first_bytes_still_load),
        cmocka_unit_test(numbers_are_stored_in_the_smallest_form),
        cmocka_unit_test(words_are_stored_by_their_number),
        cmocka_unit_test(hostile_bytes_are_refused_or_harmless),
    };

    if (argc > 1 && strcmp(argv[1], "write") == 0)
        return write_fixture();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
