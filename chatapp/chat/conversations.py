"""Conversations: list, create, change, delete, select a branch."""

import base64
import binascii
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from chatapp.chat import owner_settings
from chatapp.chat.objects import conversation_object, conversation_objects
from chatapp.chat.ownership import member, owned_conversation
from chatapp.chat.storage_quota import UNLIMITED, Quota, prompt_size
from chatapp.chat.trees import load_tree, newest_leaf
from chatapp.errors import Invalid
from chatapp.ids import new_id, now
from chatapp.protocol.payloads import ChangeConversation, CreateConversation, SendMessage
from chatapp.storage.byte_length import byte_length
from chatapp.storage.database import db
from chatapp.storage.tables import Conversation, Generation

PAGE = 50
#: The bound of a page's system prompts; always one conversation is listed.
PAGE_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class ConversationSettings:
    """A conversation's defaults for its answers; a command may name others."""

    model: str | None
    system_prompt: str | None
    options: dict[str, Any] | None


def get(owner: str, conversation_id: str) -> dict[str, Any]:
    """Return a conversation. Raises NotFound."""
    with db.read() as session:
        return conversation_object(session, owned_conversation(session, owner, conversation_id))


def model_of(owner: str, conversation_id: str) -> str | None:
    """Return the model of a conversation, even of one that is deleted but not gone yet. Raises NotFound."""
    with db.read() as session:
        return owned_conversation(session, owner, conversation_id, deleted=True).model


def page(owner: str, *, archived: bool, cursor: str | None) -> dict[str, Any]:
    """Return one page of the list, newest first: `{"conversations", "next"}`."""
    with db.read() as session:
        query = (
            select(Conversation.id)
            .where(Conversation.owner == owner, Conversation.archived == archived)
            .where(Conversation.deleted_at.is_(None))
            .order_by(Conversation.updated_at.desc(), Conversation.id.desc())
        )
        if cursor:
            at, last_id = _decode(cursor)
            older = and_(Conversation.updated_at == at, Conversation.id < last_id)
            query = query.where(or_(Conversation.updated_at < at, older))
        found = list(session.scalars(query.limit(PAGE + 1)))
        shown, listed = within_bytes(session, found[:PAGE])
        next_cursor = _encode(listed[-1]) if len(found) > len(shown) else None
        return {"conversations": conversation_objects(session, listed), "next": next_cursor}


def within_bytes(session: Session, ids: list[str]) -> tuple[list[str], list[Conversation]]:
    """Return the first of these ids whose system prompts have at most PAGE_BYTES, but always one, and their rows.

    A conversation that has gone meanwhile has no row.
    """
    prompt_bytes = byte_length(func.coalesce(Conversation.system_prompt, ""))
    query = select(Conversation.id, prompt_bytes).where(Conversation.id.in_(ids))
    sizes: dict[str, int] = dict(session.execute(query).all())
    totals = accumulate(sizes.get(one, 0) for one in ids)
    shown = [one for one, total in zip(ids, totals, strict=True) if total <= PAGE_BYTES] or ids[:1]
    rows = {row.id: row for row in session.scalars(select(Conversation).where(Conversation.id.in_(shown)))}
    return shown, [rows[one] for one in shown if one in rows]


def create(owner: str, request: CreateConversation, quota: Quota = UNLIMITED) -> dict[str, Any]:
    """Store an empty conversation and return it. Raises TooLarge above the owner's quota."""
    with db.write() as session:
        settings = initial_settings(session, owner, request)
        quota.check(session, owner, conversations=1, size=prompt_size(settings.system_prompt))
        row = add(session, owner, settings)
        row.title = request.title or ""
        row.titled_by = "person" if row.title else "words"
        session.flush()
        return conversation_object(session, row)


def initial_settings(session: Session, owner: str, request: CreateConversation | SendMessage) -> ConversationSettings:
    """Return a new conversation's settings: those of the request, even if empty, else the owner's defaults."""
    defaults = owner_settings.read(session, owner)
    options = defaults["options"]
    if request.options is not None:
        options = request.options.model_dump(exclude_none=True) or None
    return ConversationSettings(
        model=request.model or defaults["model"],
        system_prompt=defaults["system_prompt"] if request.system_prompt is None else request.system_prompt or None,
        options=options,
    )


def add(session: Session, owner: str, settings: ConversationSettings) -> Conversation:
    """Add an empty conversation."""
    at = now()
    row = Conversation(
        id=new_id(),
        owner=owner,
        title="",
        titled_by="words",
        pinned=False,
        archived=False,
        revision=0,
        model=settings.model,
        system_prompt=settings.system_prompt,
        options=settings.options,
        bytes=prompt_size(settings.system_prompt),
        created_at=at,
        updated_at=at,
    )
    session.add(row)
    return row


def change(
    owner: str, conversation_id: str, request: ChangeConversation, quota: Quota = UNLIMITED
) -> tuple[dict[str, Any], bool]:
    """Change the fields that were sent. Returns the conversation, and whether its deletion was undone.

    Raises NotFound, and TooLarge above the owner's quota.
    """
    fields = request.model_dump(exclude_unset=True)
    if fields.get("options"):
        fields["options"] = {key: value for key, value in fields["options"].items() if value is not None}
    restore = "deleted" in fields
    fields.pop("deleted", None)
    with db.write() as session:
        row = owned_conversation(session, owner, conversation_id, deleted=restore)
        restored = row.deleted_at is not None
        row.deleted_at = None
        if "system_prompt" in fields:
            growth = prompt_size(fields["system_prompt"]) - prompt_size(row.system_prompt)
            if growth > 0:
                quota.check(session, owner, size=growth)
            row.bytes += growth
        for name, value in fields.items():
            setattr(row, name, value)
        if "title" in fields:
            row.titled_by = "person" if row.title else "words"
        session.flush()
        return conversation_object(session, row), restored


def mark_deleted(owner: str, conversation_id: str) -> bool:
    """Hide a conversation until `purge` removes it. Returns False if an answer in it still runs."""
    with db.write() as session:
        row = owned_conversation(session, owner, conversation_id)
        if running_ids(session, conversation_id):
            return False
        row.deleted_at = now()
        return True


def running(owner: str, conversation_id: str) -> list[str]:
    """Return the ids of the generations that run in an owner's conversation. Raises NotFound."""
    with db.read() as session:
        return running_ids(session, owned_conversation(session, owner, conversation_id).id)


def running_ids(session: Session, conversation_id: str) -> list[str]:
    """Return the ids of the generations that run in a conversation."""
    query = select(Generation.id).where(Generation.conversation_id == conversation_id, Generation.status == "running")
    return list(session.scalars(query))


def select_branch(owner: str, conversation_id: str, message_id: str) -> dict[str, Any]:
    """Make the newest leaf below a message the active one. Returns the conversation; raises NotFound."""
    with db.read() as session:
        member(session, owned_conversation(session, owner, conversation_id), message_id)
    leaf_id = newest_leaf(load_tree(conversation_id), message_id)
    with db.write() as session:
        row = owned_conversation(session, owner, conversation_id)
        row.active_leaf_id = member(session, row, leaf_id).id
        session.flush()
        return conversation_object(session, row)


def touch(conversation: Conversation, facts: int) -> int:
    """Reserve the revisions of the next `facts` and move the conversation up in the list. Returns the first one."""
    conversation.revision += facts
    conversation.updated_at = now()
    return conversation.revision - facts + 1


def _encode(row: Conversation) -> str:
    return base64.urlsafe_b64encode(f"{row.updated_at!r} {row.id}".encode()).decode()


def _decode(cursor: str) -> tuple[float, str]:
    try:
        at, _, last_id = base64.urlsafe_b64decode(cursor.encode()).decode().partition(" ")
        return float(at), last_id
    except (ValueError, binascii.Error):
        raise Invalid("cursor: is not one that this server gave") from None
