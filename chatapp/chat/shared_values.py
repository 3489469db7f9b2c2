"""Values that all workers on a database share."""

from sqlalchemy import Integer, cast, select, update
from sqlalchemy.orm import Session
from sqlalchemy.types import Text

from chatapp.storage.database import db
from chatapp.storage.tables import SharedValue

#: A random number of the database, made with it: the same after a restore, or with another secret key.
IDENTITY = "identity"
#: The proof of the password that the newest worker asks for; empty if it asks for none.
PASSWORD_PROOF = "password_proof"  # noqa: S105 (a name)
#: A counter of the changes by which a session ends or gets another owner.
SESSIONS_REVISION = "sessions_revision"


def read() -> dict[str, str]:
    """Return all values, by name."""
    with db.read() as session:
        return {shared.name: shared.value for shared in session.scalars(select(SharedValue))}


def set_password_proof(proof: str) -> None:
    """Store the proof of the password that is asked for from now on."""
    if read()[PASSWORD_PROOF] == proof:
        return
    with db.write() as session:
        session.execute(update(SharedValue).where(SharedValue.name == PASSWORD_PROOF).values(value=proof))
        note_session_change(session)


def note_session_change(session: Session) -> None:
    """Let all workers look again at the sessions that they know."""
    session.execute(
        update(SharedValue)
        .where(SharedValue.name == SESSIONS_REVISION)
        .values(value=cast(cast(SharedValue.value, Integer) + 1, Text))
    )
