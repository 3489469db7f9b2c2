"""A conversation that is imported again after it has gone on, here or where it comes from: nothing is lost."""

import pytest
from sqlalchemy import select

from chatapp.chat.storage_quota import Quota
from chatapp.errors import TooLarge
from chatapp.ids import new_id
from chatapp.storage.database import db
from chatapp.storage.tables import Conversation, Message
from chatapp.transfer import import_merge, import_store
from chatapp.transfer.incoming import IncomingConversation, IncomingMessage
from chatapp.transfer.spool import Spool

OWNER = "owner"


@pytest.fixture(autouse=True)
def _database(database):
    """Each test has a database of its own."""


def store(tree, **more):
    """Import a conversation. `tree`: for each message its name, that of its parent, and its text."""
    ids = {name: new_id() for name, *_ in tree}
    made = IncomingConversation(new_id(), "t", "person", 1.0, 2.0, key="test:1", active_leaf_id=ids[tree[-1][0]])
    for name, parent, text, *status in tree:
        role = "assistant" if name.startswith("a") else "user"
        status = {"status": status[0]} if status else {}
        made.messages.append(IncomingMessage(ids[name], ids.get(parent), role, text, 1.0, **status))
    with Spool.of([made]) as spool:
        return import_store.store(OWNER, spool, **more)


def rows():
    """Return the stored messages by their texts."""
    with db.read() as session:
        return {row.content: row for row in session.scalars(select(Message).order_by(Message.id))}


def conversation():
    with db.read() as session:
        return session.scalars(select(Conversation)).one()


def add(parent, role, text, **fields):
    """Add a message as a person does who goes on here."""
    message = Message(
        id=new_id(), conversation_id=conversation().id, parent_id=parent.id, role=role, content=text, reasoning="",
        status="complete", cached=False, created_at=3.0, **fields,
    )  # fmt: skip
    with db.write() as session:
        session.add(message)
        session.get_one(Conversation, message.conversation_id).active_leaf_id = message.id
    return message


FIRST = [("q1", None, "one"), ("a1", "q1", "1")]
SECOND = [*FIRST, ("q2", "a1", "two"), ("a2", "q2", "2"), ("a3", "q1", "uno")]


def test_what_came_at_its_origin_is_added_and_shown():
    store(FIRST)
    before, facts = conversation(), []
    stored = store(SECOND[:4], tell=facts.append)
    assert stored.extended == [before.id]
    found = rows()
    assert list(found) == ["one", "1", "two", "2"]
    assert found["two"].parent_id == found["1"].id
    after = conversation()
    assert after.active_leaf_id == found["2"].id
    assert after.revision == before.revision + 2
    assert [fact.payload["message"]["content"] for fact in facts] == ["two", "2"]
    assert [fact.payload["revision"] for fact in facts] == [before.revision + 1, before.revision + 2]
    assert store(SECOND[:4]).unchanged == 1


def test_another_branch_is_added_beside_the_first():
    store(FIRST)
    store(SECOND)
    found = rows()
    assert found["uno"].parent_id == found["1"].parent_id == found["one"].id


def test_what_was_said_here_stays_and_stays_open():
    store(FIRST)
    question = add(rows()["1"], "user", "mine")
    answer = add(question, "assistant", "yours")
    stored = store(SECOND[:4])
    assert stored.added == []
    found = rows()
    assert set(found) == {"one", "1", "mine", "yours", "two", "2"}
    assert found["two"].parent_id == found["mine"].parent_id == found["1"].id, "two branches"
    assert conversation().active_leaf_id == answer.id


def test_an_incomplete_answer_that_was_continued_here_is_recognized():
    cut = [("q1", None, "one"), ("a1", "q1", "It is", "interrupted")]
    store(cut)
    with db.write() as session:
        row = session.get_one(Message, rows()["It is"].id)
        row.content, row.status = "It is four.", "complete"
    stored = store([*cut, ("q2", "a1", "two"), ("a2", "q2", "2")])
    assert len(stored.extended) == 1
    found = rows()
    assert set(found) == {"one", "It is four.", "two", "2"}
    assert found["two"].parent_id == found["It is four."].id


def test_an_unanswered_question_that_was_answered_here_gets_no_empty_answer():
    cut = [("q1", None, "one"), ("a1", "q1", "", "interrupted")]
    store(cut)
    add(rows()["one"], "assistant", "answered here")
    with db.write() as session:
        session.delete(session.get_one(Message, rows()[""].id))
    store([*cut, ("q2", "a1", "two"), ("a2", "q2", "2")])
    assert set(rows()) == {"one", "answered here", "two", "2"}


def test_two_equal_branches_are_not_taken_for_one():
    twins = [("q1", None, "one"), ("a1", "q1", "same"), ("a2", "q1", "same")]
    store(twins)
    store([*twins, ("q2", "a2", "two"), ("a3", "q2", "2")])
    with db.read() as session:
        found = session.scalars(select(Message).order_by(Message.id)).all()
    assert [row.content for row in found] == ["one", "same", "same", "two", "2"]
    assert found[3].parent_id == found[2].id


def test_one_answer_is_not_taken_for_two():
    store([("q1", None, "one"), ("a1", "q1", "It is")])
    store([("q1", None, "one"), ("a1", "q1", "It", "interrupted"), ("a2", "q1", "It is")])
    with db.read() as session:
        assert len(session.scalars(select(Message)).all()) == 3


@pytest.mark.parametrize("large", [0, 10**9])
def test_in_a_native_thread_the_same_is_recognized(monkeypatch, large):
    monkeypatch.setattr(import_merge, "LARGE", large)
    store(FIRST)
    assert len(store(SECOND).extended) == 1
    assert set(rows()) == {"one", "1", "uno", "two", "2"}


class Compared(str):
    """A text that counts how often a beginning is looked for."""

    __slots__ = ()
    times = 0

    def startswith(self, *args):
        Compared.times += 1
        return super().startswith(*args)


def test_thousands_of_branches_are_not_compared_each_with_each(monkeypatch):
    """Of 20,000 that would hold up the whole server for half a minute."""
    monkeypatch.setattr(Compared, "times", 0)
    here = import_merge._Here(new_id())
    here.add("a", None, "assistant", "1", "complete")
    tree = [IncomingMessage("in", None, "assistant", "1", 1.0)]
    for number in range(2_000):
        here.add(f"here {number}", "a", "user", f"{number}", "complete")
        here.add(f"part {number}", "a", "assistant", Compared("part"), "interrupted")
        tree.append(IncomingMessage(f"q {number}", "in", "user", f"other {number}", 1.0))
        tree.append(IncomingMessage(f"a {number}", "in", "assistant", "", 1.0, status="interrupted"))
    same, new = here.match(tree)
    assert 2_000 < Compared.times <= 2_000 * import_merge.MAX_VERSIONS
    assert len(same) == 1 + import_merge.MAX_VERSIONS
    assert len(same) + len(new) == len(tree)


def test_of_many_new_messages_a_tab_learns_that_it_has_missed_some():
    store(FIRST)
    before, facts = conversation().revision, []
    many = [*FIRST, *((f"q{number}", "a1", f"more {number}") for number in range(2, 122))]
    store(many, tell=facts.append)
    revisions = [fact.payload["revision"] for fact in facts]
    assert conversation().revision == before + 120
    assert revisions == list(range(before + 101, before + 121))
    assert facts[-1].payload["message"]["content"] == "more 121"


def test_nothing_is_added_below_a_running_answer():
    store(FIRST)
    with db.write() as session:
        session.get_one(Message, rows()["1"].id).status = "running"
    stored = store(SECOND[:4])
    assert [(title, type(error).__name__) for title, error in stored.not_taken] == [("t", "StillRunning")]
    assert set(rows()) == {"one", "1"}


def test_new_messages_count_for_the_storage():
    store(FIRST)
    before = conversation().bytes
    with pytest.raises(TooLarge):
        store(SECOND, quota=Quota(10, before + 100, 0))
    store(SECOND)
    assert conversation().bytes == before + sum(512 + len(text) for text in ("two", "2", "uno"))
