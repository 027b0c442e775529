"""kill -9 at random moments under load, twenty rounds on one data directory.

Without a source a client cannot know whether an unanswered frame was kept, so the bounds are
acknowledged <= counted <= acknowledged + in flight.  With a source the sender goes on from the position that the server
names, and the count is exact.
"""
import random
import threading

import pytest

from support.programs import server, user
from support.weir_client import Client

ROUNDS = 20
SENDERS = 4
ROWS = 25


def frame(value, rows=ROWS, source=None):
    body = {"attributeNames": ["x", "k"], "attributeTypes": ["C", "T"],
            "data": [[repr(float(value + i)), f"v{i % 3}"] for i in range(rows)], "errorHandling": 1}
    if source:
        body["source"] = source
    return body


def count_of(client, project):
    """Rows counted of column x, by the statistics; 0 for a project without rows."""
    info = client.get(f"/projects/{project}/info")
    if "x" not in info["values"]["smlInfo"]["attributeNames"]:
        return 0, 0.0
    answer = client.post(f"/projects/{project}/explore", {"values": [{"inputAttributeNames": ["x"]}]},
                         metric="uni", returnProjectInfo="false")
    uni = answer["values"]["KSVDMap"]["values"][0]
    return uni["count"], uni["count"] * uni["mean"]


class Sender(threading.Thread):
    """Sends frames until the connection breaks; counts what was answered 200 and whether one was under way."""

    def __init__(self, url, number):
        super().__init__(daemon=True)
        self.client, self.number = Client(url, timeout=20), number
        self.acknowledged, self.in_flight = 0, 0

    def run(self):
        try:
            while True:
                self.in_flight = 1
                self.client.post("/projects/free/learn", frame(self.number))
                self.acknowledged += 1
                self.in_flight = 0
        except OSError:
            pass


class SourceSender(threading.Thread):
    """Sends one partition of an endless topic in order, going back to where the server says it stands."""

    def __init__(self, url, partition, start):
        super().__init__(daemon=True)
        self.client, self.partition, self.at = Client(url, timeout=20), partition, start
        self.faults = []

    def run(self):
        try:
            while True:
                source = {"id": "sink@test", "topic": "t", "partition": self.partition, "from": self.at,
                          "next": self.at + ROWS, "offsets": list(range(self.at, self.at + ROWS))}
                answer = self.client.post("/projects/exact/learn", frame(self.at, source=source), ok=(200, 409))
                if answer["statusCode"] == "CONFLICT":
                    self.at = int(answer["values"]["position"])
                else:
                    self.at += ROWS
        except OSError:
            pass
        except Exception as fault:  # shown by the test
            self.faults.append(fault)


@pytest.mark.parametrize("seed", [1])
def test_twenty_kills(tmp_path, seed):
    rng = random.Random(seed)
    data = tmp_path / "data"
    user(data)
    with server(data) as first:
        client = Client(first.url)
        for project in ("free", "exact"):
            client.post("/projects", {}, pid=project, persist="true", enableHistogram="true", ok=(201,))
        assert first.stop() == 0

    least = most = 0
    sent_to = [0, 0]
    for turn in range(ROUNDS):
        with server(data) as running:
            client = Client(running.url)
            senders = [Sender(running.url, i) for i in range(SENDERS)]
            # a sender that starts anew does not know its place: one begins too far ahead, the other at 0 again
            ahead = sent_to[0] + 10 * ROWS if turn else 0
            sources = [SourceSender(running.url, 0, ahead), SourceSender(running.url, 1, 0)]
            for s in senders + sources:
                s.start()
            if rng.random() < 0.3:
                client.get("/projects/exact/save")
            threading.Event().wait(rng.uniform(0.05, 1.2) if turn else 2)
            running.kill()
            for s in senders + sources:
                s.join(30)
                assert not s.is_alive()
            assert not any(s.faults for s in sources), [s.faults for s in sources]
        least += sum(s.acknowledged for s in senders) * ROWS
        most += sum(s.acknowledged + s.in_flight for s in senders) * ROWS
        with server(data) as again:
            client = Client(again.url)
            counted, _ = count_of(client, "free")
            assert least <= counted <= most, f"round {turn}: {least} <= {counted} <= {most}"
            least = most = counted  # what was in flight is settled now
            # exact: rows of each partition are 0, 1, 2 ... up to its position, each once
            positions = []
            for partition in (0, 1):
                far = {"id": "sink@test", "topic": "t", "partition": partition, "from": 10**12, "next": 10**12 + 1,
                       "offsets": [10**12]}
                answer = client.post("/projects/exact/learn", frame(0, rows=1, source=far), ok=(409,))
                positions.append(int(answer["values"]["position"]))
            got, total = count_of(client, "exact")
            assert got == sum(positions), f"round {turn}: {got} rows, positions {positions}"
            want = sum(p * (p - 1) / 2 for p in positions)
            assert total == pytest.approx(want, rel=1e-12), f"round {turn}: sum of offsets"
            sent_to = positions
            assert again.stop() == 0
    assert least > 0 and min(sent_to) > 0
