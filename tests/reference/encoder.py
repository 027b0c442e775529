"""Writes encoder.txt: target encodings, computed with exact fractions (Python alone).

    python3 tests/reference/encoder.py > tests/reference/encoder.txt

A case: "encoder TYPE LEAST", rows taught as "row TARGET S L" (C targets as hexadecimal doubles; "-" is missing, texts in
hexadecimal), then what has to come out: "value KEY TEXT COUNT SUM" for each value that is shown, "key NAME VALUES MEAN
VARIANCE", and rows to encode with their numbers, "encode S L X Y" ("-" for missing).

SPDX-License-Identifier: Apache-2.0
"""
import random
from fractions import Fraction

random.seed(8)
NAMES = ["Paris", "paris ", " BERLIN", "Rom", "", "  ", "Ümlaut", "ÜMLAUT", "a|b", "x y"]
ITEMS = ["Red", "red ", "green", "BLUE", "é", "one item"]


def put(text):
    return text.encode().hex() or "-"


def normal(text):
    text = text.strip(" \t\n\v\f\r")
    return "".join(c.lower() if c.isascii() else c for c in text)


def values_of(key, cell):
    if key == "s":
        return [normal(cell)]
    return [normal(item) for item in cell.split("|") if item.strip()] or [""]


def some_row(target_type):
    target = None
    if random.random() < 0.9:
        target = float(random.randrange(2)) if target_type == "B" else random.choice(
            [random.gauss(1e6, 1), random.uniform(-1e-3, 1e-3), 0.1, -1e15])
    items = [random.choice(ITEMS) for _ in range(random.randrange(4))]
    return target, random.choice(NAMES), "|" + "|".join(items) + "|" if items else random.choice(["", "|", "| |"])


def number(x):
    return "-" if x is None else float(x).hex()


for target_type, least, count in [("B", 0, 60), ("B", 4, 80), ("C", 0, 50), ("C", 0, 1), ("B", 0, 0), ("C", 0, 400)]:
    print("encoder", target_type, least)
    table = {"s": {}, "l": {}}
    rows, total = 0, Fraction(0)
    for _ in range(count):
        target, *cells = some_row(target_type)
        print("row", number(target), *map(put, cells))
        if target is None:
            continue
        rows += 1
        total += Fraction(target)
        for key, cell in zip("sl", cells):
            for value in values_of(key, cell):
                had = table[key].get(value, (0, Fraction(0)))
                table[key][value] = (had[0] + 1, had[1] + Fraction(target))
    for key, values in table.items():
        shown = {v: c for v, c in values.items() if not least or c[1] >= least}
        for value, (n, s) in shown.items():
            print("value", key, put(value), n, number(s))
        if count:
            sizes = [Fraction(n) for n, _ in shown.values()]
            mean = sum(sizes) / len(sizes) if sizes else 0
            variance = sum((n - mean) ** 2 for n in sizes) / len(sizes) if sizes else 0
            print("key", key, len(sizes), number(mean), number(variance))
        table[key] = shown
    for _ in range(40):
        _, *cells = some_row(target_type)
        if random.random() < 0.3:
            cells[0] = "never seen"
        if random.random() < 0.3:
            cells[1] = "|never seen|red|"
        out = []
        for key, cell in zip("sl", cells):
            parts = [table[key].get(value) for value in values_of(key, cell)]
            worth = [p[1] / p[0] if p else total / rows if rows else None for p in parts]
            gone = not rows or (values_of(key, cell) == [""] and parts == [None])
            out.append(None if gone else sum(worth) / len(worth))
        if count:
            print("encode", *map(put, cells), *map(number, out))
