"""Shuttle rows through a real broker: an independent Avro producer, `weir connect` with the published connector
configuration, `weir stream` with the published properties, and an independent consumer of the scores."""
import json
import time
from collections import Counter, defaultdict

import numpy as np
import pytest
from confluent_kafka import Consumer, KafkaError
from confluent_kafka.admin import AdminClient
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.serialization import MessageField, SerializationContext

from support.data import shuttle_rows
from support.programs import SECRET, Program, server, user
from support.waiting import wait
from support.weir_client import Client

ROWS = 20000
COLUMNS = [f"V{i}" for i in range(1, 10)]


def connector(url, registry, **more):
    """The configuration as published; only addresses and the secret differ."""
    return {"name": "symetry-sink-1", "config": {
        "connector.class": "com.sml.kafka.connector.SymetryKafkaSinkConnector", "group.id": "connect-group-1",
        "tasks.max": "2", "key.converter": "org.apache.kafka.connect.storage.StringConverter",
        "value.converter": "io.confluent.connect.avro.AvroConverter", "topics": "shuttle-sensor",
        "consumer.max.poll.records": 500, "sml.attribute.types": "C,C,C,C,C,C,C,C,C,X",
        "sml.dataframe.max.chunk.size": "100", "sml.url.1": f"{url}/symetry/rest", "sml.project.1": "shuttle",
        "sml.customer.id.1": "c1", "sml.customer.secret.key.1": SECRET, "http.client.idle.timeout.ms": "55000",
        "http.client.response.buffer.size": "2048000", "logging.is.verbose": "false",
        "logging.is.signature.included": "false", "logging.is.url.body.truncated": "true",
        "sml.request.retry.delay.ms": 10000, "sml.request.max.retries": 3, "sml.project.must.preexist": "false",
        "drop.invalid.message": "false", "key.ignore": "true", "schema.ignore": "true",
        "behavior.on.malformed.documents": "warn", "value.converter.schema.registry.url": registry, **more}}


def properties(url, stack, rest):
    return f"""
sml.kstream.source.topic = shuttle-sensor
sml.kstream.sink.topic = shuttle-sensor-preds-{rest}
sml.kstream.app.id = smlks-app-v1-{rest}
sml.kstream.client.id = smlks-client-v1
sml.kstream.project.id = shuttle
sml.kstream.model.id = hba1
sml.kstream.rest = {rest}
sml.kstream.rest.user = c1
sml.kstream.rest.secret = {SECRET}
sml.kstream.rest.host = {url}
sml.kstream.record.poll.max = 500
sml.kstream.schedule.ms = 4000
bootstrap.servers = {stack.bootstrap}
schema.registry.url = {stack.registry}
enable.auto.commit = true
commit.interval.ms = 5000
"""


def uni(client, name):
    answer = client.post("/projects/shuttle/explore", {"values": [{"inputAttributeNames": [name]}]}, metric="uni")
    return answer["values"]["KSVDMap"]["values"][0]


def count(client):
    try:
        return int(uni(client, "V1")["count"])
    except AssertionError:  # no project or no rows yet
        return 0


def read_topic(stack, topic, rows, seconds=120):
    """Every message of a topic as (partition, offset, key, value), once `rows` have been seen and it is quiet."""
    consumer = Consumer({"bootstrap.servers": stack.bootstrap, "group.id": f"check-{time.time_ns()}",
                         "enable.auto.commit": False,
                         "auto.offset.reset": "earliest", "isolation.level": "read_committed",
                         "topic.metadata.refresh.interval.ms": 2000})
    consumer.subscribe([topic])
    avro = AvroDeserializer(SchemaRegistryClient({"url": stack.registry}))
    found, end, quiet = [], time.monotonic() + seconds, 0
    while time.monotonic() < end and quiet < 3:
        message = consumer.poll(1.0)
        if message is None:
            quiet += len(found) >= rows
            continue
        if message.error():  # the scorer makes the topic with its first row
            assert message.error().code() == KafkaError.UNKNOWN_TOPIC_OR_PART, message.error()
            continue
        value = avro(message.value(), SerializationContext(topic, MessageField.VALUE))
        found.append((message.partition(), message.offset(), message.key(), value))
    consumer.close()
    return found


@pytest.fixture(scope="module")
def world(stack, tmp_path_factory):
    """A server, a connector that has learned all rows, and what the producer sent."""
    folder = tmp_path_factory.mktemp("world")
    rows = shuttle_rows()[:ROWS]
    csv = folder / "shuttle.csv"
    np.savetxt(csv, rows, fmt="%d", delimiter=",", header=",".join([*COLUMNS, "outlier"]), comments="")
    data = folder / "data"
    user(data)
    with server(data) as weir:
        client = Client(weir.url)
        client.post("/projects", {}, pid="shuttle", persist="true", enableHistogram="true", ok=(201,))
        config = folder / "connector.json"
        config.write_text(json.dumps(connector(weir.url, stack.registry)))
        # the first worker is killed while rows come; the second goes on, and nothing counts twice
        with stack.producing(csv, "shuttle-sensor", "-p", 3, "-k", "V1", "--rate", 2000) as sender:
            admin = AdminClient({"bootstrap.servers": stack.bootstrap})
            wait(lambda: "shuttle-sensor" in admin.list_topics(timeout=10).topics, 60, lambda: "no topic")
            with Program("connect", "--listen", "127.0.0.1:0", "--bootstrap", stack.bootstrap, config,
                         ready="listening ") as worker:
                wait(lambda: count(client) > 1000, 60, worker.errors)
                worker.kill()
                assert sender.poll() is None, "all rows had been sent before the kill, so it proves little"
        with Program("connect", "--listen", "127.0.0.1:0", "--bootstrap", stack.bootstrap, config,
                     ready="listening ") as worker:
            wait(lambda: count(client) >= ROWS, 120, lambda: f"{count(client)} of {ROWS}\n{worker.errors()}")
            yield {"client": client, "url": weir.url, "rows": rows, "folder": folder, "worker": worker}
            assert worker.stop() == 0
        assert weir.stop() == 0


def test_learned_rows_have_the_numbers_of_numpy(world):
    client, rows = world["client"], world["rows"]
    time.sleep(1)
    for i, name in enumerate(COLUMNS):
        got = uni(client, name)
        assert got["count"] == ROWS
        assert got["mean"] == pytest.approx(np.mean(rows[:, i]), rel=1e-12, abs=1e-12)
        assert got["variance"] == pytest.approx(np.var(rows[:, i]), rel=1e-12)
        assert (got["min"], got["max"]) == (rows[:, i].min(), rows[:, i].max())


def test_connect_rest(world):
    import requests
    base = world["worker"].url
    assert requests.get(f"{base}/connectors", timeout=10).json() == ["symetry-sink-1"]
    status = requests.get(f"{base}/connectors/symetry-sink-1/status", timeout=10).json()
    assert status["connector"]["state"] == "RUNNING"
    assert [t["state"] for t in status["tasks"]] == ["RUNNING", "RUNNING"]


@pytest.mark.parametrize("rest", ["true", "false"])
def test_scores(world, stack, rest):
    client, rows = world["client"], world["rows"]
    if rest == "true":
        job = client.post("/projects/shuttle/build", {"extraParameters": {}}, modelid="hba1", algo="hba", ok=(202,))
        assert job["statusString"] == "Job Created"
        wait(lambda: "hba1" in client.get("/projects/shuttle/info")["values"]["smlInfo"]["modelsList"], 30,
             lambda: "hba1 was not built")
    file = world["folder"] / f"app-{rest}.properties"
    file.write_text(properties(world["url"], stack, rest))
    topic = f"shuttle-sensor-preds-{rest}"
    with Program("stream", file) as scorer:
        found = read_topic(stack, topic, ROWS)
        assert len(found) == ROWS, scorer.errors()
        assert scorer.stop() == 0
    # every row once, with its fields, in the order of its partition, under its key
    names = [*COLUMNS, "outlier"]
    sent = Counter(tuple(int(x) for x in row) for row in rows)
    got = Counter(tuple(value[n] for n in names) for _, _, _, value in found)
    assert got == sent
    source = defaultdict(list)
    for partition, _, key, value in sorted(read_topic(stack, "shuttle-sensor", ROWS), key=lambda m: m[:2]):
        source[key].append(tuple(value[n] for n in names))
    order = defaultdict(list)
    for partition, _, key, value in sorted(found, key=lambda m: m[:2]):
        order[key].append(tuple(value[n] for n in names))
    assert order == source
    assert {value["model_version"] for *_, value in found} == {1}
    assert {value["res"] for *_, value in found} <= {0, 1}
    # the scores are those of predict
    some = found[:500]
    body = {"attributeNames": COLUMNS, "attributeTypes": ["C"] * 9,
            "data": [[str(v[n]) for n in COLUMNS] for *_, v in some]}
    answer = client.post("/projects/shuttle/predict/hba1", body)
    want = [float(row["anomaly_score"]) for row in answer["values"]["KSVSMap"]["values"]]
    assert [v["anomaly_score"] for *_, v in some] == pytest.approx(want, rel=1e-12)


@pytest.mark.parametrize("option,converter", [
    ("--json", {"value.converter.schemas.enable": "false"}),
    ("--json-schemas-enable", {"value.converter.schemas.enable": "true"})])
def test_json_topics(world, stack, option, converter):
    """JSON without and with Connect's envelope, types guessed."""
    import requests
    client, topic = world["client"], "shuttle" + option.replace("-", "")
    stack.produce(world["folder"] / "shuttle.csv", topic, option, "-n", 3000)
    config = connector(world["url"], stack.registry, topics=topic, **converter)["config"]
    config["value.converter"] = "org.apache.kafka.connect.json.JsonConverter"
    del config["sml.attribute.types"]
    config["sml.project.1"] = topic
    base = world["worker"].url
    created = requests.post(f"{base}/connectors", json={"name": topic, "config": config}, timeout=30)
    assert created.status_code == 201, created.text

    def learned():
        answer = client.post(f"/projects/{topic}/explore", {"values": [{"inputAttributeNames": ["V2"]}]},
                             metric="uni", ok=(200, 400))
        return answer["statusCode"] == "OK" and answer["values"]["KSVDMap"]["values"][0].get("count") == 3000

    wait(learned, 60, lambda: requests.get(f"{base}/connectors/{topic}/status", timeout=10).text)
    answer = client.post(f"/projects/{topic}/explore", {"values": [{"inputAttributeNames": ["V2"]}]}, metric="uni")
    assert answer["values"]["KSVDMap"]["values"][0]["mean"] == pytest.approx(world["rows"][:3000, 1].mean(), rel=1e-12)
    assert requests.delete(f"{base}/connectors/{topic}", timeout=30).status_code == 204
