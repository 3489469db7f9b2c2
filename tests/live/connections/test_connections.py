"""Connections to a model's server: after an answer ends, is stopped or fails, they can be reused or are closed."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from support.paths import ROOT
from support.processes import Upstream, clean_environment

FILE = Path(__file__).with_name("scenarios.py")
NAMES = re.findall(r"^@scenario\ndef (\w+)", FILE.read_text(), re.MULTILINE)


@pytest.mark.parametrize("name", NAMES)
def test_connections(name: str, upstream: Upstream):
    process = subprocess.run(
        [sys.executable, str(FILE), name, upstream.url],
        cwd=ROOT,
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert process.returncode == 0, process.stderr[-4000:]
