"""Ctrl-C during an answer."""

import select
import signal
import socket
from types import FrameType


class Interrupt:
    """The first Ctrl-C requests a stop, which the client sees when it waits. The second ends the command at once.

    An exception in the handler could interrupt the transfer of a frame, so the first Ctrl-C only ends a wait.
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
        """Wait until `source` is readable. Returns False after `seconds`, or at a Ctrl-C."""
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
