"""The life cycle of a function's process: start, calls, retirement, exit."""

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
from chatapp.providers.function import process_exit
from chatapp.providers.function.function_call import FunctionCall
from chatapp.providers.function.function_output import Output
from chatapp.providers.masking import mask
from chatapp.server import concurrency

MAIN = PACKAGE / "function_host" / "__main__.py"
#: Variables that the process does not get. API keys of model servers are not secret from it: it may use them.
SECRET_VARIABLES = {
    "CHATAPP_SECRET_KEY",
    "CHATAPP_SECRET_KEY_FALLBACKS",
    "CHATAPP_PASSWORD",
    "CHATAPP_METRICS_TOKEN",
    "DATABASE_URL",
    "LISTEN_FDS",
    "LISTEN_PID",
}
#: How long a stopped answer may clean up before its process is replaced.
CLEANUP_SECONDS = 10.0
#: The same for a process that is no longer needed.
END_SECONDS = 2.0
#: How long its output is read after its end; processes that it has started may hold the pipe open.
OUTPUT_SECONDS = 1.0

Files = dict[str, tuple[int, int]]
OnExit = Callable[["FunctionProcess"], None]


class FunctionProcess:
    """One process. It accepts calls once `ready` is set and `problem` is None."""

    def __init__(self, target: str, folder: Path, log: logging.Logger, *, is_watched: bool, on_exit: OnExit) -> None:
        """Start the process. `is_watched`: notice edits of its code; `on_exit`: called once it has ended."""
        self.ready = concurrency.Event()
        self.over = concurrency.Event()
        self.problem: ProviderError | None = None
        self.is_retired = False
        self.takes_partial = False  # known once it is ready
        self.started_at = time.monotonic()
        self._notify_exit = on_exit
        self._target = target
        self._log = log
        self._calls: dict[int, FunctionCall] = {}
        self._numbers = itertools.count(1)
        self._files: Files = {}
        self._end_timeout = CLEANUP_SECONDS
        self._is_ending = False
        self._wall_clock = time.time_ns()
        self._control, other = socket.socketpair()
        try:
            self._popen = self._start(target, folder, other, is_watched=is_watched)
        except OSError as error:
            self._control.close()
            raise ProviderError(
                "provider_unavailable", "The function's process cannot start.", provider_message=str(error)
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
        """Tell whether a file of the user's code has changed since its import."""
        return any(_has_changed(path, state) for path, state in self._files.items())

    def call(self) -> FunctionCall:
        """Return a new call, passed to the process."""
        call = FunctionCall(next(self._numbers), self._log)
        self._calls[call.number] = call
        try:
            with contextlib.suppress(OSError):  # the process has died, so the call is not accepted
                call.hand_over(self._control)
        except BaseException:
            del self._calls[call.number]
            call.close()
            self._end_if_idle()
            raise
        return call

    def close(self, call: FunctionCall) -> None:
        """Close a call, which stops its answer if it has not ended."""
        call.close()
        if not call.has_ended and call.number in self._calls:
            concurrency.spawn(self._await_cleanup, call)
        self._end_if_idle()

    def retire(self, timeout: float = CLEANUP_SECONDS) -> None:
        """Accept no more calls, and end once the running ones have ended. `timeout`: as for `end`."""
        if not self.is_retired:
            self.is_retired = True
            self._end_timeout = timeout
        self._end_if_idle()

    def end(self, timeout: float = END_SECONDS) -> None:
        """Stop the running answers, wait `timeout` seconds for their clean-up, then kill the process."""
        self.is_retired = True
        with contextlib.suppress(OSError):
            self._control.shutdown(socket.SHUT_WR)
        # A process that is still importing does not read its control socket.
        if not self.ready.is_set() or not self.over.wait(timeout):
            self._kill()
            self.over.wait()

    def failure(self) -> ProviderError:
        """Return the error of an answer whose call was closed by the process, or ended with it."""
        self.over.wait(END_SECONDS)
        if not self.over.is_set():
            self.retire()  # the user's code has closed a socket that is not its own
            return ProviderError("provider_error", "The function's process stopped working on this answer.")
        return process_exit.while_writing(self._popen.returncode)

    def _start(
        self, target: str, folder: Path, control: socket.socket, *, is_watched: bool
    ) -> "subprocess.Popen[bytes]":
        reading, writing = os.pipe()
        descriptor = str(control.fileno())
        no_bytecode = ["-B"] if is_watched else []  # a cached one may be stale after two edits within a second
        command = [
            sys.executable,
            "-P",
            "-u",
            *no_bytecode,
            str(MAIN),
            target,
            str(folder),
            descriptor,
            str(os.getpid()),
        ]
        try:
            process = subprocess.Popen(  # noqa: S603 -- our own interpreter and file
                [*command, "watched" if is_watched else ""],
                cwd=folder,
                env=_environment(),
                stdin=subprocess.DEVNULL,
                stdout=writing,
                stderr=writing,
                pass_fds=[control.fileno()],
                start_new_session=True,  # Ctrl-C is for the server only; _kill ends the whole process group
            )
        except BaseException:
            os.close(reading)
            raise
        finally:
            os.close(writing)
        self._output = concurrency.spawn(Output(self._log).read, reading)
        return process

    def _listen(self) -> None:
        """Read the control socket until the process ends."""
        reader = frames.Frames()
        try:
            with contextlib.suppress(OSError, ValueError):
                while data := self._control.recv(64 * 1024):
                    for kind, payload in reader.feed(data):
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
        self.takes_partial = message.get("takes_partial", False)
        if kind == frames.BROKEN:
            self.problem = ProviderError(
                "provider_unavailable",
                "The function {target} cannot be loaded.",
                target=self._target,
                provider_message=mask(message["message"]),
            )
            self._log.error("%s\n%s", self.problem, mask(message["traceback"]).rstrip())
        self.ready.set()

    def _watch(self, files: Files) -> None:
        """Note the state of imported files. One that was written after the start may have been imported before."""
        now = time.time_ns()
        for path, (changed_at, size) in files.items():
            is_uncertain = path not in self._files and self._wall_clock <= changed_at <= now
            self._files.setdefault(path, (0 if is_uncertain else changed_at, size))

    def _on_exit(self) -> None:
        """Kill the rest of its process group, log how it ended and wake the waiting calls."""
        self._kill()
        self._popen.wait()
        self._control.close()
        self._output.cancel(after=OUTPUT_SECONDS)
        if not self.ready.is_set():
            self.problem = process_exit.while_loading(self._target, self._popen.returncode)
        if not self.is_retired and (not self.problem or not self.ready.is_set()):
            self._log.error("The process of %s %s", self._target, process_exit.describe(self._popen.returncode))
        self.over.set()
        self.ready.set()
        for call in self._calls.values():
            call.done.set()
            call.shut_down()
        self._notify_exit(self)

    def _kill(self) -> None:
        if self._popen.returncode is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._popen.pid, signal.SIGKILL)

    def _await_cleanup(self, call: FunctionCall) -> None:
        if not call.done.wait(CLEANUP_SECONDS) and self.is_usable:
            self._log.warning("A stopped answer still runs after %g s: a new process takes over", CLEANUP_SECONDS)
            self.retire(END_SECONDS)

    def _end_if_idle(self) -> None:
        if self.is_retired and not self._is_ending and not any(call.is_open for call in self._calls.values()):
            self._is_ending = True
            concurrency.spawn(self.end, self._end_timeout)


def _environment() -> dict[str, str]:
    """Return the variables of `.env` and of the server's environment, without the server's secrets."""
    from_file = {name: value for name, value in dotenv_values(".env").items() if value is not None}
    return {name: value for name, value in {**from_file, **os.environ}.items() if name not in SECRET_VARIABLES}


def _has_changed(path: str, state: tuple[int, int]) -> bool:
    try:
        status = os.stat(path)  # noqa: PTH116 -- called often, for many files
    except OSError:
        return True
    return (status.st_mtime_ns, status.st_size) != tuple(state)
