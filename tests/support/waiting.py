"""Waiting for what must come about by itself, and what tests on brokers of many runs need beside it."""
import itertools
import os
import time
from pathlib import Path

_started, _numbers = time.time_ns(), itertools.count()


def fresh(word):
    """A name that no other test has, in this run or in another one on the same brokers."""
    return f"{word}-{_started}-{next(_numbers)}"


def wait(good, seconds=60, of=lambda: ""):
    """The first answer of good() that is true; of() tells how things stand when none is."""
    end = time.monotonic() + seconds
    while not (found := good()):
        assert time.monotonic() < end, of()
        time.sleep(0.1)
    return found


def spent(program, seconds):
    """The share of a processor that a program takes for so long."""
    def ticks():
        return sum(map(int, Path(f"/proc/{program.process.pid}/stat").read_text().rpartition(")")[2].split()[11:13]))
    before = ticks()
    time.sleep(seconds)
    return (ticks() - before) / os.sysconf("SC_CLK_TCK") / seconds
