"""The Spark example of the documents gives the summary of all rows; skipped where PySpark or Java is not there."""
import csv
import json
import os
import shutil
import subprocess
import sys

import pytest

from support.programs import SOURCE, WEIR, run

pytest.importorskip("pyspark", reason="PySpark is not installed: pip install pyspark")
if not shutil.which("java"):
    pytest.skip("Spark needs Java", allow_module_level=True)

TYPES = "C,C,C,C,B,B,B,B,B,B,B,B,B,B,B"


def test_partitions_piped_through_weir_merge_to_the_summary_of_all_rows(tmp_path):
    source = SOURCE / "tests" / "data" / "iris_uci.csv"
    with open(source, newline="", encoding="utf-8") as file:
        columns = len(next(csv.reader(file)))
    assert columns == TYPES.count(",") + 1
    spark, whole = tmp_path / "spark.weir", tmp_path / "whole.weir"
    subprocess.run([sys.executable, SOURCE / "docs" / "examples" / "summarize_with_spark.py", source, TYPES, spark],
                   check=True, timeout=240,
                   env={**os.environ, "WEIR": WEIR, "SPARK_LOCAL_IP": "127.0.0.1", "PYSPARK_PYTHON": sys.executable})
    run("summarize", source, "--types", TYPES, "--histograms", "-o", whole)
    got, want = (json.loads(run("explore", path, "uni", "--json").stdout) for path in (spark, whole))
    assert len(got) == columns
    for a, b in zip(got, want):
        assert a["inputs"] == b["inputs"]
        assert a["values"].keys() == b["values"].keys()
        for key, value in a["values"].items():
            assert value == pytest.approx(b["values"][key], rel=1e-14, abs=1e-15), key
