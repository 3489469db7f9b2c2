"""Waiting for a condition without an event of its own."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

#: The longest wait in seconds, for tests that wait for an event. No test passes because a wait was cut off by it.
LIMIT = 60.0


def eventually(
    probe: Callable[[], T], *, within: float = LIMIT, every: float = 0.01, what: str | Callable[[], str] = ""
) -> T:
    """Call `probe` until its result is true, and return the result; fail after `within` seconds."""
    end = time.monotonic() + within
    while True:
        found = probe()
        if found:
            return found
        if time.monotonic() > end:
            name = what() if callable(what) else what
            raise AssertionError(f"not within {within} s: {name or probe}; the last result was {found!r}")
        time.sleep(every)
