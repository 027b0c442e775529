"""The program that shows what row plans make of bytes."""
import json
import os
import subprocess

import pytest


@pytest.fixture(scope="session")
def decode():
    """Asks all questions at once and gives the answers; see rows.c for their form."""
    def ask(questions):
        lines = "".join(json.dumps(q) + "\n" for q in questions)
        run = subprocess.run([os.environ["WEIR_CODEC_ROWS"]], input=lines, capture_output=True, text=True, timeout=250)
        assert run.returncode == 0, run.stderr[-2000:]
        answers = [json.loads(line) for line in run.stdout.splitlines()]
        assert len(answers) == len(questions)
        return answers
    return ask
