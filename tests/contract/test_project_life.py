"""Merging, exporting and importing projects, learning all or nothing, and coming back from the store."""
import base64
import json
import random

import numpy as np
import pytest

from contract.conftest import _numbers, rows


def make(client, query=None, **params):
    pid = f"l{next(_numbers)}"
    client.post("/projects", params, pid=pid, ok=(201,), **(query or {}))
    return pid


def info(client, pid):
    return client.get(f"/projects/{pid}/info")["values"]["smlInfo"]


def uni(client, pid, name):
    body = {"values": [{"inputAttributeNames": [name]}]}
    return client.post(f"/projects/{pid}/explore", body, metric="uni", returnProjectInfo="false")[
        "values"]["KSVDMap"]["values"][0]


def export(client, pid):
    return client.get(f"/projects/{pid}/export")["values"]["string"]


def plain(columns, values, types=None):
    return {"attributeNames": columns, "attributeTypes": types or ["C"] * len(columns), "errorHandling": 1,
            "data": [[str(cell) for cell in row] for row in values]}


# --- merge

def test_merge_unites_by_name(client):
    rng = np.random.default_rng(2)
    left, right = rng.normal(3, 1, (50, 2)), rng.normal(4, 2, (70, 2))
    a, b = make(client), make(client)
    client.post(f"/projects/{a}/learn", plain(["x", "y"], left))
    client.post(f"/projects/{b}/learn", plain(["z", "x"], right))
    before = info(client, b)
    client.get(f"/projects/{a}/merge", otherProjectName=b)
    assert info(client, b) == before
    got = info(client, a)
    assert (got["attributeNames"], got["rows"]) == (["x", "y", "z"], 120)
    for name, values in (("x", np.concatenate([left[:, 0], right[:, 1]])), ("y", left[:, 1]), ("z", right[:, 0])):
        one = uni(client, a, name)
        assert one["count"] == len(values)
        assert one["mean"] == pytest.approx(values.mean(), rel=1e-13)
        assert one["variance"] == pytest.approx(values.var(), rel=1e-12)
    client.post(f"/projects/{a}/merge", b"", otherProjectName=b)
    assert info(client, a)["rows"] == 190


def test_merges_are_in_the_log(client, running):
    a, b = make(client, {"enableHistogram": "true"}), make(client, {"enableHistogram": "true"})
    client.post(f"/projects/{a}/learn", rows(30))
    client.post(f"/projects/{b}/learn", rows(30, 15))
    client.get(f"/projects/{a}/merge", otherProjectName=b)
    client.post(f"/projects/{a}/forget", rows(30))
    before = export(client, a)
    client.get(f"/projects/{a}/unload")
    assert export(client, a) == before


@pytest.mark.parametrize("other, status, words", [
    ("self", 400, "with itself"), ("nowhere", 400, "Cannot Find SYMETRYML id[nowhere]"), (None, 400, "otherProjectName")])
def test_merges_refused(client, learned, other, status, words):
    query = {} if other is None else {"otherProjectName": learned if other == "self" else other}
    answer = client.call("GET", f"/projects/{learned}/merge", **query)
    assert answer.status == status and words in answer.json()["statusString"]
    assert info(client, learned)["rows"] == 60


def test_types_that_disagree_merge_nothing(client, learned):
    other = make(client)
    client.post(f"/projects/{other}/learn", plain(["new", "x"], [["1", "red"]], ["C", "T"]))
    before = export(client, learned)
    answer = client.call("GET", f"/projects/{learned}/merge", otherProjectName=other)
    assert answer.status == 400 and "x" in answer.json()["statusString"]
    assert export(client, learned) == before


def test_a_frozen_project_is_not_merged_into(client, learned):
    other = make(client)
    client.post(f"/projects/{other}/learn", rows(5))
    client.get(f"/projects/{learned}/freeze")
    assert client.call("GET", f"/projects/{learned}/merge", otherProjectName=other).status == 409
    client.get(f"/projects/{other}/merge", otherProjectName=learned)
    client.get(f"/projects/{learned}/unfreeze")
    client.get(f"/projects/{learned}/merge", otherProjectName=other)
    assert info(client, learned)["rows"] == 125


# --- export and import

@pytest.mark.parametrize("persist", ["true", "false"])
def test_import_is_what_was_exported(client, learned, persist):
    text = export(client, learned)
    assert base64.b64decode(text, validate=True)[:4] == b"WEIR"
    pid = f"{learned}-{persist}"
    client.post(f"/projects/{pid}/import", text.encode(), persist=persist)
    got, was = info(client, pid), info(client, learned)
    assert got["persisted"] == (persist == "true")
    for key in ("rows", "attributeNames", "attributeTypes", "histogramEnabled"):
        assert got[key] == was[key]
    for name in was["attributeNames"]:
        assert uni(client, pid, name) == uni(client, learned, name)
    assert export(client, pid) == text
    client.post(f"/projects/{pid}/learn", rows(5))
    assert info(client, pid)["rows"] == 65
    if persist == "true":
        client.get(f"/projects/{pid}/unload")
        assert info(client, pid)["rows"] == 65


@pytest.mark.parametrize("wrap", [json.dumps, lambda text: json.dumps(text).replace("/", "\\/"),
                                  lambda text: f"\n {text}\r\n"])
def test_import_takes_the_text_quoted_and_with_blanks(client, learned, wrap):
    pid = f"{learned}-again"
    client.post(f"/projects/{pid}/import", wrap(export(client, learned)).encode())
    assert info(client, pid)["rows"] == 60
    client.delete(f"/projects/{pid}")


def test_import_does_not_replace(client, learned):
    text = export(client, learned)
    client.post(f"/projects/{learned}/learn", rows(1))
    answer = client.call("POST", f"/projects/{learned}/import", text.encode())
    assert answer.status == 409 and "already have" in answer.json()["statusString"]
    assert info(client, learned)["rows"] == 61


@pytest.mark.parametrize("body", [b"", b" \n", b"QUJD", b"not base64!", b'"QUJD', b'"\\ud800"', b"[]", b'{"string":"QUJD"}',
                                  b"QUJ", b"=", base64.b64encode(b"WEIR" + bytes(8)),
                                  base64.b64encode(b"WEIR" + b"\xff" * 60)])
def test_imports_refused(client, body):
    assert client.call("POST", "/projects/hostile/import", body).status == 400
    assert "hostile" not in client.get("/projects/list")["values"]["stringList"]["values"]


def test_damaged_imports_refused(client, learned):
    data = bytearray(base64.b64decode(export(client, learned)))
    rng = random.Random(4)
    for _ in range(60):
        at, cut = rng.randrange(len(data)), rng.randrange(len(data))
        damaged = bytearray(data)
        damaged[at] ^= rng.randrange(1, 256)
        for piece in (damaged, data[:cut], data + b"x"):
            answer = client.call("POST", "/projects/hostile/import", base64.b64encode(bytes(piece)))
            assert answer.status == 400, answer.body
    assert "hostile" not in client.get("/projects/list")["values"]["stringList"]["values"]


def test_a_window_is_exported_as_its_whole(client):
    pid = make(client, sml_project_rolling_window_size="10")
    client.post(f"/projects/{pid}/learn", rows(60))
    client.post(f"/projects/{pid}-out/import", export(client, pid).encode())
    assert uni(client, f"{pid}-out", "x")["mean"] == 54.5
    client.post(f"/projects/{pid}-out/forget", rows(1, 59))  # no window any more
    assert info(client, f"{pid}-out")["rows"] == 9


def test_seven_parts_are_the_whole(client):
    rng = np.random.default_rng(9)
    values = rng.normal(1e6, 1e-3, (700, 2))
    whole, parts = make(client), [make(client) for _ in range(7)]
    client.post(f"/projects/{whole}/learn", plain(["x", "y"], values))
    for number, pid in enumerate(parts):
        client.post(f"/projects/{pid}/learn", plain(["x", "y"], values[number::7]))
    order = list(rng.permutation(7))
    for number in order[1:]:
        client.get(f"/projects/{parts[order[0]]}/merge", otherProjectName=parts[number])
    for name in ("x", "y"):
        one, other = uni(client, whole, name), uni(client, parts[order[0]], name)
        assert one.keys() == other.keys()
        for key, value in one.items():
            assert other[key] == pytest.approx(value, rel=1e-12), key


# --- all or nothing

@pytest.mark.parametrize("handling", [0, 1, 2])
def test_learn_merge_takes_a_frame_whole_or_not(client, handling):
    pid = make(client, sml_project_learn_merge="true")
    client.post(f"/projects/{pid}/learn", rows(10))
    bad = rows(10) | {"errorHandling": handling}
    bad["data"][7][0] = "seven"
    answer = client.call("POST", f"/projects/{pid}/learn", bad)
    assert answer.status == 400 and "seven" in answer.json()["statusString"]
    assert info(client, pid)["rows"] == 10
    short = rows(3) | {"errorHandling": handling}
    short["data"][1] = ["1"]
    assert client.call("POST", f"/projects/{pid}/learn", short).status == 400
    missing = rows(3) | {"errorHandling": handling}
    missing["data"][1][0] = ""  # nothing is wrong with a cell that is not there
    client.post(f"/projects/{pid}/learn", missing)
    assert (info(client, pid)["rows"], uni(client, pid, "x")["count"]) == (13, 12)


# --- coming back

def test_autosave_off_keeps_what_was_answered(client):
    pid = make(client, sml_project_autosave="false")
    client.post(f"/projects/{pid}/learn", rows(20))
    got = info(client, pid)
    assert (got["autoSave"], got["isDirty"]) == (False, True)
    client.get(f"/projects/{pid}/save")
    assert info(client, pid)["isDirty"] is False
    client.post(f"/projects/{pid}/learn", rows(20))
    client.get(f"/projects/{pid}/unload")
    assert info(client, pid)["rows"] == 40


@pytest.mark.parametrize("query, params", [
    ({}, {"sml_project_rolling_window_size": "25"}),
    ({}, {"sml_project_rolling_window_size": "25", "sml_project_rolling_window_use_embedded": "true"}),
    ({}, {"decay_halflife_rows": "300"}),
    ({"type": "partition"}, {"partitionSplit": "k"}),
    ({"type": "sequence"}, {"sml_project_order": "2"}),
])
@pytest.mark.parametrize("save", [False, True])
def test_a_project_with_rules_comes_back_the_same(client, query, params, save):
    pid = make(client, query | {"enableHistogram": "true"}, **params)
    for at in range(0, 90, 9):
        client.post(f"/projects/{pid}/learn", rows(9, at))
        if save and at == 45:
            client.get(f"/projects/{pid}/save")
    before, exported = info(client, pid), export(client, pid)
    client.get(f"/projects/{pid}/unload")
    after = info(client, pid)
    for told in (before, after):
        del told["isDirty"], told["memory"]
    assert after == before
    assert export(client, pid) == exported
    client.post(f"/projects/{pid}/learn", rows(9))
    assert info(client, pid)["sequence"] == before["sequence"] + 1
