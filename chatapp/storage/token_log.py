"""The token log: the numbered entries of every generation, committed before they are emitted.

All reads and writes of entries are here, including a generation's end and the text shown of it.
"""

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any, Protocol, cast

from sqlalchemy import Table, delete, func, insert, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from chatapp.errors import Unavailable
from chatapp.server import concurrency, metrics
from chatapp.storage.database import Database
from chatapp.storage.log_tail import LogTail
from chatapp.storage.tables import LogEntry

COMMIT_SECONDS = 0.005
#: How long a commit waits while the database is locked. The answers wait with their entries, and then go on.
LOCKED_SECONDS = 60.0
INSERT = insert(LogEntry)
TABLE = cast("Table", LogEntry.__table__)
COLUMNS = "generation_id", "seq", "kind", "text"
#: The kind of an entry without a text: all text of the generation before it was reasoning.
TEXT_WAS_REASONING = "text_was_reasoning"


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. `kind`: text, reasoning, TEXT_WAS_REASONING, or end (then `text` is its fact, as JSON)."""

    generation_id: str
    seq: int
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class ShownText:
    """The text shown of a message: its stored text and that of the log. `seq`: of the log's last entry."""

    content: str
    reasoning: str
    seq: int


class TokenLog(Protocol):
    """A store of entries. `session`: the caller's transaction, for a log in the same database."""

    def append(self, entries: Sequence[Entry]) -> None:
        """Store the next entries of one generation. Returns once they are committed."""

    def append_end(self, session: Session, entry: Entry) -> None:
        """Store the end of a generation, as part of the transaction."""

    def read(self, generation_id: str, after: int = 0, *, session: Session | None = None) -> list[Entry]:
        """Return the entries with a seq above `after`, in order; none if the log was dropped."""

    def last_seq(self, generation_id: str, *, session: Session | None = None) -> int:
        """Return the last entry's seq; 0 if there is none."""

    def drop(self, generation_ids: Sequence[str], *, session: Session, after: int = 0) -> None:
        """Delete the entries with a seq above `after` of generations that have ended."""

    def wait(self, generation_id: str, after: int, timeout: float) -> list[Entry]:
        """Do what `read` does, but wait up to `timeout` seconds for the first entry, or for `announce`."""

    def announce(self, generation_id: str, entries: Sequence[Entry] = ()) -> None:
        """Wake the callers of `wait`: these entries were stored without `append`, as an end or by another worker.

        Without entries the callers only look whether they are still to wait.
        """

    def follow(self, generation_id: str) -> AbstractContextManager[None]:
        """Keep the newest entries in memory for the block, so that `wait` need not read them."""


def merge(entries: Iterable[Entry]) -> list[dict[str, Any]]:
    """Return entries for a snapshot: `{"kind", "text", "seq"}`, neighbours of one kind merged, the end left out."""
    merged: list[dict[str, Any]] = []
    parts: list[str] = []
    for entry in entries:
        if entry.kind == "end":
            continue
        if merged and merged[-1]["kind"] == entry.kind:
            parts.append(entry.text)
            merged[-1]["seq"] = entry.seq
        else:
            if merged:
                merged[-1]["text"] = "".join(parts)
            parts = [entry.text]
            merged.append({"kind": entry.kind, "text": "", "seq": entry.seq})
    if merged:
        merged[-1]["text"] = "".join(parts)
    return merged


def shown_text(content: str, reasoning: str, entries: Sequence[Entry]) -> ShownText:
    """Return the text shown of a message: its stored text, followed by all entries of its log."""
    texts, thoughts = [], [reasoning]
    for entry in entries:
        if entry.kind == "text":
            texts.append(entry.text)
        elif entry.kind == "reasoning":
            thoughts.append(entry.text)
        elif entry.kind == TEXT_WAS_REASONING:
            thoughts += texts
            texts = []
    return ShownText(content + "".join(texts), "".join(thoughts), seq=entries[-1].seq if entries else 0)


class _Batch:
    """The entries of the next commit, and an event for the tasks that wait for it."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.done = concurrency.Event()
        self.errors: dict[str, Exception] = {}

    def fail(self, error: Exception) -> None:
        """Set the same error for all generations of the batch."""
        self.errors = {entry.generation_id: error for entry in self.entries}


class DatabaseTokenLog:
    """The token log in the database. Commits at once when idle, else every 5 ms for all generations together.

    There is no writer task: the first task to append to an empty batch commits it, for all that join meanwhile.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._batch = _Batch()
        self._last_commit = 0.0
        self._committing = concurrency.Semaphore()
        self._waiters: defaultdict[str, set[concurrency.Event]] = defaultdict(set)
        self._tails: dict[str, LogTail[Entry]] = {}

    def append(self, entries: Sequence[Entry]) -> None:
        batch = self._batch
        is_first = not batch.entries
        batch.entries.extend(entries)
        if is_first:
            self._commit_for_all(batch)
        else:
            batch.done.wait()
        if error := batch.errors.get(entries[0].generation_id):
            raise error

    def append_end(self, session: Session, entry: Entry) -> None:
        row = {"generation_id": entry.generation_id, "seq": entry.seq, "kind": entry.kind, "text": entry.text}
        session.execute(INSERT, [row])

    def read(self, generation_id: str, after: int = 0, *, session: Session | None = None) -> list[Entry]:
        if session is None:
            with self._database.read() as own:
                return self.read(generation_id, after, session=own)
        rows = session.execute(
            select(LogEntry.seq, LogEntry.kind, LogEntry.text)
            .where(LogEntry.generation_id == generation_id, LogEntry.seq > after)
            .order_by(LogEntry.seq)
        )
        return [Entry(generation_id, seq, kind, text) for seq, kind, text in rows]

    def last_seq(self, generation_id: str, *, session: Session | None = None) -> int:
        if session is None:
            with self._database.read() as own:
                return self.last_seq(generation_id, session=own)
        query = select(func.max(LogEntry.seq)).where(LogEntry.generation_id == generation_id)
        return session.scalars(query).one() or 0

    def drop(self, generation_ids: Sequence[str], *, session: Session, after: int = 0) -> None:
        session.execute(delete(LogEntry).where(LogEntry.generation_id.in_(generation_ids), LogEntry.seq > after))

    def wait(self, generation_id: str, after: int, timeout: float) -> list[Entry]:
        arrival = concurrency.Event()
        self._waiters[generation_id].add(arrival)
        try:
            newest = self._newest(generation_id, after)
            if newest is None:
                newest = self.read(generation_id, after)
            if newest or timeout <= 0:
                return newest
            arrival.wait(timeout)
            return self._newest(generation_id, after) or self.read(generation_id, after)
        finally:
            self._waiters[generation_id].discard(arrival)
            if not self._waiters[generation_id]:
                del self._waiters[generation_id]

    def _newest(self, generation_id: str, after: int) -> list[Entry] | None:
        """Return the entries above `after` if the log is followed and they are in memory; else None."""
        tail = self._tails.get(generation_id)
        return tail.after(after) if tail else None

    def announce(self, generation_id: str, entries: Sequence[Entry] = ()) -> None:
        if tail := self._tails.get(generation_id):
            tail.extend(entries)
        for arrival in self._waiters.get(generation_id, ()):
            arrival.set()

    @contextmanager
    def follow(self, generation_id: str) -> Iterator[None]:
        tail = self._tails.setdefault(generation_id, LogTail())
        tail.followers += 1
        try:
            yield
        finally:
            tail.followers -= 1
            if not tail.followers:
                del self._tails[generation_id]

    def _commit_for_all(self, batch: _Batch) -> None:
        """Commit a batch, at the earliest 5 ms after the last commit; set its errors and wake its tasks."""
        try:
            with self._committing:
                pause = self._last_commit + COMMIT_SECONDS - time.monotonic()
                if pause > 0:
                    concurrency.sleep(pause)
                self._batch = _Batch()
                self._commit_batch(batch)
                self._last_commit = time.monotonic()
        except BaseException:
            # Interrupted: the tasks that joined must not believe that their entries are stored.
            batch.fail(RuntimeError("It is not known whether the entries were stored"))
            if self._batch is batch:
                self._batch = _Batch()
            raise
        finally:
            batch.done.set()
        stored = defaultdict(list)
        for entry in batch.entries:
            if entry.generation_id in self._waiters or entry.generation_id in self._tails:
                stored[entry.generation_id].append(entry)
        for generation_id in stored.keys() - batch.errors.keys():
            self.announce(generation_id, stored[generation_id])

    def _commit_batch(self, batch: _Batch) -> None:
        """Commit a batch in one transaction; if a generation's entries are invalid, each generation's in its own."""
        try:
            self._commit(batch.entries)
        except Exception as error:  # noqa: BLE001 (raised by `append`, for everyone in the batch)
            batch.fail(error)
            if not isinstance(error, OperationalError | Unavailable):  # then it is the database, not an entry
                self._commit_one_by_one(batch)

    def _commit_one_by_one(self, batch: _Batch) -> None:
        for generation_id in list(batch.errors):
            try:
                self._commit([entry for entry in batch.entries if entry.generation_id == generation_id])
                del batch.errors[generation_id]
            except Exception as error:  # noqa: BLE001 (as above)
                batch.errors[generation_id] = error

    def _commit(self, entries: list[Entry]) -> None:
        rows = [(entry.generation_id, entry.seq, entry.kind, entry.text) for entry in entries]
        started = time.monotonic()
        self._database.insert_plain(TABLE, COLUMNS, rows, LOCKED_SECONDS)
        metrics.commit_seconds.observe(time.monotonic() - started)
        metrics.entries.inc(len(rows))
