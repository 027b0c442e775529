"""Writes multivariate.txt: inflation factors, principal components and singular values by numpy 2.4.6, mpmath 1.4.1
(exact sums of the stored doubles) and pandas 3.1.1 (columns with gaps).

    python3 tests/reference/multivariate.py > tests/reference/multivariate.txt

"vif" table raw columns: a factor a column, by regression on the others with 60 digits, or from the inverse of the
clamped correlations; nan: left out; inf: determined by the others. "pca" table covariance columns: eigenvalues, then a unit vector for each (nan: not unique). "svd" table
columns: singular values. "svdfs" table columns kept: the columns kept, then the singular values of these.

SPDX-License-Identifier: Apache-2.0
"""
import mpmath as mp
import numpy as np
import pandas as pd

from tables import Table, put

mp.mp.dps = 60


def complete(table):
    return not np.isnan(table.rows).any()


def independent(x):
    """Columns that are no combination of those kept before them, by least squares on the standardised rows."""
    z = (x - x.mean(axis=0)) / np.where(np.ptp(x, axis=0) > 0, x.std(axis=0), 1)
    kept = []
    for j in range(z.shape[1]):
        if np.ptp(x[:, j]) == 0:
            continue
        rest = z[:, j]
        if kept:
            rest = rest - z[:, kept] @ np.linalg.lstsq(z[:, kept], rest)[0]
        if (rest @ rest) / len(rest) > 1e-10:
            kept.append(j)
    return kept


def exact_sums(x):
    """The centred sums of products of columns, in 60 digits."""
    n = len(x)
    columns = [[mp.mpf(v) for v in column] for column in x.T]
    means = [mp.fsum(c) / n for c in columns]
    k = len(columns)
    s = mp.matrix(k, k)
    for i in range(k):
        for j in range(i + 1):
            s[i, j] = s[j, i] = mp.fsum((a - means[i]) * (b - means[j]) for a, b in zip(columns[i], columns[j]))
    return s


def raw_factor(x, s, i):
    """1 / (1 - R^2) of column i on the others."""
    others = [j for j in range(x.shape[1]) if j != i]
    others = [others[k] for k in independent(x[:, others])]
    if len(independent(np.column_stack([x[:, others], x[:, i]]))) == len(others):
        return np.inf
    if not others:
        return 1.0
    a = mp.matrix([[s[p, q] for q in others] for p in others])
    b = mp.matrix([s[p, i] for p in others])
    rest = s[i, i] - (b.T * mp.lu_solve(a, b))[0]
    return float(s[i, i] / rest)


def vif(name):
    table = Table(name)
    x = table.rows
    k = x.shape[1]
    assert complete(table)
    varies = [j for j in range(k) if np.ptp(x[:, j]) > 0]
    s = exact_sums(x)
    print("vif", name, 1, k)
    s_varies = mp.matrix([[s[p, q] for q in varies] for p in varies])
    raw = [raw_factor(x[:, varies], s_varies, j) for j in range(len(varies))]
    for j in range(k):
        put(raw[varies.index(j)] if j in varies else np.nan)
    r = mp.matrix(len(varies), len(varies))
    for i, p in enumerate(varies):
        for j, q in enumerate(varies):
            value = s[p, q] / mp.sqrt(s[p, p] * s[q, q])
            r[i, j] = 1 if i == j else max(-mp.mpf("0.9999"), min(mp.mpf("0.9999"), value))
    try:
        inverse = r**-1
    except ZeroDivisionError:
        return
    if mp.mnorm(inverse, 1) > mp.mpf(10)**12:
        return  # still singular: three or more columns make up a dependency
    print("vif", name, 0, k)
    for j in range(k):
        factor = inverse[varies.index(j), varies.index(j)] if j in varies else np.nan
        put(raw[varies.index(j)] if factor < 1 else factor)  # no correlation matrix has a factor below 1


def matrices(name):
    table = Table(name)
    frame = pd.DataFrame(table.rows, columns=table.names)
    covariance = np.array([[np.cov(*frame[[p, q]].dropna().to_numpy().T, ddof=0)[0, 1] if p != q
                            else np.var(frame[p].dropna()) for q in frame] for p in frame])
    correlation = frame.corr(min_periods=2).fillna(0).to_numpy()
    return table, covariance, correlation


def pca(name, of_covariance):
    table, covariance, correlation = matrices(name)
    values, vectors = np.linalg.eigh(covariance if of_covariance else correlation)
    values, vectors = values[::-1], vectors.T[::-1]
    print("pca", name, int(of_covariance), len(values))
    put(*values)
    for k, vector in enumerate(vectors):
        gap = min(abs(values[k] - values[m]) for m in range(len(values)) if m != k)
        vector = vector * np.sign(vector[np.argmax(np.abs(vector))])
        put(*(vector if gap > 1e-4 * values[0] else np.full(len(values), np.nan)))


def svd(name):
    _, covariance, _ = matrices(name)
    print("svd", name, len(covariance))
    put(*np.linalg.svd(covariance, compute_uv=False))


def svdfs(name):
    table, covariance, _ = matrices(name)
    kept = independent(table.rows)
    print("svdfs", name, len(covariance), len(kept))
    put(*kept)
    put(*np.linalg.svd(covariance[np.ix_(kept, kept)], compute_uv=False))


for each in ("iris_uci", "wine", "breast_cancer", "diabetes"):
    vif(each)
for each in ("iris_uci", "wine", "breast_cancer", "diabetes", "pima"):
    pca(each, False)
    pca(each, True)
    svd(each)
for each in ("iris_uci", "wine", "diabetes"):
    svdfs(each)
