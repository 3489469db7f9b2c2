"""The token log in the database: what its followers read, and commits of concurrent entries."""

import pytest
from sqlalchemy.exc import IntegrityError, OperationalError

from chatapp.server import concurrency
from chatapp.storage import log_tail
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
        assert isinstance(log.append(entries(generation_id, "again"))[generation_id], IntegrityError)
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


# --- Entries of several generations are committed together


class Database:
    """A database that refuses some texts, and counts its transactions."""

    def __init__(self):
        self.stored, self.tries = [], 0

    def insert_plain(self, _table, columns, rows, patience):
        assert patience >= 30, "answers survive a lock of that length"
        self.tries += 1
        texts = [row[columns.index("text")] for row in rows]
        if "unwritable" in texts:
            raise UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates not allowed")
        if "disk full" in texts:
            raise OperationalError("INSERT", {}, Exception())
        if "there already" in texts:
            raise IntegrityError("INSERT", {}, Exception())
        self.stored += texts


@pytest.fixture
def refusing():
    return Database()


def append(database, *texts):
    """Append texts, each of a generation of that name. Returns the kinds of the errors by text."""
    errors = DatabaseTokenLog(database).append([Entry(text, 1, "text", text) for text in texts])
    return {text: type(error).__name__ for text, error in errors.items()}


def test_entries_are_stored_in_one_commit(refusing):
    assert append(refusing, "a", "b", "c") == {}
    assert refusing.stored == ["a", "b", "c"]
    assert refusing.tries == 1


def test_a_refused_entry_does_not_fail_the_others(refusing):
    assert append(refusing, "unwritable", "a", "there already", "c") == {
        "unwritable": "UnicodeEncodeError",
        "there already": "IntegrityError",
    }
    assert refusing.stored == ["a", "c"]


def test_of_a_generation_all_entries_are_stored_or_none(refusing):
    entries = [Entry("g", 1, "text", "good"), Entry("other", 1, "text", "x"), Entry("g", 2, "text", "unwritable")]
    assert DatabaseTokenLog(refusing).append(entries).keys() == {"g"}
    assert refusing.stored == ["x"]


def test_a_commit_that_fails_as_a_whole_fails_every_entry_and_is_not_tried_again(refusing):
    assert append(refusing, "disk full", "good") == dict.fromkeys(["disk full", "good"], "OperationalError")
    assert (refusing.stored, refusing.tries) == ([], 1)
    assert append(refusing, "good") == {}
