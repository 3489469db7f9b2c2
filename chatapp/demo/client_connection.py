"""A client's connection: waits, writes, and detects at once that the client has gone."""

import select
import socket
import time

LONGEST_WAIT = 60.0
PIPELINED_WAIT = 0.02


class ClientGoneError(ConnectionError):
    """The client closed its connection before the answer was whole."""


class ClientConnection:
    """Waits and writes. Both raise ConnectionError when the client has gone."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._poller = None
        # Eventlet takes poll() away and makes select() green. Native select() fails from descriptor 1024 on.
        if hasattr(select, "poll"):
            self._poller = select.poll()
            self._poller.register(connection, select.POLLIN)

    def wait_until(self, moment: float) -> None:
        """Wait until this time.monotonic(). In any case, yield and check the client once."""
        while True:
            remaining = max(0.0, moment - time.monotonic())
            if self._is_readable(min(remaining, LONGEST_WAIT)):
                self._raise_at_eof()
                # A pipelined request stays unread until this answer ends: polling again would spin.
                time.sleep(min(remaining, PIPELINED_WAIT))
            if time.monotonic() >= moment:
                return

    def send(self, data: bytes) -> None:
        """Write all of it."""
        self._connection.sendall(data)

    def _is_readable(self, seconds: float) -> bool:
        if self._poller is not None:
            return bool(self._poller.poll(seconds * 1000))
        return bool(select.select([self._connection], [], [], seconds)[0])

    def _raise_at_eof(self) -> None:
        if not self._connection.recv(1, socket.MSG_PEEK):
            raise ClientGoneError
