"""Functions such as people bring. Each says the time, as often and as fast as its model's name has it.

The name reads as the demo upstream's scripts do, `script?tokens=100&rate=50`; without a rate all comes at once.
"""

import asyncio
import math
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import parse_qs

#: What a token takes, its space included, until the year 2286.
TOKEN_CHARACTERS = 18

Messages = list[dict[str, Any]]


def generator(_messages: Messages, model: str) -> Iterator[str]:
    for pause in pauses(model):
        time.sleep(pause)
        yield token()


async def async_generator(_messages: Messages, model: str) -> AsyncIterator[str]:
    for pause in pauses(model):
        await asyncio.sleep(pause)
        yield token()


def token() -> str:
    """Return the moment at which it is said."""
    return f"{time.time():.6f} "


def pauses(model: str) -> Iterator[float]:
    """Yield for each token how many seconds there are to wait for it: lateness never adds up."""
    script = parse_qs(model.partition("?")[2])
    (tokens,), (rate,) = script["tokens"], script.get("rate", [math.inf])
    start = time.monotonic()
    for number in range(int(tokens)):
        yield max(0.0, start + number / float(rate) - time.monotonic())
