"""Ctrl-C while an answer comes."""

import select
import signal
import socket
from types import FrameType


class Interrupt:
    """The first Ctrl-C is a wish to stop, seen where the client waits; the second one leaves at once.

    An exception out of the handler could cut a frame in two on its way in or out; so the first one only wakes.
    """

    def __init__(self) -> None:
        self.made = False

    def __enter__(self) -> "Interrupt":
        self._woken, self._waker = socket.socketpair()
        self._woken.setblocking(False)
        self._before = signal.signal(signal.SIGINT, self._take)
        return self

    def __exit__(self, *_: object) -> None:
        signal.signal(signal.SIGINT, self._before)
        self._woken.close()
        self._waker.close()

    def wait(self, seconds: float, source: socket.socket | None = None) -> bool:
        """Wait until `source` can be read; False after `seconds`, or at a Ctrl-C."""
        sources = [self._woken] if source is None else [self._woken, source]
        ready, _, _ = select.select(sources, [], [], max(0, seconds))
        if self._woken in ready:
            self._woken.recv(1)
        return source in ready

    def _take(self, _number: int, _frame: FrameType | None) -> None:
        if self.made:
            raise KeyboardInterrupt
        self.made = True
        self._waker.send(b"!")
