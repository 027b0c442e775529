"""How fast a group of nodes learns a topic: rows/s and CPU at 1 to 8 partitions and 1 to 3 nodes on one machine.

    WEIR_BIN=build/weir .venv/bin/python bench/nodes.py --bootstrap HOST:PORT --registry URL [--rows N]

For each pair of partitions and nodes a group is made on empty servers and a topic of Avro rows of 9 doubles (77 bytes a
value) is filled while their projects are frozen. Then they are let go; the time
is that from the first row learned to the last. CPU is that of all nodes together; the brokers' is not in it. Then all
nodes must say the same number of rows, which is how long an answer may be behind ("known by all"). The bytes of the
changelog are those of its records, before compression.
"""
import argparse
import os
import struct
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic
from confluent_kafka.schema_registry import Schema, SchemaRegistryClient

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
from support.programs import server, user  # noqa: E402
from support.weir_client import Client  # noqa: E402

COLUMNS = [f"c{i}" for i in range(9)]
SCHEMA = '{"type":"record","name":"Row","fields":[%s]}' % ",".join(
    f'{{"name":"{name}","type":"double"}}' for name in COLUMNS)


def make(args, topic, partitions):
    admin = AdminClient({"bootstrap.servers": args.bootstrap})
    for made in admin.create_topics([NewTopic(topic, partitions, 1)]).values():
        made.result(30)


def fill(args, topic, partitions):
    """Rows with 20,000 distinct values a column: more than a histogram has bins."""
    number = SchemaRegistryClient({"url": args.registry}).register_schema(f"{topic}-value", Schema(SCHEMA, "AVRO"))
    frame = b"\0" + struct.pack(">I", number)
    values = np.random.default_rng(1).normal(40, 12, (20000, len(COLUMNS)))
    rows = [frame + row.tobytes() for row in values]
    producer = Producer({"bootstrap.servers": args.bootstrap, "linger.ms": 20, "batch.size": 1000000,
                         "queue.buffering.max.messages": 1000000})
    for i in range(args.rows):
        while True:
            try:
                producer.produce(topic, rows[i % len(rows)], partition=i % partitions)
                break
            except BufferError:
                producer.poll(0.1)
    producer.flush(120)


def cpu_of(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Node:
    def __init__(self, data, args, group, topic):
        user(data)
        self.program = server(data)
        self.client = Client(self.program.url)
        self.client.post("/projects", {}, ok=(201,), pid="p", persist="true", enableHistogram="true")
        info = {"bootstrap.servers": args.bootstrap, "schema.registry.url": args.registry, "kafka.topic": topic,
                "node.group": group}
        self.client.post("/projects/p/streams/create", {"type": "kafka", "name": "s", "info": info}, ok=(201,))

    @property
    def known(self):
        return self.client.get("/projects/p/info")["values"]["smlInfo"]["rows"]

    @property
    def stream(self):
        return self.client.get("/projects/p/streams/info")["values"]["streams"][0]

    def freeze(self, on):
        self.client.post(f"/projects/p/{'freeze' if on else 'unfreeze'}")

    @property
    def cpu(self):
        return cpu_of(self.program.process.pid)

    def end(self):
        self.client.close()
        self.program.stop()


def stored(args, topic):
    """Records of a topic, and bytes of their values before compression."""
    consumer = Consumer({"bootstrap.servers": args.bootstrap, "group.id": "counts", "auto.offset.reset": "earliest",
                         "enable.partition.eof": True, "enable.auto.commit": False})
    partitions = consumer.list_topics(topic, 10).topics[topic].partitions
    consumer.assign([TopicPartition(topic, p, 0) for p in partitions])
    size, ends = 0, 0
    while ends < len(partitions):
        message = consumer.poll(10)
        if message is None:
            break
        if message.error():
            ends += 1
        else:
            size += len(message.value() or b"")
    consumer.close()
    return size


def wait(good, seconds=120):
    end = time.monotonic() + seconds
    while not good():
        assert time.monotonic() < end
        time.sleep(0.05)


def measure(args, partitions, count):
    topic = f"nodes-{time.time_ns()}"
    make(args, topic, partitions)
    with tempfile.TemporaryDirectory() as home:
        nodes = [Node(Path(home) / str(i), args, topic + "-group", topic) for i in range(count)]
        try:
            busy = min(count, partitions)
            wait(lambda: sum(node.stream["state"] == "running" for node in nodes) == count)
            time.sleep(8)  # the group settles
            for node in nodes:
                node.freeze(True)
            wait(lambda: sum(node.stream["state"] == "waiting" for node in nodes) == count)
            fill(args, topic, partitions)
            for node in nodes:
                node.freeze(False)
            wait(lambda: (sum(node.stream["rows"] for node in nodes)))
            first, began = sum(node.stream["rows"] for node in nodes), time.monotonic()
            used = sum(node.cpu for node in nodes)
            wait(lambda: sum(node.stream["rows"] for node in nodes) >= args.rows)
            seconds, used = time.monotonic() - began, sum(node.cpu for node in nodes) - used
            wait(lambda: all(node.known == args.rows for node in nodes))
            behind = time.monotonic() - began - seconds
            assert sum(bool(node.stream["rows"]) for node in nodes) == busy, "a node had no partition"
        finally:
            for node in nodes:
                node.end()
    learned = args.rows - first
    return learned / seconds, used * 1e6 / learned, behind, stored(args, f"{topic}-group-cells")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bootstrap", required=True)
    parser.add_argument("--registry", required=True)
    parser.add_argument("--rows", type=int, default=2000000)
    parser.add_argument("--partitions", default="1,2,4,8")
    parser.add_argument("--nodes", default="1,2,3")
    args = parser.parse_args()
    print("| partitions | nodes | rows/s | CPU s a million rows | known by all after | changelog MB |\n"
          "|---|---|---|---|---|---|")
    for partitions in map(int, args.partitions.split(",")):
        for count in map(int, args.nodes.split(",")):
            rate, cpu, behind, size = measure(args, partitions, count)
            print(f"| {partitions} | {count} | {rate:,.0f} | {cpu:.2f} | {behind:.1f} s | {size / 1e6:.1f} |", flush=True)


if __name__ == "__main__":
    main()
