"""The planned answer of one call: its content, its pace and its fault."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from chatapp.demo.api_error import ApiError


@dataclass(frozen=True)
class Fault:
    """A fault, and the number of content tokens before it; halfway by default."""

    name: str
    at: int = -1
    seed: int = 0
    code: str = "server_error"


@dataclass(frozen=True)
class AnswerPlan:
    """A complete answer, planned before any of it is sent. Times in seconds, the rate in tokens per second."""

    content: Sequence[str]
    reasoning: Sequence[str] = ()
    reasoning_field: str = "reasoning_content"
    rate: float = 0.0
    first: float = 0.0
    headers: float = 0.0
    finish: str = "stop"
    usage: bool = True
    closes: bool = False
    fault: Fault | None = None
    refusal: ApiError | None = None

    @property
    def tokens(self) -> int:
        """Return the number of billed tokens."""
        return len(self.reasoning) + len(self.content)

    @property
    def fault_name(self) -> str | None:
        """Return the name of the fault, if there is one."""
        return self.fault.name if self.fault else None

    @property
    def fault_at(self) -> int:
        """Return the number of content tokens before the fault."""
        if self.fault is None or self.fault.at < 0:
            return len(self.content) // 2
        return min(self.fault.at, len(self.content))

    def due(self, index: int) -> float:
        """Return when token `index` (from 0) is due, in seconds after the headers."""
        return self.first + (index / self.rate if self.rate else 0.0)

    def cut_to(self, limit: int | None) -> "AnswerPlan":
        """Return the answer cut at the request's token limit. Reasoning counts, as it does at OpenAI."""
        if limit is None or self.tokens <= limit:
            return self
        reasoning = self.reasoning[:limit]
        content = self.content[: limit - len(reasoning)]
        return replace(self, reasoning=reasoning, content=content, finish="length")
