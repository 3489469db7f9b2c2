"""Functions for the function provider. Each yields the time, as often and as fast as the model's name says.

The name has the format of the demo upstream's scripts, `script?tokens=100&rate=50`; without a rate there is no pause.
"""

import asyncio
import math
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import parse_qs

#: The length of a token, including its space (until the year 2286).
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
    """Return the current time as a token."""
    return f"{time.time():.6f} "


def pauses(model: str) -> Iterator[float]:
    """Yield the pause before each token, in seconds. Delays do not accumulate."""
    script = parse_qs(model.partition("?")[2])
    (tokens,), (rate,) = script["tokens"], script.get("rate", [math.inf])
    start = time.monotonic()
    for number in range(int(tokens)):
        yield max(0.0, start + number / float(rate) - time.monotonic())
