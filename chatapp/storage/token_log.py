"""The token log: the numbered entries of every generation, committed before they are emitted.

All reads and writes of entries are here, including a generation's end and the text shown of it.
"""

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, cast

from sqlalchemy import Table, delete, func, insert, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from chatapp.errors import Unavailable
from chatapp.server import concurrency, metrics
from chatapp.storage.database import Database
from chatapp.storage.log_tail import LogTail
from chatapp.storage.tables import LogEntry

#: How long a commit waits while the database is locked. The answers wait with their entries, and then go on.
LOCKED_SECONDS = 60.0
INSERT = insert(LogEntry)
TABLE = cast("Table", LogEntry.__table__)
#: The kind of an entry without a text: all text of the generation before it was reasoning.
TEXT_WAS_REASONING = "text_was_reasoning"


class Entry(NamedTuple):
    """One entry, as its row. `kind`: text, reasoning, TEXT_WAS_REASONING, or end (then `text` is its fact, as JSON)."""

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

    def append(self, entries: Sequence[Entry]) -> dict[str, Exception]:
        """Store the next entries of some generations, each generation's all or none; return once they are committed.

        Returns the errors of those that were not stored, by generation.
        """

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


class DatabaseTokenLog:
    """The token log in the database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiters: defaultdict[str, set[concurrency.Event]] = defaultdict(set)
        self._tails: dict[str, LogTail[Entry]] = {}

    def append(self, entries: Sequence[Entry]) -> dict[str, Exception]:
        errors = self._commit_all(entries)
        stored = defaultdict(list)
        for entry in entries:
            if entry.generation_id in self._waiters or entry.generation_id in self._tails:
                stored[entry.generation_id].append(entry)
        for generation_id in stored.keys() - errors.keys():
            self.announce(generation_id, stored[generation_id])
        return errors

    def append_end(self, session: Session, entry: Entry) -> None:
        session.execute(INSERT, [entry._asdict()])

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

    def _commit_all(self, entries: Sequence[Entry]) -> dict[str, Exception]:
        """Commit entries in one transaction; if a generation's are invalid, each generation's in its own."""
        try:
            self._commit(entries)
        except (OperationalError, Unavailable) as error:  # it is the database, not an entry
            return dict.fromkeys((entry.generation_id for entry in entries), error)
        except Exception:  # noqa: BLE001 (whatever the driver makes of an invalid value)
            return self._commit_one_by_one(entries)
        return {}

    def _commit_one_by_one(self, entries: Sequence[Entry]) -> dict[str, Exception]:
        errors: dict[str, Exception] = {}
        for generation_id in dict.fromkeys(entry.generation_id for entry in entries):
            try:
                self._commit([entry for entry in entries if entry.generation_id == generation_id])
            except Exception as error:  # noqa: BLE001 (as above)
                errors[generation_id] = error
        return errors

    def _commit(self, entries: Sequence[Entry]) -> None:
        started = time.monotonic()
        self._database.insert_plain(TABLE, Entry._fields, entries, LOCKED_SECONDS)
        metrics.commit_seconds.observe(time.monotonic() - started)
        metrics.entries.inc(len(entries))
