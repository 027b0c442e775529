"""Rows of whole numbers that keep coming, in Avro, and what they add up to.

One producer sends rows as they are, another in transactions of which it aborts every third. A row counts once the brokers
have said that it is theirs, which both wait for however long brokers are away.
"""
import json
import random
import threading

from confluent_kafka import KafkaException, Producer
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroSerializer
from confluent_kafka.serialization import MessageField, SerializationContext

SCHEMA = {"type": "record", "name": "Row", "fields": [{"name": "a", "type": "long"}, {"name": "b", "type": "long"}]}
PARTITIONS = 6


class Sums:
    """Count, sums and cross-product, exactly; any thread."""

    def __init__(self):
        self.lock, self.count, self.a, self.b, self.ab = threading.Lock(), 0, 0, 0, 0

    def add(self, rows):
        with self.lock:
            self.count += len(rows)
            self.a += sum(r["a"] for r in rows)
            self.b += sum(r["b"] for r in rows)
            self.ab += sum(r["a"] * r["b"] for r in rows)

    @property
    def totals(self):
        """As a project says them: each exact sum rounded once."""
        with self.lock:
            return {"count": self.count, "a": float(self.a), "b": float(self.b), "ab": float(self.ab)}


class Rows(threading.Thread):
    """Sends rows, some at a time, until finish()."""

    def __init__(self, bootstrap, registry, topic, sums, seed, transactions, rate):
        super().__init__(daemon=True)
        serializer = AvroSerializer(SchemaRegistryClient({"url": registry}), json.dumps(SCHEMA))
        where = SerializationContext(topic, MessageField.VALUE)
        self.encode = lambda row: serializer(row, where)
        settings = {"bootstrap.servers": bootstrap, "linger.ms": 5, "acks": "all", "enable.idempotence": True,
                    "message.timeout.ms": 600000, "log_level": 0, "error_cb": lambda _: None}
        if transactions:
            settings |= {"transactional.id": f"rows-{topic}", "transaction.timeout.ms": 600000}
        self.producer = Producer(settings)
        self.topic, self.sums, self.random, self.transactions = topic, sums, random.Random(seed), transactions
        self.pause, self.ended, self.fault, self.aborted = 50 / rate, threading.Event(), None, 0
        self.start()

    def some(self):
        return [{"a": self.random.randrange(1 << 20), "b": self.random.randrange(1 << 20)} for _ in range(50)]

    def send(self, rows):
        refused = []
        for i, row in enumerate(rows):
            self.producer.produce(self.topic, self.encode(row), partition=self.random.randrange(PARTITIONS),
                                  on_delivery=lambda fault, _: fault and refused.append(fault))
        while self.producer.flush(10):
            pass
        return refused

    def again(self, call):
        """A call about transactions, until it is done. True: the transaction has to be aborted."""
        while True:
            try:
                call(30)
                return False
            except KafkaException as fault:
                if fault.args[0].txn_requires_abort():
                    return True
                assert fault.args[0].retriable(), fault

    def transaction(self, rows, number):
        self.producer.begin_transaction()
        refused = self.send(rows)
        if refused or number % 3 == 2 or self.again(self.producer.commit_transaction):
            assert not self.again(self.producer.abort_transaction)
            self.aborted += len(rows)
        else:
            self.sums.add(rows)

    def run(self):
        try:
            number = 0
            if self.transactions:
                self.again(self.producer.init_transactions)
            while not self.ended.wait(self.pause):
                rows = self.some()
                if self.transactions:
                    self.transaction(rows, number)
                else:
                    assert not (refused := self.send(rows)), refused
                    self.sums.add(rows)
                number += 1
        except BaseException as fault:  # told by finish()
            self.fault = fault

    def finish(self):
        self.ended.set()
        self.join(180)
        assert not self.is_alive() and self.fault is None, self.fault
