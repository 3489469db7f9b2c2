"""What every provider shares."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

CONTINUE = (
    "Continue exactly where your last message stopped, in the same language and format. "
    "Do not repeat anything, do not apologise, do not comment: write only what comes next."
)


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a model is asked: `messages` as `{"role", "content"}`, oldest first; `model` as its provider calls it."""

    model: str
    messages: list[dict[str, str]]
    options: dict[str, Any] = field(default_factory=dict)
    conversation_id: str = ""


class Reasoning(str):
    """A chunk of what a model thinks before it answers."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens counted by the provider."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


@dataclass(frozen=True, slots=True)
class Finish:
    """Why the model ended: `stop`, `length`, `content_filter`, …"""

    reason: str


@dataclass(frozen=True, slots=True)
class Done:
    """Nothing more will come. Only for a provider that goes on reading after it, to leave its connection in order."""


#: A plain `str` is text of the answer. Text may end in half a surrogate pair, completed by the next chunk.
Chunk = str | Reasoning | Usage | Finish | Done


@dataclass(frozen=True, slots=True)
class ModelInfo:
    id: str
    name: str
    provider: str

    def payload(self) -> dict[str, str]:
        return {"id": self.id, "name": self.name, "provider": self.provider}


class Provider(Protocol):
    """Where answers come from."""

    name: str
    #: Whether `models` lists all that can be asked; another provider may take names that it does not list.
    lists_all: bool

    @property
    def identity(self) -> str:
        """Who answers: it changes when the same question may be answered differently. The response cache uses it."""

    def models(self) -> list[ModelInfo]:
        """List the models. Raises ProviderError when they cannot be had."""

    def stream(self, prompt: Prompt) -> Iterator[Chunk]:
        """Yield the answer. Raises ProviderError.

        A stop interrupts it where it waits by `concurrency` (`Task.cancel`); then it closes what it opened.
        """

    def close(self) -> None:
        """Release processes and connections. No stream runs any more."""


def continuation(messages: list[dict[str, str]], partial: str) -> list[dict[str, str]]:
    """Return what is sent to carry on: the path, the partial answer, and the wish to go on."""
    if not partial:
        return messages
    return [*messages, {"role": "assistant", "content": partial}, {"role": "user", "content": CONTINUE}]


def newest_turns(messages: list[dict[str, str]], turns: int) -> list[dict[str, str]]:
    """Keep the system prompt and the newest `turns` questions with what follows them."""
    system = [message for message in messages if message["role"] == "system"]
    rest = [message for message in messages if message["role"] != "system"]
    starts = [index for index, message in enumerate(rest) if message["role"] == "user"]
    return system + (rest[starts[-turns] :] if len(starts) >= turns else rest)
