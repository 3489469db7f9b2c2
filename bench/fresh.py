"""Benchmark: the time from a new clone to a ready server and a first answer."""

import asyncio
import os
import signal
import subprocess
import tempfile
import time
import uuid
from argparse import Namespace
from pathlib import Path

from bench.processes import ROOT, clean_environment, free_port, wait_until_ready
from bench.report import Figures, Report
from bench.session import Session
from bench.tab import Tab

READY_SECONDS = 600.0


def run(options: Namespace) -> Report:
    """Clone the commit, run `make run`, and ask the demo."""
    report = Report("fresh: git clone, make run")
    for _ in range(options.repeat):
        with tempfile.TemporaryDirectory(prefix="chatapp-fresh-") as folder:
            clone = Path(folder) / "chatapp"
            subprocess.run(["git", "clone", "--quiet", ROOT, clone], check=True)
            report.add("seconds", measure(clone))
    return report


def measure(clone: Path) -> Figures:
    port = free_port()
    log = clone.with_name("make.log")
    started = time.monotonic()
    with log.open("wb") as output:
        process = subprocess.Popen(
            ["make", "run"],
            cwd=clone,
            env={**clean_environment(), "HOST": "127.0.0.1", "PORT": str(port)},
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        wait_until_ready(process, port, READY_SECONDS, log)
        ready = time.monotonic() - started
        asyncio.run(first_token(port))
        return {"make run to ready": ready, "make run to the first token": time.monotonic() - started}
    finally:
        end_group(process)


async def first_token(port: int) -> None:
    """Ask the default model, and wait for its first token."""
    tab = await Tab.connect(port, Session(port).cookie)
    heard = tab.listen()
    await tab.ask("send_message", conversation_id=None, client_message_id=str(uuid.uuid4()), content="Hello")
    await heard.started
    tab.close()


def end_group(process: subprocess.Popen[bytes]) -> None:
    """End make and all its child processes."""
    os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
