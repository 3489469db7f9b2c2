"""What a token log is, whatever stores it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Entry:
    """One record: `kind` is text, reasoning, or end; the text of an end is its fact, as JSON."""

    generation_id: str
    seq: int
    kind: str
    text: str


class TokenLog(Protocol):
    def append(self, entries: Sequence[Entry]) -> None:
        """Store the next entries of one generation. Returns once they are durable."""

    def read(self, generation_id: str, after: int = 0) -> list[Entry]:
        """Return the entries above `after`, in order; none when the log was dropped."""

    def wait(self, generation_id: str, after: int, timeout: float) -> list[Entry]:
        """Like `read`, but waits up to `timeout` seconds for the first one."""

    def announce(self, generation_id: str) -> None:
        """Wake those who wait for entries of a generation that were stored by other means: its end."""


def merged(entries: Iterable[Entry]) -> list[dict[str, Any]]:
    """Return entries as a snapshot writes them: `{"kind", "text", "seq"}`, one kind's neighbours merged."""
    result: list[dict[str, Any]] = []
    parts: list[str] = []
    for entry in entries:
        if entry.kind == "end":
            continue
        if result and result[-1]["kind"] == entry.kind:
            parts.append(entry.text)
            result[-1]["seq"] = entry.seq
        else:
            if result:
                result[-1]["text"] = "".join(parts)
            parts = [entry.text]
            result.append({"kind": entry.kind, "text": "", "seq": entry.seq})
    if result:
        result[-1]["text"] = "".join(parts)
    return result
