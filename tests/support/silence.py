"""A server's silence: the longest wait of a process of its own that requests /healthz repeatedly."""

import contextlib
import http.client
import subprocess
import sys
import time
from types import TracebackType
from typing import Self

from support.paths import ROOT
from support.processes import Server
from support.stopwatch import Stopwatch

PAUSE_SECONDS = 0.003


class SilenceProber:
    """Probes a server within a `with` block. `silence`: the longest wait in seconds, without waits for a CPU."""

    def __init__(self, server: Server) -> None:
        self._arguments = [str(server.port), *map(str, server.worker_pids())]
        self.silence = self.raw_silence = 0.0
        self.requests = 0

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "support.silence", *self._arguments],
            cwd=ROOT / "tests",
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "ready\n"
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        output, _ = self._process.communicate(timeout=60)
        silence, raw_silence, requests = output.split()
        self.silence, self.raw_silence, self.requests = float(silence), float(raw_silence), int(requests)


def _probe(port: int, pids: list[int]) -> None:
    """Probe until the standard input is closed, then print the longest waits and the count."""
    import select

    longest = raw_longest = 0.0
    requests = 0
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    while not select.select([sys.stdin], [], [], 0)[0]:
        watch, started = Stopwatch(*pids), time.monotonic()
        with contextlib.suppress(http.client.HTTPException, ConnectionError):  # the server may close an idle connection
            connection.request("GET", "/healthz")
            connection.getresponse().read()
            longest = max(longest, watch.seconds())
            raw_longest = max(raw_longest, time.monotonic() - started)
            requests += 1
        if requests == 1:
            print("ready", flush=True)
            longest = raw_longest = 0.0
        time.sleep(PAUSE_SECONDS)
    print(longest, raw_longest, requests)


if __name__ == "__main__":
    _probe(int(sys.argv[1]), [int(pid) for pid in sys.argv[2:]])
