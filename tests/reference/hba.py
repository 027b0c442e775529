"""Writes hba.txt: anomaly scores of hba in both its forms, and thresholds.

hbos: PyOD 3.6.7's HBOS, for the rows it was fitted to and for rows it never saw, in and out of range. Where cells are
missing, which PyOD refuses, column by column with the class EqualBins of demo_once.py, which is compared with PyOD in
this script. density: the plain sum over all rows with numpy 2.4.6. Thresholds: the exact quantile over all
combinations of three attributes.

    python3 tests/reference/hba.py > tests/reference/hba.txt

A case: table, form, n_bins, rows learned (from, to), rows scored (from, to), factor and offset put on the scored rows.

SPDX-License-Identifier: Apache-2.0
"""
import numpy as np
from pyod.models.hbos import HBOS

import demo_once
from tables import Table, put


class Points:
    """What the smoothed density tends to as the spread goes to 0."""

    def __init__(self, column):
        self.values, counts = np.unique(column, return_counts=True)
        self.weights = counts / len(column)

    def score(self, column):
        share = (column[:, None] == self.values) @ self.weights
        return -np.log(share / (demo_once.BANDWIDTH * np.sqrt(2 * np.pi)) + demo_once.FLOOR)


def filled(column, learned):
    return np.where(np.isnan(column), np.nanmean(learned), column)


def parts(table, form, learned, scored):
    """The score of each attribute apart. Binary attributes are not smoothed."""
    for j, binary in enumerate(table.binary):
        known = learned[:, j][~np.isnan(learned[:, j])]
        if form == "hbos":
            detector = demo_once.EqualBins(known)
        else:
            detector = Points(known) if binary else demo_once.Smoothed(known)
        yield detector.score(filled(scored[:, j], learned[:, j]))


def case(name, form, bins, learn, score, factor=1.0, offset=0.0):
    table = Table(name)
    learned = table.rows[slice(*learn)]
    scored = table.rows[slice(*score)] * factor + offset
    demo_once.BINS = bins
    result = sum(parts(table, form, learned, scored))
    if form == "hbos" and not np.isnan(table.rows).any():
        detector = HBOS(n_bins=bins).fit(learned)
        assert np.abs(detector.decision_function(scored) - result).max() < 1e-12
        result = detector.decision_function(scored)
        if learn == score and factor == 1 and offset == 0:
            assert np.array_equal(result, detector.decision_scores_)
    print("case", name, form, bins, *learn, *score, float(factor).hex(), float(offset).hex())
    put(*result)


def threshold(name, form, columns, contamination):
    """The quantile of the sum of the attributes' scores over all combinations of their values."""
    table = Table(name)
    rows = table.rows[:, columns]
    table.binary = [table.binary[j] for j in columns]
    demo_once.BINS = 10
    a, b, c = parts(table, form, rows, rows)
    sums = np.sort((a[:, None, None] + b[None, :, None] + c[None, None, :]).ravel())
    cut = sums[int(np.ceil((1 - contamination) * len(sums))) - 1]
    span = sum(part.max() - part.min() for part in (a, b, c))
    print("threshold", name, form, float(contamination).hex(), *columns)
    put(cut, span)


case("iris_uci", "hbos", 10, (0, 150), (0, 150))
case("wine", "hbos", 10, (0, 178), (0, 178))
case("wine", "hbos", 25, (0, 89), (89, 178))
case("wine", "hbos", 10, (0, 89), (0, 178), 1.7, -3.0)
case("odd", "hbos", 10, (0, 400), (0, 400))
case("odd", "hbos", 7, (0, 200), (150, 400), -0.5, 1.0)
case("pima", "hbos", 10, (0, 500), (400, 768))
case("iris_uci", "density", 10, (0, 150), (0, 150))
case("wine", "density", 10, (0, 178), (0, 178))
case("wine", "density", 10, (0, 89), (89, 178))
case("wine", "density", 10, (0, 89), (0, 178), 1.7, -3.0)
case("odd", "density", 10, (0, 400), (0, 400))
case("odd", "density", 10, (0, 200), (150, 400), -0.5, 1.0)
case("pima", "density", 10, (0, 500), (400, 768))
for form in ("density", "hbos"):
    threshold("wine", form, [0, 6, 12], 0.1)
    threshold("iris_uci", form, [0, 1, 2], 0.05)
    threshold("odd", form, [0, 1, 5], 0.02)
