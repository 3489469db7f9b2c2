"""Every emit of the server, to a session's or a conversation's room."""

from typing import Any

from chatapp.protocol.facts import EVENTS, Fact
from chatapp.realtime.rooms import conversation_room, session_room
from chatapp.realtime.socketio_server import socketio


def fact(fact: Fact) -> None:
    """Emit a fact to its conversation's room."""
    _emit(fact.event, fact.payload, conversation_room(fact.payload["conversation_id"]))


def token(conversation_id: str, payload: dict[str, Any]) -> None:
    """Emit one log entry; `payload`: from `token_payload`. This is the hot path."""
    socketio.server.emit("token", payload, room=conversation_room(conversation_id))


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
