"""What one terminal has of a generation's token log."""

from collections.abc import Iterable
from typing import Any

Entry = dict[str, Any]


class EntryLog:
    """Decides which entries may be shown now: each once, in order, without a gap.

    It holds no text. An entry is `{"seq", "kind", ...}`.
    """

    def __init__(self) -> None:
        self.last = 0
        self._pending: dict[int, Entry] = {}

    @property
    def has_gap(self) -> bool:
        """Tell whether an earlier entry is missing, so that the server must be asked for it."""
        return bool(self._pending)

    def accept(self, entry: Entry) -> list[Entry]:
        """Take one live entry; return what may be shown now."""
        if entry["seq"] > self.last:
            self._pending[entry["seq"]] = entry
        return self._take_ready()

    def fill(self, entries: Iterable[Entry], seq: int) -> list[Entry]:
        """Take what the server holds after `last` and up to `seq`; return what may be shown now.

        Its entries are merged and cannot be cut, so nothing may be accepted between asking and filling.
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
