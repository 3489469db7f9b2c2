"""A user's function as a provider: `module:name`, run in a child process without eventlet."""

import contextlib
import hashlib
import logging
import re
import time
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path

import orjson

from chatapp.config import TARGET
from chatapp.errors import ProviderError, SettingsError
from chatapp.providers.base import Chunk, ModelInfo, Prompt
from chatapp.providers.function.function_call import CallEnded, FunctionCall
from chatapp.providers.function.function_process import FunctionProcess
from chatapp.providers.joint import Joint, joined
from chatapp.providers.thoughts import split_thoughts
from chatapp.server import concurrency

#: A process that does not accept a call within this time blocks its other threads (it holds the GIL).
ACCEPT_SECONDS = 2.0
MAX_PROCESSES = 4
TRIES = 3
#: How long `models` waits for the import of the function; an answer waits for all of it.
LOAD_SECONDS = 5.0
#: The shortest time between two attempts to load a function that fails to load.
RETRY_SECONDS = 1.0
POLL_SECONDS = 0.5


class FunctionProvider:
    """Answers by one function. A process that crashes, hangs or runs old code is replaced."""

    lists_all = True

    def __init__(
        self, name: str, target: str, *, folder: Path, models: Sequence[ModelInfo] = (), reload: bool = False
    ) -> None:
        if not re.fullmatch(TARGET, target):
            raise SettingsError(
                f"The function {target!r} of {name} is not understood: it takes module:name, like my_app:reply, "
                "or path/to/file.py:name."
            )
        self.name = name
        self._target = target
        self._folder = folder.absolute()
        self._models = list(models) or [ModelInfo(name, name, name)]
        self._reload = reload
        self._log = logging.getLogger(f"chatapp.function.{name}")
        self._process: FunctionProcess | None = None
        self._processes: list[FunctionProcess] = []  # with those that are retiring
        self._launching = concurrency.Semaphore()
        self._digest = ""
        self._is_closed = False
        self._watcher: concurrency.Task | None = None

    @property
    def identity(self) -> str:
        """The target with a digest of its file, so that it changes with the code."""
        if self._reload or not self._digest:
            self._digest = self._read_digest()
        return f"{self._target}#{self._digest}"

    def start(self) -> None:
        """Start the process, without waiting for it."""
        with contextlib.suppress(ProviderError):  # the first answer reports it
            self._launch(None)
        if self._reload:
            self._watcher = concurrency.spawn(self._watch)

    def expect_prompt(self) -> None:
        """Do nothing: the process is warm."""

    def close(self) -> None:
        """End all processes; running answers get a moment to clean up."""
        self._is_closed = True
        if self._watcher:
            self._watcher.cancel()
        with self._launching:  # so that a process that is being started is ended, too
            tasks = [concurrency.spawn(process.end) for process in self._processes]
        for task in tasks:
            task.wait()

    def models(self) -> list[ModelInfo]:
        process = self._current()
        if process.ready.wait(LOAD_SECONDS) and process.problem:
            raise process.problem.as_unavailable()
        return list(self._models)

    def stream(self, prompt: Prompt) -> Iterator[Chunk]:
        joint = Joint(prompt.partial)
        return joined(split_thoughts(self._read(prompt, joint), prompt.partial), joint)

    def _read(self, prompt: Prompt, joint: Joint) -> Generator[Chunk]:
        """Yield the answer as it comes, with thoughts in its text."""
        process, call = self._open_call()
        # One that is not told writes its answer again; what is not the same follows as a text of its own.
        joint.is_exact = process.takes_partial
        try:
            call.send(_question(prompt))
            yield from call.chunks()
        except CallEnded:
            raise process.failure() from None
        finally:
            process.close(call)

    def _open_call(self) -> tuple[FunctionProcess, FunctionCall]:
        """Return a call that a process has accepted; the function has not been called yet. Raises ProviderError."""
        for _ in range(TRIES):
            process = self._ready_process()
            call = process.call()
            is_accepted = False
            try:
                timeout = ACCEPT_SECONDS if len(self._processes) < MAX_PROCESSES else None
                is_accepted = call.wait_accepted(timeout)
            finally:
                if not is_accepted:
                    process.close(call)
            if is_accepted:
                return process, call
            if not process.over.wait(0.1) and process.is_usable:
                self._log.warning("The process of %s lets no other thread run: a new one takes over", self._target)
            process.retire()
        raise ProviderError("provider_unavailable", "The function's process takes no questions.")

    def _ready_process(self) -> FunctionProcess:
        process = self._current()
        process.ready.wait()
        if process.problem:
            raise process.problem.as_unavailable()
        return process

    def _current(self) -> FunctionProcess:
        """Return the process for the next answer, which may not be ready. Raises ProviderError."""
        process = self._process
        if process is None or (self._reload and process.is_outdated()):
            return self._launch(process)
        if process.is_usable or (process.problem and time.monotonic() - process.started_at < RETRY_SECONDS):
            return process
        return self._launch(process)

    def _launch(self, old: FunctionProcess | None) -> FunctionProcess:
        """Return a new process in place of `old`, or the one that another task has started meanwhile."""
        with self._launching:
            if self._process and self._process is not old:
                return self._process
            if self._is_closed:
                raise ProviderError("provider_unavailable", "The function's process takes no questions.")
            if old:
                old.retire()
            self._process = None
            self._digest = self._read_digest()
            process = FunctionProcess(
                self._target, self._folder, self._log, is_watched=self._reload, on_exit=self._remove
            )
            self._process = process
            self._processes.append(process)
            return process

    def _remove(self, process: FunctionProcess) -> None:
        """Remove a process that has ended. A current one that was retired, and did not crash, is replaced at once."""
        self._processes.remove(process)
        if process is self._process and process.is_retired and not self._is_closed:
            with contextlib.suppress(ProviderError):
                self._launch(process)

    def _watch(self) -> None:
        """Replace an outdated process before the next answer, once its files have not changed for a moment."""
        was_outdated = False
        while True:
            concurrency.sleep(POLL_SECONDS)
            process = self._process
            is_outdated = process is not None and process.is_outdated()
            if is_outdated and was_outdated:
                with contextlib.suppress(ProviderError):
                    self._launch(process)
                is_outdated = False
            was_outdated = is_outdated

    def _read_digest(self) -> str:
        """Return a digest of the target's file; empty if it is not in the folder."""
        name = self._target.rpartition(":")[0]
        stem = self._folder / name.replace(".", "/")
        files = [self._folder / name] if name.endswith(".py") else [stem.with_suffix(".py"), stem / "__init__.py"]
        for file in files:
            with contextlib.suppress(OSError):
                return hashlib.sha256(file.read_bytes()).hexdigest()[:16]
        return ""


def _question(prompt: Prompt) -> bytes:
    return orjson.dumps(
        {
            "messages": prompt.messages,
            "model": prompt.model,
            "options": prompt.options,
            "conversation_id": prompt.conversation_id,
            "partial": prompt.partial,
        }
    )
