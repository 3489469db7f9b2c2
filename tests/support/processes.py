"""The two real processes of every live test: the scripted upstream and the server."""

import contextlib
import http.client
import itertools
import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from support import new_database
from support.paths import ROOT
from support.waiting import LIMIT, eventually

OURS = re.compile(r"^(CHATAPP_|OPENAI_|HOST$|PORT$|WEB_CONCURRENCY$|DATABASE_URL$|REDIS_URL$|GUNICORN_)")
API_KEY = "sk-test-0123456789-secret"
TROUBLE = re.compile(r"Traceback|ERROR|CRITICAL")
FIRST_PORT, END_PORT, MOST_RUNNERS = 20_000, 32_768, 16


def _own_ports() -> Iterator[int]:
    """Yield ports, again and again, that no other process of a parallel run asks for.

    They lie below those that the kernel gives to outgoing connections, unless it is set otherwise: while a killed
    server is down, anybody's connection could take its port.
    """
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % MOST_RUNNERS
    share = (END_PORT - FIRST_PORT) // MOST_RUNNERS
    ports = range(FIRST_PORT + number * share, FIRST_PORT + (number + 1) * share)
    first = os.getpid() % share  # two runs at once seldom begin with the same one
    return itertools.cycle([*ports[first:], *ports[:first]])


PORTS = _own_ports()


def free_port() -> int:
    """Return a port on which nobody listens."""
    for port in PORTS:
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError  # the ports have no end


def _is_running(pid: int) -> bool:
    """Tell whether a process has not ended; one that waits for its parent has."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


def clean_environment() -> dict[str, str]:
    """Return the environment without the application's settings."""
    return {name: value for name, value in os.environ.items() if not OURS.match(name)}


class Upstream:
    """The demo upstream as a process of its own, and its record of calls."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "chatapp.demo", "--port", "0"],
            cwd=ROOT,
            env=clean_environment(),
            stdout=subprocess.PIPE,
            text=True,
        )
        line = self._process.stdout.readline()
        match = re.fullmatch(r"listening on (http://127\.0\.0\.1:(\d+)/v1)\n", line)
        assert match, f"the upstream said {line!r}"
        self.url, self.port = match[1], int(match[2])

    @property
    def pid(self) -> int:
        return self._process.pid

    def calls(self, about: str) -> list[dict[str, Any]]:
        """Return the calls with a message that holds this text, oldest first."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=LIMIT)
        with contextlib.closing(connection):
            connection.request("GET", f"/_calls?{urlencode({'about': about})}")
            calls: list[dict[str, Any]] = json.loads(connection.getresponse().read())
        return calls

    def call(self, about: str) -> dict[str, Any]:
        """Return the one call about this text."""
        calls = self.calls(about)
        assert len(calls) == 1, calls
        return calls[0]

    def closed_call(self, about: str) -> dict[str, Any]:
        """Wait until the one call about this text has ended, and return it."""
        eventually(lambda: self.call(about)["ended_at"], what="the upstream call's end")
        return self.call(about)

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(LIMIT)
        self._process.stdout.close()


class Server:
    """The application on a folder and a port of its own; it can be killed and started again.

    `empty`: the folder has no database at the first start.
    """

    def __init__(self, folder: Path, upstream_url: str, *, empty: bool = False, **env: str) -> None:
        self.folder, self.port = folder, free_port()
        self.empty = empty
        self.log_path = folder / "server.log"
        self.env = {
            **clean_environment(),
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "CHATAPP_INSTANCE": str(folder),
            "OPENAI_BASE_URL": upstream_url,
            "OPENAI_API_KEY": API_KEY,
            "CHATAPP_CONFIG": "off",  # the developer may have a chatapp.toml
            "CHATAPP_MODEL": "script?tokens=20&rate=100",
            "CHATAPP_DRAIN_SECONDS": "1",
            **env,
        }
        self.command, self.cwd = [sys.executable, "-m", "chatapp"], ROOT
        self.process: subprocess.Popen[bytes] | None = None
        self.trouble_expected = False

    def start(self) -> "Server":
        """Start, and wait until it is ready to serve. A server that does not get ready is killed."""
        if not self.empty:
            new_database.put_into(self.folder)
        self.spawn()
        try:
            eventually(self.is_ready, every=0.02, what=lambda: f"readiness; log: {self.log()[-2000:]}")
        except BaseException:
            with contextlib.suppress(ProcessLookupError, FileNotFoundError):  # it has ended
                self.kill9()
            raise
        return self

    def ensure_started(self) -> "Server":
        """Start, unless it runs: a test that ends a shared server may fail before it starts it again."""
        return self if self.process and self.process.poll() is None else self.start()

    def spawn(self) -> None:
        """Start in a process group of its own, so that a kill takes the worker with it."""
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                cwd=self.cwd,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def is_ready(self) -> bool:
        """Tell whether /readyz says 200; fail at once if the process has ended."""
        assert self.process.poll() is None, f"the server ended: {self.log()[-4000:]}"
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def log(self) -> str:
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    def trouble(self) -> list[str]:
        """Return the warnings and errors in the log."""
        return [line for line in self.log().splitlines() if TROUBLE.search(line)]

    def kill9(self) -> None:
        """Kill the whole group at once, as a power failure would, and wait until none is left that holds the port."""
        workers = self.worker_pids()
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(LIMIT)
        eventually(lambda: not any(map(_is_running, workers)), what="the end of the workers")

    def terminate(self) -> None:
        """Request a graceful stop."""
        self.process.send_signal(signal.SIGTERM)

    def hup(self) -> None:
        """Request a graceful restart of the worker."""
        self.process.send_signal(signal.SIGHUP)

    def wait(self, timeout: float = LIMIT) -> int:
        """Wait for the end and return the exit status."""
        return self.process.wait(timeout)

    def worker_pids(self) -> set[int]:
        """Return the worker processes that run now."""
        pid = self.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text()
        return {int(child) for child in children.split()}

    def close(self) -> None:
        """End the server in any state; its log must then be clean."""
        if self.process is not None and self.process.poll() is None:
            self.terminate()
            try:
                self.wait()
            except subprocess.TimeoutExpired:
                self.kill9()
                raise AssertionError(f"SIGTERM did not end the server: {self.log()[-2000:]}") from None
        if not self.trouble_expected:
            assert self.trouble() == [], self.log()[-6000:]
