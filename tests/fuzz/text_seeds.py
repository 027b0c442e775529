#!/usr/bin/env python3
"""Writes the seeds of the fuzz targets that read texts and Avro: tests/fuzz/corpus/{frame,row_filter,json_row,csv,csv_row,ws,avro,connector}.

The first byte of a frame, of JSON rows, of a CSV and of its rows chooses how it is read; an Avro seed is the length of the schema
(2 bytes, little-endian), the schema and a body. Needs nothing but Python 3.
"""
import gzip
import json
import pathlib
import struct
import subprocess

CORPUS = pathlib.Path(__file__).resolve().parent / "corpus"
DATA = CORPUS.parent.parent / "data"


def put(kind, name, data):
    folder = CORPUS / kind
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data if isinstance(data, bytes) else data.encode())


def frames():
    xy = '"attributeNames":["x","y"],"attributeTypes":["C","S"]'
    source = '"source":{"id":"i@k","topic":"t","partition":0,"from":4,"next":9,"offsets":[5,8],"epoch":2,"reset":true}'
    put("frame", "usual", "\x01{" + xy + ',"errorHandling":1,"data":[["4.3","a"],[-1e5,null]]}')
    put("frame", "source", "\x01{" + source + "," + xy + ',"data":[["1","a"],["2","b"]]}')
    put("frame", "source_rows_out", "\x02{" + xy + ',"data":[["q","a"],["2","b"]],' + source + "}")
    put("frame", "behind", '\x00{"data":[["1e400",true],[9223372036854775808,"\\ud83d\\ude00"]],' + xy + ',"errorHandling":2}')
    put("frame", "ragged", "\x02{" + xy + ',"data":[[1],[1,2,3],[],[1,{"a":[]}]]}')
    put("frame", "types", '\x01{"attributeNames":["a","b","c","d","e"],"attributeTypes":["B","T","L","X","-"],'
                          '"data":[[1," Red ","|a|b|",{"x":[1]},null],["0.0","\\u00e9\\n","",[],"z"]]}')
    put("frame", "rule", '\x04{"attributeNames":["aa","b"],"data":[["x","1.5"]]}')
    put("frame", "empty", '\x00{"attributeNames":[],"attributeTypes":[],"data":[]}')
    put("frame", "deep", '\x01{"z":' + "[" * 70 + "]" * 70 + "," + xy + ',"data":[]}')


def row_filters():
    for name, text in {
        "documented": "pressure>=1.5;site==north", "comma": "x<2,s!=a", "quotes": 's=="a;b,""c""" ; "x" <= -1e3',
        "blanks": " x\t> 0 ; t == RED ", "open": 'x==1;s=="a', "single": "x=1", "twice": "x>=1>2", "letters": "é!=ü;l==|a|b|",
    }.items():
        put("row_filter", name, text)


def json_rows():
    field = '{"field":"%s","type":"%s","optional":true}'
    schema = '{"type":"struct","fields":[' + ",".join(
        field % f for f in (("x", "double"), ("n", "int64"), ("s", "string"), ("t", "int8"))) + "]}"
    put("json_row", "plain", '\x00{"a":1.5,"b":"x","c":null,"d":true,"e":[1],"f":{"g":2}}\n{"b":"y","a":"2","new":7}\n{"a":"q"}')
    put("json_row", "envelope", '\x01{"schema":' + schema + ',"payload":{"x":1,"n":2,"s":"a","t":3}}\n'
                                '{"payload":{"n":1},"schema":{"fields":[' + field % ("n", "int64") + ']}}')
    put("json_row", "nested", '\x00{"a":{"b":{"c":1},"e":[1,"q",null,2.5,true]},"f":{}}\n{"a":{"e":[]},"a.e":["x|y"]}\n'
                              '{"a":null,"f":[[1]],"g":' + '{"h":' * 30 + "1" + "}" * 31)
    named = '{"field":"%s","type":"%s","name":"org.apache.kafka.connect.data.%s","parameters":{"scale":"2"}}'
    types = ",".join([named % ("c", "bytes", "Decimal"), named % ("d", "int32", "Date"),
                      '{"field":"p","type":"struct","fields":[' + field % ("x", "float") + ']}',
                      '{"field":"l","type":"array","items":{"type":"string"}}', '{"field":"m","type":"map"}'])
    put("json_row", "connect_types", '\x01{"schema":{"fields":[' + types + ']},"payload":{"c":"MDk=","d":3,"p":{"x":1},'
                                     '"l":["a",null],"m":{"x":{"y":1}}}}\n{"schema":null,"payload":{"c":"?","d":1e9,"l":[{}]}}')
    put("json_row", "no_schema", '\x01{"schema":null,"payload":{"x":1}}\n{"payload":null}')
    put("json_row", "escapes", '\x00{"\\u00e9\\"":"\\ud83d\\ude00","x":-0.0e-5}\n{"x":1,"x":2}\nnull')


def csvs():
    put("csv", "usual", "\x00a,b,c\n1,0,x\n2.5,1,y\n")
    put("csv", "quotes", '\x01"a ""q""","b\n"\r\n"1,2",|x|y|\r\n,""\r\n\r\n"x"y,1\n3\n')
    put("csv", "guess", "\x02b,c,l,s,e\n0,nan,|a|,1,\n1,1e300,|b|c|,x,\n")
    put("csv", "open_quote", '\x01a\n"1\n2')
    put("csv", "mark", b"\x01\xef\xbb\xbfa\n1\r")
    packed = subprocess.run(["zstd", "-q", "-c"], input=b"a,b\n" + b"1,x\n2,y\n" * 20, capture_output=True, check=True)
    put("csv", "packed", b"\x01" + packed.stdout)
    # Policy + 3 * (strict + 2 * (no header + 2 * (marks + 4 * pieces))), as fuzz_csv.c reads it.
    put("csv", "semicolon", bytes([1 + 3 * 4]) + b"a;b\n'1;''x';2\n;'\n'\n")
    put("csv", "strict", bytes([1 + 3 * 1]) + b'"a",x"b"y\n "1"z, "x,""y"" \n"2",plain\n')
    put("csv", "no_header", bytes([2 + 3 * 2]) + b"\xef\xbb\xbf\n1,x\n2\n")
    put("csv", "tab_in_pieces", bytes([1 + 3 * (8 + 16)]) + b'a\tb\n1\t"x\t"\n')
    put("csv", "utf16", b"\x01\xff\xfea\x00\n\x00")
    put("csv", "gzip", b"\x01" + gzip.compress(b"a,b\n1,2\n", mtime=0) + gzip.compress(b"3,4\n", mtime=0))


def csv_rows():
    """Values end at 0x1e; the first byte is strict + 2 * (no header + 2 * marks), as fuzz_csv_row.c reads it."""
    put("csv_row", "usual", b"\x00c1,c2,c3\n\x1e1,x,|a|b|\x1e2.5,,\r\n\x1e,1e300,\x1e\n\x1e1,2\x1e1,2,3\n4,5,6")
    put("csv_row", "quotes", b'\x02"a ""q""","b\n",""\r\n\x1e"x"y,1,2\x1e"1\x1e1,nan,"')
    put("csv_row", "semicolon", bytes([2 + 4]) + b"'1;''x';2\n\x1e;'\n'\x1ec;d")
    put("csv_row", "strict", bytes([1]) + b' "1"z, "x,""y"" \n\x1e"2",plain\x1eq"')
    put("csv_row", "mark", b"\x0a\xef\xbb\xbf1\tx\x1e\x1f\x8b\t2\x1e\xff\t\x00")


def messages():
    payload = '{"attributeNames":["x","y"],"data":[["1.5","2"],["0","-1"]],"attributeTypes":["C","C"]}'
    head = json.dumps({"headers": ["2026-03-04 05:06:07;123456789", "OIM9mCYL61iIfQ8EWQls5w==", "4ZQx=", "c1"],
                       "extraKeys": ["demo", "m1"]}, separators=(",", ":"))
    put("ws", "usual", f"{len(head)},{head}{payload}")
    put("ws", "no_header", f"0,{payload}")
    put("ws", "older", f"{head}-289907289{payload}")
    put("ws", "bare", payload)
    put("ws", "characters", "96," + head.replace("demo", "d\u00e9mo") + payload)
    put("ws", "short", f"9999,{head}")
    put("ws", "escaped", head.replace("=", "\\u003d").join([f"{len(head) + 15},", payload]))


def avros():
    for i, case in enumerate(json.loads((DATA / "avro_rows.json").read_text())):
        schema = json.dumps(case["schema"], separators=(",", ":")).encode()
        put("avro", f"case{i}", struct.pack("<H", len(schema)) + schema + bytes.fromhex(case["rows"][0][0]))
    for name, fields, body in (
        ("nulls", [{"name": "x", "type": {"type": "array", "items": "null"}}], b"\xfe\xff\xff\xff\xff\xff\xff\xff\x7f\0"),
        ("self", [{"name": "x", "type": ["null", "R"]}], b"\x02" * 70 + b"\0"),
    ):
        schema = json.dumps({"type": "record", "name": "R", "fields": fields}).encode()
        put("avro", name, struct.pack("<H", len(schema)) + schema + body)


def connectors():
    """An even first byte: a configuration; an odd one: what is kept of a connector."""
    config = {"connector.class": "SymetryKafkaSink", "topics": "a,b", "tasks.max": 2, "sml.url": "http://h/symetry/rest",
              "sml.project": "p", "sml.customer.id": "c1", "sml.customer.secret.key": "AAECAwQFBgcICQoLDA0ODw==",
              "sml.attribute.types": "C,X,T", "sml.create.project.params": "a=1,f=x>=1.5;y==n"}
    numbered = {(k + ".1" if k.startswith("sml.") and k[4:7] in ("url", "pro", "cus") else k): v for k, v in config.items()}
    for name, given in (
        ("usual", config),
        ("numbered", numbered),
        ("pattern", {**config, "topics": "", "topics.regex": "(?:a|b)\\d+\\.x"}),
        ("clients", {**config, "consumer.override.fetch.min.bytes": "1", "producer.override.acks": "all",
                     "errors.deadletterqueue.topic.name": "dead", "key.converter": "x.StringConverter"}),
        ("wrong", {"tasks.max": "many", "sml.url": "x", "sml.nothing": 1, "topics": "a,,b", "transforms": "t"}),
    ):
        put("connector", name, "\x00" + json.dumps(given))
    put("connector", "kept", "\x01" + json.dumps({"version": 1, "config": config, "state": "STOPPED", "epoch": 1700000000,
                                                  "fromBeginning": True, "file": "1B2M2Y8AsgTpgAmY7PhCfg=="}))


if __name__ == "__main__":
    frames()
    row_filters()
    json_rows()
    csvs()
    csv_rows()
    messages()
    avros()
    connectors()
