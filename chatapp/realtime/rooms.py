"""The names of the Socket.IO rooms."""


def session_room(owner: str) -> str:
    return f"session:{owner}"


def conversation_room(conversation_id: str) -> str:
    return f"conversation:{conversation_id}"
