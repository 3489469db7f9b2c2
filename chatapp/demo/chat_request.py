"""Parses a chat request, as far as the answers need it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from chatapp.demo.api_error import ApiError


class ChatMessage(NamedTuple):
    """One message, its content as plain text."""

    role: str
    text: str


@dataclass(frozen=True)
class ChatRequest:
    """A valid chat request."""

    model: str
    messages: tuple[ChatMessage, ...]
    received: list[Any]
    stream: bool
    include_usage: bool
    limit: int | None

    @property
    def characters(self) -> int:
        """Return the total length of the contents."""
        return sum(len(message.text) for message in self.messages)


def parse_request(body: Mapping[str, Any]) -> ChatRequest:
    """Parse a request's body. Raises ApiError 400, which names the first wrong field."""
    model = body.get("model")
    if not isinstance(model, str) or not model:
        raise field_error("model", "you must provide a model parameter")
    if body.get("n", 1) != 1:
        raise field_error("n", "only one choice is offered")
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        raise field_error("messages", "expected a non-empty array of messages")
    stream, options = body.get("stream") or False, body.get("stream_options") or {}
    if not isinstance(stream, bool):
        raise field_error("stream", "expected a boolean")
    if not isinstance(options, dict) or (options and not stream):
        raise field_error("stream_options", "expected an object, and only when 'stream' is true")
    return ChatRequest(
        model=model,
        messages=tuple(parse_message(message, f"messages[{index}]") for index, message in enumerate(messages)),
        received=messages,
        stream=stream,
        include_usage=bool(options.get("include_usage")),
        limit=parse_limit(body),
    )


def parse_message(message: object, where: str) -> ChatMessage:
    """Parse one message."""
    if not isinstance(message, dict) or not isinstance(message.get("role"), str):
        raise field_error(where, "expected an object with a role")
    return ChatMessage(message["role"], parse_content(message.get("content"), f"{where}.content"))


def parse_content(content: object, where: str) -> str:
    """Return the text of a string, of a list of parts, or of None."""
    if content is None or isinstance(content, str):
        return content or ""
    if not isinstance(content, list) or not all(isinstance(part, dict) for part in content):
        raise field_error(where, "expected a string or an array of objects")
    return "".join(str(part.get("text", "")) for part in content)


def parse_limit(body: Mapping[str, Any]) -> int | None:
    """Return the token limit: the smaller value of OpenAI's two fields for it."""
    limits = []
    for name in ("max_tokens", "max_completion_tokens"):
        limit = body.get(name)
        if limit is None:
            continue
        if isinstance(limit, bool) or not isinstance(limit, int) or limit < 1:
            raise field_error(name, "expected an integer of at least 1")
        limits.append(limit)
    return min(limits, default=None)


def field_error(field: str, expected: str) -> ApiError:
    """Return an ApiError 400 that names the field."""
    return ApiError(400, f"Invalid '{field}': {expected}.", param=field)
