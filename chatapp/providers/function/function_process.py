"""The life cycle of a function's process, on the server's side: start, calls, retirement, exit."""

import contextlib
import itertools
import json
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dotenv import dotenv_values

from chatapp import PACKAGE
from chatapp.errors import ProviderError
from chatapp.function_host import frames
from chatapp.providers.function.function_call import FunctionCall, clean
from chatapp.providers.function.function_output import Output
from chatapp.server import concurrency

MAIN = PACKAGE / "function_host" / "__main__.py"
#: What is the server's alone; a key of a model's server is for the function to use.
SECRET = {"CHATAPP_SECRET_KEY", "CHATAPP_PASSWORD", "CHATAPP_METRICS_TOKEN", "LISTEN_FDS", "LISTEN_PID"}
#: How long a stopped answer may tidy up before its process is given up.
TIDY_SECONDS = 10.0
#: The same for a process that is no longer needed.
END_SECONDS = 2.0
#: How long what it printed is read after its end: what it started may hold the pipe open.
OUTPUT_SECONDS = 1.0

Files = dict[str, tuple[int, int]]
OnExit = Callable[["FunctionProcess"], None]


class FunctionProcess:
    """One process. It takes questions once it is `ready` without a `problem`."""

    def __init__(self, target: str, folder: Path, log: logging.Logger, *, is_watched: bool, on_exit: OnExit) -> None:
        """`is_watched`: notice edits of its code. `on_exit`: called with the process once it has ended."""
        self.ready = concurrency.Event()
        self.over = concurrency.Event()
        self.problem: ProviderError | None = None
        self.is_retired = False
        self.started_at = time.monotonic()
        self._notify_exit = on_exit
        self._target = target
        self._log = log
        self._calls: dict[int, FunctionCall] = {}
        self._numbers = itertools.count(1)
        self._files: Files = {}
        self._patience = TIDY_SECONDS
        self._is_ending = False
        self._wall_clock = time.time_ns()
        self._control, other = socket.socketpair()
        try:
            self._popen = self._start(target, folder, other, is_watched=is_watched)
        except OSError as error:
            self._control.close()
            raise ProviderError(
                "provider_unavailable", "The function's process cannot start: {error}.", error=str(error)
            ) from None
        finally:
            other.close()
        concurrency.spawn(self._listen)

    @property
    def pid(self) -> int:
        return self._popen.pid

    @property
    def is_usable(self) -> bool:
        return not (self.is_retired or self.problem or self.over.is_set())

    def is_outdated(self) -> bool:
        """Tell whether a file of the person's code is no longer what was imported."""
        return any(_has_changed(path, state) for path, state in self._files.items())

    def call(self) -> FunctionCall:
        """Return a new call, handed over to the process."""
        call = FunctionCall(next(self._numbers), self._log)
        self._calls[call.number] = call
        try:
            with contextlib.suppress(OSError):  # it has died, and will not take it
                call.hand_over(self._control)
        except BaseException:
            del self._calls[call.number]
            call.close()
            self._end_if_idle()
            raise
        return call

    def close(self, call: FunctionCall) -> None:
        """Stop a call, or let go of one that has ended."""
        call.close()
        if not call.has_ended and call.number in self._calls:
            concurrency.spawn(self._await_cleanup, call)
        self._end_if_idle()

    def retire(self, patience: float = TIDY_SECONDS) -> None:
        """Take no more questions; end once the answers that run are given, and the stopped ones tidied up."""
        if not self.is_retired:
            self.is_retired = True
            self._patience = patience
        self._end_if_idle()

    def end(self, patience: float = END_SECONDS) -> None:
        """Let it stop what runs and tidy up, for so many seconds; then kill it."""
        self.is_retired = True
        with contextlib.suppress(OSError):
            self._control.shutdown(socket.SHUT_WR)
        # One that still imports does not listen.
        if not self.ready.is_set() or not self.over.wait(patience):
            self._kill()
            self.over.wait()

    def failure(self) -> ProviderError:
        """Return what is said to a question whose answer ended with the process."""
        self.over.wait(END_SECONDS)
        if not self.over.is_set():
            self.retire()  # its code has closed what is not its own
            return ProviderError("provider_error", "The function's process let go of this answer.")
        return ProviderError(
            "provider_error", "The function's process {how} while it wrote this answer.", how=self._exit_cause()
        )

    def _start(
        self, target: str, folder: Path, control: socket.socket, *, is_watched: bool
    ) -> "subprocess.Popen[bytes]":
        reading, writing = os.pipe()
        descriptor = str(control.fileno())
        watched = ["-B"] if is_watched else []  # what was edited twice within a second is else taken from the cache
        command = [sys.executable, "-P", "-u", *watched, str(MAIN), target, str(folder), descriptor, str(os.getpid())]
        try:
            process = subprocess.Popen(  # noqa: S603 -- our own interpreter and file
                [*command, "watched" if is_watched else ""],
                cwd=folder,
                env=_environment(),
                stdin=subprocess.DEVNULL,
                stdout=writing,
                stderr=writing,
                pass_fds=[control.fileno()],
                start_new_session=True,  # Ctrl-C is for the server; and what the function starts ends with it
            )
        except BaseException:
            os.close(reading)
            raise
        finally:
            os.close(writing)
        self._output = concurrency.spawn(Output(self._log).read, reading)
        return process

    def _listen(self) -> None:
        found = frames.Frames()
        try:
            with contextlib.suppress(OSError, ValueError):
                while data := self._control.recv(64 * 1024):
                    for kind, payload in found.feed(data):
                        self._handle(kind, payload)
        finally:
            self._on_exit()

    def _handle(self, kind: bytes, payload: bytes) -> None:
        if kind == frames.DONE:
            call = self._calls.pop(int.from_bytes(payload), None)
            if call:
                call.done.set()
            return
        message: dict[str, Any] = json.loads(payload)
        if kind == frames.FILES:
            self._watch(message)
            return
        self._watch(message["files"])
        if kind == frames.BROKEN:
            self.problem = ProviderError(
                "provider_unavailable",
                "The function {target} cannot be loaded: {error}",
                target=self._target,
                error=clean(message["message"]),
            )
            self._log.error("%s\n%s", self.problem, clean(message["traceback"]).rstrip())
        self.ready.set()

    def _watch(self, files: Files) -> None:
        """Remember the state of files; one that was written after the start may have been imported before that."""
        now = time.time_ns()
        for path, (changed_at, size) in files.items():
            is_doubtful = path not in self._files and self._wall_clock <= changed_at <= now
            self._files.setdefault(path, (0 if is_doubtful else changed_at, size))

    def _on_exit(self) -> None:
        """Note how it ended and wake the waiting calls. Processes that it had started are killed."""
        self._kill()
        self._popen.wait()
        self._control.close()
        self._output.cancel(after=OUTPUT_SECONDS)
        if not self.ready.is_set():
            self.problem = ProviderError(
                "provider_unavailable",
                "The function {target} cannot be loaded: its process {how} meanwhile.",
                target=self._target,
                how=self._exit_cause(),
            )
        if not self.is_retired and (not self.problem or not self.ready.is_set()):
            self._log.error("The process of %s %s", self._target, self._exit_cause())
        self.over.set()
        self.ready.set()
        for call in self._calls.values():
            call.done.set()
            call.cut()
        self._notify_exit(self)

    def _exit_cause(self) -> str:
        status = self._popen.returncode
        if status >= 0:
            return f"exited with status {status}"
        name = signal.Signals(-status).name if -status in set(signal.Signals) else f"signal {-status}"
        hint = "; the machine may be out of memory" if -status == signal.SIGKILL else ""
        return f"was killed by {name} ({signal.strsignal(-status)}{hint})"

    def _kill(self) -> None:
        if self._popen.returncode is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._popen.pid, signal.SIGKILL)

    def _await_cleanup(self, call: FunctionCall) -> None:
        if not call.done.wait(TIDY_SECONDS) and self.is_usable:
            self._log.warning(
                "A stopped answer still runs after %g s without giving anything: a new process takes over", TIDY_SECONDS
            )
            self.retire(END_SECONDS)

    def _end_if_idle(self) -> None:
        if self.is_retired and not self._is_ending and not any(call.is_open for call in self._calls.values()):
            self._is_ending = True
            concurrency.spawn(self.end, self._patience)


def _environment() -> dict[str, str]:
    """Return the server's environment without its secrets, and with what `.env` says: the settings know that, too."""
    written = {name: value for name, value in dotenv_values(".env").items() if value is not None}
    return {name: value for name, value in {**written, **os.environ}.items() if name not in SECRET}


def _has_changed(path: str, state: tuple[int, int]) -> bool:
    try:
        found = os.stat(path)  # noqa: PTH116 -- asked often, of many
    except OSError:
        return True
    return (found.st_mtime_ns, found.st_size) != tuple(state)
