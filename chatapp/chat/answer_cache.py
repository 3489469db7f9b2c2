"""Same question, same answer, at once: complete answers by the digest of what was asked."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import orjson
from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.orm import Session

from chatapp.ids import now
from chatapp.providers.base import Chunk, Finish, Prompt, Reasoning, Usage
from chatapp.server import concurrency
from chatapp.storage.database import Database
from chatapp.storage.tables import CachedResponse, Conversation, Message

#: What a model ended for when its answer is whole; others say that it was cut (`length`, `content_filter`).
WHOLE = {None, "stop", "end_turn", "stop_sequence", "eos"}
#: What takes a few milliseconds of the write lock.
REMOVED_AT_ONCE = 100
REMOVED_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class CachedAnswer:
    """An answer as it was made before. `made_at`: seconds since the epoch."""

    content: str
    reasoning: str
    usage: dict[str, Any] | None
    finish_reason: str | None
    title: str | None
    made_at: float

    def chunks(self) -> Iterator[Chunk]:
        """Yield it as a provider would."""
        if self.reasoning:
            yield Reasoning(self.reasoning)
        yield self.content
        if self.usage:
            yield Usage(**self.usage)
        if self.finish_reason:
            yield Finish(self.finish_reason)


def key_of(prompt: Prompt, *, provider: str, owner: str) -> str:
    """Return the digest of a question: whose it is (empty: anybody's), who is asked, what, and how."""
    asked = [owner, provider, prompt.model, prompt.messages, prompt.options]
    return hashlib.sha256(orjson.dumps(asked, option=orjson.OPT_SORT_KEYS)).hexdigest()


def asks_for_variety(options: dict[str, Any]) -> bool:
    """Tell whether the same question is meant to be answered differently each time."""
    return bool(options.get("temperature")) and options.get("seed") is None


def find(session: Session, key: str, seconds: float) -> CachedAnswer | None:
    """Return the answer that is at most `seconds` old, and count it as used."""
    row = session.get(CachedResponse, key)
    if row is None or row.made_at < now() - seconds:
        return None
    row.used_at = now()
    return CachedAnswer(row.content, row.reasoning, row.usage, row.finish_reason, row.title, row.made_at)


def keep(session: Session, key: str, conversation: Conversation, message: Message, most_bytes: int) -> None:
    """Keep a complete answer; the least used ones make room for it. Not one that is empty, cut, or too large."""
    size = len(message.content.encode()) + len(message.reasoning.encode())
    if not message.content or message.finish_reason not in WHOLE or size > most_bytes:
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
            bytes=size,
            made_at=at,
            used_at=at,
        )
    )
    session.flush()
    _make_room(session, most_bytes)


def store_title(session: Session, key: str, title: str) -> None:
    """Note the title that was made with an answer: who asks again gets both."""
    session.execute(update(CachedResponse).where(CachedResponse.key == key).values(title=title))


def forget_old(database: Database, seconds: float) -> None:
    """Remove what is too old to be used."""
    _remove(database, CachedResponse.made_at < now() - seconds)


def purge(database: Database, owner: str | None = None) -> int:
    """Remove all answers, or one owner's. Returns how many there were."""
    return _remove(database, *([] if owner is None else [CachedResponse.owner == owner]))


def measure(database: Database, owner: str | None = None) -> tuple[int, int]:
    """Return how many answers there are, all or one owner's, and the bytes of their text."""
    with database.read() as session:
        query = select(func.count(), func.sum(CachedResponse.bytes))
        count, size = session.execute(query if owner is None else query.where(CachedResponse.owner == owner)).one()
        return count, size or 0


def _remove(database: Database, *conditions: ColumnElement[bool]) -> int:
    """Remove answers slice by slice, so that nobody is held up. Returns how many there were."""
    removed = 0
    while keys := _some(database, *conditions):
        with database.write() as session:
            result = session.execute(delete(CachedResponse).where(CachedResponse.key.in_(keys)))
            removed += int(getattr(result, "rowcount", 0))
        concurrency.sleep()
    return removed


def _some(database: Database, *conditions: ColumnElement[bool]) -> list[str]:
    """Return the keys of as many answers as one write may remove."""
    with database.read() as session:
        query = select(CachedResponse.key, CachedResponse.bytes).where(*conditions)
        some = session.execute(query.limit(REMOVED_AT_ONCE)).all()
    before = accumulate((size for _, size in some), initial=0)
    return [key for (key, _), size in zip(some, before, strict=False) if size < REMOVED_BYTES]


def _make_room(session: Session, most_bytes: int) -> None:
    size = session.scalars(select(func.sum(CachedResponse.bytes))).one() or 0
    while size > most_bytes:
        query = select(CachedResponse.key, CachedResponse.bytes).order_by(CachedResponse.used_at)
        oldest = session.execute(query.limit(REMOVED_AT_ONCE)).all()
        for key, freed in oldest:
            if size <= most_bytes:
                break
            session.execute(delete(CachedResponse).where(CachedResponse.key == key))
            size -= freed
