"""An owner's storage: every write of text is counted, and nothing is stored beyond the bounds."""

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import select, text

from chatapp.chat import conversations, purge
from chatapp.chat.storage_quota import MESSAGE_BYTES, UNLIMITED, Quota, message_size
from chatapp.errors import TooLarge
from chatapp.ids import new_id
from chatapp.protocol.payloads import ChangeConversation, ContinueGeneration, CreateConversation, Regenerate
from chatapp.providers import Reasoning
from chatapp.storage.database import Database, db
from chatapp.storage.tables import Conversation, Message
from chatapp.transfer import import_store
from chatapp.transfer.incoming import IncomingConversation, IncomingMessage
from chatapp.transfer.spool import Spool
from support.core import OTHER, OWNER, log_texts
from support.paths import ROOT


def store(conversation, quota=UNLIMITED):
    with Spool.of([conversation]) as spool:
        import_store.store(OWNER, spool, quota=quota)


def counted_bytes():
    """Return the stored size of each conversation."""
    with db.read() as session:
        return dict(session.execute(select(Conversation.id, Conversation.bytes)).all())


def computed_bytes():
    """Return the size of each conversation, computed from its texts."""
    with db.read() as session:
        sizes = {row.id: len((row.system_prompt or "").encode()) for row in session.scalars(select(Conversation))}
        for row in session.scalars(select(Message)):
            sizes[row.conversation_id] += message_size(row.content, row.reasoning)
    return sizes


def change(conversation_id, quota=None, **fields):
    request = ChangeConversation(**fields)
    return conversations.change(OWNER, conversation_id, request, *([quota] if quota else []))


def incoming(text, system_prompt=None):
    question = IncomingMessage(new_id(), None, "user", text, 1.0)
    answer = IncomingMessage(new_id(), question.id, "assistant", text, 2.0, reasoning="생각")
    made = IncomingConversation(new_id(), "Imported", "person", 1.0, 2.0, answer.id, system_prompt=system_prompt)
    made.messages.extend([question, answer])
    return made


def test_every_write_of_text_updates_the_count(core):
    first = core.send("질문", system_prompt="Be brief.")
    log_texts(core.log, first.ack["generation_id"], Reasoning("생각"), "Once ")
    core.finalize(first, "upon", "stopped")
    answer_id = first.ack["assistant_message_id"]
    continued = core.sender.continue_(OWNER, ContinueGeneration(message_id=answer_id))
    core.finalize(continued, " a time")
    core.finalize(core.sender.regenerate(OWNER, Regenerate(message_id=answer_id)), "Other")
    core.send("Runs", first.conversation_id)
    empty = conversations.create(OWNER, CreateConversation(system_prompt="한글"))
    change(empty["id"], system_prompt="x" * 50)
    change(empty["id"], title="Titles do not count")
    change(first.conversation_id, system_prompt=None)
    store(incoming("가져온 글", "Be kind."))
    assert counted_bytes() == computed_bytes()
    assert min(counted_bytes().values()) >= 50


def test_a_migration_measures_existing_conversations(tmp_path):
    database = Database()
    database.bind(f"sqlite:///{tmp_path / 'chatapp.db'}")
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    with database.engine.execution_options(chatapp_write=True).begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0004")
        columns = "id, owner, title, pinned, archived, system_prompt, revision, created_at, updated_at"
        for row in ("('a', 'o', '', 0, 0, '한', 0, 0, 0)", "('b', 'o', '', 0, 0, NULL, 0, 0, 0)"):
            connection.execute(text(f"INSERT INTO conversations ({columns}) VALUES {row}"))  # noqa: S608
        columns = "id, conversation_id, role, content, reasoning, status, cached, created_at"
        for row in ("('1', 'a', 'user', '질문', '', 'complete', 0, 0)", "('2', 'a', 'assistant', 'x', 'yy', '', 0, 0)"):
            connection.execute(text(f"INSERT INTO messages ({columns}) VALUES {row}"))  # noqa: S608
    database.migrate()
    with database.read() as session:
        sizes = dict(session.execute(select(Conversation.id, Conversation.bytes)).all())
    database.engine.dispose()
    assert sizes == {"a": 3 + 6 + 3 + 2 * MESSAGE_BYTES, "b": 0}


def test_conversations_beyond_the_bound_are_refused(new_core):
    core = new_core(conversations_per_owner=2)
    quota = Quota.of(core.settings)
    first = core.exchange("First")
    conversations.create(OWNER, CreateConversation(), quota)
    for act in (
        lambda: core.send("Third"),
        lambda: conversations.create(OWNER, CreateConversation(), quota),
        lambda: store(incoming("Third"), quota),
    ):
        with pytest.raises(TooLarge, match="2 conversations at most"):
            act()
    core.send("Second question", first.conversation_id)
    conversations.create(OTHER, CreateConversation(), quota)


def test_bytes_beyond_the_bound_are_refused(new_core):
    core = new_core(storage_bytes_per_owner=4 * MESSAGE_BYTES)
    quota = Quota.of(core.settings)
    first = core.exchange("x" * MESSAGE_BYTES)
    long = "y" * MESSAGE_BYTES
    for act in (
        lambda: core.send(long, first.conversation_id),
        lambda: core.send("Short", system_prompt=long),
        lambda: conversations.create(OWNER, CreateConversation(system_prompt=long), quota),
        lambda: change(first.conversation_id, quota, system_prompt=long),
        lambda: store(incoming(long), quota),
    ):
        with pytest.raises(TooLarge, match="2,048 bytes of text at most"):
            act()
    assert counted_bytes() == computed_bytes()
    change(first.conversation_id, quota, title="Renamed")


def test_a_repeated_command_is_answered_beyond_the_bound(new_core):
    core = new_core(conversations_per_owner=1)
    fields = {"client_message_id": new_id()}
    assert core.send("First", **fields).ack == core.send("First", **fields).ack


def test_a_deleted_conversation_counts_until_it_is_removed(new_core):
    core = new_core(conversations_per_owner=1)
    first = core.exchange("First")
    conversations.mark_deleted(OWNER, first.conversation_id)
    with pytest.raises(TooLarge, match="for 10 minutes more"):
        core.send("Second")
    purge.purge_deleted(core.log, -1)
    core.send("Second")
