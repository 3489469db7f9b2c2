"""Queued questions: each waits below an answer, and is sent when that answer has ended.

A queue belongs to an answer, so two branches have two. It moves along when the answer gets another version or is
followed by something else. All functions run within the caller's transaction, which has locked the conversation.
"""

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from chatapp.chat.ownership import owned_conversation
from chatapp.chat.paths import newest_part
from chatapp.chat.storage_quota import message_size
from chatapp.errors import Busy, Conflict, NotFound, TooLarge
from chatapp.ids import iso, new_id, now
from chatapp.protocol.facts import Fact
from chatapp.protocol.payloads import Options, SendMessage
from chatapp.protocol.queue_payloads import EditQueued
from chatapp.storage.tables import Conversation, Message, QueuedQuestion

#: The bound of one conversation's queued texts, since a snapshot has them all; one question is always taken.
QUEUE_BYTES = 1024 * 1024


def waiting(session: Session, conversation_id: str, parent_id: str | None = None) -> list[QueuedQuestion]:
    """Return the questions that wait in a conversation, or below one of its answers, in order."""
    query = select(QueuedQuestion).where(QueuedQuestion.conversation_id == conversation_id)
    if parent_id is not None:
        query = query.where(QueuedQuestion.parent_id == parent_id)
    return list(session.scalars(query.order_by(QueuedQuestion.place, QueuedQuestion.id)))


def owned(session: Session, owner: str, queued_id: str) -> tuple[Conversation, QueuedQuestion]:
    """Return an owner's queued question and its conversation, locked. Raises NotFound, also for one that was sent."""
    row = session.get(QueuedQuestion, queued_id)
    try:
        conversation = owned_conversation(session, owner, row.conversation_id if row else "", lock=True)
    except NotFound:
        row = None
    if row is not None:  # it may have been sent while the lock was waited for
        row = session.get(QueuedQuestion, queued_id, populate_existing=True)
    if row is None:
        raise NotFound("There is no such question in the queue. It may have been sent.")
    return conversation, row


def place_below(
    session: Session, conversation: Conversation, parent_id: str | None, look_back: int
) -> tuple[str | None, bool]:
    """Return the message that a question follows, and whether it has to wait there.

    If `parent_id` has been followed meanwhile, within `look_back` messages of the active branch, that is the branch's
    end.
    """
    if parent_id is None:
        return None, False
    if not holds_up(session, conversation, parent_id):
        parent_id = end_of_branch(session, conversation, parent_id, look_back)
    return parent_id, holds_up(session, conversation, parent_id)


def end_of_branch(session: Session, conversation: Conversation, parent_id: str, look_back: int) -> str:
    """Return the active leaf if the message is above it, within so many messages; else the message itself."""
    leaf_id = conversation.active_leaf_id
    if leaf_id is None or leaf_id == parent_id:
        return parent_id
    path = newest_part(leaf_id, func.length(Message.id), rows=look_back, max_bytes=2**62)
    is_above = session.scalars(select(path.c.id).where(path.c.id == parent_id)).first() is not None
    return leaf_id if is_above else parent_id


def holds_up(session: Session, conversation: Conversation, message_id: str) -> bool:
    """Tell whether a question below a message has to wait: it is being written, or others wait there already."""
    message = session.get(Message, message_id)
    if message is None or message.conversation_id != conversation.id or message.role != "assistant":
        return False
    return message.status == "running" or bool(waiting(session, conversation.id, message_id))


def add(
    session: Session, conversation: Conversation, parent_id: str, request: SendMessage, address: str, limit: int
) -> QueuedQuestion:
    """Queue a question below an answer, as the last one. Raises Busy and TooLarge above the bounds of a queue."""
    others = waiting(session, conversation.id)
    if len(others) >= limit:
        raise Busy("{n} questions are waiting already. Wait for an answer, or take one back.", n=limit)
    size = len(request.content.encode())
    if others and sum(len(row.content.encode()) for row in others) + size > QUEUE_BYTES:
        raise TooLarge("The questions that wait are too long together. Wait for an answer, or take one back.")
    row = QueuedQuestion(
        id=new_id(),
        conversation_id=conversation.id,
        parent_id=parent_id,
        place=others[-1].place + 1 if others else 0,
        client_message_id=request.client_message_id,
        content=request.content,
        model=request.model,
        options=_dump(request.options),
        address=address,
        revision=1,
        sends_now=False,
        created_at=now(),
    )
    session.add(row)
    conversation.bytes += message_size(row.content)
    return row


def edit(session: Session, conversation: Conversation, row: QueuedQuestion, request: EditQueued) -> bool:
    """Replace a text. Returns False if it is as requested already. Raises Conflict if it was edited meanwhile."""
    options = row.options if request.options is None else _dump(request.options)
    new = (request.content, request.model or row.model, options)
    if new == (row.content, row.model, row.options):
        return False
    if request.revision != row.revision:
        raise Conflict("This question was edited elsewhere meanwhile.")
    size = sum(len(one.content.encode()) for one in waiting(session, conversation.id) if one is not row)
    if size and size + len(request.content.encode()) > QUEUE_BYTES:
        raise TooLarge("The questions that wait are too long together. Wait for an answer, or take one back.")
    conversation.bytes += message_size(request.content) - message_size(row.content)
    row.content, row.model, row.options = new
    row.revision += 1
    return True


def move(session: Session, row: QueuedQuestion, before: str | None) -> None:
    """Put a question before another one of its queue; None: at the end. Raises NotFound."""
    if before == row.id:
        return
    others = [one for one in waiting(session, row.conversation_id, row.parent_id) if one is not row]
    places = sorted([row.place, *(one.place for one in others)])
    at = next((number for number, one in enumerate(others) if one.id == before), None if before else len(others))
    if at is None:
        raise NotFound("before: there is no such question in the queue")
    row.sends_now = False
    for one, place in zip([*others[:at], row, *others[at:]], places, strict=True):
        one.place = place


def send_next(session: Session, row: QueuedQuestion) -> None:
    """Let a question be the next one, however the answer above it ends."""
    first = waiting(session, row.conversation_id, row.parent_id)[0]
    if first is not row:
        move(session, row, first.id)
    row.sends_now = True


def remove(session: Session, conversation: Conversation, row: QueuedQuestion) -> None:
    """Take a question out of its queue."""
    conversation.bytes -= message_size(row.content)
    session.delete(row)
    session.flush()


def follow(session: Session, conversation: Conversation, replaced: set[str | None], answer_id: str) -> bool:
    """Let what waits below other answers wait below a new one. Returns whether anything did.

    `replaced`: the answer that it follows; the questions whose answers it takes the place of.
    """
    moved = False
    for row in waiting(session, conversation.id):
        if {row.parent_id, session.get_one(Message, row.parent_id).parent_id or ""} & replaced:
            row.parent_id, moved = answer_id, True
    return moved


def queue_object(session: Session, conversation: Conversation) -> dict[str, Any]:
    """Return the conversation's queue, as a snapshot has it."""
    questions = [queued_object(row) for row in waiting(session, conversation.id)]
    return {"revision": conversation.queue_revision, "questions": questions}


def queued_object(row: QueuedQuestion) -> dict[str, Any]:
    return {
        "id": row.id,
        "parent_id": row.parent_id,
        "client_message_id": row.client_message_id,
        "content": row.content,
        "model": row.model,
        **({"options": row.options} if row.options else {}),
        "revision": row.revision,
        "created_at": iso(row.created_at),
    }


def changed(session: Session, conversation: Conversation, question: QueuedQuestion | None = None) -> Fact:
    """Return the event of a change. `question`: the one that is new or has another text; of the others only ids."""
    conversation.queue_revision += 1
    session.flush()
    columns = QueuedQuestion.id, QueuedQuestion.parent_id, QueuedQuestion.revision
    query = select(*columns).where(QueuedQuestion.conversation_id == conversation.id)
    rows = session.execute(query.order_by(QueuedQuestion.place, QueuedQuestion.id))
    questions = [{"id": one, "parent_id": parent_id, "revision": revision} for one, parent_id, revision in rows]
    payload: dict[str, Any] = {
        "conversation_id": conversation.id,
        "queue": {"revision": conversation.queue_revision, "questions": questions},
    }
    if question is not None:
        payload["question"] = queued_object(question)
    return Fact("queue_changed", payload)


def _dump(options: Options | None) -> dict[str, Any] | None:
    return (options.model_dump(exclude_none=True) or None) if options else None
