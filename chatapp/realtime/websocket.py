"""WebSockets for python-engineio on eventlet: bounded and paced messages.

This module and send_queue.py are the only ones that use private names of eventlet and engineio.
"""

import contextlib
import functools
import socket
import time
from typing import Any

import engineio.packet
import engineio.socket
import eventlet
import eventlet.greenio
import eventlet.websocket
from engineio.async_drivers import eventlet as driver

from chatapp.realtime.event_frame import EventFrame, Rest
from chatapp.realtime.send_queue import SendQueue
from chatapp.server import concurrency, metrics
from chatapp.server.budgets import FrameBudget
from chatapp.server.client_log import client_logger

log = client_logger(__name__)

FULL_SECONDS = 0.05
CONNECT = "40"
#: In the environment of a handshake: the budgets of the frames that are read.
BUDGETS = "chatapp.frame_budgets"
#: A longer frame counts as several.
FRAME_BYTES = 16 * 1024
PROTOCOL_ERROR, TOO_LARGE = 1002, 1009
#: How long the closing frame may wait for what is being sent.
GOODBYE_SECONDS = 1.0


class WholeMessage(eventlet.websocket.RFC6455WebSocket.Message):  # type: ignore[misc]
    """A message in one piece: a list of short parts takes many times their bytes. Its whole size is bounded."""

    def __init__(self, queue: SendQueue, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.data = [bytearray()]
        self._queue = queue

    @property
    def size(self) -> int:
        return len(self.data[0])

    def push(self, data: bytes, final: bool = False) -> None:
        self.finished = final
        self.data[0] += data
        self._queue.count_incoming(len(data))
        if self.size > self.max_frame_length:
            raise eventlet.websocket.FailedConnectionError(TOO_LARGE, "The message is too large.")

    def getvalue(self) -> Any:
        self._queue.count_incoming(-self.size)
        return super().getvalue()


class WebSocket(eventlet.websocket.RFC6455WebSocket):  # type: ignore[misc]
    """A WebSocket that is closed by the first frame that is no Engine.IO packet. Frames of all kinds are paced."""

    _closed = _has_begun = False
    send_queue: SendQueue
    budgets: tuple[FrameBudget, ...] = ()

    def Message(self, *args: Any, **options: Any) -> Any:  # noqa: N802 (eventlet's name)
        return WholeMessage(self.send_queue, *args, **options)

    def wait(self) -> Any:
        while self.send_queue.is_full and not self._closed:
            concurrency.sleep(FULL_SECONDS)
        message = None if self._closed else super().wait()
        if message is None:
            return None
        if self._is_packet(message) and (self._has_begun or message.startswith(CONNECT)):
            self._has_begun = True
            return message
        metrics.client_refusals.labels("malformed").inc()
        log.warning("Closed a socket that sent a frame of %d that is no packet of Engine.IO", len(message))
        self.close((PROTOCOL_ERROR, "This is no packet of Engine.IO, or not the first one."))
        return None

    def _recv_frame(self, message: Any = None) -> Any:
        """Pace the frames by their number and their bytes."""
        before = message.size if message else 0
        received = super()._recv_frame(message)
        size = received.size - before if received is message else received.size
        self._pace(1 + size / FRAME_BYTES)
        return received

    def _pace(self, frames: float) -> None:
        """Wait for each budget before the next is charged, so that no debt of a socket or owner is one of others."""
        for budget in self.budgets:
            if seconds := budget.take(frames):
                metrics.count_pause("frames", seconds)
                self.send_queue.ended.wait(seconds)

    @staticmethod
    def _is_packet(message: Any) -> bool:
        if not isinstance(message, str) or not message:
            return False
        if message[0] == "4":
            return message[1:2] in {"0", "1", "2", "3", "4", "5", "6"}
        return message[0] in "01235" and len(message) <= len("2probe")

    def send(self, message: Any, **options: Any) -> None:
        """Send a message, or a frame as it is. After the rest of a frame, others may write again."""
        if isinstance(message, Rest):
            try:
                self.socket.sendall(message.data)
            finally:
                self._sendlock.release()
        elif isinstance(message, EventFrame):
            self._send(message.data)
        else:
            super().send(message, **options)

    @functools.cached_property
    def _plain_socket(self) -> Any:
        """The socket itself. Eventlet has wrapped it, and its listener once more."""
        plain = self.socket
        while isinstance(plain, eventlet.greenio.GreenSocket):
            plain = plain.fd
        return plain

    def write_now(self, data: bytes) -> int:
        """Write what the socket takes without waiting, and return its size: 0 while something else is being written.

        Until the rest has been sent, nothing else is.
        """
        if self._closed or self._sendlock.locked():
            return 0
        try:
            written: int = self._plain_socket.send(data)
        except BlockingIOError:
            return 0
        except OSError:
            return len(data)  # the connection is lost, as its reader will see
        if written < len(data):
            self._sendlock.acquire()
        return written

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
            with eventlet.Timeout(GOODBYE_SECONDS, False):  # whoever does not read does not get it
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
    """Serves one socket of Engine.IO. Once its connection has ended, nothing keeps it."""

    def __init__(self, handler: Any, server: Any) -> None:
        self._eio_socket: engineio.socket.Socket = handler.__self__
        self._send_queue: SendQueue = self._eio_socket.queue
        super().__init__(handler, server)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        try:
            return super().__call__(environ, start_response)
        finally:
            # After a handshake that is refused it is still open.
            self._eio_socket.close(wait=False, abort=True, reason=self._eio_socket.server.reason.TRANSPORT_ERROR)
            self._send_queue.end()

    def _negotiate_permessage_deflate(self, _extensions: Any) -> None:
        """Decline compression: it costs more CPU than the rest of a small frame, and 90 KiB per connection."""

    def _handle_hybi_request(self, environ: dict[str, Any]) -> Any:
        websocket = super()._handle_hybi_request(environ)
        websocket.__class__ = WebSocket
        websocket.send_queue = self._send_queue
        websocket.budgets = environ[BUDGETS]
        self._send_queue.disconnect = websocket.abort
        if isinstance(websocket.socket, eventlet.greenio.GreenSocket):  # not what encrypts
            self._send_queue.write_now = websocket.write_now
        return websocket


def schedule_ping(socket: engineio.socket.Socket, seconds: float) -> None:
    """Send the next ping of a socket after so many seconds. Engine.IO's own way keeps a green thread for each."""
    socket.queue.call_later("ping", seconds, ping, socket)


def ping(socket: engineio.socket.Socket) -> None:
    if not socket.closing and not socket.closed:
        socket.last_ping = time.time()
        socket.send(engineio.packet.Packet(engineio.packet.PING))


class SocketThread(driver.EventletThread):  # type: ignore[misc]
    """A green thread of engine.io: the writer of a socket, or the cleaner of all sockets. The next ping takes none."""

    #: How many are running.
    alive = 0

    def start(self) -> None:
        if getattr(self.target, "__func__", None) is engineio.socket.Socket._send_ping:
            schedule_ping(self.target.__self__, self.target.__self__.server.ping_interval)
            return
        SocketThread.alive += 1
        self.g = eventlet.spawn(self._run)

    def join(self) -> None:
        """Wait for the end. Engine.IO's own method does not wait for a green thread that has not begun."""
        self.g.wait()

    def _run(self) -> None:
        try:
            self.target(*self.args, **self.kwargs)
        finally:
            SocketThread.alive -= 1


metrics.green_threads.labels("socket").set_function(lambda: SocketThread.alive)

#: python-engineio's own eventlet driver, with our WebSocket and send queue.
ASYNC_DRIVER = {**driver._async, "thread": SocketThread, "queue": SendQueue, "websocket": WebSocketApp}
