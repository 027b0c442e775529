"""A worker is killed (kill -9) while rows come, and another goes on. Last, because one of the cluster's workers is gone
afterwards."""
import json

from support.topics import Flow, Pairs, record
from support.workers import Native, avro_converter


def start(world, worker, name, tmp_path):
    """Two tasks on a topic of four partitions, and rows that keep coming into it."""
    topic = world.topics.make(world.name("worker-killed"), 4)
    config = {**world.config(topic, name, **avro_converter(world.registry)), "tasks.max": "2",
              "sml.dataframe.max.chunk.size": "50", "consumer.override.session.timeout.ms": "6000",
              "consumer.override.heartbeat.interval.ms": "1500"}
    file = tmp_path / "connector.json"
    file.write_text(json.dumps({"name": name, "config": config}))
    pairs = Pairs()
    flow = Flow(world.topics, topic, world.topics.avro(topic, record(a="long", b="long")), pairs)
    return config, file, pairs, flow


def more(world, worker, name, rows=400):
    world.wait_count(name, world.totals(name)["count"] + rows, worker, name)


def test_native_worker(world, tmp_path):
    worker, name = None, world.name("native")
    config, file, pairs, flow = start(world, worker, name, tmp_path)
    with flow:
        for _ in range(2):
            worker = Native(world.topics.bootstrap, file)
            more(world, worker, name)
            worker.program.kill()
        worker = Native(world.topics.bootstrap, file)
        more(world, worker, name)
        flow.finish()
    world.wait_totals(name, pairs.totals, worker, name)
    worker.stop()


def test_worker_of_a_cluster(world, tmp_path):
    """Its tasks, and their partitions, go to the other worker."""
    worker, name = world.workers["plugin"], world.name("plugin")
    config, file, pairs, flow = start(world, worker, name, tmp_path)
    with flow:
        worker.create(name, config)
        worker.wait_states(name, ["RUNNING", "RUNNING"])
        more(world, worker, name)
        gone = worker.worker_of(name, 0)
        worker.kill(gone)
        while worker.worker_of(name, 0) == gone:
            more(world, worker, name, 1)
        worker.wait_states(name, ["RUNNING", "RUNNING"])
        more(world, worker, name)
        flow.finish()
    world.wait_totals(name, pairs.totals, worker, name)
    worker.delete(name)
