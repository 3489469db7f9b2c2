"""The answer cache: complete answers, by a digest of their prompt."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import orjson
from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.orm import Session

from chatapp.ids import now
from chatapp.providers.base import Answered, Chunk, Finish, Notice, Prompt, Reasoning, Usage
from chatapp.server import concurrency
from chatapp.storage.database import Database
from chatapp.storage.tables import CachedResponse, Conversation, Message

#: The finish reasons of a complete answer; with others (`length`, `content_filter`) it was cut off.
COMPLETE_REASONS = {None, "stop", "end_turn", "stop_sequence", "eos"}
#: Bounds of one delete, so that it holds the write lock for a few milliseconds only.
DELETE_ROWS = 100
DELETE_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class CachedAnswer:
    """A cached answer. `made_at`: seconds since the epoch."""

    content: str
    reasoning: str
    usage: dict[str, Any] | None
    finish_reason: str | None
    title: str | None
    made_at: float
    answered_by: str | None = None
    notices: tuple[dict[str, Any], ...] = ()

    def chunks(self) -> Iterator[Chunk]:
        """Yield the answer as a provider does."""
        yield from (Notice(**notice) for notice in self.notices)
        if self.answered_by:
            yield Answered(self.answered_by)
        if self.reasoning:
            yield Reasoning(self.reasoning)
        yield self.content
        if self.usage:
            yield Usage(**self.usage)
        if self.finish_reason:
            yield Finish(self.finish_reason)


def key_of(prompt: Prompt, *, provider: str, owner: str) -> str:
    """Return the cache key of a prompt. `provider`: its identity; `owner`: empty if all owners share answers."""
    parts = [owner, provider, prompt.model, prompt.messages, prompt.options]
    return hashlib.sha256(orjson.dumps(parts, option=orjson.OPT_SORT_KEYS)).hexdigest()


def asks_for_variety(options: dict[str, Any]) -> bool:
    """Tell whether the options ask for a different answer each time: a temperature, and no seed."""
    return bool(options.get("temperature")) and options.get("seed") is None


def find(session: Session, key: str, seconds: float) -> CachedAnswer | None:
    """Return the answer if it is at most `seconds` old, and mark it as used."""
    row = session.get(CachedResponse, key)
    if row is None or row.made_at < now() - seconds:
        return None
    row.used_at = now()
    return CachedAnswer(
        row.content,
        row.reasoning,
        row.usage,
        row.finish_reason,
        row.title,
        row.made_at,
        row.answered_by,
        tuple(row.notices or ()),
    )


def store(session: Session, key: str, conversation: Conversation, message: Message, max_bytes: int) -> None:
    """Store an answer, unless it is empty, cut off or too large. Evicts the least recently used ones for it."""
    size = len(message.content.encode()) + len(message.reasoning.encode())
    if not message.content or message.finish_reason not in COMPLETE_REASONS or size > max_bytes:
        return
    at = now()
    session.merge(
        CachedResponse(
            key=key,
            owner=conversation.owner,
            conversation_id=conversation.id,
            content=message.content,
            reasoning=message.reasoning,
            usage=message.usage,
            finish_reason=message.finish_reason,
            answered_by=message.answered_by,
            notices=message.notices,
            bytes=size,
            made_at=at,
            used_at=at,
        )
    )
    session.flush()
    _evict(session, max_bytes)


def store_title(session: Session, key: str, title: str) -> None:
    """Store the title that was made from an answer, for conversations that begin with the same question."""
    session.execute(update(CachedResponse).where(CachedResponse.key == key).values(title=title))


def purge_expired(database: Database, seconds: float) -> None:
    """Remove the answers that are more than `seconds` old."""
    _remove(database, CachedResponse.made_at < now() - seconds)


def purge(database: Database, owner: str | None = None) -> int:
    """Remove all answers, or one owner's. Returns their number."""
    return _remove(database, *([] if owner is None else [CachedResponse.owner == owner]))


def measure(database: Database, owner: str | None = None) -> tuple[int, int]:
    """Return the number of answers and the bytes of their text, of all owners or of one."""
    with database.read() as session:
        query = select(func.count(), func.sum(CachedResponse.bytes))
        count, size = session.execute(query if owner is None else query.where(CachedResponse.owner == owner)).one()
        return count, size or 0


def _remove(database: Database, *conditions: ColumnElement[bool]) -> int:
    """Remove answers in batches, so that other writers need not wait. Returns their number."""
    removed = 0
    while keys := _next_batch(database, *conditions):
        with database.write() as session:
            result = session.execute(delete(CachedResponse).where(CachedResponse.key.in_(keys)))
            removed += int(getattr(result, "rowcount", 0))
        concurrency.sleep()
    return removed


def _next_batch(database: Database, *conditions: ColumnElement[bool]) -> list[str]:
    """Return the keys of the answers that the next delete removes."""
    with database.read() as session:
        query = select(CachedResponse.key, CachedResponse.bytes).where(*conditions)
        rows = session.execute(query.limit(DELETE_ROWS)).all()
    bytes_before = accumulate((size for _, size in rows), initial=0)
    return [key for (key, _), before in zip(rows, bytes_before, strict=False) if before < DELETE_BYTES]


def _evict(session: Session, max_bytes: int) -> None:
    size = session.scalars(select(func.sum(CachedResponse.bytes))).one() or 0
    query = select(CachedResponse.key, CachedResponse.bytes).order_by(CachedResponse.used_at)
    # There may be fewer by now: on PostgreSQL another process may have removed some since the sum.
    while size > max_bytes and (oldest := session.execute(query.limit(DELETE_ROWS)).all()):
        for key, freed in oldest:
            if size <= max_bytes:
                break
            session.execute(delete(CachedResponse).where(CachedResponse.key == key))
            size -= freed
