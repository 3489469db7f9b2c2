"""What a function's process prints, in the server's log: line by line, and of a flood a part."""

import logging
import os
import time

from chatapp.server import concurrency

READ_BYTES = 64 * 1024
LONGEST_LINE = 2000
LINES_PER_SECOND = 200
TELL_SECONDS = 1.0
#: How long reading rests after a full pipe: who prints faster waits, and the server does not.
REST_SECONDS = 0.02
#: Escape sequences would be obeyed by the terminal that shows the log.
CONTROLS = dict.fromkeys((*range(9), *range(10, 32), 127), "\N{REPLACEMENT CHARACTER}")


class Output:
    """Lines from bytes, however they are cut."""

    def __init__(self, log: logging.Logger) -> None:
        self._log = log
        self._tail = b""
        self._second = 0.0
        self._lines = 0
        self._left_out = 0

    def read(self, descriptor: int) -> None:
        """Log what comes through a pipe until its end, and close it."""
        try:
            while data := concurrency.interruptible(os.read, descriptor, READ_BYTES):
                self.feed(data)
                if len(data) == READ_BYTES:
                    concurrency.sleep(REST_SECONDS)
        finally:
            os.close(descriptor)
            self.end()

    def feed(self, data: bytes) -> None:
        *lines, tail = (self._tail + data).split(b"\n")
        # A progress bar returns to the start of its line; of a line without end, the beginning is kept.
        self._tail = tail[tail.rfind(b"\r", 0, -1) + 1 :][: LONGEST_LINE + 1]
        for line in lines:
            self._write(line)

    def end(self) -> None:
        if self._tail:
            self._write(self._tail)
        self._tell_left_out()

    def _write(self, line: bytes) -> None:
        line = line.rstrip(b"\r")
        text = line[line.rfind(b"\r") + 1 :]
        if not text or not self._has_room():
            return
        cut = " …" if len(text) > LONGEST_LINE else ""
        self._log.info("%s%s", text[:LONGEST_LINE].decode(errors="replace").translate(CONTROLS), cut)

    def _has_room(self) -> bool:
        now = time.monotonic()
        if now - self._second >= 1:
            self._second, self._lines = now, 0
        self._lines += 1
        if self._lines <= LINES_PER_SECOND:
            return True
        if not self._left_out:
            concurrency.spawn(self._tell_left_out, TELL_SECONDS)
        self._left_out += 1
        return False

    def _tell_left_out(self, after: float = 0) -> None:
        if after:
            concurrency.sleep(after)
        if self._left_out:
            self._log.info("… and %d lines more: of so many a second, %d are kept", self._left_out, LINES_PER_SECOND)
        self._left_out = 0
