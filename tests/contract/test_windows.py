"""Rolling windows, decay, partitions and sequences over REST; the numbers beside them are numpy's."""
import numpy as np
import pytest

from contract.conftest import _numbers


def make(client, query=None, **params):
    pid = f"w{next(_numbers)}"
    client.post("/projects", {key: str(value) for key, value in params.items()}, pid=pid, ok=(201,), **(query or {}))
    return pid


def info(client, pid):
    return client.get(f"/projects/{pid}/info")["values"]["smlInfo"]


def ask(client, pid, metric, *names):
    body = {"values": [{"inputAttributeNames": list(names)}]}
    return client.post(f"/projects/{pid}/explore", body, metric=metric, returnProjectInfo="false")[
        "values"]["KSVDMap"]["values"][0]


def frame(columns, types="C"):
    cells = [["" if np.isnan(v) else repr(float(v)) for v in row] for row in np.column_stack(list(columns.values()))]
    return {"attributeNames": list(columns), "attributeTypes": [types] * len(columns), "errorHandling": 1,
            "data": cells}


def learn_in_pieces(client, pid, columns, sizes):
    at = 0
    for size in sizes:
        piece = {name: values[at:at + size] for name, values in columns.items()}
        if len(next(iter(piece.values()))):
            client.post(f"/projects/{pid}/learn", frame(piece))
        at += size


def some_columns(count, seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(1e4, 3, count)
    y = 0.5 * x + rng.normal(0, 1, count)
    y[rng.random(count) < 0.2] = np.nan
    return {"x": x, "y": y}


def check_statistics(client, pid, columns, last):
    for name in columns:
        seen = columns[name][-last:]
        seen = seen[~np.isnan(seen)]
        got = ask(client, pid, "uni", name)
        assert got["count"] == len(seen)
        assert got["mean"] == pytest.approx(seen.mean(), rel=1e-13)
        assert got["variance"] == pytest.approx(seen.var(), rel=1e-9)
    x, y = columns["x"][-last:], columns["y"][-last:]
    both = ~np.isnan(y)
    assert ask(client, pid, "bi", "x", "y")["covar"] == pytest.approx(
        np.cov(x[both], y[both], ddof=0)[0, 1], rel=1e-9)


@pytest.mark.parametrize("window", [1, 7, 100, 1500])
def test_a_window_holds_the_last_rows(client, window):
    columns = some_columns(2000, window)
    sizes = [1, 2, 3, 500, 40, 90, 7, 1, 1, 1, 333, 600, 421]
    pid = make(client, sml_project_rolling_window_size=window, query={"enableHistogram": "true"})
    at = 0
    for size in sizes:
        learn_in_pieces(client, pid, {k: v[at:at + size] for k, v in columns.items()}, [size])
        at += size
        assert info(client, pid)["rows"] == min(at, window)
    if window > 3:
        check_statistics(client, pid, columns, window)
    client.get(f"/projects/{pid}/unload")  # and so it is when it comes back
    if window > 3:
        check_statistics(client, pid, columns, window)
    median = ask(client, pid, "uni", "x")["median"]
    assert median == pytest.approx(np.median(columns["x"][-window:]), rel=1e-3)


def test_a_window_beside_all_history(client):
    columns = some_columns(900, 3)
    pid = make(client, sml_project_rolling_window_size=64, sml_project_rolling_window_use_embedded="true")
    learn_in_pieces(client, pid, columns, [100, 1, 299, 500])
    check_statistics(client, pid, columns, 900)
    got = info(client, pid)
    assert (got["rows"], got["windowRows"]) == (900, 64)
    assert any("window" in text for text in got["warnings"])


def test_forget_and_merge_are_refused(client):
    columns = some_columns(20, 1)
    other = make(client)
    for params, words in (({"sml_project_rolling_window_size": 10}, "window of the last 10"),
                          ({"decay_halflife_rows": 10}, "decay"), ({"decay_halflife_ms": 10}, "decay")):
        pid = make(client, **params)
        client.post(f"/projects/{pid}/learn", frame(columns))
        before = info(client, pid)
        answer = client.call("POST", f"/projects/{pid}/forget", frame(columns))
        assert answer.status == 400 and words in answer.json()["statusString"]
        answer = client.call("GET", f"/projects/{pid}/merge", otherProjectName=other)
        assert answer.status == 400 and "merging is refused" in answer.json()["statusString"]
        assert info(client, pid)["sequence"] == before["sequence"]
        assert len(info(client, pid)["warnings"]) == 1
        client.get(f"/projects/{other}/merge", otherProjectName=pid)  # the other way it is one summary


def weights_by_rows(count, half_life):
    """As documented: exact below a half-life of 128 rows, else in steps of a 64th of it."""
    step = max(1, half_life // 64)
    k = np.arange(count)
    return 2.0 ** (-step * ((count - 1) // step - k // step) / half_life)


@pytest.mark.parametrize("half_life", [0.5, 10, 100, 128, 1000, 12345])
def test_decay_by_rows(client, half_life):
    rng = np.random.default_rng(7)
    x = rng.normal(5, 2, 700)
    y = x * x + rng.normal(0, 1, 700)
    pid = make(client, decay_halflife_rows=half_life)
    learn_in_pieces(client, pid, {"x": x, "y": y}, [1, 9, 300, 1, 389])
    w = weights_by_rows(700, half_life)
    if half_life < 128:
        assert w == pytest.approx(2.0 ** (-(699 - np.arange(700)) / half_life), rel=1e-12)
    else:
        assert np.max(np.abs(w / 2.0 ** (-(699 - np.arange(700)) / half_life) - 1)) < 0.011
    got = ask(client, pid, "uni", "x")
    assert got["count"] == pytest.approx(w.sum(), rel=1e-12)
    assert got["missing"] == 0
    assert got["mean"] == pytest.approx(np.average(x, weights=w), rel=1e-12)
    assert got["variance"] == pytest.approx(np.cov(x, aweights=w, ddof=0), rel=1e-10)
    assert ask(client, pid, "bi", "x", "y")["covar"] == pytest.approx(
        np.cov(x, y, aweights=w, ddof=0)[0, 1], rel=1e-10)


def test_decay_by_time(client):
    """All rows at once weigh the same; after many half-lives only the last do."""
    pid = make(client, {"enableHistogram": "true"}, decay_halflife_ms=20)
    client.post(f"/projects/{pid}/learn", frame({"x": np.array([1.0, 2.0, 6.0])}))
    assert ask(client, pid, "uni", "x")["mean"] == pytest.approx(3, rel=1e-12)
    while True:
        client.post(f"/projects/{pid}/learn", frame({"x": np.array([10.0, 20.0])}))
        got = ask(client, pid, "uni", "x")
        if got["mean"] > 14.999:
            break
    assert got["mean"] <= 15
    assert got["max"] == 20 and got["min"] == 1  # extremes are those of all rows


def test_partitions(client):
    rng = np.random.default_rng(5)
    x, sites = rng.normal(0, 1, 300), rng.choice(["north", "south", "east"], 300)
    pid = make(client, {"type": "partition"}, partitionSplit="site")
    for at in range(0, 300, 77):
        client.post(f"/projects/{pid}/learn",
                    {"attributeNames": ["x", "site"], "attributeTypes": ["C", "S"],
                     "data": [[repr(float(a)), str(b)] for a, b in zip(x[at:at + 77], sites[at:at + 77])]})
    got = info(client, pid)
    assert (got["type"], got["partitionColumn"], got["partitions"], got["rows"]) == ("partition", "site", 3, 300)
    assert ask(client, pid, "uni", "x")["mean"] == pytest.approx(x.mean(), rel=1e-12)
    for site in ("north", "south", "east"):  # each part is a project for the asking
        text = client.get(f"/projects/{pid}/export", partition=site)["values"]["string"]
        client.post(f"/projects/{pid}-{site}/import", text.encode())
        part = ask(client, f"{pid}-{site}", "uni", "x")
        assert part["count"] == (sites == site).sum()
        assert part["variance"] == pytest.approx(x[sites == site].var(), rel=1e-12)
    refused = client.call("GET", f"/projects/{pid}/export", partition="west")
    assert refused.status == 400 and '"west"' in refused.json()["statusString"]
    client.post(f"/projects/{pid}/learn", frame({"x": np.array([1.0])}))  # without a site: a part of its own
    got = info(client, pid)
    assert (got["partitions"], got["rows"]) == (4, 301)
    other = make(client, {"type": "partition"}, partitionSplit="site")
    answer = client.call("POST", f"/projects/{other}/learn", frame({"site": np.array([1.0])}))
    assert answer.status == 400 and "partition column site is of type C" in answer.json()["statusString"]
    assert info(client, other)["rows"] == 0


def test_a_sequence_counts_transitions(client):
    rng = np.random.default_rng(11)
    tokens = rng.choice(list("abc"), 40)
    pid = make(client, {"type": "sequence"}, sml_project_order=1)
    for piece in np.split(tokens, [1, 2, 25]):
        client.post(f"/projects/{pid}/learn", {"attributeNames": ["word"], "attributeTypes": ["T"],
                                               "data": [[str(token)] for token in piece]})
    got = info(client, pid)
    assert got["rows"] == 39 and got["type"] == "sequence"
    assert sorted(got["attributeNames"]) == [f"{lag}${token}" for lag in ("t0", "tm1") for token in "abc"]
    for a in "abc":
        for b in "abc":
            want = np.sum((tokens[:-1] == a) & (tokens[1:] == b))
            # of two binary attributes the covariance tells how often both are 1
            pair = ask(client, pid, "bi", f"tm1${a}", f"t0${b}")
            before, now = np.mean(tokens[:-1] == a), np.mean(tokens[1:] == b)
            assert pair["covar"] == pytest.approx(want / 39 - before * now, abs=1e-13)


@pytest.mark.parametrize("query, params, words", [
    ({}, {"sml_project_rolling_window_size": "many"}, "sml_project_rolling_window_size is many"),
    ({}, {"sml_project_rolling_window_size": "-1"}, "sml_project_rolling_window_size is -1"),
    ({}, {"sml_project_rolling_window_size": "5", "decay_halflife_rows": "5"}, "exclude each other"),
    ({}, {"sml_project_rolling_window_use_embedded": "true"}, "sml_project_rolling_window_size is not given"),
    ({}, {"decay_halflife_ms": "soon"}, "decay_halflife_ms is soon"),
    ({}, {"decay_halflife_rows": "-3"}, "decay_halflife_rows is -3"),
    ({"type": "partition"}, {}, "partitionSplit"),
    ({}, {"partitionSplit": "site"}, "partitionSplit"),
    ({"type": "sequence"}, {}, "sml_project_order"),
    ({"type": "sequence"}, {"sml_project_order": "0"}, "sml_project_order"),
])
def test_wrong_parameters_are_named(client, query, params, words):
    answer = client.call("POST", "/projects", params, pid="wrong", **query)
    assert answer.status == 400 and words in answer.json()["statusString"]
    assert "wrong" not in client.get("/projects/list")["values"]["stringList"]["values"]
