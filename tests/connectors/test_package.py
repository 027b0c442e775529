"""The plug-in as it is packed, and its table of keys beside that of weir connect."""
import re

from support.programs import SOURCE
from support.workers import CLASS, json_converter, manifest

OURS = ("sml.", "http.client.", "logging.", "behavior.", "drop.", "key.ignore", "schema.ignore")


def test_package():
    about, names = manifest()
    version = re.search(r"project\(weir VERSION ([0-9.]+)", (SOURCE / "CMakeLists.txt").read_text()).group(1)
    root = f"weir-kafka-connect-{version}/"
    assert about["name"] == "weir-kafka-connect" and about["version"] == version
    assert about["component_types"] == ["sink"]
    assert {root + "manifest.json", f"{root}lib/weir-kafka-connect-{version}.jar", f"{root}doc/README.md",
            f"{root}doc/LICENSE", root + about["logo"]} <= set(names)
    assert [name for name in names if name.endswith(".jar")] == [f"{root}lib/weir-kafka-connect-{version}.jar"]


def test_plugin_is_found(world):
    plugins = world.workers["plugin"].call("GET", "/connector-plugins")
    assert {"class": CLASS, "type": "sink", "version": manifest()[0]["version"]} in plugins


def test_both_workers_have_the_same_keys(world):
    """Names, kinds and defaults."""
    tables = {}
    for kind, worker in world.workers.items():
        config = {**world.config("t", "p", **json_converter(False)), "name": "asked"}
        answer = worker.call("PUT", f"/connector-plugins/{CLASS}/config/validate", config)
        tables[kind] = {row["name"]: (row["type"], row["default_value"] or "")
                        for row in (c["definition"] for c in answer["configs"]) if row and row["name"].startswith(OURS)}
    assert tables["native"] == tables["plugin"]
