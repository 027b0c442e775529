/* position_test.c: every rule of "exactly once", as rows of a table.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "position.h"

/* The stored position stands at `at` in epoch `epoch` (at -1: never seen); the frame covers [from, next) and its rows
 * stand at `offsets`. */
static const struct {
    const char *title;
    int64_t at;
    uint64_t epoch, frame_epoch;
    int64_t from, next;
    int64_t offsets[4];
    size_t rows;
    bool reset;
    weir_code want;
    bool repeat, skipped;
    size_t first;
} rules[] = {
    {"a source never seen starts anywhere",
     -1,
     0,
     0,
     50,
     53,
     {50, 51, 52},
     3,
     false,
     WEIR_OK,
     false,
     false,
     0},
    {"the next frame follows on", 53, 0, 0, 53, 55, {53, 54}, 2, false, WEIR_OK, false, false, 0},
    {"a whole repeat", 53, 0, 0, 50, 53, {50, 51, 52}, 3, false, WEIR_OK, true, false, 0},
    {"a repeat that ends before the position",
     53,
     0,
     0,
     10,
     12,
     {10, 11},
     2,
     false,
     WEIR_OK,
     true,
     false,
     0},
    {"an overlap counts the rows at or above the position",
     52,
     0,
     0,
     50,
     54,
     {50, 51, 52, 53},
     4,
     false,
     WEIR_OK,
     false,
     false,
     2},
    {"an overlap by skipped records only",
     52,
     0,
     0,
     50,
     54,
     {52, 53},
     2,
     false,
     WEIR_OK,
     false,
     false,
     0},
    {"an overlap whose rows are all known still moves the position",
     53,
     0,
     0,
     50,
     54,
     {50, 51, 52},
     3,
     false,
     WEIR_OK,
     false,
     false,
     3},
    {"rows with holes between them",
     52,
     0,
     0,
     50,
     60,
     {50, 51, 55, 59},
     4,
     false,
     WEIR_OK,
     false,
     false,
     2},
    {"a gap is refused", 53, 0, 0, 54, 55, {54}, 1, false, WEIR_GAP, false, false, 0},
    {"a gap that is meant is taken", 53, 0, 0, 60, 61, {60}, 1, true, WEIR_OK, false, true, 0},
    {"reset without a gap accepts nothing special",
     53,
     0,
     0,
     53,
     54,
     {53},
     1,
     true,
     WEIR_OK,
     false,
     false,
     0},
    {"a repeat of the frame that was reset stays a repeat",
     61,
     0,
     0,
     60,
     61,
     {60},
     1,
     true,
     WEIR_OK,
     true,
     false,
     0},
    {"a higher epoch starts again", 53, 0, 1, 0, 2, {0, 1}, 2, false, WEIR_OK, false, false, 0},
    {"a lower epoch is refused", 2, 1, 0, 53, 54, {53}, 1, false, WEIR_CONFLICT, false, false, 0},
    {"a lower epoch is refused even when it repeats",
     60,
     2,
     1,
     50,
     53,
     {50, 51, 52},
     3,
     false,
     WEIR_CONFLICT,
     false,
     false,
     0},
    {"a frame of skipped records moves the position",
     53,
     0,
     0,
     53,
     70,
     {0},
     0,
     false,
     WEIR_OK,
     false,
     false,
     0},
    {"an empty stretch at the position is a repeat",
     53,
     0,
     0,
     53,
     53,
     {0},
     0,
     false,
     WEIR_OK,
     true,
     false,
     0},
    {"position 0 is a position", 0, 0, 0, 1, 2, {1}, 1, false, WEIR_GAP, false, false, 0},
    {"next before from", -1, 0, 0, 5, 4, {0}, 0, false, WEIR_INVALID, false, false, 0},
    {"from below 0", -1, 0, 0, -1, 4, {0}, 0, false, WEIR_INVALID, false, false, 0},
    {"an offset outside the stretch",
     -1,
     0,
     0,
     5,
     7,
     {5, 7},
     2,
     false,
     WEIR_INVALID,
     false,
     false,
     0},
    {"an offset before the stretch",
     -1,
     0,
     0,
     5,
     7,
     {4, 6},
     2,
     false,
     WEIR_INVALID,
     false,
     false,
     0},
    {"offsets that do not rise", -1, 0, 0, 5, 9, {6, 6}, 2, false, WEIR_INVALID, false, false, 0},
};

static void each_rule(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        position_table table = {0};
        position *row = NULL;
        position_verdict verdict = {0};
        weir_source source = {.id = "s", .topic = "t", .partition = 3};
        weir_error err = {0};
        weir_code code;

        assert_int_equal(position_find(&table, "s", "t", 3, &row, &err), WEIR_OK);
        if (rules[i].at >= 0)
            position_move(row, rules[i].at, rules[i].epoch);
        source.from = rules[i].from;
        source.next = rules[i].next;
        source.offsets = (int64_t *)rules[i].offsets;
        source.offset_count = rules[i].rows;
        source.epoch = rules[i].frame_epoch;
        source.reset = rules[i].reset;
        code = position_judge(row, &source, rules[i].rows, &verdict, &err);
        if (code != rules[i].want || verdict.repeat != rules[i].repeat ||
            verdict.skipped != rules[i].skipped || verdict.first != rules[i].first)
            fail_msg("%s: code %d repeat %d skipped %d first %zu (%s)", rules[i].title, (int)code,
                     verdict.repeat, verdict.skipped, verdict.first, err.message);
        if (rules[i].at >= 0)
            assert_int_equal(position_at(row), rules[i].at); /* judging moves nothing */
        position_table_free(&table);
    }
}

static void offsets_are_one_a_row(void **state)
{
    position_table table = {0};
    position *row = NULL;
    position_verdict verdict;
    int64_t offsets[] = {0, 1};
    weir_source source = {
        .id = "s", .topic = "t", .next = 4, .offsets = offsets, .offset_count = 2};
    weir_error err = {0};

    (void)state;
    assert_int_equal(position_find(&table, "s", "t", 0, &row, &err), WEIR_OK);
    assert_int_equal(position_judge(row, &source, 3, &verdict, &err), WEIR_INVALID);
    assert_non_null(strstr(err.message, "2 offsets for 3 rows"));
    position_table_free(&table);
}

/* One partition that begins again voids the positions of the others: their old frames are refused, too. */
static void an_epoch_covers_all_partitions(void **state)
{
    position_table table = {0};
    position *first = NULL, *second = NULL, *other = NULL;
    position_verdict verdict;
    weir_source source = {.id = "s", .topic = "t", .partition = 1, .from = 9, .next = 10};
    weir_error err = {0};

    (void)state;
    assert_int_equal(position_find(&table, "s", "t", 0, &first, &err), WEIR_OK);
    assert_int_equal(position_find(&table, "s", "t", 1, &second, &err), WEIR_OK);
    assert_int_equal(position_find(&table, "s", "u", 1, &other, &err), WEIR_OK);
    position_move(first, 5, 0);
    position_move(second, 9, 0);
    position_move(other, 7, 0);
    position_move(first, 1, 1);
    assert_int_equal(first->current->epoch, 1);
    assert_int_equal(position_at(second), -1);
    assert_int_equal(position_at(other), 7); /* another topic is another matter */
    assert_int_equal(position_judge(second, &source, 0, &verdict, &err), WEIR_CONFLICT);
    source.epoch = 1;
    assert_int_equal(position_judge(second, &source, 0, &verdict, &err), WEIR_OK);
    position_table_free(&table);
}

static void two_sources_of_a_topic_are_rivals(void **state)
{
    position_table table = {0};
    position *a = NULL, *b = NULL, *c = NULL, *again = NULL;
    weir_error err = {0};

    (void)state;
    assert_int_equal(position_find(&table, "a", "t", 0, &a, &err), WEIR_OK);
    assert_int_equal(position_find(&table, "b", "t", 1, &b, &err), WEIR_OK);
    assert_int_equal(position_find(&table, "b", "u", 1, &c, &err), WEIR_OK);
    assert_int_equal(position_find(&table, "a", "t", 0, &again, &err), WEIR_OK);
    assert_ptr_equal(a, again);
    position_move(a, 1, 0);
    position_move(c, 1, 0);
    assert_null(position_rival(&table, a)); /* b never had a row of it */
    position_move(b, 1, 0);
    assert_ptr_equal(position_rival(&table, a), b);
    assert_null(position_rival(&table, c));
    position_table_free(&table);
}

static void names_are_checked(void **state)
{
    position_table table = {0};
    position *row = NULL;
    weir_error err = {0};
    char longest[1100];

    (void)state;
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    assert_int_equal(position_find(&table, "", "t", 0, &row, &err), WEIR_INVALID);
    assert_int_equal(position_find(&table, "s", "", 0, &row, &err), WEIR_INVALID);
    assert_int_equal(position_find(&table, "s", "t", -1, &row, &err), WEIR_INVALID);
    assert_int_equal(position_find(&table, longest, "t", 0, &row, &err), WEIR_INVALID);
    assert_null(table.rows);
    position_table_free(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_rule),
        cmocka_unit_test(offsets_are_one_a_row),
        cmocka_unit_test(an_epoch_covers_all_partitions),
        cmocka_unit_test(two_sources_of_a_topic_are_rivals),
        cmocka_unit_test(names_are_checked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
