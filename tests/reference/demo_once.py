"""Repeats the schedule of `weir demo --once` from the CSV file alone, without any code of weir.

Rows go in blocks of 1,000. A block is scored by the models built from the rows before it; then it is learned and the
models are built again. The first block is scored by the first models, which are built from it. The scores of every
row once give `auroc` and `average_precision` (smoothed densities) and `auroc_hbos` (ten equal bins, by PyOD's rules);
scoring all rows by the last model gives `auroc_final`.

    python3 tests/reference/demo_once.py [shuttle.csv | shuttle.csv.zst]

prints them as one JSON object. Needs numpy (written with 2.4.6), and the program zstd for a packed file.

SPDX-License-Identifier: Apache-2.0
"""
import json
import subprocess
import sys

import numpy as np

BLOCK = 1000
BANDWIDTH = 0.5  # in spreads
FLOOR = 1e-4
BINS, ALPHA, SLACK = 10, 0.1, 0.5


def read(path):
    if path.endswith(".zst"):
        text = subprocess.run(["zstd", "-dcq", path], check=True, stdout=subprocess.PIPE).stdout.decode()
    else:
        text = open(path, encoding="utf-8").read()
    lines = text.splitlines()
    names = lines[0].split(",")
    cells = np.array([line.split(",") for line in lines[1:]], float)
    truth = cells[:, names.index("outlier")]
    return cells[:, [i for i, name in enumerate(names) if name != "outlier"]], truth


def spread(column):
    """The interquartile range; where it is 0 the standard deviation, at most the range between the outermost 1/1024."""
    low, high = np.quantile(column, [0.25, 0.75])
    if high > low:
        return high - low
    low, high = np.quantile(column, [1 / 1024, 1 - 1 / 1024])
    return min(column.std(), high - low)


class Smoothed:
    """-log(density * spread + 1e-4) by the sum over all rows, one value at a time."""

    def __init__(self, column):
        self.values, counts = np.unique(column, return_counts=True)
        self.weights = counts / len(column)
        self.width = BANDWIDTH * spread(column)

    def score(self, column):
        values, back = np.unique(column, return_inverse=True)
        if self.width > 0:
            kernel = np.exp(-(((values[:, None] - self.values) / self.width) ** 2) / 2)
        else:
            kernel = values[:, None] == self.values
        density = kernel @ self.weights / (BANDWIDTH * np.sqrt(2 * np.pi))
        return -np.log(density + FLOOR)[back]


class EqualBins:
    """PyOD's HBOS: bins closed on the left when counted, on the right when looked up."""

    def __init__(self, column):
        self.density, self.edges = np.histogram(column, bins=BINS, density=True)

    def score(self, column):
        scores = -np.log2(self.density + ALPHA)
        at = np.digitize(column, self.edges, right=True)
        width = np.diff(self.edges)
        result = scores[np.clip(at, 1, BINS) - 1]
        far = ((at == 0) & (self.edges[0] - column > width[0] * SLACK)) | (
            (at == BINS + 1) & (column - self.edges[-1] > width[-1] * SLACK))
        result[far] = scores.max()
        return result


def scores(kind, learned, rows):
    return sum(kind(learned[:, j]).score(rows[:, j]) for j in range(rows.shape[1]))


def auroc(truth, score):
    """By ranks, ties counting half."""
    _, place, counts = np.unique(score, return_inverse=True, return_counts=True)
    rank = (np.cumsum(counts) - (counts - 1) / 2)[place]
    ones = truth.sum()
    return (rank[truth == 1].sum() - ones * (ones + 1) / 2) / (ones * (len(truth) - ones))


def average_precision(truth, score):
    """Sum over the thresholds, from the top, of precision times the recall gained; ties share a threshold."""
    order = np.argsort(-score, kind="stable")
    truth, score = truth[order], score[order]
    last = np.append(np.flatnonzero(np.diff(score)), len(score) - 1)
    hits = np.cumsum(truth)[last]
    return float(np.sum(hits / (last + 1) * np.diff(hits, prepend=0)) / truth.sum())


def main():
    rows, truth = read(sys.argv[1] if len(sys.argv) > 1 else "data/shuttle.csv.zst")
    smoothed, binned = np.empty(len(rows)), np.empty(len(rows))
    for start in range(0, len(rows), BLOCK):
        learned, block = rows[:max(start, BLOCK)], rows[start:start + BLOCK]
        smoothed[start:start + BLOCK] = scores(Smoothed, learned, block)
        binned[start:start + BLOCK] = scores(EqualBins, learned, block)
    print(json.dumps({
        "rows": len(rows),
        "auroc": auroc(truth, smoothed),
        "average_precision": average_precision(truth, smoothed),
        "auroc_final": auroc(truth, scores(Smoothed, rows, rows)),
        "auroc_hbos": auroc(truth, binned),
    }))


if __name__ == "__main__":
    main()
