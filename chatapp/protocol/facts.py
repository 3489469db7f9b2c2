"""Facts: the events that the server emits (docs/protocol.md, Facts)."""

from dataclasses import dataclass
from typing import Any

EVENTS = frozenset(
    {
        "message_added",
        "generation_started",
        "token",
        "t",
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


def short_token_payload(payload: dict[str, Any]) -> list[Any]:
    """Return the payload of `t`, which clients that take short tokens get instead of `token`."""
    # The last group of a UUID: 48 bits of a counter and of chance, which no two answers of a client share.
    short = [payload["id"][-12:], payload["seq"], payload["text"]]
    return [*short, payload["kind"]] if "kind" in payload else short
