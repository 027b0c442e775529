"""Starting and ending the weir program in tests: real processes on free ports of 127.0.0.1."""
import os
import signal
import subprocess
import tempfile
import threading
from pathlib import Path

WEIR = os.environ.get("WEIR_BIN", str(Path(__file__).resolve().parents[2] / "build" / "weir"))
SOURCE = Path(os.environ.get("WEIR_SOURCE_DIR", Path(__file__).resolve().parents[2]))
SECRET = "AQIDBAUGBwgJCgsMDQ4PEA=="


def run(*args, timeout=120, check=True, **more):
    """Runs weir to its end; what it printed is in .stdout and .stderr."""
    done = subprocess.run([WEIR, *map(str, args)], capture_output=True, text=True, timeout=timeout, **more)
    if check and done.returncode != 0:
        raise AssertionError(f"weir {' '.join(map(str, args))}: exit {done.returncode}\n{done.stderr}")
    return done


class Program:
    """A running weir. With a ready text, the constructor returns once a line of standard output holds it."""

    def __init__(self, *args, ready=None, timeout=60, env=None, prefix=()):
        self.log = tempfile.NamedTemporaryFile("w+", suffix=".log", prefix="weir-test-")
        self.lines = []
        self.process = subprocess.Popen([*prefix, WEIR, *map(str, args)], stdout=subprocess.PIPE, stderr=self.log,
                                        text=True, env={**os.environ, **(env or {})})
        self._ready = threading.Event()
        self._want = ready
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        if ready and not self._ready.wait(timeout):
            self.kill()
            raise AssertionError(f"weir {args}: not ready in {timeout} s\n{self.errors()}")
        if ready and not any(ready in line for line in self.lines):
            raise AssertionError(f"weir {args}: ended before it was ready\n{self.errors()}")

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))
            if self._want and self._want in line:
                self._ready.set()
        self._ready.set()

    @property
    def url(self):
        """The address of a line "listening http://HOST:PORT"."""
        return next(line.split()[1] for line in self.lines if line.startswith("listening "))

    def errors(self):
        with open(self.log.name, encoding="utf-8", errors="replace") as f:
            return f.read()

    def kill(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self, sig=signal.SIGTERM, timeout=30):
        """Ends it by a signal and returns its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(sig)
        try:
            code = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"weir did not end in {timeout} s after signal {sig}\n{self.errors()}") from None
        self._reader.join(5)
        return code

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()


def user(data, cid="c1", key=SECRET):
    """Adds a user to a data directory; returns (id, secret)."""
    done = run("user", "add", cid, "--data", data, "--key", key)
    name, secret = done.stdout.split()
    assert (name, secret) == (cid, key)
    return name, secret


def server(data, *more, **options):
    """A running `weir serve` on a free port."""
    return Program("serve", "--listen", "127.0.0.1:0", "--data", data, *more, ready="listening ", **options)
