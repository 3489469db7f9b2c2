"""Rate limits: token buckets in memory."""

import math
import time
from collections import OrderedDict

from chatapp.errors import RateLimited

#: The keys used longest ago are dropped.
MAX_KEYS = 10_000


class RateLimit:
    """Allows `burst` at once and `per_second` on average, for each key. `message`: with {wait} for the seconds.

    `scope`: what the keys are, for the error.
    """

    def __init__(self, *, burst: float, per_second: float, message: str, scope: str | None = None) -> None:
        self._burst = burst
        self._per_second = per_second
        self._message = message
        self._scope = scope
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def give_back(self, key: str) -> None:
        """Undo the last `take`."""
        if key in self._buckets:
            left, at = self._buckets[key]
            self._buckets[key] = (min(self._burst, left + 1), at)

    def take(self, key: str) -> None:
        """Take a token. Raises RateLimited, with the seconds to wait."""
        now = time.monotonic()
        left, at = self._buckets.get(key, (self._burst, now))
        left = min(self._burst, left + (now - at) * self._per_second)
        if left < 1:
            wait = math.ceil((1 - left) / self._per_second)
            raise RateLimited(self._message, retry_after=wait, scope=self._scope, wait=wait)
        self._buckets[key] = (left - 1, now)
        self._buckets.move_to_end(key)
        while len(self._buckets) > MAX_KEYS:
            self._buckets.popitem(last=False)
