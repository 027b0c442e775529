"""Writes inference.txt: hypothesis tests, variance and information by scipy 1.17.1 and statsmodels 0.15.0.

    python3 tests/reference/inference.py > tests/reference/inference.txt

Means are exact fractions and sums of squares of extended precision (80 bits), because where means nearly agree, or lie
far away from 0, sums in doubles have fewer digits than are asked for here. Statistics are those of scipy and statsmodels where these take
such sums; the others are checked against them to the digits that doubles leave. p-values are scipy's.

A line: table metric inputs targets settings keys, then the numbers in the order of the keys; nan: not defined. Tables
are those of tests/data, and genN: N rows that the test makes with the same integers (generated() below).

SPDX-License-Identifier: Apache-2.0
"""
import csv
import warnings
from fractions import Fraction

import numpy as np
from mpmath import mp, mpf
from scipy import stats
from statsmodels.stats.proportion import proportions_ztest
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

from tables import DATA, put

warnings.simplefilter("ignore")
mp.dps = 40


def bits(rows, column):
    """24 bits of splitmix64 for each row of a column."""
    with np.errstate(over="ignore"):
        z = (np.arange(rows, dtype=np.uint64) * np.uint64(16) + np.uint64(column + 1)) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return ((z ^ (z >> np.uint64(31))) >> np.uint64(40)).astype(np.int64)


def generated(rows):
    b = [bits(rows, column) for column in range(9)]
    wide = b[1] / 64 - 131072
    coin = b[5] % 2
    return {
        "ties": (b[0] % 11).astype(float),
        "wide": wide,
        "far": 1e6 + b[2] % 4096 / 1024,
        "close": wide + b[3] % 16 / 1048576,  # nearly collinear with wide
        "gaps": np.where(b[4] % 3 == 0, np.nan, (b[4] >> 4) % 100 / 4),
        "constant": np.full(rows, 3.25),
        "none": np.full(rows, np.nan),
        "coin": coin.astype(float),
        "rare": (b[6] % 50 == 0).astype(float),
        "upper": (wide > 0).astype(float),
        "colour": np.where(b[7] % 7 == 0, None, np.array(["red", "green", "blue"], dtype=object)[b[7] % 3]),
        "size": np.where(b[8] % 10 < np.where(coin == 1, 7, 4), "large", "small").astype(object),
    }


def read(name):
    """Columns of a CSV file: numbers with NaN, or lower-case texts with None."""
    with open(DATA / f"{name}.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    columns = {}
    for j, column in enumerate(rows[0]):
        cells = [row[j] for row in rows[1:]]
        try:
            columns[column] = np.array([float(cell) if cell else np.nan for cell in cells])
        except ValueError:
            columns[column] = np.array([cell.lower() or None for cell in cells], dtype=object)
    return columns


class Data:
    def __init__(self, name):
        self.name = name
        self.columns = generated(int(name[3:])) if name.startswith("gen") else read(name)
        self.rows = len(next(iter(self.columns.values())))

    def category(self, column):
        return self.columns[column].dtype == object

    def values(self, column):
        """The values of a category in order of appearance."""
        seen = [v for v in self.columns[column] if v is not None]
        return list(dict.fromkeys(seen))

    def dummies(self, columns):
        """Binary columns as they are, categories as one for each value."""
        for column in columns:
            x = self.columns[column]
            if not self.category(column):
                yield column, x
                continue
            for value in self.values(column):
                yield f"{column}${value}", np.array([np.nan if v is None else float(v == value) for v in x])


def exact_sum(x):
    scaled = x * 2.0**20
    if len(x) and np.all(scaled == np.round(scaled)) and np.abs(scaled).sum() < 2**62:
        return Fraction(int(scaled.astype(np.int64).sum()), 2**20)
    return sum(map(Fraction, x.tolist()), Fraction(0))


def extended(fraction):
    high = np.longdouble(float(fraction))
    return high + np.longdouble(float(fraction - Fraction(float(high))))


class Sample:
    """Values with their exact mean and their sum of squares about it."""

    def __init__(self, x):
        x = x[~np.isnan(x)]
        self.x, self.n = np.asarray(x, dtype=np.longdouble), len(x)
        self.mean = self.ss = np.longdouble(np.nan)
        if self.n:
            self.exact = exact_sum(x) / self.n
            self.mean = extended(self.exact)
            self.ss = ((self.x - self.mean) ** 2).sum()

    def minus(self, other):
        """The difference of the means; other may be a number."""
        if not self.n or (isinstance(other, Sample) and not other.n):
            return np.longdouble(np.nan)
        return extended(self.exact - (other.exact if isinstance(other, Sample) else Fraction(other)))

    def variance(self, ddof):
        return self.ss / (self.n - ddof) if self.n > ddof else np.longdouble(np.nan)


def two(data, inputs):
    x = [data.columns[c] for c in inputs]
    if len(x) == 3:
        return Sample(x[0][x[1] == 1]), Sample(x[0][x[2] == 1])
    if set(np.unique(x[1][~np.isnan(x[1])])) <= {0, 1} and len(x[1][~np.isnan(x[1])]):
        return Sample(x[0][x[1] == 1]), Sample(x[0][x[1] == 0])
    return Sample(x[0]), Sample(x[1])


def defined(above, below):
    return above / below if below > 0 else np.longdouble(np.nan)


def agree(ours, theirs, what):
    if np.isfinite(float(ours)) and np.isfinite(float(theirs)):
        assert abs(float(ours) - float(theirs)) <= 1e-7 * abs(float(theirs)) + 1e-290, (what, ours, theirs)


NORMAL = stats.norm.ppf(0.975)


def ztest(data, inputs, targets, settings):
    a, b = two(data, inputs)
    ddof = int(settings.get("sml_explore_unbiased") == "true")
    va, vb = a.variance(ddof), b.variance(ddof)
    error = np.sqrt(va / max(a.n, 1) + vb / max(b.n, 1))
    z = defined(a.minus(b), error)
    if ddof and z == z:
        theirs = CompareMeans(DescrStatsW(a.x.astype(float)), DescrStatsW(b.x.astype(float))).ztest_ind(usevar="unequal")
        if abs(z) > 1e-3:
            agree(z, theirs[0], "z")
    margin = NORMAL * error if error > 0 else np.nan
    return {"zn1": a.n, "zn2": b.n, "zm1": a.mean, "zm2": b.mean, "zs1": va, "zs2": vb, "z": z,
            "zp": 2 * stats.norm.sf(abs(float(z))), "zCi95Down": a.minus(b) - margin,
            "zCi95Up": a.minus(b) + margin}


def ttest(data, inputs, targets, settings):
    a, b = two(data, inputs)
    ddof = int(settings.get("sml_explore_unbiased") == "true")
    answer = {"tn1": a.n, "tn2": b.n, "tm1": a.mean, "tm2": b.mean, "ts1": a.variance(ddof), "ts2": b.variance(ddof)}
    nothing = np.longdouble(np.nan)
    t = p = df = u = pu = dfu = margin = margin_u = nothing
    if a.n and b.n and a.n + b.n > 2:
        df = a.n + b.n - 2
        error = np.sqrt((a.ss + b.ss) / df * (np.longdouble(1) / a.n + np.longdouble(1) / b.n))
        t = defined(a.minus(b), error)
        p = 2 * stats.t.sf(abs(float(t)), df)
        margin = stats.t.ppf(0.975, df) * error if error > 0 else nothing
    if a.n > 1 and b.n > 1 and a.ss + b.ss > 0:
        va, vb = a.variance(1) / a.n, b.variance(1) / b.n
        u = (a.minus(b)) / np.sqrt(va + vb)
        dfu = (va + vb) ** 2 / (va**2 / (a.n - 1) + vb**2 / (b.n - 1))
        pu = 2 * stats.t.sf(abs(float(u)), float(dfu))
        margin_u = stats.t.ppf(0.975, float(dfu)) * np.sqrt(va + vb)
        if abs(u) > 1e-3:
            for equal, ours in ((True, (t, p)), (False, (u, pu))):
                theirs = stats.ttest_ind(a.x.astype(float), b.x.astype(float), equal_var=equal)
                agree(ours[0], theirs.statistic, "t")
                agree(ours[1], theirs.pvalue, "tp")
    difference = a.minus(b)
    answer.update(t=t, tdf=df, tp=p, tu=u, tdfu=dfu, tpu=pu, tCi95Down=difference - margin, tCi95Up=difference + margin,
                  tuCi95Down=difference - margin_u, tuCi95Up=difference + margin_u)
    return answer


def ftest(data, inputs, targets, settings):
    a, b = two(data, inputs)
    ddof = int(settings.get("sml_explore_unbiased") == "true")
    f = defined(a.variance(1), b.variance(1))
    df1, df2 = (a.n - 1 if a.n > 1 else np.nan), (b.n - 1 if b.n > 1 else np.nan)
    p = 2 * min(stats.f.cdf(float(f), df1, df2), stats.f.sf(float(f), df1, df2)) if f == f else np.nan
    return {"fn1": a.n, "fn2": b.n, "fm1": a.mean, "fm2": b.mean, "fs1": a.variance(ddof), "fs2": b.variance(ddof),
            "fdf1": df1, "fdf2": df2, "f": f, "fp": p}


def ztestp(data, inputs, targets, settings):
    x = [data.columns[c] for c in inputs]
    parts = [x[0][x[1] == 1], x[0][x[2] == 1]] if len(x) == 3 else x
    parts = [p[~np.isnan(p)] for p in parts]
    z, p = proportions_ztest([part.sum() for part in parts], [len(part) for part in parts])
    return {"z": z, "zp": p}


def ztestmu(data, inputs, targets, settings):
    a, mu = Sample(data.columns[inputs[0]]), settings["sml_explore_ztest_known_mu"]
    error = np.sqrt(a.variance(int(settings.get("sml_explore_unbiased") == "true")) / max(a.n, 1))
    z = defined(a.minus(mu), error)
    margin = NORMAL * error if error > 0 else np.nan
    return {"z": z, "zp": 2 * stats.norm.sf(abs(float(z))), "zCi95Down": a.minus(mu) - margin,
            "zCi95Up": a.minus(mu) + margin}


def ttestmu(data, inputs, targets, settings):
    a, mu = Sample(data.columns[inputs[0]]), settings["sml_explore_ttest_known_mu"]
    error = np.sqrt(a.variance(1) / max(a.n, 1))
    t = defined(a.minus(mu), error)
    if t == t and abs(t) > 1e-3:
        agree(t, stats.ttest_1samp(a.x.astype(float), float(mu)).statistic, "ttestmu")
    margin = stats.t.ppf(0.975, a.n - 1) * error if error > 0 else np.nan
    return {"t": t, "tp": 2 * stats.t.sf(abs(float(t)), a.n - 1), "tCi95Down": a.minus(mu) - margin,
            "tCi95Up": a.minus(mu) + margin}


def ftestmu(data, inputs, targets, settings):
    a, known = Sample(data.columns[inputs[0]]), np.longdouble(settings["sml_explore_ftest_known_sigma"])
    chi = float(a.ss / known)
    p = 2 * min(stats.chi2.cdf(chi, a.n - 1), stats.chi2.sf(chi, a.n - 1)) if a.n > 1 else np.nan
    return {"f": a.variance(1) / known, "fp": p}


def anova(data, inputs, targets, settings):
    x = [data.columns[c] for c in inputs]
    if targets:
        groups = [b for _, b in data.dummies(targets)]
        groups = [Sample(x[0][b == 1]) for b in groups] if len(groups) > 1 else [
            Sample(x[0][groups[0] == v]) for v in (1, 0)]
    else:
        groups = [Sample(column) for column in x]
    groups = [g for g in groups if g.n]
    k, n = len(groups), sum(g.n for g in groups)
    keys = ("SSb", "SSw", "Dfb", "Dfw", "MSb", "MSw", "F", "Ssgamma", "Dfgamma", "P")
    if k < 2:
        return dict.fromkeys(keys, np.nan)
    grand = sum(g.n * g.exact for g in groups) / n
    between = extended(sum(g.n * (g.exact - grand) ** 2 for g in groups))
    within = sum(g.ss for g in groups)
    msb, msw = between / (k - 1), within / (n - k) if n > k else np.nan
    f = defined(msb, msw)
    if f == f and f > 1e-3:
        theirs = stats.f_oneway(*(g.x.astype(float) for g in groups))
        agree(f, theirs.statistic, "F")
    return dict(zip(keys, (between, within, k - 1, n - k, msb, msw, f, between + within, n - 1,
                           stats.f.sf(float(f), k - 1, n - k))))


def table_test(counts, cells):
    counts = counts[counts.sum(1) > 0][:, counts.sum(0) > 0].astype(int)
    answer = dict.fromkeys(("chiStat", "df", "pval", "coef"), np.nan)
    if min(counts.shape) > 1:
        result = stats.chi2_contingency(counts, correction=False)
        answer = {"chiStat": result.statistic, "df": result.dof, "pval": result.pvalue,
                  "coef": stats.contingency.association(counts, "tschuprow", correction=False)}
        least = result.expected_freq.min()
        answer["minExpected"] = least if least < 5 else np.nan
    return answer | cells


def chi2(data, inputs, targets, settings):
    if targets:
        rows, columns = list(data.dummies(inputs)), list(data.dummies(targets))
        counts = np.array([[np.nansum(r * c) for _, c in columns] for _, r in rows])
        names = []
        for side, sent in ((rows, inputs), (columns, targets)):
            alone = len(sent) == 1 and data.category(sent[0])
            names.append([name.split("$", 1)[1] if alone else name for name, _ in side])
    else:
        values = list(dict.fromkeys(v for c in inputs for v in data.values(c)))
        counts = np.array([[float((data.columns[c] == v).sum()) for v in values] for c in inputs])
        names = [inputs, values]
    cells = {f"obs${r}:{c}": counts[i, j] for i, r in enumerate(names[0]) for j, c in enumerate(names[1])}
    return table_test(counts, cells if len(cells) < 40 else {})


def states(data, column):
    if data.category(column):
        return [x for _, x in data.dummies([column])]
    x = data.columns[column]
    return [x, 1 - x]


def gain(data, inputs, targets, settings):
    counts = [[int(np.nansum(a * t)) for t in states(data, targets[0])] for a in states(data, inputs[0])]
    n = sum(map(sum, counts))
    entropy = lambda of: -sum(mpf(c) / n * mp.log(mpf(c) / n, 2) for c in of if c)
    if not n:
        return {"gain": np.nan}
    return {"gain": entropy(map(sum, counts)) + entropy(map(sum, zip(*counts))) - entropy(c for row in counts for c in row)}


def uni(data, inputs, targets, settings):
    a = Sample(data.columns[inputs[0]])
    unbiased = settings.get("sml_explore_unbiased") == "true"
    n, variance = a.n, a.variance(int(unbiased))
    error = np.sqrt(variance / n) if n > 1 else np.nan
    answer = {"count": n, "missing": data.rows - n, "sum": a.mean * n if n else 0, "mean": a.mean, "variance": variance,
              "stddev": np.sqrt(variance), "stderr": error, "meanMarginErrorC95": stats.t.ppf(0.975, n - 1) * error}
    d = a.x - a.mean if n else a.x
    varies = n and a.ss > 0
    g1 = (d**3).mean() / (a.ss / n) ** 1.5 if varies else np.nan
    g2 = (d**4).mean() / (a.ss / n) ** 2 - 3 if varies else np.nan
    if n < 3:
        answer["skewness"] = np.nan
    else:
        answer["skewness"] = g1 * np.sqrt(np.longdouble(n) * (n - 1)) / (n - 2) if unbiased else g1 * n * n / (
            np.longdouble(n - 1) * (n - 2))
    answer["kurtosis"] = np.longdouble(n - 1) / (np.longdouble(n - 2) * (n - 3)) * ((n + 1) * g2 + 6) if n > 3 else np.nan
    return answer


def bi(data, inputs, targets, settings):
    x, y = (data.columns[c] for c in inputs)
    both = ~np.isnan(x) & ~np.isnan(y)
    x, y = x[both], y[both]
    ddof = int(settings.get("sml_explore_unbiased") == "true")
    a, b, n = Sample(x), Sample(y), len(x)
    binary = n and set(np.unique(y)) <= {0, 1}
    xy = ((a.x - a.mean) * (b.x - b.mean)).sum() if n else np.longdouble(np.nan)
    r = defined(xy, np.sqrt(a.ss * b.ss))
    answer = {"count": n, "covar": xy / (n - ddof) if n > ddof else np.nan, "linCorr": r}
    if settings.get("need_bi_conditional_ci95") == "true":
        # scipy's interval of pearsonr, of the correlation in extended precision
        margin = NORMAL / np.sqrt(np.longdouble(n - 3)) if n > 3 else np.nan
        answer["corrCi95Down"], answer["corrCi95Up"] = np.tanh(np.arctanh(r) - margin), np.tanh(np.arctanh(r) + margin)
        if n > 3 and abs(r) < 0.999999:
            theirs = stats.pearsonr(x, y).confidence_interval()
            agree(answer["corrCi95Down"] + 2, theirs.low + 2, "corrCi95")
    if binary:
        for prefix, value in (("cond", 1), ("comp", 0)):
            if prefix == "comp" and settings.get("need_bi_complement") != "true":
                continue
            s = Sample(x[y == value])
            answer.update({prefix + "Count": s.n, prefix + "Sum": s.x.sum(), prefix + "Mean": s.mean,
                           prefix + "Variance": s.variance(ddof), prefix + "Stddev": np.sqrt(s.variance(ddof))})
        s = Sample(x[y == 1])
        if settings.get("need_bi_conditional_ci95") == "true":
            margin = stats.t.ppf(0.975, s.n - 1) * np.sqrt(s.variance(ddof) / s.n) if s.n > 1 else np.nan
            answer["biCi95Down"], answer["biCi95Up"] = s.mean - margin, s.mean + margin
        if settings.get("need_bi_conditional_mmm") == "true":
            answer.update({"condMin": s.x.min(), "condMax": s.x.max(), "condMedian": np.median(s.x)} if s.n else
                          dict.fromkeys(("condMin", "condMax", "condMedian"), np.nan))
    return answer


CASES = []


def case(name, metric, inputs, targets="", **settings):
    CASES.append((name, metric, inputs.split(), targets.split(), settings))


BI = {"need_bi_conditional_ci95": "true", "need_bi_complement": "true", "need_bi_conditional_mmm": "true"}
UNBIASED = {"sml_explore_unbiased": "true"}


def two_samples(name, *questions):
    for question in questions:
        for settings in ({}, UNBIASED):
            for metric in ("ztest", "ttest", "ftest"):
                case(name, metric, question, **settings)


def known(name, column, mu, variance):
    case(name, "ztestmu", column, sml_explore_ztest_known_mu=mu)
    case(name, "ztestmu", column, sml_explore_ztest_known_mu=mu, **UNBIASED)
    case(name, "ttestmu", column, sml_explore_ttest_known_mu=mu)
    case(name, "ftestmu", column, sml_explore_ftest_known_sigma=variance)


SPECIES = "Iris_setosa Iris_versicolor Iris_virginica"
two_samples("iris_uci", "sepal_length petal_width", "sepal_length Iris_setosa", "petal_length Iris_setosa Iris_virginica")
known("iris_uci", "petal_length", 3.5, 3)
case("iris_uci", "ztestp", "sepal_width_b1 petal_width_b1")
case("iris_uci", "ztestp", "sepal_width_b1 Iris_setosa Iris_virginica")
case("iris_uci", "anova", "sepal_length sepal_width petal_length petal_width")
case("iris_uci", "anova", "sepal_length", SPECIES)
case("iris_uci", "anova", "petal_width", "Iris_setosa")
case("iris_uci", "anova", "petal_width", "Iris_setosa petal_width_b1")
case("iris_uci", "chi2", "sepal_lengt_b1 sepal_lengt_b2", SPECIES)
case("iris_uci", "gain", "petal_width_b1", "Iris_setosa")
case("iris_uci", "gain", "sepal_width_b1", "Iris_virginica")
case("iris_uci", "bi", "sepal_width Iris_virginica", **BI)
case("iris_uci", "bi", "sepal_width Iris_virginica", **BI, **UNBIASED)
case("iris_uci", "bi", "sepal_length petal_length", need_bi_conditional_ci95="false", **UNBIASED)
two_samples("wine", "alcohol malic_acid", "proline magnesium", "flavanoids hue")
known("wine", "proline", 700, 1e5)
case("wine", "anova", "alcohol malic_acid ash magnesium proline")
case("wine", "bi", "proline alcohol", **UNBIASED)
case("wine", "uni", "proline", **UNBIASED)
two_samples("pima", "insulin triceps", "glucose pressure", "pedigree mass")
known("pima", "insulin", 150.5, 14000)
case("pima", "anova", "glucose", "diabetes")
case("pima", "anova", "glucose pressure insulin")
case("pima", "bi", "insulin triceps", **UNBIASED)
two_samples("odd", "whole cauchy", "cauchy coin", "whole coin rare", "constant nearly_constant", "constant constant")
known("odd", "whole", 4, 5)
known("odd", "constant", 3, 1)
case("odd", "ztestp", "coin rare")
case("odd", "gain", "coin", "rare")
case("odd", "chi2", "coin", "rare")
case("odd", "anova", "constant constant")
case("odd", "anova", "whole", "coin rare")
two_samples("breast_cancer", "mean_radius mean_perimeter", "worst_area mean_area", "mean_radius mean_radius")
known("breast_cancer", "mean_smoothness", 0.0963, 0.0002)
case("breast_cancer", "anova", "mean_radius", "class")
case("breast_cancer", "anova", "worst_concave_points", "class")
case("breast_cancer", "anova", "mean_radius mean_texture")
case("breast_cancer", "uni", "area_error")
case("breast_cancer", "bi", "mean_radius mean_perimeter", **UNBIASED)
two_samples("diabetes", "s1 s2", "target bmi")
known("diabetes", "bp", 94, 190)
case("diabetes", "anova", "s1 s2 s3 target")
case("diabetes", "uni", "s6", **UNBIASED)
case("housevotes84", "chi2", "V1 V2 V3 V4")
case("housevotes84", "chi2", "V2 V16 Class")
for vote in ("V1", "V2", "V4", "V12", "V16"):
    case("housevotes84", "chi2", vote, "Class")
    case("housevotes84", "gain", vote, "Class")
case("housevotes84", "gain", "Class", "V3")
two_samples("seattle_weather", "temp_max temp_min", "wind precipitation")
known("seattle_weather", "wind", 3.2, 2)
case("seattle_weather", "anova", "temp_max", "weather")
case("seattle_weather", "anova", "wind", "weather")
case("seattle_weather", "anova", "temp_max temp_min wind")
TTESTMU = "sml_explore_ttest_known_mu"
TAILS = {  # p-values down to 1e-267
    "gen3": [("ttestmu", "far", "", {TTESTMU: 1e70})],
    "gen7": [("ttestmu", "far", "", {TTESTMU: -1e40})],
    "gen60": [("ttestmu", "far", "", {TTESTMU: 1020001}), ("ttestmu", "far", "", {TTESTMU: 0}),
              ("ttest", "far ties", "", {})],
    "gen4000": [("ttestmu", "far", "", {TTESTMU: 1000001.9995 + off}) for off in (0.2, 0.4, 0.55, 0.66)]
    + [("ztestmu", "far", "", {"sml_explore_ztest_known_mu": 1000001.9995 + off}) for off in (0.2, 0.4, 0.55, 0.66)]
    + [("ftestmu", "far", "", {"sml_explore_ftest_known_sigma": variance}) for variance in (0.4, 0.3, 0.26)]
    + [("anova", "far close", "", {}), ("chi2", "size", "coin", {}), ("chi2", "upper coin", "size colour", {})],
}
for name in ("gen2", "gen3", "gen7", "gen60", "gen4000", "gen1000000"):
    two_samples(name, "wide close", "far upper", "ties gaps", "gaps coin rare", "constant ties", "none ties", "wide upper")
    known(name, "far", 1000001.5, 1.4)
    known(name, "ties", 5, 10.5)
    known(name, "wide", 0, 5.7e9)
    case(name, "ztestp", "coin upper")
    case(name, "ztestp", "rare coin")
    case(name, "ztestp", "upper coin rare")
    case(name, "anova", "far", "colour")
    case(name, "anova", "wide", "colour size")
    case(name, "anova", "wide", "upper")
    case(name, "anova", "wide close")
    case(name, "anova", "ties gaps none")
    case(name, "chi2", "coin rare upper", "colour")
    case(name, "chi2", "size", "colour")
    case(name, "chi2", "coin", "rare upper")
    case(name, "chi2", "colour size")
    case(name, "gain", "coin", "upper")
    case(name, "gain", "coin", "size")
    case(name, "gain", "colour", "size")
    case(name, "gain", "colour", "rare")
    for column in ("far", "wide", "gaps", "constant", "none"):
        case(name, "uni", column)
    case(name, "uni", "far", **UNBIASED)
    chosen = {k: v for k, v in BI.items() if k != "need_bi_conditional_mmm" or name != "gen1000000"}
    case(name, "bi", "far coin", **chosen, **UNBIASED)
    case(name, "bi", "gaps rare", **chosen)
    case(name, "bi", "wide close", need_bi_conditional_ci95="false", **UNBIASED)
    case(name, "bi", "ties constant")
    case(name, "bi", "ties none")
    for metric, inputs, targets, settings in TAILS.get(name, ()):
        case(name, metric, inputs, targets, **settings)


def answers(only=None):
    """Each case (of one table) with the numbers by their keys."""
    data = None
    for name, metric, inputs, targets, settings in CASES:
        if only and name != only:
            continue
        if not data or data.name != name:
            data = Data(name)
        yield name, metric, inputs, targets, settings, globals()[metric](data, inputs, targets, settings)


if __name__ == "__main__":
    for name, metric, inputs, targets, settings, answer in answers():
        print(name, metric, ",".join(inputs), ",".join(targets) or "-",
              ",".join(f"{k}={v}" for k, v in settings.items()) or "-", len(answer), *answer)
        put(*(float(v) for v in answer.values()))
