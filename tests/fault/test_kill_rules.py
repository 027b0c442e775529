"""kill -9 under load of projects with rules, and of everything a server does beside learning: what comes back is what the
rows up to the position make, however often it was snapshotted and replayed on the way; what was answered is there, and
what was not is there wholly or not at all."""
import random
import threading

import numpy as np
import pytest

from support.programs import server, user
from support.weir_client import Client

ROUNDS = 10
WINDOW = 100
HALF_LIFE = 60
BASE = 7  # rows of the project that is merged and imported
FILE = 200_000
ENCODED = {"w0": 1 / 4, "w1": 2 / 4, "w2": 3 / 4}  # what the encoder of project encoded was taught; w3 is new to it
MEAN = np.mean(list(ENCODED.values()))
PROJECTS = {
    "window": {"sml_project_rolling_window_size": str(WINDOW)},
    "embedded": {"sml_project_rolling_window_size": str(WINDOW), "sml_project_rolling_window_use_embedded": "true"},
    "decay": {"decay_halflife_rows": str(HALF_LIFE)},
    "decay_ms": {"decay_halflife_ms": str(10**13)},  # so slow that every row weighs 1 to 9 digits
    "partition": {"partitionSplit": "s"},
    "sequence": {"sml_project_order": "1"},
    "filter": {"sml_project_predicate_row_filter": "k==v1"},
    "encoded": {},
    "hashed": {"sml_project_hashtrick_binsize": "8"},
    "conditional": {"sml_project_conditional_histogram": "true"},
    "toggled": {},
}


def frame(project, start, count):
    """Row number i holds i."""
    cells = {"x": ("C", lambda i: str(i)), "k": ("T", lambda i: f"v{i % 3}"), "s": ("S", lambda i: f"w{i % 4}"),
             "b": ("B", lambda i: str(i % 2))}
    names = ["k"] if project == "sequence" else list(cells)
    return {"attributeNames": names, "attributeTypes": [cells[name][0] for name in names],
            "data": [[cells[name][1](i) for name in names] for i in range(start, start + count)], "errorHandling": 1,
            "source": {"id": "s", "topic": "t", "partition": 0, "from": start, "next": start + count,
                       "offsets": list(range(start, start + count))}}


class Worker(threading.Thread):
    """Does one thing again and again until the connection breaks; counts what was answered."""

    def __init__(self, url, step):
        super().__init__(daemon=True)
        self.client, self.step = Client(url, timeout=20), step
        self.answered, self.faults = 0, []

    def run(self):
        try:
            while True:
                self.step(self.client, self.answered)
                self.answered += 1
        except OSError:
            pass
        except Exception as fault:  # shown by the test
            self.faults.append(fault)


def sender(project, start, seed):
    """A step that sends the next rows of a source, single ones now and then: of those a filter may leave none."""
    rng, at = random.Random(seed), [start]

    def step(client, _):
        count = rng.choice([1, 1, 2, rng.randint(3, 40)])
        answer = client.post(f"/projects/{project}/learn", frame(project, at[0], count), ok=(200, 409))
        at[0] = int(answer["values"]["position"])
    return step


def position_of(client, project):
    far = frame(project, 10**9, 1)
    answer = client.post(f"/projects/{project}/learn", far, ok=(409,))
    return int(answer["values"]["position"])


def uni(client, project, column="x"):
    answer = client.post(f"/projects/{project}/explore", {"values": [{"inputAttributeNames": [column]}]}, metric="uni",
                         returnProjectInfo="false")
    return answer["values"]["KSVDMap"]["values"][0]


def info(client, project):
    return client.get(f"/projects/{project}/info")["values"]["smlInfo"]


def weights_of(project, rows):
    if project == "decay":
        return 2.0 ** ((rows - rows[-1]) / HALF_LIFE)
    if project == "window":
        return (rows > rows[-1] - WINDOW).astype(float)
    if project == "filter":
        return (rows % 3 == 1).astype(float)
    return np.ones(len(rows))


def check_rows(client, project, turn):
    at = position_of(client, project)
    rows = np.arange(at, dtype=float)
    if project == "sequence":  # the first row has no row before it
        got = uni(client, project, "t0$v1")
        assert (got["count"], info(client, project)["rows"]) == (at - 1, at - 1), f"round {turn}, {at} rows"
        assert got["mean"] == pytest.approx(np.mean(rows[1:] % 3 == 1), rel=1e-12)
        return at
    weights = weights_of(project, rows)
    got = uni(client, project)
    assert got["count"] == pytest.approx(weights.sum(), rel=1e-9), f"{project}, round {turn}, {at} rows"
    assert got["mean"] == pytest.approx(np.average(rows, weights=weights), rel=1e-9)
    assert got["variance"] == pytest.approx(np.cov(rows, aweights=weights, ddof=0), rel=1e-7)
    if project == "embedded":
        assert info(client, project)["windowRows"] == min(at, WINDOW)
    if project == "partition":
        assert info(client, project)["partitions"] == 4
    if project == "encoded":
        want = [ENCODED.get(f"w{i % 4}", MEAN) for i in range(at)]
        assert uni(client, project, "s")["mean"] == pytest.approx(np.mean(want), rel=1e-12)
    if project == "conditional":
        assert uni(client, project, "b")["mean"] == pytest.approx(np.mean(rows % 2), rel=1e-12)
    return at


def make_projects(client):
    for name in ("taught", "busy"):
        client.post("/encoders/create", {}, encoderName=name, encoderTarget="y", targetType="B", ok=(201,))
    rows = [[str(int(j < 4 * mean)), word] for word, mean in ENCODED.items() for j in range(4)]
    client.post("/encoders/taught/learn", {"attributeNames": ["y", "s"], "attributeTypes": ["B", "S"], "data": rows})
    for project, params in PROJECTS.items():
        client.post("/projects", params, pid=project, persist="true", enableHistogram="true", ok=(201,),
                    type=project if project in ("partition", "sequence") else "cpu")
    client.get("/projects/encoded/encoderAssign", encoderName="taught")
    for project in ("base", "merged"):
        client.post("/projects", {}, pid=project, persist="true", enableHistogram="true", ok=(201,))
    client.post("/projects/base/learn", {"attributeNames": ["x"], "attributeTypes": ["C"],
                                         "data": [[str(i)] for i in range(BASE)]})
    client.post("/dss/create", {"type": "localfile", "name": "file", "path": "rows.csv"}, ok=(201,))


def other_work(turn, bytes_of_base):
    """What goes on beside the senders, by name."""
    def merge(client, _):
        client.get("/projects/merged/merge", otherProjectName="base")

    def carry(client, done):
        client.post(f"/projects/i{turn}-{done}/import", bytes_of_base, persist="true")
        if done:
            client.delete(f"/projects/i{turn}-{done - 1}")

    def describe(client, done):
        client.post("/dss/create", {"type": "localfile", "name": f"d{turn}-{done}", "path": "rows.csv"}, ok=(201,))
        client.get(f"/projects/window/addds/d{turn}-{done}")

    def teach(client, _):
        client.post("/encoders/busy/learn", {"attributeNames": ["y", "s"], "attributeTypes": ["B", "S"],
                                             "data": [["1", "a"], ["0", "a"], ["1", "b"]]})

    def toggle(client, done):
        client.post("/projects/toggled/histogramEnable", {}, enable="true" if done % 2 else "false")

    return {"merge": merge, "carry": carry, "describe": describe, "teach": teach, "toggle": toggle}


def taught_rows(client):
    answer = client.get("/encoders/busy/keyvals/s")
    known = {row[0]: (float(row[2]), float(row[3])) for row in answer["values"]["dataframe"]["data"]}
    rows = known["a"][0] / 2
    assert known == {"a": (2 * rows, rows), "b": (rows, rows)}
    return rows


def check_beside(client, turn, did, before):
    """Each kind of other work: everything answered, and at most the one that was under way."""
    after = {"merge": uni(client, "merged")["count"] / BASE, "teach": taught_rows(client)}
    for name, count in after.items():
        assert count - before.get(name, 0) in (did[name], did[name] + 1), f"{name}, round {turn}"
    assert uni(client, "merged")["mean"] == pytest.approx((BASE - 1) / 2)
    assert client.get("/encoders")["values"]["stringList"]["values"] == ["busy", "taught"]

    projects = client.get("/projects/list")["values"]["stringList"]["values"]
    imported = {pid for pid in projects if pid.startswith(f"i{turn}-")}
    last, under_way = f"i{turn}-{did['carry'] - 1}", f"i{turn}-{did['carry']}"
    assert imported in ({last}, {last, under_way}, {under_way})
    assert all(uni(client, pid)["count"] == BASE for pid in imported)

    sources = {entry.split(":")[0] for entry in client.get("/dss/")["values"]["stringList"]["values"]}
    attached = info(client, "window")["dsList"]
    assert {f"d{turn}-{i}" for i in range(did["describe"])} <= set(attached) <= sources
    assert len(set(attached)) == len(attached)
    for log in ("getDsLog", "getLFStats"):
        client.get(f"/projects/window/{log}")
    return after


def check_file(client, turn):
    """A job that a kill cut off leaves the first rows of the file, whole frames of them."""
    there = info(client, f"job{turn}")["rows"]
    assert there % 500 == 0
    if there:
        got = uni(client, f"job{turn}")
        assert (got["count"], got["mean"]) == (there, pytest.approx((there - 1) / 2, rel=1e-12))
    return there


def test_rules_survive_kills(tmp_path):
    data = tmp_path / "data"
    user(data)
    rng = random.Random(3)
    (tmp_path / "rows.csv").write_text("x\n" + "".join(f"{i}\n" for i in range(FILE)))
    with server(data, "--data-root", tmp_path) as first:
        make_projects(Client(first.url))
        exported = Client(first.url).get("/projects/base/export")["values"]["string"].encode()
        assert first.stop() == 0
    starts, before, from_file = {project: 0 for project in PROJECTS}, {}, 0
    for turn in range(ROUNDS):
        with server(data, "--data-root", tmp_path) as running:
            client = Client(running.url)
            client.post("/projects", {}, pid=f"job{turn}", persist="true", ok=(201,))
            assert client.call("GET", f"/projects/job{turn}/dss/file/learn").status == 202
            work = {name: Worker(running.url, step) for name, step in other_work(turn, exported).items()}
            work.update({project: Worker(running.url, sender(project, starts[project], turn)) for project in PROJECTS})
            for worker in work.values():
                worker.start()
            threading.Event().wait(rng.uniform(0.5, 1.2))
            if turn % 2:
                for project in PROJECTS:
                    client.get(f"/projects/{project}/save")
            running.kill()
            for name, worker in work.items():
                worker.join(30)
                assert not worker.is_alive() and not worker.faults, f"{name}: {worker.faults}"
        with server(data, "--data-root", tmp_path) as again:
            client = Client(again.url)
            ends = {project: check_rows(client, project, turn) for project in PROJECTS}
            for project, end in ends.items():
                assert end >= starts[project] + work[project].answered
            starts = ends
            before = check_beside(client, turn, {name: worker.answered for name, worker in work.items()}, before)
            from_file += check_file(client, turn)
            assert again.stop() == 0
    assert min(starts.values()) > 2 * WINDOW and min(before.values()) > 0 and from_file > 0
