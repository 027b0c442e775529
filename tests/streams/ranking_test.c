/* ranking_test.c: AUROC and average precision against numbers worked out by hand.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ranking.h"

static const struct {
    const char *title;
    ranked_row rows[6];
    size_t count;
    double auroc, precision;
} rankings[] = {
    {"perfect", {{3, 1}, {2, 1}, {1, 0}, {0, 0}}, 4, 1.0, 1.0},
    {"upside down", {{3, 0}, {2, 0}, {1, 1}}, 3, 0.0, 1.0 / 3},
    {"all equal is chance", {{7, 1}, {7, 0}, {7, 0}, {7, 1}}, 4, 0.5, 0.5},
    /* pairs: (4,3) (4,1) won, (2,3) lost, (2,1) won: 3 of 4; precision: 1/2 * 1 + 1/2 * 2/3 */
    {"one pair lost", {{4, 1}, {3, 0}, {2, 1}, {1, 0}}, 4, 0.75, 0.5 + 1.0 / 3},
    /* the tie at 2 counts half: (1 + 0.5) of 2; precision: 1/2 in the group of two */
    {"a tie counts half", {{2, 1}, {2, 0}, {1, 0}}, 3, 0.75, 0.5},
    {"infinite scores are scores", {{INFINITY, 1}, {-INFINITY, 0}}, 2, 1.0, 1.0},
};

static void test_rankings(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rankings / sizeof *rankings; i++) {
        ranked_row rows[6];
        ranking got = {0};
        weir_error err = {0};

        for (size_t r = 0; r < rankings[i].count; r++) /* from the other end: order is no matter */
            rows[r] = rankings[i].rows[rankings[i].count - 1 - r];
        if (ranking_of(rows, rankings[i].count, &got, &err))
            fail_msg("%s: %s", rankings[i].title, err.message);
        if (fabs(got.auroc - rankings[i].auroc) > 1e-15 ||
            fabs(got.average_precision - rankings[i].precision) > 1e-15)
            fail_msg("%s: %.17g %.17g", rankings[i].title, got.auroc, got.average_precision);
    }
}

static void test_refused(void **state)
{
    ranked_row same[] = {{1, 0}, {2, 0}}, none[] = {{NAN, 0}, {1, 1}};
    ranking got = {0};

    (void)state;
    assert_int_equal(ranking_of(same, 2, &got, NULL), WEIR_INVALID);
    assert_int_equal(ranking_of(none, 2, &got, NULL), WEIR_INVALID);
    assert_int_equal(ranking_of(NULL, 0, &got, NULL), WEIR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rankings),
                                       cmocka_unit_test(test_refused)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
