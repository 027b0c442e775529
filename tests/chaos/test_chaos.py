"""Chaos: the server, workers of a connector and one of three brokers are killed and started again at random, workers come
and go, and answers between workers and server are lost, doubled and cut off, while rows come all the time. In the end a
project that learned through the connector and one that learned by a stream of the server hold every row exactly once.

The short form takes a minute; WEIR_SOAK_MINUTES makes it longer. WEIR_CHAOS_SEED repeats the choices of a run.
"""
import os
import time

from confluent_kafka.admin import AdminClient, NewTopic

from chaos.cast import BROKERS, SEED, wait_exact
from chaos.rows import PARTITIONS, Rows, Sums
from support.topics import totals
from support.weir_client import Client

MINUTES = float(os.environ.get("WEIR_SOAK_MINUTES", 0))
# every fault at least once, in an order of its own each time
SHORT = ["server", "server", "worker", "worker", "more", "fewer", "broker", "server", "worker"]


def make_topic(stack, name, partitions, **config):
    admin = AdminClient({"bootstrap.servers": stack.bootstrap})
    admin.create_topics([NewTopic(name, partitions, BROKERS, config=config)])[name].result(60)
    end = time.monotonic() + 30
    while name not in admin.list_topics(timeout=10).topics:
        assert time.monotonic() < end, f"{name} was not made"
        time.sleep(0.1)


def faults(dice):
    """The short form's, once; the long form's, for as long as it takes."""
    if not MINUTES:
        kinds = list(SHORT)
        dice.shuffle(kinds)
        yield from kinds
        return
    end, workers = time.monotonic() + 60 * MINUTES, 2
    while time.monotonic() < end:
        kind = dice.choice(["server", "server", "worker", "worker", "broker", "more" if workers < 4 else "fewer",
                            "fewer" if workers > 1 else "more"])
        workers += {"more": 1, "fewer": -1}.get(kind, 0)
        yield kind


def test_everything_killed_at_random(brokers, cast_of):
    topic, sums = "chaos", Sums()
    make_topic(brokers, topic, PARTITIONS)
    cast, rows = cast_of(topic), []
    dice = cast.dice
    try:
        rows = [Rows(brokers.bootstrap, brokers.registry, topic, sums, SEED + i, transactions=i == 1, rate=600)
                for i in range(2)]
        cast.stream()
        for kind in faults(dice):
            time.sleep(dice.uniform(0.5, 3))
            cast.fault(kind)
        cast.noisy = False
        for one in rows:
            one.finish()
        assert sums.count and rows[1].aborted
        print(f"chaos: {sums.count} rows, {rows[1].aborted} aborted, {cast.proxy.lost} answers lost")
        for project in ("connected", "streamed"):
            wait_exact(cast, project, sums.totals, 120)
        time.sleep(1)
        for project in ("connected", "streamed"):
            assert totals(Client(cast.weir.url), project) == sums.totals, cast.told()
        for program in [*cast.workers, cast.weir]:
            assert program.stop(timeout=60) == 0, cast.told()
    finally:
        for one in rows:
            one.ended.set()
