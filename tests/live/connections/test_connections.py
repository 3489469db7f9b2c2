"""Connections to a model's server: after an answer ends, is stopped or fails, they can be reused or are closed."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from support.paths import ROOT, TESTS
from support.processes import Upstream, clean_environment

FILES = sorted((Path(__file__).parent / "scenarios").glob("*.py"))
NAMES = [name for file in FILES for name in re.findall(r"^@scenario\ndef (\w+)", file.read_text(), re.MULTILINE)]


@pytest.mark.parametrize("name", NAMES)
def test_connections(name: str, upstream: Upstream):
    process = subprocess.run(
        [sys.executable, "-m", "live.connections.run", name, upstream.url],
        cwd=ROOT,
        env={**clean_environment(), "PYTHONPATH": f"{ROOT}{os.pathsep}{TESTS}"},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert process.returncode == 0, process.stderr[-4000:]
