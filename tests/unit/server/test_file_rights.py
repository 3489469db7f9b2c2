"""The rights of the server's files are checked at the start."""

import logging
import os
import sqlite3
import stat
from contextlib import closing

import pytest

from chatapp.server import file_rights


@pytest.fixture
def folder(tmp_path):
    """An instance folder as it is after a restore by a careless tool."""
    tmp_path.chmod(0o755)
    with closing(sqlite3.connect(tmp_path / "chatapp.db")) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
    for name in (
        "chatapp.db-wal",
        "chatapp.db-shm",
        "chatapp.db.0006.20260101-000000.bak",
        "secret_key",
        "server.lock",
    ):
        (tmp_path / name).touch()
    for name in ("workers/1.lock", "replaced-1/chatapp.db"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).touch()
    (tmp_path / "mine.txt").touch()
    for path in tmp_path.rglob("*"):
        path.chmod(0o777 if path.is_dir() else 0o666)
    return tmp_path


def secure(folder):
    file_rights.secure(folder, folder / "chatapp.db")


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_group_and_others_lose_their_rights_on_the_servers_files_and_only_on_these(folder, caplog):
    secure(folder)
    ours = [path for path in folder.rglob("*") if path.name != "mine.txt"]
    assert len(ours) == 10
    assert {path.name: oct(mode(path)) for path in ours if mode(path) & 0o077} == {}
    assert (mode(folder / "mine.txt"), mode(folder)) == (0o666, 0o755)
    (said,) = [one.message for one in caplog.records if "could read or change" in one.message]
    for name in ("chatapp.db", "secret_key", ".bak"):
        assert name in said
    assert "remove secret_key for a new one" in caplog.text
    caplog.clear()
    secure(folder)
    assert not [one for one in caplog.records if one.levelno >= logging.WARNING], "all is well the second time"


def test_files_that_sqlite_makes_later_have_the_rights_of_the_database(folder):
    for name in ("chatapp.db-wal", "chatapp.db-shm"):
        (folder / name).unlink()
    secure(folder)
    before = os.umask(0)
    try:
        with closing(sqlite3.connect(folder / "chatapp.db")) as connection:
            connection.execute("CREATE TABLE t (x)")
            assert mode(folder / "chatapp.db-wal") == mode(folder / "chatapp.db-shm") == 0o600
    finally:
        os.umask(before)


@pytest.mark.parametrize(
    ("rights", "level", "words"),
    [(0o755, logging.INFO, "list the files"), (0o775, logging.WARNING, "put files into"), (0o700, None, "")],
)
def test_an_open_folder_is_reported_and_left_as_it_is(tmp_path, caplog, rights, level, words):
    caplog.set_level(logging.INFO)
    tmp_path.chmod(rights)
    file_rights.secure(tmp_path, None)
    assert [(one.levelno, words in one.message) for one in caplog.records] == ([(level, True)] if level else [])
    assert mode(tmp_path) == rights


def test_files_of_other_users_are_reported(folder, caplog, monkeypatch):
    caplog.set_level(logging.INFO)
    key, elsewhere = folder / "secret_key", folder / "mine.txt"
    key.unlink()
    key.symlink_to(elsewhere)
    monkeypatch.setattr(file_rights, "_is_foreign", lambda _: True)  # a test may run as root, or as nobody special
    secure(folder)
    assert "chatapp.db belongs to another user" in caplog.text
    assert f"secret_key belongs to another user of this machine (a symbolic link to {elsewhere})" in caplog.text
    assert f"The folder {folder} belongs to another user" in caplog.text
    assert mode(elsewhere) == 0o666


def test_root_is_nobody_to_hide_from(tmp_path, monkeypatch):
    status = os.stat_result([0o644, 0, 0, 1, 0, 0, 0, 0, 0, 0])
    monkeypatch.setattr(file_rights.os, "geteuid", lambda: 4242)
    assert not file_rights._is_foreign(status)


def test_a_file_system_without_rights_is_reported(folder, caplog, monkeypatch):
    monkeypatch.setattr(type(folder), "chmod", lambda *_: None)
    secure(folder)
    assert "this stays so: the file system keeps no rights" in caplog.text
    assert "were taken away" not in caplog.text


def test_a_database_in_another_folder_is_secured_too(tmp_path, caplog):
    data = tmp_path / "data"
    data.mkdir()
    (data / "chat.db").touch(0o644)
    (data / "other.db").touch()
    (data / "other.db").chmod(0o644)
    instance = tmp_path / "instance"
    instance.mkdir(0o700)
    file_rights.secure(instance, data / "chat.db")
    assert (mode(data / "chat.db"), mode(data / "other.db")) == (0o600, 0o644)
    file_rights.secure(instance, tmp_path / "nowhere" / "chat.db")
