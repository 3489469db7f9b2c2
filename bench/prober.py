"""How long other clients wait: a process of its own that requests /healthz all the time, and follows a running answer.

`python -m bench.prober PORT PID [COOKIE]` is that process, `Prober` its handle. `PID`: the server's worker. Waits are
also counted without those for a CPU, so that a bound means the same on a busy machine.
"""

import asyncio
import contextlib
import json
import os
import re
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from bench.processes import ROOT
from bench.procfs import Process
from bench.tab import TOKEN, Tab

PAUSE_SECONDS = 0.005
#: How long a server may be silent after the end of a look; more is not counted.
GIVE_UP_SECONDS = 10.0
#: After so long `wait` fails.
HOPELESS_SECONDS = 100.0
MODEL = "script?tokens=100000&rate=50"
LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)


@dataclass(frozen=True)
class Waits:
    """What one client saw, in seconds: by the clock (`raw`), and without waits for a CPU."""

    raw_longest: float
    raw_p99: float
    longest: float
    p99: float
    count: int


@dataclass(frozen=True)
class Seen:
    """What was seen in one look: the answers of /healthz, and the tokens of the running answer."""

    healthz: Waits
    tokens: Waits | None


class Prober:
    """Looks at a server from 127.0.0.1. With the `cookie` of a session it also follows an answer."""

    def __init__(self, port: int, worker: int, cookie: str | None = None) -> None:
        arguments = [str(port), str(worker), *([cookie] if cookie else [])]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.prober", *arguments],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdin
        assert self._process.stdout
        self._input, self._output = self._process.stdin, self._process.stdout
        self._read("ready")

    @contextlib.contextmanager
    def looking(self) -> Iterator[list[Seen]]:
        """Look until the end of the block; then the list has what was seen."""
        seen: list[Seen] = []
        self._say("begin")
        yield seen
        self._say("end")
        healthz, tokens = json.loads(self._read())
        seen.append(Seen(Waits(*healthz), Waits(*tokens) if tokens else None))

    def wait(self, count: int) -> None:
        """While looking: wait until so many answers and tokens have come. Raises RuntimeError after 100 s."""
        self._say(f"wait {count}")

    def look(self, seconds: float) -> Seen:
        """Look for a while."""
        with self.looking() as seen:
            time.sleep(seconds)
        return seen[0]

    def close(self) -> None:
        with contextlib.suppress(BrokenPipeError):
            self._input.close()
        self._process.wait(30)
        self._output.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _say(self, word: str) -> None:
        self._input.write(f"{word}\n")
        self._input.flush()
        self._read(word)

    def _read(self, expected: str = "") -> str:
        line = self._output.readline().rstrip()
        if not line or (expected and line != expected):
            raise RuntimeError(f"The prober said {line!r}.")
        return line


class Clock:
    """Collects how long things took, from the beginning of the look or of the wait, whichever is later."""

    def __init__(self, worker: Process) -> None:
        self._processes = worker, Process(os.getpid())
        self._waits: list[tuple[float, float]] = []
        self._began = self._since = self._now()
        self._next = asyncio.Event()

    def begin(self) -> None:
        self._waits, self._began = [], self._now()

    def start(self) -> None:
        """Wait from now on."""
        self._since = self._now()

    def stop(self) -> None:
        """End the wait. The next one begins now, or with `start`."""
        self._waits.append(self._waited())
        self._since = self._now()
        self._next.set()

    async def next(self) -> None:
        """Wait until a wait ends."""
        self._next.clear()
        await self._next.wait()

    async def reach(self, count: int) -> None:
        """Wait until so many waits have ended since the look began."""
        while len(self._waits) < count:
            await self.next()

    def end(self) -> list[float]:
        """Return the longest wait and the 99th percentile, by both clocks, and the number of waits."""
        columns = zip(*self._waits, self._waited(), strict=True)
        ranks = [waits[round(rank * (len(waits) - 1))] for waits in map(sorted, columns) for rank in (1, 0.99)]
        return [*ranks, len(self._waits)]

    def _waited(self) -> tuple[float, float]:
        now, delay = self._now()
        since, delay_since = max(self._since, self._began)
        return now - since, max(0.0, now - since - (delay - delay_since))

    def _now(self) -> tuple[float, float]:
        return time.monotonic(), sum(process.cpu_wait_seconds() for process in self._processes)


async def request(port: int, clock: Clock) -> None:
    """Request /healthz for ever, on one connection as long as it lasts."""
    head = f"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()
    clock.start()
    while True:
        with contextlib.suppress(OSError, EOFError):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            while True:
                writer.write(head)
                found = LENGTH.search(await reader.readuntil(b"\r\n\r\n"))
                await reader.readexactly(int(found[1]) if found else 0)
                clock.stop()
                await asyncio.sleep(PAUSE_SECONDS)
                clock.start()
        await asyncio.sleep(PAUSE_SECONDS)


class Follower(Tab):
    """A tab that asks a question whose answer lasts longer than any look."""

    clock: Clock

    async def begin(self) -> None:
        question = {"conversation_id": None, "client_message_id": str(uuid.uuid4()), "content": str(uuid.uuid4())}
        await self.ask("send_message", **question, model=MODEL)
        await self.clock.next()

    def take(self, payload: bytes, at: float) -> None:
        if payload.startswith(TOKEN):
            self.clock.stop()
        else:
            super().take(payload, at)


async def follow(port: int, cookie: str, clock: Clock) -> Follower:
    Follower.clock = clock
    tab = await Follower.connect(port, cookie)
    assert isinstance(tab, Follower)
    await tab.begin()
    return tab


async def serve(port: int, worker: Process, cookie: str | None) -> None:
    """Follow the commands of the standard input until it ends."""
    healthz, tokens = Clock(worker), Clock(worker)
    clocks = (healthz, tokens) if cookie else (healthz,)
    asking = asyncio.create_task(request(port, healthz))
    tab = await follow(port, cookie, tokens) if cookie else None
    await healthz.next()
    print("ready", flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        if line == "begin\n":
            for clock in clocks:
                clock.begin()
            print("begin", flush=True)
        elif line.startswith("wait "):
            async with asyncio.timeout(HOPELESS_SECONDS):
                await asyncio.gather(*(clock.reach(int(line.split()[1])) for clock in clocks))
            print(line, end="", flush=True)
        else:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(GIVE_UP_SECONDS):
                    await asyncio.gather(*(clock.next() for clock in clocks))
            print("end", flush=True)
            print(json.dumps([healthz.end(), tokens.end() if cookie else None]), flush=True)
    asking.cancel()
    if tab:
        tab.close()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), Process(int(sys.argv[2])), sys.argv[3] if len(sys.argv) > 3 else None))
