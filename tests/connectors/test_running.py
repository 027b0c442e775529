"""What happens while rows come: servers that go away, answers that are lost, tasks that stop, start and move. Whatever it
is, every row counts once."""
import time

import pytest

from support.programs import SECRET, server, user
from support.proxy import Proxy
from support.topics import Flow, Pairs, plain_json, totals
from support.weir_client import Client
from support.workers import CLASS, json_converter

JSON = json_converter(False)


class Ours:
    """A server of the test's own behind a proxy, whose address stays."""

    def __init__(self, folder):
        self.data = folder
        user(folder)
        self.program = server(folder)
        self.proxy = Proxy(self.program.url)
        self.client = Client(self.program.url)

    def kill(self):
        self.program.kill()

    def back(self):
        self.program = server(self.data)
        self.client = Client(self.program.url)
        self.proxy.server_of = self.client.host

    def count(self, project):
        return totals(self.client, project)["count"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.proxy.close()
        self.program.kill()


@pytest.fixture
def ours(tmp_path):
    with Ours(tmp_path / "data") as it:
        yield it


def wait(what, want, of, seconds=60):
    """Until what() is at least want."""
    end = time.monotonic() + seconds
    while (found := what()) < want:
        assert time.monotonic() < end, f"{found} and not {want}: {of()}"
        time.sleep(0.1)


def test_server_killed_and_back(world, worker, ours):
    topic, name = world.topics.make(world.name("killed"), 3), world.name(worker.kind)
    pairs, at_least = Pairs(), 0
    worker.create(name, {**world.config(topic, name, **JSON), "sml.url": f"{ours.proxy.url}/symetry/rest",
                         "tasks.max": "2", "sml.dataframe.max.chunk.size": "50"})
    with Flow(world.topics, topic, plain_json, pairs) as flow:
        for _ in range(2):
            wait(lambda: ours.count(name), at_least + 300, lambda: worker.status(name))
            ours.kill()
            time.sleep(0.5)  # tasks try, and wait
            ours.back()
            at_least = ours.count(name)
        wait(lambda: ours.count(name), at_least + 300, lambda: worker.status(name))
        flow.finish()
    want = pairs.totals
    wait(lambda: ours.count(name), want["count"], lambda: worker.status(name))
    assert totals(ours.client, name) == want
    assert worker.states(name) == ["RUNNING", "RUNNING"]
    worker.delete(name)


def test_answers_lost_and_requests_doubled(world, worker, ours):
    topic, name = world.topics.make(world.name("lost"), 2), world.name(worker.kind)
    pairs = Pairs()
    ours.proxy.loses = lambda n: n % 3 == 0
    ours.proxy.twice = lambda n: n % 4 == 1
    world.topics.send(topic, map(plain_json, pairs.take(1500)))
    worker.create(name, {**world.config(topic, name, **JSON), "sml.url": f"{ours.proxy.url}/symetry/rest",
                         "sml.dataframe.max.chunk.size": "40", "sml.reconnect.backoff.ms": "10"})
    wait(lambda: ours.count(name), 1500, lambda: worker.status(name))
    assert totals(ours.client, name) == pairs.totals
    assert ours.proxy.lost >= 10, ours.proxy.lost
    worker.delete(name)


def test_given_up_after_the_retries(world, worker):
    """A server that is not there: the task fails after the tries that are configured, and says where it tried."""
    topic, name = world.topics.make(world.name("away")), world.name(worker.kind)
    world.topics.send(topic, map(plain_json, Pairs().take(3)))
    worker.create(name, {**world.config(topic, name, **JSON), "sml.url": "http://127.0.0.1:1/symetry/rest",
                         "sml.reconnect.backoff.ms": "10", "sml.backoff.max.retries": "3"})
    trace = worker.wait_states(name, ["FAILED"])
    assert "given up after 4 tries" in trace and "127.0.0.1:1" in trace, trace
    worker.delete(name)


def test_project_must_exist(world, worker):
    """The task fails; once somebody has made the project, it is started again and learns."""
    topic, name = world.topics.make(world.name("exists")), world.name(worker.kind)
    pairs = Pairs()
    world.topics.send(topic, map(plain_json, pairs.take(100)))
    worker.create(name, world.config(topic, name, **JSON, **{"sml.project.must.preexist": "true"}))
    trace = worker.wait_states(name, ["FAILED"])
    assert name in trace and "sml.project.must.preexist" in trace, trace
    world.client.post("/projects", {}, pid=name, type="cpu", persist="true", ok=(201,))
    worker.call("POST", f"/connectors/{name}/tasks/0/restart")
    world.wait_totals(name, pairs.totals, worker, name)
    assert worker.states(name) == ["RUNNING"]
    worker.delete(name)


def test_wrong_secret(world, worker):
    topic, name = world.topics.make(world.name("secret")), world.name(worker.kind)
    pairs, good = Pairs(), world.config(topic, name, **JSON)
    world.topics.send(topic, map(plain_json, pairs.take(100)))
    wrong = "AAAAAAAAAAAAAAAAAAAAAA=="
    worker.create(name, {**good, "sml.customer.secret.key": wrong})
    trace = worker.wait_states(name, ["FAILED"])
    assert "401" in trace and "Invalid Signature" in trace and wrong not in trace, trace
    worker.put(name, good)
    world.wait_totals(name, pairs.totals, worker, name)
    worker.delete(name)


def test_frozen_project_is_waited_for(world, worker):
    topic, name = world.topics.make(world.name("frozen")), world.name(worker.kind)
    pairs = Pairs()
    world.topics.send(topic, map(plain_json, pairs.take(100)))
    worker.create(name, {**world.config(topic, name, **JSON), "sml.backoff.max.retries": "0"})
    world.wait_totals(name, pairs.totals, worker, name)
    world.client.get(f"/projects/{name}/freeze")
    before = pairs.totals
    world.topics.send(topic, map(plain_json, pairs.take(100)))
    witness = world.name("witness")  # has learned the rows, so the frozen project could have, too
    worker.create(witness, world.config(topic, witness, **JSON))
    world.wait_totals(witness, pairs.totals, worker, witness)
    assert world.totals(name) == before and worker.states(name) == ["RUNNING"]
    world.client.get(f"/projects/{name}/unfreeze")
    world.wait_totals(name, pairs.totals, worker, name)
    for connector in (name, witness):
        worker.delete(connector)


def test_paused_resumed_and_deleted(world, worker):
    """A connector beside it tells when rows have been there for long enough."""
    topic, name = world.topics.make(world.name("paused"), 2), world.name(worker.kind)
    witness, pairs = world.name("witness"), Pairs()

    def send():
        world.topics.send(topic, map(plain_json, pairs.take(200)))
        world.wait_totals(witness, pairs.totals, worker, witness)
    for connector in (witness, name):
        worker.create(connector, {**world.config(topic, connector, **JSON), "tasks.max": "2"})
    send()
    world.wait_totals(name, pairs.totals, worker, name)
    worker.call("PUT", f"/connectors/{name}/pause")
    worker.wait_states(name, ["PAUSED", "PAUSED"])
    before = pairs.totals
    send()
    assert world.totals(name) == before
    worker.call("PUT", f"/connectors/{name}/resume")
    world.wait_totals(name, pairs.totals, worker, name)
    worker.delete(name)
    assert name not in worker.names()
    before = pairs.totals
    send()
    assert world.totals(name) == before
    # made again, it goes on where it was
    worker.create(name, {**world.config(topic, name, **JSON), "tasks.max": "2"})
    world.wait_totals(name, pairs.totals, worker, name)
    for connector in (name, witness):
        worker.delete(connector)


def test_tasks_come_and_go(world, worker):
    """Partitions move between tasks while rows come."""
    topic, name = world.topics.make(world.name("moved"), 4), world.name(worker.kind)
    pairs, config = Pairs(), world.config(topic, name, **JSON)
    worker.create(name, config)
    with Flow(world.topics, topic, plain_json, pairs) as flow:
        for tasks in (1, 3, 2):
            if tasks > 1:
                worker.put(name, {**config, "tasks.max": str(tasks)})
            worker.wait_states(name, ["RUNNING"] * tasks)
            world.wait_count(name, world.totals(name)["count"] + 200, worker, name)
        flow.finish()
    world.wait_totals(name, pairs.totals, worker, name)
    worker.delete(name)


def test_a_project_for_each_task(world, worker):
    """Each row is in one of the projects."""
    topic, name = world.topics.make(world.name("numbered"), 2), world.name(worker.kind)
    pairs, projects = Pairs(), [f"{name}-first", f"{name}-second"]
    config = {"connector.class": CLASS, "tasks.max": "2", "topics": topic,
              "key.converter": "org.apache.kafka.connect.storage.StringConverter", **JSON}
    for i, project in enumerate(projects, 1):
        config.update({f"sml.url.{i}": f"{world.url}/symetry/rest", f"sml.project.{i}": project,
                       f"sml.customer.id.{i}": "c1", f"sml.customer.secret.key.{i}": SECRET})
    worker.create(name, config)
    with Flow(world.topics, topic, plain_json, pairs) as flow:
        for project in projects:
            world.wait_count(project, 200, worker, name)
        flow.finish()
    both = {}
    for _ in range(600):
        first, second = map(world.totals, projects)
        if (both := {key: first[key] + second[key] for key in first}) == pairs.totals:
            break
        time.sleep(0.1)
    assert both == pairs.totals, worker.errors()
    worker.delete(name)


def test_topic_made_anew(world, worker):
    """The task says so, and takes the topic from its beginning when it is told to."""
    topic, name = world.topics.make(world.name("anew")), world.name(worker.kind)
    pairs, config = Pairs(), world.config(topic, name, **JSON, **{
        "consumer.override.allow.auto.create.topics": "false"})  # the test makes it anew
    world.topics.send(topic, map(plain_json, pairs.take(300)))
    worker.create(name, config)
    world.wait_totals(name, pairs.totals, worker, name)
    world.topics.delete(topic)
    world.topics.make(topic)
    world.topics.send(topic, map(plain_json, pairs.take(100)))
    trace = worker.wait_states(name, ["FAILED"])
    assert "made anew" in trace and topic in trace, trace
    worker.take_anew(name, config)
    world.wait_totals(name, pairs.totals, worker, name)
    world.topics.send(topic, map(plain_json, pairs.take(50)))
    world.wait_totals(name, pairs.totals, worker, name)
    worker.delete(name)


def test_validation(world, worker):
    """Faults are told with the keys they belong to, all at once, and no secret is repeated."""
    secret = "bm90IGEgc2VjcmV0"
    wrong = {**world.config("t", "p", **JSON), "name": "checked", "sml.urll": "x", "sml.url": "ftp://somewhere",
             "sml.customer.secret.key": secret, "sml.dataframe.max.chunk.size": "0", "sml.attribute.types": "C,Q",
             "behavior.on.malformed.documents": "shout"}
    answer = worker.call("PUT", f"/connector-plugins/{CLASS}/config/validate", wrong)
    faults = {c["value"]["name"]: " ".join(c["value"]["errors"]) for c in answer["configs"] if c["value"]["errors"]}
    assert {"sml.url", "sml.urll", "sml.customer.secret.key", "sml.dataframe.max.chunk.size", "sml.attribute.types",
            "behavior.on.malformed.documents"} <= set(faults), faults
    assert "sml.url" in faults["sml.urll"]
    assert secret not in str(answer)
    assert answer["error_count"] >= 6
    types = {c["definition"]["name"]: c["definition"]["type"] for c in answer["configs"] if c["definition"]}
    assert types["sml.customer.secret.key"] == "PASSWORD"
    fine = {**world.config("t", "p", **JSON), "name": "checked"}
    answer = worker.call("PUT", f"/connector-plugins/{CLASS}/config/validate", fine)
    assert answer["error_count"] == 0, [c["value"] for c in answer["configs"] if c["value"]["errors"]]
