"""An eventlet worker for gunicorn, which has had none of its own since version 26."""

import contextlib
import os
import signal
import socket
from collections.abc import Iterator
from typing import Any

import eventlet
import eventlet.hubs
import eventlet.semaphore
from eventlet.wsgi import WSGI_LOCAL
from gunicorn.workers.base_async import AsyncWorker

from chatapp.server import metrics
from chatapp.server.client_connection import ClientSocket, ClientThread, current, reading_body, serve_for
from chatapp.server.client_log import client_logger
from chatapp.server.memory import give_back_large_blocks

POLL_SECONDS = 0.2
CLOSE_SECONDS, CLOSING_POLL_SECONDS = 3.0, 0.02
RETRY_SECONDS = 0.5
UNREAD_BYTES = 64 * 1024
UNREAD_SECONDS = 15.0
TOO_MANY = b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\nRetry-After: 1\r\n\r\n"

log = client_logger(__name__)


class EventletWorker(AsyncWorker):  # type: ignore[misc]
    """A worker process with one green thread per connection."""

    is_hasty = False

    def init_process(self) -> None:
        #: The connection of each green thread, and the connections that wait for a request.
        self._connections: dict[Any, ClientSocket] = {}
        self._waiting: set[ClientSocket] = set()
        eventlet.hubs.use_hub()  # replaces the one inherited by the fork
        eventlet.monkey_patch()
        give_back_large_blocks()
        super().init_process()

    def init_signals(self) -> None:
        """Install the handlers, and unblock the signals that are blocked since the fork (gunicorn.conf.py)."""
        super().init_signals()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM, signal.SIGQUIT, signal.SIGINT})

    @contextlib.contextmanager
    def timeout_ctx(self) -> Iterator[None]:
        """Wait for a request, for the keep-alive time at most. `run` ends the wait when the worker stops."""
        connection = self._connections[current()]
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
        """Serve a request. After it the connection is its peer's again, which may be a proxy with many clients.

        The rest of its body, which precedes the next request, is read here: gunicorn would read it by the kilobyte, and
        move what comes after that in memory each time.
        """
        with reading_body(sock, req):
            try:
                is_open = bool(super().handle_request(listener_name, req, sock, addr))
            except StopIteration:  # which closes the connection; with bytes unread, that would take the response back
                self._read_rest(req.body)
                raise
            if not self._read_rest(req.body):
                raise StopIteration  # what follows is not the start of a request
        serve_for(self.wsgi.clients.peer(addr))
        return is_open

    @staticmethod
    def _read_rest(body: Any) -> bool:
        """Return whether the body has been read to its end: it may stop, drip or be malformed."""
        with eventlet.Timeout(UNREAD_SECONDS, False), contextlib.suppress(OSError, ValueError):
            while body.read(UNREAD_BYTES):
                pass
            return True
        return False

    def run(self) -> None:
        self._slots = eventlet.semaphore.Semaphore(self.worker_connections)
        self.wsgi.count_connections(lambda: len(self._connections))
        acceptors = [eventlet.spawn(self._accept, listener.sock) for listener in self.sockets]
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
            while self._connections:
                eventlet.sleep(CLOSING_POLL_SECONDS)
        self.notify()

    def handle_quit(self, _signal: int = 0, _frame: Any = None) -> None:
        """Stop without waiting for running answers: they are interrupted, and their text is kept."""
        self.is_hasty = True
        self.alive = False

    def _accept(self, plain: Any) -> None:
        listener = ClientSocket(plain)
        while True:
            self._slots.acquire()
            try:
                connection, address = listener.accept()
            except OSError as error:
                # Probably too many open files: connections that close make room.
                self._slots.release()
                self.log.warning("A connection could not be accepted: %s", error)
                eventlet.sleep(RETRY_SECONDS)
                continue
            thread = ClientThread(self.wsgi.clients.peer(address))
            self._connections[thread] = connection
            thread.start(self._serve, thread, listener, connection, address)
            eventlet.sleep()  # eventlet does not switch while others connect

    def _serve(self, thread: ClientThread, listener: Any, connection: ClientSocket, address: Any) -> None:
        try:
            with self.wsgi.clients.count_connection(address) as is_admitted:
                if is_admitted:
                    self.handle(listener, connection, address)
                else:
                    self._refuse(connection, address)
        finally:
            del self._connections[thread]
            self._slots.release()

    @staticmethod
    def _refuse(connection: ClientSocket, address: Any) -> None:
        metrics.client_refusals.labels("connections").inc()
        log.warning("Closed a connection of %s, which has too many", address[0])
        with contextlib.closing(connection), contextlib.suppress(OSError):
            connection.send(TOO_MANY)

    def _check_parent(self) -> None:
        if self.ppid != os.getppid():
            self.log.info("The master process is gone; worker %s stops", self.pid)
            self.handle_quit()
