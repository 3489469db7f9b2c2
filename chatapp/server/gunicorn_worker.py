"""An eventlet worker for gunicorn, which has had none of its own since version 26."""

import contextlib
import os
import signal
import socket
from collections.abc import Iterator
from typing import Any

import eventlet
import eventlet.greenio
import eventlet.greenpool
import eventlet.hubs
from eventlet.wsgi import WSGI_LOCAL
from greenlet import getcurrent
from gunicorn.workers.base_async import AsyncWorker

POLL_SECONDS = 0.2
CLOSE_SECONDS = 3.0
RETRY_SECONDS = 0.5
UNREAD_BYTES = 64 * 1024
UNREAD_SECONDS = 15.0


class EventletWorker(AsyncWorker):  # type: ignore[misc]
    """A worker process with one green thread per connection."""

    is_hasty = False

    def init_process(self) -> None:
        #: The connection of each green thread, and the connections that wait for a request.
        self._connections: dict[Any, Any] = {}
        self._waiting: set[Any] = set()
        eventlet.hubs.use_hub()  # replaces the one inherited by the fork
        eventlet.monkey_patch()
        super().init_process()

    def init_signals(self) -> None:
        """Install the handlers, and unblock the signals that are blocked since the fork (gunicorn.conf.py)."""
        super().init_signals()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM, signal.SIGQUIT, signal.SIGINT})

    @contextlib.contextmanager
    def timeout_ctx(self) -> Iterator[None]:
        """Wait for a request, for the keep-alive time at most. `run` ends the wait when the worker stops."""
        connection = self._connections[getcurrent()]
        self._waiting.add(connection)
        try:
            with eventlet.Timeout(self.cfg.keepalive or None, False):
                yield
        finally:
            self._waiting.discard(connection)

    def is_already_handled(self, respiter: Any) -> bool:
        """Raise StopIteration, which closes the connection, if it was used as a WebSocket."""
        if getattr(WSGI_LOCAL, "already_handled", False):
            WSGI_LOCAL.already_handled = False
            raise StopIteration
        return bool(super().is_already_handled(respiter))

    def handle_request(self, listener_name: str, req: Any, sock: Any, addr: Any) -> bool:
        """Serve a request, then read the rest of its body, which precedes the next request.

        gunicorn would read it without a pause, and eventlet does not switch while data is ready: the rest of a large,
        refused body would block all tabs.
        """
        is_open = bool(super().handle_request(listener_name, req, sock, addr))
        if getattr(req.body, "is_cut", False):
            raise StopIteration  # the rest of an interrupted body must not be parsed as a request
        with eventlet.Timeout(UNREAD_SECONDS, False):
            while req.body.read(UNREAD_BYTES):
                eventlet.sleep()
            return is_open
        raise StopIteration  # which closes the connection

    def run(self) -> None:
        pool = eventlet.greenpool.GreenPool(self.worker_connections)
        self.wsgi.count_connections(pool.running)
        acceptors = [eventlet.spawn(self._accept, listener.sock, pool) for listener in self.sockets]
        while self.alive:
            self.notify()
            self._check_parent()
            eventlet.sleep(POLL_SECONDS)
        for acceptor in acceptors:
            acceptor.kill()
        self.notify()
        self.wsgi.drain(self.notify, is_hasty=self.is_hasty)
        for connection in self._waiting:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RD)
        with eventlet.Timeout(CLOSE_SECONDS, False):
            pool.waitall()
        self.notify()

    def handle_quit(self, _signal: int = 0, _frame: Any = None) -> None:
        """Stop without waiting for running answers: they are interrupted, and their text is kept."""
        self.is_hasty = True
        self.alive = False

    def _accept(self, plain: Any, pool: Any) -> None:
        listener = eventlet.greenio.GreenSocket(plain)
        while True:
            try:
                connection, address = listener.accept()
            except OSError as error:
                # Probably too many open files: connections that close make room.
                self.log.warning("A connection could not be accepted: %s", error)
                eventlet.sleep(RETRY_SECONDS)
                continue
            pool.spawn_n(self._serve, listener, connection, address)

    def _serve(self, listener: Any, connection: Any, address: Any) -> None:
        self._connections[getcurrent()] = connection
        try:
            self.handle(listener, connection, address)
        finally:
            del self._connections[getcurrent()]

    def _check_parent(self) -> None:
        if self.ppid != os.getppid():
            self.log.info("The master process is gone; worker %s stops", self.pid)
            self.handle_quit()
