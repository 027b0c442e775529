"""Reads an Avro topic with Confluent's own client and prints its rows as JSON lines.

usage: read_topic.py BOOTSTRAP REGISTRY TOPIC LEAST   (ends once LEAST rows are read)

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


def main(bootstrap, registry, topic, least):
    read = AvroDeserializer(SchemaRegistryClient({"url": registry}))
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "reader", "enable.auto.commit": False})
    partitions = consumer.list_topics(topic, timeout=GIVE_UP_S).topics[topic].partitions
    consumer.assign([TopicPartition(topic, partition, 0) for partition in partitions])
    end = time.monotonic() + GIVE_UP_S
    count = 0
    while count < least:
        message = consumer.poll(1)
        if message is None:
            if time.monotonic() > end:
                sys.exit(f"{topic}: {count} rows in {GIVE_UP_S} s, not {least}")
            continue
        if message.error():
            sys.exit(f"{topic}: {message.error()}")
        row = read(message.value(), SerializationContext(topic, MessageField.VALUE))
        print(json.dumps({**row, "partition": message.partition(), "offset": message.offset()}))
        count += 1
    consumer.close()


main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
