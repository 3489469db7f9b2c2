"""The seam to eventlet: with wsgi.py, gunicorn_worker.py and realtime/websocket.py, the only code that names it.

Green threads switch only where they wait, so code between two waits runs as one piece.
"""

import logging
import time
import traceback
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

import eventlet
import eventlet.event
import eventlet.hubs
import eventlet.patcher
import eventlet.semaphore
import eventlet.tpool
from greenlet import GreenletExit, getcurrent

log = logging.getLogger(__name__)

Result = TypeVar("Result")
Arguments = ParamSpec("Arguments")

#: How long a cancelled task may take to reach a place where it can be interrupted.
CANCEL_SECONDS = 30.0
Semaphore = eventlet.semaphore.Semaphore
#: The unpatched module: eventlet's has no poll(), and its select() yields.
_select = eventlet.patcher.original("select")


def is_patched() -> bool:
    """Tell whether blocking calls of the standard library yield to other green threads."""
    return bool(eventlet.patcher.is_monkey_patched("socket"))


def sleep(seconds: float = 0) -> None:
    """Let others run, for so many seconds. A cancelled task is interrupted here."""
    interruptible(eventlet.sleep, seconds)


class Cancelled(BaseException):
    """Raised in a cancelled task, in a wait that can be interrupted."""


class Task:
    """A background task. A failure that nobody handled is logged."""

    #: How many have not ended.
    alive = 0

    def __init__(self, function: Callable[..., Any], *args: Any) -> None:
        self.is_cancelled = self.is_interruptible = self._has_ended = False
        self._timer: Any = None
        Task.alive += 1
        self._green = eventlet.spawn(self._run, function, *args)
        self._green.task = self

    def cancel(self, after: float = 0) -> None:
        """Interrupt the task in `sleep`, in a wait for an `Event` or in `interruptible`: where it waits now, or next.

        Nowhere else, so that no library's state is left inconsistent. Does not yield. `after`: seconds to wait first; a
        task that has ended by then is not cancelled.
        """
        if self._has_ended or self.is_cancelled:
            return
        self.is_cancelled = not after
        self._after(after, self.cancel if after else self._interrupt)

    def wait(self) -> None:
        """Wait for the end."""
        self._green.wait()

    def _run(self, function: Callable[..., Any], *args: Any) -> None:
        try:
            if not self.is_cancelled:
                function(*args)
        except (Cancelled, GreenletExit):
            pass
        except Exception:
            log.exception("A background task failed: %s", function.__qualname__)
        finally:
            self._has_ended = True
            self._green.task = None  # else only the garbage collector would find the two
            Task.alive -= 1
            if self._timer:
                self._timer.cancel()

    def _after(self, seconds: float, step: Callable[[], None]) -> None:
        """Schedule the next step of the cancellation, in place of one that is scheduled already."""
        if self._timer:
            self._timer.cancel()
        self._timer = eventlet.hubs.get_hub().schedule_call_global(seconds, step)

    def _interrupt(self) -> None:
        self._after(CANCEL_SECONDS, self._kill)
        if self.is_interruptible:
            self._green.throw(Cancelled)

    def _kill(self) -> None:
        """The last resort: a task that waits for something that may never come is worse than a wrong pool."""
        place = "".join(traceback.format_stack(self._green.gr_frame, limit=15))
        try:
            log.error(
                "A cancelled task has not ended for %g s and is killed where it waits:\n%s", CANCEL_SECONDS, place
            )
        finally:
            self._green.throw(GreenletExit)


def spawn(function: Callable[..., Any], *args: Any) -> Task:
    """Run `function` beside the caller."""
    return Task(function, *args)


def interruptible(function: Callable[Arguments, Result], *args: Arguments.args, **kw: Arguments.kwargs) -> Result:
    """Call a function that waits, and needs no clean-up of its own: a cancelled task is interrupted inside it.

    In a cancelled task every further wait raises `Cancelled`: clean-up must not wait.
    """
    task: Task | None = getattr(getcurrent(), "task", None)
    if task is None:
        return function(*args, **kw)
    if task.is_cancelled:
        raise Cancelled
    task.is_interruptible = True
    try:
        return function(*args, **kw)
    finally:
        task.is_interruptible = False


def is_readable(descriptor: int) -> bool:
    """Tell whether there is something to read, or an end of file. Does not yield."""
    if descriptor < 0:
        return True
    poll = _select.poll()
    poll.register(descriptor, _select.POLLIN)
    return bool(poll.poll(0))


def start_threads() -> None:
    """Start the threads of `in_thread`, before any connection: later their socket might get the number of one that is
    just being closed, and that somebody still reads."""
    eventlet.tpool.setup()


def in_thread(function: Callable[..., Result], *args: Any) -> Result:
    """Run what takes long, or blocks, in a native thread, and wait for its result by yielding.

    The thread is outside of the hub: nothing in it may use this module, the database's sessions, or a lock that
    green threads use. A connection of its own (sqlite3's) is right.
    """
    result: Result = eventlet.tpool.execute(function, *args)
    return result


class Event:
    """Something that happens once. Many may wait for it."""

    def __init__(self) -> None:
        self._event = eventlet.event.Event()

    def set(self) -> None:
        if not self._event.ready():
            self._event.send()

    def is_set(self) -> bool:
        return bool(self._event.ready())

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until it has happened, or for `timeout` seconds. Returns whether it has. Interruptible."""
        if not self._event.ready():
            interruptible(self._event.wait, timeout)
        return bool(self._event.ready())


def wait_until(condition: Callable[[], bool], timeout: float, every: float = 0.02) -> bool:
    """Wait for a condition that cannot announce itself (another process's). Returns whether it came true."""
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() >= deadline:
            return False
        sleep(every)
    return True
