"""Writes the output of a function's process to the server's log, line by line and rate-limited."""

import logging
import os
import time

from chatapp.server import concurrency

READ_BYTES = 64 * 1024
MAX_LINE_BYTES = 2000
LINES_PER_SECOND = 200
REPORT_SECONDS = 1.0
#: The pause after a full read: a process that prints faster has to wait, not the server.
PAUSE_SECONDS = 0.02
#: Control characters are replaced, since a terminal that shows the log would execute escape sequences.
CONTROLS = dict.fromkeys((*range(9), *range(10, 32), 127), "\N{REPLACEMENT CHARACTER}")


class Output:
    """Splits a byte stream into lines and logs them."""

    def __init__(self, log: logging.Logger) -> None:
        self._log = log
        self._tail = b""
        self._second = 0.0
        self._lines = 0
        self._dropped = 0

    def read(self, descriptor: int) -> None:
        """Log a pipe's data until its end, and close it."""
        try:
            while data := concurrency.interruptible(os.read, descriptor, READ_BYTES):
                self.feed(data)
                if len(data) == READ_BYTES:
                    concurrency.sleep(PAUSE_SECONDS)
        finally:
            os.close(descriptor)
            self.end()

    def feed(self, data: bytes) -> None:
        *lines, tail = (self._tail + data).split(b"\n")
        # Keep what follows the last carriage return (a progress bar), and only the beginning of an endless line.
        self._tail = tail[tail.rfind(b"\r", 0, -1) + 1 :][: MAX_LINE_BYTES + 1]
        for line in lines:
            self._write(line)

    def end(self) -> None:
        if self._tail:
            self._write(self._tail)
        self._report_dropped()

    def _write(self, line: bytes) -> None:
        line = line.rstrip(b"\r")
        text = line[line.rfind(b"\r") + 1 :]
        if not text or not self._take():
            return
        cut = " …" if len(text) > MAX_LINE_BYTES else ""
        self._log.info("%s%s", text[:MAX_LINE_BYTES].decode(errors="replace").translate(CONTROLS), cut)

    def _take(self) -> bool:
        """Count a line. Returns False if it exceeds the rate, and is dropped."""
        now = time.monotonic()
        if now - self._second >= 1:
            self._second, self._lines = now, 0
        self._lines += 1
        if self._lines <= LINES_PER_SECOND:
            return True
        if not self._dropped:
            concurrency.spawn(self._report_dropped, REPORT_SECONDS)
        self._dropped += 1
        return False

    def _report_dropped(self, after: float = 0) -> None:
        if after:
            concurrency.sleep(after)
        if self._dropped:
            self._log.info("… and %d lines more: of so many a second, %d are kept", self._dropped, LINES_PER_SECOND)
        self._dropped = 0
