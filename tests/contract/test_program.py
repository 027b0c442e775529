"""The program around the server: options, exit codes, ending, and the printed API."""
import json
import os
import resource
import signal
import subprocess

import pytest

from contract.conftest import rows
from support.programs import WEIR, Program, run, server, user
from support.weir_client import Client


def weir(*args, **env):
    return subprocess.run([WEIR, *args], capture_output=True, text=True, timeout=60,
                          env={**os.environ, **env} if env else None)


def test_version_and_help():
    assert weir("--version").stdout.startswith("weir ")
    overview = weir("--help")
    assert overview.returncode == 0
    for name in ("serve", "user add", "openapi"):
        assert name in overview.stdout
        for words in (["help", *name.split()], [*name.split(), "--help"]):
            one = weir(*words)
            assert one.returncode == 0 and f"usage: weir {name}" in one.stdout
    assert "WEIR_LISTEN" in weir("help", "serve").stdout


@pytest.mark.parametrize("args,words", [
    ([], "usage"), (["serv"], "nearest is serve"), (["serve", "--dat", "x"], "--data"), (["serve"], "--data"),
    (["serve", "--data"], "needs a value"), (["serve", "--data", "x", "y"], "too many"), (["user"], "user add"),
    (["user", "add", "--data", "x"], "missing"), (["user", "add", "a", "--data", "x", "--key", "short"], "--key"),
    (["serve", "--data", "x", "--max-body", "0"], "between"), (["serve", "--data", "x", "--max-body", "lots"], "number"),
    (["serve", "--data", "x", "--config", "/nowhere"], "/nowhere"), (["help", "nothing"], "nearest"),
    (["serve", "--data", "x", "--log", "loud"], "debug")])
def test_usage_errors(args, words):
    done = weir(*args)
    assert done.returncode == 2 and words in done.stderr, done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("args", [["list"], ["rekey", "ann"], ["remove", "ann"]])
def test_users_of_a_directory_that_is_none(tmp_path, args):
    (tmp_path / "empty").mkdir()
    for name in ("missing", "empty"):
        done = weir("user", *args, "--data", str(tmp_path / name))
        assert done.returncode == 1 and f"{tmp_path / name} is no data directory" in done.stderr, done.stderr
    assert [p.name for p in tmp_path.rglob("*")] == ["empty"]
    assert weir("user", "add", "ann", "--data", str(tmp_path / "new")).returncode == 0
    assert weir("user", "list", "--data", str(tmp_path / "new")).stdout == "ann\n"


def test_options_from_environment_and_file(tmp_path):
    data, config = tmp_path / "d", tmp_path / "weir.conf"
    user(data)
    config.write_text(f"# comment\nlisten = 127.0.0.1:0\n\n data = {data}\nthreads-of-another = 1\n")
    bad = weir("serve", "--config", str(config))
    assert bad.returncode == 2 and "threads-of-another" in bad.stderr and "line 5" in bad.stderr
    config.write_text(f"listen = 127.0.0.1:1\ndata = {data}\n")
    with Program("serve", "--config", config, ready="listening ", env={"WEIR_LISTEN": "127.0.0.1:0"}) as program:
        assert program.lines[0].startswith("listening http://127.0.0.1:")
        assert program.stop() == 0


@pytest.mark.parametrize("sig", [signal.SIGTERM, signal.SIGINT])
def test_a_clean_end(tmp_path, sig):
    user(tmp_path / "d")
    program = server(tmp_path / "d")
    Client(program.url).post("/projects", {}, pid="p", ok=(201,))
    assert program.stop(sig, timeout=5) == 0
    assert program.lines == [f"listening {program.url}"]
    with server(tmp_path / "d") as again:
        assert Client(again.url).get("/projects/list")["values"]["stringList"]["values"] == ["p"]
        assert again.stop() == 0


def test_two_servers_on_one_directory(tmp_path):
    user(tmp_path / "d")
    with server(tmp_path / "d"):
        second = weir("serve", "--listen", "127.0.0.1:0", "--data", str(tmp_path / "d"))
        assert second.returncode == 1 and str(tmp_path / "d") in second.stderr


def test_a_full_disk(tmp_path):
    """A store that cannot grow: rows are refused, none is absorbed, and all goes on once there is room."""
    user(tmp_path / "d")
    prefix = ["bash", "-c", 'ulimit -S -f 1000; exec "$@"', "bash"]  # a file has at most 1000 KiB
    with server(tmp_path / "d", prefix=prefix) as program:
        client = Client(program.url)
        client.post("/projects", {}, pid="p", ok=(201,))
        acknowledged, refused = 0, None
        for i in range(200):
            refused = client.call("POST", "/projects/p/learn", rows(2000, start=i * 2000))
            if refused.status != 200:
                break
            acknowledged += 2000
        assert client.call("POST", "/projects/p/learn", rows(2000)).status == 503
        assert refused.status == 503 and refused.json()["statusCode"] == "SERVICE_UNAVAILABLE"
        assert "nothing was learned" in refused.json()["statusString"] and refused.headers["retry-after"]
        assert client.call("POST", "/projects", {}, pid="q").status == 503
        assert client.raw("GET", "/healthz").status == 200

        def count():
            info = client.get("/projects/p/info")["values"]["smlInfo"]
            return info["rows"]

        assert count() == acknowledged
        resource.prlimit(program.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        client.post("/projects/p/learn", rows(10))
        assert count() == acknowledged + 10
        assert program.stop() == 0, program.errors()
        for words in ("learning is refused from now on", "the store takes rows again"):
            assert program.errors().count(words) == 1
    with server(tmp_path / "d") as again:
        assert Client(again.url).get("/projects/p/info")["values"]["smlInfo"]["rows"] == acknowledged + 10
        assert again.stop() == 0


def test_addresses_that_cannot_be_listened_on(running, tmp_path):
    taken = weir("serve", "--listen", running.url.removeprefix("http://"), "--data", str(tmp_path / "d"))
    assert taken.returncode == 1 and "in use" in taken.stderr
    assert weir("serve", "--listen", "nonsense", "--data", str(tmp_path / "d")).returncode == 1


def test_users(tmp_path):
    data = tmp_path / "d"
    first = run("user", "add", "a", "--data", data).stdout.split()
    assert first[0] == "a" and len(first[1]) == 24
    again = weir("user", "add", "a", "--data", str(data))
    assert again.returncode == 1 and "a" in again.stderr
    assert weir("user", "rekey", "b", "--data", str(data)).returncode == 1
    assert weir("user", "remove", "b", "--data", str(data)).returncode == 1
    assert run("user", "list", "--data", data).stdout == "a\n"
    assert (data / "server.key").stat().st_mode & 0o777 == 0o600


def test_the_printed_api(client, learned):
    api = json.loads(run("openapi").stdout)
    assert api["openapi"].startswith("3.1")
    assert {"signature", "session"} == set(api["components"]["securitySchemes"])
    names = set(api["components"]["schemas"])
    text = json.dumps(api)
    for part in text.split("#/components/schemas/")[1:]:
        assert part.split('"')[0] in names
    for name in names:  # each is what some call takes or answers, or part of it
        assert f'"#/components/schemas/{name}"' in text, name
    ids = [operation["operationId"] for path in api["paths"].values() for operation in path.values()]
    assert len(ids) == len(set(ids))
    # every path is served: an unsigned call is refused for its signature, not for its path or method
    for path, operations in api["paths"].items():
        for method, operation in operations.items():
            declared = {p["name"] for p in operation["parameters"] if p["in"] == "path"}
            assert declared == {part[1:-1] for part in path.split("/") if part.startswith("{")}
            if operation.get("security") == []:
                continue
            target = path.replace("{cid}", "c1").replace("{pid}", learned).replace("{mid}", "m").replace("{id}", "1")
            answer = client.raw(method.upper(), target)
            assert answer.status == 400 and answer.json()["statusString"] == "Authentication header is null", path
