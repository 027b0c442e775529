"""Avro rows beside fastavro: random schemas of all constructs, random data, cell by cell."""
import io
import json
import random

import fastavro

from formats.avro_random import Data, Expected, Schemas, Types, same_cell

SCHEMAS, ROWS = 1200, 4


def read_all(schema, body):
    stream = io.BytesIO(body)
    value = fastavro.schemaless_reader(stream, schema, None, return_record_name=True)
    assert not stream.read()
    return value


def holds_itself(schema):
    """Then fields cannot be added to the outermost record alone."""
    name = f"{schema['namespace']}.{schema['name']}" if "namespace" in schema else schema["name"]
    return f'"{name}"' in json.dumps(schema["fields"])


def question(seed):
    rng = random.Random(seed)
    schema = Schemas(rng).record(0, fields=(1, 6))
    data = Data(rng, Types(schema))
    return schema, [data.of(schema) for _ in range(ROWS)]


def test_random_schemas(decode):
    asked = [question(seed) for seed in range(SCHEMAS)]
    answers = decode([{"schema": json.dumps(s), "values": [b.hex() for b in bodies]} for s, bodies in asked])
    cells = 0
    for seed, ((schema, bodies), answer) in enumerate(zip(asked, answers)):
        note = (seed, schema)
        assert "error" not in answer, (note, answer["error"])
        expected = Expected(schema)
        found = {name: kind for name, kind, _, _ in answer["fields"]}
        assert found == expected.fields, note
        parsed = fastavro.parse_schema(json.loads(json.dumps(schema)))
        assert (answer["schema"] is None) == holds_itself(schema), note
        longer = fastavro.parse_schema(json.loads(answer["schema"])) if answer["schema"] else None
        for body, row, extended in zip(bodies, answer["rows"], answer["extended"]):
            value = read_all(parsed, body)
            wants = expected.row(value)
            assert row is not None, (note, answer["why"])
            for (name, kind, _, _), cell in zip(answer["fields"], row):
                assert same_cell(kind, cell, wants.get(name)), (note, name, kind, cell, wants.get(name))
                cells += 1
            if not longer:
                continue
            more = read_all(longer, bytes.fromhex(extended))
            assert list(more.items())[-4:] == [("weir_score", .5), ("weir_flag", True), ("weir_why", "a|b"),
                                               ("weir_none", None)], note
            assert bytes.fromhex(extended).startswith(body), note
            assert repr(dict(list(more.items())[:-4])) == repr(value), note
    assert cells > 10 * SCHEMAS


def test_beginnings_are_refused(decode):
    """Every beginning of a body, and a byte too many, is no row, to the reader and to the writer alike."""
    asked = []
    for seed in range(5000, 5060):
        schema, bodies = question(seed)
        cuts = [bodies[0][:n] for n in range(min(len(bodies[0]), 60))] + [bodies[0] + b"\0"]
        asked.append({"schema": json.dumps(schema), "values": [c.hex() for c in cuts]})
    for q, answer in zip(asked, decode(asked)):
        whole = [i for i, row in enumerate(answer["rows"]) if row is not None]
        assert whole == [i for i, value in enumerate(answer["extended"]) if value is not None]
        assert not whole, (q["schema"], [q["values"][i] for i in whole])


def test_aliases_are_told(decode):
    inner = {"type": "record", "name": "I", "fields": [{"name": "v", "type": "int", "aliases": ["u"]}]}
    schema = {"type": "record", "name": "R", "fields": [
        {"name": "at", "type": inner, "aliases": ["pos", "place"]}, {"name": "x", "type": "int"}]}
    answer, = decode([{"schema": json.dumps(schema), "values": []}])
    assert answer["fields"] == [["at.v", "integer", False, ["at.u", "pos.v", "pos.u", "place.v", "place.u"]],
                                ["x", "integer", False, []]]
