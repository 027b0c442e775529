"""Writes explore.txt: univariate and bivariate statistics and densities by numpy 2.4.6 and scipy 1.17.1.

    python3 tests/reference/explore.py > tests/reference/explore.txt

"uni" table column unbiased keys; "bi" table x y keys; "density" table column bins least greatest (nan: observed). Then
the numbers, in the order of the keys; nan: the key is not defined.

SPDX-License-Identifier: Apache-2.0
"""
import numpy as np
from scipy import stats

from tables import Table, put

QUANTILES = {"median": 0.5, "q01": 0.01, "q05": 0.05, "q25": 0.25, "q75": 0.75, "q95": 0.95, "q98": 0.98, "q99": 0.99}


def uni(name, column, unbiased):
    table = Table(name)
    x = table.rows[:, table.names.index(column)]
    missing, x = np.isnan(x).sum(), x[~np.isnan(x)]
    n = len(x)
    sd = np.std(x, ddof=int(unbiased))
    varies = n > 2 and np.ptp(x) > 0
    g1 = stats.skew(x) if varies else np.nan
    answer = {
        "count": n, "missing": missing, "sum": x.sum(), "mean": x.mean(), "variance": sd**2, "stddev": sd,
        "stderr": sd / np.sqrt(n), "meanMarginErrorC95": stats.t.ppf(0.975, n - 1) * sd / np.sqrt(n),
        "skewness": stats.skew(x, bias=False) if unbiased and varies else g1 * n * n / ((n - 1) * (n - 2)),
        "kurtosis": stats.kurtosis(x, bias=False) if varies else np.nan,
        "min": x.min(), "max": x.max(),
    }
    answer.update({key: np.quantile(x, p) for key, p in QUANTILES.items()})
    print("uni", name, column, int(unbiased), len(answer), *answer)
    put(*answer.values())


def bi(name, first, second):
    table = Table(name)
    x, y = (table.rows[:, table.names.index(c)] for c in (first, second))
    both = ~np.isnan(x) & ~np.isnan(y)
    x, y = x[both], y[both]
    chosen = x[y == 1] if table.binary[table.names.index(second)] else None
    answer = {"count": len(x), "covar": np.cov(x, y, ddof=0)[0, 1], "linCorr": stats.pearsonr(x, y)[0]}
    if chosen is not None:
        n, sd = len(chosen), chosen.std()
        margin = stats.t.ppf(0.975, n - 1) * sd / np.sqrt(n)
        answer.update(condCount=n, condSum=chosen.sum(), condMean=chosen.mean(), condVariance=sd**2, condStddev=sd,
                      biCi95Down=chosen.mean() - margin, biCi95Up=chosen.mean() + margin)
    print("bi", name, first, second, len(answer), *answer)
    put(*answer.values())


def density(name, column, bins, least=np.nan, greatest=np.nan):
    table = Table(name)
    x = table.rows[:, table.names.index(column)]
    x = x[~np.isnan(x)]
    least, greatest = (x.min() if np.isnan(least) else least), (x.max() if np.isnan(greatest) else greatest)
    counts, _ = np.histogram(x, bins=bins, range=(least, greatest))
    print("density", name, column, bins, float(least).hex(), float(greatest).hex())
    put(*counts)


for column in ("sepal_length", "petal_width", "Iris_setosa"):
    for unbiased in (False, True):
        uni("iris_uci", column, unbiased)
for column in ("glucose", "triceps", "insulin", "pedigree"):  # with missing cells
    uni("pima", column, False)
    uni("pima", column, True)
for column in ("proline", "malic_acid"):
    uni("wine", column, False)
for column in ("constant", "nearly_constant", "rare", "cauchy"):
    uni("odd", column, False)
bi("iris_uci", "sepal_length", "petal_width")
bi("iris_uci", "sepal_length", "Iris_versicolor")
bi("iris_uci", "petal_width", "petal_width_b1")
bi("pima", "insulin", "triceps")
bi("pima", "glucose", "insulin")
bi("wine", "proline", "alcohol")
bi("odd", "cauchy", "coin")
bi("odd", "whole", "rare")
density("wine", "proline", 16)
density("wine", "malic_acid", 50, 0.0, 4.0)
density("pima", "insulin", 32)
density("odd", "whole", 8, 0.0, 8.0)
