"""A client of the protocol: a session with its cookie, its HTTP calls, and the tabs that it opens."""

import http.client
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from support.tab import Tab
from support.waiting import LIMIT

JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Reply:
    """An HTTP response, read whole."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Client:
    """One session: all its tabs share its cookie."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.origin = f"http://127.0.0.1:{port}"
        self.cookies: dict[str, str] = {}
        #: What a reverse proxy adds to each request and handshake.
        self.proxied: dict[str, str] = {}
        self.owner: str | None = None
        self._tabs: list[Tab] = []

    @property
    def cookie(self) -> str | None:
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items()) or None

    def connect(self) -> http.client.HTTPConnection:
        """Return a connection for one request."""
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=LIMIT)

    def sign_in(self, **body: Any) -> Reply:
        """Request a session, keep its cookie, and return the reply."""
        reply = self.post("/api/session", body)
        if reply.status == 200:
            self.owner = reply.json["owner"]
        return reply

    def request(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> Reply:
        """Send these headers and the cookies; keep the cookies of the response."""
        connection = self.connect()
        try:
            connection.request(method, path, body, headers=self._with_cookie(headers))
            response = connection.getresponse()
            reply = Reply(response.status, response.headers, response.read())
        finally:
            connection.close()
        for line in reply.headers.get_all("Set-Cookie") or []:
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value
        return reply

    def get(self, path: str, headers: dict[str, str] | None = None) -> Reply:
        return self.request("GET", path, headers=headers)

    def post(self, path: str, body: Any = None) -> Reply:
        return self._change("POST", path, body)

    def put(self, path: str, body: Any) -> Reply:
        return self._change("PUT", path, body)

    def patch(self, path: str, body: Any) -> Reply:
        return self._change("PATCH", path, body)

    def delete(self, path: str) -> Reply:
        return self._change("DELETE", path, None)

    def _change(self, method: str, path: str, body: Any) -> Reply:
        data = json.dumps({} if body is None else body).encode()
        return self.request(method, path, data, {**JSON, "Origin": self.origin})

    @contextmanager
    def stream(self, path: str, headers: dict[str, str] | None = None) -> Iterator[http.client.HTTPResponse]:
        """Open a response whose body is read while it arrives."""
        connection = self.connect()
        try:
            connection.request("GET", path, headers=self._with_cookie(headers))
            with connection.getresponse() as response:
                yield response
        finally:
            connection.close()

    def _with_cookie(self, headers: dict[str, str] | None) -> dict[str, str]:
        return {**({"Cookie": self.cookie} if self.cookies else {}), **self.proxied, **(headers or {})}

    def tab(self, kind: type[Tab] = Tab) -> Tab:
        """Open a tab: one socket, joined to the session's room."""
        tab = kind(self.port, cookie=self.cookie, origin=self.origin, headers=self.proxied)
        self._tabs.append(tab)
        return tab

    def saved(self, conversation_id: str) -> dict[str, dict[str, Any]]:
        """Return the stored messages of the active path by id, read over HTTP."""
        reply = self.get(f"/api/conversations/{conversation_id}?limit=500")
        assert reply.status == 200, reply.body
        return {message["id"]: message for message in reply.json["messages"]}

    def close(self) -> None:
        for tab in self._tabs:
            tab.stop_answers()
            tab.close()
