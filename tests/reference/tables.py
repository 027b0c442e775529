"""What the scripts about statistics and models share: the tables of tests/data, and how expected numbers are written.

A number is written as C's %a, exactly. A case is a line of words that the C test reads, then its numbers, one a line.

SPDX-License-Identifier: Apache-2.0
"""
import csv
import pathlib

import numpy as np

DATA = pathlib.Path(__file__).resolve().parent.parent / "data"


class Table:
    """The numeric columns of a CSV file; an empty cell is NaN, a column of 0 and 1 alone is binary."""

    def __init__(self, name):
        with open(DATA / f"{name}.csv", newline="", encoding="utf-8") as file:
            rows = list(csv.reader(file))
        self.name = name
        self.names, columns = [], []
        for j, column in enumerate(rows[0]):
            try:
                columns.append([float(row[j]) if row[j] else np.nan for row in rows[1:]])
            except ValueError:
                continue  # a text column
            self.names.append(column)
        self.rows = np.array(columns).T
        self.binary = [set(c) <= {0.0, 1.0} for c in columns]


def put(*numbers):
    for number in numbers:
        print(float(number).hex())
