"""The token log: an entry for which `append` has returned is stored, whatever happens to others in its batch."""

import pytest
from sqlalchemy.exc import IntegrityError, OperationalError

from chatapp.server import concurrency
from chatapp.storage import token_log
from chatapp.storage.token_log import DatabaseTokenLog, Entry


class Database:
    """Takes its time, and refuses some texts."""

    def __init__(self):
        self.stored = []

    def insert(self, _statement, rows):
        concurrency.sleep()
        if any(row["text"] == "unwritable" for row in rows):
            raise UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates not allowed")
        if any(row["text"] == "disk full" for row in rows):
            raise OperationalError("INSERT", {}, Exception())
        if any(row["text"] == "there already" for row in rows):
            raise IntegrityError("INSERT", {}, Exception())
        self.stored += [row["text"] for row in rows]


@pytest.fixture
def database():
    return Database()


@pytest.fixture
def log(database, monkeypatch):
    """The pause between two commits is long enough for all who come together."""
    monkeypatch.setattr(token_log, "COMMIT_SECONDS", 0.2)
    return DatabaseTokenLog(database)


def append(log, texts):
    """Append each at the same time, by a task of its own. Returns how each fared, and the tasks."""
    told = {}

    def put(text):
        try:
            log.append([Entry(text, 1, "text", text)])
            told[text] = "stored"
        except BaseException as error:
            told[text] = type(error).__name__
            raise

    tasks = [concurrency.spawn(put, text) for text in texts]
    return told, tasks


def fared(log, *texts):
    told, tasks = append(log, texts)
    for task in tasks:
        task.wait()
    return told


def test_concurrent_entries_are_stored_in_one_commit(log, database):
    assert fared(log, "a", "b", "c") == {"a": "stored", "b": "stored", "c": "stored"}
    assert sorted(database.stored) == ["a", "b", "c"]


def test_a_refused_entry_does_not_fail_the_others(log, database):
    log.append([Entry("warm", 1, "text", "warm")])
    assert fared(log, "unwritable", "a", "there already", "c") == {
        "unwritable": "UnicodeEncodeError",
        "a": "stored",
        "there already": "IntegrityError",
        "c": "stored",
    }
    assert database.stored == ["warm", "a", "c"]


def test_a_commit_that_fails_as_a_whole_is_an_error_for_everyone(log, database):
    log.append([Entry("warm", 1, "text", "warm")])
    assert fared(log, "disk full", "good") == dict.fromkeys(["disk full", "good"], "OperationalError")
    assert database.stored == ["warm"]
    assert fared(log, "good") == {"good": "stored"}


def test_a_cancelled_writer_fails_its_batch_and_blocks_nobody(log, database):
    log.append([Entry("warm", 1, "text", "warm")])
    told, (leader, follower) = append(log, ["leader", "follower"])
    concurrency.sleep()
    leader.cancel()
    for task in (leader, follower):
        task.wait()
    assert told == {"leader": "Cancelled", "follower": "RuntimeError"}
    assert fared(log, "next") == {"next": "stored"}
    assert database.stored == ["warm", "next"]
