"""Writes NIST's regression sets (tests/data/nist) for mlr_test.c. Python alone.

    python3 tests/reference/nist.py > tests/reference/nist.txt

Each set is a line "name rows inputs intercept digits", where digits is what must come out right; then its rows, target
first and powers of x as the doubles nearest to them (hexadecimal); then a line "coefficient error" for each
coefficient, intercept first, as NIST certifies it.

SPDX-License-Identifier: Apache-2.0
"""
import json
import pathlib
from fractions import Fraction

FOLDER = pathlib.Path(__file__).parent.parent / "data" / "nist"

for one in json.loads((FOLDER / "index.json").read_text()):
    if one["kind"] != "linear_regression":
        continue
    data = json.loads((FOLDER / f"{one['name']}.json").read_text(), parse_float=str, parse_int=str)
    degree = int(data["poly_degree"] or 0)
    rows = [[float(row[0])] + ([float(Fraction(row[1]) ** k) for k in range(1, degree + 1)] if degree
                               else [float(cell) for cell in row[1:]]) for row in data["rows"]]
    print(one["name"], len(rows), len(rows[0]) - 1, int(data["intercept"]), 7 if one["name"] == "Filip" else 12)
    for row in rows:
        print(*[cell.hex() for cell in row])
    for coefficient, error in zip(data["certified"]["coef"], data["certified"]["coef_sd"]):
        print(coefficient, error)
