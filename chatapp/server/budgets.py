"""Budgets: what a client may have of the server. A client without budget waits; it is not refused."""

import time
from collections import deque

from chatapp.server import concurrency, metrics

#: What a used-up budget earns before anyone goes on: shorter pauses cost more than they protect.
EARNED_SECONDS = 0.001


class TimeBudget:
    """A share of the time of the server's loop, and `burst` seconds at once. What work costs is known only after it.

    Those who wait go on one by one, in order: a thousand connections that wake up together do not run together.
    """

    def __init__(self, name: str, *, burst: float, share: float) -> None:
        self._name, self._burst, self._share = name, burst, share
        self._left, self._at = burst, time.monotonic()
        self._queue: deque[concurrency.Event] = deque()
        self._is_serving = False

    def charge(self, seconds: float) -> None:
        self._left = self._refilled() - seconds

    def wait(self) -> None:
        """Wait until there is time left."""
        if not self._queue and self._refilled() > 0:
            return
        began_at = time.monotonic()
        turn = concurrency.Event()
        self._queue.append(turn)
        if not self._is_serving:
            self._is_serving = True
            concurrency.spawn(self._serve)
        try:
            turn.wait()
        finally:
            if not turn.is_set():  # the waiting connection was closed
                self._queue.remove(turn)
            metrics.count_pause(self._name, time.monotonic() - began_at)

    def _serve(self) -> None:
        """Let those who wait go on, until nobody waits."""
        while self._queue:
            if (left := self._refilled()) <= 0:
                concurrency.sleep((EARNED_SECONDS - left) / self._share)
                continue
            self._queue.popleft().set()
            concurrency.sleep()  # it goes on, up to its next wait, and is charged for that
        self._is_serving = False

    def _refilled(self) -> float:
        now = time.monotonic()
        self._left = min(self._burst, self._left + (now - self._at) * self._share)
        self._at = now
        return self._left


class FrameBudget:
    """A token bucket: `burst` frames at once, `per_second` on average. A long frame counts as several."""

    __slots__ = ("_at", "_burst", "_left", "_per_second")

    def __init__(self, *, burst: float, per_second: float) -> None:
        self._burst, self._per_second = burst, per_second
        self._left, self._at = burst, time.monotonic()

    def take(self, frames: float) -> float:
        """Take what was read, and return the seconds to wait before more is read."""
        now = time.monotonic()
        self._left = min(self._burst, self._left + (now - self._at) * self._per_second) - frames
        self._at = now
        return max(0.0, -self._left / self._per_second)
