"""NIST's reference sets over REST: the digits that one pass, forgetting and merging leave.

Each set is learned in uneven pieces, with junk rows within a thousand times the data's spread learned and forgotten
between; with junk first, forgotten last in other pieces, its last rows before they were learned; as seven projects that
are merged in random order; and as seven that are exported, imported and merged in a tree.
"""
import itertools
import random

import pytest

from support import nist

_numbers = itertools.count(1)


def frame(columns, types, rows):
    return {"attributeNames": columns, "attributeTypes": list(types), "errorHandling": 0,
            "data": [[v if isinstance(v, str) else repr(v) for v in row] for row in rows]}


def new_project(client):
    pid = f"nist{next(_numbers)}"
    client.post("/projects", {}, pid=pid, persist="false", ok=(201,))
    return pid


def learn(client, pid, columns, types, rows, verb="learn"):
    for start in range(0, len(rows), 5000):
        client.post(f"/projects/{pid}/{verb}", frame(columns, types, rows[start:start + 5000]))


def junk_rows(dice, types, rows, count):
    """Rows scattered up to a thousand times as far as the data's own."""
    numbers = [c for c, type in enumerate(types) if type == "C"]
    spread = {c: max(r[c] for r in rows) - min(r[c] for r in rows) or 1.0 for c in numbers}
    middle = {c: rows[0][c] for c in numbers}
    return [[middle[c] + dice.uniform(-1000, 1000) * spread[c] if type == "C" else dice.choice(rows)[c]
             for c, type in enumerate(types)] for _ in range(count)]


def in_pieces(client, dice, columns, types, rows):
    pid = new_project(client)
    at = 0
    while at < len(rows):
        size = dice.choice([1, 2, 7, len(rows) // 3 + 1])
        learn(client, pid, columns, types, rows[at:at + size])
        at += size
        junk = junk_rows(dice, types, rows, dice.randrange(1, 20))
        learn(client, pid, columns, types, junk)
        dice.shuffle(junk)
        learn(client, pid, columns, types, junk, "forget")
        if size < 8 and at > 60:  # the small pieces have been seen
            learn(client, pid, columns, types, rows[at:])
            break
    return pid


def as_partitions(client, dice, columns, types, rows):
    parts = [[] for _ in range(7)]
    for row in rows:
        dice.choice(parts).append(row)
    pids = []
    for part in parts:
        pids.append(new_project(client))
        learn(client, pids[-1], columns, types, part)
    dice.shuffle(pids)
    for other in pids[1:]:
        client.get(f"/projects/{pids[0]}/merge", otherProjectName=other)
    return pids[0]


def junk_around(client, dice, columns, types, rows):
    """A project that has seen junk before anything else, a row at a time, and comes back from its log in between."""
    pid = f"nist{next(_numbers)}"
    client.post("/projects", {}, pid=pid, enableHistogram="true", ok=(201,))
    junk = junk_rows(dice, types, rows, 16)
    for row in junk[:3]:
        learn(client, pid, columns, types, [row])
    learn(client, pid, columns, types, junk[3:12])
    rows, half = dice.sample(rows, len(rows)), len(rows) // 2
    learn(client, pid, columns, types, rows[:1])
    learn(client, pid, columns, types, rows[1:half])
    learn(client, pid, columns, types, junk[12:], "forget")
    client.get(f"/projects/{pid}/unload")
    learn(client, pid, columns, types, rows[half:])
    learned = dice.sample(junk[:12], 12)
    for start in range(0, 12, 5):
        learn(client, pid, columns, types, learned[start:start + 5], "forget")
    learn(client, pid, columns, types, junk[12:])
    return pid


def as_tree(client, dice, columns, types, rows):
    """Seven projects, junk learned by one and forgotten by another; pairs are joined until one is left."""
    parts, junk = [rows[i::7] for i in range(7)], junk_rows(dice, types, rows, 16)
    pids = []
    for part in parts:
        pids.append(new_project(client))
        learn(client, pids[-1], columns, types, part)
    learn(client, pids[2], columns, types, junk)
    learn(client, pids[5], columns, types, dice.sample(junk, 16), "forget")
    while len(pids) > 1:
        dice.shuffle(pids)
        for into in pids[:len(pids) // 2]:
            copy = f"nist{next(_numbers)}"
            text = client.get(f"/projects/{pids.pop()}/export")["values"]["string"]
            client.post(f"/projects/{copy}/import", text.encode(), persist="false")
            client.get(f"/projects/{into}/merge", otherProjectName=copy)
    return pids[0]


WAYS = {"pieces": in_pieces, "partitions": as_partitions, "junk around": junk_around, "tree": as_tree}


@pytest.fixture(params=WAYS)
def way(request, client):
    yield WAYS[request.param]
    for pid in client.get("/projects/list")["values"]["stringList"]["values"]:
        if pid.startswith("nist"):
            client.delete(f"/projects/{pid}")


def ask(client, pid, metric, context):
    return client.post(f"/projects/{pid}/explore", {"values": [context]}, metric=metric,
                       returnProjectInfo="false")["values"]["KSVDMap"]["values"][0]


@pytest.mark.parametrize("name", nist.names("univariate"))
def test_mean_and_variance_to_14_digits(client, way, name):
    values = [float(v) for v in nist.load(name)["y"]]
    pid = way(client, random.Random(name), ["y"], "C", [[v] for v in values])
    got = ask(client, pid, "uni", {"inputAttributeNames": ["y"]})
    mean, variance = nist.mean_and_variance(values)
    assert got["count"] == len(values)
    assert nist.digits(got["mean"], mean) >= 14
    assert nist.digits(got["variance"], variance) >= 14


def check_anova(got, groups):
    want = nist.anova(groups)
    for key, value in want.items():
        assert nist.digits(got[key], value) >= 12, key


@pytest.mark.parametrize("name", nist.names("anova_oneway"))
def test_anova_of_columns_to_12_digits(client, way, name):
    data = nist.load(name)
    rows = [[float(v) for v in row] for row in data["rows"]]
    pid = way(client, random.Random(name), data["columns"], "C" * len(data["columns"]), rows)
    check_anova(ask(client, pid, "anova", {"inputAttributeNames": data["columns"]}), list(zip(*rows)))


@pytest.mark.parametrize("name", nist.names("anova_oneway"))
def test_anova_by_category_to_12_digits(client, way, name):
    data = nist.load(name)
    groups = list(zip(*[[float(v) for v in row] for row in data["rows"]]))
    rows = [[v, f"t{g}"] for g, group in enumerate(groups) for v in group]
    random.Random(name).shuffle(rows)
    pid = way(client, random.Random(name), ["y", "treatment"], "CT", rows)
    check_anova(ask(client, pid, "anova", {"inputAttributeNames": ["y"], "targetAttributeNames": ["treatment"]}),
                groups)


@pytest.mark.parametrize("name", nist.names("linear_regression"))
def test_regression_to_12_digits(client, way, name):
    columns, rows, target, data = nist.regression(name)
    rows = [[float(v) for v in row] for row in rows]
    pid = way(client, random.Random(name), columns, "C" * len(columns), rows)
    inputs = [c for c in columns if c != target]
    context = {"inputAttributeNames": inputs, "targetAttributeNames": [target],
               "extraParameters": {} if data["intercept"] else {"intercept": "false"}}
    client.build(pid, "m", "mlr", context)
    extra = client.get(f"/projects/{pid}/models/m")["values"]["modelInfo"]["extra"]
    table = next(t for t in extra.values() if "coefficient" in t["attributeNames"])
    rows_of = {row[0]: dict(zip(table["attributeNames"], row)) for row in table["data"]}
    names = (["(Intercept)"] if data["intercept"] else []) + inputs
    assert set(rows_of) == set(names)
    need = 7 if name == "Filip" else 12
    for position, attribute in enumerate(names):
        coefficient = nist.certified(data["certified"]["coef"][position])
        error = nist.certified(data["certified"]["coef_sd"][position])
        got = float(rows_of[attribute]["coefficient"]), float(rows_of[attribute]["std.error"])
        assert nist.digits(got[0], coefficient) >= need, attribute
        if error == 0:
            assert abs(got[1]) <= 1e-9 * abs(coefficient), attribute
        else:
            assert nist.digits(got[1], error) >= need, attribute
