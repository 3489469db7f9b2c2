"""A connection that is opened before a question is asked, which then waits neither for TCP nor for TLS.

It is not used yet, so it keeps nothing of the server busy but itself. There is one for a provider at most.
"""

import socket
import time
from collections.abc import Callable
from typing import Any, Generic, Protocol, TypeVar

import httpcore2

from chatapp.server import concurrency

#: How long a server that could not be reached is left alone.
RETRY_SECONDS = 5.0
TCP_ESTABLISHED = 1  # a state of Linux's TCP_INFO


class _Open(Protocol):
    def close(self) -> None: ...
    def get_extra_info(self, info: str) -> Any: ...


Stream = TypeVar("Stream", bound=_Open)


class ConnectionAhead(Generic[Stream]):
    """The connection of one provider. `seconds`: how long it is kept."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._kept: tuple[tuple[str, int], Stream, concurrency.Event] | None = None
        self._is_opening = False
        self._not_before = 0.0

    @property
    def is_open(self) -> bool:
        return self._kept is not None

    def open(self, host: str, port: int, connect: Callable[[], Stream]) -> None:
        """Open it in the background, unless it is there, or the server could not be reached just now."""
        if not (self._kept or self._is_opening or time.monotonic() < self._not_before):
            self._is_opening = True
            concurrency.spawn(self._open, (host, port), connect)

    def take(self, host: str, port: int) -> Stream | None:
        """Hand over the connection to an address, if it is there and the server has not closed it."""
        if self._kept is None or self._kept[0] != (host, port):
            return None
        (_, stream, is_taken), self._kept = self._kept, None
        is_taken.set()
        if _is_established(stream):
            return stream
        stream.close()
        return None

    def close(self) -> None:
        if self._kept:
            (_, stream, is_taken), self._kept = self._kept, None
            is_taken.set()
            stream.close()

    def _open(self, address: tuple[str, int], connect: Callable[[], Stream]) -> None:
        """Open it, and close it if nobody takes it."""
        try:
            stream = connect()
        except (httpcore2.NetworkError, httpcore2.TimeoutException):
            self._not_before = time.monotonic() + RETRY_SECONDS
            return
        finally:
            self._is_opening = False
        is_taken = concurrency.Event()
        self._kept = address, stream, is_taken
        if not is_taken.wait(self._seconds):
            self.close()


def _is_established(stream: _Open) -> bool:
    """Tell whether neither side has closed a connection. It may well be readable: TLS 1.3 begins with tickets."""
    plain: socket.socket = stream.get_extra_info("socket")
    if hasattr(socket, "TCP_INFO"):
        return bool(plain.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] == TCP_ESTABLISHED)
    return not stream.get_extra_info("is_readable")
