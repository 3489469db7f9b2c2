"""Facts: the events that the server emits (docs/protocol.md, Facts)."""

from dataclasses import dataclass
from typing import Any

EVENTS = frozenset(
    {
        "message_added",
        "generation_started",
        "token",
        "generation_ended",
        "queue_changed",
        "conversation_added",
        "conversation_changed",
        "conversation_removed",
    }
)


@dataclass(frozen=True, slots=True)
class Fact:
    """One event with its payload, for a conversation's room."""

    event: str
    payload: dict[str, Any]


def token_payload(generation_id: str, seq: int, kind: str, text: str) -> dict[str, Any]:
    """Return the payload of `token` for one log entry. `kind` is left out for text."""
    payload = {"id": generation_id, "seq": seq, "text": text}
    return payload if kind == "text" else {**payload, "kind": kind}
