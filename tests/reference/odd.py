"""Writes tests/data/odd.csv: 400 rows of what breaks detectors. Own data, no licence needed. numpy 2.4.6.

    python3 tests/reference/odd.py > tests/data/odd.csv

SPDX-License-Identifier: Apache-2.0
"""
import numpy as np

N = 400
rng = np.random.default_rng(7)
columns = {
    "constant": np.full(N, 3.25),
    "nearly_constant": np.where(np.arange(N) % 29 == 5, rng.integers(-9, 9, N), 2),  # interquartile range 0
    "one_off": np.where(np.arange(N) == 123, 1e9, 7.0),  # constant but for one absurd row
    "cauchy": np.round(rng.standard_cauchy(N), 3),
    "two_clusters": np.round(np.where(rng.random(N) < 0.12, 1e4, 0) + rng.normal(size=N), 6),
    "whole": rng.poisson(3, N),
    "coin": np.arange(N) % 2,  # symmetric: its skewness is exactly 0
    "rare": (np.arange(N) % 50 == 0).astype(int),
    "huge": np.round(rng.normal(size=N), 3) * 1e70,
}
print(",".join(columns))
for row in zip(*columns.values()):
    print(",".join(repr(float(x)) if x != int(x) or abs(x) > 1e15 else str(int(x)) for x in row))
