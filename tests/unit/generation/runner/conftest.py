"""The runner's clock and its pauses, under a test's control."""

import pytest

from chatapp.generation import flushes, runner, running_generation
from chatapp.server import concurrency


class Clock:
    """A clock that only the test advances."""

    def __init__(self):
        self.now = 1000.0

    def monotonic(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    for module in (flushes, runner, running_generation):
        monkeypatch.setattr(module, "time", clock)
    return clock


class Pause:
    """The runner's pauses between two flushes: their seconds, and `over`, which ends them all."""

    def __init__(self):
        self.seconds = []
        self.over = concurrency.Event()

    def sleep(self, seconds):
        self.seconds.append(seconds)
        self.over.wait()

    def __getattr__(self, name):
        return getattr(concurrency, name)


@pytest.fixture
def pause(clock, monkeypatch):
    pause = Pause()
    monkeypatch.setattr(flushes, "concurrency", pause)
    return pause
