"""The gate: what every request passes before it is served. Here clients are told apart, and sockets are admitted."""

from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask, Request, request

from chatapp.errors import ChatError, Invalid
from chatapp.realtime.socketio_server import REFUSAL
from chatapp.realtime.websocket import BUDGETS
from chatapp.server import client_connection, metrics
from chatapp.web.error_responses import problem
from chatapp.web.services import Services

SOCKETS = "/socket.io/"

Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]


class Gate:
    """WSGI middleware. `wsgi`: the application behind it, with its sockets."""

    def __init__(self, app: Flask, services: Services, wsgi: Wsgi) -> None:
        self._app, self._services, self._wsgi = app, services, wsgi

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        address = environ.get("REMOTE_ADDR", "")
        client_connection.serve_for(self._services.clients.time(address))
        if environ["PATH_INFO"].startswith(SOCKETS):
            return self._admit(address, environ, start_response)
        return self._wsgi(environ, start_response)

    def _admit(self, address: str, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Judge a socket before its upgrade is answered, and count it while it is open."""
        clients = self._services.clients
        try:
            owner = self._judge(environ)
            with clients.count_socket(address, owner):
                client_connection.serve_for(clients.time(address, owner))
                environ[BUDGETS] = clients.frames(address, owner)
                return self._wsgi(environ, start_response)
        except ChatError as error:
            return self._refuse(error, address, environ, start_response)

    def _judge(self, environ: dict[str, Any]) -> str:
        """Return the owner. Raises Invalid for what is no WebSocket, Forbidden and Unauthenticated."""
        with self._app.request_context(environ):
            _check_upgrade(request)
            self._services.origins.check(request)
            return self._services.auth.owner()

    def _refuse(self, error: ChatError, address: str, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Refuse a socket by a CONNECT_ERROR, as browsers do not tell a page the status; or, if many wait, by that."""
        metrics.client_refusals.labels(error.code).inc()
        clients = self._services.clients
        if not isinstance(error, Invalid):
            with clients.count_refused(address) as may_wait:
                if may_wait:
                    environ |= {BUDGETS: clients.frames(address), REFUSAL: error.code}
                    return self._wsgi(environ, start_response)
        with self._app.request_context(environ):
            response = problem(error, error.status)
        return response(environ, start_response)


def _check_upgrade(asked: Request) -> None:
    """Raise Invalid unless the request is the opening handshake of a WebSocket (RFC 6455, 4.2.1), without a body."""
    headers = asked.headers
    names = {part.strip().lower() for part in headers.get("Connection", "").split(",")}
    is_upgrade = asked.method == "GET" and "upgrade" in names and headers.get("Upgrade", "").lower() == "websocket"
    if not is_upgrade:
        raise Invalid("This address takes WebSockets only.")
    if headers.get("Sec-WebSocket-Version") != "13" or not headers.get("Sec-WebSocket-Key"):
        raise Invalid("The WebSocket handshake is incomplete: it needs version 13, and a key.")
    if asked.content_length or "Transfer-Encoding" in headers:
        raise Invalid("A WebSocket handshake has no body.")
