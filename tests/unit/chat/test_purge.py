"""The purge removes deleted conversations: as a whole, in small steps, and no part of them is ever seen."""

import pytest
from sqlalchemy import event, func, select, text

from chatapp.chat import conversations, purge
from chatapp.errors import NotFound
from chatapp.ids import new_id
from chatapp.protocol.payloads import ChangeConversation
from chatapp.storage.database import db
from chatapp.storage.tables import CachedResponse, ClientRequest, Conversation, Generation, LogEntry, Message
from support.core import OWNER, log_texts, store_path

TABLES = [Conversation, Message, Generation, LogEntry, ClientRequest, CachedResponse]


def counts():
    with db.read() as session:
        return [session.scalars(select(func.count()).select_from(table)).one() for table in TABLES]


def delete(*conversation_ids):
    for conversation_id in conversation_ids:
        assert conversations.mark_deleted(OWNER, conversation_id)


def restore(conversation_id):
    conversations.change(OWNER, conversation_id, ChangeConversation(deleted=False))


@pytest.fixture
def writes(database, monkeypatch):
    """The number of rows that each write of the purge changes."""
    changed, write = [], purge._write_and_pause

    def count_changes(session):
        return session.execute(text("SELECT total_changes()")).scalar()

    class Counted:
        def __enter__(self):
            self._open = write()
            self._session = self._open.__enter__()
            self._before = count_changes(self._session)
            return self._session

        def __exit__(self, *error):
            changed.append(count_changes(self._session) - self._before)
            return self._open.__exit__(*error)

    monkeypatch.setattr(purge, "_write_and_pause", Counted)
    return changed


def test_a_purge_removes_all_rows_of_a_conversation_and_no_others(core):
    removed = core.exchange("Gone")
    core.exchange("Kept")
    one_exchange = [count // 2 for count in counts()]
    delete(removed.conversation_id)
    purge.purge_deleted(core.log, -1)
    assert counts() == one_exchange
    assert min(one_exchange) >= 1


@pytest.mark.parametrize(("rows", "size"), [(7, 10**6), (1000, 3000)])
def test_each_write_removes_a_bounded_number_of_rows(core, writes, monkeypatch, rows, size):
    """A removed message counts as three rows at most: itself, and entries in the queue of the search index."""
    monkeypatch.setattr(purge, "SLICE_ROWS", rows)
    monkeypatch.setattr(purge, "SLICE_BYTES", size)
    conversation_id, *path = store_path(60)
    delete(conversation_id)
    purge.purge_deleted(core.log, -1)
    assert counts()[:2] == [0, 0]
    assert len(writes) > len(path) / 20
    assert max(writes) <= 3 * min(rows, size // 200)


def test_a_delete_reads_only_the_rows_that_it_removes(core, database):
    """With the conversation in the condition, SQLite would read all of its messages."""
    conversation_id, *_ = store_path(60)
    delete(conversation_id)
    plans = []

    def explain(connection, cursor, statement, parameters, *_rest):
        if statement.startswith("DELETE FROM messages"):
            plans.extend(row[3] for row in cursor.connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters))

    event.listen(database.engine, "before_cursor_execute", explain)
    try:
        purge.purge_deleted(core.log, -1)
    finally:
        event.remove(database.engine, "before_cursor_execute", explain)
    assert len(plans) >= 3
    assert all("(id=?)" in plan for plan in plans), plans


def test_a_long_log_is_dropped_in_parts_from_its_end(core, writes, monkeypatch):
    monkeypatch.setattr(purge, "SLICE_ENTRIES", 2)
    result = core.send()
    log_texts(core.log, result.ack["generation_id"], *"abcdef")
    core.finalize(result)
    seen, pause = [], purge.concurrency.sleep

    def look(seconds):
        seen.append("".join(entry.text for entry in core.log.read(result.ack["generation_id"]) if entry.kind == "text"))
        pause(seconds)

    monkeypatch.setattr(purge.concurrency, "sleep", look)
    purge.drop_logs(core.log, -1)
    assert seen == ["abcde", "abc", "a", "", ""]
    assert max(writes) <= 2


def test_a_purge_lets_other_tasks_run_between_its_writes(core, writes):
    delete(*(store_path(100)[0] for _ in range(4)))
    turns, is_done = [], []

    def count_turns():
        while not is_done:
            turns.append(len(writes))
            purge.concurrency.sleep()

    counter = purge.concurrency.spawn(count_turns)
    purge.purge_deleted(core.log, -1)
    is_done.append(True)
    counter.wait()
    assert set(range(1, len(writes))) <= set(turns)


def test_a_conversation_that_is_being_removed_cannot_be_restored(core, monkeypatch):
    conversation_id, *_ = store_path(60)
    delete(conversation_id)
    refused, pause = [], purge.concurrency.sleep

    def restore_meanwhile(seconds):
        try:
            restore(conversation_id)
        except NotFound as error:
            refused.append(error)
        pause(seconds)

    monkeypatch.setattr(purge.concurrency, "sleep", restore_meanwhile)
    purge.purge_deleted(core.log, -1)
    assert len(refused) > 1
    assert counts()[:2] == [0, 0]


def test_a_conversation_restored_before_the_purge_stays_whole(core, before_write):
    conversation_id, *path = store_path(2)
    delete(conversation_id)
    before_write.append(lambda: restore(conversation_id))
    purge.purge_deleted(core.log, -1)
    assert counts()[:2] == [1, len(path)]
    assert conversations.get(OWNER, conversation_id)["id"] == conversation_id


def test_the_next_purge_resumes_an_interrupted_one(core, monkeypatch):
    conversation_id, *_ = store_path(60)
    delete(conversation_id)

    def interrupt(_seconds):
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr(purge.concurrency, "sleep", interrupt)
        with pytest.raises(ZeroDivisionError):
            purge.purge_deleted(core.log, -1)
    assert 0 < counts()[1] < 120
    purge.purge_deleted(core.log, -1)
    assert counts()[:2] == [0, 0]


def test_nothing_is_removed_within_the_grace_period(core):
    conversation_id, *path = store_path(2)
    delete(conversation_id)
    purge.purge_deleted(core.log, 60)
    assert counts()[:2] == [1, len(path)]
    with pytest.raises(NotFound):
        conversations.get(new_id(), conversation_id)
