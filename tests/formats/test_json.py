"""JSON rows beside pandas: random objects, flattened by json_normalize, cell by cell."""
import json
import math
import random

import pandas

from formats.avro_random import same_text

TOPICS, ROWS = 300, 6
EXTRA = {"weir_score": .5, "weir_flag": True, "weir_why": "a|b", "weir_none": None}
LETTERS = "abcdef"


class Objects:
    """Objects of one topic: a field has one kind of value, and comes or does not."""

    def __init__(self, rng, depth=0):
        self.rng, self.fields = rng, {}
        for name in rng.sample(LETTERS, rng.randint(1, 5)):
            name += rng.choice(["", " x", "\u00e9", "\"q"])
            self.fields[name] = Objects(rng, depth + 1) if depth < 4 and rng.random() < .35 else \
                rng.choice([self.number, self.text, self.flag, self.items, self.whole])

    def number(self):
        return self.rng.choice([0, -1, 2.5, 1e300, -1e-300, 12345678901234567890, self.rng.gauss(0, 1), 1e10, 0.1])

    def whole(self):
        return self.rng.randint(-2**53, 2**53)

    def text(self):
        return self.rng.choice(["", "a", " Word ", "h\u00e9\U0001f600", "1.5", "p|q", "\n\t\"\\", "y" * 1025])

    def flag(self):
        return self.rng.random() < .5

    def items(self):
        return [self.rng.choice([1, "x", None, True, 2.5, "\u00fc"]) for _ in range(self.rng.randint(0, 4))]

    def make(self, whole=True):
        """whole: with every field, so that a first row tells all there are."""
        out = {}
        for name, field in self.fields.items():
            if not whole and self.rng.random() < .2:
                continue
            value = field.make(whole) if isinstance(field, Objects) else field()
            out[name] = None if not whole and self.rng.random() < .1 else value
        items = list(out.items())
        self.rng.shuffle(items)
        return dict(items)


def same(kind, found, value):
    """Whether a cell is what a value must become."""
    if isinstance(value, list):
        items = ["true" if i is True else float(i) if isinstance(i, (int, float)) else i for i in value if i is not None]
        parts = found.split("|")
        return parts[0] == parts[-1] == "" and (len(parts) == len(items) + 2 or not items and found == "|") and \
            all(same_text(f, i) for f, i in zip(parts[1:], items))
    if value is None or isinstance(value, float) and math.isnan(value):
        return found is None
    if isinstance(value, str):
        return found is None if value == "" or len(value.encode()) > 1024 else found == value
    if kind == "string":
        return same_text(found, float(value))
    return found is None if abs(value) > 1e75 else found == float(value)


def test_random_objects(decode):
    topics = []
    for seed in range(TOPICS):
        objects = Objects(random.Random(seed))
        topics.append([objects.make(i == 0) for i in range(ROWS)])
    answers = decode([{"schema": None, "values": [json.dumps(row).encode().hex() for row in rows]} for rows in topics])
    cells = 0
    for seed, (rows, answer) in enumerate(zip(topics, answers)):
        frame = pandas.json_normalize(rows).astype(object)
        for r, (row, extended) in enumerate(zip(answer["rows"], answer["extended"])):
            assert row is not None, (seed, answer["why"])
            for (name, kind, _, _), cell in zip(answer["fields"], row):
                value = frame[name][r] if name in frame else None
                assert same(kind, cell, value), (seed, name, kind, cell, value)
                cells += 1
            assert json.loads(bytes.fromhex(extended)) == rows[r] | EXTRA, seed
        names = {name for name, _, _, _ in answer["fields"]}
        assert {name for name in frame if frame[name].notna().any()} <= names, seed
    assert cells > 10 * TOPICS
