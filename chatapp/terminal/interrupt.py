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
        self.is_requested = False

    def __enter__(self) -> "Interrupt":
        self._wake_receiver, self._wake_sender = socket.socketpair()
        self._wake_receiver.setblocking(False)
        self._before = signal.signal(signal.SIGINT, self._handle)
        return self

    def __exit__(self, *_: object) -> None:
        signal.signal(signal.SIGINT, self._before)
        self._wake_receiver.close()
        self._wake_sender.close()

    def wait(self, seconds: float, source: socket.socket | None = None) -> bool:
        """Wait until `source` can be read; False after `seconds`, or at a Ctrl-C."""
        sources = [self._wake_receiver] if source is None else [self._wake_receiver, source]
        ready, _, _ = select.select(sources, [], [], max(0, seconds))
        if self._wake_receiver in ready:
            self._wake_receiver.recv(1)
        return source in ready

    def _handle(self, _number: int, _frame: FrameType | None) -> None:
        if self.is_requested:
            raise KeyboardInterrupt
        self.is_requested = True
        self._wake_sender.send(b"!")
