"""What leaves by an export: an owner's conversations with all their messages, in slices.

First the shape of a conversation's tree is read, then its messages slice by slice, each in a session of its own that
is bounded in rows and characters; who reads the slices yields between. So an export of any length holds up no tab,
keeps no connection while a slow client reads, and is the same on every database. It is consistent enough: the shape
is of one moment, and what is in it only ever grows.
"""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from chatapp.chat.ownership import owned_conversation
from chatapp.server import concurrency
from chatapp.storage.database import db
from chatapp.storage.tables import Conversation, Message
from chatapp.storage.token_log import TokenLog, shown_text

SLICE_ROWS = 100
SLICE_CHARACTERS = 256 * 1024
SHAPE_ROWS = 1000

#: Ids of messages with those of their parents, in the order of the ids.
Tree = dict[str, str | None]

HEAD = (
    *(Conversation.id, Conversation.title, Conversation.titled_by, Conversation.pinned, Conversation.archived),
    *(Conversation.model, Conversation.system_prompt, Conversation.options, Conversation.active_leaf_id),
    *(Conversation.created_at, Conversation.updated_at),
)
TURN = (
    *(Message.id, Message.parent_id, Message.role, Message.content, Message.reasoning, Message.status),
    *(Message.model, Message.options, Message.usage, Message.timings, Message.cached, Message.cached_at),
    *(Message.finish_reason, Message.error, Message.created_at, Message.generation_id),
)


def load_conversation(owner: str, conversation_id: str) -> dict[str, Any]:
    """Return the owner's conversation as the export has it. Raises NotFound."""
    with db.read() as session:
        owned_conversation(session, owner, conversation_id)
        return dict(session.execute(select(*HEAD).where(Conversation.id == conversation_id)).one()._mapping)


def iter_conversations(owner: str) -> Iterator[dict[str, Any]]:
    """Yield all that the owner has not deleted, archived ones too, oldest first."""
    query = select(*HEAD).where(Conversation.owner == owner, Conversation.deleted_at.is_(None))
    last_id = ""
    while True:
        with db.read() as session:
            page = query.where(Conversation.id > last_id).order_by(Conversation.id).limit(SLICE_ROWS)
            rows = [dict(row._mapping) for row in session.execute(page)]
        yield from rows
        if len(rows) < SLICE_ROWS:
            return
        last_id = rows[-1]["id"]


def load_tree(conversation_id: str) -> Tree:
    """Return the shape of a conversation's tree."""
    parents: Tree = {}
    query = select(Message.id, Message.parent_id).where(Message.conversation_id == conversation_id)
    with db.read() as session:
        for rows in session.execute(query).partitions(SHAPE_ROWS):
            parents.update((row.id, row.parent_id) for row in rows)
            concurrency.sleep()
    return dict(sorted(parents.items()))


def path_to(tree: Tree, leaf_id: str | None) -> list[str]:
    """Return the ids of the messages that lead to a leaf, from the first on."""
    ids = []
    while leaf_id is not None and leaf_id in tree:
        ids.append(leaf_id)
        leaf_id = tree[leaf_id]
    return ids[::-1]


def iter_messages(ids: list[str], token_log: TokenLog) -> Iterator[list[dict[str, Any]]]:
    """Yield these messages, which are in the order of their ids."""
    start = 0
    while start < len(ids):
        wanted = ids[start : start + SLICE_ROWS]
        with db.read() as session:
            turns = _load_slice(session, wanted, token_log)
        if not turns:
            return  # the conversation was removed for good meanwhile
        start += len(turns)
        yield turns


def _load_slice(session: Session, ids: list[str], token_log: TokenLog) -> list[dict[str, Any]]:
    """Return the first of these messages, fewer where they are long."""
    turns, characters = [], 0
    for row in session.execute(select(*TURN).where(Message.id.in_(ids)).order_by(Message.id)):
        turns.append(_turn(session, row, token_log))
        characters += len(row.content) + len(row.reasoning)
        if characters > SLICE_CHARACTERS:
            break
    return turns


def _turn(session: Session, row: Row[Any], token_log: TokenLog) -> dict[str, Any]:
    """Return a message. One that runs is as it would be if the server were lost now."""
    turn = dict(row._mapping)
    generation_id = turn.pop("generation_id")
    if turn["status"] == "running":
        turn["status"] = "interrupted"
        entries = token_log.read(generation_id, session=session)
        text = shown_text(turn["content"], turn["reasoning"], entries)
        turn["content"], turn["reasoning"] = text.content, text.reasoning
    turn["attachments"] = []
    return turn
