"""Reads the values that the user's function may yield.

The chunks of the openai, anthropic and ollama clients and of LangChain are recognised by their attributes or keys:
none of these packages is imported.
"""

from collections.abc import Mapping
from typing import Any

from chatapp.function_host import frames, langchain_messages, openai_responses
from chatapp.function_host.answer_frames import count, finished, first, get, has, said, used
from chatapp.function_host.failures import ModelServerError
from chatapp.function_host.frames import REASONING, TEXT

ACCEPTED = 'strings, ("reasoning", text), chunks of the openai, anthropic and ollama clients, or messages of LangChain'
KINDS = {"reasoning": REASONING, "text": TEXT}
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
        self._responses = openai_responses.ResponsesReader()
        self._messages = langchain_messages.MessageReader()

    def read(self, value: Any) -> bytes:
        """Return the frames of a value; none for None and empty text. Raises TypeError, and ModelServerError."""
        if isinstance(value, str):
            return frames.text_frames(TEXT, value) if value else b""
        if value is None:
            return b""
        if isinstance(value, tuple):
            return self._pair(value)
        if has(value, "choices"):
            return _openai(value)
        if isinstance(kind := get(value, "type"), str):
            if kind == "error":
                raise _server_error(value)
            if kind in ANTHROPIC:
                return self._anthropic(kind, value)
            if openai_responses.is_event(kind):
                return self._responses.read_event(kind, value)
        if langchain_messages.is_message(value):
            return self._messages.read(value)
        if openai_responses.is_response(value):
            return self._responses.read_response(value)
        if has(value, "message") and has(get(value, "message"), "content"):
            return _ollama(value)
        raise type_error(value)

    @staticmethod
    def is_single_value(value: Any) -> bool:
        """Tell whether a function returned one value, not an iterable of values."""
        kind = get(value, "type")
        return (
            value is None
            or isinstance(value, (str, bytes, Mapping))
            or (isinstance(value, tuple) and len(value) == 2 and str(value[0]) in KINDS)
            or has(value, "choices")
            or has(value, "message")
            or (isinstance(kind, str) and kind in ANTHROPIC)
            or openai_responses.is_event(kind)
            or openai_responses.is_response(value)
            or langchain_messages.is_message(value)
        )

    def _pair(self, value: tuple[Any, ...]) -> bytes:
        if len(value) == 2 and isinstance(value[0], str) and value[0] in KINDS and isinstance(value[1], str | None):
            return said(KINDS[value[0]], value[1])
        if langchain_messages.is_streamed_pair(value):
            return self._messages.read(value[0])
        raise type_error(value)

    def _anthropic(self, kind: str, event: Any) -> bytes:
        if kind == "content_block_delta":
            delta = get(event, "delta")
            return said(REASONING, get(delta, "thinking")) + said(TEXT, get(delta, "text"))
        if kind == "message_start":
            self._prompt_tokens = count(get(get(get(event, "message"), "usage"), "input_tokens"))
        if kind == "message_delta":
            counted = get(get(event, "usage"), "output_tokens")
            return finished(get(get(event, "delta"), "stop_reason")) + used(self._prompt_tokens, counted)
        return _anthropic_message(event) if kind == "message" else b""


def _openai(chunk: Any) -> bytes:
    found = b""
    for choice in (get(chunk, "choices") or ())[:1]:
        part = get(choice, "delta") or get(choice, "message")
        found += _thought_and_text(part, ("reasoning_content", "reasoning")) + finished(get(choice, "finish_reason"))
    usage = get(chunk, "usage")
    return found + used(get(usage, "prompt_tokens"), get(usage, "completion_tokens"))


def _anthropic_message(message: Any) -> bytes:
    found = b""
    for block in get(message, "content") or ():
        found += said(REASONING, get(block, "thinking")) + said(TEXT, get(block, "text"))
    usage = get(message, "usage")
    counted = used(get(usage, "input_tokens"), get(usage, "output_tokens"))
    return found + finished(get(message, "stop_reason")) + counted


def _ollama(chunk: Any) -> bytes:
    found = _thought_and_text(get(chunk, "message"), ("thinking",))
    counted = used(get(chunk, "prompt_eval_count"), get(chunk, "eval_count"))
    return found + finished(get(chunk, "done_reason")) + counted


def _server_error(event: Any) -> ModelServerError:
    """Return the error that an event of anthropic or of OpenAI's Responses API tells."""
    error = get(event, "error") or event
    return ModelServerError(get(error, "message"), get(error, "code") or get(error, "type"))


def _thought_and_text(part: Any, names: tuple[str, ...]) -> bytes:
    content = get(part, "content")
    text = b"".join(map(_part, content)) if isinstance(content, list) else said(TEXT, content)
    return said(REASONING, first(part, *names)) + text + said(TEXT, get(part, "refusal"))


def _part(part: Any) -> bytes:
    """Return the frames of a part of a list, as Mistral's models give it."""
    if thought := get(part, "thinking"):
        parts = thought if isinstance(thought, list) else [{"text": thought}]
        return b"".join(said(REASONING, get(each, "text")) for each in parts)
    return said(TEXT, get(part, "text"))
