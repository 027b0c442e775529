"""Models and jobs."""
import json

import pytest

from contract.conftest import rows


def test_build_describe_predict_delete(client, learned):
    answer = client.call("POST", f"/projects/{learned}/build",
                         {"inputAttributeNames": ["x", "b"], "extraParameters": {"note": "mine"}},
                         modelid="m1", algo="hba")
    assert answer.status == 202
    assert answer.body == b'{"statusCode":"ACCEPTED","statusString":"Job Created","values":{}}'
    number = answer.headers["sym-job-id"]
    assert number.isdigit()
    assert answer.headers["location"] == f"{client.url}/symetry/rest/c1/jobs/{number}"
    done = client.wait_job(number)
    assert done.body == b'{"statusCode":"OK","statusString":"Job is finished","values":{}}'

    info = client.get(f"/projects/{learned}/info")["values"]["smlInfo"]
    assert (info["modelsList"], info["modelTypeList"]) == (["m1"], ["hba"])
    model = client.get(f"/projects/{learned}/models/m1")["values"]["modelInfo"]
    assert (model["modelId"], model["modelType"], model["modelBuilt"]) == ("m1", "hba", 1)
    assert (model["attributeNames"], model["attributeIndexes"], model["attributeTypes"]) == (["x", "b"], [0, 1],
                                                                                             ["C", "B"])
    assert (model["targetNames"], model["targetindexes"]) == ([], [])
    assert (model["predictInfo"], model["scoreInfo"]) == (["res", "anomaly_score"], ["anomaly_score"])
    assert "No Error" in model["info"]["buildStatus"] and model["info"]["note"] == "mine"
    assert all(isinstance(v, str) for v in model["info"].values())
    assert isinstance(model["extra"], dict) and model["creationDate"] > 1.6e12

    got = client.call("POST", f"/projects/{learned}/predict/m1",
                      {"attributeNames": ["other", "b", "x"], "attributeTypes": ["C", "C", "C"],
                       "data": [["?", "1", "30"], ["", "", ""], ["a", "0", "1000"]]})
    assert got.status == 200 and got.headers["weir-model-version"] == "1"
    scores = got.json()["values"]["KSVSMap"]["values"]
    assert [list(row) for row in scores] == [["res", "anomaly_score"]] * 3
    assert all(isinstance(v, str) for row in scores for v in row.values())
    assert float(scores[2]["anomaly_score"]) > float(scores[0]["anomaly_score"])
    assert (scores[0]["res"], scores[2]["res"]) == ("0", "1")

    client.build(learned, "m1", "hba", {"inputAttributeNames": ["x"]})
    assert client.get(f"/projects/{learned}/models/m1")["values"]["modelInfo"]["modelBuilt"] == 2
    assert client.call("DELETE", f"/projects/{learned}/models/m1").status == 200
    assert client.get(f"/projects/{learned}/info")["values"]["smlInfo"]["modelsList"] == []


def no_model(answer, name):
    assert answer.status == 500
    assert answer.json() == {"statusCode": "INTERNAL_SERVER_ERROR", "values": {},
                             "statusString": f"Generic Exception <Error no such model <{name}>>"}


def test_unknown_model(client, learned):
    no_model(client.call("POST", f"/projects/{learned}/predict/gone", rows(1)), "gone")
    no_model(client.call("GET", f"/projects/{learned}/models/gone"), "gone")
    no_model(client.call("DELETE", f"/projects/{learned}/models/gone"), "gone")
    no_model(client.call("GET", f"/projects/{learned}/models/a%20b%2Fc"), "a b/c")
    assert client.call("POST", "/projects/nowhere/predict/m", rows(1)).status == 400


def test_predict_refused(client, learned):
    client.build(learned, "m", "hba")
    for body in (b"", b"{", {"attributeNames": ["zzz"], "attributeTypes": ["C"], "data": [["1"]]}):
        answer = client.call("POST", f"/projects/{learned}/predict/m", body)
        assert answer.status == 400 and answer.json()["statusString"]
    empty = client.post(f"/projects/{learned}/predict/m", {"attributeNames": ["x"], "attributeTypes": ["C"], "data": []})
    assert empty["values"]["KSVSMap"]["values"] == []


def test_category_inputs(client, learned):
    client.build(learned, "k", "hba", {"inputAttributeNames": ["k"]})
    model = client.get(f"/projects/{learned}/models/k")["values"]["modelInfo"]
    assert model["attributeNames"] == ["k$red", "k$green", "k$blue"]
    got = client.post(f"/projects/{learned}/predict/k",
                      {"attributeNames": ["k"], "attributeTypes": ["C"], "data": [[" RED "], ["violet"]]})
    scores = [float(row["anomaly_score"]) for row in got["values"]["KSVSMap"]["values"]]
    assert scores[1] != scores[0]


def test_ids_and_names(client, learned):
    for context in ({"inputAttributes": ["0", "1"]}, {"inputAttributes": [0, 1], "inputAttributeNames": []},
                    {"inputAttributeNames": ["x", "b"], "inputAttributes": []}):
        client.build(learned, "ids", "ecod", context)
        assert client.get(f"/projects/{learned}/models/ids")["values"]["modelInfo"]["attributeNames"] == ["x", "b"]


@pytest.mark.parametrize("query,words", [
    ({"algo": "hba"}, "modelid"), ({"modelid": "m"}, "algo"), ({"modelid": "m", "algo": "magic"}, "magic"),
    ({"modelid": "", "algo": "hba"}, "modelid")])
def test_builds_refused_at_once(client, learned, query, words):
    answer = client.call("POST", f"/projects/{learned}/build", {}, **query)
    assert answer.status == 400 and words in answer.json()["statusString"]


def test_options_refused_at_once(client, learned):
    answer = client.call("POST", f"/projects/{learned}/build", {"extraParameters": {"n_bins": "many"}},
                         modelid="m", algo="hba")
    assert answer.status == 400 and "n_bins" in answer.json()["statusString"]


def test_a_failed_build_says_so_and_leaves_no_model(client, learned):
    answer = client.call("POST", f"/projects/{learned}/build", {"inputAttributeNames": ["nowhere"]}, modelid="bad",
                         algo="hba")
    done = client.wait_job(answer.headers["sym-job-id"])
    assert done.status == 500 and done.json()["statusCode"] == "INTERNAL_SERVER_ERROR"
    assert "nowhere" in done.json()["statusString"]
    assert done.json()["values"]["jobinfo"]["isDone"] is True
    assert client.get(f"/projects/{learned}/info")["values"]["smlInfo"]["modelsList"] == []


def test_histograms_are_needed(client):
    client.post("/projects", {}, pid="bare", ok=(201,))
    client.post("/projects/bare/learn", rows(20))
    answer = client.call("POST", "/projects/bare/build", {}, modelid="m", algo="hba")
    done = client.wait_job(answer.headers["sym-job-id"])
    assert done.status == 500 and "histogram" in done.json()["statusString"]
    client.delete("/projects/bare")


def test_models_do_not_change_by_learning(client, learned):
    client.build(learned, "still", "hba")
    body = {"attributeNames": ["x"], "attributeTypes": ["C"], "data": [["10"], ["55.5"]]}
    before = client.post(f"/projects/{learned}/predict/still", body)
    client.post(f"/projects/{learned}/learn", rows(500, start=1000))
    assert client.post(f"/projects/{learned}/predict/still", body) == before


def test_model_bytes(client, learned):
    client.build(learned, "b", "hba")
    first = client.call("GET", f"/projects/{learned}/models/b/bytes")
    assert first.status == 200 and first.body[:4] == b"WEIR" and first.headers["weir-model-version"] == "1"
    same = client.call("GET", f"/projects/{learned}/models/b/bytes", version=1)
    assert (same.status, same.body) == (200, b"")
    assert client.call("GET", f"/projects/{learned}/models/b/bytes", version=7).body == first.body


def test_jobs(client, learned):
    answer = client.call("POST", f"/projects/{learned}/build", {}, modelid="j", algo="hba")
    number = int(answer.headers["sym-job-id"])
    client.wait_job(number)
    jobs = {job["jobId"]: job for job in client.get("/jobs")["values"]["jobinfoList"]}
    assert (jobs[number]["owner"], jobs[number]["isDone"], jobs[number]["isStarted"]) == ("c1", True, True)
    gone = client.call("DELETE", f"/jobs/{number}")
    assert gone.status == 202  # it has ended
    for unknown in ("999999", "x", "-1", "99999999999999999999999999"):
        for verb in ("GET", "DELETE"):
            answer = client.call(verb, f"/jobs/{unknown}")
            assert (answer.status, answer.json()["statusString"]) == (400, "No such job")


def test_algorithms(client):
    listed = {one["id"]: one for one in client.get("/algorithms")["values"]["algorithms"]}
    assert {"hba", "ecod"} <= set(listed)
    for one in listed.values():
        assert one["title"] and one["help"] and one["kind"] and one["targets"]
        for option in one["options"]:
            assert option["name"] and option["help"] and option["type"] in ("integer", "number", "boolean", "choice")
            if option["type"] == "choice":
                assert option["default"] in option["choices"]
    hba = {option["name"]: option for option in listed["hba"]["options"]}
    assert hba["hba_type"]["choices"] == ["density", "hbos"] and hba["hba_type"]["default"] == "density"
    assert json.dumps(listed)


@pytest.mark.parametrize("data,more", [([["1"], ["2", "3"], ["4"]], {}), ([["1"], [], ["4"]], {"errorHandling": 1}),
                                       ([["1"], ["junk"], ["4"]], {"errorHandling": 2})])
def test_no_row_is_left_without_a_score(client, learned, data, more):
    """Answers are matched to rows by their place: a row that would be left out refuses the call by its number."""
    client.build(learned, "m", "hba", {"inputAttributeNames": ["x"]})
    body = {"attributeNames": ["x"], "attributeTypes": ["C"], "data": data, **more}
    answer = client.call("POST", f"/projects/{learned}/predict/m", body)
    assert answer.status == 400 and "row 1" in answer.json()["statusString"]
    body["data"][1] = ["junk"]
    body.pop("errorHandling", None)
    values = client.post(f"/projects/{learned}/predict/m", body)["values"]["KSVSMap"]["values"]
    assert len(values) == 3 and all(float(row["res"]) in (0, 1) for row in values)


@pytest.mark.parametrize("name", ["a/b", "x" * 257, "a\nb"])
def test_model_names_refused_at_once(client, learned, name):
    answer = client.call("POST", f"/projects/{learned}/build", {}, modelid=name, algo="hba")
    assert answer.status == 400 and "model name" in answer.json()["statusString"]


@pytest.mark.parametrize("option,value", [("refresh_rows", "-5"), ("refresh_ms", "soon"), ("refresh_rows", "1e30")])
def test_refreshes_refused_at_once(client, learned, option, value):
    answer = client.call("POST", f"/projects/{learned}/build", {"extraParameters": {option: value}}, modelid="m",
                         algo="hba")
    assert answer.status == 400
    assert option in answer.json()["statusString"] and value in answer.json()["statusString"]


def test_a_finished_job_is_at_its_maximum(client, learned):
    answers = [client.call("GET", "/projects/info"),
               client.call("POST", f"/projects/{learned}/explore", {"values": [{"inputAttributeNames": ["x"]}]},
                           metric="uni", **{"async": "true"})]
    for answer in answers:
        number = int(answer.headers["sym-job-id"])
        client.wait_job(number)
        job = next(job for job in client.get("/jobs")["values"]["jobinfoList"] if job["jobId"] == number)
        assert job["isDone"] and job["current"] == job["maximum"] > 0
