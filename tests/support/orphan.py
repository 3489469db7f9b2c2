"""A process that is not a child of the tests, such as a master that took over from another."""

import os
import select
import signal
import subprocess


class Orphan:
    """The methods of Popen that a Server needs, on a pidfd, which never names a later process with the same number."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._descriptor = os.pidfd_open(pid)

    def poll(self) -> int | None:
        """Return 0 once it has ended, None before; only its parent knows its status."""
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
        """Close the descriptor. The process runs on."""
        os.close(self._descriptor)

    def _has_ended(self, timeout: float) -> bool:
        return bool(select.select([self._descriptor], [], [], timeout)[0])
