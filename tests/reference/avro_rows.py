#!/usr/bin/env python3
"""Writes tests/data/avro_rows.json: schemas, bodies made by fastavro, and the values that a reader must find.

Made with fastavro 1.13.1 under Python 3.11. Each case: the schema; the attribute types to read it under; rows of
(body in hex, cells as a batch shows them: numbers, texts, null where absent).
"""
import io
import json
import pathlib

import fastavro


def record(*fields, **more):
    return {"type": "record", "name": "Row", "fields": [{"name": n, "type": t} for n, t in fields], **more}


NESTED = {"type": "record", "name": "Inner", "fields": [
    {"name": "a", "type": {"type": "array", "items": ["null", "string", "long"]}},
    {"name": "m", "type": {"type": "map", "values": {"type": "fixed", "name": "F4", "size": 4}}}]}
LIST = {"type": "record", "name": "List", "fields": [
    {"name": "value", "type": "double"}, {"name": "next", "type": ["null", "List"]}]}

CASES = [
    ("every plain type", record(("b", "boolean"), ("i", "int"), ("l", "long"), ("f", "float"), ("d", "double"),
                                ("s", "string"), ("e", {"type": "enum", "name": "E", "symbols": ["RED", "GREEN"]})),
     "BCCCCST",
     [({"b": True, "i": -1, "l": 2**53, "f": 0.5, "d": 0.1, "s": "h\u00e9\U0001f600", "e": "GREEN"},
       [1, -1, 2**53, 0.5, 0.1, "h\u00e9\U0001f600", "green"]),
      ({"b": False, "i": 2**31 - 1, "l": -2**62, "f": -1.25, "d": -1e-30, "s": "", "e": "RED"},
       [0, 2**31 - 1, -float(2**62), -1.25, -1e-30, None, "red"])]),
    ("extremes of the whole numbers", record(("i", "int"), ("l", "long"), ("as_text", "long")), "CCS",
     [({"i": -2**31, "l": -2**63, "as_text": 2**63 - 1}, [-2**31, -float(2**63), "9223372036854775807"]),
      ({"i": 63, "l": 64, "as_text": -64}, [63, 64, "-64"]),
      ({"i": -64, "l": -65, "as_text": 0}, [-64, -65, "0"])]),
    ("null first, null second, alone", record(("x", ["null", "double"]), ("y", ["string", "null"]), ("z", ["int"]),
                                              ("n", "null")), "CSCX",
     [({"x": None, "y": None, "z": 3, "n": None}, [None, None, 3, None]),
      ({"x": 2.5, "y": "t", "z": 4, "n": None}, [2.5, "t", 4, None])]),
    ("what is stepped over", record(("x", "double"), ("inner", NESTED), ("list", LIST), ("u", ["null", "int", "string"]),
                                    ("y", "bytes"), ("z", {"type": "fixed", "name": "F16", "size": 16}),
                                    ("again", "F4"), ("t", {"type": "long", "logicalType": "timestamp-millis"}),
                                    ("last", "double")), "CXXXXXXXC",
     [({"x": 1.0, "inner": {"a": [None, "q", 7], "m": {"k": b"abcd", "l": b"efgh"}},
        "list": {"value": 1.0, "next": {"value": 2.0, "next": None}}, "u": "text", "y": b"\x00\xff" * 100,
        "z": b"z" * 16, "again": b"1234", "t": 1700000000000, "last": 9.0},
       [1.0] + [None] * 7 + [9.0]),
      ({"x": 2.0, "inner": {"a": [], "m": {}}, "list": {"value": 0.0, "next": None}, "u": None, "y": b"",
        "z": b"y" * 16, "again": b"9876", "t": -1, "last": 8.0},
       [2.0] + [None] * 7 + [8.0])]),
    ("names in namespaces", {"type": "record", "name": "Row", "namespace": "a.b", "fields": [
        {"name": "x", "type": {"type": "enum", "name": "Colour", "symbols": ["R", "G"]}},
        {"name": "y", "type": "Colour"}, {"name": "z", "type": ["null", "a.b.Colour"]},
        {"name": "w", "type": {"type": "fixed", "name": "c.Two", "size": 2}}, {"name": "v", "type": "c.Two"}]},
     "SSSXX", [({"x": "R", "y": "G", "z": "R", "w": b"12", "v": b"34"}, ["R", "G", "R", None, None]),
               ({"x": "G", "y": "R", "z": None, "w": b"12", "v": b"34"}, ["G", "R", None, None, None])]),
    ("uuid stays a text, a defaulted field is read", {"type": "record", "name": "Row", "fields": [
        {"name": "id", "type": {"type": "string", "logicalType": "uuid"}},
        {"name": "x", "type": "double", "default": 3.5}]},
     "SC", [({"id": "00000000-0000-0000-0000-000000000001", "x": 1.5}, ["00000000-0000-0000-0000-000000000001", 1.5])]),
    ("texts read as numbers", record(("x", "string"), ("y", "string")), "CB",
     [({"x": " 4.5 ", "y": "1"}, [4.5, 1]), ({"x": "NaN", "y": ""}, [None, None])]),
    ("no fields", record(), "", [({}, [])]),
]


def main():
    out = []
    for title, schema, types, rows in CASES:
        parsed = fastavro.parse_schema(json.loads(json.dumps(schema)))
        cells = []
        for row, want in rows:
            body = io.BytesIO()
            fastavro.schemaless_writer(body, parsed, row)
            cells.append([body.getvalue().hex(), want])
        out.append({"title": title, "schema": schema, "types": types, "rows": cells})
    path = pathlib.Path(__file__).resolve().parent.parent / "data" / "avro_rows.json"
    path.write_text(json.dumps(out, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
