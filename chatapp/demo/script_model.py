"""The script models: `script?QUERY` sets an answer's text, its pace and its fault."""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from chatapp.demo import stream_faults
from chatapp.demo.answer_plan import AnswerPlan, Fault
from chatapp.demo.api_error import ApiError
from chatapp.demo.chat_request import ChatRequest
from chatapp.demo.stream_events import encode_json

MODEL = "script"


@dataclass(frozen=True)
class Script:
    """The keys of the query, with their defaults."""

    tokens: int = 50
    lang: str = "en"
    size: int = 0
    text: str | None = None
    piece: int = 4
    rate: float = 0.0
    first: float = 0.0
    headers: float = 0.0
    reasoning: int = 0
    reasoning_field: str = "reasoning_content"
    resume: bool = False
    repeat: bool = False
    context: int | None = None
    echo: bool = False
    fault: str | None = None
    at: int = -1
    seed: int = 0
    code: str | None = None
    status: int | None = None
    message: str = ""
    retry_after: str | None = None
    times: int | None = None
    finish: str = "stop"
    usage: bool = True
    close: bool = False


def integer(least: int, most: int = 1_000_000) -> Callable[[str], int]:
    """Return a parser of integers."""

    def read(text: str) -> int:
        if not re.fullmatch(r"\d{1,9}", text, re.ASCII) or not least <= int(text) <= most:
            raise ValueError(f"an integer from {least} to {most}")
        return int(text)

    return read


def number(text: str) -> float:
    """Parse a number that is not negative."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value <= 1_000_000:
        raise ValueError("a number from 0 to 1000000")
    return value


def flag(text: str) -> bool:
    """Parse a switch."""
    return one_of("0", "1")(text) == "1"


def one_of(*choices: str) -> Callable[[str], str]:
    """Return a parser of fixed choices."""

    def read(text: str) -> str:
        if text not in choices:
            raise ValueError(f"one of {', '.join(choices)}")
        return text

    return read


def word(text: str) -> str:
    """Parse printable ASCII: it may be sent in a header."""
    if not text.isascii() or not text.isprintable():
        raise ValueError("printable ASCII")
    return text


READERS: dict[str, Callable[[str], Any]] = {
    "tokens": integer(0),
    "lang": one_of("en", "ko"),
    "size": integer(0, 100_000),
    "text": str,
    "piece": integer(1),
    "rate": number,
    "first": number,
    "headers": number,
    "reasoning": integer(0),
    "reasoning_field": one_of("reasoning_content", "reasoning"),
    "resume": flag,
    "repeat": flag,
    "context": integer(0, 10**9),
    "echo": flag,
    "fault": one_of(*stream_faults.NAMES),
    "at": integer(0),
    "seed": integer(0, 10**9),
    "code": word,
    "status": lambda text: int(one_of("400", "401", "403", "404", "429", "500", "503")(text)),
    "message": str,
    "retry_after": word,
    "times": integer(0),
    "finish": one_of("stop", "length", "content_filter"),
    "usage": flag,
    "close": flag,
}


def plan_answer(request: ChatRequest, attempt: int) -> AnswerPlan:
    """Return the answer that the request's model string describes. `attempt` counts its calls from 1."""
    script = parse_script(request.model)
    return AnswerPlan(
        content=write_content(script, request),
        reasoning=[f"r{index} " for index in range(1, script.reasoning + 1)],
        reasoning_field=script.reasoning_field,
        rate=script.rate,
        first=script.first,
        headers=script.headers,
        finish=script.finish,
        usage=script.usage,
        closes=script.close,
        fault=Fault(script.fault, script.at, script.seed, script.code or "server_error") if script.fault else None,
        refusal=make_refusal(script, request, attempt),
    )


def parse_script(model: str) -> Script:
    """Parse a model string. Raises ApiError 400, which names the unknown or invalid key."""
    values: dict[str, Any] = {}
    query = parse_qs(model.partition("?")[2], keep_blank_values=True)
    for key, texts in query.items():
        if key not in READERS:
            raise script_error(f"unknown key '{key}'; known are {', '.join(READERS)}")
        if len(texts) > 1:
            raise script_error(f"'{key}' stands there {len(texts)} times")
        try:
            values[key] = READERS[key](texts[0])
        except ValueError as error:
            raise script_error(f"'{key}' takes {error}, not '{texts[0]}'") from None
    return Script(**values)


def script_error(what: str) -> ApiError:
    """Return an ApiError 400 about the model string."""
    return ApiError(400, f"Invalid script model: {what}.", param="model", code="invalid_script")


def write_content(script: Script, request: ChatRequest) -> Sequence[str]:
    """Return the content tokens."""
    if script.fault == "empty":
        return []
    text = encode_json(request.received).decode() if script.echo else script.text
    if text is not None:
        return [text[start : start + script.piece] for start in range(0, len(text), script.piece)]
    before = find_last_number(request) if script.resume or script.repeat else 0
    suffix = "번" if script.lang == "ko" else ""
    # As llama.cpp does, which repeats the partial answer that is the last message.
    repeated = [request.messages[-1].text] if script.repeat and request.messages[-1].role == "assistant" else []
    return repeated + [
        f"{index}{suffix}".ljust(script.size - 1, ".") + " " for index in range(before + 1, script.tokens + 1)
    ]


def find_last_number(request: ChatRequest) -> int:
    """Return the last integer of the last answer: where the counting stopped."""
    answers = [message.text for message in request.messages if message.role == "assistant"]
    numbers = re.findall(r"\d+", answers[-1], re.ASCII) if answers else []
    return int(numbers[-1]) if numbers else 0


def make_refusal(script: Script, request: ChatRequest, attempt: int) -> ApiError | None:
    """Return the error that replaces the answer, if the script or the request's length demands one."""
    if script.context is not None and request.characters > script.context:
        message = (
            f"This model's maximum context length is {script.context} tokens. "
            f"However, your messages resulted in {request.characters} tokens. "
            "Please reduce the length of the messages."
        )
        return ApiError(400, message, param="messages", code="context_length_exceeded")
    if script.status is None or (script.times is not None and attempt > script.times):
        return None
    headers = {"Retry-After": script.retry_after} if script.retry_after else None
    return ApiError(script.status, script.message, code=script.code, headers=headers)
