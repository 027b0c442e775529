"""Topics of a test: made, and filled by libraries that share no code with weir (confluent-kafka, fastavro)."""
import json
import threading
import time

from confluent_kafka import Consumer, Producer
from confluent_kafka.admin import AdminClient, NewTopic
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroSerializer
from confluent_kafka.serialization import MessageField, SerializationContext

CONNECT_TYPES = {bool: "boolean", int: "int64", float: "double", str: "string"}


class Topics:
    def __init__(self, bootstrap, registry):
        self.bootstrap = bootstrap
        self.admin = AdminClient({"bootstrap.servers": bootstrap})
        self.registry = SchemaRegistryClient({"url": registry})
        self.producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": 5, "enable.idempotence": True})

    def make(self, topic, partitions=1):
        for made in self.admin.create_topics([NewTopic(topic, partitions, 1)]).values():
            made.result(30)
        self.wait(topic, lambda found: found and len(found.partitions) == partitions)
        return topic

    def delete(self, topic):
        for deleted in self.admin.delete_topics([topic]).values():
            deleted.result(30)
        self.wait(topic, lambda found: not found)

    def wait(self, topic, good):
        """Until what the brokers say of a topic (None: it is not there) is as wished."""
        end = time.monotonic() + 30
        while True:
            known = self.admin.list_topics(timeout=10).topics
            if good(known.get(topic)):
                return
            assert time.monotonic() < end, f"topic {topic}: {known.get(topic)}"
            time.sleep(0.1)

    def send(self, topic, values, partition=-1):
        """Values are bytes or None; they are with the brokers on return. Partitions are taken in turn."""
        faults = []

        def delivered(fault, _):
            if fault:
                faults.append(fault)
        partitions = len(self.admin.list_topics(topic, timeout=10).topics[topic].partitions)
        for i, value in enumerate(values):
            while True:
                try:
                    self.producer.produce(topic, value, partition=i % partitions if partition < 0 else partition,
                                          on_delivery=delivered)
                    break
                except BufferError:
                    self.producer.poll(0.1)
            self.producer.poll(0)
        assert self.producer.flush(60) == 0 and not faults, faults

    def avro(self, topic, schema):
        """A function from a row to bytes framed as Confluent's serializer does."""
        serializer = AvroSerializer(self.registry, json.dumps(schema))
        where = SerializationContext(topic, MessageField.VALUE)
        return lambda row: serializer(row, where)

    def read(self, topic, count, seconds=60):
        """So many messages of a topic."""
        consumer = Consumer({"bootstrap.servers": self.bootstrap, "group.id": f"reads-{time.time_ns()}",
                             "auto.offset.reset": "earliest", "enable.auto.commit": False,
                             "topic.metadata.refresh.interval.ms": 1000})
        consumer.subscribe([topic])
        found, end = [], time.monotonic() + seconds
        while len(found) < count and time.monotonic() < end:
            message = consumer.poll(0.5)
            if message is not None and not message.error():
                found.append(message)
        consumer.close()
        return found


def record(**fields):
    """An Avro record schema: record(a="long", s=["null", "string"]). What may be null is so by default."""
    return {"type": "record", "name": "Row",
            "fields": [{"name": n, "type": t, **({"default": None} if "null" in t else {})} for n, t in fields.items()]}


def plain_json(row):
    return json.dumps(row).encode()


def enveloped_json(row, optional=(), types=None):
    """As Connect's JsonConverter writes it with schemas."""
    types = types or {name: CONNECT_TYPES[type(value)] for name, value in row.items()}
    fields = [{"field": name, "type": kind, "optional": name in optional} for name, kind in types.items()]
    return json.dumps({"schema": {"type": "struct", "name": "Row", "optional": False, "fields": fields},
                       "payload": row}).encode()


class Pairs:
    """Rows of two whole numbers below 2^20, and what they add up to."""

    def __init__(self, start=0):
        self.start, self.rows = start, []

    def take(self, count):
        """So many more rows, as {"a": ..., "b": ...}."""
        first = self.start + len(self.rows)
        more = [{"a": (i * 7919 + 3) % 1048573, "b": (i * 104729 + 17) % 1048573}
                for i in range(first, first + count)]
        self.rows += more
        return more

    @property
    def totals(self):
        """What a project says when it has learned every row once: count, sums, sum of the products."""
        return {"count": len(self.rows), "a": sum(r["a"] for r in self.rows), "b": sum(r["b"] for r in self.rows),
                "ab": sum(r["a"] * r["b"] for r in self.rows)}


def totals(client, project, a="a", b="b"):
    """The same from the project's statistics; zeros where there is no project or no row yet."""
    def explore(metric, *names):
        question = {"inputAttributeNames": list(names), "extraParameters": {"need_bi_conditional": "true"}}
        answer = client.call("POST", f"/projects/{project}/explore", {"values": [question]}, metric=metric,
                             returnProjectInfo="false")
        if answer.status != 200:
            return {}
        return answer.json()["values"]["KSVDMap"]["values"][0]
    one, two, both = explore("uni", a), explore("uni", b), explore("bi", a, b)
    return {"count": one.get("count", 0), a: one.get("sum", 0), b: two.get("sum", 0), a + b: both.get("condSum", 0)}


class Flow(threading.Thread):
    """Rows that keep coming, a few at a time, until finish() is called."""

    def __init__(self, topics, topic, encode, pairs, rows=20, pause=0.03):
        super().__init__(daemon=True)
        self.topics, self.topic, self.encode, self.pairs = topics, topic, encode, pairs
        self.rows, self.pause, self.ended, self.fault = rows, pause, threading.Event(), None
        self.start()

    def run(self):
        try:
            while not self.ended.wait(self.pause):
                self.topics.send(self.topic, [self.encode(row) for row in self.pairs.take(self.rows)])
        except BaseException as fault:  # told by finish()
            self.fault = fault

    def finish(self):
        """All rows taken are in the topic on return."""
        self.ended.set()
        self.join(120)
        assert not self.is_alive() and self.fault is None, self.fault
        return self.pairs

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.join(120)
