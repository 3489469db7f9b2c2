"""Messages: pages of a path through a conversation's tree, and snapshots with the running generations."""

from typing import Any

from sqlalchemy import ColumnElement, Text, cast, func, select
from sqlalchemy.orm import Session

from chatapp.chat.objects import conversation_object, message_object, message_objects
from chatapp.chat.ownership import member, owned_conversation, owned_generation
from chatapp.chat.paths import newest_part
from chatapp.chat.question_queue import queue_object
from chatapp.errors import NotFound
from chatapp.ids import iso
from chatapp.storage.byte_length import byte_length
from chatapp.storage.database import db
from chatapp.storage.tables import Conversation, Generation, Message
from chatapp.storage.token_log import TokenLog, merge

#: The bound of a page's text: the newest messages within it are sent, and always one.
PAGE_BYTES = 1024 * 1024


def snapshot(
    owner: str, conversation_id: str, token_log: TokenLog, *, leaf_id: str | None, limit: int
) -> dict[str, Any]:
    """Return the conversation, the newest messages of a path, the running generations and the queue of one moment."""
    with db.read() as session:
        conversation = owned_conversation(session, owner, conversation_id)
        page = _page(session, conversation, leaf_id or conversation.active_leaf_id, limit)
        page["conversation"] = conversation_object(session, conversation)
        page["queue"] = queue_object(session, conversation)
        page["running"] = _running(session, conversation_id, token_log)
        return page


def page(owner: str, conversation_id: str, *, leaf_id: str | None, limit: int) -> dict[str, Any]:
    """Return the conversation and the newest messages of a path."""
    with db.read() as session:
        conversation = owned_conversation(session, owner, conversation_id)
        newest = _page(session, conversation, leaf_id or conversation.active_leaf_id, limit)
        return {**newest, "conversation": conversation_object(session, conversation)}


def page_before(owner: str, conversation_id: str, *, before: str, limit: int) -> dict[str, Any]:
    """Return the conversation and at most `limit` messages above `before`, the id of the client's oldest message."""
    with db.read() as session:
        conversation = owned_conversation(session, owner, conversation_id)
        message = member(session, conversation, before)
        older = _page(session, conversation, message.parent_id, limit)
        return {**older, "conversation": conversation_object(session, conversation)}


def entries_after(owner: str, generation_id: str, after: int, token_log: TokenLog) -> dict[str, Any]:
    """Return a generation's merged entries above `after` and its status; once it has ended also its message."""
    with db.read() as session:
        row = owned_generation(session, owner, generation_id)
        entries = token_log.read(generation_id, after, session=session)
        answer = {
            "entries": merge(entries),
            "seq": entries[-1].seq if entries else min(after, token_log.last_seq(generation_id, session=session)),
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


def _page(session: Session, conversation: Conversation, leaf_id: str | None, limit: int) -> dict[str, Any]:
    if leaf_id is None:
        return {"messages": [], "before": None}
    member(session, conversation, leaf_id)
    path = newest_part(leaf_id, _size(), rows=limit, max_bytes=PAGE_BYTES)
    query = select(Message).join(path, Message.id == path.c.id).order_by(path.c.depth.desc())
    shown = list(session.scalars(query))
    return {
        "messages": message_objects(session, shown),
        "before": shown[0].id if shown[0].parent_id is not None else None,
    }


def _size() -> ColumnElement[int]:
    """Return the bytes of a message's text, and of an imported error's."""
    error = func.coalesce(byte_length(cast(Message.error, Text)), 0)
    return byte_length(Message.content) + byte_length(Message.reasoning) + error


def _running(session: Session, conversation_id: str, token_log: TokenLog) -> list[dict[str, Any]]:
    """Return the running generations. Those beyond PAGE_BYTES of text stand there without their entries."""
    query = select(Generation).where(Generation.conversation_id == conversation_id, Generation.status == "running")
    listed, bytes_left = [], PAGE_BYTES
    for row in session.scalars(query.order_by(Generation.id)):
        entries = token_log.read(row.id, session=session) if bytes_left > 0 else []
        bytes_left -= sum(len(entry.text.encode()) for entry in entries)
        listed.append(
            {
                "generation_id": row.id,
                "message_id": row.message_id,
                "model": row.model,
                "started_at": iso(row.started_at),
                "seq": entries[-1].seq if entries else 0,
                "entries": merge(entries),
            }
        )
    return listed
