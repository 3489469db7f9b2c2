"""The token log: every implementation stores entries and reads them in order.

The tests of the first part run on each implementation in `LOGS`.
"""

from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError, OperationalError

from chatapp.ids import new_id
from chatapp.server import concurrency
from chatapp.storage import log_tail, token_log
from chatapp.storage.database import db
from chatapp.storage.token_log import DatabaseTokenLog, Entry, merge, shown_text
from support.core import question, settle
from support.memory_token_log import MemoryTokenLog

LOGS = [DatabaseTokenLog, MemoryTokenLog]
LONG = 1000.0


@pytest.fixture(params=LOGS)
def any_log(database, request):
    return request.param(database)


@pytest.fixture
def generation_id(core):
    """A stored generation without entries."""
    return core.send().ack["generation_id"]


def entries(generation_id, *texts, first=1):
    return [Entry(generation_id, seq, "text", text) for seq, text in enumerate(texts, first)]


def append_end(log, entry):
    with db.write() as session:
        log.append_end(session, entry)


def drop(log, *generation_ids):
    with db.write() as session:
        log.drop(generation_ids, session=session)


# --- Every log


def test_appended_entries_are_read_in_order(any_log, generation_id):
    written = entries(generation_id, "a", "b", "c")
    any_log.append(written[:1])
    any_log.append(written[1:])
    assert any_log.read(generation_id) == written


def test_an_entry_is_read_as_it_was_written(any_log, generation_id):
    written = [Entry(generation_id, 1, "reasoning", "생각\n"), Entry(generation_id, 2, "text", "😀'\"; --")]
    any_log.append(written)
    assert any_log.read(generation_id) == written


def test_only_entries_after_a_seq_are_read(any_log, generation_id):
    written = entries(generation_id, "a", "b", "c")
    any_log.append(written)
    assert [any_log.read(generation_id, after) for after in (0, 1, 3, 7)] == [written, written[1:], [], []]


def test_logs_are_separate(any_log, core, generation_id):
    other = core.send("Another").ack["generation_id"]
    any_log.append(entries(generation_id, "a"))
    any_log.append(entries(other, "b", "c"))
    assert any_log.read(generation_id) == entries(generation_id, "a")
    assert (any_log.last_seq(generation_id), any_log.last_seq(other)) == (1, 2)


def test_an_empty_log_has_no_entries_and_the_seq_0(any_log, generation_id):
    assert (any_log.read(generation_id), any_log.last_seq(generation_id)) == ([], 0)


def test_a_log_can_be_read_within_a_transaction(any_log, generation_id):
    any_log.append(entries(generation_id, "a", "b"))
    with db.read() as session:
        assert any_log.read(generation_id, 1, session=session) == entries(generation_id, "b", first=2)
        assert any_log.last_seq(generation_id, session=session) == 2


def test_an_end_is_stored_with_its_transaction(any_log, generation_id):
    any_log.append(entries(generation_id, "a"))
    end = Entry(generation_id, 2, "end", "{}")
    append_end(any_log, end)
    assert any_log.read(generation_id, 1) == [end]
    assert any_log.last_seq(generation_id) == 2


def test_an_end_is_rolled_back_with_its_transaction(any_log, generation_id):
    any_log.append(entries(generation_id, "a"))

    def fail():
        with db.write() as session:
            any_log.append_end(session, Entry(generation_id, 2, "end", "{}"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert any_log.last_seq(generation_id) == 1


def test_a_dropped_log_is_empty_and_others_stay(any_log, core, generation_id):
    other, third = (core.send(name).ack["generation_id"] for name in ("Another", "A third"))
    for one in (generation_id, other, third):
        any_log.append(entries(one, "a"))
    drop(any_log, generation_id, other)
    assert [any_log.read(one) for one in (generation_id, other)] == [[], []]
    assert any_log.last_seq(generation_id) == 0
    assert any_log.read(third) == entries(third, "a")


def test_the_end_of_a_log_can_be_dropped(any_log, generation_id):
    written = entries(generation_id, "a", "b", "c")
    any_log.append(written)
    with db.write() as session:
        any_log.drop([generation_id], session=session, after=1)
    assert any_log.read(generation_id) == written[:1]


def test_a_drop_is_rolled_back_with_its_transaction(any_log, generation_id):
    any_log.append(entries(generation_id, "a"))

    def fail():
        with db.write() as session:
            any_log.drop([generation_id], session=session)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert any_log.read(generation_id) == entries(generation_id, "a")


def follow(log, generation_id, after=0, timeout=LONG):
    """Wait for entries in a task. Returns the list that will hold what the wait returns."""
    found = []
    concurrency.spawn(lambda: found.append(log.wait(generation_id, after, timeout)))
    settle()
    return found


def test_a_wait_returns_existing_entries(any_log, generation_id):
    any_log.append(entries(generation_id, "a", "b"))
    assert any_log.wait(generation_id, 1, LONG) == entries(generation_id, "b", first=2)


def test_a_wait_ends_with_the_next_entry(any_log, generation_id):
    any_log.append(entries(generation_id, "a"))
    followers = [follow(any_log, generation_id, 1) for _ in range(2)]
    assert followers == [[], []]
    any_log.append(entries(generation_id, "b", first=2))
    settle()
    assert followers == [[entries(generation_id, "b", first=2)]] * 2


def test_a_wait_ignores_other_logs(any_log, core, generation_id):
    other = core.send("Another").ack["generation_id"]
    found = follow(any_log, generation_id)
    any_log.append(entries(other, "a"))
    settle()
    assert found == []
    any_log.append(entries(generation_id, "b"))
    settle()
    assert found == [entries(generation_id, "b")]


def test_a_wait_ends_with_an_announced_end(any_log, generation_id):
    found = follow(any_log, generation_id)
    end = Entry(generation_id, 1, "end", "{}")
    append_end(any_log, end)
    any_log.announce(generation_id)
    settle()
    assert found == [[end]]


@pytest.mark.parametrize("timeout", [0, 0.01])
def test_a_wait_without_entries_times_out(any_log, generation_id, timeout):
    assert any_log.wait(generation_id, 0, timeout) == []


def test_an_announcement_without_a_wait_does_nothing(any_log, generation_id):
    any_log.announce(generation_id)
    assert any_log.wait(generation_id, 0, 0) == []


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


kinds = st.sampled_from(["text", "reasoning"])
logs = st.lists(st.tuples(kinds, st.text("ab가", max_size=3)), max_size=12)


@given(written=logs, ends=st.booleans(), after=st.integers(0, 12))
def test_every_implementation_reads_a_log_alike(core, written, ends, after):
    made = {log: log(db) for log in LOGS}
    generation_id = core.sender.send(new_id(), question()).ack["generation_id"]
    read = []
    for log in made.values():
        for seq, (kind, text) in enumerate(written, 1):
            log.append([Entry(generation_id, seq, kind, text)])
        if ends:
            append_end(log, Entry(generation_id, len(written) + 1, "end", "{}"))
        read.append((log.read(generation_id, after), log.last_seq(generation_id)))
    assert all(one == read[0] for one in read)
    assert read[0][1] == len(written) + ends


# --- Merged entries and shown text


@given(written=logs, ends=st.booleans())
def test_merged_entries_are_the_whole_log_in_the_fewest_pieces(written, ends):
    log = [Entry("g", seq, kind, text) for seq, (kind, text) in enumerate(written, 1)]
    end = [Entry("g", len(log) + 1, "end", "{}")] if ends else []
    merged = merge(log + end)
    assert [piece["kind"] for piece in merged] == [kind for kind, _ in groupby(entry.kind for entry in log)]
    for kind in ("text", "reasoning"):
        assert "".join(piece["text"] for piece in merged if piece["kind"] == kind) == "".join(
            entry.text for entry in log if entry.kind == kind
        )
    lasts = [seq for seq, entry in enumerate(log, 1) if seq == len(log) or log[seq].kind != entry.kind]
    assert [piece["seq"] for piece in merged] == lasts


@given(written=logs, content=st.text(max_size=3), reasoning=st.text(max_size=3))
def test_shown_text_is_the_stored_text_plus_the_whole_log(written, content, reasoning):
    log = [Entry("g", seq, kind, text) for seq, (kind, text) in enumerate(written, 1)]
    shown = shown_text(content, reasoning, log)
    assert shown.content == content + "".join(text for kind, text in written if kind == "text")
    assert shown.reasoning == reasoning + "".join(text for kind, text in written if kind == "reasoning")
    assert shown.seq == len(written)


def test_an_end_is_not_shown():
    log = [Entry("g", 1, "text", "a"), Entry("g", 2, "end", "{}")]
    assert shown_text("", "", log).content == "a"
    assert merge(log) == [{"kind": "text", "text": "a", "seq": 1}]


# --- The log in the database: concurrent entries are committed together


class Database:
    """A slow database that refuses some texts."""

    def __init__(self):
        self.stored = []

    def insert(self, _statement, rows, patience):
        assert patience >= 30, "answers survive a lock of that length"
        concurrency.sleep()
        if any(row["text"] == "unwritable" for row in rows):
            raise UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates not allowed")
        if any(row["text"] == "disk full" for row in rows):
            raise OperationalError("INSERT", {}, Exception())
        if any(row["text"] == "there already" for row in rows):
            raise IntegrityError("INSERT", {}, Exception())
        self.stored += [row["text"] for row in rows]


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
