"""One server, a cluster of Kafka Connect with the plug-in and a `weir connect`; each test runs with both workers.

The topics of the tests that only look at what was learned are filled, and their connectors made, before the first of them
runs: workers take seconds to share out a connector, and they do it for many as quickly as for one.
"""
import itertools
import time

import pytest

from support.programs import SECRET, server, user
from support.stack import stack  # noqa: F401 (a fixture)
from support.topics import Topics, totals
from support.weir_client import Client
from support.workers import CLASS, Cluster, Native

KINDS = ("native", "plugin")
# a server that does not answer is tried again soon, and for long
PATIENT = {"sml.reconnect.backoff.ms": "50", "sml.reconnect.backoff.max.ms": "500", "sml.backoff.max.retries": "1000"}


class World:
    """What all tests share."""

    def __init__(self, topics, registry, url, client, workers):
        self.topics, self.registry, self.url, self.client, self.workers = topics, registry, url, client, workers
        self.stamp, self.numbers = f"c{time.time_ns() // 1000000}", itertools.count()

    def name(self, word):
        """One that no other test and no other run has."""
        return f"{self.stamp}-{next(self.numbers)}-{word}"

    def config(self, topic, project, **more):
        """A connector's configuration but for its converter; keys of more have _ for dots, or come as a dict."""
        return {"connector.class": CLASS, "tasks.max": "1", "topics": topic,
                "key.converter": "org.apache.kafka.connect.storage.StringConverter",
                "sml.url": f"{self.url}/symetry/rest", "sml.project": project, "sml.customer.id": "c1",
                "sml.customer.secret.key": SECRET, **PATIENT, **more}

    def totals(self, project):
        return totals(self.client, project)

    def wait_totals(self, project, want, worker, name, seconds=60):
        """Until the project holds exactly this. One row too many is never waited for: it stays."""
        end = time.monotonic() + seconds
        while (found := self.totals(project)) != want:
            assert found["count"] <= want["count"], f"{project}: {found}, and there are only {want}"
            assert time.monotonic() < end, (f"{project}: {found} and not {want}: {worker.status(name)}\n"
                                            f"{worker.errors()}")
            time.sleep(0.1)

    def wait_count(self, project, least, worker, name, seconds=60, column="a"):
        end = time.monotonic() + seconds
        while (found := totals(self.client, project, column)["count"]) < least:
            assert time.monotonic() < end, f"{project}: {found} of {least}: {worker.status(name)}\n{worker.errors()}"
            time.sleep(0.1)


@pytest.fixture(scope="session")
def world(stack, tmp_path_factory):  # noqa: F811
    cluster = Cluster(stack)
    try:
        data = tmp_path_factory.mktemp("server")
        user(data)
        native = Native(stack.bootstrap)
        with server(data) as weir:
            cluster.ready()
            yield World(Topics(stack.bootstrap, stack.registry), stack.registry, weir.url, Client(weir.url),
                        {"native": native, "plugin": cluster})
            native.stop()
            assert weir.stop() == 0, weir.errors()
    finally:
        cluster.stop()


@pytest.fixture(params=KINDS)
def worker(request, world):
    return world.workers[request.param]
