"""Background tasks: a cancelled task ends where it waits in interruptible code, and nowhere else."""

import logging

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
