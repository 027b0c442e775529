"""Projects: made, listed, described, changed, removed."""
import pytest

from contract.conftest import rows

INFO = ["pid", "encoderName", "modelsList", "modelTypeList", "dsList", "attributeNames", "attributeIndexes",
        "attributeTypes", "attributeStates", "modelAssessments", "modelPredictions", "params", "hash", "isDirty",
        "categorySeparator", "type", "creationDate", "lastModificationDate", "loaded", "persisted",
        "histogramEnabled", "autoSave"]


def info(client, pid):
    return client.get(f"/projects/{pid}/info")["values"]["smlInfo"]


def unknown(answer, pid="nowhere"):
    assert answer.status == 400
    assert answer.json() == {"statusCode": "BAD_REQUEST", "values": {},
                             "statusString": f"Cannot Find SYMETRYML id[{pid}] for Customer id [c1]"}


def test_create(client):
    made = client.call("POST", "/projects", {"sml_project_autosave": "true", "note": "mine"}, pid="made", type="cpu",
                       persist="true", enableHistogram="true")
    assert made.status == 201
    assert made.body == b'{"statusCode":"CREATED","statusString":"Project Created with id:made","values":{}}'
    assert made.headers["content-type"] == "application/json"
    again = client.call("POST", "/projects", {}, pid="made")
    assert again.status == 409
    assert again.json() == {"statusCode": "CONFLICT", "values": {},
                            "statusString": "Customer [c1] already have SYMETRYML with id[made], "}
    got = info(client, "made")
    assert [key for key in INFO if key not in got] == []
    assert got["params"]["sml_project_autosave"] == "true" and got["params"]["note"] == "mine"
    assert (got["histogramEnabled"], got["persisted"], got["type"]) == (True, True, "cpu")
    client.delete("/projects/made")


@pytest.mark.parametrize("body", [b"", b"{}", b" ", {"values": [{"a": "b"}]}, {"a": 1, "b": True, "c": 0.5}])
def test_creation_bodies(client, body):
    client.post("/projects", body, pid="bodies", ok=(201,))
    client.delete("/projects/bodies")


@pytest.mark.parametrize("body", [b"[]", b"{", b"null", b'{"a":{}}', b'{"a":"\xff"}', b'{"a":1,"a":2}', b"x" * 100])
def test_creation_bodies_refused(client, body):
    assert client.call("POST", "/projects", body, pid="bodies").status == 400
    assert "bodies" not in client.get("/projects/list")["values"]["stringList"]["values"]


@pytest.mark.parametrize("query", [{}, {"pid": ""}, {"pid": "a b"}, {"pid": "a/b"}, {"pid": "x" * 129},
                                   {"pid": "a:b"}, {"pid": "é"}, {"pid": "ok", "type": "abacus"},
                                   {"pid": "ok", "persist": "perhaps"}])
def test_creation_arguments_refused(client, query):
    answer = client.call("POST", "/projects", {}, **query)
    assert answer.status == 400
    assert answer.json()["statusCode"] == "BAD_REQUEST"
    assert "ok" not in client.get("/projects/list")["values"]["stringList"]["values"]


def test_argument_names_in_any_case(client):
    client.post("/projects", {}, PID="cased", EnableHistogram="TRUE", ok=(201,))
    assert info(client, "cased")["histogramEnabled"] is True
    client.delete("/projects/cased")


def test_list(client, project):
    answer = client.call("GET", "/projects/list")
    assert answer.status == 200 and answer.json()["statusCode"] == "OK"
    assert project in answer.json()["values"]["stringList"]["values"]


def test_info(client, learned):
    got = info(client, learned)
    assert got["pid"] == learned
    assert got["attributeNames"] == ["x", "b", "k$red", "k$green", "k$blue"]
    assert got["attributeIndexes"] == [0, 1, 2, 3, 4]
    assert got["attributeTypes"] == ["C", "B", "B", "B", "B"]
    assert got["modelsList"] == [] and got["modelTypeList"] == []
    assert got["rows"] == 60 and got["params"]["rows"] == "60"
    unknown(client.call("GET", "/projects/nowhere/info"))


def test_info_of_all(client, learned):
    now = client.call("GET", "/projects/info", **{"async": "false"})
    assert now.status == 200
    assert learned in [one["pid"] for one in now.json()["values"]["smlInfoList"]["values"]]
    later = client.call("GET", "/projects/info")
    assert later.status == 202
    done = client.wait_job(later.headers["sym-job-id"])
    assert learned in [one["pid"] for one in done.json()["values"]["smlInfoList"]["values"]]


@pytest.mark.parametrize("verb", ["GET", "POST"])
def test_freeze(client, learned, verb):
    assert client.call(verb, f"/projects/{learned}/freeze").status == 200
    assert info(client, learned)["params"]["sml_project_is_freeze"] == "true"
    for call in ("learn", "forget"):
        answer = client.call("POST", f"/projects/{learned}/{call}", rows(1))
        assert answer.status == 409 and learned in answer.json()["statusString"]
    assert info(client, learned)["rows"] == 60
    assert client.call(verb, f"/projects/{learned}/unfreeze").status == 200
    assert client.call(verb, f"/projects/{learned}/unfreeze").status == 200
    client.post(f"/projects/{learned}/learn", rows(1))
    assert info(client, learned)["rows"] == 61


@pytest.mark.parametrize("call", ["save", "freeze", "unfreeze", "unload"])
def test_changes_of_unknown_projects(client, call):
    unknown(client.call("GET", f"/projects/nowhere/{call}"))


def test_save_and_unload(client, learned):
    assert client.call("GET", f"/projects/{learned}/save").status == 200
    assert client.call("POST", f"/projects/{learned}/unload").status == 200
    assert info(client, learned)["rows"] == 60


def test_unload_of_what_is_not_persisted(client):
    client.post("/projects", {}, pid="volatile", persist="false", ok=(201,))
    assert client.call("GET", "/projects/volatile/unload").status == 409
    assert client.call("GET", "/projects/volatile/unload", force="true").status == 200
    unknown(client.call("GET", "/projects/volatile/info"), "volatile")


def test_rename(client, learned, project):
    assert client.call("GET", f"/projects/{learned}/rename", newName="renamed").status == 201
    assert info(client, "renamed")["rows"] == 60
    unknown(client.call("GET", f"/projects/{learned}/info"), learned)
    client.post("/projects", {}, pid="second", ok=(201,))
    taken = client.call("POST", "/projects/second/rename", newName="renamed")
    assert taken.status == 409 and taken.json()["statusCode"] == "CONFLICT"
    assert client.call("GET", "/projects/second/rename").status == 400
    assert client.call("GET", "/projects/second/rename", newName="a b").status == 400
    for name in ("renamed", "second"):
        client.delete(f"/projects/{name}")


def test_delete(client, project):
    gone = client.call("DELETE", f"/projects/{project}")
    assert gone.status == 200
    assert gone.json()["statusString"] == f"deleted Project with id[{project}] from Customer[c1] store"
    again = client.call("DELETE", f"/projects/{project}")
    assert again.status == 400
    assert f"Customer[c1] does not have Project with id[{project}], " in again.json()["statusString"]
    assert f"Cannot Find SYMETRYML id[{project}] for Customer id [c1]" in again.json()["statusString"]


def test_histogram_enable(client):
    client.post("/projects", {}, pid="late", ok=(201,))
    client.post("/projects/late/learn", rows(10))
    question = {"values": [{"inputAttributeNames": ["x"], "extraParameters": {"hist_bins": "2"}}]}
    refused = client.call("POST", "/projects/late/densityEstimate", question)
    assert refused.status == 400 and "histogram" in refused.json()["statusString"]
    assert client.call("POST", "/projects/late/histogramEnable").status == 400
    assert client.call("POST", "/projects/late/histogramEnable", enable="true").status == 200
    client.post("/projects/late/learn", rows(6))
    answer = client.post("/projects/late/densityEstimate", question)
    assert sum(answer["values"]["densityList"]["values"][0]["histogram"]) == 6  # later rows only
    client.delete("/projects/late")


@pytest.mark.parametrize("verb,path,allow", [
    ("PUT", "/projects", "POST"), ("POST", "/projects/list", "GET, DELETE"), ("GET", "/projects/x/learn", "POST"),
    ("DELETE", "/projects/x/info", "GET"), ("PATCH", "/projects/x/models/m", "GET, DELETE")])
def test_wrong_methods(client, verb, path, allow):
    answer = client.call(verb, path)
    assert answer.status == 405
    assert answer.headers["allow"] == allow
    assert answer.json()["statusCode"] == "METHOD_NOT_ALLOWED"


@pytest.mark.parametrize("path", ["/nothing", "/projects/a/b/c/d", "/projects//info"])
def test_unknown_paths(client, path):
    answer = client.call("GET", path)
    assert answer.status == 404 and answer.json()["statusCode"] == "NOT_FOUND"


def test_a_slash_at_the_end(client, learned):
    assert client.call("GET", f"/projects/{learned}/info/").status == 200
