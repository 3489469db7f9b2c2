"""One-time codes with which another device joins a session. The store holds their digests only."""

import hashlib
import secrets

from sqlalchemy import delete
from sqlalchemy.orm import Session

from chatapp.ids import now
from chatapp.storage.database import db
from chatapp.storage.tables import SessionCode

CODE_SECONDS = 300
CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # without the characters that are easily mistaken for others
CODE_CHARACTERS = 8


def create(owner: str) -> tuple[str, float]:
    """Make a code in place of the owner's earlier one. Returns it and when it expires, in seconds since the epoch."""
    code = "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_CHARACTERS))
    expires_at = now() + CODE_SECONDS
    with db.write() as session:
        session.execute(delete(SessionCode).where(SessionCode.owner == owner))
        session.add(SessionCode(digest=_digest(code), owner=owner, expires_at=expires_at))
    return f"{code[:4]}-{code[4:]}", expires_at


def redeem(code: str) -> str | None:
    """Use a code up. Returns its owner; None for one that is wrong, used already or too old."""
    plain = code.upper().replace("-", "").replace(" ", "")
    with db.write() as session:
        row = session.get(SessionCode, _digest(plain), with_for_update=True)
        if row is not None:
            session.delete(row)
    return None if row is None or row.expires_at < now() else row.owner


def delete_expired(session: Session) -> None:
    """Delete the codes that nobody can use any more."""
    session.execute(delete(SessionCode).where(SessionCode.expires_at < now()))


def _digest(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()
