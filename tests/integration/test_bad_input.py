"""What can go wrong while rows come, for a connector and for a stream of the server alike: the state and the reason are
told where people look, waiting costs next to nothing, no row is lost or counted twice, and when the cause goes away all
goes on by itself.
"""
import struct

import pytest
import requests
from confluent_kafka.admin import NewPartitions

from support.programs import SECRET, Program, server, user
from support.proxy import Front
from support.topics import Pairs, Topics, record, totals
from support.waiting import fresh, spent, wait
from support.weir_client import Client
from support.workers import CLASS

ROWS = 200


class World:
    """A server, a worker, and fronts before the server and the registry."""

    def __init__(self, stack, data):
        self.stack, self.topics = stack, Topics(stack.bootstrap, stack.registry)
        user(data)
        self.weir = server(data)
        self.client = Client(self.weir.url)
        self.registry, self.front = Front(stack.registry, "/schemas/"), Front(self.weir.url, "/learn")
        self.worker = Program("connect", "--listen", "127.0.0.1:0", "--bootstrap", stack.bootstrap, ready="listening ")

    def close(self):
        try:
            assert self.worker.stop() == 0, self.worker.errors()[-3000:]
            assert self.weir.stop() == 0, self.weir.errors()[-3000:]
        finally:
            self.worker.kill()
            self.weir.kill()
            self.registry.close()
            self.front.close()


@pytest.fixture(scope="module")
def world(stack, tmp_path_factory):
    it = World(stack, tmp_path_factory.mktemp("bad") / "data")
    yield it
    it.close()


class Connector:
    """Rows by a connector of the worker."""

    def __init__(self, world, topic):
        self.world, self.name, self.program = world, topic, world.worker
        answer = requests.put(f"{world.worker.url}/connectors/{topic}/config", timeout=30, json={
            "connector.class": CLASS, "topics": topic, "sml.url": f"{world.front.url}/symetry/rest",
            "sml.project": topic, "sml.customer.id": "c1", "sml.customer.secret.key": SECRET,
            "value.converter": "io.confluent.connect.avro.AvroConverter",
            "value.converter.schema.registry.url": world.registry.url, "sml.attribute.types": "C,C",
            "sml.reconnect.backoff.ms": "100", "sml.reconnect.backoff.max.ms": "1000",
            "sml.backoff.max.retries": "1000", "behavior.on.malformed.documents": "warn",
            "consumer.override.topic.metadata.refresh.interval.ms": "1000"})
        assert answer.status_code == 201, answer.text

    def told(self):
        """State, reason, and how many records were skipped."""
        task = requests.get(f"{self.world.worker.url}/connectors/{self.name}/status", timeout=10).json()["tasks"][0]
        return task["state"].lower(), task.get("trace", ""), task["skipped"]

    def figures(self):
        return [line for line in requests.get(f"{self.world.worker.url}/metrics", timeout=10).text.splitlines()
                if f'connector="{self.name}"' in line]

    def waiting(self):
        return any(line.startswith("weir_connect_task_waiting{") and line.endswith(" 1") for line in self.figures())

    def log(self):
        return self.program.errors()

    def end(self):
        requests.delete(f"{self.world.worker.url}/connectors/{self.name}", timeout=30)


class Stream:
    """Rows by a stream of the server."""

    def __init__(self, world, topic):
        self.world, self.name, self.program = world, topic, world.weir
        world.client.post("/projects", {}, ok=(201,), pid=topic, persist="true", enableHistogram="true")
        world.client.post(f"/projects/{topic}/streams/create", {"type": "kafka", "name": "s", "info": {
            "bootstrap.servers": world.stack.bootstrap, "kafka.topic": topic, "schema.registry.url": world.registry.url,
            "sml.kafka.topic.metadata.refresh.interval.ms": "1000"}}, ok=(201,))

    def told(self):
        info = self.world.client.get(f"/projects/{self.name}/streams/info")["values"]["streams"][0]
        return info["state"], info["reason"], info["skipped"]

    def figures(self):
        return [line for line in self.world.client.raw("GET", "/metrics").body.decode().splitlines()
                if f'project="{self.name}"' in line]

    def waiting(self):
        return any(line.startswith("weir_stream_state{") and line.endswith(" 2") for line in self.figures())

    def log(self):
        lines = self.world.client.get(f"/projects/{self.name}/streams/s/errorLog")
        return "\n".join(lines["values"]["stringList"]["values"]) + self.program.errors()

    def end(self):
        self.world.client.delete(f"/projects/{self.name}/streams/s", ok=(200, 400, 404))


KINDS = {"connector": Connector, "stream": Stream}


@pytest.fixture(params=KINDS)
def begin(request, world):
    """A function that starts the kind on a topic; it is ended behind the test."""
    begun = []

    def begins(topic):
        begun.append(KINDS[request.param](world, topic))
        return begun[0]
    yield begins
    for one in begun:
        one.end()


def breaks(front, status):
    def do(world, _):
        getattr(world, front).status = status
    return do


def calls(what):
    def do(world, project):
        world.client.post(f"/projects/{project}/{what}")
    return do


TROUBLES = {
    # what breaks, what the reason says, what mends it, and of which kinds it is a trouble
    "registry-away": (breaks("registry", 0), "registry", breaks("registry", None), KINDS),
    "registry-elsewhere": (breaks("registry", 404), "404", breaks("registry", None), KINDS),
    "project-frozen": (calls("freeze"), "frozen", calls("unfreeze"), KINDS),
    "server-full": (breaks("front", 503), "503", breaks("front", None), ["connector"]),
    "server-busy": (breaks("front", 429), "429", breaks("front", None), ["connector"]),
    "server-away": (breaks("front", 0), "learn", breaks("front", None), ["connector"]),
}


@pytest.mark.parametrize("trouble", TROUBLES)
def test_trouble_is_told_waited_for_and_over(world, begin, trouble, request):
    breaking, word, mending, kinds = TROUBLES[trouble]
    if request.node.callspec.params["begin"] not in kinds:
        pytest.skip("no trouble of this kind")
    topic, pairs = world.topics.make(fresh(trouble), 2), Pairs()
    first = world.topics.avro(topic, record(a="long", b="long"))
    second = world.topics.avro(topic, record(a="long", b="long", c=["null", "long"]))
    world.topics.send(topic, [first(row) for row in pairs.take(ROWS)])
    way = begin(topic)
    wait(lambda: totals(world.client, topic) == pairs.totals, 60,
         lambda: f"{way.told()} {totals(world.client, topic)}\n{way.log()[-3000:]}")
    before = pairs.totals
    breaking(world, topic)
    try:
        # rows of a schema that nobody has asked for yet
        world.topics.send(topic, [second(row | {"c": None}) for row in pairs.take(ROWS)])
        wait(lambda: word in way.told()[1], 30, lambda: f"{way.told()}\n{way.log()[-3000:]}")
        assert way.told()[0] in ("running", "waiting")
        assert way.waiting(), way.figures()
        assert spent(way.program, 1.5) < 0.2
        wait(lambda: word in way.log(), 15, lambda: way.log()[-3000:])
        assert totals(world.client, topic) == before
    finally:
        mending(world, topic)
    wait(lambda: totals(world.client, topic) == pairs.totals, 60,
         lambda: f"{way.told()} {totals(world.client, topic)} {pairs.totals}\n{way.log()[-3000:]}")
    wait(lambda: way.told() == ("running", "", 0) and not way.waiting(), 20, lambda: f"{way.told()} {way.figures()}")


def test_records_that_nobody_can_read(world, begin):
    """Another magic byte, an id that the registry does not know, a body that ends too soon: skipped, told and counted."""
    topic, pairs = world.topics.make(fresh("unreadable"), 1), Pairs()
    encode = world.topics.avro(topic, record(a="long", b="long"))
    good = [encode(row) for row in pairs.take(20)]
    bad = [b"\x07" + good[0][1:], struct.pack(">bI", 0, 2**31 - 1) + good[0][5:], good[0][:5], b""]
    world.topics.send(topic, good[:10] + bad + good[10:])
    way = begin(topic)
    wait(lambda: totals(world.client, topic) == pairs.totals, 60, lambda: f"{way.told()}\n{way.log()[-3000:]}")
    wait(lambda: way.told()[2] == len(bad), 20, way.told)
    assert way.told()[:2] == ("running", "")
    assert any("skipped" in line and line.endswith(f" {len(bad)}") for line in way.figures()), way.figures()
    for offset in range(10, 10 + len(bad)):
        assert f"offset {offset} is skipped" in way.log()


def test_a_topic_that_goes_grows_and_comes_back(world, begin):
    """Partitions are added; the topic is deleted, and made anew with fewer rows than were learned: that needs a word."""
    topic, pairs = world.topics.make(fresh("topic"), 2), Pairs()
    encode = world.topics.avro(topic, record(a="long", b="long"))
    world.topics.send(topic, [encode(row) for row in pairs.take(ROWS)])
    way = begin(topic)
    wait(lambda: totals(world.client, topic) == pairs.totals, 60, lambda: f"{way.told()}\n{way.log()[-3000:]}")
    world.topics.admin.create_partitions([NewPartitions(topic, 4)])[topic].result(30)
    world.topics.wait(topic, lambda found: len(found.partitions) == 4)
    later = Topics(world.stack.bootstrap, world.stack.registry)  # a producer that has not counted the partitions yet
    for partition in range(4):
        later.send(topic, [encode(row) for row in pairs.take(ROWS // 4)], partition)
    wait(lambda: totals(world.client, topic) == pairs.totals, 60, lambda: f"{way.told()}\n{way.log()[-3000:]}")
    world.topics.delete(topic)
    wait(lambda: topic in way.told()[1], 60, lambda: f"{way.told()}\n{way.log()[-3000:]}")
    assert spent(way.program, 1.5) < 0.2
    world.topics.make(topic, 4)
    later.send(topic, [encode(row) for row in Pairs(10**6).take(8)])
    wait(lambda: way.told()[0] == "failed" and "anew" in way.told()[1], 60, lambda: f"{way.told()}\n{way.log()[-3000:]}")
    assert totals(world.client, topic) == pairs.totals
