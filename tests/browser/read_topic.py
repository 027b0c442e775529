"""Reads an Avro topic with Confluent's own client and prints its rows as JSON lines.

usage: read_topic.py BOOTSTRAP REGISTRY TOPIC PARTITION:OFFSET...
Each partition named is read from its beginning up to and with its offset.

Each line has partition and offset beside the row's fields. Libraries: confluent-kafka 2.16.0, fastavro 1.13.1.
"""
import json
import sys
import time

from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.serialization import MessageField, SerializationContext

GIVE_UP_S = 60


def main(bootstrap, registry, topic, *ends):
    read = AvroDeserializer(SchemaRegistryClient({"url": registry}))
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "reader", "enable.auto.commit": False})
    last = {int(partition): int(offset) for partition, offset in (end.split(":") for end in ends)}
    consumer.assign([TopicPartition(topic, partition, 0) for partition in last])
    give_up = time.monotonic() + GIVE_UP_S
    while last:
        message = consumer.poll(1)
        if time.monotonic() > give_up:
            sys.exit(f"{topic}: not read in {GIVE_UP_S} s up to {last}")
        if message is None:
            continue
        if message.error():
            sys.exit(f"{topic}: {message.error()}")
        partition, offset = message.partition(), message.offset()
        if offset > last.get(partition, -1):
            continue
        row = read(message.value(), SerializationContext(topic, MessageField.VALUE))
        print(json.dumps({**row, "partition": partition, "offset": offset}))
        if offset == last[partition]:
            del last[partition]
    consumer.close()


main(*sys.argv[1:])
