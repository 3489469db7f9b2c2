"""Provider streams: each is read once, for all answers that asked the same question at the same time."""

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from itertools import groupby

from chatapp.errors import ProviderError
from chatapp.generation.chunk_buffer import ChunkBuffer
from chatapp.providers import Chunk, Done
from chatapp.server import concurrency, metrics

log = logging.getLogger(__name__)

BURST_SECONDS = 0.005
FULL_SECONDS = 0.005
#: How long the stream of a finished answer may go on before its connection is closed.
REST_SECONDS = 5.0

Open = Callable[[], Iterator[Chunk]]


class ProviderStream:
    """A stream and its subscribers; the last to leave closes it. A shared one keeps its chunks for later ones."""

    def __init__(self, open_stream: Open, *, is_shared: bool) -> None:
        self._open = open_stream
        self._chunks: list[Chunk] | None = [] if is_shared else None
        self._subscribers: list[ChunkBuffer] = []
        self._is_over = False
        self._is_closed = False
        self._reason: Exception | None = None
        self._task: concurrency.Task | None = None

    @property
    def can_be_joined(self) -> bool:
        """Whether all chunks so far are kept, none was an error, and the stream is not being closed."""
        return self._chunks is not None and self._reason is None and not self._is_closed

    def subscribe(self, buffer: ChunkBuffer) -> None:
        """Put all chunks into a buffer, past and future."""
        if self._chunks:
            # One by one, the tokens of a long answer would block every other task.
            self._chunks = list(_merge(self._chunks))
            for chunk in self._chunks:
                buffer.put(chunk)
        if self._is_over:
            buffer.close(self._reason)
        self._subscribers.append(buffer)

    def start(self) -> None:
        """Start the reader, once."""
        if self._task is None:
            self._task = concurrency.spawn(self._read)

    def unsubscribe(self, buffer: ChunkBuffer) -> bool:
        """Remove a subscriber. Returns whether it was the last one: then the stream is closed."""
        if buffer in self._subscribers:
            self._subscribers.remove(buffer)
        if self._subscribers:
            return False
        if self._task and not self._is_closed:
            self._is_closed = True  # first: a later subscriber would get no chunks
            self._task.cancel(after=REST_SECONDS if self._is_over else 0)
        return True

    def _read(self) -> None:
        """Read the stream. Does nothing else, since it may be cancelled wherever it waits."""
        try:
            with closing(self._open()) as chunks:  # type: ignore[type-var]
                pause_at = time.monotonic() + BURST_SECONDS
                for chunk in chunks:
                    self._publish(chunk)
                    # Eventlet does not switch while data is ready: a burst would block every other task.
                    if time.monotonic() > pause_at:
                        concurrency.sleep(0)
                        while any(buffer.is_full for buffer in self._subscribers):
                            concurrency.sleep(FULL_SECONDS)
                        pause_at = time.monotonic() + BURST_SECONDS
            self._finish()
        except ProviderError as error:
            self._finish(error)
        except Exception as error:
            log.exception("A provider failed")
            self._finish(ProviderError("internal", "The provider failed: {kind}.", kind=type(error).__name__))

    def _publish(self, chunk: Chunk) -> None:
        if self._is_over:
            return
        for buffer in self._subscribers:
            buffer.put(chunk)
        if self._chunks is not None:
            self._chunks.append(chunk)
        self._is_over = isinstance(chunk, Done)

    def _finish(self, reason: Exception | None = None) -> None:
        if not self._is_over:
            self._is_over = True
            self._reason = reason
            for buffer in self._subscribers:
                buffer.close(reason)


class SharedStreams:
    """The streams of this process that may be shared, by the key of their question."""

    def __init__(self) -> None:
        self._streams: dict[str, ProviderStream] = {}

    def join(self, key: str | None, buffer: ChunkBuffer, open_stream: Open) -> ProviderStream:
        """Subscribe to the stream of a question: the one that runs, or a new one. Without a key, to one of its own."""
        stream = self._streams.get(key) if key else None
        if stream is not None and stream.can_be_joined:
            metrics.cache.labels("shared").inc()
        else:
            stream = ProviderStream(open_stream, is_shared=key is not None)
            if key:
                metrics.cache.labels("miss").inc()
                self._streams[key] = stream
        stream.subscribe(buffer)
        stream.start()
        return stream

    def leave(self, key: str | None, stream: ProviderStream, buffer: ChunkBuffer) -> None:
        """Unsubscribe. The last one closes the stream, which nobody can join any more."""
        if stream.unsubscribe(buffer) and key and self._streams.get(key) is stream:
            del self._streams[key]


def _merge(chunks: Iterable[Chunk]) -> Iterator[Chunk]:
    """Merge neighbouring chunks of one kind of text."""
    for kind, some in groupby(chunks, type):
        if issubclass(kind, str):
            yield kind("".join(some))  # type: ignore[arg-type]
        else:
            yield from some
