"""weir export and weir import: the same bytes in a file, on a server, and back."""
import json

import pytest

from support.programs import SECRET, SOURCE, run, server, user
from support.weir_client import Client

DATA = SOURCE / "tests" / "data"


@pytest.fixture(scope="module")
def reach(tmp_path_factory):
    """The flags that reach a running server, and a client of it."""
    data = tmp_path_factory.mktemp("weir") / "data"
    user(data)
    with server(data) as program:
        yield ["--url", program.url, "--user", "c1", "--secret", SECRET], Client(program.url)


def test_import_and_export_keep_every_byte(reach, tmp_path):
    flags, client = reach
    file, back = tmp_path / "a.weir", tmp_path / "b.weir"
    run("summarize", DATA / "pima.csv", "--histograms", "-o", file)
    run("import", "pima", file, *flags)
    run("export", "pima", "-o", back, *flags)
    assert file.read_bytes() == back.read_bytes()
    info = client.get("/projects/pima/info")["values"]["smlInfo"]
    assert info["persisted"] and info["histogramEnabled"] and "glucose" in info["attributeNames"]
    uni = json.loads(run("explore", file, "uni", "--json", "--attribute", "glucose").stdout)[0]["values"]
    there = client.post("/projects/pima/explore", {"values": [{"inputAttributeNames": ["glucose"]}]}, metric="uni")
    assert there["values"]["KSVDMap"]["values"][0] == uni


def test_what_a_server_learned_merges_with_a_file(reach, tmp_path):
    flags, client = reach
    client.post("/projects", {}, pid="live", ok=(201,))
    client.post("/projects/live/learn", {"attributeNames": ["x", "y"], "attributeTypes": ["C", "C"],
                                         "data": [["1", "2"], ["3", ""], ["5", "7"]]})
    (tmp_path / "rows.csv").write_text("x,y\n10,20\n,30\n")
    run("summarize", tmp_path / "rows.csv", "--types", "C,C", "-o", tmp_path / "rows.weir")
    run("export", "live", "-o", tmp_path / "live.weir", *flags)
    run("merge", tmp_path / "live.weir", tmp_path / "rows.weir", "-o", tmp_path / "all.weir")
    got = {a["inputs"][0]: a["values"] for a in json.loads(run("explore", tmp_path / "all.weir", "--json").stdout)}
    assert (got["x"]["count"], got["x"]["sum"], got["y"]["count"], got["y"]["sum"]) == (4, 19, 4, 59)
    pair = json.loads(run("explore", tmp_path / "all.weir", "bi", "--json").stdout)[0]["values"]
    assert pair["count"] == 3


@pytest.mark.parametrize("command,words", [
    (["export", "nowhere"], "Cannot Find SYMETRYML id[nowhere]"),
    (["import", "taken", DATA / "pima.csv"], "pima.csv"),
])
def test_refusals_name_the_thing(reach, command, words):
    done = run(*command, *reach[0], check=False)
    assert done.returncode == 1 and words in done.stderr


def test_a_name_that_is_taken_and_a_server_that_is_not_there(reach, tmp_path):
    flags, _ = reach
    (tmp_path / "rows.csv").write_text("x\n1\n")
    run("summarize", tmp_path / "rows.csv", "-o", tmp_path / "x.weir")
    run("import", "taken", tmp_path / "x.weir", *flags)
    assert "409" in run("import", "taken", tmp_path / "x.weir", *flags, check=False).stderr
    away = ["--url", "http://127.0.0.1:9", "--user", "c1", "--secret", SECRET]
    assert run("export", "taken", *away, check=False).returncode == 3
