"""One tab of a session: a socket, the commands that it sends and the facts that it receives."""

import contextlib
import itertools
import json
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from support.waiting import LIMIT
from support.wire import GONE, Wire

T = TypeVar("T")


#: A valid id that nothing has.
UNKNOWN_ID = "0198c0de-0000-4000-8000-000000000000"


def new_id() -> str:
    """Return a new client_message_id."""
    return str(uuid.uuid4())


def unique(words: str = "question") -> str:
    """Return a text that no other test sends, so that no answer to it is cached or shared."""
    return f"{words} {uuid.uuid4().hex}"


@dataclass(frozen=True)
class Event:
    """One fact, and when it arrived by the clock of its tab."""

    name: str
    payload: dict[str, Any]
    at: float


class Tab:
    """One connected socket; keeps the facts in the order of their arrival."""

    #: What it says in the handshake.
    AUTH: dict[str, Any] | None = None

    def __init__(
        self, port: int, *, cookie: str | None, origin: str | None, headers: dict[str, str] | None = None
    ) -> None:
        self.events: list[Event] = []
        self.clock: Callable[[], float] = time.monotonic
        self.closed = False
        self._acks: dict[int, list[Any]] = {}
        self._changed = threading.Condition()
        self._numbers = itertools.count()
        self.wire = Wire(
            port,
            cookie=cookie,
            origin=origin,
            headers=headers,
            auth=self.AUTH,
            on_event=self._take_event,
            on_ack=self._take_ack,
            on_close=self._take_close,
        )

    def command(self, name: str, *payload: Any, timeout: float = LIMIT) -> dict[str, Any]:
        """Send one command and return its ack."""
        return self.wait_ack(self.send(name, *payload), timeout=timeout, what=name)

    def send(self, name: str, *payload: Any) -> int:
        """Send one command without waiting; return the number of its ack."""
        number = next(self._numbers)
        self.wire.send(f"42{number}{json.dumps([name, *payload])}")
        return number

    def wait_ack(self, number: int, *, timeout: float = LIMIT, what: str = "command") -> dict[str, Any]:
        """Wait for the ack of a command and return it; fail if none arrives or if it is not one object."""
        arguments = self.wait_for(lambda _: self._acks.get(number), timeout=timeout, what=f"ack of {what}")
        assert len(arguments) == 1, arguments
        assert isinstance(arguments[0], dict), arguments
        return arguments[0]

    def has_ack(self, number: int) -> bool:
        """Tell whether the ack of a command has arrived."""
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
        """Send a message with a new text, unless one is given, and return the ack."""
        fields.setdefault("content", unique())
        fields.setdefault("client_message_id", new_id())
        return self.ok("send_message", conversation_id=conversation_id, model=model, **fields)

    def ask_and_wait(self, model: str, conversation_id: str | None = None, **fields: Any) -> dict[str, Any]:
        """Ask, wait for the end of the answer, and return the ack of the question."""
        ack = self.ask(model, conversation_id, **fields)
        self.wait_ended(ack["generation_id"])
        return ack

    def wait_ended(self, generation_id: str, *, timeout: float = LIMIT) -> dict[str, Any]:
        """Wait for the end of a generation and return that fact."""
        return self.wait_fact("generation_ended", timeout=timeout, generation_id=generation_id)

    def wait_fact(self, name: str, *, timeout: float = LIMIT, **fields: Any) -> dict[str, Any]:
        """Wait for the first fact with this name and these fields, and return it."""

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
        """Return the facts so far with this name and these fields."""
        return [
            event.payload
            for event in list(self.events)
            if name in (None, event.name) and fields.items() <= event.payload.items()
        ]

    def tokens(self, generation_id: str) -> list[dict[str, Any]]:
        return self.facts("token", id=generation_id)

    def text(self, generation_id: str) -> str:
        """Return the text of the tokens so far."""
        return "".join(token["text"] for token in self.tokens(generation_id) if "kind" not in token)

    def wait_text(self, generation_id: str, part: str, *, timeout: float = LIMIT) -> None:
        """Wait until the tokens of a generation hold this text."""
        self.wait_for(lambda tab: part in tab.text(generation_id), timeout=timeout, what=f"text {part!r}")

    def wait_for(self, probe: Callable[["Tab"], T], *, timeout: float = LIMIT, what: str = "") -> T:
        """Return the first true result of `probe`, tried at each arrival."""
        end = time.monotonic() + timeout
        with self._changed:
            while not (found := probe(self)):
                left = end - time.monotonic()
                if left <= 0 or not self._changed.wait(left):
                    last = [(event.name, event.payload) for event in self.events[-3:]]
                    raise AssertionError(f"not within {timeout} s: {what}; closed: {self.closed}; last: {last}")
            return found

    def wait_closed(self, timeout: float = LIMIT) -> None:
        """Wait until the server has closed the connection."""
        self.wait_for(lambda tab: tab.closed, timeout=timeout, what="close")

    def check_alive(self) -> None:
        """Fail unless the server still answers a command."""
        assert self.error("open_conversation", {"conversation_id": new_id()})["code"] == "not_found"

    def stop_answers(self) -> None:
        """Stop the answers that it asked for and has not seen end, which would go on without anybody."""
        acks = [ack for arguments in list(self._acks.values()) for ack in arguments if isinstance(ack, dict)]
        asked = {ack["generation_id"] for ack in acks if ack.get("generation_id")}
        for generation_id in asked - {fact["generation_id"] for fact in self.facts("generation_ended")}:
            with contextlib.suppress(*GONE):
                self.send("stop_generation", {"generation_id": generation_id})

    def close(self) -> None:
        self.wire.close()

    def drop(self) -> None:
        """Lose the connection without closing it."""
        self.wire.drop()

    def _take_event(self, arguments: list[Any]) -> None:
        name, *payload = arguments
        assert len(payload) == 1, arguments
        with self._changed:
            self.events.append(Event(name, payload[0], self.clock()))
            self._changed.notify_all()

    def _take_ack(self, number: int, arguments: list[Any]) -> None:
        with self._changed:
            self._acks[number] = arguments
            self._changed.notify_all()

    def _take_close(self) -> None:
        with self._changed:
            self.closed = True
            self._changed.notify_all()
