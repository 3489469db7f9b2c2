"""The measurement window: the steady part of a run, in which things are counted."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

Counters = Mapping[str, Callable[[], float]]


@dataclass(frozen=True)
class Window:
    """Two moments (time.time), and the growth of each counter between them."""

    start: float
    end: float
    growth: Mapping[str, float]

    @property
    def seconds(self) -> float:
        return self.end - self.start

    def holds(self, at: float) -> bool:
        return self.start <= at < self.end


async def watch(seconds: float, counters: Counters) -> Window:
    """Wait for `seconds`, and return the growth of the counters."""
    start, before = time.time(), {name: read() for name, read in counters.items()}
    await asyncio.sleep(seconds)
    after, end = {name: read() for name, read in counters.items()}, time.time()
    return Window(start, end, {name: after[name] - before[name] for name in counters})


def lags(sent: list[tuple[float, int]], got: list[tuple[float, int]], window: Window) -> list[float]:
    """Return the lag in seconds of each token that was received in the window.

    `sent`, `got`: moments, each with the number of tokens until then.
    """
    moments: list[float] = []
    for at, count in sent:
        moments += [at] * (count - len(moments))
    result: list[float] = []
    before = 0
    for at, count in got:
        if window.holds(at):
            result += [at - moment for moment in moments[before:count]]
        before = count
    return result
