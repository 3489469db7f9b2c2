"""Ids and times, as the protocol writes them."""

import time
from datetime import UTC, datetime

from uuid_utils import uuid7


def new_id() -> str:
    """Return a new UUIDv7: ids of one process sort in the order in which they were made (RFC 9562)."""
    return str(uuid7())


def now() -> float:
    """Return the time as it is stored: seconds since the epoch."""
    return time.time()


def iso(seconds: float) -> str:
    """Return a stored time as ISO 8601 in UTC with milliseconds."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
