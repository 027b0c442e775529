/* spot_test.c: fits and thresholds against scipy's (tests/reference/spot.py), and what a stream of scores may not do.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <inttypes.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/pareto.h"
#include "weir/spot.h"

/* scipy stops searching at a likelihood that is flat to its last digits, where shape and scale still move by this. */
#define PARAMETER_WITHIN 2e-5
#define LIKELIHOOD_WITHIN 1e-9
#define THRESHOLD_WITHIN                                                                           \
    2e-4 /* relative: alpha n / N lies far out in the tail, which multiplies the above */

typedef struct {
    uint64_t state;
} generator;

static double uniform(generator *of)
{
    of->state = 6364136223846793005U * of->state + 1442695040888963407U;
    return ((double)(of->state >> 11) + 0.5) * 0x1p-53;
}

static double tail(double shape, double u)
{
    return shape == 0 ? -log1p(-u) : expm1(-shape * log1p(-u)) / shape;
}

static void near(const char *what, double got, double want, double within)
{
    if (!(fabs(got - want) <= within) && !(isnan(got) && isnan(want)))
        fail_msg("%s: %.12g, not %.12g", what, got, want);
}

static void check_fit(FILE *file)
{
    double shape, cut, want_shape, want_scale, want_likelihood;
    size_t n;
    generator from;

    assert_int_equal(fscanf(file, "%la %zu %" SCNu64 " %la %la %la %la\n", &shape, &n, &from.state,
                            &cut, &want_shape, &want_scale, &want_likelihood),
                     7);
    double *values = malloc(n * sizeof *values);
    bool *beyond = malloc(n * sizeof *beyond);
    assert_non_null(values);
    assert_non_null(beyond);
    for (size_t i = 0; i < n; i++) {
        values[i] = tail(shape, uniform(&from));
        beyond[i] = values[i] > cut;
        values[i] = beyond[i] ? cut : values[i];
    }
    pareto fit = pareto_fit(values, beyond, n);
    near("shape", fit.shape, want_shape, PARAMETER_WITHIN);
    near("scale", fit.scale, want_scale, PARAMETER_WITHIN * want_scale);
    near("likelihood", pareto_likelihood(fit, values, beyond, n), want_likelihood,
         LIKELIHOOD_WITHIN);
    free(values);
    free(beyond);
}

static void check_spot(FILE *file)
{
    weir_spot_options options;
    size_t n;
    generator from;
    double growth;
    weir_spot *spot = NULL;
    unsigned above = 0;

    assert_int_equal(fscanf(file, "%la %la %zu %zu %zu %" SCNu64 " %la\n", &options.alpha,
                            &options.quantile, &options.warmup, &options.window, &n, &from.state,
                            &growth),
                     7);
    assert_int_equal(weir_spot_new(&options, &spot, NULL), WEIR_OK);
    for (size_t i = 0; i < n; i++) {
        above +=
            weir_spot_take(spot, tail(0.1, uniform(&from)) * (1 + growth * (double)i / (double)n));
        if (i < options.warmup || (i + 1) % (n / 10) != 0)
            continue;
        double want;
        unsigned want_above;
        assert_int_equal(fscanf(file, "%la %u\n", &want, &want_above), 2);
        near("threshold", weir_spot_threshold(spot), want, THRESHOLD_WITHIN * want);
        assert_int_equal(above, want_above);
    }
    assert_int_equal(fscanf(file, "end 0\n"), 0);
    weir_spot_free(spot);
}

static void like_scipy(void **state)
{
    FILE *file = fopen(WEIR_SOURCE_DIR "/tests/reference/spot.txt", "r");
    char kind[8];
    int cases = 0;

    (void)state;
    assert_non_null(file);
    for (; fscanf(file, "%7s", kind) == 1; cases++)
        if (!strcmp(kind, "fit"))
            check_fit(file);
        else
            check_spot(file);
    assert_int_equal(cases, 12);
    fclose(file);
}

/* The threshold leaves about alpha above, also where the default quantile is nearer than alpha to the end. */
static void share_is_kept(void **state)
{
    const weir_spot_options options = {0.01, 0.95, 1000, 450};
    weir_spot *spot = NULL;
    generator from = {99};
    unsigned above = 0;
    const size_t n = 100000;

    (void)state;
    assert_int_equal(weir_spot_new(&options, &spot, NULL), WEIR_OK);
    for (size_t i = 0; i < n; i++)
        above += weir_spot_take(spot, tail(0, uniform(&from)));
    /* thresholds of 450 excesses spread by a tenth or so, and what lies above is convex in them */
    assert_in_range(above, 0.008 * (double)n, 0.013 * (double)n);
    weir_spot_free(spot);
}

static const struct {
    const char *title;
    double first, other;
    double odd;
    bool above;
} streams[] = {
    {"all scores are one value", 2, 2, 2, false},
    {"of a constant stream anything greater stands out", 2, 2, 2.5, true},
    {"and nothing smaller", 2, 2, 1, false},
    {"two values", 0, 1, 1, false},
    {"far above two values", 0, 1, 1e300, true},
    {"infinity is above", 0, 1, INFINITY, true},
    {"minus infinity is not", 0, 1, -INFINITY, false},
    {"what is no number is not", 0, 1, NAN, false},
    {"scores that are hardly numbers", 0, 5e-324, 0, false},
    {"scores that are hardly finite", -1e308, 1e308, -1e308, false},
};

static void odd_streams(void **state)
{
    const weir_spot_options options = {0.001, 0.9, 50, 20};

    (void)state;
    for (size_t i = 0; i < sizeof streams / sizeof *streams; i++) {
        weir_spot *spot = NULL;
        bool warming = false;

        assert_int_equal(weir_spot_new(&options, &spot, NULL), WEIR_OK);
        for (size_t r = 0; r < 50; r++) {
            warming |= weir_spot_take(spot, r % 5 ? streams[i].first : streams[i].other);
            warming |= weir_spot_take(spot, NAN);
            if (!isnan(weir_spot_threshold(spot)) && r < 49)
                fail_msg("%s: a threshold during warm-up", streams[i].title);
        }
        if (warming || weir_spot_take(spot, streams[i].odd) != streams[i].above)
            fail_msg("%s: threshold %g", streams[i].title, weir_spot_threshold(spot));
        for (size_t r = 0; r < 500; r++)
            weir_spot_take(spot, r % 5 ? streams[i].first : streams[i].other);
        weir_spot_free(spot);
    }
}

static void bad_options(void **state)
{
    static const weir_spot_options bad[] = {
        {0, 0.98, 100, 100},   {1, 0.98, 100, 100},   {NAN, 0.98, 100, 100}, {0.01, 1, 100, 100},
        {0.01, 0.4, 100, 100}, {0.01, NAN, 100, 100}, {0.01, 0.98, 9, 100},  {0.01, 0.98, 100, 9},
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        weir_spot *spot = NULL;

        assert_int_equal(weir_spot_new(&bad[i], &spot, NULL), WEIR_INVALID);
        assert_null(spot);
    }
    weir_spot_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(like_scipy),
        cmocka_unit_test(share_is_kept),
        cmocka_unit_test(odd_streams),
        cmocka_unit_test(bad_options),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
