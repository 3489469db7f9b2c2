"""Readers that are stopped or killed, wherever they wait, leave no connection behind."""

import contextlib
import socket
import tempfile
from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock

import greenlet
from eventlet.hubs import get_hub
from sqlalchemy import text

from chatapp.server import concurrency
from chatapp.storage.database import Database
from live.connections.scenarios.harness import (
    COUNTED,
    IN_PARTS,
    STEADY,
    Answer,
    Model,
    check_idle_and_usable,
    descriptors,
    eventually,
    odd_server,
    scenario,
)


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
