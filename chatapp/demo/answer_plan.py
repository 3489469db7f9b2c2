"""What one call is answered with, and at what pace."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from chatapp.demo.api_error import ApiError


@dataclass(frozen=True)
class Fault:
    """What goes wrong, and after how many content tokens; halfway unless that is given."""

    name: str
    at: int = -1
    seed: int = 0
    code: str = "server_error"


@dataclass(frozen=True)
class AnswerPlan:
    """A whole answer before any of it is sent. Times are in seconds, the rate in tokens per second."""

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
        """All tokens, as they are billed."""
        return len(self.reasoning) + len(self.content)

    @property
    def fault_name(self) -> str | None:
        """Which fault this answer has, if any."""
        return self.fault.name if self.fault else None

    @property
    def fault_at(self) -> int:
        """After how many of the content tokens that there are the fault comes."""
        if self.fault is None or self.fault.at < 0:
            return len(self.content) // 2
        return min(self.fault.at, len(self.content))

    def due(self, index: int) -> float:
        """When token `index`, counted from 0, is to be sent, in seconds after the headers."""
        return self.first + (index / self.rate if self.rate else 0.0)

    def cut_to(self, limit: int | None) -> "AnswerPlan":
        """Cut the answer off where the request's limit falls; reasoning counts, as it does at OpenAI."""
        if limit is None or self.tokens <= limit:
            return self
        reasoning = self.reasoning[:limit]
        content = self.content[: limit - len(reasoning)]
        return replace(self, reasoning=reasoning, content=content, finish="length")
