"""Merging owners: one gets all that another had.

The first write decides. It gives away the sessions, so that nobody can act as the former owner any more, and what is
small; conversations follow in slices. Each write can be repeated, so what a crash has interrupted, or a request that
was under way has stored since, is moved later (`unfinished`).
"""

from collections.abc import Iterator
from itertools import accumulate
from typing import Any

from sqlalchemy import delete, exists, func, or_, select, update
from sqlalchemy.orm import Session

from chatapp.chat import budgets, presets, session_codes, sessions
from chatapp.chat.objects import conversation_objects
from chatapp.chat.storage_quota import UNLIMITED, Quota
from chatapp.server import concurrency
from chatapp.storage.database import Database
from chatapp.storage.tables import (
    CachedResponse,
    ClientRequest,
    Conversation,
    DeviceSession,
    Generation,
    OwnerRecord,
    OwnerSettings,
    Preset,
    SessionCode,
)

#: Bounds of one write, and the pause after it.
SLICE_ROWS = 100
SLICE_BYTES = 1024 * 1024
PAUSE_SECONDS = 0.05
#: How many former owners a page is told of.
MAX_FORMER = 100
#: What tells that an owner has something, beside sessions.
HOLDINGS = (Conversation, OwnerSettings, Preset)


def begin(session: Session, owner: str, into: str, quota: Quota = UNLIMITED) -> None:
    """Decide that one owner gets all of another, within a transaction. The rest is up to `move_rest`.

    Raises TooLarge if both together are beyond the bounds of one.
    """
    if owner == into:
        raise ValueError("an owner cannot be merged into itself")
    query = select(func.count(), func.sum(Conversation.bytes)).where(Conversation.owner == owner)
    count, size = session.execute(query).one()
    if count:
        quota.check(session, into, conversations=count, size=size or 0)
    has_presets = session.scalars(select(exists().where(Preset.owner == owner))).one()
    _move_small(session, owner, into)
    session.flush()
    if has_presets:
        presets.check_bounds(session, into)


def move_rest(database: Database, owner: str) -> Iterator[list[dict[str, Any]]]:
    """Move what is left of an owner that has been merged. Yields the conversations of each write, as clients see them.

    In slices, so that a server beside it waits for milliseconds only. Ends if the owner is the one who gets all by now.
    """
    while True:
        ids = _next_conversations(database, owner)
        with database.write() as session:
            into = sessions.final_owner(session, owner)
            if into == owner:
                return
            if not ids:
                _move_small(session, owner, into)
                return
            _move_conversations(session, ids, into)
            query = select(Conversation).where(Conversation.id.in_(ids), Conversation.deleted_at.is_(None))
            moved = conversation_objects(session, session.scalars(query.order_by(Conversation.updated_at)))
        yield moved
        concurrency.sleep(PAUSE_SECONDS)


def unfinished(database: Database) -> list[tuple[str, str]]:
    """Return the owners that have been merged and still have something, each with the one who gets it."""
    has_any = (exists().where(table.owner == OwnerRecord.owner) for table in (*HOLDINGS, DeviceSession))
    query = select(OwnerRecord.owner).where(OwnerRecord.merged_into.is_not(None), or_(*has_any))
    with database.read() as session:
        return [(owner, sessions.final_owner(session, owner)) for owner in session.scalars(query)]


def former_owners(database: Database, owner: str) -> list[str]:
    """Return the owners that were merged into this one."""
    query = select(OwnerRecord.owner).where(OwnerRecord.merged_into == owner)
    with database.read() as session:
        return list(session.scalars(query.order_by(OwnerRecord.owner.desc()).limit(MAX_FORMER)))


def has_anything(database: Database, owner: str) -> bool:
    """Tell whether an owner has anything that could be brought along."""
    is_shown = Conversation.owner == owner, Conversation.deleted_at.is_(None)
    with database.read() as session:
        if session.scalars(select(Conversation.id).where(*is_shown).limit(1)).first():
            return True
        return any(session.scalars(select(exists().where(table.owner == owner))).one() for table in HOLDINGS[1:])


def redeem(database: Database, code: str, owner: str, quota: Quota) -> session_codes.Redeemed | None:
    """Consume a code, and merge an owner into the one to whom it leads. Both happen or neither. Returns None for a code
    that is wrong, used or expired. Raises TooLarge; then the code can still be used.
    """
    with database.write() as session:
        redeemed = session_codes.take(session, code)
        if redeemed is not None and redeemed.owner != owner:
            begin(session, owner, redeemed.owner, quota)
    return redeemed


def _move_small(session: Session, owner: str, into: str) -> None:
    """Move all but the conversations. Devices come last, as their tabs come back at once."""
    presets.move_all(session, owner, into)
    _move_settings(session, owner, into)
    budgets.move_all(session, owner, into)
    session.execute(delete(SessionCode).where(SessionCode.owner == owner))
    sessions.move_all(session, owner, into)


def _move_settings(session: Session, owner: str, into: str) -> None:
    """Move the defaults, if the other owner has none."""
    settings = session.get(OwnerSettings, owner)
    if settings and session.get(OwnerSettings, into) is None:
        session.add(OwnerSettings(owner=into, settings=settings.settings))
    if settings:
        session.delete(settings)


def _next_conversations(database: Database, owner: str) -> list[str]:
    """Return the ids of the conversations that the next write moves; a write takes as long as their texts are."""
    query = select(Conversation.id, Conversation.bytes).where(Conversation.owner == owner).limit(SLICE_ROWS)
    with database.read() as session:
        rows = session.execute(query).all()
    bytes_before = accumulate((size for _, size in rows), initial=0)
    return [key for (key, _), before in zip(rows, bytes_before, strict=False) if before < SLICE_BYTES]


def _move_conversations(session: Session, ids: list[str], into: str) -> None:
    """Move conversations with what belongs to them: running answers too, and deleted ones."""
    for table in (Generation, CachedResponse):
        session.execute(update(table).where(table.conversation_id.in_(ids)).values(owner=into))
    # A device that had no ack sends its command again, as the other owner by then.
    taken = select(ClientRequest.client_message_id).where(ClientRequest.owner == into)
    theirs = ClientRequest.conversation_id.in_(ids), ClientRequest.owner != into
    session.execute(delete(ClientRequest).where(*theirs, ClientRequest.client_message_id.in_(taken)))
    session.execute(update(ClientRequest).where(*theirs).values(owner=into))
    session.execute(update(Conversation).where(Conversation.id.in_(ids)).values(owner=into))
