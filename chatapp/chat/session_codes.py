"""One-time codes with which another device joins a session. Only their digests are stored."""

import hashlib
import secrets
from typing import NamedTuple

from sqlalchemy import delete
from sqlalchemy.orm import Session

from chatapp.ids import now
from chatapp.storage.database import db
from chatapp.storage.tables import SessionCode

CODE_SECONDS = 300
CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # without characters that look alike
CODE_CHARACTERS = 8


class Redeemed(NamedTuple):
    """What a code leads to. `session_id`: the session that made it; with that session's end the code ends, too."""

    owner: str
    session_id: str | None


def create(owner: str, session_id: str) -> tuple[str, float]:
    """Replace the owner's code. Returns the new one and its expiry, in seconds since the epoch."""
    code = "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_CHARACTERS))
    expires_at = now() + CODE_SECONDS
    with db.write() as session:
        session.execute(delete(SessionCode).where(SessionCode.owner == owner))
        session.add(SessionCode(digest=_digest(code), owner=owner, session_id=session_id, expires_at=expires_at))
    return f"{code[:4]}-{code[4:]}", expires_at


def redeem(code: str) -> Redeemed | None:
    """Consume a code. Returns None for one that is wrong, used or expired."""
    with db.write() as session:
        return take(session, code)


def take(session: Session, code: str) -> Redeemed | None:
    """Do what `redeem` does, in the given transaction."""
    row = session.get(SessionCode, _digest(code), with_for_update=True)
    if row is not None:
        session.delete(row)
    return _redeemed(row)


def find(code: str) -> Redeemed | None:
    """Return what a code leads to, without consuming it. None for one that is wrong, used or expired."""
    with db.read() as session:
        return _redeemed(session.get(SessionCode, _digest(code)))


def delete_expired(session: Session) -> None:
    """Delete the expired codes."""
    session.execute(delete(SessionCode).where(SessionCode.expires_at < now()))


def _redeemed(row: SessionCode | None) -> Redeemed | None:
    return None if row is None or row.expires_at < now() else Redeemed(row.owner, row.session_id)


def _digest(code: str) -> str:
    """Return the digest of a code: hyphens, blanks and case do not matter."""
    return hashlib.sha256(code.upper().replace("-", "").replace(" ", "").encode()).hexdigest()
