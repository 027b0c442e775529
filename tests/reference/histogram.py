"""Writes histogram.txt: the bins of weir's histogram and numpy's quantiles, in exact arithmetic.

The rule (core/summary/histogram.c): a value's bin is the largest multiple of 2^k at or below it, and k is the least
at which at most 4,096 bins are occupied. Here with Python's fractions, by trying k. The long lists of values are made
by the same generator here and in core/summary/histogram_test.c; of their bins every 16th is written.
Run with numpy 2.4.6:

    python3 tests/reference/histogram.py > tests/reference/histogram.txt

SPDX-License-Identifier: Apache-2.0
"""
from fractions import Fraction
import math

import numpy as np

BINS = 4096
EVERY = 16
QUANTILES = [0, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.98, 0.99, 1]


def generated(kind, n):
    """Knuth's MMIX generator, seeded with the kind; the arithmetic is that of IEEE doubles, hence the same in C."""
    state, values = kind, []
    for _ in range(n):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        unit = math.ldexp(state >> 11, -53) - 0.5
        values.append([lambda: unit,
                       lambda: unit * 1e75,
                       lambda: -1e9 + unit,
                       lambda: math.ldexp(unit, (state >> 20) % 1900 - 1000),
                       lambda: float((state >> 33) % 6000) - 3000][kind]())
    return values


def bins_at(values, k):
    width = Fraction(2) ** k
    bins = {}
    for x in values:
        bins.setdefault(math.floor(Fraction(x) / width) * width, []).append(x)
    return bins


def write(values, kind=-1):
    distinct = set(values)
    if len(distinct) <= BINS:
        k, bins, every = -1074, {Fraction(x): [y for y in values if y == x] for x in distinct}, 1
    else:
        low, high = -1074, 1023  # too many at low, few enough at high
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if len(bins_at(values, middle)) <= BINS else (middle, high)
        k, bins, every = high, bins_at(values, high), EVERY
    print("case", kind, len(values), k, len(bins), every, len(QUANTILES))
    for x in values if kind < 0 else []:
        print(float(x).hex())
    for left in sorted(bins)[::every]:
        inside = bins[left]
        print(float(left).hex(), len(inside), float(sum(map(Fraction, inside))).hex())
    for p, q in zip(QUANTILES, np.quantile(np.array(values, float), QUANTILES)):
        print(float(p).hex(), float(q).hex())


write([1.5])
write([0.1, 0.1, 0.2, 0.3, -0.7, 5e-324, 1e300])
write([round(x, 1) for x in np.random.default_rng(20).normal(5, 2, 500).tolist()])
for kind, rows in enumerate([4500, 9000, 4300, 6000, 9000]):
    write(generated(kind, rows), kind)
