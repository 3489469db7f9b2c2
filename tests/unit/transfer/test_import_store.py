"""Storing imports: hidden until complete, removed after a failure, and written in bounded slices."""

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from chatapp.chat import conversations, purge, trees
from chatapp.errors import Unavailable
from chatapp.ids import new_id, now
from chatapp.storage.database import db
from chatapp.storage.tables import Conversation
from chatapp.storage.token_log import DatabaseTokenLog
from chatapp.transfer import export_query, import_store
from chatapp.transfer.incoming import IncomingConversation, IncomingMessage


@pytest.fixture(autouse=True)
def database(tmp_path, monkeypatch):
    monkeypatch.setattr(db, "_engine", None)
    db.bind(f"sqlite:///{tmp_path / 'chatapp.db'}")
    db.migrate()
    yield
    db.engine.dispose()


def make_incoming(count, turns=4, text="x"):
    made = []
    for number in range(count):
        conversation = IncomingConversation(new_id(), f"{number}", "person", float(number), float(number))
        parent = None
        for turn in range(turns):
            message = IncomingMessage(new_id(), parent, "assistant" if turn % 2 else "user", text, float(turn))
            conversation.messages.append(message)
            parent = message.id
        conversation.active_leaf_id = parent
        made.append(conversation)
    return made


def exported(owner):
    return list(export_query.iter_conversations(owner))


def test_imported_conversations_are_listed_newest_first():
    owner = new_id()
    stored = import_store.store(owner, make_incoming(120))
    assert [conversation["title"] for conversation in stored] == [str(number) for number in range(119, -1, -1)]
    assert [conversation["id"] for conversation in exported(owner)] == sorted(one["id"] for one in stored)
    tree = trees.load_tree(stored[0]["id"])
    path = export_query.path_to(tree, stored[0]["active_leaf_id"])
    assert len(path) == 4
    assert [turn["id"] for turns in export_query.iter_messages(path, DatabaseTokenLog(db)) for turn in turns] == path


def test_a_failed_import_leaves_only_rows_that_the_purge_removes(monkeypatch):
    owner, insert, calls = new_id(), db.insert, []

    def failing(statement, rows):
        calls.append(len(rows))
        if len(calls) == 3:
            raise OperationalError("INSERT", {}, Exception("the disk is full"))
        insert(statement, rows)

    monkeypatch.setattr(db, "insert", failing)
    with pytest.raises(OperationalError):
        import_store.store(owner, make_incoming(40))
    assert exported(owner) == []
    purge.purge_deleted(DatabaseTokenLog(db), 600)
    with db.read() as session:
        assert session.connection().exec_driver_sql("SELECT count(*) FROM conversations").scalar() == 0
        assert session.connection().exec_driver_sql("SELECT count(*) FROM messages").scalar() == 0


def test_the_purge_leaves_an_import_in_progress_alone(monkeypatch):
    owner, insert = new_id(), db.insert

    def purging(statement, rows):
        insert(statement, rows)
        purge.purge_deleted(DatabaseTokenLog(db), 0)
        assert exported(owner) == []
        assert conversations.page(owner, archived=False, cursor=None)["conversations"] == []

    monkeypatch.setattr(db, "insert", purging)
    assert len(import_store.store(owner, make_incoming(3))) == 3
    assert len(exported(owner)) == 3


def test_an_import_does_not_restore_deleted_conversations():
    owner = new_id()
    (gone,) = import_store.store(owner, make_incoming(1))
    assert conversations.mark_deleted(owner, gone["id"])
    import_store.store(owner, make_incoming(2))
    assert len(exported(owner)) == 2


def test_an_import_that_fills_the_disk_is_aborted(monkeypatch):
    owner, checks = new_id(), []

    def check_room():
        checks.append(1)
        if len(checks) == 3:
            raise Unavailable("The disk is almost full.")

    with pytest.raises(Unavailable):
        import_store.store(owner, make_incoming(120), check_room)
    assert exported(owner) == []
    purge.purge_deleted(DatabaseTokenLog(db), 600)
    with db.read() as session:
        assert session.scalars(select(func.count()).select_from(Conversation)).one() == 0


def test_slices_are_bounded_by_rows_and_by_text(monkeypatch):
    slices, insert = [], db.insert

    def noting(statement, rows):
        slices.append((len(rows), sum(len(row.get("content", "")) for row in rows)))
        insert(statement, rows)

    monkeypatch.setattr(db, "insert", noting)
    (stored,) = import_store.store(new_id(), make_incoming(1, turns=200, text="x" * 10_000))
    assert max(rows for rows, _ in slices) <= import_store.SLICE_ROWS
    assert max(text for _, text in slices) <= import_store.SLICE_CHARACTERS + 10_000
    out = list(export_query.iter_messages(list(trees.load_tree(stored["id"])), DatabaseTokenLog(db)))
    assert sum(len(turns) for turns in out) == 200
    assert max(sum(len(turn["content"]) for turn in turns) for turns in out) <= export_query.SLICE_CHARACTERS + 10_000


def test_what_is_said_of_an_answer_is_exported_as_it_was_imported_and_only_where_it_is_set():
    (conversation,) = make_incoming(1)
    notices = [{"text": "The option {option} was left out.", "values": {"option": "seed"}}]
    conversation.messages[1].answered_by, conversation.messages[1].notices = "other", notices
    (stored,) = import_store.store(new_id(), [conversation])
    (turns,) = export_query.iter_messages(list(trees.load_tree(stored["id"])), DatabaseTokenLog(db))
    assert (turns[1]["answered_by"], turns[1]["notices"]) == ("other", notices)
    assert all({"answered_by", "notices"}.isdisjoint(turn) for turn in (turns[0], *turns[2:]))


def test_a_missing_title_is_made_from_the_first_question():
    conversation = make_incoming(1, text="서울에서 가 볼 만한 곳")[0]
    conversation.title, conversation.titled_by, conversation.updated_at = None, "words", now()
    assert import_store.store(new_id(), [conversation])[0]["title"] == "서울에서 가 볼 만한 곳"
