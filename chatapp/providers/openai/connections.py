"""Connections to a model server: httpx's pool, made safe for green threads.

The pool must not yield while its state is inconsistent. It would do so in one place: it checks by `select`, which
eventlet patches, whether an idle connection is readable. Here the kernel is asked without yielding. A cancelled task
is interrupted while it connects, reads or writes, and nowhere else in the library.
"""

import contextlib
import os
import socket
import ssl
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

import httpcore2
import httpx2
import openai

from chatapp.errors import SettingsError
from chatapp.providers.openai import names
from chatapp.server import concurrency, metrics

#: How many idle connections are kept for the next requests.
MAX_IDLE = 100
POLL_SECONDS = 1.0
TCP_CLOSE = 7  # a state of Linux's TCP_INFO
TURN_SECONDS = 0.005

#: Of a body that is read as a whole: an error, or a list of models.
MAX_BODY_BYTES = 8 * 1024 * 1024

SocketOption = httpcore2.SOCKET_OPTION


@dataclass(frozen=True, slots=True)
class PoolSettings:
    """Bounds of a pool: connections, seconds that an idle one is kept, seconds to wait for a free one."""

    connections: int = 1000
    idle_seconds: float = 30.0
    wait_seconds: float = 10.0


class PooledClient(openai.DefaultHttpxClient):
    """The SDK's HTTP client with safe pools: one, and one more for a proxy.

    Idle connections are closed when they expire, or when the server closes its end. Raises SettingsError.
    """

    def __init__(self, name: str, settings: PoolSettings, proxy: str | None = None) -> None:
        super().__init__(
            proxy=proxy,
            verify=_trust(),
            trust_env=False,  # the proxies of the environment: chatapp/providers/openai/proxies.py
            limits=httpx2.Limits(
                max_connections=settings.connections,
                max_keepalive_connections=MAX_IDLE,
                keepalive_expiry=settings.idle_seconds,
            ),
            event_hooks={"request": [self._start_cleaner], "response": [_bound_body]},
        )
        transports = [self._transport, *self._mounts.values()]
        self._pools = [transport._pool for transport in transports if isinstance(transport, httpx2.HTTPTransport)]
        for pool in self._pools:
            pool._network_backend = Backend()
        self._is_cleaning = False
        for limit, value in asdict(settings).items():
            metrics.upstream_limits.labels(name, limit).set(value)
        metrics.upstream_connections.labels(name, "busy").set_function(self.busy)
        metrics.upstream_connections.labels(name, "idle").set_function(self.idle)

    def busy(self) -> int:
        """Return how many connections serve a request."""
        return sum(not connection.is_idle() for connection in self._open_connections())

    def idle(self) -> int:
        """Return how many connections are idle."""
        return sum(connection.is_idle() for connection in self._open_connections())

    def close_idle(self) -> None:
        """Close the idle connections."""
        for connection in self._open_connections():
            if connection.is_idle():
                connection.close()  # the pool removes it at its next use

    def _open_connections(self) -> list[httpcore2.ConnectionInterface]:
        return [connection for pool in self._pools for connection in pool.connections if not connection.is_closed()]

    def _start_cleaner(self, _request: httpx2.Request) -> None:
        if not self._is_cleaning:
            self._is_cleaning = True
            concurrency.spawn(self._close_expired)

    def _close_expired(self) -> None:
        """Close expired connections until none is left, since a pool itself does so only when it is used."""
        try:
            while self._open_connections():
                concurrency.sleep(POLL_SECONDS)
                for connection in self._open_connections():
                    if connection.is_idle() and connection.has_expired():
                        connection.close()  # the pool removes it at its next use
        finally:
            self._is_cleaning = False


def _bound_body(response: httpx2.Response) -> None:
    """Let a body that is read as a whole end at its bound. That of an answer is read, and bounded, event by event."""
    if not response.is_success or response.request.method == "GET":
        response.stream = _Beginning(response.stream)


class _Beginning(httpx2.SyncByteStream):
    """The beginning of a stream."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        left = MAX_BODY_BYTES
        for chunk in self._stream:
            yield chunk[:left]
            left -= len(chunk)
            if left <= 0:
                return

    def close(self) -> None:
        self._stream.close()


def _trust() -> ssl.SSLContext:
    """Return what certificates are checked against: the system's authorities, or those of SSL_CERT_FILE."""
    try:
        return httpx2.create_ssl_context()
    except OSError as error:
        name = next((name for name in ("SSL_CERT_FILE", "SSL_CERT_DIR") if os.environ.get(name)), "")
        raise SettingsError(f"{name}: the certificates cannot be read ({error.strerror or error})") from None


class Backend(httpcore2.SyncBackend):
    """Opens connections, in which a cancelled task is interrupted. Names are looked up by the system."""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SocketOption] | None = None,
    ) -> httpcore2.NetworkStream:
        connect = super().connect_tcp
        *others, last = names.addresses(host, timeout)
        for address in others:
            with contextlib.suppress(httpcore2.ConnectError, httpcore2.ConnectTimeout):
                return Stream(concurrency.interruptible(connect, address, port, timeout, local_address, socket_options))
        return Stream(concurrency.interruptible(connect, last, port, timeout, local_address, socket_options))


class UnreadError(httpcore2.ReadError):
    """The server closed a kept connection before it read the request, which may be sent again."""


def was_unread(error: BaseException) -> bool:
    """Tell whether an `UnreadError` is the cause of a request's error."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, UnreadError):
        cause = cause.__cause__
    return cause is not None


class Stream(httpcore2.NetworkStream):
    """One connection. httpcore closes it after an interrupted read or write."""

    def __init__(self, stream: httpcore2.NetworkStream) -> None:
        self._stream = stream
        self._was_used = False
        #: A request was sent on a reused connection, and nothing has been received since.
        self._awaits_reply = False
        # Whoever reads the chunks of an answer gives turns, too, but not every read yields one: a server may send
        # comments without end.
        self._turn = concurrency.Turn(TURN_SECONDS)
        self._receiver = concurrency.receiver_of(stream.get_extra_info("socket"))

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read at most `max_bytes`. Raises UnreadError."""
        self._turn.give()
        if self._receiver:
            data = _receive(self._receiver, max_bytes, timeout)
        else:
            data = concurrency.interruptible(self._stream.read, max_bytes, timeout)
        # eventlet reports a reset as an end of file.
        if not data and self._awaits_reply and self._was_reset():
            raise UnreadError("The connection was closed before the request was read")
        self._was_used, self._awaits_reply = True, False
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._awaits_reply = self._was_used
        concurrency.interruptible(self._stream.write, buffer, timeout)

    def _was_reset(self) -> bool:
        """Tell whether the connection was reset. After an orderly close by the server it would be in CLOSE_WAIT."""
        plain: socket.socket = self._stream.get_extra_info("socket")
        return hasattr(socket, "TCP_INFO") and plain.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] == TCP_CLOSE

    def close(self) -> None:
        self._stop_receiving()
        self._stream.close()

    def _stop_receiving(self) -> None:
        if self._receiver:
            self._receiver.close()
        self._receiver = None

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        self._stop_receiving()
        try:
            return Stream(concurrency.interruptible(self._stream.start_tls, ssl_context, server_hostname, timeout))
        except BaseException:
            self.close()
            raise

    def get_extra_info(self, info: str) -> Any:
        if info != "is_readable":
            return self._stream.get_extra_info(info)
        plain: socket.socket = self._stream.get_extra_info("socket")
        return concurrency.is_readable(plain.fileno())


def _receive(receiver: concurrency.Receiver, size: int, timeout: float | None) -> bytes:
    """Receive with the errors of httpcore2."""
    try:
        return receiver.receive(size, timeout)
    except TimeoutError as error:
        raise httpcore2.ReadTimeout(str(error)) from error
    except OSError as error:
        raise httpcore2.ReadError(str(error)) from error
