"""The odd models: `odd?kind=NAME` plays an answer of an odd but real server, byte for byte."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from chatapp.demo.api_error import ApiError
from chatapp.demo.odd_answers import KINDS, OddAnswer, stream

MODEL = "odd"
#: What a server answers that is asked without what it refuses by name.
GRANTED = stream("Hello", " there")


def find_answer(body: Mapping[str, Any]) -> OddAnswer | None:
    """Return the answer that a request names; None for other models. Raises ApiError 400 for an unknown kind."""
    name, _, query = str(body.get("model")).partition("?")
    if name != MODEL:
        return None
    kind = parse_qs(query).get("kind", [""])[0]
    if kind not in KINDS:
        raise ApiError(
            400, f"Unknown kind '{kind}'; known are {', '.join(KINDS)}.", param="model", code="invalid_script"
        )
    return GRANTED if _is_granted(kind, body) else KINDS[kind]


def headers(answer: OddAnswer) -> dict[str, str]:
    """Return the headers of an answer, as names of arguments."""
    return {name.replace("-", "_"): value for name, value in answer.headers.items()}


def _is_granted(kind: str, body: Mapping[str, Any]) -> bool:
    """Tell whether the request is one that the server does not refuse."""
    if kind == "no_max_tokens":
        return "max_tokens" not in body
    return kind == "strict_roles" and _alternates(body.get("messages"))


def _alternates(messages: Any) -> bool:
    roles = [message.get("role") for message in messages] if isinstance(messages, list) else []
    rest = roles[1:] if roles[:1] == ["system"] else roles
    return all(role == ("user", "assistant")[index % 2] for index, role in enumerate(rest))
