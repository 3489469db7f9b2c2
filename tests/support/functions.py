"""Providers of functions in a process of their own that is patched as a server is."""

import contextlib
import itertools
import json
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from support.paths import TESTS
from support.processes import clean_environment
from support.waiting import LIMIT, eventually

PATCHED = TESTS / "live" / "functions" / "patched.py"
CODE = TESTS / "live" / "functions" / "code"


class FunctionAnswer:
    """One answer of a function; its events so far."""

    def __init__(self, functions: "Functions", key: str) -> None:
        self._functions, self._key = functions, key
        self.events: list[dict[str, Any]] = []
        self.at: list[float] = []

    @property
    def text(self) -> str:
        return "".join(event.get("text", "") for event in self.events)

    @property
    def reasoning(self) -> str:
        return "".join(event.get("reasoning", "") for event in self.events)

    @property
    def is_over(self) -> bool:
        return any("end" in event or "stopped" in event for event in self.events)

    def only(self, kind: str) -> Any:
        """Return the one event of this kind: `usage`, `finish`."""
        (found,) = (event[kind] for event in self.events if kind in event)
        return found

    def wait_text(self, part: str, within: float = LIMIT) -> "FunctionAnswer":
        eventually(lambda: part in self.text, within=within, what=lambda: f"{part!r} in {self!r}")
        return self

    def wait_complete(self, within: float = LIMIT) -> str:
        """Wait for an end without an error; return the text."""
        assert self._end(within) is None, self
        return self.text

    def wait_failed(self, within: float = LIMIT) -> dict[str, Any]:
        """Wait for an end with an error; return the error."""
        error = self._end(within)
        assert error, self
        return error

    def stop(self) -> None:
        """Stop it as a server does; return once it has stopped."""
        self._functions.command("stop_answer", answer=self._key)
        eventually(lambda: self.is_over, what="the stop")

    def _end(self, within: float) -> dict[str, Any] | None:
        eventually(lambda: self.is_over, within=within, what=lambda: f"the end of {self!r}; {self._functions.log()}")
        return self.only("end")

    def __repr__(self) -> str:
        return f"{self.text[-200:]!r}, {[event for event in self.events if 'text' not in event]}"


class Functions:
    """The patched process: makes providers, sends them questions, and keeps their log."""

    def __init__(self, folder: Path) -> None:
        self._log_path = folder / "functions.log"
        self._log_start = 0
        self._numbers = itertools.count()
        self._replies: dict[int, Any] = {}
        self._answers: dict[str, FunctionAnswer] = {}
        with self._log_path.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, PATCHED],
                cwd=folder,
                env=clean_environment(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
            )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def provider(
        self, target: str, *, folder: Path = CODE, reload: bool = False, name: str = "mine"
    ) -> "ProviderHandle":
        self.command("new", name=name, target=target, folder=str(folder), reload=reload)
        return ProviderHandle(self, name)

    def ask(self, name: str, most: int | None, prompt: dict[str, Any]) -> FunctionAnswer:
        key = str(next(self._numbers))
        self._answers[key] = FunctionAnswer(self, key)
        self.command("ask", name=name, answer=key, prompt=prompt, most=most)
        return self._answers[key]

    def ask_many(self, name: str, count: int, prompt: dict[str, Any]) -> list[FunctionAnswer]:
        """Ask `count` times without a pause in between."""
        keys = [str(next(self._numbers)) for _ in range(count)]
        self._answers |= {key: FunctionAnswer(self, key) for key in keys}
        self.command("ask_many", name=name, keys=keys, prompt=prompt)
        return [self._answers[key] for key in keys]

    def command(self, command: str, /, **arguments: Any) -> Any:
        number = next(self._numbers)
        self.process.stdin.write(json.dumps([command, number, arguments]).encode() + b"\n")
        self.process.stdin.flush()
        eventually(lambda: number in self._replies, what=lambda: f"{command}: {self.log()[-3000:]}")
        return self._replies.pop(number)

    def longest_gap(self) -> float:
        """Return the longest time in seconds, since the last call, in which nothing else could run in the process."""
        return self.command("longest_gap")

    def log(self) -> str:
        """Return the log since `reset`."""
        return self._log_path.read_bytes()[self._log_start :].decode(errors="replace")

    def reset(self) -> None:
        """Stop all providers and start a new log."""
        self.command("stop_all")
        self._answers.clear()
        self._log_start = self._log_path.stat().st_size

    def wait_log(self, part: str, within: float = LIMIT) -> str:
        return eventually(
            lambda: self.log() if part in self.log() else "",
            within=within,
            what=lambda: f"{part!r} in the log: {self.log()[-3000:]}",
        )

    def pids(self) -> list[int]:
        """Return the running processes of functions, zombies included."""
        pid = self.process.pid
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def memory_kib(self, pid: int | None = None) -> int:
        status = Path(f"/proc/{pid or self.process.pid}/status").read_text()
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:"))

    def close(self) -> None:
        """End the process in order, with all providers."""
        try:
            with contextlib.suppress(BrokenPipeError):  # a test has killed it
                self.process.stdin.close()
            self.process.wait(LIMIT)
        finally:
            self.process.kill()
            self.process.wait(LIMIT)
            self._reader.join(5)
            self.process.stdout.close()

    def _read(self) -> None:
        for line in self.process.stdout:
            event = json.loads(line)
            if "reply" in event:
                self._replies[event["reply"]] = event["value"]
            else:
                answer = self._answers.get(event.pop("answer"))
                if answer:
                    answer.at.append(time.monotonic())
                    answer.events.append(event)


class ProviderHandle:
    """A provider in that process."""

    def __init__(self, functions: Functions, name: str) -> None:
        self._functions, self._name = functions, name

    def ask(self, content: str = "hello", *, most: int | None = None, **prompt: Any) -> FunctionAnswer:
        """Ask; do not read the answer beyond `most` characters."""
        prompt = {"model": "mine", "messages": [{"role": "user", "content": content}], **prompt}
        return self._functions.ask(self._name, most, prompt)

    def ask_many(self, content: str, count: int) -> list[FunctionAnswer]:
        """Ask `count` times at once."""
        prompt = {"model": "mine", "messages": [{"role": "user", "content": content}]}
        return self._functions.ask_many(self._name, count, prompt)

    def models(self) -> Any:
        return self._functions.command("models", name=self._name)

    def identity(self) -> str:
        return self._functions.command("identity", name=self._name)

    def stop(self) -> None:
        self._functions.command("stop", name=self._name)
