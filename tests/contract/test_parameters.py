"""What a project can be told at its creation, as the form of the UI is told it."""
import pytest


@pytest.fixture(name="parameters")
def _parameters(client):
    return client.get("/parameters")["values"]["options"]


def test_every_parameter_explains_itself(parameters):
    names = [each["name"] for each in parameters]
    assert len(set(names)) == len(names)
    assert {"sml_project_rolling_window_size", "sml_project_predicate_row_filter", "decay_halflife_rows",
            "partitionSplit", "sml_project_order", "sml_project_hashtrick_binsize"} <= set(names)
    for each in parameters:
        assert each["type"] in ("integer", "number", "boolean", "choice", "string")
        assert each["help"].endswith(".")
        if each["type"] == "choice":
            assert each["default"] in each["choices"]


def test_defaults_make_a_project(client, parameters):
    body = {each["name"]: each["default"] for each in parameters if "default" in each}
    assert client.call("POST", "/projects", body, pid="defaults").status == 201
    params = client.get("/projects/defaults/info")["values"]["smlInfo"]["params"]
    assert {name: params[name] for name in body} == body
    client.delete("/projects/defaults")


def test_limits_are_those_that_are_told(client, parameters):
    limited = [each for each in parameters if each["type"] in ("integer", "number")]
    assert limited
    for each in limited:
        answer = client.call("POST", "/projects", {each["name"]: str(each["minimum"] - 1)}, pid="limits")
        assert answer.status == 400, each["name"]
        assert each["name"] in answer.json()["statusString"]
