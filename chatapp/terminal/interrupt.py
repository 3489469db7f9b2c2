"""Ctrl-C while an answer comes."""

import select
import signal
import socket
from types import FrameType
from typing import NoReturn


def leave(_number: int, _frame: FrameType | None) -> NoReturn:
    """Leave at this Ctrl-C. A further one changes nothing: not what is said, and not the exit status."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    raise KeyboardInterrupt


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
        if signal.getsignal(signal.SIGINT) == self._take:  # else the command is being left
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

    def _take(self, number: int, frame: FrameType | None) -> None:
        if self.made:
            leave(number, frame)
        self.made = True
        self._waker.send(b"!")
