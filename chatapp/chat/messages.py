"""Paths through a conversation's tree, and snapshots of what runs on it."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import literal, select
from sqlalchemy.orm import Session

from chatapp.chat.conversations import owned, owned_generation
from chatapp.chat.generations import last_seq
from chatapp.chat.objects import conversation_object, message_object, message_objects
from chatapp.errors import NotFound
from chatapp.ids import iso
from chatapp.storage.database import db
from chatapp.storage.tables import Conversation, Generation, LogEntry, Message
from chatapp.storage.token_log import Entry, merged


def opened(owner: str, conversation_id: str, *, leaf_id: str | None, limit: int) -> dict[str, Any]:
    """Return one snapshot: the conversation, the newest messages of a path, and all that runs in it."""
    with db.read() as session:
        conversation = owned(session, owner, conversation_id)
        page = _page(session, conversation, leaf_id or conversation.active_leaf_id, limit)
        page["conversation"] = conversation_object(session, conversation)
        page["running"] = [_running(session, row) for row in _running_rows(session, conversation_id)]
        return page


def older(owner: str, conversation_id: str, *, before: str, limit: int) -> dict[str, Any]:
    """Return the messages above the cursor `before`: the id of the oldest message that the client has."""
    with db.read() as session:
        conversation = owned(session, owner, conversation_id)
        message = _member(session, conversation, before)
        return _page(session, conversation, message.parent_id, limit)


def resumed(owner: str, generation_id: str, after: int) -> dict[str, Any]:
    """Return what a client that has everything up to `after` lacks of a generation."""
    with db.read() as session:
        row = owned_generation(session, owner, generation_id)
        entries = _entries(session, generation_id, after)
        answer = {
            "entries": merged(entries),
            "seq": entries[-1].seq if entries else min(after, last_seq(session, generation_id)),
            "status": row.status,
            "conversation_id": row.conversation_id,
            "message_id": row.message_id,
        }
        if row.status != "running":
            message = session.get(Message, row.message_id)
            if message is None:
                raise NotFound("The message of this generation is gone.")
            answer["seq"] = row.seq
            answer["message"] = message_object(session, message)
        return answer


@dataclass(frozen=True, slots=True)
class Asked:
    """What an answer is asked by: the path above it, oldest first, and its conversation's system prompt."""

    messages: list[dict[str, str]]
    system_prompt: str | None


def asked(session: Session, conversation: Conversation, parent_id: str | None) -> Asked:
    """Return what an answer under this message is asked by."""
    rows = _path(session, parent_id, None)
    return Asked(
        [{"role": row.role, "content": row.content} for row in rows if row.content], conversation.system_prompt
    )


def question(message_id: str) -> tuple[Asked, str]:
    """Return what an answer is asked by, and its own text so far."""
    with db.read() as session:
        message = session.get_one(Message, message_id)
        conversation = session.get_one(Conversation, message.conversation_id)
        return asked(session, conversation, message.parent_id), message.content


def _page(session: Session, conversation: Conversation, leaf_id: str | None, limit: int) -> dict[str, Any]:
    if leaf_id is None:
        return {"messages": [], "before": None}
    _member(session, conversation, leaf_id)
    rows = _path(session, leaf_id, limit + 1)
    shown = rows[-limit:]
    return {
        "messages": message_objects(session, shown),
        "before": shown[0].id if len(rows) > limit else None,
    }


def _member(session: Session, conversation: Conversation, message_id: str) -> Message:
    message = session.get(Message, message_id)
    if message is None or message.conversation_id != conversation.id:
        raise NotFound("There is no such message in this conversation.")
    return message


def _path(session: Session, leaf_id: str | None, limit: int | None) -> list[Message]:
    """Return at most `limit` messages that lead to a leaf, oldest first."""
    if leaf_id is None:
        return []
    up = select(Message.id, Message.parent_id, literal(1).label("depth")).where(Message.id == leaf_id)
    path = up.cte("path", recursive=True)
    step = select(Message.id, Message.parent_id, path.c.depth + 1).where(Message.id == path.c.parent_id)
    if limit is not None:
        step = step.where(path.c.depth < limit)
    path = path.union_all(step)
    query = select(Message).join(path, Message.id == path.c.id).order_by(path.c.depth.desc())
    return list(session.scalars(query))


def _running_rows(session: Session, conversation_id: str) -> list[Generation]:
    query = select(Generation).where(Generation.conversation_id == conversation_id, Generation.status == "running")
    return list(session.scalars(query.order_by(Generation.id)))


def _running(session: Session, row: Generation) -> dict[str, Any]:
    entries = _entries(session, row.id, 0)
    return {
        "generation_id": row.id,
        "message_id": row.message_id,
        "model": row.model,
        "started_at": iso(row.started_at),
        "seq": entries[-1].seq if entries else 0,
        "entries": merged(entries),
    }


def _entries(session: Session, generation_id: str, after: int) -> list[Entry]:
    query = select(LogEntry.seq, LogEntry.kind, LogEntry.text).where(
        LogEntry.generation_id == generation_id, LogEntry.seq > after
    )
    return [Entry(generation_id, seq, kind, text) for seq, kind, text in session.execute(query.order_by(LogEntry.seq))]
