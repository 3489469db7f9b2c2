"""Fixtures of the core: a database of its own for each test, and processes on it."""

import shutil
from collections import deque
from contextlib import contextmanager
from types import SimpleNamespace

import pytest

from chatapp.realtime import broadcasts
from chatapp.storage import token_log
from chatapp.storage.database import Database, db
from support.core import Core, Emits


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory):
    """An empty database with its schema, which tests copy."""
    file = tmp_path_factory.mktemp("migrated") / "chatapp.db"
    database = Database()
    database.bind(f"sqlite:///{file}")
    database.migrate()
    database.engine.dispose()
    return file


@pytest.fixture
def database(migrated_file, tmp_path, monkeypatch):
    """The application's database, in a file of this test's."""
    file = shutil.copy(migrated_file, tmp_path / "chatapp.db")
    monkeypatch.setattr(db, "_engine", None)
    monkeypatch.setattr(token_log, "COMMIT_SECONDS", 0.0)
    db.bind(f"sqlite:///{file}")
    yield db
    db.engine.dispose()


@pytest.fixture
def emits(monkeypatch):
    """All that is broadcast."""
    emits = Emits()
    monkeypatch.setattr(broadcasts, "socketio", SimpleNamespace(server=emits))
    return emits


@pytest.fixture
def new_core(database, emits):
    """Make processes with settings of their own."""
    made = []

    def make(*args, **settings):
        made.append(Core(*args, **settings))
        return made[-1]

    yield make
    for core in made:
        core.close()


@pytest.fixture
def core(new_core):
    return new_core()


@pytest.fixture
def before_write(database, monkeypatch):
    """What others do just before a writing transaction begins: one of these actions before each."""
    write, actions = database.write, deque()

    @contextmanager
    def write_after_others():
        if actions:
            act = actions.popleft()
            left = list(actions)
            actions.clear()  # its own transactions are not interrupted
            act()
            actions.extend(left)
        with write() as session:
            yield session

    monkeypatch.setattr(database, "write", write_after_others)
    return actions
