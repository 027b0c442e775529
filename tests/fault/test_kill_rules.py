"""kill -9 under load of projects that keep a window or let rows fade: what comes back is what the rows up to the position
make, however often it was snapshotted and replayed on the way."""
import random
import threading

import numpy as np
import pytest

from support.programs import server, user
from support.weir_client import Client

ROUNDS = 6
WINDOW = 100
HALF_LIFE = 60
PROJECTS = {"window": {"sml_project_rolling_window_size": str(WINDOW)}, "decay": {"decay_halflife_rows": str(HALF_LIFE)}}


def frame(start, count):
    """Row number i holds i."""
    return {"attributeNames": ["x", "k"], "attributeTypes": ["C", "T"],
            "data": [[str(i), f"v{i % 3}"] for i in range(start, start + count)], "errorHandling": 1,
            "source": {"id": "s", "topic": "t", "partition": 0, "from": start, "next": start + count,
                       "offsets": list(range(start, start + count))}}


class Sender(threading.Thread):
    def __init__(self, url, project, start, seed):
        super().__init__(daemon=True)
        self.client, self.project, self.at = Client(url, timeout=20), project, start
        self.rng, self.faults = random.Random(seed), []

    def run(self):
        try:
            while True:
                count = self.rng.randint(1, 40)
                answer = self.client.post(f"/projects/{self.project}/learn", frame(self.at, count), ok=(200, 409))
                self.at = int(answer["values"]["position"])
        except OSError:
            pass
        except Exception as fault:  # shown by the test
            self.faults.append(fault)


def position_of(client, project):
    far = frame(10**9, 1)
    answer = client.post(f"/projects/{project}/learn", far, ok=(409,))
    return int(answer["values"]["position"])


def check(client, project, seed):
    at = position_of(client, project)
    rows = np.arange(at, dtype=float)
    weights = 2.0 ** ((rows - (at - 1)) / HALF_LIFE) if project == "decay" else (rows >= at - WINDOW).astype(float)
    answer = client.post(f"/projects/{project}/explore", {"values": [{"inputAttributeNames": ["x"]}]}, metric="uni",
                         returnProjectInfo="false")
    uni = answer["values"]["KSVDMap"]["values"][0]
    assert uni["count"] == pytest.approx(weights.sum(), rel=1e-9), f"{project}, round {seed}, {at} rows"
    assert uni["mean"] == pytest.approx(np.average(rows, weights=weights), rel=1e-9)
    assert uni["variance"] == pytest.approx(np.cov(rows, aweights=weights, ddof=0), rel=1e-7)
    return at


def test_rules_survive_kills(tmp_path):
    data = tmp_path / "data"
    user(data)
    rng = random.Random(3)
    starts = {project: 0 for project in PROJECTS}
    with server(data) as first:
        client = Client(first.url)
        for project, params in PROJECTS.items():
            client.post("/projects", params, pid=project, persist="true", enableHistogram="true", ok=(201,))
        assert first.stop() == 0
    for turn in range(ROUNDS):
        with server(data) as running:
            senders = [Sender(running.url, project, starts[project], turn) for project in PROJECTS]
            for s in senders:
                s.start()
            threading.Event().wait(rng.uniform(0.3, 0.8))
            if turn % 2:
                Client(running.url).get("/projects/window/save")
                threading.Event().wait(0.1)
            running.kill()
            for s in senders:
                s.join(30)
                assert not s.is_alive() and not s.faults, s.faults
        with server(data) as again:
            client = Client(again.url)
            before = dict(starts)
            starts = {project: check(client, project, turn) for project in PROJECTS}
            assert all(starts[project] > before[project] for project in PROJECTS)
            assert again.stop() == 0
