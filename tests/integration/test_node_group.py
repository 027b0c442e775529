"""Several servers learn one topic together: any of them answers for the whole, and each row counts exactly once."""
import os
import random
import signal
import struct
import time

import pytest

from support.programs import server, user
from support.topics import Flow, Pairs, Topics, enveloped_json, plain_json, record, totals
from support.waiting import fresh, wait
from support.weir_client import Client

FACTOR = int(os.environ.get("WEIR_SOAK", "1"))


class Node:
    """A server with one project and one stream of a group, which can be killed and comes back on the same data."""

    def __init__(self, data, stack, group, topic, pid="p", avro=True, more=(), **settings):
        self.data, self.stack, self.pid = data, stack, pid
        user(data)
        self.start()
        self.client.post("/projects", {}, ok=(201,), pid=pid, persist="true", enableHistogram="true")
        values = {"schema.registry.url": stack.registry} if avro else {"data.format": "json"}
        given = {f"node.group.{name.replace('_', '.')}": value for name, value in settings.items()}
        info = values | {
            "bootstrap.servers": stack.bootstrap, "kafka.topic": topic, "node.group": group,
            "node.group.interval.min.ms": "200", "node.group.interval.max.ms": "1000",
            "node.group.refresh.ms": "100"} | given | dict(more)
        self.client.post(f"/projects/{pid}/streams/create", {"type": "kafka", "name": "s", "info": info}, ok=(201,))

    def start(self):
        self.program = server(self.data)
        self.client = Client(self.program.url)

    def kill(self):
        self.client.close()
        self.program.kill()

    def end(self):
        self.client.close()
        code = self.program.stop()
        assert code == 0, self.program.errors()

    @property
    def totals(self):
        return totals(self.client, self.pid)

    @property
    def info(self):
        return self.client.get(f"/projects/{self.pid}/streams/info")["values"]["streams"][0]

    @property
    def errors(self):
        return self.client.get(f"/projects/{self.pid}/streams/s/errorLog")["values"]["stringList"]["values"]

    def comes_by(self, count, seconds=90):
        """The node has got so far at least."""
        wait(lambda: self.totals["count"] >= count, seconds,
             lambda: f"{self.totals}, not {count}; {self.info}; {self.errors[-5:]}")

    def comes_to(self, want, seconds=60):
        """The node says just this, and a second later still does: no row is missing, and none comes to count again."""
        seen = [{}, {}]

        def settled():
            seen[:] = [seen[1], self.totals]
            if seen != [want, want]:
                time.sleep(0.5)
            return seen == [want, want]
        wait(settled, seconds, lambda: f"{seen[1]}, not {want}; {self.info}; {self.errors[-5:]}")


@pytest.fixture(scope="module")
def topics(stack):
    return Topics(stack.bootstrap, stack.registry)


@pytest.fixture
def nodes(tmp_path, stack):
    made = []

    def add(group, topic, **settings):
        made.append(Node(tmp_path / f"node{len(made)}", stack, group, topic, **settings))
        return made[-1]
    yield add
    for node in made:
        node.kill()


def pair_topic(topics, word, partitions):
    topic = topics.make(fresh(word), partitions)
    return topic, Pairs(), topics.avro(topic, record(a="long", b="long"))


def test_every_node_answers_for_the_whole(nodes, topics):
    topic, pairs, encode = pair_topic(topics, "whole", 4)
    topics.send(topic, [encode(row) for row in pairs.take(4000)])
    group = fresh("group")
    first = nodes(group, topic)
    first.comes_to(pairs.totals)
    second = nodes(group, topic)
    second.comes_to(pairs.totals)
    topics.send(topic, [encode(row) for row in pairs.take(4000)])
    for node in (first, second):
        node.comes_to(pairs.totals)


def test_killed_nodes_cost_no_row(nodes, topics):
    topic, pairs, encode = pair_topic(topics, "chaos", 6)
    group, chance = fresh("group"), random.Random(5)
    team = [nodes(group, topic) for _ in range(3)]
    with Flow(topics, topic, encode, pairs) as flow:
        team[0].comes_by(1000)
        for turn in range(4 * FACTOR):
            victim = chance.choice(team)
            victim.kill()
            time.sleep(chance.uniform(0, 4))
            victim.start()
            if turn == 1:
                team.append(nodes(group, topic))
            seen = victim.totals["count"]
            victim.comes_by(seen + 1)
            time.sleep(chance.uniform(0, 4))
        flow.finish()
    for node in team:
        node.comes_to(pairs.totals, 120)


@pytest.mark.parametrize("encode", [plain_json, enveloped_json])
def test_json_as_it_comes(nodes, topics, encode):
    topic, pairs = topics.make(fresh("json"), 3), Pairs()
    topics.send(topic, [encode(row) for row in pairs.take(300)])
    node = nodes(fresh("group"), topic, avro=False)
    node.comes_to(pairs.totals)


def offsets_of(messages):
    """Of records of a changelog, key by key: the offsets behind which the cells stood."""
    found = {}
    for message in messages:
        if message.value() is not None:
            magic, _, _, behind = struct.unpack_from("<4sHQQ", message.value())
            assert magic == b"WCEL"
            found.setdefault(message.key(), []).append(behind)
    return found


def test_a_node_that_was_paused_writes_no_old_cell(nodes, topics):
    """Stopped for longer than its session lasts, while others go on with its partitions."""
    topic, pairs, encode = pair_topic(topics, "paused", 4)
    group = fresh("group")
    paused, other = nodes(group, topic), nodes(group, topic)
    with Flow(topics, topic, encode, pairs) as flow:
        for node in (paused, other):
            wait(lambda: node.info["rows"] > 0, 60, lambda: node.info)
        paused.program.process.send_signal(signal.SIGSTOP)
        try:
            held = {p["partition"] for p in other.info["partitions"]}
            wait(lambda: len({p["partition"] for p in other.info["partitions"]}) == 4, 60, lambda: (held, other.info))
            other.comes_by(other.totals["count"] + 500)
        finally:
            paused.program.process.send_signal(signal.SIGCONT)
        paused.comes_by(other.totals["count"])
        flow.finish()
    for node in (paused, other):
        node.comes_to(pairs.totals, 120)
    seen = offsets_of(topics.read(f"{group}-cells", 10**6, 5))
    assert len(seen) == 4 and all(behind == sorted(behind) for behind in seen.values()), seen


def test_all_nodes_killed_at_once(nodes, topics):
    topic, pairs, encode = pair_topic(topics, "all", 4)
    group = fresh("group")
    team = [nodes(group, topic) for _ in range(2)]
    with Flow(topics, topic, encode, pairs) as flow:
        for node in team:
            wait(lambda: node.info["rows"] > 0, 60, lambda: node.info)
        for node in team:
            node.kill()
        for node in team:
            node.start()
        flow.finish()
    for node in team:
        node.comes_to(pairs.totals, 120)


def test_a_changelog_made_anew_gets_all_cells_again(nodes, topics):
    """Also those in which nothing changes any more: who comes later knows the whole, and learns nothing again."""
    topic, pairs, encode = pair_topic(topics, "anew", 3)
    group = fresh("group")
    topics.send(topic, [encode(row) for row in pairs.take(300)])
    first = nodes(group, topic)
    first.comes_to(pairs.totals)
    wait(lambda: len(offsets_of(topics.read(f"{group}-cells", 12, 3))) == 3)
    topics.admin.delete_topics([f"{group}-cells"])[f"{group}-cells"].result(30)
    wait(lambda: len(offsets_of(topics.read(f"{group}-cells", 3, 5))) == 3, 120, lambda: first.program.errors())
    first.comes_to(pairs.totals)
    second = nodes(group, topic)
    second.comes_to(pairs.totals)
    assert second.info["rows"] == 0, "learned again what the cells held"


def test_a_group_that_begins_at_the_end_loses_no_row_after(nodes, topics):
    """A node is killed before it has written what it learned: the next one begins where that one began."""
    topic, pairs, encode = pair_topic(topics, "end", 2)
    group = fresh("group")
    topics.send(topic, [encode(row) for row in Pairs(10**6).take(100)])
    lazy = {"interval_min_ms": "600000", "interval_max_ms": "600000", "more": {"auto.offset.reset": "latest"}}
    first = nodes(group, topic, **lazy)
    wait(lambda: set(map(tuple, offsets_of(topics.read(f"{group}-cells", 2, 5)).values())) == {(50,)}, 60,
         lambda: (first.info, first.errors))
    topics.send(topic, [encode(row) for row in pairs.take(100)])
    first.comes_to(pairs.totals)
    first.kill()
    second = nodes(group, topic, **lazy)
    second.comes_to(pairs.totals)


def test_nodes_that_disagree_on_a_type(nodes, topics):
    """A field that holds numbers in one partition and texts in another, each seen by a node before it knows of the
    other, keeps nobody from the rest."""
    topic, pairs = topics.make(fresh("types"), 2), Pairs()
    group = fresh("group")
    both = [nodes(group, topic, avro=False, interval_min_ms="3000", interval_max_ms="3000") for _ in range(2)]
    for node in both:
        wait(lambda: node.info["partitions"], 60, lambda: node.info)
    rows = pairs.take(200)
    topics.send(topic, [plain_json(row | {"x": 5 if i % 2 else "five"}) for i, row in enumerate(rows)])
    for node in both:
        node.comes_to(pairs.totals)
    topics.send(topic, [plain_json(row | {"x": "six"}) for row in pairs.take(100)])
    for node in both:
        node.comes_to(pairs.totals)
    late = nodes(group, topic, avro=False)
    late.comes_to(pairs.totals)


def test_wide_cells_travel_in_parts(nodes, topics):
    """And come back whole: what a node ends with is what another begins with."""
    topic, pairs, encode = pair_topic(topics, "parts", 2)
    group = fresh("group")
    topics.send(topic, [encode(row) for row in pairs.take(3000)])
    first = nodes(group, topic, record_bytes="1024", changelog_partitions="1")
    first.comes_to(pairs.totals)
    first.end()
    asked = iter(range(40, 10**6, 40))
    wait(lambda: any(int(message.key().decode().rsplit("/", 1)[1]) > 10
                     for message in topics.read(f"{group}-cells", next(asked), 5)))
    second = nodes(group, topic, record_bytes="1024")
    second.comes_to(pairs.totals)
    assert second.info["rows"] == 0, "learned again what the cells held"


def test_a_group_refuses_what_would_be_lost(nodes, topics):
    topic, pairs, encode = pair_topic(topics, "refused", 1)
    topics.send(topic, [encode(row) for row in pairs.take(10)])
    group = fresh("group")
    node = nodes(group, topic)
    node.comes_to(pairs.totals)
    frame = {"attributeNames": ["a"], "attributeTypes": ["C"], "data": [[1]]}
    answer = node.client.call("POST", "/projects/p/learn", frame)
    assert answer.status == 409 and f"node group {group}" in answer.json()["statusString"]
    # a project that has rows of its own, and one whose rules forbid merging
    node.client.post("/projects", {}, ok=(201,), pid="own", persist="true")
    node.client.post("/projects/own/learn", frame)
    node.client.post("/projects", {"sml_project_rolling_window_size": "5"}, ok=(201,), pid="window", persist="true")
    info = {"bootstrap.servers": node.stack.bootstrap, "schema.registry.url": node.stack.registry,
            "kafka.topic": topic, "node.group": fresh("other")}
    for pid, word in (("own", "has learned by itself"), ("window", "rolling window")):
        node.client.post(f"/projects/{pid}/streams/create", {"type": "kafka", "name": "s", "info": info}, ok=(201,))
        seen = {}

        def failed():
            seen.update(node.client.get(f"/projects/{pid}/streams/info")["values"]["streams"][0])
            return seen["state"] == "failed" and word in seen["reason"]
        wait(failed, 30, lambda: seen)
    bad = {"type": "kafka", "name": "bad", "info": info | {"node.group.changelog.share": "much"}}
    answer = node.client.call("POST", "/projects/own/streams/create", bad)
    assert answer.status == 400 and "node.group.changelog.share" in answer.json()["statusString"]


def test_a_frozen_project_waits(nodes, topics):
    topic, pairs, encode = pair_topic(topics, "frozen", 2)
    topics.send(topic, [encode(row) for row in pairs.take(100)])
    node = nodes(fresh("group"), topic)
    node.comes_to(pairs.totals)
    node.client.post("/projects/p/freeze")
    wait(lambda: node.info["state"] == "waiting" and "frozen" in node.info["reason"], 30, lambda: node.info)
    topics.send(topic, [encode(row) for row in pairs.take(100)])
    node.client.post("/projects/p/unfreeze")
    node.comes_to(pairs.totals)
    wait(lambda: node.info["state"] == "running", 30, lambda: node.info)
