"""Writes mlr.txt: regressions by other hands. statsmodels 0.15.0, pandas 3.1.1, numpy 2.4.6.

    .venv/bin/python tests/reference/mlr.py > tests/reference/mlr.txt

A case is a line "name rows inputs intercept pseudo_inverse within", its rows, target first and nan for a gap; a line "rows
counted, degrees of freedom, residual sum of squares, R^2, adjusted R^2, F, p of F"; and for each coefficient, intercept
first, "coefficient error t p low high".

Without gaps, or with gaps that empty whole rows, the numbers are statsmodels' OLS. With gaps here and there they are
made by the textbook's formulas from the covariances of pairs (pandas), drawn to their diagonal when they have a
negative eigenvalue, and the rows of the pair that has fewest. Inputs that depend on each other are solved by the
pseudo-inverse of their correlations (numpy), everything but the coefficients and their errors being statsmodels'.

SPDX-License-Identifier: Apache-2.0
"""
import csv
import pathlib

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy import stats

DATA = pathlib.Path(__file__).parent.parent / "data"


def table(name, columns, rows):
    with open(DATA / f"{name}.csv", encoding="utf-8") as file:
        read = list(csv.DictReader(file))[:rows]
    return np.array([[float(row[c]) if row[c] else np.nan for c in columns] for row in read])


def put(*numbers):
    print(*[float(x).hex() for x in numbers])


def head(name, data, intercept, pseudo=False, within=1e-10):
    print(name, len(data), data.shape[1] - 1, int(intercept), int(pseudo), within)
    for row in data:
        put(*row)


def put_fit(rows, df, rss, tss, rank, b, errors, intercept):
    r2 = 1 - rss / tss
    f = (tss - rss) / rank / (rss / df)
    put(rows, df, rss, r2, 1 - (1 - r2) * (rows - intercept) / df, f, stats.f.sf(f, rank, df))
    limit = stats.t.ppf(0.975, df)
    for x, error in zip(b, errors):
        put(x, error, x / error, 2 * stats.t.sf(abs(x / error), df), x - limit * error, x + limit * error)


def ols(name, data, intercept=True):
    head(name, data, intercept)
    whole = data[~np.isnan(data).any(axis=1)]
    x = sm.add_constant(whole[:, 1:]) if intercept else whole[:, 1:]
    fit = sm.OLS(whole[:, 0], x).fit(method="qr")
    put(fit.nobs, fit.df_resid, fit.ssr, fit.rsquared, fit.rsquared_adj, fit.fvalue, fit.f_pvalue)
    for row in zip(fit.params, fit.bse, fit.tvalues, fit.pvalues, *fit.conf_int().T):
        put(*row)


def pairwise(name, data):
    # drawn to the diagonal, an eigenvalue known to 1e-16 is left at 1e-10: 6 digits are anyone's, 5 of a p-value
    head(name, data, True, within=1e-5 if name == "clash" else 1e-10)
    present = ~np.isnan(data)
    rows = (present[:, :, None] & present[:, None, :]).sum(axis=0).min()
    s = pd.DataFrame(data).cov().to_numpy() * (rows - 1)
    scale = np.sqrt(np.diag(s))
    values = np.linalg.eigvalsh(s / np.outer(scale, scale))
    if values[0] < -1e-10 * values[-1]:
        missing = 1e-10 * values[-1] - values[0]
        share = missing / (1 - 1e-10 + missing)
        s = (1 - share) * s + share * np.diag(np.diag(s))
    scale = scale[1:]
    inverse = np.linalg.inv(s[1:, 1:] / np.outer(scale, scale)) / np.outer(scale, scale)
    b = inverse @ s[0, 1:]
    means = np.nanmean(data, axis=0)
    rss = s[0, 0] - b @ s[0, 1:]
    df = rows - len(b) - 1
    errors = np.sqrt(rss / df * np.concatenate([[1 / rows + means[1:] @ inverse @ means[1:]], np.diag(inverse)]))
    put_fit(rows, df, rss, s[0, 0], len(b), [means[0] - b @ means[1:], *b], errors, 1)


def pseudo(name, data):
    head(name, data, True, True)
    fit = sm.OLS(data[:, 0], sm.add_constant(data[:, 1:])).fit(method="pinv")
    centred = data - data.mean(axis=0)
    s = centred.T @ centred
    scale = np.sqrt(np.diag(s))[1:]
    inverse = np.linalg.pinv(s[1:, 1:] / np.outer(scale, scale), rcond=1e-13, hermitian=True) / np.outer(scale, scale)
    b = inverse @ s[0, 1:]
    means = data.mean(axis=0)
    errors = np.sqrt(fit.scale * np.concatenate([[1 / len(data) + means[1:] @ inverse @ means[1:]], np.diag(inverse)]))
    put_fit(len(data), fit.df_resid, fit.ssr, s[0, 0], fit.df_model, [means[0] - b @ means[1:], *b], errors, 1)


WINE = ["alcohol", "malic_acid", "ash", "alcalinity_of_ash", "magnesium", "total_phenols", "flavanoids",
        "nonflavanoid_phenols", "proanthocyanins", "color_intensity", "hue", "od280_per_od315_of_diluted_wines"]
IRIS = ["sepal_length", "sepal_width", "petal_length", "petal_width"]
PIMA = ["age", "pregnant", "glucose", "pressure", "triceps", "mass", "pedigree"]

wine = table("wine", ["proline", *WINE], 178)
holes = wine[:, :7].copy()
holes[::5] = np.nan

rng = np.random.default_rng(3)
clash = np.full((90, 4), np.nan)  # three inputs that correlate as no three columns can: 0.9, 0.9, -0.9
for k, (i, j, sign) in enumerate([(1, 2, 1), (1, 3, 1), (2, 3, -1)]):
    x = np.round(rng.normal(size=30), 2)
    clash[30 * k:30 * k + 30, i] = x
    clash[30 * k:30 * k + 30, j] = np.round(sign * x + 0.4 * rng.normal(size=30), 2)
clash[:, 0] = np.round(rng.normal(size=90) + np.nansum(clash[:, 1:], axis=1), 2)

ols("wine", wine)
ols("wine_origin", wine, intercept=False)
ols("wine_holes", holes)
ols("dummies", table("iris_uci", ["petal_width", *IRIS[:3], "Iris_setosa", "Iris_virginica"], 150))
ols("binary_target", table("iris_uci", ["Iris_setosa", *IRIS], 150))
pairwise("pima", table("pima", PIMA, 250))
pairwise("clash", clash)
pseudo("all_dummies", table("iris_uci", ["petal_width", *IRIS[:3], "Iris_setosa", "Iris_versicolor", "Iris_virginica"],
                            150))
