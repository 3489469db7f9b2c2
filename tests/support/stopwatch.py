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
    """Counts seconds, except those in which this thread or the main thread of one of `pids` waited for a CPU.

    So a bound means the same on a busy machine: a server's work and its other waits count in full.
    """

    def __init__(self, *pids: int) -> None:
        self._pids = dict.fromkeys(pids, 0.0)  # their delays; a process that has ended keeps its last one
        self._started, self._delay = time.monotonic(), self._delays()

    def seconds(self) -> float:
        """Return the seconds since the start."""
        return time.monotonic() - self._started - self.cpu_wait()

    def cpu_wait(self) -> float:
        """Return the seconds of waiting for a CPU, which do not count."""
        return self._delays() - self._delay

    def _delays(self) -> float:
        self._pids = {pid: max(known, run_delay(pid, pid)) for pid, known in self._pids.items()}
        return run_delay("self", threading.get_native_id()) + sum(self._pids.values())
