"""One answer of a function, as it comes out of its process."""

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
from chatapp.providers.openai.upstream_errors import KEYS, TOO_LONG
from chatapp.server import concurrency

READ_BYTES = 64 * 1024
FULL_SECONDS = 0.01


class CallEnded(Exception):
    """The process let go of the answer before its end."""


class FunctionCall:
    """The server's end of the socket that one answer comes through. Closing it is the stop."""

    def __init__(self, number: int, log: logging.Logger) -> None:
        self.number = number
        self.is_open = True
        self.has_ended = False
        #: The process has nothing more to do for it.
        self.done = concurrency.Event()
        self._log = log
        self._frames = frames.Frames()
        self._socket, self._other = socket.socketpair()

    def hand_over(self, control: socket.socket) -> None:
        """Send the other end through `control`. Raises OSError."""
        try:
            while not _send(control, self.number.to_bytes(8), self._other.fileno()):
                concurrency.sleep(FULL_SECONDS)
        finally:
            self._other.close()

    def is_taken(self, patience: float | None) -> bool:
        """Wait until the process takes it, for so many seconds at most. Returns whether it has."""
        self._socket.settimeout(patience)
        try:
            return bool(self._frames.feed(concurrency.interruptible(self._socket.recv, frames.HEAD_BYTES)))
        except OSError:  # which a time-out is, too
            return False
        finally:
            self._socket.settimeout(None)

    def ask(self, question: bytes) -> None:
        """Send the question. A process that has died meanwhile shows where its answer is read."""
        with contextlib.suppress(OSError):
            concurrency.interruptible(self._socket.sendall, frames.frame(frames.QUESTION, question))

    def chunks(self) -> Iterator[Chunk]:
        """Yield the answer. Raises ProviderError, and CallEnded where it has no end."""
        while True:
            try:
                data = concurrency.interruptible(self._socket.recv, READ_BYTES)
                found = self._frames.feed(data)
            except (OSError, ValueError):
                raise CallEnded from None
            if not data:
                raise CallEnded
            yield from self._read(found)
            if self.has_ended:
                return

    def cut(self) -> None:
        """Wake who reads: the process has ended. What it had sent is read all the same."""
        if self.is_open:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RD)

    def close(self) -> None:
        self.is_open = False
        self._socket.close()

    def _read(self, found: list[Frame]) -> Iterator[Chunk]:
        text: list[bytes] = []
        for place, (kind, payload) in enumerate(found):
            if kind in {frames.TEXT, frames.REASONING}:
                text.append(payload)
                if place + 1 == len(found) or found[place + 1][0] != kind:
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
        message = clean(failure["message"])
        self._log.error("An answer failed: %s\n%s", message, clean(failure["traceback"]).rstrip())
        is_too_long = failure["code"] == "provider_error" and TOO_LONG.search(message)
        return ProviderError(
            "context_too_long" if is_too_long else failure["code"], "", said=message, retry_after=failure["retry_after"]
        )


def _send(control: socket.socket, data: bytes, descriptor: int) -> bool:
    """Send a descriptor. Returns whether there was room: this call, unlike others, does not wait for it."""
    try:
        socket.send_fds(control, [data], [descriptor])
    except BlockingIOError:
        return False
    return True


def clean(text: str) -> str:
    """Return text without keys, and without half surrogate pairs."""
    return KEYS.sub("…", text).encode("utf-8", "replace").decode()
