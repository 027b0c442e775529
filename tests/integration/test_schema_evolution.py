"""A topic whose rows come in several schemas at once: each is read by its own, the project follows, and its statistics are
those of pandas over the same rows. Nothing restarts. Learned by the connector and by a stream inside the server."""
import datetime
import decimal
import json
import random
import time

import pandas
import pytest
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.serialization import MessageField, SerializationContext

from support.programs import SECRET, Program, server, user
from support.topics import Topics
from support.weir_client import Client
from support.workers import CLASS, Native

STARTED = time.time_ns()
ROWS = 3000  # in the topic

PLACE = {"type": "record", "name": "Place", "fields": [{"name": "lat", "type": "double"}, {"name": "lon", "type": "float"}]}
COLOUR = {"type": "enum", "name": "Colour", "symbols": ["RED", "GREEN", "BLUE"]}
COST = {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2}
UTC = datetime.timezone.utc


def versions():
    """Added, dropped, renamed, widened, optional, nested and logical fields, and types that stay; oldest first."""
    first = {"a": "double", "temp": "double", "n": "int", "colour": COLOUR, "gone": "float"}
    second = {**first, "extra": "double"}  # added
    del second["gone"]  # dropped
    third = {**second, "n": "long"}  # widened
    del third["temp"]
    third["heat"] = ("double", "temp")  # renamed
    fourth = {**third, "a": ["null", "double"], "n": ["long", "double", "null"], "place": ["null", PLACE],
              "cost": COST, "at": {"type": "long", "logicalType": "timestamp-millis"},
              "tags": {"type": "array", "items": "string"}}
    del fourth["heat"]
    fourth["warmth"] = ("double", "heat")  # renamed again: the oldest name is not told any more
    defaults = {"extra": 0., "heat": 0., "warmth": 0., "place": None, "cost": "", "at": 0, "tags": []}

    def field(name, kind):
        kind, was = kind if isinstance(kind, tuple) else (kind, None)
        return {"name": name, "type": kind} | ({"aliases": [was]} if was else {}) | (
            {"default": defaults[name]} if name in defaults else {})
    return [{"type": "record", "name": "Row", "fields": [field(*f) for f in fields.items()]}
            for fields in (first, second, third, fourth)]


def row_of(version, rng):
    """A row of a version, and what of it is learned."""
    a, temp, n, colour = rng.gauss(5, 2), rng.gauss(20, 4), rng.randint(0, 1000), rng.choice(COLOUR["symbols"])
    row = {"a": a, "n": n, "colour": colour, ("temp", "temp", "heat", "warmth")[version]: temp}
    seen = {"a": a, "temp": temp, "n": n, **{f"colour${c.lower()}": c == colour for c in COLOUR["symbols"]}}
    if version == 0:
        row["gone"] = seen["gone"] = rng.randint(0, 99) / 4
    else:
        row["extra"] = seen["extra"] = a - rng.random()
    if version == 3:
        if rng.random() < .3:
            row["a"] = seen["a"] = None
        n = rng.choice([None, rng.randint(0, 9), rng.random()])
        row["n"] = seen["n"] = n
        row["place"] = {"lat": rng.gauss(47, 1), "lon": rng.randint(0, 64) / 8} if rng.random() < .8 else None
        for name in ("lat", "lon"):
            seen[f"place.{name}"] = row["place"] and row["place"][name]
        row["cost"] = decimal.Decimal(rng.randint(-10**6, 10**6)) / 100
        row["at"] = datetime.datetime(2026, 1, 1, tzinfo=UTC) + datetime.timedelta(milliseconds=rng.randint(0, 10**9))
        row["tags"] = rng.sample("pqrs", rng.randint(0, 3))
        seen |= {"cost": float(row["cost"]), "at": round(row["at"].timestamp() * 1000)}
    return row, seen


@pytest.fixture(scope="module")
def topic(stack):
    """The topic and what a reader of all its rows has seen."""
    topics, rng = Topics(stack.bootstrap, stack.registry), random.Random(11)
    name = topics.make(f"F-{STARTED}-evolves", 3)
    encode = [topics.avro(name, schema) for schema in versions()]
    values, seen = [], []
    for i in range(ROWS):  # in turn at first, so that the registry meets the versions in order; then as they come
        version = i if i < 4 else rng.randrange(4)
        row, cells = row_of(version, rng)
        values.append(encode[version](row))
        seen.append(cells)
    topics.send(name, values)
    return name, pandas.DataFrame(seen).astype(float)


@pytest.fixture
def place(tmp_path):
    user(tmp_path / "data")
    with server(tmp_path / "data") as program:
        yield program, Client(program.url)
        assert program.stop() == 0, program.errors()


def explore(client, metric, *names):
    body = {"values": [{"inputAttributeNames": list(names)}]}
    return client.post("/projects/p/explore", body, metric=metric)["values"]["KSVDMap"]["values"][0]


def learned(client):
    answer = client.call("POST", "/projects/p/explore", {"values": [{"inputAttributeNames": ["temp"]}]}, metric="uni")
    return answer.json()["values"]["KSVDMap"]["values"][0]["count"] if answer.status == 200 else 0


def wait_for(client, rows, of):
    end = time.monotonic() + 90
    while learned(client) < rows:
        assert time.monotonic() < end, f"{learned(client)} of {rows}: {of()}"
        time.sleep(0.1)
    assert learned(client) == rows


def compare(client, frame):
    """Every attribute by itself and with each other beside pandas."""
    for name in frame:
        got = explore(client, "uni", name)
        column = frame[name].dropna()
        if "$" in name:  # a value of a category counts wherever the category is there
            assert got["count"] == len(frame)
        else:
            assert got["count"] == len(column), name
        assert got["mean"] == pytest.approx(column.mean(), rel=1e-12, abs=1e-12), name
        assert got["variance"] == pytest.approx(column.var(ddof=0), rel=1e-9), name
    numbers = [name for name in frame if "$" not in name]
    for i, one in enumerate(numbers):
        for two in numbers[i + 1:]:
            both = frame[[one, two]].dropna()
            if len(both):  # "gone" and what came later never meet
                assert explore(client, "bi", one, two)["linCorr"] == pytest.approx(
                    both[one].corr(both[two]), rel=1e-9, abs=1e-9), (one, two)
    names = client.get("/projects/p/info")["values"]["smlInfo"]["attributeNames"]
    assert not {"heat", "warmth", "place", "a.b"} & set(names), names


def test_connector(stack, topic, place):
    name, frame = topic
    program, client = place
    client.post("/projects", {}, pid="p", persist="true", enableHistogram="true", ok=(201,))
    worker = Native(stack.bootstrap)
    try:
        worker.create("evolves", {
            "connector.class": CLASS, "tasks.max": "2", "topics": name, "sml.url": f"{program.url}/symetry/rest",
            "sml.project": "p", "sml.customer.id": "c1", "sml.customer.secret.key": SECRET,
            "behavior.on.malformed.documents": "fail", "value.converter": "io.confluent.connect.avro.AvroConverter",
            "value.converter.schema.registry.url": stack.registry})
        wait_for(client, len(frame), lambda: f"{worker.status('evolves')}\n{worker.errors()}")
        compare(client, frame)
        assert worker.states("evolves") == ["RUNNING", "RUNNING"]
    finally:
        worker.stop()


def test_server_stream(stack, topic, place):
    name, frame = topic
    _, client = place
    client.post("/projects", {}, pid="p", persist="true", enableHistogram="true", ok=(201,))
    client.post("/projects/p/streams/create", {"type": "kafka", "name": "evolves", "info": {
        "bootstrap.servers": stack.bootstrap, "kafka.topic": name, "schema.registry.url": stack.registry}}, ok=(201,))
    wait_for(client, len(frame), lambda: client.get("/projects/p/streams/info")["values"])
    compare(client, frame)
    client.get("/projects/p/streams/evolves/stop")


def test_json_members_come_and_go(stack, place):
    """Objects without a schema, nested, of changing members; the flag becomes a number on the way."""
    topics, rng = Topics(stack.bootstrap, stack.registry), random.Random(12)
    name = topics.make(f"F-{STARTED}-json", 1)
    _, client = place
    rows = []
    for i in range(1500):
        row = {"temp": rng.gauss(0, 1), "flag": i % 2 == 0 if i < 500 else rng.randint(0, 5)}
        if i > 300 and rng.random() < .5:
            row["at"] = {"x": rng.gauss(1, 1), "deep": {"y": rng.randint(0, 9)}}
        if i > 700:
            row["late"] = rng.choice([None, rng.random()])
        rows.append(row)
    topics.send(name, [json.dumps(row).encode() for row in rows])
    client.post("/projects", {}, pid="p", persist="true", enableHistogram="true", ok=(201,))
    client.post("/projects/p/streams/create", {"type": "kafka", "name": "json", "info": {
        "bootstrap.servers": stack.bootstrap, "kafka.topic": name, "data.format": "json"}}, ok=(201,))
    wait_for(client, len(rows), lambda: client.get("/projects/p/streams/info")["values"])
    compare(client, pandas.json_normalize(rows).astype(float))


def test_scores_carry_the_rows(stack, topic, place, tmp_path):
    """The scorer writes each row as it came, in the schema it came with and its own fields behind: all that the
    versions of the topic hold is read back by fastavro."""
    name, frame = topic
    program, client = place
    client.post("/projects", {}, pid="p", persist="true", enableHistogram="true", ok=(201,))
    table = frame[["temp", "n"]].dropna()
    client.post("/projects/p/learn", {"attributeNames": list(table), "attributeTypes": ["C", "C"],
                                      "data": table.values.tolist()})
    client.post("/projects/p/build", {"inputAttributeNames": list(table)}, algo="hba", modelid="m1", ok=(202,))
    file = tmp_path / "scorer.properties"
    file.write_text("".join(f"{key}={value}\n" for key, value in {
        "sml.kstream.source.topic": name, "sml.kstream.sink.topic": f"{name}-scores", "sml.kstream.app.id": f"{name}-app",
        "sml.kstream.project.id": "p", "sml.kstream.model.id": "m1", "sml.kstream.rest": "false",
        "sml.kstream.rest.user": "c1", "sml.kstream.rest.secret": SECRET, "sml.kstream.rest.host": program.url,
        "sml.kstream.schedule.ms": "20", "bootstrap.servers": stack.bootstrap, "commit.interval.ms": "100",
        "schema.registry.url": stack.registry, "auto.offset.reset": "earliest"}.items()))
    topics = Topics(stack.bootstrap, stack.registry)
    topics.make(f"{name}-scores", 3)
    with Program("stream", file) as scorer:
        scored = topics.read(f"{name}-scores", len(frame))
        assert len(scored) == len(frame), scorer.errors()
        assert scorer.stop() == 0, scorer.errors()
    sent = topics.read(name, len(frame))

    def rows(messages, subject):
        read = AvroDeserializer(topics.registry)
        where = SerializationContext(subject, MessageField.VALUE)
        return {(m.partition(), i): read(m.value(), where)
                for p in range(3) for i, m in enumerate([m for m in messages if m.partition() == p])}
    before, after = rows(sent, name), rows(scored, f"{name}-scores")
    assert before.keys() == after.keys()
    for place_of, row in before.items():
        more = dict(list(after[place_of].items())[len(row):])
        assert dict(list(after[place_of].items())[:len(row)]) == row
        assert {"res", "anomaly_score", "model_version"} <= set(more) and more["res"] in (0, 1), more
    for id in {int.from_bytes(m.value()[1:5], "big") for m in scored}:
        schema = json.loads(topics.registry.get_schema(id).schema_str)
        own = [f for f in schema["fields"] if f["name"] not in more]
        assert own in [version["fields"] for version in versions()]
