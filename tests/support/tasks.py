"""The background tasks that a test has started in its own process, and their end."""

from typing import Any
from weakref import WeakSet

from chatapp.server import concurrency

_started: WeakSet[concurrency.Task] = WeakSet()
_start = concurrency.Task.__init__


def _note_and_start(task: concurrency.Task, *args: Any) -> None:
    _started.add(task)
    _start(task, *args)


concurrency.Task.__init__ = _note_and_start  # type: ignore[method-assign]


def end_all() -> None:
    """Cancel the tasks that are left, and wait for their end: they would go on in the midst of other tests."""
    for task in list(_started):
        task.cancel()
    for task in list(_started):
        task.wait()
    _started.clear()
