"""Turns of searches: few at once in all, and one of each owner."""

from collections.abc import Iterator
from contextlib import contextmanager

from chatapp.errors import Busy
from chatapp.server import concurrency

RETRY_SECONDS = 1


class _Ticket:
    """A search that waits for the owner's running one."""

    def __init__(self) -> None:
        self.is_decided = concurrency.Event()
        self.is_replaced = False


class SearchTurns:
    """Lets `at_once` searches run. Of an owner one runs and one waits: the newest takes the place of an older one."""

    def __init__(self, at_once: int) -> None:
        self._free = concurrency.Semaphore(at_once)
        #: For each owner whose search runs, the one that waits.
        self._waiting: dict[str, _Ticket | None] = {}

    @contextmanager
    def take(self, owner: str) -> Iterator[None]:
        """Run the block as a search of an owner. Raises Busy if a newer one has taken its place meanwhile."""
        if owner in self._waiting:
            self._wait(owner)
        else:
            self._waiting[owner] = None
        try:
            with self._free:
                yield
        finally:
            self._hand_over(owner)

    def _wait(self, owner: str) -> None:
        older, ticket = self._waiting[owner], _Ticket()
        self._waiting[owner] = ticket
        if older:
            older.is_replaced = True
            older.is_decided.set()
        ticket.is_decided.wait()
        if ticket.is_replaced:
            raise Busy("A newer search of yours has taken the place of this one.", retry_after=RETRY_SECONDS)

    def _hand_over(self, owner: str) -> None:
        """Let the owner's waiting search run."""
        ticket = self._waiting[owner]
        if ticket is None:
            del self._waiting[owner]
        else:
            self._waiting[owner] = None
            ticket.is_decided.set()
