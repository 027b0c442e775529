"""Random Avro schemas, random data of them, and what a reader of rows must find in it.

Values are written by the encoder here, which uses what libraries rarely do (arrays in several blocks, blocks that tell
their size), and read by fastavro; `Expected` turns what fastavro found into cells by the rules of docs/formats.md.
"""
import datetime
import decimal
import itertools
import math
import struct
import uuid

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
SCALARS = ["boolean", "int", "long", "float", "double", "string"]
NUMBERS = {"boolean", "int", "long", "float", "double"}
BIG = 1e75  # a number beyond is a bad cell


# --- schemas

class Schemas:
    """Makes a record schema; named types have names of their own and may be used again."""

    def __init__(self, rng):
        self.rng, self.count, self.known = rng, itertools.count(), []

    def name(self, prefix):
        return f"{prefix}{next(self.count)}"

    def named(self, space, kind, prefix, **more):
        schema = {"type": kind, "name": self.name(prefix), **more}
        self.known.append(f"{space}.{schema['name']}" if space else schema["name"])
        return schema

    def record(self, depth, space="", fields=(1, 5)):
        schema = {"type": "record", "name": self.name("R")}
        if self.rng.random() < .1:
            space = schema["namespace"] = "a.b"
        full = f"{space}.{schema['name']}" if space else schema["name"]
        schema["fields"] = []
        for i in range(self.rng.randint(*fields)):
            field = {"name": f"f{i}", "type": self.field_type(depth, space, full)}
            if self.rng.random() < .1:
                field["aliases"] = [f"was{i}", f"once{i}"][:self.rng.randint(1, 2)]
            schema["fields"].append(field)
        return schema

    def field_type(self, depth, space, around):
        r = self.rng.random()
        if r < .3:
            return self.scalar(space)
        if r < .45:
            return self.logical(space)
        if r < .6:
            other = self.not_union(depth + 1, space, around)
            return ["null", other] if self.rng.random() < .7 else [other, "null"]
        if r < .72:
            return self.union(depth, space)
        return self.not_union(depth, space, around)

    def not_union(self, depth, space, around):
        r = self.rng.random()
        if r < .3 and depth < 4:
            return self.record(depth + 1, space, (0, 4))
        if r < .5:
            return {"type": "array", "items": self.items(depth, space)}
        if r < .55:
            return {"type": "map", "values": self.scalar(space)}
        if r < .6:
            return "bytes"
        if r < .65:
            return self.named(space, "fixed", "F", size=self.rng.randint(0, 5))
        if r < .7:
            return {"type": "array", "items": around}  # a record that holds itself
        again = [name for name in self.known if "." in name or not space]
        if r < .8 and again:
            return self.rng.choice(again)
        return self.logical(space) if r < .9 else self.scalar(space)

    def scalar(self, space):
        if self.rng.random() < .15:
            return self.named(space, "enum", "E", symbols=[f"S_{i}" for i in range(self.rng.randint(1, 5))])
        return self.rng.choice(SCALARS)

    def logical(self, space):
        scale = self.rng.choice([0, 2, 5, 10])
        r = self.rng.random()
        if r < .15:
            return self.named(space, "fixed", "D", size=9, logicalType="decimal", precision=20, scale=scale)
        if r < .25:
            return self.named(space, "fixed", "U", size=12, logicalType="duration")
        return self.rng.choice([
            {"type": "int", "logicalType": "date"}, {"type": "int", "logicalType": "time-millis"},
            {"type": "long", "logicalType": "time-micros"}, {"type": "long", "logicalType": "timestamp-millis"},
            {"type": "long", "logicalType": "timestamp-micros"}, {"type": "long", "logicalType": "local-timestamp-millis"},
            {"type": "long", "logicalType": "local-timestamp-micros"}, {"type": "string", "logicalType": "uuid"},
            {"type": "bytes", "logicalType": "decimal", "precision": 30, "scale": scale},
            {"type": "string", "logicalType": "of-our-own"}, {"type": "double", "logicalType": "date"}])

    def items(self, depth, space):
        r = self.rng.random()
        if r < .6:
            return self.scalar(space)
        if r < .75:
            return ["null", self.scalar(space)]
        if r < .85:
            return self.logical(space)
        if r < .9:
            return self.record(depth + 2, space, (0, 2))
        return self.rng.choice([{"type": "array", "items": "int"}, "bytes", {"type": "map", "values": "int"}, "null"])

    def union(self, depth, space):
        rng = self.rng
        kinds = rng.sample(SCALARS, rng.randint(1, 4)) + ["null"] * (rng.random() < .5) + ["bytes"] * (rng.random() < .2)
        r = rng.random()
        kinds += ["record"] if r < .15 else ["record", "record"] if r < .3 else ["map"] if r < .4 else []
        rng.shuffle(kinds)
        return [self.record(depth + 1, space, (1, 3)) if k == "record" else
                {"type": "map", "values": "int"} if k == "map" else k for k in kinds]


def collect(schema, space="", into=None):
    """All named types of a schema by full name."""
    into = {} if into is None else into
    if isinstance(schema, list):
        for branch in schema:
            collect(branch, space, into)
    elif isinstance(schema, dict):
        kind = schema["type"]
        if kind in ("record", "enum", "fixed"):
            space = schema.get("namespace", space)
            into[f"{space}.{schema['name']}" if space else schema["name"]] = (schema, space)
        if kind == "record":
            for field in schema["fields"]:
                collect(field["type"], space, into)
        elif kind in ("array", "map"):
            collect(schema["items" if kind == "array" else "values"], space, into)
    return into


class Types:
    def __init__(self, schema):
        self.named = collect(schema)

    def resolve(self, schema, space):
        """(kind, schema, namespace inside) of anything but a union."""
        if isinstance(schema, str):
            if schema in SCALARS or schema in ("null", "bytes"):
                return schema, {"type": schema}, space
            full = schema if "." in schema else f"{space}.{schema}" if f"{space}.{schema}" in self.named else schema
            schema, space = self.named[full]
            return schema["type"], schema, space
        return schema["type"], schema, schema.get("namespace", space)


# --- data

def write_long(n):
    n, out = (n << 1) ^ (n >> 63), bytearray()
    n &= 2**64 - 1
    while n > 0x7f:
        out.append(n & 0x7f | 0x80)
        n >>= 7
    out.append(n)
    return bytes(out)


class Data:
    """Random bytes of a schema."""

    def __init__(self, rng, types):
        self.rng, self.types = rng, types

    def of(self, schema, space="", depth=0):
        if isinstance(schema, list):
            i = self.rng.randrange(len(schema))
            return write_long(i) + self.of(schema[i], space, depth + 1)
        kind, schema, space = self.types.resolve(schema, space)
        return getattr(self, kind)(schema, space, depth + 1)

    def null(self, *_):
        return b""

    def boolean(self, *_):
        return self.rng.choice([b"\0", b"\1"])

    def int(self, schema, *_):
        return write_long({"date": self.rng.randint(-700000, 2900000), "time-millis": self.rng.randint(0, 86399999)}.get(
            schema.get("logicalType"), self.rng.choice([0, 1, -1, self.rng.randint(-2**31, 2**31 - 1)])))

    def long(self, schema, *_):
        logical = schema.get("logicalType", "")
        if logical == "time-micros":
            return write_long(self.rng.randint(0, 86399999999))
        if "timestamp" in logical:
            return write_long(self.rng.randint(-60000000000, 250000000000) * (1000000 if "micros" in logical else 1000)
                              + self.rng.randint(0, 999))
        return write_long(self.rng.choice([0, 1, -1, 2**63 - 1, -2**63, self.rng.randint(-2**63, 2**63 - 1)]))

    def number(self):
        return self.rng.choice([0., -0., 1., -2.5, math.nan, math.inf, self.rng.gauss(0, 1), self.rng.gauss(0, 1e30)])

    def float(self, *_):
        return struct.pack("<f", self.number())

    def double(self, *_):
        return struct.pack("<d", self.rng.choice([self.number(), self.rng.gauss(0, 1), 1e75, 1e76, 5e-324]))

    def string(self, schema, *_):
        if schema.get("logicalType") == "uuid":
            text = str(uuid.UUID(int=self.rng.getrandbits(128)))
        else:
            text = self.rng.choice(["", "a", " Word ", "h\u00e9\U0001f600", "1.5", "p|q", "x" * 1024, "y" * 1025, "a\0b",
                                    str(self.rng.random())])
        return write_long(len(text.encode())) + text.encode()

    def bytes(self, schema, *_):
        size = self.rng.randint(1, 12) if "logicalType" in schema else self.rng.randint(0, 9)
        return write_long(size) + self.rng.randbytes(size)

    def fixed(self, schema, *_):
        if schema.get("logicalType") == "decimal":
            return self.rng.randint(1 - 10**20, 10**20 - 1).to_bytes(schema["size"], "big", signed=True)
        return self.rng.randbytes(schema["size"])

    def enum(self, schema, *_):
        return write_long(self.rng.randrange(len(schema["symbols"])))

    def record(self, schema, space, depth):
        return b"".join(self.of(f["type"], space, depth) for f in schema["fields"])

    def blocks(self, one, depth):
        out = b""
        for _ in range(self.rng.choice([0, 1, 1, 2]) if depth < 8 else 0):  # what holds itself must end
            count = self.rng.randint(1, 3)
            items = b"".join(one() for _ in range(count))
            out += write_long(count) + items if self.rng.random() < .5 else \
                write_long(-count) + write_long(len(items)) + items
        return out + b"\0"

    def array(self, schema, space, depth):
        return self.blocks(lambda: self.of(schema["items"], space, depth), depth)

    def map(self, schema, space, depth):
        return self.blocks(lambda: b"\2" + bytes([self.rng.randint(97, 122)]) + self.of(schema["values"], space, depth), depth)


# --- what must be found

def scalar_kind(kind, schema):
    logical = schema.get("logicalType")
    if kind == "boolean":
        return "boolean"
    if kind in ("int", "long"):
        return "float" if kind == "long" and logical and "micros" in logical else "integer"
    if kind in ("float", "double"):
        return "float"
    if kind in ("bytes", "fixed"):
        return "float" if logical == "decimal" else "other"
    return {"string": "string", "enum": "enum"}.get(kind, "other")


def wider(a, b):
    if a == b or b == "other":
        return a
    if a == "other":
        return b
    if "list" in (a, b):
        return "list"
    return "float" if {a, b} <= {"boolean", "integer", "float"} else "string"


class Expected:
    """Fields of a schema, and cells of what fastavro made of a value."""

    def __init__(self, schema):
        self.types, self.schema, self.fields = Types(schema), schema, {}
        self.walk(schema, "", "", ())

    def plain(self, schema, space):
        branches = schema if isinstance(schema, list) else [schema]
        kinds = [self.types.resolve(b, space)[:2] for b in branches]
        return [k for k, _ in kinds] != ["null"] and all(k == "null" and isinstance(schema, list) or
                                                         scalar_kind(k, s) != "other" for k, s in kinds)

    def kind(self, schema, space):
        kind, schema, inside = self.types.resolve(schema, space)
        if kind == "array":
            return "list" if self.plain(schema["items"], inside) else "other"
        return scalar_kind(kind, schema)

    def empty(self, schema, space, around=()):
        """Whether no value takes any bytes."""
        if isinstance(schema, list):
            return False
        kind, schema, space = self.types.resolve(schema, space)
        if kind == "record" and id(schema) not in around:
            return all(self.empty(f["type"], space, (*around, id(schema))) for f in schema["fields"])
        return kind == "null" or kind == "fixed" and schema["size"] == 0

    def fills(self, schema, space):
        kind, resolved, _ = self.types.resolve(schema, space)
        return kind == "record" and not self.empty(schema, space) or resolved.get("logicalType") == "duration" \
            or self.kind(schema, space) != "other"

    def add(self, path, kind):
        self.fields[path] = wider(self.fields[path], kind) if path in self.fields else kind

    def walk(self, schema, space, path, around):
        if isinstance(schema, list):
            full = [b for b in schema if b != "null"]
            if not any(self.fills(b, space) for b in full) and len(schema) != 2 or not full:
                return self.add(path, "other")
            for branch in full:
                self.walk(branch, space, path, around)
            return None
        kind, resolved, inside = self.types.resolve(schema, space)
        if kind == "record":
            if id(resolved) in around or path and self.empty(schema, space):
                return self.add(path, "other")
            for field in resolved["fields"]:
                self.walk(field["type"], inside, f"{path}.{field['name']}" if path else field["name"],
                          (*around, id(resolved)))
            return None
        if resolved.get("logicalType") == "duration":
            for part in ("months", "days", "millis"):
                self.add(f"{path}.{part}", "integer")
            return None
        return self.add(path, self.kind(schema, space))

    def row(self, value):
        out = {}
        self.read(self.schema, "", "", value, (), out)
        return out

    def branch(self, schema, space, value):
        """The branch of a union that a value is of."""
        for b in schema:
            kind, resolved, _ = self.types.resolve(b, space)
            if isinstance(value, tuple):  # a named type, told by its name
                if value[0].rsplit(".", 1)[-1] == resolved.get("name"):
                    return b, value[1]
            elif kind == "record" and isinstance(value, dict):
                if list(value) == [f["name"] for f in resolved["fields"]]:
                    return b, value
            elif {"null": value is None, "boolean": isinstance(value, bool),
                  "int": type(value) is int, "long": type(value) is int, "float": isinstance(value, float),
                  "double": isinstance(value, float), "array": isinstance(value, list),
                  "map": isinstance(value, dict), "bytes": isinstance(value, (bytes, decimal.Decimal)),
                  "fixed": isinstance(value, (bytes, decimal.Decimal)), "string": isinstance(value, (str, uuid.UUID)),
                  "enum": isinstance(value, str)}.get(kind):
                return b, value
            elif isinstance(value, (datetime.date, datetime.time)) and "logicalType" in resolved:
                return b, value
        raise AssertionError((schema, value))

    def read(self, schema, space, path, value, around, out):
        if isinstance(schema, list):
            schema, value = self.branch(schema, space, value)
        kind, resolved, inside = self.types.resolve(schema, space)
        if kind == "record":
            if id(resolved) in around or path and self.empty(schema, space):
                return
            for field in resolved["fields"]:
                self.read(field["type"], inside, f"{path}.{field['name']}" if path else field["name"],
                          value[field["name"]], (*around, id(resolved)), out)
        elif resolved.get("logicalType") == "duration":
            for i, part in enumerate(("months", "days", "millis")):
                out[f"{path}.{part}"] = int.from_bytes(value[4 * i:4 * i + 4], "little")
        elif self.kind(schema, space) != "other":
            out[path] = value


def milliseconds(value):
    """Dates and times as the numbers they are read as; others as they are."""
    if isinstance(value, datetime.datetime):
        value = value if value.tzinfo else value.replace(tzinfo=datetime.timezone.utc)
        return (value - EPOCH) // datetime.timedelta(microseconds=1) / 1000
    if isinstance(value, datetime.date):
        return (value - EPOCH.date()).days * 86400000
    if isinstance(value, datetime.time):
        return ((value.hour * 60 + value.minute) * 60 + value.second) * 1000 + value.microsecond / 1000
    return value


def text_of(value):
    """A value as a text: itself, or something that compares like a number."""
    value = milliseconds(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return float(value)
    if isinstance(value, decimal.Decimal):
        return format(value, "f")
    return str(value)


def bad_text(text):
    return isinstance(text, str) and ("\0" in text or len(text.encode()) > 1024)


def same_text(found, want):
    if isinstance(want, float):
        return found is not None and float(found) == want
    return found == want


def same_cell(kind, found, value):
    """Whether a cell is what a value must become."""
    value = milliseconds(value)
    missing = value is None or isinstance(value, float) and not math.isfinite(value)
    if kind == "other" or missing:
        return found is None
    if kind in ("boolean", "integer", "float"):
        number = float(value)
        return found is None if abs(number) > BIG else found == number
    if kind == "list":
        items = [text_of(v) for v in (value if isinstance(value, list) else [value])
                 if v is not None and not (isinstance(v, float) and not math.isfinite(v))]
        if not isinstance(value, list):
            return found is None if bad_text(items[0]) or items[0] == "" else same_text(found, items[0])
        raw = [i if isinstance(i, str) else "?" * 8 for i in items]
        if any("|" in i or "\0" in i for i in raw):
            return found is None
        if found is None:  # too long: the least that its items take is near the limit
            return sum(len(i.encode()) + 1 for i in raw) + 200 > 1024
        parts = found.split("|")
        return parts[0] == parts[-1] == "" and (len(items) == 0 and found == "|" or len(parts) == len(items) + 2) and \
            all(same_text(f, w) for f, w in zip(parts[1:-1], items))
    text = text_of(value)
    if kind == "enum":
        text = text.strip().lower()
    return found is None if text == "" or bad_text(text) else same_text(found, text)
