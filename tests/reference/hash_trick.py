"""Writes hash_trick.txt: hashes and feature vectors of scikit-learn 1.9.1.

    python3 tests/reference/hash_trick.py > tests/reference/hash_trick.txt

"murmur SEED HASH BYTES": murmurhash3_32 of bytes in hexadecimal ("-": none). "frame BINS ROWS": then per row the cell
of a string column "city" and of a list column "tags" in hexadecimal, and its vector: FeatureHasher with alternating
signs over {"city": cell} and ("tags=" + item, 1) for each item.

SPDX-License-Identifier: Apache-2.0
"""
import random

from sklearn.feature_extraction import FeatureHasher
from sklearn.utils import murmurhash3_32

random.seed(20)


def hexed(data):
    return data.hex() or "-"


for length in [*range(0, 18), 31, 64, 255]:
    data = bytes(random.randrange(256) for _ in range(length))
    for seed in (0, 42, 0xFFFFFFFF):
        print("murmur", seed, murmurhash3_32(data, seed, positive=True), hexed(data))

WORDS = ["Paris", "berlin", " padded ", "São Paulo", "a=b", "x|y", "", "0", "1.50", "木"]
ITEMS = ["red", "Green", "blue sky", "é", "7"]
for bins in (1, 2, 7, 16, 1024):
    print("frame", bins, 40)
    hasher = FeatureHasher(bins, input_type="pair")
    for _ in range(40):
        city = random.choice(WORDS)
        items = [random.choice(ITEMS) for _ in range(random.randrange(4))]
        tags = random.choice(["|%s|", "%s", "| %s |", "||%s"]) % "|".join(items) if items else ""
        pairs = ([("city=" + city, 1)] if city else []) + [("tags=" + item, 1) for item in items]
        row = hasher.transform([pairs]).toarray()[0]
        print(hexed(city.encode()), hexed(tags.encode()), *(f"{i}:{int(v)}" for i, v in enumerate(row) if v))
