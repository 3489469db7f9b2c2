"""The seam to eventlet. Besides this module only wsgi.py, gunicorn_worker.py and client_connection.py here, and
websocket.py and send_queue.py in `realtime` import it.

Green threads switch only where they wait, so code between two waits is atomic.
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

#: How long a cancelled task may take to reach an interruptible wait.
CANCEL_SECONDS = 30.0
Semaphore = eventlet.semaphore.Semaphore
#: The unpatched module: eventlet's has no poll(), and its select() yields.
_select = eventlet.patcher.original("select")
#: The unpatched module: eventlet's sleep() belongs to green threads.
_time = eventlet.patcher.original("time")
#: The unpatched module: eventlet's own resolver asks unicast DNS alone, and knows no mDNS (.local) and no VPN.
_socket = eventlet.patcher.original("socket")


def is_patched() -> bool:
    """Tell whether blocking calls of the standard library yield to other green threads."""
    return bool(eventlet.patcher.is_monkey_patched("socket"))


def sleep(seconds: float = 0) -> None:
    """Yield to other tasks for `seconds`. Interruptible."""
    interruptible(eventlet.sleep, seconds)


class Cancelled(BaseException):
    """Raised in a cancelled task, by an interruptible wait."""


class Task:
    """A background task. An unhandled exception is logged."""

    #: How many are running.
    alive = 0

    def __init__(self, function: Callable[..., Any], *args: Any) -> None:
        self.is_cancelled = self.is_interruptible = self._has_ended = False
        self._timer: Any = None
        Task.alive += 1
        self._green = eventlet.spawn(self._run, function, *args)
        self._green.task = self

    def cancel(self, after: float = 0) -> None:
        """Interrupt the task in its current or next interruptible wait: `sleep`, an `Event`, or `interruptible`.

        Nowhere else, so that no library's state is left inconsistent. Does not yield. `after`: cancel only if the task
        has not ended after so many seconds.
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
            self._green.task = None  # breaks the reference cycle
            Task.alive -= 1
            if self._timer:
                self._timer.cancel()

    def _after(self, seconds: float, step: Callable[[], None]) -> None:
        """Schedule the next step of the cancellation; it replaces a scheduled one."""
        if self._timer:
            self._timer.cancel()
        self._timer = eventlet.hubs.get_hub().schedule_call_global(seconds, step)

    def _interrupt(self) -> None:
        self._after(CANCEL_SECONDS, self._kill)
        if self.is_interruptible:
            self._green.throw(Cancelled)

    def _kill(self) -> None:
        """Kill the task, as a last resort: a task that waits for ever is worse than an inconsistent library."""
        stack = "".join(traceback.format_stack(self._green.gr_frame, limit=15))
        try:
            log.error(
                "A cancelled task has not ended for %g s and is killed where it waits:\n%s", CANCEL_SECONDS, stack
            )
        finally:
            self._green.throw(GreenletExit)


def spawn(function: Callable[..., Any], *args: Any) -> Task:
    """Run a function as a background task."""
    return Task(function, *args)


class Timer:
    """Runs a function as a background task after a while, unless it is cancelled before. Costs no task until then."""

    def __init__(self, seconds: float, function: Callable[..., Any], *args: Any) -> None:
        self._timer = eventlet.hubs.get_hub().schedule_call_global(seconds, spawn, function, *args)

    def cancel(self) -> None:
        """Do not start the task. Without effect once it has begun."""
        self._timer.cancel()


def interruptible(function: Callable[Arguments, Result], *args: Arguments.args, **kw: Arguments.kwargs) -> Result:
    """Call a function that waits; a cancelled task is interrupted inside it. It must not need clean-up of its own.

    In a cancelled task every further interruptible wait raises `Cancelled`, so clean-up must not wait.
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
    """Tell whether a read would return at once, with data or an end of file. Does not yield."""
    if descriptor < 0:
        return True
    poll = _select.poll()
    poll.register(descriptor, _select.POLLIN)
    return bool(poll.poll(0))


def start_threads() -> None:
    """Start the threads of `in_thread`. Must be called before there are connections.

    Later, the threads' socket could reuse the descriptor of a connection that is closed while it is still being read.
    """
    eventlet.tpool.setup()


def in_thread(function: Callable[..., Result], *args: Any) -> Result:
    """Run a function that computes or blocks in a native thread, and yield until it has returned.

    The function must not use this module, database sessions, or locks of green threads. It may open its own sqlite3
    connection.
    """
    result: Result = eventlet.tpool.execute(function, *args)
    return result


def sleep_in_thread(seconds: float) -> None:
    """Sleep in a native thread. The only function of this module that such a thread may call."""
    _time.sleep(seconds)


def look_up(host: str) -> list[str]:
    """Return the addresses of a name by the system's resolver, the best first, in a native thread. Raises OSError."""
    found = in_thread(lambda: _socket.getaddrinfo(host, None, type=_socket.SOCK_STREAM))
    return list(dict.fromkeys(_with_zone(*address) for *_, address in found))


def _with_zone(address: str, _port: int, _flow: int = 0, zone: int = 0) -> str:
    return f"{address}%{zone}" if zone else address


class Event:
    """An event that is set once. Any number of tasks may wait for it."""

    def __init__(self) -> None:
        self._event = eventlet.event.Event()

    def set(self) -> None:
        if not self._event.ready():
            self._event.send()

    def is_set(self) -> bool:
        return bool(self._event.ready())

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until it is set, or for `timeout` seconds. Returns whether it is set. Interruptible."""
        if not self._event.ready():
            interruptible(self._event.wait, timeout)
        return bool(self._event.ready())


def wait_until(condition: Callable[[], bool], timeout: float, every: float = 0.02) -> bool:
    """Poll a condition that has no event (another process's state). Returns whether it came true. Interruptible."""
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() >= deadline:
            return False
        sleep(every)
    return True
