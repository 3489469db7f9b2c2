"""What scenarios share: a provider with its pool, an answer as a server reads it, and a server written by hand.

A scenario is one behaviour of the connections to a model's server. It raises to fail, and its waits have a time-out.
"""

import contextlib
import re
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from chatapp.errors import ProviderError
from chatapp.generation import shared_streams
from chatapp.generation.chunk_buffer import ChunkBuffer
from chatapp.providers import Prompt
from chatapp.providers.openai.connections import PoolSettings
from chatapp.providers.openai.openai_compatible import OpenAICompatible
from chatapp.server import concurrency

QUICK, STEADY = "script?tokens=5", "script?tokens=1000&rate=50"
IN_PARTS = "script?tokens=5&rate=50"
COUNTED = "1 2 3 4 5 "
TIMEOUT = 60.0
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
ANSWER = b'data: {"choices": [{"delta": {"content": "hello"}, "finish_reason": "stop"}]}\n\ndata: [DONE]\n\n'
SCENARIOS: dict[str, Callable[[str], None]] = {}


def scenario(function: Callable[[str], None]) -> Callable[[str], None]:
    SCENARIOS[function.__name__] = function
    return function


class Model:
    """A provider, with access to its connection pool."""

    def __init__(self, base_url: str, *, connect_timeout: float = TIMEOUT, **pool: Any) -> None:
        self.provider = OpenAICompatible(
            "test", base_url=base_url, api_key="none", connect_timeout=connect_timeout, pool=PoolSettings(**pool)
        )
        self.client = self.provider._client._client
        self.pool = self.client._transport._pool

    def stream(self, script: str = QUICK) -> Iterator[Any]:
        return self.provider.stream(Prompt(script, [{"role": "user", "content": "Count."}]))

    def answer(self, script: str = QUICK) -> str:
        return "".join(chunk for chunk in self.stream(script) if isinstance(chunk, str))

    def counts(self) -> tuple[int, int, int]:
        """Return the numbers of busy and idle connections, and of requests that the pool still holds."""
        return self.client.busy(), self.client.idle(), len(self.pool._requests)


class Answer:
    """An answer as a server reads it."""

    def __init__(self, model: Model, script: str = QUICK) -> None:
        self.buffer, self._streams = ChunkBuffer(), shared_streams.SharedStreams()
        self._stream = self._streams.join(None, self.buffer, lambda: model.stream(script))

    @property
    def reader(self) -> concurrency.Task:
        return self._stream._task

    def text(self) -> str:
        """Wait for the whole answer."""
        parts = []
        while pieces := self.buffer.take(TIMEOUT):
            parts += [text for _, text in pieces]
        return "".join(parts)

    def wait_first_chunk(self) -> None:
        assert self.buffer.take(TIMEOUT)

    def leave(self) -> None:
        self._streams.leave(None, self._stream, self.buffer)


@contextlib.contextmanager
def odd_server(serve: Callable[[socket.socket], None]) -> Iterator[str]:
    """Listen, and handle each connection with `serve`."""
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as listener:

        def accept() -> None:
            while True:
                concurrency.spawn(serve, listener.accept()[0])

        task = concurrency.spawn(concurrency.interruptible, accept)
        yield f"127.0.0.1:{listener.getsockname()[1]}/v1"
        task.cancel()
        task.wait()


def failure(ask: Callable[[], object]) -> ProviderError:
    """Return the error of a request."""
    try:
        raise AssertionError(f"answered {ask()!r}")
    except ProviderError as error:
        return error


def read_request(connection: socket.socket) -> bytes:
    """Read a whole request: what is closed unread is reset, and the answer lost."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65536)
    head, _, body = data.partition(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
    while length and len(body) < int(length[1]):
        body += connection.recv(65536)
    return head


def chunked(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def eventually(condition: Callable[[], bool], what: Callable[[], Any]) -> None:
    assert concurrency.wait_until(condition, TIMEOUT), what()


def check_idle_and_usable(model: Model) -> None:
    """Wait until no connection is in use, and check that the next question is answered."""
    eventually(lambda: (model.counts()[0], model.counts()[2]) == (0, 0), lambda: model.pool.connections)
    assert model.answer() == COUNTED
    assert (model.counts()[0], model.counts()[2]) == (0, 0), model.pool.connections


def descriptors() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())
