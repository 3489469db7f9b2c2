"""What is checked before a start."""

import pytest

from chatapp.cli import preflight
from chatapp.config import Settings
from chatapp.errors import SettingsError


def test_a_configured_function_needs_no_valid_config_file(tmp_path):
    (tmp_path / "chatapp.toml").write_text("providers = 3")
    settings = Settings(config=str(tmp_path / "chatapp.toml"), instance=tmp_path, function="my_app:reply")
    preflight.check(settings)
    with pytest.raises(SettingsError):
        preflight.check(settings.model_copy(update={"function": ""}))
