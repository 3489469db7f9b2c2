"""Reads the values that the user's function may yield.

The chunks of the openai, anthropic and ollama clients are recognised by their attributes or keys: none of the
three packages is imported.
"""

from collections.abc import Mapping
from typing import Any

from chatapp.function_host import frames
from chatapp.function_host.frames import FINISH, REASONING, TEXT, USAGE

ACCEPTED = 'strings, ("reasoning", text), or chunks of the openai, anthropic and ollama clients'
KINDS = {"reasoning": REASONING, "text": TEXT}
#: The finish reasons of anthropic and ollama, as OpenAI's, which the page knows.
REASONS = {"end_turn": "stop", "stop_sequence": "stop", "max_tokens": "length", "refusal": "content_filter"}
ANTHROPIC = {
    "message",
    "message_start",
    "message_delta",
    "message_stop",
    "content_block_start",
    "content_block_delta",
    "content_block_stop",
    "ping",
    # Events that MessageStream adds to the deltas.
    "text",
    "thinking",
    "signature",
    "citation",
    "input_json",
}


def type_error(value: Any) -> TypeError:
    """Return the error for a value of an unknown type."""
    kind = type(value)
    name = kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"
    return TypeError(f"the function gave a value of type {name}; it may give {ACCEPTED}")


class ChunkReader:
    """Converts the values of one answer to frames."""

    def __init__(self) -> None:
        self._prompt_tokens = 0

    def read(self, value: Any) -> bytes:
        """Return the frames of a value; none for None and empty text. Raises TypeError."""
        if isinstance(value, str):
            return frames.text_frames(TEXT, value) if value else b""
        if value is None:
            return b""
        if isinstance(value, tuple):
            return _pair(value)
        if _has(value, "choices"):
            return self._openai(value)
        if isinstance(kind := _get(value, "type"), str) and (kind in ANTHROPIC or kind == "error"):
            return self._anthropic(kind, value)
        if _has(value, "message") and _has(_get(value, "message"), "content"):
            return self._ollama(value)
        raise type_error(value)

    @staticmethod
    def is_single_value(value: Any) -> bool:
        """Tell whether a function returned one value, not an iterable of values."""
        kind = _get(value, "type")
        return (
            value is None
            or isinstance(value, (str, bytes, Mapping))
            or (isinstance(value, tuple) and len(value) == 2 and str(value[0]) in KINDS)
            or _has(value, "choices")
            or _has(value, "message")
            or (isinstance(kind, str) and kind in ANTHROPIC)
        )

    def _openai(self, chunk: Any) -> bytes:
        said = b""
        for choice in (_get(chunk, "choices") or ())[:1]:
            part = _get(choice, "delta") or _get(choice, "message")
            said += _thought_and_text(part, ("reasoning_content", "reasoning")) + _finish(_get(choice, "finish_reason"))
        usage = _get(chunk, "usage")
        return said + _usage(_get(usage, "prompt_tokens"), _get(usage, "completion_tokens"))

    def _anthropic(self, kind: str, event: Any) -> bytes:
        if kind == "error":
            raise RuntimeError(f"the model's server says: {_get(_get(event, 'error'), 'message')}")
        if kind == "content_block_delta":
            delta = _get(event, "delta")
            return _frames(REASONING, _get(delta, "thinking")) + _frames(TEXT, _get(delta, "text"))
        if kind == "message_start":
            self._prompt_tokens = _count(_get(_get(_get(event, "message"), "usage"), "input_tokens"))
        if kind == "message_delta":
            counted = _get(_get(event, "usage"), "output_tokens")
            return _finish(_get(_get(event, "delta"), "stop_reason")) + _usage(self._prompt_tokens, counted)
        if kind == "message":
            return self._anthropic_message(event)
        return b""

    @staticmethod
    def _anthropic_message(message: Any) -> bytes:
        said = b""
        for block in _get(message, "content") or ():
            said += _frames(REASONING, _get(block, "thinking")) + _frames(TEXT, _get(block, "text"))
        usage = _get(message, "usage")
        counted = _usage(_get(usage, "input_tokens"), _get(usage, "output_tokens"))
        return said + _finish(_get(message, "stop_reason")) + counted

    @staticmethod
    def _ollama(chunk: Any) -> bytes:
        said = _thought_and_text(_get(chunk, "message"), ("thinking",))
        counted = _usage(_get(chunk, "prompt_eval_count"), _get(chunk, "eval_count"))
        return said + _finish(_get(chunk, "done_reason")) + counted


def _pair(value: tuple[Any, ...]) -> bytes:
    if len(value) == 2 and isinstance(value[0], str) and value[0] in KINDS and isinstance(value[1], str | None):
        return _frames(KINDS[value[0]], value[1])
    raise type_error(value)


def _thought_and_text(part: Any, names: tuple[str, ...]) -> bytes:
    thought = next((found for name in names if (found := _get(part, name))), None)
    content = _get(part, "content")
    said = b"".join(map(_part, content)) if isinstance(content, list) else _frames(TEXT, content)
    return _frames(REASONING, thought) + said + _frames(TEXT, _get(part, "refusal"))


def _part(part: Any) -> bytes:
    """Return the frames of a part of a list, as Mistral's models give it."""
    if thought := _get(part, "thinking"):
        parts = thought if isinstance(thought, list) else [{"text": thought}]
        return b"".join(_frames(REASONING, _get(each, "text")) for each in parts)
    return _frames(TEXT, _get(part, "text"))


def _frames(kind: bytes, text: Any) -> bytes:
    return frames.text_frames(kind, text) if isinstance(text, str) and text else b""


def _finish(reason: Any) -> bytes:
    return frames.text_frames(FINISH, REASONS.get(reason, reason)) if isinstance(reason, str) and reason else b""


def _usage(prompt_tokens: Any, completion_tokens: Any) -> bytes:
    if not isinstance(completion_tokens, int):
        return b""
    counts = (_count(prompt_tokens), completion_tokens)
    return frames.json_frame(USAGE, [*counts, sum(counts)])


def _count(value: Any) -> int:
    return value if isinstance(value, int) else 0


def _has(value: Any, name: str) -> bool:
    return name in value if isinstance(value, Mapping) else hasattr(value, name)


def _get(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, Mapping) else getattr(value, name, None)
