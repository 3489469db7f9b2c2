"""The real command as a process: on pipes, as in a script, or on a terminal of its own."""

import codecs
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from support.paths import ROOT
from support.processes import clean_environment

COMMAND = [sys.executable, str(ROOT / "chatapp"), "chat"]
# Makes the terminal the controlling one, so that Ctrl-C is a signal and getpass finds it, and takes signals as they are
# at a terminal: a script's background, where tests may run, ignores Ctrl-C. Then it becomes the command.
ON_TERMINAL = (
    "import fcntl, os, signal, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); "
    "signal.signal(signal.SIGINT, signal.SIG_DFL); os.execv(sys.argv[1], sys.argv[1:])"
)
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Chat:
    """A person's home folder and the server that they talk to; each call is one command there."""

    def __init__(self, home: Path, server: str) -> None:
        self.home, self.server = home, server
        self._running: list[subprocess.Popen[Any]] = []
        self._terminals: list[Terminal] = []

    def environment(self, **env: str) -> dict[str, str]:
        return {
            **clean_environment(),
            "HOME": str(self.home),
            "XDG_CONFIG_HOME": str(self.home / "config"),
            "CHATAPP_SERVER": self.server,
            "TERM": "xterm",
            "PYTHONIOENCODING": "utf-8",
            **env,
        }

    def run(self, *arguments: str, stdin: str = "", **env: str) -> subprocess.CompletedProcess[str]:
        """Run one command to its end, from a folder that is not the project's."""
        return subprocess.run(
            [*COMMAND, *arguments],
            input=stdin,
            text=True,
            capture_output=True,
            cwd=self.home,
            env=self.environment(**env),
            timeout=60,
            check=False,
        )

    def start(self, *arguments: str, stdout: Any = subprocess.PIPE, **env: str) -> subprocess.Popen[str]:
        """Start one command, without anything on standard input."""
        process = subprocess.Popen(
            [*COMMAND, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=subprocess.PIPE,
            text=True,
            cwd=self.home,
            env=self.environment(**env),
        )
        self._running.append(process)
        return process

    def type_at(self, *arguments: str, **env: str) -> "Terminal":
        """Start one command on a terminal."""
        self._terminals.append(Terminal([*COMMAND, *arguments], self.home, self.environment(**env)))
        return self._terminals[-1]

    def close(self) -> None:
        for process in [*self._running, *(terminal.process for terminal in self._terminals)]:
            if process.poll() is None:
                process.kill()
                process.wait(10)
        for process in self._running:
            for pipe in filter(None, (process.stdout, process.stderr)):
                pipe.close()
        for terminal in self._terminals:
            terminal.close()


class Terminal:
    """A pseudo-terminal with the command on it."""

    def __init__(self, command: list[str], folder: Path, env: dict[str, str]) -> None:
        self._near, far = pty.openpty()
        fcntl.ioctl(far, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 500, 0, 0))  # so wide that no line is broken
        self.process = subprocess.Popen(
            [sys.executable, "-c", ON_TERMINAL, *command],
            stdin=far,
            stdout=far,
            stderr=far,
            cwd=folder,
            env=env,
            start_new_session=True,
        )
        os.close(far)
        self.raw = ""
        self._decoder = codecs.getincrementaldecoder("utf-8")()

    @property
    def shown(self) -> str:
        """Return what came so far, without colours and what a line editor sends."""
        return ESCAPES.sub("", self.raw).replace("\r\n", "\n")

    def wait_for(self, text: str, *, times: int = 1, timeout: float = 15) -> None:
        """Wait until the text has been shown so often."""
        end = time.monotonic() + timeout
        while self.shown.count(text) < times:
            assert self._read(end - time.monotonic()), f"not within {timeout} s: {text!r} in {self.raw!r}"

    def type(self, text: str) -> None:
        os.write(self._near, text.encode())

    def press_ctrl_c(self) -> None:
        self.type("\x03")

    def wait(self, timeout: float = 15) -> int:
        """Read to the end and return the exit status."""
        end = time.monotonic() + timeout
        while self._read(end - time.monotonic()):
            pass
        return self.process.wait(max(1, end - time.monotonic()))

    def close(self) -> None:
        os.close(self._near)

    def _read(self, seconds: float) -> bool:
        if not select.select([self._near], [], [], max(0, seconds))[0]:
            return False
        try:
            data = os.read(self._near, 65536)
        except OSError:  # Linux says so when nobody holds the other end any more
            return False
        self.raw += self._decoder.decode(data)
        return bool(data)


def finished(process: "subprocess.Popen[str]", timeout: float = 30) -> tuple[str, str]:
    """Return what was not read yet of both outputs, once it has ended.

    `communicate` would lose what an earlier `read` has in its buffer.
    """
    with ThreadPoolExecutor(1) as pool:
        said = pool.submit(process.stderr.read)
        rest = process.stdout.read()
        process.wait(timeout)
        return rest, said.result(timeout)


def interrupt(process: subprocess.Popen[Any]) -> None:
    """Press Ctrl-C where there is no keyboard."""
    process.send_signal(signal.SIGINT)
