"""Adds the initials of parts that were indexed without them: by an earlier version of this server."""

import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager

from chatapp.search.fts_schema import BLOCK_BITS
from chatapp.search.fts_tokens import INITIALS_TABLE, initials_tokens


class InitialsBacklog:
    """The parts in `search_pending`. `transaction` is one of the connection; `characters`: of one step's texts."""

    def __init__(
        self, connection: sqlite3.Connection, transaction: Callable[[], AbstractContextManager[None]], characters: int
    ) -> None:
        self._connection = connection
        self._transaction = transaction
        self._characters = characters

    def is_there(self) -> bool:
        return bool(self._connection.execute("SELECT EXISTS (SELECT 1 FROM search_pending)").fetchone()[0])

    def step(self) -> bool:
        """Add some, newest first. Returns whether there was work."""
        tokens = self._read_some()
        with self._transaction():
            for part_id, message_id, text in tokens:
                if self._claim(part_id, message_id):
                    insert = f"INSERT INTO {INITIALS_TABLE} (rowid, tokens) VALUES (?, ?)"  # noqa: S608
                    self._connection.execute(insert, (part_id, text))
        return bool(tokens)

    def _read_some(self) -> list[tuple[int, str, str]]:
        """Read ids and tokens. A message with leftovers has another text now: its parts are about to be removed."""
        query = """
            SELECT p.id, p.message_id, b.owner, substr(m.content, p."start" + 1, p."end" - p."start")
            FROM search_pending JOIN search_parts p ON p.id = part_id
            JOIN search_blocks b ON b.number = p.id >> ? JOIN messages m ON m.id = p.message_id
            WHERE p.message_id NOT IN (SELECT message_id FROM search_leftovers) ORDER BY part_id DESC
        """
        found = []
        characters = 0
        for part_id, message_id, owner, text in self._connection.execute(query, (BLOCK_BITS,)):
            found.append((part_id, message_id, initials_tokens(text, owner)))
            characters += len(text)
            if characters >= self._characters:
                break
        return found

    def _claim(self, part_id: int, message_id: str) -> bool:
        """Return False if another process did it, or the text has changed."""
        claim = """
            DELETE FROM search_pending WHERE part_id = ?
            AND EXISTS (SELECT 1 FROM search_parts WHERE id = part_id)
            AND ? NOT IN (SELECT message_id FROM search_leftovers)
        """
        return self._connection.execute(claim, (part_id, message_id)).rowcount == 1
