import os
import random
import tempfile
from concurrent.futures import ThreadPoolExecutor

import pytest

from chaos.cast import BROKERS, SEED, Cast
from support.stack import Stack

KAFKA, REGISTRY = os.environ.get("WEIR_CHAOS_PORTS", "29692:29681").split(":")


@pytest.fixture(scope="session")
def brokers():
    with tempfile.TemporaryDirectory(prefix="weir-chaos-") as run:
        it = Stack(run, KAFKA, REGISTRY)
        it.env |= {"WEIR_HEAP": "384m", "WEIR_KAFKA_PROPS": "log.cleaner.backoff.ms=300 unclean.leader.election.enable=false"}
        it.bootstrap = ",".join(f"127.0.0.1:{int(KAFKA) + i}" for i in range(BROKERS))
        try:
            with ThreadPoolExecutor() as both:
                registry = both.submit(it.call, "registry", "up")
                it.call("kafka", "up", str(BROKERS))
                registry.result()
            yield it
        finally:
            it.call("registry", "down", check=False)
            it.call("kafka", "down", check=False)


@pytest.fixture
def cast_of(brokers, tmp_path):
    """A function that makes the cast of a topic; it is gone behind the test."""
    made = []

    def make(topic, **noise):
        print(f"chaos: seed {SEED}")
        made.append(Cast(brokers, tmp_path, topic, random.Random(SEED), **noise))
        return made[0]
    yield make
    for cast in made:
        cast.close()
