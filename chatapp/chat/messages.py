"""Messages: paths through a conversation's tree, and snapshots with the running generations."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import literal, select
from sqlalchemy.orm import Session

from chatapp.chat.objects import conversation_object, message_object, message_objects
from chatapp.chat.ownership import member, owned_conversation, owned_generation
from chatapp.errors import NotFound
from chatapp.ids import iso
from chatapp.storage.database import db
from chatapp.storage.tables import Conversation, Generation, Message
from chatapp.storage.token_log import TokenLog, merge


@dataclass(frozen=True, slots=True)
class PromptContext:
    """The input of a prompt. `messages`: the path above the answer as `{"role", "content"}`, oldest first.

    `partial`: the text of an answer that is to be continued.
    """

    messages: list[dict[str, str]]
    system_prompt: str | None
    partial: str = ""


def snapshot(
    owner: str, conversation_id: str, token_log: TokenLog, *, leaf_id: str | None, limit: int
) -> dict[str, Any]:
    """Return the conversation, the newest messages of a path and the running generations, in one read transaction."""
    with db.read() as session:
        conversation = owned_conversation(session, owner, conversation_id)
        page = _page(session, conversation, leaf_id or conversation.active_leaf_id, limit)
        page["conversation"] = conversation_object(session, conversation)
        page["running"] = [_running(session, row, token_log) for row in _running_rows(session, conversation_id)]
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


def prompt_context(
    session: Session,
    parent_id: str | None,
    system_prompt: str | None,
    *,
    question: str | None = None,
    partial: str = "",
) -> PromptContext:
    """Return the context of an answer's prompt: the path down to `parent_id`, then `question`, if it is a new one.

    Reads the complete path, so it must not run under the write lock.
    """
    path = [{"role": row.role, "content": row.content} for row in _path(session, parent_id, None) if row.content]
    if question is not None:
        path.append({"role": "user", "content": question})
    return PromptContext(path, system_prompt, partial)


def _page(session: Session, conversation: Conversation, leaf_id: str | None, limit: int) -> dict[str, Any]:
    if leaf_id is None:
        return {"messages": [], "before": None}
    member(session, conversation, leaf_id)
    rows = _path(session, leaf_id, limit + 1)
    shown = rows[-limit:]
    return {
        "messages": message_objects(session, shown),
        "before": shown[0].id if len(rows) > limit else None,
    }


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


def _running(session: Session, row: Generation, token_log: TokenLog) -> dict[str, Any]:
    entries = token_log.read(row.id, session=session)
    return {
        "generation_id": row.id,
        "message_id": row.message_id,
        "model": row.model,
        "started_at": iso(row.started_at),
        "seq": entries[-1].seq if entries else 0,
        "entries": merge(entries),
    }
