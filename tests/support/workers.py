"""Workers that run sink connectors, behind one face: `weir connect`, and a cluster of Kafka Connect with the plug-in."""
import json
import os
import subprocess
import tempfile
import time
import xml.etree.ElementTree as ElementTree
import zipfile
from pathlib import Path

import requests

from .programs import SOURCE, Program

CLASS = "com.sml.kafka.connector.SymetryKafkaSinkConnector"
JSON_CONVERTER = "org.apache.kafka.connect.json.JsonConverter"
AVRO_CONVERTER = "io.apicurio.registry.utils.converter.AvroConverter"


def avro_converter(registry):
    """The Avro converter that Maven Central has. Both kinds of worker take its properties."""
    return {"value.converter": AVRO_CONVERTER,
            "value.converter.apicurio.registry.url": registry.replace("/apis/ccompat/v7", "/apis/registry/v2"),
            "value.converter.apicurio.registry.as-confluent": "true",
            "value.converter.apicurio.registry.use-id": "contentId",
            "value.converter.apicurio.registry.headers.enabled": "false"}


def json_converter(schemas):
    return {"value.converter": JSON_CONVERTER, "value.converter.schemas.enable": str(schemas).lower()}


class Worker:
    """Kafka Connect's REST API. While workers share out connectors it answers 409, and the call is made again."""

    kind = url = None

    def call(self, verb, path, body=None, ok=(200, 201, 202, 204)):
        end = time.monotonic() + 60
        while True:
            try:
                answer = requests.request(verb, self.url + path, json=body, timeout=60)
            except requests.ConnectionError:
                answer = None
            if answer is not None and answer.status_code in ok:
                return answer.json() if answer.content else None
            busy = answer is None or answer.status_code in (409, 500, 503)
            assert busy and time.monotonic() < end, f"{verb} {path}: {answer and answer.text}\n{self.errors()}"
            time.sleep(0.2)

    def create(self, name, config):
        self.call("POST", "/connectors", {"name": name, "config": config})

    def put(self, name, config):
        self.call("PUT", f"/connectors/{name}/config", config)

    def delete(self, name):
        self.call("DELETE", f"/connectors/{name}")

    def names(self):
        return self.call("GET", "/connectors")

    def status(self, name):
        return self.call("GET", f"/connectors/{name}/status", ok=(200, 404))

    def states(self, name):
        return [task["state"] for task in (self.status(name) or {}).get("tasks", [])]

    def wait_states(self, name, want, seconds=60):
        """Until the tasks are in these states; their traces in one text."""
        end = time.monotonic() + seconds
        while (states := self.states(name)) != list(want):
            assert time.monotonic() < end, f"{name}: {states} and not {want}: {self.status(name)}\n{self.errors()}"
            time.sleep(0.1)
        return "\n".join(task.get("trace", "") for task in self.status(name)["tasks"])

    def take_anew(self, name, config):
        """Has a topic that was made anew learned from its beginning."""
        raise NotImplementedError

    def errors(self):
        raise NotImplementedError


class Native(Worker):
    """weir connect"""

    kind = "native"

    def __init__(self, bootstrap, *connectors):
        self.program = Program("connect", "--listen", "127.0.0.1:0", "--bootstrap", bootstrap, *connectors,
                               ready="listening ")
        self.url = self.program.url

    def take_anew(self, name, config):
        self.call("DELETE", f"/connectors/{name}/offsets")

    def errors(self):
        return self.program.errors()[-4000:]

    def stop(self):
        assert self.program.stop() == 0, self.errors()


class Cluster(Worker):
    """Two workers of Kafka Connect in one group, with the plug-in as ./dev plugin has packed it."""

    kind = "plugin"

    def __init__(self, stack, port=28083):
        self.run = tempfile.TemporaryDirectory(prefix="weir-connect-")
        self.plugins = Path(self.run.name) / "plugins"
        with zipfile.ZipFile(plugin_zip()) as packed:
            packed.extractall(self.plugins)
        port = int(os.environ.get("WEIR_TEST_CONNECT_PORT", port))
        self.env = {**stack.env, "WEIR_STACK_RUN": self.run.name, "WEIR_CONNECT_BOOTSTRAP": stack.bootstrap,
                    "WEIR_CONNECT_PORT": str(port), "WEIR_CONNECT_GROUP": f"workers-{time.time_ns()}",
                    "WEIR_PLUGIN_PATH": str(self.plugins), "WEIR_AVRO": "1"}
        self.urls = {i: f"http://127.0.0.1:{port + i - 1}" for i in (1, 2)}
        self.url = self.urls[1]
        # both start while other fixtures do their work
        self.starting = subprocess.Popen([SOURCE / "tests/stack/connect", "up", "2"], env=self.env,
                                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def ready(self):
        if self.starting:
            out, _ = self.starting.communicate(timeout=200)
            assert self.starting.returncode == 0, f"{out}\n{self.errors()}"
            self.starting = None

    def script(self, *args):
        subprocess.run([SOURCE / "tests/stack/connect", *args], env=self.env, check=True, timeout=200,
                       capture_output=True)

    def kill(self, worker):
        """kill -9; calls go to the other one from now on."""
        self.script("kill", str(worker))
        self.url = self.urls[3 - worker]

    def worker_of(self, name, task):
        """The number of the worker that runs a task."""
        where = self.status(name)["tasks"][task]["worker_id"]
        return next(i for i, url in self.urls.items() if url.endswith(where))

    def take_anew(self, name, config):
        self.put(name, {**config, "sml.source.epoch": "1"})

    def errors(self):
        lines = []
        for log in sorted(Path(self.run.name).glob("connect-*.log")):
            lines += [line for line in log.read_text(errors="replace").splitlines() if " INFO " not in line][-40:]
        return "\n".join(lines)

    def stop(self):
        if self.starting:  # something else failed meanwhile
            self.starting.communicate(timeout=300)
        self.script("down")
        self.run.cleanup()


def plugin_zip():
    """What ./dev plugin makes."""
    folder = SOURCE / "connect-plugin"
    version = ElementTree.parse(folder / "pom.xml").find("{http://maven.apache.org/POM/4.0.0}version").text
    packed = folder / "target" / f"weir-kafka-connect-{version}.zip"
    assert packed.exists(), f"{packed} is missing: ./dev plugin makes it"
    return packed


def manifest():
    with zipfile.ZipFile(plugin_zip()) as packed:
        name = next(n for n in packed.namelist() if n.endswith("/manifest.json"))
        return json.loads(packed.read(name)), packed.namelist()
