"""Rows in: learn, forget, what is left out, and exactly once."""
import json

import pytest

from contract.conftest import rows


def uni(client, pid, *names):
    answer = client.post(f"/projects/{pid}/explore", {"values": [{"inputAttributeNames": [n]} for n in names]},
                         metric="uni", returnProjectInfo="false")
    return answer["values"]["KSVDMap"]["values"]


def frame(names, types, data, **more):
    return {"attributeNames": names, "attributeTypes": types, "data": data, **more}


def test_learn_answers_as_documented(client, project):
    answer = client.call("POST", f"/projects/{project}/learn", rows(5))
    assert answer.status == 200
    assert answer.body == b'{"statusCode":"OK","statusString":"OK","values":{}}'


def test_learn_and_forget(client, learned):
    before = client.get(f"/projects/{learned}/info")["values"]["smlInfo"]["rows"]
    client.post(f"/projects/{learned}/learn", rows(7, start=1000))
    assert uni(client, learned, "x")[0]["count"] == before + 7
    client.post(f"/projects/{learned}/forget", rows(7, start=1000))
    x, b, red = uni(client, learned, "x", "b", "k$red")
    assert (x["count"], x["mean"]) == (60, 29.5)
    assert (b["count"], b["mean"]) == (60, 0.5)
    assert (red["count"], red["sum"]) == (60, 20)


def test_async(client, project):
    for call in ("learn", "forget"):
        answer = client.call("POST", f"/projects/{project}/{call}", rows(9), **{"async": "true"})
        assert answer.status == 202
        assert answer.body == b'{"statusCode":"ACCEPTED","statusString":"Job Created","values":{}}'
        number = answer.headers["sym-job-id"]
        assert answer.headers["location"] == f"{client.url}/symetry/rest/c1/jobs/{number}"
        done = client.wait_job(number)
        assert (done.status, done.json()["statusString"]) == (200, "Job is finished")
        assert client.call("GET", f"/jobs/{number}").status == 200  # readable again
    assert uni(client, project, "x")[0]["count"] == 0


def test_cells_of_every_kind(client, project):
    data = [["1.5", "1", "a"], [2.5, 1, "b"], ["", "", ""], [None, None, None], ["NaN", "null", " A "], ["1e3", "0.0", "c"]]
    client.post(f"/projects/{project}/learn", frame(["x", "b", "k"], ["C", "B", "T"], data))
    x, b, a = uni(client, project, "x", "b", "k$a")
    assert (x["count"], x["sum"]) == (3, 1004)
    assert (b["count"], b["sum"]) == (3 + 1 - 1, 2)
    assert (a["count"], a["sum"]) == (4, 2)


def test_member_order_and_unknown_members(client, project):
    body = b'{"later":[1,{}],"data":[["1"],["2"]],"errorHandling":1,"attributeTypes":["C"],"attributeNames":["x"]}'
    client.post(f"/projects/{project}/learn", body)
    assert uni(client, project, "x")[0]["sum"] == 3


def test_no_rows(client, project):
    client.post(f"/projects/{project}/learn", frame(["x"], ["C"], []))


def test_bad_cells_by_error_handling(client, project):
    data = [["1", "1"], ["junk", "1"], ["3", "7"], ["1e300", "0"]]
    refused = client.call("POST", f"/projects/{project}/learn", frame(["x", "b"], ["C", "B"], data, errorHandling=0))
    assert refused.status == 400 and "junk" in refused.json()["statusString"]
    assert client.get(f"/projects/{project}/info")["values"]["smlInfo"]["attributeNames"] == []
    answer = client.post(f"/projects/{project}/learn", frame(["x", "b"], ["C", "B"], data, errorHandling=1))
    assert answer["values"]["rejectedCells"] == 3
    x, b = uni(client, project, "x", "b")
    assert (x["count"], x["sum"], b["count"], b["sum"]) == (2, 4, 3, 2)
    client.post(f"/projects/{project}/learn", frame(["x", "b"], ["C", "B"], data, errorHandling=2))
    x, b = uni(client, project, "x", "b")
    assert (x["count"], x["sum"], b["count"], b["sum"]) == (3, 5, 4, 3)


@pytest.mark.parametrize("body", [
    b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"attributeNames":["x"]}', b'{"attributeNames":["x"],"data":[["1"]]}',
    json.dumps(frame(["x", "x"], ["C", "C"], [["1", "2"]])).encode(),
    json.dumps(frame(["x"], ["C", "B"], [["1"]])).encode(),
    json.dumps(frame(["x"], ["Q"], [["1"]])).encode(),
    json.dumps(frame(["x"], [5], [["1"]])).encode(),
    json.dumps(frame(["x"], ["C"], [["1"]]))[:-5].encode(),
    json.dumps(frame(["x"], ["C"], {"a": 1})).encode(),
    json.dumps(frame(["x"], ["C"], [[[1]]], errorHandling=0)).encode(),
    b'{"attributeNames":["x"],"attributeTypes":["C"],"data":' + b"[" * 100_000,
])
def test_bodies_refused(client, project, body):
    answer = client.call("POST", f"/projects/{project}/learn", body)
    assert answer.status == 400, answer.body[:300]
    assert answer.json()["statusCode"] == "BAD_REQUEST" and answer.json()["statusString"]
    assert client.get(f"/projects/{project}/info")["values"]["smlInfo"]["sequence"] == 0


def test_a_column_keeps_its_type(client, learned):
    answer = client.call("POST", f"/projects/{learned}/learn", frame(["x"], ["T"], [["a"]], errorHandling=0))
    assert answer.status == 400 and "x" in answer.json()["statusString"]
    assert client.get(f"/projects/{learned}/info")["values"]["smlInfo"]["rows"] == 60


def test_a_million_columns(client, project):
    names = [f"c{i}" for i in range(1_000_000)]
    answer = client.call("POST", f"/projects/{project}/learn", frame(names, ["C"] * len(names), []))
    assert answer.status == 400, answer.body[:300]
    assert client.call("GET", f"/projects/{project}/info").status == 200


def test_unknown_project(client):
    for call in ("learn", "forget"):
        for later in ("false", "true"):
            answer = client.call("POST", f"/projects/nowhere/{call}", rows(1), **{"async": later})
            assert answer.status == 400
            assert answer.json()["statusString"] == "Cannot Find SYMETRYML id[nowhere] for Customer id [c1]"


def test_a_large_body(client, project):
    count = 200_000
    body = json.dumps(frame(["x", "y"], ["C", "C"], [[str(i), "1.25"] for i in range(count)])).encode()
    client.post(f"/projects/{project}/learn", body)
    assert uni(client, project, "x")[0]["count"] == count


def source(start, end, **more):
    return {"id": "sink@cluster", "topic": "t", "partition": 0, "from": start, "next": end,
            "offsets": list(range(start, end)), **more}


def test_exactly_once(client, project):
    def send(start, end, **more):
        body = rows(end - start, start)
        body["source"] = source(start, end, **more)
        return client.call("POST", f"/projects/{project}/learn", body)

    first = send(100, 110)
    assert first.status == 200 and first.json()["values"] == {"repeat": False, "rows": 10, "position": 110}
    assert send(100, 110).json()["values"] == {"repeat": True, "rows": 0, "position": 110}
    assert send(105, 115).json()["values"] == {"repeat": False, "rows": 5, "position": 115}
    gap = send(120, 125)
    assert gap.status == 409
    assert gap.json()["statusCode"] == "CONFLICT" and gap.json()["values"]["position"] == 115
    assert send(120, 125, reset=True).status == 200
    assert send(0, 5, epoch=1).status == 200
    assert send(125, 130).status == 409  # of an older epoch
    x = uni(client, project, "x")[0]
    assert x["count"] == 10 + 5 + 5 + 5


@pytest.mark.parametrize("wrong", [
    {"partition": -1}, {"next": 1}, {"offsets": [0]}, {"offsets": [1, 0]}, {"offsets": "x"}, {"id": ""}, {"topic": 5}])
def test_bad_sources(client, project, wrong):
    body = rows(2)
    body["source"] = {**source(0, 2), **wrong}
    answer = client.call("POST", f"/projects/{project}/learn", body)
    assert answer.status == 400, answer.body
    assert client.get(f"/projects/{project}/info")["values"]["smlInfo"]["rows"] == 0


def test_rows_of_mostly_nothing(client, project):
    """26 columns, 210 of 260 cells null, some columns null throughout: every column counts for itself."""
    data = [[str(row) if (row * 7 + column * 3) % 26 < 5 and column < 23 else None for column in range(26)]
            for row in range(10)]
    names = [f"n{i}" for i in range(26)]
    client.post(f"/projects/{project}/learn", frame(names, ["C"] * 26, data))
    counts = [answer["count"] for answer in uni(client, project, *names)]
    assert counts == [sum(row[i] is not None for row in data) for i in range(26)]
    assert client.get(f"/projects/{project}/info")["values"]["smlInfo"]["rows"] == 10


@pytest.mark.parametrize("cell", ["1e300", "1e400", "-1e400", "1e76", "0x10", "1,5", "1 2", "1_000"])
def test_refusals_name_the_cell(client, project, cell):
    for form in (json.dumps(cell, ensure_ascii=False), cell if cell.endswith("00") and "_" not in cell else '"%s"' % cell):
        body = '{"attributeNames":["x"],"attributeTypes":["C"],"data":[["1"],[%s]],"errorHandling":0}' % form
        answer = client.call("POST", f"/projects/{project}/learn", body.encode())
        text = answer.json()["statusString"]
        assert answer.status == 400 and "row 1" in text and "column x" in text
        assert cell.replace("1e", "1e+") in text or cell in text
    assert client.get(f"/projects/{project}/info")["values"]["smlInfo"]["sequence"] == 0


def test_forget_is_the_inverse_of_learn(client, project):
    names, types = ["x", "b", "k"], ["C", "B", "T"]
    first = [[str(i * 0.37 - 3), str(i % 2), "abc"[i % 3]] if i % 5 else ["", "", ""] for i in range(100)]
    junk = [["-0.125", "1", "zz", "3"], ["77.7", "", "a", "4"], ["", "0", "", "5"]]
    client.post(f"/projects/{project}/learn", frame(names, types, first))
    before = uni(client, project, "x", "b", "k$a")
    for call in ("learn", "forget"):
        client.post(f"/projects/{project}/{call}", frame([*names, "new"], [*types, "C"], junk))
    after = uni(client, project, "x", "b", "k$a")
    for was, now in zip(before, after):
        for key in was.keys() - {"min", "max"}:  # bounds from now on
            assert now[key] == was[key], key
    new, zz = uni(client, project, "new", "k$zz")
    assert (new["count"], zz["count"], zz["sum"]) == (0, 80, 0)
    client.post(f"/projects/{project}/forget", frame(["late"], ["C"], [["9"]]))
    client.post(f"/projects/{project}/learn", frame(["late"], ["C"], [["9"]]))
    assert uni(client, project, "late")[0]["count"] == 0
