/* batch_change_test.c: a batch that was changed is like one that was made so, also in its bytes.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "weir/batch.h"
#include "weir/memory.h"

enum { CASES = 1000, MANY = 30 };

static uint64_t seed;

static size_t any(size_t below)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (size_t)(seed >> 33) % below;
}

static void ok(weir_code code, const weir_error *err)
{
    if (code)
        fail_msg("%s", err->message);
}

static const weir_type types[] = {WEIR_C, WEIR_B, WEIR_T, WEIR_S, WEIR_L, WEIR_X};
enum { COLUMNS = sizeof types / sizeof types[0] };

static weir_batch *empty(void)
{
    weir_batch *batch = NULL;
    weir_error err = {0};
    size_t column;

    ok(weir_batch_new(1, &batch, &err), &err);
    for (size_t c = 0; c < COLUMNS; c++) {
        char name[] = {(char)('a' + c), 0};

        ok(weir_batch_add_column(batch, name, 1, types[c], &column, &err), &err);
    }
    return batch;
}

/* Puts row r, whose cells are a function of the two seeds. */
static void put_row(weir_batch *batch, uint64_t row_seed)
{
    weir_error err = {0};

    seed = row_seed;
    ok(weir_batch_row_begin(batch, &err), &err);
    for (size_t c = 0; c < COLUMNS; c++) {
        double value = (double)any(types[c] == WEIR_B ? 2 : 9);

        if (any(4))
            ok(weir_batch_put_number(batch, c, value, &err), &err);
    }
    weir_batch_row_end(batch);
}

static void assert_same(const weir_batch *a, const weir_batch *b, uint64_t of)
{
    weir_bytes x = {0}, y = {0};
    weir_error err = {0};

    ok(weir_batch_save(a, &x, &err), &err);
    ok(weir_batch_save(b, &y, &err), &err);
    if (x.size != y.size || memcmp(x.data, y.data, x.size) != 0)
        fail_msg("seed %d: the batches differ", (int)of);
    for (size_t c = 0; c < a->column_count; c++)
        assert_int_equal(a->columns[c].absent, b->columns[c].absent);
    weir_bytes_free(&x);
    weir_bytes_free(&y);
}

static void kept_rows_are_as_if_alone(void **state)
{
    (void)state;
    for (uint64_t of = 1; of <= CASES; of++) {
        weir_batch *all = empty(), *some = empty();
        uint8_t keep[MANY] = {0};
        weir_error err = {0};
        size_t rows;

        seed = of * UINT64_C(0x9e3779b97f4a7c15);
        rows = any(MANY);
        for (size_t r = 0; r < rows; r++)
            keep[r] = any(3) == 0;
        for (size_t r = 0; r < rows; r++) {
            put_row(all, of * 1000 + r);
            if (keep[r])
                put_row(some, of * 1000 + r);
        }
        ok(weir_batch_keep_rows(all, keep, &err), &err);
        assert_same(all, some, of);
        put_row(all, of); /* words are found, and new ones added, as before */
        put_row(some, of);
        assert_same(all, some, of);
        weir_batch_free(all);
        weir_batch_free(some);
    }
}

static void texts_become_numbers(void **state)
{
    static const double values[] = {1, NAN, 2, INFINITY, 1e76, -0.0};
    static const uint8_t present[] = {1, 1, 0, 1, 1, 1};
    weir_batch *batch = empty();
    weir_error err = {0};

    (void)state;
    for (uint64_t r = 0; r < 6; r++)
        put_row(batch, r);
    for (size_t c = 0; c < COLUMNS; c++) {
        const weir_batch_column *column = &batch->columns[c];

        ok(weir_batch_to_numbers(batch, c, values, present, &err), &err);
        assert_int_equal(column->type, WEIR_C);
        assert_null(column->codes);
        assert_int_equal(column->word_count, 0);
        assert_int_equal(column->absent, 4);
        assert_true(column->present[0] && column->values[0] == 1);
        assert_true(column->present[5] && !signbit(column->values[5]));
        for (size_t r = 1; r < 5; r++)
            assert_true(!column->present[r] && column->values[r] == 0);
    }
    put_row(batch, 99); /* it takes rows still */
    weir_batch_free(batch);
}

static void cells_go(void **state)
{
    weir_batch *batch = empty();

    (void)state;
    for (uint64_t r = 0; r < 6; r++)
        put_row(batch, r);
    batch->columns[3].hidden = true;
    for (size_t c = 0; c < COLUMNS; c++) {
        weir_batch_drop_cells(batch, c);
        assert_int_equal(batch->columns[c].absent, 6);
        assert_int_equal(batch->columns[c].type, c == 3 ? WEIR_X : types[c]);
        assert_false(batch->columns[c].hidden);
    }
    assert_null(batch->columns[3].present);
    put_row(batch, 7);
    assert_int_equal(batch->rows, 7);
    weir_batch_free(batch);
}

/* --- without memory nothing changes */

static size_t allowed;

static void *sparing(size_t size)
{
    return allowed > 0 ? (allowed--, malloc(size)) : NULL;
}

static void without_memory(void **state)
{
    static const weir_memory_hook hook = {sparing, realloc, free};
    static const uint8_t keep[4] = {0, 1, 0, 1};
    static const double values[4] = {1, 2, 3, 4};
    weir_batch *batch = empty(), *same = empty();
    size_t refused = 0;

    (void)state;
    for (uint64_t r = 0; r < 4; r++) {
        put_row(batch, r);
        put_row(same, r);
    }
    for (size_t n = 0;; n++) {
        weir_error err = {0};
        weir_code code;

        weir_memory_use(&hook);
        allowed = n;
        code = weir_batch_to_numbers(batch, 2, values, keep, &err);
        weir_memory_use(NULL);
        if (!code)
            break;
        assert_int_equal(code, WEIR_NO_MEMORY);
        assert_same(batch, same, n);
        refused++;
    }
    assert_true(refused > 0);
    weir_batch_free(batch);
    batch = same;
    same = empty();
    for (uint64_t r = 0; r < 4; r++)
        put_row(same, r);
    refused = 0;
    for (size_t n = 0;; n++) {
        weir_error err = {0};
        weir_code code;

        weir_memory_use(&hook);
        allowed = n;
        code = weir_batch_keep_rows(batch, keep, &err);
        weir_memory_use(NULL);
        if (!code)
            break;
        assert_same(batch, same, n);
        refused++;
    }
    assert_true(refused > 0);
    assert_int_equal(batch->rows, 2);
    weir_batch_free(batch);
    weir_batch_free(same);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kept_rows_are_as_if_alone),
        cmocka_unit_test(texts_become_numbers),
        cmocka_unit_test(cells_go),
        cmocka_unit_test(without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
