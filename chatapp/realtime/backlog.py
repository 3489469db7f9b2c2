"""What waits for several slow tabs together: bounded, by letting go of the tab for which most waits."""

from typing import Protocol
from weakref import WeakValueDictionary

PROCESS_CHARACTERS = 256 * 1024 * 1024
OWNER_CHARACTERS = 64 * 1024 * 1024


class Waiting(Protocol):
    """The queue of one tab."""

    @property
    def waiting(self) -> int:
        """How many characters wait."""

    def let_go(self) -> None:
        """Disconnect the tab, and drop what waits for it."""


class Backlog:
    """The queues of several tabs, and how many characters wait in them."""

    def __init__(self, bound: int) -> None:
        self._bound = bound
        self._queues: set[Waiting] = set()
        self.waiting = 0

    def add(self, queue: Waiting) -> None:
        self._queues.add(queue)
        self.count(queue.waiting)

    def remove(self, queue: Waiting) -> None:
        self._queues.discard(queue)
        self.waiting -= queue.waiting

    def count(self, characters: int) -> None:
        """Count what is put into a queue, or taken from it (negative). Lets a tab go if that is beyond the bound."""
        self.waiting += characters
        while self.waiting > self._bound and self._queues:
            max(self._queues, key=lambda queue: queue.waiting).let_go()


#: All tabs of this process, and those of each owner.
of_process = Backlog(PROCESS_CHARACTERS)
_of_owners: WeakValueDictionary[str, Backlog] = WeakValueDictionary()


def of_owner(owner: str) -> Backlog:
    """Return the backlog of an owner's tabs, which lives as long as one of them."""
    return _of_owners.setdefault(owner, Backlog(OWNER_CHARACTERS))
