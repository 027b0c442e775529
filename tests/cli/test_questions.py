"""weir explore FILE METRIC on the Iris rows: the tests and matrices that are asked of a summary, beside scipy and numpy."""
import csv
import json

import numpy as np
import pytest
from scipy import stats

from support.programs import SOURCE, run

IRIS = SOURCE / "tests" / "data" / "iris_uci.csv"


@pytest.fixture(scope="module")
def rows():
    with open(IRIS, newline="", encoding="utf-8") as file:
        head, *data = csv.reader(file)
    return dict(zip(head, np.array(data, float).T))


@pytest.fixture(scope="module")
def iris(tmp_path_factory):
    path = tmp_path_factory.mktemp("iris") / "iris.weir"
    run("summarize", IRIS, "--histograms", "-o", path)
    return path


def ask(path, metric, *more):
    return json.loads(run("explore", path, metric, "--json", *more).stdout)


SPECIES = ("Iris_setosa", "Iris_versicolor", "Iris_virginica")


def test_anova_by_species(iris, rows):
    (got,) = ask(iris, "anova", "--attribute", "sepal_length", "--target", ",".join(SPECIES))
    want = stats.f_oneway(*[rows["sepal_length"][rows[s] == 1] for s in SPECIES])
    assert (got["inputs"], got["targets"]) == (["sepal_length"], list(SPECIES))
    assert got["values"]["F"] == pytest.approx(want.statistic, rel=1e-12)
    assert got["values"]["P"] == pytest.approx(want.pvalue, rel=1e-10)


def test_chi2_of_two_groups_of_binaries(iris, rows):
    (got,) = ask(iris, "chi2", "--attribute", "sepal_lengt_b1,sepal_lengt_b2", "--target", ",".join(SPECIES))
    table = np.array([[rows[b] @ rows[s] for s in SPECIES] for b in ("sepal_lengt_b1", "sepal_lengt_b2")])
    want = stats.chi2_contingency(table, correction=False)
    assert got["values"]["obs$sepal_lengt_b1:Iris_versicolor"] == table[0, 1]
    assert got["values"]["chiStat"] == pytest.approx(want.statistic, rel=1e-12)
    assert got["values"]["pval"] == pytest.approx(want.pvalue, rel=1e-10)


def test_one_sample_t_takes_its_mean_from_the_settings(iris, rows):
    (got,) = ask(iris, "ttestmu", "--attribute", "sepal_width", "--set", "sml_explore_ttest_known_mu=3.1")
    want = stats.ttest_1samp(rows["sepal_width"], 3.1)
    assert got["values"]["t"] == pytest.approx(want.statistic, rel=1e-12)
    assert got["values"]["tp"] == pytest.approx(want.pvalue, rel=1e-10)


def test_principal_components(iris, rows):
    names = ["sepal_length", "sepal_width", "petal_length", "petal_width"]
    got = ask(iris, "explorepca", "--attribute", ",".join(names))
    matrix = np.corrcoef([rows[n] for n in names])
    values, vectors = np.linalg.eigh(matrix)
    assert got["attributes"] == names and got["total"] == pytest.approx(4, rel=1e-12)
    assert got["values"] == pytest.approx(values[::-1], rel=1e-10)
    for mine, other in zip(got["vectors"], vectors.T[::-1]):
        assert abs(np.dot(mine, other)) == pytest.approx(1, rel=1e-10)


def test_inflation_of_variances(iris, rows):
    names = ["sepal_length", "sepal_width", "petal_length", "petal_width"]
    got = ask(iris, "vif", "--attribute", ",".join(names))
    want = np.diag(np.linalg.inv(np.corrcoef([rows[n] for n in names])))
    assert got["values"] == pytest.approx(want, rel=1e-9)


@pytest.mark.parametrize("more,words", [
    (["nothing"], "there is no metric 'nothing'"),
    (["anova", "--attribute", "nowhere"], "there is no attribute \"nowhere\""),
    (["anova", "--attribute", "sepal_length"], "anova"),
    (["vif", "--attribute", "sepal_length", "--set", "oops"], "oops"),
    (["ztest", "--attribute", "sepal_length,sepal_width,petal_length"], "petal_length"),
])
def test_what_cannot_be_asked_is_named(iris, more, words):
    done = run("explore", iris, *more, check=False)
    assert done.returncode not in (0, 139) and words in done.stderr
