"""weir summarize, merge and explore on files and pipes; the numbers are numpy's."""
import csv
import io
import itertools
import json
import subprocess

import numpy as np
import pytest

from support.data import shuttle_rows
from support.programs import SOURCE, WEIR, run

SHUTTLE = next(SOURCE.glob("**/shuttle.csv.zst"))
DATA = SOURCE / "tests" / "data"
TYPES = "C,C,C,C,C,C,C,C,C,B"
NAMES = [f"V{i}" for i in range(1, 10)] + ["outlier"]


def table(name):
    """A CSV of tests/data as its header and texts."""
    with open(DATA / name, newline="", encoding="utf-8") as file:
        head, *rows = list(csv.reader(file))
    return head, rows


def numbers(texts):
    return np.array([float(t or "nan") for t in texts])


def explore(path, *args):
    return json.loads(run("explore", path, "--json", *args).stdout)


def by_name(answers):
    return {", ".join(a["inputs"]): a["values"] for a in answers}


def expect_uni(got, x):
    """got: the answer of weir; x: the column, with nan where a cell is missing."""
    missing, x = int(np.isnan(x).sum()), x[~np.isnan(x)]
    n, mean, variance = len(x), x.mean(), x.var()
    assert (got["count"], got["missing"], got["min"], got["max"]) == (n, missing, x.min(), x.max())
    assert got["sum"] == pytest.approx(np.longdouble(x).sum(), rel=1e-13, abs=1e-9)
    assert got["mean"] == pytest.approx(mean, rel=1e-12, abs=1e-12)
    assert got["variance"] == pytest.approx(variance, rel=1e-12)
    assert got["stddev"] == pytest.approx(np.sqrt(variance), rel=1e-12)
    third = ((x - mean) ** 3).sum()
    assert got["skewness"] == pytest.approx(n / ((n - 1) * (n - 2)) * third / variance**1.5, rel=1e-9, abs=1e-12)
    for key, p in (("median", 0.5), ("q01", 0.01), ("q05", 0.05), ("q25", 0.25), ("q75", 0.75), ("q95", 0.95),
                   ("q99", 0.99)):
        assert got[key] == pytest.approx(np.quantile(x, p), rel=1e-12, abs=1e-12), key


@pytest.fixture(scope="module")
def shuttle(tmp_path_factory):
    """The summary of all shuttle rows, the rows, and the CSV text."""
    path = tmp_path_factory.mktemp("shuttle") / "whole.summary"
    run("summarize", SHUTTLE, "--types", TYPES, "--histograms", "-o", path)
    text = subprocess.run(["zstd", "-dc", SHUTTLE], check=True, capture_output=True).stdout.decode()
    return path, shuttle_rows(), text


def test_shuttle_uni(shuttle):
    path, rows, _ = shuttle
    answers = by_name(explore(path))
    assert list(answers) == NAMES
    for i, name in enumerate(NAMES):
        expect_uni(answers[name], rows[:, i])


def test_shuttle_bi(shuttle):
    path, rows, _ = shuttle
    answers = by_name(explore(path, "bi"))
    assert len(answers) == 45
    for i, j in itertools.combinations(range(10), 2):
        got = answers[f"{NAMES[i]}, {NAMES[j]}"]
        x, y = rows[:, i], rows[:, j]
        assert got["count"] == len(rows)
        assert got["covar"] == pytest.approx(np.cov(x, y, ddof=0)[0, 1], rel=1e-10, abs=1e-9)
        assert got["linCorr"] == pytest.approx(np.corrcoef(x, y)[0, 1], rel=1e-10, abs=1e-12)
        if NAMES[j] == "outlier":
            assert got["condMean"] == pytest.approx(x[y == 1].mean(), rel=1e-12)


def test_shuttle_density(shuttle):
    path, rows, _ = shuttle
    for i, got in enumerate(explore(path, "density", "--bins", "16")):
        counts, edges = np.histogram(rows[:, i], bins=16)
        assert (got["attrName"], got["min"], got["max"]) == (NAMES[i], edges[0], edges[-1])
        assert got["histogram"] == pytest.approx(list(counts))


def all_answers(path):
    return [run("explore", path, "--json", metric).stdout for metric in ("uni", "bi", "density")]


def test_parts_merge_to_the_whole(shuttle, tmp_path):
    """Whole numbers sum without rounding: every digit of every answer is the same however the rows were split."""
    path, _, text = shuttle
    head, *lines = text.splitlines(keepends=True)
    rng = np.random.default_rng(1)
    cuts = [0, *sorted(rng.integers(0, len(lines), 4)), len(lines)]
    parts = []
    for i, (start, stop) in enumerate(itertools.pairwise(cuts)):
        part = tmp_path / f"{i}.summary"
        with open(part, "wb") as out:  # rows through one pipe, bytes through another, as Spark's pipe does
            subprocess.run([WEIR, "summarize", "--types", TYPES, "--histograms"], check=True, stdout=out,
                           input=(head + "".join(lines[start:stop])).encode())
        parts.append(part)
    whole = all_answers(path)
    for order in (parts, parts[::-1], [parts[2], parts[0], parts[4], parts[1], parts[3]]):
        run("merge", *order, "-o", tmp_path / "sum")
        assert all_answers(tmp_path / "sum") == whole
    run("merge", *parts[:2], "-o", tmp_path / "a")
    run("merge", *parts[2:], "-o", tmp_path / "b")
    run("merge", tmp_path / "a", tmp_path / "b", "-o", tmp_path / "sum")
    assert all_answers(tmp_path / "sum") == whole
    run("merge", path, "-o", tmp_path / "sum")
    assert (tmp_path / "sum").read_bytes() == path.read_bytes()
    run("merge", *parts[:2], "-o", tmp_path / "a")
    run("merge", *parts[1::-1], "-o", tmp_path / "b")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_fractions_merge_to_the_whole(tmp_path):
    head, rows = table("wine.csv")
    names = [n for n in head if n != "class"]
    types = ",".join("X" if n == "class" else "C" for n in head)
    answers = []
    for step in (len(rows), 40, 7):
        parts = []
        for start in range(0, len(rows), step):
            part = tmp_path / f"{step}-{start}.summary"
            text = io.StringIO()
            csv.writer(text).writerows([head, *rows[start : start + step]])
            subprocess.run([WEIR, "summarize", "--histograms", "--types", types, "-o", part],
                           check=True, input=text.getvalue().encode())
            parts.append(part)
        run("merge", *parts, "-o", tmp_path / "sum")
        answers.append((by_name(explore(tmp_path / "sum")), by_name(explore(tmp_path / "sum", "bi"))))
    for uni, bi in answers:
        assert list(uni) == names
        for name in names:
            expect_uni(uni[name], numbers([r[head.index(name)] for r in rows]))
        for key, values in bi.items():  # double-double sums: a split moves nothing a double can show
            assert values == pytest.approx(answers[0][1][key], rel=1e-14)


def test_missing_cells(tmp_path):
    head, rows = table("pima.csv")
    columns = {name: [r[i] for r in rows] for i, name in enumerate(head)}
    names = [n for n in head if all(t == "" or t.replace(".", "").lstrip("-").isdigit() for t in columns[n])]
    answers = by_name(explore(DATA / "pima.csv"))
    for name in names:
        expect_uni(answers[name], numbers(columns[name]))
    pairs = by_name(explore(DATA / "pima.csv", "bi", "--attribute", ",".join(names)))
    for a, b in itertools.combinations(names, 2):
        x, y = numbers(columns[a]), numbers(columns[b])
        both = ~np.isnan(x) & ~np.isnan(y)
        assert pairs[f"{a}, {b}"]["count"] == both.sum()
        assert pairs[f"{a}, {b}"]["linCorr"] == pytest.approx(np.corrcoef(x[both], y[both])[0, 1], rel=1e-10)


def test_categories(tmp_path):
    file = tmp_path / "c.csv"
    file.write_text("colour,x\n Red,1\nGREEN,2\n,3\nred,\n\"blue, or so\",5\n", encoding="utf-8")
    answers = by_name(explore(file, "--types", "T,C"))
    assert {n: (a["count"], a["sum"]) for n, a in answers.items()} == {
        "x": (4, 11), "colour$red": (4, 2), "colour$green": (4, 1), "colour$blue, or so": (4, 1)}


def test_tables_for_people():
    out = run("explore", DATA / "wine.csv", "--attribute", "alcohol").stdout
    lines = out.splitlines()
    assert lines[0].split() == ["alcohol"]
    assert [line.split()[0] for line in lines[1:4]] == ["count", "missing", "sum"]
    assert len({line.index(".") for line in lines[1:] if "." in line}) == 1  # points stand below one another
    out = run("explore", DATA / "wine.csv").stdout
    assert max(map(len, out.splitlines())) <= 100
    assert run("explore", DATA / "wine.csv", "density", "--bins", "3").stdout.count(" to ") == 3 * 13


@pytest.mark.parametrize("args, says", [
    (["summarize", "nowhere.csv"], "nowhere.csv"),
    (["summarize", DATA / "wine.csv", "--types", "C,C"], "2 for 14 columns"),
    (["summarize", DATA / "wine.csv", "--bad", "maybe"], "maybe"),
    (["merge", DATA / "wine.csv"], "wine.csv"),
    (["merge", "nowhere.summary"], "nowhere.summary"),
    (["explore", DATA / "wine.csv", "what"], "what"),
    (["explore", DATA / "wine.csv", "--attribute", "what"], "what"),
    (["explore", DATA / "wine.csv", "--set", "what"], "what"),
    (["summarize", DATA / "wine.csv", "-o", "/nonexistent/x"], "/nonexistent/x"),
])
def test_failures(args, says, tmp_path):
    done = run(*args, check=False, cwd=tmp_path)
    assert done.returncode != 0
    assert says in done.stderr and done.stdout == ""
    assert not list(tmp_path.iterdir())


def test_bad_rows(tmp_path):
    file = tmp_path / "bad.csv"
    file.write_text("a,b\n1,2\nx,3\n4\n5,6\n", encoding="utf-8")
    for policy, count in (("cell", {"a": 2, "b": 3}), ("row", {"a": 2, "b": 2})):
        done = run("summarize", file, "--types", "C,C", "--bad", policy, "-o", tmp_path / "s")
        assert "line 3" in done.stderr
        assert {n: a["count"] for n, a in by_name(explore(tmp_path / "s")).items()} == count
    done = run("summarize", file, "--types", "C,C", "--bad", "refuse", "-o", tmp_path / "none", check=False)
    assert done.returncode != 0 and "line 3" in done.stderr
    assert not (tmp_path / "none").exists()


def test_types_that_disagree(tmp_path):
    for name, types in (("a", "C"), ("b", "T")):
        subprocess.run([WEIR, "summarize", "--types", types, "-o", tmp_path / name], input=b"x\n1\n", check=True)
    done = run("merge", tmp_path / "a", tmp_path / "b", "-o", tmp_path / "sum", check=False)
    assert done.returncode != 0 and "x" in done.stderr
    assert not (tmp_path / "sum").exists()


def test_cut_and_changed_summaries(shuttle, tmp_path):
    data = shuttle[0].read_bytes()
    rng = np.random.default_rng(2)
    file = tmp_path / "bad"
    for _ in range(20):
        file.write_bytes(data[: rng.integers(0, len(data))])
        assert run("merge", file, "-o", tmp_path / "sum", check=False).returncode != 0
        at = int(rng.integers(0, len(data)))
        file.write_bytes(data[:at] + bytes([data[at] ^ 1 << int(rng.integers(0, 8))]) + data[at + 1 :])
        assert run("merge", file, "-o", tmp_path / "sum", check=False).returncode != 0
    assert not (tmp_path / "sum").exists()
