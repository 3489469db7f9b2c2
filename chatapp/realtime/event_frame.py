"""The WebSocket frame of an event: built once, and written as it is to every tab that is to have it."""

from typing import Any

import orjson

#: RFC 6455, 5.2: a whole text message in one frame, unmasked, with the length in 7, 16 or 64 bits.
WHOLE_TEXT = 0x81
SHORT, MEDIUM = 126, 65536
#: Engine.IO: message; Socket.IO: event.
EVENT = b"42"


class EventFrame:
    """The bytes of an event's frame. A send queue holds it like a packet of Engine.IO."""

    __slots__ = ("data",)

    def __init__(self, event: str, payload: Any) -> None:
        packet = EVENT + orjson.dumps([event, payload])
        self.data = _header(len(packet)) + packet

    def encode(self) -> "EventFrame":
        """Return itself: the writer of Engine.IO hands over what this returns."""
        return self


class Rest(EventFrame):
    """The rest of a frame, the beginning of which has been written."""

    __slots__ = ()

    def __init__(self, data: bytes) -> None:
        self.data = data


def _header(size: int) -> bytes:
    if size < SHORT:
        return bytes((WHOLE_TEXT, size))
    if size < MEDIUM:
        return bytes((WHOLE_TEXT, 126)) + size.to_bytes(2, "big")
    return bytes((WHOLE_TEXT, 127)) + size.to_bytes(8, "big")
