"""Regression: building it, what its info says, and predicting with it."""
import math
import random

import numpy as np
import pytest
from scipy import stats

COLUMNS = ["attribute", "coefficient", "std.error", "scores", "p.values", "ci.low", "ci.high"]


def frame(names, types, rows):
    return {"attributeNames": names, "attributeTypes": list(types), "data": [[str(v) for v in row] for row in rows]}


@pytest.fixture
def line(client, project):
    """A project with y = 2 + 3 a - b + noise, d = 2 a + b, s the same in all rows, k a category."""
    dice = random.Random(5)
    rows = []
    for i in range(90):
        a, b = dice.randrange(-50, 50) / 8, dice.randrange(-50, 50) / 4
        rows.append([2 + 3 * a - b + dice.randrange(-8, 9) / 16, a, b, 2 * a + b, 7, ["red", "green", "blue"][i % 3]])
    client.post(f"/projects/{project}/learn", frame(["y", "a", "b", "d", "s", "k"], "CCCCCT", rows))
    return project, rows


def build(client, pid, context, **query):
    answer = client.call("POST", f"/projects/{pid}/build", context, modelid="m", algo="mlr", **query)
    assert answer.status == 202, answer.body
    return client.wait_job(answer.headers["sym-job-id"])


def model(client, pid):
    return client.get(f"/projects/{pid}/models/m")["values"]["modelInfo"]


def table(info):
    return {row[0]: dict(zip(COLUMNS[1:], row[1:])) for row in info["extra"]["coefficients"]["data"]}


def close(text, number, within=1e-12):
    return abs(float(text) - number) <= within * abs(number)


def test_what_the_info_says(client, line):
    pid, rows = line
    assert build(client, pid, {"inputAttributeNames": ["a", "b"], "targetAttributeNames": ["y"],
                               "extraParameters": {"note": "mine"}}).status == 200
    info = model(client, pid)
    assert (info["modelType"], info["attributeNames"], info["targetNames"]) == ("mlr", ["a", "b"], ["y"])
    assert info["predictInfo"] == ["res"]
    assert info["extra"]["coefficients"]["attributeNames"] == COLUMNS
    assert info["extra"]["coefficients"]["attributeTypes"] == list("SCCCCCC")
    assert [row[0] for row in info["extra"]["coefficients"]["data"]] == ["(Intercept)", "a", "b"]

    data = np.array([row[:3] for row in rows])
    x = np.column_stack([np.ones(len(data)), data[:, 1:]])
    beta, rss, *_ = np.linalg.lstsq(x, data[:, 0])
    df = len(data) - 3
    errors = np.sqrt(rss[0] / df * np.diag(np.linalg.inv(x.T @ x)))
    limit = stats.t.ppf(0.975, df)
    for name, b, error in zip(["(Intercept)", "a", "b"], beta, errors):
        row = table(info)[name]
        assert close(row["coefficient"], b) and close(row["std.error"], error, 1e-11)
        assert close(row["scores"], b / error, 1e-11)
        assert close(row["ci.low"], b - limit * error, 1e-11) and close(row["ci.high"], b + limit * error, 1e-11)
        assert close(row["p.values"], 2 * stats.t.sf(abs(b / error), df), 1e-9)
    total = ((data[:, 0] - data[:, 0].mean()) ** 2).sum()
    assert close(info["info"]["rss"], rss[0], 1e-11) and close(info["info"]["r2"], 1 - rss[0] / total)
    assert (info["info"]["n"], info["info"]["df"], info["info"]["note"]) == ("90", "87", "mine")
    assert close(info["extra"]["mean_y"]["data"][0][0], data[:, 0].mean())
    written = [float(b) for b in info["info"]["betas"].removeprefix("c(").removesuffix(")").split(", ")]
    assert written == [float(table(info)[name]["coefficient"]) for name in ["(Intercept)", "a", "b"]]

    got = client.post(f"/projects/{pid}/predict/m", frame(["b", "a"], "CC", [[1, 2], ["", 2], [-3.5, 0.25]]))
    scores = got["values"]["KSVSMap"]["values"]
    assert [list(row) for row in scores] == [["res"]] * 3
    middle = data[:, 2].mean()
    for row, (b, a) in zip(scores, [(1, 2), (middle, 2), (-3.5, 0.25)]):
        assert close(row["res"], beta @ [1, a, b])


@pytest.mark.parametrize("context", [
    {"inputAttributes": ["1", "2"], "targets": ["0"]},
    {"inputAttributes": [1, 2], "targets": [0], "inputAttributeNames": [], "targetAttributeNames": []},
    {"inputAttributeNames": ["a", "b"], "targetAttributeNames": ["y"], "targets": []}])
def test_targets_by_id_and_by_name(client, line, context):
    assert build(client, line[0], context).status == 200
    info = model(client, line[0])
    assert (info["targetNames"], info["targetindexes"], info["attributeIndexes"]) == (["y"], [0], [1, 2])


def test_dependent_inputs(client, line):
    pid, _ = line
    every = {"inputAttributeNames": ["a", "b", "d", "s"], "targetAttributeNames": ["y"]}
    done = build(client, pid, every)
    assert done.status == 500 and "depends on the other inputs" in done.json()["statusString"]
    assert " d " in done.json()["statusString"] or " b " in done.json()["statusString"]
    assert client.get(f"/projects/{pid}/info")["values"]["smlInfo"]["modelsList"] == []

    assert build(client, pid, {"inputAttributeNames": ["a", "b"], "targetAttributeNames": ["y"]}).status == 200
    plain = table(model(client, pid))

    assert build(client, pid, every, svdreduce="true").status == 200
    info = model(client, pid)
    assert info["attributeNames"] == ["a", "b"]
    assert table(info) == plain
    assert build(client, pid, {**every, "inputAttributeNames": []}, svdreduce="true").status == 200
    assert model(client, pid)["attributeNames"] == ["a", "b", "k$red", "k$green"]  # blue is what they leave

    every["extraParameters"] = {"matrix_use_pseudoinv": "true"}
    assert build(client, pid, every).status == 200
    info = model(client, pid)
    shared = {name: float(row["coefficient"]) for name, row in table(info).items()}
    assert info["info"]["pseudo_inverse"] == "true" and info["info"]["rank"] == "2"
    assert shared["s"] == 0 and table(info)["s"]["std.error"] == ""
    assert abs(shared["a"] + 2 * shared["d"] - float(plain["a"]["coefficient"])) < 1e-12
    assert abs(shared["b"] + shared["d"] - float(plain["b"]["coefficient"])) < 1e-12


def test_what_does_not_exist_is_empty(client, project):
    client.post(f"/projects/{project}/learn", frame(["x", "y"], "CC", [[1, 5], [2, 7]]))
    assert build(client, project, {"inputAttributeNames": ["x"], "targetAttributeNames": ["y"]}).status == 200
    info = model(client, project)
    assert table(info) == {"(Intercept)": {**dict.fromkeys(COLUMNS[1:], ""), "coefficient": "3"},
                           "x": {**dict.fromkeys(COLUMNS[1:], ""), "coefficient": "2"}}
    assert "residual_sd" not in info["info"] and "f" not in info["info"]
    assert not {"nan", "-nan", "inf", "-inf"} & {value.lower() for value in info["info"].values()}


@pytest.mark.parametrize("context,words", [
    ({"inputAttributeNames": ["a"]}, "one target"),
    ({"inputAttributeNames": ["a"], "targetAttributeNames": ["y", "b"]}, "one target"),
    ({"inputAttributeNames": ["a", "y"], "targetAttributeNames": ["y"]}, "y"),
    ({"inputAttributeNames": ["a"], "targetAttributeNames": ["k"]}, "one target"),
    ({"inputAttributeNames": ["a"], "targetAttributeNames": ["nowhere"]}, "nowhere"),
    ({"inputAttributeNames": ["a", "b", "d"], "targetAttributeNames": ["y"],
      "extraParameters": {"sml_rcond_use": "true"}}, "depends")])
def test_builds_refused(client, line, context, words):
    done = build(client, line[0], context)
    assert done.status == 500 and words in done.json()["statusString"]


def test_too_few_rows(client, project):
    frame = {"attributeNames": ["a", "b", "y"], "attributeTypes": ["C", "C", "C"]}
    for row in (["1", "2", "3"], ["2", "2.5", "3.5"]):
        client.post(f"/projects/{project}/learn", {**frame, "data": [row]})
        answer = client.call("POST", f"/projects/{project}/build",
                             {"inputAttributeNames": ["a", "b"], "targetAttributeNames": ["y"]},
                             modelid="m", algo="mlr")
        done = client.wait_job(answer.headers["sym-job-id"])
        assert done.status == 500 and "rows for 3 coefficients" in done.json()["statusString"]
    client.post(f"/projects/{project}/learn", {**frame, "data": [["5", "2.75", "8"]]})
    client.build(project, "m", "mlr", {"inputAttributeNames": ["a", "b"], "targetAttributeNames": ["y"]})
    info = client.get(f"/projects/{project}/models/m")["values"]["modelInfo"]["info"]
    assert info["betas"] == "c(6.1, 1.7, -2.4)"


def test_through_the_origin(client, line):
    pid, rows = line
    assert build(client, pid, {"inputAttributeNames": ["a", "b"], "targetAttributeNames": ["y"],
                               "extraParameters": {"intercept": False}}).status == 200
    data = np.array([row[:3] for row in rows])
    beta, rss, *_ = np.linalg.lstsq(data[:, 1:], data[:, 0])
    info = model(client, pid)
    assert list(table(info)) == ["a", "b"]
    assert all(close(table(info)[name]["coefficient"], b) for name, b in zip("ab", beta))
    assert close(info["info"]["r2"], 1 - rss[0] / (data[:, 0] ** 2).sum())
    assert math.isclose(float(info["info"]["df"]), 88)


def test_iris(client, project):
    """The published example: sepal length on the other three measures."""
    from support.programs import SOURCE
    lines = (SOURCE / "tests/data/iris_uci.csv").read_text().split()
    names = lines[0].split(",")[:4]
    rows = [line.split(",")[:4] for line in lines[1:]]
    client.post(f"/projects/{project}/learn", frame(names, "CCCC", rows))
    assert build(client, project, {"inputAttributeNames": names[1:], "targetAttributeNames": names[:1]}).status == 200
    got = client.post(f"/projects/{project}/predict/m", frame(names, "CCCC", rows))["values"]["KSVSMap"]["values"]
    off = np.array([float(row["res"]) for row in got]) - np.array([float(row[0]) for row in rows])
    assert round(float(np.sqrt((off**2).mean())), 3) == 0.31 and close(model(client, project)["info"]["rss"],
                                                                      (off**2).sum(), 1e-9)
