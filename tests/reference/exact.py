"""Writes exact.txt: means, variances and analyses of variance of NIST's sets, in exact fractions of the stored doubles.

    python3 tests/reference/exact.py > tests/reference/exact.txt

The certified values belong to the decimals that NIST prints. Once these are doubles the last digits are others (of
SmLs07 to 09 a double keeps the first one or two digits behind the point), so what a program can be held to is the
exact result for the doubles. stderr says how many digits of the certified values remain.

A line: "uni" set mean variance variance-divided-by-n-minus-1, or "anova" set groups SSb SSw F.

SPDX-License-Identifier: Apache-2.0
"""
import json
import math
import sys
from fractions import Fraction

from tables import DATA


def digits(got, certified):
    return math.inf if got == certified else -math.log10(abs(float((got - certified) / certified)))


for entry in json.loads((DATA / "nist" / "index.json").read_text(encoding="utf-8")):
    name = entry["name"]
    data = json.loads((DATA / "nist" / f"{name}.json").read_text(encoding="utf-8"))
    if data["kind"] == "univariate":
        y = [Fraction(float(v)) for v in data["y"]]
        mean = sum(y) / len(y)
        squares = sum((v - mean) ** 2 for v in y)
        print("uni", name, *(float(v).hex() for v in (mean, squares / len(y), squares / (len(y) - 1))))
        print(f"{name}: {digits(Fraction(math.sqrt(squares / (len(y) - 1))), Fraction(data['certified']['sd'])):.1f}",
              file=sys.stderr)
    elif data["kind"] == "anova_oneway":
        groups = [[Fraction(float(row[j])) for row in data["rows"]] for j in range(len(data["columns"]))]
        n = sum(map(len, groups))
        grand = sum(map(sum, groups)) / n
        means = [sum(g) / len(g) for g in groups]
        between = sum(len(g) * (m - grand) ** 2 for g, m in zip(groups, means))
        within = sum((v - m) ** 2 for g, m in zip(groups, means) for v in g)
        f = (between / (len(groups) - 1)) / (within / (n - len(groups)))
        print("anova", name, len(groups), *(float(v).hex() for v in (between, within, f)))
        print(f"{name}: {digits(f, Fraction(data['certified']['f'])):.1f}", file=sys.stderr)
