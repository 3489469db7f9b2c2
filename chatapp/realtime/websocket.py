"""WebSockets for python-engineio on eventlet: bounded messages, a bounded outbox for each tab.

Leans on private names of eventlet and engineio; no other file does.
"""

import contextlib
import logging
import socket
from collections.abc import Callable
from typing import Any

import eventlet
import eventlet.queue
import eventlet.websocket
from engineio.async_drivers import eventlet as driver

from chatapp.server import concurrency, metrics

log = logging.getLogger(__name__)

#: How many characters may wait for one tab.
HELD_CHARACTERS = 4 * 1024 * 1024
FULL_SECONDS = 0.05
ACK = "43"  # of Engine.IO a message, of Socket.IO an ack


class Outbox(eventlet.queue.Queue):  # type: ignore[misc]
    """What waits to be sent to one tab. Past a bound the tab is let go; it comes back, and resumes from the log.

    Acks do not count: they are bounded by not reading a tab's next command while too much waits for it.
    """

    def _init(self, maxsize: int | None) -> None:
        super()._init(maxsize)
        self._events = self._acks = 0
        self._is_over = False
        self.let_go: Callable[[], None] = lambda: None

    @property
    def is_full(self) -> bool:
        return self._events + self._acks > HELD_CHARACTERS

    def _put(self, item: Any) -> None:
        if item is not None:
            if self._is_over:
                return
            if self._events > HELD_CHARACTERS:
                log.warning("Let a tab go that does not read: %d characters waited for it", self._events)
                self._is_over = True
                self.queue.clear()
                self.let_go()
                return
            self._count(item, 1)
        super()._put(item)

    def _get(self) -> Any:
        item = super()._get()
        if item is not None:
            self._count(item, -1)
        return item

    def _count(self, packet: Any, sign: int) -> None:
        encoded = packet.encode()
        if encoded.startswith(ACK):
            self._acks += sign * len(encoded)
        else:
            self._events += sign * len(encoded)


class WebSocket(eventlet.websocket.RFC6455WebSocket):  # type: ignore[misc]
    """Skip what is no Engine.IO packet: it would end the connection with a traceback."""

    _closed = False
    outbox: Outbox

    def wait(self) -> Any:
        while True:
            while self.outbox.is_full and not self._closed:
                concurrency.sleep(FULL_SECONDS)
            message = super().wait()
            if message is None or self._is_packet(message):
                return message
            log.warning("Skipped a frame of %d that is no Engine.IO text packet", len(message))

    def _recv_frame(self, message: Any = None) -> Any:
        """Bound a message, not only each of its fragments."""
        message = super()._recv_frame(message)
        counted, size = getattr(message, "counted", (0, 0))
        size += sum(len(part) for part in message.data[counted:])
        message.counted = (len(message.data), size)
        if size > self.max_frame_length:
            raise eventlet.websocket.FailedConnectionError(1009, "The message is too large.")
        return message

    @staticmethod
    def _is_packet(message: Any) -> bool:
        if not isinstance(message, str) or not message:
            return False
        if message[0] == "4":
            return message[1:2] in {"0", "1", "2", "3", "4", "5", "6"}
        return message[0] in "01235" and len(message) <= len("2probe")

    def abort(self) -> None:
        """End the connection now: who reads or writes on it finds it closed."""
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)

    def close(self, close_data: Any = None) -> None:
        """Send the closing frame, and shut the connection down. The worker closes it once its reader has ended.

        Closing it here would not wake the reader, which would wait on a descriptor that the next connection may get.
        """
        if not self._closed:
            self._closed = True
            self._send_closing_frame(ignore_send_errors=True, close_data=close_data)
            self.abort()

    @staticmethod
    def _apply_mask(data: bytes, mask: tuple[int, ...], length: int | None = None, offset: int = 0) -> bytes:
        """Unmask all bytes in one operation: one by one, a frame of 1 MiB holds every tab up for 300 ms."""
        size = len(data) if length is None else length
        start = offset % 4
        key = (bytes(mask) * (size // 4 + 2))[start : start + size]
        return (int.from_bytes(data, "little") ^ int.from_bytes(key, "little")).to_bytes(size, "little")


class WebSocketApp(driver.WebSocketWSGI):  # type: ignore[misc]
    def __init__(self, handler: Any, server: Any) -> None:
        super().__init__(handler, server)
        self._outbox: Outbox = handler.__self__.queue

    def _negotiate_permessage_deflate(self, _extensions: Any) -> None:
        """Decline compression: it costs more CPU than the rest of a small frame, and 90 KiB a connection."""

    def _handle_hybi_request(self, environ: dict[str, Any]) -> Any:
        websocket = super()._handle_hybi_request(environ)
        websocket.__class__ = WebSocket
        websocket.outbox = self._outbox
        self._outbox.let_go = websocket.abort
        return websocket


class SocketThread(driver.EventletThread):  # type: ignore[misc]
    """A green thread of engine.io: it writes to a socket, pings it, or looks after all of them."""

    #: How many have not ended.
    alive = 0

    def start(self) -> None:
        SocketThread.alive += 1
        self.g = eventlet.spawn(self._run)

    def _run(self) -> None:
        try:
            self.target(*self.args, **self.kwargs)
        finally:
            SocketThread.alive -= 1


metrics.green_threads.labels("socket").set_function(lambda: SocketThread.alive)

#: What python-engineio runs on: its own eventlet driver with our WebSocket and our bound.
ASYNC_DRIVER = {**driver._async, "thread": SocketThread, "queue": Outbox, "websocket": WebSocketApp}
