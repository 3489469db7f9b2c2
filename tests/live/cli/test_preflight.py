"""A wrong setting stops the start, in the process that checks the settings."""

import subprocess
import sys

import pytest

from support.paths import ROOT
from support.processes import clean_environment
from support.waiting import LIMIT


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("CHATAPP_CONFIG", "/nowhere/chatapp.toml", "CHATAPP_CONFIG: takes the path of a file"),
        ("CHATAPP_FUNCTION", "my_app", "CHATAPP_FUNCTION: "),
        ("CHATAPP_CACHE", "yes", "CHATAPP_CACHE: "),
        ("DATABASE_URL", "nosuch://x", "DATABASE_URL: cannot be used"),
    ],
)
def test_a_wrong_setting_stops_the_start_by_its_name(tmp_path, variable, value, words):
    env = {**clean_environment(), "CHATAPP_INSTANCE": str(tmp_path), variable: value}
    command = [sys.executable, "-m", "chatapp.cli.preflight"]
    ran = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=LIMIT, check=False)
    assert ran.returncode == 1
    assert words in ran.stderr
    assert "Traceback" not in ran.stderr
