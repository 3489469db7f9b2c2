"""Admission of new answers: refused while the process drains, and above an owner's rate."""

from chatapp.errors import Unavailable
from chatapp.server.rate_limit import RateLimit


class Admission:
    """Admits new answers until the process drains. `messages_per_minute`: for each owner; 0 is unlimited."""

    def __init__(self, messages_per_minute: int = 0) -> None:
        self.is_draining = False
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
        """Count a new answer. Raises Unavailable while the process drains, and RateLimited."""
        if self.is_draining:
            raise Unavailable("The server is restarting. Try again in a moment.", retry_after=1)
        if self._limit:
            self._limit.take(owner)
