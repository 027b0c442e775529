/* merge_tree_test.c: the whole of a tree beside merging all leaves one after the other, on random rows.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "summary/rows_for_test.h"
#include "testing/failing.h"
#include "weir/merge_tree.h"

enum { CASES = 100, LEAVES = 40, WIDE = 300, STEPS = 30, ROWS = 12 };

static weir_summary *rows_of(const row_table *t, size_t first, size_t count)
{
    weir_summary *summary = empty_summary(true, WEIR_PRECISION_AUTO);
    size_t order[ROWS];

    for (size_t i = 0; i < count; i++)
        order[i] = (first + i) % t->count;
    absorb_rows(summary, t, order, count, ROWS, 1);
    return summary;
}

/* All leaves, one after the other. */
static weir_summary *flat(const weir_merge_tree *tree)
{
    weir_summary *all = empty_summary(true, WEIR_PRECISION_AUTO);
    weir_error err;

    for (size_t i = 0; i < weir_merge_tree_leaves(tree); i++)
        if (weir_merge_tree_leaf(tree, i))
            check_ok(weir_summary_merge(all, weir_merge_tree_leaf(tree, i), &err), &err);
    return all;
}

static void check_whole(weir_merge_tree *tree, uint64_t seed)
{
    const weir_summary *whole = NULL;
    weir_summary *expected = flat(tree);
    weir_error err;

    check_ok(weir_merge_tree_whole(tree, &whole, &err), &err);
    if (whole)
        check_equal("the whole is the merge of the leaves", seed, whole, expected);
    else
        assert_true(weir_summary_rows(expected) == 0);
    weir_summary_free(expected);
}

static void whole_is_the_merge_of_the_leaves(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < CASES; seed++) {
        randoms r = {seed * UINT64_C(0x9e3779b97f4a7c15) + 1};
        row_table t = random_table(&r, 1 + below(&r, 4), 60, below(&r, 2));
        weir_merge_tree *tree = NULL;
        weir_error err;

        check_ok(weir_merge_tree_new(2 + below(&r, 6), &tree, &err), &err);
        check_whole(tree, seed);
        if (seed % 4 == 0) /* so many that one change is few */
            for (size_t i = 0; i < WIDE; i++)
                check_ok(weir_merge_tree_put(tree, i, rows_of(&t, i, 1 + i % 3), &err), &err);
        for (size_t step = 0; step < STEPS; step++) {
            size_t leaf = below(&r, 1 + below(&r, LEAVES));
            weir_summary *summary =
                below(&r, 6) ? rows_of(&t, below(&r, t.count), 1 + below(&r, ROWS)) : NULL;

            check_ok(weir_merge_tree_put(tree, leaf, summary, &err), &err);
            if (below(&r, 3) == 0)
                check_whole(tree, seed);
        }
        check_whole(tree, seed);
        weir_merge_tree_free(tree);
        free(t.rows);
    }
}

/* The cost that the header promises, by counting. */
static void one_change_costs_a_way_to_the_root(void **state)
{
    enum { FAN = 4, COUNT = 256, LEVELS = 4 };
    randoms r = {1};
    row_table t = random_table(&r, 2, 60, 0);
    weir_merge_tree *tree = NULL;
    const weir_summary *whole = NULL;
    uint64_t before;
    size_t leaves = 0;
    weir_error err;

    (void)state;
    check_ok(weir_merge_tree_new(FAN, &tree, &err), &err);
    for (size_t i = 0; i < COUNT; i++)
        check_ok(weir_merge_tree_put(tree, i, rows_of(&t, i, 3), &err), &err);
    check_ok(weir_merge_tree_whole(tree, &whole, &err), &err);
    assert_int_equal(weir_merge_tree_merges(tree), COUNT - 1);
    /* many have changed, so no node between was made; they are for the first small change */
    check_ok(weir_merge_tree_put(tree, 200, rows_of(&t, 5, 4), &err), &err);
    check_ok(weir_merge_tree_whole(tree, &whole, &err), &err);
    before = weir_merge_tree_merges(tree);
    assert_int_equal(before, 2 * (COUNT - 1));
    check_ok(weir_merge_tree_whole(tree, &whole, &err), &err);
    assert_int_equal(weir_merge_tree_merges(tree), before);
    check_ok(weir_merge_tree_put(tree, 77, rows_of(&t, 7, 9), &err), &err);
    check_ok(weir_merge_tree_whole(tree, &whole, &err), &err);
    assert_int_equal(weir_merge_tree_merges(tree) - before, (FAN - 1) * LEVELS);
    assert_true(weir_merge_tree_memory(tree, &leaves) > leaves);
    weir_merge_tree_free(tree);
    free(t.rows);
}

static weir_summary *typed(weir_type type)
{
    weir_summary *summary = empty_summary(false, WEIR_PRECISION_AUTO);
    weir_batch *batch = NULL;
    size_t column = 0;
    weir_error err;

    check_ok(weir_batch_new(1, &batch, &err), &err);
    check_ok(weir_batch_add_column(batch, "x", 1, type, &column, &err), &err);
    check_ok(weir_batch_row_begin(batch, &err), &err);
    if (type == WEIR_C)
        check_ok(weir_batch_put_number(batch, column, 1.5, &err), &err);
    else
        check_ok(weir_batch_put_text(batch, column, "a", 1, &err), &err);
    weir_batch_row_end(batch);
    check_ok(weir_summary_absorb(summary, batch, 1, &err), &err);
    weir_batch_free(batch);
    return summary;
}

static void disagreement_is_named_and_ends_with_its_leaf(void **state)
{
    weir_merge_tree *tree = NULL;
    const weir_summary *whole = NULL;
    weir_error err = {0};

    (void)state;
    check_ok(weir_merge_tree_new(2, &tree, &err), &err);
    check_ok(weir_merge_tree_put(tree, 0, typed(WEIR_C), &err), &err);
    check_ok(weir_merge_tree_put(tree, 5, typed(WEIR_T), &err), &err);
    assert_int_equal(weir_merge_tree_whole(tree, &whole, &err), WEIR_INVALID);
    assert_non_null(strstr(err.message, "x"));
    assert_null(whole);
    check_ok(weir_merge_tree_put(tree, 5, typed(WEIR_C), &err), &err);
    check_ok(weir_merge_tree_whole(tree, &whole, &err), &err);
    assert_true(weir_summary_rows(whole) == 2);
    weir_merge_tree_free(tree);
    assert_int_equal(weir_merge_tree_new(65, &tree, &err), WEIR_INVALID);
}

/* Every allocation fails once; afterwards the tree answers as if nothing had been. */
static void failing_leaves_the_tree_as_it_was(void **state)
{
    randoms r = {5};
    row_table t = random_table(&r, 2, 60, 1);

    (void)state;
    for (size_t nth = 0;; nth++) {
        weir_merge_tree *tree = NULL;
        const weir_summary *whole = NULL;
        weir_summary *third = rows_of(&t, 30, 5);
        weir_error err = {0};
        weir_code code;

        check_ok(weir_merge_tree_new(2, &tree, &err), &err);
        check_ok(weir_merge_tree_put(tree, 0, rows_of(&t, 0, 5), &err), &err);
        check_ok(weir_merge_tree_put(tree, 1, rows_of(&t, 10, 5), &err), &err);
        check_ok(weir_merge_tree_whole(tree, &whole, &err), &err);
        failing_begin(nth);
        if (!(code = weir_merge_tree_put(tree, 9, third, &err))) {
            third = NULL; /* the tree's now */
            code = weir_merge_tree_whole(tree, &whole, &err);
        }
        failing_end();
        check_whole(tree, nth);
        weir_summary_free(third);
        weir_merge_tree_free(tree);
        if (!code)
            break;
        assert_int_equal(code, WEIR_NO_MEMORY);
    }
    free(t.rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_is_the_merge_of_the_leaves),
        cmocka_unit_test(one_change_costs_a_way_to_the_root),
        cmocka_unit_test(disagreement_is_named_and_ends_with_its_leaf),
        cmocka_unit_test(failing_leaves_the_tree_as_it_was),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
