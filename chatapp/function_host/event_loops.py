"""Event loops for asynchronous functions, each in a thread of its own.

Every answer has its own loop, so that a blocking one does not delay the others. But an object bound to one loop, like
an AsyncOpenAI client in a module, fails on another: if a module of the user has one, all answers share the first
loop.
"""

import asyncio
import inspect
import threading
from collections.abc import Callable, Coroutine, Iterable
from types import ModuleType
from typing import Any, TypeVar

Result = TypeVar("Result")


class EventLoops:
    """The loops of one process. The most recently used idle loop is used next: clients may be bound to it."""

    def __init__(self, modules: Callable[[], Iterable[ModuleType]]) -> None:
        self._modules = modules
        self._first: asyncio.AbstractEventLoop | None = None
        self._idle: list[asyncio.AbstractEventLoop] = []
        self._lock = threading.Lock()
        self._is_shared = False

    def run(self, coroutine: Coroutine[Any, Any, Result]) -> Result:
        """Run a coroutine on a loop, and wait in this thread for its result."""
        loop = self._take()
        try:
            return asyncio.run_coroutine_threadsafe(coroutine, loop).result()
        finally:
            self._give_back(loop)

    def _take(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            self._is_shared = self._is_shared or any(is_bound_to_loop(module) for module in self._modules())
            if self._is_shared and self._first:
                return self._first
            loop = self._idle.pop() if self._idle else _start()
            self._first = self._first or loop
            return loop

    def _give_back(self, loop: asyncio.AbstractEventLoop) -> None:
        with self._lock:
            if loop not in self._idle:
                self._idle.append(loop)


def is_bound_to_loop(module: ModuleType) -> bool:
    """Tell whether a module holds an object bound to one event loop, directly or in an attribute of an object."""
    return any(
        _is_bound(value) or any(_is_bound(part) for part in _parts(value)) for value in tuple(vars(module).values())
    )


def _parts(value: Any) -> tuple[Any, ...]:
    if isinstance(value, ModuleType | type) or inspect.isroutine(value):
        return ()
    try:
        return tuple(vars(value).values())
    except TypeError:
        return ()


def _is_bound(value: Any) -> bool:
    kind = type(value)
    return hasattr(kind, "__aenter__") or (kind.__module__.startswith("asyncio.") and not isinstance(value, type))


def _start() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    threading.Thread(target=_serve, args=(loop,), name="event loop", daemon=True).start()
    return loop


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    while True:
        try:
            loop.run_forever()
        except (SystemExit, KeyboardInterrupt):
            continue  # a task of the user called sys.exit(), which ends only the task
