"""A clock that goes on by hand, for the modules that measure time."""

import pytest


class Clock:
    """Stands in for the module `time`."""

    def __init__(self):
        self.now = 1000.0

    def monotonic(self):
        return self.now


@pytest.fixture
def hand_clock(monkeypatch):
    """Set the clock of a module."""

    def set_clock(module):
        clock = Clock()
        monkeypatch.setattr(module, "time", clock)
        return clock

    return set_clock
