"""Ids and times in the formats of the protocol."""

import time
from datetime import UTC, datetime

from uuid_utils import uuid7


def new_id() -> str:
    """Return a new UUIDv7 (RFC 9562): ids of one process sort by creation."""
    return str(uuid7())


def now() -> float:
    """Return the current time, in seconds since the epoch."""
    return time.time()


def iso(seconds: float) -> str:
    """Return seconds since the epoch as ISO 8601, in UTC with milliseconds."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
