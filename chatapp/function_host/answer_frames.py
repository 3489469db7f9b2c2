"""Builds the frames of an answer from the parts of chunks, which may be objects or dictionaries."""

from collections.abc import Hashable, Mapping
from typing import Any

from chatapp.function_host import frames
from chatapp.function_host.frames import FINISH, REASONING, TEXT, USAGE

STOP, LENGTH, FILTERED, TOOLS = "stop", "length", "content_filter", "tool_calls"
#: The finish reasons of other servers, as OpenAI's, which the page knows.
REASONS = {
    **dict.fromkeys(("end_turn", "stop_sequence", "completed"), STOP),
    **dict.fromkeys(("max_tokens", "max_output_tokens", "model_context_window_exceeded"), LENGTH),
    **dict.fromkeys(("refusal", "safety", "recitation", "prohibited_content", "blocklist", "spii"), FILTERED),
    "tool_use": TOOLS,
}


def has(value: Any, name: str) -> bool:
    return name in value if isinstance(value, Mapping) else hasattr(value, name)


def get(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, Mapping) else getattr(value, name, None)


def first(value: Any, *names: str) -> Any:
    """Return the first of these attributes or keys that is not empty."""
    return next((found for name in names if (found := get(value, name))), None)


def count(value: Any) -> int:
    return value if isinstance(value, int) else 0


def said(kind: bytes, text: Any) -> bytes:
    """Return frames of text or reasoning; none for anything but text."""
    return frames.text_frames(kind, text) if isinstance(text, str) and text else b""


def finished(reason: Any) -> bytes:
    """Return the frame of a finish reason."""
    if not isinstance(reason, str) or not reason:
        return b""
    known = reason.lower()
    return frames.text_frames(FINISH, REASONS.get(known, known if known in REASONS.values() else reason))


def used(prompt_tokens: Any, completion_tokens: Any) -> bytes:
    """Return the frame of the token counts."""
    if not isinstance(completion_tokens, int):
        return b""
    counts = (count(prompt_tokens), completion_tokens)
    return frames.json_frame(USAGE, [*counts, sum(counts)])


class Paragraphs:
    """Puts an empty line between the parts of an answer, where a library gives them without one."""

    def __init__(self) -> None:
        self._parts: dict[bytes, Hashable] = {}

    def said(self, kind: bytes, text: Any, part: Hashable) -> bytes:
        """Return frames of text or reasoning that belongs to this part of the answer."""
        if not (found := said(kind, text)):
            return b""
        is_new = self._parts.setdefault(kind, part) != part
        self._parts[kind] = part
        return frames.text_frames(kind, "\n\n") + found if is_new else found

    def text(self, text: Any, part: Hashable) -> bytes:
        return self.said(TEXT, text, part)

    def reasoning(self, text: Any, part: Hashable) -> bytes:
        return self.said(REASONING, text, part)
