"""One WebSocket with the frames of Engine.IO 4 and Socket.IO 5, built from their specifications.

The client of python-socketio handles each incoming event in a thread of its own, so it loses the order of
events. This one reads in one thread and keeps the order; it can also send malformed frames.
"""

import contextlib
import json
import re
import socket
import threading
from collections.abc import Callable
from typing import Any

import websocket

from support.waiting import LIMIT

ACK = re.compile(r"^43(\d+)(\[.*)$", re.DOTALL)
GONE = (websocket.WebSocketException, OSError)


class RefusedError(Exception):
    """The server refused the handshake; the message is that of its CONNECT_ERROR."""


class Wire:
    """Connects, joins the default namespace, answers pings, and passes on every event and ack in order."""

    def __init__(
        self,
        port: int,
        *,
        cookie: str | None,
        origin: str | None,
        headers: dict[str, str] | None = None,
        auth: dict[str, Any] | None = None,
        on_event: Callable[[list[Any]], None],
        on_ack: Callable[[int, list[Any]], None],
        on_close: Callable[[], None],
    ) -> None:
        self._on_event, self._on_ack, self._on_close = on_event, on_ack, on_close
        self._socket = websocket.create_connection(
            f"ws://127.0.0.1:{port}/socket.io/?EIO=4&transport=websocket",
            cookie=cookie,
            origin=origin,
            suppress_origin=origin is None,
            header=headers or {},
            timeout=LIMIT,
            enable_multithread=True,
        )
        try:
            self.sid = self._join(auth)
        except BaseException:
            self._socket.shutdown()
            raise
        self._socket.settimeout(None)
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def send(self, frame: str) -> None:
        """Send one text frame unchanged."""
        self._socket.send(frame)

    def send_binary(self, frame: bytes) -> None:
        """Send one binary frame unchanged."""
        self._socket.send_binary(frame)

    def close(self) -> None:
        """Send a close frame, and wait for the reader to get the server's."""
        with contextlib.suppress(*GONE):
            self._socket.send_close()
        self._thread.join(2)
        self.drop()

    def drop(self) -> None:
        """Cut the connection without a close frame, as a lost network does."""
        with contextlib.suppress(*GONE, AttributeError):
            self._socket.sock.shutdown(socket.SHUT_RDWR)
        self._thread.join(5)

    def _join(self, auth: dict[str, Any] | None) -> str:
        opened = self._socket.recv()
        assert opened.startswith("0{"), f"expected an Engine.IO open packet, got {opened!r}"
        self._socket.send(f"40{json.dumps(auth) if auth else ''}")
        while True:
            frame = self._socket.recv()
            if frame.startswith("40"):
                return json.loads(frame[2:])["sid"]
            if frame.startswith("44"):
                raise RefusedError(json.loads(frame[2:])["message"])
            if frame == "1":
                raise ConnectionResetError("The server closed the connection before it was joined: it stops.")
            assert frame == "2", f"expected the answer to CONNECT, got {frame!r}"
            self._socket.send("3")

    def _read(self) -> None:
        with contextlib.suppress(*GONE):
            while frame := self._socket.recv():
                if frame == "2":
                    self._socket.send("3")
                elif frame.startswith("42"):
                    self._on_event(json.loads(frame[2:]))
                elif match := ACK.match(frame):
                    self._on_ack(int(match[1]), json.loads(match[2]))
                elif frame in ("1", "41"):
                    break
        with contextlib.suppress(*GONE):
            self._socket.shutdown()
        self._on_close()
