"""The checks before a start."""

import subprocess
import sys

import pytest

from chatapp.cli import preflight
from chatapp.config import Settings
from chatapp.errors import SettingsError
from support.paths import ROOT


def test_a_configured_function_needs_no_valid_config_file(tmp_path):
    (tmp_path / "chatapp.toml").write_text("providers = 3")
    settings = Settings(config=str(tmp_path / "chatapp.toml"), instance=tmp_path, function="my_app:reply")
    preflight.check(settings)
    with pytest.raises(SettingsError):
        preflight.check(settings.model_copy(update={"function": ""}))


def test_check_imports_neither_an_sdk_nor_a_framework():
    # Each start of the server waits for this process.
    code = "import sys, chatapp.cli.preflight; print(*{name.partition('.')[0] for name in sys.modules})"
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "pydantic" in found.stdout.split()
    assert not {"openai", "flask", "sqlalchemy", "eventlet", "socketio"} & set(found.stdout.split())
