"""The client's side of a generation's token log."""

from collections.abc import Iterable
from typing import Any

Entry = dict[str, Any]


class EntryLog:
    """Decides which entries are shown next: each once, in order, without a gap.

    It holds no text. An entry is `{"seq", "kind", ...}`.
    """

    def __init__(self) -> None:
        self.last = 0
        self._pending: dict[int, Entry] = {}

    @property
    def has_gap(self) -> bool:
        """Tell whether an entry is missing and must be fetched."""
        return bool(self._pending)

    def accept(self, entry: Entry) -> list[Entry]:
        """Add a live entry. Return the entries to show next."""
        if entry["seq"] > self.last:
            self._pending[entry["seq"]] = entry
        return self._take_ready()

    def fill(self, entries: Iterable[Entry], seq: int) -> list[Entry]:
        """Add the server's entries after `last` and up to `seq`. Return the entries to show next.

        They are merged and cannot be split, so no entry may be accepted between the request and this call.
        """
        self.last = max(self.last, seq)
        self._pending = {known: entry for known, entry in self._pending.items() if known > self.last}
        return [*entries, *self._take_ready()]

    def _take_ready(self) -> list[Entry]:
        ready = []
        while (entry := self._pending.pop(self.last + 1, None)) is not None:
            self.last += 1
            ready.append(entry)
        return ready
