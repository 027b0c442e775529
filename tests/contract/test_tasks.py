"""The Tasks API: describing, starting, watching, stopping and removing stream applications, without a broker.

A task whose brokers are not there is a program that waits, which is enough to see it live and end. What tasks do on a
real broker is tested in tests/integration.
"""
import base64
import itertools
import json
import os
import signal
import subprocess
import time

from support.programs import SECRET, WEIR, server, user
from support.weir_client import Client

_numbers = itertools.count(1)
IV = "2f3339414b576575879bb1c9e3001e3e"
KEY = base64.b64decode(SECRET).hex()
NOWHERE = "127.0.0.1:1"


def hidden(value) -> bytes:
    """A body as callers of the API send it."""
    done = subprocess.run(["openssl", "enc", "-aes-128-cbc", "-K", KEY, "-iv", IV], input=json.dumps(value).encode(),
                          capture_output=True, check=True)
    return base64.b64encode(done.stdout)


def info(name, **more):
    return {"type": "kstream", "name": name, "params": {
        "sml.kstream.source.topic": "rows", "sml.kstream.sink.topic": "scores", "sml.kstream.project.id": "p",
        "sml.kstream.model.id": "m", "bootstrap.servers": NOWHERE, "sml.task.heap.min": "1024m",
        "sml.task.heap.max": "2048m", **more}}


def fresh():
    return f"task-{next(_numbers)}"


def facts(client, name):
    maps = client.get(f"/tasks/{name}")["values"]["KSVSMap"]["values"]
    assert len(maps) == 1 and all(isinstance(v, str) for v in maps[0].values())
    return maps[0]


def until(client, name, good, seconds=60):
    end = time.monotonic() + seconds
    while not good(found := facts(client, name)):
        assert time.monotonic() < end, found
        time.sleep(0.1)
    return found


def children(server_pid):
    """Process ids of the tasks of a server."""
    with open(f"/proc/{server_pid}/task/{server_pid}/children") as f:
        first = f.read().split()
    found = []
    for thread in os.listdir(f"/proc/{server_pid}/task"):
        with open(f"/proc/{server_pid}/task/{thread}/children") as f:
            found += f.read().split()
    return sorted({int(pid) for pid in found + first})


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as f:
            return f.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_life(client, running):
    name = fresh()
    made = client.post("/tasks/create", hidden(info(name)), ok=(201,))
    assert made["statusString"] == "CREATED"
    assert name in client.get("/tasks")["values"]["stringList"]["values"]
    found = facts(client, name)
    assert found["status"] == "STOPPED" and found["processIsAlive"] == "false" and found["startDateTime"] == ""
    client.get(f"/tasks/{name}/start")
    client.get(f"/tasks/{name}/start")  # it stays as it is
    found = until(client, name, lambda f: f["status"] == "WAITING")
    assert found["processIsAlive"] == "true" and found["lastError"], found
    assert time.strptime(found["startDateTime"], "%Y-%m-%dT%H:%M:%SZ")
    figures = Client(running.url).raw("GET", "/metrics").body.decode()
    assert f'weir_task_alive{{customer="c1",task="{name}"}} 1' in figures
    assert f'weir_task_waiting{{customer="c1",task="{name}"}} 1' in figures
    client.get(f"/tasks/{name}/stop")
    found = facts(client, name)
    assert found["status"] == "STOPPED" and found["processIsAlive"] == "false"
    client.get(f"/tasks/{name}/stop")
    client.delete(f"/tasks/{name}")
    assert name not in client.get("/tasks")["values"]["stringList"]["values"]
    for verb, path in (("GET", ""), ("GET", "/start"), ("GET", "/stop"), ("DELETE", "")):
        assert client.call(verb, f"/tasks/{name}{path}").status == 404


def test_no_secret_is_seen(client, running):
    """Neither in the arguments nor in the environment of the program, nor in an answer, nor in the data directory."""
    name, password = fresh(), "pass-word-7731"
    client.post("/tasks/create", hidden(info(name, **{"sasl.password": password, "sasl.username": "u"})), ok=(201,))
    client.get(f"/tasks/{name}/start")
    until(client, name, lambda f: f["processIsAlive"] == "true" and f["status"] == "WAITING")
    pids = children(running.process.pid)
    assert pids
    for pid in pids:
        with open(f"/proc/{pid}/cmdline", "rb") as f:
            line = f.read()
        with open(f"/proc/{pid}/environ", "rb") as f:
            line += f.read()
        assert password.encode() not in line and SECRET.encode() not in line and b"stream" in line
    assert password not in json.dumps(client.get(f"/tasks/{name}"))
    client.delete(f"/tasks/{name}")
    for file in running.data.rglob("*"):
        if file.is_file():
            assert password.encode() not in file.read_bytes(), file


def test_refusals(client):
    name = fresh()
    client.post("/tasks/create", info(name), ok=(201,))  # plain JSON is taken as well
    again = client.call("POST", "/tasks/create", hidden(info(name)))
    assert again.status == 409 and name in again.json()["statusString"]
    client.post("/tasks/create", hidden(info(name, **{"sml.kstream.schedule.ms": "5"})), ok=(201,), force="true")
    for body, words in (
            (info(name + "x", **{"sml.kstream.schedul.ms": "5"}), ["sml.kstream.schedul.ms", "sml.kstream.schedule.ms"]),
            (info(name + "x", **{"sml.kstream.schedule.ms": "soon"}), ["schedule.ms", "soon"]),
            (info(name + "x", **{"no.such.setting": "1"}), ["no.such.setting"]),
            (info(name + "x", **{"plugin.library.paths": "/tmp/x.so"}), ["plugin.library.paths"]),
            (info(name + "x", **{"sml.kstream.metrics.listen": "127.0.0.1:9"}), ["sml.kstream.metrics.listen"]),
            (info("a/b"), ["a/b"]), (info(""), ["name"]), ({"type": "kstream", "params": {}}, ["name"]),
            ({"name": name + "x", "params": {"bootstrap.servers": NOWHERE}}, ["sml.kstream"]),
            ({"name": name + "x", "params": 7}, ["params"]), ({"name": 7}, ["name"])):
        answer = client.call("POST", "/tasks/create", hidden(body))
        assert answer.status == 400, (body, answer.body)
        for word in words:
            assert word in answer.json()["statusString"], answer.body
    answer = client.call("POST", "/tasks/create", b"AAAA")
    assert answer.status == 400
    assert name + "x" not in client.get("/tasks")["values"]["stringList"]["values"]
    client.delete(f"/tasks/{name}")


def test_most(client):
    """As many as may run; one that is stopped makes room."""
    names = [fresh() for _ in range(5)]
    for name in names:
        client.post("/tasks/create", hidden(info(name)), ok=(201,))
    for name in names[:4]:
        client.get(f"/tasks/{name}/start")
    answer = client.call("GET", f"/tasks/{names[4]}/start")
    assert answer.status == 409 and "4" in answer.json()["statusString"]
    client.get(f"/tasks/{names[0]}/stop")
    client.get(f"/tasks/{names[4]}/start")
    until(client, names[4], lambda f: f["processIsAlive"] == "true")
    for name in names:
        client.delete(f"/tasks/{name}")


def test_started_again(client, running):
    """A program that is killed comes back; why is told."""
    name = fresh()
    client.post("/tasks/create", hidden(info(name)), ok=(201,))
    client.get(f"/tasks/{name}/start")
    until(client, name, lambda f: f["processIsAlive"] == "true")
    before = children(running.process.pid)
    assert len(before) == 1
    os.kill(before[0], signal.SIGKILL)
    found = until(client, name, lambda f: f["restarts"] == "1" and f["processIsAlive"] == "true")
    now = children(running.process.pid)
    assert len(now) == 1 and now != before and found["status"] != "STOPPED"
    client.delete(f"/tasks/{name}")
    assert not children(running.process.pid)


def test_with_the_server(tmp_path):
    """Tasks end with the server, also with one that is killed, and those that ran run again when it is back."""
    data = tmp_path / "data"
    user(data)
    with server(data) as it:
        client = Client(it.url)
        for name in ("runs", "rests"):
            client.post("/tasks/create", hidden(info(name)), ok=(201,))
            client.get(f"/tasks/{name}/start")
            until(client, name, lambda f: f["processIsAlive"] == "true" and f["status"] != "STARTING")
        client.get("/tasks/rests/stop")
        pids = children(it.process.pid)
        assert len(pids) == 1
        it.kill()
        end = time.monotonic() + 60
        while any(map(alive, pids)):
            assert time.monotonic() < end, "the task outlives its server"
            time.sleep(0.1)
    with server(data) as it:
        client = Client(it.url)
        until(client, "runs", lambda f: f["processIsAlive"] == "true")
        assert facts(client, "rests")["status"] == "STOPPED"
        pids = children(it.process.pid)
        assert len(pids) == 1 and it.stop() == 0, it.errors()
        assert not any(map(alive, pids))


def test_settings_from_standard_input():
    """Properties and JSON alike; a fault in them is told."""
    for text in ("sml.kstream.sauce.topic = x\n", '{"sml.kstream.sauce.topic": "x"}'):
        done = subprocess.run([WEIR, "stream", "-"], input=text,
                              capture_output=True, text=True, timeout=60)
        assert done.returncode in (1, 2) and "sml.kstream.source.topic" in done.stderr
