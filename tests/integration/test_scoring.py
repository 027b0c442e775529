"""What a scored row carries, what a scorer tells of itself, and scorers that the server runs as tasks."""
import io
import json
import math
import os
import re
import signal
import struct
import time
import urllib.request

import fastavro
import pytest
import requests
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from support.programs import SECRET, Program, server, user
from support.waiting import fresh, wait
from support.weir_client import Client

N = 3000


def row(i):
    return {"id": i, "a": i % 17 / 4, "b": i * i % 101}


@pytest.fixture(scope="module")
def weir(tmp_path_factory):
    data = tmp_path_factory.mktemp("scoring") / "data"
    user(data)
    with server(data) as it:
        client = Client(it.url)
        client.post("/projects", {}, pid="p", enableHistogram="true", ok=(201,))
        client.post("/projects/p/learn", {"attributeNames": ["a", "b"], "attributeTypes": ["C", "C"],
                                          "data": [[str(row(i)["a"]), str(row(i)["b"])] for i in range(2000)]})
        for algorithm in ("hba", "ecod"):
            client.post("/projects/p/build", {"extraParameters": {}}, modelid=algorithm, algo=algorithm, ok=(202,))
        wait(lambda: len(client.get("/projects/p/info")["values"]["smlInfo"]["modelsList"]) == 2, 30, it.errors)
        yield it
        assert it.stop() == 0


def make(stack, *topics, partitions=1):
    admin = AdminClient({"bootstrap.servers": stack.bootstrap})
    for made in admin.create_topics([NewTopic(t, partitions) for t in topics]).values():
        made.result(30)
    wait(lambda: set(topics) <= set(admin.list_topics(timeout=10).topics), 30, lambda: "topics were not made")


def send(stack, topic, values):
    producer = Producer({"bootstrap.servers": stack.bootstrap, "linger.ms": 20})
    for value in values:
        producer.produce(topic, value)
        producer.poll(0)
    assert producer.flush(60) == 0


def read(stack, topic, n, of, partitions=1):
    consumer = Consumer({"bootstrap.servers": stack.bootstrap, "group.id": fresh("reader"),
                         "enable.auto.commit": False})
    consumer.assign([TopicPartition(topic, p, 0) for p in range(partitions)])
    found, end = [], time.monotonic() + 60
    while len(found) < n:
        assert time.monotonic() < end, f"{len(found)} of {n}\n{of()}"
        found += [m.value() for m in consumer.consume(10000, 0.2) if not m.error()]
    found += [m.value() for m in consumer.consume(10000, 0.5) if not m.error()]  # anything too many
    consumer.close()
    return found


def properties(folder, weir, stack, topic, sink, **more):
    pairs = {"sml.kstream.source.topic": topic, "sml.kstream.sink.topic": sink, "sml.kstream.app.id": sink + "-app",
             "sml.kstream.project.id": "p", "sml.kstream.model.id": "hba", "sml.kstream.rest": "false",
             "sml.kstream.rest.user": "c1", "sml.kstream.rest.secret": SECRET, "sml.kstream.rest.host": weir.url,
             "sml.kstream.schedule.ms": "20", "bootstrap.servers": stack.bootstrap, **more}
    file = folder / f"{sink}.properties"
    file.write_text("".join(f"{k}={v}\n" for k, v in pairs.items()))
    return file


REASONED = {"sml.kstream.field.res": "odd", "sml.kstream.field.score": "how_odd", "sml.kstream.field.version": "",
            "sml.kstream.explain": "3", "sml.kstream.field.explain": "by", "sml.kstream.evt": "true",
            "sml.kstream.evt.warmup.size": "500", "sml.kstream.evt.quantile": "95", "sml.kstream.evt.alpha": "0.01"}
ADDED = ["odd", "how_odd", "evt_is_anomaly", "evt_threshold", "by_1", "by_1_score", "by_2", "by_2_score", "by_3",
         "by_3_score"]


def check_reasons(rows):
    """The inputs that are named add up to the score, the greatest first; what is flagged lies above the threshold."""
    assert [r["id"] for r in rows] == list(range(N))
    for i, r in enumerate(rows):
        assert list(r) == ["id", "a", "b"] + ADDED
        assert {k: r[k] for k in ("id", "a", "b")} == row(i)
        assert {r["by_1"], r["by_2"]} == {"a", "b"} and r["by_3"] is None and r["by_3_score"] is None
        assert r["by_1_score"] >= r["by_2_score"]
        assert math.isclose(r["by_1_score"] + r["by_2_score"], r["how_odd"], rel_tol=1e-9, abs_tol=1e-9)
        assert (r["evt_threshold"] is None) == (i < 500)
        assert r["evt_is_anomaly"] == (i >= 500 and r["how_odd"] > r["evt_threshold"])
    assert all(r["evt_threshold"] >= sorted(r["how_odd"] for r in rows[:500])[470] for r in rows[500:])


def test_reasons_in_json(stack, weir, tmp_path):
    topic, sink = fresh("json"), fresh("json-out")
    make(stack, topic, sink)
    send(stack, topic, (json.dumps(row(i)) for i in range(N)))
    with Program("stream", properties(tmp_path, weir, stack, topic, sink, **REASONED)) as scorer:
        rows = [json.loads(v) for v in read(stack, sink, N, scorer.errors)]
        assert scorer.stop() == 0
    check_reasons(rows)


def test_reasons_in_avro(stack, weir, tmp_path):
    """The fields are in the registered schema, those that may be missing as unions with null."""
    topic, sink = fresh("avro"), fresh("avro-out")
    make(stack, topic, sink)
    schema = {"type": "record", "name": "row", "fields": [{"name": "id", "type": "long"},
                                                          {"name": "a", "type": "double"},
                                                          {"name": "b", "type": "int"}]}
    number = requests.post(f"{stack.registry}/subjects/{topic}-value/versions", json={"schema": json.dumps(schema)},
                           timeout=30).json()["id"]

    def written(i):
        out = io.BytesIO()
        fastavro.schemaless_writer(out, schema, row(i))
        return struct.pack(">bI", 0, number) + out.getvalue()
    send(stack, topic, map(written, range(N)))
    with Program("stream", properties(tmp_path, weir, stack, topic, sink,
                                      **{"schema.registry.url": stack.registry, **REASONED})) as scorer:
        values = read(stack, sink, N, scorer.errors)
        assert scorer.stop() == 0
    ids = {struct.unpack(">bI", v[:5]) for v in values}
    assert len(ids) == 1
    answer = requests.get(f"{stack.registry}/schemas/ids/{ids.pop()[1]}", timeout=30).json()["schema"]
    out = json.loads(answer)
    assert [f["name"] for f in out["fields"]] == ["id", "a", "b"] + ADDED
    check_reasons([fastavro.schemaless_reader(io.BytesIO(v[5:]), out) for v in values])


def test_sink_is_made(stack, weir, tmp_path):
    """As the source: each row on the partition of the same number."""
    topic, sink = fresh("three"), fresh("three-out")
    make(stack, topic, partitions=3)
    producer = Producer({"bootstrap.servers": stack.bootstrap})
    for i in range(30):
        producer.produce(topic, json.dumps(row(i)), partition=i % 3)
    assert producer.flush(60) == 0
    with Program("stream", properties(tmp_path, weir, stack, topic, sink)) as scorer:
        def partitions():
            return len(AdminClient({"bootstrap.servers": stack.bootstrap}).list_topics(timeout=10).topics[sink].partitions)
        wait(lambda: sink in AdminClient({"bootstrap.servers": stack.bootstrap}).list_topics(timeout=10).topics, 60,
             scorer.errors)
        assert partitions() == 3
        assert len(read(stack, sink, 30, scorer.errors, partitions=3)) == 30
        assert scorer.stop() == 0


def test_figures(stack, weir, tmp_path):
    """/metrics of a scorer: what it waits for, then rows, lag and version; and the way out where there is no way in."""
    topic, sink = fresh("figures"), fresh("figures-out")
    make(stack, topic, sink)
    send(stack, topic, (json.dumps(row(i)) for i in range(100)))
    file = properties(tmp_path, weir, stack, topic, sink, **{"sml.kstream.model.id": "later"})
    with Program("stream", "--metrics", "127.0.0.1:0", file, ready="metrics ") as scorer:
        url = next(line.split()[1] for line in scorer.lines if line.startswith("metrics "))

        def figures():
            text = urllib.request.urlopen(url, timeout=10).read().decode()
            return {m[1]: (float(m[3]), m[2]) for m in re.finditer(r"^(\w+)\{(.*)\} (\S+)$", text, re.M)}
        wait(lambda: figures()["weir_stream_waiting"][0] == 1, 60, scorer.errors)
        assert "later" in figures()["weir_stream_waiting"][1]
        wait(lambda: figures()["weir_stream_lag_records"][0] == 100, 60, lambda: str(figures()))
        client = Client(weir.url)
        client.post("/projects/p/build", {"extraParameters": {}}, modelid="later", algo="ecod", ok=(202,))
        wait(lambda: figures()["weir_stream_rows_scored_total"][0] == 100, 60, lambda: str(figures()))
        wait(lambda: figures()["weir_stream_lag_records"][0] == 0, 60, lambda: str(figures()))
        now = figures()
        assert now["weir_stream_waiting"][0] == 0 and now["weir_stream_model_version"][0] == 1
        assert now["weir_stream_exactly_once"][0] == 1 and now["weir_stream_partitions"][0] == 1
        assert now["weir_stream_commits_total"][0] >= 1 and f'app="{sink}-app"' in now["weir_stream_partitions"][1]
        assert scorer.stop() == 0


def test_task(stack, weir):
    """The server runs a scorer with its own address, user and secret; killed, it goes on where it was."""
    topic, sink, name = fresh("task"), fresh("task-out"), fresh("name")
    make(stack, topic, sink)
    send(stack, topic, (json.dumps(row(i)) for i in range(1000)))
    client = Client(weir.url)
    client.post("/tasks/create", {"type": "kstream", "name": name, "params": {
        "sml.kstream.source.topic": topic, "sml.kstream.sink.topic": sink, "sml.kstream.project.id": "p",
        "sml.kstream.model.id": "ecod", "bootstrap.servers": stack.bootstrap, "sml.kstream.schedule.ms": "20",
        "commit.interval.ms": "100"}}, ok=(201,))

    def facts():
        return client.get(f"/tasks/{name}")["values"]["KSVSMap"]["values"][0]
    client.get(f"/tasks/{name}/start")
    assert len(read(stack, sink, 1000, lambda: f"{facts()}\n{weir.errors()}")) == 1000
    found = wait(lambda: (f := facts())["scored"] == "1000" and f, 30, lambda: str(facts()))
    assert found["status"] == "RUNNING" and found["modelVersion"] == "1" and found["lastError"] == ""
    assert found["processingGuarantee"] == "exactly_once"
    pids = set()
    for thread in os.listdir(f"/proc/{weir.process.pid}/task"):
        with open(f"/proc/{weir.process.pid}/task/{thread}/children") as f:
            pids |= set(map(int, f.read().split()))
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    wait(lambda: facts()["restarts"] == "1", 60, lambda: str(facts()))
    send(stack, topic, (json.dumps(row(i)) for i in range(1000, 2000)))
    values = read(stack, sink, 2000, lambda: f"{facts()}\n{weir.errors()}")
    assert [json.loads(v)["id"] for v in values] == list(range(2000))
    client.get(f"/tasks/{name}/stop")
    assert facts()["status"] == "STOPPED"
    client.delete(f"/tasks/{name}")
