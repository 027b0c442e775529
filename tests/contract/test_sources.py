"""Data sources: local files below a root and URLs, their CSV options, learned and forgotten as jobs, and the logs."""
import base64
import gzip
import http.server
import itertools
import json
import os
import socket
import subprocess
import threading
import time

import pytest

from support.envelope import IV, hide, show
from support.programs import SECRET, server, user
from support.weir_client import Client

_numbers = itertools.count(1)
ROWS = "x,b,k\n" + "".join(f"{i},{i % 2},{'red' if i % 3 else 'blue'}\n" for i in range(1200))


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """A data root with files, beside a folder that is not to be reached."""
    top = tmp_path_factory.mktemp("files")
    inside = top / "root"
    (inside / "year" / "2024").mkdir(parents=True)
    (top / "outside.csv").write_text("secret\n1\n")
    (inside / "rows.csv").write_text(ROWS)
    (inside / "year" / "2024" / "packed.csv.gz").write_bytes(gzip.compress(ROWS.encode()))
    (inside / "semicolon.csv").write_text("'a;b';c\n'1;5';2\n'x;y';3\n")
    (inside / "bare.csv").write_text("1,x\n2,y\n")
    (inside / "types.csv").write_text("b,c,l,s,e\n0,1.5,|a|b|,x,\n1,-2,|c|,1,\n")
    (inside / "latin.csv").write_bytes(b"n,s\n1,caf\xe9\n2,ok\n")
    (inside / "utf16.csv").write_bytes("a,b\n1,2\n".encode("utf-16"))
    (inside / "ragged.csv").write_text("a,b\n1,2\n3\n4,5,6\n7,8\n")
    (inside / "empty.csv").write_text("")
    (inside / "bad.csv").write_text("x,b,k\n1,0,red\noops,1,blue\n3,1,red\n")
    (inside / "link.csv").symlink_to(top / "outside.csv")
    (inside / "up").symlink_to(top)
    (inside / "inner.csv").symlink_to(inside / "rows.csv")
    os.mkfifo(inside / "pipe.csv")
    return inside


class Web(http.server.BaseHTTPRequestHandler):
    """Answers that are fine, and answers that are not."""
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        what = self.path.strip("/").split("?")[0]
        body = ROWS.encode()
        if what == "gone":
            return self.answer(404, b"no")
        if what == "loop":
            return self.answer(302, b"", Location="/loop")
        if what == "moved":
            return self.answer(302, b"", Location="/rows")
        if what == "to-file":
            return self.answer(302, b"", Location="file:///etc/passwd")
        if what == "to-link-local":
            return self.answer(302, b"", Location="http://169.254.169.254/latest")
        if what == "packed":
            return self.answer(200, gzip.compress(body))
        if what == "short":  # promises more than it sends
            self.send_response(200)
            self.send_header("Content-Length", str(len(body) + 1000))
            self.end_headers()
            self.wfile.write(body)
            self.close_connection = True
            return None
        if what in ("endless", "silent"):
            self.send_response(200)
            self.send_header("Connection", "close")
            self.end_headers()
            self.close_connection = True
            try:
                self.wfile.write(b"x,b,k\n")
                while what == "endless":
                    self.wfile.write(b"1,0,red\n" * 4096)
                self.server.released.wait(60)
            except OSError:
                pass
            return None
        return self.answer(200, body)

    def answer(self, status, body, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture(scope="module")
def web():
    class Server(http.server.ThreadingHTTPServer):
        daemon_threads = True

    made = Server(("127.0.0.1", 0), Web)
    made.released = threading.Event()
    thread = threading.Thread(target=made.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{made.server_address[1]}"
    made.released.set()
    made.shutdown()
    thread.join()
    made.server_close()


@pytest.fixture(scope="module")
def serving(tmp_path_factory, root):
    data = tmp_path_factory.mktemp("weir")
    user(data)
    with server(data, "--data-root", root, "--max-source", "1") as program:
        program.data = data
        yield program
        assert program.stop() == 0, program.errors()
        assert "AddressSanitizer" not in program.errors() and "runtime error" not in program.errors()
        assert "hunter2" not in program.errors()


@pytest.fixture
def client(serving):
    made = Client(serving.url, secret=SECRET)
    yield made
    made.close()


@pytest.fixture
def project(client):
    pid = f"p{next(_numbers)}"
    client.post("/projects", {}, pid=pid, ok=(201,))
    return pid


def info(path, kind="localfile", name=None, **more):
    made = {"type": kind, "info": {"path": path, **more}}
    return {**made, "name": name} if name else made


def create(client, path, kind="localfile", **more):
    name = f"d{next(_numbers)}"
    client.post("/dss/create", hide(info(path, kind, name, **more)), ok=(201,))
    return name


def update(client, pid, name, verb="learn", body=None, headers=None):
    """Learns or forgets, and waits; the last answer about the job."""
    answer = client.call("POST" if body else "GET", f"/projects/{pid}/dss/{name}/{verb}", body, headers)
    assert answer.status == 202, answer.body
    return client.wait_job(answer.headers["sym-job-id"])


def described(client, pid):
    return client.get(f"/projects/{pid}/info")["values"]["smlInfo"]


def mean(client, pid, name):
    got = client.post(f"/projects/{pid}/explore", {"values": [{"inputAttributeNames": [name]}]}, metric="uni")
    return got["values"]["KSVDMap"]["values"][0]["mean"]


# --- descriptions

def test_a_description_lives_and_dies(client, project):
    name = create(client, "rows.csv", csv_quote_character="'")
    assert client.call("POST", "/dss/create", hide(info("rows.csv", name=name))).status == 409
    assert f"{name}:localfile" in client.get("/dss/")["values"]["stringList"]["values"]
    got = show(client.get(f"/dss/{name}")["values"]["dsinfo"])
    assert got == {"type": "localfile", "name": name,
                   "info": {"path": "rows.csv", "csv_quote_character": "'"}}
    assert client.call("PUT", f"/dss/{name}", hide(info("year/2024/packed.csv.gz"))).status == 200
    assert show(client.get(f"/dss/{name}")["values"]["dsinfo"])["info"] == {"path": "year/2024/packed.csv.gz"}
    assert client.call("PUT", "/dss/nobody", hide(info("rows.csv"))).status == 404
    client.get(f"/projects/{project}/addds/{name}")
    client.get(f"/projects/{project}/addds/{name}")
    assert described(client, project)["dsList"] == [name]
    answer = client.call("DELETE", f"/dss/{name}")
    assert answer.status == 409 and project in answer.json()["statusString"]
    client.get(f"/projects/{project}/detachds/{name}")
    assert described(client, project)["dsList"] == []
    client.delete(f"/dss/{name}")
    assert client.call("DELETE", f"/dss/{name}").status == 404
    assert client.call("GET", f"/dss/{name}").status == 404


def test_a_deleted_project_uses_nothing(client, project):
    name = create(client, "rows.csv")
    client.get(f"/projects/{project}/addds/{name}")
    client.get(f"/projects/{project}/rename", newName=f"{project}-b", ok=(201,))
    assert described(client, f"{project}-b")["dsList"] == [name]
    client.delete(f"/projects/{project}-b")
    client.delete(f"/dss/{name}")


def test_plain_objects_and_a_path_beside_info(client):
    name = f"d{next(_numbers)}"
    client.post("/dss/create", {"type": "localfile", "name": name, "path": "rows.csv"}, ok=(201,))
    assert show(client.get(f"/dss/{name}")["values"]["dsinfo"])["info"] == {"path": "rows.csv"}


@pytest.mark.parametrize("body, says", [
    ({"type": "sftp", "name": "n", "info": {"path": "x"}}, "unsupported type"),
    ({"name": "n", "info": {"path": "x"}}, "unsupported type"),
    ({"type": "localfile", "name": "n", "info": {}}, "no path"),
    ({"type": "http", "name": "n", "info": {"path": "file:///etc/passwd"}}, "http:// or https://"),
    ({"type": "http", "name": "n", "info": {"path": "gopher://h/"}}, "http:// or https://"),
    ({"type": "localfile", "name": "a/b", "info": {"path": "x"}}, "name of a data source"),
    ({"type": "localfile", "info": {"path": "x"}}, "name of a data source"),
    ({"type": "localfile", "name": "n" * 200, "info": {"path": "x"}}, "name of a data source"),
    ({"type": "localfile", "name": "n", "info": {"path": "x", "csv_entry_separator": ";;"}}, "one ASCII character"),
    ({"type": "localfile", "name": "n", "info": {"path": "x", "csv_strict_quotes": "maybe"}}, "true or false"),
    ({"type": "localfile", "name": "n", "info": {"path": "x", "csv_entry_separator": '"'}}, "are both"),
    ({"type": "localfile", "name": "n", "info": {"path": ["x"]}}, "not a text"),
    ({"type": "localfile", "name": "n", "info": ["path"]}, "not a map"),
    ({"type": "localfile", "name": 7, "info": {"path": "x"}}, "name is not a text"),
    ({"type": "localfile", "name": "n", "info": {"path": "x" * 40000}}, "bytes; at most"),
    ([], "neither a JSON object"),
])
def test_what_is_wrong_with_a_description(client, body, says):
    answer = client.call("POST", "/dss/create", body)
    assert answer.status == 400 and says in answer.json()["statusString"]


def test_of_another_secret(client):
    body = base64.b64encode(subprocess.run(
        ["openssl", "enc", "-aes-128-cbc", "-K", "00" * 16, "-iv", IV], input=b'{"type":"localfile"}',
        capture_output=True, check=True).stdout)
    answer = client.call("POST", "/dss/create", body)
    assert answer.status == 400 and "encrypted with this user" in answer.json()["statusString"]


# --- files stay below the root

@pytest.mark.parametrize("path", [
    "../outside.csv", "year/../../outside.csv", "up/outside.csv", "link.csv", "inner.csv", "/etc/passwd",
    "/proc/self/environ", "year", "pipe.csv", "rows.csv/x", "year/2024/../../../outside.csv", "//etc/passwd",
    "nothing.csv", "x" * 5000, "./../outside.csv", "/dev/zero",
])
def test_no_path_leads_out(client, path):
    answer = client.call("POST", "/dss/sample/preview", hide(info(path)))
    assert answer.status in (400, 404), answer.body
    assert b"secret" not in answer.body and b"root:" not in answer.body


def test_a_whole_path_below_the_root(client, root):
    answer = client.post("/dss/sample/preview", info(str(root / "bare.csv"), csv_header_missing="true"))
    assert answer["values"]["dataframe"]["data"] == [["1", "x"], ["2", "y"]]
    answer = client.call("POST", "/dss/sample/preview", info(str(root) + "x/bare.csv"))
    assert answer.status == 400 and "outside" in answer.json()["statusString"]


def test_browsing(client, root):
    got = client.post("/projects/dsbrowse/", hide(info("")))["values"]["dsdirectoryListing"]
    assert got["ok"] is True and got["dirs"] == ["year"] and "rows.csv" in got["files"]
    assert not {"link.csv", "inner.csv", "pipe.csv", "up"} & {*got["files"], *got["dirs"]}
    got = client.post("/projects/dsbrowse", {"type": "localfile", "path": "year/2024"})["values"]
    assert got["dsdirectoryListing"] == {"ok": True, "dirs": [], "files": ["packed.csv.gz"], "path": "year/2024"}
    for path in ("..", "up", "/etc", "nothing", "rows.csv"):
        assert client.call("POST", "/projects/dsbrowse", info(path)).status in (400, 404)
    answer = client.call("POST", "/projects/dsbrowse", info("http://127.0.0.1/", "http"))
    assert answer.status == 400 and "no folders" in answer.json()["statusString"]


def test_without_a_root_there_are_no_files(tmp_path, root, web):
    user(tmp_path / "data")
    with server(tmp_path / "data", "--no-http-sources") as program:
        client = Client(program.url, secret=SECRET)
        answer = client.call("POST", "/dss/create", info(str(root / "rows.csv"), name="n"))
        assert answer.status == 400 and "--data-root" in answer.json()["statusString"]
        answer = client.call("POST", "/dss/sample/preview", info(f"{web}/rows", "http"))
        assert answer.status == 400 and "--no-http-sources" in answer.json()["statusString"]
        client.close()


# --- previews

def preview(client, path, kind="localfile", **more):
    return client.post("/dss/sample/preview", hide(info(path, kind, **more)))["values"]["dataframe"]


def test_types_are_guessed(client):
    got = preview(client, "types.csv")
    assert got["attributeNames"] == ["b", "c", "l", "s", "e"] and got["attributeTypes"] == ["B", "C", "L", "S", "S"]
    assert got["data"] == [["0", "1.5", "|a|b|", "x", ""], ["1", "-2", "|c|", "1", ""]]


def test_a_preview_is_short(client):
    got = preview(client, "rows.csv")
    assert len(got["data"]) == 128 and got["data"][127][0] == "127"
    name = create(client, "year/2024/packed.csv.gz")
    assert client.get(f"/dss/{name}/sample")["values"]["dataframe"] == got


def test_csv_options(client):
    got = preview(client, "semicolon.csv", csv_entry_separator=";", csv_quote_character="'")
    assert got["attributeNames"] == ["a;b", "c"] and got["data"] == [["1;5", "2"], ["x;y", "3"]]
    got = preview(client, "bare.csv", csv_header_missing="true")
    assert got["attributeNames"] == ["c1", "c2"] and got["data"] == [["1", "x"], ["2", "y"]]
    got = preview(client, "bare.csv", csv_header_missing="true", csv_entry_separator="\\t")
    assert got["data"] == [["1,x"], ["2,y"]]


@pytest.mark.parametrize("path, says", [("utf16.csv", "UTF-16"), ("empty.csv", "no header")])
def test_what_is_no_csv(client, path, says):
    answer = client.call("POST", "/dss/sample/preview", info(path))
    assert answer.status == 400 and says in answer.json()["statusString"]


def test_another_encoding_costs_cells(client):
    assert preview(client, "latin.csv")["data"] == [["1", ""], ["2", "ok"]]


# --- URLs

def test_a_url_is_read(client, web):
    for what in ("rows", "moved", "packed"):
        assert len(preview(client, f"{web}/{what}", "http")["data"]) == 128


@pytest.mark.parametrize("what, status, says", [
    ("gone", 400, "status 404"), ("loop", 503, "redirect"), ("to-file", 400, "rotocol"),
    ("to-link-local", 400, "local link"),
])
def test_a_url_that_does_not_answer_rows(client, web, what, status, says):
    answer = client.call("POST", "/dss/sample/preview", info(f"{web}/{what}?token=hunter2", "http"))
    assert answer.status == status and says in answer.json()["statusString"], answer.body
    assert b"hunter2" not in answer.body


def test_nobody_listens(client):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://joe:hunter2@127.0.0.1:{taken.getsockname()[1]}/x"
        answer = client.call("POST", "/dss/sample/preview", info(url, "http"))
    assert answer.status == 503 and b"hunter2" not in answer.body


def test_an_endless_answer_is_cut(client, project, web):
    name = create(client, f"{web}/endless", "http")
    done = update(client, project, name)
    assert done.status == 500 and "more than 1048576 bytes" in done.json()["statusString"]
    # What came before stays learned, and the job says how much that is.
    assert f"after {int(described(client, project)['rows'])} rows" in done.json()["statusString"]


def test_an_answer_that_breaks_off(client, project, web):
    name = create(client, f"{web}/short", "http")
    done = update(client, project, name)
    assert done.status == 500 and "after 1000 rows" in done.json()["statusString"], done.body
    assert described(client, project)["rows"] == 1000


def test_a_job_that_waits_can_be_ended(client, project, web):
    name = create(client, f"{web}/silent", "http")
    answer = client.call("POST", f"/projects/{project}/dss/{name}/learn")
    assert answer.status == 202
    job = answer.headers["sym-job-id"]
    client.delete(f"/jobs/{job}")
    done = client.wait_job(job)
    assert done.status == 500 and "cancelled" in done.json()["statusString"]


# --- learning

def test_learning_and_forgetting(client, project):
    name = create(client, "rows.csv")
    client.get(f"/projects/{project}/addds/{name}")
    done = update(client, project, name)
    assert done.status == 200
    values = done.json()["values"]
    assert values["smlInfo"]["rows"] == 1200 and values["rows"] == 1200
    assert values["smlInfo"]["attributeTypes"] == ["C", "B", "S"]
    assert mean(client, project, "x") == 599.5
    assert update(client, project, name, "forget").status == 200
    assert described(client, project)["rows"] == 0


def test_types_by_a_frame_without_rows(client, project):
    name = create(client, "rows.csv")
    asked = {"attributeNames": ["k", "x"], "attributeTypes": ["T", "C"], "errorHandling": 1, "data": []}
    assert update(client, project, name, body=asked).status == 200
    got = described(client, project)
    types = dict(zip(got["attributeNames"], got["attributeTypes"]))
    assert types == {"x": "C", "k$red": "B", "k$blue": "B", "b": "X"}  # b was not asked for
    # Without a frame the project's own types are taken before a guess.
    assert update(client, project, name).status == 200
    assert described(client, project)["rows"] == 2400
    assert "k" not in described(client, project)["attributeNames"]


def test_names_of_a_file_without_a_header(client, project):
    name = create(client, "bare.csv", csv_header_missing="true")
    asked = {"attributeNames": ["n", "w"], "attributeTypes": ["C", "T"], "data": []}
    assert update(client, project, name, body=asked).status == 200
    assert set(described(client, project)["attributeNames"]) == {"n", "w$x", "w$y"}


def test_columns_that_are_not_there(client, project):
    name = create(client, "rows.csv")
    asked = {"attributeNames": ["x", "zz"], "attributeTypes": ["C", "C"], "data": []}
    done = update(client, project, name, body=asked)
    assert done.status == 500 and "no column zz" in done.json()["statusString"]
    asked["data"] = [["1", "2"]]
    answer = client.call("POST", f"/projects/{project}/dss/{name}/learn", asked)
    assert answer.status == 400 and "data of the body is empty" in answer.json()["statusString"]


def test_bad_rows_by_the_frames_policy(client, project):
    name = create(client, "ragged.csv")
    values = update(client, project, name).json()["values"]
    assert values["rows"] == 2 and values["rejectedRows"] == 2 and "line 3" in values["firstRejected"]
    asked = {"attributeNames": ["a", "b"], "attributeTypes": ["C", "C"], "errorHandling": 0, "data": []}
    done = update(client, project, name, body=asked)
    assert done.status == 500 and "line 3" in done.json()["statusString"]


def test_all_or_nothing(client):
    pid = f"p{next(_numbers)}"
    client.post("/projects", {"sml_project_learn_merge": "true"}, pid=pid, ok=(201,))
    good, bad = create(client, "rows.csv"), create(client, "bad.csv")
    asked = {"attributeNames": ["x", "b", "k"], "attributeTypes": ["C", "B", "T"], "data": []}
    done = update(client, pid, bad, body=asked)
    assert done.status == 500 and "line 3" in done.json()["statusString"], done.body
    assert described(client, pid)["rows"] == 0
    assert update(client, pid, good, body=asked).status == 200
    assert described(client, pid)["rows"] == 1200 and mean(client, pid, "x") == 599.5
    assert update(client, pid, good, "forget", asked).status == 200
    assert described(client, pid)["rows"] == 0


@pytest.mark.parametrize("merge", ["false", "true"])
def test_the_filter_sees_an_ignored_column(client, merge):
    pid = f"p{next(_numbers)}"
    client.post("/projects", {"sml_project_predicate_row_filter": "k==blue;x>=600", "sml_project_learn_merge": merge},
                pid=pid, ok=(201,))
    name = create(client, "rows.csv")
    kept = [i for i in range(600, 1200) if i % 3 == 0]
    asked = {"attributeNames": ["x", "b", "k"], "attributeTypes": ["C", "B", "X"], "data": []}
    for body in (asked, {**asked, "attributeNames": ["x", "b"], "attributeTypes": ["C", "B"]}):
        assert update(client, pid, name, body=body).status == 200
        got = described(client, pid)
        assert got["rows"] == len(kept) and mean(client, pid, "x") == sum(kept) / len(kept)
        assert dict(zip(got["attributeNames"], got["attributeTypes"])) == {"x": "C", "b": "B", "k": "X"}
        assert update(client, pid, name, "forget", body).status == 200
        assert described(client, pid)["rows"] == 0


def test_an_ignored_column_is_not_hashed(client):
    pid = f"p{next(_numbers)}"
    client.post("/projects", {"sml_project_predicate_row_filter": "k==blue", "sml_project_hashtrick_binsize": "4"},
                pid=pid, ok=(201,))
    asked = {"attributeNames": ["x", "b", "k"], "attributeTypes": ["C", "B", "X"], "data": []}
    assert update(client, pid, create(client, "rows.csv"), body=asked).status == 200
    got = described(client, pid)
    assert got["rows"] == 400
    assert dict(zip(got["attributeNames"], got["attributeTypes"])) == {"x": "C", "b": "B", "k": "X"}


def test_what_is_not_there(client, project):
    name = create(client, "rows.csv")
    assert client.call("GET", f"/projects/{project}/dss/nobody/learn").status == 404
    assert client.call("GET", f"/projects/nobody/dss/{name}/learn").status == 400
    assert client.call("GET", f"/projects/{project}/addds/nobody").status == 404
    assert client.call("GET", f"/projects/nobody/addds/{name}").status == 400


def test_a_frozen_project_takes_nothing(client, project):
    name = create(client, "rows.csv")
    client.get(f"/projects/{project}/freeze")
    done = update(client, project, name)
    assert done.status == 500 and "frozen" in done.json()["statusString"]


def test_the_file_goes_away(client, project, root):
    (root / "brief.csv").write_text(ROWS)
    name = create(client, "brief.csv")
    (root / "brief.csv").unlink()
    done = update(client, project, name)
    assert done.status == 500 and "brief.csv" in done.json()["statusString"]


# --- logs

def log(client, pid, path):
    return [json.loads(text) for text in client.get(f"/projects/{pid}/{path}")["values"]["stringList"]["values"]]


def test_the_log_of_data_sources(client, project):
    name = create(client, "ragged.csv")
    before = time.time() * 1000
    update(client, project, name, headers={"sym-client": "my.tool"})
    update(client, project, name, "forget")
    first, second = log(client, project, "getDsLog")
    assert set(first) == {"ds_client_id", "ds_client_ip", "ds_request_type", "ds_name", "ds_request_datetime",
                          "ds_request_df_numrows", "ds_request_process_time", "ds_request_response_code"}
    assert all(isinstance(value, str) for value in first.values())
    assert first["ds_client_id"] == "my_tool" and first["ds_client_ip"] == "127_0_0_1"
    assert (first["ds_request_type"], second["ds_request_type"]) == ("learn", "forget")
    assert first["ds_name"] == name and first["ds_request_df_numrows"] == "2"
    assert first["ds_request_response_code"] == "200"
    assert abs(int(first["ds_request_datetime"]) - before) < 60000
    assert second["ds_client_id"] == "default-rest-client"


def test_counts_of_learning(client, project):
    frame = {"attributeNames": ["a.b", "c"], "attributeTypes": ["C", "B"], "data": [["1", "0"], ["2", "1"]]}
    path = f"/projects/{project}/learn"
    for _ in range(3):
        client.post(path, frame)
    client.call("POST", path, frame, headers={"sym-client": "web-api"})
    client.post(f"/projects/{project}/forget", frame)
    assert client.call("POST", path, {"attributeNames": ["a"], "data": 7}).status == 400
    got = {(line["client_id"], line["client_request_type"], line["client_request_reponse_code"]): line
           for line in log(client, project, "getLFStats")}
    line = got["default-rest-client", "learn", "200"]
    assert set(line) == {"client_id", "client_request_type", "client_request_reponse_code",
                         "client_request_df_attributes_names", "client_request_df_attributes_types",
                         "client_request_process_time", "client_request_count",
                         "client_request_df_attributes_numrows_total"}
    assert all(isinstance(value, str) for value in line.values())
    assert line["client_request_df_attributes_names"] == "a_b,c"
    assert line["client_request_df_attributes_types"] == "C,B"
    assert line["client_request_count"] == "3" and line["client_request_df_attributes_numrows_total"] == "6"
    assert got["web-api", "learn", "200"]["client_request_count"] == "1"
    assert got["default-rest-client", "forget", "200"]["client_request_count"] == "1"
    assert got["default-rest-client", "learn", "400"]["client_request_count"] == "1"


def test_a_restart_keeps_descriptions_and_logs(tmp_path, root):
    data = tmp_path / "data"
    user(data)
    with server(data, "--data-root", root) as program:
        client = Client(program.url, secret=SECRET)
        client.post("/projects", {}, pid="p", ok=(201,))
        name = create(client, "rows.csv", note="hunter2")
        client.get(f"/projects/p/addds/{name}")
        update(client, "p", name)
        client.post("/projects/p/learn", {"attributeNames": ["x"], "attributeTypes": ["C"], "data": [["1"]]})
        before = log(client, "p", "getDsLog"), log(client, "p", "getLFStats")
        client.close()
        assert program.stop() == 0
    for file in data.iterdir():
        assert b"hunter2" not in file.read_bytes()  # descriptions are sealed
    with server(data, "--data-root", root) as program:
        client = Client(program.url, secret=SECRET)
        assert (log(client, "p", "getDsLog"), log(client, "p", "getLFStats")) == before
        assert described(client, "p")["dsList"] == [name] and described(client, "p")["rows"] == 1201
        assert show(client.get(f"/dss/{name}")["values"]["dsinfo"])["info"]["note"] == "hunter2"
        client.close()
