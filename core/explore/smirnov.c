/* smirnov.c: p-values of the two-sample Kolmogorov-Smirnov test.
 *
 * Drawn from one distribution, the merged order of m and n values is one of equally likely lattice paths from (0, 0) to
 * (m, n), and D >= d when the path touches |i/m - j/n| >= d [1]. Walking the lattice with the probability of being at
 * each point, and taking out what leaves the band, adds up positive terms only: small p-values keep their digits.
 * That costs a step a point of the band, at most 2 d m n. Where this would be more than some million, or the counts
 * are not whole after decay, Smirnov's limit stands in: P(D >= d) -> Q(sqrt(mn / (m + n)) d) with
 *
 *     Q(x) = 2 sum_k (-1)^(k-1) exp(-2 k^2 x^2) = 1 - sqrt(2 pi) / x sum_k exp(-(2k - 1)^2 pi^2 / (8 x^2))
 *
 * [1] J. L. Hodges: The significance probability of the Smirnov two-sample test. Arkiv foer Matematik 3, 1958.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "explore/smirnov.h"

#include <math.h>

#include "weir/memory.h"

static const double most_rows = 10000, most_steps = 4e6;

static double limit_upper(double x)
{
    static const double pi = 3.14159265358979323846;
    double sum = 0;

    if (x <= 0)
        return 1;
    if (x < 1) {
        for (int k = 1; k <= 5; k++)
            sum += exp(-(2 * k - 1) * (2 * k - 1) * pi * pi / (8 * x * x));
        return 1 - sqrt(2 * pi) / x * sum;
    }
    for (int k = 5; k >= 1; k--)
        sum = exp(-2 * k * k * x * x) - sum;
    return 2 * sum;
}

/* Of paths that touch |i n - j m| >= h. */
static weir_code lattice_upper(size_t m, size_t n, double h, double *p, weir_error *err)
{
    double *at =
        weir_calloc(n + 2, sizeof *at); /* (i, j): the probability to come there inside the band */
    double left = 0;

    if (!at)
        return weir_fail(err, WEIR_NO_MEMORY, "no room for a test of %zu rows", n);
    at[0] = 1;
    for (size_t i = 0; i <= m; i++) {
        const double along = (double)i * (double)n;
        const double low = ceil((along - h) / (double)m), high = floor((along + h) / (double)m);
        const size_t first = low > 0 ? (size_t)low : 0;
        const size_t last = high < (double)n ? (size_t)high : n;

        for (size_t j = first; j <= last; j++) {
            const double here = at[j], rest = (double)(m - i + n - j);

            if (here == 0 || rest == 0)
                continue;
            double right = here * (double)(m - i) / rest, up = here * (double)(n - j) / rest;
            double across = (double)j * (double)m;

            if (fabs(along + (double)n - across) >= h) {
                left += right;
                right = 0;
            }
            if (fabs(along - across - (double)m) >= h) {
                left += up;
                up = 0;
            }
            at[j] = right; /* where (i + 1, j) finds it */
            at[j + 1] += up;
        }
    }
    weir_free(at);
    *p = fmin(left, 1);
    return WEIR_OK;
}

weir_code smirnov_upper(double d, double m, double n, double *p, weir_error *err)
{
    const double h = round(d * m * n);

    if (m == floor(m) && n == floor(n) && m <= most_rows && n <= most_rows) {
        if (h <= 0) {
            *p = 1;
            return WEIR_OK;
        }
        if (fmin(2 * h, m * n) <= most_steps)
            return lattice_upper((size_t)m, (size_t)n, h, p, err);
    }
    *p = fmin(1, fmax(0, limit_upper(sqrt(m / (m + n) * n) * d)));
    return WEIR_OK;
}
