"""A connection to the server: sends commands, receives facts.

The frames are those of Engine.IO 4 and Socket.IO 5, over WebSocket only. The client of python-socketio handles
each event in a thread of its own, so tokens would come out of order. Here one thread reads, and only while a
caller waits.
"""

import contextlib
import itertools
import json
import ssl
import time
from collections import deque
from collections.abc import Callable
from typing import Any

import websocket

from chatapp.terminal.failure import NOT_LET_IN, UNREACHABLE, ConnectionLost, Failure, RequestRefused
from chatapp.terminal.interrupt import Interrupt
from chatapp.terminal.session import Session

TIMEOUT_SECONDS = 10.0
CONNECTION_ERRORS = (
    websocket.WebSocketException,
    OSError,
    ValueError,
)  # ValueError: the frame is not text, or not JSON
BLOCKED = "{} takes no WebSocket (HTTP {}): perhaps something on the way, such as a proxy, lets none pass."
REFUSALS = {
    "unauthenticated": "The server no longer knows this terminal's session. Try again.",
    "forbidden": "The server is not set up for this address. Its CHATAPP_ORIGINS has to include it.",
    "session_full": "You have reached this server's limit of open tabs. Close some.",
    "address_full": "Your network has reached this server's limit of open tabs. Close some.",
    "server_full": "The server has reached its limit of open tabs. Try again in a moment.",
}


class ServerConnection:
    """A connected socket in its session's room. Raises ConnectionLost as soon as it cannot be used any more."""

    def __init__(self, session: Session, interrupt: Interrupt) -> None:
        self._interrupt = interrupt
        self._facts: deque[tuple[str, Any]] = deque()
        self._acks: dict[int, Any] = {}
        self._numbers = itertools.count()
        self._is_joined = False
        try:
            self._socket = websocket.create_connection(
                session.server.replace("http", "ws", 1) + "/socket.io/?EIO=4&transport=websocket",
                timeout=TIMEOUT_SECONDS,
                origin=session.server,
                cookie=session.cookie,
                redirect_limit=0,  # the cookie is sent to this server only
            )
        except websocket.WebSocketBadStatusException as error:
            if error.status_code < 500:
                raise Failure(BLOCKED.format(session.server, error.status_code), UNREACHABLE) from error
            raise ConnectionLost(str(error)) from error
        except CONNECTION_ERRORS as error:
            raise ConnectionLost(str(error)) from error
        try:
            self._join()
        except BaseException:
            self.close()
            raise

    def command(self, name: str, **payload: Any) -> dict[str, Any]:
        """Send a command and return its ack. Raises RequestRefused, or ConnectionLost without an ack within 10 s."""
        number = next(self._numbers)
        self._send(f"42{number}{json.dumps([name, payload], ensure_ascii=False)}")
        self._wait_for(lambda: number in self._acks, f"no answer to {name}")
        ack: dict[str, Any] = self._acks.pop(number)
        if not ack["ok"]:
            raise RequestRefused(ack["error"])
        return ack

    def next_fact(self, seconds: float) -> tuple[str, Any] | None:
        """Return the next fact's name and payload, or None after `seconds` or at a Ctrl-C."""
        until = time.monotonic() + seconds
        while not self._facts:
            if not self._is_readable(until - time.monotonic()):
                return None
            self._read()
        return self._facts.popleft()

    def close(self) -> None:
        with contextlib.suppress(*CONNECTION_ERRORS):
            self._socket.close(timeout=0)

    def _join(self) -> None:
        self._send("40")
        self._wait_for(lambda: self._is_joined, "no answer to the handshake")

    def _wait_for(self, is_here: Callable[[], bool], otherwise: str) -> None:
        until = time.monotonic() + TIMEOUT_SECONDS
        while not is_here():
            if time.monotonic() > until:
                raise ConnectionLost(otherwise)
            if self._is_readable(until - time.monotonic()):
                self._read()

    def _is_readable(self, seconds: float) -> bool:
        sock = self._socket.sock
        if isinstance(sock, ssl.SSLSocket) and sock.pending():
            return True
        return self._interrupt.wait(seconds, sock)

    def _send(self, frame: str) -> None:
        try:
            self._socket.send(frame)
        except CONNECTION_ERRORS as error:
            raise ConnectionLost(str(error)) from error

    def _read(self) -> None:
        """Read one frame. Waits for the rest of a frame that has begun."""
        try:
            frame = str(self._socket.recv())
            self._handle_frame(frame)
        except CONNECTION_ERRORS as error:
            raise ConnectionLost(str(error)) from error

    def _handle_frame(self, frame: str) -> None:
        if frame == "2":
            self._send("3")
        elif frame.startswith("42"):
            name, payload = json.loads(frame[2:])
            self._facts.append((name, payload))
        elif frame.startswith("43"):
            number, _, arguments = frame[2:].partition("[")
            (self._acks[int(number)],) = json.loads(f"[{arguments}")
        elif frame.startswith("40"):
            self._is_joined = True
        elif frame.startswith("44"):
            code = json.loads(frame[2:])["message"]
            raise Failure(REFUSALS.get(code, f"The server refused the connection: {code}"), NOT_LET_IN)
        elif frame in {"", "1", "41"}:
            raise ConnectionLost("the server closed the connection")
