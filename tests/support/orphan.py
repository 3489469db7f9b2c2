"""A process that is nobody's child here any more, such as the master that takes over from another."""

import os
import select
import signal
import subprocess


class Orphan:
    """What a server needs of its process, by a descriptor that names it and no later one with its number."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._descriptor = os.pidfd_open(pid)

    def poll(self) -> int | None:
        """Tell whether it has ended; its status is its parent's to know."""
        return 0 if self._has_ended(0) else None

    def wait(self, timeout: float) -> int:
        """Wait for its end. Raises TimeoutExpired."""
        if not self._has_ended(timeout):
            raise subprocess.TimeoutExpired(str(self.pid), timeout)
        return 0

    def send_signal(self, number: int) -> None:
        signal.pidfd_send_signal(self._descriptor, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def close(self) -> None:
        """Let go of its name. It goes on, if it has not ended."""
        os.close(self._descriptor)

    def _has_ended(self, timeout: float) -> bool:
        return bool(select.select([self._descriptor], [], [], timeout)[0])
