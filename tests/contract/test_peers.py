"""Tests, variances, information and densities over REST, against scipy, statsmodels and numpy.

The questions, and what other programs answer, are those of tests/reference/inference.py. Tables come in uneven pieces;
a million rows come as a summary of four parts, made, merged and imported by the program.
"""
import base64
import math
import random
import subprocess
import sys

import numpy as np
import pytest

from support.programs import SOURCE, WEIR, run

sys.path.insert(0, str(SOURCE / "tests" / "reference"))
import inference

MANY = 100_000
TABLES = list(dict.fromkeys(name for name, *_ in inference.CASES))
NEED_HISTOGRAMS = ("condMin", "condMax", "condMedian")

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")  # of the other programs, where nothing is defined


def type_of(data, name):
    if name == "date":  # a category of as many values as rows
        return "X"
    if data.category(name):
        return "T"
    x = data.columns[name]
    binary = set(np.unique(x[~np.isnan(x)])) <= {0, 1}
    return "B" if binary and name not in ("none", "ties", "gaps") else "C"


def text(cell):
    return "" if cell is None or cell != cell else cell if isinstance(cell, str) else repr(float(cell))


def rows_of(data):
    return [[text(cell) for cell in row] for row in zip(*data.columns.values())]


def as_csv(names, rows):
    return "\n".join(",".join(row) for row in [names, *rows]).encode() + b"\n"


def learn(client, data, folder):
    """Makes a project of the table's name that has learned it."""
    pid, names = data.name, list(data.columns)
    types = [type_of(data, name) for name in names]
    rows = rows_of(data)
    if len(rows) < MANY:
        client.post("/projects", {"sml_project_conditional_histogram": "true"}, pid=pid, persist="false", enableHistogram="true", ok=(201,))
        dice, at = random.Random(pid), 0
        while at < len(rows):
            size = dice.choice([1, 7, 500, 2000])
            client.post(f"/projects/{pid}/learn", {"attributeNames": names, "attributeTypes": types,
                                                   "errorHandling": 0, "data": rows[at:at + size]})
            at += size
        return
    parts = [folder / f"{pid}.{part}.weir" for part in range(4)]
    for part, path in enumerate(parts):
        subprocess.run([WEIR, "summarize", "--types", ",".join(types), "-o", path], check=True,
                       input=as_csv(names, rows[part::4]))
    whole = folder / f"{pid}.weir"
    run("merge", *parts, "-o", whole)
    client.post(f"/projects/{pid}/import", base64.b64encode(whole.read_bytes()), persist="false")


def ask(client, pid, metric, inputs, targets, settings):
    context = {"inputAttributeNames": inputs, "targetAttributeNames": targets,
               "extraParameters": {key: str(value) for key, value in settings.items()}}
    return client.post(f"/projects/{pid}/explore", {"values": [context]}, metric=metric,
                       returnProjectInfo="false")["values"]["KSVDMap"]["values"][0]


def deviation(got, want):
    """Relative; infinite where one of the two is not defined. Below 1e-300 nothing is asked."""
    want = float(want)
    if got is None or not math.isfinite(want):
        return 0.0 if got is None and not math.isfinite(want) else math.inf
    return 0.0 if abs(got - want) <= 1e-300 else abs(got - want) / abs(want) if want else math.inf


def densities(client, data):
    """(counts, those of numpy) of every continuous column in 20 bins over its range."""
    for name in data.columns:
        if type_of(data, name) != "C":
            continue
        x = data.columns[name][~np.isnan(data.columns[name])]
        if len(x) == 0 or np.ptp(x) == 0:
            continue
        context = {"inputAttributeNames": [name], "extraParameters": {"hist_bins": "20"}}
        got = client.post(f"/projects/{data.name}/densityEstimate", {"values": [context]})
        # by the documents' rule: np.histogram has a rule of its own for values on an edge
        places = np.minimum(np.floor((x - x.min()) / ((x.max() - x.min()) / 20)), 19).astype(int)
        yield got["values"]["densityList"]["values"][0]["histogram"], np.bincount(places, minlength=20)


def answers(client, data, folder):
    """Learns a table and yields (metric, key, answer or None, that of other programs) for each number."""
    learn(client, data, folder)
    for _, metric, inputs, targets, settings, want in inference.answers(data.name):
        got = ask(client, data.name, metric, inputs, targets, settings)
        for key, value in want.items():
            if data.rows < MANY or key not in NEED_HISTOGRAMS:
                yield metric, key, got.get(key), value
    if data.rows < MANY:
        for bins, want in densities(client, data):
            for have, count in zip(bins, want, strict=True):
                yield "density", "count", have, count


@pytest.mark.parametrize("name", TABLES)
def test_answers_are_those_of_other_programs(client, tmp_path, name):
    count = 0
    for metric, key, got, want in answers(client, inference.Data(name), tmp_path):
        assert deviation(got, want) <= 1e-10, f"{metric}: {key} is {got}, not {float(want)!r}"
        count += 1
    assert count > 50
    client.delete(f"/projects/{name}")
