"""Sessions of devices as rows: begin, find, note the use, end."""

import hashlib
from collections.abc import Collection, Mapping
from typing import NamedTuple

from sqlalchemy import and_, delete, or_, select, update
from sqlalchemy.orm import Session

from chatapp.chat import shared_values
from chatapp.errors import NotFound
from chatapp.ids import new_id, now
from chatapp.storage.database import db
from chatapp.storage.tables import DeviceSession, OwnerRecord

DAY = 86_400.0
#: Requests that were under way with a signed cookie when its successor was first used.
GRACE_SECONDS = 600.0
#: How long rows are kept that nothing can be done with any more.
KEEP_DAYS = 30
DELETE_ROWS = 500
MAX_MERGES = 100


class Device(NamedTuple):
    """What a device calls itself, coarsely, as "Chrome" on "Android"; empty where it is not known."""

    browser: str
    system: str


def digest_of(cookie: str) -> str:
    """Return what is stored of a cookie."""
    return hashlib.sha256(cookie.encode("utf-8", "replace")).hexdigest()


def find(digest: str) -> DeviceSession | None:
    """Return the session whose cookie has this digest, in whatever state it is."""
    with db.read() as session:
        return session.scalars(select(DeviceSession).where(DeviceSession.digest == digest)).one_or_none()


def find_all(ids: Collection[str]) -> list[DeviceSession]:
    """Return the sessions with these ids."""
    with db.read() as session:
        return list(session.scalars(select(DeviceSession).where(DeviceSession.id.in_(ids))))


def add(
    owner: str,
    *,
    digest: str,
    device: Device,
    proof: str,
    is_secure: bool,
    replaces: str | None = None,
    signed_digest: str | None = None,
) -> DeviceSession:
    """Store a new session, and return it."""
    row = DeviceSession(
        id=new_id(),
        digest=digest,
        owner=owner,
        browser=device.browser,
        system=device.system,
        proof=proof,
        is_secure=is_secure,
        replaces=replaces,
        signed_digest=signed_digest,
        created_at=now(),
    )
    with db.write() as session:
        session.add(row)
    return row


def devices_of(owner: str) -> list[DeviceSession]:
    """Return the owner's sessions that have not been signed out, the one used last first."""
    query = select(DeviceSession).where(DeviceSession.owner == owner, DeviceSession.ended_at.is_(None))
    with db.read() as session:
        return list(session.scalars(query.order_by(DeviceSession.seen_at.desc(), DeviceSession.id.desc())))


def end(owner: str, session_id: str) -> None:
    """Sign a device out. Raises NotFound."""
    with db.write() as session:
        row = session.get(DeviceSession, session_id)
        if row is None or row.owner != owner or row.ended_at is not None:
            raise NotFound("There is no such session.")
        _end(session, [row])


def end_others(owner: str, kept_id: str) -> int:
    """Sign all other devices of the owner out. Returns how many that were."""
    with db.write() as session:
        query = select(DeviceSession).where(DeviceSession.owner == owner, DeviceSession.ended_at.is_(None))
        others = session.scalars(query.where(DeviceSession.id != kept_id)).all()
        _end(session, others)
        _owner_record(session, owner).refuses_signed = True
    return sum(row.seen_at is not None for row in others)


def note_uses(seen: Mapping[str, float]) -> None:
    """Store when sessions were last used, by their ids. The first use ends the session that one replaces.

    A date never goes back: while a clock is slow, nobody must seem to have been away for years.
    """
    with db.write() as session:
        rows = session.scalars(select(DeviceSession).where(DeviceSession.id.in_(seen))).all()
        replaced = [row.replaces for row in rows if row.seen_at is None and row.replaces]
        for row in rows:
            row.seen_at = max(seen[row.id], row.seen_at or row.created_at)
        if replaced:
            query = select(DeviceSession).where(DeviceSession.id.in_(replaced), DeviceSession.ended_at.is_(None))
            _end(session, session.scalars(query).all())


def owner_of_signed(owner: str, signed_digest: str) -> str | None:
    """Return to whom a signed cookie leads; None if it is worth nothing any more.

    It is worth something until the session that was made of it has been used. A browser whose response was lost can
    present it again, a copy of it cannot be used later.
    """
    with db.read() as session:
        record = session.get(OwnerRecord, owner)
        if record and record.refuses_signed:
            return None
        query = select(DeviceSession).where(DeviceSession.signed_digest == signed_digest)
        if any(_is_final(successor) for successor in session.scalars(query)):
            return None
        return final_owner(session, owner)


def delete_expired(idle_days: float) -> None:
    """Delete rows of which no use can be made any more. Those that tell of a signed cookie are kept."""
    at = now()
    is_over = or_(
        and_(DeviceSession.seen_at.is_(None), DeviceSession.created_at < at - DAY),
        DeviceSession.ended_at < at - KEEP_DAYS * DAY,
        DeviceSession.seen_at < at - (max(idle_days, 400) + KEEP_DAYS) * DAY,
    )
    is_needed = and_(DeviceSession.signed_digest.is_not(None), DeviceSession.seen_at.is_not(None))
    with db.read() as session:
        ids = session.scalars(select(DeviceSession.id).where(is_over, ~is_needed).limit(DELETE_ROWS)).all()
    if ids:
        with db.write() as session:
            session.execute(delete(DeviceSession).where(DeviceSession.id.in_(ids)))


def move_all(session: Session, owner: str, into: str) -> None:
    """Give an owner's sessions, and what its signed cookies lead to, to another owner."""
    rows = session.scalars(select(DeviceSession).where(DeviceSession.owner == owner)).all()
    for row in rows:
        row.owner = into
        row.id = new_id()  # to a worker the session of before is gone, so its sockets end and come back
    session.execute(update(OwnerRecord).where(OwnerRecord.merged_into == owner).values(merged_into=into))
    _owner_record(session, owner).merged_into = into
    if record := session.get(OwnerRecord, into):
        record.merged_into = None
    if rows:
        shared_values.note_session_change(session)


def final_owner(session: Session, owner: str) -> str:
    """Return the owner who has what this one had, by way of others too; the owner itself if it was not merged."""
    for _ in range(MAX_MERGES):
        record = session.get(OwnerRecord, owner)
        if record is None or record.merged_into is None:
            break
        owner = record.merged_into
    return owner


def current_owner(owner: str) -> str:
    """Do what `final_owner` does, in a transaction of its own."""
    with db.read() as session:
        return final_owner(session, owner)


def _end(session: Session, rows: Collection[DeviceSession]) -> None:
    for row in rows:
        row.ended_at = now()
    if rows:
        shared_values.note_session_change(session)


def _owner_record(session: Session, owner: str) -> OwnerRecord:
    record = session.get(OwnerRecord, owner)
    if record is None:
        record = OwnerRecord(owner=owner, refuses_signed=False)
        session.add(record)
    return record


def _is_final(successor: DeviceSession) -> bool:
    if successor.ended_at is not None:
        return True
    return successor.seen_at is not None and abs(now() - successor.created_at) > GRACE_SECONDS
