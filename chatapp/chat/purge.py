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
from chatapp.storage.tables import CachedResponse, ClientRequest, Conversation, Generation, Message
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
    (CachedResponse, CachedResponse.key, CachedResponse.conversation_id, CachedResponse.bytes + 0),
    (Generation, Generation.id, Generation.conversation_id, literal(0)),
]


def drop_logs(token_log: TokenLog, keep_seconds: float) -> None:
    """Drop the logs of generations that ended more than `keep_seconds` ago: messages have the text."""
    with db.read() as session:
        query = select(Generation.id).where(
            Generation.status != "running", Generation.ended_at < now() - keep_seconds, Generation.log_kept
        )
        old = list(session.scalars(query.limit(AT_ONCE)))
    for generation_id in old:
        _drop_log(token_log, generation_id)
        with _write_and_pause() as session:
            session.execute(update(Generation).where(Generation.id == generation_id).values(log_kept=False))


def purge_deleted(token_log: TokenLog, grace_seconds: float) -> None:
    """Remove the conversations that were deleted more than `grace_seconds` ago."""
    with db.read() as session:
        query = select(Conversation.id).where(Conversation.deleted_at < now() - grace_seconds)
        expired = list(session.scalars(query.limit(AT_ONCE)))
    for conversation_id in expired:
        if _disown(conversation_id):
            _remove(token_log, conversation_id)


def _disown(conversation_id: str) -> bool:
    """Take a deleted conversation from its owner. Returns False if its deletion was undone meanwhile."""
    is_deleted = Conversation.id == conversation_id, Conversation.deleted_at.is_not(None)
    with db.write() as session:
        changed = session.execute(update(Conversation).where(*is_deleted).values(owner=NOBODY))
        return bool(getattr(changed, "rowcount", 0))


def _remove(token_log: TokenLog, conversation_id: str) -> None:
    with db.read() as session:
        query = select(Generation.id).where(Generation.conversation_id == conversation_id, Generation.log_kept)
        logs = list(session.scalars(query))
    for generation_id in logs:
        _drop_log(token_log, generation_id)
    for table, key, owner, size in PARTS:
        while keys := _next_slice(key, owner == conversation_id, size):
            with _write_and_pause() as session:
                # With the conversation in the condition SQLite would use its index, and look at all of its messages.
                is_theirs = [owner == conversation_id] if table is ClientRequest else []  # a key within its owner
                session.execute(delete(table).where(key.in_(keys), *is_theirs))
    with _write_and_pause() as session:
        session.execute(delete(Conversation).where(Conversation.id == conversation_id))


def _drop_log(token_log: TokenLog, generation_id: str) -> None:
    """Drop a log, from its end: whoever reads what is left misses nothing in between."""
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
    started = time.monotonic()
    with db.write() as session:
        yield session
    concurrency.sleep(time.monotonic() - started)
