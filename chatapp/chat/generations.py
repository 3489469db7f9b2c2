"""Stored generations: finalize them, list the running ones, pass on stops."""

from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from chatapp.chat import answer_cache, budgets, queue_advance, turn_limit
from chatapp.chat.conversations import touch
from chatapp.chat.objects import conversation_object, message_object
from chatapp.chat.ownership import owned_generation
from chatapp.chat.queue_advance import SentQuestion
from chatapp.chat.storage_quota import message_size
from chatapp.errors import NotFound
from chatapp.ids import now
from chatapp.protocol.facts import Fact
from chatapp.providers.prices import Amount
from chatapp.storage.database import db
from chatapp.storage.tables import Conversation, Generation, Message
from chatapp.storage.token_log import Entry, TokenLog, shown_text


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a generation ended. `status`: complete, stopped, failed or interrupted; the rest as `Message` stores it.

    `spent`: None: what was reserved, since nobody counted. `is_reserved`: there may be a reservation.
    """

    status: str
    error: dict[str, Any] | None = None
    finish_reason: str | None = None
    answered_by: str | None = None
    notices: tuple[dict[str, Any], ...] = ()
    usage: dict[str, Any] | None = None
    timings: dict[str, Any] | None = None
    spent: Amount | None = None
    is_reserved: bool = True


@dataclass(frozen=True, slots=True)
class FinalizedGeneration:
    """The events of a stored end: the fact for the conversation, and the conversation for the session's list.

    `entry`: the log's last one. `sent`: the queued question that was sent with it.
    """

    owner: str
    fact: Fact
    conversation: dict[str, Any]
    is_deleted: bool
    entry: Entry
    sent: SentQuestion | None


def finalize(generation_id: str, outcome: Outcome, token_log: TokenLog, cache_bytes: int) -> FinalizedGeneration | None:
    """Store the message and the end entry in one transaction, a complete answer in the cache, and send what is queued.

    The text is that of the message before, followed by all entries of the log. Returns None if it has ended already.
    """
    with db.write() as session:
        generation = session.get(Generation, generation_id, with_for_update=True)
        if generation is None or generation.status != "running":
            return None
        conversation = session.get_one(Conversation, generation.conversation_id, with_for_update=True)
        message = session.get_one(Message, generation.message_id)
        text = shown_text(message.content, message.reasoning, token_log.read(generation_id, session=session))
        conversation.bytes -= message_size(message.content, message.reasoning)
        message.content, message.reasoning = text.content, text.reasoning
        conversation.bytes += message_size(message.content, message.reasoning)
        message.status = outcome.status
        message.error = outcome.error
        message.finish_reason = outcome.finish_reason
        message.answered_by = outcome.answered_by
        message.notices = [*(message.notices or ()), *outcome.notices] or None
        message.usage = outcome.usage
        message.timings = outcome.timings
        generation.status = outcome.status
        generation.seq = text.seq + 1
        generation.revision = touch(conversation, 1)
        generation.ended_at = now()
        if outcome.is_reserved:
            budgets.settle(session, generation_id, outcome.spent)
        if outcome.status == "complete" and generation.cache_key:
            answer_cache.store(session, generation.cache_key, conversation, message, cache_bytes)
        if outcome.status == "complete" and (notice := turn_limit.keep(session, conversation, message)):
            message.notices = [*(message.notices or ()), notice]  # not in the cache: it is about this conversation
        session.flush()
        fact = _end_fact(session, generation, message)
        entry = Entry(generation.id, generation.seq, "end", orjson.dumps(fact.payload).decode())
        token_log.append_end(session, entry)
        sent = queue_advance.advance(session, conversation, message, generation.worker)
        return FinalizedGeneration(
            conversation.owner,
            fact,
            conversation_object(session, conversation),
            conversation.deleted_at is not None,
            entry,
            sent,
        )


def end_fact(owner: str, generation_id: str) -> Fact | None:
    """Return the fact of a generation's end, even if its log was dropped; None while it runs. Raises NotFound."""
    with db.read() as session:
        generation = owned_generation(session, owner, generation_id)
        if generation.status == "running":
            return None
        message = session.get(Message, generation.message_id)
        if message is None:
            raise NotFound("The message of this generation is gone.")
        return _end_fact(session, generation, message)


def status(owner: str, generation_id: str) -> str:
    """Return a generation's status. Raises NotFound, also for another owner's."""
    with db.read() as session:
        return owned_generation(session, owner, generation_id).status


def request_stop(generation_id: str) -> None:
    """Ask the worker that runs a generation to stop it (`stops_requested`)."""
    with db.write() as session:
        session.execute(update(Generation).where(Generation.id == generation_id).values(stop_requested=True))


def stops_requested(worker: str) -> list[str]:
    """Return the ids of a worker's running generations that another worker has asked to stop."""
    with db.read() as session:
        query = select(Generation.id).where(
            Generation.status == "running", Generation.worker == worker, Generation.stop_requested
        )
        return list(session.scalars(query))


def running() -> list[tuple[str, str, str, str]]:
    """Return (owner, conversation, generation, worker) of all that have started and run, orphaned ones included."""
    with db.read() as session:
        query = select(Generation.owner, Generation.conversation_id, Generation.id, Generation.worker)
        query = query.where(Generation.status == "running", Generation.queued_address.is_(None))
        return [(row[0], row[1], row[2], row[3]) for row in session.execute(query)]


def _end_fact(session: Session, generation: Generation, message: Message) -> Fact:
    return Fact(
        "generation_ended",
        {
            "conversation_id": generation.conversation_id,
            "revision": generation.revision,
            "generation_id": generation.id,
            "seq": generation.seq,
            "status": generation.status,
            "message": message_object(session, message),
        },
    )
