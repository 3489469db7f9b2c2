"""A token log in memory: the smallest second implementation of the protocol. It has no durability, and one process."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session

from chatapp.server import concurrency
from chatapp.storage.token_log import Entry


class MemoryTokenLog:
    """Keeps entries in lists. What belongs to a transaction takes effect when that is committed."""

    def __init__(self, _database: Any = None) -> None:
        self._entries: defaultdict[str, list[Entry]] = defaultdict(list)
        self._news: defaultdict[str, concurrency.Event] = defaultdict(concurrency.Event)

    def append(self, entries: Sequence[Entry]) -> dict[str, Exception]:
        for entry in entries:
            self._entries[entry.generation_id].append(entry)
            self.announce(entry.generation_id)
        return {}

    def append_end(self, session: Session, entry: Entry) -> None:
        _on_commit(session, lambda: self._entries[entry.generation_id].append(entry))

    def read(self, generation_id: str, after: int = 0, *, session: Session | None = None) -> list[Entry]:  # noqa: ARG002
        return [entry for entry in self._entries[generation_id] if entry.seq > after]

    def last_seq(self, generation_id: str, *, session: Session | None = None) -> int:  # noqa: ARG002
        return max((entry.seq for entry in self._entries[generation_id]), default=0)

    def drop(self, generation_ids: Sequence[str], *, session: Session, after: int = 0) -> None:
        def cut() -> None:
            for one in generation_ids:
                self._entries[one] = [entry for entry in self._entries[one] if entry.seq <= after]

        _on_commit(session, cut)

    def wait(self, generation_id: str, after: int, timeout: float) -> list[Entry]:
        news = self._news[generation_id]
        return self.read(generation_id, after) or (news.wait(timeout) and self.read(generation_id, after)) or []

    def announce(self, generation_id: str, entries: Sequence[Entry] = ()) -> None:  # noqa: ARG002
        self._news.pop(generation_id, concurrency.Event()).set()

    @contextmanager
    def follow(self, generation_id: str) -> Iterator[None]:  # noqa: ARG002
        yield


def _on_commit(session: Session, act: Callable[[], None]) -> None:
    event.listen(session, "after_commit", lambda _session: act(), once=True)
