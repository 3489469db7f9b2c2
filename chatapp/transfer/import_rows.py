"""Rows of imported messages, in slices that hold the write lock for a few milliseconds."""

from collections.abc import Iterable, Iterator
from dataclasses import fields
from typing import Any

from chatapp.transfer.incoming import IncomingMessage

SLICE_ROWS = 50
SLICE_CHARACTERS = 128 * 1024
TURN = [field.name for field in fields(IncomingMessage)]


def message_row(conversation_id: str, message: IncomingMessage) -> dict[str, Any]:
    row = {name: getattr(message, name) for name in TURN}
    return {**row, "conversation_id": conversation_id, "generation_id": None, "client_message_id": None}


def split_rows(rows: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Yield messages' rows in lists that are bounded in rows and in characters."""
    some: list[dict[str, Any]] = []
    characters = 0
    for row in rows:
        some.append(row)
        characters += len(row["content"]) + len(row["reasoning"])
        if len(some) == SLICE_ROWS or characters > SLICE_CHARACTERS:
            yield some
            some, characters = [], 0
    if some:
        yield some
