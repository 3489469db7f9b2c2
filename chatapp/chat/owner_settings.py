"""An owner's defaults for new conversations."""

from typing import Any

from sqlalchemy.orm import Session

from chatapp.protocol.payloads import ChangeSettings
from chatapp.storage.database import db
from chatapp.storage.tables import OwnerSettings

UNSET: dict[str, Any] = {"model": None, "system_prompt": None, "options": None}


def get(owner: str) -> dict[str, Any]:
    """Return `{"model", "system_prompt", "options"}`, None for one that is not set."""
    with db.read() as session:
        return read(session, owner)


def read(session: Session, owner: str) -> dict[str, Any]:
    """Do what `get` does, in the given transaction."""
    row = session.get(OwnerSettings, owner)
    return UNSET | (row.settings if row else {})


def change(owner: str, request: ChangeSettings) -> dict[str, Any]:
    """Store all three settings, None for one that was not sent, and return them."""
    settings = request.model_dump()
    if request.options:
        settings["options"] = request.options.model_dump(exclude_none=True)
    with db.write() as session:
        session.merge(OwnerSettings(owner=owner, settings=settings))
    return settings
