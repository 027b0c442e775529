"""Exactly once on the way out: scorers are killed, ended and joined, and the broker dies, while rows keep coming.

A read_committed reader must find every row of the source in the sink exactly once, and the rows of each partition in
their order. Beside it, over the same rows, a scorer with at_least_once is killed as often: no row may be missing.
"""
import json
import os
import signal
import threading
import time
from collections import Counter

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from support.programs import SECRET, Program, server, user
from support.stack import MAY_DIE
from support.waiting import wait
from support.weir_client import Client

PARTITIONS = 3
FACTOR = int(os.environ.get("WEIR_SOAK", "1"))
STARTED = time.time_ns() // 10**9


class Sender(threading.Thread):
    """Sends rows with numbers 0, 1, 2 ... to partitions in turn until it is told to end; each is there when it ended."""

    def __init__(self, bootstrap, topic, rate=1500):
        super().__init__(daemon=True)
        self.producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": 5, "enable.idempotence": True})
        self.topic, self.rate, self.sent, self.faults = topic, rate, 0, []
        self.over = threading.Event()

    def run(self):
        while not self.over.wait(0.02):
            for _ in range(self.rate // 50):
                i = self.sent
                self.producer.produce(self.topic, key=str(i), partition=i % PARTITIONS, value=json.dumps(
                    {"id": i, "a": i % 17 / 4, "b": i * i % 101}), on_delivery=self.delivered)
                self.sent += 1
            self.producer.poll(0)
        self.producer.flush(60)

    def delivered(self, fault, _):
        if fault:
            self.faults.append(fault)

    def end(self):
        self.over.set()
        self.join(90)
        assert not self.is_alive() and not self.faults, self.faults[:3]
        return self.sent


class Sink:
    """What a reader finds in a topic, by partition, read on for as long as the test goes."""

    def __init__(self, bootstrap, topic, isolation):
        self.consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": f"{topic}-{isolation}",
                                  "enable.auto.commit": False, "isolation.level": isolation})
        self.consumer.assign([TopicPartition(topic, p, 0) for p in range(PARTITIONS)])
        self.ids = [[] for _ in range(PARTITIONS)]

    def read(self, seconds=0.2):
        for message in self.consumer.consume(10000, seconds):
            if not message.error():
                self.ids[message.partition()].append(json.loads(message.value())["id"])
        return sum(map(len, self.ids))

    def until(self, done, seconds, of):
        end = time.monotonic() + seconds
        while not done(self):
            assert time.monotonic() < end, of()
            self.read()

    def close(self):
        self.consumer.close()


class Scorers:
    """Scorers of one app by their names, started again as often as wished."""

    def __init__(self, folder, weir, stack, topic, sink, guarantee):
        self.folder, self.running, self.logs = folder, {}, []
        self.pairs = {
            "sml.kstream.source.topic": topic, "sml.kstream.sink.topic": sink, "sml.kstream.app.id": sink + "-app",
            "sml.kstream.project.id": "p", "sml.kstream.model.id": "m1", "sml.kstream.rest": "false",
            "sml.kstream.rest.user": "c1", "sml.kstream.rest.secret": SECRET, "sml.kstream.rest.host": weir.url,
            "sml.kstream.schedule.ms": "20", "bootstrap.servers": stack.bootstrap, "commit.interval.ms": "100",
            "processing.guarantee": guarantee}

    def start(self, name, **more):
        file = self.folder / f"{name}.properties"
        pairs = {**self.pairs, "sml.kstream.instance.id": name, **more}
        file.write_text("".join(f"{k}={v}\n" for k, v in pairs.items()))
        self.running[name] = Program("stream", file)

    def kill(self, name):
        it = self.running.pop(name)
        assert it.process.poll() is None, f"{name} ended by itself\n{it.errors()}"
        it.kill()
        self.logs.append(it.errors())

    def freeze(self, name, on):
        self.running[name].process.send_signal(signal.SIGSTOP if on else signal.SIGCONT)

    def stop(self, name):
        it = self.running.pop(name)
        assert it.stop(timeout=60) == 0, it.errors()
        self.logs.append(it.errors())

    def close(self):
        for name in list(self.running):
            self.running.pop(name).kill()

    def words(self):
        return "\n".join(self.logs + [it.errors() for it in self.running.values()])[-6000:]


@pytest.fixture(scope="module")
def weir(tmp_path_factory):
    data = tmp_path_factory.mktemp("once") / "data"
    user(data)
    with server(data) as it:
        client = Client(it.url)
        client.post("/projects", {}, pid="p", enableHistogram="true", ok=(201,))
        rows = [[str(i), str(i % 17 / 4), str(i * i % 101)] for i in range(2000)]
        client.post("/projects/p/learn", {"attributeNames": ["id", "a", "b"], "attributeTypes": ["C"] * 3,
                                          "data": rows})
        client.post("/projects/p/build", {"extraParameters": {}}, modelid="m1", algo="hba", ok=(202,))
        wait(lambda: "m1" in client.get("/projects/p/info")["values"]["smlInfo"]["modelsList"], 30, it.errors)
        yield it
        assert it.stop() == 0


def make(stack, *topics):
    admin = AdminClient({"bootstrap.servers": stack.bootstrap})
    for made in admin.create_topics([NewTopic(t, PARTITIONS) for t in topics]).values():
        made.result(30)
    wait(lambda: set(topics) <= set(admin.list_topics(timeout=10).topics), 30, lambda: "topics were not made")


def wanted(n):
    return [list(range(p, n, PARTITIONS)) for p in range(PARTITIONS)]


def test_once_while_killed(stack, weir, tmp_path):
    """Rows come all the time; each step waits until the steps before showed in the sink, so nothing hangs on speed."""
    topic, exact, least = (f"once-{STARTED}-{word}" for word in ("rows", "exact", "least"))
    make(stack, topic, exact, least)
    sink = Sink(stack.bootstrap, exact, "read_committed")
    other = Sink(stack.bootstrap, least, "read_committed")
    one = Scorers(tmp_path, weir, stack, topic, exact, "exactly_once")
    two = Scorers(tmp_path, weir, stack, topic, least, "at_least_once")
    sender = Sender(stack.bootstrap, topic)
    sender.start()
    try:
        one.start("a")
        two.start("l")

        def grows(by=100):
            """Rows go on arriving in each partition of both sinks."""
            before = [len(ids) for ids in sink.ids + other.ids]
            sink.until(lambda s: other.read(0) and all(len(ids) >= n + by for ids, n in
                                                       zip(s.ids + other.ids, before)), 90,
                       lambda: f"{sink.read(0)} and {other.read(0)} of {sender.sent}\n{one.words()}\n{two.words()}")
        for turn in range(FACTOR):
            grows()
            one.kill("a")
            two.kill("l")
            one.start("a")
            two.start("l")
            grows()
            one.start(f"b{turn}")  # a rebalance with a transaction open
            grows(500)
            one.kill("a")          # another has to take its partitions over
            grows()
            one.start("a")
            grows(500)
            one.freeze("a", True)  # the group takes it for dead, it does not know
            grows()
            one.freeze("a", False)
            grows(500)
            one.stop(f"b{turn}")
            grows()
            if MAY_DIE:
                stack.call("kafka", "kill", "1")
                time.sleep(1)
                stack.call("kafka", "restart", "1")
                stack.call("kafka", "wait")
                grows()
        n = sender.end()
        sink.until(lambda s: s.read() >= n, 90, lambda: f"{sink.read(0)} of {n}\n{one.words()}")
        other.until(lambda s: s.read() and len({i for ids in s.ids for i in ids}) >= n, 90,
                    lambda: f"{other.read(0)} of {n}\n{two.words()}")
        one.stop("a")
        two.stop("l")
        sink.read(1)  # anything too many
        twice = [i for i, times in Counter(i for ids in sink.ids for i in ids).items() if times > 1]
        assert sum(map(len, sink.ids)) == n and not twice, f"{len(twice)} rows twice: {twice[:5]}\n{one.words()}"
        assert sink.ids == wanted(n)
        assert [list(dict.fromkeys(ids)) for ids in other.ids] == wanted(n)
    finally:
        sender.over.set()
        one.close()
        two.close()
        sink.close()
        other.close()


def test_given_back(stack, weir, tmp_path):
    """A transaction that its brokers ended for its age is given back: its rows come again, once, in order."""
    topic, exact = (f"back-{STARTED}-{word}" for word in ("rows", "exact"))
    make(stack, topic, exact)
    sender = Sender(stack.bootstrap, topic)
    scorers = Scorers(tmp_path, weir, stack, topic, exact, "exactly_once")
    sink = Sink(stack.bootstrap, exact, "read_committed")
    sender.start()
    try:
        # older than the brokers allow before it is committed
        scorers.start("a", **{"transaction.timeout.ms": "2000", "commit.interval.ms": "60000",
                              "sml.kstream.transaction.rows": "0", "socket.timeout.ms": "2000",
                              "message.timeout.ms": "2000"})
        wait(lambda: "gives back" in scorers.words(), 60, scorers.words)
        scorers.stop("a")
        scorers.start("a")
        n = sender.end()
        sink.until(lambda s: s.read() >= n, 90, lambda: f"{sink.read(0)} of {n}\n{scorers.words()}")
        scorers.stop("a")
        sink.read(1)
        assert sink.ids == wanted(n)
    finally:
        sender.over.set()
        scorers.close()
        sink.close()


def test_a_row_that_cannot_be_sent(stack, weir, tmp_path):
    """A scorer that ends in the middle of a batch leaves none of its rows in the sink: the next one sends them all."""
    topic, exact = (f"torn-{STARTED}-{word}" for word in ("rows", "exact"))
    make(stack, topic, exact)
    producer = Producer({"bootstrap.servers": stack.bootstrap})
    for i in range(6):
        producer.produce(topic, partition=0, value=json.dumps(
            {"id": i, "a": i, "b": i, "note": "x" * (5000 if i == 5 else 1)}))
    assert producer.flush(60) == 0
    scorers = Scorers(tmp_path, weir, stack, topic, exact, "exactly_once")
    sink = Sink(stack.bootstrap, exact, "read_committed")
    try:
        scorers.start("a", **{"message.max.bytes": "2000", "commit.interval.ms": "60000",
                              "sml.kstream.record.poll.max": "4", "sml.kstream.schedule.ms": "1000"})
        assert scorers.running["a"].process.wait(60) != 0
        assert "Message size too large" in scorers.words()
        scorers.running.pop("a")
        scorers.start("a")
        sink.until(lambda s: 5 in s.ids[0], 60, scorers.words)
        scorers.stop("a")
        sink.read(1)
        assert sink.ids[0] == list(range(6))
    finally:
        scorers.close()
        sink.close()
