"""The provider interface and its chunks."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Prompt:
    """The input of a model. `messages`: `{"role", "content"}`, oldest first; `model`: the provider's own name of it.

    `partial`: the text of an answer to the last message that is to be continued.
    """

    model: str
    messages: list[dict[str, str]]
    options: dict[str, Any] = field(default_factory=dict)
    conversation_id: str = ""
    partial: str = ""


class Reasoning(str):
    """A chunk of the model's reasoning before its answer."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class TextWasReasoning:
    """All text of the answer so far was reasoning, which is known only now."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens counted by the provider. `cached_tokens`: those of the prompt that it did not have to read again."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    cached_tokens: int = 0

    def payload(self) -> dict[str, int]:
        """Return the `usage` of a message."""
        return {
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens,
            "total_tokens": self.total_tokens,
        }


@dataclass(frozen=True, slots=True)
class Finish:
    """Why the model ended: `stop`, `length`, `content_filter`, … `is_end`: nothing but counts can follow."""

    reason: str
    is_end: bool = False


@dataclass(frozen=True, slots=True)
class Answered:
    """The model that answers, by the provider's name of it, where that is not the one that was asked."""

    model: str


@dataclass(frozen=True, slots=True)
class Notice:
    """Something a person should know of how the answer was made: an English sentence with {names}, and their values."""

    text: str
    values: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Done:
    """The end of the answer, for a provider that then reads its response to the end, to reuse the connection."""


#: A plain `str` is text of the answer. It may end in half a surrogate pair that the next chunk completes.
Chunk = str | Reasoning | TextWasReasoning | Usage | Answered | Notice | Finish | Done


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A model as clients see it. `limits`: the operator's ceilings, by option; `description`: one line."""

    id: str
    name: str
    provider: str
    limits: dict[str, Any] = field(default_factory=dict)
    description: str = ""

    def payload(self) -> dict[str, Any]:
        more = {"limits": self.limits, "description": self.description}
        return {
            "id": self.id,
            "name": self.name,
            "provider": self.provider,
            **{name: value for name, value in more.items() if value},
        }


class Provider(Protocol):
    """A source of answers."""

    name: str
    #: Whether the provider accepts only the models that `models` returns.
    lists_all: bool

    @property
    def identity(self) -> str:
        """A part of the cache key: it changes if the same prompt may be answered differently."""

    def models(self) -> list[ModelInfo]:
        """Return the models. Raises ProviderError if they cannot be listed."""

    def stream(self, prompt: Prompt) -> Iterator[Chunk]:
        """Yield the answer. Raises ProviderError.

        A stop interrupts it in its waits by `concurrency` (`Task.cancel`); it must then release its resources.
        """

    def expect_prompt(self) -> None:
        """Prepare, in the background and without cost, for a prompt that probably comes soon."""

    def close(self) -> None:
        """Release processes and connections. No stream runs any more."""
