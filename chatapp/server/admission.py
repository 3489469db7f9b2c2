"""Admission of what is new: refused while the process drains or the disk is almost full, and above an owner's rate."""

from chatapp.errors import Unavailable
from chatapp.server.disk import DiskReserve
from chatapp.server.rate_limit import RateLimit


class Admission:
    """Admits new answers until the process drains. `messages_per_minute`: for each owner; 0 is unlimited."""

    def __init__(self, messages_per_minute: int = 0, disk: DiskReserve | None = None) -> None:
        self.is_draining = False
        self.disk = disk
        self._limit = (
            RateLimit(
                burst=messages_per_minute,
                per_second=messages_per_minute / 60,
                message="Too many messages. Try again in {wait} s.",
            )
            if messages_per_minute
            else None
        )

    def admit(self, owner: str) -> None:
        """Count a new answer. Raises Unavailable (draining, or the disk is almost full) and RateLimited."""
        if self.is_draining:
            raise Unavailable("The server is restarting. Try again in a moment.", retry_after=1)
        self.check_room()
        if self._limit:
            self._limit.take(owner)

    def check_room(self) -> None:
        """Raise Unavailable if the disk is almost full. For everything that a client adds."""
        if self.disk:
            self.disk.check()
