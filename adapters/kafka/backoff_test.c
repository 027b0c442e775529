/* backoff_test.c: the documented table of delays.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "backoff.h"

static void test_formula(void **state)
{
    static const struct {
        int64_t base, max;
        unsigned tries;
        double u;
        int64_t want;
    } rows[] = {
        {5000, 10000, 0, 0, 0},          {5000, 10000, 0, 0.5, 2500},
        {5000, 10000, 0, 0.9999, 4999},  {5000, 10000, 1, 0.5, 5000},
        {5000, 10000, 1, 0.99999, 9999}, {5000, 10000, 2, 0.5, 10000},
        {5000, 10000, 2, 0.49, 9800},    {5000, 10000, 5, 0.0625, 10000},
        {5000, 10000, 5, 0.06, 9600},    {1, 10, 3, 0.5, 4},
        {5000, 10000, 40, 0.5, 10000},   /* 5000 * 2^40 is beyond 32 bits */
        {5000, 10000, 5000, 0.5, 10000}, /* and this beyond any double */
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(backoff_ms(rows[i].base, rows[i].max, rows[i].tries, rows[i].u),
                         rows[i].want);
}

/* The means of the documented table: 2500, 5000, 7500, 8750 for tries 0 to 3 at base 5000 and cap 10000. */
static void test_means(void **state)
{
    static const double want[] = {2500, 5000, 7500, 8750};
    uint64_t random = 88172645463325252ULL;

    (void)state;
    for (unsigned t = 0; t < 4; t++) {
        double sum = 0;

        for (int i = 0; i < 100000; i++) {
            double u = backoff_random(&random);

            assert_true(u >= 0 && u < 1);
            sum += (double)backoff_ms(5000, 10000, t, u);
        }
        /* the mean of 100,000 draws has a standard error under 10 */
        assert_true(sum / 1e5 > want[t] - 60 && sum / 1e5 < want[t] + 60);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_formula),
                                       cmocka_unit_test(test_means)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
