"""The network of a provider's connections: a cancelled task is interrupted while it connects, reads or writes."""

import contextlib
import socket
import ssl
from collections.abc import Iterable
from typing import Any

import httpcore2

from chatapp.providers.openai import names
from chatapp.providers.openai.connection_ahead import ConnectionAhead
from chatapp.server import concurrency

TCP_CLOSE = 7  # a state of Linux's TCP_INFO
TURN_SECONDS = 0.005

SocketOption = httpcore2.SOCKET_OPTION


class Backend(httpcore2.SyncBackend):
    """Opens connections, in which a cancelled task is interrupted. Names are looked up by the system.

    `ahead`: the one that is open before it is needed, for `seconds`.
    """

    def __init__(self, seconds: float) -> None:
        self.ahead: ConnectionAhead[Stream] = ConnectionAhead(seconds)

    def open_ahead(self, host: str, port: int, trusted: ssl.SSLContext | None, timeout: float) -> None:
        """Open a connection in the background, with TLS if `trusted` says what its certificate is checked against."""

        def connect() -> Stream:
            stream = self._connect(host, port, timeout)
            if trusted:
                trusted.set_alpn_protocols(["http/1.1"])
                stream = stream.start_tls(trusted, host, timeout)
            stream.keep(is_encrypted=trusted is not None)
            return stream

        self.ahead.open(host, port, connect)

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SocketOption] | None = None,
    ) -> httpcore2.NetworkStream:
        opened = self.ahead.take(host, port)
        return opened or self._connect(host, port, timeout, local_address, socket_options)

    def _connect(
        self,
        host: str,
        port: int,
        timeout: float | None,
        local_address: str | None = None,
        socket_options: Iterable[SocketOption] | None = None,
    ) -> "Stream":
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
        self._was_used = self._is_encrypted = False
        #: A request was sent on a reused connection, and nothing has been received since.
        self._awaits_reply = False
        # Whoever reads the chunks of an answer gives turns, too, but not every read yields one: a server may send
        # comments without end.
        self._turn = concurrency.Turn(TURN_SECONDS)
        self._receiver = concurrency.receiver_of(stream.get_extra_info("socket"))

    def keep(self, *, is_encrypted: bool) -> None:
        """Keep an unused connection for a request. `is_encrypted`: TLS has been started, and is not once more."""
        self._was_used, self._is_encrypted = True, is_encrypted

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
    ) -> "Stream":
        if self._is_encrypted:
            return self
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
