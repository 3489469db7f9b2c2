"""Server-Sent Events streams: how many an owner may have open."""

from collections import Counter
from collections.abc import Callable

from chatapp.errors import Busy

RETRY_SECONDS = 5


class Streams:
    """The open streams of one process, by owner."""

    def __init__(self, per_owner: int) -> None:
        self._per_owner = per_owner
        self._open: Counter[str] = Counter()

    def open(self, owner: str) -> Callable[[], None]:
        """Count a stream. Returns the function to call at its end. Raises Busy."""
        if self._open[owner] >= self._per_owner:
            raise Busy(
                "{n} of your answers are being followed already. Close one of these streams.",
                retry_after=RETRY_SECONDS,
                n=self._per_owner,
            )
        self._open[owner] += 1
        return lambda: self._close(owner)

    def _close(self, owner: str) -> None:
        self._open[owner] -= 1
        if not self._open[owner]:
            del self._open[owner]
