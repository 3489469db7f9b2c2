"""The newest entries of a token log, in memory for those who follow it."""

from collections import deque
from collections.abc import Iterable
from itertools import islice
from typing import Generic, Protocol, TypeVar

#: How much of a log is kept; whoever is further behind reads the database.
TAIL_CHARACTERS = 256 * 1024


class _Numbered(Protocol):
    @property
    def seq(self) -> int: ...
    @property
    def text(self) -> str: ...


Numbered = TypeVar("Numbered", bound=_Numbered)


class LogTail(Generic[Numbered]):
    """The newest committed entries of a log, without a gap, for all of its followers."""

    def __init__(self) -> None:
        self.followers = 0
        self._entries: deque[Numbered] = deque()
        self._characters = 0

    def extend(self, entries: Iterable[Numbered]) -> None:
        """Add the next entries, and forget old ones. One that does not follow the last one begins a new tail."""
        for entry in entries:
            if self._entries and entry.seq <= self._entries[-1].seq:
                continue
            if self._entries and entry.seq > self._entries[-1].seq + 1:
                self.clear()
            self._entries.append(entry)
            self._characters += len(entry.text)
        while self._characters > TAIL_CHARACTERS and len(self._entries) > 1:
            self._characters -= len(self._entries.popleft().text)

    def clear(self) -> None:
        self._entries.clear()
        self._characters = 0

    def after(self, seq: int) -> list[Numbered] | None:
        """Return the entries above `seq`; None if the first of them is not known here."""
        if not self._entries or not self._entries[0].seq <= seq + 1 <= self._entries[-1].seq + 1:
            return None
        return list(islice(self._entries, seq + 1 - self._entries[0].seq, None))
