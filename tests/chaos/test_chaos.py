"""Chaos: the server, workers of a connector and one of three brokers are killed and started again at random, workers come
and go, and answers between workers and server are lost, doubled and cut off, while rows come all the time. In the end a
project that learned through the connector and one that learned by a stream of the server hold every row exactly once.

The short form takes a minute; WEIR_SOAK_MINUTES makes it longer. WEIR_CHAOS_SEED repeats the choices of a run.
"""
import itertools
import json
import os
import random
import socket
import tempfile
import time

import pytest
import requests
from confluent_kafka.admin import AdminClient, NewTopic

from chaos.rows import PARTITIONS, Rows, Sums
from support.programs import SECRET, Program, server, user
from support.proxy import Proxy
from support.stack import Stack
from support.topics import totals
from support.weir_client import Client
from support.workers import CLASS

MINUTES = float(os.environ.get("WEIR_SOAK_MINUTES", 0))
KAFKA, REGISTRY = os.environ.get("WEIR_CHAOS_PORTS", "29692:29681").split(":")
SEED = int(os.environ.get("WEIR_CHAOS_SEED", time.time_ns() % 2**32))
BROKERS = 3
# every fault at least once, in an order of its own each time
SHORT = ["server", "server", "worker", "worker", "more", "fewer", "broker", "server", "worker"]


@pytest.fixture(scope="module")
def brokers():
    with tempfile.TemporaryDirectory(prefix="weir-chaos-") as run:
        it = Stack(run, KAFKA, REGISTRY)
        it.env |= {"WEIR_HEAP": "384m", "WEIR_KAFKA_PROPS": "log.cleaner.backoff.ms=300 unclean.leader.election.enable=false"}
        it.bootstrap = ",".join(f"127.0.0.1:{int(KAFKA) + i}" for i in range(BROKERS))
        try:
            it.call("kafka", "up", str(BROKERS))
            it.call("registry", "up")
            yield it
        finally:
            it.call("registry", "down", check=False)
            it.call("kafka", "down", check=False)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Cast:
    """Whoever can be killed."""

    def __init__(self, stack, folder, topic, dice):
        self.stack, self.folder, self.topic, self.dice = stack, folder, topic, dice
        self.data, self.address = folder / "data", f"127.0.0.1:{free_port()}"
        user(self.data)
        self.weir = self.serve()
        self.proxy = Proxy(self.weir.url, loses=lambda n: self.noise(0.03), twice=lambda n: self.noise(0.03))
        self.noisy = True
        self.connector = folder / "connector.json"
        self.connector.write_text(json.dumps({"name": topic, "config": {
            "connector.class": CLASS, "tasks.max": "2", "topics": topic, "sml.url": f"{self.proxy.url}/symetry/rest",
            "sml.project": "connected", "sml.customer.id": "c1", "sml.customer.secret.key": SECRET,
            "value.converter": "io.confluent.connect.avro.AvroConverter",
            "value.converter.schema.registry.url": stack.registry, "sml.reconnect.backoff.ms": "100",
            "sml.reconnect.backoff.max.ms": "1000", "sml.backoff.max.retries": "1000000",
            "consumer.override.isolation.level": "read_committed"}}))
        self.workers = [self.work(), self.work()]
        self.done = []

    def noise(self, probability):
        return self.noisy and self.dice.random() < probability

    def serve(self):
        return Program("serve", "--listen", self.address, "--data", self.data, ready="listening ")

    def work(self):
        return Program("connect", "--listen", "127.0.0.1:0", "--bootstrap", self.stack.bootstrap, self.connector,
                       ready="listening ")

    def stream(self):
        """The same topic once more, by a stream of the server, whose snapshots are few."""
        client = Client(self.weir.url)
        client.post("/projects", {}, ok=(201,), pid="streamed", persist="true", enableHistogram="true")
        client.post("/projects/streamed/streams/create", {"type": "kafka", "name": "rows", "info": {
            "bootstrap.servers": self.stack.bootstrap, "schema.registry.url": self.stack.registry,
            "kafka.topic": self.topic, "kafka_stream_time_between_persist": "2"}}, ok=(200, 201))

    def fault(self, kind):
        self.done.append(kind)
        print(f"chaos: {kind}", flush=True)
        getattr(self, "do_" + kind)()

    def do_server(self):
        self.weir.kill()
        time.sleep(self.dice.uniform(0, 1))
        self.weir = self.serve()

    def do_worker(self):
        i = self.dice.randrange(len(self.workers))
        self.workers[i].kill()
        time.sleep(self.dice.uniform(0, 1))
        self.workers[i] = self.work()

    def do_more(self):
        self.workers.append(self.work())

    def do_fewer(self):
        assert self.workers.pop(0).stop() == 0

    def do_broker(self):
        number = str(self.dice.randrange(1, BROKERS + 1))
        self.stack.call("kafka", "kill", number)
        time.sleep(self.dice.uniform(0, 4))
        self.stack.call("kafka", "restart", number)

    def told(self):
        lines = [f"seed {SEED}, faults {' '.join(self.done)}", self.weir.errors()[-3000:]]
        for worker in self.workers:
            try:
                lines.append(requests.get(f"{worker.url}/connectors/{self.topic}/status", timeout=5).text)
            except requests.RequestException as fault:
                lines.append(str(fault))
            lines.append(worker.errors()[-3000:])
        return "\n".join(lines)

    def close(self):
        for program in [self.weir, *self.workers]:
            program.kill()
        self.proxy.close()


def make_topic(stack, name, partitions, **config):
    admin = AdminClient({"bootstrap.servers": stack.bootstrap})
    admin.create_topics([NewTopic(name, partitions, BROKERS, config=config)])[name].result(60)
    end = time.monotonic() + 30
    while name not in admin.list_topics(timeout=10).topics:
        assert time.monotonic() < end, f"{name} was not made"
        time.sleep(0.1)


def wait_exact(cast, project, want, seconds):
    end = time.monotonic() + seconds
    while (found := totals(Client(cast.weir.url), project)) != want:
        assert found["count"] <= want["count"], f"{project}: {found} of {want}\n{cast.told()}"
        assert time.monotonic() < end, f"{project}: {found} of {want}\n{cast.told()}"
        time.sleep(0.3)


def faults(dice):
    """The short form's, once; the long form's, for as long as it takes."""
    if not MINUTES:
        kinds = list(SHORT)
        dice.shuffle(kinds)
        yield from kinds
        return
    end, workers = time.monotonic() + 60 * MINUTES, 2
    while time.monotonic() < end:
        kind = dice.choice(["server", "server", "worker", "worker", "broker", "more" if workers < 4 else "fewer",
                            "fewer" if workers > 1 else "more"])
        workers += {"more": 1, "fewer": -1}.get(kind, 0)
        yield kind


def test_everything_killed_at_random(brokers, tmp_path):
    print(f"chaos: seed {SEED}")
    dice, topic, sums = random.Random(SEED), "chaos", Sums()
    make_topic(brokers, topic, PARTITIONS)
    cast = Cast(brokers, tmp_path, topic, dice)
    rows = []
    try:
        rows = [Rows(brokers.bootstrap, brokers.registry, topic, sums, SEED + i, transactions=i == 1, rate=600)
                for i in range(2)]
        cast.stream()
        for kind in faults(dice):
            time.sleep(dice.uniform(0.5, 3))
            cast.fault(kind)
        cast.noisy = False
        for one in rows:
            one.finish()
        assert sums.count and rows[1].aborted
        print(f"chaos: {sums.count} rows, {rows[1].aborted} aborted, {cast.proxy.lost} answers lost")
        for project in ("connected", "streamed"):
            wait_exact(cast, project, sums.totals, 120)
        time.sleep(1)
        for project in ("connected", "streamed"):
            assert totals(Client(cast.weir.url), project) == sums.totals, cast.told()
        for program in [*cast.workers, cast.weir]:
            assert program.stop(timeout=60) == 0, cast.told()
    finally:
        for one in rows:
            one.ended.set()
        cast.close()
