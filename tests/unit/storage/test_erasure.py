"""Deleted text is in none of the database's files."""

import os
import sqlite3
import time
from contextlib import closing

import pytest

from chatapp.chat import conversations, purge
from chatapp.generation.recovery import Recovery
from chatapp.search import fts_erase
from chatapp.search.fts_read import find
from chatapp.search.fts_write import Index
from chatapp.search.query import parse
from chatapp.storage import schema_copies, wal
from chatapp.storage.database import _set_up_sqlite
from support.core import OWNER

SECRET = "xylophone-quartz"
#: FTS5 stores a word without the beginning that it shares with the word before.
WORDS = (b"xylophone-quartz", b"lophone", b"uartz")


@pytest.fixture
def index(database):
    with closing(Index(str(database.file))) as index:
        yield index


@pytest.fixture
def stray(database):
    """Return a function that finds the secret's words in the files of the database."""

    def find():
        files = list(database.file.parent.glob(f"{database.file.name}*"))
        return sorted({word for word in WORDS for file in files if word in file.read_bytes()})

    return find


def catch_up(index):
    for _ in range(10_000):
        if not index.step():
            return


def fill(core, index, number):
    for n in range(number):
        core.exchange(f"Something else {n} {os.urandom(20).hex()}")
        catch_up(index)


def test_purged_text_is_in_no_file(core, database, index, stray, monkeypatch):
    fill(core, index, 1)
    gone = core.exchange(f"Where is the {SECRET}? " * 300)
    catch_up(index)
    fill(core, index, 1)
    assert stray() == sorted(WORDS)
    assert conversations.mark_deleted(OWNER, gone.conversation_id)
    purge.purge_deleted(core.log, -1)
    catch_up(index)
    assert wal.truncate(database.file)
    assert stray(), "the words are still in the search index"
    monkeypatch.setattr(fts_erase, "FIRST_SECONDS", 0)
    with closing(Index(str(database.file))) as successor:
        catch_up(successor)
    assert wal.truncate(database.file)
    assert stray() == []
    assert wal.size(database.file) == 0


def test_the_index_is_erased_some_time_after_each_deletion(core, index, database, stray):
    eraser = index._eraser
    eraser._due_at = None  # the first time is over
    kept = core.exchange("A quiet harbour")
    gone = core.exchange(SECRET)
    catch_up(index)
    assert conversations.mark_deleted(OWNER, gone.conversation_id)
    purge.purge_deleted(core.log, -1)
    catch_up(index)
    assert not eraser.is_due()
    assert eraser._due_at - time.monotonic() <= fts_erase.ERASE_SECONDS
    eraser._due_at = time.monotonic()
    assert index.is_behind()
    catch_up(index)
    assert not index.is_behind()
    assert wal.truncate(database.file)
    assert stray() == []
    found = find(str(database.file), OWNER, parse("harbour"), archived=None, after=None, limit=5)
    assert list(found.hits) == [kept.conversation_id]


def test_deleted_rows_are_overwritten_whatever_sqlite_does_by_itself(tmp_path):
    """Debian's SQLite does so by default, others do not."""
    said = []
    with closing(sqlite3.connect(tmp_path / "any.db")) as connection:
        connection.set_trace_callback(said.append)
        _set_up_sqlite(connection, None)
        assert connection.execute("PRAGMA secure_delete").fetchone() == (1,)
    assert "PRAGMA secure_delete=ON" in said


def test_the_write_ahead_log_is_not_emptied_under_a_reader(core, database):
    core.exchange()
    with closing(sqlite3.connect(database.file, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM messages").fetchone()
        core.exchange()
        assert not wal.truncate(database.file)
        assert wal.size(database.file)
    assert wal.truncate(database.file)
    assert wal.size(database.file) == 0


def test_the_tidy_task_empties_the_log_and_removes_old_copies(core, database):
    core.exchange()
    old = database.file.with_name(f"{database.file.name}.0001.20200101-120000.bak")
    old.touch()
    tidy = Recovery(core.settings, None, core.log, core.runner, core.admission)
    tidy._delete_expired()
    assert wal.size(database.file) == 0
    assert not old.exists()


def test_copies_of_the_database_are_kept_for_a_while_only(tmp_path):
    file = tmp_path / "chatapp.db"
    day = 24 * 3600
    ages = {"0001": 30, "0002": 3, "0003": 2, "0004": 1}
    for revision, days in ages.items():
        at = time.strftime(schema_copies.TIME, time.localtime(time.time() - days * day))
        (tmp_path / f"chatapp.db.{revision}.{at}.bak").touch()
    others = [tmp_path / name for name in ("chatapp.db.mine.bak", "other.db.0001.20200101-120000.bak")]
    for other in others:
        other.touch()
    schema_copies.remove_expired(file)
    kept = {path.name.split(".")[2] for path in tmp_path.glob("chatapp.db.00*")}
    assert kept == {"0003", "0004"}
    assert all(other.exists() for other in others)
