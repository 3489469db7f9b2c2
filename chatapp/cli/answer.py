"""An answer as people would get it, with what `doctor` wants to know of it."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from chatapp.errors import ProviderError
from chatapp.providers.base import Chunk, Finish, Notice, Reasoning, TextWasReasoning, Usage
from chatapp.providers.openai.error_rules import LOADING

Result = TypeVar("Result")
LOADING_SECONDS = 60.0


@dataclass
class Answer:
    """An answer. `times`: when each piece of text came, in seconds after the question."""

    text: str = ""
    thought: str = ""
    times: list[float] = field(default_factory=list)
    finish: str = ""
    usage: Usage | None = None
    notices: list[str] = field(default_factory=list)


def collect(chunks: Iterable[Chunk]) -> Answer:
    """Return the answer that the chunks of a provider make. The question is sent now."""
    answer, started = Answer(), time.monotonic()
    for chunk in chunks:
        match chunk:
            case Reasoning():
                answer.thought += chunk
            case str():
                answer.text += chunk
                answer.times.append(time.monotonic() - started)
            case TextWasReasoning():
                answer.thought, answer.text = answer.thought + answer.text, ""
            case Usage():
                answer.usage = chunk
            case Finish():
                answer.finish = chunk.reason
            case Notice():
                answer.notices.append(chunk.text.format(**chunk.values))
    return answer


def when_loaded(ask: Callable[[], Result]) -> tuple[Result, str]:
    """Ask until the server has loaded its model. Returns the result, and how long that took, if it did."""
    started, has_waited = time.monotonic(), False
    while True:
        try:
            result = ask()
        except ProviderError as error:
            if error.text != LOADING.text or time.monotonic() - started > LOADING_SECONDS:
                raise
            has_waited = True
            time.sleep(0.2)
        else:
            return result, f"it was loading for {time.monotonic() - started:.1f} s, and said so" if has_waited else ""
