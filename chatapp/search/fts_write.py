"""Keeps the index up to date, in small steps, soon after each commit.

Triggers put every message with new or changed text into `search_queue`, whatever wrote it: a command, an answer's end,
an import. The text that was indexed before goes to `search_leftovers`, because a contentless FTS5 table needs the old
text to delete it. A step claims its work in the transaction that writes it, so two processes may index at once.
"""

import logging
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from chatapp.search.fts_backlog import InitialsBacklog
from chatapp.search.fts_erase import Eraser
from chatapp.search.fts_schema import BLOCK, BLOCK_BITS
from chatapp.search.fts_tokens import INITIALS_TABLE, TABLES, index_tokens
from chatapp.search.query import MOST_CHARACTERS
from chatapp.server import concurrency
from chatapp.storage.database import db, is_locked

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.5
#: One write holds SQLite's lock for 1 to 3 ms at this size.
WRITE_CHARACTERS = 3000
WRITE_MESSAGES = 20
MERGED_PAGES = 16
CHECKPOINT_PAGES = 500
LOCKED_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of a message to index. `following`: the start of the next part, or None for the last one."""

    queue_id: int
    message_id: str
    conversation_id: str
    owner: str
    start: int
    end: int
    following: int | None
    texts: tuple[str, str, str]


def run() -> None:
    """Index new messages for ever, on SQLite. Pauses as long as it works, to leave time for everything else."""
    if not db.is_sqlite:
        return
    index = Index(str(db.engine.url.database))
    while True:
        started = time.monotonic()
        try:
            is_behind = index.is_behind() and concurrency.in_thread(index.step)
        except Exception as error:
            if not is_locked(error):
                log.exception("Indexing failed; it goes on")
            is_behind = False
        concurrency.sleep(time.monotonic() - started if is_behind else LOOK_SECONDS)


class Index:
    """Writes the index. All methods except `is_behind` take milliseconds: call them in a native thread."""

    def __init__(self, file: str) -> None:
        self._connection = sqlite3.connect(file, timeout=LOCKED_SECONDS, isolation_level=None, check_same_thread=False)
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.execute("PRAGMA secure_delete = ON")
        # It checkpoints its own writes, so that the next commit elsewhere need not do it.
        self._connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
        self._eraser = Eraser(self._connection, TABLES, MERGED_PAGES)
        self._backlog = InitialsBacklog(self._connection, self._transaction, WRITE_CHARACTERS)

    def close(self) -> None:
        self._connection.close()

    def step(self) -> bool:
        """Do one small step. Returns whether there was work."""
        if self._forget_some():
            self._eraser.note_deletion()
        elif not self._add_some() and not self._backlog.step():
            return self._eraser.step()
        for table in TABLES:
            self._connection.execute(f"INSERT INTO {table} ({table}, rank) VALUES ('merge', {MERGED_PAGES})")  # noqa: S608
        return True

    def is_behind(self) -> bool:
        query = "SELECT EXISTS (SELECT 1 FROM search_queue) OR EXISTS (SELECT 1 FROM search_leftovers)"
        is_queued = bool(self._connection.execute(query).fetchone()[0])
        return is_queued or self._backlog.is_there() or self._eraser.is_due()

    def _forget_some(self) -> bool:
        leftover = self._connection.execute("SELECT message_id, content FROM search_leftovers LIMIT 1").fetchone()
        if leftover is None:
            return False
        message_id, content = leftover
        query = """
            SELECT p.id, p."start", p."end", b.owner FROM search_parts p
            JOIN search_blocks b ON b.number = p.id >> ? WHERE p.message_id = ? LIMIT 1
        """
        parts = self._connection.execute(query, (BLOCK_BITS, message_id)).fetchall()
        forgotten = [(part_id, index_tokens(content[start:end], owner)) for part_id, start, end, owner in parts]
        with self._transaction():
            for part_id, texts in forgotten:
                self._forget(part_id, texts)
            self._connection.execute(
                """
                DELETE FROM search_leftovers WHERE message_id = ?
                AND NOT EXISTS (SELECT 1 FROM search_parts p WHERE p.message_id = search_leftovers.message_id)
                """,
                (message_id,),
            )
        return True

    def _forget(self, part_id: int, texts: tuple[str, str, str]) -> None:
        is_pending = self._changes_row("DELETE FROM search_pending WHERE part_id = ?", part_id)
        if not self._changes_row("DELETE FROM search_parts WHERE id = ?", part_id):
            return
        for table, text in zip(TABLES, texts, strict=True):
            if table == INITIALS_TABLE and is_pending:
                continue
            delete = f"INSERT INTO {table} ({table}, rowid, tokens) VALUES ('delete', ?, ?)"  # noqa: S608
            self._connection.execute(delete, (part_id, text))
        number = part_id >> BLOCK_BITS
        self._connection.execute(
            """
            DELETE FROM search_blocks WHERE number = ?
            AND NOT EXISTS (SELECT 1 FROM search_parts WHERE id BETWEEN ? AND ?)
            """,
            (number, number << BLOCK_BITS, (number << BLOCK_BITS) + BLOCK - 1),
        )

    def _add_some(self) -> bool:
        parts = self._read_queue()
        if not parts:
            return False
        with self._transaction():
            for part in parts:
                if self._claim(part) and part.texts[0]:
                    self._add(part)
        return True

    def _read_queue(self) -> list[_Part]:
        """Read the parts for one write, newest first. Messages with leftovers wait until those are deleted."""
        query = """
            SELECT q.id, q.message_id, m.conversation_id, c.owner, m.status, q.done, substr(m.content, q.done + 1, ?)
            FROM search_queue q
            LEFT JOIN messages m ON m.id = q.message_id LEFT JOIN conversations c ON c.id = m.conversation_id
            WHERE NOT EXISTS (SELECT 1 FROM search_leftovers l WHERE l.message_id = q.message_id)
            ORDER BY q.id DESC LIMIT ?
        """
        parts: list[_Part] = []
        characters = 0
        for row in self._connection.execute(query, (WRITE_CHARACTERS + 1, WRITE_MESSAGES)):
            parts.append(_prepare_part(*row))
            characters += parts[-1].end - parts[-1].start
            if characters >= WRITE_CHARACTERS:
                break
        return parts

    def _claim(self, part: _Part) -> bool:
        """Mark the part as done. Returns False if another process did it, or the text has changed."""
        condition = "id = ? AND done = ? AND message_id NOT IN (SELECT message_id FROM search_leftovers)"
        if part.following is None:
            return self._changes_row(f"DELETE FROM search_queue WHERE {condition}", part.queue_id, part.start)  # noqa: S608
        update = f"UPDATE search_queue SET done = ? WHERE {condition}"  # noqa: S608
        return self._changes_row(update, part.following, part.queue_id, part.start)

    def _add(self, part: _Part) -> None:
        part_id = self._new_id(part.owner, part.conversation_id)
        self._connection.execute(
            "INSERT INTO search_parts VALUES (?, ?, ?, ?)", (part_id, part.message_id, part.start, part.end)
        )
        for table, text in zip(TABLES, part.texts, strict=True):
            insert = f"INSERT INTO {table} (rowid, tokens) VALUES (?, ?)"  # noqa: S608
            self._connection.execute(insert, (part_id, text))
        self._connection.execute("DELETE FROM search_pending WHERE part_id = ?", (part_id,))

    def _new_id(self, owner: str, conversation_id: str) -> int:
        """Return an id in the conversation's last block. No id is used twice: the index may still hold old ones."""
        query = "SELECT max(number), used FROM search_blocks WHERE owner = ? AND conversation_id = ?"
        number, used = self._connection.execute(query, (owner, conversation_id)).fetchone()
        if number is None or used == BLOCK:
            insert = "INSERT INTO search_blocks (owner, conversation_id) VALUES (?, ?)"
            number, used = self._connection.execute(insert, (owner, conversation_id)).lastrowid, 0
        self._connection.execute("UPDATE search_blocks SET used = used + 1 WHERE number = ?", (number,))
        return int(number) << BLOCK_BITS | int(used)

    def _changes_row(self, statement: str, *parameters: object) -> bool:
        return self._connection.execute(statement, parameters).rowcount == 1

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise


def _prepare_part(
    queue_id: int, message_id: str, conversation_id: str, owner: str, status: str, start: int, text: str
) -> _Part:
    if not text or status == "running":  # a running answer's end puts it into the queue again
        return _Part(queue_id, message_id, conversation_id, owner, start, start, None, ("", "", ""))
    end, following = _cut(text)
    texts = index_tokens(text[:end], owner)
    next_start = None if following is None else start + following
    return _Part(queue_id, message_id, conversation_id, owner, start, start + end, next_start, texts)


def _cut(text: str) -> tuple[int, int | None]:
    """Return the end of a part of a text, at a blank, and the start of the next part (None for the last).

    Without a blank, the next part overlaps this one by the longest query.
    """
    if len(text) <= WRITE_CHARACTERS:
        return len(text), None
    blank = max(text.rfind(blank, WRITE_CHARACTERS // 2, WRITE_CHARACTERS) for blank in " \n")
    return (blank, blank) if blank > 0 else (WRITE_CHARACTERS, WRITE_CHARACTERS - MOST_CHARACTERS)
