/* The tabulated density against the sum it stands for, on nodes of many shapes, and its bounds.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "model/curve.h"

enum { NODES = 4096 };

static uint64_t seed;

static double uniform(void)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (double)(seed >> 11) * 0x1p-53;
}

static int ascending(const void *a, const void *b)
{
    const double x = ((const curve_node *)a)->value, y = ((const curve_node *)b)->value;
    return (x > y) - (x < y);
}

/* Nodes of one shape, weights of sum 1. The unit is a spread. */
static size_t make_nodes(int shape, curve_node *nodes)
{
    static const size_t sizes[] = {1, 7, 9, 300, NODES, NODES, NODES, 500};
    size_t n = sizes[shape], kept = 0;
    double sum = 0;

    for (size_t i = 0; i < n; i++) {
        double u = uniform() - 0.5;
        double x = shape < 4    ? 10 * u
                   : shape == 4 ? u / (0.5001 - fabs(u))          /* heavy tails */
                   : shape == 5 ? 8 * u + (uniform() < 0.1) * 1e5 /* a cluster far away */
                   : shape == 6 ? u * 1e7                         /* apart: nothing to tabulate */
                                : 1e9 + floor(200 * u) / 64;      /* on a lattice, far from 0 */
        nodes[i] = (curve_node){x, x, 0.01 + uniform()};
    }
    qsort(nodes, n, sizeof *nodes, ascending);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || nodes[i].value > nodes[kept - 1].value)
            nodes[kept++] = nodes[i];
    for (size_t i = 0; i < kept; i++)
        sum += nodes[i].weight;
    for (size_t i = 0; i < kept; i++)
        nodes[i].weight /= sum;
    return kept;
}

/* The definition: every node, nothing left out. */
static double by_definition(const curve_node *nodes, size_t n, double spread, double bandwidth,
                            double x)
{
    long double sum = 0;

    for (size_t i = 0; i < n; i++) {
        double t = (x - nodes[i].value) / (bandwidth * spread);
        sum += nodes[i].weight * expl(-0.5L * t * t);
    }
    return (double)-logl(sum / (bandwidth * sqrt(2 * 3.14159265358979324)) + 1e-4L);
}

static void table_equals_the_sum(void **state)
{
    static curve_node nodes[NODES];
    (void)state;

    seed = 99;
    for (int shape = 0; shape < 8; shape++)
        for (int narrow = 0; narrow < 2; narrow++) {
            double bandwidth = narrow ? 0.05 : 0.5, worst = 0, at = 0;
            size_t n = make_nodes(shape, nodes);
            curve *c = NULL;
            assert_int_equal(curve_new(nodes, n, 1, bandwidth, &c, NULL), WEIR_OK);
            for (size_t i = 0; i < 900; i++) {
                double x = nodes[(size_t)(uniform() * (double)n)].value +
                           (i % 3 ? 0 : 16 * bandwidth * (uniform() - 0.5));
                double off = fabs(curve_at(c, x) - by_definition(nodes, n, 1, bandwidth, x));
                if (!(off <= worst)) {
                    worst = off;
                    at = x;
                }
            }
            if (!(worst <= 2e-5))
                fail_msg("shape %d, bandwidth %g: %g off at %g", shape, bandwidth, worst, at);
            curve_free(c);
        }
}

/* No spread: the share of the very value; a value never seen is as rare as can be. */
static void points_are_not_smoothed(void **state)
{
    const curve_node nodes[] = {{0, 0, 0.75}, {1, 1, 0.24}, {5, 6, 0.01}};
    const double peak = 1 / (0.5 * sqrt(2 * 3.14159265358979324));
    curve *c = NULL;
    (void)state;

    assert_int_equal(curve_new(nodes, 3, 0, 0.5, &c, NULL), WEIR_OK);
    assert_true(fabs(curve_at(c, 0) + log(peak * 0.75 + 1e-4)) < 1e-15);
    assert_true(fabs(curve_at(c, 1) + log(peak * 0.24 + 1e-4)) < 1e-15);
    assert_true(fabs(curve_at(c, 5.5) + log(peak * 0.01 + 1e-4)) < 1e-15);
    for (size_t i = 0; i < 5; i++)
        assert_true(curve_at(c, ((const double[]){-1, 0.5, 6, 1e75, 4.99})[i]) == -log(1e-4));
    curve_free(c);
    assert_int_equal(curve_new(NULL, 0, 0, 0.5, &c, NULL), WEIR_OK);
    assert_true(curve_at(c, 3) == 0);
    curve_free(c);
}

/* Absurd nodes and values give finite scores. */
static void nothing_overflows(void **state)
{
    static const double values[] = {-2e75, -1, -1e-300, 0, 5e-324, 1, 1e30, 2e75, 1e308, -1e308};
    const curve_node nodes[] = {{-2e75, -2e75, 0.1}, {-1, -1, 0.3}, {0, 0, 0.3}, {2e75, 2e75, 0.3}};
    static const double spreads[] = {0, 5e-324, 1e-190, 1, 4e75};
    (void)state;

    for (size_t s = 0; s < sizeof spreads / sizeof *spreads; s++) {
        curve *c = NULL;
        assert_int_equal(curve_new(nodes, 4, spreads[s], 0.5, &c, NULL), WEIR_OK);
        for (size_t i = 0; i < sizeof values / sizeof *values; i++)
            assert_true(isfinite(curve_at(c, values[i])));
        curve_free(c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table_equals_the_sum),
        cmocka_unit_test(points_are_not_smoothed),
        cmocka_unit_test(nothing_overflows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
