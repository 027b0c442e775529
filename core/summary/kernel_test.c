/* kernel_test.c: every kernel finds the same steps and buckets as plain arithmetic, whatever the value and the length.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "summary/kernel.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "weir/batch.h" /* WEIR_CELL_TINY */

enum { VALUES = 203, SHIFT = 13 };

static double values[VALUES];

/* Every sign, whole numbers and their neighbours, and every order of magnitude that a cell can have. */
static void fill_values(void)
{
    static const double some[] = {
        0,       1,         0.5,     1.5,     2.5,          7.999999999999999,
        8,       1e-70,     9.9e-71, 1e75,    0x1p-1074,    0x1p-1022,
        0x1p50,  0x1p51,    1e-300,  123.456, 0x1.8p52,     0x1p53,
        4503.25, 4503.9999, 31.75,   32,      31.9999999999};
    size_t n = 0;

    for (size_t i = 0; i < sizeof some / sizeof *some; i++)
        for (int sign = -1; sign <= 1; sign += 2) {
            values[n++] = sign * some[i];
            values[n++] = sign * nextafter(some[i], INFINITY);
            values[n++] = sign * nextafter(some[i], 0);
        }
    while (n < VALUES) {
        values[n] = ldexp((double)(n * 2654435761u % 1000003) / 7 - 70000, (int)(n % 90) - 60);
        n++;
    }
}

static uint32_t step_of(double x, double scale, int64_t first, uint32_t room)
{
    double at = x * scale, step = floor(at) - (double)first;

    if (!(fabs(at) < 0x1p51) || (at == 0 && x != 0) || step < 0 || step >= room)
        return KERNEL_NO_STEP;
    return (uint32_t)step;
}

static uint32_t bucket_of(double x)
{
    double magnitude = fabs(x);
    uint64_t bits;

    if (magnitude < WEIR_CELL_TINY)
        return KERNEL_NO_STEP;
    memcpy(&bits, &magnitude, sizeof bits);
    return (uint32_t)(bits >> (32 + SHIFT)) | (x < 0 ? UINT32_C(0x80000000) : 0);
}

static void steps_are_floors(void **state)
{
    static const int64_t firsts[] = {0, -4096, 30, -(INT64_C(1) << 51), (INT64_C(1) << 51) - 5000};
    uint32_t steps[VALUES + 1];

    (void)state;
    fill_values();
    for (const kernel *const *k = kernels; *k; k++)
        for (int power = -60; (*k)->usable() && power <= 1023; power += power < 20 ? 1 : 97)
            for (size_t f = 0; f < sizeof firsts / sizeof *firsts; f++) {
                const size_t count = VALUES - (size_t)(power & 15); /* also lengths with a rest */

                steps[count] = 77;
                (*k)->steps(values, count, ldexp(1, power), firsts[f], 8192, steps);
                for (size_t i = 0; i < count; i++)
                    assert_int_equal(steps[i],
                                     step_of(values[i], ldexp(1, power), firsts[f], 8192));
                assert_int_equal(steps[count], 77);
            }
}

static void buckets_are_upper_bits(void **state)
{
    uint32_t buckets[VALUES + 1];

    (void)state;
    fill_values();
    for (const kernel *const *k = kernels; *k; k++)
        for (size_t count = (*k)->usable() ? VALUES - 16 : VALUES + 1; count <= VALUES; count++) {
            buckets[count] = 77;
            (*k)->buckets(values, count, SHIFT, buckets);
            for (size_t i = 0; i < count; i++)
                assert_int_equal(buckets[i], bucket_of(values[i]));
            assert_int_equal(buckets[count], 77);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_are_floors),
        cmocka_unit_test(buckets_are_upper_bits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
