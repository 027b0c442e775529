"""One weir summary of a CSV, made by Spark: each partition is piped through `weir summarize`, the pieces are merged.

    spark-submit summarize_with_spark.py rows.csv C,C,T rows.weir

Needs the program weir on every worker (WEIR names it, default "weir"). The summary is the same one that a server would
have learned from these rows: `weir explore rows.weir uni` reads it, `weir import PROJECT rows.weir` makes a project of it.
"""
import base64
import itertools
import os
import subprocess
import sys
import tempfile

from pyspark.sql import SparkSession

WEIR = os.environ.get("WEIR", "weir")


def merge(left, right):
    """Two summaries, as base64 text, to that of all their rows."""
    with tempfile.TemporaryDirectory() as folder:
        names = [os.path.join(folder, name) for name in ("left", "right")]
        for name, text in zip(names, (left, right)):
            with open(name, "wb") as file:
                file.write(base64.b64decode(text))
        return base64.b64encode(subprocess.run([WEIR, "merge", *names], check=True, capture_output=True).stdout).decode()


def main(rows, types, out):
    spark = SparkSession.builder.appName("weir summarize").getOrCreate()
    lines = spark.sparkContext.textFile(rows, minPartitions=4)
    header = lines.first()
    pieces = (lines.filter(lambda line: line != header)
              .mapPartitions(lambda part: itertools.chain([header], part))  # every piece names its columns
              .pipe(f"sh -c '{WEIR} summarize --histograms --types {types} | base64 -w0'"))  # pipes carry lines of text
    summary = pieces.filter(bool).treeReduce(merge)
    with open(out, "wb") as file:
        file.write(base64.b64decode(summary))
    spark.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
