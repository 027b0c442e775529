"""Fusion projects: the merge of projects on other servers, asked when they are read, and only for what is new."""
import base64
import itertools
import json
import socket

import numpy as np
import pytest

from support.browser import Browser
from support.envelope import hide, show
from support.programs import SECRET, server, user
from support.weir_client import Client

OTHER_SECRET = base64.b64encode(bytes(range(40, 72))).decode()
_numbers = itertools.count(1)
VARIABLES = ["x", "y"]


@pytest.fixture(scope="module")
def eager(tmp_path_factory):
    """A server that asks the cells before each reading, and its client; it can be started again."""
    class Server:
        data = tmp_path_factory.mktemp("eager") / "data"

        def start(self, *more):
            self.program = server(self.data, *(more or ("--fusion-prefetch", "-1")))
            self.client = Client(self.program.url)

        def end(self):
            self.client.close()
            assert self.program.stop() == 0, self.program.errors()
            assert "AddressSanitizer" not in self.program.errors()
    made = Server()
    user(made.data)
    made.start()
    yield made
    made.end()


@pytest.fixture(scope="module")
def far(tmp_path_factory):
    """Another server, whose user has another secret."""
    data = tmp_path_factory.mktemp("far") / "data"
    user(data, "c2", OTHER_SECRET)
    with server(data) as program:
        client = Client(program.url, "c2", OTHER_SECRET)
        yield client
        client.close()
        assert program.stop() == 0, program.errors()


def fresh(word):
    return f"{word}{next(_numbers)}"


def teach(client, pid, rows):
    client.post(f"/projects/{pid}/learn", {"attributeNames": VARIABLES, "attributeTypes": ["C", "C"],
                                           "data": np.asarray(rows, float).tolist()})


def cell_on(client, rows=()):
    """A project with these rows, as a cell of a fusion project."""
    pid = fresh("cell")
    client.post("/projects", {}, ok=(201,), pid=pid, enableHistogram="true")
    if len(rows):
        teach(client, pid, rows)
    return {"host": client.url, "cid": client.cid, "sk": client.secret, "pid": pid}


def explore(client, pid, metric, names):
    return client.post(f"/projects/{pid}/explore", {"values": [{"inputAttributeNames": names}]}, metric=metric,
                       returnProjectInfo="false")["values"]["KSVDMap"]["values"][0]


def info_of(client, pid):
    return client.get(f"/projects/{pid}/info")["values"]["smlInfo"]


def fuse(client, cells, **query):
    pid = fresh("fused")
    client.post("/projects/fusion/create", hide({"values": cells}), ok=(201,), pid=pid, **query)
    return pid


def check(client, pid, rows):
    """What the project says of all rows, beside numpy."""
    table = np.asarray(rows, float)
    one, both = explore(client, pid, "uni", ["x"]), explore(client, pid, "bi", VARIABLES)
    assert one["count"] == len(table)
    assert one["mean"] == pytest.approx(table[:, 0].mean(), rel=1e-12)
    assert one["variance"] == pytest.approx(table[:, 0].var(), rel=1e-10)
    assert both["covar"] == pytest.approx(np.cov(table.T, ddof=0)[0, 1], abs=1e-4)


def rows_of(seed, count):
    generator = np.random.default_rng(seed)
    x = generator.integers(0, 1000, count)
    return np.stack([x, 3 * x + generator.integers(0, 50, count)], axis=1)


def test_it_is_the_merge_of_its_cells(eager, client, far):
    here, there, own = rows_of(1, 200), rows_of(2, 150), rows_of(3, 70)
    cells = [cell_on(client, here), cell_on(far, there), cell_on(eager.client, own)]
    pid = fuse(eager.client, cells)
    check(eager.client, pid, np.concatenate([here, there, own]))
    # what a cell learns later is in the next answer
    more = rows_of(4, 90)
    teach(far, cells[1]["pid"], more)
    check(eager.client, pid, np.concatenate([here, there, own, more]))
    # models and densities are made of it like of any project
    eager.client.build(pid, "line", "mlr", {"targetAttributeNames": ["y"], "inputAttributeNames": ["x"]})
    scored = eager.client.post(f"/projects/{pid}/predict/line", {"attributeNames": ["x"], "attributeTypes": ["C"],
                                                                 "data": [[100]]})
    slope, base = np.polyfit(*np.concatenate([here, there, own, more]).T, 1)
    assert float(scored["values"]["KSVSMap"]["values"][0]["res"]) == pytest.approx(base + 100 * slope, rel=1e-9)
    density = eager.client.post(f"/projects/{pid}/densityEstimate", {
        "values": [{"inputAttributeNames": ["x"], "extraParameters": {"hist_bins": "8"}}]})
    assert sum(density["values"]["densityList"]["values"][0]["histogram"]) == pytest.approx(510)
    described = info_of(eager.client, pid)
    assert described["type"] == "fusion" and "fusion_fetch_error" not in described["params"]
    assert show(described["fusionCellInfoList"]) == {"values": cells} == show(described["fusionCellInfo"])
    assert "fusionCellInfoList" not in described["params"]


def test_it_learns_nothing_by_itself(eager, client):
    pid = fuse(eager.client, [cell_on(client, rows_of(5, 20))])
    frame = {"attributeNames": VARIABLES, "attributeTypes": ["C", "C"], "data": [[1, 2]]}
    for call in ("learn", "forget"):
        answer = eager.client.call("POST", f"/projects/{pid}/{call}", frame)
        assert answer.status == 409 and "put together by its cells" in answer.json()["statusString"]
    answer = eager.client.call("GET", f"/projects/{pid}/export")
    assert answer.status == 400 and "fusion" in answer.json()["statusString"]
    eager.client.post("/dss/create", {"type": "http", "name": "rows", "info": {"path": "http://127.0.0.1:1/x.csv"}},
                      ok=(201, 409))
    answer = eager.client.call("POST", f"/projects/{pid}/addds/rows")
    assert answer.status == 400 and "fusion" in answer.json()["statusString"]
    check(eager.client, pid, rows_of(5, 20))


def test_a_cell_that_is_gone_stays_in_as_it_was(eager, client, far):
    here, there = rows_of(6, 40), rows_of(7, 30)
    cells = [cell_on(client, here), cell_on(far, there)]
    pid = fuse(eager.client, cells)
    check(eager.client, pid, np.concatenate([here, there]))
    far.delete(f"/projects/{cells[1]['pid']}")
    check(eager.client, pid, np.concatenate([here, there]))
    error = info_of(eager.client, pid)["params"]["fusion_fetch_error"]
    assert cells[1]["pid"] in error and cells[1]["host"] in error
    # the others still bring what is new; the error goes with its cause
    teach(client, cells[0]["pid"], rows_of(8, 10))
    check(eager.client, pid, np.concatenate([here, there, rows_of(8, 10)]))
    eager.client.post(f"/projects/fusion/{pid}/updateCellsInfo", hide({"values": cells[:1]}))
    check(eager.client, pid, np.concatenate([here, rows_of(8, 10)]))
    assert "fusion_fetch_error" not in info_of(eager.client, pid)["params"]


def test_the_state_of_cells(eager, client, far):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        cells = [cell_on(client), cell_on(far) | {"pid": "nothing"}, cell_on(far) | {"sk": SECRET},
                 cell_on(far) | {"host": f"http://127.0.0.1:{nobody.getsockname()[1]}"}]
        pid = fuse(eager.client, cells[:1])
        answer = eager.client.post(f"/projects/fusion/{pid}/cellsStatus", hide({"values": cells}))
    found = show(answer["values"]["cellsStatusEncrypted"])["values"]
    assert [set(cell) for cell in found] == [{"host", "cid", "status", "pid"}] * 4
    assert [cell["pid"] for cell in found] == [cell["pid"] for cell in cells]
    assert found[0]["status"] == "OK" and "nothing" in found[1]["status"]
    assert "Invalid Signature" in found[2]["status"] and all(cell["status"] != "OK" for cell in found[1:])


def test_it_survives_a_restart_a_rename_and_goes_when_deleted(eager, client):
    rows = rows_of(9, 60)
    pid, cell = fresh("fused"), cell_on(client, rows)
    eager.client.post("/projects/fusion/create", hide({"values": [cell]}), ok=(201,), pid=pid)
    assert eager.client.call("POST", "/projects/fusion/create", hide({"values": [cell]}), pid=pid).status == 409
    check(eager.client, pid, rows)
    eager.client.post(f"/projects/{pid}/rename", ok=(201,), newName=pid + "b")
    eager.end()
    eager.start()
    check(eager.client, pid + "b", rows)
    teach(client, cell["pid"], rows_of(10, 15))
    check(eager.client, pid + "b", np.concatenate([rows, rows_of(10, 15)]))
    eager.client.delete(f"/projects/{pid}b")
    pid = fuse(eager.client, [cell], persist="false")
    check(eager.client, pid, np.concatenate([rows, rows_of(10, 15)]))
    eager.client.delete(f"/projects/{pid}")


def test_cells_are_not_asked_again_at_once(client, far):
    """The server of the other tests has the default pause of 15 s."""
    cell = cell_on(far, rows_of(11, 25))
    pid = fuse(client, [cell])
    check(client, pid, rows_of(11, 25))
    teach(far, cell["pid"], rows_of(12, 5))
    check(client, pid, rows_of(11, 25))


def test_what_has_not_changed_is_not_sent(client, project):
    teach(client, project, rows_of(13, 50))
    first = client.call("GET", f"/projects/{project}/export")
    tag = first.headers["etag"]
    assert first.status == 200 and tag.startswith('"')
    again = client.call("GET", f"/projects/{project}/export", headers={"If-None-Match": tag})
    assert (again.status, again.body, again.headers["etag"]) == (304, b"", tag)
    teach(client, project, rows_of(14, 1))
    later = client.call("GET", f"/projects/{project}/export", headers={"If-None-Match": tag})
    assert later.status == 200 and later.headers["etag"] != tag
    for other in ("", '"', "x", '"' + "9" * 300 + '"'):
        assert client.call("GET", f"/projects/{project}/export", headers={"If-None-Match": other}).status == 200


@pytest.mark.parametrize("body, word", [
    ({}, "no list of cells"), ({"values": {}}, "no list of cells"), ({"values": [7]}, "lacks its host"),
    ({"values": [{"host": "http://h", "cid": "c", "sk": "s"}]}, "lacks its pid"),
    ({"values": [{"host": "", "cid": "c", "sk": "s", "pid": "p"}]}, "lacks its host"),
    ({"values": [{"host": "ftp://h", "cid": "c", "sk": "s", "pid": "p"}]}, "no URL"),
    ({"values": [{"host": "http://" + "h" * 40000, "cid": "c", "sk": "s", "pid": "p"}]}, "longer than"),
])
def test_what_is_wrong_with_a_list(client, body, word):
    for send in (hide(body), body):
        answer = client.call("POST", "/projects/fusion/create", send, pid=fresh("bad"))
        assert answer.status in (400, 413) and word in answer.json()["statusString"]


def test_other_projects_have_no_cells(client, project):
    answer = client.call("POST", f"/projects/fusion/{project}/updateCellsInfo", {"values": []})
    assert answer.status == 400 and "no fusion project" in answer.json()["statusString"]
    answer = client.call("POST", "/projects", {}, pid=fresh("plain"), type="fusion")
    assert answer.status == 400 and "projects/fusion/create" in answer.json()["statusString"]


def test_a_session_is_answered_plainly_and_told_no_secret(running, client, far):
    browser = Browser(running.url)
    assert browser.sign_in().status == 200
    there, here = cell_on(far, rows_of(15, 12)), cell_on(client, rows_of(16, 8))
    told = [{key: cell[key] for key in ("host", "cid", "pid")} for cell in (there, here)]
    pid, root = fresh("fused"), "/symetry/rest/c1/projects"

    def post(path, cells):
        return browser.call("POST", root + path, json.dumps({"values": cells}).encode())
    asked = post(f"/fusion/{pid}/cellsStatus", [there, here | {"pid": "nothing"}])
    statuses = [cell["status"] for cell in asked.json()["values"]["cellsStatus"]["values"]]
    assert statuses[0] == "OK" and "nothing" in statuses[1]
    assert post(f"/fusion/create?pid={pid}", [there]).status == 201
    listed = browser.call("GET", f"{root}/fusion/{pid}/cells")
    assert listed.json()["values"] == {"fusionCells": {"values": told[:1]}}
    # a cell that comes back as it was listed keeps its secret; one that differs in anything needs its own
    kept = there | {"sk": ""}
    asked = post(f"/fusion/{pid}/cellsStatus", [kept]).json()["values"]["cellsStatus"]["values"]
    assert asked == [told[0] | {"status": "OK"}]
    for other in ({"host": client.url}, {"cid": "c3"}, {"pid": here["pid"]}):
        for path in ("cellsStatus", "updateCellsInfo"):
            answer = post(f"/fusion/{pid}/{path}", [kept | other])
            assert answer.status == 400 and "lacks its sk" in answer.json()["statusString"]
    assert post(f"/fusion/{pid}/updateCellsInfo", [kept, here]).status == 200
    check(client, pid, np.concatenate([rows_of(15, 12), rows_of(16, 8)]))
    listed = browser.call("GET", f"{root}/fusion/{pid}/cells")
    assert listed.json()["values"] == {"fusionCells": {"values": told}}
    assert OTHER_SECRET.encode() not in listed.body
    # other projects have none, and what is not there is not found
    listed = browser.call("GET", f"{root}/fusion/{here['pid']}/cells")
    assert listed.json()["values"] == {"fusionCells": {"values": []}}
    missing = browser.call("GET", f"{root}/fusion/{fresh('no')}/cells")
    assert missing.status == client.call("GET", f"/projects/{fresh('no')}/info").status >= 400
