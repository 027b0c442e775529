/* dd.h: double-double arithmetic, numbers held as an unevaluated sum of two doubles (about 106 bits). Private to core.
 *
 * The sum of two doubles and the product of two doubles are each exactly a pair of doubles (Dekker [1], Knuth's
 * TwoSum); operations on pairs build on these [2], and their relative error is a few times 2^-106. Needs what the
 * build asserts: no contraction of a * b + c, round to nearest. A pair is kept normalised: hi is the double nearest to
 * hi + lo.
 *
 * [1] T. J. Dekker: A Floating-Point Technique for Extending the Available Precision. Numer. Math. 18, 1971.
 * [2] Y. Hida, X. S. Li, D. H. Bailey: Algorithms for Quad-Double Precision Floating Point Arithmetic. ARITH-15, 2001.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CORE_BASE_DD_H
#define CORE_BASE_DD_H

#include <math.h>

typedef struct {
    double hi, lo;
} weir_dd;

static inline weir_dd weir_dd_of(double x)
{
    return (weir_dd){x, 0};
}

/* a + b exactly, for |a| >= |b| or a = 0. */
static inline weir_dd weir_dd_quick_sum(double a, double b)
{
    double sum = a + b;

    return (weir_dd){sum, b - (sum - a)};
}

/* a + b exactly. */
static inline weir_dd weir_dd_sum(double a, double b)
{
    double sum = a + b, of_b = sum - a;

    return (weir_dd){sum, (a - (sum - of_b)) + (b - of_b)};
}

/* a * b exactly, unless the lower half underflows. */
static inline weir_dd weir_dd_product(double a, double b)
{
    double product = a * b;

    return (weir_dd){product, fma(a, b, -product)};
}

/* Commutative to the last bit: merging in either order gives the same bytes. */
static inline weir_dd weir_dd_add(weir_dd a, weir_dd b)
{
    weir_dd high = weir_dd_sum(a.hi, b.hi), low = weir_dd_sum(a.lo, b.lo);

    high = weir_dd_quick_sum(high.hi, high.lo + low.hi);
    return weir_dd_quick_sum(high.hi, high.lo + low.lo);
}

static inline weir_dd weir_dd_negate(weir_dd a)
{
    return (weir_dd){-a.hi, -a.lo};
}

static inline weir_dd weir_dd_subtract(weir_dd a, weir_dd b)
{
    return weir_dd_add(a, weir_dd_negate(b));
}

static inline weir_dd weir_dd_scale(weir_dd a, double b)
{
    weir_dd product = weir_dd_product(a.hi, b);

    return weir_dd_quick_sum(product.hi, product.lo + a.lo * b);
}

static inline weir_dd weir_dd_multiply(weir_dd a, weir_dd b)
{
    weir_dd product = weir_dd_product(a.hi, b.hi);

    return weir_dd_quick_sum(product.hi, product.lo + (a.hi * b.lo + a.lo * b.hi));
}

static inline weir_dd weir_dd_divide(weir_dd a, weir_dd b)
{
    double first = a.hi / b.hi;
    weir_dd rest = weir_dd_subtract(a, weir_dd_scale(b, first));
    double second = rest.hi / b.hi;

    rest = weir_dd_subtract(rest, weir_dd_scale(b, second));
    return weir_dd_add(weir_dd_quick_sum(first, second), weir_dd_of(rest.hi / b.hi));
}

/* The square root; 0 of what is not positive. One Newton step from the double one doubles its digits. */
static inline weir_dd weir_dd_sqrt(weir_dd a)
{
    double root = a.hi > 0 ? sqrt(a.hi) : 0;

    if (!(root > 0))
        return weir_dd_of(0);
    return weir_dd_quick_sum(root,
                             weir_dd_subtract(a, weir_dd_product(root, root)).hi / (2 * root));
}

#endif
