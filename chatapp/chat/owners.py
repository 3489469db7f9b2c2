"""Owners, for the operator: what each has, and how one is given what another had."""

from itertools import accumulate
from typing import NamedTuple

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from chatapp.chat import sessions
from chatapp.server import concurrency
from chatapp.storage.database import Database
from chatapp.storage.tables import (
    CachedResponse,
    ClientRequest,
    Conversation,
    DeviceSession,
    Generation,
    OwnerSettings,
    Preset,
    SessionCode,
)

#: Bounds of one write, and the pause after it.
SLICE_ROWS = 100
SLICE_BYTES = 1024 * 1024
PAUSE_SECONDS = 0.05


class MergeRefused(Exception):
    """Two owners cannot be merged; the message says why."""


class OwnerSummary(NamedTuple):
    """An owner. `devices`: not signed out; `used_at`: the last use of a device or change of a conversation."""

    owner: str
    conversations: int
    devices: int
    used_at: float
    newest_title: str


def all_of(database: Database) -> list[OwnerSummary]:
    """Return all owners who have a conversation or a device, the one used last first."""
    with database.read() as session:
        conversations = _conversations(session)
        devices = _devices(session)
        found = [
            OwnerSummary(
                owner,
                conversations.get(owner, (0, 0.0))[0],
                devices.get(owner, (0, 0.0))[0],
                max(conversations.get(owner, (0, 0.0))[1], devices.get(owner, (0, 0.0))[1]),
                _newest_title(session, owner),
            )
            for owner in conversations.keys() | devices.keys()
        ]
    return sorted(found, key=lambda summary: (-summary.used_at, summary.owner))


def merge(database: Database, owner: str, into: str) -> int:
    """Give all that an owner has to another one. Returns the number of conversations.

    In slices, so that a server beside it waits for milliseconds only: conversations first, devices last. Another call
    completes what was interrupted. Raises MergeRefused for an unknown owner, and while an answer is being written.
    """
    with database.read() as session:
        for one in (owner, into):
            if not _exists(session, one):
                raise MergeRefused(f"There is no owner {one}.")
    if owner == into:
        raise MergeRefused("An owner cannot be merged into itself.")
    count, has_all = 0, False
    while not has_all:
        while ids := _next_conversations(database, owner):
            with database.write() as session:
                _check_idle(session, owner)
                count += _move_conversations(session, ids, into)
            concurrency.sleep(PAUSE_SECONDS)
        with database.write() as session:
            _check_idle(session, owner)
            if has_all := not _has_conversations(session, owner):  # else a device has begun another one meanwhile
                _move_settings(session, owner, into)
                session.execute(delete(SessionCode).where(SessionCode.owner == owner))
                sessions.move_all(session, owner, into)
    return count


def _check_idle(session: Session, owner: str) -> None:
    """Raise MergeRefused while an answer of the owner is being written."""
    running = select(Generation.id).where(Generation.owner == owner, Generation.status == "running")
    if session.scalars(running.limit(1)).one_or_none():
        raise MergeRefused(f"An answer of {owner} is being written. Try again when it has ended.")


def _has_conversations(session: Session, owner: str) -> bool:
    return session.scalars(select(Conversation.id).where(Conversation.owner == owner).limit(1)).first() is not None


def _next_conversations(database: Database, owner: str) -> list[str]:
    """Return the ids of the conversations that the next write moves; a write takes as long as their texts are."""
    query = select(Conversation.id, Conversation.bytes).where(Conversation.owner == owner).limit(SLICE_ROWS)
    with database.read() as session:
        rows = session.execute(query).all()
    bytes_before = accumulate((size for _, size in rows), initial=0)
    return [key for (key, _), before in zip(rows, bytes_before, strict=False) if before < SLICE_BYTES]


def _move_conversations(session: Session, ids: list[str], into: str) -> int:
    """Move conversations with what belongs to them, deleted ones as well. Returns how many are not deleted."""
    for table in (Generation, CachedResponse):
        session.execute(update(table).where(table.conversation_id.in_(ids)).values(owner=into))
    session.execute(delete(ClientRequest).where(ClientRequest.conversation_id.in_(ids)))
    session.execute(update(Conversation).where(Conversation.id.in_(ids)).values(owner=into))
    query = select(func.count()).where(Conversation.id.in_(ids), Conversation.deleted_at.is_(None))
    return session.scalars(query).one()


def _conversations(session: Session) -> dict[str, tuple[int, float]]:
    query = select(Conversation.owner, func.count(), func.max(Conversation.updated_at))
    rows = session.execute(query.where(Conversation.deleted_at.is_(None)).group_by(Conversation.owner))
    return {owner: (count, used_at) for owner, count, used_at in rows}


def _devices(session: Session) -> dict[str, tuple[int, float]]:
    query = select(DeviceSession.owner, func.count(), func.max(DeviceSession.seen_at))
    query = query.where(DeviceSession.ended_at.is_(None), DeviceSession.seen_at.is_not(None))
    return {
        owner: (count, used_at or 0.0) for owner, count, used_at in session.execute(query.group_by(DeviceSession.owner))
    }


def _newest_title(session: Session, owner: str) -> str:
    query = select(Conversation.title).where(Conversation.owner == owner, Conversation.deleted_at.is_(None))
    return session.scalars(query.order_by(Conversation.updated_at.desc()).limit(1)).one_or_none() or ""


def _exists(session: Session, owner: str) -> bool:
    tables = (Conversation, DeviceSession, OwnerSettings, Preset)
    return any(session.scalars(select(table.owner).where(table.owner == owner).limit(1)).first() for table in tables)


def _move_settings(session: Session, owner: str, into: str) -> None:
    """Move presets and, if the other owner has none, the defaults."""
    kept = set(session.scalars(select(Preset.id).where(Preset.owner == into)))
    for preset in session.scalars(select(Preset).where(Preset.owner == owner)):
        if preset.id in kept:
            session.delete(preset)
        else:
            preset.owner = into
    settings = session.get(OwnerSettings, owner)
    if settings and session.get(OwnerSettings, into) is None:
        session.add(OwnerSettings(owner=into, settings=settings.settings))
    if settings:
        session.delete(settings)
