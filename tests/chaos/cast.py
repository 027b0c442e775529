"""Whoever can be killed: a server, workers of a connector behind a proxy that loses answers, brokers."""
import json
import os
import socket
import time

import requests

from support.programs import SECRET, Program, server, user
from support.proxy import Proxy
from support.topics import totals
from support.weir_client import Client
from support.workers import CLASS

SEED = int(os.environ.get("WEIR_CHAOS_SEED", time.time_ns() % 2**32))
BROKERS = 3


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Cast:
    """dice decides; two threads of the proxy may ask them at once, so a seed repeats the choices but not the noise."""

    def __init__(self, stack, folder, topic, dice, loses=0.03, twice=0.03):
        self.stack, self.folder, self.topic, self.dice = stack, folder, topic, dice
        self.data, self.address = folder / "data", f"127.0.0.1:{free_port()}"
        user(self.data)
        self.weir = self.serve()
        self.proxy = Proxy(self.weir.url, loses=lambda n: self.noise(loses), twice=lambda n: self.noise(twice))
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
        assert self.workers.pop(0).stop(timeout=90) == 0

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


def wait_exact(cast, project, want, seconds):
    end = time.monotonic() + seconds
    while (found := totals(Client(cast.weir.url), project)) != want:
        assert found["count"] <= want["count"], f"{project}: {found} of {want}\n{cast.told()}"
        assert time.monotonic() < end, f"{project}: {found} of {want}\n{cast.told()}"
        time.sleep(0.3)
