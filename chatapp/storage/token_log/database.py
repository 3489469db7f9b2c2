"""The token log in the database: the waiting entries of all generations are committed together."""

import time
from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import insert, select
from sqlalchemy.exc import OperationalError

from chatapp.server import concurrency, metrics
from chatapp.storage.database import Database
from chatapp.storage.tables import LogEntry
from chatapp.storage.token_log.base import Entry

COMMIT_SECONDS = 0.005
INSERT = insert(LogEntry)


class _Batch:
    """The entries that the next commit takes, and who waits for it."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.done = concurrency.Event()
        self.errors: dict[str, Exception] = {}

    def refuse(self, error: Exception) -> None:
        """Tell everybody that their entries could not be stored."""
        self.errors = {entry.generation_id: error for entry in self.entries}


class DatabaseTokenLog:
    """Commit at once when idle, and at most every 5 ms.

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

    def read(self, generation_id: str, after: int = 0) -> list[Entry]:
        with self._database.read() as session:
            rows = session.execute(
                select(LogEntry.seq, LogEntry.kind, LogEntry.text)
                .where(LogEntry.generation_id == generation_id, LogEntry.seq > after)
                .order_by(LogEntry.seq)
            )
            return [Entry(generation_id, seq, kind, text) for seq, kind, text in rows]

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
        """Wake those who wait for entries of a generation that were stored outside of `append`."""
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
        rows = [
            {"generation_id": entry.generation_id, "seq": entry.seq, "kind": entry.kind, "text": entry.text}
            for entry in entries
        ]
        started = time.monotonic()
        self._database.insert(INSERT, rows)
        metrics.commit_seconds.observe(time.monotonic() - started)
        metrics.entries.inc(len(rows))
