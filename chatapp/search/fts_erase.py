"""Erases the words of deleted texts from the index.

FTS5 only marks a deleted row: its words stay in the file until a merge meets both. So, some time after a deletion, the
whole index is merged, a few pages at a time.
"""

import sqlite3
import time
from collections.abc import Sequence

#: How long words may stay after a deletion, and after a start, which knows nothing of earlier deletions.
ERASE_SECONDS = 3600.0
FIRST_SECONDS = 300.0


class Eraser:
    """Merges the index's tables once it is due. `pages`: how many one step writes at least."""

    def __init__(self, connection: sqlite3.Connection, tables: Sequence[str], pages: int) -> None:
        self._connection = connection
        self._tables = tables
        self._pages = pages
        self._due_at: float | None = time.monotonic() + FIRST_SECONDS
        #: The tables that are being merged, and whether the first one's merge has begun.
        self._remaining: list[str] = []
        self._has_begun = False

    def is_due(self) -> bool:
        return bool(self._remaining) or (self._due_at is not None and time.monotonic() >= self._due_at)

    def note_deletion(self) -> None:
        """Let the index be merged in a while; deletions in between are erased together."""
        if self._due_at is None:
            self._due_at = time.monotonic() + ERASE_SECONDS

    def step(self) -> bool:
        """Merge a few pages if it is due. Returns whether there was work."""
        if not self.is_due():
            return False
        if not self._remaining:
            self._remaining, self._has_begun, self._due_at = list(self._tables), False, None
        table = self._remaining[0]
        changes = self._connection.total_changes
        # A negative number begins a merge of everything.
        pages = self._pages if self._has_begun else -self._pages
        self._connection.execute(f"INSERT INTO {table} ({table}, rank) VALUES ('merge', ?)", (pages,))  # noqa: S608
        self._has_begun = True
        if self._connection.total_changes - changes < 2:  # so FTS5 says that nothing is left to merge
            del self._remaining[0]
            self._has_begun = False
        return True
