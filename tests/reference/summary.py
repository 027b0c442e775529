#!/usr/bin/env python3
"""Exact moments and pair sums of rows with gaps and categories, for core/summary/reference_test.c.

Every number is a rational (fractions.Fraction of the doubles that weir reads), rounded once at the end, so the
expected values are right to the last digit. Written for Python 3.11; it needs no package.

    python3 tests/reference/summary.py > tests/reference/summary.txt

Lines of the output, in order: "column NAME TYPE", "row CELL|CELL|...", then "moments NAME count mean m2 m3 m4 sum min
max" and "pair NAME NAME count mean_x mean_y cxx cyy cxy sum_xy sum_xxy sum_xxyy" (nan where weir keeps no such sum).
"""
import random
from fractions import Fraction

random.seed(20240501)
COLUMNS = [("plain", "C"), ("far", "C"), ("wide", "C"), ("gappy", "C"), ("flag", "B"), ("colour", "T"), ("size", "T")]
LATE = 70  # "violet" is first seen in this row


def cell(name, row):
    if name == "plain":
        return repr(random.gauss(1.5, 2.0))
    if name == "far":  # the anchor is for this one
        return repr(123456789.0 + random.gauss(0, 0.01))
    if name == "wide":
        return repr(random.choice([-1, 1]) * 10.0 ** random.uniform(-12, 12))
    if name == "gappy":
        return "" if random.random() < 0.4 else repr(random.uniform(-1, 1))
    if name == "flag":
        return "" if random.random() < 0.1 else random.choice("01")
    if name == "colour":
        known = ["red", "green", "blue"] + (["violet"] if row >= LATE else [])
        return "" if random.random() < 0.2 else random.choice(known)
    return random.choice(["s", "m", "l"])


rows = [[cell(name, r) for name, _ in COLUMNS] for r in range(150)]
rows[LATE][5] = "violet"

# Attributes as weir names them, each a list of Fraction or None.
attributes = {}
for i, (name, kind) in enumerate(COLUMNS):
    texts = [row[i] for row in rows]
    if kind == "T":
        for value in dict.fromkeys(t for t in texts if t):
            attributes[f"{name}${value}"] = ("B", [None if t == "" else Fraction(t == value) for t in texts])
    else:
        attributes[name] = (kind, [None if t == "" else Fraction(float(t)) for t in texts])


def number(x):
    return "nan" if x is None else repr(float(x))


for name, kind in COLUMNS:
    print("column", name, kind)
for row in rows:
    print("row", "|".join(row))
for name, (kind, values) in attributes.items():
    xs = [v for v in values if v is not None]
    mean = sum(xs) / len(xs)
    powers = [sum((x - mean) ** k for x in xs) for k in (2, 3, 4)]
    print("moments", name, len(xs), *map(number, [mean, *powers, sum(xs), min(xs), max(xs)]))
for x, (kind_x, xs) in attributes.items():
    for y, (kind_y, ys) in attributes.items():
        both = [(a, b) for a, b in zip(xs, ys) if a is not None and b is not None]
        n = len(both)
        mx, my = sum(a for a, _ in both) / n, sum(b for _, b in both) / n
        kept = x == y or "B" in (kind_x, kind_y)
        out = [
            mx,
            my,
            sum((a - mx) ** 2 for a, _ in both),
            sum((b - my) ** 2 for _, b in both),
            sum((a - mx) * (b - my) for a, b in both),
            sum(a * b for a, b in both),
            sum(a * a * b for a, b in both) if kept else None,
            sum(a * a * b * b for a, b in both),
        ]
        print("pair", x, y, n, *map(number, out))
