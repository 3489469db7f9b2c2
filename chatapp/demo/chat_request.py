"""A chat request as it arrives, checked as far as the answers need it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from chatapp.demo.api_error import ApiError


class Turn(NamedTuple):
    """One message, its content as plain text."""

    role: str
    text: str


@dataclass(frozen=True)
class ChatRequest:
    """What is asked for: by whom is nobody's business here."""

    model: str
    turns: tuple[Turn, ...]
    received: list[Any]
    stream: bool
    include_usage: bool
    limit: int | None

    @property
    def characters(self) -> int:
        """The length of all contents together."""
        return sum(len(turn.text) for turn in self.turns)


def read(body: Mapping[str, Any]) -> ChatRequest:
    """Check a request's body; raise ApiError 400 naming the first field that is wrong."""
    model = body.get("model")
    if not isinstance(model, str) or not model:
        raise invalid("model", "you must provide a model parameter")
    if body.get("n", 1) != 1:
        raise invalid("n", "only one choice is offered")
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        raise invalid("messages", "expected a non-empty array of messages")
    stream, options = body.get("stream") or False, body.get("stream_options") or {}
    if not isinstance(stream, bool):
        raise invalid("stream", "expected a boolean")
    if not isinstance(options, dict) or (options and not stream):
        raise invalid("stream_options", "expected an object, and only when 'stream' is true")
    return ChatRequest(
        model=model,
        turns=tuple(read_turn(message, f"messages[{index}]") for index, message in enumerate(messages)),
        received=messages,
        stream=stream,
        include_usage=bool(options.get("include_usage")),
        limit=read_limit(body),
    )


def read_turn(message: object, where: str) -> Turn:
    """Check one message."""
    if not isinstance(message, dict) or not isinstance(message.get("role"), str):
        raise invalid(where, "expected an object with a role")
    return Turn(message["role"], read_content(message.get("content"), f"{where}.content"))


def read_content(content: object, where: str) -> str:
    """Take the text out of a string, of a list of parts, or of nothing."""
    if content is None or isinstance(content, str):
        return content or ""
    if not isinstance(content, list) or not all(isinstance(part, dict) for part in content):
        raise invalid(where, "expected a string or an array of objects")
    return "".join(str(part.get("text", "")) for part in content)


def read_limit(body: Mapping[str, Any]) -> int | None:
    """The smaller of the two names that OpenAI has for the greatest number of tokens."""
    limits = []
    for name in ("max_tokens", "max_completion_tokens"):
        limit = body.get(name)
        if limit is None:
            continue
        if isinstance(limit, bool) or not isinstance(limit, int) or limit < 1:
            raise invalid(name, "expected an integer of at least 1")
        limits.append(limit)
    return min(limits, default=None)


def invalid(field: str, expected: str) -> ApiError:
    """A 400 that names the field."""
    return ApiError(400, f"Invalid '{field}': {expected}.", param=field)
