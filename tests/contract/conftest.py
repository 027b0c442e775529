"""One server for the whole run, and a fresh project for each test that wants one."""
import itertools

import pytest

from support.programs import SECRET, server, user
from support.weir_client import Client

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def running(tmp_path_factory):
    """A running server; its data directory is .data."""
    data = tmp_path_factory.mktemp("weir") / "data"
    user(data)
    with server(data) as program:
        program.data = data
        yield program
        assert program.stop() == 0, program.errors()
        assert "AddressSanitizer" not in program.errors() and "runtime error" not in program.errors()


@pytest.fixture
def client(running):
    made = Client(running.url, secret=SECRET)
    yield made
    made.close()


@pytest.fixture
def project(client):
    """The name of a new project with histograms."""
    pid = f"p{next(_numbers)}"
    client.post("/projects", {}, pid=pid, enableHistogram="true", ok=(201,))
    return pid


@pytest.fixture
def learned(client, project):
    """A project with 60 rows: x = 0..59 (C), b = 0/1 (B), k = red/green/blue (T)."""
    client.post(f"/projects/{project}/learn", rows(60))
    return project


def rows(count, start=0):
    return {"attributeNames": ["x", "b", "k"], "attributeTypes": ["C", "B", "T"], "errorHandling": 1,
            "data": [[str(i), str(i % 2), ["red", "green", "blue"][i % 3]] for i in range(start, start + count)]}
