#!/usr/bin/env python3
"""Writes tests/data/avro_rows.json: schemas, bodies made by fastavro, and the values that a reader must find.

Made with fastavro 1.13.1 under Python 3.11. Each case: the schema; the attribute types to read it under; rows of
(body in hex, cells as a batch shows them: numbers, texts, null where absent).
"""
import datetime
import decimal
import functools
import io
import json
import pathlib

import fastavro


def record(*fields, **more):
    return {"type": "record", "name": "Row", "fields": [{"name": n, "type": t} for n, t in fields], **more}


def logical(kind, name):
    return {"type": kind, "logicalType": name}


UTC = functools.partial(datetime.datetime, tzinfo=datetime.timezone.utc)
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
    ("nested records, lists, and what is stepped over",
     record(("x", "double"), ("inner", NESTED), ("list", LIST), ("u", ["null", "int", "string"]), ("y", "bytes"),
            ("z", {"type": "fixed", "name": "F16", "size": 16}), ("again", "F4"), ("last", "double")), "CLXCXSXXXC",
     [({"x": 1.0, "inner": {"a": [None, "q", 7], "m": {"k": b"abcd", "l": b"efgh"}},
        "list": {"value": 1.0, "next": {"value": 2.0, "next": None}}, "u": "text", "y": b"\x00\xff" * 100,
        "z": b"z" * 16, "again": b"1234", "last": 9.0},
       [1.0, "|q|7|", None, 1.0, None, "text"] + [None] * 3 + [9.0]),
      ({"x": 2.0, "inner": {"a": [], "m": {}}, "list": {"value": 0.0, "next": None}, "u": 5, "y": b"",
        "z": b"y" * 16, "again": b"9876", "last": 8.0},
       [2.0, "|", None, 0.0, None, "5"] + [None] * 3 + [8.0])]),
    ("a record that may be missing, one in several branches",
     record(("p", ["null", {"type": "record", "name": "P", "fields": [
         {"name": "lat", "type": "float"}, {"name": "q", "type": ["null", {"type": "record", "name": "Q", "fields": [
             {"name": "deep", "type": "int"}]}]}]}]),
            ("s", ["P", "string", "null", {"type": "record", "name": "R", "fields": [
                {"name": "lat", "type": "string"}, {"name": "more", "type": "boolean"}]}])), "CCCCSB",
     [({"p": None, "s": "word"}, [None, None, None, None, "word", None]),
      ({"p": {"lat": 0.5, "q": None}, "s": None}, [0.5, None, None, None, None, None]),
      ({"p": {"lat": 0.25, "q": {"deep": 7}}, "s": ("P", {"lat": 1.5, "q": {"deep": -1}})},
       [0.25, 7, 1.5, -1, None, None]),
      ({"p": None, "s": ("R", {"lat": "2.5", "more": True})}, [None, None, 2.5, None, None, 1])]),
    ("numbers of several widths, texts among numbers", record(
        ("n", ["null", "int", "long", "float", "double"]), ("b", ["boolean", "double"]), ("t", ["long", "string"])),
     "CCC",
     [({"n": ("int", 3), "b": True, "t": 4}, [3, 1, 4]), ({"n": ("long", 2**40), "b": 0.5, "t": "7.5"}, [2**40, 0.5, 7.5]),
      ({"n": ("float", 0.5), "b": False, "t": -1}, [0.5, 0, -1]), ({"n": ("double", 0.1), "b": -2.0, "t": 0}, [0.1, -2, 0]),
      ({"n": None, "b": 1.0, "t": 1}, [None, 1, 1])]),
    ("dates and times are milliseconds", record(
        ("d", logical("int", "date")), ("tm", logical("int", "time-millis")), ("tu", logical("long", "time-micros")),
        ("m", logical("long", "timestamp-millis")), ("u", logical("long", "timestamp-micros")),
        ("n", logical("long", "timestamp-nanos")), ("lm", ["null", logical("long", "local-timestamp-millis")]),
        ("lu", logical("long", "local-timestamp-micros")), ("wrong", logical("string", "date")),
        ("text", logical("int", "date"))), "CCCCCCCCSS",
     [({"d": datetime.date(2026, 11, 22), "tm": datetime.time(1, 2, 3, 4000), "tu": datetime.time(1, 2, 3, 4005),
        "m": UTC(2026, 11, 22, 1, 2, 3, 4000), "u": UTC(2026, 11, 22, 1, 2, 3, 4005), "n": 1700000000123456789,
        "lm": datetime.datetime(1969, 12, 31, 23, 59, 59), "lu": datetime.datetime(1970, 1, 1, 0, 0, 0, 1), "wrong": "w",
        "text": datetime.date(1970, 1, 3)},
       [20779 * 86400000, 3723004, 3723004.005, 20779 * 86400000 + 3723004, 20779 * 86400000 + 3723004.005,
        1700000000123.456789, -1000, 0.001, "w", "172800000"])]),
    ("decimals", record(
        ("b", {"type": "bytes", "logicalType": "decimal", "precision": 12, "scale": 3}),
        ("f", {"type": "fixed", "name": "D", "size": 9, "logicalType": "decimal", "precision": 20, "scale": 2}),
        ("s", ["null", {"type": "bytes", "logicalType": "decimal", "precision": 40, "scale": 10}])), "CCS",
     [({"b": decimal.Decimal("123456789.125"), "f": decimal.Decimal("-0.01"), "s": decimal.Decimal("12345678901234567890.0123456789")},
       [123456789.125, -0.01, "12345678901234567890.0123456789"]),
      ({"b": decimal.Decimal("-0.001"), "f": decimal.Decimal("123456789012345678.91"), "s": None},
       [-0.001, 123456789012345678.91, None])]),
    ("a duration is three numbers, a fixed uuid a text", record(
        ("d", {"type": "fixed", "name": "Du", "size": 12, "logicalType": "duration"}),
        ("id", {"type": "fixed", "name": "Id", "size": 16, "logicalType": "uuid"})), "CCCS",
     [({"d": bytes([1, 0, 0, 0, 2, 1, 0, 0, 255, 255, 255, 255]), "id": bytes.fromhex("0123456789abcdef" * 2)},
       [1, 258, 2**32 - 1, "01234567-89ab-cdef-0123-456789abcdef"])]),
    ("lists of every kind", record(
        ("i", {"type": "array", "items": "int"}), ("d", {"type": "array", "items": "double"}),
        ("b", ["null", {"type": "array", "items": "boolean"}]),
        ("e", {"type": "array", "items": {"type": "enum", "name": "E", "symbols": ["RED", "GREEN"]}}),
        ("t", {"type": "array", "items": logical("int", "date")}),
        ("m", {"type": "array", "items": {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 1}})),
     "LLLLLL",
     [({"i": [1, -2, 300], "d": [0.5, float("nan"), -0.0, 1e30], "b": [True, False], "e": ["GREEN", "RED"],
        "t": [datetime.date(1970, 1, 2)], "m": [decimal.Decimal("1.5"), decimal.Decimal("-0.1")]},
       ["|1|-2|300|", "|0.5|0|1e+30|", "|true|false|", "|GREEN|RED|", "|86400000|", "|1.5|-0.1|"]),
      ({"i": [], "d": [1.0], "b": None, "e": [], "t": [], "m": []}, ["|", "|1|", None, "|", "|", "|"])]),
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
