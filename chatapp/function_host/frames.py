"""The frames between the server and a function's process: kind, length, payload."""

import json
import struct
from typing import Any

_HEAD = struct.Struct(">cI")
HEAD_BYTES = _HEAD.size
#: The longest accepted frame. Text is split into far smaller ones.
LONGEST = 1024 * 1024
TEXT_CHARACTERS = 16 * 1024

# On the socket of one answer.
QUESTION = b"q"
TAKEN = b"a"
TEXT = b"t"
REASONING = b"r"
USAGE = b"u"
FINISH = b"f"
FAILED = b"e"
END = b"."

# On the control socket of a process.
READY = b"R"
BROKEN = b"B"
FILES = b"F"
DONE = b"D"

Frame = tuple[bytes, bytes]


def frame(kind: bytes, payload: bytes = b"") -> bytes:
    """Return one frame."""
    return _HEAD.pack(kind, len(payload)) + payload


def text_frames(kind: bytes, text: str) -> bytes:
    """Return frames of text, which may hold lone surrogates."""
    if len(text) <= TEXT_CHARACTERS:
        return frame(kind, encode(text))
    pieces = (text[start : start + TEXT_CHARACTERS] for start in range(0, len(text), TEXT_CHARACTERS))
    return b"".join(frame(kind, encode(piece)) for piece in pieces)


def json_frame(kind: bytes, value: Any) -> bytes:
    """Return a frame of JSON, in ASCII, which can hold lone surrogates."""
    return frame(kind, json.dumps(value).encode())


def encode(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def decode(payload: bytes) -> str:
    return payload.decode("utf-8", "surrogatepass")


class Frames:
    """Decodes frames from bytes, however they are split."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[Frame]:
        """Return the complete frames. Raises ValueError for a frame that is too long."""
        data = self._rest + data
        found, start, size = [], 0, len(data)
        while size - start >= HEAD_BYTES:
            kind, length = _HEAD.unpack_from(data, start)
            if length > LONGEST:
                raise ValueError("a frame is too long")
            end = start + HEAD_BYTES + length
            if end > size:
                break
            found.append((kind, data[start + HEAD_BYTES : end]))
            start = end
        self._rest = data[start:]
        return found


def unpack_head(head: bytes) -> tuple[bytes, int]:
    """Return the kind and the length in a frame's head."""
    kind, length = _HEAD.unpack(head)
    return kind, length
