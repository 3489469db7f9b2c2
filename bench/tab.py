"""A tab: a minimal Socket.IO client. Frames are stored unparsed, and parsed after the measurement."""

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

from bench.websocket import ClosedError, WebSocket

PATH = "/socket.io/?EIO=4&transport=websocket"
#: As the page, so that it gets tokens in their short form.
HANDSHAKE = '40{"takes":["short_tokens"]}'
TOKEN = b'42["t",'


class RefusedError(Exception):
    """The server refused a command or the connection."""


@dataclass
class ReceivedAnswer:
    """One answer as received by one tab."""

    frames: list[tuple[float, bytes]] = field(default_factory=list)
    started: asyncio.Future[float] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    ended: asyncio.Future[dict[str, Any]] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    def entries(self) -> list[tuple[float, dict[str, Any]]]:
        """Return the token events with names, each with the time of its arrival."""
        names = ("id", "seq", "text", "kind")
        return [(at, dict(zip(names, json.loads(frame[2:])[1], strict=False))) for at, frame in self.frames]


class Tab(WebSocket):
    """A connected tab that receives one answer at a time."""

    def __init__(self) -> None:
        super().__init__()
        loop = asyncio.get_running_loop()
        self.heard = ReceivedAnswer()
        self._joined: asyncio.Future[None] = loop.create_future()
        self._acks: dict[int, asyncio.Future[tuple[float, dict[str, Any]]]] = {}
        self._commands = 0

    @classmethod
    async def connect(cls, port: int, cookie: str) -> "Tab":
        """Connect a tab of the session in the cookie."""
        tab = cls()
        await tab.open(port, PATH, cookie)
        tab.send(HANDSHAKE)
        await tab._joined
        return tab

    def listen(self) -> ReceivedAnswer:
        """Replace the last answer by a new, empty one for the next question."""
        self.heard = ReceivedAnswer()
        return self.heard

    async def ask(self, name: str, **payload: Any) -> tuple[float, dict[str, Any]]:
        """Send a command. Returns the time of its ack, and the ack. Raises RefusedError."""
        self._commands += 1
        number = self._commands
        waiting = self._acks[number] = asyncio.get_running_loop().create_future()
        self.send(f"42{number}{json.dumps([name, payload])}")
        at, ack = await waiting
        if not ack["ok"]:
            raise RefusedError(f"{name}: {ack['error']['code']}: {ack['error']['message']}")
        return at, ack

    def take(self, payload: bytes, at: float) -> None:
        if payload.startswith(TOKEN):
            self.heard.frames.append((at, payload))
            if not self.heard.started.done():
                self.heard.started.set_result(at)
        elif payload == b"2":
            self.send("3")
        elif payload.startswith(b"42"):
            self._take_fact(*json.loads(payload[2:]))
        elif payload.startswith(b"43"):
            number, _, arguments = payload[2:].partition(b"[")
            waiting = self._acks.pop(int(number))
            if not waiting.done():  # the caller may have given up
                waiting.set_result((at, json.loads(b"[" + arguments)[0]))
        elif payload.startswith(b"40"):
            if not self._joined.done():  # as above
                self._joined.set_result(None)
        elif payload.startswith(b"44"):
            self._joined.set_exception(RefusedError(payload.decode()))

    def lose(self, error: ClosedError) -> None:
        waiting: list[asyncio.Future[Any]] = [self._joined, self.heard.started, self.heard.ended, *self._acks.values()]
        for future in waiting:
            if not future.done():
                future.set_exception(error)
                future.exception()  # marks it as retrieved: nothing may be waiting for it

    def _take_fact(self, name: str, fact: dict[str, Any]) -> None:
        if name == "generation_ended" and not self.heard.ended.done():
            self.heard.ended.set_result(fact)
            if not self.heard.started.done():
                self.heard.started.set_exception(RefusedError(f"an answer without a token: {fact}"))
                self.heard.started.exception()  # marks it as retrieved: nothing may be waiting for it
