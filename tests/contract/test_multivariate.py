"""Factors, components, singular values and conditional densities over REST, with the numbers the documents print."""
import csv
import itertools
import json
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

from contract.conftest import rows
from support.programs import SOURCE

_numbers = itertools.count(1)
FIRST = [str(i) for i in range(12)]


def read(name):
    with open(SOURCE / f"tests/data/{name}.csv", encoding="utf-8", newline="") as file:
        names, *data = csv.reader(file)
    return names, data


@pytest.fixture
def iris(client, project):
    names, data = read("iris_uci")
    types = ["C"] * 4 + ["B"] * (len(names) - 4)
    for part in (data[:31], data[31:140], data[140:]):
        client.post(f"/projects/{project}/learn", {"attributeNames": names, "attributeTypes": types, "data": part})
    return project


def job(client, pid, what, body, **query):
    """Starts the job and returns its values."""
    answer = client.call("POST", f"/projects/{pid}/{what}", body, **query)
    assert answer.status == 202, answer.body
    assert answer.json()["statusString"] == "Job Created"
    assert answer.headers["location"].endswith(f"/jobs/{answer.headers['sym-job-id']}")
    done = client.wait_job(answer.headers["sym-job-id"])
    assert done.status == 200, done.body
    return done.json()["values"]


def test_factors(client, iris):
    (got,) = job(client, iris, "vif", {"values": [{"inputAttributes": FIRST}]})["KSVSMap"]["values"]
    assert list(got) == FIRST  # the ids as they were sent
    want = [9.5480484, 3.7017021, 42.2231132, 16.9082631] + [5000.95853] * 2 + [5000.62007] * 2 \
        + [5001.48312] * 2 + [5002.97532] * 2
    assert [float(text) for text in got.values()] == pytest.approx(want, rel=5e-9)


def test_factors_of_names_and_without_clamping(client, iris):
    context = {"inputAttributeNames": ["sepal_length", "petal_length", "petal_width_b1", "petal_width_b2"],
               "extraParameters": {"sml_vif_raw": "true"}}
    (got,) = job(client, iris, "vif", context)["KSVSMap"]["values"]  # a bare MLContext will do
    assert list(got) == context["inputAttributeNames"]
    assert got["petal_width_b1"] == got["petal_width_b2"] == "Infinity"
    assert 1 < float(got["sepal_length"]) < 100


def test_categories_stand_for_their_values(client, learned):
    (got,) = job(client, learned, "vif", {"inputAttributeNames": ["x", "k"]})["KSVSMap"]["values"]
    assert list(got) == ["x", "k$red", "k$green", "k$blue"]


def test_components(client, iris):
    names, _ = read("iris_uci")
    got = job(client, iris, "explorepca", {"values": [{"inputAttributeNames": names}]})
    values, vectors = got["pcaValues"], got["pcaVectors"]
    want = [9.43012996, 2.97582619, 1.12947663, .65566062, .34345813, .29114822, .12071655, .0376414, .0159423]
    assert values["attributeNames"] == [f"e{k}" for k in range(1, 16)]
    assert [float(cell) for cell in values["data"][0]] == pytest.approx(want + [0] * 6, abs=5e-9)
    assert got["pcaSumValues"] == 15
    assert vectors["attributeNames"] == ["attribute"] + [f"PC{k}" for k in range(1, 16)]
    assert vectors["attributeTypes"] == ["S"] + ["C"] * 15
    assert [row[0] for row in vectors["data"]] == names
    table = np.array([[float(cell) for cell in row[1:]] for row in vectors["data"]])
    assert table.T @ table == pytest.approx(np.eye(15), abs=1e-12)
    assert all(column[np.argmax(np.abs(column))] > 0 for column in table.T)


def test_no_zero_has_a_sign(client, iris):
    values = job(client, iris, "explorepca", {"inputAttributes": [str(i) for i in range(12)]})
    cells = [cell for row in values["pcaVectors"]["data"] for cell in row]
    assert "0" in cells and not {"-0", "-0.0"} & set(cells)


def test_components_of_covariances_as_far_as_wanted(client, iris):
    _, data = read("iris_uci")
    context = {"inputAttributes": [0, 1, 2, 3], "extraParameters": {"pca_covariance": "true"}}
    got = job(client, iris, "explorepca", context, explainedCovariance="0.95")
    want = np.linalg.eigvalsh(np.cov(np.array(data)[:, :4].astype(float).T, ddof=0))[::-1]
    assert [float(cell) for cell in got["pcaValues"]["data"][0]] == pytest.approx(want[:2], rel=1e-12)
    assert got["pcaSumValues"] == pytest.approx(want.sum(), rel=1e-12)
    context["extraParameters"]["pcaNumDimension"] = "1"
    assert len(job(client, iris, "explorepca", context)["pcaValues"]["data"][0]) == 1


def test_singular_values(client, iris):
    names, _ = read("iris_uci")
    got = job(client, iris, "exploresvd", {"values": [{"inputAttributes": FIRST}]})["KSVSMap"]["values"]
    want = [5.33513544, .6184305, .192320846, .112068965, .0723730681, .048442343, .0308366603, .0217548418]
    assert [list(one.values()) for one in got] == [[name] for name in names[:12]]
    keys = [float(key) for one in got for key in one]
    assert keys == pytest.approx(want + [0] * 4, abs=5e-9) and keys == sorted(keys, reverse=True)


def test_covariances_divided_by_n_less_1(client, project):
    """Also where rows have gaps: each pair over the rows that have both, as pandas."""
    table = np.random.default_rng(4).normal(size=(30, 3)).round(3)
    cells = [["" if i % 7 == j else str(x) for j, x in enumerate(row)] for i, row in enumerate(table)]
    client.post(f"/projects/{project}/learn", {"attributeNames": ["x", "y", "z"], "attributeTypes": ["C"] * 3,
                                               "data": cells})
    gaps = pd.DataFrame([[float(cell or "nan") for cell in row] for row in cells])
    want = np.sort(np.linalg.eigvalsh(gaps.cov()))[::-1]
    extra = {"sml_explore_unbiased": "true", "pca_covariance": "true"}
    body = {"inputAttributeNames": ["x", "y", "z"], "extraParameters": extra}
    for what in ("exploresvd", "exploresvdfs"):
        maps = job(client, project, what, body)["KSVSMap"]["values"]
        assert [float(text) for one in maps for text in one] == pytest.approx(want, rel=1e-12)
    values = job(client, project, "explorepca", body)
    assert [float(text) for text in values["pcaValues"]["data"][0]] == pytest.approx(want, rel=1e-12)
    assert values["pcaSumValues"] == pytest.approx(want.sum(), rel=1e-12)


def test_attributes_chosen_by_singular_values(client, iris):
    names, data = read("iris_uci")
    got = job(client, iris, "exploresvdfs", {"values": [{"inputAttributes": FIRST}]})["KSVSMap"]["values"]
    kept = [0, 1, 2, 3, 4, 6, 8, 10]  # one of each pair of dummies, the earlier
    assert [name for one in got for name in one.values()] == [names[i] for i in kept]
    covariance = np.cov(np.array(data)[:, kept].astype(float).T, ddof=0)
    assert [float(key) for one in got for key in one] == \
        pytest.approx(np.linalg.svd(covariance, compute_uv=False), rel=1e-10)


@pytest.mark.parametrize("what", ["vif", "explorepca", "exploresvd", "exploresvdfs"])
@pytest.mark.parametrize("body,words", [
    ({"values": [{"inputAttributeNames": ["nowhere"]}]}, "nowhere"),
    ({"values": [{"inputAttributes": ["77"]}]}, "77"),
    ({"values": [{}]}, "at least one"),
    ({}, "at least one"),
    ({"values": []}, "one MLContext"),
    ({"values": [{"inputAttributes": [0]}, {"inputAttributes": [0]}]}, "one MLContext"),
    ({"values": 3}, "MLContext"),
    ({"inputAttributes": [0], "targets": [1]}, "target"),
    (b"[", "JSON"),
])
def test_refused_before_a_job_is_made(client, learned, what, body, words):
    answer = client.call("POST", f"/projects/{learned}/{what}", body)
    assert answer.status == 400 and words in answer.json()["statusString"]


def test_settings_refused(client, learned):
    body = {"inputAttributeNames": ["x", "b"]}
    for share in ("2", "much", "-1", "nan"):
        answer = client.call("POST", f"/projects/{learned}/explorepca", body, explainedCovariance=share)
        assert answer.status == 400 and "explainedCovariance" in answer.json()["statusString"]
    for key, value in (("pcaNumDimension", "0"), ("pcaNumDimension", "x"), ("pca_covariance", "maybe")):
        answer = client.call("POST", f"/projects/{learned}/explorepca", {**body, "extraParameters": {key: value}})
        assert answer.status == 400 and key in answer.json()["statusString"]
    assert client.call("POST", "/projects/nowhere/vif", body).status == 400


@pytest.mark.parametrize("what", ["vif", "explorepca", "exploresvd", "exploresvdfs"])
def test_without_variance_there_is_no_job(client, project, what):
    frame = {"attributeNames": ["x", "y", "z"], "attributeTypes": ["C", "C", "C"], "data": [["1", "2", "3"]]}
    body = {"inputAttributeNames": ["x", "y"]}
    for change in ("learn", "learn", "forget", "forget", "forget"):  # at most two rows that are the same, or none
        client.post(f"/projects/{project}/{change}", frame)
        answer = client.call("POST", f"/projects/{project}/{what}", body)
        assert answer.status == 400 and "none of the 2 attributes varies" in answer.json()["statusString"]
    client.post(f"/projects/{project}/learn", {**frame, "data": [["1", "2", "3"], ["1", "2", "4"], ["1", "7", "4"]]})
    answer = client.call("POST", f"/projects/{project}/{what}", {"inputAttributeNames": ["x"]})
    assert answer.status == 400
    values = job(client, project, what, body)  # one of the two will do
    if what == "vif":
        assert values["KSVSMap"]["values"] == [{"y": "1"}]


def test_attributes_without_statistics(client, project):
    client.post(f"/projects/{project}/learn", {"attributeNames": ["s", "x"], "attributeTypes": ["S", "C"],
                                               "data": [["a", "1"], ["b", "2"]]})
    answer = client.call("POST", f"/projects/{project}/vif", {"inputAttributeNames": ["x", "s"]})
    assert answer.status == 400 and '"s"' in answer.json()["statusString"]


def test_five_hundred_attributes(client, project):
    table = np.random.default_rng(5).normal(size=(600, 500)).round(3)
    table[:, 499] = table[:, 0] + table[:, 1]
    names = [f"c{i}" for i in range(500)]
    client.post(f"/projects/{project}/learn", {"attributeNames": names, "attributeTypes": ["C"] * 500,
                                               "data": table.tolist()})
    (got,) = job(client, project, "vif", {"inputAttributeNames": names})["KSVSMap"]["values"]
    inverse = np.linalg.inv(np.corrcoef(table[:, :499].T))
    assert [float(got[f"c{i}"]) for i in range(2, 499)] == pytest.approx(np.diag(inverse)[2:], rel=1e-9)
    assert got["c0"] == got["c1"] == got["c499"] == "Infinity"
    kept = job(client, project, "exploresvdfs", {"inputAttributeNames": names})["KSVSMap"]["values"]
    assert [name for one in kept for name in one.values()] == names[:499]
    assert len(job(client, project, "explorepca", {"inputAttributeNames": names})["pcaValues"]["data"][0]) == 100


# --- what can be asked

def test_explorations(client, learned):
    got = {row["id"]: row for row in client.get("/explorations")["values"]["explorations"]}
    assert {"uni", "bi", "vif", "explorepca", "exploresvd", "exploresvdfs", "densityEstimate",
            "conditionalDensityEstimate", "marginal_stat", "global"} <= set(got)
    assert got["uni"]["path"] == "explore?metric=uni" and got["vif"]["path"] == "vif"
    assert {row["kind"] for row in got.values()} == {"metric", "multivariate", "density", "drift"}
    for row in got.values():
        assert row["title"] and row["help"] and row["keys"] and row["shapes"]
        assert all(place["types"] and place["label"] for shape in row["shapes"]
                   for place in shape["inputs"] + shape["targets"])
        assert all(option["help"] and option["type"] in ("integer", "number", "boolean", "choice", "string")
                   for option in row["options"])
    assert [option["name"] for option in got["explorepca"]["options"]] == \
        ["explainedCovariance", "pcaNumDimension", "pca_covariance", "sml_explore_unbiased"]


# --- entries as they were sent

def test_names_and_ids_are_told_apart(client, project):
    """In a list of ids a number is an id and other text a name; names may themselves look like numbers."""
    client.post(f"/projects/{project}/learn", {"attributeNames": ["1", "0"], "attributeTypes": ["C", "C"],
                                               "data": [["10", "20"], ["11", "23"]]})

    def mean(**context):
        values = client.post(f"/projects/{project}/explore", {"values": [context]}, metric="uni")["values"]
        return values["KSVDMap"]["values"][0]["mean"]

    assert mean(inputAttributes=["1"]) == 21.5
    assert mean(inputAttributeNames=["1"]) == 10.5
    assert mean(inputAttributes=["0"], inputAttributeNames=["0"]) == 10.5  # ids win
    assert mean(inputAttributes=[], inputAttributeNames=["0"]) == 21.5


def test_chi_squared_keys_are_the_entries(client, iris):
    names, _ = read("iris_uci")
    by_id = {"inputAttributes": ["4", "5"], "targets": ["12", "13", "14"]}
    by_name = {"inputAttributeNames": names[4:6], "targetAttributeNames": names[12:]}
    body = {"values": [by_id, by_name]}
    first, second = client.post(f"/projects/{iris}/explore", body, metric="chi2")["values"]["KSVDMap"]["values"]
    assert first["obs$4:12"] == 50 and first["obs$5:14"] == 43
    assert second["obs$sepal_lengt_b1:Iris_setosa"] == 50
    assert first["chiStat"] == second["chiStat"] == pytest.approx(75.1483546125, rel=1e-11)


# --- conditional densities

def conditional(client, pid, *names, **extra):
    body = {"values": [{"inputAttributeNames": list(names), "extraParameters": {"hist_bins": "5", **extra}}]}
    return client.call("POST", f"/projects/{pid}/conditionalDensityEstimate", body, tps="10", useLocal="false")


@pytest.fixture
def keeping(client):
    """A project with conditional histograms that has learned the Iris rows."""
    pid = f"given{next(_numbers)}"
    client.post("/projects", {"sml_project_conditional_histogram": "true"}, pid=pid, enableHistogram="true", ok=(201,))
    names, data = read("iris_uci")
    client.post(f"/projects/{pid}/learn", {"attributeNames": names + ["who"],
                                           "attributeTypes": ["C"] * 4 + ["B"] * (len(names) - 4) + ["T"],
                                           "data": [row + [str(i % 3)] for i, row in enumerate(data)]})
    return pid


def test_conditional_density(client, keeping):
    _, data = read("iris_uci")
    table = np.array(data).astype(float)
    got = conditional(client, keeping, "Iris_setosa", "petal_length", hist_complement="true").json()
    given, other = got["values"]["densityList"]["values"]
    assert (given["attrName"], other["attrName"]) == ("petal_length|Iris_setosa", "petal_length|!Iris_setosa")
    for entry, value in ((given, 1), (other, 0)):
        want, _ = np.histogram(table[table[:, 12] == value, 2], bins=5, range=(1, 6.9))
        assert (entry["min"], entry["max"]) == (1, 6.9)
        assert entry["histogram"] == want.tolist()
    (by_value,) = conditional(client, keeping, "who$1", "sepal_width", hist_min="1.97", hist_max="4.22").json()[
        "values"]["densityList"]["values"]
    want, _ = np.histogram(table[1::3, 1], bins=5, range=(1.97, 4.22))
    assert by_value["histogram"] == want.tolist() and by_value["attrName"] == "sepal_width|who$1"


def test_conditional_densities_of_a_category(client, keeping):
    got = conditional(client, keeping, "who", "sepal_width", "petal_width").json()["values"]["densityList"]["values"]
    assert [entry["attrName"] for entry in got] == [f"{target}|who${value}" for target in ("sepal_width", "petal_width")
                                                    for value in (0, 1, 2)]
    assert all(sum(entry["histogram"]) == 50 for entry in got)


def test_conditional_density_of_what_is_not_kept(client, keeping, learned):
    (entry,) = conditional(client, keeping, "sepal_length", "petal_length").json()["values"]["densityList"]["values"]
    assert "not binary" in entry["error"] and entry["histogram"] == []
    (entry,) = conditional(client, learned, "b", "x").json()["values"]["densityList"]["values"]
    assert "sml_project_conditional_histogram" in entry["error"]
    (entry,) = conditional(client, keeping, "nowhere", "x").json()["values"]["densityList"]["values"]
    assert "nowhere" in entry["error"]
    assert conditional(client, keeping, "Iris_setosa").status == 400
    assert conditional(client, keeping, "Iris_setosa", "petal_length", hist_bins="0").status == 400


def test_density_by_job(client, keeping):
    body = {"inputAttributes": ["12"], "extraParameters": {"hist_bins": "2"}}
    answer = client.call("POST", f"/projects/{keeping}/densityEstimate", body, **{"async": "true"})
    assert answer.status == 202
    (entry,) = client.wait_job(answer.headers["sym-job-id"]).json()["values"]["densityList"]["values"]
    assert entry["histogram"] == [100, 50]


def test_openapi_tells_of_jobs():
    from support.programs import run
    paths = json.loads(run("openapi").stdout)["paths"]
    project = "/symetry/rest/{cid}/projects/{pid}"
    assert set(paths[f"{project}/vif"]["post"]["responses"]) == {"202", "400", "401"}
    assert paths[f"{project}/vif"]["post"]["responses"]["202"]["x-job-result"]["$ref"].endswith("/TextMaps")
    taught = paths["/symetry/rest/{cid}/encoders/{encoder}/learnds"]["post"]["responses"]
    assert set(taught) == {"202", "400", "401"} and taught["202"]["x-job-result"]["$ref"].endswith("/Learned")
    assert {"200", "202"} <= set(paths[f"{project}/explore"]["post"]["responses"])
    assert "201" in paths["/symetry/rest/{cid}/projects"]["post"]["responses"]


@pytest.mark.parametrize("apart", [1e-3, 1e-6, 1e-8])
@pytest.mark.parametrize("middle", [0, 1e6])
def test_factors_of_nearly_collinear_columns(client, project, apart, middle):
    """Against exact arithmetic on the doubles that are sent, for an attribute beside them too."""
    rng = np.random.default_rng(3)
    x, beside = middle + rng.normal(size=30), rng.normal(size=30)
    columns = [x, beside, x + apart * (rng.normal(size=30) + beside)]
    client.post(f"/projects/{project}/learn", {"attributeNames": ["x", "beside", "near"], "attributeTypes": list("CCC"),
                                               "data": [[repr(float(v)) for v in row] for row in zip(*columns)]})
    got = job(client, project, "vif", {"inputAttributeNames": ["x", "beside", "near"],
                                       "extraParameters": {"sml_vif_raw": "true"}})["KSVSMap"]["values"][0]
    centred = []
    for column in columns:
        exact = [Fraction(float(v)) for v in column]
        centred.append([v - sum(exact) / 30 for v in exact])
    s = [[sum(a * b for a, b in zip(p, q)) for q in centred] for p in centred]
    minors = [s[j][j] * s[k][k] - s[j][k] ** 2 for j, k in ((1, 2), (0, 2), (0, 1))]
    whole = (s[0][0] * minors[0] - s[0][1] * (s[0][1] * s[2][2] - s[1][2] * s[0][2])
             + s[0][2] * (s[0][1] * s[1][2] - s[1][1] * s[0][2]))
    for i, name in enumerate(("x", "beside", "near")):
        assert float(got[name]) == pytest.approx(float(minors[i] * s[i][i] / whole), rel=1e-10), name
