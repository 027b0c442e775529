"""Streams inside the server on a real broker: each row counts exactly once, and what is wrong is seen and passes."""
import csv
import io
import json
import random
import struct
import threading
import time

import numpy as np
import pytest
from confluent_kafka import ConsumerGroupTopicPartitions, Producer, TopicPartition
from confluent_kafka.admin import NewPartitions

from support.programs import server, user
from support.topics import Flow, Pairs, Topics, plain_json, record, totals
from support.waiting import fresh, wait
from support.weir_client import Client


class Server:
    """A server that can be killed and comes back on the same data, with a client that follows it."""

    def __init__(self, data, stack, *more):
        self.data, self.stack, self.more = data, stack, more
        self.start()

    def start(self):
        self.program = server(self.data, *self.more)
        self.client = Client(self.program.url)

    def kill(self):
        self.client.close()
        self.program.kill()

    def end(self):
        self.client.close()
        code = self.program.stop()
        assert code == 0, self.program.errors()

    def project(self, pid, persist="true", **params):
        self.client.post("/projects", params, ok=(201,), pid=pid, persist=persist, enableHistogram="true")
        return pid

    def describe(self, name, topic, info=(), extra=None, avro=True):
        where = {"bootstrap.servers": self.stack.bootstrap, "kafka.topic": topic}
        where |= {"schema.registry.url": self.stack.registry} if avro else {"data.format": "json"}
        return {"type": "kafka", "name": name, "info": where | dict(info), **({"extra": extra} if extra else {})}

    def create(self, pid, name, topic, info=(), extra=None, avro=True, ok=(201,), **query):
        return self.client.post(f"/projects/{pid}/streams/create", self.describe(name, topic, info, extra, avro),
                                ok=ok, **query)

    def call(self, pid, name, what, **query):
        return self.client.post(f"/projects/{pid}/streams/{name}/{what}", **query)

    def infos(self, pid):
        return self.client.get(f"/projects/{pid}/streams/info")["values"]["streams"]

    def info(self, pid, name):
        return next(stream for stream in self.infos(pid) if stream["name"] == name)

    def metrics(self, pid, name):
        rows = self.client.get(f"/projects/{pid}/streams/{name}/metrics")["values"]["KSVSMap"]["values"]
        assert all(set(row) == {"name", "value", "group", "description", "tags"} for row in rows)
        return {row["name"]: row["value"] for row in rows}

    def errors(self, pid, name):
        return self.client.get(f"/projects/{pid}/streams/{name}/errorLog")["values"]["stringList"]["values"]

    def comes_to(self, pid, want, seconds=60):
        """The project says just this; a moment later, when nothing more came, it still does."""
        wait(lambda: totals(self.client, pid)["count"] >= want["count"], seconds,
             lambda: f"{totals(self.client, pid)}, not {want}; {self.infos(pid)}")
        assert totals(self.client, pid) == want

    def waits(self, pid, name, state, word, seconds=40):
        wait(lambda: (now := self.info(pid, name))["state"] == state and word in now["reason"], seconds,
             lambda: f"{self.info(pid, name)} is not {state}: {word}")


@pytest.fixture(scope="module")
def topics(stack):
    return Topics(stack.bootstrap, stack.registry)


@pytest.fixture
def place(tmp_path, stack):
    user(tmp_path / "data")
    made = Server(tmp_path / "data", stack)
    yield made
    made.kill()


def pair_topic(topics, word, partitions, rows=0):
    """A topic of Avro rows {"a", "b"}; what it holds, and how a row becomes bytes."""
    topic, pairs = topics.make(fresh(word), partitions), Pairs()
    encode = topics.avro(topic, record(a="long", b="long"))
    topics.send(topic, [encode(row) for row in pairs.take(rows)])
    return topic, pairs, encode


def test_what_is_learned_is_what_numpy_says(place, topics):
    topic = topics.make(fresh("numbers"), 3)
    generator = np.random.default_rng(7)
    table = generator.normal(50, 12, (3000, 3)).round(3)
    encode = topics.avro(topic, record(x="double", y="double", z=["null", "double"], word="string", ok="boolean"))
    rows = [{"x": x, "y": y, "z": None if i % 7 == 0 else z, "word": "ab"[i % 2], "ok": i % 3 == 0}
            for i, (x, y, z) in enumerate(table.tolist())]
    topics.send(topic, [encode(row) for row in rows])
    pid = place.project("p")
    place.create(pid, "s", topic, extra={"attributeNames": ["word"], "attributeTypes": ["T"]})
    place.create(pid, "s", topic, ok=(409,))
    wait(lambda: totals(place.client, pid, "x", "y")["count"] == 3000)

    def uni(name):
        answer = place.client.post(f"/projects/{pid}/explore", {"values": [{"inputAttributeNames": [name]}]},
                                   metric="uni")
        return answer["values"]["KSVDMap"]["values"][0]
    z = table[[i % 7 != 0 for i in range(3000)], 2]
    for name, values in (("x", table[:, 0]), ("z", z), ("ok", np.array([i % 3 == 0 for i in range(3000)], float))):
        said = uni(name)
        assert said["count"] == len(values)
        assert said["mean"] == pytest.approx(values.mean(), rel=1e-13)
        assert said["variance"] == pytest.approx(values.var(), rel=1e-12)
    assert uni("word$a")["sum"] == 1500
    told = place.client.get(f"/projects/{pid}/info")["values"]["smlInfo"]
    assert told["streams"] == ["s"] and told["rows"] == 3000
    assert place.client.get(f"/projects/{pid}/streams/list")["values"]["stringList"]["values"] == ["s"]
    now = wait(lambda: (m := place.metrics(pid, "s"))["sml.lag.total"] == "0" and m)
    assert now["sml.rows.total"] == "3000" and now["sml.stream.state"] == "running"
    assert sum(int(now[f"sml.last.offset.{p}"]) + 1 for p in range(3)) == 3000
    assert place.errors(pid, "s") == []
    figures = place.client.raw("GET", "/metrics").body.decode()
    assert f'weir_stream_rows_total{{customer="c1",project="{pid}",stream="s"}} 3000' in figures
    group = f"weir.c1.{pid}.s"  # its offsets are there for tools

    def committed():
        asked = topics.admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group)])[group].result(30)
        return sum(p.offset for p in asked.topic_partitions if p.topic == topic)
    wait(lambda: committed() == 3000)
    place.end()


def test_each_row_counts_once_whatever_is_killed(place, topics):
    topic, pairs, encode = pair_topic(topics, "killed", 4)
    pid = place.project("p")
    place.create(pid, "s", topic, {"kafka_stream_time_between_persist": "1"})
    chance = random.Random(11)
    with Flow(topics, topic, encode, pairs) as flow:
        for turn in range(3):
            seen = totals(place.client, pid)["count"]
            wait(lambda: totals(place.client, pid)["count"] > seen)
            time.sleep(chance.uniform(0, 1.5))
            place.kill()
            place.start()
        place.call(pid, "s", "stop")
        stopped = totals(place.client, pid)
        sent = len(pairs.rows)
        wait(lambda: len(pairs.rows) > sent)
        assert totals(place.client, pid) == stopped
        assert place.info(pid, "s")["state"] == "stopped" and not place.info(pid, "s")["wanted"]
        place.kill()
        place.start()
        assert place.info(pid, "s")["state"] == "stopped"
        assert totals(place.client, pid) == stopped  # the stop took a snapshot
        place.call(pid, "s", "start")
        wait(lambda: totals(place.client, pid)["count"] > stopped["count"])
        place.end()
        place.start()
        done = flow.finish()
    place.comes_to(pid, done.totals)
    place.call(pid, "s", "start", fromBeginning="true")
    twice = {name: 2 * value for name, value in done.totals.items()}
    place.comes_to(pid, twice)
    place.kill()
    place.start()
    place.comes_to(pid, twice)
    place.client.delete(f"/projects/{pid}/streams/s")
    assert place.client.call("GET", f"/projects/{pid}/streams/s/metrics").status == 404
    place.create(pid, "s", topic)  # its positions are the project's
    topics.send(topic, [encode(row) for row in pairs.take(10)])
    both = Pairs(done.start)
    both.rows = pairs.rows + done.rows[:len(pairs.rows) - 10]
    place.comes_to(pid, both.totals)


def test_rows_of_two_ways_and_projects_that_are_not_kept(place, topics):
    """A stream beside REST; a kill costs neither. Windows count the same; memory alone has positions, too."""
    topic, pairs, encode = pair_topic(topics, "mixed", 2, 500)
    pid = place.project("p")
    short = place.project("w", sml_project_rolling_window="true", sml_project_rolling_window_size="200")
    memory = place.project("m", persist="false")
    for project in (pid, short, memory):
        place.create(project, "s", topic, {"kafka_stream_time_between_persist": "-1"})
    rest = Pairs(10**6)
    frame = {"attributeNames": ["a", "b"], "attributeTypes": ["C", "C"]}
    for _ in range(20):
        rows = rest.take(5)
        place.client.post(f"/projects/{pid}/learn", frame | {"data": [[r["a"], r["b"]] for r in rows]})
    both = Pairs()
    both.rows = pairs.rows + rest.rows
    place.comes_to(pid, both.totals)
    wait(lambda: place.info(short, "s")["rows"] == 500 and place.info(memory, "s")["rows"] == 500)
    assert totals(place.client, short)["count"] == 200
    place.call(memory, "s", "stop")
    topics.send(topic, [encode(row) for row in pairs.take(100)])
    place.call(memory, "s", "start")
    place.comes_to(memory, pairs.totals)
    both.rows = pairs.rows + rest.rows
    place.comes_to(pid, both.totals)
    place.kill()  # nothing but the log and what log entries asked for is on disk
    place.start()
    place.comes_to(pid, both.totals)
    wait(lambda: totals(place.client, short)["count"] == 200)
    assert place.client.call("GET", f"/projects/{memory}/streams/list").status == 400


def test_partitions_are_chosen_and_added(place, topics):
    topic, pairs, encode = pair_topic(topics, "parts", 3, 300)
    first = place.project("first")
    place.create(first, "s", topic, {"kafka.partitions": "0,2"})
    every = place.project("every")
    place.create(every, "s", topic)
    place.comes_to(every, pairs.totals)
    chosen = Pairs()
    chosen.rows = [row for i, row in enumerate(pairs.rows) if i % 3 != 1]
    place.comes_to(first, chosen.totals)
    assert [p["partition"] for p in place.info(first, "s")["partitions"]] == [0, 2]
    latest = place.project("latest")
    place.create(latest, "s", topic, {"auto.offset.reset": "latest"})
    wait(lambda: place.info(latest, "s")["state"] == "running" and len(place.info(latest, "s")["partitions"]) == 3)
    place.kill()
    place.start()
    topics.admin.create_partitions([NewPartitions(topic, 5)])[topic].result(30)
    topics.wait(topic, lambda found: len(found.partitions) == 5)
    later = Pairs(10**6)
    Topics(topics.bootstrap, place.stack.registry).send(topic, [encode(row) for row in later.take(500)])
    both = Pairs()
    both.rows = pairs.rows + later.rows
    place.comes_to(every, both.totals)
    place.comes_to(latest, later.totals)


def test_only_what_was_committed_counts(place, topics):
    topic, pairs, encode = pair_topic(topics, "aborted", 2)
    producer = Producer({"bootstrap.servers": topics.bootstrap, "transactional.id": fresh("tx")})
    producer.init_transactions(30)
    for turn in range(6):
        producer.begin_transaction()
        rows = Pairs(10**6 + turn * 100).take(50) if turn % 2 else pairs.take(50)
        for i, row in enumerate(rows):
            producer.produce(topic, encode(row), partition=i % 2)
        assert producer.flush(30) == 0  # what is aborted was in the topic
        (producer.abort_transaction if turn % 2 else producer.commit_transaction)(30)
    pid, dirty = place.project("p"), place.project("dirty")
    place.create(pid, "s", topic)
    place.create(dirty, "s", topic, {"sml.kafka.isolation.level": "read_uncommitted"})
    place.comes_to(pid, pairs.totals)
    wait(lambda: totals(place.client, dirty)["count"] == 300, of=lambda: place.infos(dirty))
    wait(lambda: place.metrics(pid, "s")["sml.lag.total"] == "0")  # marks of transactions are no lag


def test_schemas_come_and_go(place, topics):
    topic = topics.make(fresh("schemas"), 1)
    one = topics.avro(topic, record(a="long", b="long"))
    two = topics.avro(topic, record(a="long", b="long", c=["null", "double"]))
    pid, strict = place.project("p"), place.project("strict")
    topics.send(topic, [one({"a": i, "b": 2 * i}) for i in range(100)])
    for project, info in ((pid, {}), (strict, {"sml.streams.error_on_df_change": "1"})):
        place.create(project, "s", topic, info)
        wait(lambda: totals(place.client, project)["count"] == 100)
    topics.send(topic, [two({"a": i, "b": 2 * i, "c": i / 2}) for i in range(100)])
    wait(lambda: totals(place.client, pid)["count"] == 200 and totals(place.client, pid, "c", "a")["count"] == 100)
    place.waits(strict, "s", "failed", "changed its fields at offset 100")
    assert totals(place.client, strict)["count"] == 100
    place.call(strict, "s", "start")  # whoever starts it again has seen it
    wait(lambda: totals(place.client, strict)["count"] == 200)
    assert any("changed its fields" in line for line in place.errors(strict, "s"))


def test_json_and_records_that_cannot_be_read(place, topics):
    topic, pairs = topics.make(fresh("json"), 2), Pairs()
    topics.send(topic, [plain_json(row) for row in pairs.take(100)] + [b"{", b"\xff\x00", None, b"[1]"]
                + [plain_json(row) for row in pairs.take(100)])
    pid = place.project("p")
    place.create(pid, "s", topic, avro=False)
    place.comes_to(pid, pairs.totals)
    assert wait(lambda: place.metrics(pid, "s")["sml.records.skipped"]) == "3"
    assert sum("is skipped" in line for line in place.errors(pid, "s")) == 3
    stern = place.project("stern")
    place.create(stern, "s", topic, {"behavior.on.malformed.documents": "fail"}, avro=False)
    place.waits(stern, "s", "failed", "offset 50")
    avro, more, encode = pair_topic(topics, "frames", 1, 10)
    topics.send(avro, [b"\x01nothing", struct.pack(">bI", 0, 2**30) + b"x", b""])
    topics.send(avro, [encode(row) for row in more.take(10)])
    other = place.project("other")
    place.create(other, "s", avro)
    place.comes_to(other, more.totals)
    assert place.metrics(other, "s")["sml.records.skipped"] == "3"
    place.end()


def test_csv(place, topics):
    """Cells in the order of attributeNames, quoted by Python's own writer; a header and rows of other lengths are none."""
    topic = topics.make(fresh("csv"), 2)
    texts = ["north", 'it\'s "so"', "a;b\nc"]
    rows = [(i % 97, round(i / 8 - 20, 3) if i % 5 else None, texts[i % 3]) for i in range(600)]
    lines = io.StringIO()
    sent = []
    for row in rows:
        lines.seek(0)
        lines.truncate()
        csv.writer(lines, delimiter=";", quotechar="'").writerow(["" if cell is None else cell for cell in row])
        sent.append(lines.getvalue().encode())
    topics.send(topic, [b"n;x;word\n", *sent[:300], b"1;2", b"1;2;3;4", *sent[300:]])
    info = {"data.format": "csv", "csv_entry_separator": ";", "csv_quote_character": "'"}
    named = info | {"attributeNames": "n,x,word"}
    frame = place.client.post("/streams/preview", place.describe("s", topic, named, avro=False))["values"]["dataframe"]
    assert frame["attributeNames"] == ["n", "x", "word"] and frame["attributeTypes"] == ["C", "C", "S"]
    assert {(float(n), float(x) if x else None, word) for n, x, word in frame["data"]} <= set(rows)
    frame = place.client.post("/streams/preview", place.describe("s", topic, info, avro=False))["values"]["dataframe"]
    assert frame["attributeNames"] == ["c1", "c2", "c3"]
    guessed, typed = place.project("guessed"), place.project("typed")
    place.create(guessed, "s", topic, named, avro=False)
    place.create(typed, "s", topic, info, {"attributeNames": ["n", "x", "word"], "attributeTypes": ["C", "C", "T"]},
                 avro=False)
    for pid in (guessed, typed):
        wait(lambda: totals(place.client, pid, "n", "n")["count"] == 600, of=lambda: place.infos(pid))
        assert wait(lambda: place.metrics(pid, "s")["sml.records.skipped"]) == "3"
        assert sum("a header" in line for line in place.errors(pid, "s")) == 1
        assert totals(place.client, pid, "n", "n")["n"] == sum(row[0] for row in rows)
    place.end()


def test_what_is_wrong_is_seen_and_passes(place, topics):
    """A topic that comes late, a frozen project, a renamed one, one that is unloaded, one that is deleted."""
    topic, pid = fresh("late"), place.project("p")
    place.create(pid, "s", topic)
    place.waits(pid, "s", "waiting", f"there is no topic {topic}")
    topics.make(topic, 2)
    pairs, encode = Pairs(), topics.avro(topic, record(a="long", b="long"))
    with Flow(topics, topic, encode, pairs) as flow:
        wait(lambda: totals(place.client, pid)["count"] > 0)
        place.client.post(f"/projects/{pid}/freeze")
        place.waits(pid, "s", "waiting", "is frozen")
        frozen = totals(place.client, pid)
        assert 'weir_stream_state{customer="c1",project="p",stream="s"} 2' \
            in place.client.raw("GET", "/metrics").body.decode()
        sent = len(pairs.rows)
        wait(lambda: len(pairs.rows) > sent)
        assert totals(place.client, pid) == frozen
        place.client.post(f"/projects/{pid}/unfreeze")
        wait(lambda: totals(place.client, pid)["count"] > frozen["count"])
        place.client.post(f"/projects/{pid}/rename", newName="renamed", ok=(200, 201))
        pid = "renamed"
        for _ in range(3):
            before = totals(place.client, pid)["count"]
            place.client.post(f"/projects/{pid}/unload")
            wait(lambda: totals(place.client, pid)["count"] > before)
        flow.finish()
    place.comes_to(pid, pairs.totals)
    place.client.delete(f"/projects/{pid}")
    assert place.client.call("GET", f"/projects/{pid}/streams/list").status == 400
    place.project(pid)
    assert place.client.get(f"/projects/{pid}/streams/list")["values"]["stringList"]["values"] == []


def test_a_topic_made_anew_and_records_that_are_gone(place, topics):
    topic, pairs, encode = pair_topic(topics, "anew", 1, 500)
    pid = place.project("p")
    place.create(pid, "s", topic)
    place.comes_to(pid, pairs.totals)
    topics.delete(topic)
    place.waits(pid, "s", "waiting", "topic")
    topics.make(topic, 1)
    again = Pairs(10**6)
    topics.send(topic, [encode(row) for row in again.take(100)])
    place.waits(pid, "s", "failed", "fromBeginning=true")
    place.call(pid, "s", "start", fromBeginning="true")
    both = Pairs()
    both.rows = pairs.rows + again.rows
    place.comes_to(pid, both.totals)
    place.call(pid, "s", "stop")
    topics.send(topic, [encode(row) for row in Pairs(3 * 10**6).take(50)])
    topics.admin.delete_records([TopicPartition(topic, 0, 130)])[TopicPartition(topic, 0)].result(30) \
        if hasattr(topics.admin, "delete_records") else pytest.skip("this client cannot delete records")
    lost = Pairs(3 * 10**6).take(50)[30:]
    place.call(pid, "s", "start")
    place.waits(pid, "s", "failed", "reset=true")
    place.call(pid, "s", "start", reset="true")
    both.rows += lost
    place.comes_to(pid, both.totals)


def test_a_registry_that_is_away_is_waited_for(place, topics, tmp_path):
    import http.server
    import urllib.request
    topic, pairs, encode = pair_topic(topics, "registry", 2, 200)
    fault = threading.Event()
    fault.set()

    class Relay(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            if fault.is_set():
                self.send_error(503)
                return
            base = place.stack.registry.removesuffix("/apis/ccompat/v7")
            with urllib.request.urlopen(base + self.path) as answer:
                body = answer.read()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Relay) as relay:
        threading.Thread(target=relay.serve_forever, daemon=True).start()
        pid = place.project("p")
        url = f"http://127.0.0.1:{relay.server_address[1]}/apis/ccompat/v7"
        place.create(pid, "s", topic, {"schema.registry.url": url})
        place.waits(pid, "s", "waiting", "503")
        assert totals(place.client, pid)["count"] == 0
        fault.clear()
        place.comes_to(pid, pairs.totals)
        wait(lambda: place.info(pid, "s")["state"] == "running")
        relay.shutdown()


def test_what_the_stream_does_itself_may_be_given_as_the_clients(place, topics):
    """Behind sml.kafka. too, group and where to begin are those of the stream."""
    topic, _, encode = pair_topic(topics, "own", 1, rows=100)
    pid, group = place.project("own"), fresh("group")
    place.create(pid, "s", topic, {"sml.kafka.auto.offset.reset": "latest", "sml.kafka.group.id": group,
                                   "sml.kafka.auto.commit.interval.ms": 100})
    wait(lambda: [p["position"] for p in place.info(pid, "s")["partitions"]] == [100], 60,
         lambda: place.infos(pid))
    late = Pairs(100)
    topics.send(topic, [encode(row) for row in late.take(50)])
    place.comes_to(pid, late.totals)

    def committed():
        asked = topics.admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group)])[group].result(30)
        return [p.offset for p in asked.topic_partitions]
    wait(lambda: committed() == [150], 60, committed)
    place.end()


def test_looking_before_learning(place, topics):
    topic, pairs, _ = pair_topic(topics, "looks", 3, 200)
    found = place.client.post("/streams/browse", {"type": "kafka", "info": {"bootstrap.servers": topics.bootstrap}})
    listing = found["values"]["dsdirectoryListing"]
    assert listing["ok"] and f"{topic}:3" in listing["files"] and listing["dirs"] == []
    frame = place.client.post("/streams/preview", place.describe("s", topic))["values"]["dataframe"]
    assert frame["attributeNames"] == ["a", "b"] and frame["attributeTypes"] == ["C", "C"]
    assert len(frame["data"]) == 128
    known = {(r["a"], r["b"]) for r in pairs.rows}
    assert all((int(float(a)), int(float(b))) in known for a, b in frame["data"])
    mixed = topics.make(fresh("fields"), 2)
    topics.send(mixed, [plain_json({"a": 1}), plain_json({"b": "word", "a": 2}), plain_json({"c": True})])
    frame = place.client.post("/streams/preview", place.describe("s", mixed, avro=False))["values"]["dataframe"]
    assert dict(zip(frame["attributeNames"], frame["attributeTypes"])) == {"a": "C", "b": "S", "c": "B"}
    assert len(frame["data"]) == 3
    place.end()


WRONG = [
    ({"type": "nats"}, "unsupported type of stream \"nats\""),
    ({"type": "kafka", "info": {"kafka.topic": "t"}}, "bootstrap.servers is needed"),
    ({"info": {"kafka.partitions": "0,x"}}, "\"x\" is no number of a partition"),
    ({"info": {"kafka.partitions": "1,1"}}, "kafka.partitions has 1 twice"),
    ({"info": {"sml.kafka.fetch.wiat.max.ms": "1"}}, "fetch.wiat.max.ms"),
    ({"info": {"kafka.topik": "t"}}, "did you mean kafka.topic?"),
    ({"info": {"auto.offset.rset": "latest"}}, "did you mean auto.offset.reset?"),
    ({"info": {"sml.kafka.auto.offset.reset": "newest"}}, "one of earliest, latest is wanted"),
    ({"info": {"sml.kafka.enable.auto.offset.store": "true"}}, "enable.auto.offset.store is not passed on"),
    ({"info": {"sml.streams.error_on_df_change": "yes"}}, "sml.streams.error_on_df_change is \"yes\""),
    ({"info": {"group.id": ""}}, "group.id is empty"),
    ({"info": {"sml.kafka.plugin.library.paths": "x.so"}}, "plugin.library.paths is not passed on"),
    ({"info": {"sasl.kerberos.kinit.cmd": "true"}}, "sasl.kerberos.kinit.cmd is not passed on"),
    ({"info": {"data.format": "xml"}}, "data.format"),
    ({"info": {"kafka_stream_time_between_persist": "-2"}}, "kafka_stream_time_between_persist"),
    ({"info": {"attributeNames": "a,b", "attributeTypes": "C"}}, "attributeNames has 2 names and attributeTypes 1"),
    ({"info": {"data.format": "csv"}}, "attributeNames is needed to read CSV"),
    ({"info": {"data.format": "csv", "attributeNames": "a,b,a"}}, "'a' is there twice"),
    ({"info": {"data.format": "csv", "attributeNames": "a", "csv_quote_character": ","}}, "are both ','"),
    ({"name": "a b"}, "a b"),
    ({"name": ".."}, "no path of a URL can hold it"),
]


@pytest.mark.parametrize("wrong, word", WRONG, ids=[word for _, word in WRONG])
def test_descriptions_that_cannot_be(place, wrong, word):
    pid = place.project("p")
    info = {"bootstrap.servers": place.stack.bootstrap, "kafka.topic": "t", "data.format": "json"}
    if wrong.get("type") == "kafka":
        info = {}
    body = {"type": "kafka", "name": "s"} | wrong | {"info": info | wrong.get("info", {})}
    answer = place.client.post(f"/projects/{pid}/streams/create", body, ok=(400,))
    assert word in answer["statusString"], answer
    assert place.client.get(f"/projects/{pid}/streams/list")["values"]["stringList"]["values"] == []


def test_brokers_that_are_not_there(place):
    pid = place.project("p")
    info = {"bootstrap.servers": "127.0.0.1:9", "kafka.topic": "t", "data.format": "json"}
    place.client.post(f"/projects/{pid}/streams/create", {"type": "kafka", "name": "s", "info": info}, ok=(201,))
    place.waits(pid, "s", "waiting", "127.0.0.1:9")
    assert place.errors(pid, "s")
    place.client.call("GET", f"/projects/{pid}/streams/none/start").status == 404
    place.client.post("/streams/browse", {"type": "kafka", "info": info}, ok=(503,))
    place.end()
