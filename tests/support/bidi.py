"""A client of WebDriver BiDi: commands and events over one WebSocket."""

import itertools
import json
from typing import Any

import websocket

from support.waiting import LIMIT


class BidiError(AssertionError):
    """A command that the browser refused."""


class Bidi:
    """One session of a browser. Events are received while a command waits for its result."""

    def __init__(self, url: str) -> None:
        # Browsers refuse a foreign Origin.
        self._socket = websocket.create_connection(url, timeout=LIMIT, suppress_origin=True)
        self._numbers = itertools.count(1)
        self.events: list[dict[str, Any]] = []

    def command(self, method: str, **params: Any) -> dict[str, Any]:
        """Send a command and return its result."""
        number = next(self._numbers)
        self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            message = json.loads(self._socket.recv())
            if message["type"] == "event":
                self.events.append(message)
            elif message["id"] == number:
                break
        if message["type"] == "error":
            raise BidiError(f"{method}: {message['error']}: {message['message']}")
        result: dict[str, Any] = message["result"]
        return result

    def close(self) -> None:
        self._socket.close()
