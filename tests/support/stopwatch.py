"""Time without what the machine took for others: a process that is ready to run but must wait for a CPU is not slow."""

import threading
import time
from pathlib import Path


def run_delay(pid: int | str, thread: int | str) -> float:
    """Return for how many seconds, in all, a thread of a process was ready to run and waited for a CPU.

    0 where the kernel does not tell it (Linux does, in schedstat), or the thread has ended.
    """
    try:
        return int(Path(f"/proc/{pid}/task/{thread}/schedstat").read_text().split()[1]) / 1e9
    except (OSError, IndexError, ValueError):
        return 0.0


class Stopwatch:
    """Counts seconds, but not those in which this thread, or the main thread of one of `pids`, waited for a CPU.

    So a bound on it means the same on a busy machine: what a server does, and what it waits for, counts in full.
    """

    def __init__(self, *pids: int) -> None:
        self._pids = dict.fromkeys(pids, 0.0)  # with their delays; one that ends keeps its last
        self._started, self._delay = time.monotonic(), self._delays()

    def seconds(self) -> float:
        """Return the seconds since the start."""
        return time.monotonic() - self._started - self.hindered()

    def hindered(self) -> float:
        """Return the seconds that do not count."""
        return self._delays() - self._delay

    def _delays(self) -> float:
        self._pids = {pid: max(known, run_delay(pid, pid)) for pid, known in self._pids.items()}
        return run_delay("self", threading.get_native_id()) + sum(self._pids.values())
