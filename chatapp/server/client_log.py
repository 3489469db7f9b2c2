"""Log lines that clients cause: the first few of a kind are written, the others are counted."""

import logging
import time

from chatapp.server import concurrency, metrics

#: How many lines of a kind are written in each period.
LINES, PERIOD_SECONDS = 5, 60.0


class ClientLogLimit(logging.Filter):
    """Withholds warnings of a kind above its number; at the period's end one line tells how many.

    A kind is the line of code that logs. Errors pass: they are not the client's.
    """

    def __init__(self) -> None:
        super().__init__()
        #: For each kind: the period's end, and how many lines came in it.
        self._periods: dict[tuple[str, int], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno != logging.WARNING or getattr(record, "is_count", False):
            return True
        kind = record.pathname, record.lineno
        ends_at, lines = self._periods.get(kind, (0.0, 0))
        if time.monotonic() >= ends_at:
            ends_at, lines = time.monotonic() + PERIOD_SECONDS, 0
        self._periods[kind] = ends_at, lines + 1
        is_written = lines < LINES
        metrics.client_log_lines.labels("written" if is_written else "withheld").inc()
        if lines == LINES:
            concurrency.spawn(self._tell, kind, record, ends_at)
        return is_written

    def _tell(self, kind: tuple[str, int], record: logging.LogRecord, ends_at: float) -> None:
        """Write the number of withheld lines at the period's end."""
        concurrency.sleep(ends_at - time.monotonic())
        _, lines = self._periods.pop(kind, (0.0, LINES))
        count, sample = lines - LINES, record.getMessage()
        logging.getLogger(record.name).warning(
            "%d more lines like this one within a minute: %s", count, sample, extra={"is_count": True}
        )


_limit = ClientLogLimit()


def client_logger(name: str) -> logging.Logger:
    """Return a logger whose warnings are limited."""
    log = logging.getLogger(name)
    log.addFilter(_limit)
    return log
