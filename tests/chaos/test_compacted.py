"""A compacted topic: of rows with a key only the last remains, and offsets have holes. Whoever reads it then learns what is
there, by a connector and by a stream of the server, and an answer that is lost or doubled changes nothing."""
import json
import struct
import time

from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic
from confluent_kafka.schema_registry import Schema, SchemaRegistryClient

from chaos.cast import wait_exact
from chaos.rows import SCHEMA

KEYS, ROUNDS = 300, 4


def long(number):
    """Avro's bytes of a long."""
    number, out = number << 1, b""
    while number >= 128:
        out += bytes([number & 127 | 128])
        number >>= 7
    return out + bytes([number])


def present(brokers, topic):
    """Offset and value of every record that is there now."""
    consumer = Consumer({"bootstrap.servers": brokers.bootstrap, "group.id": "looks", "enable.auto.commit": False,
                         "enable.partition.eof": True})
    consumer.assign([TopicPartition(topic, 0, 0)])
    found = []
    while (message := consumer.poll(10)) is not None and not message.error():
        found.append((message.offset(), message.value()))
    consumer.close()
    return found


def test_holes_in_a_compacted_topic(brokers, cast_of):
    topic = "compacted"
    admin = AdminClient({"bootstrap.servers": brokers.bootstrap})
    admin.create_topics([NewTopic(topic, 1, 3, config={
        "cleanup.policy": "compact", "segment.ms": "100", "min.cleanable.dirty.ratio": "0.01"})])[topic].result(60)
    registry = SchemaRegistryClient({"url": brokers.registry})
    head = b"\0" + struct.pack(">I", registry.register_schema(f"{topic}-value", Schema(json.dumps(SCHEMA), "AVRO")))
    producer = Producer({"bootstrap.servers": brokers.bootstrap, "acks": "all", "enable.idempotence": True})
    sent = 0
    for turn in range(ROUNDS):
        for key in range(0, KEYS, turn + 1):  # all, every second, every third: the last of a key lie among others
            sent += 1
            value = head + long(turn * 1000 + key) + long(key * key + turn)
            producer.produce(topic, value, key=str(key), partition=0)
        assert producer.flush(60) == 0
        time.sleep(0.3)
    # the cleaner works when it likes: until it has made holes and left them as they are for a while
    before, end = None, time.monotonic() + 90
    while len(now := present(brokers, topic)) >= sent or now != before:
        assert time.monotonic() < end, f"{len(now)} records are still there"
        before = now
        time.sleep(2)
    rows = [decode(value[5:]) for _, value in now]
    offsets = [offset for offset, _ in now]
    assert len(now) >= KEYS and offsets != list(range(offsets[0], offsets[0] + len(now))), "no holes"
    want = {"count": len(rows), "a": float(sum(a for a, _ in rows)), "b": float(sum(b for _, b in rows)),
            "ab": float(sum(a * b for a, b in rows))}
    cast = cast_of(topic, loses=0.3, twice=0.3)
    cast.stream()
    for project in ("connected", "streamed"):
        wait_exact(cast, project, want, 60)
    assert present(brokers, topic) == now, "the cleaner has worked meanwhile"


def decode(body):
    """Two longs."""
    out, shift, number = [], 0, 0
    for byte in body:
        number |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            out.append(number >> 1)
            shift = number = 0
    return out
