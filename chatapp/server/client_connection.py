"""A client's connection, and the green thread that serves it: the client's budgets pace what is read and written.

Uses private names of gunicorn: a request's body reader.
"""

import contextlib
import time
from collections.abc import Iterator
from typing import Any

import eventlet
import eventlet.greenio
import eventlet.greenthread
import eventlet.hubs
from greenlet import getcurrent
from gunicorn.http.errors import ParseException

from chatapp.server import metrics
from chatapp.server.budgets import TimeBudget

#: How long a connection may hold the loop while there is something to read.
TURN_SECONDS = 0.001
#: The most that one call reads. The memory for what is asked for is taken before the read, however little comes.
READ_BYTES = 64 * 1024
#: The most that one frame or request is charged. Work that is longer gives turns by itself.
UNIT_SECONDS = 0.25
#: A body must be complete within BODY_SECONDS, and until then bring BODY_BYTES in each BODY_WINDOW_SECONDS.
BODY_SECONDS, BODY_WINDOW_SECONDS, BODY_BYTES = 600.0, 20.0, 40 * 1024


class BodyTooSlow(OSError):
    """A request's body came too slowly: the connection is closed after the response."""


class ClientThread(eventlet.greenthread.GreenThread):  # type: ignore[misc]
    """The green thread of a connection. Its client's budgets are charged for the time for which it holds the loop."""

    def __init__(self, budgets: tuple[TimeBudget, ...]) -> None:
        super().__init__(eventlet.hubs.get_hub().greenlet)
        self.budgets = budgets
        self._charged_at = self._resumed_at = 0.0
        self._unit = 0.0

    def start(self, function: Any, *args: Any) -> None:
        eventlet.hubs.get_hub().schedule_call_global(0, self.switch, function, args, {})

    def take_turn(self) -> None:
        """End a unit of work, such as a request or a frame: wait until the client may go on, and let others run."""
        self.switch_out()
        self._unit = 0.0
        for budget in self.budgets:
            budget.wait()
        if time.monotonic() - self._resumed_at > TURN_SECONDS:
            eventlet.sleep()

    def switch(self, *args: Any) -> Any:
        """Resume this green thread. Only the hub calls it."""
        self._charged_at = self._resumed_at = time.monotonic()
        return super().switch(*args)

    def throw(self, *args: Any) -> Any:
        """Resume it with an exception."""
        self._charged_at = self._resumed_at = time.monotonic()
        return super().throw(*args)

    def switch_out(self) -> None:
        """Charge the time since it was resumed. The hub calls it before each wait."""
        now = time.monotonic()
        seconds = min(now - self._charged_at, UNIT_SECONDS - self._unit)
        self._charged_at = now
        self._unit += seconds
        for budget in self.budgets:
            budget.charge(seconds)


class ClientSocket(eventlet.greenio.GreenSocket):  # type: ignore[misc]
    """The socket of a connection. Every loop that serves a client reads or writes here: HTTP, bodies and WebSockets."""

    #: Set while a request's body may be read.
    body_clock: "BodyClock | None" = None

    def recv(self, bufsize: int, flags: int = 0) -> bytes:
        """Read, then wait for the client's turn: connections that wake up together go on one after the other."""
        size = min(bufsize, READ_BYTES)
        data: bytes = self.body_clock.read(self, size) if self.body_clock else super().recv(size, flags)
        take_turn()
        return data

    def sendall(self, data: bytes, flags: int = 0) -> None:
        """Write, then wait for the client's turn: a stream may take much work and never be read from."""
        super().sendall(data, flags)
        take_turn()

    def read_now(self, size: int) -> bytes:
        """Read without waiting for a turn."""
        return bytes(super().recv(size))


class BodyClock:
    """Bounds the time of one request's body, and its rate: that by the time of waiting for the client."""

    def __init__(self) -> None:
        self._ends_at = time.monotonic() + BODY_SECONDS
        self._waited, self._bytes = 0.0, 0

    def read(self, connection: ClientSocket, size: int) -> bytes:
        """Read from the connection. Raises BodyTooSlow."""
        began_at = time.monotonic()
        left = min(self._ends_at - began_at, BODY_WINDOW_SECONDS - self._waited)
        data: bytes | None = None
        if left > 0:
            with eventlet.Timeout(left, False):
                data = connection.read_now(size)
        if data is None:
            metrics.client_refusals.labels("slow_body").inc()
            raise BodyTooSlow("The body came too slowly.")
        self._waited += time.monotonic() - began_at
        self._bytes += len(data)
        if self._bytes >= BODY_BYTES:
            self._waited, self._bytes = 0.0, 0
        return data


class BodyReader:
    """Reads a request's body from gunicorn's reader. Errors are OSError and ValueError, as of any stream."""

    def __init__(self, reader: Any) -> None:
        self._reader = reader

    def read(self, size: int) -> bytes:
        try:
            return bytes(self._reader.read(size))
        except ParseException as error:
            raise ValueError(f"The body is malformed: {type(error).__name__}") from error


def current() -> ClientThread | None:
    """Return the running green thread if it serves a connection."""
    thread = getcurrent()
    return thread if isinstance(thread, ClientThread) else None


def take_turn() -> None:
    """End a unit of work of the running connection, if one is running."""
    if thread := current():
        thread.take_turn()


def serve_for(budgets: tuple[TimeBudget, ...]) -> None:
    """Charge these budgets from here on, and wait until they allow it."""
    if thread := current():
        thread.switch_out()  # what was done until here is the last client's
        thread.budgets = budgets
        thread.take_turn()


@contextlib.contextmanager
def reading_body(connection: ClientSocket, request: Any) -> Iterator[None]:
    """Bound the time of a request's body until the end of the block."""
    reader = request.body.reader
    if getattr(reader, "length", 1):  # a chunked body has no length
        request.body.reader = BodyReader(reader)
        connection.body_clock = BodyClock()
    try:
        yield
    finally:
        connection.body_clock = None
