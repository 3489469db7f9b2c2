"""Owners, for the operator: what each has, and how one is given what another had."""

from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from chatapp.chat import owner_merge
from chatapp.errors import TooLarge
from chatapp.storage.database import Database
from chatapp.storage.tables import Conversation, DeviceSession, OwnerSettings, Preset


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

    Another call completes what was interrupted. Raises MergeRefused for an unknown owner.
    """
    with database.read() as session:
        for one in (owner, into):
            if not _exists(session, one):
                raise MergeRefused(f"There is no owner {one}.")
    if owner == into:
        raise MergeRefused("An owner cannot be merged into itself.")
    try:
        with database.write() as session:
            owner_merge.begin(session, owner, into)
    except TooLarge as error:
        raise MergeRefused(error.message) from None
    return sum(len(moved) for moved in owner_merge.move_rest(database, owner))


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
