"""OUT: every event that the server emits, with its payload (docs/protocol.md, Facts)."""

from typing import Any

from chatapp.chat.objects import Fact
from chatapp.realtime.rooms import conversation_room, session_room
from chatapp.realtime.socketio_server import socketio

EVENTS = frozenset(
    {
        "message_added",
        "generation_started",
        "token",
        "generation_ended",
        "conversation_added",
        "conversation_changed",
        "conversation_removed",
    }
)


def fact(fact: Fact) -> None:
    """Tell a conversation's room what happened in it."""
    _emit(fact.event, fact.payload, conversation_room(fact.payload["conversation_id"]))


def token(conversation_id: str, payload: dict[str, Any]) -> None:
    """Send one log entry, as `token_payload` writes it. The hot path."""
    socketio.server.emit("token", payload, room=conversation_room(conversation_id))


def token_payload(generation_id: str, seq: int, kind: str, text: str) -> dict[str, Any]:
    payload = {"id": generation_id, "seq": seq, "text": text}
    return payload if kind == "text" else {**payload, "kind": kind}


def conversation_added(owner: str, conversation: dict[str, Any]) -> None:
    _emit("conversation_added", {"conversation": conversation}, session_room(owner))


def conversation_changed(owner: str, conversation: dict[str, Any]) -> None:
    _emit("conversation_changed", {"conversation": conversation}, session_room(owner))


def conversation_removed(owner: str, conversation_id: str) -> None:
    _emit("conversation_removed", {"conversation_id": conversation_id}, session_room(owner))


def _emit(event: str, payload: dict[str, Any], room: str) -> None:
    if event not in EVENTS:
        raise ValueError(f"{event} is not an event of the protocol")
    socketio.server.emit(event, payload, room=room)
