"""CPU time and memory of processes, from /proc."""

import os
from dataclasses import dataclass
from pathlib import Path

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Process:
    """A process by its id."""

    pid: int

    def cpu_seconds(self) -> float:
        """Return the CPU time of all its threads, user and system."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND

    def memory_kib(self) -> int:
        """Return its proportional resident memory (Pss), or its VmRSS if the kernel does not have that."""
        try:
            text = Path(f"/proc/{self.pid}/smaps_rollup").read_text()
            return _kib(text, "Pss:")
        except OSError:
            return _kib(Path(f"/proc/{self.pid}/status").read_text(), "VmRSS:")

    def cpu_wait_seconds(self) -> float:
        """Return how long its main thread was ready to run, and waited for a CPU. 0 if it has ended."""
        try:
            return int(Path(f"/proc/{self.pid}/schedstat").read_text().split()[1]) / 1e9
        except OSError:
            return 0.0

    def children(self) -> list[int]:
        text = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text()
        return [int(pid) for pid in text.split()]


def busy_seconds() -> float:
    """Return the busy CPU time of the machine since its start."""
    fields = [int(field) for field in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    return (sum(fields) - fields[3] - fields[4]) / TICKS_PER_SECOND


def _kib(text: str, name: str) -> int:
    return next(int(line.split()[1]) for line in text.splitlines() if line.startswith(name))
