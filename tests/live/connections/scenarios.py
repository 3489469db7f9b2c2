"""`scenarios.py NAME BASE_URL`: one behaviour of the connections to a model's server, patched as a server is.

A scenario that fails raises. Waits have an end, after which a scenario fails.
"""

import contextlib
import os
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import eventlet

sys.path.insert(0, str(Path(__file__).parents[3]))
eventlet.monkey_patch()

import greenlet  # noqa: E402
import pytest  # noqa: E402
from eventlet.hubs import get_hub  # noqa: E402
from httpcore2 import ConnectionPool, Origin  # noqa: E402
from sqlalchemy import text  # noqa: E402

from chatapp.errors import ProviderError  # noqa: E402
from chatapp.generation import shared_streams  # noqa: E402
from chatapp.generation.chunk_buffer import ChunkBuffer  # noqa: E402
from chatapp.providers import Prompt  # noqa: E402
from chatapp.providers.openai.connections import Backend, PoolSettings  # noqa: E402
from chatapp.providers.openai.openai_compatible import OpenAICompatible  # noqa: E402
from chatapp.server import concurrency, metrics  # noqa: E402
from chatapp.storage.database import Database  # noqa: E402

QUICK, STEADY = "script?tokens=5", "script?tokens=1000&rate=50"
IN_PARTS = "script?tokens=5&rate=50"
COUNTED = "1 2 3 4 5 "
TIMEOUT = 20.0
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
ANSWER = b'data: {"choices": [{"delta": {"content": "hello"}, "finish_reason": "stop"}]}\n\ndata: [DONE]\n\n'
SCENARIOS: dict[str, Callable[[str], None]] = {}


def scenario(function: Callable[[str], None]) -> Callable[[str], None]:
    SCENARIOS[function.__name__] = function
    return function


class Model:
    """A provider, with access to its connection pool."""

    def __init__(self, base_url: str, **pool: Any) -> None:
        self.provider = OpenAICompatible(
            "test", base_url=base_url, api_key="none", connect_timeout=60.0, pool=PoolSettings(**pool)
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


def kill(_answer: Answer) -> None:
    """Raise in the reader what a kill raises."""
    raise greenlet.GreenletExit


@contextlib.contextmanager
def at_wait(task: concurrency.Task, number: int, act: Callable[[], None]) -> Iterator[Callable[[], int]]:
    """Act when a task begins its `number`th wait. Gives a function that returns the count of its waits."""
    hub, waits = get_hub(), 0
    switch = hub.switch

    def switch_and_count() -> Any:
        nonlocal waits
        if greenlet.getcurrent() is task._green:
            waits += 1
            if waits == number:
                act()
        return switch()

    with mock.patch.object(hub, "switch", switch_and_count):
        yield lambda: waits


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


def interrupt_at_every_wait(base_url: str, interrupt: Callable[[Answer], None], idle: int) -> int:
    """Interrupt an answer at its first wait, another one at its second, and so on. Return the number of waits.

    `idle`: the number of idle connections before each answer.
    """
    number = 0
    while True:
        number += 1
        model, before = Model(base_url), descriptors()
        for answer in [Answer(model) for _ in range(idle)]:
            answer.reader.wait()
        assert model.counts() == (0, idle, 0)
        answer = Answer(model, IN_PARTS)
        with at_wait(answer.reader, number, lambda answer=answer: interrupt(answer)) as waits:
            answer.reader.wait()
            check_idle_and_usable(model)
            model.pool.close()
            assert descriptors() == before, f"wait {number}"
            if waits() < number:
                assert answer.text() == COUNTED
                return waits()


@scenario
def no_task_switches_within_the_bookkeeping_of_the_pool(base_url: str) -> None:
    model, answers, switches = Model(base_url), [], []

    def trace(_event: str, greenlets: tuple[Any, Any]) -> None:
        frame = greenlets[0].gr_frame
        while frame:
            if frame.f_code is ConnectionPool._assign_requests_to_connections.__code__:
                switches.append(greenlets)
            frame = frame.f_back

    greenlet.settrace(trace)
    for _ in range(5):
        tasks = [concurrency.spawn(lambda: answers.append(model.answer())) for _ in range(20)]
        for task in tasks:
            task.wait()
    greenlet.settrace(None)
    assert answers == [COUNTED] * 100
    assert switches == []
    assert model.counts() == (0, 20, 0), model.pool.connections


@scenario
def the_connection_of_an_ended_answer_is_reused(base_url: str) -> None:
    model = Model(base_url)
    for _ in range(50):
        answer = Answer(model)
        assert answer.text() == COUNTED
        answer.leave()
        answer.reader.wait()
        assert model.counts() == (0, 1, 0), model.pool.connections
    assert "Request Count: 50" in repr(model.pool.connections)


@scenario
def a_stop_at_any_wait_leaves_no_connection(base_url: str) -> None:
    for idle in (0, 3):
        assert interrupt_at_every_wait(base_url, Answer.leave, idle) >= 2


@scenario
def a_kill_at_any_wait_leaves_no_connection(base_url: str) -> None:
    """A kill is the last resort of a stop."""
    for idle in (0, 3):
        assert interrupt_at_every_wait(base_url, kill, idle) >= 2


@scenario
def a_stop_or_a_kill_beside_other_answers_leaves_no_connection(base_url: str) -> None:
    """An interrupted reader may wait for others that are using the pool."""

    def ask_again_and_again() -> None:
        while not is_over:
            answers.append(model.answer())

    model, before, answers, is_over = Model(base_url), descriptors(), [], False
    others = [concurrency.spawn(ask_again_and_again) for _ in range(8)]
    for interrupt in (Answer.leave, kill):
        for number in range(1, 25):
            answer = Answer(model, IN_PARTS)
            with at_wait(answer.reader, number % 12, lambda answer=answer, interrupt=interrupt: interrupt(answer)):
                answer.reader.wait()
    is_over = True
    for other in others:
        other.wait()
    check_idle_and_usable(model)
    assert set(answers) == {COUNTED}
    model.pool.close()
    assert descriptors() == before


@scenario
def a_reader_is_stopped_only_where_it_waits_for_the_server(base_url: str) -> None:
    """Within the pool, where it waits for a connection, it is stopped once it has left the pool, or killed."""
    model = Model(base_url, connections=1, wait_seconds=60.0)
    first = Answer(model, STEADY)
    first.wait_first_chunk()
    second, third = Answer(model), Answer(model)
    eventually(lambda: model.counts()[2] == 3, model.counts)
    second.leave()
    concurrency.sleep()
    assert model.counts() == (1, 0, 3)
    with mock.patch.object(concurrency, "CANCEL_SECONDS", 0.01), mock.patch.object(concurrency.log, "error") as error:
        third.leave()
        third.reader.wait()
        assert "wait_for_connection" in error.call_args.args[2]
    assert model.counts() == (1, 0, 2)
    first.leave()
    second.reader.wait()
    check_idle_and_usable(model)


@scenario
def a_full_pool_is_reported_as_an_error(base_url: str) -> None:
    model = Model(base_url, connections=1, wait_seconds=0.1)
    first = Answer(model, STEADY)
    first.wait_first_chunk()
    with pytest.raises(ProviderError, match=r"^All 1 connections to the model's server are in use") as raised:
        model.answer()
    assert raised.value.code == "rate_limited", "the provider is not down"
    assert raised.value.retry_after
    figures = metrics.exposition().decode()
    assert 'chatapp_upstream_waits_timed_out_total{provider="test"} 1.0' in figures
    assert 'chatapp_upstream_connections{provider="test",state="busy"} 1.0' in figures
    assert 'chatapp_upstream_limits{limit="connections",provider="test"} 1.0' in figures
    assert 'chatapp_upstream_limits{limit="wait_seconds",provider="test"} 0.1' in figures
    first.leave()
    first.reader.wait()
    check_idle_and_usable(model)


@scenario
def an_idle_connection_is_closed_after_the_idle_time(base_url: str) -> None:
    model = Model(base_url, idle_seconds=0.5)
    before = descriptors()
    assert model.answer() == COUNTED
    assert model.counts() == (0, 1, 0)
    eventually(lambda: descriptors() == before and model.counts() == (0, 0, 0), model.counts)
    check_idle_and_usable(model)


@scenario
def a_connection_closed_by_the_server_is_closed(_base_url: str) -> None:
    """Otherwise it would stay in CLOSE_WAIT until the next question."""

    def serve(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(HEAD + chunked(ANSWER) + b"0\r\n\r\n")
        may_close.wait()
        connection.close()

    may_close = concurrency.Event()
    with odd_server(serve) as address:
        model = Model(f"http://{address}", idle_seconds=600.0)
        assert model.answer() == "hello"
        assert model.counts() == (0, 1, 0)
        may_close.set()
        eventually(lambda: model.counts() == (0, 0, 0), model.counts)


def ask_on_a_kept_connection(second: Callable[[socket.socket], None]) -> tuple[list[int], str]:
    """Ask twice; `second` handles the second request on the first connection.

    Return the number of each request's connection, and the second answer or the code of its error.
    """

    def serve(connection: socket.socket) -> None:
        number = len(connections)
        if connection.recv(65536):
            connections.append(number)
            connection.sendall(HEAD + chunked(ANSWER) + b"0\r\n\r\n")
            if number == 0:
                second(connection)
                connection.close()

    connections: list[int] = []
    with odd_server(serve) as address:
        model = Model(f"http://{address}")
        assert model.answer() == "hello"
        try:
            return connections, model.answer()
        except ProviderError as error:
            return connections, error.code


@scenario
def a_request_that_a_closed_connection_did_not_deliver_is_sent_again(_base_url: str) -> None:
    """However late the close is noticed."""

    def close_late(connection: socket.socket) -> None:
        connection.recv(1, socket.MSG_PEEK)
        concurrency.sleep(0.7)

    connections, answer = ask_on_a_kept_connection(close_late)
    assert (connections, answer) == ([0, 1], "hello")


@scenario
def a_request_that_was_read_is_not_sent_again(_base_url: str) -> None:
    def read_and_close(connection: socket.socket) -> None:
        assert connection.recv(65536)
        concurrency.sleep(0.7)

    connections, answer = ask_on_a_kept_connection(read_and_close)
    assert (connections, answer) == ([0], "provider_unavailable")


@scenario
def a_connection_that_stays_open_after_the_end_of_a_stream_is_closed(_base_url: str) -> None:
    def serve(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(HEAD + chunked(ANSWER))
        was_closed.append(connection.recv(1) == b"")

    was_closed: list[bool] = []
    with odd_server(serve) as address, mock.patch.object(shared_streams, "DRAIN_SECONDS", 0.1):
        model = Model(f"http://{address}")
        answer = Answer(model)
        assert answer.text() == "hello"
        answer.leave()
        answer.reader.wait()
        eventually(lambda: was_closed == [True], model.counts)
        assert model.counts() == (0, 0, 0)


@scenario
def a_stop_ends_an_attempt_to_connect(_base_url: str) -> None:
    """The kernel does not answer behind a full backlog, and a server may never answer a TLS handshake."""
    with contextlib.closing(socket.create_server(("127.0.0.1", 0), backlog=0)) as listener:
        fillers = [socket.socket() for _ in range(2)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        stop_while_connecting(f"http://127.0.0.1:{listener.getsockname()[1]}/v1")
        for filler in fillers:
            filler.close()

    def serve(connection: socket.socket) -> None:
        hello.append(connection.recv(65536))
        was_closed.append(connection.recv(65536) == b"")

    hello: list[bytes] = []
    was_closed: list[bool] = []
    with odd_server(serve) as address:
        stop_while_connecting(f"https://{address}", lambda: bool(hello))
        eventually(lambda: was_closed == [True], lambda: was_closed)


def stop_while_connecting(base_url: str, until: Callable[[], bool] = lambda: True) -> None:
    model = Model(base_url)
    before = descriptors()
    answer = Answer(model)
    eventually(lambda: descriptors() > before and model.counts() == (1, 0, 1) and until(), model.counts)
    answer.leave()
    answer.reader.wait()
    assert model.counts() == (0, 0, 0)
    eventually(lambda: descriptors() == before, descriptors)


@scenario
def proxies_from_the_environment_use_the_safe_backend(base_url: str) -> None:
    with mock.patch.dict(os.environ, {"HTTP_PROXY": "http://127.0.0.1:9", "HTTPS_PROXY": "http://127.0.0.1:9"}):
        model = Model(base_url)
    pools = [model.pool, *(transport._pool for transport in model.client._mounts.values() if transport)]
    assert len(pools) == 3
    assert all(isinstance(pool._network_backend, Backend) for pool in pools)
    plain = pools[1].create_connection(Origin(b"http", b"model.example", 80))
    assert isinstance(plain._connection._network_backend, Backend)


@scenario
def interrupted_tasks_return_their_database_connections(_base_url: str) -> None:
    """Tasks that hold a connection, and tasks that wait for one."""

    def hold() -> None:
        with database.read() as session:
            session.execute(text("SELECT 1"))
            started.append(1)
            concurrency.sleep(1000)

    database, started = Database(), []
    with tempfile.TemporaryDirectory() as folder:
        database.bind(f"sqlite:///{folder}/test.db")
        holders = [concurrency.spawn(hold) for _ in range(15)]
        eventually(lambda: len(started) == 15, lambda: started)
        waiters = [concurrency.spawn(concurrency.interruptible, hold) for _ in range(3)]
        concurrency.sleep()
        for task in (*waiters, *holders):
            task.cancel()
            task.wait()
        assert len(started) == 15
        assert database.engine.pool.checkedout() == 0
        again = [concurrency.spawn(hold) for _ in range(15)]
        eventually(lambda: len(started) == 30, lambda: started)
        for task in again:
            task.cancel()
            task.wait()
        database.engine.dispose()


def main() -> None:
    name, base_url = sys.argv[1:]
    SCENARIOS[name](base_url)


if __name__ == "__main__":
    main()
