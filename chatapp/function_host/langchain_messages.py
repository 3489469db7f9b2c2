"""Reads LangChain's messages: the chunks of `model.stream(…)`, the result of `invoke`, and LangGraph's `messages`."""

from collections.abc import Iterator
from typing import Any

from chatapp.function_host.answer_frames import TOOLS, Paragraphs, count, finished, first, get, has, used

#: The types of messages that a model has written. Those of people and tools are not part of the answer.
BY_A_MODEL = {"ai", "AIMessageChunk"}


def is_message(value: Any) -> bool:
    """Tell whether a value is a message, whoever has written it."""
    return has(value, "content") and has(value, "additional_kwargs") and has(value, "response_metadata")


def is_streamed_pair(value: tuple[Any, ...]) -> bool:
    """Tell whether a tuple is a message with its metadata, as LangGraph gives it with `stream_mode="messages"`."""
    return len(value) == 2 and is_message(value[0])


class MessageReader:
    """Converts the messages of one answer, which may be of several calls of a model."""

    def __init__(self) -> None:
        self._paragraphs = Paragraphs()
        self._prompt_tokens = self._completion_tokens = 0
        self._calls_tools = False

    def read(self, message: Any) -> bytes:
        """Return the frames of a message. Tool calls give none."""
        if get(message, "type") not in BY_A_MODEL:
            return b""
        answer, extras, content = get(message, "id"), get(message, "additional_kwargs"), get(message, "content")
        said = b""
        for text, part in _thoughts(extras, None):
            said += self._paragraphs.reasoning(text, (answer, part))
        for place, block in enumerate(content if isinstance(content, list) else [content]):
            for text, part in _thoughts(block, get(block, "index") if has(block, "index") else place):
                said += self._paragraphs.reasoning(text, (answer, part))
            said += self._paragraphs.text(block if isinstance(block, str) else first(block, "text", "refusal"), answer)
        said += self._paragraphs.text(get(extras, "refusal"), answer)
        return said + self._finish(message) + self._usage(get(message, "usage_metadata"))

    def _finish(self, message: Any) -> bytes:
        self._calls_tools = self._calls_tools or bool(first(message, "tool_call_chunks", "tool_calls"))
        metadata = get(message, "response_metadata")
        reason = first(metadata, "finish_reason", "stop_reason", "done_reason")
        if not reason and (status := get(metadata, "status")):  # of OpenAI's Responses API
            reason = get(get(metadata, "incomplete_details"), "reason") or (TOOLS if self._calls_tools else status)
        if reason:
            self._calls_tools = False
        return finished(reason)

    def _usage(self, usage: Any) -> bytes:
        """Return the counts of all calls so far: LangChain, too, adds up those of a message's chunks."""
        if not usage:
            return b""
        self._prompt_tokens += count(get(usage, "input_tokens"))
        self._completion_tokens += count(get(usage, "output_tokens"))
        return used(self._prompt_tokens, self._completion_tokens)


def _thoughts(block: Any, part: Any) -> Iterator[tuple[Any, Any]]:
    """Yield the reasoning in a block of content, each text with its part of the answer."""
    thought = first(block, "thinking", "reasoning", "reasoning_content", "summary")
    if isinstance(thought, str):
        yield thought, part
    elif isinstance(thought, list):
        for place, piece in enumerate(thought):
            yield get(piece, "text"), (part, get(piece, "index") if has(piece, "index") else place)
    elif thought:  # {"summary": […]} of older versions; {"text": …} of Amazon's models
        yield get(thought, "text"), part
        yield from _thoughts({"summary": get(thought, "summary")}, part)
