"""A server ends also while the brokers of its streams hold their connections and say nothing any more.

The brokers are librdkafka's mock cluster in a process of its own, which is stopped as a machine is that hangs.
"""
import signal
import subprocess
import sys

from support.programs import server, user
from support.topics import totals
from support.waiting import wait
from support.weir_client import Client

BROKER = """
import time
from confluent_kafka import Producer
producer = Producer({"test.mock.num.brokers": 1, "bootstrap.servers": "made by it"})
broker = producer.list_topics(timeout=10).brokers[1]
print(f"{broker.host}:{broker.port}", flush=True)
while True:
    producer.produce("rows", b'{"a": 1, "b": 2}')
    producer.flush()
    time.sleep(0.01)
"""


def test_a_server_ends(tmp_path):
    user(tmp_path / "data")
    brokers = subprocess.Popen([sys.executable, "-c", BROKER], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        bootstrap = brokers.stdout.readline().strip()
        with server(tmp_path / "data") as weir:
            client = Client(weir.url)
            client.post("/projects", {}, pid="p", persist="true", enableHistogram="true", ok=(201,))
            client.post("/projects/p/streams/create", {"type": "kafka", "name": "s", "info": {
                "bootstrap.servers": bootstrap, "kafka.topic": "rows", "data.format": "json",
                "auto.commit.interval.ms": "20"}}, ok=(201,))
            wait(lambda: totals(client, "p")["count"] > 100, 60, weir.errors)
            brokers.send_signal(signal.SIGSTOP)
            client.close()
            assert weir.stop(timeout=40) == 0, weir.errors()
    finally:
        brokers.kill()
        brokers.wait()
