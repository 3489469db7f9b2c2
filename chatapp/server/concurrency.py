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
import eventlet.greenio
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


class Receiver:
    """Receives from a socket without TLS, whose descriptor stays with the hub from one wait to the next.

    eventlet's own way hands it over and takes it back for each wait: two system calls, and two more layers of calls.
    """

    def __init__(self, connection: eventlet.greenio.GreenSocket) -> None:
        self._plain = connection.fd
        self._is_drained = False
        self._listener: Any = None
        self._waiter: Any = None

    def receive(self, size: int, timeout: float | None = None) -> bytes:
        """Return what has come, at most `size` bytes; nothing: the end, or a reset. Interruptible.

        Raises TimeoutError after `timeout` seconds, and OSError.
        """
        while True:
            if self._is_drained:  # most likely still: a try would cost more than the wait's end at once
                interruptible(self._wait, timeout)
            try:
                data: bytes = self._plain.recv(size)
            except BlockingIOError:
                self._is_drained = True
            except ConnectionResetError:
                return b""
            else:
                self._is_drained = len(data) < size
                return data

    def close(self) -> None:
        """Take the descriptor back. Must be called before the socket is closed."""
        if self._listener is not None:
            listener, self._listener = self._listener, None
            eventlet.hubs.get_hub().remove(listener)

    def _wait(self, timeout: float | None) -> None:
        hub, waiter = eventlet.hubs.get_hub(), getcurrent()
        timer = None
        if timeout is not None:
            timer = hub.schedule_call_global(timeout, waiter.throw, TimeoutError("Nothing has come in time."))
        self._waiter = waiter
        try:
            if self._listener is None:
                self._listener = hub.add(hub.READ, self._plain.fileno(), self._wake, self._fail, self._forget)
            hub.switch()
        finally:
            self._waiter = None
            if timer:
                timer.cancel()

    def _wake(self, _descriptor: int) -> None:
        """Called by the hub: there is something to read. While nobody waits, nothing is to be told."""
        if self._waiter:
            self._waiter.switch()
        else:
            self.close()

    def _fail(self, *error: Any) -> None:
        """Called by the hub: somebody else has closed the descriptor."""
        if self._waiter:
            self._waiter.throw(*error)

    def _forget(self, *_: Any) -> None:
        self._listener = None


def receiver_of(connection: Any) -> Receiver | None:
    """Return the receiver of a socket; None for one with TLS, or of unpatched code."""
    return Receiver(connection) if type(connection) is eventlet.greenio.GreenSocket else None


def _counting_hub() -> Any:
    """Return this thread's hub. It counts the rounds of its loop: in each it looks whom it can let run."""
    hub = eventlet.hubs.get_hub()
    if not hasattr(hub, "rounds"):
        hub.rounds, wait = 0, hub.wait

        def wait_and_count(seconds: float | None = None) -> None:
            hub.rounds += 1
            wait(seconds)

        hub.wait = wait_and_count
    return hub


class Turn:
    """How long a task may hold the loop. A wait that lets others run begins its next turn.

    Not every wait does: eventlet does not switch while data is ready.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._hub = _counting_hub()
        self._round = -1
        self._ends_at = 0.0

    def is_over(self) -> bool:
        """Tell whether the task has gone on for longer than its turn."""
        now = time.monotonic()
        if self._round != self._hub.rounds:
            self._round = self._hub.rounds
            self._ends_at = now + self._seconds
        return now > self._ends_at

    def give(self) -> None:
        """Let others run if the turn is over. Interruptible."""
        if self.is_over():
            sleep()
            self._round = -1  # others may have had their turn within this round


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
