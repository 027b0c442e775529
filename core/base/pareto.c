/* pareto.c: fitting the generalised Pareto distribution by one variable.
 *
 * With x = shape / scale and m values that are known, the likelihood is greatest, for a given x, at
 *
 *     shape(x) = 1/m sum of log(1 + x y) over all,   scale = shape / x
 *
 * [1], where a value that is only known to lie beyond y counts in the sum and not in m. What is left to find is the x at
 * which
 *
 *     L(x) = -log(shape(x) / x) - 1 - 1/m sum of log(1 + x y) over those known
 *
 * is greatest, for x above -1 / max y; L(0) = -log(1/m sum of y) - 1 is the exponential distribution. Grimshaw looks for the roots of L'; we look at L itself, on a grid whose steps
 * grow in proportion on both sides of 0 (a uniform one misses the peak: with a small least excess the range goes
 * over many powers of ten), and close in on the best of its points by golden section.
 *
 * Towards -1 / max y the shape falls beyond -1 and L rises without end; that part is left out.
 *
 * [1] S. D. Grimshaw: Computing Maximum Likelihood Estimates for the Generalized Pareto Distribution. Technometrics
 *     35(2), 1993.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "pareto.h"

#include <math.h>

#define GRID 24          /* points on either side of 0 */
#define NEAREST 1e-6     /* of the bound, or of 1 / mean y: the point next to 0 */
#define FARTHEST 1e4     /* times 1 / mean y: a shape of several ones */
#define LEAST_SHAPE (-1) /* see above */
#define STEPS 60         /* of golden section: 0.618^60 is 3e-13 */

typedef struct {
    const double *y;
    const bool *beyond; /* NULL: all are known */
    size_t count;
    double known; /* m */
    double mean;  /* of all over m */
} sample;

/* *own is the part of those that are known. */
static double shape_at(const sample *of, double x, double *own)
{
    double all = 0, part = 0;

    for (size_t i = 0; i < of->count; i++) {
        double term = log1p(x * of->y[i]);

        all += term;
        part += of->beyond && of->beyond[i] ? 0 : term;
    }
    *own = part / of->known;
    return all / of->known;
}

/* L(x); minus infinity outside of the range. */
static double likelihood_at(const sample *of, double x)
{
    double shape, own;

    if (x == 0)
        return -log(of->mean) - 1;
    shape = shape_at(of, x, &own);
    if (!(shape >= LEAST_SHAPE) || !(shape / x > 0))
        return -INFINITY;
    return -log(shape / x) - own - 1;
}

/* The grid from below to above: index 0 to 2 * GRID, with 0 in the middle. bound is max y. */
static double grid_at(const sample *of, double bound, size_t i)
{
    double step;

    if (i == GRID)
        return 0;
    if (i > GRID) {
        step = (double)(i - GRID - 1) / (GRID - 1);
        return NEAREST * pow(FARTHEST / NEAREST, step) / of->mean;
    }
    step = (double)(GRID - 1 - i) / (GRID - 1); /* 0 next to 0, 1 at the bound */
    return -NEAREST * pow((1 - 1e-9) / NEAREST, step) / bound;
}

static double golden(const sample *of, double low, double high)
{
    const double share = 0.61803398874989485;
    double a = high - share * (high - low), b = low + share * (high - low);
    double at_a = likelihood_at(of, a), at_b = likelihood_at(of, b);

    for (int i = 0; i < STEPS; i++)
        if (at_a >= at_b) {
            high = b;
            b = a;
            at_b = at_a;
            a = high - share * (high - low);
            at_a = likelihood_at(of, a);
        } else {
            low = a;
            a = b;
            at_a = at_b;
            b = low + share * (high - low);
            at_b = likelihood_at(of, b);
        }
    return low + (high - low) / 2;
}

pareto pareto_fit(const double *excesses, const bool *beyond, size_t count)
{
    sample of = {excesses, beyond, count, 0, 0};
    double bound = 0, best = -INFINITY, x = 0, own = 0;
    size_t peak = GRID;

    for (size_t i = 0; i < count; i++)
        of.known += !(beyond && beyond[i]);
    for (size_t i = 0; i < count; i++) {
        of.mean += excesses[i] / of.known;
        bound = excesses[i] > bound ? excesses[i] : bound;
    }
    for (size_t i = 0; i <= 2 * GRID; i++) {
        double here = likelihood_at(&of, grid_at(&of, bound, i));

        if (here > best) {
            best = here;
            peak = i;
        }
    }
    x = golden(&of, grid_at(&of, bound, peak ? peak - 1 : 0),
               grid_at(&of, bound, peak < 2 * GRID ? peak + 1 : peak));
    if (!(likelihood_at(&of, x) > best))
        x = grid_at(&of, bound, peak);
    if (x == 0)
        return (pareto){0, of.mean};
    pareto fit = {.shape = shape_at(&of, x, &own)};
    fit.scale = fit.shape / x;
    return fit;
}

double pareto_likelihood(pareto fit, const double *excesses, const bool *beyond, size_t count)
{
    double sum = 0, known = 0;

    for (size_t i = 0; i < count; i++) {
        bool own = !(beyond && beyond[i]);
        double term = fit.shape == 0 ? excesses[i] / fit.scale
                                     : log1p(fit.shape * excesses[i] / fit.scale) / fit.shape;

        sum += own ? log(fit.scale) + (1 + fit.shape) * term : term;
        known += own;
    }
    return -sum / known;
}

double pareto_above(pareto fit, double p)
{
    /* expm1 keeps the digits where the shape is next to 0. */
    return fit.shape == 0 ? -fit.scale * log(p)
                          : fit.scale / fit.shape * expm1(-fit.shape * log(p));
}
