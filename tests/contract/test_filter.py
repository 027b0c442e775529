"""Row filters and the hash trick of a project: which rows count, and texts as numeric columns."""
import json
import random

import numpy as np
import pytest
from sklearn.feature_extraction import FeatureHasher

FILTER = "sml_project_predicate_row_filter"
BINS = "sml_project_hashtrick_binsize"


def frame(names, types, data, **more):
    return {"attributeNames": names, "attributeTypes": types, "data": data, **more}


def uni(client, pid, *names):
    answer = client.post(f"/projects/{pid}/explore", {"values": [{"inputAttributeNames": [n]} for n in names]},
                         metric="uni", returnProjectInfo="false")
    return answer["values"]["KSVDMap"]["values"]


def info(client, pid):
    return client.get(f"/projects/{pid}/info")["values"]["smlInfo"]


@pytest.fixture
def make(client, request):
    """Makes a project with parameters; its name."""
    count = iter(range(99))

    def made(**params):
        pid = f"f-{request.node.name}"[:100].replace("[", "-").replace("]", "-").translate(
            str.maketrans({c: "_" for c in " ;=<>!\",|"})) + str(next(count))
        client.post("/projects", params, pid=pid, enableHistogram="true", ok=(201,))
        return pid
    return made


NAMES, TYPES = ["pressure", "site", "kind", "note"], ["C", "S", "T", "X"]
DATA = [["1.5", "north", "a", "keep"], ["1.4", "north", "b", "keep"], ["2", "south", "c", "keep"],
        ["9", "north", "d", "drop"], ["", "north", "e", "keep"], ["3", "north", "A", "keep"]]


def test_the_documented_example(client, make):
    pid = make(**{FILTER: "pressure>=1.5;site==north"})
    answer = client.post(f"/projects/{pid}/learn", frame(NAMES, TYPES, DATA))
    assert answer["values"] == {"filteredRows": 3}
    x = uni(client, pid, "pressure")[0]
    assert (x["count"], x["sum"], x["min"], x["max"]) == (3, 13.5, 1.5, 9)
    assert info(client, pid)["rows"] == 3
    assert info(client, pid)["params"][FILTER] == "pressure>=1.5;site==north"
    # a category value that only rows left out have is no attribute
    assert info(client, pid)["attributeNames"] == ["pressure", "site", "kind$a", "kind$d", "note"]
    client.post(f"/projects/{pid}/forget", frame(NAMES, TYPES, DATA))
    assert uni(client, pid, "pressure")[0]["count"] == 0 and info(client, pid)["rows"] == 0


def test_an_ignored_column_is_seen(client, make):
    pid = make(**{FILTER: "note==keep , pressure > 1.4"})
    answer = client.post(f"/projects/{pid}/learn", frame(NAMES, TYPES, DATA))
    assert answer["values"] == {"filteredRows": 3}
    assert uni(client, pid, "pressure")[0]["sum"] == 6.5
    listed = info(client, pid)
    assert dict(zip(listed["attributeNames"], listed["attributeTypes"]))["note"] == "X"
    client.post(f"/projects/{pid}/unload")  # what is replayed was filtered
    assert uni(client, pid, "pressure")[0]["sum"] == 6.5


def test_a_column_that_is_not_there(client, make):
    pid = make(**{FILTER: "nowhere!=1"})
    assert client.post(f"/projects/{pid}/learn", frame(NAMES, TYPES, DATA))["values"] == {"filteredRows": 6}
    assert info(client, pid)["rows"] == 0 and info(client, pid)["sequence"] == 0


def test_bad_cells_and_filtered_rows_are_told_apart(client, make):
    pid = make(**{FILTER: "x>0"})
    data = [["1"], ["junk"], ["-1"], ["2", "3"], ["4"]]
    answer = client.post(f"/projects/{pid}/learn", frame(["x"], ["C"], data, errorHandling=1))
    assert answer["values"]["filteredRows"] == 2  # a bad cell is missing, a missing one does not hold
    assert (answer["values"]["rejectedCells"], answer["values"]["rejectedRows"]) == (1, 1)
    answer = client.post(f"/projects/{pid}/learn", frame(["x"], ["C"], data, errorHandling=2))
    assert (answer["values"]["filteredRows"], answer["values"]["rejectedRows"]) == (1, 2)
    assert uni(client, pid, "x")[0] | {"count": 4, "sum": 10} == uni(client, pid, "x")[0]
    answer = client.call("POST", f"/projects/{pid}/learn", frame(["x"], ["C"], data, errorHandling=0))
    assert answer.status == 400


def test_as_a_job_and_by_websocket(client, make):
    import websockets.sync.client
    pid = make(**{FILTER: "x>=2;why==yes"})
    body = frame(["x", "why"], ["C", "X"], [["1", "yes"], ["2", "yes"], ["3", "no"]])
    answer = client.call("POST", f"/projects/{pid}/learn", body, **{"async": "true"})
    done = client.wait_job(answer.headers["sym-job-id"])
    assert done.status == 200 and done.json()["values"]["filteredRows"] == 2
    with websockets.sync.client.connect("ws" + client.url[4:] + "/symetry/ws/learn", max_size=None) as socket:
        socket.send(client.ws_message("/symetry/ws/learn", [pid], body))
        assert json.loads(socket.recv())["statusCode"] == "OK"
    assert uni(client, pid, "x")[0]["sum"] == 4


def source(start, end, **more):
    return {"id": "s@c", "topic": "t", "partition": 0, "from": start, "next": end,
            "offsets": list(range(start, end)), **more}


def test_exactly_once_with_a_filter(client, make):
    pid = make(**{FILTER: "x>=10"})

    def send(start, end):
        return client.call("POST", f"/projects/{pid}/learn",
                           frame(["x"], ["C"], [[str(x)] for x in range(start, end)], source=source(start, end)))

    assert send(0, 5).json()["values"] == {"repeat": False, "rows": 0, "position": 5, "filteredRows": 5}
    assert send(0, 5).json()["values"] == {"repeat": True, "rows": 0, "position": 5}
    assert send(5, 12).json()["values"] == {"repeat": False, "rows": 2, "position": 12, "filteredRows": 5}
    overlap = send(8, 15).json()["values"]  # 10 and 11 are known, 8 and 9 are filtered
    assert overlap == {"repeat": False, "rows": 3, "position": 15, "filteredRows": 2}
    assert send(20, 21).status == 409
    client.post(f"/projects/{pid}/unload")
    assert send(15, 16).json()["values"]["position"] == 16
    x = uni(client, pid, "x")[0]
    assert (x["count"], x["sum"]) == (6, sum(range(10, 16)))


@pytest.mark.parametrize("text, why", [
    ("pressure", "byte 9 of 8"), ("pressure=1", "a single ="), ("a==1;;b==2", "byte 6 of 10"), ("a<north", "byte 3"),
    ("a==\"b", "quote"), ("a==1 or b==2", "second operator"), ("(a==1", None), ("a>1,5", "byte 6"), (";", "byte 1"),
])
def test_bad_filters(client, text, why):
    answer = client.call("POST", "/projects", {FILTER: text}, pid="bad-filter")
    if why is None:  # a parenthesis is a letter
        assert answer.status == 201
        client.delete("/projects/bad-filter")
        return
    assert answer.status == 400, answer.body
    assert FILTER in answer.json()["statusString"] and why in answer.json()["statusString"]
    assert "bad-filter" not in client.get("/projects/list")["values"]["stringList"]["values"]


def test_an_empty_filter_is_none(client, make):
    pid = make(**{FILTER: "  "})
    assert client.post(f"/projects/{pid}/learn", frame(["x"], ["C"], [["1"]]))["values"] == {}
    assert uni(client, pid, "x")[0]["count"] == 1


def test_types_are_still_asked_for(client, make):
    pid = make(**{FILTER: "x>1"})
    answer = client.call("POST", f"/projects/{pid}/learn", {"attributeNames": ["x"], "data": [["1"]]})
    assert answer.status == 400 and "attributeTypes" in answer.json()["statusString"]


# --- the hash trick

WORDS = ["north", "south", "ost", "west end", "a=b"]


def hashed(rows, bins):
    """scikit-learn's vectors of rows of a text and a list of texts."""
    pairs = [([("s=" + s, 1)] if s else []) + [("l=" + item, 1) for item in items] for s, items in rows]
    return FeatureHasher(bins, input_type="pair").transform(pairs).toarray()


def some_rows(count, seed):
    rng = random.Random(seed)
    return [(rng.choice(WORDS + [""]), rng.sample(["red", "green", "blue", "Red"], rng.randrange(4)))
            for _ in range(count)]


def sent(rows):
    return [[str(i % 7), s, "|" + "|".join(items) + "|" if items else ""] for i, (s, items) in enumerate(rows)]


def test_hashed_columns_are_scikit_learns(client, make):
    rows, bins = some_rows(300, 1), 16
    pid = make(**{BINS: bins})
    for at in range(0, 300, 70):
        client.post(f"/projects/{pid}/learn", frame(["x", "s", "l"], ["C", "S", "L"], sent(rows)[at:at + 70]))
    want = hashed(rows, bins)
    names = [f"hash${i}" for i in range(bins)]
    for got, column in zip(uni(client, pid, *names), want.T):
        assert got["count"] == 300
        assert got["sum"] == pytest.approx(column.sum(), abs=1e-12)
        assert got["variance"] == pytest.approx(column.var(), abs=1e-12)
    bi = client.post(f"/projects/{pid}/explore", {"values": [{"inputAttributeNames": ["hash$3", "hash$5"]}]}, metric="bi",
                     returnProjectInfo="false")["values"]["KSVDMap"]["values"][0]
    assert bi["covar"] == pytest.approx(np.cov(want[:, 3], want[:, 5], bias=True)[0, 1], abs=1e-12)
    client.post(f"/projects/{pid}/forget", frame(["x", "s", "l"], ["C", "S", "L"], sent(rows)[100:]))
    for got, column in zip(uni(client, pid, *names), want[:100].T):
        assert (got["count"], got["sum"]) == (100, pytest.approx(column.sum(), abs=1e-12))


def test_hashed_rows_are_scored(client, make):
    rows = some_rows(200, 2)
    hashing, plain = make(**{BINS: 4}), make()
    client.post(f"/projects/{hashing}/learn", frame(["x", "s", "l"], ["C", "S", "L"], sent(rows)))
    vectors = hashed(rows, 4)
    data = [[row[0], *map(repr, map(float, v))] for row, v in zip(sent(rows), vectors)]
    columns = ["x", *(f"hash${i}" for i in range(4))]
    client.post(f"/projects/{plain}/learn", frame(columns, ["C"] * 5, data))
    for pid in (hashing, plain):
        client.build(pid, "m", "ecod", {"inputAttributeNames": columns})
    new = some_rows(20, 3)
    want = client.post(f"/projects/{plain}/predict/m", frame(
        columns, ["C"] * 5, [[row[0], *map(repr, map(float, v))] for row, v in zip(sent(new), hashed(new, 4))]))
    for types in (["C", "S", "L"], ["C", "C", "C"]):  # callers of predict may send every column as C
        assert client.post(f"/projects/{hashing}/predict/m", frame(["x", "s", "l"], types, sent(new))) == want


@pytest.mark.parametrize("bins", ["-1", "4097", "many", "1.5"])
def test_bad_bins(client, bins):
    answer = client.call("POST", "/projects", {BINS: bins}, pid="bad-bins")
    assert answer.status == 400 and BINS in answer.json()["statusString"]


def test_a_column_of_that_name(client, make):
    pid = make(**{BINS: 4})
    answer = client.call("POST", f"/projects/{pid}/learn", frame(["hash$1", "s"], ["C", "S"], [["1", "a"]]))
    assert answer.status == 400 and "hash$1" in answer.json()["statusString"]
    assert info(client, pid)["sequence"] == 0


def test_too_much_at_once(client, make):
    pid = make(**{BINS: 4096})
    answer = client.call("POST", f"/projects/{pid}/learn", frame(["s"], ["S"], [["a"]] * 20_000))
    assert answer.status == 400 and "at most 16384 rows" in answer.json()["statusString"]
