"""A client of the protocol: a session with its cookie and HTTP calls, and the tabs it opens."""

import http.client
import itertools
import json
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from support.wire import Wire

T = TypeVar("T")
JSON = {"Content-Type": "application/json"}


def new_id() -> str:
    """Make a client_message_id."""
    return str(uuid.uuid4())


def unique(words: str = "question") -> str:
    """Return text that no other test asks, so that no cached or shared answer comes into it."""
    return f"{words} {uuid.uuid4().hex}"


@dataclass(frozen=True)
class Reply:
    """An HTTP response, read whole."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Event:
    """One fact as it arrived, and when (monotonic seconds)."""

    name: str
    payload: dict[str, Any]
    at: float


class Client:
    """One session: all its tabs share its cookie."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.origin = f"http://127.0.0.1:{port}"
        self.cookies: dict[str, str] = {}
        self.owner: str | None = None
        self._tabs: list[Tab] = []

    @property
    def cookie(self) -> str | None:
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items()) or None

    def sign_in(self, **body: Any) -> Reply:
        """Ask for a session, keep its cookie, and return what the server answered."""
        reply = self.post("/api/session", body)
        if reply.status == 200:
            self.owner = reply.json["owner"]
        return reply

    def request(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> Reply:
        """Send exactly these headers beside the cookie; keep the cookies that come back."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
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
        """Open a response whose body is read while it comes."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request("GET", path, headers=self._with_cookie(headers))
            with connection.getresponse() as response:
                yield response
        finally:
            connection.close()

    def _with_cookie(self, headers: dict[str, str] | None) -> dict[str, str]:
        return {**({"Cookie": self.cookie} if self.cookies else {}), **(headers or {})}

    def tab(self) -> "Tab":
        """Open a tab: one socket, joined to the session's room."""
        tab = Tab(self.port, cookie=self.cookie, origin=self.origin)
        self._tabs.append(tab)
        return tab

    def saved(self, conversation_id: str) -> dict[str, dict[str, Any]]:
        """Return the stored messages of the active path by id, as HTTP tells them."""
        reply = self.get(f"/api/conversations/{conversation_id}?limit=500")
        assert reply.status == 200, reply.body
        return {message["id"]: message for message in reply.json["messages"]}

    def close(self) -> None:
        for tab in self._tabs:
            tab.close()


class Tab:
    """One connected socket: commands out, facts in, in the order in which they came."""

    def __init__(self, port: int, *, cookie: str | None, origin: str | None) -> None:
        self.events: list[Event] = []
        self.closed = False
        self._acks: dict[int, list[Any]] = {}
        self._changed = threading.Condition()
        self._numbers = itertools.count()
        self.wire = Wire(
            port,
            cookie=cookie,
            origin=origin,
            on_event=self._take_event,
            on_ack=self._take_ack,
            on_close=self._take_close,
        )

    def command(self, name: str, *payload: Any, timeout: float = 10) -> dict[str, Any]:
        """Send one command and return its ack."""
        return self.wait_ack(self.send(name, *payload), timeout=timeout, what=name)

    def send(self, name: str, *payload: Any) -> int:
        """Send one command without waiting; its number fetches the ack."""
        number = next(self._numbers)
        self.wire.send(f"42{number}{json.dumps([name, *payload])}")
        return number

    def wait_ack(self, number: int, *, timeout: float = 10, what: str = "command") -> dict[str, Any]:
        """Return the ack of a command that was sent; fail if none comes or it is not one object."""
        arguments = self.wait_for(lambda _: self._acks.get(number), timeout=timeout, what=f"ack of {what}")
        assert len(arguments) == 1, arguments
        assert isinstance(arguments[0], dict), arguments
        return arguments[0]

    def acked(self, number: int) -> bool:
        """Tell whether the ack of a command has come."""
        return number in self._acks

    def ok(self, name: str, **payload: Any) -> dict[str, Any]:
        """Send one command that must succeed."""
        ack = self.command(name, payload)
        assert ack.get("ok") is True, (name, ack)
        return ack

    def error(self, name: str, *payload: Any) -> dict[str, Any]:
        """Send one command that must be refused; return its error."""
        ack = self.command(name, *payload)
        assert ack.get("ok") is False, (name, ack)
        return ack["error"]

    def ask(self, model: str, conversation_id: str | None = None, **fields: Any) -> dict[str, Any]:
        """Send a message that nobody sent before, and return the ack."""
        fields.setdefault("content", unique())
        fields.setdefault("client_message_id", new_id())
        return self.ok("send_message", conversation_id=conversation_id, model=model, **fields)

    def asked(self, model: str, conversation_id: str | None = None, **fields: Any) -> dict[str, Any]:
        """Ask, wait for the end of the answer, and return the ack."""
        ack = self.ask(model, conversation_id, **fields)
        self.ended(ack["generation_id"])
        return ack

    def ended(self, generation_id: str, *, timeout: float = 15) -> dict[str, Any]:
        """Wait for the end of a generation and return that fact."""
        return self.fact("generation_ended", timeout=timeout, generation_id=generation_id)

    def fact(self, name: str, *, timeout: float = 5, **fields: Any) -> dict[str, Any]:
        """Wait for the first fact of this name that carries these fields, and return it."""

        def find(tab: "Tab") -> dict[str, Any] | None:
            return next(
                (
                    event.payload
                    for event in tab.events
                    if event.name == name and fields.items() <= event.payload.items()
                ),
                None,
            )

        return self.wait_for(find, timeout=timeout, what=f"{name} {fields}")

    def facts(self, name: str | None = None, **fields: Any) -> list[dict[str, Any]]:
        """Return what came so far under this name with these fields."""
        return [
            event.payload
            for event in list(self.events)
            if name in (None, event.name) and fields.items() <= event.payload.items()
        ]

    def tokens(self, generation_id: str) -> list[dict[str, Any]]:
        return self.facts("token", id=generation_id)

    def text(self, generation_id: str) -> str:
        """Return the plain text that came so far in tokens."""
        return "".join(token["text"] for token in self.tokens(generation_id) if "kind" not in token)

    def wait_text(self, generation_id: str, part: str, *, timeout: float = 10) -> None:
        """Wait until the tokens of a generation hold this text."""
        self.wait_for(lambda tab: part in tab.text(generation_id), timeout=timeout, what=f"text {part!r}")

    def wait_for(self, probe: Callable[["Tab"], T], *, timeout: float = 5, what: str = "") -> T:
        """Return the first true result of `probe`, tried at each arrival."""
        end = time.monotonic() + timeout
        with self._changed:
            while not (found := probe(self)):
                left = end - time.monotonic()
                if left <= 0 or not self._changed.wait(left):
                    last = [(event.name, event.payload) for event in self.events[-3:]]
                    raise AssertionError(f"not within {timeout} s: {what}; closed: {self.closed}; last: {last}")
            return found

    def wait_closed(self, timeout: float = 10) -> None:
        """Wait until the server has closed the connection."""
        self.wait_for(lambda tab: tab.closed, timeout=timeout, what="close")

    def lives(self) -> None:
        """Fail unless the socket still answers a command."""
        assert self.error("open_conversation", {"conversation_id": new_id()})["code"] == "not_found"

    def close(self) -> None:
        self.wire.close()

    def drop(self) -> None:
        """Lose the connection without a goodbye."""
        self.wire.drop()

    def _take_event(self, arguments: list[Any]) -> None:
        name, *payload = arguments
        assert len(payload) == 1, arguments
        with self._changed:
            self.events.append(Event(name, payload[0], time.monotonic()))
            self._changed.notify_all()

    def _take_ack(self, number: int, arguments: list[Any]) -> None:
        with self._changed:
            self._acks[number] = arguments
            self._changed.notify_all()

    def _take_close(self) -> None:
        with self._changed:
            self.closed = True
            self._changed.notify_all()
