"""Writes distributions.txt: distribution functions to 50 digits by mpmath 1.4.1, from the bulk to tails of 1e-300.

    python3 tests/reference/distributions.py > tests/reference/distributions.txt

Incomplete beta and gamma functions are summed as series or continued fractions at a precision that absorbs all
cancellation; quantiles are found by bisection on them. Where scipy disagrees by more than 1e-9 (it loses digits where
nothing else does), stderr says so.

A line: function, number of arguments, arguments, value.

SPDX-License-Identifier: Apache-2.0
"""
import sys

from mpmath import mp, mpf
from scipy import stats

mp.dps = 60


def gamma_tails(a, x):
    """Regularised lower and upper incomplete gamma function."""
    if x == 0:
        return mpf(0), mpf(1)
    scale = mp.exp(a * mp.log(x) - x - mp.loggamma(a))
    if x < a + 1:
        term = total = 1 / a
        k = a
        while term > total * mp.eps:
            k += 1
            term *= x / k
            total += term
        lower = scale * total
        return lower, 1 - lower
    return 1 - scale * lentz_gamma(a, x), scale * lentz_gamma(a, x)


def lentz_gamma(a, x):
    tiny = mpf(10) ** -200
    b = x + 1 - a
    c, d = 1 / tiny, 1 / b
    h, i = d, 0
    while True:
        i += 1
        an = -i * (i - a)
        b += 2
        d = 1 / (an * d + b or tiny)
        c = b + an / c or tiny
        h *= d * c
        if abs(d * c - 1) < mp.eps * 4:
            return h


def beta_lower(a, b, x, y):
    """Regularised incomplete beta function at x; y = 1 - x, given apart because it may be tiny. With its complement."""
    if x == 0 or y == 0:
        return (mpf(0), mpf(1)) if x == 0 else (mpf(1), mpf(0))
    scale = mp.exp(a * mp.log(x) + b * mp.log(y) + mp.loggamma(a + b) - mp.loggamma(a) - mp.loggamma(b))
    if x < (a + 1) / (a + b + 2):
        lower = scale * lentz_beta(a, b, x) / a
        return lower, 1 - lower
    upper = scale * lentz_beta(b, a, y) / b
    return 1 - upper, upper


def lentz_beta(a, b, x):
    tiny = mpf(10) ** -200
    c, d = mpf(1), 1 / (1 - (a + b) * x / (a + 1) or tiny)
    h, m = d, 0
    while True:
        m += 1
        aa = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        d = 1 / (1 + aa * d or tiny)
        c = 1 + aa / c or tiny
        h *= d * c
        aa = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        d = 1 / (1 + aa * d or tiny)
        c = 1 + aa / c or tiny
        h *= d * c
        if abs(d * c - 1) < mp.eps * 4:
            return h


def student_upper(t, df):
    if t == 0:
        return mpf(1) / 2
    x = df / (df + t * t)
    tail = beta_lower(df / 2, mpf(1) / 2, x, t * t / (df + t * t))[0] / 2
    return tail if t > 0 else 1 - tail


def f_tails(f, a, b):
    return beta_lower(a / 2, b / 2, a * f / (a * f + b), b / (a * f + b))


def normal_cdf(z):
    return mp.erfc(-z / mp.sqrt(2)) / 2


def root(function, p, low, high):
    """Where a growing function reaches p."""
    while function(low) > p:
        low *= 2
    while function(high) < p:
        high *= 2
    for _ in range(120):
        middle = (low + high) / 2
        if function(middle) < p:
            low = middle
        else:
            high = middle
    return (low + high) / 2 if abs(low + high) > mpf(10) ** -30 else mpf(0)


DFS = (0.3, 1, 2.5, 5, 30, 149, 296.03637571, 9999.5, 1e6, 1e9)
EXACT = {
    "normal_cdf": normal_cdf,
    "normal_upper": lambda z: normal_cdf(-z),
    "normal_quantile": lambda p: root(normal_cdf, p, mpf(-1), mpf(1)),
    "student_cdf": lambda t, df: student_upper(-t, df),
    "student_upper": student_upper,
    "student_quantile": lambda p, df: root(lambda t: student_upper(-t, df), p, mpf(-1), mpf(1)),
    "chi2_cdf": lambda x, df: gamma_tails(df / 2, x / 2)[0],
    "chi2_upper": lambda x, df: gamma_tails(df / 2, x / 2)[1],
    "f_cdf": lambda f, a, b: f_tails(f, a, b)[0],
    "f_upper": lambda f, a, b: f_tails(f, a, b)[1],
}
SCIPY = {
    "normal_cdf": stats.norm.cdf, "normal_upper": stats.norm.sf, "normal_quantile": stats.norm.ppf,
    "student_cdf": stats.t.cdf, "student_upper": stats.t.sf, "student_quantile": stats.t.ppf,
    "chi2_cdf": stats.chi2.cdf, "chi2_upper": stats.chi2.sf, "f_cdf": stats.f.cdf, "f_upper": stats.f.sf,
}
Z = (-37.5, -8, -1.96, -0.1, -1e-9, 0, 1e-300, 0.5, 3, 9, 20, 37.03, 37.6)
STUDENT = [(t, df) for df in DFS for t in (-40, -2, 0, 1e-12, 0.3, 2, 5, 12.5, 37, 300)]
STUDENT += [(1e30, 10), (1e100, 3), (1e150, 2), (4e9, 30.5), (1e5, 60), (130, 149), (36.9, 1e15), (2, 1e300), (5, 1e15)]
STUDENT += [(t, df) for df in (1, 1.0001, 2) for t in (1e-9, 2.5e-10, 1e-5, 1e9)]
CHI2 = [(x, df) for df in DFS[:-1] for x in (0, 1e-12, 0.1, 3, 75.1, 700, 1360)]
CHI2 += [(df + k * (2 * df) ** 0.5, df) for df in (20, 999, 1e5, 1e6) for k in (-3, -0.5, 0, 2, 12, 35)
         if df + k * (2 * df) ** 0.5 > 0]
F = [(f, a, b) for a, b in ((1, 1), (3, 596), (149, 149), (0.7, 2.3), (2, 147), (4, 1e6), (99999, 99999), (8, 18000),
                            (1e6, 3), (1e6, 2e6), (1, 1e9))
     for f in (0, 1e-9, 0.5, 0.97, 1, 1.2, 4, 119.2645021845)]
F += [(700, 2, 1e6), (1400, 1, 1e6), (1e50, 3, 12), (1e60, 1, 10), (38.5, 30, 900), (3e4, 8, 80), (1e-50, 12, 3), (1e-60, 10, 5)]
F += [(f, 1, 1) for f in (1e-20, 6e-20, 1e-12, 1e15, 1e19, 1e300)]
ARGUMENTS = {
    "normal_cdf": [(z,) for z in Z],
    "normal_upper": [(z,) for z in Z],
    "normal_quantile": [(p,) for p in (1e-300, 1e-9, 0.025, 0.5, 0.75, 0.975, 0.999)],
    "student_cdf": STUDENT,
    "student_upper": STUDENT,
    "student_quantile": [(p, df) for p in (1e-6, 0.025, 0.6, 0.975) for df in (1, 2.5, 9, 149, 178.8, 1e5, 1e9)],
    "chi2_cdf": CHI2,
    "chi2_upper": CHI2,
    "f_cdf": F,
    "f_upper": F,
}

for name, rows in ARGUMENTS.items():
    for values in rows:
        if name.startswith("student") and values[1] > 1e16:  # no double differs from the normal distribution
            exact = normal_cdf(mpf(-values[0] if name.endswith("upper") else values[0]))
        else:
            exact = EXACT[name](*(mpf(float(v)) for v in values))
        if 0 < exact < mpf(10) ** -306:
            continue
        other = float(SCIPY[name](*values))
        if abs(other - exact) > mpf(10) ** -9 * abs(exact):
            print(f"scipy: {name}{values} is {other}, not {float(exact)}", file=sys.stderr)
        print(name, len(values), *(float(v).hex() for v in values), float(exact).hex())
