"""A real broker and schema registry on ports of their own, once a test run: the fixture is imported by conftest.py of the
folders that need it."""
import contextlib
import os
import subprocess
import sys
import tempfile

import pytest

from .programs import SOURCE

STACK = SOURCE / "tests" / "stack"
# a broker that was lent to the tests is left alone, unless its owner says otherwise
MAY_DIE = "WEIR_TEST_STACK" not in os.environ or "WEIR_TEST_STACK_MAY_DIE" in os.environ


class Stack:
    def __init__(self, run, kafka="29092", registry="28081"):
        self.env = {**os.environ, "WEIR_STACK_RUN": run, "WEIR_KAFKA_PORT": kafka, "WEIR_REGISTRY_PORT": registry}
        self.bootstrap = f"127.0.0.1:{kafka}"
        self.registry = f"http://127.0.0.1:{registry}/apis/ccompat/v7"

    def call(self, script, *args, check=True):
        done = subprocess.run([STACK / script, *args], env=self.env, capture_output=True, text=True, timeout=600)
        assert done.returncode == 0 or not check, f"{script} {args}: exit code {done.returncode}\n{done.stderr[-3000:]}"
        return done

    def producer(self, csv, topic, *more):
        """The command that sends the rows of a CSV file through Confluent's serializer."""
        return [sys.executable, STACK / "produce_avro.py", csv, "-t", topic, "-b", self.bootstrap, "-r", self.registry,
                *map(str, more)]

    def produce(self, csv, topic, *more):
        subprocess.run(self.producer(csv, topic, *more), check=True, timeout=300, env=self.env, capture_output=True)

    @contextlib.contextmanager
    def producing(self, csv, topic, *more):
        """The same beside what the caller does; all has been sent at the end of the block."""
        with subprocess.Popen(self.producer(csv, topic, *more), env=self.env, stdout=subprocess.DEVNULL) as sender:
            try:
                yield sender
                assert sender.wait(300) == 0
            finally:
                sender.kill()


@pytest.fixture(scope="session")
def stack():
    """WEIR_TEST_STACK=FOLDER:KAFKA_PORT:REGISTRY_PORT lends a stack that runs already and is left running."""
    if lent := os.environ.get("WEIR_TEST_STACK"):
        yield Stack(*lent.rsplit(":", 2))
        return
    with tempfile.TemporaryDirectory(prefix="weir-stack-") as run:
        it = Stack(run)
        try:
            it.call("kafka", "up")
            it.call("registry", "up")
            yield it
        finally:
            it.call("registry", "down", check=False)
            it.call("kafka", "down", check=False)
