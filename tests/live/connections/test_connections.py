"""Connections to a model's server: after an answer ends, is stopped or fails, they can be reused or are closed."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from support.paths import ROOT, TESTS
from support.processes import Upstream, clean_environment

FILES = sorted((Path(__file__).parent / "scenarios").glob("*.py"))
NAMES = [name for file in FILES for name in re.findall(r"^@scenario\ndef (\w+)", file.read_text(), re.MULTILINE)]


@pytest.fixture(scope="module")
def run(upstream: Upstream) -> Iterator[Callable[[str], tuple[int, str]]]:
    """Run a scenario in a process of its own; return its exit status and standard error."""
    with subprocess.Popen(
        [sys.executable, "-m", "live.connections.run", upstream.url],
        cwd=ROOT,
        env={**clean_environment(), "PYTHONPATH": f"{ROOT}{os.pathsep}{TESTS}"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:

        def run(name: str) -> tuple[int, str]:
            print(name, file=process.stdin, flush=True)
            status, errors = json.loads(process.stdout.readline())
            return status, errors

        yield run


@pytest.mark.parametrize("name", NAMES)
def test_connections(name: str, run: Callable[[str], tuple[int, str]]):
    status, errors = run(name)
    assert status == 0, errors[-4000:]
