"""One call of a function: its socket to the process, and the answer's frames."""

import contextlib
import json
import logging
import socket
from collections.abc import Iterator
from typing import Any

from chatapp.errors import ProviderError
from chatapp.function_host import frames
from chatapp.function_host.frames import Frame
from chatapp.providers.base import Chunk, Finish, Reasoning, Usage
from chatapp.providers.masking import mask
from chatapp.providers.openai.error_rules import is_too_long
from chatapp.server import concurrency

READ_BYTES = 64 * 1024
FULL_SECONDS = 0.01


class CallEnded(Exception):
    """The process closed the call before the end of the answer."""


class FunctionCall:
    """The server's end of the socket of one answer. Closing it stops the answer."""

    def __init__(self, number: int, log: logging.Logger) -> None:
        self.number = number
        self.is_open = True
        self.has_ended = False
        #: Set once the process has finished the call, clean-up included.
        self.done = concurrency.Event()
        self._log = log
        self._frames = frames.Frames()
        self._socket, self._other = socket.socketpair()

    def hand_over(self, control: socket.socket) -> None:
        """Pass the other end to the process through `control`. Raises OSError."""
        try:
            while not _send(control, self.number.to_bytes(8), self._other.fileno()):
                concurrency.sleep(FULL_SECONDS)
        finally:
            self._other.close()

    def wait_accepted(self, timeout: float | None) -> bool:
        """Wait until the process accepts the call, for `timeout` seconds at most. Returns whether it has."""
        self._socket.settimeout(timeout)
        try:
            return bool(self._frames.feed(concurrency.interruptible(self._socket.recv, frames.HEAD_BYTES)))
        except OSError:  # including TimeoutError
            return False
        finally:
            self._socket.settimeout(None)

    def send(self, question: bytes) -> None:
        """Send the question. If the process has died meanwhile, `chunks` raises CallEnded."""
        with contextlib.suppress(OSError):
            concurrency.interruptible(self._socket.sendall, frames.frame(frames.QUESTION, question))

    def chunks(self) -> Iterator[Chunk]:
        """Yield the answer. Raises ProviderError, and CallEnded for an answer without an end."""
        while True:
            try:
                data = concurrency.interruptible(self._socket.recv, READ_BYTES)
                received = self._frames.feed(data)
            except (OSError, ValueError):
                raise CallEnded from None
            if not data:
                raise CallEnded
            yield from self._read(received)
            if self.has_ended:
                return

    def shut_down(self) -> None:
        """Wake the reader, since the process has ended. Frames that have arrived are still read."""
        if self.is_open:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RD)

    def close(self) -> None:
        self.is_open = False
        self._socket.close()

    def _read(self, received: list[Frame]) -> Iterator[Chunk]:
        """Yield the chunks of some frames; neighbouring frames of text as one. Raises ProviderError."""
        text: list[bytes] = []
        for index, (kind, payload) in enumerate(received):
            if kind in {frames.TEXT, frames.REASONING}:
                text.append(payload)
                if index + 1 == len(received) or received[index + 1][0] != kind:
                    decoded = frames.decode(b"".join(text))
                    text = []
                    yield decoded if kind == frames.TEXT else Reasoning(decoded)
            elif kind == frames.USAGE:
                yield Usage(*json.loads(payload))
            elif kind == frames.FINISH:
                yield Finish(frames.decode(payload))
            elif kind == frames.FAILED:
                self.has_ended = True
                raise self._failure(json.loads(payload))
            elif kind == frames.END:
                self.has_ended = True

    def _failure(self, failure: dict[str, Any]) -> ProviderError:
        message = mask(failure["message"])
        self._log.error("An answer failed: %s\n%s", message, mask(failure["traceback"]).rstrip())
        return ProviderError(
            "context_too_long" if failure["code"] == "provider_error" and is_too_long(message) else failure["code"],
            "",
            provider_message=message,
            retry_after=failure["retry_after"],
        )


def _send(control: socket.socket, data: bytes, descriptor: int) -> bool:
    """Send a descriptor. Returns False if the socket is full: `send_fds` does not wait on green threads."""
    try:
        socket.send_fds(control, [data], [descriptor])
    except BlockingIOError:
        return False
    return True
