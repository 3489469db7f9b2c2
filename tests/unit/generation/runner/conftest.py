"""The runner's clock and its pauses, under a test's control."""

import math

import pytest

from chatapp.generation import progress, pump, runner, running_generation
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
    for module in (progress, pump, runner, running_generation):
        monkeypatch.setattr(module, "time", clock)
    return clock


class Pause:
    """The pump's pauses between two flushes: their seconds, and `over`, which ends them all."""

    def __init__(self, clock):
        self.seconds = []
        self.over = concurrency.Event()
        self._clock = clock
        self._wait = pump.Pump._wait

    def wait(self, running_pump, seconds):
        if seconds == math.inf:
            self._wait(running_pump, seconds)
            return
        self.seconds.append(seconds)
        self.over.wait()
        self._clock.now += seconds


@pytest.fixture
def pause(clock, monkeypatch):
    pause = Pause(clock)
    monkeypatch.setattr(pump.Pump, "_wait", lambda running_pump, seconds: pause.wait(running_pump, seconds))
    return pause
