"""Provider streams. Generations with the same prompt at the same time share one."""

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from itertools import groupby

from chatapp.errors import ProviderError
from chatapp.generation.chunk_buffer import ChunkBuffer
from chatapp.providers import Chunk, Done
from chatapp.server import concurrency, metrics

log = logging.getLogger(__name__)

TURN_SECONDS = 0.005
FULL_SECONDS = 0.005
#: How long a stream is read on after `Done`, so that its connection can be used again.
DRAIN_SECONDS = 5.0

OpenStream = Callable[[], Iterator[Chunk]]


class ProviderStream:
    """A stream, its reader task and its subscribers. The last one to unsubscribe closes it.

    A shared one keeps its chunks for later subscribers.
    """

    def __init__(self, open_stream: OpenStream, *, is_shared: bool) -> None:
        self._open_stream = open_stream
        self._chunks: list[Chunk] | None = [] if is_shared else None
        self._subscribers: list[ChunkBuffer] = []
        self._is_over = False
        self._is_closed = False
        self._is_paid = False
        self._reason: Exception | None = None
        self._task: concurrency.Task | None = None

    @property
    def can_be_joined(self) -> bool:
        """Whether it is shared, has not failed and is not being closed."""
        return self._chunks is not None and self._reason is None and not self._is_closed

    @property
    def has_failed(self) -> bool:
        return self._reason is not None

    def pay(self) -> bool:
        """Tell whether the caller is to count what the call has spent: True once, when it is over for everybody."""
        if self._is_paid or (self._subscribers and not self._is_over):
            return False
        self._is_paid = True
        return True

    def subscribe(self, buffer: ChunkBuffer) -> None:
        """Put all past and future chunks into a buffer."""
        if self._chunks:
            # Merged, since putting the tokens of a long answer one by one would block every other task.
            self._chunks = list(_merge(self._chunks))
            for chunk in self._chunks:
                buffer.put(chunk)
        if self._is_over:
            buffer.close(self._reason)
        self._subscribers.append(buffer)

    def start(self) -> None:
        """Start the reader task, unless it has been started."""
        if self._task is None:
            self._task = concurrency.spawn(self._read)

    def unsubscribe(self, buffer: ChunkBuffer) -> bool:
        """Remove a subscriber. Returns whether none is left; then the stream is closed."""
        if buffer in self._subscribers:
            self._subscribers.remove(buffer)
        if self._subscribers:
            return False
        if self._task and not self._is_closed:
            self._is_closed = True  # first: a later subscriber would get no chunks
            self._task.cancel(after=DRAIN_SECONDS if self._is_over else 0)
        return True

    def _read(self) -> None:
        """Read the stream. Must do nothing else, since it may be cancelled wherever it waits."""
        try:
            with closing(self._open_stream()) as chunks:  # type: ignore[type-var]
                turn = concurrency.Turn(TURN_SECONDS)
                for chunk in chunks:
                    is_full = self._publish(chunk)
                    turn.give()
                    while is_full:
                        concurrency.sleep(FULL_SECONDS)
                        is_full = any(buffer.is_full for buffer in self._subscribers)
            self._finish()
        except ProviderError as error:
            self._finish(error)
        except Exception as error:
            log.exception("A provider failed")
            self._finish(ProviderError("internal", "The provider failed: {kind}.", kind=type(error).__name__))

    def _publish(self, chunk: Chunk) -> bool:
        """Give a chunk to all subscribers. Returns whether one of them is full."""
        if self._is_over:
            return False
        is_full = False
        for buffer in self._subscribers:
            buffer.put(chunk)
            is_full = is_full or buffer.is_full
        if self._chunks is not None:
            self._chunks.append(chunk)
        self._is_over = isinstance(chunk, Done)
        return is_full

    def _finish(self, reason: Exception | None = None) -> None:
        if not self._is_over:
            self._is_over = True
            self._reason = reason
            for buffer in self._subscribers:
                buffer.close(reason)


class SharedStreams:
    """The streams of this process that may be shared, by cache key."""

    def __init__(self) -> None:
        self._streams: dict[str, ProviderStream] = {}

    def join(self, key: str | None, buffer: ChunkBuffer, open_stream: OpenStream) -> ProviderStream:
        """Subscribe to the running stream of `key`, or to a new one. `key` None: to a new one that is not shared."""
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
        """Unsubscribe. Once the last subscriber has left, the stream is closed and cannot be joined."""
        if stream.unsubscribe(buffer) and key and self._streams.get(key) is stream:
            del self._streams[key]


def _merge(chunks: Iterable[Chunk]) -> Iterator[Chunk]:
    """Merge neighbouring chunks of one kind of text."""
    for kind, group in groupby(chunks, type):
        if issubclass(kind, str):
            yield kind("".join(group))  # type: ignore[arg-type]
        else:
            yield from group
