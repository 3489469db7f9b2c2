"""The token log in the database: what its followers read, and commits of concurrent entries."""

import pytest
from sqlalchemy.exc import IntegrityError, OperationalError

from chatapp.server import concurrency
from chatapp.storage import log_tail, token_log
from chatapp.storage.database import db
from chatapp.storage.token_log import DatabaseTokenLog, Entry
from support.core import settle
from support.log_entries import append_end, entries

LONG = 1000.0


# --- Followers


@pytest.fixture
def reads(database, monkeypatch):
    """The seqs after which the log in the database was read."""
    found, read = [], DatabaseTokenLog.read

    def note(log, generation_id, after=0, *, session=None):
        if session is None:
            found.append(after)
        return read(log, generation_id, after, session=session)

    monkeypatch.setattr(DatabaseTokenLog, "read", note)
    return found


def test_a_follower_that_keeps_up_reads_the_database_once(database, generation_id, reads):
    log, found = DatabaseTokenLog(db), []

    def follow_to_the_end():
        with log.follow(generation_id):
            while len(found) < 21:
                found.extend(log.wait(generation_id, len(found), LONG))

    followers = [concurrency.spawn(follow_to_the_end)]
    settle()
    for seq in range(1, 21):
        log.append(entries(generation_id, str(seq), first=seq))
        settle()
    end = Entry(generation_id, 21, "end", "{}")
    append_end(log, end)
    log.announce(generation_id, [end])
    for follower in followers:
        follower.wait()
    assert [entry.text for entry in found[:20]] == [str(seq) for seq in range(1, 21)]
    assert found[20] == end
    assert reads == [0]


def test_a_follower_that_is_behind_catches_up_from_the_database(database, generation_id, reads, monkeypatch):
    monkeypatch.setattr(log_tail, "TAIL_CHARACTERS", 30)
    log, written = DatabaseTokenLog(db), entries(generation_id, *("x" * 10 for _ in range(9)))
    log.append(written[:2])
    with log.follow(generation_id):
        for entry in written[2:]:
            log.append([entry])
        assert log.wait(generation_id, 6, LONG) == written[6:]
        assert reads == [], "three fit into the memory"
        assert log.wait(generation_id, 5, LONG) == written[5:]
        assert log.wait(generation_id, 0, LONG) == written
        assert reads == [5, 0]


def test_a_follower_does_not_get_an_entry_that_was_not_stored(database, generation_id):
    log = DatabaseTokenLog(db)
    with log.follow(generation_id):
        log.append(entries(generation_id, "a"))
        with pytest.raises(IntegrityError):
            log.append(entries(generation_id, "again"))
        assert log.wait(generation_id, 0, LONG) == entries(generation_id, "a")


def test_entries_of_another_process_leave_no_gap(database, generation_id):
    log, written = DatabaseTokenLog(db), entries(generation_id, "a", "b", "c")
    with log.follow(generation_id):
        log.append(written[:1])
        DatabaseTokenLog(db).append(written[1:2])
        log.append(written[2:])
        assert log.wait(generation_id, 0, LONG) == written
        assert log.wait(generation_id, 2, LONG) == written[2:]


def test_no_tail_is_kept_once_the_last_follower_has_left(database, generation_id):
    log = DatabaseTokenLog(db)
    with log.follow(generation_id):
        with log.follow(generation_id):
            log.append(entries(generation_id, "a"))
        assert log._tails
    assert log._tails == {}


# --- Concurrent entries are committed together


class Database:
    """A slow database that refuses some texts."""

    def __init__(self):
        self.stored = []

    def insert_plain(self, _table, columns, rows, patience):
        assert patience >= 30, "answers survive a lock of that length"
        concurrency.sleep()
        texts = [row[columns.index("text")] for row in rows]
        if "unwritable" in texts:
            raise UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates not allowed")
        if "disk full" in texts:
            raise OperationalError("INSERT", {}, Exception())
        if "there already" in texts:
            raise IntegrityError("INSERT", {}, Exception())
        self.stored += texts


@pytest.fixture
def slow_database():
    return Database()


@pytest.fixture
def log(slow_database, monkeypatch):
    """The pause between two commits is long enough for all concurrent entries."""
    monkeypatch.setattr(token_log, "COMMIT_SECONDS", 0.2)
    return DatabaseTokenLog(slow_database)


def append(log, texts):
    """Append each text in a task of its own, all at once. Returns the outcomes by text, and the tasks."""
    outcomes = {}

    def put(text):
        try:
            log.append([Entry(text, 1, "text", text)])
            outcomes[text] = "stored"
        except BaseException as error:
            outcomes[text] = type(error).__name__
            raise

    tasks = [concurrency.spawn(put, text) for text in texts]
    return outcomes, tasks


def append_and_wait(log, *texts):
    outcomes, tasks = append(log, texts)
    for task in tasks:
        task.wait()
    return outcomes


def test_concurrent_entries_are_stored_in_one_commit(log, slow_database):
    assert append_and_wait(log, "a", "b", "c") == {"a": "stored", "b": "stored", "c": "stored"}
    assert sorted(slow_database.stored) == ["a", "b", "c"]


def test_a_refused_entry_does_not_fail_the_others(log, slow_database):
    log.append([Entry("warm", 1, "text", "warm")])
    assert append_and_wait(log, "unwritable", "a", "there already", "c") == {
        "unwritable": "UnicodeEncodeError",
        "a": "stored",
        "there already": "IntegrityError",
        "c": "stored",
    }
    assert slow_database.stored == ["warm", "a", "c"]


def test_a_commit_that_fails_as_a_whole_fails_every_entry(log, slow_database):
    log.append([Entry("warm", 1, "text", "warm")])
    assert append_and_wait(log, "disk full", "good") == dict.fromkeys(["disk full", "good"], "OperationalError")
    assert slow_database.stored == ["warm"]
    assert append_and_wait(log, "good") == {"good": "stored"}


def test_a_cancelled_writer_fails_its_batch_and_blocks_nobody(log, slow_database):
    log.append([Entry("warm", 1, "text", "warm")])
    outcomes, (leader, follower) = append(log, ["leader", "follower"])
    concurrency.sleep()
    leader.cancel()
    for task in (leader, follower):
        task.wait()
    assert outcomes == {"leader": "Cancelled", "follower": "RuntimeError"}
    assert append_and_wait(log, "next") == {"next": "stored"}
    assert slow_database.stored == ["warm", "next"]
