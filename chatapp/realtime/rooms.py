"""The names of the Socket.IO rooms."""

DEVICE = "device:"


def session_room(owner: str) -> str:
    """Return the room of all tabs of an owner."""
    return f"session:{owner}"


def device_room(session_id: str) -> str:
    """Return the room of all tabs of one device."""
    return f"{DEVICE}{session_id}"


def conversation_room(conversation_id: str) -> str:
    """Return the room of the tabs that have a conversation open."""
    return f"conversation:{conversation_id}"
