"""The seam to eventlet: with wsgi.py and gunicorn_worker.py, the only code that names it.

Green threads switch only where they wait, so code between two waits runs as one piece.
"""

import contextlib
import logging
import socket
import time
import traceback
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

import eventlet
import eventlet.event
import eventlet.hubs
import eventlet.patcher
import eventlet.queue
import eventlet.semaphore
import eventlet.tpool
import eventlet.websocket
from engineio.async_drivers import eventlet as driver
from greenlet import GreenletExit, getcurrent

log = logging.getLogger(__name__)

Result = TypeVar("Result")
Arguments = ParamSpec("Arguments")

#: How long a cancelled task may take to reach a place where it can be interrupted.
CANCEL_SECONDS = 30.0
#: How much may wait for one tab.
HELD_CHARACTERS = 4 * 1024 * 1024
FULL_SECONDS = 0.05
ACK = "43"  # of Engine.IO a message, of Socket.IO an ack
Semaphore = eventlet.semaphore.Semaphore
#: The unpatched module: eventlet's has no poll(), and its select() yields.
_select = eventlet.patcher.original("select")


def is_patched() -> bool:
    """Tell whether blocking calls of the standard library yield to other green threads."""
    return bool(eventlet.patcher.is_monkey_patched("socket"))


def sleep(seconds: float = 0) -> None:
    """Let others run, for so many seconds. A cancelled task is interrupted here."""
    interruptible(eventlet.sleep, seconds)


class Cancelled(BaseException):
    """Raised in a cancelled task, in a wait that can be interrupted."""


class Task:
    """A background task. A failure that nobody handled is logged."""

    #: How many have not ended.
    alive = 0

    def __init__(self, function: Callable[..., Any], *args: Any) -> None:
        self.is_cancelled = self.is_interruptible = self._has_ended = False
        self._timer: Any = None
        Task.alive += 1
        self._green = eventlet.spawn(self._run, function, *args)
        self._green.task = self

    def cancel(self, after: float = 0) -> None:
        """Interrupt the task in `sleep`, in a wait for an `Event` or in `interruptible`: where it waits now, or next.

        Nowhere else, so that no library's state is left inconsistent. Does not yield. `after`: seconds to wait first; a
        task that has ended by then is not cancelled.
        """
        if self._has_ended or self.is_cancelled:
            return
        self.is_cancelled = not after
        self._after(after, self.cancel if after else self._interrupt)

    def wait(self) -> None:
        """Wait for the end."""
        self._green.wait()

    def _run(self, function: Callable[..., Any], *args: Any) -> None:
        try:
            if not self.is_cancelled:
                function(*args)
        except (Cancelled, GreenletExit):
            pass
        except Exception:
            log.exception("A background task failed: %s", function.__qualname__)
        finally:
            self._has_ended = True
            self._green.task = None  # else only the garbage collector would find the two
            Task.alive -= 1
            if self._timer:
                self._timer.cancel()

    def _after(self, seconds: float, step: Callable[[], None]) -> None:
        """Schedule the next step of the cancellation, in place of one that is scheduled already."""
        if self._timer:
            self._timer.cancel()
        self._timer = eventlet.hubs.get_hub().schedule_call_global(seconds, step)

    def _interrupt(self) -> None:
        self._after(CANCEL_SECONDS, self._kill)
        if self.is_interruptible:
            self._green.throw(Cancelled)

    def _kill(self) -> None:
        """The last resort: a task that waits for something that may never come is worse than a wrong pool."""
        place = "".join(traceback.format_stack(self._green.gr_frame, limit=15))
        try:
            log.error(
                "A cancelled task has not ended for %g s and is killed where it waits:\n%s", CANCEL_SECONDS, place
            )
        finally:
            self._green.throw(GreenletExit)


def spawn(function: Callable[..., Any], *args: Any) -> Task:
    """Run `function` beside the caller."""
    return Task(function, *args)


def interruptible(function: Callable[Arguments, Result], *args: Arguments.args, **kw: Arguments.kwargs) -> Result:
    """Call a function that waits, and needs no clean-up of its own: a cancelled task is interrupted inside it.

    In a cancelled task every further wait raises `Cancelled`: clean-up must not wait.
    """
    task: Task | None = getattr(getcurrent(), "task", None)
    if task is None:
        return function(*args, **kw)
    if task.is_cancelled:
        raise Cancelled
    task.is_interruptible = True
    try:
        return function(*args, **kw)
    finally:
        task.is_interruptible = False


def is_readable(descriptor: int) -> bool:
    """Tell whether there is something to read, or an end of file. Does not yield."""
    if descriptor < 0:
        return True
    poll = _select.poll()
    poll.register(descriptor, _select.POLLIN)
    return bool(poll.poll(0))


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
        """Wait until it has happened, or for `timeout` seconds. Returns whether it has. Interruptible."""
        if not self._event.ready():
            interruptible(self._event.wait, timeout)
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
    """Skip what is no Engine.IO packet: it would end the connection with a traceback."""

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


#: What python-engineio runs on: its own eventlet driver with our WebSocket and our bound.
ASYNC_DRIVER = {**driver._async, "thread": SocketThread, "queue": _Outbox, "websocket": _WebSocketApp}
