"""The send queue of a tab: bounded alone, and together with those of its owner and of the process."""

from collections.abc import Callable
from typing import Any

import eventlet.queue

from chatapp.realtime import backlog
from chatapp.realtime.backlog import Backlog
from chatapp.realtime.event_frame import EventFrame, Rest
from chatapp.server import concurrency
from chatapp.server.client_log import client_logger

log = client_logger(__name__)

#: The bound of a tab's send queue.
QUEUE_CHARACTERS = 4 * 1024 * 1024
ACK = "43"  # Engine.IO: message; Socket.IO: ack


class SendQueue(eventlet.queue.Queue):  # type: ignore[misc]
    """The packets to be sent to one tab. Above the bound the tab is disconnected; it reconnects and resumes.

    Acks do not count against it: while the queue is full, the tab's next command is not read. They do count against
    the bounds of the owner and the process, and so does what has come of an incomplete message.
    """

    def _init(self, maxsize: int | None) -> None:
        super()._init(maxsize)
        self._events = self._acks = self._incoming = 0
        #: Whether the tab has asked for the short form of tokens.
        self.takes_short_tokens = False
        #: Set once the tab is gone: what waits for it is dropped.
        self.ended = concurrency.Event()
        self._backlogs: list[Backlog] = []
        self.disconnect: Callable[[], None] = lambda: None
        #: Writes what the socket takes at once, and returns its size.
        self.write_now: Callable[[bytes], int] = lambda _data: 0
        self._timers: dict[str, concurrency.Timer] = {}
        self.count_towards(backlog.of_process)

    @property
    def waiting(self) -> int:
        return self._events + self._acks + self._incoming

    @property
    def is_full(self) -> bool:
        return self._events + self._acks > QUEUE_CHARACTERS

    def count_towards(self, shared: Backlog) -> None:
        """Count what waits for this tab in a further backlog."""
        if not self.ended.is_set():
            self._backlogs.append(shared)
            shared.add(self)

    def count_incoming(self, size: int) -> None:
        """Count what has come of an incomplete message, or, negative, that it is complete."""
        if not self.ended.is_set():
            self._incoming += size
            self._share(size)

    def call_later(self, name: str, seconds: float, function: Callable[..., Any], *args: Any) -> None:
        """Run a function as a background task after a while, unless the tab is gone. Replaces the last of that name."""
        self.forget(name)
        if not self.ended.is_set():
            self._timers[name] = concurrency.Timer(seconds, function, *args)

    def forget(self, name: str) -> None:
        """Cancel what `call_later` has to run under a name, if anything."""
        if timer := self._timers.pop(name, None):
            timer.cancel()

    def send(self, frame: EventFrame) -> None:
        """Write a frame at once, or what of it the socket takes. What is left waits here, behind what waits already."""
        if self.ended.is_set():
            return
        if not self.queue:
            written = self.write_now(frame.data)
            if written == len(frame.data):
                return
            if written:
                frame = Rest(frame.data[written:])
        self.put(frame)

    def let_go(self) -> None:
        """Disconnect the tab, and drop what waits for it."""
        log.warning("Let a tab go that does not read, or not end its message: %d characters waited", self.waiting)
        self.end()
        self.disconnect()

    def end(self) -> None:
        """Drop what waits, now and later."""
        self.ended.set()
        for shared in self._backlogs:
            shared.remove(self)
        for name in list(self._timers):
            self.forget(name)
        self._backlogs, self._events, self._acks, self._incoming = [], 0, 0, 0
        self.queue.clear()

    def _put(self, item: Any) -> None:
        if item is not None:
            if self.ended.is_set():
                return
            if self._events > QUEUE_CHARACTERS:
                self.let_go()
                return
            self._count(item, 1)
            if self.ended.is_set():
                return
        super()._put(item)

    def _get(self) -> Any:
        item = super()._get()
        if item is not None:
            self._count(item, -1)
        return item

    def _count(self, packet: Any, sign: int) -> None:
        encoded = packet.encode()
        size = sign * len(encoded.data if isinstance(encoded, EventFrame) else encoded)
        if isinstance(encoded, str) and encoded.startswith(ACK):
            self._acks += size
        else:
            self._events += size
        self._share(size)

    def _share(self, size: int) -> None:
        for shared in self._backlogs:
            shared.count(size)
