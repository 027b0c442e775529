"""`weir demo --once` against reference/demo_once.py, which repeats its schedule in numpy from the CSV alone."""
import json
import subprocess
import sys

import pytest

from support.programs import SOURCE, run

KEYS = {"rows_produced", "rows_learned", "rows_scored", "rows_scored_by_first_model", "auroc", "average_precision",
        "auroc_final", "auroc_hbos", "seconds", "broker"}


@pytest.fixture(scope="module")
def once():
    return json.loads(run("demo", "--once", "--json", timeout=400).stdout.strip().splitlines()[-1])


def test_every_row_is_produced_learned_and_scored(once):
    assert set(once) == KEYS
    assert (once["rows_produced"], once["rows_learned"], once["rows_scored"]) == (49097, 49097, 49097)
    assert once["rows_scored_by_first_model"] == 2000  # the first block, and the second before the next models
    assert once["broker"] == "embedded"


def test_scores_find_the_outliers(once):
    assert once["auroc"] >= 0.99


def test_numpy_agrees(once):
    reference = subprocess.run([sys.executable, SOURCE / "tests" / "reference" / "demo_once.py"], check=True,
                               capture_output=True, text=True, timeout=600, cwd=SOURCE).stdout
    want = json.loads(reference.strip().splitlines()[-1])
    for key in ("auroc", "average_precision", "auroc_final", "auroc_hbos"):
        assert once[key] == pytest.approx(want[key], abs=0.002), key


def test_a_second_run_gives_the_same_digits(once):
    again = json.loads(run("demo", "--once", "--json", timeout=400).stdout.strip().splitlines()[-1])
    again.pop("seconds")
    assert again == {k: v for k, v in once.items() if k != "seconds"}
