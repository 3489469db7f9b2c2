"""Connections to a model server: httpx's pool, made safe for green threads.

The pool must not yield while its state is inconsistent. It would do so in one place: it checks by `select`, which
eventlet patches, whether an idle connection is readable. Here the kernel is asked without yielding. A cancelled task
is interrupted while it connects, reads or writes, and nowhere else in the library.
"""

import os
import ssl
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import httpcore2
import httpx2
import openai

from chatapp.errors import SettingsError
from chatapp.providers.openai.network import Backend
from chatapp.server import concurrency, metrics

#: How many idle connections are kept for the next requests.
MAX_IDLE = 100
POLL_SECONDS = 1.0
#: Of a body that is read as a whole: an error, or a list of models.
MAX_BODY_BYTES = 8 * 1024 * 1024


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
        self._trusted = _trust()
        super().__init__(
            proxy=proxy,
            verify=self._trusted,
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
        self._backend = Backend(settings.idle_seconds)
        self._has_proxy = proxy is not None
        for pool in self._pools:
            pool._network_backend = self._backend
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
        return self._backend.ahead.is_open + sum(connection.is_idle() for connection in self._open_connections())

    def open_ahead(self, url: httpx2.URL, timeout: float) -> None:
        """Open a connection for the next request in the background, unless one is idle, or there is a proxy."""
        if not self._has_proxy and not self.idle():
            port = url.port or (443 if url.scheme == "https" else 80)
            self._backend.open_ahead(url.host, port, self._trusted if url.scheme == "https" else None, timeout)

    def close_idle(self) -> None:
        """Close the idle connections."""
        self._backend.ahead.close()
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
