"""Digits: every NIST reference set over REST, beside what other programs leave of it, and every test beside theirs.

    ./dev bench precision [--json | --markdown]

First the digits. Each set is learned by a server in one pass, then in pieces with junk rows a thousand times the data's range away
learned and forgotten between, then as seven projects merged in random order. A number is how many decimal digits are
right, the least over the attributes of a set; 17 is every digit of a double. Means, variances and sums of squares are
judged by exact arithmetic on the doubles that were sent, regressions by NIST's certified values. Then what more junk
leaves of the worst set, and what plain doubles leave of all (projects of more than 64 columns). Last, statistics and
p-values beside those of scipy and statsmodels (peers.py). docs/precision.md is made by --markdown.

SPDX-License-Identifier: Apache-2.0
"""
import json
import math
import pathlib
import random
import sys
import tempfile
import warnings

import mpmath
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

import peers

COLUMNS = ["set", "statistic", "judged by", "one pass", "forgetting", "merged", "other program", "its digits"]

JUNK_COLUMNS = ["junk rows", "least", "middle"]
DOUBLE_COLUMNS = ["set", "statistic", "one pass", "forgetting", "merged"]

INTRODUCTION = """\
# How many digits are right

Made by `./dev bench precision --markdown > docs/precision.md`, over the REST API. What is asked of weir and tested is
said before each table.

## NIST's reference sets

From [tests/data/nist](../tests/data/nist/README.md). A number is how many decimal digits are right, the least over a
set's attributes; 17 is every digit of a double. *One pass*: the rows as they come. *Forgetting*: in uneven pieces, with
junk rows up to a thousand times the data's range away learned and forgotten between. *Merged*: as seven projects merged
in random order. *Exact*: judged by exact arithmetic on the doubles that were sent; *certified*: by the values that NIST
publishes, to 15 digits. The other program read the rows once, all in memory.

Tested (`tests/contract/test_nist.py`): 14 digits of means and variances, 12 of analyses of variance and regressions, 7
of Filip: on its powers of x, rounded to doubles, exact arithmetic itself comes to 7.6.
"""

JUNK = """\
## What more junk leaves of Filip

Sums keep 106 bits of the largest they ever were, so what was forgotten is gone, but not the rounding from when it was
there. Of all these sets only Filip is so nearly collinear that this shows. Its digits after so many junk rows, a
thousand times the data's range away, were all in the sums at one time (the least and the middle of {} runs):
"""

DOUBLE = """\
## In projects of more than 64 columns

There sums are plain doubles about an anchor near the data: this many digits of the sets remain in a project with {}
columns more (`info` says `double`). Nothing is promised of regressions there: what needs the digits is kept in a project
of up to 64.
"""

PEERS = """\
## Tests and densities beside other programs

The largest relative deviation of any statistic and of any p-value, over all keys of an answer and all questions put to
{} tables: those of [tests/data](../tests/data/tables.md), and generated ones of 2 to a million rows with gaps, ties,
constant and empty columns, and one that is collinear but for 1e-10. Learned in uneven pieces; the million as a summary
merged from four. Sums of the other programs are exact or of 80 bits (`tests/reference/inference.py`), as their doubles
would be the ones to deviate. Densities are counts and must be equal. A spread below 2^-47 of the largest value that its
column ever had (1e-6 in plain doubles) is taken for rounding, as 0.

Tested (`tests/contract/test_peers.py`, `core/explore/inference_test.c`): 1e-10 for all of it.
"""


def at_once(client, _, columns, types, rows):
    pid = ways.new_project(client)
    ways.learn(client, pid, columns, types, rows)
    return pid


LEARN = [at_once, ways.in_pieces, ways.as_partitions]
JUNK_ROWS, JUNK_RUNS = (0, 20, 50, 100, 200, 1000), 25
MORE = 65  # columns beside a set's, so that its project keeps plain doubles


def least(got, want):
    """The digits of a list of numbers, none of what is no number; where 0 is right, of how small they are."""
    return min(nist.digits(g, w) if math.isfinite(g) else 0.0 for g, w in zip(got, want))


def univariate(client, name, ways_to_learn):
    values = [float(v) for v in nist.load(name)["y"]]
    want = nist.mean_and_variance(values)
    yield "mean", "exact", "numpy", nist.digits(np.mean(values), want[0])
    yield "variance", "exact", "numpy", nist.digits(np.var(values), want[1])
    for learn in ways_to_learn:
        pid = learn(client, random.Random(name), ["y"], "C", [[v] for v in values])
        got = ways.ask(client, pid, "uni", {"inputAttributeNames": ["y"]})
        yield [nist.digits(got["mean"], want[0]), nist.digits(got["variance"], want[1])]


def anova(client, name, ways_to_learn):
    data = nist.load(name)
    rows = [[float(v) for v in row] for row in data["rows"]]
    groups = list(zip(*rows))
    want = nist.anova(groups)
    yield "SSb", "exact", None, None
    yield "SSw", "exact", None, None
    yield "F", "exact", "scipy", nist.digits(stats.f_oneway(*groups).statistic, want["F"])
    for learn in ways_to_learn:
        pid = learn(client, random.Random(name), data["columns"], "C" * len(groups), rows)
        got = ways.ask(client, pid, "anova", {"inputAttributeNames": data["columns"]})
        yield [nist.digits(got[key], want[key]) for key in ("SSb", "SSw", "F")]


def regression(client, name, ways_to_learn):
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
    for learn in ways_to_learn:
        pid = learn(client, random.Random(name), columns, "C" * len(columns), rows)
        client.build(pid, "m", "mlr", context)
        table = client.get(f"/projects/{pid}/models/m")["values"]["modelInfo"]["extra"]["coefficients"]["data"]
        yield [least([float(row[k]) for row in table], want) for k, want in zip((1, 2), wants)]


def rows_of(client, name, ask, ways_to_learn):
    """The rows of the table for one set: what ask yields first are the statistics, then the digits of each way."""
    answers = list(ask(client, name, ways_to_learn))
    ways_seen = answers[-len(ways_to_learn):]
    for i, (statistic, judge, peer, digits) in enumerate(answers[:-len(ways_to_learn)]):
        yield dict(zip(COLUMNS, [name, statistic, judge, *(round(way[i], 1) for way in ways_seen), peer,
                                 None if digits is None else round(max(digits, 0), 1)]))


def measure(client):
    for kind, ask in (("univariate", univariate), ("anova_oneway", anova), ("linear_regression", regression)):
        for name in nist.names(kind):
            yield from rows_of(client, name, ask, LEARN)


def junk(client):
    """Rows of the table of Filip's digits: how many junk rows, the least and the middle of what they leave."""
    columns, rows, target, data = nist.regression("Filip")
    rows, types = [[float(v) for v in row] for row in rows], "C" * len(columns)
    want = [nist.certified(v) for v in data["certified"]["coef"]]
    context = {"inputAttributeNames": columns[1:], "targetAttributeNames": [target]}
    for count in JUNK_ROWS:
        digits = []
        for seed in range(JUNK_RUNS):
            dice, pid = random.Random(seed), ways.new_project(client)
            bad = ways.junk_rows(dice, types, rows, count)
            ways.learn(client, pid, columns, types, rows[:40] + bad)
            ways.learn(client, pid, columns, types, rows[40:])
            dice.shuffle(bad)
            ways.learn(client, pid, columns, types, bad, "forget")
            client.build(pid, "m", "mlr", context)
            table = client.get(f"/projects/{pid}/models/m")["values"]["modelInfo"]["extra"]["coefficients"]["data"]
            digits.append(least([float(row[1]) for row in table], want))
            client.delete(f"/projects/{pid}")
        yield dict(zip(JUNK_COLUMNS, [count, round(min(digits), 1), round(sorted(digits)[len(digits) // 2], 1)]))


def widened(learn):
    """learn with columns of ones beside the data's."""
    def learn_wide(client, dice, columns, types, rows):
        more = [f"more{i}" for i in range(MORE)]
        return learn(client, dice, columns + more, types + "B" * MORE, [row + [1.0] * MORE for row in rows])
    return learn_wide


def doubles(client):
    """Rows of the table of what plain doubles keep."""
    wide = [widened(learn) for learn in LEARN]
    for kind, ask in (("univariate", univariate), ("anova_oneway", anova)):
        for name in nist.names(kind):
            for row in rows_of(client, name, ask, wide):
                yield {column: row[column] for column in DOUBLE_COLUMNS}


def text(value):
    if isinstance(value, float):
        return f"{value:.1f}" if value == 0 or 0.05 <= abs(value) < 1000 else f"{value:.1e}"
    return "" if value is None else str(value)


def print_table(rows):
    names = list(rows[0])
    print("\n| " + " | ".join(names) + " |")
    numeric = [all(isinstance(row[name], (int, float, type(None))) for row in rows) for name in names]
    print("|" + "|".join("---:" if right else "---" for right in numeric) + "|")
    for row in rows:
        print("| " + " | ".join(map(text, row.values())) + " |")


def print_markdown(tables):
    print(INTRODUCTION)
    print(f"The other programs: numpy {np.__version__}, scipy {scipy.__version__}, statsmodels "
          f"{statsmodels.__version__}, mpmath {mpmath.__version__}.")
    print_table(tables["nist"])
    for words, name in ((JUNK.format(JUNK_RUNS), "junk"), (DOUBLE.format(MORE), "doubles"),
                        (PEERS.format(len(peers.questions.TABLES)), "peers")):
        print("\n" + words.rstrip())
        print_table(tables[name])


def print_text(tables):
    for rows in tables.values():
        names = list(rows[0])
        lines = [names] + [[text(row[name]) for name in names] for row in rows]
        widths = [max(map(len, column)) for column in zip(*lines)]
        for line in lines:
            print("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip())
        print()


def main():
    warnings.filterwarnings("ignore", category=RuntimeWarning)  # of the other programs, which the digits show
    with tempfile.TemporaryDirectory() as folder:
        data = pathlib.Path(folder) / "data"
        user(data)
        with server(data) as program:
            client = Client(program.url, secret=SECRET)
            tables = {"nist": list(measure(client)), "junk": list(junk(client)), "doubles": list(doubles(client)),
                      "peers": peers.measure(client, folder)}
            client.close()
            program.stop()
    if "--json" in sys.argv:
        print(json.dumps(tables))
    elif "--markdown" in sys.argv:
        print_markdown(tables)
    else:
        print_text(tables)


if __name__ == "__main__":
    main()
