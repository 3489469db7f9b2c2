"""The database file: its modes, upgrades of its schema, and the copy made before an upgrade."""

import shutil
import sqlite3
import time
from contextlib import closing, contextmanager
from types import SimpleNamespace

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData, Table, event, select, text
from sqlalchemy.exc import IntegrityError, OperationalError

from chatapp.errors import SettingsError, Unavailable
from chatapp.server import concurrency
from chatapp.storage import database as database_module
from chatapp.storage import schema_copies
from chatapp.storage.database import Database, is_declared
from chatapp.storage.tables import Base, Conversation, OwnerSettings, QueuedQuestion
from support.migrations import migrations_until
from support.processes import ROOT

NEXT = '''
"""Add a column"""
import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = "{before}"


def upgrade():
    op.add_column("conversations", sa.Column("later", sa.Text()))
    {then}
'''


@pytest.fixture
def file(tmp_path):
    return tmp_path / "chatapp.db"


@pytest.fixture
def database(file):
    database = Database()
    database.bind(f"sqlite:///{file}")
    yield database
    database.engine.dispose()


@pytest.fixture
def newer(tmp_path):
    """Return a function that writes a migrations folder with one more migration."""

    def write(then="pass"):
        folder = tmp_path / "migrations"
        shutil.copytree(ROOT / "migrations", folder, ignore=shutil.ignore_patterns("__pycache__"))
        newest = sorted(path.name[:4] for path in (folder / "versions").glob("*.py"))[-1]
        (folder / "versions" / "9999_next.py").write_text(NEXT.format(revision="9999", before=newest, then=then))
        return folder

    return write


def test_a_new_file_gets_the_schema_of_the_models(database, file):
    database.migrate()
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_name": is_declared})
        assert compare_metadata(context, Base.metadata) == []
    assert [path.name for path in file.parent.glob("*.bak")] == []


def test_the_newest_migration_is_the_last_file_of_the_folder():
    """So a start that has nothing to upgrade need not load Alembic."""
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    script = ScriptDirectory.from_config(config)
    names = sorted(path.name.partition("_")[0] for path in (ROOT / "migrations" / "versions").glob("*.py"))
    assert [step.revision for step in script.walk_revisions()] == names[::-1]


def test_an_up_to_date_file_is_left_alone(database, file):
    database.migrate()
    database.migrate()
    assert [path.name for path in file.parent.glob("*.bak")] == []


def test_the_database_uses_wal_enforces_foreign_keys_and_never_blocks_in_a_lock(database):
    names = ("journal_mode", "foreign_keys", "busy_timeout")
    with database.read() as session:
        modes = {name: session.execute(text(f"PRAGMA {name}")).scalar() for name in names}
    assert modes == {"journal_mode": "wal", "foreign_keys": 1, "busy_timeout": 0}


def test_the_file_is_copied_before_its_schema_changes(database, file, newer):
    database.migrate()
    with database.write() as session:
        session.execute(text("INSERT INTO owner_settings VALUES ('somebody', '{}')"))
    database.migrate(newer())
    (copy,) = file.parent.glob("*.bak")
    assert copy.stat().st_mode & 0o777 == 0o600
    with sqlite3.connect(copy) as before, sqlite3.connect(file) as after:
        assert before.execute("SELECT owner FROM owner_settings").fetchall() == [("somebody",)]
        assert "later" not in {row[1] for row in before.execute("PRAGMA table_info(conversations)")}
        assert "later" in {row[1] for row in after.execute("PRAGMA table_info(conversations)")}
    before.close()
    after.close()


def test_a_database_from_before_there_were_budgets_is_upgraded(database, file, tmp_path):
    database.migrate(migrations_until("0006", tmp_path / "older"))
    with database.write() as session:
        session.execute(text("INSERT INTO owner_settings VALUES ('somebody', '{}')"))
    database.migrate()
    with database.write() as session:
        session.execute(text("INSERT INTO spending VALUES ('2026-11-30', 'all', 9000000000, 9000000000)"))
        assert session.execute(text("SELECT owner FROM owner_settings")).scalar() == "somebody"
        assert session.execute(text("SELECT COUNT(*) FROM reservations")).scalar() == 0


def test_a_database_from_before_questions_were_queued_is_upgraded(database, file, tmp_path):
    database.migrate(migrations_until("0011", tmp_path / "older"))
    with database.write() as session:
        session.execute(
            text(
                "INSERT INTO conversations (id, owner, title, pinned, archived, revision, created_at,"
                " updated_at) VALUES ('c', 'somebody', 'Kept', 0, 0, 3, 1, 1)"
            )
        )
    database.migrate()
    with database.read() as session:
        columns = Conversation.title, Conversation.revision, Conversation.queue_revision
        assert [tuple(row) for row in session.execute(select(*columns))] == [("Kept", 3, 0)]
        assert session.scalars(select(QueuedQuestion)).all() == []


def test_a_failed_migration_changes_nothing(database, file, newer):
    database.migrate()
    with pytest.raises(OperationalError):
        database.migrate(newer(then='op.execute("no such statement")'))
    with sqlite3.connect(file) as connection:
        assert "later" not in {row[1] for row in connection.execute("PRAGMA table_info(conversations)")}
    connection.close()


def test_an_upgrade_that_fails_again_and_again_leaves_one_copy_of_the_present_state(database, file, newer):
    database.migrate()
    folder = newer(then='op.execute("no such statement")')

    def fail():
        with pytest.raises(OperationalError):
            database.migrate(folder)
        (copy,) = file.parent.glob(f"{file.name}.*.bak")
        return copy

    first = fail()
    made_at = first.stat().st_ctime_ns
    assert (fail(), first.stat().st_ctime_ns) == (first, made_at), "it is not made again"
    first.rename(first.with_name(f"{file.name}.{database.revision()}.20260101-000000.bak"))
    with database.write() as session:
        session.execute(text("INSERT INTO owner_settings VALUES ('later', '{}')"))
    with closing(sqlite3.connect(fail())) as copy:
        assert copy.execute("SELECT owner FROM owner_settings").fetchall() == [("later",)]
    assert not list(file.parent.glob("*.copying"))


def test_a_database_of_a_newer_version_is_refused_without_a_copy(database, file, newer):
    database.migrate(newer())
    with pytest.raises(SettingsError, match=r"revision 9999, and this version .* newer version has used it"):
        database.migrate()
    assert not list(file.parent.glob("*.bak"))


def test_an_upgrade_without_room_for_the_copy_changes_nothing(database, file, newer, monkeypatch):
    database.migrate()
    monkeypatch.setattr(schema_copies.shutil, "disk_usage", lambda _: SimpleNamespace(free=1000))
    before = database.revision()
    with pytest.raises(SettingsError, match="Too little space"):
        database.migrate(newer())
    assert database.revision() == before
    assert {path.name for path in file.parent.iterdir()} <= {
        file.name,
        f"{file.name}-wal",
        f"{file.name}-shm",
        "migrations",
    }


def test_a_failed_write_leaves_nothing(database):
    database.migrate()

    def write_and_fail():
        with database.write() as session:
            session.execute(text("INSERT INTO owner_settings VALUES ('somebody', '{}')"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_and_fail()
    with database.read() as session:
        assert session.execute(text("SELECT count(*) FROM owner_settings")).scalar() == 0


# --- Another process holds the lock


@contextmanager
def locked(file):
    """Hold the write lock, as another process does."""
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


def add(database, name, **patience):
    with database.write(**patience) as session:
        session.execute(text("INSERT INTO owner_settings VALUES (:name, '{}')"), {"name": name})


def test_writers_wait_for_the_lock_and_write_in_the_order_of_arrival(database, file):
    database.migrate()
    written = []

    def write(name):
        add(database, name)
        written.append(name)

    with locked(file):
        tasks = [concurrency.spawn(write, name) for name in "abcdef"]
        concurrency.sleep(0.05)
        assert written == []
    for task in tasks:
        task.wait()
    assert written == list("abcdef")


def test_only_one_waiting_writer_tries_to_get_the_lock(database, file, monkeypatch):
    database.migrate()
    tries = []
    retry = database_module._retry_while_locked
    monkeypatch.setattr(
        database_module, "_retry_while_locked", lambda *args, **kw: tries.append(1) or retry(*args, **kw)
    )
    with locked(file):
        tasks = [concurrency.spawn(add, database, name) for name in "abcdef"]
        concurrency.sleep(0.05)
        assert len(tries) == 1
    for task in tasks:
        task.wait()
    assert len(tries) == 6


def test_a_writer_that_waits_too_long_gets_a_retry_time(database, file):
    database.migrate()
    errors = []

    def write():
        try:
            add(database, "late", patience=0.05)
        except Unavailable as error:
            errors.append(error)

    with locked(file):
        tasks = [concurrency.spawn(write) for _ in range(4)]
        for task in tasks:
            task.wait()
    assert [error.retry_after for error in errors] == [2] * 4
    add(database, "next")  # the lock is free again, and so is the turn


def test_errors_other_than_a_lock_are_raised_at_once(database, monkeypatch):
    database.migrate()
    started = time.monotonic()
    with pytest.raises(OperationalError), database.write() as session:
        session.execute(text("INSERT INTO nothing VALUES (1)"))
    with pytest.raises(OperationalError):
        database.insert(text("INSERT INTO nothing VALUES (1)"), [{}])
    with pytest.raises(OperationalError, match="nothing"):
        insert_plain(database, "x", table=Table("nothing", MetaData()))
    with pytest.raises(IntegrityError) as failure:
        insert_plain(database, "secret", "secret")
    assert "secret" not in str(failure.value)
    add(database, "next")  # nothing is left of the transaction
    assert time.monotonic() - started < database_module.LOCKED_SECONDS


def insert_plain(database, *owners, table=OwnerSettings.__table__, patience=5.0, size=10):
    database.insert_plain(table, ("owner", "settings"), [(owner, f'"{"x" * size}"') for owner in owners], patience)


def owners(database):
    with database.read() as session:
        return session.execute(text("SELECT owner FROM owner_settings ORDER BY owner")).scalars().all()


def test_plain_values_are_inserted_in_one_transaction(database):
    database.migrate()
    insert_plain(database, "a", "b")
    with pytest.raises(IntegrityError):
        insert_plain(database, "c", "a")
    assert owners(database) == ["a", "b"]


def test_plain_values_wait_for_another_process(database, file):
    database.migrate()
    with locked(file):
        task = concurrency.spawn(insert_plain, database, "late")
        concurrency.sleep(0.05)
        with pytest.raises(Unavailable):
            insert_plain(database, "never", patience=0.05)
        assert owners(database) == []
    task.wait()
    assert owners(database) == ["late"]


# --- The disk is full


LONG = text("INSERT INTO owner_settings VALUES (:name, :value)")


@contextmanager
def full(database):
    """Let the file not grow for the block."""

    def limit(connection):
        pages = 1 if is_full else 2**30  # SQLite takes the present size for less
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

    def limit_plain(connection, _record, _proxy):
        connection.execute(f"PRAGMA max_page_count = {1 if is_full else 2**30}").close()

    is_full = True
    event.listen(database.engine, "begin", limit)
    event.listen(database.engine, "checkout", limit_plain)
    try:
        yield
    finally:
        is_full = False


def long_row(name):
    return {"name": name, "value": "x" * 100_000}


def insert_long(database, name, patience=5.0):
    database.insert(LONG, [long_row(name)], patience)


def insert_long_plain(database, name, patience=5.0):
    insert_plain(database, name, patience=patience, size=100_000)


@pytest.mark.parametrize("insert", [insert_long, insert_long_plain])
def test_an_insert_waits_for_room_on_the_disk_and_a_write_does_not(database, insert):
    database.migrate()
    with full(database):
        with pytest.raises(OperationalError, match="full"), database.write() as session:
            session.execute(LONG, long_row("write"))
        task = concurrency.spawn(insert, database, "insert")
        concurrency.sleep(0.05)
        assert owners(database) == []
    task.wait()
    assert owners(database) == ["insert"]


@pytest.mark.parametrize("insert", [insert_long, insert_long_plain])
def test_an_insert_that_finds_no_room_says_so(database, insert):
    database.migrate()
    with full(database), pytest.raises(OperationalError, match="full"):
        insert(database, "insert", patience=0.05)
    add(database, "next")


def test_a_migration_waits_for_the_lock(database, file, newer):
    database.migrate()
    folder = newer()
    with locked(file):
        migration = concurrency.spawn(database.migrate, folder)
        concurrency.sleep(0.05)
    migration.wait()
    assert database.revision() == "9999"


def test_a_database_from_before_stored_sessions_keeps_its_rows(database, file, tmp_path):
    database.migrate(migrations_until("0007", tmp_path / "older"))
    with database.write() as session:
        session.execute(text("INSERT INTO owner_settings VALUES ('somebody', '{}')"))
    database.migrate()
    with database.read() as session:
        assert session.execute(text("SELECT owner FROM owner_settings")).scalars().all() == ["somebody"]
        shared = dict(session.execute(text("SELECT name, value FROM shared_values")).all())
        assert session.execute(text("SELECT count(*) FROM sessions")).scalar() == 0
    assert (shared["password_proof"], shared["sessions_revision"]) == ("", "0")
    assert len(shared["identity"]) == 32
    assert len(list(file.parent.glob("*.0007.*.bak"))) == 1


def test_conversations_from_before_imports_had_keys_are_not_taken_for_imported_ones(database, tmp_path):
    database.migrate(migrations_until("0011", tmp_path / "older"))
    columns = "id, owner, title, pinned, archived, revision, created_at, updated_at"
    with database.write() as session:
        session.execute(text(f"INSERT INTO conversations ({columns}) VALUES ('c', 'o', 't', 0, 0, 0, 1, 1)"))  # noqa: S608
    database.migrate()
    with database.read() as session:
        query = "SELECT id, title, import_key, import_digest FROM conversations"
        assert session.execute(text(query)).all() == [("c", "t", None, None)]


def test_each_database_has_an_identity_of_its_own(tmp_path):
    identities = set()
    for name in ("one", "two"):
        database = Database()
        database.bind(f"sqlite:///{tmp_path / name}.db")
        database.migrate()
        with database.read() as session:
            query = text("SELECT value FROM shared_values WHERE name = 'identity'")
            identities.add(session.execute(query).scalar_one())
        database.engine.dispose()
    assert len(identities) == 2
