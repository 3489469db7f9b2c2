"""What every command of the operator does with an error: one line, and no traceback."""

import sqlite3

import pytest

from chatapp.cli.command import run
from chatapp.errors import SettingsError, Unavailable


@pytest.mark.parametrize(
    "error",
    [
        SettingsError("It is busy."),
        Unavailable("It is busy."),
        sqlite3.OperationalError("It is busy."),
        OSError(16, "It is busy."),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_error_is_one_line(error, capsys, monkeypatch, tmp_path):
    monkeypatch.setattr("chatapp.cli.command.HOME", tmp_path / "missing")

    def action():
        raise error

    assert run(action) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("Error: ")
    assert "It is busy." in told.err
    assert told.err.count("\n") == 1
