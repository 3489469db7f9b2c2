"""The seam to eventlet: with wsgi.py and gunicorn_worker.py, the only code that names it.

Green threads switch only where they wait, so code between two waits runs as one piece.
"""

import contextlib
import logging
import socket
import time
from collections.abc import Callable
from typing import Any, TypeVar

import eventlet
import eventlet.event
import eventlet.patcher
import eventlet.queue
import eventlet.semaphore
import eventlet.tpool
import eventlet.websocket
from engineio.async_drivers import eventlet as driver
from greenlet import GreenletExit

log = logging.getLogger(__name__)

Result = TypeVar("Result")

Killed = GreenletExit
#: How much may wait for one tab.
HELD_CHARACTERS = 4 * 1024 * 1024
FULL_SECONDS = 0.05
ACK = "43"  # of Engine.IO a message, of Socket.IO an ack
Semaphore = eventlet.semaphore.Semaphore


def is_patched() -> bool:
    """Tell whether blocking calls of the standard library yield to other green threads."""
    return bool(eventlet.patcher.is_monkey_patched("socket"))


def sleep(seconds: float = 0) -> None:
    eventlet.sleep(seconds)


class Task:
    """A background task. A failure that nobody handled is logged."""

    def __init__(self, function: Callable[..., Any], *args: Any) -> None:
        self._green = eventlet.spawn(self._run, function, *args)

    def kill(self) -> None:
        """Raise `Killed` where the task waits. Only for tasks that neither emit nor write to the database."""
        self._green.kill()

    def wait(self) -> None:
        self._green.wait()

    @staticmethod
    def _run(function: Callable[..., Any], *args: Any) -> None:
        try:
            function(*args)
        except GreenletExit:
            pass
        except Exception:
            log.exception("A background task failed: %s", function.__qualname__)


def spawn(function: Callable[..., Any], *args: Any) -> Task:
    """Run `function` beside the caller."""
    return Task(function, *args)


def start_threads() -> None:
    """Start the threads of `in_thread`, before any connection: later their socket might get the number of one that is
    just being closed, and that somebody still reads."""
    eventlet.tpool.setup()


def in_thread(function: Callable[..., Result], *args: Any) -> Result:
    """Run what takes long, or blocks, in a native thread, and wait for its result by yielding.

    The thread is outside of the hub: nothing in it may use this module, the database's sessions, or a lock that
    green threads use. A connection of its own (sqlite3's) is right.
    """
    result: Result = eventlet.tpool.execute(function, *args)
    return result


class Event:
    """Something that happens once. Many may wait for it."""

    def __init__(self) -> None:
        self._event = eventlet.event.Event()

    def set(self) -> None:
        if not self._event.ready():
            self._event.send()

    def is_set(self) -> bool:
        return bool(self._event.ready())

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until it has happened, or for `timeout` seconds. Returns whether it has."""
        if not self._event.ready():
            if timeout is None:
                self._event.wait()
            else:
                with eventlet.Timeout(timeout, False):
                    self._event.wait()
        return bool(self._event.ready())


def wait_until(condition: Callable[[], bool], timeout: float, every: float = 0.02) -> bool:
    """Wait for a condition that cannot announce itself (another process's). Returns whether it came true."""
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() >= deadline:
            return False
        sleep(every)
    return True


class _Outbox(eventlet.queue.Queue):  # type: ignore[misc]
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


class _WebSocket(eventlet.websocket.RFC6455WebSocket):  # type: ignore[misc]
    """Skip what is no Engine.IO packet: it would end the connection with a traceback. Close once, quietly."""

    _closed = False
    outbox: _Outbox

    def wait(self) -> Any:
        while True:
            while self.outbox.is_full and not self._closed:
                sleep(FULL_SECONDS)
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
        if not self._closed:
            self._closed = True
            super().close(close_data)

    @staticmethod
    def _apply_mask(data: bytes, mask: tuple[int, ...], length: int | None = None, offset: int = 0) -> bytes:
        """Unmask all bytes in one operation: one by one, a frame of 1 MiB holds every tab up for 300 ms."""
        size = len(data) if length is None else length
        start = offset % 4
        key = (bytes(mask) * (size // 4 + 2))[start : start + size]
        return (int.from_bytes(data, "little") ^ int.from_bytes(key, "little")).to_bytes(size, "little")


class _WebSocketApp(driver.WebSocketWSGI):  # type: ignore[misc]
    def __init__(self, handler: Any, server: Any) -> None:
        super().__init__(handler, server)
        self._outbox: _Outbox = handler.__self__.queue

    def _negotiate_permessage_deflate(self, _extensions: Any) -> None:
        """Decline compression: it costs more CPU than the rest of a small frame, and 90 KiB a connection."""

    def _handle_hybi_request(self, environ: dict[str, Any]) -> Any:
        websocket = super()._handle_hybi_request(environ)
        websocket.__class__ = _WebSocket
        websocket.outbox = self._outbox
        self._outbox.let_go = websocket.abort
        return websocket


#: What python-engineio runs on: its own eventlet driver with our WebSocket and our bound.
ASYNC_DRIVER = {**driver._async, "queue": _Outbox, "websocket": _WebSocketApp}
