"""Database rows as the objects of the protocol."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from chatapp.ids import iso
from chatapp.storage.tables import Conversation, Generation, Message


def conversation_object(session: Session, conversation: Conversation) -> dict[str, Any]:
    return conversation_objects(session, [conversation])[0]


def conversation_objects(session: Session, conversations: Iterable[Conversation]) -> list[dict[str, Any]]:
    rows = list(conversations)
    running: dict[str, list[str]] = {row.id: [] for row in rows}
    for conversation_id, generation_id in session.execute(
        select(Generation.conversation_id, Generation.id)
        .where(Generation.conversation_id.in_(running), Generation.status == "running")
        .order_by(Generation.id)
    ):
        running[conversation_id].append(generation_id)
    return [
        {
            "id": row.id,
            "title": row.title,
            "active_leaf_id": row.active_leaf_id,
            "pinned": row.pinned,
            "archived": row.archived,
            "model": row.model,
            "system_prompt": row.system_prompt,
            "options": row.options,
            "revision": row.revision,
            "running": running[row.id],
            "created_at": iso(row.created_at),
            "updated_at": iso(row.updated_at),
        }
        for row in rows
    ]


def message_object(session: Session, message: Message) -> dict[str, Any]:
    return message_objects(session, [message])[0]


def message_objects(session: Session, messages: list[Message]) -> list[dict[str, Any]]:
    """Return messages of one conversation, each with the ids of its siblings."""
    siblings = _siblings(session, messages)
    return [
        {
            "id": row.id,
            "conversation_id": row.conversation_id,
            "parent_id": row.parent_id,
            "sibling_ids": siblings[row.parent_id],
            "role": row.role,
            "content": row.content,
            "reasoning": row.reasoning,
            "status": row.status,
            "model": row.model,
            "generation_id": row.generation_id,
            "client_message_id": row.client_message_id,
            "attachments": [],
            "usage": row.usage,
            "timings": row.timings,
            "cached": row.cached,
            "finish_reason": row.finish_reason,
            "error": row.error,
            "created_at": iso(row.created_at),
            **({"cached_at": iso(row.cached_at)} if row.cached_at is not None else {}),
            **({"options": row.options} if row.options else {}),
            **({"answered_by": row.answered_by} if row.answered_by else {}),
            **({"notices": row.notices} if row.notices else {}),
        }
        for row in messages
    ]


def _siblings(session: Session, messages: list[Message]) -> dict[str | None, list[str]]:
    """Return the children of each parent, oldest first; those of None are the roots."""
    parents = {row.parent_id for row in messages}
    siblings: dict[str | None, list[str]] = {parent: [] for parent in parents}
    if not messages:
        return siblings
    known = [parent for parent in parents if parent is not None]
    query = select(Message.parent_id, Message.id).order_by(Message.id)
    for parent, child in session.execute(query.where(Message.parent_id.in_(known))):
        siblings[parent].append(child)
    if None in parents:
        roots = query.where(Message.conversation_id == messages[0].conversation_id, Message.parent_id.is_(None))
        siblings[None] = [child for _, child in session.execute(roots)]
    return siblings
