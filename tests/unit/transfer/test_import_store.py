"""Storing imports: each conversation as a whole, long ones hidden until they are complete, and none twice."""

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from chatapp.chat import conversations, purge, trees
from chatapp.chat.storage_quota import UNLIMITED, Quota
from chatapp.errors import TooLarge, Unavailable
from chatapp.ids import new_id, now
from chatapp.server import concurrency
from chatapp.storage.database import db
from chatapp.storage.tables import Conversation
from chatapp.storage.token_log import DatabaseTokenLog
from chatapp.transfer import export_query, import_store
from chatapp.transfer.import_reading import ImportProgress
from chatapp.transfer.import_rows import SLICE_CHARACTERS, SLICE_ROWS
from chatapp.transfer.incoming import IncomingConversation, IncomingMessage
from chatapp.transfer.spool import READ_AT_ONCE, Spool

LONG = 2 * SLICE_ROWS


@pytest.fixture(autouse=True)
def _database(database):
    """Each test has a database of its own."""


def make_incoming(count, turns=4, text="x"):
    made = []
    for number in range(count):
        conversation = IncomingConversation(
            new_id(), f"{number}", "person", float(number), float(number), key=f"test:{number}"
        )
        parent = None
        for turn in range(turns):
            message = IncomingMessage(new_id(), parent, "assistant" if turn % 2 else "user", text, float(turn))
            conversation.messages.append(message)
            parent = message.id
        conversation.active_leaf_id = parent
        made.append(conversation)
    return made


def store(owner, conversations, check_room=lambda: None, quota=UNLIMITED, progress=None):
    with Spool.of(conversations) as spool:
        return import_store.store(owner, spool, check_room, quota, progress)


def exported(owner):
    return list(export_query.iter_conversations(owner))


def count_rows():
    with db.read() as session:
        return session.scalars(select(func.count()).select_from(Conversation)).one()


def test_a_long_conversation_lets_others_run_while_it_is_read_back():
    turns = 0

    def take_turns():
        nonlocal turns
        while True:
            concurrency.sleep()
            turns += 1

    with Spool.of(make_incoming(1, turns=10 * READ_AT_ONCE)) as spool:
        task = concurrency.spawn(take_turns)
        ((_, conversation),) = spool
        task.cancel()
    assert len(conversation.messages) == 10 * READ_AT_ONCE
    assert turns >= 8


def test_the_rows_of_a_long_conversation_are_made_slice_by_slice(monkeypatch):
    made, made_before_insert = 0, []
    make, insert = import_store.message_row, db.insert

    def count_rows_made(*args):
        nonlocal made
        made += 1
        return make(*args)

    def note(*args):
        made_before_insert.append(made)
        insert(*args)

    monkeypatch.setattr(import_store, "message_row", count_rows_made)
    monkeypatch.setattr(db, "insert", note)
    store(new_id(), make_incoming(1, turns=10 * SLICE_ROWS))
    assert made == 10 * SLICE_ROWS
    assert made_before_insert[:3] == [2 * SLICE_ROWS] * 3, "the conversation, and two slices"
    assert made_before_insert[3:] == [number * SLICE_ROWS for number in range(3, 11)]


def test_imported_conversations_are_listed_newest_first():
    owner = new_id()
    stored = import_store.load_objects(store(owner, make_incoming(120)).added)
    assert [conversation["title"] for conversation in stored] == [str(number) for number in range(119, -1, -1)]
    assert [conversation["id"] for conversation in exported(owner)] == sorted(one["id"] for one in stored)
    tree = trees.load_tree(stored[0]["id"])
    path = export_query.path_to(tree, stored[0]["active_leaf_id"])
    assert len(path) == 4
    assert [turn["id"] for turns in export_query.iter_messages(path, DatabaseTokenLog(db)) for turn in turns] == path


def fail_at(monkeypatch, call):
    """Let the insertion of so many slices succeed."""
    insert, calls = db.insert, []

    def failing(statement, rows):
        calls.append(len(rows))
        if len(calls) == call:
            raise OperationalError("INSERT", {}, Exception("the disk is full"))
        insert(statement, rows)

    monkeypatch.setattr(db, "insert", failing)


def test_a_long_conversation_that_fails_leaves_only_rows_that_the_purge_removes(monkeypatch):
    owner = new_id()
    fail_at(monkeypatch, 3)
    with pytest.raises(OperationalError):
        store(owner, make_incoming(1, turns=LONG))
    assert exported(owner) == []
    purge.purge_deleted(DatabaseTokenLog(db), 600)
    assert count_rows() == 0
    with db.read() as session:
        assert session.connection().exec_driver_sql("SELECT count(*) FROM messages").scalar() == 0


def test_the_purge_leaves_an_import_in_progress_alone(monkeypatch):
    owner, insert = new_id(), db.insert

    def purging(statement, rows):
        insert(statement, rows)
        purge.purge_deleted(DatabaseTokenLog(db), 0)
        assert exported(owner) == []
        assert conversations.page(owner, archived=False, cursor=None)["conversations"] == []

    monkeypatch.setattr(db, "insert", purging)
    assert len(store(owner, make_incoming(1, turns=LONG)).added) == 1
    assert len(exported(owner)) == 1


def test_an_import_does_not_restore_deleted_conversations():
    owner = new_id()
    (gone,) = store(owner, make_incoming(1)).added
    assert conversations.mark_deleted(owner, gone)
    assert len(store(owner, make_incoming(2)).added) == 2
    assert len(exported(owner)) == 2


def test_an_import_that_fills_the_disk_keeps_what_has_come_and_says_how_many_are_left():
    owner, checks = new_id(), []

    def check_room():
        checks.append(1)
        if len(checks) == 3:
            raise Unavailable("The disk is almost full.")

    stored = store(owner, make_incoming(5), check_room)
    assert (len(stored.added), stored.left, str(stored.problem)) == (2, 3, "The disk is almost full.")
    assert len(exported(owner)) == 2


def test_an_import_for_which_there_is_no_room_at_all_is_refused():
    def check_room():
        raise Unavailable("The disk is almost full.")

    with pytest.raises(Unavailable):
        store(new_id(), make_incoming(5), check_room)
    assert count_rows() == 0


def test_a_cancelled_import_keeps_what_has_come():
    owner, progress = new_id(), ImportProgress()

    def cancel_at_the_third():
        progress.is_cancelled = progress.done == 2

    stored = store(owner, make_incoming(5), cancel_at_the_third, progress=progress)
    assert (len(stored.added), stored.left, stored.problem) == (3, 2, None)
    assert len(exported(owner)) == 3
    assert len(store(owner, make_incoming(5)).added) == 2, "the rest comes the next time"


def test_above_the_quota_nothing_is_stored():
    owner = new_id()
    with pytest.raises(TooLarge, match="2 conversations at most"):
        store(owner, make_incoming(3), quota=Quota(2, 10**9, 0))
    assert exported(owner) == []
    store(owner, make_incoming(2), quota=Quota(2, 10**9, 0))
    assert store(owner, make_incoming(2), quota=Quota(2, 10**9, 0)).unchanged == 2, "nothing new, so no more room"


def test_slices_are_bounded_by_rows_and_by_text(monkeypatch):
    slices, insert = [], db.insert

    def noting(statement, rows):
        slices.append((len(rows), sum(len(row.get("content", "")) for row in rows)))
        insert(statement, rows)

    monkeypatch.setattr(db, "insert", noting)
    (stored,) = store(new_id(), make_incoming(1, turns=200, text="x" * 10_000)).added
    assert max(rows for rows, _ in slices) <= SLICE_ROWS
    assert max(text for _, text in slices) <= SLICE_CHARACTERS + 10_000
    out = list(export_query.iter_messages(list(trees.load_tree(stored)), DatabaseTokenLog(db)))
    assert sum(len(turns) for turns in out) == 200
    assert max(sum(len(turn["content"]) for turn in turns) for turns in out) <= export_query.SLICE_CHARACTERS + 10_000


def test_what_is_said_of_an_answer_is_exported_as_it_was_imported_and_only_where_it_is_set():
    (conversation,) = make_incoming(1)
    notices = [{"text": "The option {option} was left out.", "values": {"option": "seed"}}]
    conversation.messages[1].answered_by, conversation.messages[1].notices = "other", notices
    (stored,) = store(new_id(), [conversation]).added
    (turns,) = export_query.iter_messages(list(trees.load_tree(stored)), DatabaseTokenLog(db))
    assert (turns[1]["answered_by"], turns[1]["notices"]) == ("other", notices)
    assert all({"answered_by", "notices"}.isdisjoint(turn) for turn in (turns[0], *turns[2:]))


def test_a_missing_title_is_made_from_the_first_question():
    conversation = make_incoming(1, text="서울에서 가 볼 만한 곳")[0]
    conversation.title, conversation.titled_by, conversation.updated_at = None, "words", now()
    stored = store(new_id(), [conversation])
    assert import_store.load_objects(stored.added)[0]["title"] == "서울에서 가 볼 만한 곳"


def test_importing_twice_makes_no_doubles():
    owner, other = new_id(), new_id()
    assert len(store(owner, make_incoming(3)).added) == 3
    again = store(owner, make_incoming(4))
    assert (len(again.added), again.unchanged) == (1, 3)
    assert len(exported(owner)) == 4
    assert len(store(other, make_incoming(3)).added) == 3, "another owner's are not mine"


def test_one_import_with_a_conversation_twice_makes_no_doubles():
    owner = new_id()
    stored = store(owner, [*make_incoming(2), *make_incoming(2)])
    assert (len(stored.added), stored.unchanged) == (2, 2)


def test_a_conversation_without_an_id_is_recognized_by_its_content():
    owner = new_id()
    for _ in range(2):
        made = make_incoming(2)
        for one in made:
            one.key = None
        stored = store(owner, made)
    assert (stored.added, stored.unchanged) == ([], 2)


def test_an_exported_conversation_that_is_still_here_gets_one_copy():
    owner = new_id()
    (original,) = store(owner, make_incoming(1)).added
    for added, unchanged in ((1, 0), (0, 1)):
        (copy,) = make_incoming(1)
        copy.key = f"chatapp:{original}"
        stored = store(owner, [copy])
        assert (len(stored.added), stored.unchanged) == (added, unchanged)
