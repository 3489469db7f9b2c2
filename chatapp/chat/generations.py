"""How generations end in the store: their last entry, their message, and what a dead worker left."""

from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from chatapp.chat import answer_cache
from chatapp.chat.conversations import owned_generation, touch
from chatapp.chat.objects import conversation_object, message_object
from chatapp.errors import NotFound
from chatapp.ids import now
from chatapp.protocol.facts import Fact
from chatapp.server import concurrency
from chatapp.storage.database import db
from chatapp.storage.tables import Conversation, Generation, LogEntry, Message


@dataclass(frozen=True, slots=True)
class Ending:
    """How an answer ended. `usage` and `timings` as `Message` has them."""

    status: str
    error: dict[str, Any] | None = None
    finish_reason: str | None = None
    usage: dict[str, Any] | None = None
    timings: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Ended:
    """An end that is stored: its fact, and the conversation for the session's list."""

    owner: str
    fact: Fact
    conversation: dict[str, Any]
    is_deleted: bool


def finish(generation_id: str, ending: Ending, cache_bytes: int) -> Ended | None:
    """Write the log's last entry and what the message became, together; a complete answer also into the cache.

    The text is the log's: what stood before, and all entries. Returns None where it had ended already.
    """
    with db.write() as session:
        generation = session.get(Generation, generation_id, with_for_update=True)
        if generation is None or generation.status != "running":
            return None
        conversation = session.get_one(Conversation, generation.conversation_id, with_for_update=True)
        message = session.get_one(Message, generation.message_id)
        last = _complete_message(session, generation, message)
        message.status = ending.status
        message.error = ending.error
        message.finish_reason = ending.finish_reason
        message.usage = ending.usage
        message.timings = ending.timings
        generation.status = ending.status
        generation.seq = last + 1
        generation.revision = touch(conversation, 1)
        generation.ended_at = now()
        if ending.status == "complete" and generation.cache_key:
            answer_cache.keep(session, generation.cache_key, conversation, message, cache_bytes)
        session.flush()
        fact = _ended_fact(session, generation, message)
        session.add(
            LogEntry(
                generation_id=generation.id,
                seq=generation.seq,
                kind="end",
                text=orjson.dumps(fact.payload).decode(),
            )
        )
        return Ended(
            conversation.owner,
            fact,
            conversation_object(session, conversation),
            conversation.deleted_at is not None,
        )


def ended_fact(owner: str, generation_id: str) -> Fact | None:
    """Return the end of a generation whose log was dropped, or None while it runs."""
    with db.read() as session:
        generation = owned_generation(session, owner, generation_id)
        if generation.status == "running":
            return None
        message = session.get(Message, generation.message_id)
        if message is None:
            raise NotFound("The message of this generation is gone.")
        return _ended_fact(session, generation, message)


def status(owner: str, generation_id: str) -> str:
    """Return a generation's status. Raises NotFound for another's."""
    with db.read() as session:
        return owned_generation(session, owner, generation_id).status


def request_stop(generation_id: str) -> None:
    """Ask the worker that runs a generation to stop it."""
    with db.write() as session:
        session.execute(update(Generation).where(Generation.id == generation_id).values(stop_requested=True))


def stops_requested(worker: str) -> list[str]:
    """Return the generations of a worker that another one was asked to stop."""
    with db.read() as session:
        query = select(Generation.id).where(
            Generation.status == "running", Generation.worker == worker, Generation.stop_requested
        )
        return list(session.scalars(query))


def running() -> list[tuple[str, str, str, str]]:
    """Return (owner, conversation, generation, worker) of all that runs, under workers alive or not."""
    with db.read() as session:
        query = select(Generation.owner, Generation.conversation_id, Generation.id, Generation.worker)
        query = query.where(Generation.status == "running")
        return [(row[0], row[1], row[2], row[3]) for row in session.execute(query)]


def logged(generation_id: str) -> int:
    """Return the last seq of a generation's log."""
    with db.read() as session:
        return last_seq(session, generation_id)


def drop_logs(keep_seconds: float) -> None:
    """Drop the logs of generations that ended longer ago than that. Their messages hold the text."""
    with db.read() as session:
        query = select(Generation.id).where(
            Generation.status != "running", Generation.ended_at < now() - keep_seconds, Generation.log_kept
        )
        old = list(session.scalars(query.limit(50)))
    for generation_id in old:
        with db.write() as session:
            session.execute(delete(LogEntry).where(LogEntry.generation_id == generation_id))
            session.execute(update(Generation).where(Generation.id == generation_id).values(log_kept=False))
        concurrency.sleep()


def last_seq(session: Session, generation_id: str) -> int:
    query = select(func.max(LogEntry.seq)).where(LogEntry.generation_id == generation_id)
    return session.scalars(query).one() or 0


def _complete_message(session: Session, generation: Generation, message: Message) -> int:
    """Add the log's text to the message. Returns the last entry's seq."""
    text: dict[str, list[str]] = {"text": [message.content], "reasoning": [message.reasoning]}
    last = 0
    query = select(LogEntry.seq, LogEntry.kind, LogEntry.text).where(LogEntry.generation_id == generation.id)
    for seq, kind, part in session.execute(query.order_by(LogEntry.seq)):
        text[kind].append(part)
        last = seq
    message.content = "".join(text["text"])
    message.reasoning = "".join(text["reasoning"])
    return last


def _ended_fact(session: Session, generation: Generation, message: Message) -> Fact:
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
