"""The token log: the numbered entries of every generation, stored before anybody sees them.

Every read and write of its entries is here, the end of a generation and the text that is shown of it included.
"""

import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import delete, func, insert, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from chatapp.server import concurrency, metrics
from chatapp.storage.database import Database
from chatapp.storage.tables import LogEntry

COMMIT_SECONDS = 0.005
INSERT = insert(LogEntry)


@dataclass(frozen=True, slots=True)
class Entry:
    """One record: `kind` is text, reasoning, or end; the text of an end is its fact, as JSON."""

    generation_id: str
    seq: int
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class ShownText:
    """What a reader sees of a message: its stored text and what the log adds to it. `seq`: of the log's last entry."""

    content: str
    reasoning: str
    seq: int


class TokenLog(Protocol):
    """Where entries are kept. `session`: the reader's or writer's transaction, for a log in the same database."""

    def append(self, entries: Sequence[Entry]) -> None:
        """Store the next entries of one generation. Returns once they are durable."""

    def append_end(self, session: Session, entry: Entry) -> None:
        """Store the end of a generation together with what else the transaction stores."""

    def read(self, generation_id: str, after: int = 0, *, session: Session | None = None) -> list[Entry]:
        """Return the entries above `after`, in order; none when the log was dropped."""

    def last_seq(self, generation_id: str, *, session: Session | None = None) -> int:
        """Return the last entry's seq; 0 when there is none."""

    def drop(self, generation_ids: Sequence[str], *, session: Session) -> None:
        """Delete the entries of generations whose messages hold the text."""

    def wait(self, generation_id: str, after: int, timeout: float) -> list[Entry]:
        """Like `read`, but waits up to `timeout` seconds for the first one."""

    def announce(self, generation_id: str) -> None:
        """Wake those who wait for entries that were stored outside of `append`: an end, another process's."""


def merge(entries: Iterable[Entry]) -> list[dict[str, Any]]:
    """Return entries as a snapshot has them: `{"kind", "text", "seq"}`, neighbours of one kind merged, no end."""
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
    """Return what is shown of a running answer: what its message holds, and all entries of its log."""
    return ShownText(
        content=content + "".join(entry.text for entry in entries if entry.kind == "text"),
        reasoning=reasoning + "".join(entry.text for entry in entries if entry.kind == "reasoning"),
        seq=entries[-1].seq if entries else 0,
    )


class _Batch:
    """The entries that the next commit takes, and who waits for it."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.done = concurrency.Event()
        self.errors: dict[str, Exception] = {}

    def refuse(self, error: Exception) -> None:
        """Note that nobody's entries could be stored."""
        self.errors = {entry.generation_id: error for entry in self.entries}


class DatabaseTokenLog:
    """The log in the database. Commits at once when idle, and at most every 5 ms for all generations together.

    There is no writer task: the first that appends to an empty batch commits it for all that join meanwhile.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._batch = _Batch()
        self._last_commit = 0.0
        self._committing = concurrency.Semaphore()
        self._followers: defaultdict[str, set[concurrency.Event]] = defaultdict(set)

    def append(self, entries: Sequence[Entry]) -> None:
        batch = self._batch
        leads = not batch.entries
        batch.entries.extend(entries)
        if leads:
            self._lead(batch)
        else:
            batch.done.wait()
        if error := batch.errors.get(entries[0].generation_id):
            raise error

    def append_end(self, session: Session, entry: Entry) -> None:
        session.execute(INSERT, [_row(entry)])

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

    def drop(self, generation_ids: Sequence[str], *, session: Session) -> None:
        session.execute(delete(LogEntry).where(LogEntry.generation_id.in_(generation_ids)))

    def wait(self, generation_id: str, after: int, timeout: float) -> list[Entry]:
        deadline = time.monotonic() + timeout
        while True:
            news = concurrency.Event()
            self._followers[generation_id].add(news)
            try:
                entries = self.read(generation_id, after)
                left = deadline - time.monotonic()
                if entries or left <= 0:
                    return entries
                news.wait(left)
            finally:
                self._followers[generation_id].discard(news)
                if not self._followers[generation_id]:
                    del self._followers[generation_id]

    def announce(self, generation_id: str) -> None:
        for news in self._followers.get(generation_id, ()):
            news.set()

    def _lead(self, batch: _Batch) -> None:
        try:
            with self._committing:
                pause = self._last_commit + COMMIT_SECONDS - time.monotonic()
                if pause > 0:
                    concurrency.sleep(pause)
                self._batch = _Batch()
                self._commit_all(batch)
                self._last_commit = time.monotonic()
        except BaseException:
            # It was interrupted: those who joined must not take their entries for stored.
            batch.refuse(RuntimeError("It is not known whether the entries were stored"))
            if self._batch is batch:
                self._batch = _Batch()
            raise
        finally:
            batch.done.set()
        for generation_id in {entry.generation_id for entry in batch.entries} & self._followers.keys():
            self.announce(generation_id)

    def _commit_all(self, batch: _Batch) -> None:
        """Commit a batch; where one generation's entries are refused, all others' by themselves."""
        try:
            self._commit(batch.entries)
        except Exception as error:  # noqa: BLE001 (raised by `append`, for everyone in the batch)
            batch.refuse(error)
            if not isinstance(error, OperationalError):  # which the whole database has
                self._commit_one_by_one(batch)

    def _commit_one_by_one(self, batch: _Batch) -> None:
        for generation_id in list(batch.errors):
            try:
                self._commit([entry for entry in batch.entries if entry.generation_id == generation_id])
                del batch.errors[generation_id]
            except Exception as error:  # noqa: BLE001 (as above)
                batch.errors[generation_id] = error

    def _commit(self, entries: list[Entry]) -> None:
        rows = [_row(entry) for entry in entries]
        started = time.monotonic()
        self._database.insert(INSERT, rows)
        metrics.commit_seconds.observe(time.monotonic() - started)
        metrics.entries.inc(len(rows))


def _row(entry: Entry) -> dict[str, Any]:
    return {"generation_id": entry.generation_id, "seq": entry.seq, "kind": entry.kind, "text": entry.text}
