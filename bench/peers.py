"""How close statistics are to those of other programs: the second table of `./dev bench precision`.

The questions, the tables and how they are learned are those of tests/contract/test_peers.py.

SPDX-License-Identifier: Apache-2.0
"""
import math
import pathlib

from contract import test_peers as questions

COLUMNS = ["metric", "tables", "rows", "answers", "worst statistic", "worst p-value", "least p-value", "other program"]
P_VALUES = {"zp", "tp", "tpu", "fp", "P", "pval"}
PEERS = {
    "uni": "numpy and scipy", "bi": "numpy and scipy", "ztest": "statsmodels", "ztestp": "statsmodels",
    "ztestmu": "scipy", "ttest": "scipy", "ttestmu": "scipy", "ftest": "scipy", "ftestmu": "scipy", "anova": "scipy",
    "chi2": "scipy", "gain": "mpmath", "density": "numpy",
}


class Row:
    """What is known of one metric."""

    def __init__(self):
        self.tables, self.sizes, self.answers = set(), set(), 0
        self.statistic = self.p = None
        self.least = math.inf

    def add(self, data, key, got, want):
        self.tables.add(data.name)
        self.sizes.add(data.rows)
        self.answers += 1
        off = questions.deviation(got, want)
        if key in P_VALUES:
            self.p = max(self.p or 0.0, off)
            if float(want) > 0:
                self.least = min(self.least, float(want))
        else:
            self.statistic = max(self.statistic or 0.0, off)

    def row(self, metric):
        few, many = min(self.sizes), max(self.sizes)
        return dict(zip(COLUMNS, [metric, len(self.tables), f"{few:,} to {many:,}", self.answers, self.statistic, self.p,
                                  self.least if self.p is not None else None, PEERS[metric]]))


def measure(client, folder):
    """The rows of the table, a metric each."""
    seen = {metric: Row() for metric in PEERS}
    for name in questions.TABLES:
        data = questions.inference.Data(name)
        for metric, key, got, want in questions.answers(client, data, pathlib.Path(folder)):
            seen[metric].add(data, key, got, want)
    return [row.row(metric) for metric, row in seen.items()]
