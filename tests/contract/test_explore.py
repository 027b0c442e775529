"""Statistics and densities over REST. The numbers are those of the documents for the 150 rows of iris."""
import csv
import math

import numpy as np
import pytest

from contract.conftest import rows
from support.programs import SOURCE


def explore(client, pid, contexts, metric, **more):
    return client.post(f"/projects/{pid}/explore", {"values": contexts}, metric=metric, **more)["values"]


def test_uni(client, learned):
    values = explore(client, learned, [{"inputAttributeNames": ["x"]}, {"inputAttributes": ["1"]},
                                       {"inputAttributes": [0]}], "uni")
    x, b, again = values["KSVDMap"]["values"]
    assert x == again
    assert (x["count"], x["mean"], x["min"], x["max"], x["median"]) == (60, 29.5, 0, 59, 29.5)
    assert x["variance"] == pytest.approx((60**2 - 1) / 12, rel=1e-14)  # of the population
    assert x["stderr"] == pytest.approx(math.sqrt(x["variance"] / 60), rel=1e-14)
    assert (b["mean"], b["variance"]) == (0.5, 0.25)
    assert values["smlInfo"]["pid"] == learned


def test_bi(client, learned):
    values = explore(client, learned, [{"inputAttributeNames": ["x", "b"]}], "bi", returnProjectInfo="false")
    assert list(values) == ["KSVDMap"]
    got = values["KSVDMap"]["values"][0]
    assert got["covar"] == pytest.approx(0.25, rel=1e-12)
    assert (got["condCount"], got["condSum"], got["condMean"]) == (30, 900, 30)


def test_many_contexts_and_empty(client, learned):
    contexts = [{"inputAttributeNames": [name]} for name in ("x", "b", "k$red", "k$green", "k$blue")] * 50
    values = explore(client, learned, contexts, "uni", returnProjectInfo="false")["KSVDMap"]["values"]
    assert len(values) == 250 and values[0] == values[5] == values[245]
    assert explore(client, learned, [], "uni")["KSVDMap"]["values"] == []


def test_unused_members_may_be_there(client, learned):
    context = {"targets": [], "inputAttributes": [], "inputAttributeNames": ["x"], "targetAttributeNames": [],
               "extraParameters": {"unknown": "x"}}
    assert explore(client, learned, [context], "uni")["KSVDMap"]["values"][0]["count"] == 60


def test_async(client, learned):
    answer = client.call("POST", f"/projects/{learned}/explore", {"values": [{"inputAttributeNames": ["x"]}]},
                         metric="uni", **{"async": "true"})
    assert answer.status == 202
    done = client.wait_job(answer.headers["sym-job-id"]).json()["values"]
    assert done["KSVDMap"]["values"][0]["count"] == 60 and done["smlInfo"]["pid"] == learned


@pytest.mark.parametrize("body,words", [
    ({"values": [{"inputAttributeNames": ["nowhere"]}]}, "nowhere"),
    ({"values": [{"inputAttributes": ["99"]}]}, "99"),
    ({"values": [{"inputAttributes": ["-1"]}]}, "-1"),
    ({"values": [{"inputAttributes": ["99999999999999999999999"]}]}, "9999"),
    ({"values": [{"inputAttributes": [1.5]}]}, "whole number"),
    ({"values": [{}]}, "uni: 0 inputs are too few"),
    ({"values": [5]}, "MLContext"),
    ({"values": "x"}, "MLContext"),
    ([1], "JSON object"),
    (b"{", "JSON"),
])
def test_questions_refused(client, learned, body, words):
    answer = client.call("POST", f"/projects/{learned}/explore", body, metric="uni")
    assert answer.status == 400
    assert words in answer.json()["statusString"]


def test_metrics_refused(client, learned):
    body = {"values": [{"inputAttributeNames": ["x"]}]}
    unknown = client.call("POST", f"/projects/{learned}/explore", body, metric="mode")
    assert unknown.status == 400 and "mode" in unknown.json()["statusString"]
    assert client.call("POST", f"/projects/{learned}/explore", body).status == 400
    assert client.call("POST", f"/projects/{learned}/explore", body, metric="bi").status == 400
    assert client.call("POST", "/projects/nowhere/explore", body, metric="uni").status == 400


def test_strict_json_where_numbers_are_undefined(client, project):
    client.post(f"/projects/{project}/learn", rows(1))
    got = explore(client, project, [{"inputAttributeNames": ["x"]}], "uni")["KSVDMap"]["values"][0]
    assert "skewness" not in got and all(isinstance(v, (int, float)) for v in got.values())


def density(client, pid, name, **extra):
    return client.call("POST", f"/projects/{pid}/densityEstimate",
                       {"values": [{"inputAttributeNames": [name], "extraParameters": extra}]})


def test_density(client, learned):
    got = density(client, learned, "x", hist_bins="6", hist_use_random="true").json()["values"]["densityList"]["values"]
    assert got == [{"attrName": "x", "min": 0, "max": 59, "width": pytest.approx(59 / 6), "histogram": [10] * 6}]
    got = density(client, learned, "x", hist_bins="2", hist_min="0", hist_max="20").json()
    assert got["values"]["densityList"]["values"][0]["histogram"] == [10, 11]
    got = density(client, learned, "b", hist_bins=2).json()["values"]["densityList"]["values"][0]
    assert (got["min"], got["max"], got["histogram"]) == (0, 1, [30, 30])


@pytest.mark.parametrize("extra", [{}, {"hist_bins": "0"}, {"hist_bins": "x"}, {"hist_bins": "1e9"},
                                   {"hist_bins": "5", "hist_min": "3", "hist_max": "2"}])
def test_densities_refused(client, learned, extra):
    assert density(client, learned, "x", **extra).status == 400


def test_density_of_an_unknown_attribute(client, learned):
    got = density(client, learned, "nowhere", hist_bins="5").json()["values"]["densityList"]["values"][0]
    assert got["attrName"] == "nowhere" and got["histogram"] == [] and "nowhere" in got["error"]


def test_live(client, learned):
    first = client.get(f"/projects/{learned}/live", bins=6)["values"]["live"]
    assert (first["rows"], first["models"]) == (60, [])
    assert [a["name"] for a in first["attributes"]] == ["x", "b", "k$red", "k$green", "k$blue"]
    assert first["attributes"][0]["uni"]["mean"] == 29.5
    assert first["attributes"][0]["density"]["histogram"] == [10] * 6
    same = client.get(f"/projects/{learned}/live", bins=6, since=first["sequence"])["values"]["live"]
    assert "attributes" not in same and same["sequence"] == first["sequence"]
    client.post(f"/projects/{learned}/learn", rows(1))
    more = client.get(f"/projects/{learned}/live", since=first["sequence"])["values"]["live"]
    assert more["rows"] == 61 and "density" not in more["attributes"][0]
    assert client.call("GET", f"/projects/{learned}/live", bins=513).status == 400
    assert client.call("GET", f"/projects/{learned}/live", bins="many").status == 400


def test_topics_need_a_broker(client):
    for path in ("/topics", "/tail"):
        answer = client.call("GET", path, topic="t")
        assert answer.status == 400 and "--bootstrap" in answer.json()["statusString"]


def test_a_job_is_not_made_of_a_wrong_question(client, learned):
    later = {"async": "true"}
    unknown = client.call("POST", "/projects/nowhere/explore", {"values": []}, metric="uni", **later)
    assert unknown.status == 400
    assert unknown.json()["statusString"] == "Cannot Find SYMETRYML id[nowhere] for Customer id [c1]"
    for names, metric, words in ((["zzz"], "uni", "zzz"), (["x"], "bi", "bi: 1 input is too few")):
        answer = client.call("POST", f"/projects/{learned}/explore", {"values": [{"inputAttributeNames": names}]},
                             metric=metric, **later)
        assert answer.status == 400 and words in answer.json()["statusString"]


@pytest.mark.parametrize("centre,spread", [(1e6, 1), (-1e6, 1), (1.7e12, 1e4), (0, 1), (100, 30)])
def test_quantiles_of_many_values(client, project, centre, spread):
    """Of 20,000 values each its own: within half a percent, and within a 500th of the spread where that is less."""
    x = centre + spread * np.random.default_rng(5).normal(size=20000)
    for part in np.array_split(x, 3):
        client.post(f"/projects/{project}/learn", {"attributeNames": ["x"], "attributeTypes": ["C"],
                                                   "data": part[:, None].tolist()})
    answer = client.post(f"/projects/{project}/explore", {"values": [{"inputAttributeNames": ["x"]}]}, metric="uni")
    (got,) = answer["values"]["KSVDMap"]["values"]
    assert (got["min"], got["max"]) == (x.min(), x.max())
    keys = ["min", "q01", "q05", "q25", "median", "q75", "q95", "q98", "q99", "max"]
    assert [got[key] for key in keys] == sorted(got[key] for key in keys)
    for key, p in zip(keys[1:-1], (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.98, 0.99), strict=True):
        want = np.quantile(x, p)
        within = spread / 500 if abs(centre) > 100 * spread else max(0.005 * abs(want), spread / 500)
        assert got[key] == pytest.approx(want, abs=within), key


def test_numbers_of_iris(client, project):
    """The numbers which the documentation fixes, and scipy's for the same table; learned in two parts."""
    with open(SOURCE / "tests/data/iris_uci.csv", encoding="utf-8", newline="") as file:
        names, *data = csv.reader(file)
    types = ["C"] * 4 + ["B"] * (len(names) - 4)
    for part in (data[:70], data[70:]):
        client.post(f"/projects/{project}/learn", {"attributeNames": names, "attributeTypes": types, "data": part})

    def ask(metric, *inputs, **extra):
        body = {"values": [{"inputAttributeNames": list(inputs), "extraParameters": extra}]}
        return client.post(f"/projects/{project}/explore", body, metric=metric)["values"]["KSVDMap"]["values"][0]

    uni = ask("uni", "sepal_length")
    want = {"count": 150, "mean": 5.843333333333334, "variance": 0.6811222222222223, "stddev": 0.8253012917851398,
            "stderr": 0.06738556829778, "meanMarginErrorC95": 0.13315477094, "skewness": 0.3180865144341,
            "kurtosis": -0.5520640413, "min": 4.3, "max": 7.9, "median": 5.8}
    assert {key: uni[key] for key in want} == pytest.approx(want, rel=1e-10)
    bi = ask("bi", "sepal_length", "petal_width", need_bi_conditional="true")
    want = {"covar": 0.5134577778, "linCorr": 0.8179536334, "condCount": 179.8, "condMean": 6.2716907675,
            "condVariance": 30.9294038154}
    assert {key: bi[key] for key in want} == pytest.approx(want, rel=1e-9)
    assert not [key for key in ask("bi", "sepal_length", "petal_width") if key.startswith("cond")]
    species = ask("bi", "sepal_length", "Iris_setosa")
    assert species["linCorr"] == pytest.approx(-0.7174, abs=5e-5) and species["condCount"] == 50
    body = {"values": [{"inputAttributes": ["2"], "extraParameters": {"hist_bins": "20", "hist_use_random": "true"}}]}
    density, = client.post(f"/projects/{project}/densityEstimate", body)["values"]["densityList"]["values"]
    assert (density["attrName"], density["min"], density["max"]) == ("petal_length", 1, 6.9)
    assert density["width"] == pytest.approx(0.295)
    assert density["histogram"] == [4, 33, 11, 2, 0, 0, 1, 2, 3, 5, 12, 14, 12, 17, 6, 12, 7, 4, 2, 3]
