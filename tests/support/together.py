"""Calls from several threads at the same moment."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from support.waiting import LIMIT

S = TypeVar("S")
T = TypeVar("T")


def together(act: Callable[[S], T], subjects: Sequence[S]) -> list[T]:
    """Call `act` with each subject in a thread of its own, all released at once; return what each returned."""
    start = threading.Barrier(len(subjects))

    def run(subject: S) -> T:
        start.wait(LIMIT)
        return act(subject)

    with ThreadPoolExecutor(len(subjects)) as pool:
        return list(pool.map(run, subjects))
