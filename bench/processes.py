"""The processes of a benchmark: the scripted upstream, and the server, started as by an operator."""

import contextlib
import http.client
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.procfs import Process

ROOT = Path(__file__).resolve().parent.parent
OURS = re.compile(r"CHATAPP_|OPENAI_|GUNICORN_|(HOST|PORT|WEB_CONCURRENCY|DATABASE_URL|REDIS_URL)$")
READY_SECONDS = 30.0
POLL_SECONDS = 0.01


@dataclass(frozen=True)
class Upstream:
    """A running upstream."""

    port: int
    process: Process


@dataclass(frozen=True)
class Server:
    """A ready server, its worker process and its instance folder."""

    port: int
    worker: Process
    folder: Path


@contextlib.contextmanager
def running_server(upstream_port: int, **settings: str) -> Iterator[Server]:
    """Run the server with a new folder and a free port for the time of the block. `settings`: additional ones."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="chatapp-bench-") as folder:
        log = Path(folder) / "server.log"
        environment = {
            **clean_environment(),
            "HOST": "127.0.0.1",
            "PORT": str(port),
            "CHATAPP_INSTANCE": folder,
            "OPENAI_BASE_URL": f"http://127.0.0.1:{upstream_port}/v1",
            "OPENAI_API_KEY": "bench",
            "CHATAPP_CONFIG": "off",
            "CHATAPP_GENERATIONS_PER_OWNER": "1000",
            "CHATAPP_MESSAGES_PER_MINUTE": "0",
            "CHATAPP_SOCKETS_PER_OWNER": "8000",
            "CHATAPP_SOCKETS_PER_ADDRESS": "8000",
            **settings,
        }
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "chatapp"], cwd=ROOT, env=environment, stdout=output, stderr=output
            )
        try:
            wait_until_ready(process, port, READY_SECONDS, log)
            (worker,) = Process(process.pid).children()
            yield Server(port, Process(worker), Path(folder))
        finally:
            end(process)


@contextlib.contextmanager
def running_upstream(*arguments: str) -> Iterator[Upstream]:
    """Run the demo upstream for the time of the block. `arguments`: additional ones."""
    process = subprocess.Popen(
        [sys.executable, "-m", "chatapp.demo", "--port", "0", "--until-eof", *arguments],
        cwd=ROOT,
        env=clean_environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin
    assert process.stdout
    try:
        match = re.fullmatch(r"listening on http://127\.0\.0\.1:(\d+)/v1\n", process.stdout.readline())
        if not match:
            raise RuntimeError("The demo upstream did not start.")
        yield Upstream(int(match[1]), Process(process.pid))
    finally:
        process.stdin.close()
        end(process)
        process.stdout.close()


def wait_until_ready(process: subprocess.Popen[bytes], port: int, seconds: float, log: Path) -> None:
    """Wait until /readyz returns 200. Raises RuntimeError with the end of the log."""
    deadline = time.monotonic() + seconds
    while not is_ready(port):
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"The server did not start:\n{log.read_text(errors='replace')[-2000:]}")
        time.sleep(POLL_SECONDS)


def is_ready(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def end(process: subprocess.Popen[bytes] | subprocess.Popen[str]) -> None:
    """Terminate a process; kill it if it does not end."""
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def free_port() -> int:
    """Return a port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def clean_environment() -> dict[str, str]:
    """Return the environment without settings of the application."""
    return {name: value for name, value in os.environ.items() if not OURS.match(name)}
