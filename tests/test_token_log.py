"""The token log: what `append` has returned for is stored, and nobody else's trouble is taken for one's own luck."""

import pytest
from sqlalchemy.exc import IntegrityError

from chatapp import concurrency
from chatapp.token_log import DatabaseTokenLog, Entry


class Database:
    """Takes its time, and refuses some texts."""

    def __init__(self):
        self.stored = []

    def insert(self, _statement, rows):
        concurrency.sleep()
        if any(row["text"] == "unwritable" for row in rows):
            raise UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates not allowed")
        if any(row["text"] == "there already" for row in rows):
            raise IntegrityError("INSERT", {}, Exception())
        self.stored += [row["text"] for row in rows]


@pytest.fixture
def database():
    return Database()


@pytest.fixture
def log(database):
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


def test_what_comes_together_is_stored_together(log, database):
    assert fared(log, "a", "b", "c") == {"a": "stored", "b": "stored", "c": "stored"}
    assert sorted(database.stored) == ["a", "b", "c"]


def test_one_that_is_refused_costs_the_others_nothing(log, database):
    log.append([Entry("warm", 1, "text", "warm")])
    assert fared(log, "a", "there already", "c") == {"a": "stored", "there already": "IntegrityError", "c": "stored"}
    assert database.stored == ["warm", "a", "c"]


def test_nobody_is_told_that_something_is_stored_that_is_not(log, database):
    """Whatever kind of error it was, and whoever it was that committed."""
    log.append([Entry("warm", 1, "text", "warm")])
    assert fared(log, "unwritable", "good") == dict.fromkeys(["unwritable", "good"], "UnicodeEncodeError")
    assert database.stored == ["warm"]
    assert fared(log, "good") == {"good": "stored"}


def test_who_is_interrupted_before_the_commit_leaves_nobody_waiting(log, database):
    log.append([Entry("warm", 1, "text", "warm")])
    told, (leader, follower) = append(log, ["leader", "follower"])
    concurrency.sleep()
    leader.cancel()
    for task in (leader, follower):
        task.wait()
    assert told == {"leader": "Cancelled", "follower": "RuntimeError"}
    assert fared(log, "next") == {"next": "stored"}
    assert database.stored == ["warm", "next"]
