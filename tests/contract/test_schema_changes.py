"""Columns that come, go, widen and turn into something else while a project learns, compared with pandas.

Run with `-s` to see the version of pandas that made the expected numbers (pinned in tests/requirements.txt).
"""
import math
import random

import pandas
import pytest

from contract.test_learn import frame, uni

print(f"pandas {pandas.__version__}")
CASES = 40


def bi(client, pid, x, y):
    answer = client.post(f"/projects/{pid}/explore", {"values": [{"inputAttributeNames": [x, y]}]}, metric="bi",
                         returnProjectInfo="false")
    return answer["values"]["KSVDMap"]["values"][0]


def info(client, pid):
    return client.get(f"/projects/{pid}/info")["values"]["smlInfo"]


def types(client, pid):
    found = info(client, pid)
    return dict(zip(found["attributeNames"], found["attributeTypes"]))


# --- types that cannot be

NUMBERS = frame(["x", "y"], ["C", "C"], [["1", "10"], ["2", "20"], ["3", "30"]])
TEXTS = [["a", "40"], ["", "50"], ["b", "60"]]


@pytest.mark.parametrize("later", ["T", "S", "L"])
def test_a_refused_column_is_named(client, project, later):
    client.post(f"/projects/{project}/learn", NUMBERS)
    before = info(client, project)
    answer = client.call("POST", f"/projects/{project}/learn",
                         frame(["x", "y"], [later, "C"], TEXTS, errorHandling=0))
    assert answer.status == 400 and f"column x is of type C, not {later}" in answer.json()["statusString"]
    after = info(client, project)
    assert (after["rows"], after["sequence"], after["warnings"]) == (before["rows"], before["sequence"], [])


@pytest.mark.parametrize("policy", [1, None])
def test_the_other_columns_are_learned(client, project, policy):
    client.post(f"/projects/{project}/learn", NUMBERS)
    more = {} if policy is None else {"errorHandling": policy}
    values = client.post(f"/projects/{project}/learn", frame(["x", "y"], ["T", "C"], TEXTS, **more))["values"]
    assert (values["rejectedCells"], values["rejectedRows"]) == (2, 0)
    assert values["firstRejected"] == "column x is of type C, not T"
    x, y = uni(client, project, "x", "y")
    assert (x["count"], x["sum"], y["count"], y["sum"]) == (3, 6, 6, 210)
    found = info(client, project)
    assert found["rejectedCells"] == 2 and types(client, project) == {"x": "C", "y": "C"}
    assert any("column x is of type C, not T" in sentence for sentence in found["warnings"])


def test_the_other_rows_are_learned(client, project):
    client.post(f"/projects/{project}/learn", NUMBERS)
    values = client.post(f"/projects/{project}/learn",
                         frame(["x", "y"], ["S", "C"], TEXTS, errorHandling=2))["values"]
    assert (values["rejectedCells"], values["rejectedRows"]) == (0, 2)
    x, y = uni(client, project, "x", "y")
    assert (x["count"], y["count"], y["sum"]) == (3, 4, 110)


def test_rows_that_are_all_left_out(client, project):
    client.post(f"/projects/{project}/learn", NUMBERS)
    values = client.post(f"/projects/{project}/learn",
                         frame(["x"], ["T"], [["a"], ["b"]], errorHandling=2))["values"]
    assert values["rejectedRows"] == 2
    assert info(client, project)["rows"] == 3


def test_a_category_stays_one(client, project):
    client.post(f"/projects/{project}/learn", frame(["k", "y"], ["T", "C"], [["1", "1"], ["2", "2"]]))
    values = client.post(f"/projects/{project}/learn", frame(["k", "y"], ["C", "C"], [["1", "3"], ["7", "4"]]))["values"]
    assert values["rejectedCells"] == 2 and values["firstRejected"] == "column k is of type T, not C"
    one, y = uni(client, project, "k$1", "y")
    assert (one["count"], one["sum"], y["count"]) == (2, 1, 4)


def test_what_was_left_out_stays_out_after_a_reload(client, project):
    client.post(f"/projects/{project}/learn", NUMBERS)
    client.post(f"/projects/{project}/learn", frame(["x", "y"], ["T", "C"], TEXTS))
    before = [uni(client, project, "x", "y"), info(client, project)["rejectedCells"]]
    client.call("POST", f"/projects/{project}/unload")
    assert [uni(client, project, "x", "y"), info(client, project)["rejectedCells"]] == before


def test_binary_widens(client, project):
    client.post(f"/projects/{project}/learn", frame(["b", "y"], ["B", "C"], [["0", "1"], ["1", "2"]]))
    assert types(client, project)["b"] == "B"
    values = client.post(f"/projects/{project}/learn", frame(["b", "y"], ["C", "C"], [["2.5", "3"]]))["values"]
    assert values == {} and types(client, project)["b"] == "C"
    client.post(f"/projects/{project}/learn", frame(["b", "y"], ["B", "C"], [["1", "4"]]))
    b = uni(client, project, "b")[0]
    assert (b["count"], b["sum"], b["min"], b["max"]) == (4, 4.5, 0, 2.5)


# --- any sequence of changes

COLUMNS = {"n1": "C", "n2": "C", "far": "C", "flag": "B", "either": "CB", "k": "T", "m": "T"}


def batch(rnd):
    """A random frame, and its rows as pandas will see them: one dict a row, absent cells left out."""
    size = rnd.randint(1, 25)
    names = [n for n in COLUMNS if rnd.random() < 0.7] or ["n1"]
    sent = [rnd.choice(COLUMNS[n]) for n in names]
    gaps = [rnd.choice([0, 0.3]) for _ in names]
    words = ["red", "green", "$x", "(other)"][:rnd.randint(1, 4)]
    data, kept = [], []
    for _ in range(size):
        cells, row = [], {}
        for name, kind, gap in zip(names, sent, gaps):
            if rnd.random() < gap:
                cells.append("")
                continue
            if kind == "T":
                row[name] = rnd.choice(words)
                cells.append(f" {row[name].upper()} ")
                continue
            row[name] = float(rnd.randint(0, 1)) if kind == "B" else rnd.uniform(-9, 9) + 4000 * (name == "far")
            cells.append(repr(row[name]) if kind == "C" else str(int(row[name])))
        data.append(cells)
        kept.append(row)
    return frame(names, sent, data), kept


def with_values(rows):
    """One column an attribute: a value of a category is 0 or 1 where the category has a cell."""
    table = pandas.DataFrame(rows, columns=list(COLUMNS))
    out = table[[n for n, t in COLUMNS.items() if t != "T"]].astype(float)
    for name in ("k", "m"):
        for value in table[name].dropna().unique():
            out[f"{name}${value}"] = (table[name] == value).astype(float).where(table[name].notna())
    return out


def near(got, want, scale):
    return abs(got - want) <= 1e-12 * max(abs(want), scale)


def check_pair(client, pid, table, x, y, binary):
    both = table[[x, y]].dropna()
    if len(both) == 0:
        return
    got = bi(client, pid, x, y)
    spread = both[x].std(ddof=0) * both[y].std(ddof=0)
    assert near(got["covar"], both.cov(ddof=0).iloc[0, 1] if len(both) > 1 else 0.0, spread + 1e-9), (x, y)
    if len(both) > 1 and both[x].nunique() > 1 and both[y].nunique() > 1:
        assert near(got["linCorr"], both[x].corr(both[y]), 1), (x, y)
    if binary and (both[y] == 1).any():
        ones = both[both[y] == 1][x]
        assert got["condCount"] == len(ones)
        assert near(got["condMean"], ones.mean(), ones.abs().max())
        assert near(got["condVariance"], ones.var(ddof=0), (ones ** 2).max() * 1e-3)


@pytest.mark.parametrize("seed", range(CASES))
def test_every_pair_is_that_of_the_rows_with_both(client, seed):
    rnd = random.Random(seed)
    parts = [f"changes{seed}_{i}" for i in range(3)]
    kept = []
    for pid in parts:
        client.post("/projects", {}, pid=pid, enableHistogram="true", ok=(201,))
    for _ in range(rnd.randint(2, 9)):
        body, rows = batch(rnd)
        client.post(f"/projects/{rnd.choice(parts)}/learn", body)
        if rnd.random() < 0.2:  # junk: forgotten in a part that never saw it
            client.post(f"/projects/{rnd.choice(parts)}/forget", body)
        else:
            kept += rows
    rnd.shuffle(parts)
    for other in parts[1:]:
        client.post(f"/projects/{parts[0]}/merge", {}, otherProjectName=other)
    table, pid = with_values(kept), parts[0]
    known = types(client, pid)
    names = [n for n in known if n in table and table[n].notna().any()]
    for name, got in zip(names, uni(client, pid, *names) if names else []):
        cells = table[name].dropna()
        assert got["count"] == len(cells) and near(got["mean"], cells.mean(), cells.abs().max())
        if len(cells) > 1:
            assert near(got["variance"], cells.var(ddof=0), 1e-9), name
    pairs = [(x, y) for x in names for y in names if x != y]
    for x, y in rnd.sample(pairs, min(len(pairs), 25)):
        check_pair(client, pid, table, x, y, known[y] == "B")
    assert math.isclose(info(client, pid)["rows"], len(kept))
    for part in parts:
        client.call("DELETE", f"/projects/{part}")
