"""Removes deleted conversations and old logs for good, a few milliseconds' worth at a time, with pauses in between."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import accumulate
from typing import Any

from sqlalchemy import ColumnElement, Text, cast, delete, literal, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from chatapp.ids import now
from chatapp.server import concurrency
from chatapp.storage.byte_length import byte_length
from chatapp.storage.database import db
from chatapp.storage.tables import CachedResponse, ClientRequest, Conversation, Generation, Message, QueuedQuestion
from chatapp.storage.token_log import TokenLog

#: Bounds of one delete, which holds the write lock for a few milliseconds.
SLICE_ROWS = 50
SLICE_BYTES = 256 * 1024
SLICE_ENTRIES = 1000
#: How many conversations, or logs, one call removes.
AT_ONCE = 100
#: The owner of a conversation that is being removed: nobody can find or restore half of it.
NOBODY = ""

Key = InstrumentedAttribute[str]

#: What belongs to a conversation: the keys of its rows, their conversation, their size.
PARTS: list[tuple[Any, Key, Key, ColumnElement[int]]] = [
    (Message, Message.id, Message.conversation_id, byte_length(Message.content) + byte_length(Message.reasoning)),
    (
        ClientRequest,
        ClientRequest.client_message_id,
        ClientRequest.conversation_id,
        byte_length(cast(ClientRequest.ack, Text)),
    ),
    (
        QueuedQuestion,
        QueuedQuestion.id,
        QueuedQuestion.conversation_id,
        byte_length(QueuedQuestion.content) + 0,
    ),
    (CachedResponse, CachedResponse.key, CachedResponse.conversation_id, CachedResponse.bytes + 0),
    (Generation, Generation.id, Generation.conversation_id, literal(0)),
]


def drop_logs(token_log: TokenLog, keep_seconds: float) -> None:
    """Drop the logs of generations that ended more than `keep_seconds` ago: messages have the text."""
    ended = Generation.status != "running", Generation.ended_at < now() - keep_seconds
    _drop_logs(token_log, *ended, limit=AT_ONCE)


def purge_deleted(token_log: TokenLog, grace_seconds: float) -> None:
    """Remove the conversations that were deleted more than `grace_seconds` ago."""
    with db.read() as session:
        query = select(Conversation.id).where(Conversation.deleted_at < now() - grace_seconds)
        expired = list(session.scalars(query.limit(AT_ONCE)))
    if conversation_ids := _disown(expired):
        _remove(token_log, conversation_ids)


def _disown(expired: list[str]) -> list[str]:
    """Take deleted conversations from their owners. Returns them, without those whose deletion was undone meanwhile."""
    if not expired:
        return []
    are_deleted = Conversation.id.in_(expired), Conversation.deleted_at.is_not(None)
    with db.write() as session:
        session.execute(update(Conversation).where(*are_deleted).values(owner=NOBODY))
        return list(session.scalars(select(Conversation.id).where(*are_deleted)))


def _remove(token_log: TokenLog, conversation_ids: list[str]) -> None:
    """Remove conversations together: most are small, and each write waits for its turn."""
    _drop_logs(token_log, Generation.conversation_id.in_(conversation_ids))
    for table, key, owner, size in PARTS:
        while keys := _next_slice(key, owner.in_(conversation_ids), size):
            with _write_and_pause() as session:
                # With the conversation in the condition SQLite would use its index, and look at all of its messages.
                is_theirs = [owner.in_(conversation_ids)] if table is ClientRequest else []  # a key within its owner
                session.execute(delete(table).where(key.in_(keys), *is_theirs))
    for start in range(0, len(conversation_ids), SLICE_ROWS):
        with _write_and_pause() as session:
            some = Conversation.id.in_(conversation_ids[start : start + SLICE_ROWS])
            session.execute(delete(Conversation).where(some))


def _drop_logs(token_log: TokenLog, *conditions: ColumnElement[bool], limit: int | None = None) -> None:
    """Drop the logs of the generations that these conditions hold for, small ones together."""
    with db.read() as session:
        query = select(Generation.id, Generation.seq).where(Generation.log_kept, *conditions).limit(limit)
        logs = session.execute(query).all()
    small = [(generation_id, seq) for generation_id, seq in logs if seq <= SLICE_ENTRIES]
    for generation_id in (generation_id for generation_id, seq in logs if seq > SLICE_ENTRIES):
        _cut_log(token_log, generation_id)
        small.append((generation_id, 0))
    while small:
        entries = accumulate(seq for _, seq in small)
        count = max(1, sum(total <= SLICE_ENTRIES for total in entries))
        generation_ids = [generation_id for generation_id, _ in small[: min(count, SLICE_ROWS)]]
        del small[: len(generation_ids)]
        with _write_and_pause() as session:
            token_log.drop(generation_ids, session=session)
            session.execute(update(Generation).where(Generation.id.in_(generation_ids)).values(log_kept=False))


def _cut_log(token_log: TokenLog, generation_id: str) -> None:
    """Drop a long log, from its end: whoever reads what is left misses nothing in between."""
    seq = token_log.last_seq(generation_id)
    while seq > 0:
        seq = max(0, seq - SLICE_ENTRIES)
        with _write_and_pause() as session:
            token_log.drop([generation_id], session=session, after=seq)


def _next_slice(key: Key, condition: ColumnElement[bool], size: ColumnElement[int]) -> list[str]:
    """Return the keys of the rows that the next delete removes."""
    with db.read() as session:
        rows = session.execute(select(key, size).where(condition).limit(SLICE_ROWS)).all()
    bytes_before = accumulate((size for _, size in rows), initial=0)
    return [key for (key, _), before in zip(rows, bytes_before, strict=False) if before < SLICE_BYTES]


@contextmanager
def _write_and_pause() -> Iterator[Session]:
    """Open a write transaction. Pauses after it for as long as it took, to leave time for everything else."""
    with db.write() as session:
        started = time.monotonic()
        yield session
    concurrency.sleep(time.monotonic() - started)
