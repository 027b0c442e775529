"""Faults on a real broker: whatever is killed, unreadable or not there, no row is lost and none counts twice.

Topics hold JSON rows {"id", "a", "b"}; id runs from 1 to n, so count and sum of a project tell a lost or a doubled row.
"""
import io
import json
import struct
import time
from collections import defaultdict

import fastavro
import pytest
import requests
from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewPartitions, NewTopic

from support.programs import SECRET, Program, run, server, user
from support.stack import MAY_DIE
from support.waiting import wait
from support.weir_client import Client

QUICK = {"sml.reconnect.backoff.ms": "200", "sml.reconnect.backoff.max.ms": "400", "sml.backoff.max.retries": "100"}
names = iter(range(10**6))
STARTED = time.time_ns() // 10**9
SENT_MS = STARTED * 1000 - 5000  # a time of their own for rows, not so old that the broker would drop them


def fresh(word):
    return f"{word}-{STARTED}-{next(names)}"


def make_topic(stack, name, partitions):
    admin = AdminClient({"bootstrap.servers": stack.bootstrap})
    admin.create_topics([NewTopic(name, partitions)])[name].result(30)
    wait(lambda: name in admin.list_topics(timeout=10).topics, 30, lambda: f"{name} was not made")
    return admin


def row(i):
    return json.dumps({"id": i, "a": i % 17 / 4, "b": i * i % 101}).encode()


def send(stack, topic, values, **more):
    """values: bytes or None, or (partition, bytes)."""
    producer = Producer({"bootstrap.servers": stack.bootstrap, "linger.ms": 20, "enable.idempotence": True})
    failed = []
    for i, value in enumerate(values):
        where = {"partition": value[0], "value": value[1]} if isinstance(value, tuple) else {"value": value}
        producer.produce(topic, key=str(i), on_delivery=lambda e, m: e and failed.append(e), **where, **more)
        producer.poll(0)
    assert producer.flush(60) == 0 and not failed


def read(stack, topic, done, seconds=60):
    """Messages of a topic until done(messages) and it is quiet."""
    consumer = Consumer({"bootstrap.servers": stack.bootstrap, "group.id": fresh("check"), "enable.auto.commit": False,
                         "auto.offset.reset": "earliest", "topic.metadata.refresh.interval.ms": 1000})
    consumer.subscribe([topic])
    found, end, quiet = [], time.monotonic() + seconds, 0
    while time.monotonic() < end and quiet < 2:
        message = consumer.poll(1.0)
        if message is None:
            quiet += bool(done(found))
        elif message.error():
            assert message.error().code() == KafkaError.UNKNOWN_TOPIC_OR_PART, message.error()
        else:
            quiet = 0
            found.append(message)
    consumer.close()
    return found


def connector(url, topic, **more):
    return {"connector.class": "com.sml.kafka.connector.SymetryKafkaSinkConnector", "tasks.max": "1", "topics": topic,
            "value.converter": "org.apache.kafka.connect.json.JsonConverter", "value.converter.schemas.enable": "false",
            "sml.attribute.types": "C,C,C", "sml.dataframe.max.chunk.size": "100", "sml.url": f"{url}/symetry/rest",
            "sml.project": topic, "sml.customer.id": "c1", "sml.customer.secret.key": SECRET,
            "sml.create.project.params": "enableHistogram=true",
            "behavior.on.malformed.documents": "warn", **QUICK, **more}


def learned(client, project, field="id"):
    """(count, sum) of a field; (0, 0) before there is one."""
    try:
        answer = client.post(f"/projects/{project}/explore", {"values": [{"inputAttributeNames": [field]}]},
                             metric="uni")
        got = answer["values"]["KSVDMap"]["values"][0]
        return int(got["count"]), round(got["count"] * got["mean"]) if got["count"] else 0
    except (AssertionError, KeyError, requests.ConnectionError):
        return 0, 0


def exact(client, project, n, worker, seconds=60):
    """Waits for n rows, and a little longer for any too many."""
    wait(lambda: learned(client, project)[0] >= n, seconds,
         lambda: f"{learned(client, project)} of {n}\n{worker.errors()}")
    time.sleep(0.7)
    assert learned(client, project) == (n, n * (n + 1) // 2)


def worker_of(stack):
    return Program("connect", "--listen", "127.0.0.1:0", "--bootstrap", stack.bootstrap, ready="listening ")


def put(worker, name, config):
    answer = requests.put(f"{worker.url}/connectors/{name}/config", json=config, timeout=60)
    assert answer.status_code in (200, 201), answer.text


def status(worker, name):
    return requests.get(f"{worker.url}/connectors/{name}/status", timeout=10).json()


def failed(worker, name, seconds=60):
    """The reason of the first task that failed."""
    def tasks():
        return [t for t in status(worker, name)["tasks"] if t["state"] == "FAILED"]
    wait(tasks, seconds, lambda: f"no task failed: {status(worker, name)}\n{worker.errors()}")
    return tasks()[0]["trace"]


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("faults") / "data"
    user(folder)
    return folder


@pytest.fixture(scope="module")
def weir(data):
    with server(data) as it:
        yield it
        assert it.stop() == 0


@pytest.fixture
def client(weir):
    return Client(weir.url)  # a connection for each test: the server ends idle ones


@pytest.fixture(scope="module")
def worker(stack):
    with worker_of(stack) as it:
        yield it
        assert it.stop() == 0


def test_everything_killed(stack, tmp_path):
    """Server and worker are killed in turn, without warning, while rows come; every row counts once."""
    data, topic, kills, piece = tmp_path / "data", fresh("killed"), 6, 10000
    user(data)
    make_topic(stack, topic, 3)
    config = tmp_path / "connector.json"
    weir = server(data)
    address = weir.url.removeprefix("http://")
    client = Client(weir.url)
    config.write_text(json.dumps({"name": topic, "config": connector(
        weir.url, topic, **{"tasks.max": "2", "sml.dataframe.max.chunk.size": "50"})}))
    args = ("connect", "--listen", "127.0.0.1:0", "--bootstrap", stack.bootstrap, config)
    worker = Program(*args, ready="listening ")
    try:
        before = 0
        for i in range(kills):
            send(stack, topic, map(row, range(i * piece + 1, (i + 1) * piece + 1)))
            wait(lambda: learned(client, topic)[0] > before, 60, worker.errors)
            if i % 2:
                worker.kill()
                worker = Program(*args, ready="listening ")
            else:
                weir.kill()
                weir = Program("serve", "--listen", address, "--data", data, ready="listening ")
                client = Client(weir.url)  # with a connection of its own
            before = learned(client, topic)[0]
        n = (kills + 1) * piece
        send(stack, topic, map(row, range(kills * piece + 1, n + 1)))
        exact(client, topic, n, worker)
        assert worker.stop() == 0 and weir.stop() == 0
    finally:
        worker.kill()
        weir.kill()


def test_brokers_away(weir):
    """A task that cannot reach its brokers says which, and ends at once when asked to."""
    with Program("connect", "--listen", "127.0.0.1:0", "--bootstrap", "127.0.0.1:1", ready="listening ") as worker:
        put(worker, "away", connector(weir.url, "away"))
        wait(lambda: "brokers 127.0.0.1:1 do not answer" in status(worker, "away")["tasks"][0].get("trace", ""), 30,
             lambda: status(worker, "away"))
        wait(lambda: "brokers 127.0.0.1:1 do not answer" in worker.errors(), 30, worker.errors)
        assert status(worker, "away")["tasks"][0]["state"] == "RUNNING"
        assert worker.stop() == 0


def test_two_workers_and_more_partitions(stack, weir, client):
    """Two workers share one connector, one leaves, and partitions are added to the topic; every row counts once."""
    topic, n = fresh("shared"), 30000
    admin = make_topic(stack, topic, 3)
    config = connector(weir.url, topic, **{
        "tasks.max": "2", "consumer.override.topic.metadata.refresh.interval.ms": "1000"})
    with worker_of(stack) as one, worker_of(stack) as two:
        put(one, topic, config)
        put(two, topic, config)
        send(stack, topic, map(row, range(1, n // 3 + 1)))
        admin.create_partitions([NewPartitions(topic, 6)])[topic].result(30)
        wait(lambda: len(admin.list_topics(topic, timeout=10).topics[topic].partitions) == 6, 30, lambda: "no 6")
        send(stack, topic, ((i % 6, row(i)) for i in range(n // 3 + 1, 2 * n // 3 + 1)))
        wait(lambda: learned(client, topic)[0] > n // 2, 60, one.errors)
        two.kill()
        send(stack, topic, ((i % 6, row(i)) for i in range(2 * n // 3 + 1, n + 1)))
        exact(client, topic, n, one)
        assert one.stop() == 0


def test_wrong_secret_and_server_away(stack, worker, weir, client):
    topic = fresh("secret")
    make_topic(stack, topic, 1)
    send(stack, topic, map(row, range(1, 11)))
    put(worker, topic, connector(weir.url, topic, **{"sml.customer.secret.key": "AAAAAAAAAAAAAAAAAAAAAA=="}))
    why = failed(worker, topic)
    assert "c1" in why or "signature" in why.lower() or "authori" in why.lower(), why
    put(worker, topic, connector("http://127.0.0.1:1", topic, **{"sml.backoff.max.retries": "2"}))
    why = failed(worker, topic)
    assert "127.0.0.1:1" in why
    assert status(worker, topic)["tasks"][0]["retries"] == 2
    put(worker, topic, connector(weir.url, topic, **{"sml.project.must.preexist": "true"}))
    why = failed(worker, topic)
    assert topic in why and "must.preexist" in why
    put(worker, topic, connector(weir.url, topic))
    exact(client, topic, 10, worker)


BAD = [b"{nope", b"\x00\x00\x00\x00\x07abc", b"[1,2]", b"", b"\xff\xfe", b"null", b'"text"', b'{"id":1,"id":2}']
CELLS = [b'{"id": {"deep": 1}, "a": 1, "b": 1}', b'{"id": "x", "a": 1, "b": 1}', b'{"id": 1e999, "a": 1, "b": 1}',
         b'{"id": [1], "a": 1, "b": 1}', b'{"id": 1e300, "a": 1, "b": 1}']


@pytest.mark.parametrize("word,types", [("ignore", "given"), ("warn", "guessed"), ("drop", "guessed")])
def test_malformed_skipped(stack, worker, weir, client, word, types):
    """Unreadable records anywhere are skipped and kept as dead letters; of readable ones bad cells are left out."""
    topic = fresh("bad")
    make_topic(stack, topic, 1)
    rows = [row(i) for i in range(1, 301)]
    send(stack, topic, BAD + CELLS[:1] + rows[:150] + BAD + CELLS[1:] + [None] + rows[150:] + BAD)
    how = {"drop.invalid.message": "true", "behavior.on.malformed.documents": "fail"} if word == "drop" else {
        "behavior.on.malformed.documents": word}
    config = connector(weir.url, topic, **how, **{
        "errors.deadletterqueue.topic.name": topic + "-dead", "errors.deadletterqueue.context.headers.enable": "true"})
    if types == "guessed":
        del config["sml.attribute.types"]
    put(worker, topic, config)
    exact(client, topic, 300, worker)
    wait(lambda: status(worker, topic)["tasks"][0]["skipped"] >= 3 * len(BAD), 30, lambda: status(worker, topic))
    task = status(worker, topic)["tasks"][0]
    assert (task["state"], task["rows"], task["skipped"]) == ("RUNNING", 300 + len(CELLS), 3 * len(BAD))
    assert task["bad_cells"] == len(CELLS) - 1  # the object is a field of its own, id.deep
    assert learned(client, topic, "b")[0] == 300 + len(CELLS)
    dead = read(stack, topic + "-dead", lambda found: len(found) >= 3 * len(BAD), 30)
    assert [m.value() or b"" for m in dead] == 3 * BAD
    headers = dict(dead[-1].headers())
    assert headers["__connect.errors.topic"].decode() == topic
    assert headers["__connect.errors.offset"].decode() == str(3 * len(BAD) + len(CELLS) + 300)
    assert requests.delete(f"{worker.url}/connectors/{topic}", timeout=30).status_code == 204


def test_malformed_fails(stack, worker, weir, client):
    """The rows before the unreadable record count; the task stops with its place; corrected, it goes on behind it."""
    topic = fresh("stops")
    make_topic(stack, topic, 1)
    rows = [row(i) for i in range(1, 301)]
    send(stack, topic, rows[:150] + BAD[:1] + rows[150:])
    put(worker, topic, connector(weir.url, topic, **{"behavior.on.malformed.documents": "fail"}))
    why = failed(worker, topic)
    assert f"{topic}/0 offset 150" in why
    assert learned(client, topic) == (150, 150 * 151 // 2)
    put(worker, topic, connector(weir.url, topic))
    exact(client, topic, 300, worker)


def test_topic_made_anew(stack, worker, weir, client):
    topic = fresh("anew")
    admin = make_topic(stack, topic, 1)
    send(stack, topic, map(row, range(1, 501)))
    put(worker, topic, connector(weir.url, topic))
    exact(client, topic, 500, worker)
    admin.delete_topics([topic])[topic].result(30)
    wait(lambda: topic not in admin.list_topics(timeout=10).topics, 30, lambda: "still there")
    make_topic(stack, topic, 1)
    send(stack, topic, map(row, range(501, 601)))
    why = failed(worker, topic)
    assert "500" in why and "made anew" in why
    assert learned(client, topic)[0] == 500
    assert requests.delete(f"{worker.url}/connectors/{topic}/offsets", timeout=30).status_code == 200
    exact(client, topic, 600, worker)


def test_numbered_projects(stack, worker, weir, client):
    """One project a task: together they hold every row once."""
    topic = fresh("numbered")
    make_topic(stack, topic, 2)
    send(stack, topic, ((i % 2, row(i)) for i in range(1, 1001)))
    config = connector(weir.url, topic, **{"tasks.max": "2"})
    for key in ("sml.url", "sml.project", "sml.customer.id", "sml.customer.secret.key"):
        value = config.pop(key)
        config[key + ".1"], config[key + ".2"] = value, value
    config["sml.project.2"] += "-2"
    put(worker, topic, config)

    def both():
        one, two = learned(client, topic), learned(client, topic + "-2")
        return one[0] + two[0], one[1] + two[1]
    wait(lambda: both()[0] >= 1000, 60, lambda: f"{both()}\n{worker.errors()}")
    time.sleep(0.7)
    assert both() == (1000, 500500)


def schema(*fields):
    return {"type": "record", "name": "row", "fields": [
        {"name": name, "type": kind, **({"default": None} if isinstance(kind, list) else {})} for name, kind in fields]}


def avro(stack, subject, written):
    """A writer of framed values of one schema."""
    answer = requests.post(f"{stack.registry}/subjects/{subject}/versions", json={"schema": json.dumps(written)},
                           headers={"Content-Type": "application/vnd.schemaregistry.v1+json"}, timeout=30)
    head, parsed = b"\0" + struct.pack(">I", answer.json()["id"]), fastavro.parse_schema(written)

    def write(**values):
        body = io.BytesIO()
        fastavro.schemaless_writer(body, parsed, values)
        return head + body.getvalue()
    return write


def test_schema_changes(stack, worker, weir, client):
    """Fields come and go, back and forth, among unreadable values; what a field is stays, and no row is lost."""
    topic = fresh("schemas")
    make_topic(stack, topic, 1)
    one = avro(stack, topic + "-value", schema(("id", "long"), ("a", "double"), ("s", "string")))
    two = avro(stack, topic + "-value", schema(("id", "long"), ("a", "double"), ("s", "string"),
                                               ("more", ["null", "int"])))
    three = avro(stack, topic + "-value", schema(("id", "long"), ("s", "string")))
    whole = one(id=0, a=0, s="x")
    bad = [b"\0\0\0\xff\xffbody", whole[:7], b"\1abcd", b"\0\0", whole + b"behind", b"\0\xff\xff\xff\xffabc"]
    values = [one(id=i, a=i, s="red" if i % 2 else "blue") for i in range(1, 301)]
    values += [two(id=i, a=i, s="red", more=i if i % 2 else None) for i in range(301, 601)]
    values += [one(id=i, a=i, s="blue") if i % 2 else three(id=i, s="red") for i in range(601, 901)]
    send(stack, topic, bad + values[:450] + bad + values[450:])
    put(worker, topic, connector(weir.url, topic, **{
        "value.converter": "io.confluent.connect.avro.AvroConverter",
        "value.converter.schema.registry.url": stack.registry, "sml.attribute.types": "C,C,T"}))
    exact(client, topic, 900, worker)
    assert learned(client, topic, "a")[0] == 750 and learned(client, topic, "more")[0] == 150
    assert learned(client, topic, "s$red") == (900, 600)
    task = status(worker, topic)["tasks"][0]
    assert (task["state"], task["skipped"]) == ("RUNNING", 2 * len(bad))


# --- scoring


def properties(folder, weir, stack, topic, sink, **more):
    pairs = {"sml.kstream.source.topic": topic, "sml.kstream.sink.topic": sink, "sml.kstream.app.id": sink + "-app",
             "sml.kstream.client.id": "scorer", "sml.kstream.project.id": topic, "sml.kstream.model.id": "m1",
             "sml.kstream.rest": "true", "sml.kstream.rest.user": "c1", "sml.kstream.rest.secret": SECRET,
             "sml.kstream.rest.host": weir, "sml.kstream.record.poll.max": "200", "sml.kstream.schedule.ms": "100",
             "bootstrap.servers": stack.bootstrap, "enable.auto.commit": "true", "commit.interval.ms": "300",
             "session.timeout.ms": "6000", **more}
    file = folder / f"{sink}.properties"
    file.write_text("".join(f"  {k} =   {v}  \n\n" for k, v in pairs.items()))
    return file


def build(client, project):
    job = client.post(f"/projects/{project}/build", {"extraParameters": {}}, modelid="m1", algo="hba", ok=(202,))
    assert job["statusString"] == "Job Created"
    wait(lambda: "m1" in client.get(f"/projects/{project}/info")["values"]["smlInfo"]["modelsList"], 30,
         lambda: "m1 was not built")


def by_partition(messages):
    parts = defaultdict(list)
    for m in sorted(messages, key=lambda m: (m.partition(), m.offset())):
        parts[m.partition()].append(m)
    return parts


def first_ids(messages):
    """Ids of a partition in the order in which each was first there."""
    return list(dict.fromkeys(json.loads(m.value())["id"] for m in messages))


def produced(stack, topic):
    """How many messages a topic of three partitions has had."""
    consumer = Consumer({"bootstrap.servers": stack.bootstrap, "group.id": fresh("count")})
    try:
        return sum(consumer.get_watermark_offsets(TopicPartition(topic, p), timeout=20)[1] for p in range(3))
    except KafkaException:  # a topic so new that its partitions have no leader yet
        return 0
    finally:
        consumer.close()


@pytest.fixture(scope="module")
def trained(stack, worker, weir):
    """A topic whose rows were learned, and model m1 of them."""
    client = Client(weir.url)
    topic, n = fresh("scored"), 20000
    make_topic(stack, topic, 3)
    send(stack, topic, map(row, range(1, n + 1)), headers=[("trace", b"\x00\xff")], timestamp=SENT_MS)
    put(worker, topic, connector(weir.url, topic, **{"sml.dataframe.max.chunk.size": "500"}))
    exact(client, topic, n, worker)
    build(client, topic)
    return topic, n


@pytest.mark.parametrize("rest", ["true", "false"])
def test_scorer_killed(stack, weir, trained, tmp_path, rest):
    """However often the scorer is killed, the sink has every row at least once and each partition in order."""
    topic, n = trained
    sink = fresh("killed-scores")
    file = properties(tmp_path, weir.url, stack, topic, sink, **{"sml.kstream.rest": rest})
    make_topic(stack, sink, 3)
    for _ in range(2):
        before = produced(stack, sink)
        with Program("stream", file) as scorer:
            # one that is quick may have been done with all rows when it is killed
            wait(lambda: produced(stack, sink) > before or before >= n, 60, scorer.errors)
            scorer.kill()
    with Program("stream", file) as scorer:
        found = read(stack, sink, lambda found: len({m.key() for m in found}) == n, 90)
        assert len({m.key() for m in found}) == n, scorer.errors()
        assert scorer.stop() == 0
    source = by_partition(read(stack, topic, lambda found: len(found) >= n))
    sunk = by_partition(found)
    assert {p: first_ids(ms) for p, ms in sunk.items()} == {p: first_ids(ms) for p, ms in source.items()}
    for m in found[:: n // 20]:
        value = json.loads(m.value())
        assert list(value) == ["id", "a", "b", "res", "anomaly_score", "model_version"]
        assert m.headers() == [("trace", b"\x00\xff")] and m.timestamp()[1] == SENT_MS


@pytest.mark.parametrize("rest", ["true", "false"])
def test_models_names_and_faults(stack, weir, client, worker, tmp_path, rest):
    """Rows wait for the model; unreadable ones are stepped over; a rebuilt model is taken up; names do not clash."""
    topic, sink = fresh("clash"), fresh("clash-scores")
    make_topic(stack, topic, 1)
    rows = [json.dumps({"res": i, "model_version": "old", "anomaly_score": i % 7, "x": i % 11}).encode()
            for i in range(1, 401)]
    send(stack, topic, BAD[:3] + rows[:200] + [None] + BAD)
    file = properties(tmp_path, weir.url, stack, topic, sink, **{
        "sml.kstream.rest": rest, "num.stream.threads": "2", "default.value.serde": "whatever"})
    with Program("stream", file) as scorer:
        put(worker, topic, connector(weir.url, topic, **{"sml.attribute.types": "C,T,C,C"}))
        wait(lambda: learned(client, topic, "res")[0] == 200, 60, worker.errors)
        assert not read(stack, sink, lambda found: True, 5)
        build(client, topic)
        found = read(stack, sink, lambda found: len(found) >= 200, 60)
        assert len(found) == 200, scorer.errors()
        version = {json.loads(m.value())["weir_model_version"] for m in found}
        assert len(version) == 1
        build(client, topic)
        time.sleep(1.5)  # the scorer asks for a newer model twice a second
        send(stack, topic, rows[200:])
        found = read(stack, sink, lambda found: len(found) >= 400, 60)
        assert scorer.stop() == 0
        assert "num.stream.threads is a setting of the Java client" in scorer.errors()
    values = [json.loads(m.value()) for m in found]
    assert [v["res"] for v in values] == list(range(1, 401))
    assert all(list(v) == ["res", "model_version", "anomaly_score", "x", "weir_res", "weir_anomaly_score",
                           "weir_model_version"] for v in values)
    assert values[-1]["weir_model_version"] > max(version)


@pytest.mark.parametrize("more,words,code", [
    ({"sml.kstream.sink.topik": "x"}, ["sml.kstream.sink.topik", "sml.kstream.sink.topic"], (1, 2)),
    ({"sml.kstream.rest": "maybe"}, ["sml.kstream.rest", "maybe"], (1, 2)),
    ({"no.such.setting": "1"}, ["no.such.setting"], (1, 2)),
    ({"sml.kstream.rest.secret": "AAAAAAAAAAAAAAAAAAAAAA=="}, ["401"], (1,))])
def test_stream_refuses(stack, weir, trained, tmp_path, more, words, code):
    file = properties(tmp_path, weir.url, stack, trained[0], fresh("none"), **more)
    done = run("stream", file, check=False, timeout=60)
    assert done.returncode in code, done.stderr
    for word in words:
        assert word in done.stderr


# last, since a broker that was killed answers its groups late for a while
@pytest.mark.skipif(not MAY_DIE, reason="the broker is lent")
def test_broker_killed(stack, worker, weir, client):
    topic, n = fresh("broker"), 40000
    make_topic(stack, topic, 3)
    send(stack, topic, map(row, range(1, n // 2 + 1)))
    put(worker, topic, connector(weir.url, topic, **{"tasks.max": "2"}))
    wait(lambda: learned(client, topic)[0] > 0, 60, worker.errors)
    stack.call("kafka", "kill", "1")
    time.sleep(1)
    stack.call("kafka", "restart", "1")
    stack.call("kafka", "wait")
    send(stack, topic, map(row, range(n // 2 + 1, n + 1)))
    exact(client, topic, n, worker, 90)
