"""Calls to providers: one stream, read once, for every answer that asked the same at the same time."""

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from itertools import groupby

from chatapp.errors import ProviderError
from chatapp.generation.chunk_buffer import Mailbox
from chatapp.providers import Chunk, Done
from chatapp.server import concurrency, metrics

log = logging.getLogger(__name__)

BURST_SECONDS = 0.005
FULL_SECONDS = 0.005
#: How long the stream of a finished answer may go on before its connection is closed.
REST_SECONDS = 5.0

Open = Callable[[], Iterator[Chunk]]


class Call:
    """One stream. What it said is kept for those who join later; the last to leave closes it."""

    def __init__(self, open_stream: Open, *, is_shared: bool) -> None:
        self._open = open_stream
        self._said: list[Chunk] | None = [] if is_shared else None
        self._followers: list[Mailbox] = []
        self._is_over = False
        self._is_closed = False
        self._reason: Exception | None = None
        self._task: concurrency.Task | None = None

    @property
    def can_be_joined(self) -> bool:
        """Whether all that was said is there, nothing went wrong, and nobody has closed it."""
        return self._said is not None and self._reason is None and not self._is_closed

    def follow(self, mailbox: Mailbox) -> None:
        """Put all that was said, and will be, into a mailbox."""
        if self._said:
            # Token by token, a long answer would hold up everybody for as long as it takes to count them.
            self._said = list(_joined(self._said))
            for chunk in self._said:
                mailbox.put(chunk)
        if self._is_over:
            mailbox.close(self._reason)
        self._followers.append(mailbox)

    def start(self) -> None:
        """Begin to read, unless it has begun."""
        if self._task is None:
            self._task = concurrency.spawn(self._read)

    def leave(self, mailbox: Mailbox) -> bool:
        """Follow no more. Returns whether it was the last: then the stream is closed where it stands."""
        if mailbox in self._followers:
            self._followers.remove(mailbox)
        if self._followers:
            return False
        if self._task and not self._is_closed:
            self._is_closed = True  # who joins from now on would never hear a word
            self._task.cancel(after=REST_SECONDS if self._is_over else 0)
        return True

    def _read(self) -> None:
        """Bring what the model says. It does nothing else: it may be cancelled wherever it waits."""
        try:
            with closing(self._open()) as chunks:  # type: ignore[type-var]
                pause_at = time.monotonic() + BURST_SECONDS
                for chunk in chunks:
                    self._tell(chunk)
                    # Eventlet does not switch while data is ready: a burst would hold up all others.
                    if time.monotonic() > pause_at:
                        concurrency.sleep(0)
                        while any(mailbox.is_full for mailbox in self._followers):
                            concurrency.sleep(FULL_SECONDS)
                        pause_at = time.monotonic() + BURST_SECONDS
            self._end()
        except ProviderError as error:
            self._end(error)
        except Exception as error:
            log.exception("A provider failed")
            self._end(ProviderError("internal", "The provider failed: {kind}.", kind=type(error).__name__))

    def _tell(self, chunk: Chunk) -> None:
        if self._is_over:
            return
        for mailbox in self._followers:
            mailbox.put(chunk)
        if self._said is not None:
            self._said.append(chunk)
        self._is_over = isinstance(chunk, Done)

    def _end(self, reason: Exception | None = None) -> None:
        if not self._is_over:
            self._is_over = True
            self._reason = reason
            for mailbox in self._followers:
                mailbox.close(reason)


class Calls:
    """The calls of this process that may be shared, by the key of their question."""

    def __init__(self) -> None:
        self._calls: dict[str, Call] = {}

    def join(self, key: str | None, mailbox: Mailbox, open_stream: Open) -> Call:
        """Let a mailbox follow the call of a question: the one that runs, or a new one. No key: one of its own."""
        call = self._calls.get(key) if key else None
        if call is not None and call.can_be_joined:
            metrics.cache.labels("shared").inc()
        else:
            call = Call(open_stream, is_shared=key is not None)
            if key:
                metrics.cache.labels("miss").inc()
                self._calls[key] = call
        call.follow(mailbox)
        call.start()
        return call

    def leave(self, key: str | None, call: Call, mailbox: Mailbox) -> None:
        """Follow no more. The last one ends the call, and nobody can join it any more."""
        if call.leave(mailbox) and key and self._calls.get(key) is call:
            del self._calls[key]


def _joined(chunks: Iterable[Chunk]) -> Iterator[Chunk]:
    """Join neighbours of one kind of text."""
    for kind, some in groupby(chunks, type):
        if issubclass(kind, str):
            yield kind("".join(some))  # type: ignore[arg-type]
        else:
            yield from some
