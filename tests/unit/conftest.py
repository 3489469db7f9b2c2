"""Fixtures of the core: a database of its own for each test, and processes on it."""

import shutil
from collections import deque
from contextlib import contextmanager
from types import SimpleNamespace

import pytest

from chatapp.generation import pump
from chatapp.realtime import broadcasts
from chatapp.storage.database import Database, db
from support import tasks
from support.core import Core, Emits


@pytest.fixture(scope="session")
def engine_and_copy(tmp_path_factory):
    """An engine on a new database with its schema, and a copy of that file.

    All tests use the one engine: what SQLAlchemy compiles for a new one takes longer than most tests.
    """
    file = tmp_path_factory.mktemp("database") / "chatapp.db"
    database = Database()
    database.bind(f"sqlite:///{file}")
    database.migrate()
    database.engine.dispose()
    yield database.engine, shutil.copy(file, file.with_suffix(".copy"))
    database.engine.dispose()


@pytest.fixture
def database(engine_and_copy, monkeypatch):
    """The application's database: for each test the new file."""
    engine, copy = engine_and_copy
    engine.dispose()
    shutil.copy(copy, engine.url.database)
    monkeypatch.setattr(db, "_engine", engine)
    monkeypatch.setattr(pump, "COMMIT_SECONDS", 0.0)
    yield db
    tasks.end_all()
    engine.dispose()


@pytest.fixture
def emits(monkeypatch):
    """Everything that is broadcast."""
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
    """Actions of other tasks: each writing transaction runs the first of them before it begins."""
    write, actions = database.write, deque()

    @contextmanager
    def write_after_others():
        if actions:
            act = actions.popleft()
            remaining = list(actions)
            actions.clear()  # its own transactions are not interrupted
            act()
            actions.extend(remaining)
        with write() as session:
            yield session

    monkeypatch.setattr(database, "write", write_after_others)
    return actions
