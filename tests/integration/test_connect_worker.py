"""The connect worker as tools of Kafka Connect see it: shapes of its answers, states, what survives a kill.

Rows are those of test_faults: JSON {"id", "a", "b"} with id from 1 to n, so that count and sum tell lost and doubled
rows.
"""
import json

import pytest
import requests
from confluent_kafka.admin import AdminClient
from test_faults import (BAD, connector, exact, failed, fresh, learned, make_topic, put, read, row, send, status,
                         wait)

from support.programs import SECRET, Program, server, user
from support.weir_client import Client

CLASS = "com.sml.kafka.connector.SymetryKafkaSinkConnector"


@pytest.fixture(scope="module")
def weir(tmp_path_factory):
    data = tmp_path_factory.mktemp("connect") / "data"
    user(data)
    with server(data) as it:
        yield it
        assert it.stop() == 0


@pytest.fixture
def client(weir):
    return Client(weir.url)


def worker_of(stack, *more):
    return Program("connect", "--listen", "127.0.0.1:0", "--bootstrap", stack.bootstrap, *more, ready="listening ")


@pytest.fixture(scope="module")
def worker(stack, tmp_path_factory):
    with worker_of(stack, "--data", tmp_path_factory.mktemp("connect-worker")) as it:
        yield it
        assert it.stop() == 0


def call(worker, method, path, want, **more):
    answer = requests.request(method, worker.url + path, timeout=60, **more)
    assert answer.status_code == want, (method, path, answer.status_code, answer.text)
    return answer.json() if answer.content else None


def refused(worker, method, path, status_code, message, **more):
    """The error object of Connect: these two members and no other."""
    answer = call(worker, method, path, status_code, **more)
    assert answer.keys() == {"error_code", "message"} and answer["error_code"] == status_code
    assert message in answer["message"], answer


def states(worker, name):
    return [t["state"] for t in status(worker, name)["tasks"]]


# --- answers


DEFINITION = {"name", "type", "required", "default_value", "importance", "documentation", "group", "width",
              "display_name", "dependents", "order"}
VALUE = {"name", "value", "recommended_values", "errors", "visible"}
TYPES = {"BOOLEAN", "STRING", "INT", "SHORT", "LONG", "DOUBLE", "LIST", "CLASS", "PASSWORD"}


def validate(worker, config, name=CLASS):
    answer = call(worker, "PUT", f"/connector-plugins/{name}/config/validate", 200, json=config)
    assert answer.keys() == {"name", "error_count", "groups", "configs"} and answer["name"] == name
    for entry in answer["configs"]:
        assert entry.keys() == {"definition", "value"}
        assert entry["definition"].keys() == DEFINITION and entry["value"].keys() == VALUE
        assert entry["definition"]["type"] in TYPES and entry["definition"]["importance"] in ("HIGH", "MEDIUM", "LOW")
        assert entry["definition"]["width"] in ("NONE", "SHORT", "MEDIUM", "LONG")
        assert entry["definition"]["group"] in [*answer["groups"], "Others"]
        assert entry["value"]["name"] == entry["definition"]["name"]
    errors = {e["value"]["name"]: e["value"]["errors"] for e in answer["configs"] if e["value"]["errors"]}
    assert answer["error_count"] == sum(map(len, errors.values()))
    return answer, errors


def test_validate(worker, weir):
    config = {**connector(weir.url, "any"), "name": "any"}
    answer, errors = validate(worker, config)
    assert errors == {}
    values = {e["value"]["name"]: e["value"]["value"] for e in answer["configs"]}
    assert values["sml.project"] == "any" and values["tasks.max"] == "1"
    assert values["sml.customer.secret.key"] == "[hidden]" and SECRET not in json.dumps(answer)
    kinds = {e["definition"]["name"]: e["definition"] for e in answer["configs"]}
    assert kinds["sml.customer.secret.key"]["type"] == "PASSWORD" and kinds["sml.url"]["required"]
    assert kinds["topics"]["type"] == "LIST" and kinds["topics"]["group"] == "Common"
    assert kinds["errors.tolerance"]["group"] == "Error Handling" and kinds["errors.tolerance"]["default_value"] == "none"
    # each fault on its own key, also those of keys that nobody knows
    del config["sml.project"]
    config |= {"tasks.max": "many", "sml.customer.secret.key": "nokey", "topics.regex": "x.*", "sml.projct": "p",
               "transforms": "mask", "consumer.override.fetch.min.bytes": "lots"}
    answer, errors = validate(worker, config, "SymetryKafkaSink")
    assert errors.keys() == {"tasks.max", "topics", "topics.regex", "sml.project", "sml.projct", "transforms", "sml.customer.secret.key",
                             "consumer.override.fetch.min.bytes"}
    assert "did you mean sml.project" in errors["sml.projct"][0] and "Kafka Connect cluster" in errors["transforms"][0]
    assert "nokey" not in json.dumps(answer)
    # nothing at all: what is needed
    _, errors = validate(worker, {})
    assert errors.keys() >= {"name", "connector.class", "topics", "sml.url", "sml.customer.secret.key"}
    refused(worker, "PUT", "/connector-plugins/FileStreamSink/config/validate", 404, "FileStreamSink", json=config)
    refused(worker, "PUT", f"/connector-plugins/{CLASS}/config/validate", 400, "does not match request type",
            json={**config, "connector.class": "org.example.Other"})


def test_plugins_and_worker(worker, stack):
    assert call(worker, "GET", "/connector-plugins", 200) == [
        {"class": CLASS, "type": "sink", "version": call(worker, "GET", "/", 200)["version"]}]
    keys = call(worker, "GET", f"/connector-plugins/{CLASS}/config", 200)
    assert {k["name"] for k in keys} >= {"name", "connector.class", "tasks.max", "topics", "topics.regex", "sml.url"}
    assert all(k.keys() == DEFINITION for k in keys)
    cluster = AdminClient({"bootstrap.servers": stack.bootstrap}).list_topics(timeout=10).cluster_id
    assert call(worker, "GET", "/", 200)["kafka_cluster_id"] == cluster
    assert call(worker, "GET", "/health", 200)["status"] == "healthy"
    assert call(worker, "GET", "/admin/loggers", 200)["root"]["level"] == "INFO"
    assert call(worker, "PUT", "/admin/loggers/root", 200, json={"level": "WARN"}) == ["root"]
    assert call(worker, "GET", "/admin/loggers/root", 200)["level"] == "WARN"
    call(worker, "PUT", "/admin/loggers/root", 200, json={"level": "INFO"})
    refused(worker, "PUT", "/admin/loggers/other", 404, "other", json={"level": "INFO"})


def test_refusals(worker, weir):
    config, name = connector(weir.url, "none"), fresh("refused")
    for method, path in (("GET", ""), ("GET", "/config"), ("GET", "/status"), ("GET", "/tasks"), ("GET", "/topics"),
                         ("GET", "/tasks/0/status"), ("PUT", "/pause"), ("PUT", "/resume"), ("PUT", "/stop"),
                         ("POST", "/restart"), ("POST", "/tasks/0/restart"), ("DELETE", ""), ("GET", "/offsets"),
                         ("DELETE", "/offsets"), ("PUT", "/topics/reset")):
        refused(worker, method, f"/connectors/{name}{path}", 404, name)
    refused(worker, "PATCH", f"/connectors/{name}/config", 404, name, json={"tasks.max": "2"})
    refused(worker, "POST", "/connectors", 400, "", data="{nope")
    refused(worker, "POST", "/connectors", 400, "name", json={"config": config})
    refused(worker, "POST", "/connectors", 400, "doesn't match", json={"name": name, "config": {**config, "name": "x"}})
    refused(worker, "POST", "/connectors", 400, "initial_state",
            json={"name": name, "config": config, "initial_state": "ASLEEP"})
    wrong = {**config, "tasks.max": "0", "sml.url": "nowhere"}
    refused(worker, "POST", "/connectors", 400, "Connector configuration is invalid and contains the following 2 "
            "error(s):\n", json={"name": name, "config": wrong})
    refused(worker, "PUT", f"/connectors/{name}/config", 400, "\nYou can also find the above list of errors at the "
            "endpoint `/connector-plugins/{connectorType}/config/validate`", json=wrong)
    refused(worker, "PUT", f"/connectors/{name}/config", 400, "", json=["no", "object"])
    refused(worker, "GET", "/no/such/path", 404, "")
    for dots in (".", ".."):
        refused(worker, "POST", "/connectors", 400, "no path of a URL can hold it",
                json={"name": dots, "config": config})
    for wrong in ("a%2Fb", "a%0Ab", "x" * 201):
        refused(worker, "PUT", f"/connectors/{wrong}/config", 400, "a connector's name", json=config)
        refused(worker, "GET", f"/connectors/{wrong}/status", 404, "No status found")
    assert name not in call(worker, "GET", "/connectors", 200)


# --- states


def test_life(stack, worker, weir, client):
    """A connector from POST to DELETE: expand, patch, pause, stop, offsets, topics, restart."""
    topic = fresh("life")
    make_topic(stack, topic, 2)
    send(stack, topic, ((i % 2, row(i)) for i in range(1, 101)))
    config = connector(weir.url, topic, **{"tasks.max": "2"})
    answer = requests.post(f"{worker.url}/connectors", json={"name": topic, "config": config}, timeout=60)
    assert answer.status_code == 201 and answer.headers["Location"].endswith(f"/connectors/{topic}")
    info = answer.json()
    assert info["name"] == topic and info["type"] == "sink"
    assert info["tasks"] == [{"connector": topic, "task": i} for i in range(2)]
    assert info["config"] == {**config, "name": topic, "sml.customer.secret.key": "[hidden]"}
    refused(worker, "POST", "/connectors", 409, "already exists", json={"name": topic, "config": config})
    exact(client, topic, 100, worker)
    shown = call(worker, "GET", "/connectors?expand=info&expand=status", 200)[topic]
    assert shown["info"] == info and shown["status"]["connector"]["state"] == "RUNNING"
    assert call(worker, "GET", f"/connectors/{topic}/topics", 200) == {topic: {"topics": [topic]}}
    call(worker, "PUT", f"/connectors/{topic}/topics/reset", 202)
    assert call(worker, "GET", f"/connectors/{topic}/topics", 200) == {topic: {"topics": []}}
    # figures
    def figures():
        text = requests.get(f"{worker.url}/metrics", timeout=10).text
        return {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1]) for line in text.splitlines()
                if line and line[0] != "#" and f'"{topic}"' in line}
    wait(lambda: sum(v for k, v in figures().items() if k.startswith("weir_connect_position{")) == 100, 30, figures)
    assert sum(v for k, v in figures().items() if k.startswith("weir_connect_rows_total{")) == 100
    assert sum(v for k, v in figures().items() if k.startswith("weir_connect_lag{")) == 0
    assert figures()[f'weir_connect_task_state{{connector="{topic}",task="0",state="RUNNING"}}'] == 1
    # paused: tasks are there and take nothing
    call(worker, "PUT", f"/connectors/{topic}/pause", 202)
    assert status(worker, topic)["connector"]["state"] == "PAUSED"
    wait(lambda: states(worker, topic) == ["PAUSED", "PAUSED"], 30, lambda: status(worker, topic))
    # a changed configuration keeps state and secrets
    assert call(worker, "PATCH", f"/connectors/{topic}/config", 200, json={"tasks.max": 1, "key.ignore": "true"})[
        "tasks"] == [{"connector": topic, "task": 0}]
    assert call(worker, "PATCH", f"/connectors/{topic}/config", 200, json={"key.ignore": None})["config"] == {
        **info["config"], "tasks.max": "1"}
    wait(lambda: states(worker, topic) == ["PAUSED"], 30, lambda: status(worker, topic))
    # stopped: there are no tasks, and offsets can be moved
    refused(worker, "PATCH", f"/connectors/{topic}/offsets", 400, "STOPPED",
            json={"offsets": [{"partition": {"kafka_topic": topic, "kafka_partition": 0}, "offset": {"kafka_offset": 1}}]})
    call(worker, "PUT", f"/connectors/{topic}/stop", 204)
    assert status(worker, topic)["connector"]["state"] == "STOPPED" and states(worker, topic) == []
    assert call(worker, "GET", f"/connectors/{topic}/tasks", 200) == []
    offsets = call(worker, "GET", f"/connectors/{topic}/offsets", 200)["offsets"]
    assert {(o["partition"]["kafka_topic"], o["partition"]["kafka_partition"], o["offset"]["kafka_offset"])
            for o in offsets} == {(topic, 0, 50), (topic, 1, 50)}
    refused(worker, "PATCH", f"/connectors/{topic}/offsets", 400, "", json={"offsets": [{"partition": 1}]})
    call(worker, "PATCH", f"/connectors/{topic}/offsets", 200, json={"offsets": [
        {"partition": {"kafka_topic": topic, "kafka_partition": 0}, "offset": {"kafka_offset": 40}}]})
    send(stack, topic, ((i % 2, row(i)) for i in range(101, 103)))
    call(worker, "PUT", f"/connectors/{topic}/resume", 202)
    # the last ten of partition 0 count again: that is what moving back asks for
    wait(lambda: learned(client, topic)[0] == 112, 60, lambda: (learned(client, topic), worker.errors()))
    call(worker, "POST", f"/connectors/{topic}/restart", 204)
    again = call(worker, "POST", f"/connectors/{topic}/restart?includeTasks=true", 202)
    assert again["connector"]["state"] == "RESTARTING" and again["tasks"][0]["state"] == "RESTARTING"
    call(worker, "POST", f"/connectors/{topic}/tasks/0/restart", 204)
    refused(worker, "POST", f"/connectors/{topic}/tasks/7/restart", 404, "Unknown task")
    refused(worker, "GET", f"/connectors/{topic}/tasks/7/status", 404, "No status found for task")
    assert call(worker, "GET", f"/connectors/{topic}/tasks/0/status", 200)["state"] == "RUNNING"
    # reset: the group's offsets are gone, and all counts again once it goes on
    call(worker, "PUT", f"/connectors/{topic}/stop", 204)
    call(worker, "DELETE", f"/connectors/{topic}/offsets", 200)
    assert call(worker, "GET", f"/connectors/{topic}/offsets", 200) == {"offsets": []}
    call(worker, "PUT", f"/connectors/{topic}/resume", 202)
    wait(lambda: learned(client, topic)[0] == 214, 60, lambda: (learned(client, topic), worker.errors()))
    call(worker, "DELETE", f"/connectors/{topic}", 204)
    refused(worker, "GET", f"/connectors/{topic}/status", 404, "No status found for connector")


def test_task_fails_and_is_restarted(stack, worker, weir, client):
    """A failed task stays so until it is started again, and its connector is RUNNING meanwhile."""
    topic = fresh("fails")
    make_topic(stack, topic, 1)
    config = connector(weir.url, topic, **{"behavior.on.malformed.documents": "fail"})
    put(worker, topic, config)
    send(stack, topic, [row(1), BAD[0], row(2)])
    assert f"{topic}/0 offset 1" in failed(worker, topic)
    assert status(worker, topic)["connector"]["state"] == "RUNNING"
    # without arguments the connector alone starts again
    call(worker, "POST", f"/connectors/{topic}/restart", 204)
    assert states(worker, topic) == ["FAILED"]
    call(worker, "POST", f"/connectors/{topic}/tasks/0/restart", 204)
    assert f"{topic}/0 offset 1" in failed(worker, topic)  # the same record again
    put(worker, topic, {**config, "behavior.on.malformed.documents": "warn"})
    exact(client, topic, 2, worker)
    assert states(worker, topic) == ["RUNNING"]
    call(worker, "DELETE", f"/connectors/{topic}", 204)


def test_one_of_two_tasks_fails(stack, worker, weir, client):
    """Each task has a project of its own, and the second is not let in: the first goes on."""
    topic = fresh("halves")
    make_topic(stack, topic, 2)
    send(stack, topic, ((i % 2, row(i)) for i in range(1, 11)))
    config = connector(weir.url, topic, **{"tasks.max": "2"})
    for key in ("sml.url", "sml.project", "sml.customer.id", "sml.customer.secret.key"):
        value = config.pop(key)
        config[key + ".1"], config[key + ".2"] = value, value
    wrong = {**config, "sml.customer.secret.key.2": "AAAAAAAAAAAAAAAAAAAAAA=="}
    put(worker, topic, wrong)
    wait(lambda: states(worker, topic) == ["RUNNING", "FAILED"], 30, lambda: status(worker, topic))
    assert "401" in status(worker, topic)["tasks"][1]["trace"]
    exact(client, topic, 10, worker)  # by the first alone
    answer = call(worker, "POST", f"/connectors/{topic}/restart?includeTasks=true&onlyFailed=true", 202)
    assert [t["state"] for t in answer["tasks"]] == ["RUNNING", "RESTARTING"]
    assert answer["connector"]["state"] == "RUNNING"
    wait(lambda: states(worker, topic) == ["RUNNING", "FAILED"], 30, lambda: status(worker, topic))
    put(worker, topic, config)
    send(stack, topic, ((i % 2, row(i)) for i in range(11, 21)))
    exact(client, topic, 20, worker)
    assert states(worker, topic) == ["RUNNING", "RUNNING"]
    call(worker, "DELETE", f"/connectors/{topic}", 204)


def test_topics_by_pattern(stack, worker, weir, client):
    """topics.regex takes what matches as a whole, also a topic that is made later, and nothing else."""
    word = fresh("pattern")
    make_topic(stack, f"{word}-1", 1)
    make_topic(stack, f"{word}-x", 1)
    send(stack, f"{word}-1", [row(1), row(2)])
    send(stack, f"{word}-x", [row(100)])
    config = connector(weir.url, word, **{
        "topics.regex": word + "-\\d+", "consumer.override.topic.metadata.refresh.interval.ms": "1000"})
    del config["topics"]
    put(worker, word, config)
    exact(client, word, 2, worker)
    make_topic(stack, f"{word}-22", 1)
    send(stack, f"{word}-22", [row(3)])
    make_topic(stack, f"{word}-1-more", 1)
    send(stack, f"{word}-1-more", [row(100)])
    exact(client, word, 3, worker)
    assert set(call(worker, "GET", f"/connectors/{word}/topics", 200)[word]["topics"]) == {f"{word}-1", f"{word}-22"}
    call(worker, "DELETE", f"/connectors/{word}", 204)


def test_dead_letters(stack, worker, weir, client):
    """A dead letter is the record as it was, and its headers are those of Connect."""
    topic = fresh("letters")
    make_topic(stack, topic, 1)
    put(worker, topic, {k: v for k, v in connector(weir.url, topic).items() if k != "behavior.on.malformed.documents"} | {
        "errors.tolerance": "all", "errors.log.enable": "true", "errors.log.include.messages": "true",
        "errors.deadletterqueue.topic.name": topic + "-dead", "errors.deadletterqueue.topic.replication.factor": "1",
        "errors.deadletterqueue.context.headers.enable": "true", "producer.override.linger.ms": "1"})
    send(stack, topic, [row(1)])
    send(stack, topic, [b"{nope"], headers=[("mine", b"kept")], timestamp=1700000000123)
    send(stack, topic, [row(2)])
    exact(client, topic, 2, worker)
    letter, = read(stack, topic + "-dead", lambda found: found, 30)
    assert letter.value() == b"{nope" and letter.key() == b"0" and letter.timestamp()[1] == 1700000000123
    headers = {name: value.decode() for name, value in letter.headers()}
    message = headers.pop("__connect.errors.exception.message")
    assert headers == {
        "mine": "kept", "__connect.errors.topic": topic, "__connect.errors.partition": "0",
        "__connect.errors.offset": "1", "__connect.errors.connector.name": topic, "__connect.errors.task.id": "0",
        "__connect.errors.stage": "VALUE_CONVERTER",
        "__connect.errors.class.name": "org.apache.kafka.connect.json.JsonConverter",
        "__connect.errors.exception.class.name": "org.apache.kafka.connect.errors.DataException",
        "__connect.errors.exception.stacktrace": f"org.apache.kafka.connect.errors.DataException: {message}\n"}
    assert message and "timestamp 1700000000123, key of 1 bytes, value of 5 bytes" in worker.errors()
    call(worker, "DELETE", f"/connectors/{topic}", 204)


# --- over a restart


def test_kept_over_a_kill(stack, weir, client, tmp_path):
    """Posted connectors, their states and a reset survive a kill; a file wins only when it changed."""
    kept, paused, stopped, given = fresh("kept"), fresh("paused"), fresh("stopped"), fresh("given")
    for topic in (kept, paused, stopped, given):
        make_topic(stack, topic, 1)
        send(stack, topic, [row(1)])
    file = tmp_path / "given.json"
    file.write_text(json.dumps({"name": given, "config": connector(weir.url, given)}))
    args = ("--data", tmp_path / "connect", file)
    worker = worker_of(stack, *args)
    try:
        for topic in (kept, paused, stopped):
            put(worker, topic, connector(weir.url, topic))
        for topic in (kept, paused, stopped, given):
            exact(client, topic, 1, worker)
        call(worker, "DELETE", f"/connectors/{kept}/offsets", 200)  # everything counts again
        wait(lambda: learned(client, kept)[0] == 2, 60, worker.errors)
        call(worker, "PUT", f"/connectors/{paused}/pause", 202)
        call(worker, "PUT", f"/connectors/{stopped}/stop", 204)
        call(worker, "PATCH", f"/connectors/{given}/config", 200, json={"tasks.max": "2"})
        worker.kill()
        for topic in (kept, paused, stopped, given):
            send(stack, topic, [row(2)])
        worker = worker_of(stack, *args)
        assert set(call(worker, "GET", "/connectors", 200)) == {kept, paused, stopped, given}
        assert status(worker, paused)["connector"]["state"] == "PAUSED"
        wait(lambda: states(worker, paused) == ["PAUSED"], 30, lambda: status(worker, paused))
        assert states(worker, stopped) == [] and status(worker, stopped)["connector"]["state"] == "STOPPED"
        assert len(states(worker, given)) == 2  # as it was left, not as the file says
        wait(lambda: learned(client, kept) == (3, 4), 60, worker.errors)
        exact(client, given, 2, worker)
        assert learned(client, paused) == learned(client, stopped) == (1, 1)
        call(worker, "PUT", f"/connectors/{paused}/resume", 202)
        call(worker, "PUT", f"/connectors/{stopped}/resume", 202)
        exact(client, paused, 2, worker)
        exact(client, stopped, 2, worker)
        call(worker, "DELETE", f"/connectors/{kept}", 204)
        worker.kill()
        file.write_text(json.dumps({"name": given, "config": connector(weir.url, given, **{"tasks.max": "3"})}))
        worker = worker_of(stack, *args)
        assert set(call(worker, "GET", "/connectors", 200)) == {paused, stopped, given}
        assert len(states(worker, given)) == 3
        # one worker at a time, and nothing in clear
        second = Program("connect", "--listen", "127.0.0.1:0", *args)
        assert second.process.wait(30) != 0
        assert all(SECRET.encode() not in f.read_bytes() for f in (tmp_path / "connect").iterdir()
                   if f.name != "server.key")
        assert worker.stop() == 0
        # what cannot run any more is there all the same, and says why
        worker = Program("connect", "--listen", "127.0.0.1:0", "--data", tmp_path / "connect", ready="listening ")
        seen = status(worker, paused)
        assert seen["connector"]["state"] == "FAILED" and "--bootstrap" in seen["connector"]["trace"]
        assert seen["tasks"] == []
        call(worker, "PATCH", f"/connectors/{paused}/config", 200,
             json={"consumer.override.bootstrap.servers": stack.bootstrap})
        wait(lambda: states(worker, paused) == ["RUNNING"], 30, lambda: status(worker, paused))
        assert worker.stop() == 0
    finally:
        worker.kill()


# --- what is waited for


def test_frozen_and_deleted_projects_are_waited_for(stack, worker, weir, client):
    """A frozen project and one that is gone hold up the task, which says so, and goes on by itself."""
    topic = fresh("frozen")
    make_topic(stack, topic, 1)
    send(stack, topic, [row(1)])
    put(worker, topic, connector(weir.url, topic, **{"sml.backoff.max.retries": "0"}))
    exact(client, topic, 1, worker)
    client.get(f"/projects/{topic}/freeze")
    send(stack, topic, [row(2)])
    wait(lambda: "frozen" in status(worker, topic)["tasks"][0].get("trace", ""), 30, lambda: status(worker, topic))
    assert states(worker, topic) == ["RUNNING"]
    text = requests.get(f"{worker.url}/metrics", timeout=10).text
    assert f'weir_connect_task_waiting{{connector="{topic}",task="0"}} 1' in text
    client.get(f"/projects/{topic}/unfreeze")
    exact(client, topic, 2, worker)
    wait(lambda: "trace" not in status(worker, topic)["tasks"][0], 30, lambda: status(worker, topic))
    client.delete(f"/projects/{topic}")
    send(stack, topic, [row(3)])
    wait(lambda: topic in status(worker, topic)["tasks"][0].get("trace", ""), 30, lambda: status(worker, topic))
    client.post("/projects", {}, pid=topic, persist="true", ok=(201,))
    wait(lambda: learned(client, topic) == (1, 3), 60, lambda: (learned(client, topic), worker.errors()))
    call(worker, "DELETE", f"/connectors/{topic}", 204)


def test_a_worker_joins_while_another_waits(stack, worker, weir, client):
    """Who waits for a frozen project stays in its group: a second worker takes its share at once, and no row is lost."""
    topic = fresh("joins")
    make_topic(stack, topic, 2)
    config = connector(weir.url, topic)
    send(stack, topic, [(0, row(1)), (1, row(2))])
    put(worker, topic, config)
    exact(client, topic, 2, worker)
    client.get(f"/projects/{topic}/freeze")
    send(stack, topic, [(0, row(3)), (1, row(4))])
    wait(lambda: "frozen" in status(worker, topic)["tasks"][0].get("trace", ""), 30, lambda: status(worker, topic))
    with worker_of(stack) as second:
        put(second, topic, config)
        wait(lambda: "frozen" in status(second, topic)["tasks"][0].get("trace", ""), 60, lambda: status(second, topic))
        client.get(f"/projects/{topic}/unfreeze")
        exact(client, topic, 4, worker)
        assert second.stop() == 0
    send(stack, topic, [(0, row(5)), (1, row(6))])
    exact(client, topic, 6, worker)
    call(worker, "DELETE", f"/connectors/{topic}", 204)
