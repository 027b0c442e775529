"""Writes drift.txt: drift between the first and the other rows of a table, by scipy 1.17.1, statsmodels 0.15.0,
scikit-learn 1.9.1 and mpmath 1.4.1, from the rows themselves.

    python3 tests/reference/drift.py > tests/reference/drift.txt

"drift" metric table split histograms keys, then the keys, then their numbers. A p-value of Kolmogorov and Smirnov is
scipy's exact one where weir counts lattice paths (up to 4 million points of the band), else Smirnov's limit.
"smirnov" m n d: P(D >= d), by counting paths in whole numbers.

SPDX-License-Identifier: Apache-2.0
"""
import math
from fractions import Fraction

import mpmath as mp
import numpy as np
from scipy import special, stats
from scipy.spatial import distance
from sklearn.decomposition import PCA
from statsmodels.stats.proportion import proportions_ztest

from tables import Table, put

mp.mp.dps = 50


def present(column):
    return column[~np.isnan(column)]


def smirnov(d, m, n):
    if max(m, n) <= 10000 and min(2 * round(d * m * n), m * n) <= 4e6:
        return float(path_upper(m, n, round(d * m * n)))
    return special.kolmogorov(math.sqrt(m * n / (m + n)) * d)


def path_upper(m, n, h):
    """The share of lattice paths from (0, 0) to (m, n) that touch |i n - j m| >= h, in whole numbers."""
    if h <= 0:
        return Fraction(1)
    inside = [0] * (n + 1)
    for i in range(m + 1):
        for j in range(n + 1):
            if abs(i * n - j * m) >= h:
                inside[j] = 0
            elif i == j == 0:
                inside[j] = 1
            else:
                inside[j] = (inside[j] if i else 0) + (inside[j - 1] if j else 0)
    return 1 - Fraction(inside[n], math.comb(m + n, m))


def by_test(a, b, binary, histograms):
    if histograms:
        d = stats.ks_2samp(a, b, method="asymp").statistic
        p = smirnov(d, len(a), len(b))
        if max(len(a), len(b)) <= 400:  # the paths counted agree with scipy's own
            assert abs(p - stats.ks_2samp(a, b, method="exact").pvalue) <= 1e-10
        return d, p
    if binary:
        return proportions_ztest([a.sum(), b.sum()], [len(a), len(b)])
    return stats.ttest_ind(a, b, equal_var=False)


def jensen_shannon(a, b, bins=20):
    points = np.unique(np.concatenate([a, b]))
    p = np.array([(a == v).mean() for v in points])
    q = np.array([(b == v).mean() for v in points])
    half = (p + q) / 2
    place = np.floor(bins * (np.cumsum(half) - half / 2)).astype(int)
    return distance.jensenshannon(np.bincount(place, p, bins), np.bincount(place, q, bins), base=2)


def hellinger(a, b, binary):
    if binary:
        p, q = mp.mpf(a.sum()) / len(a), mp.mpf(b.sum()) / len(b)
        overlap = mp.sqrt(p * q) + mp.sqrt((1 - p) * (1 - q))
    else:
        (m1, v1), (m2, v2) = ((mp.fsum(x) / len(x), None) for x in (a, b))
        v1, v2 = (mp.fsum((mp.mpf(v) - m)**2 for v in x) / len(x) for x, m in ((a, m1), (b, m2)))
        overlap = mp.sqrt(2 * mp.sqrt(v1 * v2) / (v1 + v2)) * mp.exp(-(m1 - m2)**2 / (v1 + v2) / 4)
    return float(mp.sqrt(1 - overlap))


def joint_hellinger(a, b):
    """Of the normal distributions with the moments of rows a and b, by determinants."""
    def moments(x):
        columns = [[mp.mpf(v) for v in c] for c in x.T]
        means = [mp.fsum(c) / len(c) for c in columns]
        k = len(columns)
        s = mp.matrix(k, k)
        for i in range(k):
            for j in range(k):
                s[i, j] = mp.fsum((u - means[i]) * (v - means[j])
                                  for u, v in zip(columns[i], columns[j])) / len(x)
        return mp.matrix(means), s
    (m1, s1), (m2, s2) = moments(a), moments(b)
    middle, gap = (s1 + s2) / 2, m1 - m2
    overlap = (mp.det(s1) * mp.det(s2))**mp.mpf("0.25") / mp.sqrt(mp.det(middle))
    overlap *= mp.exp(-(gap.T * mp.lu_solve(middle, gap))[0] / 8)
    return float(mp.sqrt(1 - overlap))


def reconstruction(a, b, share=0.95):
    """Squared residuals of the rows themselves in the baseline's components: each column's part, then the sum."""
    mean, sd = a.mean(axis=0), a.std(axis=0)
    za, zb = (a - mean) / sd, (b - mean) / sd
    pca = PCA(svd_solver="full").fit(za)
    kept = int(np.searchsorted(np.cumsum(pca.explained_variance_ratio_), share)) + 1
    v = pca.components_[:kept]
    before, after = (((z - z @ v.T @ v)**2).mean(axis=0) for z in (za, zb))
    parts = (after - before) / before.sum()
    return [*parts, parts.sum()]


def drift(metric, name, split, histograms, columns=None):
    table = Table(name)
    chosen = [i for i, c in enumerate(table.names) if columns is None or c in columns]
    names, rows = [table.names[i] for i in chosen], table.rows[:, chosen]
    binary = [table.binary[i] for i in chosen]
    a, b = rows[:split], rows[split:]
    pairs = [(present(x), present(y), two) for x, y, two in zip(a.T, b.T, binary)]
    answer = {}
    if metric == "marginal_stat":
        for c, (x, y, two) in zip(names, pairs):
            stat, p = by_test(x, y, two, histograms)
            answer.update({f"{c}_drift": 1 - p, f"{c}_pval": p, f"{c}_stat": stat})
        answer["driftScore"] = np.mean([answer[f"{c}_drift"] for c in names])
    elif metric == "pca_reconstruction_error":
        answer = dict(zip([*(f"{c}_drift" for c in names), "driftScore"], reconstruction(a, b)))
    else:
        far = jensen_shannon if metric == "marginal_non_stat" and histograms else None
        for c, (x, y, two) in zip(names, pairs):
            answer[f"{c}_drift"] = far(x, y) if far else hellinger(x, y, two)
        answer["driftScore"] = np.mean([answer[f"{c}_drift"] for c in names])
        if metric == "global":
            answer["driftGlobal"] = joint_hellinger(a, b)
    print("drift", metric, name, split, int(histograms), len(chosen), len(answer), *names, *answer)
    put(*answer.values())


IRIS = ["sepal_length", "sepal_width", "petal_length", "petal_width", "Iris_versicolor"]
for on in (True, False):
    for each, at in (("iris_uci", 60), ("wine", 80), ("diabetes", 100), ("pima", 500)):
        drift("marginal_stat", each, at, on)
        drift("marginal_non_stat", each, at, on)
drift("marginal_stat", "breast_cancer", 300, True)
drift("global", "iris_uci", 75, True, IRIS[:4])
drift("global", "diabetes", 100, False)
drift("global", "wine", 90, True)
for each, at in (("iris_uci", 75), ("wine", 90), ("diabetes", 200), ("breast_cancer", 300)):
    drift("pca_reconstruction_error", each, at, True, IRIS if each == "iris_uci" else None)
for m, n, h in ((1, 1, 1), (5, 5, 10), (7, 4, 13), (30, 20, 300), (30, 20, 600), (100, 100, 9000), (150, 90, 2000),
                (401, 380, 40000), (500, 500, 249500)):
    print("smirnov", m, n, float(h / (m * n)).hex())
    put(float(path_upper(m, n, h)))
for m, n, d in ((20000, 30000, 0.001), (20000, 30000, 0.01), (100000, 100000, 0.1), (9999, 9998, 0.2), (3.5, 8, 0.4)):
    print("smirnov", m, n, float(d).hex())
    put(special.kolmogorov(math.sqrt(m * n / (m + n)) * d))
