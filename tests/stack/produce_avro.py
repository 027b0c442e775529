#!/usr/bin/env python3
"""Produce the rows of a CSV file to Kafka: a test source with a serializer
(confluent-kafka, fastavro) that is independent of this project's own code.

  produce_avro.py data.csv -t topic                  Avro, Confluent wire format
  produce_avro.py data.csv -t topic --json           plain JSON objects
  produce_avro.py data.csv -t topic --json-schemas-enable
                                                     {"schema": …, "payload": …}, as
                                                     Connect's JsonConverter writes it

The first line of the file names the columns.  Types are inferred from all rows:
long, double or string; a column with empty cells becomes nullable.  --schema FILE
gives an Avro record schema instead.  Needs: pip install -r tests/requirements.txt
"""
import argparse
import csv
import io
import json
import sys
import time

from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroSerializer
from confluent_kafka.serialization import MessageField, SerializationContext

CONNECT_TYPE = {"long": "int64", "int": "int32", "double": "double",
                "float": "float", "string": "string", "boolean": "boolean"}


def arguments():
    p = argparse.ArgumentParser(description=__doc__.split("\n\n")[0],
                                formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    p.add_argument("csv", help="input file, - for standard input")
    p.add_argument("-t", "--topic", required=True)
    p.add_argument("-b", "--brokers", default="127.0.0.1:19092")
    p.add_argument("-r", "--registry", default="http://127.0.0.1:18081/apis/ccompat/v7")
    p.add_argument("-p", "--partitions", type=int, default=1, help="when the topic is new")
    p.add_argument("--replicas", type=int, default=1, help="when the topic is new")
    p.add_argument("-k", "--key", help="column to use as the message key (as text)")
    p.add_argument("--partition", type=int, default=-1, help="send all rows to this one")
    p.add_argument("--rate", type=float, default=0, help="messages a second, 0: no limit")
    p.add_argument("--loop", type=int, default=1, help="times over the file, 0: forever")
    p.add_argument("-n", "--limit", type=int, default=0, help="stop after so many messages")
    p.add_argument("--schema", help="file with an Avro record schema")
    p.add_argument("--name", default="Row", help="record name of the inferred schema")
    p.add_argument("--strings", default="", help="columns to keep as strings, a,b,c")
    p.add_argument("--json", action="store_true")
    p.add_argument("--json-schemas-enable", action="store_true")
    p.add_argument("--evolve-at", type=int, default=0, metavar="N",
                   help="change the schema before message N (counted from 0)")
    p.add_argument("--evolve-add", metavar="FIELD", help="field to add, with --evolve-default")
    p.add_argument("--evolve-default", default=0.0, metavar="JSON", type=json.loads,
                   help="value and schema default of the added field")
    p.add_argument("--evolve-drop", metavar="FIELD", help="field to drop")
    p.add_argument("--bad-at", type=int, default=-1, metavar="N",
                   help="send the bytes 'not a record' instead of message N")
    p.add_argument("--transaction", type=int, default=0, metavar="N",
                   help="N messages a transaction, 0: no transactions")
    p.add_argument("--abort-every", type=int, default=0, metavar="K",
                   help="abort each K-th transaction")
    p.add_argument("-X", action="append", default=[], metavar="NAME=VALUE",
                   help="producer property of librdkafka")
    return p.parse_args()


def infer(cells):
    """The Avro type that holds all the texts."""
    full = [c for c in cells if c != ""]
    for name, cast in (("long", int), ("double", float)):
        try:
            for c in full:
                cast(c)
            if name == "double" or all(abs(int(c)) < 2**63 for c in full):
                break
        except ValueError:
            continue
    else:
        name = "string"
    return name if full and len(full) == len(cells) else ["null", name if full else "string"]


def plain(avro):
    """(type, nullable) of an Avro primitive or of a union of one with null."""
    if isinstance(avro, list):
        return next(t for t in avro if t != "null"), True
    return avro, False


def cast(avro, text):
    kind, nullable = plain(avro)
    if text == "" and nullable:
        return None
    if kind in ("long", "int"):
        return int(text)
    if kind in ("double", "float"):
        return float(text)
    return text.lower() in ("true", "1") if kind == "boolean" else text


def evolve(schema, a):
    fields = [f for f in schema["fields"] if f["name"] != a.evolve_drop]
    if a.evolve_add:
        d = a.evolve_default
        kind = ("string" if isinstance(d, str) else "boolean" if isinstance(d, bool)
                else "long" if isinstance(d, int) else ["null", "double"] if d is None else "double")
        fields.append({"name": a.evolve_add, "type": kind, "default": d})
    return {**schema, "fields": fields}


def encoder(schema, a, registry):
    """A function from a row to bytes."""
    if a.json:
        return lambda row: json.dumps(row, separators=(",", ":")).encode()
    if a.json_schemas_enable:
        fields = [{"field": f["name"], "type": CONNECT_TYPE[plain(f["type"])[0]],
                   "optional": plain(f["type"])[1]} for f in schema["fields"]]
        head = {"type": "struct", "name": schema["name"], "optional": False, "fields": fields}
        return lambda row: json.dumps({"schema": head, "payload": row}, separators=(",", ":")).encode()
    avro = AvroSerializer(registry, json.dumps(schema))
    where = SerializationContext(a.topic, MessageField.VALUE)
    return lambda row: avro(row, where)


def main():
    a = arguments()
    source = sys.stdin if a.csv == "-" else open(a.csv, newline="", encoding="utf-8")
    table = list(csv.DictReader(io.StringIO(source.read()), skipinitialspace=True))
    if not table:
        sys.exit("no rows")
    if a.schema:
        with open(a.schema, encoding="utf-8") as f:
            schema = json.load(f)
    else:
        keep = set(a.strings.split(","))
        schema = {"type": "record", "name": a.name, "fields": [
            {"name": c, "type": "string" if c in keep else infer([r[c] for r in table])}
            for c in table[0]]}
    kinds = {f["name"]: f["type"] for f in schema["fields"]}
    rows = [({c: cast(k, r[c]) for c, k in kinds.items()}, r[a.key].encode() if a.key else None)
            for r in table]

    errors = []

    def delivered(err, _msg):
        if err:
            errors.append(err)

    conf = {"bootstrap.servers": a.brokers, "linger.ms": 5, "enable.idempotence": True,
            "queue.buffering.max.messages": 1000000}
    conf.update(x.split("=", 1) for x in a.X)
    if a.transaction:
        conf.setdefault("transactional.id", f"produce-avro-{a.topic}")
    admin = AdminClient({"bootstrap.servers": a.brokers})
    if a.topic not in admin.list_topics(timeout=10).topics:
        admin.create_topics([NewTopic(a.topic, a.partitions, a.replicas)])[a.topic].result()
    producer = Producer(conf)
    registry = None if a.json or a.json_schemas_enable else SchemaRegistryClient({"url": a.registry})
    encode = encoder(schema, a, registry)
    if a.transaction:
        producer.init_transactions(30)

    extra = {a.evolve_add: a.evolve_default} if a.evolve_add else {}
    evolved, n, size, aborted = False, 0, 0, 0
    total = a.limit or (a.loop * len(rows) or None)
    start = time.monotonic()
    while total is None or n < total:
        row, key = rows[n % len(rows)]
        if a.evolve_at and n == a.evolve_at:
            schema, evolved = evolve(schema, a), True
            encode = encoder(schema, a, registry)
        if evolved:
            row = {**row, **extra}
            row.pop(a.evolve_drop, None)
        value = b"not a record" if n == a.bad_at else encode(row)
        if a.transaction and n % a.transaction == 0:
            producer.begin_transaction()
        while True:
            try:
                producer.produce(a.topic, value, key, a.partition, on_delivery=delivered)
                break
            except BufferError:
                producer.poll(0.1)
        producer.poll(0)
        n, size = n + 1, size + len(value)
        if a.transaction and (n % a.transaction == 0 or n == total):
            turn = (n - 1) // a.transaction + 1
            if a.abort_every and turn % a.abort_every == 0:
                producer.flush(30)  # or the abort would drop them before they are sent
                producer.abort_transaction(30)
                aborted += 1
            else:
                producer.commit_transaction(30)
        if a.rate:
            wait = start + n / a.rate - time.monotonic()
            if wait > 0:
                producer.poll(wait)
    left = producer.flush(60)
    took = time.monotonic() - start
    print(f"{n} messages, {size} value bytes, {took:.2f} s, {n / took:.0f} messages/s, "
          f"{size / n:.1f} bytes each, aborted transactions {aborted}", file=sys.stderr)
    if left or (errors and not aborted):
        sys.exit(f"{left} messages not sent, {len(errors)} failed: {errors[:1]}")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
