"""Data drift over REST against scipy on the rows."""
import itertools

import numpy as np
import pytest
from scipy import stats

RNG = np.random.default_rng(11)
OLD = np.column_stack([RNG.normal(0, 1, 300), RNG.normal(5, 2, 300), RNG.integers(0, 2, 300)]).round(2)
NEW = np.column_stack([RNG.normal(0.3, 1, 200), RNG.normal(5, 2, 200), RNG.integers(0, 2, 200)]).round(2)
NAMES = ["x", "y", "b"]
_numbers = itertools.count(1)


def frame(table, names=tuple(NAMES), types=("C", "C", "B")):
    return {"attributeNames": list(names), "attributeTypes": list(types), "data": table.tolist()}


def create(client, histograms=True, **body):
    pid = f"drift{next(_numbers)}"
    client.post("/projects", body, pid=pid, enableHistogram=str(histograms).lower(), ok=(201,))
    return pid


@pytest.fixture
def two(client):
    """Projects of the old and the new rows."""
    pids = create(client), create(client)
    for pid, table in zip(pids, (OLD, NEW)):
        client.post(f"/projects/{pid}/learn", frame(table))
    return pids


def drift(client, baseline, analysis, metric, names=None, **extra):
    body = {"extraParameters": {"driftPreferenceProjectName": baseline, "driftAnalysisProjectName": analysis,
                                "driftMetric": metric, **extra}}
    if names is not None:
        body["inputAttributeNames"] = names
    return client.call("POST", "/projects/dataDrift", body)


def one(answer):
    assert answer.status == 200, answer.body
    (only,) = answer.json()["values"]["KSVDMap"]["values"]
    return only


def test_tests_of_each_attribute(client, two):
    got = one(drift(client, *two, "marginal_stat"))
    for i, name in enumerate(NAMES):
        want = stats.ks_2samp(OLD[:, i], NEW[:, i], method="exact")
        assert got[f"{name}_stat"] == pytest.approx(want.statistic, rel=1e-12)
        assert got[f"{name}_pval"] == pytest.approx(want.pvalue, rel=1e-9)
        assert got[f"{name}_drift"] == pytest.approx(1 - want.pvalue, abs=1e-9)
    assert got["driftScore"] == pytest.approx(np.mean([got[f"{name}_drift"] for name in NAMES]), rel=1e-14)
    assert len(got) == 10


def test_tests_without_histograms(client, two):
    plain = create(client, histograms=False)
    client.post(f"/projects/{plain}/learn", frame(NEW))
    got = one(drift(client, two[0], plain, "marginal_stat"))
    want = stats.ttest_ind(OLD[:, 0], NEW[:, 0], equal_var=False)
    assert (got["x_stat"], got["x_pval"]) == pytest.approx((want.statistic, want.pvalue), rel=1e-10)


@pytest.mark.parametrize("metric", ["marginal_stat", "marginal_non_stat", "global"])
def test_a_project_does_not_differ_from_itself(client, two, metric):
    got = one(drift(client, two[0], two[0], metric))
    assert got["driftScore"] == pytest.approx(0, abs=1e-7)
    assert set(got) >= {"x_drift", "y_drift", "b_drift", "driftScore"}


def test_what_moved_is_seen(client, two):
    for metric in ("marginal_non_stat", "global"):
        got = one(drift(client, *two, metric))
        assert 0 < got["y_drift"] < got["x_drift"] < 1
        assert got["driftScore"] == pytest.approx(np.mean([got[f"{name}_drift"] for name in NAMES]), rel=1e-14)
    assert 0 < got["driftGlobal"] < 1


def test_a_broken_relation_is_seen(client):
    """Each attribute looks as before; only their correlation is gone."""
    x = RNG.normal(size=400).round(4)
    related = np.column_stack([x, x + RNG.normal(0, 0.1, 400), RNG.normal(size=400)]).round(4)
    broken = related.copy()
    broken[:, 1] = related[::-1, 1]
    pids = create(client), create(client)
    for pid, table in zip(pids, (related, broken)):
        client.post(f"/projects/{pid}/learn", frame(table, types="CCC"))
    assert one(drift(client, *pids, "marginal_non_stat"))["driftScore"] == 0
    got = one(drift(client, *pids, "pca_reconstruction_error"))
    assert got["driftScore"] > 50
    assert got["x_drift"] + got["y_drift"] + got["b_drift"] == pytest.approx(got["driftScore"], rel=1e-12)
    assert one(drift(client, *pids, "global"))["driftGlobal"] > 0.7


def test_relations_that_hold_exactly(client):
    """The values of a category add up to 1: a component of them says nothing, and is not what is left to look at."""
    table = [[str(x), k] for x, k in zip(RNG.normal(size=90).round(3), "abc" * 30)]
    pids = create(client), create(client)
    for pid, part in zip(pids, (table, table[:45])):
        client.post(f"/projects/{pid}/learn", {"attributeNames": ["x", "k"], "attributeTypes": ["C", "T"],
                                               "data": part})
    for share in ("0", "0.6", "0.95", "1"):
        got = one(drift(client, pids[0], pids[0], "pca_reconstruction_error", drift_explained_variance=share))
        assert set(got) == {"x_drift", "k$a_drift", "k$b_drift", "k$c_drift", "driftScore"}
        assert list(got.values()) == pytest.approx([0] * 5, abs=1e-12)
    x, k = np.array([float(row[0]) for row in table]), np.array([row[1] for row in table])
    rows = np.column_stack([x, *(k == v for v in "abc")])
    z = (rows - rows.mean(axis=0)) / rows.std(axis=0)
    values, vectors = np.linalg.eigh(z.T @ z / 90)
    v = vectors[:, 2:]  # of four values the least is 0; with all but one of the others, one is left
    before, after = (((part - part @ v @ v.T)**2).sum(axis=1).mean() for part in (z, z[:45]))
    got = one(drift(client, *pids, "pca_reconstruction_error", drift_explained_variance="1"))
    assert got["driftScore"] == pytest.approx(after / before - 1, rel=1e-9)


def test_names_may_stand_in_either_place(client, two):
    want = one(drift(client, *two, "global", ["x", "b"]))
    assert list(want) == ["x_drift", "b_drift", "driftScore", "driftGlobal"]
    for names in ("x,b", "x, b", '["x","b"]', ["x", "b"]):
        assert one(drift(client, *two, "global", inputAttributeNames=names)) == want
    assert one(drift(client, *two, "global", [], inputAttributeNames="x,b")) == want
    assert one(drift(client, *two, "global", ["x", "b", "x"])) == want
    body = {"values": [{"inputAttributes": ["0", "2"], "extraParameters": {
        "driftPreferenceProjectName": two[0], "driftAnalysisProjectName": two[1], "driftMetric": "global"}}]}
    assert one(client.call("POST", "/projects/dataDrift", body)) == want


def test_only_common_attributes_count(client, two):
    other = create(client)
    client.post(f"/projects/{other}/learn", frame(NEW, ("y", "z", "s"), ("C", "C", "S")))
    got = one(drift(client, two[0], other, "marginal_non_stat"))
    assert list(got) == ["y_drift", "driftScore"]
    refused = drift(client, two[0], other, "marginal_non_stat", ["x"])
    assert refused.status == 400 and '"x"' in refused.json()["statusString"]


def test_categories_by_their_column(client):
    pids = create(client), create(client)
    for pid, values in zip(pids, ("rrgb", "rggg")):
        client.post(f"/projects/{pid}/learn", {"attributeNames": ["k"], "attributeTypes": ["T"],
                                               "data": [[v] for v in values]})
    got = one(drift(client, *pids, "marginal_stat", ["k"]))
    assert {key for key in got if key.endswith("_drift")} == {"k$r_drift", "k$g_drift"}  # k$b is not in both


def test_a_project_and_its_window(client):
    pid = create(client, sml_project_rolling_window_size="200", sml_project_rolling_window_use_embedded="true")
    client.post(f"/projects/{pid}/learn", frame(OLD))
    client.post(f"/projects/{pid}/learn", frame(NEW))
    got = one(drift(client, pid, "rolling_window_embedded_project", "marginal_stat"))
    want = stats.ks_2samp(np.concatenate([OLD, NEW])[:, 0], NEW[:, 0], method="exact")
    assert got["x_stat"] == pytest.approx(want.statistic, rel=1e-12)
    assert got["x_pval"] == pytest.approx(want.pvalue, rel=1e-9)


def test_by_job(client, two):
    body = {"extraParameters": {"driftPreferenceProjectName": two[0], "driftAnalysisProjectName": two[1],
                                "driftMetric": "global"}}
    answer = client.call("POST", "/projects/dataDrift", body, **{"async": "true"})
    assert answer.status == 202
    assert one(client.wait_job(answer.headers["sym-job-id"])) == one(drift(client, *two, "global"))


@pytest.mark.parametrize("change,words", [
    ({"driftPreferenceProjectName": "nowhere"}, "nowhere"),
    ({"driftAnalysisProjectName": "nowhere"}, "nowhere"),
    ({"driftPreferenceProjectName": None}, "driftPreferenceProjectName"),
    ({"driftAnalysisProjectName": ""}, "driftAnalysisProjectName"),
    ({"driftMetric": None}, "driftMetric"),
    ({"driftMetric": "marginal"}, "marginal_stat"),
    ({"driftAnalysisProjectName": "rolling_window_embedded_project"}, "window"),
    ({"inputAttributeNames": "nowhere"}, "nowhere"),
    ({"inputAttributeNames": 5}, "inputAttributeNames"),
    ({"inputAttributeNames": "[5.5]"}, "whole number"),
    ({"inputAttributeNames": "[x"}, "inputAttributeNames"),
    ({"drift_bins": "1"}, "drift_bins"),
])
def test_refused(client, two, change, words):
    extra = {"driftPreferenceProjectName": two[0], "driftAnalysisProjectName": two[1],
             "driftMetric": "marginal_non_stat", **change}
    body = {"extraParameters": {key: value for key, value in extra.items() if value is not None}}
    answer = client.call("POST", "/projects/dataDrift", body)
    assert answer.status == 400 and words in answer.json()["statusString"], answer.body


def test_odd_bodies_are_refused(client):
    for body in ({}, {"values": []}, {"values": [1]}, {"values": [{}, {}]}, {"extraParameters": None},
                 {"extraParameters": [1]}, [], b"{"):
        assert client.call("POST", "/projects/dataDrift", body).status == 400


def test_empty_projects(client, two):
    empty = create(client)
    answer = drift(client, two[0], empty, "global")
    assert answer.status == 400 and "in common" in answer.json()["statusString"]
    client.post(f"/projects/{empty}/learn", frame(NEW[:5]))
    client.post(f"/projects/{empty}/forget", frame(NEW[:5]))
    answer = drift(client, two[0], empty, "global")
    assert answer.status == 400 and "no rows" in answer.json()["statusString"]


def test_one_row_each(client):
    pids = create(client), create(client)
    for pid, table in zip(pids, (OLD[:1], NEW[:1])):
        client.post(f"/projects/{pid}/learn", frame(table))
    for metric in ("marginal_stat", "marginal_non_stat", "global"):
        got = one(drift(client, *pids, metric))
        assert all(0 <= value <= 1 for value in got.values())
    assert drift(client, *pids, "pca_reconstruction_error").status == 400
