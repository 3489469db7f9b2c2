"""The names of the Socket.IO rooms."""


def session_room(owner: str) -> str:
    """Return the room of all tabs of an owner's session."""
    return f"session:{owner}"


def conversation_room(conversation_id: str) -> str:
    """Return the room of the tabs that have a conversation open."""
    return f"conversation:{conversation_id}"
