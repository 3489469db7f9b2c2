"""A WebSocket under a test's control: no thread reads, and pings are answered only during a read."""

import json
import socket
import time
from typing import Any

import websocket

from support.client import Client
from support.waiting import LIMIT

GOODBYE = "1"


class RawTab:
    """A connection of a client; frames of the server stay in the kernel until they are read."""

    def __init__(self, client: Client) -> None:
        self.socket = websocket.create_connection(
            f"ws://127.0.0.1:{client.port}/socket.io/?EIO=4&transport=websocket",
            cookie=client.cookie,
            origin=client.origin,
            timeout=LIMIT,
            skip_utf8_validation=True,  # twelve megabytes of it, in plain Python, take seconds
            sockopt=((socket.SOL_SOCKET, socket.SO_RCVBUF, 16 * 1024),),
        )
        assert self.socket.recv().startswith("0{")

    def join(self, auth: str = "") -> None:
        """Go through the Socket.IO handshake. `auth`: JSON."""
        self.socket.send(f"40{auth}")
        assert self.socket.recv().startswith("40{")

    def send(self, number: int, name: str, **payload: Any) -> None:
        """Send one command; its ack begins with 43 and the number."""
        self.socket.send(f"42{number}{json.dumps([name, payload])}")

    def next(self, *, timeout: float = LIMIT) -> str:
        """Return the next frame that is not a ping; "" once the server has closed."""
        end = time.monotonic() + timeout
        while (frame := self._receive(end)) == "2":
            self.socket.send("3")
        return "" if frame == GOODBYE else frame

    def _receive(self, end: float) -> str:
        left = end - time.monotonic()
        assert left > 0, "nothing but pings has come"
        self.socket.settimeout(left)
        try:
            return self.socket.recv()
        except (ConnectionError, websocket.WebSocketConnectionClosedException):
            return GOODBYE

    def __enter__(self) -> "RawTab":
        return self

    def __exit__(self, *failure: object) -> None:
        self.socket.shutdown()
