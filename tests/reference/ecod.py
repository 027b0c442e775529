"""Writes ecod.txt: scores of PyOD 3.6.7's ECOD and of the paper's formula (numpy 2.4.6, scipy 1.17.1).

    python3 tests/reference/ecod.py > tests/reference/ecod.txt

A case: table, way, rows learned (from, to), rows scored (from, to), factor and offset put on the scored rows. Ways:
"learned" decision_scores_ of the rows fitted, "new" decision_function one row at a time, "paper" the greatest of the
three sums, one row at a time.

SPDX-License-Identifier: Apache-2.0
"""
import numpy as np
from pyod.models.ecod import ECOD
from scipy.stats import skew

from tables import Table, put


def paper(learned, row):
    rows = np.vstack([learned, row])
    left = -np.log((rows <= row).mean(axis=0))
    right = -np.log((rows >= row).mean(axis=0))
    sign = np.sign(np.nan_to_num(skew(rows, axis=0)))
    tail = np.where(sign < 0, left, np.where(sign > 0, right, left + right))
    return max(left.sum(), right.sum(), tail.sum())


def case(name, way, learn, score, factor=1.0, offset=0.0):
    table = Table(name)
    learned = table.rows[slice(*learn)]
    scored = table.rows[slice(*score)] * factor + offset
    if way == "learned":
        result = ECOD().fit(learned).decision_scores_
    elif way == "new":
        detector = ECOD().fit(learned)
        result = [detector.decision_function(row[None])[0] for row in scored]
    else:
        result = [paper(learned, row) for row in scored]
    print("case", name, way, *learn, *score, float(factor).hex(), float(offset).hex())
    put(*result)


case("iris_uci", "learned", (0, 150), (0, 150))
case("wine", "learned", (0, 178), (0, 178))
case("odd", "learned", (0, 400), (0, 400))
case("iris_uci", "new", (0, 100), (50, 150))
case("wine", "new", (0, 89), (0, 178))
case("wine", "new", (0, 89), (60, 120), 1.7, -3.0)
case("odd", "new", (0, 300), (200, 400))
case("odd", "new", (0, 301), (200, 260), -0.5, 1.0)
case("iris_uci", "paper", (0, 100), (50, 150))
case("wine", "paper", (0, 89), (0, 178))
case("odd", "paper", (0, 300), (200, 400))
