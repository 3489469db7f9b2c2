"""Conversations: list, make, change, delete, and who owns what."""

import base64
import binascii
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, delete, or_, select
from sqlalchemy.orm import Session

from chatapp.chat.objects import conversation_object, conversation_objects
from chatapp.errors import Invalid, NotFound
from chatapp.ids import new_id, now
from chatapp.protocol.payloads import ChangeConversation, ChangeSettings, CreateConversation, SendMessage
from chatapp.storage.database import db
from chatapp.storage.tables import CachedResponse, Conversation, Generation, Message, OwnerSettings

PAGE = 50
TITLE_CHARACTERS = 60


def owned(
    session: Session, owner: str, conversation_id: str, *, deleted: bool = False, lock: bool = False
) -> Conversation:
    """Return the owner's conversation. Raises NotFound, also for another's and for a deleted one."""
    row = session.get(Conversation, conversation_id, with_for_update=lock or None)
    if row is None or row.owner != owner or (row.deleted_at is not None and not deleted):
        raise NotFound("There is no such conversation.")
    return row


def owned_message(session: Session, owner: str, message_id: str, *, lock: bool = False) -> tuple[Conversation, Message]:
    """Return a message and its conversation. Raises NotFound, also for another's."""
    message = session.get(Message, message_id)
    if message is None:
        raise NotFound("There is no such message.")
    try:
        return owned(session, owner, message.conversation_id, lock=lock), message
    except NotFound:
        raise NotFound("There is no such message.") from None


def owned_generation(session: Session, owner: str, generation_id: str) -> Generation:
    """Return a generation. Raises NotFound, also for another's."""
    row = session.get(Generation, generation_id)
    conversation = row and session.get(Conversation, row.conversation_id)
    if row is None or not conversation or conversation.owner != owner or conversation.deleted_at is not None:
        raise NotFound("There is no such generation.")
    return row


def get(owner: str, conversation_id: str) -> dict[str, Any]:
    with db.read() as session:
        return conversation_object(session, owned(session, owner, conversation_id))


def listed(owner: str, *, archived: bool, cursor: str | None) -> dict[str, Any]:
    """Return one page, newest first: `{"conversations", "next"}`."""
    with db.read() as session:
        query = (
            select(Conversation)
            .where(Conversation.owner == owner, Conversation.archived == archived)
            .where(Conversation.deleted_at.is_(None))
            .order_by(Conversation.updated_at.desc(), Conversation.id.desc())
        )
        if cursor:
            at, last_id = _decode(cursor)
            older = and_(Conversation.updated_at == at, Conversation.id < last_id)
            query = query.where(or_(Conversation.updated_at < at, older))
        rows = list(session.scalars(query.limit(PAGE + 1)))
        following = _encode(rows[PAGE - 1]) if len(rows) > PAGE else None
        return {"conversations": conversation_objects(session, rows[:PAGE]), "next": following}


def create(owner: str, request: CreateConversation) -> dict[str, Any]:
    with db.write() as session:
        row = new_conversation(session, owner)
        row.title = request.title or ""
        row.titled_by = "person" if row.title else "words"
        begin_with(row, request)
        session.flush()
        return conversation_object(session, row)


def new_conversation(session: Session, owner: str) -> Conversation:
    """Add an empty conversation with the owner's defaults."""
    defaults = session.get(OwnerSettings, owner)
    settings = defaults.settings if defaults else {}
    at = now()
    row = Conversation(
        id=new_id(),
        owner=owner,
        title="",
        titled_by="words",
        pinned=False,
        archived=False,
        revision=0,
        model=settings.get("model"),
        system_prompt=settings.get("system_prompt"),
        options=settings.get("options"),
        created_at=at,
        updated_at=at,
    )
    session.add(row)
    return row


def begin_with(conversation: Conversation, request: CreateConversation | SendMessage) -> None:
    """Let what a new conversation is begun with take the place of the owner's defaults, also where it is empty."""
    conversation.model = request.model or conversation.model
    if request.system_prompt is not None:
        conversation.system_prompt = request.system_prompt or None
    if request.options is not None:
        conversation.options = request.options.model_dump(exclude_none=True) or None


def change(owner: str, conversation_id: str, request: ChangeConversation) -> tuple[dict[str, Any], bool]:
    """Change what was sent. Returns the conversation, and whether this undid its deletion."""
    fields = request.model_dump(exclude_unset=True)
    if fields.get("options"):
        fields["options"] = {key: value for key, value in fields["options"].items() if value is not None}
    restore = "deleted" in fields
    fields.pop("deleted", None)
    with db.write() as session:
        row = owned(session, owner, conversation_id, deleted=restore)
        restored = row.deleted_at is not None
        row.deleted_at = None
        for name, value in fields.items():
            setattr(row, name, value)
        if "title" in fields:
            row.titled_by = "person" if row.title else "words"
        session.flush()
        return conversation_object(session, row), restored


def mark_deleted(owner: str, conversation_id: str) -> bool:
    """Hide a conversation until its grace is over. Returns False while an answer of it still runs."""
    with db.write() as session:
        row = owned(session, owner, conversation_id)
        if running_ids(session, conversation_id):
            return False
        row.deleted_at = now()
        return True


def running(owner: str, conversation_id: str) -> list[str]:
    """Return the ids of the generations that run in the owner's conversation."""
    with db.read() as session:
        return running_ids(session, owned(session, owner, conversation_id).id)


def running_ids(session: Session, conversation_id: str) -> list[str]:
    query = select(Generation.id).where(Generation.conversation_id == conversation_id, Generation.status == "running")
    return list(session.scalars(query))


def purge_deleted(grace_seconds: float) -> None:
    """Remove for good what was deleted longer ago than the grace."""
    with db.read() as session:
        query = select(Conversation.id).where(Conversation.deleted_at < now() - grace_seconds).limit(100)
        gone = list(session.scalars(query))
    for conversation_id in gone:
        with db.write() as session:
            still = Conversation.deleted_at.is_not(None)
            session.execute(delete(Conversation).where(Conversation.id == conversation_id, still))


def select_branch(owner: str, conversation_id: str, message_id: str) -> dict[str, Any]:
    """Make the newest leaf below a message the active one."""
    with db.write() as session:
        row = owned(session, owner, conversation_id)
        message = session.get(Message, message_id)
        if message is None or message.conversation_id != row.id:
            raise NotFound("There is no such message in this conversation.")
        row.active_leaf_id = newest_leaf(session, message.id)
        session.flush()
        return conversation_object(session, row)


def newest_leaf(session: Session, message_id: str) -> str:
    """Return the newest leaf below a message: its id is the largest, since ids sort by time."""
    below = select(Message.id).where(Message.id == message_id).cte(recursive=True)
    below = below.union_all(select(Message.id).where(Message.parent_id == below.c.id))
    parents = select(Message.parent_id).where(Message.parent_id.is_not(None))
    parents = parents.where(Message.parent_id.in_(select(below.c.id)))
    leaves = select(below.c.id).where(below.c.id.not_in(parents)).order_by(below.c.id.desc()).limit(1)
    return str(session.scalars(leaves).one())


def settings_of(owner: str) -> dict[str, Any]:
    """Return the owner's defaults: `{"model", "system_prompt", "options"}`, null where none is set."""
    with db.read() as session:
        row = session.get(OwnerSettings, owner)
        return {"model": None, "system_prompt": None, "options": None} | (row.settings if row else {})


def change_settings(owner: str, request: ChangeSettings) -> dict[str, Any]:
    settings = request.model_dump()
    if request.options:
        settings["options"] = request.options.model_dump(exclude_none=True)
    with db.write() as session:
        session.merge(OwnerSettings(owner=owner, settings=settings))
    return settings


def title_from(content: str) -> str:
    """Return the first words of a question as a title."""
    words = " ".join(content.split())
    if len(words) <= TITLE_CHARACTERS:
        return words
    head = words[:TITLE_CHARACTERS]
    cut = head.rfind(" ")
    return (head[:cut] if cut > TITLE_CHARACTERS // 2 else head) + "…"


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question and its answer. `cache_key`: under which it is cached; `title`: one that was made of it before."""

    owner: str
    question: str
    answer: str
    cache_key: str | None
    title: str | None


def first_exchange(message_id: str, cached_by: str | None) -> Exchange | None:
    """Return the exchange that an answer ended, if it was a conversation's first and its title is still open.

    `cached_by`: the key of an answer that came from the cache.
    """
    with db.read() as session:
        answer = session.get(Message, message_id)
        question = answer and answer.parent_id and session.get(Message, answer.parent_id)
        if not answer or not question or question.parent_id is not None or answer.status != "complete":
            return None
        conversation = session.get_one(Conversation, answer.conversation_id)
        if conversation.titled_by != "words" or conversation.deleted_at is not None:
            return None
        generation = session.get(Generation, answer.generation_id or "")
        cached = session.get(CachedResponse, cached_by or (generation and generation.cache_key) or "")
        return Exchange(
            owner=conversation.owner,
            question=question.content,
            answer=answer.content,
            cache_key=cached.key if cached else None,
            title=cached.title if cached else None,
        )


def entitle_stored(conversation_id: str, title: str) -> dict[str, Any] | None:
    """Do as `entitle` does. Returns the conversation where it took the title."""
    with db.write() as session:
        row = session.get(Conversation, conversation_id)
        if row is None or row.deleted_at is not None or not entitle(row, title):
            return None
        session.flush()
        return conversation_object(session, row)


def entitle(conversation: Conversation, title: str | None) -> bool:
    """Give a conversation the title that a model made of its first exchange. Returns whether it took it.

    A title that a person gave stays.
    """
    if not title or conversation.titled_by != "words":
        return False
    conversation.title, conversation.titled_by = title, "model"
    return True


def touch(conversation: Conversation, facts: int) -> int:
    """Count the conversation's next facts and move it up in the list. Returns the first one's revision."""
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
