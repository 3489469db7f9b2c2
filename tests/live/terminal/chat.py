"""The real command as a process: on pipes, as in a script, or on a pseudo-terminal."""

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
from support.waiting import LIMIT

COMMAND = [sys.executable, str(ROOT / "chatapp"), "chat"]
# Makes the terminal the controlling one, so that Ctrl-C is a signal and getpass finds it, and restores SIGINT,
# which background jobs ignore, as tests may be one. Then it executes the command.
ON_TERMINAL = (
    "import fcntl, os, signal, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); "
    "signal.signal(signal.SIGINT, signal.SIG_DFL); os.execv(sys.argv[1], sys.argv[1:])"
)
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Chat:
    """A user's home folder and server; each call runs one command there."""

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
        """Run one command to its end, outside the project's folder."""
        return subprocess.run(
            [*COMMAND, *arguments],
            input=stdin,
            text=True,
            capture_output=True,
            cwd=self.home,
            env=self.environment(**env),
            timeout=LIMIT,
            check=False,
        )

    def start(self, *arguments: str, stdout: Any = subprocess.PIPE, **env: str) -> subprocess.Popen[str]:
        """Start one command with empty standard input."""
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
                process.wait(LIMIT)
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
        """Return the output so far, without colours and escapes of the line editor."""
        return ESCAPES.sub("", self.raw).replace("\r\n", "\n")

    def wait_for(self, text: str, *, times: int = 1, timeout: float = LIMIT) -> None:
        """Wait until the text has been shown `times` times."""
        end = time.monotonic() + timeout
        while self.shown.count(text) < times:
            assert self._read(end - time.monotonic()), f"not within {timeout} s: {text!r} in {self.raw!r}"

    def type(self, text: str) -> None:
        os.write(self._near, text.encode())

    def press_ctrl_c(self) -> None:
        self.type("\x03")

    def wait(self, timeout: float = LIMIT) -> int:
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
        except OSError:  # Linux reports this when the other end is closed
            return False
        self.raw += self._decoder.decode(data)
        return bool(data)


def wait_finished(process: "subprocess.Popen[str]", timeout: float = LIMIT) -> tuple[str, str]:
    """Wait for the end; return the unread rest of both outputs.

    `communicate` would lose the buffer of an earlier `read`.
    """
    with ThreadPoolExecutor(1) as pool:
        notices = pool.submit(process.stderr.read)
        rest = process.stdout.read()
        process.wait(timeout)
        return rest, notices.result(timeout)


def interrupt(process: subprocess.Popen[Any]) -> None:
    """Send the signal of Ctrl-C."""
    process.send_signal(signal.SIGINT)
