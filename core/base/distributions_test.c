/* Distribution functions against mpmath (tests/reference/distributions.py), and outside their domains.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "weir/distributions.h"

static double value_of(const char *name, const double *a)
{
    if (strcmp(name, "normal_cdf") == 0)
        return weir_normal_cdf(a[0]);
    if (strcmp(name, "normal_upper") == 0)
        return weir_normal_upper(a[0]);
    if (strcmp(name, "normal_quantile") == 0)
        return weir_normal_quantile(a[0]);
    if (strcmp(name, "student_cdf") == 0)
        return weir_student_cdf(a[0], a[1]);
    if (strcmp(name, "student_upper") == 0)
        return weir_student_upper(a[0], a[1]);
    if (strcmp(name, "student_quantile") == 0)
        return weir_student_quantile(a[0], a[1]);
    if (strcmp(name, "chi2_cdf") == 0)
        return weir_chi2_cdf(a[0], a[1]);
    if (strcmp(name, "chi2_upper") == 0)
        return weir_chi2_upper(a[0], a[1]);
    if (strcmp(name, "f_cdf") == 0)
        return weir_f_cdf(a[0], a[1], a[2]);
    if (strcmp(name, "f_upper") == 0)
        return weir_f_upper(a[0], a[1], a[2]);
    fail_msg("%s is not known", name);
    return NAN;
}

static void values_equal_mpmath(void **state)
{
    FILE *file = fopen(WEIR_SOURCE_DIR "/tests/reference/distributions.txt", "r");
    char name[32];
    size_t arguments, lines = 0;
    (void)state;

    assert_non_null(file);
    for (; fscanf(file, "%31s %zu", name, &arguments) == 2; lines++) {
        double a[3] = {0}, want;
        assert_in_range(arguments, 1, 3);
        for (size_t i = 0; i < arguments; i++)
            assert_int_equal(fscanf(file, "%la", &a[i]), 1);
        assert_int_equal(fscanf(file, "%la", &want), 1);
        double got = value_of(name, a);
        if (!(fabs(got - want) <= 1e-12 * fabs(want)))
            fail_msg("%s(%g, %g, %g): %.17g, not %.17g", name, a[0], a[1], a[2], got, want);
    }
    fclose(file);
    assert_int_equal(lines, 646);
}

static void outside_the_domain_is_nan(void **state)
{
    (void)state;
    errno = 0;
    assert_true(isnan(weir_normal_cdf(NAN)) && isnan(weir_normal_quantile(1.5)));
    assert_true(isnan(weir_student_cdf(1, 0)) && isnan(weir_student_cdf(1, NAN)));
    assert_true(isnan(weir_student_quantile(-0.1, 5)) && isnan(weir_student_quantile(0.5, -1)));
    assert_true(isnan(weir_chi2_upper(-1, 3)) && isnan(weir_chi2_upper(1, INFINITY)));
    assert_true(isnan(weir_f_cdf(-1, 2, 3)) && isnan(weir_f_upper(1, 0, 3)));
    assert_true(isinf(weir_normal_quantile(1)) && isinf(weir_normal_quantile(0)));
    assert_int_equal(errno, 0);
}

/* Infinite arguments and extreme degrees of freedom end, with a number or NaN. */
static void extremes_return(void **state)
{
    static const double odd[] = {0, 5e-324, 1e-300, 1, 1e300, 1.7e308, INFINITY};
    enum { ODD = sizeof odd / sizeof *odd };
    (void)state;

    for (size_t i = 0; i < ODD; i++)
        for (size_t j = 0; j < ODD; j++) {
            double p = weir_student_cdf(odd[i], odd[j]), q = weir_chi2_upper(odd[i], odd[j]);
            double f = weir_f_upper(odd[i], odd[j], odd[j]);
            assert_true(isnan(p) || (p >= 0 && p <= 1));
            assert_true(isnan(q) || (q >= 0 && q <= 1));
            assert_true(isnan(f) || (f >= 0 && f <= 1));
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_equal_mpmath),
        cmocka_unit_test(outside_the_domain_is_nan),
        cmocka_unit_test(extremes_return),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
