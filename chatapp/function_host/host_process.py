"""Life cycle of a function's process: import the function, answer until the server closes, end."""

import contextlib
import os
import socket
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chatapp.function_host import frames
from chatapp.function_host.event_loops import EventLoops
from chatapp.function_host.invocation import Invocation
from chatapp.function_host.isolation import close_in_forks, isolate
from chatapp.function_host.target import Target, TargetError

#: The size of an answer's number, which is sent with its socket.
NUMBER_BYTES = 8
LEAVE_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class HostArguments:
    """The command line of this process. `control`: a descriptor; `parent`: the server's process id."""

    target: str
    folder: Path
    control: int
    parent: int
    is_watched: bool


class HostProcess:
    """Answers questions. Each comes with a socket, and is answered in a thread of its own."""

    def __init__(self, start: HostArguments) -> None:
        self._start = start
        self._control = socket.socket(fileno=start.control)
        self._target = Target(start.target, start.folder)
        self._loops = EventLoops(self._target.modules)
        self._invocations: dict[int, tuple[Invocation, threading.Thread]] = {}
        self._sockets = {self._control}
        self._sending = threading.Lock()
        self._modules = 0
        self._files: dict[str, tuple[int, int]] = {}

    def run(self) -> None:
        """Serve until the server closes the control socket."""
        self._control.setblocking(True)
        os.set_inheritable(self._control.fileno(), False)
        isolate(self._start.parent)
        close_in_forks(self._sockets)
        try:
            self._target.load()
        except TargetError as broken:
            told = {"message": broken.message, "traceback": broken.traceback, "files": self._target.files()}
            self._send(frames.json_frame(frames.BROKEN, told))
            sys.exit(1)
        ready = {"files": self._changed_files() or {}, "takes_partial": self._target.takes_partial}
        self._send(frames.json_frame(frames.READY, ready))
        while self._accept():
            pass
        self._stop_invocations()

    def _accept(self) -> bool:
        """Accept the next question. Returns whether the control socket is still open."""
        try:
            number, descriptors, _, _ = socket.recv_fds(self._control, NUMBER_BYTES, 1)
        except OSError:  # the server died before it read all of this process's messages
            return False
        for descriptor in descriptors:
            connection = socket.socket(fileno=descriptor)
            os.set_inheritable(descriptor, False)
            connection.setblocking(True)
            self._start_invocation(int.from_bytes(number), connection)
        return bool(number)

    def _start_invocation(self, number: int, connection: socket.socket) -> None:
        invocation = Invocation(connection)
        try:
            connection.sendall(frames.frame(frames.TAKEN))
            arguments = (number, invocation)
            thread = threading.Thread(target=self._run_invocation, args=arguments, name=f"answer {number}", daemon=True)
            self._sockets.add(connection)
            self._invocations[number] = invocation, thread
            thread.start()
        except (OSError, RuntimeError):  # it was already stopped, or no more threads can start
            self._end_invocation(number, invocation, connection)

    def _run_invocation(self, number: int, invocation: Invocation) -> None:
        try:
            invocation.run(self._target, self._loops)
        finally:
            self._end_invocation(number, invocation, invocation.connection)

    def _end_invocation(self, number: int, invocation: Invocation, connection: socket.socket) -> None:
        self._sockets.discard(connection)
        invocation.close()
        self._invocations.pop(number, None)
        if self._start.is_watched and (files := self._changed_files()):
            self._send(frames.json_frame(frames.FILES, files))
        self._send(frames.frame(frames.DONE, number.to_bytes(NUMBER_BYTES)))

    def _changed_files(self) -> dict[str, Any] | None:
        """Return the files of the user's code if modules were imported since the last call, else None."""
        if len(sys.modules) == self._modules:
            return None
        self._modules = len(sys.modules)
        # Known files keep the state in which they were imported.
        self._files = {**self._target.files(), **self._files}
        return self._files

    def _send(self, data: bytes) -> None:
        with self._sending, contextlib.suppress(OSError):
            self._control.sendall(data)

    def _stop_invocations(self) -> None:
        """Stop the running answers, and give them time to clean up."""
        deadline = time.monotonic() + LEAVE_SECONDS
        running = list(self._invocations.values())
        for invocation, _ in running:
            invocation.stop()
        for _, thread in running:
            thread.join(max(0.0, deadline - time.monotonic()))
        # Do not close the socket: the server takes its end for the end of this process, which comes after the exit
        # handlers.
        self._control.detach()
