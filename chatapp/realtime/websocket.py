"""WebSockets for python-engineio on eventlet: bounded messages, and a bounded send queue for each tab.

The only module that uses private names of eventlet and engineio.
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

from chatapp.realtime import backlog
from chatapp.realtime.backlog import Backlog
from chatapp.server import concurrency, metrics

log = logging.getLogger(__name__)

#: The bound of a tab's send queue.
QUEUE_CHARACTERS = 4 * 1024 * 1024
FULL_SECONDS = 0.05
ACK = "43"  # Engine.IO: message; Socket.IO: ack


class SendQueue(eventlet.queue.Queue):  # type: ignore[misc]
    """The packets to be sent to one tab. Above the bound the tab is disconnected; it reconnects and resumes.

    Acks do not count against it: while the queue is full, the tab's next command is not read. They do count against
    the bounds of the owner and the process.
    """

    def _init(self, maxsize: int | None) -> None:
        super()._init(maxsize)
        self._events = self._acks = 0
        self._is_closed = False
        self._backlogs: list[Backlog] = []
        self.disconnect: Callable[[], None] = lambda: None
        self.count_towards(backlog.of_process)

    @property
    def waiting(self) -> int:
        return self._events + self._acks

    @property
    def is_full(self) -> bool:
        return self.waiting > QUEUE_CHARACTERS

    def count_towards(self, shared: Backlog) -> None:
        """Count what waits for this tab in a further backlog."""
        if not self._is_closed:
            self._backlogs.append(shared)
            shared.add(self)

    def let_go(self) -> None:
        """Disconnect the tab, and drop what waits for it."""
        log.warning("Let a tab go that does not read: %d characters waited for it", self.waiting)
        self.end()
        self.disconnect()

    def end(self) -> None:
        """Drop what waits, now and later."""
        self._is_closed = True
        for shared in self._backlogs:
            shared.remove(self)
        self._backlogs, self._events, self._acks = [], 0, 0
        self.queue.clear()

    def _put(self, item: Any) -> None:
        if item is not None:
            if self._is_closed:
                return
            if self._events > QUEUE_CHARACTERS:
                self.let_go()
                return
            self._count(item, 1)
            if self._is_closed:
                return
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
        for shared in self._backlogs:
            shared.count(sign * len(encoded))


class WebSocket(eventlet.websocket.RFC6455WebSocket):  # type: ignore[misc]
    """A WebSocket that skips frames other than Engine.IO packets, which would end the connection with a traceback."""

    _closed = False
    send_queue: SendQueue

    def wait(self) -> Any:
        while True:
            while self.send_queue.is_full and not self._closed:
                concurrency.sleep(FULL_SECONDS)
            message = super().wait()
            if message is None or self._is_packet(message):
                return message
            log.warning("Skipped a frame of %d that is no Engine.IO text packet", len(message))

    def _recv_frame(self, message: Any = None) -> Any:
        """Bound the complete message, not only each of its fragments."""
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
        """End the connection now: pending reads and writes fail."""
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)

    def close(self, close_data: Any = None) -> None:
        """Send the closing frame and shut the connection down. The worker closes it once its reader has ended.

        Closing it here would not wake the reader, which would then wait on a descriptor that may be reused.
        """
        if not self._closed:
            self._closed = True
            self._send_closing_frame(ignore_send_errors=True, close_data=close_data)
            self.abort()

    @staticmethod
    def _apply_mask(data: bytes, mask: tuple[int, ...], length: int | None = None, offset: int = 0) -> bytes:
        """Unmask all bytes in one operation: byte by byte, a frame of 1 MiB blocks all tabs for 300 ms."""
        size = len(data) if length is None else length
        start = offset % 4
        key = (bytes(mask) * (size // 4 + 2))[start : start + size]
        return (int.from_bytes(data, "little") ^ int.from_bytes(key, "little")).to_bytes(size, "little")


class WebSocketApp(driver.WebSocketWSGI):  # type: ignore[misc]
    def __init__(self, handler: Any, server: Any) -> None:
        self._send_queue: SendQueue = handler.__self__.queue

        def handle(websocket: Any) -> Any:
            try:
                return handler(websocket)
            finally:
                self._send_queue.end()

        super().__init__(handle, server)

    def _negotiate_permessage_deflate(self, _extensions: Any) -> None:
        """Decline compression: it costs more CPU than the rest of a small frame, and 90 KiB per connection."""

    def _handle_hybi_request(self, environ: dict[str, Any]) -> Any:
        websocket = super()._handle_hybi_request(environ)
        websocket.__class__ = WebSocket
        websocket.send_queue = self._send_queue
        self._send_queue.disconnect = websocket.abort
        return websocket


class SocketThread(driver.EventletThread):  # type: ignore[misc]
    """A green thread of engine.io: the writer or the pings of a socket, or the cleaner of all sockets."""

    #: How many are running.
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

#: python-engineio's own eventlet driver, with our WebSocket and send queue.
ASYNC_DRIVER = {**driver._async, "thread": SocketThread, "queue": SendQueue, "websocket": WebSocketApp}
