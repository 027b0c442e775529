"""Encoders: taught, looked at, corrected, assigned to projects, kept over a restart.

Expected numbers are computed here with exact fractions, by definition, and by numpy.
"""
import random
from fractions import Fraction

import numpy as np
import pytest

from support.programs import SECRET, server, user
from support.weir_client import Client


def frame(names, types, data, **more):
    return {"attributeNames": names, "attributeTypes": types, "data": data, **more}


def uni(client, pid, *names):
    answer = client.post(f"/projects/{pid}/explore", {"values": [{"inputAttributeNames": [n]} for n in names]},
                         metric="uni", returnProjectInfo="false")
    return answer["values"]["KSVDMap"]["values"]


def info(client, pid):
    return client.get(f"/projects/{pid}/info")["values"]["smlInfo"]


def table(answer):
    """The rows of a dataframe as dicts."""
    df = answer["values"]["dataframe"]
    assert len(df["attributeNames"]) == len(df["attributeTypes"])
    return [dict(zip(df["attributeNames"], row, strict=True)) for row in df["data"]]


def values(client, encoder, key):
    return {row["Value"]: (float(row["Count"]), float(row["Sum"]))
            for row in table(client.get(f"/encoders/{encoder}/keyvals/{key}"))}


@pytest.fixture
def encoder(client, request):
    """The name of a new encoder of the binary target y."""
    name = f"e-{request.node.name}"[:90].translate(str.maketrans("[]/", "___"))
    client.post("/encoders/create", {}, encoderName=name, encoderTarget="y", targetType="B", ok=(201,))
    return name


@pytest.fixture
def project(client, request):
    pid = f"ep-{request.node.name}"[:90].translate(str.maketrans("[]/", "___"))
    client.post("/projects", {}, pid=pid, enableHistogram="true", ok=(201,))
    return pid


NAMES, TYPES = ["y", "city", "tags", "x", "k"], ["B", "S", "L", "C", "T"]
CITIES = ["Oslo", "oslo ", "Rome", "", "Paris"]
TAGS = ["red", "Red", "green", "blue"]


def some_rows(count, seed):
    rng = random.Random(seed)
    return [[str(rng.randrange(2)) if rng.random() < 0.9 else "", rng.choice(CITIES),
             "".join("|" + t for t in rng.sample(TAGS, rng.randrange(4))) + "|", str(rng.randrange(9)), "k"]
            for _ in range(count)]


def counts(rows):
    """What an encoder of y has to know of city and tags, and the mean of y."""
    known = {"city": {}, "tags": {}}
    for y, city, tags, *_ in rows:
        if not y:
            continue
        for key, items in (("city", [city]), ("tags", [t for t in tags.split("|") if t] or [""])):
            for item in items:
                n, s = known[key].get(item.strip().lower(), (0, 0))
                known[key][item.strip().lower()] = (n + 1, s + int(y))
    there = [int(row[0]) for row in rows if row[0]]
    return known, Fraction(sum(there), len(there))


def encode(known, mean, key, cell):
    """The number for a cell, None where it stays missing."""
    items = [cell] if key == "city" else [t for t in cell.split("|") if t] or [""]
    items = [item.strip().lower() for item in items]
    if items == [""] and "" not in known[key]:
        return None
    return float(sum(Fraction(known[key][i][1], known[key][i][0]) if i in known[key] else mean for i in items)
                 / len(items))


def test_bytes_of_models_with_encoded_inputs(client, project, encoder):
    """Bytes alone do not score texts, so they stay with the server; a model of other inputs is given."""
    rows = some_rows(300, 7)
    client.post(f"/encoders/{encoder}/learn", {"attributeNames": NAMES, "attributeTypes": TYPES, "data": rows})
    client.get(f"/projects/{project}/encoderAssign", encoderName=encoder)
    client.post(f"/projects/{project}/learn", {"attributeNames": NAMES, "attributeTypes": TYPES, "data": rows})
    for model, inputs, status in (("text", ["x", "city"], 409), ("number", ["x"], 200)):
        client.build(project, model, "hba", {"inputAttributeNames": inputs})
        answer = client.call("GET", f"/projects/{project}/models/{model}/bytes")
        assert answer.status == status, answer.body
        if status == 409:
            assert "input city is made by the project's encoder" in answer.json()["statusString"]
    client.get(f"/projects/{project}/encoderAssign", encoderName="")
    assert client.call("GET", f"/projects/{project}/models/text/bytes").status == 200


def test_created_as_documented(client):
    answer = client.call("POST", "/encoders/create", {"minTrimSize": "3"}, encodername="made1", targetName="t",
                         targetType="B")
    assert answer.status == 201
    assert answer.body == (b'{"statusCode":"CREATED","statusString":"Encoder[made1] with Target[t] created for '
                           b'Customer[c1]","values":{}}')
    assert client.call("POST", "/encoders/create", {}, encoderName="made1", encoderTarget="t").status == 409
    assert "made1" in client.get("/encoders")["values"]["stringList"]["values"]
    client.delete("/encoders/made1")
    assert "made1" not in client.get("/encoders")["values"]["stringList"]["values"]
    assert client.call("DELETE", "/encoders/made1").status == 400


@pytest.mark.parametrize("query, body", [
    ({"encoderTarget": "y"}, {}), ({"encoderName": "bad"}, {}), ({"encoderName": "", "encoderTarget": "y"}, {}),
    ({"encoderName": "a/b", "encoderTarget": "y"}, {}), ({"encoderName": "bad", "encoderTarget": ""}, {}),
    ({"encoderName": "bad", "encoderTarget": "y", "targetType": "S"}, {}),
    ({"encoderName": "bad", "encoderTarget": "y", "targetType": "C"}, {"minTrimSize": 3}),
    ({"encoderName": "bad", "encoderTarget": "y", "targetType": "B"}, {"minTrimSize": -3}),
    ({"encoderName": "bad", "encoderTarget": "y", "targetType": "B"}, {"minTrimSize": "few"}),
    ({"encoderName": "bad", "encoderTarget": "y"}, b"["), ({"encoderName": "bad" * 60, "encoderTarget": "y"}, {}),
])
def test_creations_refused(client, query, body):
    answer = client.call("POST", "/encoders/create", body, **query)
    assert answer.status == 400 and answer.json()["statusString"], answer.body
    assert "bad" not in client.get("/encoders")["values"]["stringList"]["values"]


def test_taught_in_pieces(client, encoder):
    rows = some_rows(500, 1)
    for at in range(0, 500, 130):
        answer = client.call("POST", f"/encoders/{encoder}/learn", frame(NAMES, TYPES, rows[at:at + 130]))
        assert answer.body == b'{"statusCode":"OK","statusString":"OK","values":{}}'
    known, _ = counts(rows)
    assert values(client, encoder, "city") == known["city"]
    assert values(client, encoder, "tags") == known["tags"]
    stats = table(client.get(f"/encoders/{encoder}/stats"))
    assert [row["key"] for row in stats] == NAMES and [row["type"] for row in stats] == TYPES
    for row in stats:
        per_value = [n for n, _ in known.get(row["key"], {}).values()]
        want = (len(per_value), np.mean(per_value), np.std(per_value), np.var(per_value)) if per_value else (0, 0, 0, 0)
        assert [float(row[k]) for k in ("count", "mean", "stddev", "variance")] == pytest.approx(want, rel=1e-14)
    types = client.get(f"/encoders/{encoder}/keyvals/tags")["values"]["dataframe"]
    assert types["attributeNames"] == ["Value", "Type", "Count", "Sum"] and {r[1] for r in types["data"]} == {"L"}


def test_a_continuous_target(client):
    client.post("/encoders/create", {}, encoderName="money", encoderTarget="price", ok=(201,))
    rng = random.Random(5)
    rows = [[repr(rng.gauss(1e6, 1)), rng.choice("abc")] for _ in range(200)]
    client.post("/encoders/money/learn", frame(["price", "c"], ["C", "S"], rows))
    for value, (n, total) in values(client, "money", "c").items():
        exact = [Fraction(float(p)) for p, c in rows if c == value]
        assert (n, total) == (len(exact), float(sum(exact)))
    # what the first rows said is the target's type from then on
    client.post("/encoders/money/learn", frame(["price", "c"], ["B", "S"], [["2.5", "d"]]))
    assert values(client, "money", "c")["d"] == (1, 2.5)


def test_rare_values_are_left_out(client):
    client.post("/encoders/create", {"minTrimSize": 2}, encoderName="trim", encoderTarget="y", targetType="B", ok=(201,))
    client.post("/encoders/trim/learn", frame(["y", "s"], ["B", "S"], [["1", "a"], ["1", "b"], ["0", "c"], ["0", "c"]]))
    assert values(client, "trim", "s") == {}
    client.post("/encoders/trim/learn", frame(["y", "s"], ["B", "S"], [["1", "a"], ["0", "a"]]))
    assert values(client, "trim", "s") == {"a": (3, 2)}
    assert [row["count"] for row in table(client.get("/encoders/trim/stats")) if row["key"] == "s"] == ["1"]
    client.post("/projects", {}, pid="trimmed", enableHistogram="true", ok=(201,))
    client.post("/projects/trimmed/encoderAssign", encoderName="trim")
    client.post("/projects/trimmed/learn", frame(["s"], ["S"], [["a"], ["b"], ["c"]]))
    s = uni(client, "trimmed", "s")[0]
    assert s["max"] == pytest.approx(2 / 3, rel=1e-15) and s["min"] == 0.5 and s["count"] == 3  # 3 of 6 rows


def test_values_set_by_hand(client, encoder):
    columns = ["Key", "Value", "Type", "Count", "Sum"]
    client.post(f"/encoders/{encoder}/createKeyValues",
                frame(columns, ["S", "S", "S", "C", "C"], [["city", "Oslo", "S", "4", "1"], ["tags", "red", "L", "2", "2"]]))
    assert values(client, encoder, "city") == {"oslo": (4, 1)}
    for call in ("setValue", "setValues"):
        client.post(f"/encoders/{encoder}/keyvals/city/{call}",
                    frame(columns[1:], ["S", "S", "C", "C"], [["oslo", "S", "8", "6"], [call, "S", 2, 1]]))
    assert values(client, encoder, "city") == {"oslo": (8, 6), "setvalue": (2, 1), "setvalues": (2, 1)}
    client.post(f"/encoders/{encoder}/keyvals/city/setValue", frame(["value", "count", "sum"], ["S", "S", "S"],
                                                                    [["", "1", "1"]]))
    assert values(client, encoder, "city")[""] == (1, 1)


def test_a_key_with_odd_letters(client, encoder):
    from urllib.parse import quote
    key = "a/b ü%$"
    client.post(f"/encoders/{encoder}/createKeyValues",
                frame(["Key", "Value", "Type", "Count", "Sum"], ["S"] * 5, [[key, "ÄA", "S", "1", "0"]]))
    assert values(client, encoder, quote(key, safe="")) == {"Äa": (1, 0)}


@pytest.mark.parametrize("where, names, row", [
    ("keyvals/none/setValue", ["Value", "Type", "Count", "Sum"], ["a", "S", "1", "1"]),
    ("keyvals/s/setValue", ["Value", "Type", "Count", "Sum"], ["a", "S", "1", "2"]),
    ("keyvals/s/setValue", ["Value", "Type", "Count", "Sum"], ["a", "S", "-1", "0"]),
    ("keyvals/s/setValue", ["Value", "Type", "Count", "Sum"], ["a", "S", "", "1"]),
    ("keyvals/s/setValue", ["Value", "Type", "Count", "Sum"], ["a", "S", "many", "1"]),
    ("keyvals/s/setValue", ["Value", "Type", "Count", "Sum"], ["a", "C", "1", "1"]),
    ("keyvals/s/setValue", ["Value", "Type", "Count", "Sum"], ["a", "L", "1", "1"]),
    ("keyvals/s/setValue", ["Value", "Count"], ["a", "1"]),
    ("keyvals/y/setValue", ["Value", "Type", "Count", "Sum"], ["a", "S", "1", "1"]),
    ("createKeyValues", ["Value", "Type", "Count", "Sum"], ["a", "S", "1", "1"]),
    ("createKeyValues", ["Key", "Value", "Type", "Count", "Sum"], ["", "a", "S", "1", "1"]),
    ("learn", ["s"], ["a"]), ("learn", ["y", "s", "l"], ["1", "a"]), ("learn", ["y", "y"], ["1", "1"]),
])
def test_edits_refused(client, encoder, where, names, row):
    client.post(f"/encoders/{encoder}/learn", frame(["y", "s"], ["B", "S"], [["1", "old"]]))
    body = frame(names, ["S"] * len(names), [[x if i else "new" for i, x in enumerate(row)], row], errorHandling=0)
    if where.startswith("createKey") or "none" in where or where.startswith("learn"):
        body["data"] = [row]
    assert client.call("POST", f"/encoders/{encoder}/{where}", body).status == 400
    assert values(client, encoder, "s") == {"old": (1, 1)}  # the good first row neither


def test_unknown_encoders(client, project):
    for verb, path in [("GET", "/encoders/none/stats"), ("GET", "/encoders/none/keyvals/x"), ("DELETE", "/encoders/none"),
                       ("POST", "/encoders/none/learn"), ("POST", "/encoders/none/createKeyValues"),
                       ("GET", f"/projects/{project}/encoderAssign?encoderName=none")]:
        path, _, query = path.partition("?")
        body = frame(["y"], ["B"], [["1"]]) if verb == "POST" else None
        answer = client.call(verb, path, body, **dict([query.split("=")] if query else []))
        assert answer.status == 400 and answer.json()["statusCode"] == "BAD_REQUEST", path
    assert client.call("GET", "/projects/nowhere/encoderAssign", encoderName="none").status == 400
    assert client.call("GET", f"/projects/{project}/encoderAssign").status == 400


def test_projects_encode(client, encoder, project):
    taught, rows = some_rows(400, 2), some_rows(300, 3)
    rows += [["1", "never seen", "|never|red|", "5", "k"]]
    client.post(f"/encoders/{encoder}/learn", frame(NAMES, TYPES, taught))
    client.get(f"/projects/{project}/encoderAssign", encoderName=encoder)
    assert info(client, project)["encoderName"] == encoder
    client.post(f"/projects/{project}/learn", frame(NAMES, TYPES, rows))
    known, mean = counts(taught)
    want = {key: [encode(known, mean, key, row[i]) for row in rows] for key, i in (("city", 1), ("tags", 2))}
    listed = info(client, project)
    kinds = dict(zip(listed["attributeNames"], listed["attributeTypes"]))
    assert kinds["city"] == kinds["tags"] == "C"
    for got, key in zip(uni(client, project, "city", "tags"), want):
        column = np.array([x for x in want[key] if x is not None])
        assert (got["count"], got["min"], got["max"]) == (len(column), column.min(), column.max())
        assert got["mean"] == pytest.approx(column.mean(), rel=1e-13)
        assert got["variance"] == pytest.approx(column.var(), rel=1e-11)
    both = [(a, b) for a, b in zip(*want.values()) if a is not None and b is not None]
    bi = client.post(f"/projects/{project}/explore", {"values": [{"inputAttributeNames": ["city", "tags"]}]}, metric="bi",
                     returnProjectInfo="false")["values"]["KSVDMap"]["values"][0]
    assert bi["covar"] == pytest.approx(np.cov(np.array(both).T, bias=True)[0, 1], rel=1e-10, abs=1e-15)
    client.post(f"/projects/{project}/forget", frame(NAMES, TYPES, rows[50:]))
    assert uni(client, project, "x")[0]["count"] == 50
    # scores are those of a project that was sent the numbers
    client.post("/projects", {}, pid=f"{project}-plain", enableHistogram="true", ok=(201,))
    client.post("/projects", {}, pid=f"{project}-text", enableHistogram="true", ok=(201,))
    client.post(f"/projects/{project}-text/encoderAssign", encoderName=encoder)

    def numbers(of):
        return [[repr(encode(known, mean, k, row[i])) if encode(known, mean, k, row[i]) is not None else ""
                 for k, i in (("city", 1), ("tags", 2))] for row in of]

    texts = [[row[1], row[2]] for row in rows]
    client.post(f"/projects/{project}-plain/learn", frame(["city", "tags"], ["C", "C"], numbers(rows)))
    client.post(f"/projects/{project}-text/learn", frame(["city", "tags"], ["S", "L"], texts))
    for pid in (f"{project}-plain", f"{project}-text"):
        client.build(pid, "m", "ecod", {"inputAttributeNames": ["city", "tags"]})
    scores = client.post(f"/projects/{project}-plain/predict/m", frame(["city", "tags"], ["C", "C"], numbers(rows[:30])))
    for types in (["S", "L"], ["C", "C"]):  # callers of predict may send every column as C
        got = client.post(f"/projects/{project}-text/predict/m", frame(["city", "tags"], types, texts[:30]))
        assert got == scores
    for pid in (project, f"{project}-text"):
        answer = client.call("DELETE", f"/encoders/{encoder}")
        assert answer.status == 409 and answer.json()["statusCode"] == "CONFLICT", pid
        client.get(f"/projects/{pid}/encoderAssign", encoderName="")
    client.delete(f"/encoders/{encoder}")


def test_assigned_too_late(client, encoder, project):
    client.post(f"/encoders/{encoder}/learn", frame(["y", "city"], ["B", "S"], [["1", "oslo"]]))
    client.post(f"/projects/{project}/learn", frame(["city", "x"], ["S", "C"], [["oslo", "1"]]))
    answer = client.call("GET", f"/projects/{project}/encoderAssign", encoderName=encoder)
    assert answer.status == 409 and "city" in answer.json()["statusString"]
    assert info(client, project)["encoderName"] == ""
    client.delete(f"/encoders/{encoder}")


def test_filter_before_encoder_before_hashing(client, encoder):
    client.post(f"/encoders/{encoder}/learn", frame(["y", "city"], ["B", "S"], [["1", "oslo"], ["0", "rome"]]))
    pid = "all-three"
    client.post("/projects", {"sml_project_predicate_row_filter": "city!=Rome;why==yes",
                              "sml_project_hashtrick_binsize": "2"}, pid=pid, ok=(201,))
    client.post(f"/projects/{pid}/encoderAssign", encoderName=encoder)
    answer = client.post(f"/projects/{pid}/learn", frame(["city", "other", "why"], ["S", "S", "X"], [
        ["Oslo", "a", "yes"], ["Rome", "b", "yes"], ["Oslo", "c", "no"], ["Paris", "d", "yes"]]))
    assert answer["values"] == {"filteredRows": 2}
    city, first, second = uni(client, pid, "city", "hash$0", "hash$1")
    assert (city["count"], city["sum"]) == (2, 1.5)
    assert first["count"] == second["count"] == 2
    assert dict(zip(info(client, pid)["attributeNames"], info(client, pid)["attributeTypes"])) == {
        "city": "C", "other": "S", "why": "X", "hash$0": "C", "hash$1": "C"}


def test_kept_over_a_restart(tmp_path):
    data = tmp_path / "data"
    user(data)
    rows = [["1", "oslo"], ["0", "oslo"], ["1", "rome"]]
    with server(data) as program:
        client = Client(program.url, secret=SECRET)
        client.post("/encoders/create", {"minTrimSize": "1"}, encoderName="e", encoderTarget="y", targetType="B", ok=(201,))
        client.post("/encoders/e/learn", frame(["y", "c"], ["B", "S"], rows))
        client.post("/projects", {}, pid="p", ok=(201,))
        client.post("/projects/p/encoderAssign", encoderName="e")
        client.post("/projects/p/learn", frame(["c"], ["S"], [["Oslo"], ["Rome"]]))
        client.post("/encoders/e/learn", frame(["y", "c"], ["B", "S"], rows))
        client.close()
        program.kill()  # nothing is left to a shutdown
    with server(data) as program:
        client = Client(program.url, secret=SECRET)
        assert values(client, "e", "c") == {"oslo": (4, 2), "rome": (2, 2)}
        assert info(client, "p")["encoderName"] == "e"
        assert client.call("DELETE", "/encoders/e").status == 409
        client.post("/projects/p/learn", frame(["c"], ["S"], [["oslo"]]))
        assert (uni(client, "p", "c")[0]["count"], uni(client, "p", "c")[0]["sum"]) == (3, 2)
        client.get("/projects/p/rename", newName="q", ok=(201,))
        assert info(client, "q")["encoderName"] == "e"
        client.delete("/projects/q")
        client.delete("/encoders/e")
        client.close()
    with server(data) as program:
        client = Client(program.url, secret=SECRET)
        assert client.get("/encoders")["values"]["stringList"]["values"] == []
        client.close()


def test_another_customer_sees_none_of_it(client, encoder, running):
    user(running.data, "c9")
    other = Client(running.url, cid="c9", secret=SECRET)
    assert other.get("/encoders")["values"]["stringList"]["values"] == []
    assert other.call("GET", f"/encoders/{encoder}/stats").status == 400
    other.close()


def test_taught_by_a_data_source(tmp_path):
    root, data = tmp_path / "files", tmp_path / "data"
    root.mkdir()
    rows = some_rows(900, 7)
    with open(root / "past.csv", "w", encoding="utf-8") as file:
        for row in [NAMES, *rows]:  # a lone bar is no list to who guesses types
            file.write(",".join("" if cell == "|" else cell for cell in row) + "\n")
    (root / "bad.csv").write_text("x\n1\n")
    user(data)
    with server(data, "--data-root", str(root)) as program:
        client = Client(program.url, secret=SECRET)
        client.post("/encoders/create", {}, encoderName="e", encoderTarget="y", targetType="B", ok=(201,))

        def teach(path, name):
            answer = client.call("POST", "/encoders/e/learnds", {"type": "localfile", "name": name, "info": {"path": path}})
            return client.wait_job(answer.headers["sym-job-id"]) if answer.status == 202 else answer

        done = teach("past.csv", "past")
        assert done.status == 200 and done.json()["values"]["rows"] == sum(1 for row in rows if row[0])
        known, _ = counts(rows)
        assert values(client, "e", "city") == known["city"] and values(client, "e", "tags") == known["tags"]
        assert teach("bad.csv", "bad").status == 500  # without the target: nothing is taught
        assert teach("nowhere.csv", "gone").status >= 400 and teach("../data", "out").status >= 400
        assert values(client, "e", "city") == known["city"]
        assert client.get("/encoders/e/dss")["values"]["stringList"]["values"] == ["past"]
        assert client.call("POST", "/encoders/none/learnds", {"type": "localfile"}).status == 400
        assert client.call("POST", "/encoders/e/learnds", b"junk").status == 400
        client.close()
