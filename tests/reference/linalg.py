"""Writes matrices and what linear algebra must make of them, for linalg_test.c. numpy 2.4.6 and exact fractions.

    .venv/bin/python tests/reference/linalg.py > tests/reference/linalg.txt

A case is a line "name n positive"; n lines of the matrix; a line of its eigenvalues, descending, and one of the
singular values of its upper triangle (numpy); and if it is positive definite, exactly from the doubles of the matrix,
each number as the two doubles nearest to it: its inverse (n lines), the solution for the right side 1, 2, .. n, and
the reciprocal condition number in the 1-norm.

SPDX-License-Identifier: Apache-2.0
"""
from fractions import Fraction

import numpy as np

rng = np.random.default_rng(20)


def scatter(n, rows=40):
    x = np.round(rng.normal(size=(rows, n)), 3)
    return np.array([[float(sum(Fraction(a) * Fraction(b) for a, b in zip(x[:, i], x[:, j]))) for j in range(n)]
                     for i in range(n)])


def hilbert(n):
    return np.array([[1.0 / (i + j + 1) for j in range(n)] for i in range(n)])


def near_collinear(n, gap):
    x = np.full((n, n), 1 - gap)
    np.fill_diagonal(x, 1)
    return x


def inverse(matrix):
    n = len(matrix)
    a = [[Fraction(x) for x in row] + [Fraction(i == j) for j in range(n)] for i, row in enumerate(matrix.tolist())]
    for k in range(n):
        pivot = max(range(k, n), key=lambda i: abs(a[i][k]))
        a[k], a[pivot] = a[pivot], a[k]
        a[k] = [x / a[k][k] for x in a[k]]
        for i in range(n):
            if i != k and a[i][k]:
                a[i] = [x - a[i][k] * y for x, y in zip(a[i], a[k])]
    return [row[n:] for row in a]


def pair(x):
    hi = float(x)
    return f"{hi.hex()} {float(x - Fraction(hi)).hex()}"


def norm1(rows):
    return max(sum(abs(Fraction(x)) for x in row) for row in rows)


cases = {"one": (np.array([[4.0]]), True), "diagonal": (np.diag([2.0, 9.0, 0.5]), True)}
for n in (2, 3, 5, 8):
    cases[f"scatter{n}"] = (scatter(n), True)
for n in (4, 8, 11):
    cases[f"hilbert{n}"] = (hilbert(n), True)
cases["near6"] = (near_collinear(6, 2.0**-40), True)
cases["nearer3"] = (near_collinear(3, 2.0**-50), True)
cases["all_ones"] = (np.ones((4, 4)), False)
cases["indefinite"] = (np.array([[1.0, 2.0, 0.0], [2.0, 1.0, -3.0], [0.0, -3.0, 0.25]]), False)

for name, (a, positive) in cases.items():
    print(name, len(a), int(positive))
    for row in a:
        print(*[float(x).hex() for x in row])
    print(*[float(x).hex() for x in np.linalg.eigvalsh(a)[::-1]])
    print(*[float(x).hex() for x in np.linalg.svd(np.triu(a), compute_uv=False)])
    if positive:
        inv = inverse(a)
        for row in inv:
            print(*[pair(x) for x in row])
        print(*[pair(sum(x * (j + 1) for j, x in enumerate(row))) for row in inv])
        print(pair(1 / norm1(a.tolist()) / norm1(inv)))
