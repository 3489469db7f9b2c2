"""Background tasks: a cancelled task ends where it waits in interruptible code, and nowhere else."""

import contextlib
import logging
import socket
import struct

import eventlet
import eventlet.event
import pytest

from chatapp.server import concurrency
from chatapp.server.concurrency import Event, Task


class Waiter:
    """The body of a task: wait in library code, then in ours."""

    def __init__(self):
        self.library, self.ours = eventlet.event.Event(), Event()
        self.seen = []

    def __call__(self):
        try:
            self.seen.append("began")
            self.library.wait()
            self.seen.append("left the library")
            self.ours.wait()
            self.seen.append("went on")
        except BaseException as error:
            self.seen.append(type(error).__name__)
            raise


@pytest.fixture
def waiter():
    return Waiter()


def settle():
    for _ in range(4):
        concurrency.sleep()


WAITS = {
    "sleep": lambda: concurrency.sleep(1000),
    "event": lambda: Event().wait(),
    "event with a time-out": lambda: Event().wait(1000),
    "condition": lambda: concurrency.wait_until(lambda: False, 1000),
    "interruptible call": lambda: concurrency.interruptible(eventlet.event.Event().wait),
}


@pytest.mark.parametrize("name", WAITS)
def test_a_cancelled_task_ends_where_it_waits(name):
    ended = []

    def wait():
        try:
            WAITS[name]()
        except concurrency.Cancelled:
            ended.append(name)
            raise

    task = Task(wait)
    settle()
    task.cancel()
    assert ended == [], "the caller of cancel() runs on first"
    task.wait()
    assert ended == [name]


def test_a_cancelled_task_first_returns_from_library_code(waiter):
    task = Task(waiter)
    settle()
    task.cancel()
    settle()
    assert waiter.seen == ["began"]
    waiter.library.send()
    task.wait()
    assert waiter.seen == ["began", "left the library", "Cancelled"]


def test_a_task_that_is_cancelled_before_it_begins_never_runs(waiter):
    task = Task(waiter)
    task.cancel()
    task.wait()
    assert waiter.seen == []


def test_a_task_that_ends_in_time_is_not_cancelled(waiter):
    waiter.library.send()
    task = Task(waiter)
    settle()
    task.cancel(after=1000)
    waiter.ours.set()
    task.wait()
    assert waiter.seen[-1] == "went on"


def test_a_task_still_running_after_the_delay_is_cancelled(waiter):
    waiter.library.send()
    task = Task(waiter)
    settle()
    task.cancel(after=0.001)
    task.wait()
    assert waiter.seen[-1] == "Cancelled"


def test_a_task_that_stays_in_library_code_is_killed_and_logged(waiter, monkeypatch, caplog):
    monkeypatch.setattr(concurrency, "CANCEL_SECONDS", 0.001)
    task = Task(waiter)
    settle()
    with caplog.at_level(logging.ERROR):
        task.cancel()
        task.wait()
    assert waiter.seen == ["began", "GreenletExit"]
    assert "self.library.wait()" in caplog.text


def test_tasks_are_counted_until_they_end(waiter):
    settle()  # let tasks of other tests end first
    before = Task.alive
    task = Task(waiter)
    settle()
    assert Task.alive == before + 1
    task.cancel()
    waiter.library.send()
    task.wait()
    assert Task.alive == before


@pytest.fixture
def pair():
    """A receiver, its socket, and the other end."""
    with contextlib.closing(eventlet.listen(("127.0.0.1", 0))) as listener:
        theirs = eventlet.connect(listener.getsockname())
        ours, _ = listener.accept()
    receiver = concurrency.receiver_of(ours)
    yield receiver, ours, theirs
    receiver.close()
    ours.close()
    theirs.close()


def test_a_receiver_returns_what_comes_and_then_the_end(pair):
    receiver, _, theirs = pair
    for text in (b"abc", b"d"):
        eventlet.spawn_after(0, theirs.sendall, text)
        assert receiver.receive(100) == text
    theirs.sendall(b"efgh")
    assert [receiver.receive(3), receiver.receive(3)] == [b"efg", b"h"]
    eventlet.spawn_after(0, theirs.close)
    assert receiver.receive(100) == b""


def test_a_receiver_reports_a_reset_as_the_end(pair):
    receiver, _, theirs = pair
    theirs.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    eventlet.spawn_after(0, theirs.close)
    assert receiver.receive(100) == b""


def test_a_receiver_waits_no_longer_than_it_is_told(pair):
    receiver, _, theirs = pair
    with pytest.raises(TimeoutError):
        receiver.receive(100, 0.001)
    theirs.sendall(b"late")
    assert receiver.receive(100, 10) == b"late"


def test_a_task_that_receives_can_be_cancelled_and_another_goes_on(pair):
    receiver, _, theirs = pair
    received = []
    task = Task(lambda: received.append(receiver.receive(100)))
    settle()
    task.cancel()
    task.wait()
    theirs.sendall(b"abc")
    assert receiver.receive(100) == b"abc"
    assert received == []


def test_what_comes_while_nobody_receives_keeps_the_hub_at_rest(pair):
    receiver, _, theirs = pair
    eventlet.spawn_after(0, theirs.sendall, b"a")
    receiver.receive(100)
    theirs.sendall(b"b")
    hub = eventlet.hubs.get_hub()
    turn = concurrency.Turn(0)
    before = hub.rounds
    concurrency.sleep(0.05)
    assert hub.rounds - before < 10
    assert not turn.is_over()
    assert receiver.receive(100) == b"b"


def test_a_closed_receiver_leaves_the_descriptor_to_the_next_socket(pair):
    receiver, ours, theirs = pair
    eventlet.spawn_after(0, theirs.sendall, b"a")
    receiver.receive(100)
    receiver.close()
    ours.close()
    with contextlib.closing(eventlet.listen(("127.0.0.1", 0))) as listener:
        client = eventlet.connect(listener.getsockname())
        served, _ = listener.accept()
        eventlet.spawn_after(0, client.sendall, b"new")
        assert served.recv(100) == b"new"
        client.close()
        served.close()


def test_only_plain_green_sockets_have_a_receiver():
    with contextlib.closing(eventlet.patcher.original("socket").socket()) as plain:
        assert concurrency.receiver_of(plain) is None
    assert concurrency.receiver_of(None) is None


def test_a_turn_ends_by_time_and_begins_anew_when_others_have_run(monkeypatch):
    now = 100.0
    monkeypatch.setattr(concurrency.time, "monotonic", lambda: now)
    turn = concurrency.Turn(5)
    assert not turn.is_over()
    now += 6
    assert turn.is_over()
    turn.give()
    assert not turn.is_over()


def test_a_wait_that_lets_nobody_run_does_not_begin_a_turn(pair, monkeypatch):
    receiver, _, theirs = pair
    now = 100.0
    monkeypatch.setattr(concurrency.time, "monotonic", lambda: now)
    turn = concurrency.Turn(5)
    assert not turn.is_over()
    theirs.sendall(b"abcdef")
    now += 6
    assert receiver.receive(3) == b"abc"
    assert turn.is_over()
