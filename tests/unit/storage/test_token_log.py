"""The token log: every implementation stores entries and reads them in order.

The tests of the first part run on each implementation in `LOGS`.
"""

from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatapp.ids import new_id
from chatapp.server import concurrency
from chatapp.storage.database import db
from chatapp.storage.token_log import DatabaseTokenLog, Entry, merge, shown_text
from support.core import question, settle
from support.log_entries import append_end, entries
from support.memory_token_log import MemoryTokenLog

LOGS = [DatabaseTokenLog, MemoryTokenLog]
LONG = 1000.0


@pytest.fixture(params=LOGS)
def any_log(database, request):
    return request.param(database)


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


def test_a_wait_ends_with_an_announcement_without_entries(any_log, generation_id):
    """So a follower whose session has ended need not look at the clock."""
    any_log.append(entries(generation_id, "a"))
    with any_log.follow(generation_id):
        found = follow(any_log, generation_id, 1)
        any_log.announce(generation_id)
        settle()
        assert found == [[]]
        any_log.append(entries(generation_id, "b", first=2))
        assert any_log.wait(generation_id, 1, LONG) == entries(generation_id, "b", first=2)


@pytest.mark.parametrize("timeout", [0, 0.01])
def test_a_wait_without_entries_times_out(any_log, generation_id, timeout):
    assert any_log.wait(generation_id, 0, timeout) == []


def test_an_announcement_without_a_wait_does_nothing(any_log, generation_id):
    any_log.announce(generation_id)
    assert any_log.wait(generation_id, 0, 0) == []


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
