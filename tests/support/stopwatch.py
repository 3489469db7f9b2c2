"""A stopwatch that does not count waiting for a CPU: a process that is ready to run but has no CPU is not slow."""

import threading
import time
from pathlib import Path


def run_delay(pid: int | str, thread: int | str) -> float:
    """Return the total seconds in which a thread of a process was ready to run and waited for a CPU.

    0 if the kernel does not report it (Linux does, in schedstat) or if the thread has ended.
    """
    try:
        return int(Path(f"/proc/{pid}/task/{thread}/schedstat").read_text().split()[1]) / 1e9
    except (OSError, IndexError, ValueError):
        return 0.0


class Stopwatch:
    """Counts seconds, except those in which the calling thread or the main thread of one of `pids` waited for a CPU.

    So a bound means the same on a busy machine: a server's work and its other waits count in full.
    """

    def __init__(self, *pids: int) -> None:
        self._pids = pids
        self._started = time.monotonic()
        self._delays: dict[tuple[int | str, int], float] = {}  # the last known one of each thread
        self._waited = self._seconds = 0.0
        self.cpu_wait()

    def seconds(self) -> float:
        """Return the seconds since the start. They never go back, though several processes may wait at once."""
        self._seconds = max(self._seconds, time.monotonic() - self._started - self.cpu_wait())
        return self._seconds

    def cpu_wait(self) -> float:
        """Return the seconds of waiting for a CPU, which do not count."""
        for pid, thread in (("self", threading.get_native_id()), *((pid, pid) for pid in self._pids)):
            delay = run_delay(pid, thread)
            known = self._delays.get((pid, thread), delay)
            self._delays[pid, thread] = max(known, delay)
            self._waited += max(0.0, delay - known)
        return self._waited
