"""Presets: named conversation settings of an owner.

Each preset is a row of its own, so that two tabs that change presets at the same time cannot lose one.
"""

from typing import Any

import orjson
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from chatapp.errors import NotFound, TooLarge
from chatapp.ids import new_id, now
from chatapp.protocol.payloads import ChangePreset, PutPreset
from chatapp.storage.database import db
from chatapp.storage.tables import Preset

MAX_PRESETS = 100
MAX_BYTES = 1024 * 1024


def all_of(owner: str) -> list[dict[str, Any]]:
    """Return the owner's presets, oldest first."""
    with db.read() as session:
        query = select(Preset).where(Preset.owner == owner).order_by(Preset.created_at, Preset.id)
        return [_object(row) for row in session.scalars(query)]


def put(owner: str, preset_id: str, request: PutPreset) -> tuple[dict[str, Any], bool]:
    """Store a complete preset. Returns it, and whether it is new. Raises TooLarge above the owner's bounds."""
    fields = request.model_dump()
    with db.write() as session:
        row = session.get(Preset, (owner, preset_id))
        is_new = row is None
        if row is None:
            row = Preset(owner=owner, id=preset_id, created_at=now())
            session.add(row)
        return _write(session, row, fields), is_new


def change(owner: str, preset_id: str, request: ChangePreset) -> dict[str, Any]:
    """Change the fields that were sent. Raises NotFound for a deleted preset, and TooLarge."""
    fields = request.model_dump(exclude_unset=True)
    with db.write() as session:
        return _write(session, _owned_preset(session, owner, preset_id), fields)


def remove(owner: str, preset_id: str) -> None:
    with db.write() as session:
        session.delete(_owned_preset(session, owner, preset_id))


def move_all(session: Session, owner: str, into: str) -> None:
    """Give an owner's presets to another one, but for those that are the same there."""
    kept = session.scalars(select(Preset).where(Preset.owner == into)).all()
    ids, contents = {row.id for row in kept}, [_content(row) for row in kept]
    for row in session.scalars(select(Preset).where(Preset.owner == owner)).all():
        if _content(row) in contents:
            session.delete(row)
            continue
        row.owner = into
        if row.id in ids:
            row.id = new_id()


def _owned_preset(session: Session, owner: str, preset_id: str) -> Preset:
    row = session.get(Preset, (owner, preset_id))
    if row is None:
        raise NotFound("There is no such preset.")
    return row


def _write(session: Session, row: Preset, fields: dict[str, Any]) -> dict[str, Any]:
    """Write the fields and return the preset. Raises TooLarge, which rolls the transaction back."""
    for name, value in fields.items():
        setattr(row, name, value)
    row.options = {key: value for key, value in (row.options or {}).items() if value is not None} or None
    row.bytes = len(orjson.dumps(_object(row)))
    session.flush()
    check_bounds(session, row.owner)
    return _object(row)


def check_bounds(session: Session, owner: str) -> None:
    """Raise TooLarge if the owner's presets, as they are in this transaction, are beyond the bounds."""
    query = select(func.count(), func.sum(Preset.bytes)).where(Preset.owner == owner)
    count, size = session.execute(query).one()
    if count > MAX_PRESETS:
        raise TooLarge("There can be at most {n} presets. Delete one that is not needed.", n=MAX_PRESETS)
    if (size or 0) > MAX_BYTES:
        raise TooLarge("All presets together have become too long. Shorten or delete one that is not needed.")


def _content(row: Preset) -> dict[str, Any]:
    return {name: value for name, value in _object(row).items() if name != "id"}


def _object(row: Preset) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": row.name,
        "model": row.model,
        "system_prompt": row.system_prompt,
        "options": row.options,
    }
