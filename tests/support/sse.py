"""Server-Sent Events, parsed by the HTML standard."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class ServerSentEvent:
    """One event of a stream."""

    name: str
    id: str
    payload: dict[str, Any]


def read(lines: Iterable[bytes]) -> Iterator[ServerSentEvent]:
    """Yield the events of a stream as they become whole."""
    name, number, data = "message", "", []
    for raw in lines:
        line = raw.decode().rstrip("\r\n")
        if not line:
            if data:
                yield ServerSentEvent(name, number, json.loads("\n".join(data)))
            name, data = "message", []
            continue
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "event":
            name = value
        elif field == "id":
            number = value
        elif field == "data":
            data.append(value)
