"""What a project has learned from topics of every kind. Expected numbers are sums of the rows sent."""
import datetime
import decimal
import json

import pytest

from support.programs import SECRET
from support.topics import Pairs, enveloped_json, plain_json, record, totals
from support.workers import CLASS, avro_converter, json_converter

SCENARIOS = {}


def scenario(fill):
    """fill(world, topic) makes and fills a topic; it returns config(project), which is the connector's configuration, and
    check(world, worker, name, project)."""
    SCENARIOS[fill.__name__] = fill
    return fill


@pytest.fixture(scope="module")
def made(world):
    """{(kind of worker, scenario): (name of the connector, project, check)}"""
    found = {}
    for word, fill in SCENARIOS.items():
        topic = world.name(word)
        config, check = fill(world, topic)
        for worker in world.workers.values():
            name = f"{topic}-{worker.kind}"
            worker.create(name, config(name))
            found[worker.kind, word] = name, check
    return found


@pytest.mark.parametrize("word", SCENARIOS)
def test_topic(world, worker, made, word):
    name, check = made[worker.kind, word]
    check(world, worker, name, name)
    worker.delete(name)


def all_learned(pairs):
    def check(world, worker, name, project):
        world.wait_totals(project, pairs.totals, worker, name)
    return check


def attributes(world, project):
    """{name: type letter}"""
    info = world.client.get(f"/projects/{project}/info")["values"]["smlInfo"]
    return dict(zip(info["attributeNames"], info["attributeTypes"]))


def uni(world, project, name):
    answer = world.client.post(f"/projects/{project}/explore", {"values": [{"inputAttributeNames": [name]}]},
                               metric="uni", returnProjectInfo="false")
    return answer["values"]["KSVDMap"]["values"][0]


@scenario
def published(world, topic):
    """The published connector as it stands: only addresses, the secret and the converter's properties differ."""
    names = [f"V{i}" for i in range(1, 10)]
    rows = [dict(zip(names, ((i * 7919 + k * 104729) % 65521 for k in range(9))), label=i % 7) for i in range(3000)]
    world.topics.make(topic, 3)
    world.topics.send(topic, map(world.topics.avro(topic, record(**dict.fromkeys(rows[0], "long"))), rows))

    def config(project):
        return {
            "connector.class": CLASS, "group.id": "connect-group-1", "tasks.max": "2",
            "key.converter": "org.apache.kafka.connect.storage.StringConverter", **avro_converter(world.registry),
            "topics": topic, "consumer.max.poll.records": 500, "sml.attribute.types": "C,C,C,C,C,C,C,C,C,X",
            "sml.dataframe.max.chunk.size": "100", "sml.url.1": f"{world.url}/symetry/rest",
            "sml.project.1": project, "sml.customer.id.1": "c1", "sml.customer.secret.key.1": SECRET,
            "http.client.idle.timeout.ms": "55000", "http.client.response.buffer.size": "2048000",
            "logging.is.verbose": "false", "logging.is.signature.included": "false",
            "logging.is.url.body.truncated": "true", "sml.request.retry.delay.ms": 10000,
            "sml.request.max.retries": 3, "sml.project.must.preexist": "false", "drop.invalid.message": "false",
            "key.ignore": "true", "schema.ignore": "true", "behavior.on.malformed.documents": "warn",
            "value.converter.schema.registry.url": world.registry}

    def check(world, worker, name, project):
        world.wait_count(project, 3000, worker, name, column="V1")
        for a, b in zip(names, names[1:]):
            assert totals(world.client, project, a, b) == {
                "count": 3000, a: sum(r[a] for r in rows), b: sum(r[b] for r in rows),
                a + b: sum(r[a] * r[b] for r in rows)}
        assert worker.states(name) == ["RUNNING", "RUNNING"]
        assert attributes(world, project).get("label", "X") == "X"
    return config, check


@scenario
def avro_types_guessed(world, topic):
    """Attribute types from the schema; optional fields are counted where they are there."""
    pairs = Pairs()
    encode = world.topics.avro(topic, record(
        a="long", b="int", half="double", small="float", on="boolean", word="string",
        maybe=["null", "long"], name=["null", "string"]))
    world.topics.make(topic, 2)
    world.topics.send(topic, (encode({**row, "half": i / 2, "small": i / 4, "on": i % 3 == 0, "word": f"w{i % 5}",
                                      "maybe": i if i % 4 else None, "name": None if i % 2 else "n"})
                              for i, row in enumerate(pairs.take(400))))

    def check(world, worker, name, project):
        all_learned(pairs)(world, worker, name, project)
        kinds = attributes(world, project)
        assert {n: kinds[n] for n in ("a", "b", "half", "small", "on", "maybe")} == {
            "a": "C", "b": "C", "half": "C", "small": "C", "on": "B", "maybe": "C"}
        assert uni(world, project, "half")["sum"] == sum(i / 2 for i in range(400))
        assert uni(world, project, "small")["sum"] == sum(i / 4 for i in range(400))
        assert uni(world, project, "on")["sum"] == sum(i % 3 == 0 for i in range(400))
        assert uni(world, project, "maybe")["count"] == 300
        assert uni(world, project, "maybe")["sum"] == sum(i for i in range(400) if i % 4)
    return lambda project: world.config(topic, project, **avro_converter(world.registry)), check


@scenario
def avro_constructs(world, topic):
    """Records in records, arrays, enums, decimals, times and unions."""
    pairs = Pairs()
    encode = world.topics.avro(topic, record(
        at={"type": "record", "name": "Point", "fields": [
            {"name": "a", "type": "long"}, {"name": "deep", "type": {"type": "record", "name": "Deep", "fields": [
                {"name": "b", "type": ["null", "long"], "default": None}]}}]},
        tags={"type": "array", "items": "string"},
        color={"type": "enum", "name": "Color", "symbols": ["RED", "BLUE"]},
        cost={"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2},
        day={"type": "int", "logicalType": "date"}, when={"type": "long", "logicalType": "timestamp-millis"},
        mixed=["null", "int", "double"]))
    start = datetime.datetime(2024, 2, 28, tzinfo=datetime.timezone.utc)
    rows = []
    for i, row in enumerate(pairs.take(300)):
        when = start + datetime.timedelta(hours=i, milliseconds=i)
        rows.append({"at": {"a": row["a"], "deep": {"b": row["b"]}}, "tags": ["all", f"t{i % 3}"],
                     "color": "RED" if i % 4 else "BLUE", "cost": decimal.Decimal(i * 25 - 1000).scaleb(-2),
                     "day": when.date(), "when": when, "mixed": None if i % 3 == 0 else i if i % 3 == 1 else i / 2})
    world.topics.make(topic)
    world.topics.send(topic, map(encode, rows))

    def check(world, worker, name, project):
        world.wait_count(project, 300, worker, name, column="at.a")
        want = pairs.totals
        assert totals(world.client, project, "at.a", "at.deep.b") == {
            "count": 300, "at.a": want["a"], "at.deep.b": want["b"], "at.aat.deep.b": want["ab"]}
        assert attributes(world, project)["tags"] == "L"
        assert uni(world, project, "color$red")["sum"] == 225
        assert uni(world, project, "cost")["sum"] == sum(i * 25 - 1000 for i in range(300)) / 100
        assert uni(world, project, "when")["sum"] == sum(round(r["when"].timestamp() * 1000) for r in rows)
        midnight = datetime.time(tzinfo=datetime.timezone.utc)
        assert uni(world, project, "day")["sum"] == sum(
            round(datetime.datetime.combine(r["day"], midnight).timestamp() * 1000) for r in rows)
        assert uni(world, project, "mixed")["count"] == 200
        assert uni(world, project, "mixed")["sum"] == sum(r["mixed"] or 0 for r in rows)
    return lambda project: world.config(topic, project, **avro_converter(world.registry)), check


@scenario
def letters(world, topic):
    """Types by letter: a category whatever is in it, an ignored field."""
    pairs = Pairs()
    words = ["red", "Green ", 'with "quotes" \\ and é😀', "1"]
    encode = world.topics.avro(topic, record(a="long", kind="string", size="double", b="long", secret="string"))
    world.topics.make(topic)
    world.topics.send(topic, (encode({**row, "kind": words[i % 4], "size": float(i % 2), "secret": f"s{i}"})
                              for i, row in enumerate(pairs.take(300))))

    def check(world, worker, name, project):
        all_learned(pairs)(world, worker, name, project)
        kinds = attributes(world, project)
        assert {"kind$red", "kind$green", 'kind$with "quotes" \\ and é😀', "kind$1", "size$0", "size$1"} <= set(kinds)
        assert uni(world, project, "kind$green")["sum"] == 75
        assert uni(world, project, "size$1")["sum"] == 150
        assert kinds.get("secret", "X") == "X"
    return lambda project: world.config(topic, project, **avro_converter(world.registry),
                                        **{"sml.attribute.types": "C, T, T, C, X"}), check


@scenario
def json_without_schemas(world, topic):
    """Fields come and go, are null, and are now and then something else than usual: a cell less, and no row."""
    pairs = Pairs()
    rows = [{**row, **({"late": i} if i >= 100 else {}), **({"flag": i % 2 == 0} if i % 3 else {"flag": None}),
             "word": f"w{i % 3}", "odd": "text" if i == 250 else i, "in": {"n": i, "m": {"on": i % 2 == 0}},
             "tags": ["all", i % 2]}
            for i, row in enumerate(pairs.take(300))]
    world.topics.make(topic, 2)
    world.topics.send(topic, map(plain_json, rows))

    def check(world, worker, name, project):
        all_learned(pairs)(world, worker, name, project)
        assert uni(world, project, "late")["count"] == 200
        assert uni(world, project, "late")["sum"] == sum(range(100, 300))
        assert uni(world, project, "flag")["count"] == 200
        assert uni(world, project, "odd")["count"] == 299
        assert uni(world, project, "odd")["sum"] == sum(range(300)) - 250
        assert uni(world, project, "in.n")["sum"] == sum(range(300))
        assert uni(world, project, "in.m.on")["sum"] == 150
        assert attributes(world, project)["tags"] == "L"
    return lambda project: world.config(topic, project, **json_converter(False)), check


@scenario
def json_with_schemas(world, topic):
    """Connect's envelope, with an optional field and, from some row on, one more."""
    pairs = Pairs()
    kinds = {"a": "int64", "b": "int32", "on": "boolean", "maybe": "double"}
    rows = [{**row, "on": i % 2 == 0, "maybe": None if i % 5 else i / 4} for i, row in enumerate(pairs.take(400))]
    world.topics.make(topic)
    world.topics.send(topic, (
        enveloped_json({**row, "more": 1}, {"maybe"}, {**kinds, "more": "int16"}) if i >= 250
        else enveloped_json(row, {"maybe"}, kinds) for i, row in enumerate(rows)))

    def check(world, worker, name, project):
        all_learned(pairs)(world, worker, name, project)
        assert uni(world, project, "maybe")["count"] == 80
        assert uni(world, project, "maybe")["sum"] == sum(i / 4 for i in range(0, 400, 5))
        assert uni(world, project, "on")["sum"] == 200
        assert uni(world, project, "more")["count"] == 150
    return lambda project: world.config(topic, project, **json_converter(True)), check


@scenario
def schemas_in_turn(world, topic):
    """Writer schemas interleaved in one topic; a field keeps the type that its letter gave it."""
    pairs = Pairs()
    first = world.topics.avro(topic, record(a="long", b="long", kind="string"))
    more = world.topics.avro(topic, record(a="long", b="long", kind="string", late=["null", "double"]))
    fewer = world.topics.avro(topic, record(b="long", a="long"))
    values = []
    for i, row in enumerate(pairs.take(600)):
        values.append(first({**row, "kind": "k"}) if i % 3 == 0 or i < 10
                      else more({**row, "kind": "k", "late": i / 2}) if i % 3 == 1 else fewer(row))
    world.topics.make(topic)
    world.topics.send(topic, values)

    def check(world, worker, name, project):
        all_learned(pairs)(world, worker, name, project)
        assert attributes(world, project)["kind$k"] == "B"
        assert uni(world, project, "late")["count"] == len([i for i in range(10, 600) if i % 3 == 1])
    return lambda project: world.config(topic, project, **avro_converter(world.registry),
                                        **{"sml.attribute.types": "C,C,T"}), check


@scenario
def tombstones(world, topic):
    """Records without a value are no rows."""
    pairs = Pairs()
    world.topics.make(topic)
    world.topics.send(topic, [value for row in pairs.take(50) for value in (None, plain_json(row), None)])
    return lambda project: world.config(topic, project, **json_converter(False)), all_learned(pairs)


@scenario
def filtered(world, topic):
    """A project made with a row filter about a field that is ignored."""
    pairs = Pairs()
    encode = world.topics.avro(topic, record(a="long", b="long", label="long"))
    rows = [{**row, "label": i % 3} for i, row in enumerate(Pairs().take(300))]
    pairs.rows = [row for row in rows if row["label"] != 1]
    world.topics.make(topic, 2)
    world.topics.send(topic, map(encode, rows))

    def check(world, worker, name, project):
        all_learned(pairs)(world, worker, name, project)
        assert attributes(world, project).get("label", "X") == "X"
    return lambda project: world.config(topic, project, **avro_converter(world.registry), **{
        "sml.attribute.types": "C,C,X",
        "sml.create.project.params": "enableHistogram=true,sml_project_predicate_row_filter=label!=1,a>=0"}), check


@scenario
def topics_by_pattern(world, topic):
    pairs = Pairs()
    for end in ("one", "two"):
        world.topics.make(f"{topic}-{end}")
        world.topics.send(f"{topic}-{end}", map(plain_json, pairs.take(100)))

    def config(project):
        keys = world.config("", project, **json_converter(False), **{"topics.regex": f"{topic}-(one|two)"})
        del keys["topics"]
        return keys
    return config, all_learned(pairs)


BAD = [b"[1, 2]", b'"text"', b"17"]


def with_bad(pairs, bad):
    """Rows with something bad behind every tenth."""
    values = []
    for i, row in enumerate(pairs.take(30 + 10 * len(bad))):
        values.append(plain_json(row))
        if i % 10 == 9 and i // 10 < len(bad):
            values.append(bad[i // 10])
    return values


@scenario
def bad_records_skipped(world, topic):
    pairs = Pairs()
    world.topics.make(topic)
    world.topics.send(topic, with_bad(pairs, BAD))

    def check(world, worker, name, project):
        all_learned(pairs)(world, worker, name, project)
        assert worker.states(name) == ["RUNNING"]
        if worker.kind == "native":
            assert worker.status(name)["tasks"][0]["skipped"] == len(BAD)
    return lambda project: world.config(topic, project, **json_converter(False),
                                        **{"behavior.on.malformed.documents": "warn"}), check


@scenario
def bad_record_stops_the_task(world, topic):
    """What came before it is learned, and the task says where it is."""
    pairs = Pairs()
    world.topics.make(topic)
    world.topics.send(topic, [*map(plain_json, pairs.take(20)), BAD[0], *map(plain_json, Pairs(20).take(20))])

    def check(world, worker, name, project):
        trace = worker.wait_states(name, ["FAILED"])
        assert f"{topic}" in trace and "offset 20" in trace, trace
        all_learned(pairs)(world, worker, name, project)
    return lambda project: world.config(topic, project, **json_converter(False),
                                        **{"behavior.on.malformed.documents": "fail"}), check


@scenario
def dead_letters(world, topic):
    """Bytes that are no JSON and values that are no record go to another topic, as they came, with the reason."""
    pairs, bad = Pairs(), [b"{broken", *BAD]
    world.topics.make(topic)
    world.topics.send(topic, with_bad(pairs, bad))

    def check(world, worker, name, project):
        all_learned(pairs)(world, worker, name, project)
        found = world.topics.read(f"{name}-dead", len(bad))
        assert [m.value() for m in found] == bad
        for letter in found:
            headers = {key: value.decode() for key, value in letter.headers()}
            assert headers["__connect.errors.topic"] == topic
            assert headers["__connect.errors.connector.name"] == name
            assert headers["__connect.errors.exception.message"]
        offsets = [dict(m.headers())["__connect.errors.offset"] for m in found]
        assert offsets == [b"10", b"21", b"32", b"43"]
    return lambda project: world.config(topic, project, **json_converter(False), **{
        "errors.tolerance": "all", "errors.deadletterqueue.topic.name": f"{project}-dead",
        "errors.deadletterqueue.topic.replication.factor": "1",
        "errors.deadletterqueue.context.headers.enable": "true"}), check


@scenario
def field_of_no_attribute(world, topic):
    """A map is nothing that an attribute can hold: the task names it."""
    world.topics.make(topic)
    encode = world.topics.avro(topic, record(a="long", b="long", extra={"type": "map", "values": "long"}))
    world.topics.send(topic, [encode({"a": 1, "b": 2, "extra": {"x": 3}})])

    def check(world, worker, name, project):
        trace = worker.wait_states(name, ["FAILED"])
        assert "extra" in trace and "map" in trace, trace
        config = world.config(topic, project, **avro_converter(world.registry), **{"sml.attribute.types": "C,C,X"})
        worker.put(name, config)
        worker.wait_states(name, ["RUNNING"])
        world.wait_totals(project, {"count": 1, "a": 1, "b": 2, "ab": 2}, worker, name)
    return lambda project: world.config(topic, project, **avro_converter(world.registry)), check


def test_many_rows_in_large_frames(world, worker):
    """Frames of as many rows as are allowed, with what the topic holds in transactions left out where it was aborted."""
    from confluent_kafka import Producer
    pairs, topic = Pairs(), world.name("aborted")
    world.topics.make(topic)
    producer = Producer({"bootstrap.servers": world.topics.bootstrap, "transactional.id": topic, "linger.ms": 20})
    producer.init_transactions(30)
    for batch in range(12):
        producer.begin_transaction()
        rows = Pairs(5).take(150) if batch % 3 == 2 else pairs.take(150)
        for row in rows:
            producer.produce(topic, json.dumps(row).encode())
        producer.flush(30)
        if batch % 3 == 2:
            producer.abort_transaction(30)
        else:
            producer.commit_transaction(30)
    name = world.name(worker.kind)
    worker.create(name, world.config(topic, name, **json_converter(False), **{
        "sml.dataframe.max.chunk.size": "1000", "consumer.override.isolation.level": "read_committed"}))
    world.wait_totals(name, pairs.totals, worker, name)
    worker.delete(name)
