"""How often one may do something: token buckets, kept in memory."""

import math
import time
from collections import OrderedDict

from chatapp.errors import RateLimited

MAX_KEYS = 10_000


class RateLimit:
    """Allow `burst` at once and `per_second` in the long run, for each key. `message` has {wait} for the seconds."""

    def __init__(self, *, burst: float, per_second: float, message: str) -> None:
        self._burst = burst
        self._per_second = per_second
        self._message = message
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def give_back(self, key: str) -> None:
        """Take back the last `take`."""
        if key in self._buckets:
            left, at = self._buckets[key]
            self._buckets[key] = (min(self._burst, left + 1), at)

    def take(self, key: str) -> None:
        """Count one. Raises RateLimited, with the seconds to wait, when there are too many."""
        now = time.monotonic()
        left, at = self._buckets.get(key, (self._burst, now))
        left = min(self._burst, left + (now - at) * self._per_second)
        if left < 1:
            wait = math.ceil((1 - left) / self._per_second)
            raise RateLimited(self._message, retry_after=wait, wait=wait)
        self._buckets[key] = (left - 1, now)
        self._buckets.move_to_end(key)
        while len(self._buckets) > MAX_KEYS:
            self._buckets.popitem(last=False)
