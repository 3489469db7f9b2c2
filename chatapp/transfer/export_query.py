"""Reads an owner's conversations for an export, in slices.

First the tree of a conversation's message ids is read, then its messages slice by slice, each in a session of its own
that is bounded in rows and characters; the caller yields between slices. So an export of any length blocks no tab,
holds no database connection while a slow client reads, and works the same on every database. It is consistent enough:
the tree is read at one moment, and its messages only ever grow.
"""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from chatapp.chat.ownership import owned_conversation
from chatapp.chat.trees import Tree
from chatapp.storage.database import db
from chatapp.storage.tables import Conversation, Message
from chatapp.storage.token_log import TokenLog, shown_text

SLICE_ROWS = 100
SLICE_CHARACTERS = 256 * 1024

HEAD = (
    *(Conversation.id, Conversation.title, Conversation.titled_by, Conversation.pinned, Conversation.archived),
    *(Conversation.model, Conversation.system_prompt, Conversation.options, Conversation.active_leaf_id),
    *(Conversation.created_at, Conversation.updated_at),
)
TURN = (
    *(Message.id, Message.parent_id, Message.role, Message.content, Message.reasoning, Message.status),
    *(Message.model, Message.options, Message.usage, Message.timings, Message.cached, Message.cached_at),
    *(Message.finish_reason, Message.error, Message.answered_by, Message.notices),
    *(Message.created_at, Message.generation_id),
)
#: Fields that are exported only where they are set, so that earlier versions can read most files.
REMARKS = ("answered_by", "notices")


def load_conversation(owner: str, conversation_id: str) -> dict[str, Any]:
    """Return the owner's conversation without its messages. Raises NotFound."""
    with db.read() as session:
        owned_conversation(session, owner, conversation_id)
        return dict(session.execute(select(*HEAD).where(Conversation.id == conversation_id)).one()._mapping)


def iter_conversations(owner: str) -> Iterator[dict[str, Any]]:
    """Yield all conversations that the owner has not deleted, with archived ones, oldest first."""
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


def path_to(tree: Tree, leaf_id: str | None) -> list[str]:
    """Return the ids on the path from the root to a leaf."""
    ids = []
    while leaf_id is not None and leaf_id in tree:
        ids.append(leaf_id)
        leaf_id = tree[leaf_id]
    return ids[::-1]


def iter_messages(ids: list[str], token_log: TokenLog) -> Iterator[list[dict[str, Any]]]:
    """Yield these messages in slices. `ids` must be sorted."""
    start = 0
    while start < len(ids):
        wanted = ids[start : start + SLICE_ROWS]
        with db.read() as session:
            turns = _load_slice(session, wanted, token_log)
        if not turns:
            return  # the conversation was purged meanwhile
        start += len(turns)
        yield turns


def _load_slice(session: Session, ids: list[str], token_log: TokenLog) -> list[dict[str, Any]]:
    """Return the first of these messages: fewer if they are long."""
    turns, characters = [], 0
    for row in session.execute(select(*TURN).where(Message.id.in_(ids)).order_by(Message.id)):
        turns.append(_turn(session, row, token_log))
        characters += len(row.content) + len(row.reasoning)
        if characters > SLICE_CHARACTERS:
            break
    return turns


def _turn(session: Session, row: Row[Any], token_log: TokenLog) -> dict[str, Any]:
    """Return a message. One that runs is as it would be if the server were lost now."""
    turn = {name: value for name, value in row._mapping.items() if value is not None or name not in REMARKS}
    generation_id = turn.pop("generation_id")
    if turn["status"] == "running":
        turn["status"] = "interrupted"
        entries = token_log.read(generation_id, session=session)
        text = shown_text(turn["content"], turn["reasoning"], entries)
        turn["content"], turn["reasoning"] = text.content, text.reasoning
    turn["attachments"] = []
    return turn
