"""Backups and restores, without a server."""

import json
import shutil
import sqlite3
import stat
from contextlib import closing
from types import SimpleNamespace

import pytest
from sqlalchemy import text

from chatapp.cli import backup, backup_folder, restore
from chatapp.config import Settings
from chatapp.errors import SettingsError
from chatapp.server import instance
from chatapp.server.instance import Instance
from chatapp.storage import revisions, sqlite_copy
from chatapp.storage.database import Database
from support.migrations import migrations_until

KEY = "0123456789abcdef" * 2


def fill(folder, migrations=revisions.MIGRATIONS):
    """Write what a server has: a database with a row, and a key."""
    folder.mkdir(parents=True, exist_ok=True)
    database = Database()
    database.bind(f"sqlite:///{folder / 'chatapp.db'}")
    database.migrate(migrations)
    with database.write() as session:
        session.execute(text("INSERT INTO owner_settings VALUES ('somebody', '{}')"))
    database.engine.dispose()
    (folder / "secret_key").write_text(KEY)
    return settings_for(folder)


def settings_for(folder, **fields):
    return Settings(_env_file=None, instance=folder, config="off", **{"disk_reserve_bytes": 0, **fields})


def owners(file):
    with closing(sqlite3.connect(file)) as connection:
        return {owner for (owner,) in connection.execute("SELECT owner FROM owner_settings")}


@pytest.fixture
def settings(tmp_path):
    return fill(tmp_path / "instance")


@pytest.fixture
def target(tmp_path):
    return tmp_path / "backups" / "one"


@pytest.fixture
def here(settings, target):
    """A backup of a database of the present revision."""
    backup.back_up(settings, target)
    return target


@pytest.fixture
def elsewhere(tmp_path):
    return settings_for(tmp_path / "other" / "instance")


def test_a_backup_has_what_a_restore_needs_and_only_its_owner_can_read_it(settings, target):
    report = backup.back_up(settings, target)
    assert str(target) in report
    modes = {path.name: oct(stat.S_IMODE(path.stat().st_mode)) for path in target.iterdir()}
    assert modes == dict.fromkeys(("chatapp.db", "secret_key", "backup.json"), "0o600")
    assert stat.S_IMODE(target.stat().st_mode) == 0o700
    assert owners(target / "chatapp.db") == {"somebody"}
    assert (target / "secret_key").read_text() == KEY
    assert [path.name for path in target.parent.iterdir()] == ["one"], "nothing unfinished is left"


def test_a_backup_has_the_key_and_the_providers_wherever_they_are_set(settings, target, tmp_path):
    providers = tmp_path / "mine.toml"
    providers.write_text('[providers.a]\nbase_url = "http://127.0.0.1/v1"\n')
    backup.back_up(settings.model_copy(update={"secret_key": "k" * 32, "config": str(providers)}), target)
    assert (target / "secret_key").read_text() == "k" * 32
    assert (target / "chatapp.toml").read_text() == providers.read_text()


def test_writes_during_a_backup_neither_restart_it_nor_appear_in_it(settings, target, tmp_path, monkeypatch):
    file = settings.instance / "chatapp.db"
    monkeypatch.setattr(sqlite_copy, "STEP_PAGES", 8)
    steps = []

    def write_meanwhile(_seconds):
        steps.append(1)
        assert len(steps) < 1000, "the copy begins anew at each write"
        with sqlite3.connect(file) as connection:
            connection.execute("INSERT INTO owner_settings VALUES (?, '{}')", (f"later-{len(steps)}",))
        connection.close()

    monkeypatch.setattr(sqlite_copy.time, "sleep", write_meanwhile)
    backup.back_up(settings, target)
    assert len(steps) > 3
    assert owners(target / "chatapp.db") == {"somebody"}
    assert len(owners(file)) == 1 + len(steps)


@pytest.mark.parametrize(
    "case", ["exists", "link", "no room", "no database", "another's", "newer", "no key", "postgres"]
)
def test_a_backup_that_cannot_be_made_says_why_and_leaves_nothing(settings, target, case, monkeypatch, tmp_path):
    file = settings.instance / "chatapp.db"
    target.parent.mkdir()
    if case == "exists":
        target.mkdir()
    elif case == "link":
        target.symlink_to(tmp_path / "nowhere")
    elif case == "no room":
        settings = settings.model_copy(update={"disk_reserve_bytes": 2**62})
    elif case == "no database":
        file.unlink()
    elif case == "another's":
        file.write_bytes(b"not a database" * 100)
    elif case == "newer":
        with sqlite3.connect(file) as connection:
            connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.close()
    elif case == "no key":
        (settings.instance / "secret_key").unlink()
    elif case == "postgres":
        settings = settings.model_copy(update={"database_url": "postgresql+pg8000://user:hunter2@db/chatapp"})
    before = list(target.parent.iterdir())
    words = {
        "exists": "exists already",
        "link": "exists already",
        "no room": "has no room",
        "no database": "There is no database",
        "another's": "is no database of chatapp",
        "newer": "newer version has used it",
        "no key": "no secret key",
        "postgres": "its own tools",
    }
    with pytest.raises(SettingsError, match=words[case]) as refused:
        backup.back_up(settings, target)
    assert "hunter2" not in str(refused.value)
    assert list(target.parent.iterdir()) == before


def test_a_disk_that_fills_up_during_the_copy_leaves_nothing(settings, target, monkeypatch):
    def fail(source, unfinished):
        unfinished.write_bytes(b"half")
        raise SettingsError("The disk has no room for the copy of the database.")

    monkeypatch.setattr(sqlite_copy, "copy", fail)
    with pytest.raises(SettingsError):
        backup.back_up(settings, target)
    assert list(target.parent.iterdir()) == []


def test_a_damaged_database_gives_no_backup(settings, target):
    file = settings.instance / "chatapp.db"
    content = bytearray(file.read_bytes())
    content[3 * 4096 : 6 * 4096] = b"\xff" * (3 * 4096)
    file.write_bytes(content)
    with pytest.raises((SettingsError, sqlite3.DatabaseError)):
        backup.back_up(settings, target)
    assert list(target.parent.iterdir()) == []


def test_a_restore_on_another_machine_puts_everything_in_place(here, elsewhere):
    report = restore.restore(elsewhere, here)
    assert "data from before" not in report
    files = {
        path.name: oct(stat.S_IMODE(path.stat().st_mode)) for path in elsewhere.instance.iterdir() if path.is_file()
    }
    assert {"chatapp.db": "0o600", "secret_key": "0o600"}.items() <= files.items()
    assert owners(elsewhere.instance / "chatapp.db") == {"somebody"}
    assert (elsewhere.instance / "secret_key").read_text() == KEY
    assert here.exists(), "the backup is as it was"


def test_a_restore_keeps_the_data_from_before_aside(here, settings):
    file = settings.instance / "chatapp.db"
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("INSERT INTO owner_settings VALUES ('later', '{}')")
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        shutil.copy(f"{file}-wal", f"{file}-kept")  # as after a crash, with the last commits in the log alone
    shutil.move(f"{file}-kept", f"{file}-wal")
    (settings.instance / "secret_key").write_text("f" * 32)
    report = restore.restore(settings, here)
    (aside,) = settings.instance.glob("replaced-*")
    assert str(aside) in report
    assert stat.S_IMODE(aside.stat().st_mode) == 0o700
    assert owners(aside / "chatapp.db") == {"somebody", "later"}
    assert (aside / "secret_key").read_text() == "f" * 32
    assert owners(file) == {"somebody"}
    assert (settings.instance / "secret_key").read_text() == KEY


def test_an_older_backup_is_upgraded_and_a_newer_one_refused(tmp_path, elsewhere):
    older, target = tmp_path / "older", tmp_path / "backup"
    settings = fill(older / "instance", migrations_until("0006", older / "migrations"))
    backup.back_up(settings, target)
    assert json.loads((target / "backup.json").read_text())["revision"] == "0006"
    restore.restore(elsewhere, target)
    database = Database()
    database.bind(elsewhere.database)
    database.migrate()  # has nothing to do
    assert database.revision() > "0006"
    database.engine.dispose()
    assert owners(elsewhere.instance / "chatapp.db") == {"somebody"}
    assert not list(elsewhere.instance.glob("*.bak")), "the backup is the copy from before"
    listed = json.loads((target / "backup.json").read_text())
    (target / "backup.json").write_text(json.dumps({**listed, "revision": "9999"}))
    with pytest.raises(SettingsError, match="newer version"):
        restore.restore(elsewhere, target)
    assert not list(elsewhere.instance.glob("replaced-*"))


def test_an_upgrade_that_fails_changes_nothing(here, settings, monkeypatch):
    before = (settings.instance / "chatapp.db").read_bytes()

    def fail(_self, **_options):
        raise sqlite3.OperationalError("no such statement")

    monkeypatch.setattr(restore.Database, "migrate", fail)
    with pytest.raises(sqlite3.OperationalError):
        restore.restore(settings, here)
    assert (settings.instance / "chatapp.db").read_bytes() == before
    assert not [path for path in settings.instance.iterdir() if path.name.startswith(("replaced-", "restoring-"))]


def test_nothing_is_restored_while_a_server_runs(here, settings, monkeypatch):
    monkeypatch.setattr(instance, "CLAIM_WAIT_SECONDS", 0)
    running = Instance(settings.instance)
    running.create()
    running.claim()
    with pytest.raises(SettingsError, match="Stop it first"):
        restore.restore(settings, here)
    assert not list(settings.instance.glob("replaced-*"))


@pytest.mark.parametrize("fault", ["changed", "missing", "no list", "another list", "no names", "other files"])
def test_a_folder_that_is_not_a_whole_backup_is_refused(here, elsewhere, fault):
    listed = here / "backup.json"
    content = json.loads(listed.read_text())
    if fault == "changed":
        (here / "secret_key").write_text("f" * 32)  # no other check would notice
    elif fault == "missing":
        (here / "secret_key").unlink()
    elif fault == "no list":
        listed.unlink()
    elif fault == "another list":
        listed.write_text("[]")
    elif fault == "no names":
        listed.write_text(json.dumps({**content, "files": "chatapp.db"}))
    else:
        listed.write_text(json.dumps({**content, "files": {**content["files"], "../../.bashrc": "0"}}))
    with pytest.raises((SettingsError, OSError)):
        restore.restore(elsewhere, here)
    assert not (elsewhere.instance / "chatapp.db").exists()


def test_the_providers_of_a_backup_are_placed_where_there_are_none(here, elsewhere, tmp_path, monkeypatch):
    (here / "chatapp.toml").write_text("# theirs\n")
    listed = json.loads((here / "backup.json").read_text())
    listed["files"]["chatapp.toml"] = backup_folder.digest(here / "chatapp.toml")
    (here / "backup.json").write_text(json.dumps(listed))
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setattr(restore, "HOME", home)
    monkeypatch.setattr("chatapp.config.HOME", home)
    settings = elsewhere.model_copy(update={"config": ""})
    assert "chatapp.toml has the providers" in restore.restore(settings, here)
    assert (home / "chatapp.toml").read_text() == "# theirs\n"
    (home / "chatapp.toml").write_text("# ours\n")
    third = settings.model_copy(update={"instance": tmp_path / "third"})
    assert "left as it is" in restore.restore(third, here)
    assert (home / "chatapp.toml").read_text() == "# ours\n"


def test_a_key_of_the_environment_that_is_another_one_is_named(here, elsewhere):
    settings = elsewhere.model_copy(update={"secret_key": "z" * 32})
    assert "CHATAPP_SECRET_KEY is another key" in restore.restore(settings, here)


def test_a_restore_without_room_changes_nothing(here, settings, monkeypatch):
    monkeypatch.setattr(restore.shutil, "disk_usage", lambda _: SimpleNamespace(free=10))
    with pytest.raises(SettingsError, match="Nothing was changed"):
        restore.restore(settings, here)
    assert not list(settings.instance.glob("replaced-*"))
