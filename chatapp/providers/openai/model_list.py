"""Reads the list of a server's models, whatever its shape and the content type it is said to have."""

import re
from dataclasses import dataclass, field
from typing import Any

import orjson

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
NAMES = ("id", "name", "model")
#: OpenRouter's are whole paragraphs, with Markdown, of hundreds of models.
DESCRIPTION_CHARACTERS = 160
LINK = re.compile(r"!?\[([^\]\n]*)\]\([^)\s]*\)")


@dataclass(frozen=True, slots=True)
class ModelList:
    """`ids`: each once, in the server's order; `owners`: what `owned_by` says, which tells what the server is.

    `descriptions`: of those that have one, as one line each.
    """

    ids: list[str]
    owners: frozenset[str]
    descriptions: dict[str, str] = field(default_factory=dict)


def read(body: bytes) -> ModelList:
    """Read `{"data": […]}`, `{"models": […]}` or a bare list, of objects or names. Raises ValueError for others."""
    value = orjson.loads(body.removeprefix(BYTE_ORDER_MARK))
    if isinstance(value, dict):
        if "data" not in value and "models" not in value:
            raise ValueError("no list of models")
        value = value.get("data", value.get("models"))
    if not isinstance(value, list | None):
        raise ValueError("no list of models")
    entries = value or []
    ids = [name for entry in entries if (name := _name(entry))]
    owners = (entry.get("owned_by") for entry in entries if isinstance(entry, dict))
    described = {_name(entry): _description(entry) for entry in entries}
    return ModelList(
        list(dict.fromkeys(ids)),
        frozenset(owner for owner in owners if isinstance(owner, str)),
        {name: text for name, text in described.items() if name and text},
    )


def _name(entry: Any) -> str:
    named = [entry.get(name) for name in NAMES] if isinstance(entry, dict) else [entry]
    return next((name for name in named if isinstance(name, str) and name), "")


def _description(entry: Any) -> str:
    text = entry.get("description") if isinstance(entry, dict) else None
    if not isinstance(text, str):
        return ""
    line = " ".join(LINK.sub(r"\1", text[: 10 * DESCRIPTION_CHARACTERS]).split())
    if len(line) <= DESCRIPTION_CHARACTERS:
        return line
    return f"{line[:DESCRIPTION_CHARACTERS].rpartition(' ')[0] or line[:DESCRIPTION_CHARACTERS]}…"
