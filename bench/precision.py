"""Digits: every NIST reference set over REST, beside what other programs leave of it.

    ./dev bench precision [--json | --markdown]

Each set is learned by a server in one pass, then in pieces with junk rows a thousand times the data's range away
learned and forgotten between, then as seven projects merged in random order. A number is how many decimal digits are
right, the least over the attributes of a set; 17 is every digit of a double. Means, variances and sums of squares are
judged by exact arithmetic on the doubles that were sent, regressions by NIST's certified values. docs/precision.md is
made by --markdown.

SPDX-License-Identifier: Apache-2.0
"""
import json
import math
import pathlib
import random
import sys
import tempfile
import warnings

import numpy as np
import scipy
import statsmodels
import statsmodels.api as sm
from scipy import stats

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests"))

from contract import test_nist as ways
from support import nist
from support.programs import SECRET, server, user
from support.weir_client import Client

COLUMNS = ["set", "statistic", "judged by", "one pass", "forgetting", "merged", "other program", "its digits"]

INTRODUCTION = """\
# How many digits are right

Made by `./dev bench precision --markdown > docs/precision.md` from NIST's reference sets
([tests/data/nist](../tests/data/nist/README.md)), over the REST API.

A number is how many decimal digits are right, the least over a set's attributes; 17 is every digit of a double. *One
pass*: the rows as they come. *Forgetting*: in uneven pieces, with junk rows up to a thousand times the data's range away
learned and forgotten between. *Merged*: as seven projects merged in random order. *Exact*: judged by exact arithmetic
on the doubles that were sent; *certified*: by the values that NIST publishes, to 15 digits. The other program read the
rows once, all in memory.

What is asked of weir, and tested (`tests/contract/test_nist.py`): 14 digits of means and variances, 12 of analyses of
variance and regressions, 7 of Filip: on its powers of x, rounded to doubles, exact arithmetic itself comes to 7.6.
"""


def at_once(client, _, columns, types, rows):
    pid = ways.new_project(client)
    ways.learn(client, pid, columns, types, rows)
    return pid


LEARN = [at_once, ways.in_pieces, ways.as_partitions]


def least(got, want):
    """The digits of a list of numbers, none of what is no number; where 0 is right, of how small they are."""
    return min(nist.digits(g, w) if math.isfinite(g) else 0.0 for g, w in zip(got, want))


def univariate(client, name):
    values = [float(v) for v in nist.load(name)["y"]]
    want = nist.mean_and_variance(values)
    yield "mean", "exact", "numpy", nist.digits(np.mean(values), want[0])
    yield "variance", "exact", "numpy", nist.digits(np.var(values), want[1])
    for learn in LEARN:
        pid = learn(client, random.Random(name), ["y"], "C", [[v] for v in values])
        got = ways.ask(client, pid, "uni", {"inputAttributeNames": ["y"]})
        yield [nist.digits(got["mean"], want[0]), nist.digits(got["variance"], want[1])]


def anova(client, name):
    data = nist.load(name)
    rows = [[float(v) for v in row] for row in data["rows"]]
    groups = list(zip(*rows))
    want = nist.anova(groups)
    yield "SSb", "exact", None, None
    yield "SSw", "exact", None, None
    yield "F", "exact", "scipy", nist.digits(stats.f_oneway(*groups).statistic, want["F"])
    for learn in LEARN:
        pid = learn(client, random.Random(name), data["columns"], "C" * len(groups), rows)
        got = ways.ask(client, pid, "anova", {"inputAttributeNames": data["columns"]})
        yield [nist.digits(got[key], want[key]) for key in ("SSb", "SSw", "F")]


def regression(client, name):
    columns, rows, target, data = nist.regression(name)
    rows = [[float(v) for v in row] for row in rows]
    inputs = [c for c in columns if c != target]
    wants = [[nist.certified(v) for v in data["certified"][key]] for key in ("coef", "coef_sd")]
    array = np.array(rows)
    peer = sm.OLS(array[:, 0], sm.add_constant(array[:, 1:]) if data["intercept"] else array[:, 1:]).fit(method="qr")
    yield "coefficients", "certified", "statsmodels", least(peer.params, wants[0])
    yield "standard errors", "certified", "statsmodels", least(peer.bse, wants[1])
    context = {"inputAttributeNames": inputs, "targetAttributeNames": [target],
               "extraParameters": {"intercept": str(data["intercept"]).lower()}}
    for learn in LEARN:
        pid = learn(client, random.Random(name), columns, "C" * len(columns), rows)
        client.build(pid, "m", "mlr", context)
        table = client.get(f"/projects/{pid}/models/m")["values"]["modelInfo"]["extra"]["coefficients"]["data"]
        yield [least([float(row[k]) for row in table], want) for k, want in zip((1, 2), wants)]


def rows_of(client, name, ask):
    """The rows of the table for one set: what ask yields first are the statistics, then the digits of each way."""
    answers = list(ask(client, name))
    ways_seen = answers[-len(LEARN):]
    for i, (statistic, judge, peer, digits) in enumerate(answers[:-len(LEARN)]):
        yield dict(zip(COLUMNS, [name, statistic, judge, *(round(way[i], 1) for way in ways_seen), peer,
                                 None if digits is None else round(max(digits, 0), 1)]))


def measure(client):
    for kind, ask in (("univariate", univariate), ("anova_oneway", anova), ("linear_regression", regression)):
        for name in nist.names(kind):
            yield from rows_of(client, name, ask)


def text(value):
    return "" if value is None else f"{value:.1f}" if isinstance(value, float) else str(value)


def print_markdown(rows):
    print(INTRODUCTION)
    print(f"The other programs: numpy {np.__version__}, scipy {scipy.__version__}, statsmodels "
          f"{statsmodels.__version__}.\n")
    print("| " + " | ".join(COLUMNS) + " |")
    print("|---|---|---|---:|---:|---:|---|---:|")
    for row in rows:
        print("| " + " | ".join(text(row[c]) for c in COLUMNS) + " |")


def print_text(rows):
    widths = [max(len(text(row[c])) for row in [*rows, dict(zip(COLUMNS, COLUMNS))]) for c in COLUMNS]
    for row in [dict(zip(COLUMNS, COLUMNS)), *rows]:
        print("  ".join(text(row[c]).ljust(w) for c, w in zip(COLUMNS, widths)).rstrip())


def main():
    warnings.filterwarnings("ignore", category=RuntimeWarning)  # of the other programs, which the digits show
    with tempfile.TemporaryDirectory() as folder:
        data = pathlib.Path(folder) / "data"
        user(data)
        with server(data) as program:
            client = Client(program.url, secret=SECRET)
            rows = list(measure(client))
            client.close()
            program.stop()
    if "--json" in sys.argv:
        print(json.dumps({"rows": rows}))
    elif "--markdown" in sys.argv:
        print_markdown(rows)
    else:
        print_text(rows)


if __name__ == "__main__":
    main()
