"""Waiting for a condition without an event of its own."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def eventually(
    probe: Callable[[], T], *, within: float = 5.0, every: float = 0.01, what: str | Callable[[], str] = ""
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
